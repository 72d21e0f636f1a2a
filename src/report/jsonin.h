/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jsonin: a JSON text that somebody else wrote, taken apart
 *
 * What is not there, is null or is of another type than it must be is told
 * alike: by NULL, false or 0.  A reader decides what it can do without.
 */
#ifndef REPORT_JSONIN_H
#define REPORT_JSONIN_H

#include <asymcap/base.h>

struct jsonin;

/**
 * jsonin_parse() - Take a text apart
 * @text:	Any bytes
 * @size:	How many; what it takes in memory is a multiple of it
 * @why:	Result if it is no JSON: appended to
 *
 * Return: to be given to jsonin_free(), or NULL
 */
struct jsonin *jsonin_parse(const char *text, size_t size, struct str *why);
void jsonin_free(struct jsonin *j);

/** jsonin_get() - Member of an object, borrowed; @o may be NULL */
const struct jsonin *jsonin_get(const struct jsonin *o, const char *key);

/** jsonin_has() - Whether an object has the member, be it null */
bool jsonin_has(const struct jsonin *o, const char *key);

/** jsonin_text() - A string, borrowed: UTF-8, without NUL inside */
const char *jsonin_text(const struct jsonin *o, const char *key);

/** jsonin_count() - A number from 0 to 2^64 - 1, larger ones are that */
bool jsonin_count(const struct jsonin *o, const char *key, uint64_t *n);

/** jsonin_number() - As jsonin_count(), where nothing is 0 */
uint64_t jsonin_number(const struct jsonin *o, const char *key);

/** jsonin_signed() - An integer that may be negative */
bool jsonin_signed(const struct jsonin *o, const char *key, int64_t *n);

/** jsonin_true() - Whether it is true */
bool jsonin_true(const struct jsonin *o, const char *key);

/** jsonin_items() - How many elements an array has */
size_t jsonin_items(const struct jsonin *array);

/** jsonin_item() - An element, borrowed */
const struct jsonin *jsonin_item(const struct jsonin *array, size_t i);

/** jsonin_item_text() - An element that is a string */
const char *jsonin_item_text(const struct jsonin *array, size_t i);

#endif /* REPORT_JSONIN_H */
