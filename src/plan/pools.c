/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of the NAT pools: whose they are, how large, and what they hold
 */
#include "check.h"

#include "routes.h"

/*
 * The guide to NAT for Microsoft 365: of the 64,000 ports of an address some
 * 4,000 are not used, and a client takes six at its peak and four to spare.
 */
#define CLIENTS_PER_ADDRESS 6000
#define FULL_PERCENT	    80

/* Sorted, each lies in the one before that holds it: one look back is enough. */
void check_pool_overlap(struct judge *j)
{
	const struct site_circuit *c = j->site->circuit;
	uint64_t bad = 0;

	for (size_t i = 0; i < j->pools.count; i++) {
		const struct space *s = &j->pools.item[i];
		const struct space *wide = spaces_wider(&j->pools, s);
		bool later;
		const struct space *place;
		struct plan_result *r;

		while (wide && wide->owner == s->owner)
			wide = spaces_wider(&j->pools, wide);
		if (!wide)
			continue;
		later = wide->mark.line > s->mark.line ||
			(wide->mark.line == s->mark.line &&
			 wide->mark.column > s->mark.column);
		place = later ? wide : s;
		r = check_say(j, CHECK_POOL_OVERLAP, PLAN_FAIL, place->mark,
			      "pool %s of %s and pool %s of %s overlap: the "
			      "provider may answer over either",
			      PREFIX(&s->prefix), c[s->owner].name,
			      PREFIX(&wide->prefix), c[wide->owner].name);
		r->circuits = 1ULL << s->owner | 1ULL << wide->owner;
		bad |= r->circuits;
	}
	for (size_t i = 0; i < j->site->circuits; i++) {
		if (c[i].nat_pools.count && !(bad >> i & 1))
			check_say_circuit(j, CHECK_POOL_OVERLAP, PLAN_PASS,
					  c[i].mark, i,
					  "%s: its pools are no other "
					  "circuit's",
					  c[i].name);
	}
}

/* Return: how many pools of a circuit its advertisements do not cover */
static size_t say_not_advertised(struct judge *j, size_t circuit)
{
	const struct site_circuit *c = &j->site->circuit[circuit];
	size_t bad = 0;

	for (size_t i = 0; i < c->nat_pools.count; i++) {
		const struct site_prefix *p = &c->nat_pools.item[i];
		struct plan_result *r;

		if (spaces_cover(&j->advertised[circuit], &p->prefix))
			continue;
		bad++;
		r = check_say_circuit(j, CHECK_POOL_NOT_ADVERTISED, PLAN_FAIL,
				      p->mark, circuit,
				      "pool %s is not in what %s advertises: "
				      "Microsoft drops such sources",
				      PREFIX(&p->prefix), c->name);
		check_remedy(r, "Advertise %s over %s, on both links.",
			     PREFIX(&p->prefix), c->name);
	}
	return bad;
}

void check_pool_advertised(struct judge *j)
{
	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];

		if (!c->nat_pools.count)
			check_say_circuit(j, CHECK_POOL_NOT_ADVERTISED,
					  PLAN_UNKNOWN, c->mark, i,
					  "%s: the plan does not say its pools "
					  "('nat-pools')",
					  c->name);
		else if (!c->advertised.count)
			check_say_circuit(j, CHECK_POOL_NOT_ADVERTISED,
					  PLAN_UNKNOWN, c->mark, i,
					  "%s: the plan does not say what it "
					  "advertises ('advertised')",
					  c->name);
		else if (!say_not_advertised(j, i))
			check_say_circuit(j, CHECK_POOL_NOT_ADVERTISED,
					  PLAN_PASS, c->mark, i,
					  "%s: its pools are advertised over "
					  "it, on paper",
					  c->name);
	}
}

/* Return: whether a pool holds an address of the link */
static bool say_link_in_pool(struct judge *j, size_t circuit, unsigned link,
			     const struct site_prefix *p)
{
	const struct site_circuit *c = j->site->circuit;
	const struct space *pool = spaces_meet(&j->pools, &p->prefix);

	if (!pool)
		return false;
	check_say_circuit(
		j, CHECK_POOL_LINK_ADDRESS, PLAN_FAIL, p->mark, circuit,
		"the %s link of %s (%s) lies in pool %s of %s (line "
		"%u)",
		site_link_name(link), c[circuit].name, PREFIX(&p->prefix),
		PREFIX(&pool->prefix), c[pool->owner].name, pool->mark.line);
	return true;
}

