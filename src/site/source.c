/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the bytes of a site file to a YAML document that is safe to walk
 *
 * DOC: Theory of operation
 *
 * YAML can do much more than a site file needs, and some of it is dangerous:
 * aliases make a small file a huge document, deep brackets make libyaml
 * quadratic (minutes for 200 KB), directives and anchors are looked up in
 * lists.  The document API shows none of that before the harm is done, so the
 * text passes three gates, each cheap and each linear:
 *
 *  1. bytes: size, UTF-8, no control characters;
 *  2. tokens: libyaml's scanner alone, which knows quotes and comments as the
 *     parser will see them, and looks no further ahead than a line or 1 KiB.
 *     Nesting, aliases, anchors, tags, directives and second documents are
 *     refused here, and too deep a file is left at the 33rd bracket;
 *  3. the document.
 *
 * The next gate is tried only when the one before found nothing.
 */
#include "source.h"

#include <string.h>

#include "text.h"

struct site_mark site_mark_of(const yaml_mark_t *mark)
{
	return (struct site_mark){
		.line = (uint32_t)mark->line + 1,
		.column = (uint32_t)mark->column + 1,
	};
}

static const char *byte_problem(const uint8_t *p, size_t left, size_t *n)
{
	uint32_t c;

	*n = utf8_read(p, left, &c);
	if (!*n)
		return "this is not UTF-8";
	if (c == '\t' || c == '\n' || c == '\r' || utf8_is_harmless(c))
		return NULL;
	if (!c)
		return "a NUL byte is refused; is this a text file?";
	if (c == 0xfeff)
		return "a byte order mark is refused; save the file as UTF-8 "
		       "without it";
	return "a control character is refused";
}

static bool check_bytes(const char *text, size_t size,
			struct site_errors *errors)
{
	static const struct site_mark start = {1, 1};
	const uint8_t *p = (const uint8_t *)text;
	struct site_mark mark = start;
	const char *problem;
	size_t n;

	if (size > SITE_MAX_BYTES) {
		site_errors_add(errors, start, "the file is over %u bytes",
				SITE_MAX_BYTES);
		return false;
	}
	if (size >= 2 &&
	    (!memcmp(p, "\xff\xfe", 2) || !memcmp(p, "\xfe\xff", 2))) {
		site_errors_add(errors, start,
				"UTF-16 is refused; save the "
				"file as UTF-8");
		return false;
	}
	for (size_t at = 0; at < size; at += n) {
		problem = byte_problem(p + at, size - at, &n);
		if (problem) {
			site_errors_add(errors, mark, "%s", problem);
			return false;
		}
		mark.column++;
		if (p[at] == '\n' ||
		    (p[at] == '\r' && at + 1 < size && p[at + 1] != '\n'))
			mark = (struct site_mark){mark.line + 1, 1};
	}
	return true;
}

/* libyaml counts characters, not bytes; once a file is fast enough.  @begins:
 * nothing but spaces stands before it in its line.
 */
static char byte_at(const char *text, size_t size, size_t character,
		    bool *begins)
{
	*begins = true;
	for (size_t at = 0; at < size; at++) {
		if (((uint8_t)text[at] & 0xc0) == 0x80)
			continue;
		if (!character--)
			return text[at];
		*begins = text[at] == '\n' || (*begins && text[at] == ' ');
	}
	return '\0';
}

/* What the reader of "found character that cannot start any token" needs, and
 * of what libyaml says a line below the mistake.
 */
static const char *syntax_hint(const char *problem, char c, bool begins)
{
	if (strstr(problem, "mapping values"))
		return " (quote a value that has a colon and a space; or a key "
		       "before this has no space after its colon)";
	if (begins && strstr(problem, "did not find expected") &&
	    (strstr(problem, "key") || strstr(problem, "'-'")))
		return " (indent it as the lines that it belongs to)";
	switch (c) {
	case '\t':
		return " (a tab: indent with spaces)";
	case ':':
		return " (in brackets, quote what begins with a colon)";
	default:
		return "";
	}
}

static void syntax_error(const yaml_parser_t *parser, const char *text,
			 size_t size, struct site_errors *errors)
{
	const yaml_mark_t *mark = &parser->problem_mark;
	const char *problem = parser->problem ? parser->problem : "no YAML";
	bool begins;
	char c = byte_at(text, size, mark->index, &begins);
	const char *hint = syntax_hint(problem, c, begins);

	if (parser->error == YAML_MEMORY_ERROR)
		log_fatal("out of memory for the site file");
	if (!parser->context) {
		site_errors_add(errors, site_mark_of(mark), "%s%s", problem,
				hint);
		return;
	}
	site_errors_add(errors, site_mark_of(mark), "%s%s, %s from line %zu",
			problem, hint, parser->context,
			parser->context_mark.line + 1);
}

/**
 * struct gate - What the tokens so far have shown
 * @block:	Open indented blocks
 * @flow:	Open brackets and braces
 * @content:	Whether the document has begun
 * @ended:	Whether "..." was seen after it
 * @second:	Whether a second document was reported
 */
struct gate {
	struct site_errors *errors;
	unsigned block;
	unsigned flow;
	bool content;
	bool ended;
	bool second;
};

