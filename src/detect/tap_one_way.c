/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap-one-way: connections go on here of which no tap shows the other half
 *
 * That a tap saw one direction only proves nothing: the other one may be the
 * very asymmetry that is looked for, and then another tap shows it.  But a
 * client that acknowledges what no tap has seen proves that a mirror is blind.
 */
#include "detect.h"
#include "tap.h"

#define ENOUGH 3 /* connections */

bool detect_is_one_way(const struct flow_tap *seen)
{
	return seen->one_sided >= ENOUGH &&
	       seen->two_sided * 20 < seen->one_sided;
}

static void look(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink)
{
	struct finding f;

	for (uint8_t i = 0; i < h->taps; i++) {
		if (!detect_is_one_way(h->seen[i]))
			continue;
		detect_begin_tap(&f, topo, h, i, RULE_TAP_ONE_WAY,
				 CAUSE_ONE_WAY_TAP, h->seen[i]->one_sided);
		detect_emit(sink, &f);
	}
}

const struct tap_detector detect_tap_one_way = {
	.rule = RULE_TAP_ONE_WAY,
	.taps = look,
};
