/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the checks are called, what each asks of a plan, and what mends it
 *
 * Scripts match identifiers and names: they stay.  A remedy here is the
 * general one; a check that knows more replaces it.
 */
#include "names.h"

static const struct {
	const char *id;
	const char *name;
	const char *title;
	const char *remedy;
} checks[] = {
	[CHECK_ASYM_HANDSHAKE] =
		{"SYM-01", "asym-handshake",
		 "outbound requests and their replies take one circuit",
		 "Give the circuit of the request its own source NAT pool, "
		 "advertise that pool on this circuit, and on no other one "
		 "with the same or a longer prefix."},
	[CHECK_ASYM_INBOUND_INTERNET] =
		{"SYM-02", "asym-inbound-internet",
		 "what comes in over the Internet is answered over it",
		 "Source NAT inbound connections at the Internet edge, or keep "
		 "ExpressRoute routes out of the server's segment."},
	[CHECK_ASYM_INBOUND_ER] =
		{"SYM-03", "asym-inbound-er",
		 "what comes in over ExpressRoute is answered over that "
		 "circuit",
		 "Source NAT inbound connections at the ExpressRoute edge, to "
		 "a pool of that circuit's own."},
	[CHECK_HALF_OPEN] =
		{"SYM-04", "half-open",
		 "requests and replies find a route at all",
		 "Advertise the address where its traffic is to come from, or "
		 "route it in the segment."},
	[CHECK_ASYM_ESTABLISHED] =
		{"SYM-06", "asym-established",
		 "no path rests on firewalls sharing their state",
		 "Nothing to mend as long as the state is shared; test that it "
		 "is, and watch it after each change of the firewalls."},
	[CHECK_POOL_OVERLAP] = {"NAT-07", "pool-overlap",
				"each NAT pool belongs to one circuit",
				"Split the pools into prefixes of their own, "
				"one circuit each."},
	[CHECK_POOL_NOT_ADVERTISED] =
		{"NAT-08", "pool-not-advertised",
		 "each pool is advertised over its ExpressRoute circuit, on "
		 "both links",
		 "Advertise the pool over the circuit, on both links."},
	[CHECK_POOL_NOT_ACCEPTED] =
		{"NAT-09", "pool-not-accepted",
		 "Microsoft has accepted the pools",
		 "Check the prefix in the routing registry (RIR, IRR), the AS "
		 "number and the letter of authorisation; open a case."},
	[CHECK_POOL_LINK_ADDRESS] =
		{"NAT-10", "pool-link-address",
		 "no pool holds a link's addresses",
		 "Do not translate to the addresses of the BGP link: take "
		 "them out of the pool."},
	[CHECK_POOL_PRESSURE] = {"NAT-11", "pool-pressure",
				 "the pools are large enough for their clients",
				 "Add addresses to the pool: plan 6,000 "
				 "clients at most for each."},
	[CHECK_NAT_AT_PROVIDER] =
		{"NAT-13", "nat-at-provider",
		 "the site translates its sources itself",
		 "Taps on site stand before the provider's NAT; ask the "
		 "provider for a capture between its edge and Microsoft's to "
		 "verify it."},
	[CHECK_INBOUND_SNAT_WRONG] =
		{"NAT-21", "inbound-snat-wrong",
		 "inbound source NAT has addresses of its own at each edge",
		 "Give each edge inbound NAT addresses of its own, so that the "
		 "reply returns to the edge that the request entered by."},
	[CHECK_INBOUND_SNAT_ER] =
		{"NAT-22", "inbound-snat-er",
		 "inbound connections over ExpressRoute have source NAT",
		 "Add inbound source NAT with a pool of its own at each "
		 "ExpressRoute circuit."},
	[CHECK_ROUTE_SCOPING_LEAK] =
		{"NAT-25", "route-scoping-leak",
		 "segments of inbound servers without source NAT hear no "
		 "ExpressRoute routes",
		 "Filter these routes before the segment, or add inbound "
		 "source NAT at the Internet edge."},
	[CHECK_ADV_SAME_BOTH] =
		{"ADV-01", "adv-same-both",
		 "no prefix is advertised to the Internet and over "
		 "ExpressRoute",
		 "Advertise it on one side, or a longer prefix over "
		 "ExpressRoute."},
	[CHECK_ADV_ER_NOT_SPECIFIC] =
		{"ADV-02", "adv-er-not-specific",
		 "what both sides advertise is more specific over "
		 "ExpressRoute",
		 "Advertise a longer prefix over ExpressRoute than to the "
		 "Internet."},
	[CHECK_ADV_INTERNET_MORE_SPECIFIC] =
		{"ADV-03", "adv-internet-more-specific",
		 "no ExpressRoute source is advertised to the Internet as "
		 "specifically",
		 "Withdraw the prefix from the Internet: the longest match "
		 "pulls the replies there."},
	[CHECK_ADV_MULTI_CIRCUIT] =
		{"ADV-04", "adv-multi-circuit",
		 "each ExpressRoute circuit advertises prefixes of its own",
		 "Advertise separate prefixes at each circuit: what two "
		 "advertise alike is answered over either."},
	[CHECK_ADV_PRIVATE] =
		{"ADV-05", "adv-private",
		 "pools and advertisements are public addresses",
		 "Use public addresses that are registered to you or to the "
		 "carrier, and filter all others outbound."},
	[CHECK_ADV_COUNT] =
		{"ADV-06", "adv-count",
		 "advertisements stay within the platform's limit",
		 "Aggregate: at more than 200 prefixes of a family Microsoft "
		 "takes the BGP session down."},
	[CHECK_ADV_LINK_MISMATCH] =
		{"ADV-07", "adv-link-mismatch",
		 "both links of a circuit advertise the same",
		 "Announce it on the other link, too."},
	[CHECK_ADV_ENDPOINT_MISSING] =
		{"ADV-08", "adv-endpoint-missing",
		 "what is to come in over ExpressRoute is advertised there",
		 "Advertise the endpoint's subnet over the circuit, or move "
		 "the service to the Internet."},
	[CHECK_ADV_ENDPOINT_UNPLANNED] =
		{"ADV-09", "adv-endpoint-unplanned",
		 "what is planned for the Internet is not drawn to "
		 "ExpressRoute",
		 "Withdraw it from ExpressRoute: it is preferred for all of "
		 "Microsoft's services. Or allow the circuit in the row."},
	[CHECK_ADV_NO_PURPOSE] =
		{"ADV-11", "adv-no-purpose",
		 "every advertisement over ExpressRoute serves a pool or an "
		 "endpoint",
		 "Withdraw it, or declare what it is for."},
	[CHECK_ADV_NOT_PUBLIC_ENDPOINT] =
		{"ADV-12", "adv-not-public-endpoint",
		 "inbound endpoints have public addresses",
		 "Give the endpoint a public address: Microsoft 365 reaches no "
		 "other."},
	[CHECK_PATH_MISMATCH_OUTBOUND] =
		{"CAT-01", "path-mismatch-outbound",
		 "routes lead outbound services over the circuits of their "
		 "rows",
		 "Mend the routes that the segment hears, or the circuits of "
		 "the row."},
	[CHECK_ER_FLAG_FALSE] =
		{"CAT-03", "er-flag-false",
		 "what is planned for ExpressRoute is offered over it",
		 "Plan it for the Internet: Microsoft does not offer it over "
		 "ExpressRoute."},
	[CHECK_INBOUND_EARLY] =
		{"CAT-07", "inbound-early",
		 "the first stage leaves inbound services on the Internet",
		 "Move inbound over ExpressRoute to a later stage."},
	[CHECK_DUAL_USE_ENDPOINT] =
		{"CAT-08", "dual-use-endpoint",
		 "endpoints on ExpressRoute are used by Microsoft 365 alone",
		 "Split names and addresses, or keep both on the Internet."},
	[CHECK_ENDPOINTS_STALE] = {"CAT-11", "endpoints-stale",
				   "the list of endpoints is fresh",
				   "Fetch the endpoints anew: they change as "
				   "often as weekly."},
	[CHECK_BGP_SESSION_DOWN] =
		{"BGP-01", "bgp-session-down",
		 "the BGP sessions of both links are established",
		 "Check VLAN, AS numbers, MD5 key and the order of the link's "
		 "addresses."},
	[CHECK_BGP_FEW_PREFIXES] =
		{"BGP-02", "bgp-few-prefixes",
		 "Microsoft's prefixes are heard over the circuit",
		 "Attach or extend the route filter; check the Premium add-on "
		 "and the authorisation for Microsoft 365."},
	[CHECK_BGP_PEER_PLAN] =
		{"BGP-06", "bgp-peer-plan",
		 "link addresses and AS numbers are as planned",
		 "The customer's end has the first address of the prefix, "
		 "Microsoft's the second; mend whichever side is wrong."},
	[CHECK_BGP_ASN_PATH] =
		{"BGP-08", "bgp-asn-path",
		 "no reserved AS number stands in the path",
		 "Take it out of the AS path: Microsoft rejects the route."},
	[CHECK_ARP_INCOMPLETE] =
		{"L2-02", "arp-incomplete", "both ends of each link answer ARP",
		 "A fault below IP: check the tags, then the provider."},
	[CHECK_HA_SINGLE_CIRCUIT] =
		{"HA-01", "ha-single-circuit",
		 "there are two circuits of each kind, in two places",
		 "Plan at least two active circuits of each kind, at different "
		 "locations."},
	[CHECK_HA_INTERNET_BACKUP] =
		{"HA-02", "ha-internet-backup",
		 "the Internet is no backup of ExpressRoute",
		 "Plan a second ExpressRoute circuit, at another location: "
		 "failing over to the Internet changes NAT, DNS and proxies "
		 "by hand."},
	[CHECK_HA_CAPACITY] = {"HA-05", "ha-capacity",
			       "the other circuits can carry what is down",
			       "Raise the bandwidth of the circuits that are "
			       "left, or move load off them."},
	[CHECK_HA_INBOUND_ALTERNATE] =
		{"HA-07", "ha-inbound-alternate",
		 "inbound endpoints are reached with any circuit down",
		 "Advertise the endpoint over a second circuit as well."},
	[CHECK_HA_LOCATION] =
		{"HA-08", "ha-location",
		 "each service keeps a path while a location with several "
		 "circuits is down",
		 "Plan a circuit for it that meets the provider at another "
		 "location, with a pool, advertisements and routes of its "
		 "own."},
};
static_assert(ARRAY_SIZE(checks) == PLAN_CHECKS, "texts for every check");

const char *plan_check_id(enum plan_check c)
{
	return checks[c].id;
}

const char *plan_check_name(enum plan_check c)
{
	return checks[c].name;
}

const char *plan_check_title(enum plan_check c)
{
	return checks[c].title;
}

const char *names_remedy(enum plan_check c)
{
	return checks[c].remedy;
}

const char *plan_verdict_name(enum plan_verdict v)
{
	static const char *const names[] = {
		[PLAN_PASS] = "pass",	    [PLAN_INFO] = "info",
		[PLAN_UNKNOWN] = "unknown", [PLAN_WARN] = "warn",
		[PLAN_FAIL] = "fail",
	};
	static_assert(ARRAY_SIZE(names) == PLAN_VERDICTS,
		      "a name for every verdict");

	return names[v];
}

bool plan_verdict_severity(enum plan_verdict v, enum severity *severity)
{
	switch (v) {
	case PLAN_INFO:
		*severity = SEVERITY_INFO;
		return true;
	case PLAN_WARN:
		*severity = SEVERITY_WARNING;
		return true;
	case PLAN_FAIL:
		*severity = SEVERITY_CRITICAL;
		return true;
	default:
		return false;
	}
}
