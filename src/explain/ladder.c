/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From copies at taps to packets, and from packets to the rows of a ladder
 *
 * DOC: Theory of operation
 *
 * What is alike in direction, flags, numbers and length, and not further apart
 * than clocks are, is one packet, seen at several taps; of several that it may
 * be, the one nearest in time that the tap has not shown yet.  A packet stays
 * open for copies for a while; then it is closed, in time order, and what is
 * to be said of it is found out (sequence.c, where.c).
 *
 * A connection may have a billion packets, and a page is read.  So the first
 * packets have a row each, and the last ones, and some that tell something;
 * the others are added up where they stand.  Closed packets go through a ring
 * as long as the tail; what falls out of it is kept or added up.  All is
 * bounded, whatever the packets are.
 *
 * Where clocks of taps are known to be more than a millisecond apart, they are
 * brought together before anything is compared.
 */
#include "private.h"

#include <stdlib.h>

#define OPEN 256 /* packets that wait for copies */

/* Copies at other taps are not further apart; see flow, which counts what is
 * as sent again.
 */
#define COPY_APART (400 * NSEC_PER_MSEC)

/* A second copy at the same tap is the mirror's doing up to here, if it has
 * the IP identification of the first, or is one of the handshake, which no
 * stack sends again so soon; else it must come at once.
 */
#define TWICE_APART (100 * NSEC_PER_MSEC)
#define AT_ONCE	    (1 * NSEC_PER_MSEC)

/* Less than this apart, clocks are as good as one. */
#define CLOCK_APART NSEC_PER_MSEC

#define TELLING                                                                \
	(LADDER_RESET | LADDER_ZERO | LADDER_MOVED | LADDER_LOST |             \
	 LADDER_BORN | LADDER_ICMP)

/**
 * struct builder - A ladder that is being built
 * @slot:	Open packets
 * @order:	Their slots, in time order
 * @spare:	Slots that are free, as a stack
 * @newest:	The latest time so far
 * @tail:	Ring of closed packets behind the first rows
 * @tail_size:	Its room
 * @head_left:	First rows that may still be filled
 * @telling_left: Rows in the middle that may
 * @circuits:	By direction, where it was seen so far
 * @rows_room:	Allocated rows
 * @client_known: @ladder.client_inside is
 */
struct builder {
	struct ladder ladder;
	const struct trace_how *how;
	const struct finding *about;
	struct sequence sequence;
	struct ladder_packet slot[OPEN];
	uint16_t order[OPEN];
	uint16_t spare[OPEN];
	size_t opened;
	int64_t newest;
	struct ladder_packet *tail;
	size_t tail_size;
	size_t tail_from;
	size_t tail_count;
	size_t head_left;
	size_t telling_left;
	uint64_t circuits[2];
	uint64_t closed;
	size_t rows_room;
	bool client_known;
};

/* Who is on site, as far as the addresses tell. */
static void guess_client(struct builder *b)
{
	const struct topo *topo = b->how->topo;
	const struct tuple *t = &b->about->tuple[0];
	bool client = topo_is_local(topo, &t->client);

	b->ladder.client_inside = true;
	b->client_known = b->about->direction != DIRECTION_UNKNOWN;
	if (b->client_known)
		b->ladder.client_inside =
			b->about->direction == DIRECTION_OUTBOUND;
	else if (client != topo_is_local(topo, &t->server))
		b->ladder.client_inside = client;
}

struct builder *builder_new(const struct trace_how *how,
			    const struct finding *about)
{
	struct builder *b = xcalloc(1, sizeof(*b));

	b->how = how;
	b->about = about;
	b->newest = INT64_MIN;
	for (uint16_t i = 0; i < OPEN; i++)
		b->spare[i] = i;
	b->tail_size = how->rows / 5 + 1;
	b->telling_left = how->rows / 5;
	b->head_left = how->rows - b->tail_size - b->telling_left;
	b->tail = xcalloc(b->tail_size, sizeof(*b->tail));
	if (explain_has_isn(about)) {
		b->sequence.base[0][0] = about->isn;
		b->sequence.has_base[0][0] = true;
	}
	guess_client(b);
	return b;
}

void builder_free(struct builder *b)
{
	if (!b)
		return;
	free(b->ladder.row);
	free(b->tail);
	free(b);
}

/* ------------------------------------------------------------------ rows */

static struct ladder_row *add_row(struct builder *b)
{
	struct ladder *l = &b->ladder;

	if (l->rows == b->rows_room) {
		b->rows_room = b->rows_room ? 2 * b->rows_room : 32;
		l->row = xrealloc(l->row, b->rows_room, sizeof(*l->row));
	}
	memset(&l->row[l->rows], 0, sizeof(*l->row));
	return &l->row[l->rows++];
}

static void add_packet(struct builder *b, const struct ladder_packet *p)
{
	struct ladder_row *row = add_row(b);

	row->is_packet = true;
	row->packet = *p;
}

