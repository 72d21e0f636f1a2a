/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymmetric-flow: no handshake was seen, but both directions were, on
 * circuits that have nothing in common
 */
#include "detect.h"

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	uint64_t there = topo_circuits(topo, c->path_taps[0]);
	uint64_t back = topo_circuits(topo, c->path_taps[1]);
	struct finding f;

	if (c->class != CLASS_MIDSTREAM || !there || !back || (there & back) ||
	    topo_one_domain(topo, there | back))
		return;
	detect_begin(&f, c, RULE_ASYMMETRIC_FLOW, SEVERITY_WARNING,
		     CAUSE_MIDSTREAM_ASYMMETRY);
	f.syn_circuits = there;
	f.answer_circuits = back;
	f.count = c->packets[0] + c->packets[1];
	f.circuit = detect_first_circuit(back);
	detect_emit(sink, &f);
}

const struct detector detect_asymmetric_flow = {
	.rule = RULE_ASYMMETRIC_FLOW,
	.connection = look,
};
