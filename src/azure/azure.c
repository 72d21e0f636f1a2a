/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a file to a document of Azure's
 *
 * DOC: Theory of operation
 *
 * The same facts come in many shapes: JSON of az, bare or under "value", JSON
 * of PowerShell with other capitals, PowerShell's tables, and its lists of
 * "Key : Value".  Each shape is cut into rows of keys and texts with their
 * places; from there on there is one way.  What a document is shows in the
 * keys of its first row, so nobody has to name the shape, and the wrong file
 * for an option is told.
 *
 * What a terminal adds is passed over: warnings above the JSON, titles above
 * tables, and the mark of progress that az leaves in the first line ("[- ").
 */
#include "reading.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *azure_kind_name(enum plan_azure_kind kind)
{
	static const char *const names[] = {
		[PLAN_ROUTES] = "a route table",
		[PLAN_SUMMARY] = "a route-table summary",
		[PLAN_ARP] = "an ARP table",
		[PLAN_PEERING] = "a peering",
		[PLAN_CIRCUIT] = "a circuit",
	};
	static_assert(ARRAY_SIZE(names) == PLAN_CIRCUIT + 1,
		      "a name each kind");

	return names[kind];
}

void azure_wrong(struct reading *r, struct document_mark mark, const char *fmt,
		 ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	document_error(&r->doc, r->errors, mark, "%s", text);
	r->wrong = true;
}

void row_put(struct row *row, const char *key, const char *text,
	     struct document_mark mark)
{
	if (text && *text && row->fields < ROW_FIELDS)
		row->field[row->fields++] = (struct field){key, text, mark};
}

const struct field *row_get(const struct row *row, const char *key)
{
	for (size_t i = 0; i < row->fields; i++) {
		if (!strcasecmp(row->field[i].key, key))
			return &row->field[i];
	}
	return NULL;
}

/* Where JSON begins: a bracket that is the first of its line. */
static const char *find_json(const char *text)
{
	const char *line = text, *p;

	while (line) {
		p = line + strspn(line, " \t\r");
		if (*p == '{' || *p == '[')
			return p;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

/*
 * "[- Finished .." before what the bracket holds, or before all of it: take
 * the words away, and the bracket if another one follows that cannot be its
 * first item.
 */
static void skip_progress(struct document *d, size_t *from)
{
	char *bracket = d->text + *from, *p = bracket + 1, *end;

	p += strspn(p, " ");
	if (!*p || !strchr("-\\|/", *p) || isdigit((unsigned char)p[1]))
		return;
	end = strstr(p, "..");
	if (!end || memchr(p, '\n', (size_t)(end - p)))
		return;
	for (end += strspn(end, "."); p < end; p++)
		*p = ' ';
	p += strspn(p, " \t\r\n");
	if ((*bracket == '{' && *p != '"' && *p != '}') ||
	    (*bracket == '[' && *p == '['))
		*from = (size_t)(p - d->text);
}

static bool read_document(struct reading *r)
{
	static const struct document_mark begin = {1, 1};
	const char *text = r->doc.text;
	const char *json = find_json(text);
	size_t from;

	if (!text[strspn(text, " \t\r\n")]) {
		azure_wrong(r, begin, "the file is empty");
	} else if (json) {
		from = (size_t)(json - text);
		skip_progress(&r->doc, &from);
		azure_json(r, from);
	} else {
		azure_text(r);
	}
	if (!r->wrong && !r->known)
		r->a->kind = r->kind; /* an empty table */
	document_free(&r->doc);
	if (!r->wrong)
		return true;
	plan_azure_free(r->a);
	return false;
}

bool azure_parse(struct plan_azure *a, const char *path, const char *text,
		 size_t size, enum plan_azure_kind kind, struct str *errors)
{
	struct reading r = {.a = a, .errors = errors, .kind = kind};

	*a = (struct plan_azure){.stag = -1};
	if (!document_of(&r.doc, path, text, size, errors))
		return false;
	a->path = xstrdup(path);
	return read_document(&r);
}

bool azure_load(struct plan_azure *a, const char *path,
		enum plan_azure_kind kind, struct str *errors)
{
	struct reading r = {.a = a, .errors = errors, .kind = kind};

	*a = (struct plan_azure){.stag = -1};
	if (!document_load(&r.doc, path, errors))
		return false;
	a->path = xstrdup(path);
	return read_document(&r);
}
