/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of the catalogue's rows against stage and advertisements
 */
#include <asymcap/endpoints.h>

#include "check.h"

#define NSEC_PER_DAY (86400LL * NSEC_PER_SEC)
#define STALE_DAYS   30

static bool is_inbound(const struct site_service *s)
{
	return s->direction == SERVICE_INBOUND;
}

/* Return: whether something of a row is not advertised over a circuit of it */
static bool say_missing(struct judge *j, size_t service, size_t circuit)
{
	const struct site_service *s = &j->site->service[service];
	const struct site_circuit *c = &j->site->circuit[circuit];
	struct plan_result *r;
	bool bad = false;

	if (!c->advertised.count) {
		r = check_say_service(j, CHECK_ADV_ENDPOINT_MISSING,
				      PLAN_UNKNOWN, c->mark, service,
				      "%s: the plan does not say what %s "
				      "advertises ('advertised')",
				      s->name, c->name);
		r->circuits = 1ULL << circuit;
		return true;
	}
	for (size_t i = 0; i < s->local.count; i++) {
		const struct site_prefix *p = &s->local.item[i];

		if (!check_is_public(&p->prefix) ||
		    spaces_cover(&j->advertised[circuit], &p->prefix))
			continue;
		bad = true;
		r = check_say_service(
			j, CHECK_ADV_ENDPOINT_MISSING, PLAN_FAIL, p->mark,
			service,
			"%s: it is to come in over %s, which does "
			"not advertise %s",
			s->name, c->name, PREFIX(&p->prefix));
		r->circuits = 1ULL << circuit;
	}
	return bad;
}

void check_adv_endpoint_missing(struct judge *j)
{
	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		uint64_t left = s->circuits & j->er;
		bool bad = false;

		if (!is_inbound(s) || !left || !s->local.count)
			continue;
		for (; left; left &= left - 1)
			bad |= say_missing(j, i, (size_t)__builtin_ctzll(left));
		if (!bad)
			check_say_service(j, CHECK_ADV_ENDPOINT_MISSING,
					  PLAN_PASS, s->mark, i,
					  "%s: it is advertised over the "
					  "ExpressRoute circuits that it is to "
					  "come in over",
					  s->name);
	}
}

/* Return: whether ExpressRoute draws what is not planned for it */
static bool say_unplanned(struct judge *j, size_t service,
			  const struct site_prefix *p)
{
	const struct site_service *s = &j->site->service[service];
	const struct space *er = spaces_meet(&j->er_space, &p->prefix);
	const struct space *internet =
		spaces_cover(&j->internet_space, &p->prefix);
	struct plan_result *r;

	while (er && s->circuits >> er->owner & 1)
		er = spaces_wider(&j->er_space, er);
	if (!er || (internet && internet->prefix.len > er->prefix.len))
		return false;
	r = check_say_service(j, CHECK_ADV_ENDPOINT_UNPLANNED, PLAN_FAIL,
			      er->mark, service,
			      "%s: the row (line %u) does not allow %s, which "
			      "advertises %s and so draws %s from all of "
			      "Microsoft",
			      s->name, s->circuits_mark.line,
			      j->site->circuit[er->owner].name,
			      PREFIX(&er->prefix), PREFIX(&p->prefix));
	r->circuits = 1ULL << er->owner;
	return true;
}

void check_adv_endpoint_unplanned(struct judge *j)
{
	for (size_t i = 0; j->er && i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		bool bad = false;

		if (!is_inbound(s) || !s->circuits || !s->local.count)
			continue;
		for (size_t k = 0; k < s->local.count; k++)
			bad |= say_unplanned(j, i, &s->local.item[k]);
		if (!bad)
			check_say_service(
				j, CHECK_ADV_ENDPOINT_UNPLANNED, PLAN_PASS,
				s->mark, i,
				"%s: no circuit that the row does not "
				"allow draws it",
				s->name);
	}
}

void check_adv_not_public(struct judge *j)
{
	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		bool any = false;

		if (!is_inbound(s) || !s->local.count)
			continue;
		for (size_t k = 0; k < s->local.count; k++)
			any |= check_is_public(&s->local.item[k].prefix);
		check_say_service(j, CHECK_ADV_NOT_PUBLIC_ENDPOINT,
				  any ? PLAN_PASS : PLAN_FAIL,
				  s->local.item[0].mark, i, "%s: %s", s->name,
				  any ? "it has a public address"
				      : "it has no public address");
	}
}

static enum plan_verdict early_verdict(enum site_stage stage)
{
	return stage == STAGE_OUTBOUND	? PLAN_FAIL
	       : stage == STAGE_INBOUND ? PLAN_PASS
					: PLAN_UNKNOWN;
}

