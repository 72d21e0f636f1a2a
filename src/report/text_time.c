/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_time: points in time, periods and how long they were, for people
 *
 * All times are UTC.  A period is told to the millisecond, one of less than a
 * second to the microsecond.
 */
#include "text.h"

#include <string.h>

#define DATE_AT	  0 /* in what timestamp_format() writes */
#define DATE_LEN  10
#define CLOCK_AT  11
#define CLOCK_LEN 15 /* with microseconds */
#define MSEC_LEN  12 /* with milliseconds */

#define SEC_PER_DAY (24 * 3600ULL)

static void add_part(struct str *s, struct timestamp t, size_t at, size_t len)
{
	char text[TIMESTAMP_TEXT];

	str_addn(s, timestamp_format(t, text) + at, len);
}

void text_date(struct str *s, struct timestamp t)
{
	add_part(s, t, DATE_AT, DATE_LEN);
}

void text_clock(struct str *s, struct timestamp t)
{
	add_part(s, t, CLOCK_AT, CLOCK_LEN);
}

bool text_same_day(struct timestamp a, struct timestamp b)
{
	char first[TIMESTAMP_TEXT], second[TIMESTAMP_TEXT];

	return !memcmp(timestamp_format(a, first), timestamp_format(b, second),
		       DATE_LEN);
}

uint64_t text_distance(struct timestamp from, struct timestamp to)
{
	return to.ns > from.ns ? (uint64_t)to.ns - (uint64_t)from.ns
			       : (uint64_t)from.ns - (uint64_t)to.ns;
}

void text_duration(struct str *s, uint64_t ns)
{
	uint64_t sec = ns / (uint64_t)NSEC_PER_SEC;
	unsigned long long n, rest;

	if (ns < (uint64_t)NSEC_PER_MSEC) {
		str_addf(s, "%llu us", (unsigned long long)ns / NSEC_PER_USEC);
	} else if (!sec) {
		n = ns / (uint64_t)(NSEC_PER_MSEC / 10);
		str_addf(s, "%llu.%llu ms", n / 10, n % 10);
	} else if (sec < 60) {
		n = ns / (uint64_t)(NSEC_PER_SEC / 10);
		str_addf(s, "%llu.%llu s", n / 10, n % 10);
	} else if (sec < 3600) {
		n = sec / 60;
		rest = sec % 60;
		str_addf(s, "%llu min %llu s", n, rest);
	} else if (sec < SEC_PER_DAY) {
		n = sec / 3600;
		rest = sec / 60 % 60;
		str_addf(s, "%llu h %llu min", n, rest);
	} else {
		n = sec / SEC_PER_DAY;
		rest = sec / 3600 % 24;
		str_addf(s, "%llu d %llu h", n, rest);
	}
}

static struct timestamp to_nearest_msec(struct timestamp t)
{
	if (t.ns <= INT64_MAX - NSEC_PER_MSEC)
		t.ns += NSEC_PER_MSEC / 2;
	return t;
}

void text_period(struct str *s, struct timestamp first, struct timestamp last)
{
	uint64_t ns = text_distance(first, last);
	size_t len = CLOCK_LEN;
	bool one_day;

	if (last.ns <= first.ns) {
		text_clock(s, first);
		str_add(s, " on ");
		text_date(s, first);
		str_add(s, " UTC");
		return;
	}
	if (ns >= (uint64_t)NSEC_PER_SEC) {
		first = to_nearest_msec(first);
		last = to_nearest_msec(last);
		len = MSEC_LEN;
	}
	one_day = text_same_day(first, last);
	if (!one_day) {
		text_date(s, first);
		str_addc(s, ' ');
	}
	add_part(s, first, CLOCK_AT, len);
	str_add(s, " to ");
	if (!one_day) {
		text_date(s, last);
		str_addc(s, ' ');
	}
	add_part(s, last, CLOCK_AT, len);
	if (one_day) {
		str_add(s, " on ");
		text_date(s, last);
	}
	str_add(s, " UTC (");
	text_duration(s, ns);
	str_addc(s, ')');
}
