/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan: the site file judged on paper, before a packet flows
 *
 * A table of checks runs over the site, and over what Azure says of its
 * circuits where that was given.  Each says pass, fail, warn, info or unknown,
 * about what, why, where it is written, and what mends it.
 */
#ifndef ASYMCAP_PLAN_H
#define ASYMCAP_PLAN_H

#include <asymcap/base.h>
#include <asymcap/finding.h>
#include <asymcap/site.h>

/* ------------------------------------------------- what Azure says, neutral */

/** enum plan_link - Which connection of a circuit something was asked of */
enum plan_link {
	PLAN_LINK_ANY, /* not said */
	PLAN_LINK_PRIMARY,
	PLAN_LINK_SECONDARY,
};

/** plan_link_name() - "any link", "primary" or "secondary" */
const char *plan_link_name(enum plan_link l);

/** enum plan_azure_kind - What a document of Azure's is */
enum plan_azure_kind {
	PLAN_ROUTES,  /* route table: what Microsoft's edge has learnt */
	PLAN_SUMMARY, /* route-table summary: its BGP neighbours */
	PLAN_ARP,     /* ARP table */
	PLAN_PEERING, /* peering: parameters and advertised prefixes */
	PLAN_CIRCUIT, /* circuit: its peerings, its state, its SKU */
};

/**
 * struct plan_route - A row of a route table
 * @prefix:	"Network"
 * @next_hop:	Valid if @has_next_hop
 * @as:		AS path, nearest first, owned; 12076 first: from Microsoft
 * @as_count:	How many are in it; 0: originated where the table was read
 * @mark:	Where it is written
 */
struct plan_route {
	struct prefix prefix;
	struct addr next_hop;
	bool has_next_hop;
	uint32_t *as;
	size_t as_count;
	struct site_mark mark;
};

/**
 * struct plan_neighbour - A row of a route-table summary
 * @addr:	The neighbour
 * @as:		Its AS number; 0: not printed
 * @up:		StatePfxRcd is a number: the session is established
 * @prefixes:	That number
 * @mark:	Where it is written
 */
struct plan_neighbour {
	struct addr addr;
	uint32_t as;
	bool up;
	uint32_t prefixes;
	struct site_mark mark;
};

/**
 * struct plan_arp - A row of an ARP table
 * @addr:	Link address
 * @on_prem:	The customer's end, else Microsoft's
 * @resolved:	It has a MAC; false: "Incomplete"
 * @mac:	Valid if @resolved
 * @mark:	Where it is written
 */
struct plan_arp {
	struct addr addr;
	bool on_prem;
	bool resolved;
	uint8_t mac[6];
	struct site_mark mark;
};

/** enum plan_accepted - advertisedPublicPrefixesState */
enum plan_accepted {
	PLAN_ACCEPTED_UNKNOWN, /* not printed, or no word that is known */
	PLAN_NOT_CONFIGURED,
	PLAN_CONFIGURING,
	PLAN_CONFIGURED,
	PLAN_VALIDATION_NEEDED,
};

/** plan_accepted_name() - "ValidationNeeded", ...; "unknown" */
const char *plan_accepted_name(enum plan_accepted a);

/**
 * struct plan_peering - A peering of a circuit
 * @microsoft:	It is the Microsoft peering; others are of no interest here
 * @enabled:	Its state; valid if @has_enabled
 * @azure_as:	AS number of Microsoft's end; 0: not printed
 * @peer_as:	AS number of the customer's; 0: not printed
 * @vlan:	VLAN tag (C-tag); -1: not printed
 * @link:	Prefix of each link's addresses, by enum plan_link; IPv4 [0]
 *		and IPv6 [1]; valid if @has_link
 * @advertised:	advertisedPublicPrefixes, owned
 * @accepted:	Their state
 * @mark:	Where it begins
 * @accepted_mark: Where the state is written
 */
