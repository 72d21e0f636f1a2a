/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check: what the checks share, and the list of them
 *
 * A check looks at the plan and says one result for each thing that it is
 * about: a circuit, a pool, a service.  Where the plan does not say what it
 * needs, that is a result as well; where there is nothing that it is about, it
 * says nothing.
 */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include <asymcap/plan.h>

#include "spaces.h"

/**
 * struct judge - A plan while it is judged
 * @in:		What is judged
 * @plan:	What was said so far
 * @room:	Results that fit into the plan
 * @kept:	By check
 * @spare:	Where a result goes that is not kept
 * @er:		Circuits (bits) that are ExpressRoute
 * @internet:	Circuits (bits) that are Internet
 * @advertised:	By circuit: what it advertises
 * @er_space:	What all ExpressRoute circuits advertise
 * @internet_space: What all Internet circuits advertise, and their pools,
 *		which their providers do
 * @pools:	The NAT pools of all circuits
 * @published:	The public addresses of inbound services, by service
 * @remote:	Whose traffic is judged: the site's remote and its endpoints,
 *		owned; empty: everybody's
 */
struct judge {
	const struct plan_input *in;
	const struct site *site;
	struct plan *plan;
	size_t room;
	size_t kept[PLAN_CHECKS];
	struct plan_result spare;
	uint64_t er;
	uint64_t internet;
	struct spaces advertised[SITE_MAX_CIRCUITS];
	struct spaces er_space;
	struct spaces internet_space;
	struct spaces pools;
	struct spaces published;
	struct site_prefixes remote;
};

/**
 * check_say() - One result
 * @j:		Judge
 * @c:		Check
 * @v:		Verdict
 * @mark:	Where in the site file; a line of 0: nowhere
 * @fmt:	The reason
 *
 * Return: the result, to be told its circuits, service and so on; valid
 *	   until the next call
 */
struct plan_result *check_say(struct judge *j, enum plan_check c,
			      enum plan_verdict v, struct site_mark mark,
			      const char *fmt, ...) PRINTF_LIKE(5, 6);

/** check_vsay() - check_say() for whoever has a format of its own */
struct plan_result *check_vsay(struct judge *j, enum plan_check c,
			       enum plan_verdict v, struct site_mark mark,
			       const char *fmt, va_list ap) PRINTF_LIKE(5, 0);

/** check_about_circuit() - A result is about one circuit; Return: it */
static inline struct plan_result *check_about_circuit(struct plan_result *r,
						      size_t circuit)
{
	r->circuits = 1ULL << circuit;
	return r;
}

/** check_about_service() - A result is about one service; Return: it */
static inline struct plan_result *check_about_service(struct plan_result *r,
						      size_t service)
{
	r->service = (uint16_t)service;
	return r;
}

/** check_say_circuit() - check_say() about one circuit */
#define check_say_circuit(j_, c_, v_, mark_, circuit_, ...)                    \
	check_about_circuit(check_say(j_, c_, v_, mark_, __VA_ARGS__), circuit_)

/** check_say_service() - check_say() about one service */
#define check_say_service(j_, c_, v_, mark_, service_, ...)                    \
	check_about_service(check_say(j_, c_, v_, mark_, __VA_ARGS__), service_)

/** check_remedy() - Replace the remedy of a result */
void check_remedy(struct plan_result *r, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/** check_cause() - A result has a cause that packets would show, too */
void check_cause(const struct judge *j, struct plan_result *r, uint16_t cause);

/** check_names() - Names of circuits (bits): "a", "a and b", "a, b and c" */
const char *check_names(const struct judge *j, uint64_t circuits,
			struct str *buf);

#define CHECK_LIMIT_PREFIXES 200 /* of a family; above, the session goes down */
#define CHECK_MANY_PREFIXES  160

/**
 * check_is_public() - Whether a prefix may stand in the Internet
 *
 * Documentation prefixes may, or no example could be checked.
 */
bool check_is_public(const struct prefix *p);

/** check_not_public() - Why a prefix may not be advertised, or NULL */
const char *check_not_public(const struct prefix *p);

/* Text of a prefix for an argument: lives until the end of the block. */
#define PREFIX(p_) prefix_format((p_), (char[PREFIX_TEXT]){0})

#define JUDGE_CHECK(name_) void check_##name_(struct judge *j)

/* symmetry.c: all that comes out of walking each row's path */
JUDGE_CHECK(symmetry);

/* pools.c */
JUDGE_CHECK(pool_overlap);
JUDGE_CHECK(pool_advertised);
JUDGE_CHECK(pool_link_address);
JUDGE_CHECK(pool_pressure);
JUDGE_CHECK(nat_at_provider);

/* snat.c */
JUDGE_CHECK(inbound_snat_wrong);
JUDGE_CHECK(inbound_snat_er);
JUDGE_CHECK(route_scoping);

/* advertised.c */
JUDGE_CHECK(adv_both_sides);
JUDGE_CHECK(adv_internet_more_specific);
JUDGE_CHECK(adv_multi_circuit);
JUDGE_CHECK(adv_private);
JUDGE_CHECK(adv_count);
JUDGE_CHECK(adv_no_purpose);

/* rows.c */
JUDGE_CHECK(adv_endpoint_missing);
JUDGE_CHECK(adv_endpoint_unplanned);
JUDGE_CHECK(adv_not_public);
JUDGE_CHECK(er_flag_false);
JUDGE_CHECK(inbound_early);
JUDGE_CHECK(dual_use);
JUDGE_CHECK(endpoints_stale);

/* learnt.c: Azure's route tables */
JUDGE_CHECK(learnt_routes);
JUDGE_CHECK(adv_link_mismatch);
JUDGE_CHECK(bgp_few_prefixes);
JUDGE_CHECK(bgp_asn_path);

/* peering.c: Azure's peerings, sessions and ARP tables */
JUDGE_CHECK(pool_accepted);
JUDGE_CHECK(bgp_session);
JUDGE_CHECK(bgp_peer_plan);
JUDGE_CHECK(arp_incomplete);

/* available.c */
JUDGE_CHECK(single_circuit);
JUDGE_CHECK(capacity);

#undef JUDGE_CHECK

#endif /* PLAN_CHECK_H */
