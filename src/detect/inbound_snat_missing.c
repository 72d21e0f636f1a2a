/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inbound-snat-missing: an original source shows up inside
 *
 * DOC: Theory of operation
 *
 * Source NAT of inbound connections is what brings the reply back to the edge
 * that let the request in.  An inside tap that sees the SYN with its original
 * source proves that it was not done.  Where the plan asks for it that is a
 * finding; where the plan says nothing, only if the reply then did take
 * another circuit, which proves that the segment hears other routes.  If the
 * reply came back the same way, routes alone hold the path together (route
 * scoping), and the finding is information.
 */
#include "detect.h"

/*
 * The tap inside the edge that let the request in: of all that saw it with a
 * source in remote, the first.  A translated copy is a flow of its own, whose
 * client is not remote, so a tap that saw both is told by the tuples.
 */
static const struct sighting *seen_inside(const struct topo *topo,
					  const struct connection *c)
{
	for (unsigned i = 0; i < c->syn.kept; i++) {
		const struct sighting *s = &c->syn.at[i];

		if (!(c->original_taps >> s->tap & 1))
			continue;
		if (topo_tap_side(topo, s->tap) == TAP_INSIDE)
			return s;
	}
	return NULL;
}

static void look(const struct topo *topo, const struct connection *c,
		 const struct detect_sink *sink)
{
	const struct sighting *s;
	bool asymmetric = c->class == CLASS_ASYMMETRIC;
	struct finding f;
	uint8_t circuit;

	if (c->direction != DIRECTION_INBOUND || !topo_has_remote(topo) ||
	    c->class == CLASS_OUT_OF_SCOPE)
		return;
	s = seen_inside(topo, c);
	if (!s)
		return;
	circuit = topo_tap_circuit(topo, s->tap);
	if (!topo_snat_plan(topo, c->service, circuit) && !asymmetric)
		return;
	detect_begin(&f, c, RULE_INBOUND_SNAT_MISSING,
		     c->class == CLASS_SYMMETRIC ? SEVERITY_INFO
						 : SEVERITY_CRITICAL,
		     CAUSE_INBOUND_SNAT_MISSING);
	f.time = s->time;
	f.circuit = circuit;
	f.tap = s->tap;
	f.escaped = c->tuple[0].client;
	detect_emit(sink, &f);
}

const struct detector detect_inbound_snat_missing = {
	.rule = RULE_INBOUND_SNAT_MISSING,
	.connection = look,
};
