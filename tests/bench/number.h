/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/number: numbers on the command line
 */
#ifndef BENCH_NUMBER_H
#define BENCH_NUMBER_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * number_parse() - Read a number, or say what is wrong and exit 2
 * @text:	All of it is the number, such as "1e6"
 * @min, @max:	Between these, themselves included
 */
static inline double number_parse(const char *text, double min, double max)
{
	char *end;
	double v;

	v = strtod(text, &end);
	if (end != text && !*end && v >= min && v <= max)
		return v;
	fprintf(stderr, "%s: %s: not a number from %g to %g; see --help\n",
		program_invocation_short_name, text, min, max);
	exit(2);
}

#endif /* BENCH_NUMBER_H */
