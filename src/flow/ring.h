/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the flows of one connection say together
 */
#ifndef FLOW_RING_H
#define FLOW_RING_H

#include "flow.h"

/**
 * struct ring_facts - What is needed to judge, and stands in no connection
 * @seen:	SEEN_ and so on, of any flow
 * @syn_resent, @answer_resent: Sent again, at whichever tap
 * @evicted_half_open: One had to leave while it might still have been answered
 * @given_up:	As in struct handshake
 * @last_syn:	Valid with SEEN_SYN
 * @first_answer: Valid if the connection has an answer
 * @ended:	Time of the last packet
 */
struct ring_facts {
	uint16_t seen;
	bool syn_resent;
	bool answer_resent;
	bool evicted_half_open;
	uint8_t given_up;
	struct timestamp last_syn;
	struct timestamp first_answer;
	struct timestamp ended;
};

/**
 * ring_gather() - Put together what the flows of a ring know
 * @t:		Table
 * @hs:		Any flow of the ring
 * @x:		Result, all zero before
 * @c:		Result: sightings, sums, times and names; all zero before
 */
void ring_gather(const struct flow_table *t, struct handshake *hs,
		 struct ring_facts *x, struct connection *c);

/** ring_completed() - Whether the handshake is complete on any two tuples */
bool ring_completed(const struct handshake *hs, const struct ring_facts *x);

#endif /* FLOW_RING_H */
