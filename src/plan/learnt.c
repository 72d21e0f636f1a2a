/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of Azure's route tables: what Microsoft's edge has learnt
 *
 * A row whose AS path begins with Microsoft's number is what the site hears;
 * all others are what the site advertises.
 */
#include "told.h"
#include "routes.h"

/* What a table has learnt from the site */
static struct spaces learnt_of(const struct plan_azure *a)
{
	struct spaces s = {0};

	for (size_t i = 0; i < a->routes; i++) {
		if (!told_is_microsofts(&a->route[i]))
			spaces_add(&s, &a->route[i].prefix, a->link,
				   a->route[i].mark);
	}
	spaces_freeze(&s);
	return s;
}

static struct plan_result *say_not_learnt(struct judge *j, enum plan_check c,
					  const struct plan_azure *a,
					  const struct spaces *learnt,
					  const char *what,
					  const struct site_prefix *p)
{
	const char *name = j->site->circuit[a->circuit].name;
	struct plan_result *r;

	if (spaces_cover(learnt, &p->prefix))
		return NULL;
	r = check_say_circuit(j, c, PLAN_FAIL, p->mark, a->circuit,
			      "%s %s is not in the route table of %s (%s), %s",
			      what, PREFIX(&p->prefix), name,
			      plan_link_name(a->link), a->path);
	check_remedy(r,
		     "Advertise %s over %s on this link, and see whether "
		     "Microsoft accepts it.",
		     PREFIX(&p->prefix), name);
	return r;
}

static void compare_pools(struct judge *j, const struct plan_azure *a,
			  const struct spaces *learnt)
{
	const struct site_circuit *c = &j->site->circuit[a->circuit];
	bool bad = false;

	for (size_t i = 0; i < c->nat_pools.count; i++)
		bad |= say_not_learnt(j, CHECK_POOL_NOT_ADVERTISED, a, learnt,
				      "pool", &c->nat_pools.item[i]) != NULL;
	if (!bad && c->nat_pools.count)
		check_say_circuit(j, CHECK_POOL_NOT_ADVERTISED, PLAN_PASS,
				  c->mark, a->circuit,
				  "%s: its pools are in Microsoft's route "
				  "table (%s)",
				  c->name, plan_link_name(a->link));
}

static void compare_endpoints(struct judge *j, const struct plan_azure *a,
			      const struct spaces *learnt)
{
	for (size_t i = 0; i < j->published.count; i++) {
		const struct space *p = &j->published.item[i];
		const struct site_prefix at = {p->prefix, p->mark};
		uint64_t allowed = j->site->service[p->owner].circuits;

		struct plan_result *r;

		if (!(allowed >> a->circuit & 1))
			continue;
		r = say_not_learnt(j, CHECK_ADV_ENDPOINT_MISSING, a, learnt,
				   "endpoint", &at);
		if (r)
			r->service = (uint16_t)p->owner;
	}
}

static void look_at_rows(struct judge *j, const struct plan_azure *a,
			 const struct spaces *learnt)
{
	const char *name = j->site->circuit[a->circuit].name;
	size_t count[2] = {0, 0}, most;

	for (size_t i = 0; i < learnt->count; i++) {
		const struct space *s = &learnt->item[i];
		const char *why = check_not_public(&s->prefix);

		count[!routes_is_v4(&s->prefix)]++;
		if (why)
			told_say(j, CHECK_ADV_PRIVATE, PLAN_FAIL, a, s->mark,
				 "route %s of %s: %s", PREFIX(&s->prefix), name,
				 why);
	}
	most = count[0] > count[1] ? count[0] : count[1];
	if (most >= CHECK_MANY_PREFIXES)
		told_say(j, CHECK_ADV_COUNT,
			 most > CHECK_LIMIT_PREFIXES ? PLAN_FAIL : PLAN_WARN, a,
			 learnt->item[0].mark,
			 "%s: Microsoft has learnt %zu IPv4 and %zu IPv6 "
			 "prefixes (%s) of %d each that it accepts",
			 name, count[0], count[1], plan_link_name(a->link),
			 CHECK_LIMIT_PREFIXES);
}

static void look_at_routes(struct judge *j, const struct plan_azure *a)
{
	struct spaces learnt = learnt_of(a);

	compare_pools(j, a, &learnt);
	compare_endpoints(j, a, &learnt);
	look_at_rows(j, a, &learnt);
	told_unplanned(j, a, &learnt);
	spaces_free(&learnt);
}

void check_learnt_routes(struct judge *j)
{
	told_each_link(j, CHECK_POOL_NOT_ADVERTISED, PLAN_ROUTES, "--routes",
		       look_at_routes);
}

