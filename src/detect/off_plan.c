/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * off-plan: a service's connection on a circuit that its row does not allow
 */
#include "detect.h"

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	uint64_t allowed, wrong;
	struct finding f;

	if (c->service == SERVICE_NONE || c->class == CLASS_OUT_OF_SCOPE)
		return;
	allowed = topo_site(topo)->service[c->service].circuits;
	wrong = c->syn_circuits & ~allowed;
	if (!allowed || !wrong)
		return;
	detect_begin(&f, c, RULE_OFF_PLAN, SEVERITY_WARNING, CAUSE_OFF_PLAN);
	f.circuit = detect_first_circuit(wrong);
	detect_emit(sink, &f);
}

const struct detector detect_off_plan = {
	.rule = RULE_OFF_PLAN,
	.connection = look,
};
