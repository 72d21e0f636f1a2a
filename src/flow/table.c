/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow table: lookup by the batch, expiry, eviction
 *
 * DOC: Theory of operation
 *
 * uthash holds one item for each 5-tuple: the newest attempt on it.  The
 * buckets are there from the start and never grow, because growing relinks
 * every item in one call.  The hash is keyed, so nobody outside can choose
 * tuples that share a bucket.  Segments come with their hashes, so that the
 * buckets and first items of those that follow can be asked for while one is
 * worked on: the cache misses hide behind the work.
 *
 * Waiting is done in a few queues, each with one timeout, so that each queue
 * is in order of expiry and only heads are ever looked at.  Every flow begins
 * among the young; after a second it is over, or sound and settled, or goes
 * to the queue for what it has become.  A packet hardly ever moves its flow;
 * a head that had traffic goes back to the tail.  Queues are looked at when
 * the tick changes, so what expires depends on packet times alone, never on
 * the batch or the wall clock.
 *
 * At the cap, room is made in the order of what is lost least: flows that are
 * over anyway, then the oldest of those that may be a flood (half-open,
 * answered but not acknowledged, without a handshake: what there is most of),
 * and only then open ones, unless there is hardly anything else.  What leaves
 * early is counted; if its answer was not seen yet, it cannot be judged.
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE (2u << 20)

/* How long a flow may be silent, by queue. */
static const int64_t timeout_ms[QUEUES] = {
	[QUEUE_YOUNG] = 1000,	    [QUEUE_CLOSED] = 1000,
	[QUEUE_HALF_OPEN] = 180000, /* SYNs come at 1, 3 .. 63, 127 s */
	[QUEUE_ANSWERED] = 180000,  [QUEUE_MIDSTREAM] = 300000,
	[QUEUE_OPEN] = 3600000,	    [QUEUE_SETTLING] = 1000,
	[QUEUE_UNSOUND] = 60000,
};

void *flow_alloc(size_t size)
{
	uintptr_t skip;
	void *p;

	size = (size + 4095) & ~(size_t)4095;
	if (size < HUGE_PAGE)
		return xcalloc(1, size);
	/* aligned_alloc() would not give zeros without writing them. */
	p = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		log_fatal("out of memory for a table of %zu bytes; lower "
			  "--max-flows",
			  size);
	skip = -(uintptr_t)p & (HUGE_PAGE - 1);
	if (skip)
		munmap(p, skip);
	munmap((char *)p + skip + size, HUGE_PAGE - skip);
	madvise((char *)p + skip, size, MADV_HUGEPAGE);
	return (char *)p + skip;
}

void flow_release(void *p, size_t size)
{
	size = (size + 4095) & ~(size_t)4095;
	if (size < HUGE_PAGE)
		free(p);
	else
		munmap(p, size);
}

/* Variables, because uthash takes them where it makes a table. */
static unsigned initial_buckets, initial_buckets_log2;
#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS      initial_buckets
#define HASH_INITIAL_NUM_BUCKETS_LOG2 initial_buckets_log2

static struct flow *flow_alloc_item(struct flow_table *t, bool v6)
{
	struct flow *f = slab_get(&t->flow_slab[v6]);

	if (!f)
		log_fatal("out of memory for flows; lower --max-flows");
	memset(f, 0, sizeof(*f));
	f->v6 = v6;
	return f;
}

/* An item with a key that no segment has keeps the table from being freed. */
static void make_table(struct flow_table *t)
{
	initial_buckets_log2 = 10;
	/* Two to a bucket when full: few are, and buckets cost cache, too. */
	while ((2ULL << initial_buckets_log2) < t->max_flows &&
	       initial_buckets_log2 < 28)
		initial_buckets_log2++;
	initial_buckets = 1u << initial_buckets_log2;

	t->sentinel = flow_alloc_item(t, false);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->items, t->sentinel->key4, 1, 0,
				    t->sentinel);
	t->items->hh.tbl->noexpand = 1;
	t->counters.bytes = (size_t)initial_buckets * sizeof(UT_hash_bucket);
}

void flow_table_refresh(struct flow_table *t)
{
	t->inside = topo_inside(t->topo);
	t->has_remote = topo_has_remote(t->topo);
	for (unsigned i = 0; i < SITE_MAX_TAPS; i++) {
		t->tap_circuit[i] = topo_tap_circuit(t->topo, (uint8_t)i);
		t->judges_nat |= topo_judges_nat(t->topo, t->tap_circuit[i]);
	}
}

