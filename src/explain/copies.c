/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies at several taps are one packet
 *
 * DOC: Theory of operation
 *
 * What is alike in direction, flags, numbers, length and window, and not
 * further apart than clocks are, is one packet, seen at several taps; of
 * several that it may be, the one nearest in time that the tap has not shown
 * yet.  A packet stays open for copies for a while, or until too many are
 * open.  Open packets are kept in time order, and found by a keyed hash.
 *
 * Where clocks of taps are known to be more than a millisecond apart, they are
 * brought together before anything is compared.
 */
#include "private.h"

#include <stdlib.h>

#define OPEN	4096 /* packets that wait for copies, at most */
#define BUCKETS 4096 /* a power of two */
#define NONE	UINT16_MAX

/* Many packets may be alike, and the newest are asked first. */
#define LOOKED_AT 256

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

/**
 * struct copies - Open packets
 * @slot:	The packets; only as many as are open at once are ever touched
 * @next:	In the same bucket, or NONE
 * @order:	Slots of open packets, in time order
 * @spare:	Slots that are free, as a stack
 */
struct copies {
	const struct trace_how *how;
	struct hash_key hash;
	struct ladder_packet slot[OPEN];
	uint16_t next[OPEN];
	uint16_t order[OPEN];
	uint16_t spare[OPEN];
	uint16_t bucket[BUCKETS];
	size_t opened;
};
static_assert(OPEN < NONE, "a slot has a number");

struct copies *copies_new(const struct trace_how *how)
{
	struct copies *c = xcalloc(1, sizeof(*c));

	c->how = how;
	c->hash = hash_key_random();
	for (uint16_t i = 0; i < OPEN; i++)
		c->spare[i] = i;
	memset(c->bucket, 0xff, sizeof(c->bucket));
	return c;
}

void copies_free(struct copies *c)
{
	free(c);
}

struct timestamp copies_time(const struct copies *c, uint8_t tap,
			     struct timestamp t)
{
	int64_t off = c->how->offset[tap];

	if (off >= CLOCK_APART || off <= -CLOCK_APART)
		t.ns -= off;
	return t;
}

/* By what copies have in common. */
static uint16_t *bucket_of(struct copies *c, const struct ladder_packet *p)
{
	uint32_t words[] = {
		p->seq,
		p->ack,
		p->payload,
		(uint32_t)p->flags << 16 | p->window,
		(uint32_t)p->dir << 8 | p->icmp,
	};

	return &c->bucket[hash_words(&c->hash, words, ARRAY_SIZE(words)) &
			  (BUCKETS - 1)];
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
static struct ladder_packet *find(struct copies *c,
				  const struct ladder_packet *copy, bool *twice)
{
	struct ladder_packet *best = NULL;
	int64_t nearest = COPY_APART;
	unsigned looked_at = 0;

	*twice = false;
	for (uint16_t i = *bucket_of(c, copy);
	     i != NONE && looked_at++ < LOOKED_AT; i = c->next[i]) {
		struct ladder_packet *p = &c->slot[i];
		int64_t apart = copy->time.ns - p->time.ns;

		if (apart < 0)
			apart = -apart;
		if (apart > COPY_APART || !alike(p, copy))
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
static void move_up(struct copies *c, size_t at)
{
	uint16_t slot = c->order[at];

	while (at &&
	       c->slot[c->order[at - 1]].time.ns > c->slot[slot].time.ns) {
		c->order[at] = c->order[at - 1];
		at--;
	}
	c->order[at] = slot;
}

static void open_packet(struct copies *c, const struct ladder_packet *p)
{
	uint16_t slot = c->spare[c->opened], *bucket = bucket_of(c, p);

	c->slot[slot] = *p;
	c->next[slot] = *bucket;
	*bucket = slot;
	c->order[c->opened++] = slot;
	move_up(c, c->opened - 1);
}

static void keep_sighting(struct copies *c, struct ladder_packet *p,
			  const struct ladder_packet *copy)
{
	size_t at;

	if (p->kept == LADDER_SIGHTINGS)
		return;
	for (at = p->kept++; at; at--) {
		const struct ladder_sighting *g = &p->at[at - 1];

		if (copies_time(c, g->tap, g->time).ns <= copy->time.ns)
			break;
		p->at[at] = *g;
	}
	p->at[at] = copy->at[0];
}

static void join(struct copies *c, struct ladder_packet *p,
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
	keep_sighting(c, p, copy);
	if (copy->time.ns >= p->time.ns)
		return;
	p->time = copy->time;
	while (&c->slot[c->order[at]] != p)
		at++;
	move_up(c, at);
}

void copies_add(struct copies *c, const struct ladder_packet *copy)
{
	struct ladder_packet *p;
	bool twice;

	p = find(c, copy, &twice);
	if (p)
		join(c, p, copy, twice);
	else
		open_packet(c, copy);
}

bool copies_take(struct copies *c, struct timestamp now,
		 struct ladder_packet *p)
{
	uint16_t slot = c->order[0], *at;

	if (!c->opened)
		return false;
	if (c->opened < OPEN &&
	    c->slot[slot].time.ns >= now.ns - 2 * COPY_APART)
		return false;
	*p = c->slot[slot];
	for (at = bucket_of(c, p); *at != slot; at = &c->next[*at])
		;
	*at = c->next[slot];
	c->opened--;
	memmove(c->order, c->order + 1, c->opened * sizeof(c->order[0]));
	c->spare[c->opened] = slot;
	return true;
}
