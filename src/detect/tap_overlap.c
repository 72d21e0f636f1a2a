/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap-overlap: taps of two circuits show the same frames
 */
#include "detect.h"
#include "tap.h"

#define ENOUGH 3 /* handshake packets */

static void look(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink)
{
	struct finding f;

	for (uint8_t a = 0; a < h->taps; a++) {
		for (uint8_t b = (uint8_t)(a + 1); b < h->taps; b++) {
			uint32_t n = flow_table_overlap(h->flows, a, b);

			if (n < ENOUGH)
				continue;
			detect_begin_tap(&f, topo, h, a, RULE_TAP_OVERLAP,
					 CAUSE_SAME_MIRROR_TWICE, n);
			f.other_tap = b;
			detect_emit(sink, &f);
		}
	}
}

const struct tap_detector detect_tap_overlap = {
	.rule = RULE_TAP_OVERLAP,
	.taps = look,
};