struct flow_table *flow_table_new(const struct topo *topo, size_t max_flows,
				  const struct flow_sink *sink)
{
	struct flow_table *t = xcalloc(1, sizeof(*t));

	t->topo = topo;
	t->sink = *sink;
	t->plain_state = FLOW_OPEN;
	t->max_flows = max_flows < 16 ? 16 : max_flows;
	t->key = hash_key_random();
	flow_table_refresh(t);
	for (unsigned i = 0; i < QUEUES; i++)
		TAILQ_INIT(&t->queue[i]);
	slab_init(&t->flow_slab[0], (sizeof(struct flow) + 15) & ~15u);
	slab_init(&t->flow_slab[1], (sizeof(struct flow) + KEY_V6 + 15) & ~15u);
	slab_init(&t->hs_slab, (sizeof(struct handshake) + 15) & ~15u);
	slab_init(&t->more_slab,
		  (MORE_SIGHTINGS * sizeof(struct sighting) + 15) & ~15u);
	slab_init(&t->extra_slab, (sizeof(struct flow_extra) + 15) & ~15u);
	make_table(t);
	gone_init(t);
	link_init(t);
	clock_new(t);
	return t;
}

void flow_table_no_short_cut(struct flow_table *t)
{
	t->plain_state = FLOW_NO_STATE;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	HASH_CLEAR(hh, t->items);
	gone_clear(t);
	link_clear(t);
	clock_free(t);
	slab_destroy(&t->flow_slab[0]);
	slab_destroy(&t->flow_slab[1]);
	slab_destroy(&t->hs_slab);
	slab_destroy(&t->more_slab);
	slab_destroy(&t->extra_slab);
	free(t);
}

/* ------------------------------------------------------- queues and ends */

void flow_wait(struct flow_table *t, struct flow *f, enum queue_id queue)
{
	TAILQ_REMOVE(&t->queue[f->queue], f, wait);
	TAILQ_INSERT_TAIL(&t->queue[queue], f, wait);
	t->waiting[f->queue]--;
	t->waiting[queue]++;
	f->queue = queue & 15;
	f->queued = t->touch;
}

static void table_add(struct flow_table *t, struct flow *f, unsigned hashv)
{
	f->seen |= IN_TABLE;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->items, flow_key_of(f),
				    (unsigned)flow_key_size(f), hashv, f);
}

static void table_delete(struct flow_table *t, struct flow *f)
{
	f->seen &= (uint16_t)~IN_TABLE;
	HASH_DELETE(hh, t->items, f);
}

static void set_older(struct flow *f, struct flow *older)
{
	f->older = older;
	f->has_older = older != NULL;
}

/* Take a flow off its tuple; the attempt before it takes its place. */
static void leave_tuple(struct flow_table *t, struct flow *f)
{
	unsigned hashv = f->hh.hashv;
	struct flow *at;

	if (f->seen & IN_TABLE) {
		table_delete(t, f);
		if (f->older)
			table_add(t, f->older, hashv);
		set_older(f, NULL);
		return;
	}
	HASH_FIND_BYHASHVALUE(hh, t->items, flow_key_of(f), flow_key_size(f),
			      hashv, at);
	while (at && at->older != f)
		at = at->older;
	if (at)
		set_older(at, f->older);
	set_older(f, NULL);
}

struct flow *flow_create(struct flow_table *t, const struct flow_mark *mark,
			 const uint8_t *key, struct flow *older, uint8_t client)
{
	struct flow *f = flow_alloc_item(t, mark->v6);

	memcpy(f->v6 ? f->key6 : f->key4, key, flow_key_size(f));
	f->client = client != 0;
	f->ended = (struct timestamp){INT64_MIN};
	f->last = t->touch;
	f->queued = t->touch;
	f->queue = QUEUE_YOUNG;
	f->last_tap[0] = f->last_tap[1] = TAP_NONE;
	f->last_circuit[0] = CIRCUIT_NONE;
	f->last_circuit[1] = CIRCUIT_NONE;
	set_older(f, older);
	if (older)
		table_delete(t, older);
	f->hh.hashv = mark->hash;
	if (older)
		older->hh.hashv = mark->hash;
	table_add(t, f, mark->hash);
	TAILQ_INSERT_TAIL(&t->queue[f->queue], f, wait);
	t->waiting[f->queue]++;
	if (t->has_remote) {
		struct tuple u = flow_tuple(f);

		if (topo_is_remote(t->topo, &u.client))
			f->seen |= REMOTE_CLIENT;
		if (topo_is_remote(t->topo, &u.server))
			f->seen |= REMOTE_SERVER;
	}
	if (++t->flows > t->counters.flows_peak)
		t->counters.flows_peak = t->flows;
	return f;
}

