/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Round-trip times, counted in buckets that grow with the time
 *
 * DOC: Theory of operation
 *
 * A median needs all values or an estimate.  Estimates that learn as they go
 * depend on the order, and so on threads and on how files were named; counts
 * do not.  An octave of microseconds is cut into 16 equal steps, so a bucket
 * is 6 % wide at most, and its middle is off by 3 %.
 */
#include "rtt.h"

static unsigned bucket_of(int64_t ns)
{
	uint64_t us = (uint64_t)ns / (uint64_t)NSEC_PER_USEC;
	unsigned octave, step;

	if (!us)
		us = 1;
	octave = 63 - (unsigned)__builtin_clzll(us);
	if (octave >= RTT_OCTAVES)
		return RTT_OCTAVES * RTT_STEPS - 1;
	step = (unsigned)((us - (1ULL << octave)) * RTT_STEPS >> octave);
	return octave * RTT_STEPS + step;
}

void rtt_add(struct rtt_counts *r, int64_t ns)
{
	uint32_t *count;

	if (ns < 0)
		return;
	count = &r->count[bucket_of(ns)];
	if (*count == UINT32_MAX)
		return;
	++*count;
	r->all++;
}

/* In the lowest octaves steps are finer than a microsecond, and many empty. */
static int64_t middle_of(unsigned bucket)
{
	unsigned octave = bucket / RTT_STEPS, step = bucket % RTT_STEPS;
	int64_t base = NSEC_PER_USEC << octave;

	return base + base / RTT_STEPS * step + base / RTT_STEPS / 2;
}

int64_t rtt_median(const struct rtt_counts *r)
{
	uint64_t below = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(r->count); i++) {
		below += r->count[i];
		if (below && 2 * below >= r->all)
			return middle_of(i);
	}
	return -1;
}
