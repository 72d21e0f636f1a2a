/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/options: what the generator is told to write
 */
#include "options.h"

#include "number.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"usage: generate [options] --out PREFIX     writes PREFIX-1.pcap, ...\n"
	"  --packets N       packets a file, about (6000000)\n"
	"  --concurrent N    connections open at a time (20000)\n"
	"  --asymmetric PCT  replies come back on another circuit (5)\n"
	"  --circuits N      files (2)\n"
	"  --snaplen N       bytes of a frame to keep (96)\n"
	"  --vlan            tag the frames, a VLAN a circuit\n"
	"  --ipv6 PCT        connections that are IPv6 (0)\n"
	"  --unanswered PCT  SYNs sent four times and never answered (0)\n"
	"  --flood N         SYNs from N random sources in between (0)\n"
	"  --seed N          another seed, other files (1)\n"
	"What was written is printed as JSON.\n";

static const struct option longopts[] = {
	{"packets", required_argument, NULL, 'p'},
	{"concurrent", required_argument, NULL, 'c'},
	{"asymmetric", required_argument, NULL, 'a'},
	{"circuits", required_argument, NULL, 'n'},
	{"snaplen", required_argument, NULL, 's'},
	{"vlan", no_argument, NULL, 'v'},
	{"ipv6", required_argument, NULL, '6'},
	{"unanswered", required_argument, NULL, 'u'},
	{"flood", required_argument, NULL, 'f'},
	{"seed", required_argument, NULL, 'S'},
	{"out", required_argument, NULL, 'o'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void wrong_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static void take_option(struct options *o, int ch, const char *arg)
{
	switch (ch) {
	case 'p':
		o->packets = (uint64_t)number_parse(arg, 1, 1e12);
		break;
	case 'c':
		o->concurrent = (unsigned long)number_parse(arg, 1, 4e6);
		break;
	case 'a':
		o->asymmetric = number_parse(arg, 0, 100);
		break;
	case 'n':
		o->circuits = (unsigned long)number_parse(arg, 1,
							  OPTIONS_MAX_CIRCUITS);
		break;
	case 's':
		o->snaplen = (unsigned long)number_parse(arg, 1, 65535);
		break;
	case 'v':
		o->vlan = true;
		break;
	case '6':
		o->ipv6 = number_parse(arg, 0, 100);
		break;
	case 'u':
		o->unanswered = number_parse(arg, 0, 100);
		break;
	case 'f':
		o->flood = (uint64_t)number_parse(arg, 0, 2e9);
		break;
	case 'S':
		o->seed = (uint64_t)number_parse(arg, 0, 0x1p53);
		break;
	case 'o':
		o->out = arg;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	default:
		wrong_usage();
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	int ch;

	*o = (struct options){
		.packets = 6000000,
		.seed = 1,
		.concurrent = 20000,
		.snaplen = 96,
		.circuits = 2,
		.asymmetric = 5,
	};
	while ((ch = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		take_option(o, ch, optarg);
	if (!o->out || optind < argc)
		wrong_usage();
}