/* What is kept is only read as far as @kept, so it need not be cleared. */
static void seen_none(struct seen_packets *g)
{
	g->taps = 0;
	g->more = NULL;
	g->count = 0;
	g->kept = 0;
}

struct handshake *flow_attach(struct flow_table *t, struct flow *f,
			      struct timestamp now)
{
	struct handshake *hs = slab_get(&t->hs_slab);

	if (!hs)
		log_fatal("out of memory for handshakes; lower --max-flows");
	/* The arrays of sightings are only read as far as they are kept. */
	memset(hs, 0, offsetof(struct handshake, syn));
	seen_none(&hs->syn);
	seen_none(&hs->answer);
	hs->flow = f;
	hs->live = true;
	hs->ring = hs;
	hs->started = now;
	f->hs = hs;
	return hs;
}

struct flow_extra *flow_extra_get(struct flow_table *t, struct flow *f)
{
	if (!f->extra) {
		f->extra = slab_get(&t->extra_slab);
		if (f->extra)
			memset(f->extra, 0, sizeof(*f->extra));
		f->has_extra = f->extra != NULL;
	}
	return f->extra;
}

static void free_handshake(struct flow_table *t, struct flow *f)
{
	struct handshake *hs = f->hs;

	if (!hs)
		return;
	if (hs->syn.more)
		slab_put(&t->more_slab, hs->syn.more);
	if (hs->answer.more)
		slab_put(&t->more_slab, hs->answer.more);
	hs->live = false;
	slab_put(&t->hs_slab, hs);
	f->hs = NULL;
}

static void free_flow(struct flow_table *t, struct flow *f)
{
	for (size_t i = 0; f->leaving && i < t->leaving_count; i++) {
		if (t->leaving[i] == f)
			t->leaving[i] = NULL;
	}
	free_handshake(t, f);
	if (f->extra)
		slab_put(&t->extra_slab, f->extra);
	slab_put(&t->flow_slab[f->v6], f);
	t->flows--;
}

static void hand_up(struct flow_table *t, const struct connection *c,
		    bool counted)
{
	if (!counted)
		t->counters.connections[c->class]++;
	if (t->sink.all || !judge_sound(t, c))
		t->sink.connection(t->sink.arg, c);
}

static bool one_tap(const struct handshake *hs)
{
	uint64_t taps = hs->syn.taps | hs->answer.taps;

	return !(taps & (taps - 1));
}

/* What a connection says of its taps, before its evidence goes. */
static void learn_from_ring(struct flow_table *t, struct handshake *hs)
{
	struct handshake *at = hs;

	do {
		if (at->ring != at || !one_tap(at)) {
			clock_learn(t, at);
			overlap_learn(t, at);
		}
		at = at->ring;
	} while (at != hs);
}

/* All flows of a connection have ended. */
static void ring_over(struct flow_table *t, struct handshake *hs)
{
	struct connection c;
	struct handshake *at = hs, *next;

	learn_from_ring(t, hs);
	if (judge_plainly_sound(t, hs)) {
		t->counters.connections[CLASS_SYMMETRIC]++;
		free_flow(t, hs->flow);
		return;
	}
	judge_ring(t, hs, &c);
	hand_up(t, &c, false);
	do {
		next = at->ring;
		free_flow(t, at->flow);
		at = next;
	} while (at != hs);
}

static bool ring_ended(const struct handshake *hs)
{
	const struct handshake *at = hs;

	do {
		if (!at->over)
			return false;
		at = at->ring;
	} while (at != hs);
	return true;
}

/*
 * Whether a tap shows both directions.  A flow that goes on in one direction
 * proves that the other one exists; if it was seen nowhere, the mirrors show
 * half of the traffic.
 */
