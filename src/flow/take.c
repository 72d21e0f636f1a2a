/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments in, by the batch
 *
 * DOC: Theory of operation
 *
 * Segments come with their hashes, so that the buckets, flows and evidence of
 * those that follow can be asked for while one is worked on: the cache misses
 * hide behind the work.  Each stage is so far ahead of the next that memory
 * has answered when it is its turn.
 */
#include "flow.h"

#include <string.h>

/*
 * In registers until it is whole: the hash must not wait for the stores.  No
 * branches: which end is the high one is as good as random.
 */
static inline void key_v4(const struct flow_table *t, const struct segment *s,
			  struct flow_mark *k)
{
	uint32_t src, dst, sport = s->sport, dport = s->dport;
	uint32_t swap, ends, ports, word[3];

	memcpy(&src, s->src.b + 12, 4);
	memcpy(&dst, s->dst.b + 12, 4);
	swap = -(uint32_t)(((uint64_t)src << 16 | sport) >
			   ((uint64_t)dst << 16 | dport));
	ends = (src ^ dst) & swap;
	ports = (sport ^ dport) & swap;
	word[0] = src ^ ends;
	word[1] = dst ^ ends;
	word[2] = (dport ^ ports) << 16 | (sport ^ ports);
	k->swapped = swap & 1;
	k->v6 = false;
	k->hash = hash_words(&t->key, word, ARRAY_SIZE(word));
	/* One by one: a wider load from narrower stores would wait for them. */
	memcpy(k->key4, &word[0], sizeof(word[0]));
	memcpy(k->key4 + 4, &word[1], sizeof(word[1]));
	memcpy(k->key4 + 8, &word[2], sizeof(word[2]));
}

/* Return: whether the source is the high end */
static bool key_v6(const struct segment *s, uint8_t key[KEY_V6])
{
	int order = addr_cmp(&s->src, &s->dst);
	uint16_t port[2];
	bool swapped;

	if (!order)
		order = (int)s->sport - (int)s->dport;
	swapped = order > 0;
	memcpy(key, swapped ? s->dst.b : s->src.b, 16);
	memcpy(key + 16, swapped ? s->src.b : s->dst.b, 16);
	port[0] = swapped ? s->dport : s->sport;
	port[1] = swapped ? s->sport : s->dport;
	memcpy(key + 32, port, sizeof(port));
	return swapped;
}

void flow_table_mark(const struct flow_table *t, const struct segment *s,
		     uint8_t tap, struct flow_mark *mark)
{
	uint32_t word[KEY_V6 / 4];
	uint8_t key[KEY_V6];

	mark->tap = tap;
	if (addr_is_v4(&s->src) && addr_is_v4(&s->dst)) {
		key_v4(t, s, mark);
		return;
	}
	mark->v6 = true;
	mark->swapped = key_v6(s, key);
	memcpy(word, key, sizeof(key));
	mark->hash = hash_words(&t->key, word, ARRAY_SIZE(word));
}

static void count_at_tap(struct flow_table *t, const struct segment *s,
			 uint8_t tap)
{
	struct flow_tap *at = &t->tap[tap];

	if (!at->segments++) {
		at->first = at->last = s->time;
		t->seen_taps |= 1ULL << tap;
	} else if (s->time.ns > at->last.ns) {
		at->last = s->time;
	} else if (s->time.ns < at->first.ns) {
		at->first = s->time;
	}
	at->bytes += s->wire_len;
	if (s->flags & TCP_SYN) {
		if (s->flags & TCP_ACK)
			at->syn_acks++;
		else
			at->syns++;
	}
}

void flow_table_take(struct flow_table *t, const struct segment *s,
		     size_t count)
{
	struct flow_mark marks[CAPTURE_BATCH];

	assert(count <= CAPTURE_BATCH);
	for (size_t i = 0; i < count; i++)
		flow_table_mark(t, &s[i], topo_tap(t->topo, &s[i]), &marks[i]);
	flow_table_take_marked(t, s, marks, count);
}

/* So many segments ahead of their turn, bucket, flow and evidence are asked
 * for: enough for memory to answer, few enough to stay in the first cache.
 */
