/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line of asymcap probe
 */
#include "probe.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "app.h"
#include "argument.h"
#include "command_line.h"
#include "options.h"

#define COUNT_MAX   1000
#define PORTS_MAX   1024
#define BUFFER	    (16u << 20)
#define MAX_FLOWS   100000
#define LISTEN_WAIT (60 * NSEC_PER_SEC)
#define SECONDS_MAX 86400
#define MIN_PERIOD  (10 * NSEC_PER_MSEC)

static const char help[] =
	"usage: asymcap probe -c SITE [options] HOST:PORT...\n"
	"       asymcap probe -c SITE [options] --service NAME|all\n"
	"       asymcap probe -c SITE [options] --listen --service NAME|all\n"
	"\n"
	"Sends a SYN, watches all taps of the site at once, and says which "
	"circuits the\n"
	"SYN and its answer took, with which source, and where it was "
	"dropped.\n"
	"\n"
	"  -c, --site FILE         site file: circuits, pools, taps, "
	"services\n"
	"      --tap [C[.TAP]=]IF  watch interface IF; default: those that the "
	"taps state\n"
	"      --all               every packet at the taps (tunnels need "
	"this)\n"
	"      --service NAME      test a row of the plan; 'all': each; "
	"NAME=HOST:PORT\n"
	"                          for a row that names no single host\n"
	"      --listen            wait for a connection from outside to an "
	"inbound service\n"
	"      --wait TIME         ... for so long (default 60s)\n"
	"      --via CIRCUIT       the SYN is to leave on CIRCUIT\n"
	"      --source ADDR       send from this address of the host\n"
	"      --interface IF      send by this interface\n"
	"  -4, -6                  IPv4 only, IPv6 only\n"
	"      --connect           by connect(), not with raw packets\n"
	"      --trace             TCP traceroute, with the circuit of each "
	"reply\n"
	"      --count N           N probes of each target (default 1)\n"
	"      --interval TIME     from one to the next (default 1s)\n"
	"      --ports N           N source ports each; FIRST-LAST: these\n"
	"      --tries N           SYNs of a probe (default 3: at 0, 1 and "
	"3 s)\n"
	"      --rate N            SYNs a second (default 10, at most 100)\n"
	"      --force             probe what is not in the plan's remote, "
	"too\n"
	"      --dry-run           print the packets, send nothing\n"
	"      --format FORMAT     text (default) or json (JSON Lines)\n"
	"  -o, --output FILE       write there instead of standard output\n"
	"      --color WHEN        auto (default), always or never; NO_COLOR "
	"counts\n"
	"  -q, --quiet             errors only\n"
	"  -v, --verbose           say more\n"
	"  -h, --help              this text\n"
	"\n"
	"exit status: 0 all connected as planned, 1 not, 2 wrong usage or "
	"refused, 3 no\n"
	"route, no permission, or a tap cannot be captured from, 4 the taps "
	"saw too\n"
	"little\n"
	"\n"
	"  asymcap probe -c site.yaml outlook.office365.com:443\n"
	"  asymcap probe -c site.yaml --service all\n"
	"  asymcap probe -c site.yaml --listen --service smtp-inbound\n";

enum long_option {
	OPT_TAP = 256,
	OPT_ALL,
	OPT_SERVICE,
	OPT_LISTEN,
	OPT_WAIT,
	OPT_VIA,
	OPT_SOURCE,
	OPT_INTERFACE,
	OPT_CONNECT,
	OPT_TRACE,
	OPT_COUNT,
	OPT_INTERVAL,
	OPT_PORTS,
	OPT_TRIES,
	OPT_RATE,
	OPT_FORCE,
	OPT_DRY_RUN,
	OPT_FORMAT,
	OPT_COLOR,
};