static const char *token_refusal(yaml_token_type_t type)
{
	switch (type) {
	case YAML_VERSION_DIRECTIVE_TOKEN:
	case YAML_TAG_DIRECTIVE_TOKEN:
		return "directives ('%') are refused";
	case YAML_ALIAS_TOKEN:
		return "aliases ('*') are refused: write the value out, or "
		       "quote it if it starts with a star";
	case YAML_ANCHOR_TOKEN:
		return "anchors ('&') are refused";
	case YAML_TAG_TOKEN:
		return "tags ('!') are refused";
	default:
		return NULL;
	}
}

static void count_nesting(struct gate *g, yaml_token_type_t type)
{
	switch (type) {
	case YAML_BLOCK_SEQUENCE_START_TOKEN:
	case YAML_BLOCK_MAPPING_START_TOKEN:
		g->block++;
		break;
	case YAML_FLOW_SEQUENCE_START_TOKEN:
	case YAML_FLOW_MAPPING_START_TOKEN:
		g->flow++;
		break;
	case YAML_BLOCK_END_TOKEN:
		g->block -= !!g->block;
		break;
	case YAML_FLOW_SEQUENCE_END_TOKEN:
	case YAML_FLOW_MAPPING_END_TOKEN:
		g->flow -= !!g->flow;
		break;
	default:
		break;
	}
}

/* Return: false when the rest of the file is not worth looking at */
static bool pass_token(struct gate *g, const yaml_token_t *token)
{
	struct site_mark mark = site_mark_of(&token->start_mark);
	const char *refusal = token_refusal(token->type);
	bool edge = token->type == YAML_STREAM_START_TOKEN ||
		    token->type == YAML_STREAM_END_TOKEN ||
		    token->type == YAML_VERSION_DIRECTIVE_TOKEN ||
		    token->type == YAML_TAG_DIRECTIVE_TOKEN ||
		    token->type == YAML_DOCUMENT_END_TOKEN;

	if (refusal)
		site_errors_add(g->errors, mark, "%s", refusal);
	if (token->type == YAML_DOCUMENT_END_TOKEN)
		g->ended = true;

	if (!edge && !g->second &&
	    (g->ended ||
	     (g->content && token->type == YAML_DOCUMENT_START_TOKEN))) {
		site_errors_add(g->errors, mark,
				"a second document is "
				"refused: one site a file");
		g->second = true;
	}
	if (!edge)
		g->content = true;

	count_nesting(g, token->type);
	if (g->block + g->flow > SITE_MAX_NESTING) {
		site_errors_add(g->errors, mark, "nested over %d deep",
				SITE_MAX_NESTING);
		return false;
	}
	return token->type != YAML_STREAM_END_TOKEN;
}

static void start_parser(yaml_parser_t *parser, const char *text, size_t size)
{
	if (!yaml_parser_initialize(parser))
		log_fatal("out of memory for the site file");
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, (const yaml_char_t *)text, size);
}

static void check_tokens(const char *text, size_t size,
			 struct site_errors *errors)
{
	struct gate gate = {.errors = errors};
	yaml_parser_t parser;
	yaml_token_t token;
	bool more = true;

	start_parser(&parser, text, size);
	while (more) {
		if (!yaml_parser_scan(&parser, &token)) {
			syntax_error(&parser, text, size, errors);
			break;
		}
		more = pass_token(&gate, &token);
		yaml_token_delete(&token);
	}
	yaml_parser_delete(&parser);
}

/* The parser ends a document where it can: look that nothing is behind it. */
static bool is_last_document(yaml_parser_t *parser, const char *text,
			     size_t size, struct site_errors *errors)
{
	yaml_document_t rest;
	yaml_node_t *root;

	if (!yaml_parser_load(parser, &rest)) {
		syntax_error(parser, text, size, errors);
		return false;
	}
	root = yaml_document_get_root_node(&rest);
	if (root)
		site_errors_add(errors, site_mark_of(&root->start_mark),
				"a second document is refused: one site a "
				"file");
	yaml_document_delete(&rest);
	return !root;
}

static bool load_document(yaml_parser_t *parser, const char *text, size_t size,
			  yaml_document_t *doc, struct site_errors *errors)
{
	if (!yaml_parser_load(parser, doc)) {
		syntax_error(parser, text, size, errors);
		return false;
	}
	if (!yaml_document_get_root_node(doc))
		site_errors_add(errors, (struct site_mark){1, 1},
				"the file is empty");
	else if (is_last_document(parser, text, size, errors))
		return true;
	yaml_document_delete(doc);
	return false;
}

bool site_source_load(const char *text, size_t size, yaml_document_t *doc,
		      struct site_errors *errors)
{
	yaml_parser_t parser;
	bool ok;

	if (!size)
		text = ""; /* libyaml wants a pointer */
	if (!check_bytes(text, size, errors))
		return false;
	check_tokens(text, size, errors);
	if (site_errors_any(errors))
		return false;

	start_parser(&parser, text, size);
	ok = load_document(&parser, text, size, doc, errors);
	yaml_parser_delete(&parser);
	return ok;
}
