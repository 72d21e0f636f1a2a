/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * collect: the packets of some connections, wherever they are
 *
 * DOC: Theory of operation
 *
 * The flow table remembers facts of packets, not packets.  Whoever wants to
 * show the packets of a finding reads the files a second time: frames are
 * merged and decoded as before, and those of a wanted 5-tuple are handed out.
 * The inputs of the second reading are opened together with those of the first:
 * later, privileges are given up, and another file may have the name.  Those
 * that cannot be read twice are not among them, so their numbers differ; each interface is looked up by
 * where it was described (input, section, number), and gets the number that it
 * had, by which topo knows its tap.
 *
 * A 5-tuple is nine words, the lower end first, so that both directions are
 * one key; the hash is keyed, as that of the flow table.
 */
#include "collect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline.h"

/* Clocks differ, and copies come late. */
#define AROUND (1 * NSEC_PER_SEC)

/* What led to it, where a connection moved that was open for long. */
#define BEFORE_MOVE (5 * NSEC_PER_SEC)

#define KEY_WORDS  9
#define FIRST_BITS 8
#define NO_ROW	   UINT32_MAX

struct wanted_key {
	uint32_t word[KEY_WORDS];
};
static_assert(KEY_WORDS <= HASH_WORDS_MAX, "a key is hashed in one go");

/**
 * struct wanted_row - A flow of a connection
 * @next:	In its bucket, or NO_ROW
 */
struct wanted_row {
	struct wanted_key key;
	struct timestamp from;
	struct timestamp to;
	uint32_t id;
	uint32_t next;
};

struct wanted {
	struct hash_key hash;
	struct wanted_row *row;
	uint32_t rows;
	uint32_t room;
	uint32_t *bucket;
	unsigned bits;
};

/* ----------------------------------------------------------------- wanted */

static void key_end(uint32_t *w, const struct addr *a)
{
	memcpy(w, a->b, sizeof(a->b));
}

static struct wanted_key key_of(const struct addr *a, uint16_t a_port,
				const struct addr *b, uint16_t b_port)
{
	int order = addr_cmp(a, b);
	bool swap = order ? order > 0 : a_port > b_port;
	struct wanted_key k;

	key_end(k.word, swap ? b : a);
	key_end(k.word + 4, swap ? a : b);
	k.word[8] = swap ? (uint32_t)b_port << 16 | a_port
			 : (uint32_t)a_port << 16 | b_port;
	return k;
}

static uint32_t *bucket_of(const struct wanted *w, const struct wanted_key *k)
{
	uint32_t h = hash_words(&w->hash, k->word, KEY_WORDS);

	return &w->bucket[h >> (32 - w->bits)];
}

static void set_buckets(struct wanted *w, unsigned bits)
{
	size_t count = (size_t)1 << bits;

	w->bits = bits;
	w->bucket = xrealloc(w->bucket, count, sizeof(*w->bucket));
	memset(w->bucket, 0xff, count * sizeof(*w->bucket));
	for (uint32_t i = 0; i < w->rows; i++) {
		uint32_t *b = bucket_of(w, &w->row[i].key);

		w->row[i].next = *b;
		*b = i;
	}
}

struct wanted *wanted_new(void)
{
	struct wanted *w = xcalloc(1, sizeof(*w));

	w->hash = hash_key_random();
	set_buckets(w, FIRST_BITS);
	return w;
}

void wanted_free(struct wanted *w)
{
	if (!w)
		return;
	free(w->row);
	free(w->bucket);
	free(w);
}

static struct wanted_row *find_row(const struct wanted *w,
				   const struct wanted_key *k, uint32_t id)
{
	for (uint32_t i = *bucket_of(w, k); i != NO_ROW; i = w->row[i].next) {
		if (w->row[i].id == id &&
		    !memcmp(&w->row[i].key, k, sizeof(*k)))
			return &w->row[i];
	}
	return NULL;
}

static void add_row(struct wanted *w, const struct wanted_row *row)
{
	uint32_t *b;

	if (w->rows == w->room) {
		w->room = w->room ? 2 * w->room : 64;
		w->row = xrealloc(w->row, w->room, sizeof(*w->row));
	}
	w->row[w->rows] = *row;
	b = bucket_of(w, &row->key);
	w->row[w->rows].next = *b;
	*b = w->rows++;
	if (w->rows > 1u << w->bits)
		set_buckets(w, w->bits + 1);
}

void wanted_add(struct wanted *w, const struct tuple *t, struct timestamp from,
		struct timestamp to, uint32_t id)
{
	struct wanted_row row = {
		.key = key_of(&t->client, t->client_port, &t->server,
			      t->server_port),
		.from = from,
		.to = to,
		.id = id,
	};
	struct wanted_row *known = find_row(w, &row.key, id);

	if (!known) {
		add_row(w, &row);
		return;
	}
	if (from.ns < known->from.ns)
		known->from = from;
	if (to.ns > known->to.ns)
		known->to = to;
}

bool wanted_next(const struct wanted *w, const struct segment *s, uint32_t *at,
		 uint32_t *id)
{
	struct wanted_key k = key_of(&s->src, s->sport, &s->dst, s->dport);
	uint32_t i = *at ? w->row[*at - 1].next : *bucket_of(w, &k);

	for (; i != NO_ROW; i = w->row[i].next) {
		const struct wanted_row *r = &w->row[i];

		if (s->time.ns < r->from.ns || s->time.ns > r->to.ns ||
		    memcmp(&r->key, &k, sizeof(k)) != 0)
			continue;
		*at = i + 1;
		*id = r->id;
		return true;
	}
	return false;
}

