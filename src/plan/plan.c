/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan: the site file judged on paper
 *
 * DOC: Theory of operation
 *
 * The planning guide asks that a design be walked through on paper before
 * anything is switched.  That is a list of questions, each of them about
 * every circuit, pool or service; here each is a function in a table.  What a
 * function finds is a result: pass, fail, warn or info, and unknown where the
 * plan does not say what the answer needs.  Nothing is passed for want of
 * data, and a question that has nothing to be about is told as such.
 *
 * A site file may hold tens of thousands of prefixes, and anybody may have
 * written it: what compares prefixes with prefixes goes through spaces.h or
 * routes.h, and results are bounded by check and counted beyond.
 */
#include <asymcap/endpoints.h>

#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

#define MAX_TEXT 2000 /* bytes of a reason: names are up to 64 each */

static void (*const all[])(struct judge *j) = {
	check_symmetry,
	check_pool_overlap,
	check_pool_advertised,
	check_learnt_routes,
	check_pool_accepted,
	check_pool_link_address,
	check_pool_pressure,
	check_nat_at_provider,
	check_inbound_snat_wrong,
	check_inbound_snat_er,
	check_route_scoping,
	check_adv_both_sides,
	check_adv_internet_more_specific,
	check_adv_multi_circuit,
	check_adv_private,
	check_adv_count,
	check_adv_link_mismatch,
	check_adv_endpoint_missing,
	check_adv_endpoint_unplanned,
	check_adv_no_purpose,
	check_adv_not_public,
	check_er_flag_false,
	check_inbound_early,
	check_dual_use,
	check_endpoints_stale,
	check_bgp_session,
	check_bgp_few_prefixes,
	check_bgp_peer_plan,
	check_bgp_asn_path,
	check_arp_incomplete,
	check_single_circuit,
	check_capacity,
};

static char *format(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		log_fatal("out of memory for a message");
	if (strlen(text) > MAX_TEXT)
		memcpy(text + MAX_TEXT - 4, "...", 4);
	return text;
}

static void free_result(struct plan_result *r)
{
	free(r->reason);
	free(r->remedy);
	*r = (struct plan_result){0};
}

/* Where the next result goes; what is too much of one check is counted. */
static struct plan_result *place(struct judge *j, enum plan_check c)
{
	struct plan *p = j->plan;

	if (j->kept[c]++ >= PLAN_MAX_RESULTS) {
		p->dropped++;
		free_result(&j->spare);
		return &j->spare;
	}
	if (p->results == j->room) {
		j->room = j->room ? 2 * j->room : 64;
		p->result = xrealloc(p->result, j->room, sizeof(*p->result));
	}
	return &p->result[p->results++];
}

static const char tell_it[] = "Say it in the site file, or give Azure's "
			      "output, and check again.";

struct plan_result *check_vsay(struct judge *j, enum plan_check c,
			       enum plan_verdict v, struct site_mark mark,
			       const char *fmt, va_list ap)
{
	struct plan_result *r = place(j, c);

	*r = (struct plan_result){
		.check = c,
		.verdict = v,
		.path = mark.line ? j->site->path : NULL,
		.mark = mark,
		.service = SERVICE_NONE,
		.reason = format(fmt, ap),
		.remedy = v == PLAN_PASS      ? NULL
			  : v == PLAN_UNKNOWN ? xstrdup(tell_it)
					      : xstrdup(names_remedy(c)),
	};
	j->plan->count[v]++;
	j->plan->applied |= 1ULL << c;
	return r;
}

struct plan_result *check_say(struct judge *j, enum plan_check c,
			      enum plan_verdict v, struct site_mark mark,
			      const char *fmt, ...)
{
	struct plan_result *r;
	va_list ap;

	va_start(ap, fmt);
	r = check_vsay(j, c, v, mark, fmt, ap);
	va_end(ap);
	return r;
}

void check_remedy(struct plan_result *r, const char *fmt, ...)
{
	va_list ap;

	free(r->remedy);
	va_start(ap, fmt);
	r->remedy = format(fmt, ap);
	va_end(ap);
}

void check_cause(const struct judge *j, struct plan_result *r, uint16_t cause)
{
	r->cause = cause;
	if (j->in->remedy)
		check_remedy(r, "%s", j->in->remedy(cause));
}

