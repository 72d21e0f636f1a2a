/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What packets of a handshake leave behind, until it is decided
 *
 * All that is remembered is remembered in a way that does not depend on which
 * copy came first.  A packet is seen at several taps, and SPAN sessions copy
 * it at one; a stack that hears nothing sends it again.  What a copy shares
 * and a resend changes tells these apart.
 */
#ifndef FLOW_EVIDENCE_H
#define FLOW_EVIDENCE_H

#include "meet.h"

#include <string.h>

/* What a copy shares and a resend changes, as far as the stack sets it. */
static inline uint32_t evidence_mark(const struct segment *s)
{
	return s->ts_val ^ ((uint32_t)s->ip_id << 16);
}

/** evidence_sighting() - Write down where and when the segment was seen */
static inline void evidence_sighting(const struct meeting *m,
				     struct sighting *at, bool resent)
{
	*at = (struct sighting){
		.time = m->s->time,
		.number = m->s->number,
		.interface = m->s->interface,
		.tap = m->tap,
		.has_mac = m->s->has_mac,
		.resent = resent,
		.ttl = m->s->ttl,
		.mark = evidence_mark(m->s),
	};
	if (m->s->has_mac) {
		memcpy(at->src_mac, m->s->src_mac, 6);
		memcpy(at->dst_mac, m->s->dst_mac, 6);
	}
}

/*
 * Where a new sighting goes.  Once all places are taken the first one at a
 * tap takes the place of a resend.
 */
static inline struct sighting *
evidence_place(struct flow_table *t, struct seen_packets *g, bool first_here)
{
	if (!g->kept)
		return &g->first;
	if (!g->more)
		g->more = slab_get(&t->more_slab);
	if (!g->more)
		return NULL;
	if (g->kept < FINDING_SIGHTINGS)
		return seen_at(g, g->kept);
	for (unsigned i = FINDING_SIGHTINGS; first_here && i-- > 0;) {
		if (seen_at(g, i)->resent)
			return seen_at(g, i);
	}
	return NULL;
}

/**
 * evidence_seen() - The segment is one of a kind of which sightings are kept
 *
 * Return: whether the packet was sent again, not just seen again
 */
static inline bool evidence_seen(const struct meeting *m,
				 struct seen_packets *g)
{
	bool here = g->taps >> m->tap & 1, resent = here;
	struct sighting *place;

	for (unsigned i = 0; i < g->kept; i++) {
		const struct sighting *at = seen_at(g, i);
		int64_t d = time_diff(m->s->time, at->time);

		if (at->tap == m->tap && at->mark == evidence_mark(m->s) &&
		    d < COPY_WINDOW && d > -COPY_WINDOW) {
			m->t->counters.duplicates++;
			m->t->tap[m->tap].duplicates++;
			return false;
		}
		/* At another tap: far more than clocks and wires explain. */
		if (d > 4 * COPY_WINDOW || d < -4 * COPY_WINDOW)
			resent = true;
	}
	g->taps |= 1ULL << m->tap;
	g->count++;
	place = evidence_place(m->t, g, !here);
	if (place) {
		evidence_sighting(m, place, resent);
		if (g->kept < FINDING_SIGHTINGS)
			g->kept++;
	}
	return resent;
}

/** evidence_later() - Keep the later one of two times */
static inline void evidence_later(struct timestamp *at, struct timestamp when)
{
	if (time_diff(when, *at) > 0)
		*at = when;
}

/** evidence_syn() - Keep what a SYN says */
static inline void evidence_syn(const struct meeting *m, struct flow *f)
{
	struct handshake *hs = f->hs;
	const struct segment *s = m->s;

	if (!hs)
		return;
	if (!(f->seen & SEEN_SYN)) {
		f->isn[0] = s->seq;
		hs->last_syn = s->time;
		hs->mss = s->mss;
		hs->window = s->window;
		hs->wscale = s->wscale;
		hs->sack = s->sack_permitted;
		hs->has_ts = s->has_timestamps;
		hs->ts_val = s->ts_val;
	}
	if (evidence_seen(m, &hs->syn))
		hs->syn_resent = true;
	if (m->t->live)
		live_event(m->t, hs);
	evidence_later(&hs->last_syn, s->time);
	/* Fast Open: resends come without the data. */
	if (s->payload > hs->syn_payload) {
		hs->syn_payload = s->payload;
		f->seen |= SYN_DATA;
	}
	f->seen |= SEEN_SYN;
}

/** evidence_answer() - Keep what a SYN-ACK says */
static inline void evidence_answer(const struct meeting *m, struct flow *f)
{
	struct handshake *hs = f->hs;

	f->isn[1] = m->s->seq;
	if (!hs)
		return;
	if (!(f->seen & SEEN_ANSWER)) {
		/* A RST that was taken for the answer is none any more. */
		hs->answer.taps = 0;
		hs->answer.count = 0;
		hs->answer.kept = 0;
		hs->answer_isn = m->s->seq;
		hs->last_answer = m->s->time;
	}
	if (evidence_seen(m, &hs->answer))
		hs->answer_resent = true;
	if (m->t->live)
		live_event(m->t, hs);
	evidence_later(&hs->last_answer, m->s->time);
	f->seen |= SEEN_ANSWER;
	f->seen &= (uint16_t)~SEEN_RST_ANSWER;
}

#endif /* FLOW_EVIDENCE_H */
