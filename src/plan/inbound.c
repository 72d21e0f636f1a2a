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
static bool is_asked(const struct walk_row *row, size_t local)
{
	return row->source[local] != WALK_NOT_PUBLIC;
}

static unsigned families_of(const struct walk *w, size_t service)
{
	const struct site_prefixes *list = &w->j->site->service[service].local;
	unsigned families = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (is_asked(&w->row[service], i))
			families |= routes_is_v4(&list->item[i].prefix)
					    ? WALK_V4
					    : WALK_V6;
	}
	return families;
}

/* The circuits that bring requests to a row, and what is not reached */
static uint64_t enter_circuits(const struct walk *w, size_t service,
			       const struct site_prefix **unreached)
{
	const struct site_prefixes *list = &w->j->site->service[service].local;
	const struct walk_row *row = &w->row[service];
	uint64_t circuits = 0;

	for (size_t i = 0; i < list->count; i++) {
		bool gap = false;

		if (!is_asked(row, i))
			continue;
		circuits |= routes_reach(w->back, row->local[i], &gap);
		if (gap && !*unreached)
			*unreached = &list->item[i];
	}
	return circuits;
}

/* By which advertisement requests enter over a circuit */
static void enter_via(const struct walk *w, size_t service, int circuit,
		      struct routes_via *via)
{
	const struct walk_row *row = &w->row[service];

	for (size_t i = 0; i < w->j->site->service[service].local.count; i++) {
		if (is_asked(row, i) &&
		    routes_via(w->back, row->local[i], circuit, via))
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

	enter_via(w, service, (int)circuit, &in);
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

/* @reply: the circuits (bits) that the segment's replies leave by */
static void reply_without_nat(struct walk *w, size_t service, size_t circuit,
			      uint64_t reply, bool gap)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];
	unsigned families = families_of(w, service);
	struct routes_via via;
	struct str when = {0};
	uint64_t others;

	if (gap && !path_said(w, service, CHECK_HALF_OPEN))
		path_say(w, service, CHECK_HALF_OPEN,
			 w->down == CIRCUIT_NONE ? PLAN_FAIL : PLAN_WARN,
			 site->segment[w->segment].mark,
			 "%s: segment %s has no route for the replies to some "
			 "or all of those that come in over %s%s",
			 s->name, site->segment[w->segment].name,
			 site->circuit[circuit].name, path_while(w, &when));
	str_free(&when);
	for (;;) {
		others = path_untold(w, service, circuit, reply,
				     path_check(w, circuit));
		if (!others)
			return;
		if (!path_leave_via(w, service, families,
				    __builtin_ctzll(others), &via))
			return;
		say_asymmetric(w, service, circuit, &via);
	}
}

static void say_segment_unknown(struct walk *w, size_t service, size_t circuit)
{
	const struct site_service *s = &w->j->site->service[service];

	path_say(w, service, path_check(w, circuit), PLAN_UNKNOWN, s->mark,
		 "%s: requests come in over %s without inbound source NAT, and "
		 "the plan does not say what routes the server's segment hears "
		 "('segments')",
		 s->name, w->j->site->circuit[circuit].name);
}

static void enter_by(struct walk *w, size_t service, uint64_t enter)
{
	const struct site_service *s = &w->j->site->service[service];
	bool known = false, gap = false;
	uint64_t reply = 0;

	for (; enter; enter &= enter - 1) {
		size_t circuit = (size_t)__builtin_ctzll(enter);

		if (walk_snat(s, circuit))
			continue;
		if (!w->out) {
			say_segment_unknown(w, service, circuit);
			continue;
		}
		if (!known)
			reply = path_leave(w, service, families_of(w, service),
					   &gap);
		known = true;
		w->row[service].used |= reply;
		reply_without_nat(w, service, circuit, reply, gap);
	}
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

	if (!families_of(w, service)) {
		path_say(w, service, CHECK_ASYM_INBOUND_INTERNET, PLAN_UNKNOWN,
			 s->mark,
			 "%s: the row does not say which public addresses it "
			 "is reached by ('local')",
			 s->name);
		return;
	}
	enter = enter_circuits(w, service, &unreached);
	if (unreached)
		say_unreached(w, service, unreached);
	if (w->down == CIRCUIT_NONE)
		w->row[service].used = enter;
	w->row[service].entered |= enter;
	enter_by(w, service, enter);
}
