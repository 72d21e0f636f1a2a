/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store: many values of one kind, kept small and put in order
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

/*
 * Theory of operation
 *
 * A run over hostile traffic makes a million findings, and most of a finding
 * is room for sightings that it does not have.  So a value is kept as a
 * record: one byte for each trimmed array that says how many of its items
 * follow, then the bytes of the value with the unused tails left out.  A
 * field that is added to a value later is kept without a change here.
 *
 * Records lie one behind the other in large chunks and are never freed one
 * by one.  What is sorted is an array of times and pointers; only values of
 * the same time are unpacked to be compared.
 */
#define FIRST_BYTES (16u << 10)
#define CHUNK_BYTES (256u << 10)

/* The first is small, since many stores hold little; the next are not. */
struct store_chunk {
	struct store_chunk *next;
	size_t size;
	size_t used;
	uint8_t bytes[];
};

void store_init(struct store *s, const struct store_shape *shape)
{
	assert(shape->trims <= STORE_TRIMS);
	assert(shape->size + STORE_TRIMS <= FIRST_BYTES);
	*s = (struct store){.shape = shape};
	s->scratch[0] = xcalloc(1, shape->size);
	s->scratch[1] = xcalloc(1, shape->size);
}

void store_free(struct store *s)
{
	while (s->chunk) {
		struct store_chunk *next = s->chunk->next;

		free(s->chunk);
		s->chunk = next;
	}
	free(s->scratch[0]);
	free(s->scratch[1]);
	free(s->entry);
	*s = (struct store){0};
}

static uint8_t *chunk_room(struct store *s)
{
	struct store_chunk *c = s->chunk;

	if (!c || c->size - c->used < s->shape->size + STORE_TRIMS) {
		size_t size = c ? CHUNK_BYTES : FIRST_BYTES;

		c = xcalloc(1, sizeof(*c) + size);
		c->size = size;
		c->next = s->chunk;
		s->chunk = c;
	}
	return c->bytes + c->used;
}

/* Copy the bytes of a value that lie between the tails left out. */
static size_t pack(const struct store_shape *shape, const uint8_t *value,
		   uint8_t *record)
{
	uint8_t *p = record + shape->trims;
	size_t from = 0;

	for (size_t i = 0; i < shape->trims; i++) {
		const struct store_trim *t = &shape->trim[i];
		size_t used = value[t->used_at];
		size_t size;

		if (used > t->max)
			used = t->max;
		record[i] = (uint8_t)used;
		size = t->at + used * t->item - from;
		memcpy(p, value + from, size);
		p += size;
		from = t->at + t->max * t->item;
	}
	memcpy(p, value + from, shape->size - from);
	return (size_t)(p - record) + shape->size - from;
}

static void unpack(const struct store_shape *shape, const uint8_t *record,
		   uint8_t *value)
{
	const uint8_t *p = record + shape->trims;
	size_t from = 0;

	for (size_t i = 0; i < shape->trims; i++) {
		const struct store_trim *t = &shape->trim[i];
		size_t used = record[i] * t->item;
		size_t size = t->at + used - from;

		memcpy(value + from, p, size);
		p += size;
		from = t->at + t->max * t->item;
		memset(value + t->at + used, 0, t->max * t->item - used);
	}
	memcpy(value + from, p, shape->size - from);
}

void store_put(struct store *s, const void *value)
{
	uint8_t *record = chunk_room(s);
	struct store_entry *e;

	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->entry = xrealloc(s->entry, s->room, sizeof(*s->entry));
	}
	e = &s->entry[s->count++];
	e->bytes = record;
	memcpy(&e->time, (const uint8_t *)value + s->shape->time_at,
	       sizeof(e->time));
	s->chunk->used += pack(s->shape, value, record);
}

void store_get(const struct store *s, size_t i, void *value)
{
	assert(i < s->count);
	unpack(s->shape, s->entry[i].bytes, value);
}

static int entry_cmp(const void *pa, const void *pb, void *arg)
{
	const struct store_entry *a = pa;
	const struct store_entry *b = pb;
	const struct store *s = arg;

	if (a->time.ns != b->time.ns)
		return a->time.ns < b->time.ns ? -1 : 1;
	unpack(s->shape, a->bytes, s->scratch[0]);
	unpack(s->shape, b->bytes, s->scratch[1]);
	return s->shape->cmp(s->scratch[0], s->scratch[1]);
}

void store_sort(struct store *s)
{
	if (s->count > 1)
		qsort_r(s->entry, s->count, sizeof(*s->entry), entry_cmp, s);
}

void store_remove(struct store *s, bool (*stays)(void *arg, const void *value),
		  void *arg)
{
	void *value = xcalloc(1, s->shape->size);
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		store_get(s, i, value);
		if (stays(arg, value))
			s->entry[kept++] = s->entry[i];
	}
	s->count = kept;
	free(value);
}
