/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap-apart: a tap that captured when no other did
 *
 * DOC: Theory of operation
 *
 * Packets are put together by their times, so captures of one test window
 * overlap.  If they do not, they were taken one after the other, or a clock or
 * a time zone is off by more than the window is long; then every connection
 * falls into halves, and nothing is found for the wrong reason.
 *
 * Taps are walked in the order in which they begin.  Where all that began
 * before have ended for longer than a quiet circuit may be silent, the taps
 * fall into two crowds.  The crowd with most segments is taken for the test
 * window; each tap of another one is told, with the tap of the neighbouring
 * crowd that comes nearest to it.
 */
#include "detect.h"
#include "tap.h"

#include <stdlib.h>

/* Two tests of a quiet site, each over its own circuit, are nearer. */
#define APART (300 * NSEC_PER_SEC)

/** struct window - When a tap was capturing, and in which crowd it is */
struct window {
	int64_t from;
	int64_t to;
	uint8_t tap;
	uint8_t crowd;
};

static int by_begin(const void *pa, const void *pb)
{
	const struct window *a = pa, *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->tap - b->tap;
}

/* Return: how many taps have a window; w[] is in order, crowds are numbered */
static unsigned find_crowds(const struct tap_health *h, struct window *w)
{
	unsigned count = 0;
	uint8_t crowd = 0;
	int64_t end;

	for (unsigned i = 0; i < h->taps; i++) {
		if (h->timed >> i & 1)
			w[count++] = (struct window){h->from[i].ns, h->to[i].ns,
						     (uint8_t)i, 0};
	}
	qsort(w, count, sizeof(*w), by_begin);
	end = count ? w[0].to : 0;
	for (unsigned i = 1; i < count; i++) {
		if (w[i].from - APART > end)
			crowd++;
		w[i].crowd = crowd;
		end = w[i].to > end ? w[i].to : end;
	}
	return count;
}

/* The crowd with most segments; of equal ones the first. */
static uint8_t main_crowd(const struct tap_health *h, const struct window *w,
			  unsigned count)
{
	uint64_t segments[SITE_MAX_TAPS] = {0};
	uint8_t best = 0;

	for (unsigned i = 0; i < count; i++)
		segments[w[i].crowd] += h->seen[w[i].tap]->segments;
	for (unsigned i = 0; i < count; i++) {
		if (segments[w[i].crowd] > segments[best])
			best = w[i].crowd;
	}
	return best;
}

static int64_t distance(const struct window *a, const struct window *b)
{
	return a->from > b->to ? a->from - b->to : b->from - a->to;
}

/* There is another crowd. */
static const struct window *nearest(const struct window *w, unsigned count,
				    const struct window *of)
{
	const struct window *near = of;

	for (unsigned i = 0; i < count; i++) {
		if (w[i].crowd != of->crowd &&
		    (near == of || distance(of, &w[i]) < distance(of, near)))
			near = &w[i];
	}
	return near;
}

static void look(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink)
{
	struct window w[SITE_MAX_TAPS] = {{0}};
	unsigned count = find_crowds(h, w);
	uint8_t best = main_crowd(h, w, count);

	for (unsigned i = 0; i < count; i++) {
		const struct window *near;
		struct finding f;

		if (w[i].crowd == best)
			continue;
		near = nearest(w, count, &w[i]);
		detect_begin_tap(
			&f, topo, h, w[i].tap, RULE_TAP_APART, CAUSE_TAPS_APART,
			(uint64_t)(distance(&w[i], near) / NSEC_PER_SEC));
		f.other_tap = near->tap;
		f.time.ns = w[i].from;
		f.last.ns = w[i].to;
		detect_emit(sink, &f);
	}
}

const struct tap_detector detect_tap_apart = {
	.rule = RULE_TAP_APART,
	.taps = look,
};