static void count_sides(struct flow_table *t, const struct flow *f)
{
	uint64_t both = f->dir_taps[0] & f->dir_taps[1], one = 0;
	bool alone = !f->hs || f->hs->ring == f->hs;

	if (alone && !f->dir_taps[1] && (f->seen & SEEN_ACK_CLIENT) &&
	    f->packets[0] >= 3)
		one = f->dir_taps[0];
	else if (alone && !f->dir_taps[0] && (f->seen & SEEN_ACK_SERVER) &&
		 f->packets[1] >= 3)
		one = f->dir_taps[1];
	for (; both; both &= both - 1)
		t->tap[__builtin_ctzll(both)].two_sided++;
	for (; one; one &= one - 1)
		t->tap[__builtin_ctzll(one)].one_sided++;
}

static void leave(struct flow_table *t, struct flow *f)
{
	count_sides(t, f);
	TAILQ_REMOVE(&t->queue[f->queue], f, wait);
	t->waiting[f->queue]--;
	leave_tuple(t, f);
	if (f->hs)
		f->hs->over = true;
}

void flow_over(struct flow_table *t, struct flow *f)
{
	struct connection c;

	leave(t, f);
	if (f->hs) {
		link_likely(t, f->hs);
		if (ring_ended(f->hs))
			ring_over(t, f->hs);
		return;
	}
	if (!(f->seen & COUNTED) || f->extra) {
		judge_midstream(t, f, &c);
		hand_up(t, &c, f->seen & COUNTED);
	}
	free_flow(t, f);
}

/*
 * Taking a flow out touches its neighbours in the queue and in uthash's list
 * of all items, and its evidence: all of it cold.  So it is asked for now,
 * and used some segments later, or when one of its tuple or of its ISN comes,
 * a flow must make room, or a tick is over.  So it looks as if it had left at
 * once, and batches leave no trace.
 */
void flow_leave_early(struct flow_table *t, struct flow *f)
{
	if (f->leaving || t->leaving_count == ARRAY_SIZE(t->leaving))
		return;
	f->leaving = true;
	t->leaving_at[t->leaving_count] = t->now;
	t->leaving[t->leaving_count++] = f;
	/* In the table and in the queue it mostly has the same neighbours. */
	__builtin_prefetch(f->wait.tqe_prev);
	__builtin_prefetch(f->wait.tqe_next);
	for (size_t i = 0; f->hs && i < sizeof(*f->hs); i += 64)
		__builtin_prefetch((const char *)f->hs + i);
	gone_prefetch(t, f->hh.hashv);
}

static void leave_now(struct flow_table *t, struct flow *f,
		      struct timestamp closed)
{
	uint32_t hash = f->hh.hashv;

	f->leaving = false;
	if (f->state != FLOW_CLOSED || f->has_older || f->has_extra ||
	    !(f->seen & IN_TABLE))
		return;
	if (f->hs) {
		if (time_diff(closed, f->hs->started) < SKEW ||
		    !judge_plainly_sound(t, f->hs))
			return;
	} else if (!(f->seen & COUNTED)) {
		return;
	}
	gone_add(t, hash);
	flow_over(t, f);
}

void flow_leave_pending(struct flow_table *t)
{
	for (size_t i = 0; i < t->leaving_count; i++) {
		if (t->leaving[i])
			leave_now(t, t->leaving[i], t->leaving_at[i]);
	}
	t->leaving_count = 0;
}

/*
 * A connection that is open, symmetric and translated as planned needs its
 * evidence no longer: count it, and keep the bare flows.
 */
static bool ring_settle(struct flow_table *t, struct handshake *hs)
{
	struct handshake *at = hs, *next;
	struct connection c;

	if (t->sink.all)
		return false;
	if (!judge_plainly_sound(t, hs)) {
		judge_ring(t, hs, &c);
		if (!judge_sound(t, &c) || c.class != CLASS_SYMMETRIC ||
		    c.impact != IMPACT_WORKING)
			return false;
	}
	learn_from_ring(t, hs);
	t->counters.connections[CLASS_SYMMETRIC]++;
	do {
		struct flow *f = at->flow;

		next = at->ring;
		f->seen |= COUNTED;
		if (at->over) {
			free_flow(t, f);
		} else {
			free_handshake(t, f);
			if (f->state == FLOW_OPEN)
				flow_wait(t, f, QUEUE_OPEN);
		}
		at = next;
	} while (at != hs);
	return true;
}

