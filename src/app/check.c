/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap check: is the site file right, and does the plan in it hold
 */
#include "app.h"

#include <asymcap/detect.h>
#include <asymcap/endpoints.h>
#include <asymcap/plan.h>

#include <getopt.h>

#include "argument.h"
#include "azure.h"
#include "clash.h"
#include "command_line.h"
#include "options.h"
#include "output.h"
#include "run.h"

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
 * @how:	How to write
 * @common:	Output, and what its terminal takes
 * @print:	--print
 * @azure:	--routes and so on
 */
struct check_options {
	struct plan_options how;
	struct options common;
	bool print;
	struct azure_files azure;
};

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

	if (!output_open(&out, o->common.output))
		return EXIT_INPUT;
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

/* Whether the report replaces nothing that it is made of. */
static bool apart(const char *path, const struct site *site,
		  const struct check_options *o)
{
	struct clash c = {0};
	bool apart = clash_write(&c, "-o", o->common.output) &&
		     clash_read_site(&c, path, site);

	for (size_t i = 0; apart && i < o->azure.count; i++)
		apart = clash_read(&c, "the input",
				   azure_file_path(&o->azure.item[i]));
	clash_free(&c);
	return apart;
}

static int print_site(const char *path, const struct check_options *o)
{
	struct str errors = {0}, text = {0};
	struct site *site = site_load(path, &errors);
	int status = EXIT_USAGE;
	struct output out;
	bool good;

	if (!site) {
		fputs(errors.s ? errors.s : "", stderr);
	} else if (apart(path, site, o)) {
		status = EXIT_INPUT;
		if (output_open(&out, o->common.output)) {
			site_print(site, &text);
			good = fwrite(text.s, 1, text.len, out.stream) ==
			       text.len;
			if (output_close(&out, good))
				status = 0;
		}
	}
	str_free(&text);
	str_free(&errors);
	site_free(site);
	return status;
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

	if (site && apart(path, site, o))
		status = judge(site, o);
	else
		fputs(errors.s ? errors.s : "", stderr);
	site_free(site);
	str_free(&errors);
	return status;
}

static bool parse_format(const char *text, enum plan_format *format)
{
	static const char *const words[] = {
		[PLAN_TEXT] = "text",
		[PLAN_JSON] = "json",
		[PLAN_JUNIT] = "junit",
	};
	int word = argument_word("format", text, words, ARRAY_SIZE(words));

	if (word >= 0)
		*format = (enum plan_format)word;
	return word >= 0;
}

static bool take_option(int opt, struct check_options *o, const char **color)
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
		o->common.output = optarg;
		return true;
	case OPT_FAIL_ON:
		return options_fail_on(optarg, &o->how.fail_on);
	case OPT_COLOR:
		*color = optarg;
		return true;
	default:
		return false;
	}
}

/* Return: -1 to go on, or an exit status. */
static int parse(struct check_options *o, int argc, char **argv)
{
	const char *color = "auto";
	int opt;

	while ((opt = command_line_next(argc, argv, ":ho:", long_options,
					NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return command_line_printed();
		}
		if (!take_option(opt, o, &color))
			return EXIT_USAGE;
	}
	if (!options_color(color, &o->common))
		return EXIT_USAGE;
	options_terminal(&o->common);
	o->how.color = o->common.report.color;
	o->how.width = o->common.report.width;
	if (argc - optind == 1)
		return -1;
	log_error("check: name one site file; see 'asymcap check --help'");
	return EXIT_USAGE;
}

int command_check(int argc, char **argv)
{
	struct check_options o = {.how = {.fail_on = SEVERITY_WARNING}};
	int status = parse(&o, argc, argv);

	if (status < 0)
		status = o.print ? print_site(argv[optind], &o)
				 : check_file(argv[optind], &o);
	azure_files_free(&o.azure, NULL);
	return status;
}
