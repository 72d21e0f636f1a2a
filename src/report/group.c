/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * group: findings that are one thing to the person who must mend it
 *
 * Each finding gets a key; sorting by key puts the members of a group side by
 * side, so that a million findings take n log n steps however an attacker has
 * spread them.  An end of a connection is named by the longest prefix of the
 * site file it lies in, else by its /24 or /64.
 */
#include "group.h"

#include <stdlib.h>
#include <string.h>

#define GROUP_V4_BITS (96 + 24)
#define GROUP_V6_BITS 64

struct keyed {
	struct group_key key;
	uint32_t index;
};

static void mask_host_bits(struct addr *a, uint8_t len)
{
	for (unsigned i = 0; i < sizeof(a->b); i++) {
		unsigned from = i * 8;

		if (len <= from)
			a->b[i] = 0;
		else if (len < from + 8)
			a->b[i] &= (uint8_t)(0xff << (from + 8 - len));
	}
}

static void key_prefix(const struct report *r, const struct addr *a,
		       struct addr *base, uint8_t *len)
{
	int32_t i = prefix_map_find(&r->prefixes, a);

	if (i >= 0) {
		*base = r->prefix[i].base;
		*len = r->prefix[i].len;
		return;
	}
	*base = *a;
	*len = addr_is_v4(a) ? GROUP_V4_BITS : GROUP_V6_BITS;
	mask_host_bits(base, *len);
}

static void key_make(struct group_key *k, const struct report *r,
		     const struct finding *f)
{
	*k = (struct group_key){
		.client_len = GROUP_NO_PREFIX,
		.server_len = GROUP_NO_PREFIX,
		.escaped_len = GROUP_NO_PREFIX,
		.syn_circuits = f->syn_circuits,
		.answer_circuits = f->answer_circuits,
		.service = f->service,
		.cause = f->cause,
		.rule = (uint8_t)f->rule,
		.severity = (uint8_t)f->severity,
		.impact = (uint8_t)f->impact,
		.direction = (uint8_t)f->direction,
		.reason = (uint8_t)f->reason,
		.circuit = f->circuit,
		.owner = f->owner,
		.tap = TAP_NONE,
		.other_tap = f->other_tap,
		.dropped_at = f->dropped_at,
		.answer_is_rst = f->answer_is_rst,
	};
	/* One circuit's taps are one place to the person who mends it. */
	if (!f->has_tuple || f->circuit == CIRCUIT_NONE)
		k->tap = f->tap;
	if (f->has_tuple) {
		key_prefix(r, &f->tuple[0].client, &k->client, &k->client_len);
		key_prefix(r, &f->tuple[0].server, &k->server, &k->server_len);
	}
	if (f->rule == RULE_SNAT_ESCAPE)
		key_prefix(r, &f->escaped, &k->escaped, &k->escaped_len);
}

static int keyed_cmp(const void *pa, const void *pb)
{
	const struct keyed *a = pa;
	const struct keyed *b = pb;
	int c = memcmp(&a->key, &b->key, sizeof(a->key));

	return c ? c : (a->index > b->index) - (a->index < b->index);
}

/* The gravest first, then the largest, then the earliest. */
static int group_cmp(const void *pa, const void *pb)
{
	const struct report_group *a = pa;
	const struct report_group *b = pb;

	if (a->key.severity != b->key.severity)
		return b->key.severity - a->key.severity;
	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	if (a->first.ns != b->first.ns)
		return a->first.ns < b->first.ns ? -1 : 1;
	if (a->key.rule != b->key.rule)
		return a->key.rule - b->key.rule;
	return memcmp(&a->key, &b->key, sizeof(a->key));
}

static struct keyed *keys_make(const struct report *r, size_t count)
{
	struct keyed *k = xcalloc(count, sizeof(*k));
	struct finding f;

	for (size_t i = 0; i < count; i++) {
		store_get(&r->findings, i, &f);
		key_make(&k[i].key, r, &f);
		k[i].index = (uint32_t)i;
	}
	qsort(k, count, sizeof(*k), keyed_cmp);
	return k;
}

static void group_add(struct report_group *g, const struct finding *f)
{
	if (!g->count++) {
		g->first = f->time;
		g->last = f->time;
		g->port = f->has_tuple ? f->tuple[0].server_port : 0;
	}
	if (f->last.ns > g->last.ns)
		g->last = f->last;
	if (f->time.ns > g->last.ns)
		g->last = f->time;
	if (f->has_tuple && f->tuple[0].server_port != g->port)
		g->port = 0;
	count_add(&g->packets, f->count);
	g->taps_missing |= f->taps_missing;
}

void groups_make(struct report_groups *g, const struct report *r)
{
	size_t count = r->findings.count;
	struct report_group *now = NULL;
	struct finding f;
	struct keyed *k;

	*g = (struct report_groups){0};
	if (!count)
		return;
	k = keys_make(r, count);
	for (size_t i = 0; i < count; i++)
		g->count += !i || memcmp(&k[i].key, &k[i - 1].key,
					 sizeof(k->key)) != 0;
	g->group = xcalloc(g->count, sizeof(*g->group));
	g->member = xcalloc(count, sizeof(*g->member));

	for (size_t i = 0; i < count; i++) {
		if (!now) {
			now = g->group;
			*now = (struct report_group){.key = k[i].key};
		} else if (memcmp(&k[i].key, &now->key, sizeof(k->key)) != 0) {
			now++;
			*now = (struct report_group){
				.key = k[i].key,
				.start = i,
			};
		}
		g->member[i] = k[i].index;
		store_get(&r->findings, k[i].index, &f);
		group_add(now, &f);
	}
	free(k);
	qsort(g->group, g->count, sizeof(*g->group), group_cmp);
}

void groups_free(struct report_groups *g)
{
	free(g->group);
	free(g->member);
	*g = (struct report_groups){0};
}
