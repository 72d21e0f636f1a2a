/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unanswered: a SYN that nothing answers on any tap
 *
 * Alone it is everyday life.  With a source that escaped NAT it is the usual
 * end of the escape: the provider drops sources that are not advertised.  An
 * ICMP error about the SYN says who dropped it, and why.
 */
#include "detect.h"

/* What an ICMP error about a packet of the client says, the surest first. */
static enum cause cause_of(const struct connection *c)
{
	static const struct {
		enum icmp_kind kind;
		enum cause cause;
	} said[] = {
		{ICMP_ADMIN_PROHIBITED, CAUSE_FILTERED},
		{ICMP_PORT_UNREACHABLE, CAUSE_FILTERED},
		{ICMP_NET_UNREACHABLE, CAUSE_NOT_ROUTED},
		{ICMP_HOST_UNREACHABLE, CAUSE_NOT_ROUTED},
		{ICMP_TIME_EXCEEDED, CAUSE_ROUTING_LOOP},
		{ICMP_FRAG_NEEDED, CAUSE_PATH_MTU},
	};

	if (c->escapes)
		return CAUSE_SOURCE_NOT_ACCEPTED;
	for (size_t k = 0; k < ARRAY_SIZE(said); k++) {
		for (unsigned i = 0; i < c->icmp.kept; i++) {
			const struct icmp_error *e = &c->icmp.at[i];

			if (!e->of_server && e->kind == said[k].kind)
				return said[k].cause;
		}
	}
	return CAUSE_NO_ANSWER;
}

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	struct finding f;

	(void)topo;
	if (c->class != CLASS_UNANSWERED)
		return;
	detect_begin(&f, c, RULE_UNANSWERED,
		     c->escapes ? SEVERITY_WARNING : SEVERITY_INFO,
		     cause_of(c));
	f.circuit = detect_first_circuit(c->syn_circuits);
	f.taps_missing = c->absent_taps;
	detect_emit(sink, &f);
}

const struct detector detect_unanswered = {
	.rule = RULE_UNANSWERED,
	.connection = look,
};
