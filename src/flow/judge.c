/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Class and impact of a connection that is over
 *
 * DOC: Theory of operation
 *
 * What is known of a connection is spread over the flows of its ring, one a
 * tuple.  Here it is put together once, at the end: sightings are merged in
 * time order, the tuple of the SYN outside the NAT gives the name, and class
 * and impact follow from which circuits saw the SYN and the answer and from
 * what came after.  Sums, unions and sorts only, so that the order in which
 * packets and flows arrived leaves no trace.
 */
#include "flow.h"

#include <string.h>

struct tuple flow_tuple(const struct flow *f)
{
	const uint8_t *key = flow_key_of(f);
	unsigned n = f->v6 ? 16 : 4;
	struct addr end[2];
	uint16_t port[2];

	for (unsigned i = 0; i < 2; i++) {
		if (f->v6)
			memcpy(end[i].b, key + i * n, n);
		else
			end[i] = addr_from_v4(key + i * n);
	}
	memcpy(port, key + 2 * n, sizeof(port));
	return (struct tuple){
		.client = end[f->client],
		.server = end[!f->client],
		.client_port = port[f->client],
		.server_port = port[!f->client],
	};
}

static int tuple_cmp(const struct tuple *a, const struct tuple *b)
{
	int order = addr_cmp(&a->client, &b->client);

	if (!order)
		order = (int)a->client_port - (int)b->client_port;
	if (!order)
		order = addr_cmp(&a->server, &b->server);
	return order ? order : (int)a->server_port - (int)b->server_port;
}

/* ------------------------------------------------------------ sightings */

static bool before(const struct sighting *a, const struct sighting *b)
{
	int64_t d = time_diff(a->time, b->time);

	return d ? d < 0 : a->tap < b->tap;
}

/* Insert in time order; when all places are taken, the last one gives way. */
static void sightings_insert(struct sightings *g, const struct sighting *s)
{
	unsigned i;

	if (g->kept == FINDING_SIGHTINGS) {
		if (!before(s, &g->at[g->kept - 1]))
			return;
		g->kept--;
	}
	for (i = g->kept; i && before(s, &g->at[i - 1]); i--)
		g->at[i] = g->at[i - 1];
	g->at[i] = *s;
	g->kept++;
}

static void sightings_merge(struct sightings *into, struct seen_packets *from)
{
	into->taps |= from->taps;
	into->count += from->count;
	for (unsigned i = 0; i < from->kept; i++)
		sightings_insert(into, seen_at(from, i));
}

/* ----------------------------------------------------------------- facts */

/* What the flows of a ring say together. */
struct facts {
	uint16_t seen; /* union */
	bool reset;
	bool syn_resent;
	bool answer_resent;
	bool evicted_half_open;
	uint8_t given_up;
	struct timestamp last_syn;
	struct timestamp first_answer;
	struct timestamp ended;
};

static void merge_time(struct timestamp *into, struct timestamp t, bool first,
		       bool latest)
{
	int64_t d = time_diff(t, *into);

	if (first || (latest ? d > 0 : d < 0))
		*into = t;
}

static void gather(const struct flow_table *t, struct handshake *hs,
		   struct facts *x, struct connection *c)
{
	struct handshake *at = hs;

	do {
		const struct flow *f = at->flow;
		bool syn = f->seen & SEEN_SYN;
		bool answer = at->answer.count > 0;

		if (syn)
			merge_time(&x->last_syn, at->last_syn,
				   !(x->seen & SEEN_SYN), true);
		if (at->answer.kept)
			merge_time(&x->first_answer, at->answer.first.time,
				   !c->answer.count, false);
		merge_time(&c->first, at->started, at == hs, false);
		merge_time(&x->ended, f->ended, at == hs, true);
		x->seen |= f->seen;
		if (at->given_up > x->given_up)
			x->given_up = at->given_up;
		c->told |= at->told;
		x->syn_resent |= at->syn_resent;
		if (answer)
			x->answer_resent |= at->answer_resent;
		/* Silent for so long, an early end has cost it nothing; a SYN
		 * comes after its answer by a skew of clocks alone.
		 */
		x->evicted_half_open |=
			(f->seen & EVICTED) &&
			time_diff(t->now, f->ended) < (syn ? GIVE_UP : SKEW);
		if (at->confidence > c->confidence)
			c->confidence = at->confidence;
		if (f->seen & REMOTE_CLIENT)
			c->original_taps |= at->syn.taps;
		sightings_merge(&c->syn, &at->syn);
		sightings_merge(&c->answer, &at->answer);
		for (unsigned d = 0; d < 2; d++) {
			c->packets[d] += f->packets[d];
			c->path_taps[d] |= f->dir_taps[d];
		}
		at = at->ring;
	} while (at != hs);
}

