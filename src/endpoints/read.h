/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * read: what the two kinds of file have in common
 */
#ifndef ENDPOINTS_READ_H
#define ENDPOINTS_READ_H

#include <asymcap/base.h>
#include <asymcap/document.h>

/**
 * struct reading - A document on its way into values
 * @errors:	Appended to
 * @wrong:	Whether anything was
 */
struct reading {
	struct document *doc;
	struct str *errors;
	bool wrong;
};

/**
 * reading_wrong() - Tell what is wrong with a value
 * @v:		Value, for its place
 * @fmt:	What, beginning with the path to it
 */
void reading_wrong(struct reading *r, const struct json *v, const char *fmt,
		   ...) PRINTF_LIKE(3, 4);

/** struct found_prefix - A prefix, and the set or tag that it stands in */
struct found_prefix {
	struct prefix prefix;
	uint32_t owner;
};

/** struct found - All prefixes of a file, owned */
struct found {
	struct found_prefix *item;
	size_t count;
	size_t cap;
};

/**
 * reading_prefixes() - Read an array of prefixes
 * @r:		Reading
 * @array:	The array; NULL: there is none
 * @where:	Path to it, for messages
 * @owner:	Goes with each
 * @found:	Appended to
 *
 * Return: how many were there
 */
size_t reading_prefixes(struct reading *r, const struct json *array,
			const char *where, uint32_t owner, struct found *found);

#endif /* ENDPOINTS_READ_H */