/* ------------------------------------------------------------------- time */

static void widen(struct timestamp *from, struct timestamp *to,
		  struct timestamp t)
{
	if (t.ns < from->ns)
		*from = t;
	if (t.ns > to->ns)
		*to = t;
}

static void widen_to(struct timestamp *from, struct timestamp *to,
		     const struct sightings *s)
{
	for (size_t i = 0; i < s->kept && i < FINDING_SIGHTINGS; i++)
		widen(from, to, s->at[i].time);
}

void collect_time(const struct finding *f, struct timestamp *from,
		  struct timestamp *to)
{
	*from = *to = f->time;
	widen(from, to, f->last);
	if (f->rule == RULE_PATH_CHANGE) {
		from->ns = f->time.ns - BEFORE_MOVE;
	} else {
		widen_to(from, to, &f->syn);
		widen_to(from, to, &f->syn_ack);
		from->ns -= AROUND;
	}
	/* When it began is not known. */
	if (f->class == CLASS_MIDSTREAM)
		from->ns = 0;
	for (size_t i = 0; i < f->icmp.kept && i < FINDING_ICMP; i++)
		widen(from, to, f->icmp.at[i].at.time);
	to->ns += AROUND;
}

/* ----------------------------------------------------- the second reading */

#define NO_INTERFACE UINT16_MAX
static_assert(CAPTURE_MAX_INTERFACES <= NO_INTERFACE, "and one more");

/**
 * struct again - A second reading
 * @c:		Its capture
 * @input:	By its inputs: the input of the run
 * @known:	By its interfaces, as far as @interfaces: the interface of the
 *		run, or NO_INTERFACE
 */
struct again {
	const struct pipeline *p;
	const struct wanted *w;
	void (*take)(void *arg, const struct collected *packet);
	void *arg;
	struct capture *c;
	uint32_t *input;
	uint16_t *known;
	uint32_t interfaces;
};

bool collect_possible(const struct capture_input *in)
{
	return !in->stream && !in->live;
}

struct capture *collect_open(const struct capture *first)
{
	struct capture *c = capture_new();
	uint32_t index;

	for (uint32_t i = 0; i < capture_inputs(first); i++) {
		const struct capture_input *in = capture_input(first, i);

		if (!collect_possible(in))
			continue;
		capture_add_file(c, in->path, &index);
		capture_rank(c, index, i);
	}
	return c;
}

/* Its inputs are those of the run that can be read twice, in their order. */
static void match_inputs(struct again *a)
{
	const struct capture *first = a->p->capture;
	uint32_t index = 0;

	a->input = xcalloc(capture_inputs(first) + 1u, sizeof(*a->input));
	a->known = xcalloc(CAPTURE_MAX_INTERFACES, sizeof(*a->known));
	for (uint32_t i = 0; i < capture_inputs(first); i++) {
		if (collect_possible(capture_input(first, i)))
			a->input[index++] = i;
	}
}

/* The interface of the run that was described at the same place. */
static uint16_t find_interface(const struct again *a, uint32_t interface)
{
	const struct capture_interface *f = capture_interface(a->c, interface);
	const struct capture *first = a->p->capture;

	for (uint32_t i = 0; i < capture_interfaces(first); i++) {
		const struct capture_interface *g = capture_interface(first, i);

		if (g->input == a->input[f->input] &&
		    g->section == f->section && g->id == f->id)
			return (uint16_t)i;
	}
	return NO_INTERFACE;
}

static uint16_t interface_of(struct again *a, const struct frame *f)
{
	while (a->interfaces <= f->interface) {
		a->known[a->interfaces] = find_interface(a, a->interfaces);
		a->interfaces++;
	}
	return a->known[f->interface];
}

static void look_at(struct again *a, const struct frame *read)
{
	struct frame f = *read;
	struct collected packet = {.frame = &f, .tap = TAP_NONE};
	enum decode_result r;
	struct segment s;
	uint32_t at = 0;

	f.interface = interface_of(a, read);
	if (f.interface == NO_INTERFACE)
		return;
	r = decode(&f, &s);
	if (r != DECODE_TCP && r != DECODE_ICMP_ERROR)
		return;
	packet.segment = &s;
	while (wanted_next(a->w, &s, &at, &packet.id)) {
		packet.tap = topo_tap(a->p->topo, &s);
		a->take(a->arg, &packet);
	}
}

/* A file that was written anew in its place is not what was judged. */
static bool same_as_before(const struct again *a)
{
	bool same = true;

	for (uint32_t i = 0; i < capture_inputs(a->c); i++) {
		const struct capture_input *in = capture_input(a->c, i);
		const struct capture_input *was =
			capture_input(a->p->capture, a->input[i]);

		if (in->packets == was->packets)
			continue;
		log_error("%s: changed since it was judged: %" PRIu64
			  " packets, then %" PRIu64,
			  was->path, was->packets, in->packets);
		same = false;
	}
	return same;
}

bool collect_again(const struct pipeline *p, struct capture *c,
		   const struct wanted *w,
		   void (*take)(void *arg, const struct collected *packet),
		   void *arg)
{
	struct again a = {
		.p = p,
		.w = w,
		.take = take,
		.arg = arg,
		.c = c,
	};
	struct frame frame[CAPTURE_BATCH];
	size_t frames;
	bool same;

	match_inputs(&a);
	while ((frames = capture_next(a.c, frame, CAPTURE_BATCH)) > 0) {
		for (size_t i = 0; i < frames; i++)
			look_at(&a, &frame[i]);
	}
	same = same_as_before(&a);
	free(a.input);
	free(a.known);
	return same;
}
