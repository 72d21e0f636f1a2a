/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From packets to the rows of a ladder
 *
 * DOC: Theory of operation
 *
 * Copies of a packet become one (copies.c), which comes here when no more of
 * them are to come, in time order; then what is to be said of it is found out
 * (sequence.c, where.c).
 *
 * A connection may have a billion packets, and a page is read.  So the first
 * packets have a row each, and the last ones, and some that tell something;
 * the others are added up where they stand.  Closed packets go through a ring
 * as long as the tail; what falls out of it is kept or added up.  All is
 * bounded, whatever the packets are.
 */
#include "private.h"

#include <stdlib.h>

#define TELLING                                                                \
	(LADDER_RESET | LADDER_ZERO | LADDER_MOVED | LADDER_LOST |             \
	 LADDER_BORN | LADDER_ICMP)

/**
 * struct builder - A ladder that is being built
 * @copies:	Open packets
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
	struct copies *copies;
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
	b->copies = copies_new(how);
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
	copies_free(b->copies);
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

/* No copy of it is to come any more. */
static void close_packet(struct builder *b, struct ladder_packet *p)
{
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

void builder_add(struct builder *b, const struct segment *s, uint8_t tap,
		 unsigned tuple, unsigned dir)
{
	bool likely = b->about->confidence == CONFIDENCE_LIKELY;
	struct ladder_packet p,
		copy = {
			.time = copies_time(b->copies, tap, s->time),
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
	while (copies_take(b->copies, copy.time, &p))
		close_packet(b, &p);
	copies_add(b->copies, &copy);
}

void builder_stranger(struct builder *b)
{
	b->ladder.strangers++;
}

const struct ladder *builder_finish(struct builder *b)
{
	const struct timestamp end = {INT64_MAX};
	struct ladder_packet p;

	while (copies_take(b->copies, end, &p))
		close_packet(b, &p);
	for (; b->tail_count; b->tail_count--) {
		add_packet(b, &b->tail[b->tail_from]);
		b->tail_from = (b->tail_from + 1) % b->tail_size;
	}
	b->ladder.syn.missing &= ~b->ladder.syn.taps;
	b->ladder.answer.missing &= ~b->ladder.answer.taps;
	return &b->ladder;
}