/* --------------------------------------------------------------- expiry */

static void requeue(struct flow_table *t, struct flow *f, uint32_t since)
{
	flow_wait(t, f, f->queue);
	f->queued = since;
}

/* Signed, since a flow may be touched by a leap that is not believed yet. */
static bool elapsed(const struct flow_table *t, uint32_t since, int64_t ms)
{
	return (int32_t)(t->tick - since) >= (int32_t)TICKS(ms);
}

/*
 * After a second a young flow shows what it is.  One that is open and found
 * unsound twice mostly stays so; to judge it every second would let a few
 * thousand of them cost more than all packets.
 */
static void grown_up(struct flow_table *t, struct flow *f)
{
	bool acked = f->seen & (SEEN_ACK_CLIENT | SEEN_ACK_SERVER);

	if (f->hs)
		link_likely(t, f->hs);
	if (!f->hs) {
		flow_wait(t, f,
			  f->seen & COUNTED ? QUEUE_OPEN : QUEUE_MIDSTREAM);
		f->queued = f->last;
	} else if (!(f->seen & SEEN_SYN) || !(f->seen & SEEN_ANSWER)) {
		flow_wait(t, f, QUEUE_HALF_OPEN);
		f->queued = f->last;
	} else if (!acked) {
		flow_wait(t, f, QUEUE_ANSWERED);
		f->queued = f->last;
	} else if (!((f->seen & COMPLETED) && ring_settle(t, f->hs))) {
		if (elapsed(t, f->last, timeout_ms[QUEUE_OPEN]))
			flow_over(t, f);
		else
			flow_wait(t, f,
				  f->queue == QUEUE_YOUNG ? QUEUE_SETTLING
							  : QUEUE_UNSOUND);
	}
}

static void head_expires(struct flow_table *t, struct flow *f)
{
	enum queue_id as = f->queue;

	if (f->state == FLOW_CLOSED || f->state == FLOW_REFUSED)
		as = QUEUE_CLOSED;
	else if (as == QUEUE_YOUNG || as == QUEUE_SETTLING ||
		 as == QUEUE_UNSOUND) {
		grown_up(t, f);
		return;
	}
	/* Who goes on after the handshake is open, seen from one side or two. */
	if ((as == QUEUE_HALF_OPEN || as == QUEUE_ANSWERED) &&
	    (f->seen & (SEEN_ACK_CLIENT | SEEN_ACK_SERVER)))
		as = QUEUE_OPEN;
	if (elapsed(t, f->last, timeout_ms[as]))
		flow_over(t, f);
	else
		requeue(t, f, as == f->queue ? f->last : t->tick);
}

/* What expires lies in the order of its arrival, all over the memory. */
PREFETCH void prefetch_next(const struct flow *f)
{
	const struct flow *next = TAILQ_NEXT(f, wait);

	if (!next)
		return;
	__builtin_prefetch(next->hs);
	next = TAILQ_NEXT(next, wait);
	if (!next)
		return;
	__builtin_prefetch(next);
	__builtin_prefetch((const char *)next + 64);
	__builtin_prefetch((const char *)next + 128);
}

static void expire(struct flow_table *t)
{
	for (unsigned q = 0; q < QUEUES; q++) {
		struct flow *f;

		while ((f = TAILQ_FIRST(&t->queue[q])) &&
		       elapsed(t, f->queued, timeout_ms[q])) {
			prefetch_next(f);
			head_expires(t, f);
		}
	}
}

static bool half_open(const struct flow *f)
{
	return f->state == FLOW_HALF_OPEN || f->state == FLOW_ORPHAN ||
	       f->state == FLOW_MIDSTREAM;
}

/* Among the young, those that are half-open no longer make way for the rest. */
static void sort_young(struct flow_table *t)
{
	struct flow *f;

	while ((f = TAILQ_FIRST(&t->queue[QUEUE_YOUNG])) && !half_open(f)) {
		if (f->state == FLOW_CLOSED || f->state == FLOW_REFUSED)
			flow_wait(t, f, QUEUE_CLOSED);
		else if (f->state == FLOW_OPEN)
			flow_wait(t, f, QUEUE_SETTLING);
		else
			flow_wait(t, f, QUEUE_ANSWERED);
	}
}

/*
 * A flood is what there is most of: SYNs without an answer, SYNs that a
 * server answers, or segments of no handshake.  If it were not the most that
 * goes first, a flood of one kind would push out connections that pass
 * through the state of another.
 */
