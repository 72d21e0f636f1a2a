/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * told: what Azure told of the circuits, and what it did not
 */
#ifndef PLAN_TOLD_H
#define PLAN_TOLD_H

#include "check.h"

#define AZURE_AS 12076 /* Microsoft's, on every peering */

/**
 * told_next() - The next document of a kind about a circuit
 * @j:		Judge
 * @kind:	Kind
 * @circuit:	Circuit
 * @after:	The one before, or NULL for the first
 */
const struct plan_azure *told_next(const struct judge *j,
				   enum plan_azure_kind kind, size_t circuit,
				   const struct plan_azure *after);

/**
 * told_missing() - Say what was not given, once for all circuits
 * @j:		Judge
 * @c:		Check that needs it
 * @kind:	What it needs
 * @option:	The option that gives it
 *
 * A circuit of its own that lacks it has a result of its own, unless no
 * circuit has any.
 *
 * Return: the ExpressRoute circuits (bits) that have some
 */
uint64_t told_missing(struct judge *j, enum plan_check c,
		      enum plan_azure_kind kind, const char *option);

/**
 * told_each() - Look at each document of a kind, and say what was not given
 * @j:		Judge
 * @c:		Check that needs it
 * @kind:	What it needs
 * @option:	The option that gives it
 * @look:	Called for each document, circuit by circuit
 */
void told_each(struct judge *j, enum plan_check c, enum plan_azure_kind kind,
	       const char *option,
	       void (*look)(struct judge *j, const struct plan_azure *a));

/** told_each_link() - The same; a circuit is to have one for both links */
void told_each_link(struct judge *j, enum plan_check c,
		    enum plan_azure_kind kind, const char *option,
		    void (*look)(struct judge *j, const struct plan_azure *a));

/** told_say() - A result about a circuit, with its place in a document */
struct plan_result *told_say(struct judge *j, enum plan_check c,
			     enum plan_verdict v, const struct plan_azure *a,
			     struct site_mark mark, const char *fmt, ...)
	PRINTF_LIKE(6, 7);

/**
 * told_unplanned() - Say what a route table has that the plan has not
 * @j:		Judge
 * @a:		Route table
 * @learnt:	What it has from the site
 */
void told_unplanned(struct judge *j, const struct plan_azure *a,
		    const struct spaces *learnt);

/** told_is_microsofts() - Whether a route came from Microsoft */
static inline bool told_is_microsofts(const struct plan_route *r)
{
	return r->as_count && r->as[0] == AZURE_AS;
}

#endif /* PLAN_TOLD_H */
