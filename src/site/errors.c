/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All errors of one site file, each with its place
 *
 * DOC: Theory of operation
 *
 * The reader goes over the file in the order of its tables, not in that of
 * the lines, and never stops at an error: whoever mends the file wants to do
 * it once.  So errors are collected, sorted by place and printed at the end.
 * A file of rubbish has an error at every word; past SITE_MAX_ERRORS they are
 * only counted, and the count is printed.
 */
#include "errors.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* struct site_error - One error; @order keeps the sort stable */
struct site_error {
	struct site_mark mark;
	size_t order;
	struct str text;
};

void site_errors_add(struct site_errors *e, struct site_mark mark,
		     const char *fmt, ...)
{
	struct site_error *error;
	char *text = NULL;
	va_list ap;
	int n;

	if (site_errors_full(e)) {
		e->dropped++;
		return;
	}
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		log_fatal("out of memory for a message");

	e->item = site_grow(e->item, e->count, sizeof(*e->item));
	error = &e->item[e->count];
	*error = (struct site_error){.mark = mark, .order = e->count};
	str_add_safe(&error->text, text);
	e->count++;
	free(text);
}

bool site_errors_full(const struct site_errors *e)
{
	return e->count >= SITE_MAX_ERRORS;
}

bool site_errors_any(const struct site_errors *e)
{
	return e->count > 0;
}

static int error_cmp(const void *va, const void *vb)
{
	const struct site_error *a = va, *b = vb;

	if (a->mark.line != b->mark.line)
		return a->mark.line < b->mark.line ? -1 : 1;
	if (a->mark.column != b->mark.column)
		return a->mark.column < b->mark.column ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* One pool may overlap another that is written twice: say it once. */
static bool is_same(const struct site_error *a, const struct site_error *b)
{
	return a->mark.line == b->mark.line &&
	       a->mark.column == b->mark.column &&
	       !strcmp(a->text.s, b->text.s);
}

static void print_place(struct str *out, const char *path,
			struct site_mark mark)
{
	str_add_safe(out, path);
	if (mark.line)
		str_addf(out, ":%u:%u", mark.line, mark.column);
	str_add(out, ": ");
}

void site_errors_print(struct site_errors *e, const char *path, struct str *out)
{
	if (!e->count)
		return;
	qsort(e->item, e->count, sizeof(*e->item), error_cmp);

	for (size_t i = 0; i < e->count; i++) {
		if (i && is_same(&e->item[i], &e->item[i - 1]))
			continue;
		print_place(out, path, e->item[i].mark);
		str_add(out, e->item[i].text.s);
		str_addc(out, '\n');
	}
	if (e->dropped) {
		print_place(out, path, e->item[e->count - 1].mark);
		str_addf(out, "%zu more errors are not shown\n", e->dropped);
	}
}

void site_errors_free(struct site_errors *e)
{
	for (size_t i = 0; i < e->count; i++)
		str_free(&e->item[i].text);
	free(e->item);
	*e = (struct site_errors){0};
}

const char *site_cut(char *buf, const char *text)
{
	static const char dots[] = "...";
	size_t n = strnlen(text, SITE_CUT_TEXT);

	if (n < SITE_CUT_TEXT)
		return memcpy(buf, text, n + 1);

	n = SITE_CUT_TEXT - sizeof(dots);
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(buf, text, n);
	memcpy(buf + n, dots, sizeof(dots));
	return buf;
}
