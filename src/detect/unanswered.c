/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unanswered: a SYN that nothing answers on any tap
 *
 * Alone it is everyday life.  With a source that escaped NAT it is the usual
 * end of the escape: the provider drops sources that are not advertised.
 */
#include "detect.h"

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	struct finding f;

	(void)topo;
	if (c->class != CLASS_UNANSWERED)
		return;
	detect_begin(&f, c, RULE_UNANSWERED,
		     c->escapes ? SEVERITY_WARNING : SEVERITY_INFO,
		     c->escapes ? CAUSE_SOURCE_NOT_ACCEPTED : CAUSE_NO_ANSWER);
	f.circuit = detect_first_circuit(c->syn_circuits);
	f.taps_missing = c->absent_taps;
	detect_emit(sink, &f);
}

const struct detector detect_unanswered = {
	.rule = RULE_UNANSWERED,
	.connection = look,
};
