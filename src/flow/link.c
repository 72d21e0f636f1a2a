/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flows that a NAT made of one connection
 *
 * DOC: Theory of operation
 *
 * A source NAT changes the local end of a connection, a destination NAT the
 * published one, and both mostly leave sequence numbers alone.  So the copies
 * of one SYN on both sides of a NAT, and a SYN-ACK that comes back
 * untranslated, share the client's ISN: of the SYN it is the sequence number,
 * of the SYN-ACK the acknowledgment less one.  The evidence of every
 * handshake is indexed by that number; flows that prove to be one connection
 * are joined in a ring, and judged together when the last of them is over.
 *
 * 32 bits alone prove nothing: scanners send many SYNs with one ISN.  So
 * either an end (address and port) must be shared, and the copies must stand
 * on two sides of an edge or carry the same TCP timestamp; or, where both
 * ends were translated, they must do both.  An ISN that many tuples use at
 * once is a scanner's: nothing is linked by it alone.
 *
 * The flows that have one ISN hang behind one item of the index, and no more
 * than MAX_SAME_ISN of them are kept there, so that a flood with a constant
 * ISN costs no more than any other; the rest is counted as not linked.
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS	(1u << 16)
#define HASH_INITIAL_NUM_BUCKETS_LOG2	16u

#define MAX_SAME_ISN	16
#define POPULAR_ISN	4

/* Copies of one SYN are this close, clocks of the taps included. */
#define SYN_WINDOW	SECONDS(3)
/* An answer may come after several resends. */
#define ANSWER_WINDOW	SECONDS(70)

static unsigned isn_hash(const struct flow_table *t, uint32_t isn)
{
	return (unsigned)hash_bytes(&t->key, &isn, sizeof(isn));
}

void link_init(struct flow_table *t)
{
	struct handshake *s = xcalloc(1, sizeof(*s));

	/* Its key has another length than all others: never found. */
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->by_isn, &s->isn, 1, 0, s);
	t->isn_sentinel = s;
}

void link_clear(struct flow_table *t)
{
	HASH_CLEAR(hh, t->by_isn);
	free(t->isn_sentinel);
}

unsigned link_ring_size(const struct handshake *hs)
{
	const struct handshake *at = hs;
	unsigned n = 0;

	do {
		n++;
		at = at->ring;
	} while (at != hs);
	return n;
}

static bool same_ring(const struct handshake *a, const struct handshake *b)
{
	const struct handshake *at = a;

	do {
		if (at == b)
			return true;
		at = at->ring;
	} while (at != a);
	return false;
}

/* Swapping the successors of two rings makes one of them. */
static void join(struct handshake *a, struct handshake *b)
{
	struct handshake *next = a->ring;

	if (same_ring(a, b) ||
	    link_ring_size(a) + link_ring_size(b) > MAX_RING)
		return;
	a->ring = b->ring;
	b->ring = next;
}

static bool same_client(const struct tuple *a, const struct tuple *b)
{
	return a->client_port == b->client_port &&
	       !addr_cmp(&a->client, &b->client);
}

static bool same_server(const struct tuple *a, const struct tuple *b)
{
	return a->server_port == b->server_port &&
	       !addr_cmp(&a->server, &b->server);
}

static bool within(struct timestamp a, struct timestamp b, int64_t window)
{
	int64_t d = time_diff(a, b);

	return d <= window && d >= -window;
}

static bool two_sides(const struct flow_table *t, uint64_t a, uint64_t b)
{
	bool a_inside = !(a & ~t->inside), b_inside = !(b & ~t->inside);

	return a_inside != b_inside;
}

static bool same_stamp(const struct handshake *a, const struct handshake *b)
{
	return a->has_ts && b->has_ts && a->ts_val == b->ts_val &&
	       a->wscale == b->wscale;
}

/* Two SYNs with one ISN on two tuples: one connection? */
static bool syns_fit(const struct flow_table *t, const struct handshake *a,
		     const struct handshake *b, bool popular)
{
	struct tuple u = flow_tuple(a->flow), v = flow_tuple(b->flow);
	bool end = same_server(&u, &v) || same_client(&u, &v);

	if (!within(a->started, b->started, SYN_WINDOW))
		return false;
	if (end && same_stamp(a, b))
		return true;
	if (popular || !two_sides(t, a->syn.taps, b->syn.taps))
		return false;
	/* A resent SYN has another timestamp: the first may be lost here. */
	return same_stamp(a, b) || (end && a->has_ts == b->has_ts);
}

