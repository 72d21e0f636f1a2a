/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymmetric-handshake: the SYN took one circuit, its answer another
 *
 * DOC: Theory of operation
 *
 * The class says that it happened; the cause is read from who opened the
 * connection and from what the plan says of its addresses.  Inbound, the
 * reply left by the route that the server's segment prefers: the original
 * source was to be hidden by source NAT at the edge (the planning guide's
 * Problem 1 over the Internet, Problem 2 over ExpressRoute).  Outbound, the
 * provider answered where it saw the source address advertised: either the
 * address belongs to the answering circuit, or it is reachable over both.
 */
#include "detect.h"

static bool circuit_has(const struct site_circuit *c, const struct addr *a)
{
	const struct site_prefixes *lists[] = {&c->nat_pools, &c->advertised};

	for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
		for (size_t i = 0; i < lists[k]->count; i++) {
			if (prefix_has(&lists[k]->item[i].prefix, a))
				return true;
		}
	}
	return false;
}

static bool any_has(const struct topo *topo, uint64_t circuits,
		    const struct addr *a)
{
	const struct site *site = topo_site(topo);

	for (; circuits; circuits &= circuits - 1) {
		if (circuit_has(&site->circuit[__builtin_ctzll(circuits)], a))
			return true;
	}
	return false;
}

static enum cause cause_of(const struct topo *topo, const struct connection *c)
{
	const struct site *site = topo_site(topo);
	const struct addr *client = &c->tuple[0].client;
	uint8_t in = detect_first_circuit(c->syn_circuits);

	if (c->direction == DIRECTION_INBOUND) {
		if (in != CIRCUIT_NONE &&
		    site->circuit[in].kind == CIRCUIT_EXPRESSROUTE)
			return CAUSE_NO_INBOUND_SNAT_ER;
		return CAUSE_NO_INBOUND_SNAT;
	}
	if (!any_has(topo, c->answer_circuits, client))
		return CAUSE_REPLY_OTHER_CIRCUIT;
	return any_has(topo, c->syn_circuits, client) ? CAUSE_SHARED_POOL
						      : CAUSE_WRONG_POOL;
}

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	struct finding f;

	if (c->class != CLASS_ASYMMETRIC)
		return;
	detect_begin(&f, c, RULE_ASYMMETRIC_HANDSHAKE,
		     c->impact == IMPACT_BROKEN ? SEVERITY_CRITICAL
						: SEVERITY_WARNING,
		     cause_of(topo, c));
	f.circuit = detect_first_circuit(c->answer_circuits);
	detect_emit(sink, &f);
}

const struct detector detect_asymmetric_handshake = {
	.rule = RULE_ASYMMETRIC_HANDSHAKE,
	.connection = look,
};
