/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap check: is the site file right, and does the plan in it hold
 */
#include "app.h"

#include <asymcap/endpoints.h>
#include <asymcap/plan.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char help[] =
	"usage: asymcap check [options] SITE\n"
	"\n"
	"Checks a site file, and the plan in it on paper: no packets needed.  "
	"Every error\n"
	"of the file is told with line and column; then each check of the plan "
	"says pass,\n"
	"fail, warn, info or unknown.\n"
	"\n"
	"      --routes C[.LINK]=FILE   of circuit C, and one link or both: "
	"output of\n"
	"                          az or PowerShell, the route table\n"
	"      --summary, --arp, --peering, --circuit C[.LINK]=FILE\n"
	"                          the same: summary of the route table, ARP "
	"table,\n"
	"                          peering, circuit; all may be repeated\n"
	"      --all               list what passes, too\n"
	"      --format FORMAT     text (default), json or junit\n"
	"  -o, --output FILE       write the report to FILE, whole or not at "
	"all\n"
	"      --fail-on SEVERITY  exit 1 for results from info, warning "
	"(default)\n"
	"                          or critical on; a check that fails is "
	"critical\n"
	"      --color WHEN        auto (default), always or never; NO_COLOR "
	"counts\n"
	"      --print             print the file in canonical form instead\n"
	"  -h, --help              this text\n"
	"\n"
	"exit status: 0 nothing found, 1 found, 2 wrong usage or site file, 3 "
	"output\n"
	"failed, 4 nothing could be judged\n";

enum {
	OPT_PRINT = 256,
	OPT_ALL,
	OPT_FORMAT,
	OPT_FAIL_ON,
	OPT_COLOR,
	OPT_AZURE, /* and an enum plan_azure_kind */
};

static const struct option long_options[] = {
	{"print", no_argument, NULL, OPT_PRINT},
	{"all", no_argument, NULL, OPT_ALL},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"output", required_argument, NULL, 'o'},
	{"fail-on", required_argument, NULL, OPT_FAIL_ON},
	{"color", required_argument, NULL, OPT_COLOR},
	{"routes", required_argument, NULL, OPT_AZURE + PLAN_ROUTES},
	{"summary", required_argument, NULL, OPT_AZURE + PLAN_SUMMARY},
	{"arp", required_argument, NULL, OPT_AZURE + PLAN_ARP},
	{"peering", required_argument, NULL, OPT_AZURE + PLAN_PEERING},
	{"circuit", required_argument, NULL, OPT_AZURE + PLAN_CIRCUIT},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/**
 * struct check_options - What the command line says
 * @how:	How to write; @how.color is decided with the output
 * @output:	-o, or NULL
 * @color:	--color: 'a'uto, 'y'es or 'n'o
 * @print:	--print
 * @azure:	--routes and so on
 */
struct check_options {
	struct plan_options how;
	const char *output;
	char color;
	bool print;
	struct azure_files azure;
};

static int print_site(const char *path)
{
	struct str errors = {0}, text = {0};
	struct site *site = site_load(path, &errors);
	bool good;

	if (!site) {
		fputs(errors.s ? errors.s : "", stderr);
		str_free(&errors);
		return EXIT_USAGE;
	}
	site_print(site, &text);
	good = fwrite(text.s, 1, text.len, stdout) == text.len &&
	       !fflush(stdout);
	str_free(&text);
	str_free(&errors);
	site_free(site);
	if (!good)
		log_error("standard output: cannot write");
	return good ? 0 : EXIT_INPUT;
}

static void fit_terminal(struct check_options *o, FILE *out)
{
	int fd = fileno(out);
	bool terminal = isatty(fd) && !o->output;
	const char *no_color = getenv("NO_COLOR");
	struct winsize size;

	if (terminal && !ioctl(fd, TIOCGWINSZ, &size))
		o->how.width = size.ws_col;
	o->how.color = o->color == 'y' || (o->color == 'a' && terminal &&
					   !(no_color && *no_color));
}

/* The worst that counts for the exit status */
static int status_of(const struct plan *plan, enum severity fail_on)
{
	enum severity severity;

	for (unsigned v = 0; v < PLAN_VERDICTS; v++) {
		if (plan->count[v] &&
		    plan_verdict_severity((enum plan_verdict)v, &severity) &&
		    severity >= fail_on)
			return EXIT_FOUND;
	}
	return plan->count[PLAN_PASS] ? EXIT_NOTHING_FOUND : EXIT_CANNOT_JUDGE;
}

