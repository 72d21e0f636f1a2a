/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the flows of one connection say together
 *
 * DOC: Theory of operation
 *
 * What is known of a connection is spread over the flows of its ring, one a
 * tuple.  Here it is put together once, at the end: sightings are merged in
 * time order, and the tuple of the SYN outside the NAT gives the name.  Sums,
 * unions and sorts only, so that the order in which packets and flows arrived
 * leaves no trace.
 */
#include "ring.h"

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

static void merge_time(struct timestamp *into, struct timestamp t, bool first,
		       bool latest)
{
	int64_t d = time_diff(t, *into);

	if (first || (latest ? d > 0 : d < 0))
		*into = t;
}

static void gather(const struct flow_table *t, struct handshake *hs,
		   struct ring_facts *x, struct connection *c)
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
bool ring_completed(const struct handshake *hs, const struct ring_facts *x)
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

void ring_gather(const struct flow_table *t, struct handshake *hs,
		 struct ring_facts *x, struct connection *c)
{
	gather(t, hs, x, c);
	name_connection(t, hs, c);
	name_answer(hs, c);
}
