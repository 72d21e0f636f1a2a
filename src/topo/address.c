/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an address is to this site: remote, local, a pool, or an escape
 *
 * DOC: Theory of operation
 *
 * A packet that leaves on a circuit must carry a source that the provider
 * will answer over the same circuit: one of the circuit's NAT pools or
 * advertisements, or an address that the site declares its own.  What is
 * declared is asked first, so that a documentation or private prefix that
 * the plan names is no leak; only then does the range of the address speak.
 * Without "remote" only sources that are private or in some pool are judged,
 * since nothing else tells which way a packet goes.
 */
#include "topo.h"

bool topo_has_remote(const struct topo *t)
{
	return t->remote.count > 0;
}

bool topo_is_remote(const struct topo *t, const struct addr *a)
{
	return prefix_map_find(&t->remote, a) >= 0;
}

/* Ranges that no provider routes. */
static bool is_unroutable(const struct addr *a)
{
	switch (addr_scope(a)) {
	case ADDR_PRIVATE:
	case ADDR_CGNAT:
	case ADDR_LINK_LOCAL:
	case ADDR_LOOPBACK:
	case ADDR_ULA:
	case ADDR_UNSPECIFIED:
		return true;
	case ADDR_GLOBAL:
	case ADDR_DOCUMENTATION:
	case ADDR_MULTICAST:
		break;
	}
	return false;
}

bool topo_is_local(const struct topo *t, const struct addr *a)
{
	return prefix_map_find(&t->owner, a) >= 0 ||
	       prefix_map_find(&t->own, a) >= 0 || is_unroutable(a);
}

enum direction topo_direction(const struct topo *t, const struct addr *client,
			      const struct addr *server)
{
	bool from, to;

	if (topo_has_remote(t)) {
		from = topo_is_remote(t, client);
		to = topo_is_remote(t, server);
	} else {
		from = !topo_is_local(t, client);
		to = !topo_is_local(t, server);
	}
	if (from == to)
		return DIRECTION_UNKNOWN;
	return from ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
}

bool topo_has_pools(const struct topo *t, uint8_t circuit)
{
	return circuit < SITE_MAX_CIRCUITS && t->allowed[circuit].count > 0;
}

bool topo_judges_nat(const struct topo *t, uint8_t circuit)
{
	return circuit != CIRCUIT_NONE && (t->has_plan || topo_has_remote(t));
}

/* Whether a packet with these addresses leaves the site toward the remote. */
static bool leaves(const struct topo *t, const struct addr *src,
		   const struct addr *dst)
{
	if (topo_has_remote(t))
		return topo_is_remote(t, dst) && !topo_is_remote(t, src);
	return !topo_is_local(t, dst) && addr_scope(dst) != ADDR_MULTICAST &&
	       (is_unroutable(src) || prefix_map_find(&t->owner, src) >= 0);
}

enum escape_reason topo_escape(const struct topo *t, uint8_t circuit,
			       const struct addr *src, const struct addr *dst,
			       uint8_t *owner)
{
	int32_t whose;

	*owner = CIRCUIT_NONE;
	if (!topo_judges_nat(t, circuit) || !leaves(t, src, dst))
		return ESCAPE_NONE;
	if (prefix_map_find(&t->allowed[circuit], src) >= 0)
		return ESCAPE_NONE;
	whose = prefix_map_find(&t->owner, src);
	if (whose >= 0) {
		*owner = (uint8_t)whose;
		return ESCAPE_WRONG_POOL;
	}
	if (prefix_map_find(&t->own, src) >= 0)
		return ESCAPE_NONE;
	if (is_unroutable(src))
		return t->site->circuit[circuit].provider_nat ? ESCAPE_NONE
							      : ESCAPE_PRIVATE;
	/* With no plan for this circuit, any public source may be right. */
	return t->allowed[circuit].count ? ESCAPE_UNKNOWN : ESCAPE_NONE;
}
