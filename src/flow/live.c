/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is certain of a connection before it is over
 *
 * DOC: Theory of operation
 *
 * A connection is judged when it is over, which may be hours after the packet
 * that decided it.  Whoever watches live wants to be told at once.  So, where
 * the sink takes notices, a connection is looked at while it goes on:
 *
 *  - when it is a second old, since by then all copies of its handshake have
 *    come from all taps, however their clocks and queues differ;
 *  - at the tick after a SYN or SYN-ACK was resent, or a source escaped;
 *  - when nothing has come for as long as is waited for anything (GIVE_UP).
 *
 * A look judges it with what is known now.  Class and impact are passed on
 * when no later packet is to change them (`decided'): the impact is known, or
 * nothing came for so long.  Till then only what is certain by itself is: an
 * escape.  What was told is remembered, so that it is not told again, and
 * what it rests on is held fast: a connection of which was said that nothing
 * answers stays unanswered, even if an answer comes after all.
 *
 * Nothing of this touches what a connection is counted as when it is over.
 * Not told early are moves of open connections (whether they survive it shows
 * at their end) and connections without a handshake, but for an escape in
 * their first second.
 *
 * Who is to be looked at when waits in slots of half a second, round and
 * round.  A slot holds bare pointers: evidence that was freed, or is another
 * connection's by now, costs a look and does no harm, since slabs keep their
 * memory.
 */
#include "flow.h"

#include <stdlib.h>

#define SLOT_SHIFT 3 /* ticks to slots */
#define SLOTS	   64
static_assert(((25000 * NSEC_PER_MSEC) >> (TICK_SHIFT + SLOT_SHIFT)) <
		      SLOTS - 1,
	      "GIVE_UP fits in a round of slots");

struct slot {
	struct handshake **at;
	size_t count;
	size_t room;
};

/**
 * struct live - Who is to be looked at
 * @slot:	By time
 * @hurried:	At the next tick
 * @now:	Slots so far
 * @watched:	How many pointers there are in all slots
 */
struct live {
	struct slot slot[SLOTS];
	struct slot hurried;
	uint32_t now;
	size_t watched;
};

struct live *live_new(void)
{
	return xcalloc(1, sizeof(struct live));
}

void live_free(struct live *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < SLOTS; i++)
		free(l->slot[i].at);
	free(l->hurried.at);
	free(l);
}

size_t live_bytes(const struct live *l)
{
	size_t n = 0;

	for (unsigned i = 0; l && i < SLOTS; i++)
		n += l->slot[i].room;
	return l ? sizeof(*l) + (n + l->hurried.room) * sizeof(void *) : 0;
}

static void slot_add(struct slot *s, struct handshake *hs)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->at = xrealloc(s->at, s->room, sizeof(*s->at));
	}
	s->at[s->count++] = hs;
}

static bool rests_on_silence(enum conn_class c)
{
	return c == CLASS_UNANSWERED || c == CLASS_ORPHAN_SYN_ACK;
}

/* Escape n of a connection, as judge counts them, is known to be told. */
static void remember_escapes(struct handshake *hs, uint32_t told)
{
	struct handshake *at = hs;
	unsigned n = 0;

	do {
		struct flow_extra *x = flow_extra(at->flow);

		for (unsigned i = 0; x && i < x->escapes; i++, n++) {
			if (n < CONNECTION_ESCAPES &&
			    (told >> NOTICE_ESCAPES >> n & 1))
				x->escape[i].told = true;
		}
		at = at->ring;
	} while (at != hs);
}

static void remember(struct handshake *hs, uint32_t told, uint8_t given_up)
{
	struct handshake *at = hs;

	remember_escapes(hs, told);
	do {
		at->told |= told;
		if (given_up)
			at->given_up = given_up;
		at = at->ring;
	} while (at != hs);
}

/* Return how long nothing was seen of it, or GIVE_UP where all is said. */
static int64_t look(struct flow_table *t, struct handshake *hs)
{
	struct connection c;
	int64_t silent;
	uint32_t told;

	judge_ring(t, hs, &c);
	silent = time_diff(t->now, c.ended);
	if (rests_on_silence(c.class))
		c.decided = silent >= GIVE_UP;
	else
		c.decided = c.impact != IMPACT_UNKNOWN;
	if (!judge_sound(t, &c)) {
		uint8_t given_up = 0;

		if (rests_on_silence(c.class) && c.decided)
			given_up = (uint8_t)c.class;
		else if (rests_on_silence(c.class))
			c.class = CLASS_INDETERMINATE;
		told = t->sink.notice(t->sink.arg, &c);
		remember(hs, told, given_up);
	}
	return c.decided ? GIVE_UP : silent;
}

static void watch(struct flow_table *t, struct handshake *hs, int64_t silent)
{
	struct live *l = t->live;
	int64_t left = GIVE_UP - silent;
	uint64_t ticks = (uint64_t)(left > 0 ? left : 0) >> TICK_SHIFT;

	/* Whoever finds no place is told when it is over. */
	if (hs->watched || l->watched >= 2 * t->max_flows)
		return;
	/* Two more: what is left of a tick, and of a slot. */
	ticks = (ticks >> SLOT_SHIFT) + 2;
	if (ticks >= SLOTS)
		ticks = SLOTS - 1;
	hs->watched = true;
	slot_add(&l->slot[(l->now + ticks) % SLOTS], hs);
	l->watched++;
}

static void look_and_watch(struct flow_table *t, struct handshake *hs)
{
	int64_t silent = look(t, hs);

	if (silent < GIVE_UP)
		watch(t, hs, silent);
}

/* Without a handshake nothing but an escape is certain. */
static void look_at_midstream(struct flow_table *t, struct flow *f)
{
	struct flow_extra *x = flow_extra(f);
	struct connection c;
	uint32_t told;

	if (!x || !x->escapes)
		return;
	judge_midstream(t, f, &c);
	c.decided = false;
	told = t->sink.notice(t->sink.arg, &c);
	x->told |= told;
	for (unsigned i = 0; i < x->escapes; i++)
		x->escape[i].told |= told >> NOTICE_ESCAPES >> i & 1;
}

void live_grown(struct flow_table *t, struct flow *f)
{
	struct handshake *hs = f->hs;
	bool both = (f->seen & SEEN_SYN) && (f->seen & SEEN_ANSWER);

	if (!hs)
		look_at_midstream(t, f);
	else if (!both && hs->ring == hs && !f->has_extra)
		watch(t, hs, time_diff(t->now, f->ended));
	else if (!judge_plainly_sound(t, hs))
		look_and_watch(t, hs);
}

void live_event(struct flow_table *t, struct handshake *hs)
{
	/* The young are looked at soon, and not before. */
	if (hs->hurried || hs->flow->queue == QUEUE_YOUNG)
		return;
	hs->hurried = true;
	slot_add(&t->live->hurried, hs);
}

/* A look may add to the slot that it is in. */
static void run_slot(struct flow_table *t, struct slot *s)
{
	struct slot due = *s;

	*s = (struct slot){0};
	for (size_t i = 0; i < due.count; i++) {
		struct handshake *hs = due.at[i];

		hs->watched = false;
		if (hs->live)
			look_and_watch(t, hs);
	}
	t->live->watched -= due.count;
	if (s->at) {
		free(due.at);
	} else {
		*s = due;
		s->count = 0;
	}
}

static void run_hurried(struct flow_table *t)
{
	struct slot *s = &t->live->hurried;

	for (size_t i = 0; i < s->count; i++) {
		struct handshake *hs = s->at[i];

		hs->hurried = false;
		if (hs->live)
			look_and_watch(t, hs);
	}
	s->count = 0;
}

void live_run(struct flow_table *t)
{
	struct live *l = t->live;
	uint32_t now = t->tick >> SLOT_SHIFT;
	unsigned rounds = 0;

	run_hurried(t);
	for (; l->now != now && rounds < SLOTS; rounds++) {
		l->now++;
		run_slot(t, &l->slot[l->now % SLOTS]);
	}
	l->now = now;
}
