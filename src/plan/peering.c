/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of Azure's peerings, route-table summaries and ARP tables
 */
#include "told.h"
#include "routes.h"

/* A peering is printed alone, or as a part of its circuit. */
static const struct plan_azure *next_peering(const struct judge *j,
					     size_t circuit,
					     const struct plan_azure *after)
{
	size_t i = after ? (size_t)(after - j->in->azure) + 1 : 0;

	for (; i < j->in->azures; i++) {
		const struct plan_azure *a = &j->in->azure[i];

		if (a->circuit == circuit &&
		    (a->kind == PLAN_PEERING || a->kind == PLAN_CIRCUIT))
			return a;
	}
	return NULL;
}

/* Call @look for each Microsoft peering; say which circuits have none. */
static void each_peering(struct judge *j, enum plan_check c,
			 void (*look)(struct judge *j,
				      const struct plan_azure *a,
				      const struct plan_peering *p))
{
	static const struct site_mark nowhere;
	uint64_t missing = j->er;
	struct str names = {0};

	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct plan_azure *a = NULL;

		while ((a = next_peering(j, i, a))) {
			for (size_t k = 0; k < a->peerings; k++) {
				if (!a->peering[k].microsoft)
					continue;
				missing &= ~(1ULL << i);
				look(j, a, &a->peering[k]);
			}
		}
	}
	if (missing)
		check_say(j, c, PLAN_UNKNOWN, nowhere,
			  "%s: Azure's Microsoft peering was not given "
			  "(--peering)",
			  check_names(j, missing, &names))
			->circuits = missing;
	str_free(&names);
}

static void look_at_pools(struct judge *j, const struct plan_azure *a,
			  const struct plan_peering *p)
{
	const struct site_circuit *c = &j->site->circuit[a->circuit];
	struct spaces accepted = {0};

	spaces_add_all(&accepted, &p->advertised, 0);
	spaces_freeze(&accepted);
	for (size_t i = 0; i < c->nat_pools.count; i++) {
		const struct site_prefix *pool = &c->nat_pools.item[i];

		if (!spaces_cover(&accepted, &pool->prefix))
			check_say_circuit(j, CHECK_POOL_NOT_ACCEPTED, PLAN_FAIL,
					  pool->mark, a->circuit,
					  "pool %s is not among the advertised "
					  "public prefixes of the peering of "
					  "%s, %s",
					  PREFIX(&pool->prefix), c->name,
					  a->path);
	}
	spaces_free(&accepted);
}

static void look_at_accepted(struct judge *j, const struct plan_azure *a,
			     const struct plan_peering *p)
{
	static const enum plan_verdict verdicts[] = {
		[PLAN_ACCEPTED_UNKNOWN] = PLAN_UNKNOWN,
		[PLAN_NOT_CONFIGURED] = PLAN_FAIL,
		[PLAN_CONFIGURING] = PLAN_WARN,
		[PLAN_CONFIGURED] = PLAN_PASS,
		[PLAN_VALIDATION_NEEDED] = PLAN_FAIL,
	};
	static_assert(ARRAY_SIZE(verdicts) == PLAN_VALIDATION_NEEDED + 1,
		      "a verdict for every state");

	told_say(j, CHECK_POOL_NOT_ACCEPTED, verdicts[p->accepted], a,
		 p->accepted_mark.line ? p->accepted_mark : p->mark,
		 "%s: the state of its advertised public prefixes is %s",
		 j->site->circuit[a->circuit].name,
		 plan_accepted_name(p->accepted));
	look_at_pools(j, a, p);
}

void check_pool_accepted(struct judge *j)
{
	each_peering(j, CHECK_POOL_NOT_ACCEPTED, look_at_accepted);
}

/* Return: whether a link's prefix is among those of the plan, if it has any */
static bool is_link_planned(const struct site_circuit *c, enum plan_link link,
			    const struct prefix *p)
{
	const struct site_prefixes *list = &c->link[link - PLAN_LINK_PRIMARY];
	bool any = false;

	for (size_t i = 0; i < list->count; i++) {
		const struct prefix *planned = &list->item[i].prefix;

		if (routes_is_v4(planned) != routes_is_v4(p))
			continue;
		any = true;
		if (!prefix_cmp(planned, p))
			return true;
	}
	return !any;
}

