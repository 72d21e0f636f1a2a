/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap-silent: a tap whose file or interface is there, and shows no segment
 *
 * A tap that this run was given nothing for is absent, not silent.
 */
#include "detect.h"
#include "tap.h"

static void look(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink)
{
	struct finding f;

	for (uint8_t i = 0; i < h->taps; i++) {
		if (h->seen[i]->segments || !(h->bound >> i & 1))
			continue;
		detect_begin_tap(&f, topo, h, i, RULE_TAP_SILENT,
				 CAUSE_TAP_SILENT, 0);
		detect_emit(sink, &f);
	}
}

const struct tap_detector detect_tap_silent = {
	.rule = RULE_TAP_SILENT,
	.taps = look,
};
