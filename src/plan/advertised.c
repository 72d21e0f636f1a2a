/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of what is advertised, to whom, and how much of it
 */
#include "check.h"

#include "routes.h"

static bool say_same_both(struct judge *j, const struct space *er,
			  const struct space *internet)
{
	const struct site_circuit *c = j->site->circuit;
	struct plan_result *r;

	r = check_say(j, CHECK_ADV_SAME_BOTH, PLAN_FAIL, er->mark,
		      "%s is advertised over %s and to the Internet over %s "
		      "(line %u)",
		      PREFIX(&er->prefix), c[er->owner].name,
		      c[internet->owner].name, internet->mark.line);
	r->circuits = 1ULL << er->owner | 1ULL << internet->owner;
	return true;
}

static bool say_not_specific(struct judge *j, const struct space *er,
			     const struct space *internet)
{
	const struct site_circuit *c = j->site->circuit;
	struct plan_result *r;

	r = check_say(j, CHECK_ADV_ER_NOT_SPECIFIC, PLAN_FAIL, er->mark,
		      "%s over %s holds %s, which %s has to the Internet "
		      "(line %u): the longer one wins",
		      PREFIX(&er->prefix), c[er->owner].name,
		      PREFIX(&internet->prefix), c[internet->owner].name,
		      internet->mark.line);
	r->circuits = 1ULL << er->owner | 1ULL << internet->owner;
	check_remedy(r,
		     "Advertise longer prefixes than %s over %s, or none of "
		     "it to the Internet.",
		     PREFIX(&internet->prefix), c[er->owner].name);
	return true;
}

static void say_shared(struct judge *j, const struct space *er,
		       const struct space *internet)
{
	const struct site_circuit *c = j->site->circuit;
	struct plan_result *r;

	r = check_say(j, CHECK_ADV_ER_NOT_SPECIFIC, PLAN_INFO, er->mark,
		      "%s over %s is a part of %s, which %s has to the "
		      "Internet (line %u): it is longer, as it must be",
		      PREFIX(&er->prefix), c[er->owner].name,
		      PREFIX(&internet->prefix), c[internet->owner].name,
		      internet->mark.line);
	r->circuits = 1ULL << er->owner | 1ULL << internet->owner;
	check_remedy(r, "Best advertise addresses over ExpressRoute that the "
			"Internet does not hear of at all.");
}

/* One circuit's prefixes against those of the Internet */
static void compare_sides(struct judge *j, size_t circuit)
{
	const struct site_circuit *c = &j->site->circuit[circuit];
	const struct spaces *own = &j->advertised[circuit];
	bool same = false, wide = false;

	for (size_t i = 0; i < own->count; i++) {
		const struct space *er = &own->item[i];
		const struct space *cover =
			spaces_cover(&j->internet_space, &er->prefix);
		const struct space *in =
			spaces_inside(&j->internet_space, &er->prefix);

		if (cover && !prefix_cmp(&cover->prefix, &er->prefix))
			same = say_same_both(j, er, cover);
		else if (in)
			wide = say_not_specific(j, er, in);
		else if (cover)
			say_shared(j, er, cover);
	}
	if (!same)
		check_say_circuit(j, CHECK_ADV_SAME_BOTH, PLAN_PASS, c->mark,
				  circuit,
				  "%s: nothing of it is advertised to the "
				  "Internet alike",
				  c->name);
	if (!wide && !same)
		check_say_circuit(j, CHECK_ADV_ER_NOT_SPECIFIC, PLAN_PASS,
				  c->mark, circuit,
				  "%s: nothing the Internet hears is more "
				  "specific",
				  c->name);
}

void check_adv_both_sides(struct judge *j)
{
	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];

		if (c->advertised.count) {
			compare_sides(j, i);
			continue;
		}
		check_say_circuit(j, CHECK_ADV_SAME_BOTH, PLAN_UNKNOWN, c->mark,
				  i,
				  "%s: the plan does not say what it "
				  "advertises ('advertised')",
				  c->name);
		check_say_circuit(j, CHECK_ADV_ER_NOT_SPECIFIC, PLAN_UNKNOWN,
				  c->mark, i,
				  "%s: the plan does not say what it "
				  "advertises ('advertised')",
				  c->name);
	}
}

static bool say_pulled(struct judge *j, size_t circuit,
		       const struct site_prefix *pool, const struct space *er,
		       const struct space *internet)
{
	const struct site_circuit *c = j->site->circuit;
	struct plan_result *r;

	if (!internet || internet->prefix.len <= er->prefix.len)
		return false;
	r = check_say(j, CHECK_ADV_INTERNET_MORE_SPECIFIC, PLAN_FAIL,
		      internet->mark,
		      "%s to the Internet over %s is longer than %s over %s, "
		      "and pool %s (line %u) has addresses in it: their "
		      "replies come back over the Internet",
		      PREFIX(&internet->prefix), c[internet->owner].name,
		      PREFIX(&er->prefix), c[circuit].name,
		      PREFIX(&pool->prefix), pool->mark.line);
	r->circuits = 1ULL << circuit | 1ULL << internet->owner;
	check_remedy(r, "Withdraw %s from the Internet.",
		     PREFIX(&internet->prefix));
	return true;
}

