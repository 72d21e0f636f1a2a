/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules, one after the other, over each connection that is over
 *
 * DOC: Theory of operation
 *
 * flow says what happened to a connection; a rule says whether that is worth
 * an engineer's time, how bad it is, and what it points to.  Rules do not see
 * packets, do not see one another, and keep no state, so that a new one is a
 * file and a line in the table below.
 */
#include "detect.h"

#include <string.h>

static const struct detector *const detectors[] = {
	&detect_asymmetric_handshake, &detect_asymmetric_flow,
	&detect_path_change,	      &detect_snat_escape,
	&detect_inbound_snat_missing, &detect_unanswered,
	&detect_orphan_syn_ack,	      &detect_off_plan,
	&detect_nat_off_plan,
};

void detect_connection(const struct topo *topo, const struct connection *c,
		       const struct detect_sink *sink)
{
	for (size_t i = 0; i < ARRAY_SIZE(detectors); i++)
		detectors[i]->connection(topo, c, sink);
}

void detect_begin(struct finding *f, const struct connection *c, enum rule rule,
		  enum severity severity, enum cause cause)
{
	memset(f, 0, sizeof(*f));
	f->time = c->first;
	f->last = c->ended;
	f->rule = rule;
	f->severity = severity;
	f->impact = c->impact;
	f->class = c->class;
	f->direction = c->direction;
	f->confidence = c->confidence;
	f->service = c->service;
	f->has_tuple = true;
	f->tuples = c->tuples;
	memcpy(f->tuple, c->tuple, sizeof(f->tuple));
	f->isn = c->isn;
	f->syn_circuits = c->syn_circuits;
	f->answer_circuits = c->answer_circuits;
	f->answer_is_rst = c->answer_is_rst;
	f->answer = c->answer_tuple;
	f->dropped_at = c->dropped_at;
	f->syn = c->syn;
	f->syn_ack = c->answer;
	f->circuit = CIRCUIT_NONE;
	f->owner = CIRCUIT_NONE;
	f->count = 1;
	f->tap = TAP_NONE;
	f->other_tap = TAP_NONE;
	f->cause = (uint16_t)cause;
	f->icmp = c->icmp;
}

uint8_t detect_first_circuit(uint64_t circuits)
{
	return circuits ? (uint8_t)__builtin_ctzll(circuits) : CIRCUIT_NONE;
}