#define SEGMENT_AHEAD  40
#define BUCKET_AHEAD   28
#define FLOW_AHEAD     18
#define NEXT_AHEAD     12
#define EVIDENCE_AHEAD 6

/*
 * The buckets, where they do not have to be loaded again for each segment.
 * They are crowded where it is not rare that a flow comes second in its own.
 */
struct buckets {
	const UT_hash_bucket *bucket;
	uint32_t mask;
	bool crowded;
};

static struct buckets buckets_of(const struct flow_table *t)
{
	const UT_hash_table *tbl = t->items->hh.tbl;

	return (struct buckets){
		.bucket = tbl->buckets,
		.mask = tbl->num_buckets - 1,
		.crowded = t->flows > tbl->num_buckets / 8,
	};
}

static inline struct flow *flow_of(UT_hash_handle *hh)
{
	return (struct flow *)(void *)((char *)hh - offsetof(struct flow, hh));
}

/* Return: the item that was added last to a bucket, or NULL */
static inline const struct flow *first_of(const struct buckets *b,
					  uint32_t hash)
{
	UT_hash_handle *hh = b->bucket[hash & b->mask].hh_head;

	return hh ? flow_of(hh) : NULL;
}

PREFETCH void prefetch_bucket(const struct flow_table *t,
			      const struct buckets *b, const struct segment *s,
			      const struct flow_mark *mark)
{
	__builtin_prefetch(&b->bucket[mark->hash & b->mask]);
	if (s->flags & TCP_SYN)
		link_prefetch(t, s);
}

/* What a lookup and most segments touch */
PREFETCH void prefetch_flow(const struct buckets *b,
			    const struct flow_mark *mark)
{
	const struct flow *f = first_of(b, mark->hash);

	if (!f)
		return;
	__builtin_prefetch(&f->hh.hashv);
	__builtin_prefetch(&f->hs);
	if (b->crowded)
		__builtin_prefetch(&f->hh.hh_next);
}

/* In a full table half of what is looked for comes second in its bucket. */
PREFETCH void prefetch_next(const struct buckets *b,
			    const struct flow_mark *mark)
{
	const struct flow *f = first_of(b, mark->hash);

	if (!f || f->hh.hashv == mark->hash || !f->hh.hh_next)
		return;
	f = flow_of(f->hh.hh_next);
	__builtin_prefetch(&f->hh.hh_next);
	__builtin_prefetch(&f->hs);
}

/* The rest, where a flow is about to change: answered, completed, over. */
PREFETCH void prefetch_evidence(const struct buckets *b,
				const struct flow_mark *mark)
{
	const struct flow *f = first_of(b, mark->hash);
	const char *hs;

	if (!f || f->state == FLOW_OPEN)
		return;
	__builtin_prefetch(f);
	__builtin_prefetch(&f->rare);
	hs = (const char *)f->hs;
	if (!hs)
		return;
	__builtin_prefetch(hs);
	__builtin_prefetch(hs + 64);
	__builtin_prefetch(hs + offsetof(struct handshake, answer));
	__builtin_prefetch(hs + sizeof(*f->hs) - 1);
}

/*
 * What HASH_FIND does, but for a look at the pointer to the key: a key whose
 * place is known needs no more lines of the flow than those of its state.
 *
 * Return: the newest attempt on the tuple of a segment, or NULL
 */
static inline struct flow *
find(const struct buckets *b, const struct flow_mark *mark, const uint8_t *key)
{
	UT_hash_handle *hh = b->bucket[mark->hash & b->mask].hh_head;

	for (; hh; hh = hh->hh_next) {
		struct flow *f = flow_of(hh);

		if (hh->hashv == mark->hash && f->v6 == mark->v6 &&
		    !flow_key_differs(flow_key_of(f), key, flow_key_size(f)))
			return f;
	}
	return NULL;
}

/*
 * Most segments carry data or acknowledge it on an open connection, where its
 * segments were seen before: track_segment() would do this, and no more.
 *
 * Return: false where it must do it
 */
