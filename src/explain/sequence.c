/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What sequence numbers tell: sent again, late, missing
 *
 * DOC: Theory of operation
 *
 * Copies of a packet have been put together, so what comes here was sent, in
 * the order in which it was seen first.  Numbers are relative to the ISNs;
 * where these were not seen, to the first number that was.  What lies below
 * the highest number so far was sent before, unless a hole was left there:
 * then it is late, out of order or sent again for what was lost before any
 * tap saw it.
 */
#include "private.h"

static bool after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

void sequence_relate(struct sequence *q, unsigned space,
		     const struct segment *s, struct ladder_packet *p)
{
	bool *has = q->has_base[space];
	uint32_t *base = q->base[space];
	unsigned dir = p->dir;

	if (!has[dir] && (s->flags & TCP_SYN)) {
		base[dir] = s->seq;
		has[dir] = true;
	}
	if (!has[dir]) {
		base[dir] = s->seq - 1;
		has[dir] = true;
	}
	p->seq = s->seq - base[dir];
	if (!(s->flags & TCP_ACK) || (s->flags & SEGMENT_QUOTED))
		return;
	if (!has[!dir]) {
		base[!dir] = s->ack - 1;
		has[!dir] = true;
	}
	p->ack = s->ack - base[!dir];
}

static void hole_add(struct sequence_side *d, uint32_t from, uint32_t to)
{
	if (d->holes == SEQUENCE_HOLES) {
		memmove(d->hole, d->hole + 1,
			(SEQUENCE_HOLES - 1) * sizeof(d->hole[0]));
		d->holes--;
	}
	d->hole[d->holes++] = (struct sequence_hole){from, to};
}

/* Take what was sent out of the holes; whether it filled any. */
static bool hole_fill(struct sequence_side *d, uint32_t seq, uint32_t end)
{
	bool filled = false;

	for (unsigned i = 0; i < d->holes; i++) {
		struct sequence_hole *h = &d->hole[i];
		uint32_t to = h->to;

		if (!after(end, h->from) || !after(h->to, seq))
			continue;
		filled = true;
		if (after(seq, h->from)) {
			h->to = seq;
			if (after(to, end))
				hole_add(d, end, to);
		} else if (after(to, end)) {
			h->from = end;
		} else {
			*h = d->hole[--d->holes];
		}
		break;
	}
	return filled;
}

static void note_resend(struct sequence_side *d, struct ladder_packet *p,
			uint32_t end)
{
	p->notes |= LADDER_RESENT;
	p->since = -1;
	for (unsigned i = 0; i < SEQUENCE_SENT; i++) {
		if (!d->sent[i].times || d->sent[i].seq != p->seq ||
		    d->sent[i].end != end)
			continue;
		p->resend = d->sent[i].times++;
		p->since = p->time.ns - d->sent[i].first.ns;
		return;
	}
}

static void remember(struct sequence_side *d, const struct ladder_packet *p,
		     uint32_t end)
{
	unsigned i = d->sent_at++ % SEQUENCE_SENT;

	d->sent[i].seq = p->seq;
	d->sent[i].end = end;
	d->sent[i].times = 1;
	d->sent[i].first = p->time;
}

static void note_numbers(struct sequence_side *d, struct ladder_packet *p,
			 uint32_t end)
{
	if (!d->known) {
		d->known = true;
		d->next = end;
	} else if (after(p->seq, d->next)) {
		p->notes |= LADDER_GAP;
		hole_add(d, d->next, p->seq);
		d->next = end;
	} else if (!after(end, d->next)) {
		if (hole_fill(d, p->seq, end)) {
			p->notes |= LADDER_LATE;
		} else if (p->payload <= 1 && end == d->next &&
			   !(p->flags & (TCP_SYN | TCP_FIN)) && d->acked) {
			p->notes |= LADDER_KEEPALIVE;
			return;
		} else {
			note_resend(d, p, end);
			return;
		}
	} else {
		d->next = end;
	}
	remember(d, p, end);
}

/* A bare ACK takes no number; one below the highest may ask to be answered. */
static void note_bare(struct sequence_side *d, struct ladder_packet *p)
{
	if (d->known && p->seq == d->next - 1 && d->acked && d->ack == p->ack)
		p->notes |= LADDER_KEEPALIVE;
	else if (d->acked && d->ack == p->ack && d->window == p->window)
		p->notes |= LADDER_DUP_ACK;
}

void sequence_note(struct sequence *q, struct ladder_packet *p)
{
	struct sequence_side *d = &q->side[p->dir];
	uint32_t takes = p->payload;

	if (p->flags & TCP_RST) {
		p->notes |= LADDER_RESET;
		return;
	}
	takes += (p->flags & TCP_SYN) ? 1 : 0;
	takes += (p->flags & TCP_FIN) ? 1 : 0;
	if (!p->window && !(p->flags & TCP_SYN))
		p->notes |= LADDER_ZERO;
	if (takes)
		note_numbers(d, p, p->seq + takes);
	else
		note_bare(d, p);
	if (p->flags & TCP_ACK) {
		d->acked = true;
		d->ack = p->ack;
		d->window = p->window;
	}
}
