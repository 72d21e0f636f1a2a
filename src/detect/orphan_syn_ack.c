/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * orphan-syn-ack: an answer to a SYN that no tap has seen
 */
#include "detect.h"

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	struct finding f;

	(void)topo;
	if (c->class != CLASS_ORPHAN_SYN_ACK)
		return;
	detect_begin(&f, c, RULE_ORPHAN_SYN_ACK, SEVERITY_INFO,
		     CAUSE_UNTAPPED_REQUEST);
	f.circuit = detect_first_circuit(c->answer_circuits);
	f.taps_missing = c->absent_taps;
	detect_emit(sink, &f);
}

const struct detector detect_orphan_syn_ack = {
	.rule = RULE_ORPHAN_SYN_ACK,
	.connection = look,
};
