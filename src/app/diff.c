/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap diff: two runs compared: must the change be taken back
 */
#include "app.h"

#include <getopt.h>
#include <string.h>

#include "argument.h"
#include "clash.h"
#include "command_line.h"
#include "options.h"
#include "output.h"

static const char help[] =
	"usage: asymcap diff [options] BEFORE AFTER\n"
	"\n"
	"Compares the JSON Lines of two runs: findings that are new, gone and "
	"unchanged,\n"
	"by rule, circuits, service and prefixes, and how services did.\n"
	"\n"
	"      --format FORMAT     text (default), json (JSON Lines) or junit "
	"(XML)\n"
	"  -o, --output FILE       write there, whole or not at all\n"
	"      --fail-on SEVERITY  exit 1 for what is new or worse from info, "
	"warning\n"
	"                          (default) or critical on\n"
	"      --color WHEN        auto (default), always or never; NO_COLOR "
	"counts\n"
	"  -h, --help              this text\n"
	"\n"
	"exit status: 0 nothing new, 1 something is new or worse, 2 wrong "
	"usage, 3 a file\n"
	"could not be read or the result not written, 4 one of the runs could "
	"not judge\n"
	"\n"
	"  asymcap diff before.jsonl after.jsonl || roll-back\n";

enum { OPT_FORMAT = 256, OPT_FAIL_ON, OPT_COLOR };

static const struct option long_options[] = {
	{"format", required_argument, NULL, OPT_FORMAT},
	{"output", required_argument, NULL, 'o'},
	{"fail-on", required_argument, NULL, OPT_FAIL_ON},
	{"color", required_argument, NULL, OPT_COLOR},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static bool parse_format(const char *text, enum diff_format *format)
{
	static const char *const words[] = {
		[DIFF_TEXT] = "text",
		[DIFF_JSON] = "json",
		[DIFF_JUNIT] = "junit",
	};
	int word = argument_word("format", text, words, ARRAY_SIZE(words));

	if (word >= 0)
		*format = (enum diff_format)word;
	return word >= 0;
}

static bool take(int opt, struct options *o, enum diff_format *format,
		 const char **color)
{
	switch (opt) {
	case 'o':
		o->output = optarg;
		return true;
	case OPT_FORMAT:
		return parse_format(optarg, format);
	case OPT_FAIL_ON:
		return options_fail_on(optarg, &o->fail_on);
	case OPT_COLOR:
		*color = optarg;
		return true;
	default:
		return false;
	}
}

/* Return: -1 to go on, or an exit status. */
static int parse(struct options *o, enum diff_format *format, int argc,
		 char **argv)
{
	const char *color = "auto";
	int opt;

	while ((opt = command_line_next(argc, argv, ":o:h", long_options,
					NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return command_line_printed();
		}
		if (!take(opt, o, format, &color))
			return EXIT_USAGE;
	}
	if (!options_color(color, o))
		return EXIT_USAGE;
	options_terminal(o);
	o->files = argv + optind;
	if (argc - optind == 2)
		return -1;
	log_error("diff: name two files; see 'asymcap diff --help'");
	return EXIT_USAGE;
}

/* Whether the result replaces none of the two. */
static bool apart(const struct options *o)
{
	struct clash c = {0};
	bool apart = clash_write(&c, "-o", o->output) &&
		     clash_read(&c, "the input", o->files[0]) &&
		     clash_read(&c, "the input", o->files[1]);

	clash_free(&c);
	return apart;
}

static int compare(struct recall *rc, const struct options *o,
		   enum diff_format format)
{
	static const int statuses[] = {
		[DIFF_NOTHING_NEW] = EXIT_NOTHING_FOUND,
		[DIFF_NEW] = EXIT_FOUND,
		[DIFF_CANNOT_JUDGE] = EXIT_CANNOT_JUDGE,
	};
	enum diff_result result;
	struct output out;
	bool good;

	for (unsigned i = 0; i < RECALL_SIDES; i++) {
		if (!recall_add(rc, o->files[i], i))
			return EXIT_INPUT;
	}
	if (!recall_usable(rc))
		return EXIT_INPUT;
	if (!output_open_confined(&out, o->output))
		return EXIT_INPUT;
	good = recall_read(rc);
	good &= output_close(
		&out, recall_diff(rc, format, o->fail_on, out.stream, &result));
	return good ? statuses[result] : EXIT_INPUT;
}

int command_diff(int argc, char **argv)
{
	struct options o = {.fail_on = SEVERITY_WARNING};
	enum diff_format format = DIFF_TEXT;
	struct recall *rc;
	int status = parse(&o, &format, argc, argv);

	if (status >= 0)
		return status;
	if (!strcmp(o.files[0], "-") && !strcmp(o.files[1], "-")) {
		log_error("diff: standard input can be one of the two");
		return EXIT_USAGE;
	}
	if (!apart(&o))
		return EXIT_USAGE;
	rc = recall_new(&o.report);
	status = compare(rc, &o, format);
	recall_free(rc);
	return status;
}