void check_inbound_early(struct judge *j)
{
	enum site_stage stage = j->site->stage;
	struct str names = {0};

	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		uint64_t er = s->circuits & j->er;
		struct plan_result *r;

		if (!is_inbound(s))
			continue;
		if (!er) {
			if (s->circuits && j->er)
				check_say_service(j, CHECK_INBOUND_EARLY,
						  PLAN_PASS, s->mark, i,
						  "%s: it stays on the "
						  "Internet",
						  s->name);
			continue;
		}
		r = check_say_service(
			j, CHECK_INBOUND_EARLY, early_verdict(stage),
			s->circuits_mark, i, "%s: it is to come in over %s%s",
			s->name, check_names(j, er, &names),
			stage == STAGE_OUTBOUND
				? ", and this stage is for outbound only"
			: stage == STAGE_INBOUND
				? ", as this stage intends"
				: "; the plan does not say its stage "
				  "('stage')");
		r->circuits = er;
	}
	str_free(&names);
}

static void say_dual_use(struct judge *j, size_t service, uint64_t er)
{
	const struct site_service *s = &j->site->service[service];
	struct plan_result *r;

	if (!s->has_users) {
		r = check_say_service(j, CHECK_DUAL_USE_ENDPOINT, PLAN_UNKNOWN,
				      s->mark, service,
				      "%s: the plan does not say who else uses "
				      "it ('also-used-by', [] for nobody)",
				      s->name);
		r->circuits = er;
		return;
	}
	if (!s->users) {
		check_say_service(j, CHECK_DUAL_USE_ENDPOINT, PLAN_PASS,
				  s->users_mark, service,
				  "%s: Microsoft 365 alone uses it", s->name);
		return;
	}
	r = check_say_service(
		j, CHECK_DUAL_USE_ENDPOINT, PLAN_WARN, s->users_mark, service,
		"%s: it is to come in over ExpressRoute, and %s%s%s use it as "
		"well",
		s->name, s->users & USERS_INTERNET ? "Internet users" : "",
		s->users == (USERS_INTERNET | USERS_MICROSOFT) ? " and " : "",
		s->users & USERS_MICROSOFT ? "other Microsoft services" : "");
	r->circuits = er;
	if (s->users & USERS_MICROSOFT)
		check_remedy(r, "Give it a subnet that serves Microsoft 365 "
				"alone: ExpressRoute is preferred for all of "
				"Microsoft's services to it.");
}

void check_dual_use(struct judge *j)
{
	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];
		uint64_t er = s->circuits & j->er;

		if (is_inbound(s) && er)
			say_dual_use(j, i, er);
	}
}

/* The first of a row's own remote that the provider offers no better, or NULL */
static const struct site_prefix *find_offer(const struct judge *j,
					    const struct site_service *s,
					    enum endpoint_offer offer)
{
	for (size_t i = 0; i < s->remote.count; i++) {
		const struct site_prefix *p = &s->remote.item[i];

		if (endpoints_offer(j->site->endpoints, &p->prefix) == offer)
			return p;
	}
	return NULL;
}

static void say_offer(struct judge *j, size_t service)
{
	const struct site_service *s = &j->site->service[service];
	const struct site_prefix *p;

	p = find_offer(j, s, ENDPOINT_INTERNET_ONLY);
	if (p) {
		check_say_service(
			j, CHECK_ER_FLAG_FALSE,
			s->circuits & j->internet ? PLAN_WARN : PLAN_FAIL,
			p->mark, service,
			"%s: it may use ExpressRoute (line %u), and "
			"no endpoint set with %s is offered over it",
			s->name, s->circuits_mark.line, PREFIX(&p->prefix));
		return;
	}
	p = find_offer(j, s, ENDPOINT_NOT_LISTED);
	if (p)
		check_say_service(j, CHECK_ER_FLAG_FALSE, PLAN_UNKNOWN, p->mark,
				  service,
				  "%s: no endpoint set holds all of %s",
				  s->name, PREFIX(&p->prefix));
	else if (!s->remote.count)
		check_say_service(j, CHECK_ER_FLAG_FALSE, PLAN_UNKNOWN, s->mark,
				  service,
				  "%s: the row does not say where it connects "
				  "to ('remote')",
				  s->name);
	else
		check_say_service(j, CHECK_ER_FLAG_FALSE, PLAN_PASS, s->mark,
				  service,
				  "%s: Microsoft offers all of it over "
				  "ExpressRoute",
				  s->name);
}

void check_er_flag_false(struct judge *j)
{
	if (!j->site->endpoints)
		return;
	for (size_t i = 0; i < j->site->services; i++) {
		const struct site_service *s = &j->site->service[i];

		if (!is_inbound(s) && s->circuits & j->er)
			say_offer(j, i);
	}
}

void check_endpoints_stale(struct judge *j)
{
	static const struct site_mark start = {1, 1};
	int64_t age = j->in->endpoints_age;
	struct plan_result *r;

	if (!j->in->endpoints_path)
		return;
	if (age == PLAN_AGE_UNKNOWN)
		r = check_say(j, CHECK_ENDPOINTS_STALE, PLAN_UNKNOWN, start,
			      "the age of the endpoints is not known");
	else
		r = check_say(j, CHECK_ENDPOINTS_STALE,
			      age > STALE_DAYS * NSEC_PER_DAY ? PLAN_WARN
							      : PLAN_PASS,
			      start, "the endpoints are %lld days old",
			      (long long)(age / NSEC_PER_DAY));
	r->path = j->in->endpoints_path;
}
