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
