/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON into a tree whose every value knows its place
 *
 * DOC: Theory of operation
 *
 * Libraries for JSON tell where a syntax error is, and nothing of the place
 * of a value that is right as JSON and wrong as a prefix; those for YAML do,
 * but refuse what JSON escapes (surrogate pairs) and take what is none.  The
 * grammar is small: one loop reads a value after the other, with the open
 * arrays and objects on a stack of fixed depth.  Values lie in one array;
 * strings are unescaped where they stand, since that never makes them longer,
 * and end with a NUL in place of their closing quote.
 *
 * A number ends where the next token begins, so there is no place for its NUL
 * before that was read: it gets one when the next character has been looked
 * at.
 */
#include <asymcap/document.h>

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/**
 * struct json_tree - All values of a document
 * @value:	The root is the first
 */
struct json_tree {
	struct json *value;
	size_t count;
	size_t cap;
};

/**
 * struct links - By value: indices, until the array has stopped moving
 * @last:	The value inside that was read last
 */
struct links {
	uint32_t child;
	uint32_t next;
	uint32_t last;
};

/**
 * struct reader - A text on its way into a tree
 * @at:		Next byte
 * @line:	Its line, from 1
 * @begin:	Where that line begins
 * @wide:	Bytes of it so far that continue a character
 * @open:	Indices of the arrays and objects that are open
 * @depth:	How many
 * @ends:	Where a number must be ended with a NUL, or NULL
 * @why:	What is wrong, or NULL
 */
struct reader {
	struct json_tree *tree;
	struct links *link;
	char *at;
	char *end;
	char *begin;
	size_t wide;
	uint32_t line;
	uint32_t open[JSON_MAX_NESTING];
	unsigned depth;
	char *ends;
	const char *why;
};

static struct document_mark mark_here(const struct reader *r)
{
	size_t column = (size_t)(r->at - r->begin) - r->wide + 1;

	return (struct document_mark){
		.line = r->line,
		.column = column < UINT32_MAX ? (uint32_t)column : UINT32_MAX,
	};
}

static bool fail(struct reader *r, const char *why)
{
	r->why = why;
	return false;
}

/* The next byte that is no space; 0 at the end, which no text has inside. */
static char peek(struct reader *r)
{
	for (; r->at < r->end; r->at++) {
		if (*r->at == '\n') {
			r->line++;
			r->begin = r->at + 1;
			r->wide = 0;
		} else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r') {
			break;
		}
	}
	if (r->ends) {
		char c = r->at < r->end ? *r->at : '\0';

		/* What was behind the number is known now: it may go. */
		if (r->ends != r->at)
			*r->ends = '\0';
		else if (c == ',' || c == ']' || c == '}')
			return c;
		r->ends = NULL;
	}
	return r->at < r->end ? *r->at : '\0';
}

/* Move over the byte that peek() has shown. */
static void pass(struct reader *r)
{
	if (r->ends == r->at)
		*r->at = '\0';
	r->ends = NULL;
	r->at++;
}

static struct json *value_at(struct reader *r, uint32_t i)
{
	return &r->tree->value[i];
}

/* A new value, inside the innermost that is open. */
static struct json *add_value(struct reader *r, enum json_type type,
			      const char *key)
{
	struct json_tree *t = r->tree;
	uint32_t i = (uint32_t)t->count, parent;

	if (t->count == JSON_MAX_VALUES) {
		fail(r, "more than a million values");
		return NULL;
	}
	if (t->count == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 256;
		t->value = xrealloc(t->value, t->cap, sizeof(*t->value));
		r->link = xrealloc(r->link, t->cap, sizeof(*r->link));
	}
	assert(r->link);
	t->count++;
	t->value[i] = (struct json){
		.type = type,
		.mark = mark_here(r),
		.key = key,
	};
	r->link[i] = (struct links){0};
	if (!r->depth)
		return &t->value[i];
	parent = r->open[r->depth - 1];
	if (r->link[parent].child)
		r->link[r->link[parent].last].next = i;
	else
		r->link[parent].child = i;
	r->link[parent].last = i;
	value_at(r, parent)->count++;
	return &t->value[i];
}

/* ---------------------------------------------------------------- scalars */

static bool hex4(const char *p, const char *end, uint32_t *c)
{
	*c = 0;
	if (end - p < 4)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		unsigned char h = (unsigned char)p[i];
		unsigned digit = h - '0';

		if (digit > 9) {
			digit = (h | 0x20u) - 'a' + 10;
			if (digit < 10 || digit > 15)
				return false;
		}
		*c = *c << 4 | digit;
	}
	return true;
}

/* Behind "\u"; six characters at least become four bytes at most. */
static bool unescape_unicode(struct reader *r, char **to)
{
	uint32_t c, low;

	if (!hex4(r->at, r->end, &c))
		return fail(r, "\\u wants four hexadecimal digits");
	r->at += 4;
	if (!c)
		return fail(r, "a NUL in a string is refused");
	if (utf8_is_high(c)) {
		if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u' ||
		    !hex4(r->at + 2, r->end, &low) || !utf8_is_low(low))
			return fail(r, "half of a surrogate pair");
		r->at += 6;
		c = utf8_pair(c, low);
	} else if (utf8_is_low(c)) {
		return fail(r, "half of a surrogate pair");
	}
	*to = utf8_put(*to, c);
	return true;
}

static bool unescape(struct reader *r, char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (r->at == r->end)
		return fail(r, "the string has no end");
	if (*r->at == 'u') {
		r->at++;
		return unescape_unicode(r, to);
	}
	found = strchr(from, *r->at);
	if (!found || !*found)
		return fail(r, "no escape of JSON");
	*(*to)++ = into[found - from];
	r->at++;
	return true;
}