/* Return: whether all of @a's routes are among @other's; else they are said */
static bool is_part_of(struct judge *j, const struct plan_azure *a,
		       const struct plan_azure *other)
{
	struct spaces mine = learnt_of(a), theirs = learnt_of(other);
	bool part = true;

	for (size_t i = 0; i < mine.count; i++) {
		const struct space *s = &mine.item[i];
		const struct space *same = spaces_cover(&theirs, &s->prefix);

		if (same && !prefix_cmp(&same->prefix, &s->prefix))
			continue;
		part = false;
		told_say(j, CHECK_ADV_LINK_MISMATCH, PLAN_FAIL, a, s->mark,
			 "%s: Microsoft has learnt %s over the %s link and "
			 "not over the %s one",
			 j->site->circuit[a->circuit].name, PREFIX(&s->prefix),
			 plan_link_name(a->link), plan_link_name(other->link));
	}
	spaces_free(&mine);
	spaces_free(&theirs);
	return part;
}

static const struct plan_azure *table_of(const struct judge *j, size_t circuit,
					 enum plan_link link)
{
	const struct plan_azure *a = NULL;

	while ((a = told_next(j, PLAN_ROUTES, circuit, a))) {
		if (a->link == link)
			return a;
	}
	return NULL;
}

void check_adv_link_mismatch(struct judge *j)
{
	uint64_t given = told_missing(j, CHECK_ADV_LINK_MISMATCH, PLAN_ROUTES,
				      "--routes");

	for (; given; given &= given - 1) {
		size_t i = (size_t)__builtin_ctzll(given);
		const struct site_circuit *c = &j->site->circuit[i];
		const struct plan_azure *one, *two;
		bool same;

		one = table_of(j, i, PLAN_LINK_PRIMARY);
		two = table_of(j, i, PLAN_LINK_SECONDARY);
		if (!one || !two) {
			check_say_circuit(j, CHECK_ADV_LINK_MISMATCH,
					  PLAN_UNKNOWN, c->mark, i,
					  "%s: the route tables of both links "
					  "were not given (--routes %s.primary"
					  "=FILE, %s.secondary=FILE)",
					  c->name, c->name, c->name);
			continue;
		}
		same = is_part_of(j, one, two);
		same &= is_part_of(j, two, one);
		if (same)
			check_say_circuit(j, CHECK_ADV_LINK_MISMATCH, PLAN_PASS,
					  c->mark, i,
					  "%s: both links advertise the same",
					  c->name);
	}
}

static void count_microsofts(struct judge *j, const struct plan_azure *a)
{
	const struct site_circuit *c = &j->site->circuit[a->circuit];
	static const struct site_mark start = {1, 1};
	enum plan_verdict v = PLAN_INFO;
	uint64_t n = 0;

	for (size_t i = 0; i < a->routes; i++)
		n += told_is_microsofts(&a->route[i]);
	if (!n || (c->expected_routes >= 0 && n < (uint64_t)c->expected_routes))
		v = PLAN_FAIL;
	else if (c->expected_routes >= 0)
		v = PLAN_PASS;
	told_say(j, CHECK_BGP_FEW_PREFIXES, v, a, start,
		 "%s: %llu prefixes of Microsoft's are in the table (%s)%s",
		 c->name, (unsigned long long)n, plan_link_name(a->link),
		 c->expected_routes < 0
			 ? "; the plan does not say how many to expect "
			   "('expected-routes')"
		 : v == PLAN_FAIL ? ", fewer than the plan expects"
				  : ", as many as the plan expects");
}

void check_bgp_few_prefixes(struct judge *j)
{
	told_each(j, CHECK_BGP_FEW_PREFIXES, PLAN_ROUTES, "--routes",
		  count_microsofts);
}

/* Numbers for documentation, and those that Azure keeps for itself */
static bool is_reserved(uint32_t as)
{
	return (as >= 64496 && as <= 64511) || (as >= 65515 && as <= 65520);
}

static void look_at_paths(struct judge *j, const struct plan_azure *a)
{
	const struct site_circuit *c = &j->site->circuit[a->circuit];
	bool bad = false;

	for (size_t i = 0; i < a->routes; i++) {
		const struct plan_route *r = &a->route[i];

		for (size_t k = 0; k < r->as_count; k++) {
			if (told_is_microsofts(r) || !is_reserved(r->as[k]))
				continue;
			bad = true;
			told_say(j, CHECK_BGP_ASN_PATH, PLAN_FAIL, a, r->mark,
				 "%s: the path of %s has the reserved AS %u",
				 c->name, PREFIX(&r->prefix), r->as[k]);
			break;
		}
	}
	if (!bad)
		check_say_circuit(j, CHECK_BGP_ASN_PATH, PLAN_PASS, c->mark,
				  a->circuit,
				  "%s: no path has a reserved AS number (%s)",
				  c->name, plan_link_name(a->link));
}

void check_bgp_asn_path(struct judge *j)
{
	told_each(j, CHECK_BGP_ASN_PATH, PLAN_ROUTES, "--routes",
		  look_at_paths);
}