void check_adv_internet_more_specific(struct judge *j)
{
	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];
		size_t judged = 0;
		bool bad = false;

		for (size_t k = 0; k < c->nat_pools.count; k++) {
			const struct site_prefix *p = &c->nat_pools.item[k];
			const struct space *er =
				spaces_cover(&j->advertised[i], &p->prefix);

			if (!er)
				continue; /* pool-not-advertised tells that */
			judged++;
			bad |= say_pulled(
				j, i, p, er,
				spaces_meet(&j->internet_space, &p->prefix));
		}
		if (judged && !bad)
			check_say_circuit(j, CHECK_ADV_INTERNET_MORE_SPECIFIC,
					  PLAN_PASS, c->mark, i,
					  "%s: the Internet hears nothing more "
					  "specific of its pools",
					  c->name);
	}
}

/* Whether every row that a prefix publishes may use all these circuits */
static bool rows_allow(const struct judge *j, const struct prefix *p,
		       uint64_t circuits, bool *any)
{
	const struct space *s = spaces_inside(&j->published, p);

	*any = s;
	for (; s; s = spaces_next_inside(&j->published, s, p)) {
		uint64_t allowed = j->site->service[s->owner].circuits;

		if (circuits & ~allowed)
			return false;
	}
	return true;
}

static void say_multi(struct judge *j, const struct space *first,
		      uint64_t circuits)
{
	const struct space *pool = spaces_meet(&j->pools, &first->prefix);
	bool any = false;
	bool meant = rows_allow(j, &first->prefix, circuits, &any) && any;
	struct plan_result *r;
	struct str names = {0};

	check_names(j, circuits, &names);
	if (pool)
		r = check_say(j, CHECK_ADV_MULTI_CIRCUIT, PLAN_FAIL,
			      first->mark,
			      "%s is advertised over %s, and sources come from "
			      "it (pool %s, line %u): Microsoft may answer "
			      "over any of them",
			      PREFIX(&first->prefix), names.s,
			      PREFIX(&pool->prefix), pool->mark.line);
	else if (meant)
		r = check_say(j, CHECK_ADV_MULTI_CIRCUIT, PLAN_INFO,
			      first->mark,
			      "%s is advertised over %s, and the services in "
			      "it may use all of them",
			      PREFIX(&first->prefix), names.s);
	else
		r = check_say(j, CHECK_ADV_MULTI_CIRCUIT, PLAN_WARN,
			      first->mark,
			      "%s is advertised over %s, and no service that "
			      "may use all of them explains it",
			      PREFIX(&first->prefix), names.s);
	r->circuits = circuits;
	if (meant && !pool)
		check_remedy(r, "Keep inbound source NAT at each of these "
				"edges: it brings the replies back.");
	str_free(&names);
}

void check_adv_multi_circuit(struct judge *j)
{
	const struct spaces *all = &j->er_space;
	uint64_t shared = 0;
	size_t next;

	if (!(j->er & (j->er - 1)))
		return;
	for (size_t i = 0; i < all->count; i = next) {
		uint64_t circuits = 0;

		for (next = i;
		     next < all->count &&
		     !prefix_cmp(&all->item[i].prefix, &all->item[next].prefix);
		     next++)
			circuits |= 1ULL << all->item[next].owner;
		if (!(circuits & (circuits - 1)))
			continue;
		say_multi(j, &all->item[i], circuits);
		shared |= circuits;
	}
	for (uint64_t left = j->er & ~shared; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];

		if (c->advertised.count)
			check_say_circuit(j, CHECK_ADV_MULTI_CIRCUIT, PLAN_PASS,
					  c->mark, i,
					  "%s: what it advertises no other "
					  "ExpressRoute circuit does",
					  c->name);
	}
}

static const char *const never_public[] = {
	"0.0.0.0/8",	  "10.0.0.0/8",	   "100.64.0.0/10",  "127.0.0.0/8",
	"169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4",
	"::/128",	  "::1/128",	   "fc00::/7",	     "fe80::/10",
	"ff00::/8",
};

const char *check_not_public(const struct prefix *p)
{
	struct prefix never;

	if (p->len == (routes_is_v4(p) ? 96 : 0))
		return "the default route";
	for (size_t i = 0; i < ARRAY_SIZE(never_public); i++) {
		if (!prefix_parse(never_public[i], &never) &&
		    routes_prefix_meet(&never, p))
			return addr_scope_name(addr_scope(&never.base));
	}
	return NULL;
}