/*
 * A SYN and an answer to its ISN on another tuple.  An untranslated reply
 * leaves by another edge, or is seen before its translation on another side:
 * never at the tap that saw the SYN.
 */
static bool answer_fits(const struct handshake *syn,
			const struct handshake *answer)
{
	struct tuple u = flow_tuple(syn->flow), v = flow_tuple(answer->flow);

	return (same_client(&u, &v) || same_server(&u, &v)) &&
	       !(syn->syn.taps & answer->answer.taps) &&
	       (within(syn->last_syn, answer->started, ANSWER_WINDOW) ||
		within(syn->started, answer->started, ANSWER_WINDOW));
}

/* Two answers to one SYN that was not seen: the server's ISN must agree. */
static bool answers_fit(const struct handshake *a, const struct handshake *b)
{
	struct tuple u = flow_tuple(a->flow), v = flow_tuple(b->flow);

	return (same_client(&u, &v) || same_server(&u, &v)) &&
	       a->answer_isn == b->answer_isn &&
	       within(a->started, b->started, ANSWER_WINDOW);
}

static bool fits(const struct flow_table *t, const struct handshake *a,
		 const struct handshake *b, bool popular)
{
	bool a_syn = a->flow->seen & SEEN_SYN, b_syn = b->flow->seen & SEEN_SYN;

	if (a_syn && b_syn)
		return syns_fit(t, a, b, popular);
	if (a_syn)
		return answer_fits(a, b);
	if (b_syn)
		return answer_fits(b, a);
	return answers_fit(a, b);
}

/* Two attempts on one tuple are never one connection. */
static bool same_tuple(const struct flow *a, const struct flow *b)
{
	return a->v6 == b->v6 &&
	       !memcmp(a->key, b->key, a->v6 ? KEY_V6 : KEY_V4);
}

static void look_up(struct flow_table *t, struct handshake *hs, uint32_t isn)
{
	unsigned hashv = isn_hash(t, isn), n = 0;
	struct handshake *head, *at;

	HASH_FIND_BYHASHVALUE(hh, t->by_isn, &isn, sizeof(isn), hashv, head);
	for (at = head; at; at = at->same_isn)
		n++;
	for (at = head; at; at = at->same_isn) {
		if (at != hs && !same_tuple(at->flow, hs->flow) &&
		    fits(t, hs, at, n >= POPULAR_ISN))
			join(hs, at);
	}
}

void link_index(struct flow_table *t, struct handshake *hs, uint32_t isn)
{
	unsigned hashv = isn_hash(t, isn);
	struct handshake *head, *at;
	unsigned n = 0;

	hs->isn = isn;
	look_up(t, hs, isn);
	/* Fast Open: the answer may acknowledge the SYN's data, too. */
	if (hs->syn_payload)
		look_up(t, hs, isn + hs->syn_payload);

	HASH_FIND_BYHASHVALUE(hh, t->by_isn, &isn, sizeof(isn), hashv, head);
	for (at = head; at; at = at->same_isn)
		n++;
	if (n >= MAX_SAME_ISN) {
		t->counters.unlinked++;
		return;
	}
	if (head) {
		hs->same_isn = head->same_isn;
		head->same_isn = hs;
		hs->behind = true;
	} else {
		HASH_ADD_BYHASHVALUE(hh, t->by_isn, isn, sizeof(isn), hashv,
				     hs);
	}
	hs->indexed = true;
}

void link_relook(struct flow_table *t, struct handshake *hs)
{
	look_up(t, hs, hs->isn);
}

void link_forget(struct flow_table *t, struct handshake *hs)
{
	unsigned hashv;
	struct handshake *at, *next = hs->same_isn;

	if (!hs->indexed)
		return;
	hs->indexed = false;
	hs->same_isn = NULL;
	if (!hs->behind) {
		hashv = hs->hh.hashv;
		HASH_DELETE(hh, t->by_isn, hs);
		if (next) {
			next->behind = false;
			HASH_ADD_BYHASHVALUE(hh, t->by_isn, isn,
					     sizeof(next->isn), hashv, next);
		}
		return;
	}
	hashv = isn_hash(t, hs->isn);
	HASH_FIND_BYHASHVALUE(hh, t->by_isn, &hs->isn, sizeof(hs->isn), hashv,
			      at);
	while (at && at->same_isn != hs)
		at = at->same_isn;
	if (at)
		at->same_isn = next;
}
