/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reading: a document of Azure's on its way into plain values
 */
#ifndef AZURE_READING_H
#define AZURE_READING_H

#include <asymcap/azure.h>
#include <asymcap/document.h>

#define ROW_FIELDS 24

/** struct field - A value of a row: text of a document, borrowed */
struct field {
	const char *key;
	const char *text;
	struct document_mark mark;
};

/**
 * struct row - What one object, block or line says
 * @field:	Its values; those without a text are left out
 * @where:	Path to it in JSON, "" in text
 * @mark:	Where it begins
 */
struct row {
	struct field field[ROW_FIELDS];
	size_t fields;
	char where[32];
	struct document_mark mark;
};

/**
 * struct reading - A document
 * @a:		Result
 * @kind:	What it should be
 * @known:	Whether @a->kind is known
 * @wrong:	Whether anything was wrong
 */
struct reading {
	struct document doc;
	struct plan_azure *a;
	struct str *errors;
	enum plan_azure_kind kind;
	bool known;
	bool wrong;
};

/** azure_wrong() - Tell what is wrong at a place */
void azure_wrong(struct reading *r, struct document_mark mark, const char *fmt,
		 ...) PRINTF_LIKE(3, 4);

/** azure_mark() - A place as the plan has it */
static inline struct site_mark azure_mark(struct document_mark m)
{
	return (struct site_mark){.line = m.line, .column = m.column};
}

/** row_put() - Add a value to a row; an empty one is none */
void row_put(struct row *row, const char *key, const char *text,
	     struct document_mark mark);

/** row_get() - A value by its key in any case, or NULL */
const struct field *row_get(const struct row *row, const char *key);

/**
 * azure_row() - Take a row: find out its kind, then its values
 *
 * Return: false when no further one is wanted
 */
bool azure_row(struct reading *r, const struct row *row);

/** azure_json() - Read JSON that begins at an offset */
void azure_json(struct reading *r, size_t from);

/** azure_text() - Read the tables and lists of PowerShell */
void azure_text(struct reading *r);

/* ---- peering.c */

/** peering_of_row() - A peering with what a row says of it */
struct plan_peering *peering_of_row(struct reading *r, const struct row *row);

/** peering_of_json() - A peering, an object; @row: its plain values */
void peering_of_json(struct reading *r, const struct json *object,
		     const struct row *row);

/** circuit_of_json() - A circuit, an object */
void circuit_of_json(struct reading *r, const struct json *object);

/* ---- json.c */

/** json_any() - Value of a key in any case, also inside "properties" */
const struct json *json_any(const struct json *object, const char *key);

/** json_row() - The plain values of an object as a row */
void json_row(const struct json *object, const char *where, struct row *row);

/** azure_number() - A number of a row; false if there is none */
bool azure_number(struct reading *r, const struct row *row, const char *key,
		  uint64_t max, uint64_t *n);

#endif /* AZURE_READING_H */