void check_pool_link_address(struct judge *j)
{
	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];
		bool bad = false;

		if (!c->link[0].count && !c->link[1].count) {
			check_say_circuit(j, CHECK_POOL_LINK_ADDRESS,
					  PLAN_UNKNOWN, c->mark, i,
					  "%s: the plan does not say its link "
					  "addresses ('links')",
					  c->name);
			continue;
		}
		for (unsigned l = 0; l < SITE_LINKS; l++) {
			for (size_t k = 0; k < c->link[l].count; k++)
				bad |= say_link_in_pool(j, i, l,
							&c->link[l].item[k]);
		}
		if (!bad)
			check_say_circuit(j, CHECK_POOL_LINK_ADDRESS, PLAN_PASS,
					  c->mark, i,
					  "%s: its link addresses lie in no "
					  "pool",
					  c->name);
	}
}

/* IPv4 addresses of a circuit's pools, nested ones once; up to 2^32 */
static uint64_t pool_addresses(const struct judge *j, size_t circuit)
{
	struct spaces own = {0};
	uint64_t n = 0;

	spaces_add_all(&own, &j->site->circuit[circuit].nat_pools, circuit);
	spaces_freeze(&own);
	for (size_t i = 0; i < own.count; i++) {
		const struct space *s = &own.item[i];

		if (routes_is_v4(&s->prefix) && !spaces_wider(&own, s))
			n += 1ULL << (128 - s->prefix.len);
	}
	spaces_free(&own);
	return n;
}

static void say_pressure(struct judge *j, size_t circuit, uint64_t addresses)
{
	const struct site_circuit *c = &j->site->circuit[circuit];
	uint64_t clients = (uint64_t)c->clients;
	uint64_t room = addresses * CLIENTS_PER_ADDRESS;
	uint64_t needed =
		(clients * 100 + FULL_PERCENT * CLIENTS_PER_ADDRESS - 1) /
		(FULL_PERCENT * CLIENTS_PER_ADDRESS);
	enum plan_verdict v = clients > room			    ? PLAN_FAIL
			      : clients * 100 > room * FULL_PERCENT ? PLAN_WARN
								    : PLAN_PASS;
	struct plan_result *r;

	r = check_say_circuit(
		j, CHECK_POOL_PRESSURE, v, c->clients_mark, circuit,
		"%s: %llu clients share %llu IPv4 addresses, "
		"which have room for %llu",
		c->name, (unsigned long long)clients,
		(unsigned long long)addresses, (unsigned long long)room);
	if (v != PLAN_PASS)
		check_remedy(r,
			     "Give the pool %llu addresses or more: %d clients "
			     "for each, and a fifth to spare.",
			     (unsigned long long)needed, CLIENTS_PER_ADDRESS);
}

void check_pool_pressure(struct judge *j)
{
	for (size_t i = 0; i < j->site->circuits; i++) {
		const struct site_circuit *c = &j->site->circuit[i];
		uint64_t addresses = pool_addresses(j, i);

		if (!addresses)
			continue; /* nothing that could run out */
		if (c->clients < 0)
			check_say_circuit(j, CHECK_POOL_PRESSURE, PLAN_UNKNOWN,
					  c->mark, i,
					  "%s: the plan does not say how many "
					  "share its pools ('clients')",
					  c->name);
		else
			say_pressure(j, i, addresses);
	}
}

void check_nat_at_provider(struct judge *j)
{
	for (size_t i = 0; i < j->site->circuits; i++) {
		const struct site_circuit *c = &j->site->circuit[i];

		if (c->provider_nat)
			check_say_circuit(j, CHECK_NAT_AT_PROVIDER, PLAN_INFO,
					  c->nat_mark, i,
					  "%s: the provider translates the "
					  "sources, so private ones are right "
					  "on site",
					  c->name);
		else
			check_say_circuit(
				j, CHECK_NAT_AT_PROVIDER, PLAN_PASS, c->mark, i,
				"%s: the site translates its sources", c->name);
	}
}
