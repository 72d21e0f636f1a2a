/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * path-change: a direction of an open connection moved to another circuit
 *
 * A failover that works is news, not a fault.  It is a fault when the
 * connection does not survive it: a reset, or one side that goes on sending
 * while nobody says to have got it.
 */
#include "detect.h"

#define STALLED 3 /* packets into the void */

static bool died(const struct connection *c)
{
	const struct path_change *x = &c->change;

	/* Clocks differ: all of a short answer may be stamped before the move. */
	return c->reset || (!c->closed && x->packets_after[x->dir] >= STALLED &&
			    !x->answered);
}

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	struct finding f;

	(void)topo;
	if (!c->moved || c->class == CLASS_OUT_OF_SCOPE ||
	    c->class == CLASS_MIXED)
		return;
	detect_begin(&f, c, RULE_PATH_CHANGE,
		     died(c) ? SEVERITY_WARNING : SEVERITY_INFO,
		     CAUSE_MOVED_PATH);
	f.time = c->change.at.time;
	f.syn_circuits = 1ULL << c->change.from;
	f.answer_circuits = 1ULL << c->change.to;
	f.circuit = c->change.to;
	f.tap = c->change.at.tap;
	f.count = c->change.packets_after[c->change.dir];
	detect_emit(sink, &f);
}

const struct detector detect_path_change = {
	.rule = RULE_PATH_CHANGE,
	.connection = look,
};
