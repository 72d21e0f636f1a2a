/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which attempt of its tuple a segment belongs to
 *
 * DOC: Theory of operation
 *
 * The attempts on one 5-tuple hang in a chain, the newest first.  A SYN
 * belongs to the attempt with its ISN, a SYN-ACK to the one whose SYN it
 * acknowledges (RFC 9293, 3.10.7), anything else to the one whose sequence
 * numbers are nearest.  What fits nowhere begins an attempt of its own.
 *
 * Between taps nothing is in order: clocks differ and so do queues.  So a
 * SYN-ACK may come before its SYN (the attempt waits as an orphan), and data
 * before both (it waits as midstream for a second, and is then adopted by the
 * handshake that it belongs to).
 */
#include "attempt.h"

#include "state.h"

/* Data that came before its SYN is not farther from it than this. */
#define NEAR (1u << 20)

/* --------------------------------------------------------------- adoption */

static void swap_bits(uint16_t *seen, uint16_t a, uint16_t b)
{
	bool has_a = *seen & a, has_b = *seen & b;

	*seen &= (uint16_t) ~(a | b);
	*seen |= (uint16_t)((has_a ? b : 0) | (has_b ? a : 0));
}

#define SWAP(a_, b_)                                                           \
	do {                                                                   \
		typeof(a_) keep_ = (a_);                                       \
		(a_) = (b_);                                                   \
		(b_) = keep_;                                                  \
	} while (0)

/* The client of a midstream flow was a guess; the handshake knows better. */
static void turn_round(struct flow *f)
{
	struct flow_extra *x = flow_extra(f);

	f->client = !f->client;
	SWAP(f->dir_taps[0], f->dir_taps[1]);
	SWAP(f->isn[0], f->isn[1]);
	SWAP(f->acked[0], f->acked[1]);
	SWAP(f->packets[0], f->packets[1]);
	SWAP(f->last_tap[0], f->last_tap[1]);
	swap_bits(&f->seen, SEEN_ACK_CLIENT, SEEN_ACK_SERVER);
	swap_bits(&f->seen, SEEN_FIN_CLIENT, SEEN_FIN_SERVER);
	swap_bits(&f->seen, REMOTE_CLIENT, REMOTE_SERVER);
	if (!x)
		return;
	x->change.dir ^= 1;
	SWAP(x->change.packets_after[0], x->change.packets_after[1]);
	for (unsigned i = 0; i < x->icmp.kept; i++)
		x->icmp.at[i].of_server ^= 1;
}

static bool young_midstream(const struct flow *f)
{
	return !f->hs && !(f->seen & (SEEN_SYN | SEEN_ANSWER | COUNTED)) &&
	       f->queue == QUEUE_YOUNG;
}

/* Whether packets that came too early follow on this SYN or SYN-ACK. */
static bool follows(const struct flow *f, unsigned dir, uint32_t seq)
{
	uint16_t acked = dir ? SEEN_ACK_CLIENT : SEEN_ACK_SERVER;

	return (f->packets[dir] && f->isn[dir] - seq - 1 < NEAR) ||
	       ((f->seen & acked) && f->acked[!dir] - seq - 1 < NEAR);
}

static bool follows_ack(const struct flow *f, unsigned dir, uint32_t ack)
{
	return f->packets[!dir] && f->isn[!dir] - ack < NEAR;
}

static struct handshake *adopt(const struct meeting *m, struct flow *f,
			       bool from_client)
{
	if (meeting_dir(f, m->mark) != (from_client ? 0 : 1))
		turn_round(f);
	f->state = from_client ? FLOW_HALF_OPEN : FLOW_ORPHAN;
	return flow_attach(m->t, f, m->s->time);
}

/* A RST that came before the SYN: it answers it, or says nothing of it. */
static void adopted_rst(struct flow *f, const struct segment *syn)
{
	if ((f->seen & (SEEN_RST | SEEN_ACK_SERVER)) !=
		    (SEEN_RST | SEEN_ACK_SERVER) ||
	    f->packets[0])
		return;
	f->seen &= (uint16_t) ~(SEEN_RST | SEEN_ACK_SERVER);
	if (f->acked[1] - 1 - syn->seq > syn->payload)
		return;
	f->seen |= SEEN_RST | SEEN_RST_ANSWER;
	f->hs->answer.taps = f->dir_taps[1];
	f->hs->answer.count = f->packets[1];
	f->state = FLOW_REFUSED;
}

