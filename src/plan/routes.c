/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * routes: a forest of prefixes, solved for the circuits that are up
 */
#include "routes.h"

#include <stdlib.h>

#define NONE SIZE_MAX

/* struct entry - A prefix of one circuit */
struct entry {
	struct routes_via via;
	size_t order; /* of adding, which keeps the sort stable */
};

/**
 * struct node - A prefix, once
 * @prefix:	The prefix
 * @first:	Its first entry; @count of them follow
 * @count:	How many
 * @end:	Behind the last node that lies in it
 * @parent:	The longest prefix that it lies in, or NONE
 * @from:	The node whose circuits decide here, or NONE
 * @circuits:	Bits: who names the prefix
 * @own:	Bits: where addresses lead that no longer prefix has
 * @reach:	Bits: where addresses in it lead
 * @exposed:	There are addresses in it that no longer prefix has
 * @gap:	Some of its addresses lead nowhere
 */
struct node {
	struct prefix prefix;
	size_t first;
	size_t count;
	size_t end;
	size_t parent;
	size_t from;
	uint64_t circuits;
	uint64_t own;
	uint64_t reach;
	bool exposed;
	bool gap;
};

struct routes {
	struct entry *entry;
	size_t entries;
	size_t room;
	struct node *node;
	size_t nodes;
	uint64_t preferred;
};

struct routes *routes_new(uint64_t preferred)
{
	struct routes *r = xcalloc(1, sizeof(*r));

	r->preferred = preferred;
	return r;
}

void routes_free(struct routes *r)
{
	if (!r)
		return;
	free(r->entry);
	free(r->node);
	free(r);
}

void routes_add(struct routes *r, const struct prefix *p, int circuit,
		struct site_mark mark)
{
	if (r->entries == r->room) {
		r->room = r->room ? 2 * r->room : 64;
		r->entry = xrealloc(r->entry, r->room, sizeof(*r->entry));
	}
	r->entry[r->entries] = (struct entry){
		.via = {.prefix = *p, .circuit = circuit, .mark = mark},
		.order = r->entries,
	};
	r->entries++;
}

void routes_add_all(struct routes *r, const struct site_prefixes *list,
		    int circuit)
{
	for (size_t i = 0; i < list->count; i++)
		routes_add(r, &list->item[i].prefix, circuit,
			   list->item[i].mark);
}

/* IPv4 first, so that ::/0 is no parent of it; then the wider first. */
static int place_cmp(const struct prefix *a, const struct prefix *b)
{
	int family = routes_is_v4(b) - routes_is_v4(a);

	return family ? family : prefix_cmp(a, b);
}

static int entry_cmp(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int order = place_cmp(&a->via.prefix, &b->via.prefix);

	if (order)
		return order;
	return a->order < b->order ? -1 : a->order > b->order;
}

static struct addr last_of(const struct prefix *p)
{
	struct addr a = p->base;

	for (unsigned bit = p->len; bit < 128; bit++)
		a.b[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	return a;
}

/* Return: whether @b is the address after @a */
static bool follows(const struct addr *a, const struct addr *b)
{
	uint64_t low = addr_half(a, 1) + 1;

	return addr_half(b, 1) == low &&
	       addr_half(b, 0) == addr_half(a, 0) + !low;
}

/*
 * Whether the children of a node leave addresses to it.  They come in order,
 * so each must begin where the one before ended.
 */
static bool is_exposed(const struct routes *r, size_t i)
{
	const struct node *n = &r->node[i];
	struct addr last, end = last_of(&n->prefix);
	size_t child = i + 1;

	if (child == n->end ||
	    addr_cmp(&r->node[child].prefix.base, &n->prefix.base) != 0)
		return true;
	for (;;) {
		last = last_of(&r->node[child].prefix);
		child = r->node[child].end;
		if (child == n->end)
			return addr_cmp(&last, &end) != 0;
		if (!follows(&last, &r->node[child].prefix.base))
			return true;
	}
}

static void nest(struct routes *r)
{
	size_t open = NONE;

	for (size_t i = 0; i < r->nodes; i++) {
		struct node *n = &r->node[i];

		while (open != NONE &&
		       !routes_prefix_within(&n->prefix,
					     &r->node[open].prefix)) {
			r->node[open].end = i;
			open = r->node[open].parent;
		}
		n->parent = open;
		open = i;
	}
	for (; open != NONE; open = r->node[open].parent)
		r->node[open].end = r->nodes;
	for (size_t i = 0; i < r->nodes; i++)
		r->node[i].exposed = is_exposed(r, i);
}

void routes_freeze(struct routes *r)
{
	struct node *n = NULL;

	if (r->entries)
		qsort(r->entry, r->entries, sizeof(*r->entry), entry_cmp);
	r->node = xcalloc(r->entries + 1, sizeof(*r->node));
	for (size_t i = 0; i < r->entries; i++) {
		const struct routes_via *via = &r->entry[i].via;

		if (!n || prefix_cmp(&n->prefix, &via->prefix) != 0) {
			n = &r->node[r->nodes++];
			n->prefix = via->prefix;
			n->first = i;
		}
		n->count++;
		if (via->circuit != ROUTES_ASKED)
			n->circuits |= 1ULL << via->circuit;
	}
	nest(r);
}

void routes_solve(struct routes *r, uint64_t down)
{
	for (size_t i = 0; i < r->nodes; i++) {
		struct node *n = &r->node[i];
		uint64_t up = n->circuits & ~down;

		n->from = up		      ? i
			  : n->parent == NONE ? NONE
					      : r->node[n->parent].from;
		if (up & r->preferred)
			up &= r->preferred;
		n->own = up ? up : n->from == NONE ? 0 : r->node[n->from].own;
		n->reach = n->exposed ? n->own : 0;
		n->gap = n->exposed && !n->own;
	}
	for (size_t i = r->nodes; i-- > 0;) {
		const struct node *n = &r->node[i];

		if (n->parent == NONE)
			continue;
		r->node[n->parent].reach |= n->reach;
		r->node[n->parent].gap |= n->gap;
	}
}

static size_t find(const struct routes *r, const struct prefix *p)
{
	size_t low = 0, high = r->nodes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = place_cmp(&r->node[mid].prefix, p);

		if (!order)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NONE;
}

size_t *routes_ask(const struct routes *r, const struct site_prefixes *list)
{
	size_t *at = xcalloc(list->count, sizeof(*at));

	for (size_t i = 0; i < list->count; i++) {
		at[i] = find(r, &list->item[i].prefix);
		assert(at[i] != NONE);
	}
	return at;
}

uint64_t routes_reach(const struct routes *r, size_t at, bool *gap)
{
	if (r->node[at].gap)
		*gap = true;
	return r->node[at].reach;
}

static bool entry_of(const struct routes *r, const struct node *n, int circuit,
		     struct routes_via *via)
{
	for (size_t i = n->first; i < n->first + n->count; i++) {
		if (r->entry[i].via.circuit != circuit)
			continue;
		*via = r->entry[i].via;
		return true;
	}
	return false;
}

bool routes_via(const struct routes *r, size_t at, int circuit,
		struct routes_via *via)
{
	for (size_t i = at; i < r->node[at].end; i++) {
		const struct node *n = &r->node[i];

		if (!n->exposed || !(n->own >> circuit & 1))
			continue;
		return entry_of(r, &r->node[n->from], circuit, via);
	}
	return false;
}
