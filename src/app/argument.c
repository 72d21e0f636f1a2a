/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an option of the command line takes: a word, a number, a time
 */
#include "argument.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int argument_word(const char *option, const char *text,
		  const char *const *words, size_t count)
{
	struct str known = {0};

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(text, words[i])) {
			str_free(&known);
			return (int)i;
		}
		str_addf(&known, "%s'%s'",
			 !i		 ? ""
			 : i + 1 < count ? ", "
					 : " or ",
			 words[i]);
	}
	log_error("--%s %s: it is %s", option, text, known.s);
	str_free(&known);
	return -1;
}

bool argument_scan(const char *text, uint64_t least, uint64_t most, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return !errno && !*end && end != text && !strchr(text, '-') &&
	       *n >= least && *n <= most;
}

bool argument_number(const char *option, const char *text, uint64_t least,
		     uint64_t most, uint64_t *n)
{
	if (argument_scan(text, least, most, n))
		return true;
	log_error("--%s %s: it is a number from %llu to %llu", option, text,
		  (unsigned long long)least, (unsigned long long)most);
	return false;
}

bool argument_time(const char *option, const char *text,
		   const struct argument_times *may, int64_t *ns)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	for (size_t i = 0; i < may->units; i++) {
		const struct argument_unit *unit = &may->unit[i];

		if (errno || end == text || n <= 0 || n > may->most ||
		    strcmp(end, unit->name) != 0 || n * unit->ns < may->least)
			continue;
		*ns = n * unit->ns;
		return true;
	}
	log_error("--%s %s: it is a time such as %s", option, text,
		  may->example);
	return false;
}
