/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slab_items: the items of a slab, where AddressSanitizer can watch them
 *
 * A slab reuses its memory at once, which hides the use of a flow that has
 * left.  So the linker gives the flow table these functions instead (--wrap):
 * each item is an allocation of its own; one that is put back is poisoned, and
 * reused only after some others.
 *
 * The window of links may point to evidence that was put back, by design, and
 * asks @live; so that field stays readable, in items of any kind.
 */
#ifndef FUZZ_SLAB_ITEMS_H
#define FUZZ_SLAB_ITEMS_H

#include <asymcap/base.h>

#include "../../src/flow/flow.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>

/* Before each item: those of the slab in a list, and those that are free. */
struct slab_head {
	struct slab_head *next;
	struct slab_head *next_free;
};
static_assert(sizeof(struct slab_head) == 16, "items are aligned to 16");

#define GRANULE	 8 /* bytes that the sanitizer can tell apart */
#define LIVE_AT	 (offsetof(struct handshake, live) / GRANULE * GRANULE)
#define KEEP_OUT 16 /* items that are free before one is reused */

void *__wrap_slab_get(struct slab *s);
void __wrap_slab_put(struct slab *s, void *item);
void __wrap_slab_destroy(struct slab *s);
bool __wrap_slab_ready(struct slab *s);

bool __wrap_slab_ready(struct slab *s)
{
	(void)s;
	return true;
}

/* The item that has been free for longest. */
static void *slab_reuse(struct slab *s)
{
	struct slab_head *head = s->free_list;

	s->free_list = head->next_free;
	ASAN_UNPOISON_MEMORY_REGION(head + 1, s->item_size);
	return head + 1;
}

void *__wrap_slab_get(struct slab *s)
{
	size_t items = s->chunk_bytes / s->item_size;
	struct slab_head *head;

	if (++s->used > s->peak)
		s->peak = s->used;
	if (items + 1 - s->used > KEEP_OUT)
		return slab_reuse(s);
	head = malloc(sizeof(*head) + s->item_size);
	if (!head)
		return NULL;
	head->next = s->chunks;
	s->chunks = head;
	s->chunk_bytes += s->item_size;
	return head + 1;
}

void __wrap_slab_put(struct slab *s, void *item)
{
	struct slab_head *head = (struct slab_head *)item - 1, *last;
	char *p = item;

	ASAN_POISON_MEMORY_REGION(p, s->item_size);
	if (s->item_size > LIVE_AT + GRANULE)
		ASAN_UNPOISON_MEMORY_REGION(p + LIVE_AT, GRANULE);
	head->next_free = NULL;
	/* The fresh pointers are free for use: there are no chunks. */
	last = (struct slab_head *)(void *)s->fresh_end;
	if (s->free_list && last)
		last->next_free = head;
	else
		s->free_list = head;
	s->fresh_end = (uint8_t *)head;
	s->used--;
}

void __wrap_slab_destroy(struct slab *s)
{
	struct slab_head *head = s->chunks;

	while (head) {
		struct slab_head *next = head->next;

		free(head);
		head = next;
	}
	*s = (struct slab){.item_size = s->item_size};
}

#endif /* FUZZ_SLAB_ITEMS_H */
