/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of the commands that judge packets
 */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app.h"
#include "argument.h"
#include "command_line.h"
#include "explain.h"
#include "http.h"

#define DEFAULT_BUFFER (64u << 20)

enum long_option {
	OPT_FORMAT = 256,
	OPT_FAIL_ON,
	OPT_FLOWS,
	OPT_MAX_FLOWS,
	OPT_THREADS,
	OPT_NAT_POOL,
	OPT_COLOR,
	OPT_EVIDENCE,
	OPT_ALL,
	OPT_FILTER,
	OPT_BUFFER,
	OPT_METRICS,
	OPT_WRITE,
	OPT_WRITE_MEMORY,
	OPT_TOP,
	OPT_DURATION,
	OPT_EXPLAIN,
	OPT_HELP,
};

static const struct option long_options[] = {
	{"site", required_argument, NULL, 'c'},
	{"output", required_argument, NULL, 'o'},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"fail-on", required_argument, NULL, OPT_FAIL_ON},
	{"flows", no_argument, NULL, OPT_FLOWS},
	{"max-flows", required_argument, NULL, OPT_MAX_FLOWS},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"nat-pool", required_argument, NULL, OPT_NAT_POOL},
	{"evidence", required_argument, NULL, OPT_EVIDENCE},
	{"all", no_argument, NULL, OPT_ALL},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"buffer", required_argument, NULL, OPT_BUFFER},
	{"metrics", required_argument, NULL, OPT_METRICS},
	{"write", required_argument, NULL, OPT_WRITE},
	{"write-memory", required_argument, NULL, OPT_WRITE_MEMORY},
	{"top", no_argument, NULL, OPT_TOP},
	{"duration", required_argument, NULL, OPT_DURATION},
	{"flow", required_argument, NULL, OPT_EXPLAIN},
	{"address", required_argument, NULL, OPT_EXPLAIN},
	{"finding", required_argument, NULL, OPT_EXPLAIN},
	{"community-id", required_argument, NULL, OPT_EXPLAIN},
	{"service", required_argument, NULL, OPT_EXPLAIN},
	{"max", required_argument, NULL, OPT_EXPLAIN},
	{"packets", required_argument, NULL, OPT_EXPLAIN},
	{"color", required_argument, NULL, OPT_COLOR},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

bool options_format(const char *text, enum report_format *format)
{
	static const char *const words[] = {
		[REPORT_TEXT] = "text",
		[REPORT_JSON] = "json",
		[REPORT_HTML] = "html",
	};
	int word = argument_word("format", text, words, ARRAY_SIZE(words));

	if (word >= 0)
		*format = (enum report_format)word;
	return word >= 0;
}

static bool parse_pool(const char *text, struct options *o)
{
	const char *equals = strchr(text, '='), *why;
	struct pool_option *p = &o->pool[o->pools];

	if (o->pools == MAX_POOLS) {
		log_error("more than %d --nat-pool; use a site file",
			  MAX_POOLS);
		return false;
	}
	if (!equals || equals == text) {
		log_error("--nat-pool %s: it is CIRCUIT=PREFIX, e.g. "
			  "--nat-pool internet=192.0.2.0/24",
			  text);
		return false;
	}
	why = prefix_parse(equals + 1, &p->prefix);
	if (why) {
		log_error("--nat-pool %s: '%s' %s", text, equals + 1, why);
		return false;
	}
	p->circuit = xstrndup(text, (size_t)(equals - text));
	o->pools++;
	return true;
}

#define MAX_THREADS 1024 /* whoever asks for more has mistyped */

static bool parse_max_flows(const char *text, struct options *o)
{
	uint64_t n;

	if (!argument_number("max-flows", text, 1000, 100000000, &n))
		return false;
	o->max_flows = n;
	return true;
}

static bool parse_threads(const char *text, struct options *o)
{
	uint64_t n;

	if (!argument_number("threads", text, 1, MAX_THREADS, &n))
		return false;
	o->threads = (unsigned)n;
	return true;
}

bool options_color(const char *text, struct options *o)
{
	enum { AUTO, ALWAYS, NEVER };
	static const char *const words[] = {
		[AUTO] = "auto",
		[ALWAYS] = "always",
		[NEVER] = "never",
	};
	int word = argument_word("color", text, words, ARRAY_SIZE(words));
	const char *no_color = getenv("NO_COLOR");

	if (word < 0)
		return false;
	o->screen_color =
		word == AUTO ? isatty(STDOUT_FILENO) && !(no_color && *no_color)
			     : word == ALWAYS;
	o->report.color = o->screen_color && (!o->output || word == ALWAYS);
	return true;
}

bool options_fail_on(const char *text, enum severity *fail_on)
{
	if (severity_parse(text, fail_on))
		return true;
	log_error("--fail-on %s: it is 'info', 'warning' or 'critical'", text);
	return false;
}

/* The kernel fills blocks of 256 KiB and hands each over after 10 ms, however
 * little is in it, while merge may wait 100 ms for another interface: so long
 * the ring must last, and half as long again.
 */
#define MIN_BUFFER_MIB 4
#define MAX_BUFFER_MIB 2047 /* libpcap counts bytes in an int */

