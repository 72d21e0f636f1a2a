/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Longest-prefix match over a set that is built once
 *
 * DOC: Theory of operation
 *
 * Prefixes nest or are disjoint; they never overlap in part.  Sorted by first
 * address with the shorter first, a walk with a stack of the prefixes that
 * are open (at most 129 deep, one a length) cuts the address space into
 * ranges, each with the value of the longest prefix that covers it.  A lookup
 * is then a binary search for the range that the address falls into, whatever
 * the number of prefixes and lengths.
 */
#include <asymcap/base.h>

#include <stdlib.h>
#include <string.h>

struct prefix_map_entry {
	struct prefix prefix;
	int32_t value;
	uint32_t order; /* of adding: the first of equals stays */
};

/* From @first up to the next range's @first; value -1: no prefix. */
struct prefix_map_range {
	struct addr first;
	int32_t value;
};

bool prefix_map_add(struct prefix_map *m, const struct prefix *p, int32_t value)
{
	if (m->count == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 16;
		struct prefix_map_entry *e;

		e = realloc(m->entry, cap * sizeof(*e));
		if (!e)
			return false;
		m->entry = e;
		m->cap = cap;
	}
	m->entry[m->count] = (struct prefix_map_entry){
		.prefix = *p,
		.value = value,
		.order = (uint32_t)m->count,
	};
	m->count++;
	return true;
}

static int entry_cmp(const void *a_, const void *b_)
{
	const struct prefix_map_entry *a = a_, *b = b_;
	int order = prefix_cmp(&a->prefix, &b->prefix);

	if (order)
		return order;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* The address after the prefix's last; false past the end of all addresses. */
static bool prefix_after(const struct prefix *p, struct addr *after)
{
	int byte = 0;
	unsigned add;

	*after = p->base;
	if (!p->len)
		return false;
	byte = (p->len - 1) / 8;
	add = 0x80u >> (p->len - 1) % 8;
	for (; byte >= 0; byte--) {
		add += after->b[byte];
		after->b[byte] = (uint8_t)add;
		if (add < 256)
			return true;
		add = 1;
	}
	return false;
}

static void range_begin(struct prefix_map *m, const struct addr *first,
			int32_t value)
{
	struct prefix_map_range *last;

	last = m->ranges ? &m->range[m->ranges - 1] : NULL;
	if (last && !addr_cmp(&last->first, first)) {
		last->value = value; /* nothing lies between */
		return;
	}
	if (last && last->value == value)
		return;
	m->range[m->ranges++] = (struct prefix_map_range){
		.first = *first,
		.value = value,
	};
}

bool prefix_map_freeze(struct prefix_map *m)
{
	struct prefix_map_entry *open[130];
	struct addr zero = {{0}}, after;
	size_t depth = 0;

	free(m->range);
	m->ranges = 0;
	m->range = calloc(2 * m->count + 1, sizeof(*m->range));
	if (!m->range)
		return false;
	if (m->count)
		qsort(m->entry, m->count, sizeof(*m->entry), entry_cmp);

	range_begin(m, &zero, -1);
	for (size_t i = 0; i <= m->count; i++) {
		struct prefix_map_entry *e;

		e = i < m->count ? &m->entry[i] : NULL;
		/* Close what ends before this one begins. */
		while (depth && !(e && prefix_has(&open[depth - 1]->prefix,
						  &e->prefix.base))) {
			bool more =
				prefix_after(&open[depth - 1]->prefix, &after);

			depth--;
			if (more)
				range_begin(m, &after,
					    depth ? open[depth - 1]->value
						  : -1);
		}
		if (!e)
			break;
		if (depth && !prefix_cmp(&open[depth - 1]->prefix, &e->prefix))
			continue;
		range_begin(m, &e->prefix.base, e->value);
		open[depth++] = e;
	}
	return true;
}

int32_t prefix_map_find(const struct prefix_map *m, const struct addr *a)
{
	size_t low = 0, high = m->ranges;

	if (!high)
		return -1;
	/* range[0] begins at the lowest address, so low stays a match. */
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (addr_cmp(&m->range[mid].first, a) <= 0)
			low = mid;
		else
			high = mid;
	}
	return m->range[low].value;
}

void prefix_map_clear(struct prefix_map *m)
{
	free(m->entry);
	free(m->range);
	*m = (struct prefix_map){0};
}