static enum queue_id flooded_queue(const struct flow_table *t)
{
	const size_t *n = t->waiting;
	size_t half_open = n[QUEUE_HALF_OPEN] + n[QUEUE_YOUNG];

	if (n[QUEUE_ANSWERED] >= half_open)
		return n[QUEUE_ANSWERED] > n[QUEUE_MIDSTREAM] ? QUEUE_ANSWERED
							      : QUEUE_MIDSTREAM;
	if (n[QUEUE_MIDSTREAM] > half_open)
		return QUEUE_MIDSTREAM;
	return n[QUEUE_HALF_OPEN] ? QUEUE_HALF_OPEN : QUEUE_YOUNG;
}

/*
 * A part of the table is kept for what is not open yet: one that is full of
 * open connections must not be blind to all that is new.
 */
static bool few_are_new(const struct flow_table *t)
{
	const size_t *n = t->waiting;

	return n[QUEUE_YOUNG] + n[QUEUE_HALF_OPEN] + n[QUEUE_ANSWERED] +
		       n[QUEUE_MIDSTREAM] <
	       t->max_flows / 16;
}

static struct flow *least_lost(struct flow_table *t)
{
	static const enum queue_id open[] = {
		QUEUE_OPEN,
		QUEUE_SETTLING,
		QUEUE_UNSOUND,
	};
	struct flow *f, *not_open;

	sort_young(t);
	f = TAILQ_FIRST(&t->queue[QUEUE_CLOSED]);
	not_open = TAILQ_FIRST(&t->queue[flooded_queue(t)]);
	if (!f && !few_are_new(t))
		f = not_open;
	for (size_t i = 0; i < ARRAY_SIZE(open) && !f; i++)
		f = TAILQ_FIRST(&t->queue[open[i]]);
	return f ? f : not_open;
}

static void evict_one(struct flow_table *t)
{
	struct flow *f = least_lost(t);
	struct handshake *at;

	if (!f)
		return;
	if (f->state != FLOW_CLOSED && f->state != FLOW_REFUSED) {
		f->seen |= EVICTED;
		t->counters.evicted++;
	} else if ((f->seen & IN_TABLE) && !f->has_older) {
		gone_add(t, f->hh.hashv);
	}
	if (!f->hs) {
		flow_over(t, f);
		return;
	}
	/* The whole connection, or its flows would wait for one another. */
	at = f->hs;
	do {
		if (!at->over)
			leave(t, at->flow);
		at = at->ring;
	} while (at != f->hs);
	ring_over(t, f->hs);
}

static void make_room(struct flow_table *t)
{
	flow_leave_pending(t);
	while (t->flows >= t->max_flows)
		evict_one(t);
}

#define LEAP	   SECONDS(600)
#define LEAP_TICKS TICKS(2 * 3600 * 1000LL)
#define SET_BACK   64

/*
 * Packet time only moves forward.  A leap of minutes is believed when a
 * second packet confirms it: one damaged timestamp must not end every flow.
 * Until then the flow that it touched counts as touched after the leap.
 * However long a leap is, it takes LEAP_TICKS, which is more than any
 * timeout; so captures that lie years apart need no wider ticks.
 *
 * A clock that was set back (or the first timestamp of all, damaged) would
 * stop packet time for good.  Taps may be minutes behind one another, so only
 * SET_BACK packets in a row, all of them from before, are believed.
 */
static void land(struct flow_table *t, struct timestamp when)
{
	uint64_t since_base;

	flow_leave_pending(t);
	t->now = when;
	t->tick += LEAP_TICKS;
	t->touch = t->tick;
	expire(t);
	since_base = (uint64_t)t->tick << TICK_SHIFT;
	t->base.ns = (int64_t)((uint64_t)when.ns - since_base);
	t->tick_end = when;
}

static void leap(struct flow_table *t, struct timestamp when)
{
	int64_t d = time_diff(when, t->jump);

	t->jump = when;
	if (d > LEAP || d < -LEAP)
		t->touch = t->tick + LEAP_TICKS;
	else
		land(t, when);
}

static void behind(struct flow_table *t, struct timestamp when)
{
	if (time_diff(t->now, when) <= LEAP) {
		t->behind = 0;
	} else if (++t->behind == SET_BACK) {
		t->behind = 0;
		land(t, when);
	}
}