/* The client's ACK may be on another tuple than the SYN-ACK that it means. */
static bool ring_completed(const struct handshake *hs, const struct facts *x)
{
	const struct handshake *a = hs, *b;

	if (x->seen & COMPLETED)
		return true;
	do {
		for (b = hs->ring;; b = b->ring) {
			if ((a->flow->seen & SEEN_ANSWER) &&
			    (b->flow->seen & SEEN_ACK_CLIENT) &&
			    b->flow->acked[0] - a->flow->isn[1] - 1 < 1u << 30)
				return true;
			if ((a->flow->seen & SEEN_SYN) &&
			    (b->flow->seen & SEEN_ACK_SERVER) &&
			    b->flow->acked[1] - a->flow->isn[0] - 2 -
					    a->syn_payload <
				    1u << 30)
				return true;
			if (b == hs)
				break;
		}
		a = a->ring;
	} while (a != hs);
	return false;
}

/* ----------------------------------------------------------------- names */

/* How good a flow's tuple is as the name: SYN outside, SYN, none. */
static unsigned name_rank(const struct flow_table *t, const struct handshake *h)
{
	if (!(h->flow->seen & SEEN_SYN))
		return 2;
	return h->syn.taps & ~t->inside ? 0 : 1;
}

static void put_name(struct connection *c, const struct tuple *u)
{
	for (unsigned i = 0; i < c->tuples; i++) {
		if (!tuple_cmp(&c->tuple[i], u))
			return;
	}
	if (c->tuples < FINDING_TUPLES)
		c->tuple[c->tuples++] = *u;
}

static void name_connection(const struct flow_table *t,
			    const struct handshake *hs, struct connection *c)
{
	const struct handshake *order[MAX_RING] = {NULL}, *at = hs;
	unsigned n = 0;

	do {
		struct tuple u = flow_tuple(at->flow);
		unsigned rank = name_rank(t, at), i;

		for (i = n; i; i--) {
			struct tuple v = flow_tuple(order[i - 1]->flow);
			unsigned r = name_rank(t, order[i - 1]);
			int64_t d =
				time_diff(order[i - 1]->started, at->started);

			if (r < rank ||
			    (r == rank &&
			     (d < 0 || (!d && tuple_cmp(&v, &u) <= 0))))
				break;
			order[i] = order[i - 1];
		}
		order[i] = at;
		n++;
		at = at->ring;
	} while (at != hs && n < MAX_RING);

	for (unsigned i = 0; i < n; i++) {
		struct tuple u = flow_tuple(order[i]->flow);

		put_name(c, &u);
	}
	c->isn = order[0]->flow->seen & SEEN_SYN ? order[0]->flow->isn[0]
						 : order[0]->isn;
}

/* The answer is named as it was sent: by its first sighting. */
static void name_answer(struct handshake *hs, struct connection *c)
{
	struct handshake *at = hs;

	c->answer_tuple = c->tuple[0];
	if (!c->answer.kept)
		return;
	do {
		for (unsigned i = 0; i < at->answer.kept; i++) {
			const struct sighting *s = seen_at(&at->answer, i);

			if (s->number == c->answer.at[0].number &&
			    s->interface == c->answer.at[0].interface) {
				c->answer_tuple = flow_tuple(at->flow);
				return;
			}
		}
		at = at->ring;
	} while (at != hs);
}

/* -------------------------------------------------------------- judgement */

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
static bool began_before(const struct flow_table *t, const struct facts *x,
			 const struct connection *c)
{
	return time_diff(c->first, t->origin) < EDGE && !x->answer_resent;
}

/* A lone SYN at the very end of the input: its answer may lie after that. */
static bool goes_on_after(const struct flow_table *t, const struct facts *x)
{
	return t->finishing && !x->syn_resent &&
	       time_diff(t->now, x->last_syn) < EDGE;
}

static enum conn_class class_of(const struct flow_table *t,
				const struct facts *x,
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
static enum impact impact_of(const struct flow_table *t, const struct facts *x,
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
static int64_t rtt_of(const struct flow_table *t, const struct facts *x,
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
	struct facts x = {0};
	const struct handshake *at = hs;

	begin(c);
	gather(t, hs, &x, c);
	name_connection(t, hs, c);
	name_answer(hs, c);
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
