/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables and lists of PowerShell, cut into rows
 *
 * DOC: Theory of operation
 *
 * A list has "Key : Value" in each line, and an empty line between blocks.  A
 * table has a line of column names, maybe a line of dashes under it, and a
 * line for each row; columns are put flush left by one generation of the
 * tools and flush right by another, and a column in the middle may be empty.
 * So words are counted, and where that leaves a doubt, the nearest heading
 * decides.  What stands above the first line that is understood is a title.
 */
#include "reading.h"

#include <string.h>
#include <strings.h>

#define MAX_WORDS 64

/** struct word - A word of a line, NUL-terminated in the document */
struct word {
	char *text;
	size_t begin; /* columns from 0 */
	size_t end;
};

struct line {
	struct word word[MAX_WORDS];
	size_t words;
	uint32_t number;
};

/** struct table - A table's heading */
struct table {
	const char *const *name; /* NULL: none yet */
	size_t names;
	struct line head;
};

static const char *const route_columns[] = {"Network", "NextHop", "LocPrf",
					    "Weight", "Path"};
static const char *const summary_columns[] = {"Neighbor", "V", "AS", "UpDown",
					      "StatePfxRcd"};
static const char *const arp_columns[] = {"Age", "Interface", "IpAddress",
					  "MacAddress"};

static const struct {
	const char *const *name;
	size_t names;
} tables[] = {
	{route_columns, ARRAY_SIZE(route_columns)},
	{summary_columns, ARRAY_SIZE(summary_columns)},
	{arp_columns, ARRAY_SIZE(arp_columns)},
};

/* Cut a line, which ends with a NUL, into words; false if it has too many. */
static bool cut(char *text, uint32_t number, struct line *line)
{
	size_t column = 0;
	bool in = false;

	line->words = 0;
	line->number = number;
	for (char *p = text; *p; p++) {
		bool space = *p == ' ' || *p == '\t' || *p == '\r';

		if (space) {
			*p = '\0';
			if (in)
				line->word[line->words++].end = column;
		} else if (!in) {
			if (line->words == MAX_WORDS)
				return false;
			line->word[line->words].text = p;
			line->word[line->words].begin = column;
		}
		in = !space;
		column += utf8_begins(*p);
	}
	if (in)
		line->word[line->words++].end = column;
	return true;
}

static struct document_mark mark_of(const struct line *line, size_t word)
{
	return (struct document_mark){
		.line = line->number,
		.column = (uint32_t)line->word[word].begin + 1,
	};
}

/* "InterfaceProperty" is "Interface" by another name; "AsProperty" is "AS". */
static bool is_column(const char *text, const char *name)
{
	size_t n = strlen(name);

	return !strncasecmp(text, name, n) &&
	       (!text[n] || !strcasecmp(text + n, "Property"));
}

static bool is_head(const struct line *line, struct table *table)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		size_t same = 0;

		if (line->words != tables[t].names)
			continue;
		while (same < line->words &&
		       is_column(line->word[same].text, tables[t].name[same]))
			same++;
		if (same < line->words)
			continue;
		table->name = tables[t].name;
		table->names = tables[t].names;
		table->head = *line;
		return true;
	}
	return false;
}

static bool is_rule(const struct line *line)
{
	for (size_t i = 0; i < line->words; i++) {
		if (line->word[i].text[strspn(line->word[i].text, "-")])
			return false;
	}
	return line->words > 0;
}

static size_t distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

/* How far a word is from a heading, flush left or right. */
static size_t off(const struct word *w, const struct word *head)
{
	size_t left = distance(w->begin, head->begin);
	size_t right = distance(w->end, head->end);

	return left < right ? left : right;
}

/* Join the words from @first on, in place, with a space between. */
static char *join(struct line *line, size_t first)
{
	for (size_t i = first + 1; i < line->words; i++) {
		char *p =
			line->word[i - 1].text + strlen(line->word[i - 1].text);

		while (p < line->word[i].text)
			*p++ = ' ';
	}
	return line->word[first].text;
}

