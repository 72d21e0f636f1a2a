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
 * Where a firewall rewrites sequence numbers the ISN is of no use.  Then the
 * remote end, the options of the SYN and a time window decide, and the link is
 * marked as likely, not certain.
 *
 * The window is a fixed set of places, LINK_WAYS for each value of the keyed
 * hash of the ISN.  A new handshake takes the place of one
 * that is over, else of the oldest: what a flood pushes out early is counted,
 * and a constant ISN only ever fights for its own places.  A place may point to
 * evidence that was freed since (slabs keep their memory): @live tells.
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#define LINK_WAYS 8
#define LINK_SETS (1u << 14)

/* Two cache lines. */
struct link_set {
	struct link_place {
		uint32_t isn;
		uint32_t used; /* tick */
		struct handshake *hs;
	} place[LINK_WAYS];
};
static_assert(sizeof(struct link_set) == 128, "a set is two cache lines");

struct link_window {
	struct link_set set[LINK_SETS];
};

#define POPULAR_ISN 3

/* Copies of one SYN are this close, clocks of the taps included. */
#define SYN_WINDOW SECONDS(3)
/* An answer may come after several resends. */
#define ANSWER_WINDOW SECONDS(70)

static struct link_set *set_in(const struct flow_table *t,
			       struct link_window *w, uint32_t key)
{
	return &w->set[hash_words(&t->key, &key, 1) & (LINK_SETS - 1)];
}

static struct link_set *set_of(const struct flow_table *t, uint32_t isn)
{
	return set_in(t, t->links, isn);
}

void link_init(struct flow_table *t)
{
	t->links = flow_alloc(sizeof(*t->links));
}

void link_clear(struct flow_table *t)
{
	flow_release(t->links, sizeof(*t->links));
	if (t->likely)
		flow_release(t->likely, sizeof(*t->likely));
}

void link_prefetch(const struct flow_table *t, const struct segment *s)
{
	/* Of an answer only the odd one that is an orphan is looked up. */
	if (!(s->flags & TCP_ACK)) {
		const struct link_set *set = set_of(t, s->seq);

		__builtin_prefetch(&set->place[0]);
		__builtin_prefetch(&set->place[LINK_WAYS / 2]);
	}
}

size_t link_bytes(void)
{
	return sizeof(struct link_window);
}

/* Flows of the connection */
static unsigned ring_size(const struct handshake *hs)
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

	if (same_ring(a, b) || ring_size(a) + ring_size(b) > MAX_RING)
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

/*
 * Before and after a load balancer, both outside: no client opens two
 * connections with one port and one ISN at once, but a scanner does, so the
 * two must be at two taps, to one server port, and alike in all that the
 * client chose.
 */
static bool plain_copy(const struct handshake *a, const struct handshake *b)
{
	return !a->has_ts && !b->has_ts && !(a->syn.taps & b->syn.taps) &&
	       a->wscale == b->wscale && a->sack == b->sack &&
	       a->window == b->window && a->mss == b->mss &&
	       within(a->started, b->started, COPY_WINDOW / 2);
}

/* Two SYNs with one ISN on two tuples: one connection? */
static bool syns_fit(const struct flow_table *t, const struct handshake *a,
		     const struct handshake *b, bool popular)
{
	struct tuple u = flow_tuple(a->flow), v = flow_tuple(b->flow);
	bool end = same_server(&u, &v) || same_client(&u, &v);

	if (!within(a->started, b->started, SYN_WINDOW))
		return false;
	if (end && same_stamp(a, b) && !popular)
		return true;
	if (popular)
		return false;
	/* A resent SYN has another timestamp: the first may be lost here. */
	if (two_sides(t, a->syn.taps, b->syn.taps))
		return same_stamp(a, b) || (end && a->has_ts == b->has_ts);
	return same_client(&u, &v) && u.server_port == v.server_port &&
	       plain_copy(a, b);
}

/*
 * A SYN and an answer to its ISN on another tuple.  An untranslated reply
 * leaves by another edge, or is seen before its translation on another side:
 * never at the tap that saw the SYN.  If it is the client's end that differs,
 * the server must be the remote end, or an edge that translates must lie
 * between them: of the clients of one busy server on site two have the same
 * ISN sooner or later, and in a flood soon.
 */
static bool answer_fits(const struct flow_table *t, const struct handshake *syn,
			const struct handshake *answer)
{
	struct tuple u = flow_tuple(syn->flow), v = flow_tuple(answer->flow);
	bool across = two_sides(t, syn->syn.taps, answer->answer.taps) ||
		      (syn->flow->seen & REMOTE_SERVER);

	return (same_client(&u, &v) || (same_server(&u, &v) && across)) &&
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
		return answer_fits(t, a, b);
	if (b_syn)
		return answer_fits(t, b, a);
	return answers_fit(a, b);
}

/* Two attempts on one tuple are never one connection. */
static bool same_tuple(const struct flow *a, const struct flow *b)
{
	return a->v6 == b->v6 &&
	       !memcmp(flow_key_of(a), flow_key_of(b), flow_key_size(a));
}

static bool holds(const struct link_place *p, uint32_t isn)
{
	return p->hs && p->isn == isn && p->hs->live && p->hs->isn == isn;
}

