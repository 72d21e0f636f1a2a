/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each cause is called, what mends it, and what the firewall logged
 *
 * The terms are those of the planning guide "Implementing ExpressRoute for
 * Microsoft 365": source NAT at the edge, route scoping, a pool a circuit.
 */
#include <asymcap/detect.h>

/* What stateful firewalls say of a SYN-ACK or ACK without a session. */
#define OUT_OF_STATE                                                           \
	"Cisco ASA 106015 'Deny TCP (no connection)'; FortiGate 'no session "  \
	"matched'; Palo Alto 'non-SYN TCP' (flow_tcp_non_syn_drop); Check "    \
	"Point 'First packet isn't SYN'; Juniper SRX 'first pak not sync'; "   \
	"Linux conntrack INVALID"

#define NO_REPLY                                                               \
	"Cisco ASA 302014 'SYN Timeout'; FortiGate session timeout with 0 "    \
	"bytes received; Palo Alto 'incomplete'; Linux conntrack [UNREPLIED]"

static const struct {
	const char *text;
	const char *remedy;
	const char *log_hint;
} causes[] = {
	[CAUSE_NONE] = {"", "", ""},
	[CAUSE_NO_INBOUND_SNAT] =
		{"The request came in over this edge with its original source, "
		 "and the server's segment hears a route to that source over "
		 "another circuit, so the reply left there (Problem 1 of the "
		 "planning guide).",
		 "Solution 1a: source NAT inbound connections at the edge that "
		 "they enter by, so that the reply returns to it. Solution 1b: "
		 "route scoping, so that the server's segment does not hear "
		 "the other circuit's routes.",
		 OUT_OF_STATE},
	[CAUSE_NO_INBOUND_SNAT_ER] =
		{"The request came in over ExpressRoute with its original "
		 "source, and the reply took another path (Problem 2 of the "
		 "planning guide).",
		 "Solution 2: source NAT inbound connections at the "
		 "ExpressRoute edge, to a pool of that circuit's own, so that "
		 "the reply returns to it.",
		 OUT_OF_STATE},
	[CAUSE_REPLY_OTHER_CIRCUIT] =
		{"The source address is reached back over another circuit than "
		 "the one that the request left by.",
		 "Give the circuit of the request its own source NAT pool, "
		 "advertise that pool on this circuit, and on no other one "
		 "with the same or a longer prefix.",
		 OUT_OF_STATE},
	[CAUSE_SHARED_POOL] =
		{"The source address belongs to both circuits: the same pool "
		 "is used or advertised on the two, and the provider may "
		 "answer "
		 "over either.",
		 "Use a pool a circuit, disjoint, and advertise each on its "
		 "own circuit only.",
		 OUT_OF_STATE},
	[CAUSE_NO_NAT_RULE] =
		{"No source NAT rule matched this source at that edge.",
		 "Add the segment to the source NAT rule of that edge, or deny "
		 "it there.",
		 NO_REPLY},
	[CAUSE_NAT_FARTHER_OUT] =
		{"The connection works all the same, so this source was "
		 "translated after it had passed this tap: the tap stands "
		 "inside of source NAT, or the provider translates.",
		 "If the tap stands inside, say so: 'side: inside' in the site "
		 "file, or CIRCUIT.inside=FILE. Else add the segment to the "
		 "source NAT rule of that edge, or deny it there.",
		 ""},
	[CAUSE_WRONG_POOL] =
		{"The source belongs to another circuit, where its replies "
		 "will come back.",
		 "Mend the NAT rule that chose this pool, or the internal "
		 "route that chose this exit: each circuit translates to its "
		 "own pool.",
		 OUT_OF_STATE},
	[CAUSE_UNDECLARED_SOURCE] =
		{"The source is public, but neither a pool nor an "
		 "advertisement of the plan covers it; the provider drops "
		 "what it has not accepted.",
		 "Translate it to the circuit's pool, or declare and advertise "
		 "it (nat-pools, advertised or own in the site file).",
		 NO_REPLY},
	[CAUSE_SOURCE_NOT_ACCEPTED] =
		{"The source escaped source NAT, and the provider drops "
		 "sources that are not advertised to it, so no answer came.",
		 "Mend the source NAT first (see snat-escape), then try "
		 "again.",
		 NO_REPLY},
	[CAUSE_NO_ANSWER] =
		{"No answer on any tap: the target is down or filtered, the "
		 "source is not accepted by the provider, or the answer took a "
		 "path that is not tapped.",
		 "Check that the source is advertised and accepted, then the "
		 "target; then whether every path back has a tap.",
		 NO_REPLY},
	[CAUSE_FILTERED] =
		{"By ICMP a filter refused the request: one at the router "
		 "that sent the error, or on the target itself.",
		 "Look for the rule at the router that the error comes from; "
		 "permit the connection there, or take away the route that "
		 "leads to that router.",
		 "Cisco ACL log 'denied tcp'; Cisco ASA 106023 'Deny tcp'; "
		 "FortiGate, Palo Alto and Check Point: the deny rule of the "
		 "policy; Linux REJECT --reject-with icmp-admin-prohibited"},
	[CAUSE_NOT_ROUTED] =
		{"By ICMP a router says that it has no route to the target, "
		 "or that the target does not answer on its last link.",
		 "Check the routes of that router for the target: a prefix "
		 "that was withdrawn, a missing default, a host that is down.",
		 NO_REPLY},
	[CAUSE_ROUTING_LOOP] =
		{"By ICMP a router says that the request ran out of hops: "
		 "routers send it round in a circle, or its TTL was too low "
		 "when it was sent.",
		 "Trace the path to the target and mend the route at which it "
		 "turns back.",
		 NO_REPLY},
	[CAUSE_PATH_MTU] =
		{"By ICMP a router says that a packet is larger than the next "
		 "link allows, and nothing was heard since.",
		 "Let ICMP 'fragmentation needed' and ICMPv6 'packet too big' "
		 "through to the sender, or clamp the MSS at the edge.",
		 NO_REPLY},
	[CAUSE_UNTAPPED_REQUEST] =
		{"The request took a path that is not tapped, or this is "
		 "backscatter of a flood with forged sources.",
		 "Tap the path of the request, on both sides of each edge, to "
		 "decide.",
		 ""},
	[CAUSE_INBOUND_SNAT_MISSING] =
		{"Behind this edge the SYN still has its original source: "
		 "inbound source NAT was not done there.",
		 "Source NAT inbound connections at this edge (Solution 1a), "
		 "or keep the other circuits' routes out of this segment "
		 "(Solution 1b).",
		 ""},
	[CAUSE_MOVED_PATH] =
		{"A direction of an open connection moved to another circuit "
		 "(failover, maintenance, or a flapping route).",
		 "Expected in a failover. If the connection then stalls, share "
		 "the firewalls' state between the circuits or drain before "
		 "maintenance.",
		 OUT_OF_STATE},
	[CAUSE_ONE_WAY_TAP] =
		{"The mirror session copies one direction only.",
		 "Mirror both directions (rx and tx) of the port.", ""},
	[CAUSE_SAME_MIRROR_TWICE] =
		{"Two taps show the same frames, with the same MAC addresses: "
		 "one mirrored port feeds both.",
		 "Check the mirror sessions, or the interface, VLAN or file of "
		 "the two taps in the site file.",
		 ""},
	[CAUSE_CAPTURE_LOSS] =
		{"The capture lost packets, so what is missing may have been "
		 "there.",
		 "Capture fewer bytes a packet, filter, or use a larger ring "
		 "(tcpdump -s 128 -B 65536).",
		 ""},
	[CAUSE_TAP_NOT_DECLARED] =
		{"Frames match no tap of the site file.",
		 "Declare a tap for their interface, VLAN or file, or name the "
		 "circuit on the command line: CIRCUIT=FILE.",
		 ""},
	[CAUSE_TAP_SILENT] =
		{"A tap has shown no TCP segment at all.",
		 "Check the mirror session, and that the interface, VLAN or "
		 "file is the one that is meant.",
		 ""},
	[CAUSE_TAPS_APART] =
		{"The captures do not overlap in time: they were taken one "
		 "after the other, or the clock or the time zone of a capture "
		 "host was off.",
		 "Capture at all taps over the same window, with NTP on every "
		 "host. If it was the same window, move the times of a file "
		 "(editcap -t SECONDS OLD NEW) and judge again.",
		 ""},
	[CAUSE_MIDSTREAM_ASYMMETRY] =
		{"The two directions of the connection use circuits that have "
		 "nothing in common.",
		 "Capture a new connection to see its handshake; then source "
		 "NAT at the edge, or route scoping, as for an asymmetric "
		 "handshake.",
		 OUT_OF_STATE},
	[CAUSE_OFF_PLAN] =
		{"The catalogue's row for this service does not allow the "
		 "circuit that the connection took.",
		 "Check the internal routes, the proxy (PAC) file and the "
		 "advertisements against the plan, or mend the plan.",
		 ""},
	[CAUSE_OTHER_SNAT] =
		{"The edge translates the source of this inbound connection "
		 "to an address that the catalogue's row does not give it "
		 "there; the route back to that address decides by which edge "
		 "the reply leaves.",
		 "Give each edge the inbound source NAT pool of the plan, "
		 "whose return route leads to that edge alone, or mend the "
		 "row's inbound-snat.",
		 ""},
	[CAUSE_OTHER_SERVER] =
		{"The published address leads to a system inside that the "
		 "catalogue's row does not name.",
		 "Mend the destination NAT (or the load balancer's members), "
		 "or add the system to the row's inside.",
		 ""},
};
static_assert(ARRAY_SIZE(causes) == CAUSES, "texts for every cause");

const char *cause_text(enum cause c)
{
	return causes[c].text;
}

const char *cause_remedy(enum cause c)
{
	return causes[c].remedy;
}

const char *cause_log_hint(enum cause c)
{
	return causes[c].log_hint;
}