static void leave_out(struct builder *b, const struct ladder_packet *p)
{
	struct ladder *l = &b->ladder;
	struct ladder_left_out *out;

	if (!l->rows || l->row[l->rows - 1].is_packet) {
		out = &add_row(b)->left_out;
		out->first = out->last = p->time;
	}
	out = &l->row[l->rows - 1].left_out;
	/* What comes too late for its place in time goes where it can. */
	if (p->time.ns < out->first.ns)
		out->first = p->time;
	if (p->time.ns > out->last.ns)
		out->last = p->time;
	out->packets[p->dir]++;
	out->bytes[p->dir] += p->payload;
	out->resent += (p->notes & LADDER_RESENT) != 0;
	out->noted += (p->notes & ~(uint32_t)LADDER_RESENT) != 0;
}

static bool is_telling(const struct ladder_packet *p)
{
	return (p->notes & TELLING) || (p->flags & (TCP_SYN | TCP_FIN));
}

static void put_row(struct builder *b, const struct ladder_packet *p)
{
	struct ladder_packet *out;

	if (b->head_left) {
		b->head_left--;
		add_packet(b, p);
		return;
	}
	if (b->tail_count == b->tail_size) {
		out = &b->tail[b->tail_from];
		b->tail_from = (b->tail_from + 1) % b->tail_size;
		b->tail_count--;
		if (b->telling_left && is_telling(out)) {
			b->telling_left--;
			add_packet(b, out);
		} else {
			leave_out(b, out);
		}
	}
	b->tail[(b->tail_from + b->tail_count++) % b->tail_size] = *p;
}

/* --------------------------------------------------------------- packets */

static void count_where(struct ladder_where *w, const struct ladder_packet *p)
{
	w->taps |= p->taps;
	w->missing |= p->missing;
	w->sent++;
}

static void count(struct builder *b, const struct ladder_packet *p)
{
	struct ladder *l = &b->ladder;
	uint16_t kind = p->flags & (TCP_SYN | TCP_ACK | TCP_RST);

	if (!b->closed || p->time.ns < l->first.ns)
		l->first = p->time;
	if (!b->closed || p->time.ns > l->last.ns)
		l->last = p->time;
	l->taps |= p->taps;
	if (p->notes & LADDER_ICMP) {
		l->icmp++;
		return;
	}
	l->packets[p->dir]++;
	l->bytes[p->dir] += p->payload;
	if (kind == TCP_SYN && !p->dir)
		count_where(&l->syn, p);
	else if (p->dir &&
		 (b->about->answer_is_rst ? kind & TCP_RST
					  : kind == (TCP_SYN | TCP_ACK)))
		count_where(&l->answer, p);
}

static void note_moved(struct builder *b, struct ladder_packet *p)
{
	uint64_t here = topo_circuits(b->how->topo, p->taps);
	uint64_t *seen = &b->circuits[p->dir];

	if (*seen && (here & ~*seen))
		p->notes |= LADDER_MOVED;
	*seen |= here;
}

/* No copy of the oldest open packet is to come any more. */
static void close_oldest(struct builder *b)
{
	uint16_t slot = b->order[0];
	struct ladder_packet *p = &b->slot[slot];

	b->opened--;
	memmove(b->order, b->order + 1, b->opened * sizeof(b->order[0]));
	b->spare[b->opened] = slot;
	if (!(p->notes & LADDER_ICMP)) {
		if (!b->client_known)
			b->client_known = where_client(
				b->how, p, &b->ladder.client_inside);
		sequence_note(&b->sequence, p);
		where_note(b->how, b->ladder.client_inside, p);
		note_moved(b, p);
	}
	count(b, p);
	p->number = ++b->closed;
	put_row(b, p);
}

static bool alike(const struct ladder_packet *a, const struct ladder_packet *b)
{
	return a->dir == b->dir && a->flags == b->flags && a->seq == b->seq &&
	       a->ack == b->ack && a->payload == b->payload &&
	       ((a->notes ^ b->notes) & LADDER_ICMP) == 0 &&
	       a->window == b->window && a->icmp == b->icmp &&
	       !addr_cmp(&a->router, &b->router);
}

static bool is_twice(const struct ladder_packet *p,
		     const struct ladder_packet *copy, int64_t apart)
{
	if (p->flags & TCP_SYN || (p->ip_id && p->ip_id == copy->ip_id))
		return apart < TWICE_APART;
	return apart < AT_ONCE && p->ip_id == copy->ip_id;
}

/* Whether a tap has shown it already, by that name: before and after a NAT
 * one tap may show it twice.
 */
static bool was_shown(const struct ladder_packet *p,
		      const struct ladder_packet *copy)
{
	if (!(p->taps & copy->taps) || p->kept == LADDER_SIGHTINGS)
		return p->taps & copy->taps;
	for (size_t i = 0; i < p->kept; i++) {
		if (p->at[i].tap == copy->at[0].tap &&
		    p->at[i].tuple == copy->at[0].tuple)
			return true;
	}
	return false;
}

