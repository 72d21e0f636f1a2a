/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Room at the cap
 *
 * DOC: Theory of operation
 *
 * At the cap, room is made in the order of what is lost least: flows that are
 * over anyway, then the oldest of those that may be a flood (half-open,
 * answered but not acknowledged, without a handshake: what there is most of),
 * and only then open ones, unless there is hardly anything else.  What leaves
 * early is counted; if its answer was not seen yet, it cannot be judged.
 */
#include "flow.h"

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
	flow_prefetch_next(f);
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
			flow_leave(t, at->flow);
		at = at->ring;
	} while (at != f->hs);
	flow_ring_over(t, f->hs);
}

void flow_make_room(struct flow_table *t)
{
	flow_leave_pending(t);
	while (t->flows >= t->max_flows)
		evict_one(t);
}