struct plan_peering {
	bool microsoft;
	bool has_enabled;
	bool enabled;
	uint32_t azure_as;
	uint32_t peer_as;
	int32_t vlan;
	struct prefix link[PLAN_LINK_SECONDARY + 1][2];
	bool has_link[PLAN_LINK_SECONDARY + 1][2];
	struct site_prefixes advertised;
	enum plan_accepted accepted;
	struct site_mark mark;
	struct site_mark accepted_mark;
};

/**
 * struct plan_azure - One document of Azure's, about one circuit
 * @path:	Where it came from, for messages; owned
 * @kind:	What it is
 * @circuit:	Index of the site's circuit that it was named for
 * @link:	Which link of it
 * @route:	PLAN_ROUTES: its rows, owned; so are those below
 * @neighbour:	PLAN_SUMMARY
 * @arp:	PLAN_ARP
 * @peering:	PLAN_PEERING, PLAN_CIRCUIT
 * @stag:	PLAN_CIRCUIT: service tag (S-tag); -1: not printed
 * @bandwidth:	PLAN_CIRCUIT: bits a second; 0: not printed
 * @premium:	PLAN_CIRCUIT: its SKU is premium; valid if @has_tier
 *
 * Plain values, filled by whoever reads the document; zero-initialise.
 */
struct plan_azure {
	char *path;
	enum plan_azure_kind kind;
	uint8_t circuit;
	enum plan_link link;
	struct plan_route *route;
	size_t routes;
	struct plan_neighbour *neighbour;
	size_t neighbours;
	struct plan_arp *arp;
	size_t arps;
	struct plan_peering *peering;
	size_t peerings;
	int32_t stag;
	uint64_t bandwidth;
	bool has_tier;
	bool premium;
};

/** plan_azure_free() - Free what a document owns, not the document */
void plan_azure_free(struct plan_azure *a);

/* ------------------------------------------------------------- the checks */

/** enum plan_verdict - What a check says, the gravest last */
enum plan_verdict {
	PLAN_PASS,
	PLAN_INFO,
	PLAN_UNKNOWN, /* what it needs is not in the plan: never a pass */
	PLAN_WARN,
	PLAN_FAIL,
	PLAN_VERDICTS
};

/** plan_verdict_name() - "pass", "info", "unknown", "warn" or "fail" */
const char *plan_verdict_name(enum plan_verdict v);

/**
 * plan_verdict_severity() - The severity that --fail-on compares
 *
 * Return: false for a pass and for unknown, which have none
 */
bool plan_verdict_severity(enum plan_verdict v, enum severity *severity);

/** enum plan_check - The checks, in the order in which they are told */
enum plan_check {
	CHECK_ASYM_HANDSHAKE,
	CHECK_ASYM_INBOUND_INTERNET,
	CHECK_ASYM_INBOUND_ER,
	CHECK_HALF_OPEN,
	CHECK_ASYM_ESTABLISHED,
	CHECK_POOL_OVERLAP,
	CHECK_POOL_NOT_ADVERTISED,
	CHECK_POOL_NOT_ACCEPTED,
	CHECK_POOL_LINK_ADDRESS,
	CHECK_POOL_PRESSURE,
	CHECK_NAT_AT_PROVIDER,
	CHECK_INBOUND_SNAT_WRONG,
	CHECK_INBOUND_SNAT_ER,
	CHECK_ROUTE_SCOPING_LEAK,
	CHECK_ADV_SAME_BOTH,
	CHECK_ADV_ER_NOT_SPECIFIC,
	CHECK_ADV_INTERNET_MORE_SPECIFIC,
	CHECK_ADV_MULTI_CIRCUIT,
	CHECK_ADV_PRIVATE,
	CHECK_ADV_COUNT,
	CHECK_ADV_LINK_MISMATCH,
	CHECK_ADV_ENDPOINT_MISSING,
	CHECK_ADV_ENDPOINT_UNPLANNED,
	CHECK_ADV_NO_PURPOSE,
	CHECK_ADV_NOT_PUBLIC_ENDPOINT,
	CHECK_PATH_MISMATCH_OUTBOUND,
	CHECK_ER_FLAG_FALSE,
	CHECK_INBOUND_EARLY,
	CHECK_DUAL_USE_ENDPOINT,
	CHECK_ENDPOINTS_STALE,
	CHECK_BGP_SESSION_DOWN,
	CHECK_BGP_FEW_PREFIXES,
	CHECK_BGP_PEER_PLAN,
	CHECK_BGP_ASN_PATH,
	CHECK_ARP_INCOMPLETE,
	CHECK_HA_SINGLE_CIRCUIT,
	CHECK_HA_INTERNET_BACKUP,
	CHECK_HA_CAPACITY,
	CHECK_HA_INBOUND_ALTERNATE,
	CHECK_HA_LOCATION,
	PLAN_CHECKS
};

