/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nat-off-plan: an inbound connection was translated, but not as its row says
 *
 * No source NAT at all is the matter of inbound-snat-missing.
 */
#include "detect.h"

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	enum nat_plan plan;
	struct finding f;
	size_t which;

	if (c->service == SERVICE_NONE || c->class == CLASS_OUT_OF_SCOPE ||
	    c->direction != DIRECTION_INBOUND)
		return;
	plan = topo_nat_plan(topo, c->service, c->syn.taps, c->original_taps,
			     c->tuple, c->tuples, &which);
	if (plan != NAT_WRONG_SOURCE && plan != NAT_WRONG_SERVER)
		return;
	detect_begin(&f, c, RULE_NAT_OFF_PLAN, SEVERITY_WARNING,
		     plan == NAT_WRONG_SOURCE ? CAUSE_OTHER_SNAT
					      : CAUSE_OTHER_SERVER);
	f.circuit = detect_first_circuit(c->syn_circuits);
	f.escaped = plan == NAT_WRONG_SOURCE ? c->tuple[which].client
					     : c->tuple[which].server;
	detect_emit(sink, &f);
}

const struct detector detect_nat_off_plan = {
	.rule = RULE_NAT_OFF_PLAN,
	.connection = look,
};