static const struct option long_options[] = {
	{"site", required_argument, NULL, 'c'},
	{"tap", required_argument, NULL, OPT_TAP},
	{"all", no_argument, NULL, OPT_ALL},
	{"service", required_argument, NULL, OPT_SERVICE},
	{"listen", no_argument, NULL, OPT_LISTEN},
	{"wait", required_argument, NULL, OPT_WAIT},
	{"via", required_argument, NULL, OPT_VIA},
	{"source", required_argument, NULL, OPT_SOURCE},
	{"interface", required_argument, NULL, OPT_INTERFACE},
	{"connect", no_argument, NULL, OPT_CONNECT},
	{"trace", no_argument, NULL, OPT_TRACE},
	{"count", required_argument, NULL, OPT_COUNT},
	{"interval", required_argument, NULL, OPT_INTERVAL},
	{"ports", required_argument, NULL, OPT_PORTS},
	{"tries", required_argument, NULL, OPT_TRIES},
	{"rate", required_argument, NULL, OPT_RATE},
	{"force", no_argument, NULL, OPT_FORCE},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"color", required_argument, NULL, OPT_COLOR},
	{"output", required_argument, NULL, 'o'},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static bool take_number(const char *option, const char *text, uint64_t most,
			unsigned *result)
{
	uint64_t n;

	if (!argument_number(option, text, 1, most, &n))
		return false;
	*result = (unsigned)n;
	return true;
}

static bool take_time(const char *option, const char *text, int64_t *result)
{
	static const struct argument_unit units[] = {
		{"", NSEC_PER_SEC},
		{"s", NSEC_PER_SEC},
		{"ms", NSEC_PER_MSEC},
		{"m", 60 * NSEC_PER_SEC},
	};
	static const struct argument_times may = {
		.unit = units,
		.units = ARRAY_SIZE(units),
		.most = SECONDS_MAX,
		.least = MIN_PERIOD,
		.example = "200ms, 5s or 2m",
	};

	return argument_time(option, text, &may, result);
}

/* N, or FIRST-LAST */
static bool take_ports(const char *text, struct probe_options *o)
{
	char *end;
	unsigned long first, last;

	if (!strchr(text, '-'))
		return take_number("ports", text, PORTS_MAX, &o->ports);
	errno = 0;
	first = strtoul(text, &end, 10);
	last = *end == '-' ? strtoul(end + 1, &end, 10) : 0;
	if (errno || *end || first < 1 || last < first || last > UINT16_MAX ||
	    last - first >= PORTS_MAX) {
		log_error("--ports %s: it is a number of source ports, or "
			  "FIRST-LAST, %d at most",
			  text, PORTS_MAX);
		return false;
	}
	o->first_port = (uint16_t)first;
	o->ports = (unsigned)(last - first + 1);
	return true;
}

static bool take_source(const char *text, struct probe_options *o)
{
	if (addr_parse(text, &o->source)) {
		o->family = addr_is_v4(&o->source) ? AF_INET : AF_INET6;
		return true;
	}
	log_error("--source %s: it is an address of this host", text);
	return false;
}

static bool take_word(const char *option, char *text, char **list,
		      size_t *count)
{
	if (*count == PROBE_ARGS_MAX) {
		log_error("--%s: more than %d", option, PROBE_ARGS_MAX);
		return false;
	}
	list[(*count)++] = text;
	return true;
}

static bool take_format(const char *text, struct probe_options *o)
{
	static const char *const words[] = {
		[REPORT_TEXT] = "text",
		[REPORT_JSON] = "json",
	};
	int word = argument_word("format", text, words, ARRAY_SIZE(words));

	if (word >= 0)
		o->common.report.format = (enum report_format)word;
	return word >= 0;
}

/* How and whom to probe. Return: 1, 0 after an error, -1 if it is none */
static int take_probe_option(int opt, struct probe_options *o)
{
	switch (opt) {
	case OPT_TAP:
		return take_word("tap", optarg, o->taps, &o->tap_count);
	case OPT_SERVICE:
		return take_word("service", optarg, o->service, &o->services);
	case OPT_WAIT:
		return take_time("wait", optarg, &o->wait);
	case OPT_SOURCE:
		return take_source(optarg, o);
	case OPT_COUNT:
		return take_number("count", optarg, COUNT_MAX, &o->count);
	case OPT_INTERVAL:
		return take_time("interval", optarg, &o->interval);
	case OPT_PORTS:
		return take_ports(optarg, o);
	case OPT_TRIES:
		return take_number("tries", optarg, PROBE_TRIES_MAX,
				   &o->how.tries);
	case OPT_RATE:
		return take_number("rate", optarg, PROBE_RATE_MAX,
				   &o->how.rate);
	case OPT_FORMAT:
		return take_format(optarg, o);
	default:
		return -1;
	}
}

