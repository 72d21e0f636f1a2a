/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of inbound source NAT, and of what stands in for it
 */
#include <asymcap/detect.h>

#include "walk.h"

/* Return: another circuit of the row whose NAT has addresses of @snat, or NULL */
static const struct site_snat *shared_snat(const struct judge *j,
					   const struct site_service *s,
					   const struct site_snat *snat)
{
	for (size_t i = 0; &s->snat[i] < snat; i++) {
		const struct site_snat *other = &s->snat[i];

		if (!path_one_domain(j->site, (size_t)snat->circuit,
				     (size_t)other->circuit) &&
		    routes_prefix_meet(&snat->to, &other->to))
			return other;
	}
	return NULL;
}

static bool say_snat_wrong(struct judge *j, size_t service,
			   const struct site_snat *snat)
{
	const struct site_service *s = &j->site->service[service];
	const char *name = j->site->circuit[snat->circuit].name;
	const struct site_snat *other = shared_snat(j, s, snat);
	struct plan_result *r;

	if (other) {
		r = check_say_service(
			j, CHECK_INBOUND_SNAT_WRONG, PLAN_FAIL, snat->mark,
			service,
			"%s: inbound source NAT at %s (%s) and at %s (%s) "
			"shares addresses: the reply may go to either edge",
			s->name, name, PREFIX(&snat->to),
			j->site->circuit[other->circuit].name,
			PREFIX(&other->to));
		r->circuits = 1ULL << snat->circuit | 1ULL << other->circuit;
		return true;
	}
	if (s->circuits && !(s->circuits >> snat->circuit & 1)) {
		r = check_say_service(
			j, CHECK_INBOUND_SNAT_WRONG, PLAN_WARN, snat->mark,
			service,
			"%s: inbound source NAT is planned at %s, "
			"which the row does not allow (line %u)",
			s->name, name, s->circuits_mark.line);
		check_remedy(r, "Allow the circuit in the row, or take its "
				"inbound NAT out.");
		r->circuits = 1ULL << snat->circuit;
		return true;
	}
	return false;
}

void check_inbound_snat_wrong(struct judge *j)
{
	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		bool bad = false;

		if (!s->snat_count)
			continue;
		for (size_t k = 0; k < s->snat_count; k++)
			bad |= say_snat_wrong(j, i, &s->snat[k]);
		if (!bad)
			check_say_service(j, CHECK_INBOUND_SNAT_WRONG,
					  PLAN_PASS, s->snat[0].mark, i,
					  "%s: each edge translates to "
					  "addresses of its own",
					  s->name);
	}
}

void check_inbound_snat_er(struct judge *j)
{
	struct str names = {0};

	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		uint64_t without = s->circuits & j->er;
		struct plan_result *r;

		if (s->direction != SERVICE_INBOUND || !without)
			continue;
		for (size_t k = 0; k < s->snat_count; k++)
			without &= ~(1ULL << s->snat[k].circuit);
		if (!without) {
			check_say_service(j, CHECK_INBOUND_SNAT_ER, PLAN_PASS,
					  s->mark, i,
					  "%s: it has inbound source NAT at "
					  "each ExpressRoute circuit",
					  s->name);
			continue;
		}
		r = check_say_service(j, CHECK_INBOUND_SNAT_ER, PLAN_WARN,
				      s->circuits_mark, i,
				      "%s: it has no inbound source NAT at %s",
				      s->name, check_names(j, without, &names));
		r->circuits = without;
	}
	str_free(&names);
}

/* The first ExpressRoute route of a segment that leads to the provider */
static const struct site_prefix *er_route(const struct judge *j,
					  const struct site_segment *s,
					  const struct spaces *remote,
					  int *circuit)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct site_prefixes *list = &s->heard[i].routes;

		if (!(j->er >> s->heard[i].circuit & 1))
			continue;
		*circuit = s->heard[i].circuit;
		for (size_t k = 0; k < list->count; k++) {
			if (spaces_meet(remote, &list->item[k].prefix))
				return &list->item[k];
		}
	}
	return NULL;
}

static bool is_bare(const struct judge *j, const struct site_service *s,
		    size_t segment)
{
	uint64_t bare = (s->circuits ? s->circuits : ~0ULL) & j->internet;

	if (s->direction != SERVICE_INBOUND || !(s->segments >> segment & 1))
		return false;
	for (size_t k = 0; k < s->snat_count; k++)
		bare &= ~(1ULL << s->snat[k].circuit);
	return bare;
}

/*
 * Rows of a segment that come in over the Internet with their own source, and
 * all whom they come from
 */
static size_t bare_rows(const struct judge *j, size_t segment,
			const char **example, struct spaces *remote)
{
	bool added = false;
	size_t rows = 0;

	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		const struct site_prefixes *from = walk_remote(j, s);
		bool own = from == &s->remote;

		if (!is_bare(j, s, segment))
			continue;
		if (own || !added)
			spaces_add_all(remote, from, 0);
		added = added || !own;
		if (!rows++)
			*example = s->name;
	}
	spaces_freeze(remote);
	return rows;
}

static void scope_segment(struct judge *j, size_t segment)
{
	const struct site_segment *s = &j->site->segment[segment];
	const struct site_prefix *p;
	const char *example = "";
	struct spaces remote = {0};
	size_t rows = bare_rows(j, segment, &example, &remote);
	struct plan_result *r;
	int circuit = 0;

	p = er_route(j, s, &remote, &circuit);
	spaces_free(&remote);
	if (!rows)
		return;
	if (!p) {
		check_say(j, CHECK_ROUTE_SCOPING_LEAK, PLAN_PASS, s->mark,
			  "segment %s: it hears no ExpressRoute route, so "
			  "route scoping holds",
			  s->name);
		return;
	}
	r = check_say_circuit(
		j, CHECK_ROUTE_SCOPING_LEAK, PLAN_FAIL, p->mark,
		(size_t)circuit,
		"segment %s hears %s over %s, and servers stand in it that are "
		"reached over the Internet without inbound source NAT (%s%s)",
		s->name, PREFIX(&p->prefix), j->site->circuit[circuit].name,
		example, rows > 1 ? " and others" : "");
	check_cause(j, r, CAUSE_NO_INBOUND_SNAT);
}

void check_route_scoping(struct judge *j)
{
	for (size_t i = 0; i < j->site->segments; i++)
		scope_segment(j, i);
}
