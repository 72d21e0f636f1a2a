/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Class and impact of a connection that is over
 *
 * DOC: Theory of operation
 *
 * What the flows of a connection know is put together once, at the end
 * (ring.c).  Class and impact follow from which circuits saw the SYN and the
 * answer, and from what came after; nothing depends on the order in which
 * packets arrived.  Most connections are sound, and of these most are so at a
 * glance: they are not even put together.
 */
#include "ring.h"

#include <string.h>

static bool single(uint64_t set)
{
	return set && !(set & (set - 1));
}

static bool in_scope(const struct flow_table *t, const struct connection *c)
{
	if (!t->has_remote)
		return true;
	for (unsigned i = 0; i < c->tuples; i++) {
		if (topo_is_remote(t->topo, &c->tuple[i].client) ||
		    topo_is_remote(t->topo, &c->tuple[i].server))
			return true;
	}
	return false;
}

/* Design, 4.3: what the circuits of the SYN and of the answer say. */
static enum conn_class class_of_paths(const struct flow_table *t,
				      const struct connection *c)
{
	uint64_t syn = c->syn_circuits, answer = c->answer_circuits;

	if (!syn || !answer)
		return CLASS_INDETERMINATE; /* only at taps of no circuit */
	if (!(syn & answer)) {
		return topo_one_domain(t->topo, syn | answer)
			       ? CLASS_SAME_DOMAIN
			       : CLASS_ASYMMETRIC;
	}
	if (c->answer_is_rst)
		return CLASS_REFUSED;
	if (single(syn) && syn == answer)
		return CLASS_SYMMETRIC;
	return single(answer) ? CLASS_REROUTED : CLASS_MIXED;
}

/* An answer at the very start of the input: its SYN may lie before that. */
static bool began_before(const struct flow_table *t, const struct ring_facts *x,
			 const struct connection *c)
{
	return time_diff(c->first, t->origin) < EDGE && !x->answer_resent;
}

/* A lone SYN at the very end of the input: its answer may lie after that. */
static bool goes_on_after(const struct flow_table *t,
			  const struct ring_facts *x)
{
	return t->finishing && !x->syn_resent &&
	       time_diff(t->now, x->last_syn) < EDGE;
}

static enum conn_class class_of(const struct flow_table *t,
				const struct ring_facts *x,
				const struct connection *c)
{
	if (!in_scope(t, c))
		return CLASS_OUT_OF_SCOPE;
	if (x->given_up)
		return (enum conn_class)x->given_up;
	if (x->seen & SIMULTANEOUS)
		return CLASS_SIMULTANEOUS_OPEN;
	if (!(x->seen & SEEN_SYN))
		return x->evicted_half_open || began_before(t, x, c)
			       ? CLASS_INDETERMINATE
			       : CLASS_ORPHAN_SYN_ACK;
	if (!c->answer.count)
		return x->evicted_half_open || goes_on_after(t, x)
			       ? CLASS_INDETERMINATE
			       : CLASS_UNANSWERED;
	return class_of_paths(t, c);
}

/* Design, 4.4. */
static enum impact impact_of(const struct flow_table *t,
			     const struct ring_facts *x,
			     const struct connection *c)
{
	struct timestamp end = x->ended;

	if (c->completed)
		return IMPACT_WORKING;
	if (x->seen & SEEN_RST)
		return IMPACT_BROKEN;
	if (c->answer.count) {
		if (x->answer_resent ||
		    (x->syn_resent && c->answer.kept &&
		     time_diff(x->last_syn, x->first_answer) > COPY_WINDOW))
			return IMPACT_BROKEN;
	}
	return time_diff(t->now, end) >= GIVE_UP ? IMPACT_BROKEN
						 : IMPACT_UNKNOWN;
}

/* The circuit whose edge ate a packet.  The answer is asked first. */
static uint8_t dropped_at(const struct flow_table *t,
			  const struct connection *c)
{
	uint8_t at = topo_one_sided(t->topo, c->answer.taps);

	return at != CIRCUIT_NONE ? at : topo_one_sided(t->topo, c->syn.taps);
}

/* SYN to answer at two taps, if their clocks are known well enough for it. */
static int64_t rtt_across(const struct flow_table *t,
			  const struct connection *c)
{
	const struct sighting *s = &c->syn.at[0], *a = &c->answer.at[0];
	int64_t offset, error, d;

	if (!c->syn.kept || !c->answer.kept ||
	    !clock_between(t, s->tap, a->tap, &offset, &error))
		return -1;
	d = time_diff(a->time, s->time) - offset;
	return d >= 0 && error <= d / 4 ? d : -1;
}

