/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * walk: an inbound row, from the provider to the server and back
 *
 * What is advertised of the published address chooses the circuit that the
 * request enters by.  With source NAT at that edge the reply returns to it.
 * Without, the reply goes where the server's segment routes the provider's
 * addresses, and that is the guide's Problem 1, or 2.
 *
 * Where users on the Internet ask as well, the row is walked twice: @users
 * says for whom.
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
static uint64_t enter_circuits(const struct walk *w, size_t service, bool users,
			       const struct site_prefix **unreached)
{
	const struct site_prefixes *list = &w->j->site->service[service].local;
	const struct walk_row *row = &w->row[service];
	const struct routes *back = users ? w->users.back : w->back;
	const size_t *at = users ? row->users : row->local;
	uint64_t circuits = 0;

	for (size_t i = 0; i < list->count; i++) {
		bool gap = false;

		if (!is_asked(row, i))
			continue;
		circuits |= routes_reach(back, at[i], &gap);
		if (gap && !*unreached)
			*unreached = &list->item[i];
	}
	return circuits;
}

/* By which advertisement requests enter over a circuit */
static void enter_via(const struct walk *w, size_t service, bool users,
		      int circuit, struct routes_via *via)
{
	const struct walk_row *row = &w->row[service];
	const struct routes *back = users ? w->users.back : w->back;
	const size_t *at = users ? row->users : row->local;

	for (size_t i = 0; i < w->j->site->service[service].local.count; i++) {
		if (is_asked(row, i) && routes_via(back, at[i], circuit, via))
			return;
	}
}

static enum plan_check path_check(const struct walk *w, size_t circuit)
{
	return w->j->er >> circuit & 1 ? CHECK_ASYM_INBOUND_ER
				       : CHECK_ASYM_INBOUND_INTERNET;
}

static const char *requests_of(bool users)
{
	return users ? "requests of users on the Internet" : "requests";
}