/* At the opening quote; on success behind the closing one. */
static bool read_string(struct reader *r, const char **text)
{
	char *to = ++r->at;

	*text = to;
	while (r->at < r->end && *r->at != '"') {
		unsigned char c = (unsigned char)*r->at;

		if (c < 0x20)
			return fail(r, "a control character or line break in a "
				       "string");
		r->wide += (c & 0xc0) == 0x80;
		if (c != '\\') {
			*to++ = *r->at++;
			continue;
		}
		r->at++;
		if (!unescape(r, &to))
			return false;
	}
	if (r->at == r->end)
		return fail(r, "the string has no end");
	*to = '\0';
	r->at++;
	return true;
}

static bool digits(struct reader *r)
{
	const char *begin = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > begin;
}

static bool read_number(struct reader *r, struct json *v)
{
	char *begin = r->at;
	bool good;

	v->text = r->at;
	if (*r->at == '-')
		r->at++;
	if (r->at < r->end && *r->at == '0') {
		r->at++;
		good = true;
	} else {
		good = digits(r);
	}
	if (good && r->at < r->end && *r->at == '.') {
		r->at++;
		good = digits(r);
	}
	if (good && r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
		r->at++;
		if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
			r->at++;
		good = digits(r);
	}
	if (!good || (r->at < r->end && !strchr(" \t\r\n,]}", *r->at))) {
		r->at = begin;
		return fail(r, "no number of JSON");
	}
	r->ends = r->at;
	return true;
}

static bool read_word(struct reader *r, const char *key)
{
	static const struct {
		const char *word;
		enum json_type type;
	} words[] = {
		{"null", JSON_NULL},
		{"false", JSON_FALSE},
		{"true", JSON_TRUE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i].word);

		if ((size_t)(r->end - r->at) < n ||
		    memcmp(r->at, words[i].word, n) != 0)
			continue;
		if (!add_value(r, words[i].type, key))
			return false;
		r->at += n;
		return true;
	}
	return fail(r, "here should be a value");
}

/* ------------------------------------------------------------- structure */

static bool open_value(struct reader *r, enum json_type type, const char *key)
{
	if (r->depth == JSON_MAX_NESTING)
		return fail(r, "nested over 32 deep");
	if (!add_value(r, type, key))
		return false;
	r->open[r->depth++] = (uint32_t)(r->tree->count - 1);
	pass(r);
	return true;
}

static bool read_value(struct reader *r, const char *key)
{
	char c = peek(r);
	struct json *v;
	const char *text;

	if (c == '{')
		return open_value(r, JSON_OBJECT, key);
	if (c == '[')
		return open_value(r, JSON_ARRAY, key);
	if (c == '"') {
		v = add_value(r, JSON_STRING, key);
		if (!v || !read_string(r, &text))
			return false;
		v->text = text;
		return true;
	}
	if (c == '-' || (c >= '0' && c <= '9')) {
		v = add_value(r, JSON_NUMBER, key);
		return v && read_number(r, v);
	}
	return read_word(r, key);
}

/* A key with its colon. */
static bool read_key(struct reader *r, const char **key)
{
	if (peek(r) != '"')
		return fail(r, "here should be a key in quotes");
	if (!read_string(r, key))
		return false;
	if (peek(r) != ':')
		return fail(r, "here should be a colon");
	pass(r);
	return true;
}

/* A value inside what is open, or its end. */
static bool read_inside(struct reader *r)
{
	struct json *in = value_at(r, r->open[r->depth - 1]);
	bool object = in->type == JSON_OBJECT;
	const char *key = NULL;
	char c = peek(r);

	if (c == (object ? '}' : ']')) {
		pass(r);
		r->depth--;
		return true;
	}
	if (in->count) {
		if (c != ',')
			return fail(r,
				    object ? "here should be a comma or '}'"
					   : "here should be a comma or ']'");
		pass(r);
	}
	if (object && !read_key(r, &key))
		return false;
	return read_value(r, key);
}

static void resolve(struct reader *r)
{
	struct json_tree *t = r->tree;

	for (size_t i = 0; i < t->count; i++) {
		const struct links *l = &r->link[i];

		t->value[i].child = l->child ? &t->value[l->child] : NULL;
		t->value[i].next = l->next ? &t->value[l->next] : NULL;
	}
}

/* From its begin to @from: lines, and where the last of them begins. */
static void skip_to(struct reader *r, size_t from)
{
	char *to = r->at + from;

	for (; r->at < to; r->at++) {
		if (*r->at == '\n') {
			r->line++;
			r->begin = r->at + 1;
			r->wide = 0;
		} else {
			r->wide += (*r->at & 0xc0) == 0x80;
		}
	}
}

struct json_tree *json_parse(struct document *d, size_t from,
			     struct str *errors)
{
	struct reader r = {
		.tree = xcalloc(1, sizeof(*r.tree)),
		.at = d->text,
		.end = d->text + d->size,
		.begin = d->text,
		.line = 1,
	};
	bool good;

	skip_to(&r, from);
	good = read_value(&r, NULL);
	while (good && r.depth)
		good = read_inside(&r);
	if (good && peek(&r))
		good = fail(&r, "something follows the end");
	if (good)
		resolve(&r);
	else
		document_error(d, errors, mark_here(&r), "%s%s",
			       r.at == r.end ? "the file ends here: " : "",
			       r.why);
	free(r.link);
	if (good)
		return r.tree;
	json_free(r.tree);
	return NULL;
}

const struct json *json_root(const struct json_tree *t)
{
	return &t->value[0];
}

void json_free(struct json_tree *t)
{
	if (!t)
		return;
	free(t->value);
	free(t);
}
