/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of the commands that judge packets
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <asymcap/capture.h>
#include <asymcap/report.h>

struct explain_options;

/* Lines of --help that commands share */
#define OPTIONS_HELP_SITE                                                      \
	"  -c, --site FILE         site file: circuits, pools, taps, "         \
	"services\n"                                                           \
	"      --nat-pool C=PREFIX NAT pool of circuit C, without a site "     \
	"file;\n"                                                              \
	"                          may be repeated\n"
#define OPTIONS_HELP_JUDGING                                                   \
	"      --flows             every connection, not only findings\n"      \
	"      --fail-on SEVERITY  exit 1 for findings from info, warning "    \
	"(default)\n"                                                          \
	"                          or critical on\n"                           \
	"      --max-flows N       flows kept at once (default 1000000)\n"     \
	"      --threads N         threads to use (default: as cores there "   \
	"are);"                                                                \
	" two have\n"                                                          \
	"                          work, and what is found is the same\n"      \
	"      --color WHEN        auto (default), always or never; NO_COLOR " \
	"counts\n"

#define MAX_POOLS 256

/** struct pool_option - --nat-pool CIRCUIT=PREFIX */
struct pool_option {
	char *circuit;
	struct prefix prefix;
};

/**
 * struct options - What the command line says
 * @site_path:	-c, or NULL
 * @output:	-o, or NULL for standard output
 * @fail_on:	Findings from this severity on make the exit status 1
 * @files:	File arguments, borrowed from argv
 * @evidence:	read: folder for the packets of findings, or NULL
 * @watch:	They are interfaces; set before options_parse()
 * @explain:	explain: its own options (explain.h), borrowed, or NULL; set
 *		before options_parse()
 * @how:	watch: how to capture from them
 * @packets:	watch: file for the packets of findings, or NULL
 * @packet_memory: watch: bytes for recent packets
 * @top:	watch: draw a screen
 * @screen_color: In colours
 * @duration:	watch: for so long, ns; 0: until stopped
 * @metrics:	watch: where to serve metrics, valid for http_parse(), or NULL
 */
struct options {
	const char *site_path;
	const char *output;
	struct report_options report;
	enum severity fail_on;
	size_t max_flows;
	unsigned threads;
	bool quiet;
	struct pool_option pool[MAX_POOLS];
	size_t pools;
	char **files;
	size_t file_count;
	const char *evidence;
	bool watch;
	struct explain_options *explain;
	struct capture_how how;
	const char *packets;
	size_t packet_memory;
	bool top;
	bool screen_color;
	int64_t duration;
	const char *metrics;
};

/**
 * options_parse() - Read the command line of a command that judges packets
 * @o:		Result; @o->watch and @o->explain are read
 * @argc, @argv: argv[0] is the command
 * @help:	Text for --help
 *
 * Return: -1 to go on, or an exit status (0 after --help)
 */
int options_parse(struct options *o, int argc, char **argv, const char *help);
void options_free(struct options *o);

/**
 * options_format() - The format of --format
 *
 * Return: false after a line on standard error
 */
bool options_format(const char *text, enum report_format *format);

/** options_fail_on() - The severity of --fail-on; false after a line */
bool options_fail_on(const char *text, enum severity *fail_on);

/** options_color() - The word of --color; false after a line */
bool options_color(const char *text, struct options *o);

/** options_terminal() - How wide text may be; @o->output is read */
void options_terminal(struct options *o);

#endif /* APP_OPTIONS_H */