static inline bool take_plain(struct flow_table *t, struct flow *f,
			      const struct flow_mark *mark,
			      const struct segment *s)
{
	unsigned dir = mark->swapped != f->client;

	if (f->state != t->plain_state || f->has_older || f->has_extra ||
	    f->leaving || mark->tap != f->last_tap[dir] ||
	    s->time.ns < f->ended.ns ||
	    (s->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) != TCP_ACK)
		return false;
	f->seen |= (uint16_t)(SEEN_ACK_CLIENT << dir);
	f->acked[dir] = s->ack;
	flow_note_segment(t, f, mark->tap, dir);
	f->ended = s->time;
	return true;
}

/* The key of a segment; that of IPv6 is made in @key6. */
static inline const uint8_t *key_of(const struct segment *s,
				    const struct flow_mark *mark,
				    uint8_t key6[KEY_V6])
{
	if (!mark->v6)
		return mark->key4;
	key_v6(s, key6);
	return key6;
}

/* A flow that is about to leave has left for whoever else looks it up. */
static inline struct flow *unless_leaving(struct flow_table *t,
					  const struct buckets *b,
					  const struct flow_mark *mark,
					  const uint8_t *key, struct flow *f)
{
	if (!f || !f->leaving)
		return f;
	flow_leave_pending(t);
	return find(b, mark, key);
}

/* What an ICMP error quotes: rare, so it is kept out of the way of the rest. */
static void __attribute__((noinline))
take_quoted(struct flow_table *t, const struct buckets *b,
	    const struct segment *s, const struct flow_mark *mark)
{
	uint8_t key6[KEY_V6];
	const uint8_t *key = key_of(s, mark, key6);
	struct flow *f = find(b, mark, key);

	icmp_take(t, unless_leaving(t, b, mark, key, f), mark, s);
}

/* Mostly time moves on a little, within the tick. */
static inline void advance(struct flow_table *t, struct timestamp when)
{
	if (when.ns > t->now.ns && when.ns < t->tick_end.ns) {
		t->now = when;
		t->touch = t->tick;
		t->behind = 0;
		return;
	}
	flow_advance(t, when);
}

static inline void take_one(struct flow_table *t, const struct buckets *b,
			    const struct segment *s,
			    const struct flow_mark *mark)
{
	uint8_t key6[KEY_V6];
	const uint8_t *key;
	struct flow *f;

	advance(t, s->time);
	if (s->flags & SEGMENT_QUOTED) {
		take_quoted(t, b, s, mark);
		return;
	}
	if (mark->tap == TAP_NONE) {
		t->counters.unmapped++;
		return;
	}
	count_at_tap(t, s, mark->tap);
	if (t->flows >= t->max_flows)
		flow_make_room(t);
	key = key_of(s, mark, key6);
	f = find(b, mark, key);
	if (f && take_plain(t, f, mark, s))
		return;
	f = unless_leaving(t, b, mark, key, f);
	track_segment(t, f, mark, key, s);
}

void flow_table_take_marked(struct flow_table *t, const struct segment *s,
			    const struct flow_mark *marks, size_t count)
{
	const struct buckets b = buckets_of(t);

	for (size_t i = 0; i < BUCKET_AHEAD && i < count; i++)
		prefetch_bucket(t, &b, &s[i], &marks[i]);
	for (size_t i = 0; i < FLOW_AHEAD && i < count; i++)
		prefetch_flow(&b, &marks[i]);
	for (size_t i = 0; i < count; i++) {
		size_t at = i + SEGMENT_AHEAD;

		/* It comes from another core. */
		if (at < count)
			__builtin_prefetch(&s[at]);
		at = i + BUCKET_AHEAD;
		if (at < count)
			prefetch_bucket(t, &b, &s[at], &marks[at]);
		at = i + FLOW_AHEAD;
		if (at < count)
			prefetch_flow(&b, &marks[at]);
		at = i + NEXT_AHEAD;
		if (at < count && b.crowded)
			prefetch_next(&b, &marks[at]);
		at = i + EVIDENCE_AHEAD;
		if (at < count)
			prefetch_evidence(&b, &marks[at]);
		take_one(t, &b, &s[i], &marks[i]);
		if (i % LEAVE_EVERY == LEAVE_EVERY - 1)
			flow_leave_pending(t);
	}
	flow_leave_pending(t);
}
