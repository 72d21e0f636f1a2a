/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packet time as text, and the clock that never goes back
 */
#include <asymcap/base.h>

#include <time.h>

char *timestamp_format(struct timestamp t, char *buf)
{
	int64_t sec = t.ns / NSEC_PER_SEC;
	int64_t rest = t.ns % NSEC_PER_SEC;
	size_t n;
	struct tm tm;
	time_t when;

	if (rest < 0) {
		rest += NSEC_PER_SEC;
		sec--;
	}
	when = (time_t)sec;
	gmtime_r(&when, &tm);
	n = strftime(buf, TIMESTAMP_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, TIMESTAMP_TEXT - n, ".%06uZ",
		 (unsigned)(rest / NSEC_PER_USEC));
	return buf;
}

struct timestamp timestamp_usec(struct timestamp t)
{
	int64_t rest = t.ns % NSEC_PER_USEC;

	if (rest < 0)
		rest += NSEC_PER_USEC;
	if (t.ns < INT64_MIN + rest)
		return t;
	return (struct timestamp){t.ns - rest};
}

/* "dddd-dd-ddTdd:dd:dd": is each character what it must be? */
static bool has_shape(const char *text)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";

	for (size_t i = 0; shape[i]; i++) {
		if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9'
				    : text[i] != shape[i])
			return false;
	}
	return true;
}

/* ".440978Z" as nanoseconds; -1 if it is nothing like that. */
static int64_t parse_fraction(const char *text)
{
	int64_t unit = NSEC_PER_SEC, ns = 0;

	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9' && unit > 1; text++) {
			unit /= 10;
			ns += (*text - '0') * unit;
		}
		if (unit == NSEC_PER_SEC)
			return -1;
	}
	return strcmp(text, "Z") ? -1 : ns;
}

bool timestamp_parse(const char *text, struct timestamp *t)
{
	struct tm tm = {0};
	const char *rest;
	int64_t ns, sec;

	if (!has_shape(text))
		return false;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	ns = rest ? parse_fraction(rest) : -1;
	if (ns < 0 || tm.tm_year < 70 || tm.tm_year > 361)
		return false;
	sec = timegm(&tm);
	t->ns = sec * NSEC_PER_SEC + ns;
	return true;
}

int64_t clock_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

struct timestamp clock_realtime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (struct timestamp){ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec};
}