/*
 * SYN to answer at one tap, else at two of which the clocks are known; none
 * where a resend makes it ambiguous.
 */
static int64_t rtt_of(const struct flow_table *t, const struct ring_facts *x,
		      const struct connection *c)
{
	if (x->syn_resent || x->answer_resent)
		return -1;
	for (unsigned i = 0; i < c->syn.kept; i++) {
		for (unsigned k = 0; k < c->answer.kept; k++) {
			int64_t d = time_diff(c->answer.at[k].time,
					      c->syn.at[i].time);

			if (c->syn.at[i].tap == c->answer.at[k].tap && d >= 0)
				return d;
		}
	}
	return rtt_across(t, c);
}

/*
 * The other direction may go on where it was and say nothing new: a server
 * whose answers are eaten hears the same question again and again.
 */
static bool answered(const struct flow *f, const struct path_change *x)
{
	bool known = f->seen & (SEEN_ACK_CLIENT << !x->dir);

	if (!x->has_data)
		return x->packets_after[!x->dir];
	return known && (int32_t)(f->acked[!x->dir] - x->seq) > 0;
}

static void add_extra(const struct flow *f, struct connection *c)
{
	const struct flow_extra *x = flow_extra(f);

	if (!x)
		return;
	for (unsigned i = 0; i < x->escapes; i++) {
		if (c->escapes < CONNECTION_ESCAPES)
			c->escape[c->escapes++] = x->escape[i];
	}
	icmp_merge(&c->icmp, &x->icmp);
	/* Of both sides of a NAT the sender's is the first, and misses nothing. */
	if (x->moved && x->change.to != x->change.from &&
	    time_diff(x->change.back, x->change.at.time) < 4 * COPY_WINDOW &&
	    (!c->moved ||
	     time_diff(x->change.at.time, c->change.at.time) < 0)) {
		c->moved = true;
		c->change = x->change;
		c->change.answered = answered(f, &x->change);
	}
}

static uint64_t absent_taps(const struct flow_table *t)
{
	return topo_taps(t->topo) & ~t->seen_taps;
}

static void judge_path(const struct flow_table *t, struct connection *c)
{
	c->direction = DIRECTION_UNKNOWN;
	for (unsigned i = 0; i < c->tuples && !c->direction; i++)
		c->direction = topo_direction(t->topo, &c->tuple[i].client,
					      &c->tuple[i].server);
	c->service = topo_service(t->topo, c->direction, c->tuple, c->tuples);
}

/* The sightings themselves are left alone: only what is kept of them is read. */
static void begin(struct connection *c)
{
	memset(c, 0, sizeof(*c));
	c->dropped_at = CIRCUIT_NONE;
	c->service = SERVICE_NONE;
	c->rtt = -1;
	c->decided = true;
}

void judge_ring(const struct flow_table *t, struct handshake *hs,
		struct connection *c)
{
	struct ring_facts x = {0};
	const struct handshake *at = hs;

	begin(c);
	ring_gather(t, hs, &x, c);
	do {
		add_extra(at->flow, c);
		at = at->ring;
	} while (at != hs);

	c->ended = x.ended;
	c->answer_is_rst =
		(x.seen & SEEN_RST_ANSWER) && !(x.seen & SEEN_ANSWER);
	c->reset = x.seen & SEEN_RST;
	c->closed = (x.seen & SEEN_FIN_CLIENT) && (x.seen & SEEN_FIN_SERVER);
	c->evicted = x.seen & EVICTED;
	c->absent_taps = absent_taps(t);
	c->completed = ring_completed(hs, &x);
	c->syn_circuits = topo_circuits(t->topo, c->syn.taps);
	c->answer_circuits = topo_circuits(t->topo, c->answer.taps);
	c->class = class_of(t, &x, c);
	c->impact = impact_of(t, &x, c);
	c->rtt = rtt_of(t, &x, c);
	/* What was refused got its answer, be it from the edge itself. */
	if (c->impact == IMPACT_BROKEN && c->class != CLASS_REFUSED)
		c->dropped_at = dropped_at(t, c);
	judge_path(t, c);
}

