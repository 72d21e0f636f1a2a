/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an option of the command line takes: a word, a number, a time
 *
 * What is refused is one line on standard error, that begins with the option
 * and what was written.
 */
#ifndef APP_ARGUMENT_H
#define APP_ARGUMENT_H

#include <asymcap/base.h>

/**
 * argument_word() - Read one word out of a few
 * @option:	Name, without dashes
 * @text:	What was written
 * @words:	The words, at least two
 * @count:	How many
 *
 * Return: its index, or -1 after a line
 */
int argument_word(const char *option, const char *text,
		  const char *const *words, size_t count);

/**
 * argument_scan() - Read a whole number, and say nothing
 * @text:	Decimal
 * @least, @most: Bounds, which count as well
 * @n:		Result
 *
 * Return: whether it is one within them
 */
bool argument_scan(const char *text, uint64_t least, uint64_t most,
		   uint64_t *n);

/** argument_number() - argument_scan() of @option; false after a line */
bool argument_number(const char *option, const char *text, uint64_t least,
		     uint64_t most, uint64_t *n);

/** struct argument_unit - "m" is 60 seconds; "" may be a unit, too */
struct argument_unit {
	const char *name;
	int64_t ns;
};

/**
 * struct argument_times - Which times an option takes
 * @unit:	Its units
 * @units:	How many
 * @most:	Largest number before a unit
 * @least:	Shortest time, ns
 * @example:	"90s, 15m or 2h"
 */
struct argument_times {
	const struct argument_unit *unit;
	size_t units;
	long most;
	int64_t least;
	const char *example;
};

/**
 * argument_time() - Read a number and a unit
 * @option:	Name, without dashes
 * @text:	What was written
 * @may:	What may be
 * @ns:		Result
 *
 * Return: false after a line
 */
bool argument_time(const char *option, const char *text,
		   const struct argument_times *may, int64_t *ns);

#endif /* APP_ARGUMENT_H */
