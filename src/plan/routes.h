/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * routes: by which circuits the addresses of a prefix are reached
 *
 * DOC: Theory of operation
 *
 * A plan asks of whole prefixes what a router decides for one address: which
 * circuits does this pool's return traffic take?  A pool may lie in an
 * aggregate of one circuit and hold a longer prefix of another, and then the
 * answer is both, for different addresses.
 *
 * Prefixes nest or are apart, so all of them, those that are asked about
 * included, make a forest; sorted by first address, with the shorter first, a
 * node is followed by all that lies in it.  A node leads to the circuits that
 * name its prefix, or else where its parent leads; a preferred circuit beats
 * the others of its node.  Where the children of a node tile it, no address is
 * left that the node itself decides: two halves that are announced leave
 * nothing to the whole.  One pass upwards then gives each node the union of
 * what the addresses in it take.
 *
 * Solving is linear, so it is done anew for each circuit that is down.
 */
#ifndef PLAN_ROUTES_H
#define PLAN_ROUTES_H

#include <asymcap/site.h>

#define ROUTES_ASKED (-1) /* no circuit: a prefix that is asked about */

struct routes;

/** struct routes_via - One announcement that decides */
struct routes_via {
	struct prefix prefix;
	int circuit;
	struct site_mark mark;
};

/**
 * routes_new() - An empty table
 * @preferred:	Circuits (bits) that win where prefixes are equal
 *
 * Return: never NULL
 */
struct routes *routes_new(uint64_t preferred);
void routes_free(struct routes *r);

/** routes_add() - Add a circuit's prefix, or, ROUTES_ASKED, one to ask about */
void routes_add(struct routes *r, const struct prefix *p, int circuit,
		struct site_mark mark);

/** routes_add_all() - routes_add() of a list */
void routes_add_all(struct routes *r, const struct site_prefixes *list,
		    int circuit);

/** routes_freeze() - No more is added: sort and nest */
void routes_freeze(struct routes *r);

/**
 * routes_solve() - Find out where every prefix leads
 * @r:		Frozen table
 * @down:	Circuits (bits) that are left out
 */
void routes_solve(struct routes *r, uint64_t down);

/**
 * routes_ask() - Find the prefixes of a list, so that asking is cheap later
 * @r:		Frozen table
 * @list:	Prefixes that were added
 *
 * Return: for each of the list its place in the table; owned by the caller
 */
size_t *routes_ask(const struct routes *r, const struct site_prefixes *list);

/**
 * routes_reach() - The circuits (bits) that addresses of a prefix take
 * @r:		Solved table
 * @at:		Its place, from routes_ask()
 * @gap:	Set to true if some of them have no route; else left alone
 */
uint64_t routes_reach(const struct routes *r, size_t at, bool *gap);

/**
 * routes_via() - By which announcement addresses of a prefix take a circuit
 * @r:		Solved table
 * @at:		Its place, from routes_ask()
 * @circuit:	One of routes_reach()
 * @via:	Result
 *
 * Return: false if none of them does
 */
bool routes_via(const struct routes *r, size_t at, int circuit,
		struct routes_via *via);

/** routes_is_v4() - Of which family a prefix is: ::/0 has no IPv4 in it */
static inline bool routes_is_v4(const struct prefix *p)
{
	return addr_is_v4(&p->base);
}

/** routes_prefix_within() - Whether @inner lies in @outer, or is it */
static inline bool routes_prefix_within(const struct prefix *inner,
					const struct prefix *outer)
{
	return routes_is_v4(inner) == routes_is_v4(outer) &&
	       inner->len >= outer->len && prefix_has(outer, &inner->base);
}

/** routes_prefix_meet() - Whether they share an address of their family */
static inline bool routes_prefix_meet(const struct prefix *a,
				      const struct prefix *b)
{
	return routes_is_v4(a) == routes_is_v4(b) && prefix_overlaps(a, b);
}

#endif /* PLAN_ROUTES_H */