/* Network, next hop, maybe a preference, weight, then the path. */
static void route_row(const struct table *table, struct line *line,
		      struct row *row)
{
	size_t path = 3;

	/* Of four words the path is the last: a preference is seldom there. */
	if (line->words > 4 &&
	    off(&line->word[2], &table->head.word[2]) <
		    off(&line->word[2], &table->head.word[3]))
		path = 4;
	row_put(row, "Network", line->word[0].text, mark_of(line, 0));
	if (line->words > 1)
		row_put(row, "NextHop", line->word[1].text, mark_of(line, 1));
	if (line->words > path)
		row_put(row, "Path", join(line, path), mark_of(line, path));
}

static bool table_row(struct reading *r, const struct table *table,
		      struct line *line)
{
	struct row row = {.mark = mark_of(line, 0)};

	if (table->name == route_columns) {
		route_row(table, line, &row);
		return azure_row(r, &row);
	}
	/* The last column may have several words: "Idle (Admin)". */
	if (!table->names || line->words < table->names) {
		azure_wrong(r, row.mark,
			    "%zu words for %zu columns in this row",
			    line->words, table->names);
		return false;
	}
	for (size_t i = 0; i + 1 < table->names; i++)
		row_put(&row, table->name[i], line->word[i].text,
			mark_of(line, i));
	row_put(&row, table->name[table->names - 1],
		join(line, table->names - 1), mark_of(line, table->names - 1));
	return azure_row(r, &row);
}

/* -------------------------------------------------------------------- lists */

/* "Key   : value": cut, and put into the row; false if it is none. */
static bool list_line(char *text, uint32_t number, struct row *row)
{
	size_t key = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789_");
	char *colon = text + key + strspn(text + key, " \t");
	char *value, *end;
	struct document_mark mark = {.line = number, .column = 1};

	if (!key || *colon != ':')
		return false;
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && strchr(" \t\r", end[-1]))
		*--end = '\0';
	text[key] = '\0';
	if (!row->fields)
		row->mark = mark;
	mark.column = (uint32_t)(value - text) + 1;
	row_put(row, text, value, mark);
	return true;
}

/* A block is one of Azure's if it has a key that tells its kind. */
static bool is_block(const struct row *row)
{
	return row_get(row, "Network") || row_get(row, "Neighbor") ||
	       row_get(row, "MacAddress") || row_get(row, "PeeringType");
}

static bool end_block(struct reading *r, struct row *row)
{
	bool more = !is_block(row) || azure_row(r, row);

	*row = (struct row){0};
	return more;
}

/** struct walk - Over the lines of a document */
struct walk {
	struct table table;
	struct row block;
	bool understood;
};

/* Return: false when no further line is wanted */
static bool take_line(struct reading *r, struct walk *w, char *text,
		      uint32_t number)
{
	struct line line = {0};
	bool space = !text[strspn(text, " \t\r")];

	if (space)
		return end_block(r, &w->block);
	if (!w->table.name && list_line(text, number, &w->block)) {
		w->understood |= is_block(&w->block);
		return true;
	}
	if (!cut(text, number, &line)) {
		if (!w->table.name)
			return true;
		azure_wrong(r, (struct document_mark){number, 1},
			    "more than %d words in a line", MAX_WORDS);
		return false;
	}
	if (is_head(&line, &w->table)) {
		w->understood = true;
		return true;
	}
	if (!w->table.name || is_rule(&line))
		return true;
	return table_row(r, &w->table, &line);
}

void azure_text(struct reading *r)
{
	static const struct document_mark begin = {1, 1};
	struct walk w = {0};
	char *line = r->doc.text, *end;
	uint32_t number = 1;
	bool more = true;

	for (; line && more; line = end, number++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		more = take_line(r, &w, line, number);
	}
	if (more)
		end_block(r, &w.block);
	if (!w.understood && !r->wrong)
		azure_wrong(r, begin,
			    "no output of Azure's that is known: neither "
			    "JSON, nor a table or list of routes, neighbours, "
			    "ARP entries or a peering");
}