/* The open packet that @copy is one of, or NULL. */
static struct ladder_packet *find(struct builder *b,
				  const struct ladder_packet *copy, bool *twice)
{
	struct ladder_packet *best = NULL;
	int64_t nearest = COPY_APART;

	*twice = false;
	for (size_t i = b->opened; i-- > 0;) {
		struct ladder_packet *p = &b->slot[b->order[i]];
		int64_t apart = copy->time.ns - p->time.ns;

		if (apart > COPY_APART)
			break;
		if (apart < 0)
			apart = -apart;
		if (!alike(p, copy))
			continue;
		if (was_shown(p, copy)) {
			if (!is_twice(p, copy, apart))
				continue;
			*twice = true;
			return p;
		}
		if (apart < nearest) {
			nearest = apart;
			best = p;
		}
	}
	return best;
}

/* To where its time wants it, among the open ones before @at. */
static void move_up(struct builder *b, size_t at)
{
	uint16_t slot = b->order[at];

	while (at &&
	       b->slot[b->order[at - 1]].time.ns > b->slot[slot].time.ns) {
		b->order[at] = b->order[at - 1];
		at--;
	}
	b->order[at] = slot;
}

static void open_packet(struct builder *b, const struct ladder_packet *p)
{
	uint16_t slot;

	if (b->opened == OPEN)
		close_oldest(b);
	slot = b->spare[b->opened];
	b->slot[slot] = *p;
	b->order[b->opened++] = slot;
	move_up(b, b->opened - 1);
}

static struct timestamp true_time(const struct trace_how *how, uint8_t tap,
				  struct timestamp t)
{
	int64_t off = how->offset[tap];

	if (off >= CLOCK_APART || off <= -CLOCK_APART)
		t.ns -= off;
	return t;
}

static void keep_sighting(struct builder *b, struct ladder_packet *p,
			  const struct ladder_packet *copy)
{
	size_t at;

	if (p->kept == LADDER_SIGHTINGS)
		return;
	for (at = p->kept++; at; at--) {
		const struct ladder_sighting *g = &p->at[at - 1];

		if (true_time(b->how, g->tap, g->time).ns <= copy->time.ns)
			break;
		p->at[at] = *g;
	}
	p->at[at] = copy->at[0];
}

static void join(struct builder *b, struct ladder_packet *p,
		 const struct ladder_packet *copy, bool twice)
{
	size_t at = 0;

	if (twice) {
		p->notes |= LADDER_TWICE;
		if (!p->again++)
			p->copy = copy->at[0];
		return;
	}
	p->taps |= copy->taps;
	keep_sighting(b, p, copy);
	if (copy->time.ns >= p->time.ns)
		return;
	p->time = copy->time;
	while (&b->slot[b->order[at]] != p)
		at++;
	move_up(b, at);
}

void builder_add(struct builder *b, const struct segment *s, uint8_t tap,
		 unsigned tuple, unsigned dir)
{
	bool likely = b->about->confidence == CONFIDENCE_LIKELY, twice;
	struct ladder_packet *p,
		copy = {
			.time = true_time(b->how, tap, s->time),
			.taps = 1ULL << tap,
			.since = -1,
			.payload = s->payload,
			.flags = s->flags,
			.window = s->window,
			.ip_id = s->ip_id,
			.dir = (uint8_t)dir,
			.kept = 1,
			.at[0] = {s->time, s->number, s->interface, tap,
				  (uint8_t)tuple, s->ttl},
		};

	b->ladder.sightings++;
	if (s->flags & SEGMENT_QUOTED) {
		copy.notes = LADDER_ICMP;
		copy.flags = copy.window = copy.ip_id = 0;
		copy.payload = 0;
		copy.icmp = (uint8_t)s->icmp;
		copy.mtu = s->mtu;
		copy.router = s->router;
	}
	sequence_relate(&b->sequence, likely ? tuple : 0, s, &copy);
	if (copy.time.ns > b->newest)
		b->newest = copy.time.ns;
	while (b->opened &&
	       b->newest - b->slot[b->order[0]].time.ns > 2 * COPY_APART)
		close_oldest(b);
	p = find(b, &copy, &twice);
	if (p)
		join(b, p, &copy, twice);
	else
		open_packet(b, &copy);
}

void builder_stranger(struct builder *b)
{
	b->ladder.strangers++;
}

const struct ladder *builder_finish(struct builder *b)
{
	while (b->opened)
		close_oldest(b);
	for (; b->tail_count; b->tail_count--) {
		add_packet(b, &b->tail[b->tail_from]);
		b->tail_from = (b->tail_from + 1) % b->tail_size;
	}
	b->ladder.syn.missing &= ~b->ladder.syn.taps;
	b->ladder.answer.missing &= ~b->ladder.answer.taps;
	return &b->ladder;
}
