/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spaces: sorted prefixes that know what they lie in
 */
#include "spaces.h"

#include <stdlib.h>

#include "routes.h"

void spaces_add(struct spaces *s, const struct prefix *p, size_t owner,
		struct site_mark mark)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 16;
		s->item = xrealloc(s->item, s->room, sizeof(*s->item));
	}
	s->item[s->count++] = (struct space){
		.prefix = *p,
		.mark = mark,
		.owner = owner,
		.parent = SPACES_NONE,
	};
}

void spaces_add_all(struct spaces *s, const struct site_prefixes *list,
		    size_t owner)
{
	for (size_t i = 0; i < list->count; i++)
		spaces_add(s, &list->item[i].prefix, owner, list->item[i].mark);
}

static int prefix_order(const struct prefix *a, const struct prefix *b)
{
	int family = routes_is_v4(b) - routes_is_v4(a);

	return family ? family : prefix_cmp(a, b);
}

static int space_cmp(const void *va, const void *vb)
{
	const struct space *a = va, *b = vb;
	int order = prefix_order(&a->prefix, &b->prefix);

	if (order)
		return order;
	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	return a->mark.column < b->mark.column
		       ? -1
		       : a->mark.column > b->mark.column;
}

/* What an owner names twice is kept once, so that chains stay short. */
static void drop_repeated(struct spaces *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (n && s->item[n - 1].owner == s->item[i].owner &&
		    !prefix_cmp(&s->item[n - 1].prefix, &s->item[i].prefix))
			continue;
		s->item[n++] = s->item[i];
	}
	s->count = n;
}

void spaces_freeze(struct spaces *s)
{
	size_t open = SPACES_NONE;

	if (s->count)
		qsort(s->item, s->count, sizeof(*s->item), space_cmp);
	drop_repeated(s);
	for (size_t i = 0; i < s->count; i++) {
		while (open != SPACES_NONE &&
		       !routes_prefix_within(&s->item[i].prefix,
					     &s->item[open].prefix))
			open = s->item[open].parent;
		s->item[i].parent = open;
		open = i;
	}
}

void spaces_free(struct spaces *s)
{
	free(s->item);
	*s = (struct spaces){0};
}

/* Return: how many items come before @p, or are equal to it if @equal */
static size_t count_before(const struct spaces *s, const struct prefix *p,
			   bool equal)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = prefix_order(&s->item[mid].prefix, p);

		if (order < 0 || (!order && equal))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct space *spaces_cover(const struct spaces *s, const struct prefix *p)
{
	size_t n = count_before(s, p, true);
	const struct space *item = n ? &s->item[n - 1] : NULL;

	while (item && !routes_prefix_within(p, &item->prefix))
		item = spaces_wider(s, item);
	return item;
}

const struct space *spaces_wider(const struct spaces *s,
				 const struct space *item)
{
	return item->parent == SPACES_NONE ? NULL : &s->item[item->parent];
}

const struct space *spaces_inside(const struct spaces *s,
				  const struct prefix *p)
{
	size_t n = count_before(s, p, false);

	if (!s->item || n == s->count ||
	    !routes_prefix_within(&s->item[n].prefix, p))
		return NULL;
	return &s->item[n];
}

const struct space *spaces_next_inside(const struct spaces *s,
				       const struct space *item,
				       const struct prefix *p)
{
	size_t n = (size_t)(item - s->item) + 1;

	if (n == s->count || !routes_prefix_within(&s->item[n].prefix, p))
		return NULL;
	return &s->item[n];
}

const struct space *spaces_meet(const struct spaces *s, const struct prefix *p)
{
	const struct space *item = spaces_cover(s, p);

	return item ? item : spaces_inside(s, p);
}