static void advance_far(struct flow_table *t, struct timestamp when)
{
	uint32_t tick;

	if (!t->started) {
		t->started = true;
		t->origin = t->base = t->now = when;
	}
	t->touch = t->tick;
	if (when.ns <= t->now.ns) {
		behind(t, when);
		return;
	}
	t->behind = 0;
	if (time_diff(when, t->now) > LEAP) {
		leap(t, when);
		return;
	}
	t->now = when;
	tick = (uint32_t)((uint64_t)time_diff(when, t->base) >> TICK_SHIFT);
	if (tick == t->tick)
		return;
	flow_leave_pending(t);
	t->tick = t->touch = tick;
	expire(t);
	t->tick_end.ns =
		t->base.ns + (int64_t)(((uint64_t)tick + 1) << TICK_SHIFT);
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
	advance_far(t, when);
}

/* ---------------------------------------------------------------- batch */

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
#define FLOW_AHEAD     14
#define EVIDENCE_AHEAD 6

/* The buckets, where they do not have to be loaded again for each segment. */
struct buckets {
	const UT_hash_bucket *bucket;
	uint32_t mask;
};

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
	__builtin_prefetch(&f->ended);
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
	__builtin_prefetch(&f->queued);
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

/* What an ICMP error quotes: rare, so it is kept out of the way of the rest. */
static void __attribute__((noinline))
take_quoted(struct flow_table *t, const struct buckets *b,
	    const struct segment *s, const struct flow_mark *mark)
{
	uint8_t key6[KEY_V6];
	const uint8_t *key = mark->key4;
	struct flow *f;

	if (mark->v6) {
		key_v6(s, key6);
		key = key6;
	}
	f = find(b, mark, key);
	if (f && f->leaving) {
		flow_leave_pending(t);
		f = find(b, mark, key);
	}
	icmp_take(t, f, mark, s);
}

static inline void take_one(struct flow_table *t, const struct buckets *b,
			    const struct segment *s,
			    const struct flow_mark *mark)
{
	uint8_t key6[KEY_V6];
	const uint8_t *key = mark->key4;
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
		make_room(t);
	if (mark->v6) {
		key_v6(s, key6);
		key = key6;
	}
	f = find(b, mark, key);
	if (f && take_plain(t, f, mark, s))
		return;
	if (f && f->leaving) {
		flow_leave_pending(t);
		f = find(b, mark, key);
	}
	track_segment(t, f, mark, key, s);
}

void flow_table_take_marked(struct flow_table *t, const struct segment *s,
			    const struct flow_mark *marks, size_t count)
{
	const UT_hash_table *tbl = t->items->hh.tbl;
	const struct buckets b = {tbl->buckets, tbl->num_buckets - 1};

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
		at = i + EVIDENCE_AHEAD;
		if (at < count)
			prefetch_evidence(&b, &marks[at]);
		take_one(t, &b, &s[i], &marks[i]);
		if (i % LEAVE_EVERY == LEAVE_EVERY - 1)
			flow_leave_pending(t);
	}
	flow_leave_pending(t);
}

void flow_table_finish(struct flow_table *t, struct timestamp end)
{
	int64_t d = time_diff(end, t->now);
	struct flow *f;

	if (d > 0 && d < LEAP)
		t->now = end;
	t->finishing = true;
	for (unsigned q = 0; q < QUEUES; q++) {
		while ((f = TAILQ_FIRST(&t->queue[q])))
			flow_over(t, f);
	}
	clock_publish(t);
}

uint32_t flow_table_overlap(const struct flow_table *t, uint8_t a, uint8_t b)
{
	return t->overlap[a][b] + t->overlap[b][a];
}

const struct flow_counters *flow_table_counters(struct flow_table *t)
{
	t->counters.flows = t->flows;
	t->counters.bytes =
		(size_t)t->items->hh.tbl->num_buckets * sizeof(UT_hash_bucket) +
		t->flow_slab[0].chunk_bytes + t->flow_slab[1].chunk_bytes +
		t->hs_slab.chunk_bytes + t->more_slab.chunk_bytes +
		t->extra_slab.chunk_bytes + link_bytes() + gone_bytes();
	return &t->counters;
}

const struct flow_tap *flow_table_tap(const struct flow_table *t, uint8_t tap)
{
	return &t->tap[tap];
}
