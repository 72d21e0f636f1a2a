/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * walk: an inbound row, from the provider to the server and back
 *
 * What is advertised of the published address chooses the circuit that the
 * request enters by.  With source NAT at that edge the reply returns to it.
 * Without, the reply goes where the server's segment routes the provider's
 * addresses, and that is the guide's Problem 1, or 2.
 */
#include <asymcap/detect.h>

#include "walk.h"

/* A row may name its servers' inside addresses as well: nobody asks for them. */
static unsigned families_of(const struct site_prefixes *list)
{
	unsigned families = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (check_is_public(&list->item[i].prefix))
			families |= routes_is_v4(&list->item[i].prefix)
					    ? WALK_V4
					    : WALK_V6;
	}
	return families;
}

/* The circuits that bring requests to a row, and what is not reached */
static uint64_t enter_circuits(const struct walk *w,
			       const struct site_service *s,
			       const struct site_prefix **unreached)
{
	uint64_t circuits = 0;

	for (size_t i = 0; i < s->local.count; i++) {
		bool gap = false;

		if (!check_is_public(&s->local.item[i].prefix))
			continue;
		circuits |=
			routes_reach(w->back, &s->local.item[i].prefix, &gap);
		if (gap && !*unreached)
			*unreached = &s->local.item[i];
	}
	return circuits;
}

/* By which advertisement requests enter over a circuit */
static void enter_via(const struct walk *w, const struct site_service *s,
		      int circuit, struct routes_via *via)
{
	for (size_t i = 0; i < s->local.count; i++) {
		if (check_is_public(&s->local.item[i].prefix) &&
		    routes_via(w->back, &s->local.item[i].prefix, circuit, via))
			return;
	}
}

static enum plan_check path_check(const struct walk *w, size_t circuit)
{
	return w->j->er >> circuit & 1 ? CHECK_ASYM_INBOUND_ER
				       : CHECK_ASYM_INBOUND_INTERNET;
}

static void say_asymmetric(struct walk *w, size_t service, size_t circuit,
			   const struct routes_via *out)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];
	const struct site_circuit *c = site->circuit;
	bool er = w->j->er >> circuit & 1;
	bool harmless = path_one_domain(site, circuit, (size_t)out->circuit);
	enum cause cause =
		er ? CAUSE_NO_INBOUND_SNAT_ER : CAUSE_NO_INBOUND_SNAT;
	struct routes_via in = {.circuit = (int)circuit};
	struct plan_result *r;
	struct str when = {0};

	enter_via(w, s, (int)circuit, &in);
	r = path_say(w, service,
		     harmless ? CHECK_ASYM_ESTABLISHED : path_check(w, circuit),
		     harmless ? PLAN_INFO : PLAN_FAIL, out->mark,
		     "%s: requests come in over %s (%s, line %u) with their "
		     "original source, and segment %s routes %s over %s: the "
		     "replies leave there%s%s",
		     s->name, c[circuit].name, PREFIX(&in.prefix), in.mark.line,
		     site->segment[w->segment].name, PREFIX(&out->prefix),
		     c[out->circuit].name, path_while(w, &when),
		     harmless ? "; both are one state domain"
		     : er     ? " (Problem 2 of the planning guide)"
			      : " (Problem 1 of the planning guide)");
	str_free(&when);
	if (!r)
		return;
	r->circuits = 1ULL << circuit | 1ULL << out->circuit;
	if (!harmless)
		check_cause(w->j, r, (uint16_t)cause);
}

static void reply_without_nat(struct walk *w, size_t service, size_t circuit)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];
	const struct site_prefixes *to = walk_remote(site, s);
	unsigned families = families_of(&s->local);
	struct routes_via via;
	struct str when = {0};
	bool gap = false;
	uint64_t others;

	others = path_leave(w, to, families, &gap);
	w->row[service].used |= others;
	if (gap && !path_said(w, service, CHECK_HALF_OPEN))
		path_say(w, service, CHECK_HALF_OPEN,
			 w->down == CIRCUIT_NONE ? PLAN_FAIL : PLAN_WARN,
			 site->segment[w->segment].mark,
			 "%s: segment %s has no route for the replies to some "
			 "or all of those that come in over %s%s",
			 s->name, site->segment[w->segment].name,
			 site->circuit[circuit].name, path_while(w, &when));
	str_free(&when);
	others &= ~(1ULL << circuit);
	for (; others; others &= others - 1) {
		int other = __builtin_ctzll(others);
		enum plan_check check =
			path_one_domain(site, circuit, (size_t)other)
				? CHECK_ASYM_ESTABLISHED
				: path_check(w, circuit);

		if (!path_said(w, service, check) &&
		    path_leave_via(w, to, families, other, &via))
			say_asymmetric(w, service, circuit, &via);
	}
}

static void enter_by(struct walk *w, size_t service, size_t circuit)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];

	w->row[service].entered |= 1ULL << circuit;
	if (walk_snat(s, circuit))
		return;
	if (!w->out) {
		path_say(w, service, path_check(w, circuit), PLAN_UNKNOWN,
			 s->mark,
			 "%s: requests come in over %s without inbound source "
			 "NAT, and the plan does not say what routes the "
			 "server's segment hears ('segments')",
			 s->name, site->circuit[circuit].name);
		return;
	}
	reply_without_nat(w, service, circuit);
}

/* Whether something may lead to the site that the file does not tell */
static bool is_advertised_known(const struct judge *j)
{
	for (size_t i = 0; i < j->site->circuits; i++) {
		if (!j->site->circuit[i].advertised.count)
			return false;
	}
	return true;
}

static void say_unreached(struct walk *w, size_t service,
			  const struct site_prefix *p)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];

	if (w->down != CIRCUIT_NONE) {
		if (w->row[service].entered & w->j->er &&
		    !path_said(w, service, CHECK_HA_INBOUND_ALTERNATE))
			path_say(w, service, CHECK_HA_INBOUND_ALTERNATE,
				 PLAN_WARN, p->mark,
				 "%s: while %s is down, nothing leads to %s",
				 s->name, site->circuit[w->down].name,
				 PREFIX(&p->prefix));
		return;
	}
	if (is_advertised_known(w->j))
		path_say(w, service, CHECK_HALF_OPEN, PLAN_FAIL, p->mark,
			 "%s: no circuit advertises %s: no request reaches it",
			 s->name, PREFIX(&p->prefix));
	else
		path_say(w, service, CHECK_HALF_OPEN, PLAN_UNKNOWN, p->mark,
			 "%s: no circuit advertises %s, but not every circuit "
			 "says what it does advertise ('advertised')",
			 s->name, PREFIX(&p->prefix));
}

void walk_inbound(struct walk *w, size_t service)
{
	const struct site_service *s = &w->j->site->service[service];
	const struct site_prefix *unreached = NULL;
	uint64_t enter;

	if (!families_of(&s->local)) {
		path_say(w, service, CHECK_ASYM_INBOUND_INTERNET, PLAN_UNKNOWN,
			 s->mark,
			 "%s: the row does not say which public addresses it "
			 "is reached by ('local')",
			 s->name);
		return;
	}
	enter = enter_circuits(w, s, &unreached);
	if (unreached)
		say_unreached(w, service, unreached);
	if (w->down == CIRCUIT_NONE)
		w->row[service].used = enter;
	for (; enter; enter &= enter - 1)
		enter_by(w, service, (size_t)__builtin_ctzll(enter));
}
