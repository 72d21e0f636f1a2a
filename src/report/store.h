/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store: many values of one kind, kept small and put in order
 */
#ifndef REPORT_STORE_H
#define REPORT_STORE_H

#include <asymcap/base.h>

#define STORE_TRIMS 5 /* arrays that a value can have trimmed */

/**
 * struct store_trim - An array inside a value whose unused tail is not kept
 * @at:		Offset of the array
 * @item:	Size of an item, bytes
 * @max:	Items that it has room for
 * @used_at:	Offset of the uint8_t that says how many are valid
 */
struct store_trim {
	size_t at;
	size_t item;
	size_t max;
	size_t used_at;
};

/**
 * struct store_shape - What the values of a store look like
 * @size:	Of a whole value, bytes
 * @time_at:	Offset of the struct timestamp that it is ordered by first
 * @trim:	Arrays in the order of their offsets, not overlapping
 * @trims:	How many, at most STORE_TRIMS
 * @cmp:	Total order over what is shown of two whole values
 */
struct store_shape {
	size_t size;
	size_t time_at;
	const struct store_trim *trim;
	size_t trims;
	int (*cmp)(const void *a, const void *b);
};

/** struct store_entry - A kept value: when, and where its bytes are */
struct store_entry {
	struct timestamp time;
	const uint8_t *bytes;
};

/**
 * struct store - Values of one shape
 * @entry:	In order of arrival, then as store_sort() left them
 * @count:	How many
 * @room:	Entries allocated
 * @chunk:	Blocks that hold the bytes, the newest first
 * @scratch:	Two whole values, for comparing
 */
struct store {
	const struct store_shape *shape;
	struct store_entry *entry;
	size_t count;
	size_t room;
	struct store_chunk *chunk;
	uint8_t *scratch[2];
};

/**
 * store_init() - An empty store
 * @s:		Store
 * @shape:	Borrowed for the life of the store
 */
void store_init(struct store *s, const struct store_shape *shape);

/** store_free() - Free all values */
void store_free(struct store *s);

/**
 * store_put() - Keep a copy of a value
 * @s:		Store
 * @value:	@shape->size bytes; what lies beyond the used part of a
 *		trimmed array is not read
 */
void store_put(struct store *s, const void *value);

/**
 * store_get() - Copy a value out, whole
 * @s:		Store
 * @i:		Less than @s->count
 * @value:	Result, @shape->size bytes; unused items are zero
 */
void store_get(const struct store *s, size_t i, void *value);

/**
 * store_remove() - Remove the values that a function does not want to stay
 * @s:		Store
 * @stays:	Called for each value, whole; true if it stays
 * @arg:	Passed on
 */
void store_remove(struct store *s, bool (*stays)(void *arg, const void *value),
		  void *arg);

/** store_sort() - Put the values in order: by time, then by @shape->cmp */
void store_sort(struct store *s);

#endif /* REPORT_STORE_H */
