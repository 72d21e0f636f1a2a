/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A flow that is over, and the connection that it was
 *
 * DOC: Theory of operation
 *
 * A flow leaves its queue and its tuple at once.  Its evidence waits until all
 * flows of the connection are over; then they are judged together, handed up
 * if there is anything to say, and freed.  Three shorter ways spare memory: a
 * plainly sound connection goes with its last ACK, one that is open and sound
 * is counted and loses its evidence, and one without a handshake never had
 * any.
 */
#include "flow.h"

/* Each connection once: when it is over, or as it settles. */
static void count(struct flow_table *t, const struct connection *c)
{
	t->counters.connections[c->class]++;
	if (t->stats)
		stats_take(t, c);
	if (t->sink.counted)
		t->sink.counted(t->sink.arg, c);
}

static void hand_up(struct flow_table *t, const struct connection *c,
		    bool counted)
{
	if (!counted)
		count(t, c);
	if (t->sink.all || !judge_sound(t, c))
		t->sink.connection(t->sink.arg, c);
}

static void count_plainly_sound(struct flow_table *t, struct handshake *hs)
{
	t->counters.connections[CLASS_SYMMETRIC]++;
	if (t->stats)
		stats_take_plain(t, hs);
}

static bool one_tap(const struct handshake *hs)
{
	uint64_t taps = hs->syn.taps | hs->answer.taps;

	return !(taps & (taps - 1));
}

/* What a connection says of its taps, before its evidence goes. */
static void learn_from_ring(struct flow_table *t, struct handshake *hs)
{
	struct handshake *at = hs;

	do {
		if (at->ring != at || !one_tap(at)) {
			clock_learn(t, at);
			overlap_learn(t, at);
		}
		at = at->ring;
	} while (at != hs);
}

/* All flows of a connection have ended. */
void flow_ring_over(struct flow_table *t, struct handshake *hs)
{
	struct connection c;
	struct handshake *at = hs, *next;

	learn_from_ring(t, hs);
	if (judge_plainly_sound(t, hs)) {
		count_plainly_sound(t, hs);
		flow_free(t, hs->flow);
		return;
	}
	judge_ring(t, hs, &c);
	hand_up(t, &c, false);
	do {
		next = at->ring;
		flow_free(t, at->flow);
		at = next;
	} while (at != hs);
}

static bool ring_ended(const struct handshake *hs)
{
	const struct handshake *at = hs;

	do {
		if (!at->over)
			return false;
		at = at->ring;
	} while (at != hs);
	return true;
}

/*
 * Whether a tap shows both directions.  A flow that goes on in one direction
 * proves that the other one exists; if it was seen nowhere, the mirrors show
 * half of the traffic.
 */
static void count_sides(struct flow_table *t, const struct flow *f)
{
	uint64_t both = f->dir_taps[0] & f->dir_taps[1], one = 0;
	bool alone = !f->hs || f->hs->ring == f->hs;

	if (alone && !f->dir_taps[1] && (f->seen & SEEN_ACK_CLIENT) &&
	    f->packets[0] >= 3)
		one = f->dir_taps[0];
	else if (alone && !f->dir_taps[0] && (f->seen & SEEN_ACK_SERVER) &&
		 f->packets[1] >= 3)
		one = f->dir_taps[1];
	for (; both; both &= both - 1)
		t->tap[__builtin_ctzll(both)].two_sided++;
	for (; one; one &= one - 1)
		t->tap[__builtin_ctzll(one)].one_sided++;
}

void flow_leave(struct flow_table *t, struct flow *f)
{
	count_sides(t, f);
	TAILQ_REMOVE(&t->queue[f->queue], f, wait);
	t->waiting[f->queue]--;
	flow_leave_tuple(t, f);
	if (f->hs)
		f->hs->over = true;
}

void flow_over(struct flow_table *t, struct flow *f)
{
	struct connection c;

	flow_leave(t, f);
	if (f->hs) {
		link_likely(t, f->hs);
		if (ring_ended(f->hs))
			flow_ring_over(t, f->hs);
		return;
	}
	if (!(f->seen & COUNTED) || f->has_extra) {
		judge_midstream(t, f, &c);
		hand_up(t, &c, f->seen & COUNTED);
	}
	flow_free(t, f);
}

/*
 * Taking a flow out touches its neighbours in the queue and in uthash's list
 * of all items, and its evidence: all of it cold.  So it is asked for now,
 * and used some segments later, or when one of its tuple or of its ISN comes,
 * a flow must make room, or a tick is over.  So it looks as if it had left at
 * once, and batches leave no trace.
 */
void flow_leave_early(struct flow_table *t, struct flow *f)
{
	if (f->leaving || t->leaving_count == ARRAY_SIZE(t->leaving))
		return;
	f->leaving = true;
	t->leaving_at[t->leaving_count] = t->now;
	t->leaving[t->leaving_count++] = f;
	/* In the table and in the queue it mostly has the same neighbours. */
	__builtin_prefetch(f->wait.tqe_prev);
	__builtin_prefetch(f->wait.tqe_next);
	for (size_t i = 0; f->hs && i < sizeof(*f->hs); i += 64)
		__builtin_prefetch((const char *)f->hs + i);
	gone_prefetch(t, f->hh.hashv);
}

static void leave_now(struct flow_table *t, struct flow *f,
		      struct timestamp closed)
{
	uint32_t hash = f->hh.hashv;

	f->leaving = false;
	if (f->state != FLOW_CLOSED || f->has_older || f->has_extra ||
	    !(f->seen & IN_TABLE))
		return;
	if (f->hs) {
		if (time_diff(closed, f->hs->started) < SKEW ||
		    !judge_plainly_sound(t, f->hs))
			return;
	} else if (!(f->seen & COUNTED)) {
		return;
	}
	gone_add(t, hash);
	flow_over(t, f);
}

void flow_leave_pending(struct flow_table *t)
{
	for (size_t i = 0; i < t->leaving_count; i++) {
		if (t->leaving[i])
			leave_now(t, t->leaving[i], t->leaving_at[i]);
	}
	t->leaving_count = 0;
}

/*
 * A connection that is open, symmetric and translated as planned needs its
 * evidence no longer: count it, and keep the bare flows.
 */
bool flow_settle(struct flow_table *t, struct handshake *hs)
{
	struct handshake *at = hs, *next;
	struct connection c;

	if (t->sink.all)
		return false;
	if (judge_plainly_sound(t, hs)) {
		count_plainly_sound(t, hs);
	} else {
		judge_ring(t, hs, &c);
		if (!judge_sound(t, &c) || c.class != CLASS_SYMMETRIC ||
		    c.impact != IMPACT_WORKING)
			return false;
		count(t, &c);
	}
	learn_from_ring(t, hs);
	do {
		struct flow *f = at->flow;

		next = at->ring;
		f->seen |= COUNTED;
		if (at->over) {
			flow_free(t, f);
		} else {
			flow_free_evidence(t, f);
			if (f->state == FLOW_OPEN)
				flow_wait(t, f, QUEUE_OPEN);
		}
		at = next;
	} while (at != hs);
	return true;
}