/* The first of a list that is set aside for documentation, or NULL */
static const struct site_prefix *example_of(const struct site_prefixes *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (addr_scope(&list->item[i].prefix.base) ==
		    ADDR_DOCUMENTATION)
			return &list->item[i];
	}
	return NULL;
}

/* Return: whether one of a list is not public */
static bool say_private(struct judge *j, size_t circuit, const char *what,
			const struct site_prefixes *list)
{
	bool bad = false;

	for (size_t i = 0; i < list->count; i++) {
		const struct site_prefix *p = &list->item[i];
		const char *why = check_not_public(&p->prefix);

		if (!why)
			continue;
		bad = true;
		check_say_circuit(j, CHECK_ADV_PRIVATE, PLAN_FAIL, p->mark,
				  circuit, "%s %s of %s: %s", what,
				  PREFIX(&p->prefix),
				  j->site->circuit[circuit].name, why);
	}
	return bad;
}

void check_adv_private(struct judge *j)
{
	const struct site_prefix *example = NULL;
	struct plan_result *r;

	for (size_t i = 0; i < j->site->circuits; i++) {
		const struct site_circuit *c = &j->site->circuit[i];
		bool bad;

		if (!c->advertised.count && !c->nat_pools.count)
			continue;
		bad = say_private(j, i, "advertised prefix", &c->advertised);
		bad |= say_private(j, i, "pool", &c->nat_pools);
		if (!example)
			example = example_of(&c->nat_pools);
		if (!example)
			example = example_of(&c->advertised);
		if (!bad)
			check_say_circuit(
				j, CHECK_ADV_PRIVATE, PLAN_PASS, c->mark, i,
				"%s: its pools and advertisements are "
				"public",
				c->name);
	}
	if (!example)
		return;
	r = check_say(j, CHECK_ADV_PRIVATE, PLAN_INFO, example->mark,
		      "%s is set aside for documentation, as other prefixes "
		      "here may be",
		      PREFIX(&example->prefix));
	check_remedy(r, "Right in an example; in a plan that is to be built, "
			"write your own addresses.");
}

void check_adv_count(struct judge *j)
{
	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];
		size_t count[2] = {0, 0}, most;

		if (!c->advertised.count)
			continue;
		for (size_t k = 0; k < j->advertised[i].count; k++)
			count[!routes_is_v4(
				&j->advertised[i].item[k].prefix)]++;
		most = count[0] > count[1] ? count[0] : count[1];
		check_say_circuit(j, CHECK_ADV_COUNT,
				  most > CHECK_LIMIT_PREFIXES	? PLAN_FAIL
				  : most >= CHECK_MANY_PREFIXES ? PLAN_WARN
								: PLAN_PASS,
				  c->advertised.item[0].mark, i,
				  "%s: it advertises %zu IPv4 and %zu IPv6 "
				  "prefixes of %d each that Microsoft accepts",
				  c->name, count[0], count[1],
				  CHECK_LIMIT_PREFIXES);
	}
}

/* All that an advertisement may be for */
static void gather_purposes(const struct judge *j, struct spaces *to)
{
	const struct site *site = j->site;

	for (size_t i = 0; i < site->circuits; i++) {
		spaces_add_all(to, &site->circuit[i].nat_pools, 0);
		for (unsigned l = 0; l < SITE_LINKS; l++)
			spaces_add_all(to, &site->circuit[i].link[l], 0);
	}
	for (size_t i = 0; i < site->services; i++)
		spaces_add_all(to, &site->service[i].local, 0);
	spaces_add_all(to, &site->own, 0);
	spaces_freeze(to);
}

void check_adv_no_purpose(struct judge *j)
{
	struct spaces purposes = {0};

	gather_purposes(j, &purposes);
	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];
		bool bad = false;

		for (size_t k = 0; k < c->advertised.count; k++) {
			const struct site_prefix *p = &c->advertised.item[k];

			if (spaces_meet(&purposes, &p->prefix))
				continue;
			bad = true;
			check_say_circuit(j, CHECK_ADV_NO_PURPOSE, PLAN_WARN,
					  p->mark, i,
					  "%s over %s holds no pool, endpoint, "
					  "link or own address of the plan",
					  PREFIX(&p->prefix), c->name);
		}
		if (c->advertised.count && !bad)
			check_say_circuit(j, CHECK_ADV_NO_PURPOSE, PLAN_PASS,
					  c->mark, i,
					  "%s: each of its advertisements has "
					  "a purpose",
					  c->name);
	}
	spaces_free(&purposes);
}