/* Flags and words that need no look. */
static bool take_plain_option(int opt, struct probe_options *o,
			      const char **color)
{
	switch (opt) {
	case 'c':
		o->common.site_path = optarg;
		return true;
	case 'o':
		o->common.output = optarg;
		return true;
	case OPT_VIA:
		o->via = optarg;
		return true;
	case OPT_INTERFACE:
		o->how.interface = optarg;
		return true;
	case OPT_COLOR:
		*color = optarg;
		return true;
	case '4':
	case '6':
		o->family = opt == '4' ? AF_INET : AF_INET6;
		return true;
	case 'q':
		o->common.quiet = true;
		log_set_level(LOG_LEVEL_ERROR);
		return true;
	case 'v':
		log_set_level(LOG_LEVEL_DEBUG);
		return true;
	case OPT_ALL:
	case OPT_LISTEN:
	case OPT_CONNECT:
	case OPT_TRACE:
	case OPT_FORCE:
	case OPT_DRY_RUN:
		*(opt == OPT_ALL       ? &o->common.how.all
		  : opt == OPT_LISTEN  ? &o->listen
		  : opt == OPT_CONNECT ? &o->how.connect
		  : opt == OPT_TRACE   ? &o->trace
		  : opt == OPT_FORCE   ? &o->force
				       : &o->dry_run) = true;
		return true;
	default:
		return false;
	}
}

/* What cannot be said together, or is missing. */
static bool makes_sense(const struct probe_options *o)
{
	const char *why = NULL;

	if (!o->common.site_path)
		why = "a site file is needed: -c SITE";
	else if (!o->targets && !o->services)
		why = "no target: name HOST:PORT, or --service";
	else if (o->trace && o->how.connect)
		why = "--trace needs raw packets: not with --connect";
	else if (o->trace && (o->count > 1 || o->ports > 1))
		why = "--trace is one flow: not with --count, nor with "
		      "several --ports";
	else if (o->listen && (o->trace || o->dry_run || o->how.connect ||
			       o->ports > 1 || o->via))
		why = "--listen sends nothing: not with --trace, --dry-run, "
		      "--connect, --ports or --via";
	if (why)
		log_error("probe: %s; see 'asymcap probe --help'", why);
	return !why;
}

static void set_defaults(struct probe_options *o)
{
	*o = (struct probe_options){
		.common.fail_on = SEVERITY_WARNING,
		.common.max_flows = MAX_FLOWS,
		.common.watch = true,
		.common.how.buffer = BUFFER,
		.how.tries = PROBE_TRIES,
		.how.rate = PROBE_RATE,
		.family = AF_UNSPEC,
		.count = 1,
		.ports = 1,
		.interval = NSEC_PER_SEC,
		.wait = LISTEN_WAIT,
	};
}

int probe_options_parse(struct probe_options *o, int argc, char **argv)
{
	const char *color = "auto";
	int opt, taken;

	set_defaults(o);
	while ((opt = command_line_next(argc, argv, ":c:o:46qvh", long_options,
					NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return command_line_printed();
		}
		taken = take_probe_option(opt, o);
		if (taken < 0)
			taken = take_plain_option(opt, o, &color);
		if (!taken)
			return EXIT_USAGE;
	}
	o->target = argv + optind;
	o->targets = (size_t)(argc - optind);
	if (!options_color(color, &o->common) || !makes_sense(o))
		return EXIT_USAGE;
	options_terminal(&o->common);
	return -1;
}
