/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules over the taps, once a run: can what they show be trusted
 *
 * DOC: Theory of operation
 *
 * A verdict that rests on the absence of a packet ("no answer came") is worth
 * what the taps are worth.  A tap that lost packets or shows one direction
 * only is unreliable: what rests on it is withheld, and the tap itself is a
 * finding, so that the next capture can be a better one.
 */
#include "detect.h"
#include "tap.h"

#include <string.h>

static const struct tap_detector *const detectors[] = {
	&detect_tap_one_way,  &detect_tap_overlap, &detect_tap_loss,
	&detect_tap_unmapped, &detect_tap_silent,  &detect_tap_apart,
};

void detect_taps(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink)
{
	for (size_t i = 0; i < ARRAY_SIZE(detectors); i++)
		detectors[i]->taps(topo, h, sink);
}

uint64_t detect_one_way(const struct tap_health *h)
{
	uint64_t taps = 0;

	for (unsigned i = 0; i < h->taps; i++) {
		if (detect_is_one_way(h->seen[i]))
			taps |= 1ULL << i;
	}
	return taps;
}

uint64_t detect_lossy(const struct tap_health *h)
{
	uint64_t taps = 0;

	for (unsigned i = 0; i < h->taps; i++) {
		if (h->drops[i])
			taps |= 1ULL << i;
	}
	return taps;
}

void detect_begin_tap(struct finding *f, const struct topo *topo,
		      const struct tap_health *h, uint8_t tap, enum rule rule,
		      enum cause cause, uint64_t count)
{
	memset(f, 0, sizeof(*f));
	f->time = h->first;
	f->last = h->last;
	f->rule = rule;
	f->severity = SEVERITY_WARNING;
	f->class = CLASS_INDETERMINATE;
	f->service = SERVICE_NONE;
	f->dropped_at = CIRCUIT_NONE;
	f->owner = CIRCUIT_NONE;
	f->circuit = topo_tap_circuit(topo, tap);
	f->tap = tap;
	f->other_tap = TAP_NONE;
	f->count = count;
	f->cause = (uint16_t)cause;
}
