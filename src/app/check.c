/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap check: is the site file right, and what does it say
 */
#include "app.h"

#include <getopt.h>

static const char help[] =
	"usage: asymcap check [--print] SITE\n"
	"\n"
	"Checks a site file; every error is told, with line and column.\n"
	"\n"
	"      --print   print the file in canonical form\n"
	"  -h, --help    this text\n"
	"\n"
	"exit status: 0 the file is right, 2 it is not, 3 the output failed\n";

static int print_site(const struct site *site)
{
	struct str text = {0};
	bool good;

	site_print(site, &text);
	good = fwrite(text.s, 1, text.len, stdout) == text.len &&
	       !fflush(stdout);
	str_free(&text);
	if (!good)
		log_error("standard output: cannot write");
	return good ? 0 : EXIT_INPUT;
}

static int check_file(const char *path, bool print)
{
	struct str errors = {0};
	struct site *site = site_load(path, &errors);
	int status = 0;

	if (!site) {
		fputs(errors.s ? errors.s : "", stderr);
		str_free(&errors);
		return EXIT_USAGE;
	}
	if (print) {
		status = print_site(site);
	} else {
		struct str name = {0};

		str_add_safe(&name, path);
		printf("%s: good: %zu circuits, %zu taps, %zu services\n",
		       name.s ? name.s : "", site->circuits, site->taps,
		       site->services);
		str_free(&name);
	}
	site_free(site);
	str_free(&errors);
	return status;
}

int command_check(int argc, char **argv)
{
	static const struct option options[] = {
		{"print", no_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool print = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (opt != 'p')
			return EXIT_USAGE;
		print = true;
	}
	if (argc - optind != 1) {
		log_error("check: name one site file; see 'asymcap check "
			  "--help'");
		return EXIT_USAGE;
	}
	return check_file(argv[optind], print);
}