bool judge_plainly_sound(const struct flow_table *t, const struct handshake *hs)
{
	const struct flow *f = hs->flow;
	uint64_t syn = topo_circuits(t->topo, hs->syn.taps);

	if (hs->ring != hs || t->sink.all || f->has_extra || hs->told ||
	    (f->seen & (SEEN_SYN | SEEN_ANSWER | COMPLETED | SIMULTANEOUS)) !=
		    (SEEN_SYN | SEEN_ANSWER | COMPLETED))
		return false;
	/* Scope, the plan and inside taps want a closer look. */
	if ((t->has_remote && !(f->seen & (REMOTE_CLIENT | REMOTE_SERVER))) ||
	    topo_site(t->topo)->services || (hs->syn.taps & t->inside))
		return false;
	return single(syn) && syn == topo_circuits(t->topo, hs->answer.taps);
}

void judge_midstream(const struct flow_table *t, const struct flow *f,
		     struct connection *c)
{
	begin(c);
	c->tuple[0] = flow_tuple(f);
	c->tuples = 1;
	c->answer_tuple = c->tuple[0];
	c->isn = f->isn[0];
	c->first = c->ended = f->ended;
	for (unsigned d = 0; d < 2; d++) {
		c->packets[d] = f->packets[d];
		c->path_taps[d] = f->dir_taps[d];
	}
	add_extra(f, c);
	c->told = f->has_extra ? flow_extra(f)->told : 0;
	c->reset = f->seen & SEEN_RST;
	c->closed = (f->seen & SEEN_FIN_CLIENT) && (f->seen & SEEN_FIN_SERVER);
	c->evicted = f->seen & EVICTED;
	c->completed = f->seen & COMPLETED;
	c->class = !in_scope(t, c)     ? CLASS_OUT_OF_SCOPE
		   : f->seen & COUNTED ? CLASS_SYMMETRIC
				       : CLASS_MIDSTREAM;
	c->impact = f->seen & COUNTED || ((f->seen & SEEN_ACK_CLIENT) &&
					  (f->seen & SEEN_ACK_SERVER))
			    ? IMPACT_WORKING
			    : IMPACT_UNKNOWN;
	judge_path(t, c);
}

/* Both directions of a midstream connection, on no common circuit. */
static bool split(const struct flow_table *t, const struct connection *c)
{
	uint64_t there = topo_circuits(t->topo, c->path_taps[0]);
	uint64_t back = topo_circuits(t->topo, c->path_taps[1]);

	return there && back && !(there & back);
}

/* On a circuit that its row of the catalogue does not allow. */
static bool off_plan(const struct flow_table *t, const struct connection *c)
{
	uint64_t allowed;

	if (c->service == SERVICE_NONE)
		return false;
	allowed = topo_site(t->topo)->service[c->service].circuits;
	return allowed && (c->syn_circuits & ~allowed);
}

/* Translated to another source, or led to another system, than its row says. */
static bool nat_off_plan(const struct flow_table *t, const struct connection *c)
{
	enum nat_plan plan;
	size_t which;

	if (c->service == SERVICE_NONE || c->direction != DIRECTION_INBOUND)
		return false;
	plan = topo_nat_plan(t->topo, c->service, c->syn.taps, c->original_taps,
			     c->tuple, c->tuples, &which);
	return plan == NAT_WRONG_SOURCE || plan == NAT_WRONG_SERVER;
}

bool judge_sound(const struct flow_table *t, const struct connection *c)
{
	if (c->escapes || c->moved || off_plan(t, c) || nat_off_plan(t, c))
		return false;
	/* A SYN with its original source inside may lack source NAT. */
	if (c->direction == DIRECTION_INBOUND && (c->original_taps & t->inside))
		return false;
	switch (c->class) {
	case CLASS_SYMMETRIC:
	case CLASS_SAME_DOMAIN:
	case CLASS_REROUTED:
	case CLASS_MIXED:
	case CLASS_REFUSED:
	case CLASS_SIMULTANEOUS_OPEN:
	case CLASS_OUT_OF_SCOPE:
	case CLASS_INDETERMINATE:
		return true;
	case CLASS_MIDSTREAM:
		return !split(t, c);
	case CLASS_ASYMMETRIC:
	case CLASS_UNANSWERED:
	case CLASS_ORPHAN_SYN_ACK:
	case CLASSES:
		break;
	}
	return false;
}