/* Return: bytes, or 0 after a line on standard error. */
static uint32_t parse_mebibytes(const char *option, const char *text,
				unsigned least)
{
	uint64_t n;

	if (argument_scan(text, least, MAX_BUFFER_MIB, &n))
		return (uint32_t)n << 20;
	log_error("--%s %s: it is a number of MiB from %u to %d%s", option,
		  text, least, MAX_BUFFER_MIB,
		  least > 1 ? "; with less, packets are lost however few "
			      "there are"
			    : "");
	return 0;
}

static bool parse_duration(const char *text, struct options *o)
{
	static const struct argument_unit units[] = {
		{"", NSEC_PER_SEC},	     {"s", NSEC_PER_SEC},
		{"m", 60 * NSEC_PER_SEC},    {"h", 3600 * NSEC_PER_SEC},
		{"d", 86400 * NSEC_PER_SEC},
	};
	static const struct argument_times may = {
		.unit = units,
		.units = ARRAY_SIZE(units),
		.most = 100000,
		.example = "90s, 15m or 2h",
	};

	return argument_time("duration", text, &may, &o->duration);
}

static bool parse_metrics(const char *text, struct options *o)
{
	struct sockaddr_storage address;
	const char *why = http_parse(text, &address);

	if (why)
		log_error("--metrics %s: %s", text, why);
	o->metrics = text;
	return !why;
}

/* Options of watch alone. */
static bool take_watch_option(int opt, const char *name, struct options *o)
{
	if (!o->watch) {
		log_error("--%s: only 'asymcap watch' has it", name);
		return false;
	}
	switch (opt) {
	case OPT_ALL:
		o->how.all = true;
		return true;
	case OPT_FILTER:
		o->how.filter = optarg;
		return true;
	case OPT_BUFFER:
		o->how.buffer = parse_mebibytes(name, optarg, MIN_BUFFER_MIB);
		return o->how.buffer;
	case OPT_WRITE:
		o->packets = optarg;
		if (strcmp(optarg, "-"))
			return true;
		log_error("--write: packets do not go to standard output; name "
			  "a file, or a named pipe that Wireshark reads");
		return false;
	case OPT_TOP:
		o->top = true;
		return true;
	case OPT_WRITE_MEMORY:
		o->packet_memory = parse_mebibytes(name, optarg, 1);
		return o->packet_memory;
	case OPT_METRICS:
		return parse_metrics(optarg, o);
	default:
		return parse_duration(optarg, o);
	}
}

/* Return: false after a line on standard error. */
static bool take_option(int opt, struct options *o, const char **color)
{
	switch (opt) {
	case 'c':
		o->site_path = optarg;
		return true;
	case 'o':
		o->output = optarg;
		return true;
	case 'q':
		o->quiet = true;
		log_set_level(LOG_LEVEL_ERROR);
		return true;
	case 'v':
		log_set_level(LOG_LEVEL_DEBUG);
		return true;
	case OPT_FORMAT:
		return options_format(optarg, &o->report.format);
	case OPT_FAIL_ON:
		return options_fail_on(optarg, &o->fail_on);
	case OPT_FLOWS:
		o->report.flows = true;
		return true;
	case OPT_MAX_FLOWS:
		return parse_max_flows(optarg, o);
	case OPT_THREADS:
		return parse_threads(optarg, o);
	case OPT_NAT_POOL:
		return parse_pool(optarg, o);
	case OPT_COLOR:
		*color = optarg;
		return true;
	case OPT_EVIDENCE:
		o->evidence = optarg;
		if (o->watch)
			log_error("--evidence: only 'asymcap read' has it");
		return !o->watch;
	default:
		return false;
	}
}

void options_terminal(struct options *o)
{
	struct winsize size;

	if (!o->output && isatty(STDOUT_FILENO) &&
	    !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		o->report.width = size.ws_col;
}

int options_parse(struct options *o, int argc, char **argv, const char *help)
{
	const char *color = "auto";
	int opt, index;

	*o = (struct options){
		.fail_on = SEVERITY_WARNING,
		.max_flows = FLOW_DEFAULT_MAX,
		.watch = o->watch,
		.explain = o->explain,
		.how.buffer = DEFAULT_BUFFER,
		.packet_memory = DEFAULT_BUFFER,
	};
	while ((opt = command_line_next(argc, argv, ":c:o:qvh", long_options,
					&index)) != -1) {
		if (opt == OPT_HELP || opt == 'h') {
			fputs(help, stdout);
			return command_line_printed();
		}
		if (opt >= OPT_ALL && opt <= OPT_DURATION) {
			if (!take_watch_option(opt, long_options[index].name,
					       o))
				return EXIT_USAGE;
		} else if (opt == OPT_EXPLAIN) {
			if (!explain_option(o->explain,
					    long_options[index].name, optarg))
				return EXIT_USAGE;
		} else if (!take_option(opt, o, &color)) {
			return EXIT_USAGE;
		}
	}
	if (!options_color(color, o))
		return EXIT_USAGE;
	options_terminal(o);
	o->files = argv + optind;
	o->file_count = (size_t)(argc - optind);
	return -1;
}

void options_free(struct options *o)
{
	for (size_t i = 0; i < o->pools; i++)
		free(o->pool[i].circuit);
}
