/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * topo: where a frame was seen, and what its addresses are
 *
 * Built once from a site; read on every packet.  Knows taps, circuits, sides,
 * state domains, pools, scope and services; knows no connection.
 */
#ifndef ASYMCAP_TOPO_H
#define ASYMCAP_TOPO_H

#include <asymcap/base.h>
#include <asymcap/decode.h>
#include <asymcap/finding.h>
#include <asymcap/site.h>

struct endpoint_set;
struct topo;

/**
 * topo_new() - Prepare a site for packets
 * @site:	Borrowed until topo_free(); when something is added to it,
 *		topo_refresh() must follow
 *
 * Return: never NULL
 */
struct topo *topo_new(const struct site *site);
void topo_free(struct topo *t);

/**
 * topo_refresh() - Read the site again after circuits or taps were added, or
 *		    after site_renew()
 *
 * Numbers of circuits and taps stay; what was bound stays bound.
 */
void topo_refresh(struct topo *t);
const struct site *topo_site(const struct topo *t);

/**
 * topo_bind() - Tell what is known of a capture interface
 * @t:		Topology
 * @interface:	Index, as frames carry it
 * @path:	File path, or NULL when live
 * @name:	Interface name, or NULL
 * @forced:	Tap that all its frames belong to ("CIRCUIT=FILE"), or -1
 *
 * To be called before the first frame of that interface is asked for.
 */
void topo_bind(struct topo *t, uint32_t interface, const char *path,
	       const char *name, int forced);

/**
 * topo_tap() - At which tap a segment was seen
 *
 * Return: tap number, or TAP_NONE if no tap matches
 */
uint8_t topo_tap(const struct topo *t, const struct segment *s);

/** topo_may_match() - Whether frames of an interface can be those of a tap */
bool topo_may_match(const struct topo *t, uint32_t interface);

/**
 * topo_bound() - The taps (bits) that frames of an interface should show
 *
 * Those that state an interface or a file that fits, or that it is bound to.
 */
uint64_t topo_bound(const struct topo *t, uint32_t interface);

/**
 * topo_interface_tap() - The tap that every frame of an interface belongs to
 *
 * Return: tap number, or TAP_NONE if that depends on the frame, or none fits
 */
uint8_t topo_interface_tap(const struct topo *t, uint32_t interface);

/** topo_tap_circuit() - Circuit of a tap, or CIRCUIT_NONE */
uint8_t topo_tap_circuit(const struct topo *t, uint8_t tap);
enum tap_side topo_tap_side(const struct topo *t, uint8_t tap);

/** topo_circuits() - Circuits (bits) of a set of taps (bits) */
uint64_t topo_circuits(const struct topo *t, uint64_t taps);

/** topo_taps() - The taps (bits) that the site has, without retired ones */
uint64_t topo_taps(const struct topo *t);

/** topo_inside() - The taps (bits) that stand inside, of the whole site */
uint64_t topo_inside(const struct topo *t);

/** topo_circuit_taps() - The taps (bits) of a circuit that have not retired */
uint64_t topo_circuit_taps(const struct topo *t, uint8_t circuit);

/**
 * topo_one_sided() - The circuit that saw a packet on one side of its edge only
 * @t:		Topology
 * @taps:	Taps (bits) that saw the packet
 *
 * Return: the first such circuit that has taps on both sides, or CIRCUIT_NONE
 */
uint8_t topo_one_sided(const struct topo *t, uint64_t taps);

/** topo_one_domain() - Whether all these circuits (bits) share their state */
bool topo_one_domain(const struct topo *t, uint64_t circuits);

/** topo_has_remote() - Whether the site says whose traffic is judged */
bool topo_has_remote(const struct topo *t);

/** topo_is_remote() - Whether an address lies in the site's remote */
bool topo_is_remote(const struct topo *t, const struct addr *a);

/** topo_is_local() - Whether an address is on site: pool, own, advertised, private */
bool topo_is_local(const struct topo *t, const struct addr *a);

/**
 * topo_direction() - Who opened a connection
 * @client:	Who sent the SYN
 * @server:	Whom it was sent to
 */
enum direction topo_direction(const struct topo *t, const struct addr *client,
			      const struct addr *server);

/**
 * topo_escape() - Judge the source of a packet that leaves on a circuit
 * @t:		Topology
 * @circuit:	Circuit of the outside tap it was seen at
 * @src:	Source address
 * @dst:	Destination address
 * @owner:	Result for ESCAPE_WRONG_POOL: whose pool it is
 *
 * Return: ESCAPE_NONE if it is as planned, or if the packet is not one that
 *	   leaves the site toward the remote
 */
enum escape_reason topo_escape(const struct topo *t, uint8_t circuit,
			       const struct addr *src, const struct addr *dst,
			       uint8_t *owner);

/**
 * topo_judges_nat() - Whether escapes can be judged at all on a circuit
 *
 * Without pools there is no plan to compare with.
 */
bool topo_judges_nat(const struct topo *t, uint8_t circuit);

/**
 * topo_service() - The row of the catalogue that a connection belongs to
 * @d:		Direction
 * @tuple:	Its tuples, all translations
 * @tuples:	How many
 *
 * Return: index into the site's services, or SERVICE_NONE
 */
uint16_t topo_service(const struct topo *t, enum direction d,
		      const struct tuple *tuple, size_t tuples);

/**
 * topo_endpoint() - The set of endpoints that a connection's remote end is in
 * @d:		Direction: outbound it is a server, whose port decides, too
 * @tuple:	Its tuple as the provider sees it
 *
 * For what is told of a connection, not for each packet.
 *
 * Return: NULL if the site names no endpoints, or it is in none
 */
const struct endpoint_set *topo_endpoint(const struct topo *t, enum direction d,
					 const struct tuple *tuple);

/** topo_service_tag() - The tag of that end, or NULL */
const char *topo_service_tag(const struct topo *t, enum direction d,
			     const struct tuple *tuple);

/** topo_has_pools() - Whether a circuit has pools or advertisements */
bool topo_has_pools(const struct topo *t, uint8_t circuit);

/** enum nat_plan - The NAT of an inbound connection against its row */
enum nat_plan {
	NAT_NOT_PLANNED,
	NAT_NOT_SEEN, /* no tap shows what became of it */
	NAT_AS_PLANNED,
	NAT_MISSING,	  /* inside it still has its original source */
	NAT_WRONG_SOURCE, /* translated to another source */
	NAT_WRONG_SERVER, /* it reached a system that the row does not name */
};

/**
 * topo_nat_plan() - Compare what an inbound connection was translated to
 * @t:		Topology
 * @service:	Its row, or SERVICE_NONE
 * @syn_taps:	Where its SYN was seen (bits)
 * @original_taps: Of these, where it had a source in remote
 * @tuple:	Its tuples, [0] that of the SYN outside
 * @tuples:	How many
 * @which:	Result for NAT_WRONG_*: the tuple that is wrong
 */
enum nat_plan topo_nat_plan(const struct topo *t, uint16_t service,
			    uint64_t syn_taps, uint64_t original_taps,
			    const struct tuple *tuple, size_t tuples,
			    size_t *which);

/** topo_snat_plan() - What a row wants as source on a circuit, or NULL */
const struct prefix *topo_snat_plan(const struct topo *t, uint16_t service,
				    uint8_t circuit);

#endif /* ASYMCAP_TOPO_H */
