/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * document: a small text file that another tool wrote, and JSON in it
 *
 * Lists of endpoints, output of Azure's tools: files of some megabytes at
 * most, that anybody may have written.  Everything in them has a place, so
 * that whoever reads them can say what is wrong where.
 */
#ifndef ASYMCAP_DOCUMENT_H
#define ASYMCAP_DOCUMENT_H

#include <asymcap/base.h>

#define DOCUMENT_MAX_BYTES  (16u << 20)
#define DOCUMENT_MAX_ERRORS 20
#define JSON_MAX_NESTING    32
#define JSON_MAX_VALUES	    (1u << 20)

/** struct document_mark - A place, from 1; columns are characters */
struct document_mark {
	uint32_t line;
	uint32_t column;
};

/**
 * struct document - The text of a file
 * @path:	As it was named, borrowed
 * @text:	UTF-8, NUL-terminated, owned
 * @size:	Bytes without the NUL
 * @modified:	When the file was written last; 0: not known
 * @errors:	How many errors were told of it
 */
struct document {
	const char *path;
	char *text;
	size_t size;
	struct timestamp modified;
	unsigned errors;
};

/**
 * document_load() - Read a file
 * @d:		Result; to be freed
 * @path:	Borrowed; a pipe or device is refused
 * @errors:	Appended to: "path: why\n"
 *
 * A byte order mark is taken off, and UTF-16 that begins with one becomes
 * UTF-8, since some shells write that.
 *
 * Return: false if it cannot be read, is too large, or no text
 */
bool document_load(struct document *d, const char *path, struct str *errors);

/** document_of() - As document_load(), from memory, which is copied */
bool document_of(struct document *d, const char *path, const char *text,
		 size_t size, struct str *errors);

/** document_free() - Free what it owns */
void document_free(struct document *d);

/**
 * document_error() - Tell what is wrong, and where
 * @d:		Document; its errors are counted
 * @errors:	Appended to: "path:line:column: message\n", up to
 *		DOCUMENT_MAX_ERRORS of a document
 * @mark:	Where
 * @fmt:	What; bytes from the file may be in its arguments as they are
 */
void document_error(struct document *d, struct str *errors,
		    struct document_mark mark, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* ------------------------------------------------------------------- JSON */

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/**
 * struct json - A value, and its place among others
 * @type:	What it is
 * @mark:	Where it begins
 * @key:	Name in its object, or NULL; NUL-terminated, as @text
 * @text:	JSON_STRING: its characters, unescaped, without a NUL among
 *		them; JSON_NUMBER: as it is written; else NULL
 * @child:	First value inside, or NULL
 * @next:	Next value of the same array or object, or NULL
 * @count:	Values inside
 */
struct json {
	enum json_type type;
	struct document_mark mark;
	const char *key;
	const char *text;
	const struct json *child;
	const struct json *next;
	uint32_t count;
};

struct json_tree;

/**
 * json_parse() - Read a document as one JSON value (RFC 8259)
 * @d:		Document; must stay, its text is changed
 * @from:	Offset at which the value begins
 * @errors:	Appended to: one error at most
 *
 * Return: owned by the caller, or NULL
 */
struct json_tree *json_parse(struct document *d, size_t from,
			     struct str *errors);
const struct json *json_root(const struct json_tree *t);
void json_free(struct json_tree *t);

/** json_get() - Value of a key of an object, the first; NULL: none, no object */
const struct json *json_get(const struct json *object, const char *key);

/** json_string() - Text of a string, or NULL */
const char *json_string(const struct json *value);

/** json_unsigned() - Whole number from 0 to @max; false if it is none */
bool json_unsigned(const struct json *value, uint64_t max, uint64_t *n);

/** json_type_name() - "a string", "an object", ...; "nothing" for NULL */
const char *json_type_name(const struct json *value);

#endif /* ASYMCAP_DOCUMENT_H */
