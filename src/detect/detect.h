/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the rules share: the table of them, and a finding's common part
 */
#ifndef DETECT_PRIVATE_H
#define DETECT_PRIVATE_H

#include <asymcap/detect.h>

/**
 * struct detector - One rule over connections
 * @rule:	Which
 * @connection:	Look at a connection; emit zero or more findings
 */
struct detector {
	enum rule rule;
	void (*connection)(const struct topo *topo, const struct connection *c,
			   const struct detect_sink *sink);
};

extern const struct detector detect_asymmetric_handshake;
extern const struct detector detect_asymmetric_flow;
extern const struct detector detect_path_change;
extern const struct detector detect_snat_escape;
extern const struct detector detect_inbound_snat_missing;
extern const struct detector detect_unanswered;
extern const struct detector detect_orphan_syn_ack;
extern const struct detector detect_off_plan;
extern const struct detector detect_nat_off_plan;

/**
 * detect_begin() - A finding with all that it takes from its connection
 * @f:		Result, whole
 * @c:		Connection
 * @rule:	Rule
 * @severity:	Severity
 * @cause:	Cause
 */
void detect_begin(struct finding *f, const struct connection *c, enum rule rule,
		  enum severity severity, enum cause cause);

/** detect_emit() - Hand a finding on */
static inline void detect_emit(const struct detect_sink *sink,
			       const struct finding *f)
{
	sink->finding(sink->arg, f);
}

/** detect_first_circuit() - Lowest circuit of a set, or CIRCUIT_NONE */
uint8_t detect_first_circuit(uint64_t circuits);

#endif /* DETECT_PRIVATE_H */
