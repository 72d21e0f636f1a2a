/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snat-escape: a packet left the site with a source that no plan gives it
 *
 * A private source on a SYN or SYN-ACK means that no NAT rule matched the
 * connection; on a late FIN, RST or ACK it mostly means that the NAT's state
 * ended before the connection did, which is untidy but breaks nothing.  A
 * connection that begins with one and works says more of the tap than of the
 * NAT: nobody routes such a source back.
 */
#include "detect.h"

static enum severity severity_of(const struct escape *e)
{
	switch (e->reason) {
	case ESCAPE_WRONG_POOL:
		return SEVERITY_CRITICAL;
	case ESCAPE_PRIVATE:
		return e->phase == PHASE_SYN || e->phase == PHASE_SYN_ACK
			       ? SEVERITY_CRITICAL
			       : SEVERITY_WARNING;
	case ESCAPE_UNKNOWN:
	case ESCAPE_NONE:
		break;
	}
	return SEVERITY_WARNING;
}

static enum cause cause_of(const struct connection *c, const struct escape *e)
{
	bool handshake = e->phase == PHASE_SYN || e->phase == PHASE_SYN_ACK;

	switch (e->reason) {
	case ESCAPE_WRONG_POOL:
		return CAUSE_WRONG_POOL;
	case ESCAPE_PRIVATE:
		return handshake && c->impact == IMPACT_WORKING
			       ? CAUSE_NAT_FARTHER_OUT
			       : CAUSE_NO_NAT_RULE;
	case ESCAPE_UNKNOWN:
	case ESCAPE_NONE:
		break;
	}
	return CAUSE_UNDECLARED_SOURCE;
}

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	struct finding f;

	(void)topo;
	for (unsigned i = 0; i < c->escapes; i++) {
		const struct escape *e = &c->escape[i];

		detect_begin(&f, c, RULE_SNAT_ESCAPE, severity_of(e),
			     cause_of(c, e));
		f.time = e->first.time;
		f.reason = e->reason;
		f.phase = e->phase;
		f.circuit = e->circuit;
		f.owner = e->owner;
		f.escaped = e->address;
		f.count = e->count;
		f.tap = e->first.tap;
		/* A flow without a handshake has this packet to show. */
		if (!f.syn.kept && !f.syn_ack.kept) {
			f.syn.at[0] = e->first;
			f.syn.kept = 1;
			f.syn.count = (uint32_t)e->count;
		}
		detect_emit(sink, &f);
	}
}

const struct detector detect_snat_escape = {
	.rule = RULE_SNAT_ESCAPE,
	.connection = look,
};
