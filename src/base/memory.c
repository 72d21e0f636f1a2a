/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory: allocation at set-up that may not fail, and the slab
 *
 * DOC: Theory of operation
 *
 * What is allocated while packets flow comes from slabs: items of one size,
 * cut from chunks, with a free list threaded through the items that were put
 * back.  A slab never returns a chunk, so its size is its peak, and taking or
 * putting an item is a few instructions.
 */
#include <asymcap/base.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_CHUNK RESERVE_CHUNK
#define SLAB_ALIGN 64

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		log_fatal("out of memory for %zu bytes", count * size);
	return p;
}

void *xrealloc(void *p, size_t count, size_t size)
{
	void *q = reallocarray(p, count ? count : 1, size ? size : 1);

	if (!q)
		log_fatal("out of memory for %zu items of %zu bytes", count,
			  size);
	return q;
}

char *xstrndup(const char *s, size_t n)
{
	char *copy = strndup(s, n);

	if (!copy)
		log_fatal("out of memory for %zu bytes", n);
	return copy;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

void slab_init(struct slab *s, size_t item_size, struct reserve *reserve)
{
	assert(item_size >= sizeof(void *) && item_size % 8 == 0 &&
	       item_size <= SLAB_CHUNK / 4);
	*s = (struct slab){.item_size = item_size, .reserve = reserve};
}

/* The first SLAB_ALIGN bytes of a chunk link it to the one before. */
static void chunk_add(struct slab *s, uint8_t *chunk)
{
	size_t items = (SLAB_CHUNK - SLAB_ALIGN) / s->item_size;

	memcpy(chunk, &s->chunks, sizeof(s->chunks));
	s->chunks = chunk;
	s->fresh = chunk + SLAB_ALIGN;
	s->fresh_ask = s->fresh + items / 4 * s->item_size;
	s->fresh_end = s->fresh + items * s->item_size;
	s->chunk_bytes += SLAB_CHUNK;
}

static bool slab_grow(struct slab *s)
{
	uint8_t *chunk = s->reserve ? reserve_take(s->reserve)
				    : aligned_alloc(SLAB_CHUNK, SLAB_CHUNK);

	if (!chunk)
		return false;
	chunk_add(s, chunk);
	return true;
}

bool slab_ready(struct slab *s)
{
	return s->chunks || slab_grow(s);
}

void *slab_get(struct slab *s)
{
	void *item = s->free_list;

	if (item) {
		memcpy(&s->free_list, item, sizeof(s->free_list));
		/* The next one may have been free for long. */
		for (size_t i = 0; s->free_list && i < s->item_size; i += 64)
			__builtin_prefetch((char *)s->free_list + i);
	} else {
		if (s->fresh == s->fresh_end && !slab_grow(s))
			return NULL;
		item = s->fresh;
		s->fresh += s->item_size;
		if (s->fresh == s->fresh_ask && s->reserve)
			reserve_ask(s->reserve);
	}
	if (++s->used > s->peak)
		s->peak = s->used;
	return item;
}

void slab_put(struct slab *s, void *item)
{
	memcpy(item, &s->free_list, sizeof(s->free_list));
	s->free_list = item;
	s->used--;
}

void slab_destroy(struct slab *s)
{
	void *chunk = s->chunks;

	while (chunk) {
		void *next;

		memcpy(&next, chunk, sizeof(next));
		free(chunk);
		chunk = next;
	}
	slab_init(s, s->item_size, s->reserve);
}