static void say_asymmetric(struct walk *w, size_t service, bool users,
			   size_t circuit, const struct routes_via *out)
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

	enter_via(w, service, users, (int)circuit, &in);
	r = path_say(w, service,
		     harmless ? CHECK_ASYM_ESTABLISHED : path_check(w, circuit),
		     harmless ? PLAN_INFO : PLAN_FAIL, out->mark,
		     "%s: %s come in over %s (%s, line %u) with their "
		     "original source, and segment %s routes %s over %s: the "
		     "replies leave there%s%s",
		     s->name, requests_of(users), c[circuit].name,
		     PREFIX(&in.prefix), in.mark.line,
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

static void say_no_reply(struct walk *w, size_t service, bool users,
			 size_t circuit)
{
	const struct site *site = w->j->site;
	struct str when = {0};

	if (path_said(w, service, path_gap(w)))
		return;
	path_say(w, service, path_gap(w),
		 w->down->circuits ? PLAN_WARN : PLAN_FAIL,
		 site->segment[w->segment].mark,
		 "%s: segment %s has no route for the replies to some or all "
		 "of those%s that come in over %s%s",
		 site->service[service].name, site->segment[w->segment].name,
		 users ? " on the Internet" : "", site->circuit[circuit].name,
		 path_while(w, &when));
	str_free(&when);
}

/* @reply: the circuits (bits) that the segment's replies leave by */
static void reply_without_nat(struct walk *w, size_t service, bool users,
			      size_t circuit, uint64_t reply)
{
	unsigned families = families_of(w, service);
	struct routes_via via;
	uint64_t others;
	bool found;

	for (;;) {
		others = path_untold(w, service, circuit, reply,
				     path_check(w, circuit));
		if (!others)
			return;
		found = users ? users_leave_via(w, families,
						__builtin_ctzll(others), &via)
			      : path_leave_via(w, service, families,
					       __builtin_ctzll(others), &via);
		if (!found)
			return;
		say_asymmetric(w, service, users, circuit, &via);
	}
}

static void say_segment_unknown(struct walk *w, size_t service, bool users,
				size_t circuit)
{
	const struct site_service *s = &w->j->site->service[service];

	path_say(w, service, path_check(w, circuit), PLAN_UNKNOWN, s->mark,
		 "%s: %s come in over %s without inbound source NAT, and "
		 "the plan does not say what routes the server's segment hears "
		 "('segments')",
		 s->name, requests_of(users),
		 w->j->site->circuit[circuit].name);
}

static void enter_by(struct walk *w, size_t service, bool users, uint64_t enter)
{
	const struct site_service *s = &w->j->site->service[service];
	unsigned families = families_of(w, service);
	bool known = false, gap = false;
	uint64_t reply = 0;

	for (; enter; enter &= enter - 1) {
		size_t circuit = (size_t)__builtin_ctzll(enter);

		if (walk_snat(s, circuit))
			continue;
		if (!w->out) {
			say_segment_unknown(w, service, users, circuit);
			continue;
		}
		if (!known)
			reply = users ? users_leave(w, families, &gap)
				      : path_leave(w, service, families, &gap);
		known = true;
		w->row[service].used |= reply;
		if (gap)
			say_no_reply(w, service, users, circuit);
		reply_without_nat(w, service, users, circuit, reply);
	}
}

/* Whether something may lead to the site that the file does not tell */
static bool is_advertised_known(const struct judge *j, uint64_t circuits)
{
	for (uint64_t left = circuits; left; left &= left - 1) {
		if (!j->site->circuit[__builtin_ctzll(left)].advertised.count)
			return false;
	}
	return circuits != 0;
}

static void say_unreached_now(struct walk *w, size_t service, bool users,
			      const struct site_prefix *p)
{
	const struct site_service *s = &w->j->site->service[service];
	const char *circuit = users ? "Internet circuit" : "circuit";

	if (is_advertised_known(w->j, w->j->internet | (users ? 0 : w->j->er)))
		path_say(w, service, CHECK_HALF_OPEN, PLAN_FAIL, p->mark,
			 "%s: no %s advertises %s: no request%s reaches it",
			 s->name, circuit, PREFIX(&p->prefix),
			 users ? " of users on the Internet" : "");
	else
		path_say(w, service, CHECK_HALF_OPEN, PLAN_UNKNOWN, p->mark,
			 "%s: no %s advertises %s, but not every circuit says "
			 "what it does advertise ('advertised')",
			 s->name, circuit, PREFIX(&p->prefix));
}

static void say_unreached(struct walk *w, size_t service, bool users,
			  const struct site_prefix *p)
{
	enum plan_check check = w->down->location ? CHECK_HA_LOCATION
						  : CHECK_HA_INBOUND_ALTERNATE;
	const struct site_service *s = &w->j->site->service[service];
	struct str when = {0};

	if (!w->down->circuits) {
		say_unreached_now(w, service, users, p);
		return;
	}
	if (path_said(w, service, check) ||
	    (!w->down->location && !(w->row[service].entered & w->j->er)))
		return;
	path_say(w, service, check, PLAN_WARN, p->mark,
		 "%s: while %s, nothing leads %sto %s", s->name,
		 loss_name(w->j, w->down, &when),
		 users ? "users on the Internet " : "", PREFIX(&p->prefix));
	str_free(&when);
}

/* Walk a row for those who ask it. */
static void walk_requests(struct walk *w, size_t service, bool users)
{
	const struct site_prefix *unreached = NULL;
	uint64_t enter = enter_circuits(w, service, users, &unreached);

	if (unreached)
		say_unreached(w, service, users, unreached);
	if (!w->down->circuits)
		w->row[service].used |= enter;
	w->row[service].entered |= enter;
	path_left(w, service, enter);
	enter_by(w, service, users, enter);
}

void walk_inbound(struct walk *w, size_t service)
{
	const struct site_service *s = &w->j->site->service[service];
	struct walk_row *row = &w->row[service];

	if (!families_of(w, service)) {
		path_say(w, service, CHECK_ASYM_INBOUND_INTERNET, PLAN_UNKNOWN,
			 s->mark,
			 "%s: the row does not say which public addresses it "
			 "is reached by ('local')",
			 s->name);
		return;
	}
	if (!w->down->circuits)
		row->used = 0;
	walk_requests(w, service, false);
	if (row->users)
		walk_requests(w, service, true);
}