static void look_up(struct flow_table *t, struct handshake *hs, uint32_t isn)
{
	struct link_set *set = set_of(t, isn);
	unsigned n = 0;

	for (unsigned i = 0; i < LINK_WAYS; i++) {
		if (holds(&set->place[i], isn) &&
		    set->place[i].hs->flow->leaving)
			flow_leave_pending(t);
		n += holds(&set->place[i], isn);
	}
	for (unsigned i = 0; n && i < LINK_WAYS; i++) {
		struct handshake *at = set->place[i].hs;

		if (holds(&set->place[i], isn) && at != hs &&
		    !same_tuple(at->flow, hs->flow) &&
		    fits(t, hs, at, n >= POPULAR_ISN))
			join(hs, at);
	}
}

/* Take a place: an empty one, else the one that was taken first. */
static void remember(struct flow_table *t, struct link_set *set,
		     struct handshake *hs, uint32_t isn)
{
	struct link_place *at = &set->place[0];

	for (unsigned i = 0; i < LINK_WAYS; i++) {
		struct link_place *p = &set->place[i];

		if (p->hs == hs && p->isn == isn)
			return;
		if (!p->hs) {
			at = p;
			break;
		}
		if ((int32_t)(p->used - at->used) < 0)
			at = p;
	}
	if (at->hs && t->tick - at->used < TICKS(SKEW / NSEC_PER_MSEC))
		t->counters.unlinked++;
	*at = (struct link_place){
		.isn = isn,
		.used = t->tick,
		.hs = hs,
	};
}

void link_look(struct flow_table *t, struct handshake *hs, uint32_t isn)
{
	hs->isn = isn;
	hs->indexed = true;
	look_up(t, hs, isn);
	/* Fast Open: the answer may acknowledge the SYN's data, too. */
	if (hs->syn_payload)
		look_up(t, hs, isn + hs->syn_payload);
	remember(t, set_of(t, isn), hs, isn);
}

/* --------------------------------------------------------- rewritten ISNs */

/* Copies of one SYN whose ISN a firewall rewrote; clocks included. */
#define LIKELY_WINDOW (2 * COPY_WINDOW)

/* The remote end and what firewalls leave of the options: not the MSS. */
static uint32_t likely_key(const struct flow_table *t,
			   const struct handshake *hs)
{
	struct {
		struct addr addr;
		uint32_t ts_val;
		uint16_t port;
		uint8_t wscale;
		uint8_t flags;
	} key;
	uint32_t words[6];
	struct tuple u = flow_tuple(hs->flow);
	bool inbound = hs->flow->seen & REMOTE_CLIENT;

	static_assert(sizeof(key) == sizeof(words), "no padding");
	key.addr = inbound ? u.client : u.server;
	key.port = inbound ? u.client_port : u.server_port;
	key.ts_val = hs->has_ts ? hs->ts_val : 0;
	key.wscale = hs->wscale;
	key.flags = (uint8_t)(hs->has_ts | hs->sack << 1);
	memcpy(words, &key, sizeof(key));
	return hash_words(&t->key, words, ARRAY_SIZE(words));
}

void link_remember_likely(struct flow_table *t, struct handshake *hs)
{
	bool client = hs->flow->seen & REMOTE_CLIENT;
	bool server = hs->flow->seen & REMOTE_SERVER;

	if (!t->inside || client == server)
		return;
	if (!t->likely)
		t->likely = flow_alloc(sizeof(*t->likely));
	hs->likely_key = likely_key(t, hs);
	remember(t, set_in(t, t->likely, hs->likely_key), hs, hs->likely_key);
}

static bool likely_fits(const struct flow_table *t, const struct handshake *a,
			const struct handshake *b)
{
	struct tuple u = flow_tuple(a->flow), v = flow_tuple(b->flow);

	if (a->ring != a || b->ring != b || same_tuple(a->flow, b->flow) ||
	    !two_sides(t, a->syn.taps, b->syn.taps) ||
	    !within(a->started, b->started, LIKELY_WINDOW))
		return false;
	return a->flow->seen & REMOTE_CLIENT ? same_client(&u, &v)
					     : same_server(&u, &v);
}

/*
 * Some firewalls give each connection a new ISN.  A flow that found no copy
 * with its own, a second after its SYN, is linked to the nearest in time on
 * the other side with the same remote end and the same options.
 */
void link_likely(struct flow_table *t, struct handshake *hs)
{
	struct handshake *best = NULL;
	struct link_set *set;
	int64_t least = INT64_MAX;

	if (!t->likely || !hs->likely_key || hs->ring != hs)
		return;
	set = set_in(t, t->likely, hs->likely_key);
	for (unsigned i = 0; i < LINK_WAYS; i++) {
		struct handshake *at = set->place[i].hs;
		int64_t d;

		if (!at || at == hs || !at->live ||
		    at->likely_key != hs->likely_key || !likely_fits(t, hs, at))
			continue;
		d = time_diff(at->started, hs->started);
		d = d < 0 ? -d : d;
		if (d < least) {
			least = d;
			best = at;
		}
	}
	if (!best)
		return;
	join(hs, best);
	hs->confidence = best->confidence = CONFIDENCE_LIKELY;
}
