/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The commands, and the statuses that they exit with
 *
 * A file has the header of its name, where others use what is in it.
 *
 * main.c	the commands, and what they all accept
 * read.c	asymcap read
 * watch.c	asymcap watch
 * explain.c	asymcap explain
 * check.c	asymcap check
 * probe.c	asymcap probe; probe.h has its other files
 * report.c	asymcap report
 * diff.c	asymcap diff
 *
 * options.c	options of commands that judge packets
 * argument.c	what an option takes: a word, a number, a time
 * azure.c	asymcap check: output of Azure's tools
 * inputs.c	CIRCUIT[.TAP]=FILE: files to taps
 * run.c		what read, watch and explain have in common
 * pipeline.c	packets in, findings out: the program on one screen
 * relay.c	from the thread that reads to the one that judges
 * live.c	what is said while a run goes on
 * health.c	what the taps are worth
 * reload.c	a site file that is read again
 * output.c	a file that is written whole or not at all
 * clash.c	no file is read and written, or written twice
 * journal.c	a file that grows by whole lines
 * metrics.c	what monitoring is told
 * http.c	the server that tells it
 * progress.c	the line on the terminal
 * top.c		the screen of a run that is watched
 * collect.c	the packets of some connections
 * tapfile.c	a pcapng file with an interface for each tap
 * evidence.c	the packets behind what was found, as files
 * recent.c	the packets of the last moments, by flow
 * packet_log.c	the packets of findings, while a run goes on
 */
#ifndef APP_H
#define APP_H

/** enum exit_status - What the caller's script branches on */
enum exit_status {
	EXIT_NOTHING_FOUND = 0,
	EXIT_FOUND = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
	EXIT_CANNOT_JUDGE = 4,
};

/** struct command - A word after "asymcap" */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

int command_read(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_check(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_report(int argc, char **argv);
int command_diff(int argc, char **argv);

#endif /* APP_H */
