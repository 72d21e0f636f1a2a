/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap: which circuit did a TCP handshake leave on, which did it return on
 */
#include "app.h"
#include "command_line.h"

#include <asymcap/site.h>

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"read", "captures of a test window: which connections are asymmetric",
	 command_read},
	{"watch", "live, on interfaces of mirrored ports, until stopped",
	 command_watch},
	{"explain", "one connection, packet by packet, over all circuits",
	 command_explain},
	{"check", "a site file: is it right, and what does it say",
	 command_check},
	{"probe", "send a SYN: which circuits do it and its answer take",
	 command_probe},
	{"report", "findings as JSON Lines, to be read by people",
	 command_report},
	{"diff", "two runs compared: what is new, what is gone", command_diff},
};

static void print_help(FILE *to)
{
	fputs("usage: asymcap COMMAND [options] ...\n"
	      "\n"
	      "Tells, connection by connection, which circuit a TCP handshake "
	      "left on and\n"
	      "which it came back on, and whether its source was translated "
	      "as planned.\n"
	      "\n",
	      to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  asymcap %-8s%s\n", commands[i].name,
			commands[i].summary);
	fputs("\n"
	      "'asymcap COMMAND --help' lists the options of a command; "
	      "asymcap(1) has them all.\n"
	      "\n"
	      "  asymcap read internet.pcap er-chicago.pcap\n"
	      "  asymcap read -c site.yaml *.pcap\n"
	      "  asymcap watch internet=eth1 er-chicago=eth2\n",
	      to);
}

static int unknown_command(const char *word)
{
	const char *names[ARRAY_SIZE(commands)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	near = site_nearest(word, names, ARRAY_SIZE(commands));
	if (near)
		log_error("there is no command '%s'; did you mean '%s'?", word,
			  near);
	else
		log_error("there is no command '%s'; see 'asymcap --help'",
			  word);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		print_help(stdout);
		return command_line_printed();
	}
	if (!strcmp(argv[1], "--version")) {
		puts("asymcap " ASYMCAP_VERSION);
		return command_line_printed();
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	return unknown_command(argv[1]);
}
