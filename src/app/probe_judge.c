/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What became of an attempt
 *
 * DOC: Theory of operation
 *
 * This host knows what came back; the taps know which way it went.  The path
 * is judged first: an answer over another circuit, or a source that is not the
 * circuit's, is a fault even where a connection comes about today.  Then
 * counts what came back.  Where nothing did, a circuit that saw the packet on
 * one side of its edge only has dropped it, if its taps can be trusted.
 *
 * A raw SYN is answered, and this host's RST ends it at once.  To the flow
 * table that is a broken handshake; it is none of the network's.
 */
#include "probe.h"

#include <asymcap/detect.h>

#include <string.h>

struct keep {
	struct report_probe *p;
};

static bool answered_here(const struct report_probe *p)
{
	return p->attempt && p->attempt->answer;
}

static void keep_finding(void *arg, const struct finding *f)
{
	struct report_probe *p = ((struct keep *)arg)->p;

	/* What came back to this host was answered, whoever saw it. */
	if (f->rule == RULE_UNANSWERED &&
	    (answered_here(p) || p->dropped_at != CIRCUIT_NONE ||
	     f->cause == CAUSE_NO_ANSWER))
		return;
	/* A trace runs out of hops on purpose. */
	if (f->cause == CAUSE_ROUTING_LOOP && p->attempt && p->attempt->trace)
		return;
	if (p->findings < REPORT_PROBE_FINDINGS)
		p->finding[p->findings++] = *f;
}

/* The circuit that ate the SYN or its answer. */
static void find_drop(struct report_probe *p, const struct topo *topo,
		      uint64_t live, uint64_t blind)
{
	const struct connection *c = p->seen;
	bool connected = p->attempt ? p->attempt->answer != PROBE_NO_ANSWER
				    : c->impact == IMPACT_WORKING;
	uint64_t seen = c->answer.taps;
	uint64_t taps;
	uint8_t at;

	if (connected)
		return;
	at = topo_one_sided(topo, seen);
	p->answer_dropped = at != CIRCUIT_NONE;
	/* What was answered was not dropped. */
	if (at == CIRCUIT_NONE && !c->answer.count)
		at = topo_one_sided(topo, c->syn.taps);
	if (at == CIRCUIT_NONE)
		return;
	taps = topo_circuit_taps(topo, at);
	if ((taps & ~live) || (taps & blind))
		return;
	p->dropped_at = at;
}

static enum probe_outcome by_host(const struct report_probe *p)
{
	switch (p->attempt->answer) {
	case PROBE_SYN_ACK:
		return PROBE_CONNECTED;
	case PROBE_RST:
		return PROBE_REFUSED;
	case PROBE_ICMP:
		return PROBE_FILTERED;
	default:
		break;
	}
	if (p->attempt->error)
		return PROBE_NOT_SENT;
	return p->dropped_at == CIRCUIT_NONE ? PROBE_SILENT : PROBE_DROPPED;
}

static enum probe_outcome by_taps(const struct report_probe *p)
{
	const struct connection *c = p->seen;

	if (!c)
		return PROBE_SILENT;
	if (c->answer_is_rst)
		return PROBE_REFUSED;
	if (c->completed || c->impact == IMPACT_WORKING)
		return PROBE_CONNECTED;
	return p->dropped_at == CIRCUIT_NONE ? PROBE_SILENT : PROBE_DROPPED;
}

static enum probe_outcome outcome_of(const struct report_probe *p)
{
	const struct connection *c = p->seen;

	if (c && c->class == CLASS_ASYMMETRIC)
		return PROBE_ASYMMETRIC;
	if (c && c->escapes)
		return PROBE_ESCAPED;
	return p->attempt ? by_host(p) : by_taps(p);
}

/* Whether the taps say which way it went. */
static bool judged(const struct report_probe *p, uint64_t blind)
{
	const struct connection *c = p->seen;

	if (p->outcome == PROBE_ASYMMETRIC || p->outcome == PROBE_ESCAPED ||
	    p->outcome == PROBE_DROPPED)
		return true;
	if (!c || !c->syn_circuits)
		return false;
	if (p->outcome == PROBE_CONNECTED || p->outcome == PROBE_REFUSED)
		return c->answer_circuits;
	return p->outcome == PROBE_FILTERED || !blind;
}

static bool planned(const struct report_probe *p)
{
	if (p->outcome != PROBE_CONNECTED || p->off_via)
		return false;
	for (unsigned i = 0; i < p->findings; i++) {
		if (p->finding[i].severity >= SEVERITY_WARNING)
			return false;
	}
	return true;
}

void probe_judge(struct report_probe *p, const struct topo *topo,
		 struct connection *c, const struct probe_context *x)
{
	struct keep keep = {p};
	const struct detect_sink sink = {keep_finding, &keep};

	p->dropped_at = CIRCUIT_NONE;
	p->seen = c;
	if (c) {
		find_drop(p, topo, x->live, x->blind);
		c->dropped_at = p->dropped_at;
		if (x->raw && p->attempt &&
		    p->attempt->answer == PROBE_SYN_ACK &&
		    c->impact == IMPACT_BROKEN)
			c->impact = IMPACT_UNKNOWN;
		detect_connection(topo, c, &sink);
		if (x->via != CIRCUIT_NONE)
			p->off_via = c->syn_circuits != 1ULL << x->via;
	}
	p->outcome = outcome_of(p);
	p->judged = judged(p, x->blind);
	p->planned = planned(p);
}
