/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intern: strings to small numbers, each string once
 */
#include "intern.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 16

void intern_init(struct intern *in, size_t max)
{
	*in = (struct intern){.max = max, .key = hash_key_random()};
}

void intern_free(struct intern *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->text[i]);
	free(in->text);
	free(in->slot);
	*in = (struct intern){0};
}

/* The hash takes a few words: those of the text, and what came of the last. */
static size_t hash_text(const struct hash_key *key, const char *text)
{
	uint32_t w[HASH_WORDS_MAX] = {0};
	const size_t step = sizeof(w) - sizeof(w[0]);
	size_t size = strlen(text);

	for (size_t at = 0; at <= size; at += step) {
		size_t left = size - at;
		uint32_t last = w[HASH_WORDS_MAX - 1];

		memset(w, 0, sizeof(w));
		memcpy(w, text + at, left < step ? left : step);
		w[HASH_WORDS_MAX - 1] = last + (uint32_t)left;
		w[HASH_WORDS_MAX - 1] = hash_words(key, w, HASH_WORDS_MAX);
	}
	return w[HASH_WORDS_MAX - 1];
}

/* The slot that has a string, or that it would be put into. */
static uint32_t *find_slot(const struct intern *in, const char *text)
{
	size_t at = hash_text(&in->key, text);

	for (;; at++) {
		uint32_t *slot = &in->slot[at & (in->slots - 1)];

		if (!*slot || !strcmp(in->text[*slot - 1], text))
			return slot;
	}
}

int intern_find(const struct intern *in, const char *text)
{
	return in->slots ? (int)*find_slot(in, text) - 1 : -1;
}

/* Twice the slots: what a file does not have takes no memory. */
static void grow(struct intern *in)
{
	in->slots = in->slots ? 2 * in->slots : FIRST_SLOTS;
	free(in->slot);
	in->slot = xcalloc(in->slots, sizeof(*in->slot));
	in->text = xrealloc(in->text, in->slots / 2, sizeof(*in->text));
	for (size_t i = 0; i < in->count; i++)
		*find_slot(in, in->text[i]) = (uint32_t)i + 1;
}

int intern_get(struct intern *in, const char *text)
{
	int known = intern_find(in, text);

	if (known >= 0 || in->count == in->max)
		return known;
	if (in->count == in->slots / 2)
		grow(in);
	in->text[in->count++] = xstrdup(text);
	*find_slot(in, text) = (uint32_t)in->count;
	return (int)in->count - 1;
}
