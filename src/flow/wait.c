/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packet time, and what waits for it to pass
 *
 * DOC: Theory of operation
 *
 * Waiting is done in a few queues, each with one timeout, so that each queue
 * is in order of expiry and only heads are ever looked at.  Every flow begins
 * among the young; after a second it is over, or sound and settled, or goes
 * to the queue for what it has become.  A packet hardly ever moves its flow;
 * a head that had traffic goes back to the tail.  Queues are looked at when
 * the tick changes, so what expires depends on packet times alone, never on
 * the batch or the wall clock.
 *
 * A leap of time, or a million connections that began at once, would make one
 * segment wait for all that is due.  So no more than EXPIRE_AT_ONCE heads are
 * looked at when the tick changes; if more are due, each further segment takes
 * EXPIRE_EACH of them with it, which is more than the heads that segments can
 * bring about.
 */
#include "flow.h"

/* How long a flow may be silent, by queue. */
static const int64_t timeout_ms[QUEUES] = {
	[QUEUE_YOUNG] = 1000,	    [QUEUE_CLOSED] = 1000,
	[QUEUE_HALF_OPEN] = 180000, /* SYNs come at 1, 3 .. 63, 127 s */
	[QUEUE_ANSWERED] = 180000,  [QUEUE_MIDSTREAM] = 300000,
	[QUEUE_OPEN] = 3600000,	    [QUEUE_SETTLING] = 1000,
	[QUEUE_UNSOUND] = 60000,
};

void flow_wait(struct flow_table *t, struct flow *f, enum queue_id queue)
{
	TAILQ_REMOVE(&t->queue[f->queue], f, wait);
	TAILQ_INSERT_TAIL(&t->queue[queue], f, wait);
	t->waiting[f->queue]--;
	t->waiting[queue]++;
	f->queue = queue & 7;
	flow_queued(f, t->touch);
}

static void requeue(struct flow_table *t, struct flow *f, uint32_t since)
{
	flow_wait(t, f, f->queue);
	flow_queued(f, since);
}

/* Signed, since a flow may be touched by a leap that is not believed yet. */
static bool elapsed(const struct flow_table *t, uint32_t since, int64_t ms)
{
	return (int32_t)(t->tick - since) >= (int32_t)TICKS(ms);
}

static bool waited(const struct flow_table *t, const struct flow *f, int64_t ms)
{
	uint32_t top = 32 - QUEUED_BITS;

	return (int32_t)((t->tick - f->queued) << top) >= (int32_t)TICKS(ms)
								  << top;
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
	if (t->live)
		live_grown(t, f);
	if (!f->hs) {
		flow_wait(t, f,
			  f->seen & COUNTED ? QUEUE_OPEN : QUEUE_MIDSTREAM);
		flow_queued(f, f->last);
	} else if (!(f->seen & SEEN_SYN) || !(f->seen & SEEN_ANSWER)) {
		flow_wait(t, f, QUEUE_HALF_OPEN);
		flow_queued(f, f->last);
	} else if (!acked) {
		flow_wait(t, f, QUEUE_ANSWERED);
		flow_queued(f, f->last);
	} else if (!((f->seen & COMPLETED) && flow_settle(t, f->hs))) {
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
	bool closed = f->state == FLOW_CLOSED || f->state == FLOW_REFUSED;

	/* Who watches is told at once, though late copies are waited for. */
	if (closed && as == QUEUE_YOUNG && t->live)
		live_grown(t, f);
	if (closed)
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

#define EXPIRE_AT_ONCE 256
#define EXPIRE_EACH    3

static void expire(struct flow_table *t, unsigned most)
{
	t->overdue = false;
	for (unsigned q = 0; q < QUEUES; q++) {
		struct flow *f;

		while ((f = TAILQ_FIRST(&t->queue[q])) &&
		       waited(t, f, timeout_ms[q])) {
			if (!most--) {
				t->overdue = true;
				return;
			}
			flow_prefetch_next(f);
			head_expires(t, f);
		}
	}
}

static void expire_some(struct flow_table *t)
{
	expire(t, EXPIRE_AT_ONCE);
	if (t->live)
		live_run(t);
}

/* ----------------------------------------------------------------- time */

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
	expire_some(t);
	since_base = (uint64_t)t->tick << TICK_SHIFT;
	t->base.ns = (int64_t)((uint64_t)when.ns - since_base);
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

static void move_on(struct flow_table *t, struct timestamp when)
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
	expire_some(t);
}

void flow_advance(struct flow_table *t, struct timestamp when)
{
	if (t->overdue) {
		flow_leave_pending(t);
		expire(t, EXPIRE_EACH);
	}
	move_on(t, when);
	/* As long as anything is due, each segment comes by here. */
	t->tick_end.ns =
		t->overdue ? INT64_MIN
			   : t->base.ns + (int64_t)(((uint64_t)t->tick + 1)
						    << TICK_SHIFT);
}

void flow_table_advance(struct flow_table *t, struct timestamp now)
{
	if (t->started && now.ns > t->now.ns)
		flow_advance(t, now);
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
