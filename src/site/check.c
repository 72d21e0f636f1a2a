/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wrong between circuits and between taps
 *
 * DOC: Theory of operation
 *
 * Three mistakes show only when the whole file is read.  Two taps that state
 * the same would take each other's packets.  A NAT pool in two circuits
 * leaves an answer without an owner: no address would tell on which circuit it
 * belongs.  And a state domain is declared by being named, so a misspelt one
 * silently makes a domain of its own; that is an error where only one circuit
 * names it and another domain is spelt nearly so.
 */
#include "tables.h"

#include <stdlib.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool match_alike(const struct site_tap *a, const struct site_tap *b)
{
	return same_text(a->interface, b->interface) &&
	       same_text(a->file, b->file) && a->vlan_count == b->vlan_count &&
	       !memcmp(a->vlan, b->vlan, a->vlan_count * sizeof(*a->vlan)) &&
	       a->untagged == b->untagged && a->erspan == b->erspan &&
	       a->vni == b->vni && a->has_mac == b->has_mac &&
	       (!a->has_mac || !memcmp(a->mac, b->mac, sizeof(a->mac)));
}

static bool states_nothing(const struct site_tap *t)
{
	static const struct site_tap nothing = {.erspan = -1, .vni = -1};

	return match_alike(t, &nothing);
}

static void check_tap(struct loader *l, size_t i)
{
	const struct site_tap *tap = l->site->tap;

	for (size_t j = 0; j < i; j++) {
		if (l->unsound & 1ULL << j || !match_alike(&tap[i], &tap[j]))
			continue;
		site_errors_add(l->errors, tap[i].mark,
				"tap '%s' %s as '%s' "
				"in line %u: state what tells them apart",
				CUT(tap[i].name),
				states_nothing(&tap[i])
					? "states nothing and matches every "
					  "packet, just"
					: "matches the same packets",
				CUT(tap[j].name), tap[j].mark.line);
		return;
	}
}

/* struct pool - A NAT pool and whose it is */
struct pool {
	struct prefix prefix;
	struct site_mark mark;
	size_t circuit;
};

static int pool_cmp(const void *va, const void *vb)
{
	const struct pool *a = va, *b = vb;
	int order = prefix_cmp(&a->prefix, &b->prefix);

	if (order)
		return order;
	return a->circuit < b->circuit ? -1 : a->circuit > b->circuit;
}

static void report_overlap(struct loader *l, const struct pool *a,
			   const struct pool *b)
{
	bool a_first = a->mark.line < b->mark.line ||
		       (a->mark.line == b->mark.line &&
			a->mark.column < b->mark.column);
	const struct pool *first = a_first ? a : b;
	const struct pool *second = a_first ? b : a;
	char text[2][PREFIX_TEXT];

	site_errors_add(l->errors, second->mark,
			"nat-pools: '%s' overlaps "
			"'%s' of circuit '%s' in line %u: a pool belongs to "
			"one circuit",
			prefix_format(&second->prefix, text[0]),
			prefix_format(&first->prefix, text[1]),
			CUT(l->site->circuit[first->circuit].name),
			first->mark.line);
}

/*
 * Sorted prefixes are nested or apart, the widest first.  What lies in @wide
 * is of its circuit, or reported, so nothing but @wide need be remembered.
 */
static void sweep_pools(struct loader *l, const struct pool *pool, size_t pools)
{
	const struct pool *wide = NULL;

	for (size_t i = 0; i < pools; i++) {
		if (!wide || !prefix_overlaps(&wide->prefix, &pool[i].prefix))
			wide = &pool[i];
		else if (wide->circuit != pool[i].circuit)
			report_overlap(l, wide, &pool[i]);
	}
}

static void check_pools(struct loader *l)
{
	const struct site *site = l->site;
	struct pool *pool;
	size_t pools = 0, n = 0;

	for (size_t i = 0; i < site->circuits; i++)
		pools += site->circuit[i].nat_pools.count;
	pool = xcalloc(pools, sizeof(*pool));
	for (size_t i = 0; i < site->circuits; i++) {
		const struct site_prefixes *from = &site->circuit[i].nat_pools;

		for (size_t j = 0; j < from->count; j++)
			pool[n++] = (struct pool){
				.prefix = from->item[j].prefix,
				.mark = from->item[j].mark,
				.circuit = i,
			};
	}
	qsort(pool, pools, sizeof(*pool), pool_cmp);
	sweep_pools(l, pool, pools);
	free(pool);
}

static size_t domain_users(const struct site *site, const char *domain)
{
	size_t users = 0;

	for (size_t i = 0; i < site->circuits; i++)
		users += site->circuit[i].state_domain &&
			 !strcmp(site->circuit[i].state_domain, domain);
	return users;
}

/* "fw1" and "fw2" are near in spelling, and are meant. */
static bool differ_in_digits_only(const char *a, const char *b)
{
	static const char digits[] = "0123456789";

	for (;;) {
		a += strspn(a, digits);
		b += strspn(b, digits);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

static void check_domain(struct loader *l, size_t i)
{
	const struct site_circuit *c = l->site->circuit;
	const char *names[SITE_MAX_CIRCUITS];
	const char *nearest;
	size_t count = 0;

	if (!c[i].state_domain || domain_users(l->site, c[i].state_domain) > 1)
		return;
	for (size_t j = 0; j < l->site->circuits; j++) {
		const char *other = c[j].state_domain;

		/* Of two that are used once, the later one is suspected. */
		if (!other || j == i ||
		    differ_in_digits_only(other, c[i].state_domain) ||
		    (j > i && domain_users(l->site, other) == 1))
			continue;
		names[count++] = other;
	}
	nearest = site_nearest(c[i].state_domain, names, count);
	if (nearest)
		site_errors_add(l->errors, c[i].domain_mark,
				"state-domain '%s' "
				"is named by this circuit alone: did you mean "
				"'%s'? A circuit that shares its state with "
				"no other needs none",
				CUT(c[i].state_domain), CUT(nearest));
}

void site_check(struct loader *l)
{
	for (size_t i = 0; i < l->site->taps; i++) {
		if (!(l->unsound & 1ULL << i))
			check_tap(l, i);
	}
	if (!l->draft)
		check_pools(l);
	for (size_t i = 0; i < l->site->circuits; i++)
		check_domain(l, i);
}
