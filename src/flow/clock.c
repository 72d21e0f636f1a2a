/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How taps stand to each other: their clocks, and whether they show the same
 *
 * DOC: Theory of operation
 *
 * A SYN is sent before its answer, and the answer before the client's ACK of
 * it, whatever the clocks say.  So each handshake that is seen at two taps
 * bounds the difference of their clocks: from the SYN at tap a to the answer
 * at tap b it cannot be more than what lies between the two stamps.  Closer
 * bounds come from copies: an answer passes two taps the other way round than
 * its SYN did, so the difference lies between what the copies of the one say
 * and those of the other.  The least bound in each direction encloses the
 * difference; its middle is the estimate, as in NTP, and half of its width is
 * what that may be wrong by.  Nothing is judged by it: it is shown, and makes round-trip times
 * over two taps comparable.
 *
 * A packet that two circuits carry has other MAC addresses and another TTL on
 * each.  Where both are the same on taps of two circuits, one mirrored port
 * feeds both.
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

/* An offset is told if it is right to this, or to a quarter of itself. */
#define GOOD_ENOUGH (5 * NSEC_PER_MSEC)

/* The least time from an event at tap a to a later one at tap b. */
struct clock_bound {
	int64_t least;
	uint32_t samples;
};

struct clocks {
	struct clock_bound bound[SITE_MAX_TAPS][SITE_MAX_TAPS];
};

void clock_new(struct flow_table *t)
{
	t->clocks = xcalloc(1, sizeof(*t->clocks));
}

void clock_free(struct flow_table *t)
{
	free(t->clocks);
}

/* The clock of @b is not farther ahead of that of @a than these stamps say. */
static void learn(struct flow_table *t, uint8_t a, struct timestamp at_a,
		  uint8_t b, struct timestamp at_b)
{
	struct clock_bound *m = &t->clocks->bound[a][b];
	int64_t d = time_diff(at_b, at_a);

	/* Clocks that are minutes apart are no clocks; and damage is likelier. */
	if (a == b || d > SECONDS(60) || d < -SECONDS(60))
		return;
	if (!m->samples++ || d < m->least)
		m->least = d;
}

static bool is_clear(const struct handshake *hs)
{
	return !hs->syn_resent && !hs->answer_resent;
}

/* The SYN of one flow and the answer of another, or of the same. */
static void learn_pair(struct flow_table *t, struct handshake *syn,
		       struct handshake *answer)
{
	for (unsigned i = 0; i < answer->answer.kept; i++) {
		const struct sighting *a = seen_at(&answer->answer, i);

		for (unsigned k = 0; k < syn->syn.kept; k++) {
			const struct sighting *s = seen_at(&syn->syn, k);

			learn(t, s->tap, s->time, a->tap, a->time);
		}
		if (syn->acked_at.ns)
			learn(t, a->tap, a->time, syn->acked_tap,
			      syn->acked_at);
	}
}

/* When the copies of a packet passed the taps. */
struct copies {
	uint64_t taps;
	struct timestamp at[SITE_MAX_TAPS];
};

static void add_copies(struct copies *c, struct seen_packets *g)
{
	for (unsigned i = 0; i < g->kept; i++) {
		const struct sighting *s = seen_at(g, i);

		if (!(c->taps >> s->tap & 1))
			c->at[s->tap] = s->time;
		c->taps |= 1ULL << s->tap;
	}
}

static void learn_copies(struct flow_table *t, struct handshake *hs)
{
	struct copies syn = {.taps = 0}, answer = {.taps = 0};
	struct handshake *at = hs;

	do {
		if (!is_clear(at))
			return;
		add_copies(&syn, &at->syn);
		add_copies(&answer, &at->answer);
		at = at->ring;
	} while (at != hs);
	for (uint64_t m = syn.taps & answer.taps; m; m &= m - 1) {
		uint8_t a = (uint8_t)__builtin_ctzll(m);

		for (uint64_t k = m & (m - 1); k; k &= k - 1) {
			uint8_t b = (uint8_t)__builtin_ctzll(k);
			const struct copies *more = &answer, *less = &syn;

			if (time_diff(syn.at[b], syn.at[a]) >
			    time_diff(answer.at[b], answer.at[a])) {
				more = &syn;
				less = &answer;
			}
			learn(t, a, more->at[a], b, more->at[b]);
			learn(t, b, less->at[b], a, less->at[a]);
		}
	}
}