const char *check_names(const struct judge *j, uint64_t circuits,
			struct str *buf)
{
	str_clear(buf);
	for (size_t i = 0; i < j->site->circuits; i++) {
		if (!(circuits >> i & 1))
			continue;
		circuits &= ~(1ULL << i);
		str_add(buf, !buf->len ? "" : circuits ? ", " : " and ");
		str_add(buf, j->site->circuit[i].name);
	}
	if (!buf->len)
		str_add(buf, "no circuit");
	return buf->s;
}

bool check_is_public(const struct prefix *p)
{
	enum addr_scope scope = addr_scope(&p->base);

	return scope == ADDR_GLOBAL || scope == ADDR_DOCUMENTATION;
}

static void publish(struct judge *j, size_t service)
{
	const struct site_service *s = &j->site->service[service];

	if (s->direction != SERVICE_INBOUND)
		return;
	for (size_t i = 0; i < s->local.count; i++) {
		const struct site_prefix *p = &s->local.item[i];

		if (check_is_public(&p->prefix))
			spaces_add(&j->published, &p->prefix, service, p->mark);
	}
}

static void know_remote(struct judge *j)
{
	const struct site_prefixes *own = &j->site->remote;
	const struct endpoints *e = j->site->endpoints;
	struct site_prefixes *to = &j->remote;

	to->item =
		xcalloc(own->count + (e ? e->prefixes : 0), sizeof(*to->item));
	while (to->count < own->count) {
		to->item[to->count] = own->item[to->count];
		to->count++;
	}
	for (size_t i = 0; e && i < e->prefixes; i++)
		to->item[to->count++].prefix = e->prefix[i];
}

static void prepare(struct judge *j)
{
	const struct site *site = j->site;

	for (size_t i = 0; i < site->circuits; i++) {
		const struct site_circuit *c = &site->circuit[i];
		bool er = c->kind == CIRCUIT_EXPRESSROUTE;

		if (er)
			j->er |= 1ULL << i;
		else
			j->internet |= 1ULL << i;
		spaces_add_all(&j->advertised[i], &c->advertised, i);
		spaces_freeze(&j->advertised[i]);
		spaces_add_all(er ? &j->er_space : &j->internet_space,
			       &c->advertised, i);
		if (!er)
			spaces_add_all(&j->internet_space, &c->nat_pools, i);
		spaces_add_all(&j->pools, &c->nat_pools, i);
	}
	for (size_t i = 0; i < site->services; i++)
		publish(j, i);
	know_remote(j);
	spaces_freeze(&j->er_space);
	spaces_freeze(&j->internet_space);
	spaces_freeze(&j->pools);
	spaces_freeze(&j->published);
}

static void release(struct judge *j)
{
	for (size_t i = 0; i < j->site->circuits; i++)
		spaces_free(&j->advertised[i]);
	spaces_free(&j->er_space);
	spaces_free(&j->internet_space);
	spaces_free(&j->pools);
	spaces_free(&j->published);
	free(j->remote.item);
	free_result(&j->spare);
}

/* Azure's files after the site's; NULL, which is no place, first. */
static int path_cmp(const char *a, const char *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	return strcmp(a, b);
}

#define ORDER(a_, b_) ((a_) < (b_) ? -1 : (a_) > (b_))

static int result_cmp(const void *va, const void *vb)
{
	const struct plan_result *a = va, *b = vb;
	int order;

	if (a->verdict != b->verdict)
		return ORDER(b->verdict, a->verdict);
	if (a->check != b->check)
		return ORDER(a->check, b->check);
	order = path_cmp(a->path, b->path);
	if (order)
		return order;
	if (a->mark.line != b->mark.line)
		return ORDER(a->mark.line, b->mark.line);
	if (a->mark.column != b->mark.column)
		return ORDER(a->mark.column, b->mark.column);
	if (a->service != b->service)
		return ORDER(a->service, b->service);
	if (a->circuits != b->circuits)
		return ORDER(a->circuits, b->circuits);
	return strcmp(a->reason, b->reason);
}

struct plan *plan_judge(const struct plan_input *in)
{
	struct judge j = {
		.in = in,
		.site = in->site,
		.plan = xcalloc(1, sizeof(*j.plan)),
	};

	j.plan->site = in->site;
	prepare(&j);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		all[i](&j);
	release(&j);
	if (j.plan->results)
		qsort(j.plan->result, j.plan->results, sizeof(*j.plan->result),
		      result_cmp);
	return j.plan;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->results; i++)
		free_result(&p->result[i]);
	free(p->result);
	free(p);
}