/** plan_check_id() - "NAT-07"; plan_check_name() - "pool-overlap" */
const char *plan_check_id(enum plan_check c);
const char *plan_check_name(enum plan_check c);

/** plan_check_title() - What it asks of a plan, in a sentence */
const char *plan_check_title(enum plan_check c);

/**
 * struct plan_result - What one check says of one thing
 * @check:	Which check
 * @verdict:	What it says
 * @path:	File that the cause is written in, borrowed from the input;
 *		NULL: it is not about a place
 * @mark:	Where in it
 * @circuits:	Circuits it is about (bits)
 * @service:	Index of the service it is about, or SERVICE_NONE
 * @down:	It is so while these circuits (bits) are down; 0: always
 * @cause:	enum cause of detect: what packets would point to; 0: none
 * @reason:	Why, in a sentence, owned; names from files are as they are
 * @remedy:	What mends it, owned; NULL for a pass
 */
struct plan_result {
	enum plan_check check;
	enum plan_verdict verdict;
	const char *path;
	struct site_mark mark;
	uint64_t circuits;
	uint16_t service;
	uint64_t down;
	uint16_t cause;
	char *reason;
	char *remedy;
};

#define PLAN_AGE_UNKNOWN INT64_MIN
#define PLAN_MAX_RESULTS 10000 /* of each check that are kept */

/**
 * struct plan_input - What a plan is judged by, borrowed
 * @site:	From site_load_draft()
 * @azure:	What Azure says, about circuits of @site
 * @azures:	How many
 * @endpoints_path: File of the provider's endpoints; NULL: the site names none
 * @endpoints_age: How old that is, ns, or PLAN_AGE_UNKNOWN
 * @remedy:	The remedy of a cause, from detect; NULL: the general remedy of
 *		the check
 */
struct plan_input {
	const struct site *site;
	const struct plan_azure *azure;
	size_t azures;
	const char *endpoints_path;
	int64_t endpoints_age;
	const char *(*remedy)(uint16_t cause);
};

/**
 * struct plan - A plan, judged
 * @site:	Borrowed
 * @result:	What was said, owned: the gravest first, then in the order of
 *		the checks and of the file
 * @results:	How many are kept
 * @count:	How many there were, by verdict, kept or not
 * @dropped:	How many were not kept
 * @applied:	Bit n: check n had something to say
 */
struct plan {
	const struct site *site;
	struct plan_result *result;
	size_t results;
	uint64_t count[PLAN_VERDICTS];
	uint64_t dropped;
	uint64_t applied;
};
static_assert(PLAN_CHECKS <= 64, "checks are bits");

/**
 * plan_judge() - Run every check
 * @in:		What to judge; borrowed until plan_free()
 *
 * Return: owned by the caller, never NULL
 */
struct plan *plan_judge(const struct plan_input *in);

/** plan_free() - Free a judged plan; NULL is fine */
void plan_free(struct plan *p);

#endif /* ASYMCAP_PLAN_H */
