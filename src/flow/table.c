/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow table: its memory, and the flows in it
 *
 * DOC: Theory of operation
 *
 * uthash holds one item for each 5-tuple: the newest attempt on it.  The
 * buckets are there from the start and never grow, because growing relinks
 * every item in one call.  The hash is keyed, so nobody outside can choose
 * tuples that share a bucket.  What is found there, and how, is in take.c.
 *
 * A flow is small and may live for long; its evidence is larger and goes as
 * soon as nothing can be said against the connection any more.
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE (2u << 20)

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
	t->judges_nat = false;
	for (unsigned i = 0; i < SITE_MAX_TAPS; i++) {
		t->tap_circuit[i] = topo_tap_circuit(t->topo, (uint8_t)i);
		t->judges_nat |= topo_judges_nat(t->topo, t->tap_circuit[i]);
	}
}

static void make_slabs(struct flow_table *t)
{
	struct reserve *r = t->reserve = reserve_new();

	slab_init(&t->flow_slab[0], sizeof(struct flow), r);
	slab_init(&t->flow_slab[1], (sizeof(struct flow) + KEY_V6 + 7) & ~7u,
		  r);
	slab_init(&t->hs_slab, sizeof(struct handshake), r);
	slab_init(&t->more_slab, MORE_SIGHTINGS * sizeof(struct sighting), r);
	slab_init(&t->rare_slab, sizeof(struct flow_rare), NULL);
	slab_init(&t->extra_slab, sizeof(struct flow_extra), NULL);
}

/* Whose bound is smaller is not meant to be fast. */
#define LARGE_TABLE 65536

/*
 * What every packet may touch, before packets wait for it.  Buckets of tens of
 * millions of flows would take all the memory that they may never need.
 */
static void touch_ahead(struct flow_table *t)
{
	const UT_hash_table *tbl = t->items->hh.tbl;
	size_t buckets = tbl->num_buckets * sizeof(*tbl->buckets);

	if (t->max_flows < LARGE_TABLE)
		return;
	if (buckets <= 16 * HUGE_PAGE)
		reserve_touch(tbl->buckets, buckets);
	reserve_touch(t->links, link_bytes());
	reserve_touch(t->gone, gone_bytes());
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
	make_slabs(t);
	if (t->max_flows >= LARGE_TABLE &&
	    !(slab_ready(&t->flow_slab[0]) && slab_ready(&t->hs_slab)))
		log_fatal("out of memory for flows");
	make_table(t);
	gone_init(t);
	link_init(t);
	touch_ahead(t);
	clock_new(t);
	if (sink->notice)
		t->live = live_new();
	if (sink->stats)
		t->stats = xcalloc(1, sizeof(*t->stats));
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
	live_free(t->live);
	free(t->stats);
	slab_destroy(&t->flow_slab[0]);
	slab_destroy(&t->flow_slab[1]);
	slab_destroy(&t->hs_slab);
	slab_destroy(&t->more_slab);
	slab_destroy(&t->rare_slab);
	slab_destroy(&t->extra_slab);
	reserve_free(t->reserve);
	free(t);
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

static struct flow_rare *rare_get(struct flow_table *t, struct flow *f)
{
	if (!f->rare) {
		f->rare = slab_get(&t->rare_slab);
		if (!f->rare)
			log_fatal("out of memory for flows; lower --max-flows");
	}
	return f->rare;
}

static void set_older(struct flow_table *t, struct flow *f, struct flow *older)
{
	if (older)
		rare_get(t, f)->older = older;
	f->has_older = older != NULL;
}

/* Take a flow off its tuple; the attempt before it takes its place. */
void flow_leave_tuple(struct flow_table *t, struct flow *f)
{
	unsigned hashv = f->hh.hashv;
	struct flow *at;

	if (f->seen & IN_TABLE) {
		table_delete(t, f);
		if (f->has_older)
			table_add(t, flow_older(f), hashv);
		set_older(t, f, NULL);
		return;
	}
	HASH_FIND_BYHASHVALUE(hh, t->items, flow_key_of(f), flow_key_size(f),
			      hashv, at);
	while (at && flow_older(at) != f)
		at = flow_older(at);
	if (at)
		set_older(t, at, flow_older(f));
	set_older(t, f, NULL);
}

struct flow *flow_create(struct flow_table *t, const struct flow_mark *mark,
			 const uint8_t *key, struct flow *older, uint8_t client)
{
	struct flow *f = flow_alloc_item(t, mark->v6);

	memcpy(f->v6 ? f->key6 : f->key4, key, flow_key_size(f));
	f->client = client != 0;
	f->ended = (struct timestamp){INT64_MIN};
	f->last = t->touch;
	flow_queued(f, t->touch);
	f->queue = QUEUE_YOUNG;
	f->last_tap[0] = f->last_tap[1] = TAP_NONE;
	set_older(t, f, older);
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
	struct flow_extra *x = flow_extra(f);

	if (x)
		return x;
	x = slab_get(&t->extra_slab);
	if (!x)
		return NULL;
	memset(x, 0, sizeof(*x));
	rare_get(t, f)->extra = x;
	f->has_extra = true;
	return x;
}

void flow_free_evidence(struct flow_table *t, struct flow *f)
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

void flow_free(struct flow_table *t, struct flow *f)
{
	for (size_t i = 0; f->leaving && i < t->leaving_count; i++) {
		if (t->leaving[i] == f)
			t->leaving[i] = NULL;
	}
	flow_free_evidence(t, f);
	if (f->has_extra)
		slab_put(&t->extra_slab, flow_extra(f));
	if (f->rare)
		slab_put(&t->rare_slab, f->rare);
	slab_put(&t->flow_slab[f->v6], f);
	t->flows--;
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
		reserve_bytes(t->reserve) + t->rare_slab.chunk_bytes +
		t->extra_slab.chunk_bytes + link_bytes() + gone_bytes() +
		live_bytes(t->live) + (t->stats ? sizeof(*t->stats) : 0);
	return &t->counters;
}

const struct flow_tap *flow_table_tap(const struct flow_table *t, uint8_t tap)
{
	return &t->tap[tap];
}
