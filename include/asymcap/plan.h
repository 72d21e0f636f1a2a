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

#endif /* ASYMCAP_PLAN_H */
