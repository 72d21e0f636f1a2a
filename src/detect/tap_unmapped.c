/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap-unmapped: segments that belong to no tap of the site file
 */
#include "detect.h"
#include "tap.h"

static void look(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink)
{
	struct finding f;

	if (!h->unmapped)
		return;
	detect_begin_tap(&f, topo, h, TAP_NONE, RULE_TAP_UNMAPPED,
			 CAUSE_TAP_NOT_DECLARED, h->unmapped);
	detect_emit(sink, &f);
}

const struct tap_detector detect_tap_unmapped = {
	.rule = RULE_TAP_UNMAPPED,
	.taps = look,
};