/* ------------------------------------------------------------------ lookup */

struct flow *attempt_of_syn_in(const struct meeting *m, struct flow *head)
{
	const struct segment *s = m->s;

	for (struct flow *f = head; f; f = flow_older(f)) {
		unsigned dir = meeting_dir(f, m->mark);

		if (f->seen & SEEN_SYN) {
			if (!dir && f->isn[0] == s->seq)
				return f;
			if (dir && f->hs && f->isn[1] == s->seq &&
			    (f->seen & (SIMULTANEOUS | SEEN_ANSWER)))
				return f;
			if (dir && f->hs && f->state == FLOW_HALF_OPEN &&
			    !(f->seen & SIMULTANEOUS) &&
			    time_diff(s->time, f->hs->started) < SECONDS(3))
				return f;
		} else if (f->seen & SEEN_ANSWER) {
			if (!dir && f->hs && f->hs->isn - s->seq <= s->payload)
				return f;
			if (dir && f->isn[1] == s->seq)
				return f; /* who answers opened, too */
		} else if (young_midstream(f) && follows(f, dir, s->seq)) {
			if (!adopt(m, f, true))
				return NULL;
			adopted_rst(f, s);
			return f;
		}
	}
	return NULL;
}

struct flow *attempt_of_answer(const struct meeting *m, struct flow *head)
{
	const struct segment *s = m->s;

	for (struct flow *f = head; f; f = flow_older(f)) {
		unsigned dir = meeting_dir(f, m->mark);

		if (f->seen & SEEN_SYN) {
			uint32_t payload = syn_payload(f);

			if (dir && s->ack - 1 - f->isn[0] <= payload)
				return f;
			if (!dir && s->seq == f->isn[0])
				return f; /* who opened answers, too */
		} else if (f->seen & SEEN_ANSWER) {
			if (f->hs && f->hs->isn == (dir ? s->ack - 1 : s->seq))
				return f;
		} else if (young_midstream(f) &&
			   (follows(f, dir, s->seq) ||
			    follows_ack(f, dir, s->ack))) {
			return adopt(m, f, false) ? f : NULL;
		}
	}
	return NULL;
}

static uint32_t distance(const struct flow *f, const struct flow_mark *mark,
			 const struct segment *s)
{
	unsigned dir = meeting_dir(f, mark);
	uint16_t known[2] = {SEEN_SYN, SEEN_ANSWER};

	if ((f->seen & known[dir]) || (!f->hs && f->packets[dir]))
		return s->seq - f->isn[dir];
	if ((f->seen & known[!dir]) && (s->flags & TCP_ACK))
		return s->ack - f->isn[!dir];
	return 1u << 31;
}

struct flow *attempt_nearest_of(const struct meeting *m, struct flow *head)
{
	struct flow *best = head;
	uint32_t least;

	least = distance(head, m->mark, m->s);
	for (struct flow *f = flow_older(head); f; f = flow_older(f)) {
		uint32_t d = distance(f, m->mark, m->s);

		if (d < least) {
			least = d;
			best = f;
		}
	}
	return best;
}

/* ------------------------------------------------------------- new attempts */

static unsigned attempts(const struct flow *head)
{
	unsigned n = 0;

	for (; head; head = flow_older(head))
		n++;
	return n;
}

struct flow *attempt_new(const struct meeting *m, struct flow *head,
			 bool from_client)
{
	uint8_t src = m->mark->swapped;
	struct flow *f, *oldest;

	if (head && head->state != FLOW_HALF_OPEN && head->state != FLOW_ORPHAN)
		state_close(m->t, head);
	f = flow_create(m->t, m->mark, m->key, head, from_client ? src : !src);
	if (attempts(f) > MAX_ATTEMPTS) {
		for (oldest = f; oldest->has_older;)
			oldest = flow_older(oldest);
		flow_over(m->t, oldest);
	}
	return f;
}
