/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getopt_long(3), whose complaints are one line with what to do about it
 */
#include "command_line.h"

#include <asymcap/base.h>
#include <asymcap/site.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAMES 64 /* of long options; far more than any command has */

/* "--format" of "--format=x", without the dashes */
static size_t name_size(const char *name)
{
	return strcspn(name, "=");
}

static size_t long_names(const struct option *longs, const char **names)
{
	size_t n = 0;

	for (; n < MAX_NAMES && longs[n].name; n++)
		names[n] = longs[n].name;
	return n;
}

/* Why getopt_long() does not take --@name.  Return: what was meant, or NULL */
static const char *add_long(struct str *s, const struct option *longs,
			    const char *name)
{
	const char *names[MAX_NAMES];
	size_t count = long_names(longs, names), size = name_size(name);
	const char *near;
	size_t alike = 0;
	char *word;

	for (size_t i = 0; i < count; i++) {
		if (strncmp(names[i], name, size) != 0)
			continue;
		alike++;
		if (!names[i][size] && name[size]) {
			str_addf(s, "--%s takes no argument", names[i]);
			return NULL;
		}
	}
	str_addf(s, "there is no option '--%.*s'", (int)size, name);
	if (alike > 1)
		str_addf(s, ", and %zu begin so", alike);
	word = xstrndup(name, size);
	near = alike > 1 ? NULL : site_nearest(word, names, count);
	free(word);
	return near;
}

int command_line_next(int argc, char **argv, const char *letters,
		      const struct option *longs, int *index)
{
	int at = optind ? optind : 1;
	const char *word, *near = NULL;
	struct str s = {0};
	int opt;

	opterr = 0;
	opt = getopt_long(argc, argv, letters, longs, index);
	if (opt != '?' && opt != ':')
		return opt;
	/* Words that are no options have been moved behind those that are. */
	word = argv[optind > at ? optind - 1 : at];
	if (opt == ':')
		str_addf(&s, "%s wants an argument", word);
	else if (!strncmp(word, "--", 2))
		near = add_long(&s, longs, word + 2);
	else
		str_addf(&s, "there is no option '-%c'", optopt);
	if (near)
		log_error("%s: %s; did you mean '--%s'?", argv[0], s.s, near);
	else
		log_error("%s: %s; see 'asymcap %s --help'", argv[0], s.s,
			  argv[0]);
	str_free(&s);
	return '?';
}

enum exit_status command_line_printed(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	log_error("standard output: cannot write: %s",
		  errno ? strerror(errno) : "unknown error");
	return EXIT_INPUT;
}
