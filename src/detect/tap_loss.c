/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap-loss: the capture itself says that it lost packets
 */
#include "detect.h"
#include "tap.h"

static void look(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink)
{
	struct finding f;

	for (uint8_t i = 0; i < h->taps; i++) {
		if (!h->drops[i])
			continue;
		detect_begin_tap(&f, topo, h, i, RULE_TAP_LOSS,
				 CAUSE_CAPTURE_LOSS, h->drops[i]);
		detect_emit(sink, &f);
	}
}

const struct tap_detector detect_tap_loss = {
	.rule = RULE_TAP_LOSS,
	.taps = look,
};
