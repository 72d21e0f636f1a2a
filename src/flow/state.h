/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps from state to state that more than one kind of segment can take
 *
 * States and legal steps are in <asymcap/flow.h>.  A step may be due to a
 * segment that came late, so each is looked for in what has been seen, not in
 * what has just come.
 */
#ifndef FLOW_STATE_H
#define FLOW_STATE_H

#include "meet.h"

static inline bool state_acks_after(uint32_t ack, uint32_t isn)
{
	return ack - isn - 1 < SEQUENCE_AHEAD;
}

/**
 * state_completed() - See whether the handshake is complete, and open the flow
 *
 * It is complete when the client has acknowledged the server's ISN, or the
 * server something that the client sent after its SYN.
 */
static inline void state_completed(const struct meeting *m, struct flow *f)
{
	struct flow_table *t = m->t;
	uint32_t beyond;

	if ((f->seen & (COMPLETED | SEEN_SYN | SEEN_ANSWER)) !=
	    (SEEN_SYN | SEEN_ANSWER))
		return;
	if (!((f->seen & SEEN_ACK_CLIENT) &&
	      (state_acks_after(f->acked[0], f->isn[1]) ||
	       (f->hs && state_acks_after(f->acked[0], f->hs->answer_isn))))) {
		beyond = syn_payload(f) + 1;
		if (!(f->seen & SEEN_ACK_SERVER) ||
		    !state_acks_after(f->acked[1], f->isn[0] + beyond))
			return;
	}
	f->seen |= COMPLETED;
	if (f->hs && !(m->s->flags & TCP_SYN) && !meeting_dir(f, m->mark)) {
		f->hs->acked_at = m->s->time;
		f->hs->acked_tap = m->tap;
	}
	if (f->state == FLOW_ANSWERED || f->state == FLOW_HALF_OPEN) {
		f->state = FLOW_OPEN;
		if (f->queue == QUEUE_HALF_OPEN || f->queue == QUEUE_ANSWERED)
			flow_wait(t, f, QUEUE_SETTLING);
	}
}

/** state_close() - Both ends are through with it, or it was reset */
static inline void state_close(struct flow_table *t, struct flow *f)
{
	if (f->state != FLOW_REFUSED)
		f->state = FLOW_CLOSED;
	/* The young and the settling are looked at every second anyway. */
	if (f->queue != QUEUE_CLOSED && f->queue != QUEUE_YOUNG &&
	    f->queue != QUEUE_SETTLING)
		flow_wait(t, f, QUEUE_CLOSED);
}

/** state_answered() - See whether a flow has SYN and answer, and what follows */
static inline void state_answered(const struct meeting *m, struct flow *f)
{
	if (!(f->seen & SEEN_SYN) || !(f->seen & SEEN_ANSWER))
		return;
	if (f->state == FLOW_HALF_OPEN || f->state == FLOW_ORPHAN ||
	    f->state == FLOW_REFUSED) {
		f->state = FLOW_ANSWERED;
		if (f->queue == QUEUE_HALF_OPEN || f->queue == QUEUE_CLOSED)
			flow_wait(m->t, f, QUEUE_SETTLING);
	}
	state_completed(m, f);
}

#endif /* FLOW_STATE_H */