void clock_learn(struct flow_table *t, struct handshake *hs)
{
	struct handshake *at = hs;

	if (!(hs->flow->seen & SEEN_SYN) || !is_clear(hs))
		return;
	learn_copies(t, hs);
	do {
		if ((at->flow->seen & SEEN_ANSWER) && is_clear(at))
			learn_pair(t, hs, at);
		at = at->ring;
	} while (at != hs);
}

bool clock_between(const struct flow_table *t, uint8_t a, uint8_t b,
		   int64_t *offset, int64_t *error)
{
	const struct clock_bound *there = &t->clocks->bound[a][b];
	const struct clock_bound *back = &t->clocks->bound[b][a];

	if (!there->samples || !back->samples)
		return false;
	*offset = (there->least - back->least) / 2;
	*error = (there->least + back->least) / 2;
	return true;
}

static bool same_frame(const struct sighting *a, const struct sighting *b)
{
	return a->has_mac && b->has_mac && a->ttl == b->ttl &&
	       a->mark == b->mark && !memcmp(a->src_mac, b->src_mac, 6) &&
	       !memcmp(a->dst_mac, b->dst_mac, 6);
}

/* A shared segment of no circuit shows what a circuit's tap does, too. */
static bool two_circuits(const struct flow_table *t, uint8_t a, uint8_t b)
{
	uint8_t of_a = t->tap_circuit[a], of_b = t->tap_circuit[b];

	return of_a != of_b && of_a != CIRCUIT_NONE && of_b != CIRCUIT_NONE;
}

static void count_overlap(struct flow_table *t, struct seen_packets *g)
{
	for (unsigned i = 0; i < g->kept; i++) {
		const struct sighting *a = seen_at(g, i);

		for (unsigned k = 0; k < i; k++) {
			const struct sighting *b = seen_at(g, k);

			if (two_circuits(t, a->tap, b->tap) && !a->resent &&
			    !b->resent && same_frame(a, b))
				t->overlap[a->tap][b->tap]++;
		}
	}
}

void overlap_learn(struct flow_table *t, struct handshake *hs)
{
	count_overlap(t, &hs->syn);
	count_overlap(t, &hs->answer);
}

static bool tellable(const struct flow_table *t, uint8_t a, uint8_t b,
		     int64_t *offset)
{
	int64_t error;

	return a != b && clock_between(t, a, b, offset, &error) &&
	       (error <= GOOD_ENOUGH || error <= llabs(*offset) / 4);
}

/*
 * Offsets are told against the first tap that shares a handshake with
 * another; from there they spread from tap to tap.
 */
void clock_publish(struct flow_table *t)
{
	bool known[SITE_MAX_TAPS] = {false};
	bool more = true;

	for (uint8_t a = 0; a < SITE_MAX_TAPS && more; a++) {
		for (uint8_t b = 0; b < SITE_MAX_TAPS; b++) {
			int64_t offset;

			if (tellable(t, a, b, &offset)) {
				known[a] = true;
				t->tap[a].offset_samples =
					t->clocks->bound[a][b].samples;
				more = false;
				break;
			}
		}
	}
	for (more = true; more;) {
		more = false;
		for (uint8_t a = 0; a < SITE_MAX_TAPS; a++) {
			for (uint8_t b = 0; known[a] && b < SITE_MAX_TAPS;
			     b++) {
				int64_t offset;

				if (known[b] || !tellable(t, a, b, &offset))
					continue;
				known[b] = more = true;
				t->tap[b].offset = t->tap[a].offset + offset;
				t->tap[b].offset_samples =
					t->clocks->bound[a][b].samples;
			}
		}
	}
}
