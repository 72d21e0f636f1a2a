/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intern: strings to small numbers, each string once
 */
#ifndef REPORT_INTERN_H
#define REPORT_INTERN_H

#include <asymcap/base.h>

/**
 * struct intern - Strings in the order in which they came
 * @text:	By number, owned
 * @count:	How many
 * @max:	How many there may be
 * @slot:	Open addressing: number + 1, 0 where there is none
 * @slots:	A power of two, at least twice @count; 0 before the first
 * @key:	Of the hash: the strings are a stranger's choice
 */
struct intern {
	char **text;
	size_t count;
	size_t max;
	uint32_t *slot;
	size_t slots;
	struct hash_key key;
};

/** intern_init() - None yet, @max at most; to be given to intern_free() */
void intern_init(struct intern *in, size_t max);
void intern_free(struct intern *in);

/**
 * intern_get() - The number of a string, which is kept if it is new
 * @in:		Strings
 * @text:	Copied
 *
 * Return: -1 if it is new and there is no room
 */
int intern_get(struct intern *in, const char *text);

/** intern_find() - The number of a string, or -1 */
int intern_find(const struct intern *in, const char *text);

#endif /* REPORT_INTERN_H */
