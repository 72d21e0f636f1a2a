/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All errors of one site file, each with its place
 */
#ifndef ASYMCAP_SITE_ERRORS_H
#define ASYMCAP_SITE_ERRORS_H

#include <asymcap/site.h>

#define SITE_MAX_ERRORS 1000
#define SITE_CUT_TEXT	72

/**
 * struct site_errors - What is wrong with a site file
 * @item:	Errors as they were met, owned
 * @count:	How many; at most SITE_MAX_ERRORS
 * @dropped:	How many more there were
 *
 * Zero-initialise.
 */
struct site_errors {
	struct site_error *item;
	size_t count;
	size_t dropped;
};

/**
 * site_errors_add() - Note an error
 * @e:		Errors
 * @mark:	Where it is; a line of 0 is the file as a whole
 * @fmt:	What is wrong, without place and newline; bytes from the file
 *		may be in its arguments as they are
 */
void site_errors_add(struct site_errors *e, struct site_mark mark,
		     const char *fmt, ...) PRINTF_LIKE(3, 4);

/** site_errors_full() - Whether a further error would only be counted */
bool site_errors_full(const struct site_errors *e);

/** site_errors_any() - Whether there is any */
bool site_errors_any(const struct site_errors *e);

/**
 * site_errors_print() - Write them, sorted by place
 * @e:		Errors; sorted by this call
 * @path:	Name of the file
 * @out:	Appended to: "path:line:column: message\n" each
 */
void site_errors_print(struct site_errors *e, const char *path,
		       struct str *out);

/** site_errors_free() - Free them and start anew */
void site_errors_free(struct site_errors *e);

/**
 * site_cut() - Shorten a word from the file, so that a message stays one
 * @buf:	SITE_CUT_TEXT bytes
 * @text:	UTF-8 of any length
 *
 * Return: @buf: the whole word, or its begin and "..."
 */
const char *site_cut(char *buf, const char *text);

/* For an argument of site_errors_add(): lives until the end of the block. */
#define CUT(text_) site_cut((char[SITE_CUT_TEXT]){0}, (text_))

#endif /* ASYMCAP_SITE_ERRORS_H */
