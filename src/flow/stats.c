/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is counted of connections for who asks for it
 *
 * DOC: Theory of operation
 *
 * Most connections are plainly sound and leave without being judged: nobody
 * is told of them, and only their number is kept.  Who watches circuits for
 * months wants more: which paths connections took, and how long handshakes
 * took, above all those of sound connections.  So these are counted at the
 * moment a connection is, where the evidence is in the cache: once for each
 * connection, never for a packet, and only if the sink wants it.  A plainly
 * sound one is not judged for that either, unless its packets were seen more
 * than once; then its round-trip time wants a closer look.
 */
#include "flow.h"

#define MS(n_) ((n_)*NSEC_PER_MSEC)

/* Metro, region, continent, ocean; then what is wrong. */
const int64_t flow_rtt_bound[FLOW_RTT_BOUNDS] = {
	MS(1) / 2, MS(1),   MS(2),   MS(5),    MS(10),
	MS(20),	   MS(35),  MS(50),  MS(75),   MS(100),
	MS(150),   MS(250), MS(500), MS(1000), MS(3000),
};

static void take_rtt(struct flow_stats *s, unsigned circuit, int64_t rtt)
{
	struct flow_rtt *r = &s->rtt[circuit];
	unsigned i = 0;

	while (i < FLOW_RTT_BOUNDS && rtt > flow_rtt_bound[i])
		i++;
	r->count[i]++;
	r->sum += (uint64_t)rtt;
}

void stats_take(struct flow_table *t, const struct connection *c)
{
	unsigned syn = circuit_slot_of(c->syn_circuits);
	unsigned answer = circuit_slot_of(c->answer_circuits);

	t->stats->paths[c->class][c->impact][syn][answer]++;
	if (syn >= SLOT_FIRST && c->rtt >= 0 && !c->answer_is_rst)
		take_rtt(t->stats, syn - SLOT_FIRST, c->rtt);
}

/* One SYN and one SYN-ACK, both at one tap: there is one way to measure. */
static bool seen_once(const struct handshake *hs)
{
	return hs->syn.kept == 1 && hs->answer.kept == 1 &&
	       hs->syn.first.tap == hs->answer.first.tap &&
	       time_diff(hs->answer.first.time, hs->syn.first.time) >= 0 &&
	       !hs->syn_resent && !hs->answer_resent;
}

void stats_take_plain(struct flow_table *t, struct handshake *hs)
{
	unsigned slot = circuit_slot_of(topo_circuits(t->topo, hs->syn.taps));
	struct connection c;
	int64_t rtt;

	if (!seen_once(hs)) {
		judge_ring(t, hs, &c);
		stats_take(t, &c);
		return;
	}
	t->stats->paths[CLASS_SYMMETRIC][IMPACT_WORKING][slot][slot]++;
	rtt = time_diff(hs->answer.first.time, hs->syn.first.time);
	if (slot >= SLOT_FIRST)
		take_rtt(t->stats, slot - SLOT_FIRST, rtt);
}

const struct flow_stats *flow_table_stats(const struct flow_table *t)
{
	return t->stats;
}