static const char *text_of(uint16_t cause)
{
	return cause_text((enum cause)cause);
}

static const char *remedy_of(uint16_t cause)
{
	return cause_remedy((enum cause)cause);
}

static int write_plan(const struct plan *plan, struct check_options *o)
{
	static const struct report_texts texts = {.cause = text_of};
	struct output out;
	bool good;

	if (!output_open(&out, o->output))
		return EXIT_INPUT;
	fit_terminal(o, out.stream);
	good = report_plan(plan, &texts, &o->how, out.stream);
	if (!output_close(&out, good))
		return EXIT_INPUT;
	return status_of(plan, o->how.fail_on);
}

/* How old the list of the provider's endpoints is */
static void take_endpoints(struct plan_input *in)
{
	const struct endpoints *e = in->site->endpoints;

	if (!e)
		return;
	in->endpoints_path = e->path;
	in->endpoints_age = run_age(e->modified);
}

static int judge(struct site *site, struct check_options *o)
{
	struct plan_input in = {
		.site = site,
		.azures = o->azure.count,
		.endpoints_age = PLAN_AGE_UNKNOWN,
		.remedy = remedy_of,
	};
	struct plan_azure *azure;
	struct plan *plan;
	int status = azure_files_load(&o->azure, site, &azure);

	if (!status) {
		in.azure = azure;
		take_endpoints(&in);
		plan = plan_judge(&in);
		status = write_plan(plan, o);
		plan_free(plan);
	}
	azure_files_free(&o->azure, azure);
	return status;
}

static int check_file(const char *path, struct check_options *o)
{
	struct str errors = {0};
	struct site *site = site_load_draft(path, &errors);
	int status = EXIT_USAGE;

	if (site)
		status = judge(site, o);
	else
		fputs(errors.s ? errors.s : "", stderr);
	site_free(site);
	str_free(&errors);
	return status;
}

static bool parse_format(const char *text, enum plan_format *format)
{
	static const char *const names[] = {
		[PLAN_TEXT] = "text",
		[PLAN_JSON] = "json",
		[PLAN_JUNIT] = "junit",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(text, names[i])) {
			*format = (enum plan_format)i;
			return true;
		}
	}
	log_error("--format %s: it is 'text', 'json' or 'junit'", text);
	return false;
}

static bool parse_color(const char *text, char *color)
{
	if (!strcmp(text, "auto"))
		*color = 'a';
	else if (!strcmp(text, "always"))
		*color = 'y';
	else if (!strcmp(text, "never"))
		*color = 'n';
	else
		log_error("--color %s: it is 'auto', 'always' or 'never'",
			  text);
	return *color;
}

static bool take_option(int opt, struct check_options *o)
{
	if (opt >= OPT_AZURE)
		return azure_files_add(&o->azure,
				       (enum plan_azure_kind)(opt - OPT_AZURE),
				       optarg);
	switch (opt) {
	case OPT_PRINT:
		o->print = true;
		return true;
	case OPT_ALL:
		o->how.all = true;
		return true;
	case OPT_FORMAT:
		return parse_format(optarg, &o->how.format);
	case 'o':
		o->output = optarg;
		return true;
	case OPT_FAIL_ON:
		if (severity_parse(optarg, &o->how.fail_on))
			return true;
		log_error("--fail-on %s: it is 'info', 'warning' or "
			  "'critical'",
			  optarg);
		return false;
	case OPT_COLOR:
		o->color = '\0';
		return parse_color(optarg, &o->color);
	default:
		return false;
	}
}

int command_check(int argc, char **argv)
{
	struct check_options o = {
		.how = {.fail_on = SEVERITY_WARNING},
		.color = 'a',
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "ho:", long_options, NULL)) !=
	       -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (!take_option(opt, &o))
			return EXIT_USAGE;
	}
	if (argc - optind != 1) {
		log_error("check: name one site file; see 'asymcap check "
			  "--help'");
		return EXIT_USAGE;
	}
	return o.print ? print_site(argv[optind])
		       : check_file(argv[optind], &o);
}
