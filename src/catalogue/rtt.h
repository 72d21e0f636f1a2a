/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt: round-trip times of any number of connections in a few bytes
 */
#ifndef CATALOGUE_RTT_H
#define CATALOGUE_RTT_H

#include <asymcap/base.h>

#define RTT_STEPS   16 /* buckets an octave: neighbours are 6 % apart */
#define RTT_OCTAVES 27 /* 1 us to 134 s; what is beyond is in the last one */

/** struct rtt_counts - How many took how long; zero-initialise */
struct rtt_counts {
	uint32_t count[RTT_OCTAVES * RTT_STEPS];
	uint64_t all;
};

/** rtt_add() - Count one, ns; a negative one is not known, and not counted */
void rtt_add(struct rtt_counts *r, int64_t ns);

/** rtt_median() - Middle of the median's bucket, ns; -1 if none was counted */
int64_t rtt_median(const struct rtt_counts *r);

#endif /* CATALOGUE_RTT_H */
