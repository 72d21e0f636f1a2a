/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap report: findings as JSON Lines, to be read by people
 */
#include "app.h"

#include <errno.h>
#include <getopt.h>
#include <unistd.h>

#include "clash.h"
#include "command_line.h"
#include "options.h"
#include "output.h"

static const char help[] =
	"usage: asymcap report [--format FORMAT] [-o FILE] FINDINGS...\n"
	"\n"
	"Reads the JSON Lines that read and watch have written ('-' for "
	"standard input),\n"
	"and writes the report of them.  Several files are added up.  What "
	"probe and check\n"
	"have written is shown as well, but in json.\n"
	"\n"
	"      --format FORMAT     text, html (a page that needs nothing else) "
	"or json\n"
	"                          (default: text on a terminal, else html)\n"
	"  -o, --output FILE       write there, whole or not at all\n"
	"  -h, --help              this text\n"
	"\n"
	"exit status: 0 written, 2 wrong usage, 3 a file could not be read, a "
	"line of it\n"
	"could not be used, or the report was not written\n"
	"\n"
	"  asymcap report -o report.html findings.jsonl\n";

enum { OPT_FORMAT = 256 };

static const struct option long_options[] = {
	{"format", required_argument, NULL, OPT_FORMAT},
	{"output", required_argument, NULL, 'o'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* Return: -1 to go on, or an exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	const char *format = NULL;
	int opt;

	while ((opt = command_line_next(argc, argv, ":o:h", long_options,
					NULL)) != -1) {
		switch (opt) {
		case 'h':
			fputs(help, stdout);
			return command_line_printed();
		case 'o':
			o->output = optarg;
			break;
		case OPT_FORMAT:
			format = optarg;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (!format)
		format = !o->output && isatty(STDOUT_FILENO) ? "text" : "html";
	if (!options_format(format, &o->report.format))
		return EXIT_USAGE;
	options_terminal(o);
	o->files = argv + optind;
	o->file_count = (size_t)(argc - optind);
	if (o->file_count)
		return -1;
	log_error("report: no file named; see 'asymcap report --help'");
	return EXIT_USAGE;
}

/* Whether the report replaces none of what it is made of. */
static bool apart(const struct options *o)
{
	struct clash c = {0};
	bool apart = clash_write(&c, "-o", o->output);

	for (size_t i = 0; apart && i < o->file_count; i++)
		apart = clash_read(&c, "the input", o->files[i]);
	clash_free(&c);
	return apart;
}

static int write_report(struct recall *rc, const struct options *o)
{
	struct output out;
	bool good;

	for (size_t i = 0; i < o->file_count; i++) {
		if (!recall_add(rc, o->files[i], 0))
			return EXIT_INPUT;
	}
	if (!recall_usable(rc))
		return EXIT_INPUT;
	if (!output_open_confined(&out, o->output))
		return EXIT_INPUT;
	good = recall_read(rc);
	good &= output_close(&out,
			     report_write(recall_report(rc, 0),
					  recall_totals(rc, 0), out.stream));
	return good ? 0 : EXIT_INPUT;
}

int command_report(int argc, char **argv)
{
	struct options o = {0};
	struct recall *rc;
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	if (!apart(&o))
		return EXIT_USAGE;
	rc = recall_new(&o.report);
	if (o.report.format != REPORT_JSON)
		recall_keep_aside(rc);
	status = write_report(rc, &o);
	recall_free(rc);
	return status;
}
