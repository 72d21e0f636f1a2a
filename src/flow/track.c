/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A segment meets its flow
 *
 * DOC: Theory of operation
 *
 * A SYN, a SYN-ACK and anything else each find their attempt (attempt.h) or
 * begin one, leave what they say (evidence.h), and see which step of the
 * states is due (state.h); then where the segment was seen is noted, of
 * whatever kind it is (path.h).  Only what has left the table just now is too
 * late for all that, and counted.
 */
#include "attempt.h"
#include "evidence.h"
#include "path.h"
#include "state.h"

static struct flow *take_syn(const struct meeting *m, struct flow *head)
{
	struct flow *f = attempt_of_syn(m, head);
	bool first;

	if (!f) {
		f = attempt_new(m, head, true);
		f->state = FLOW_HALF_OPEN;
		flow_attach(m->t, f, m->s->time);
	}
	if (meeting_dir(f, m->mark)) {
		/* Both ends have sent a SYN (RFC 9293, 3.5). */
		f->seen |= SIMULTANEOUS;
		f->isn[1] = m->s->seq;
		return f;
	}
	first = !(f->seen & SEEN_SYN);
	evidence_syn(m, f);
	if (first && f->hs) {
		link_look(m->t, f->hs, m->s->seq);
		link_remember_likely(m->t, f->hs);
	}
	state_answered(m, f);
	return f;
}

static struct flow *take_syn_ack(const struct meeting *m, struct flow *head)
{
	struct flow *f = attempt_of_answer(m, head);

	if (!f) {
		if (!head && gone_has(m->t, m->mark->hash))
			return NULL;
		f = attempt_new(m, head, false);
		f->state = FLOW_ORPHAN;
		flow_attach(m->t, f, m->s->time);
	}
	if (!meeting_dir(f, m->mark)) {
		f->seen |= SIMULTANEOUS;
		if (!(f->seen & SEEN_ANSWER))
			f->isn[1] = m->s->ack - 1;
		return f;
	}
	evidence_answer(m, f);
	if (f->hs && !f->hs->indexed)
		link_look(m->t, f->hs, m->s->ack - 1);
	state_answered(m, f);
	return f;
}

/* A SYN is only refused by a RST that acknowledges it (RFC 9293, 3.10.7.3). */
static void take_rst(const struct meeting *m, struct flow *f, unsigned dir)
{
	uint32_t payload = syn_payload(f);

	if (dir && f->hs && (f->seen & SEEN_SYN) &&
	    !(f->seen & (SEEN_ANSWER | SIMULTANEOUS))) {
		if (!(m->s->flags & TCP_ACK) ||
		    m->s->ack - 1 - f->isn[0] > payload)
			return;
		f->seen |= SEEN_RST_ANSWER;
		f->state = FLOW_REFUSED;
		evidence_seen(m, &f->hs->answer);
		evidence_later(&f->hs->last_answer, m->s->time);
	}
	f->seen |= SEEN_RST;
	state_close(m->t, f);
}

/* Anything without SYN. */
static struct flow *take_other(const struct meeting *m, struct flow *head)
{
	const struct segment *s = m->s;
	struct flow *f = attempt_nearest(m, head);
	unsigned dir;

	if (!f) {
		if (gone_has(m->t, m->mark->hash))
			return NULL;
		/* The lower port is the server's, until a handshake tells. */
		f = attempt_new(m, NULL, s->sport >= s->dport);
		f->state = FLOW_MIDSTREAM;
	}
	dir = meeting_dir(f, m->mark);
	if (f->state == FLOW_MIDSTREAM &&
	    (!f->packets[dir] || f->isn[dir] - s->seq < SEQUENCE_AHEAD))
		f->isn[dir] = s->seq;
	if (s->flags & TCP_RST) {
		if (s->flags & TCP_ACK && !f->hs) {
			f->acked[dir] = s->ack;
			f->seen |= (uint16_t)(SEEN_ACK_CLIENT << dir);
		}
		take_rst(m, f, dir);
		return f;
	}
	if (s->flags & TCP_ACK) {
		f->acked[dir] = s->ack;
		f->seen |= (uint16_t)(SEEN_ACK_CLIENT << dir);
		state_completed(m, f);
	}
	if (s->flags & TCP_FIN) {
		f->seen |= (uint16_t)(SEEN_FIN_CLIENT << dir);
		if ((f->seen & SEEN_FIN_SERVER) && (f->seen & SEEN_FIN_CLIENT))
			state_close(m->t, f);
	}
	return f;
}

void track_segment(struct flow_table *t, struct flow *head,
		   const struct flow_mark *mark, const uint8_t *key,
		   const struct segment *s)
{
	const struct meeting m = {t, mark, key, s, mark->tap};
	struct flow *f;

	/* No stack sends SYN and RST together. */
	if (!(s->flags & TCP_SYN) || (s->flags & TCP_RST))
		f = take_other(&m, head);
	else if (s->flags & TCP_ACK)
		f = take_syn_ack(&m, head);
	else
		f = take_syn(&m, head);
	if (!f) {
		t->counters.late++;
		return;
	}
	path_note(&m, f, meeting_dir(f, mark));
	/* RST, or the ACK of the second FIN. */
	if (f->state == FLOW_CLOSED && !(s->flags & (TCP_SYN | TCP_FIN)) &&
	    !s->payload)
		flow_leave_early(t, f);
}