static bool say_links(struct judge *j, const struct plan_azure *a,
		      const struct plan_peering *p)
{
	const struct site_circuit *c = &j->site->circuit[a->circuit];
	bool bad = false;

	for (unsigned l = PLAN_LINK_PRIMARY; l <= PLAN_LINK_SECONDARY; l++) {
		for (unsigned f = 0; f < 2; f++) {
			if (!p->has_link[l][f] ||
			    is_link_planned(c, (enum plan_link)l,
					    &p->link[l][f]))
				continue;
			bad = true;
			told_say(j, CHECK_BGP_PEER_PLAN, PLAN_FAIL, a, p->mark,
				 "%s: the peering has %s on the %s link, the "
				 "plan has another prefix",
				 c->name, PREFIX(&p->link[l][f]),
				 plan_link_name((enum plan_link)l));
		}
	}
	return bad;
}

static void look_at_peer(struct judge *j, const struct plan_azure *a,
			 const struct plan_peering *p)
{
	const struct site_circuit *c = &j->site->circuit[a->circuit];
	bool bad = say_links(j, a, p);

	if (p->azure_as && p->azure_as != AZURE_AS) {
		bad = true;
		told_say(j, CHECK_BGP_PEER_PLAN, PLAN_FAIL, a, p->mark,
			 "%s: Microsoft's AS number is %u, not %u", c->name,
			 p->azure_as, AZURE_AS);
	}
	if (p->has_enabled && !p->enabled) {
		bad = true;
		told_say(j, CHECK_BGP_PEER_PLAN, PLAN_FAIL, a, p->mark,
			 "%s: the peering is not enabled", c->name);
	}
	if (bad)
		return;
	if (!c->link[0].count && !c->link[1].count)
		check_say_circuit(
			j, CHECK_BGP_PEER_PLAN, PLAN_UNKNOWN, c->mark,
			a->circuit,
			"%s: the plan does not say its link addresses "
			"('links')",
			c->name);
	else
		told_say(j, CHECK_BGP_PEER_PLAN, PLAN_PASS, a, p->mark,
			 "%s: the peering is as planned", c->name);
}

void check_bgp_peer_plan(struct judge *j)
{
	each_peering(j, CHECK_BGP_PEER_PLAN, look_at_peer);
}

static void look_at_session(struct judge *j, const struct plan_azure *a)
{
	const char *name = j->site->circuit[a->circuit].name;
	static const struct site_mark start = {1, 1};
	char text[ADDR_TEXT];

	if (!a->neighbours)
		told_say(j, CHECK_BGP_SESSION_DOWN, PLAN_FAIL, a, start,
			 "%s: there is no BGP neighbour (%s)", name,
			 plan_link_name(a->link));
	for (size_t i = 0; i < a->neighbours; i++) {
		const struct plan_neighbour *n = &a->neighbour[i];

		told_say(j, CHECK_BGP_SESSION_DOWN,
			 n->up ? PLAN_PASS : PLAN_FAIL, a, n->mark,
			 "%s: the session with %s is %s (%s)", name,
			 addr_format(&n->addr, text),
			 n->up ? "established" : "down",
			 plan_link_name(a->link));
	}
}

void check_bgp_session(struct judge *j)
{
	told_each_link(j, CHECK_BGP_SESSION_DOWN, PLAN_SUMMARY, "--summary",
		       look_at_session);
}

/* Some hardware shows the customer's row alone: that is healthy. */
static void look_at_arp(struct judge *j, const struct plan_azure *a)
{
	const char *name = j->site->circuit[a->circuit].name;
	static const struct site_mark start = {1, 1};
	bool bad = false, customer = false;
	char text[ADDR_TEXT];

	for (size_t i = 0; i < a->arps; i++) {
		const struct plan_arp *r = &a->arp[i];

		customer |= r->on_prem;
		if (r->resolved)
			continue;
		bad = true;
		told_say(j, CHECK_ARP_INCOMPLETE, PLAN_FAIL, a, r->mark,
			 "%s: %s, %s, does not answer ARP (%s)", name,
			 r->on_prem ? "the site's end" : "Microsoft's end",
			 addr_format(&r->addr, text), plan_link_name(a->link));
	}
	if (!customer)
		told_say(j, CHECK_ARP_INCOMPLETE, PLAN_FAIL, a, start,
			 "%s: the site's end is not in the ARP table (%s)",
			 name, plan_link_name(a->link));
	else if (!bad)
		told_say(j, CHECK_ARP_INCOMPLETE, PLAN_PASS, a, start,
			 "%s: the link answers ARP (%s)", name,
			 plan_link_name(a->link));
}

void check_arp_incomplete(struct judge *j)
{
	told_each_link(j, CHECK_ARP_INCOMPLETE, PLAN_ARP, "--arp", look_at_arp);
}
