/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/options: what the generator is told to write
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_MAX_CIRCUITS 64

/**
 * struct options - The command line
 * @packets:	Packets a file, about; the flood comes on top
 * @seed:	Of the random numbers
 * @flood:	SYNs from random sources
 * @concurrent:	Connections open at a time
 * @snaplen:	Bytes of a frame to keep
 * @circuits:	Files
 * @asymmetric:	Percent of the connections
 * @ipv6:	Percent of the connections
 * @unanswered:	Percent of the connections
 * @vlan:	Whether frames are tagged
 * @out:	Prefix of the files' names, borrowed
 */
struct options {
	uint64_t packets;
	uint64_t seed;
	uint64_t flood;
	unsigned long concurrent;
	unsigned long snaplen;
	unsigned long circuits;
	double asymmetric;
	double ipv6;
	double unanswered;
	bool vlan;
	const char *out;
};

/**
 * options_parse() - Read the command line, or say what is wrong and exit 2
 * @o:		Result
 * @argc, @argv: As main() has them
 */
void options_parse(struct options *o, int argc, char **argv);

#endif /* BENCH_OPTIONS_H */
