/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_packets: where to find the packets of an example
 *
 * One line for the first sighting at each tap, in columns: what, when, the
 * tap, the file and the number in it, how often it was sent again, the MACs.
 * The first line has the time of day, the others how much later they were.
 * These lines are never folded.
 */
#include "text.h"

#include "words.h"

#define MARGIN	      (TEXT_INDENT + 2)
#define LINES_MAX     (2 * FINDING_SIGHTINGS)
#define CLOCK_COLUMNS 15
#define MAX_COLUMN    64 /* what is wider pushes the rest of its line */

/**
 * struct packet_line - A sighting to show
 * @what:	"SYN", ...
 * @of:		Sightings it is one of, borrowed from the finding
 * @at:		The sighting itself, borrowed too
 * @again:	How often that tap saw it sent again
 * @at_least:	There may have been more: not every sighting is kept
 */
struct packet_line {
	const char *what;
	const struct sightings *of;
	const struct sighting *at;
	uint32_t again;
	bool at_least;
};

struct packet_lines {
	struct packet_line line[LINES_MAX];
	size_t count;
};

static size_t kept(const struct sightings *g)
{
	return g->kept < FINDING_SIGHTINGS ? g->kept : FINDING_SIGHTINGS;
}

/* Return: how many of the kept sightings before @end are of @tap. */
static uint32_t at_tap(const struct sightings *g, uint8_t tap, size_t end)
{
	uint32_t n = 0;

	for (size_t i = 0; i < end; i++)
		n += g->at[i].tap == tap;
	return n;
}

/* The first sighting at each tap. */
static void take_lines(struct packet_lines *lines, const struct sightings *g,
		       const char *what)
{
	size_t end = kept(g);

	for (size_t i = 0; i < end; i++) {
		const struct sighting *at = &g->at[i];
		uint32_t here = at_tap(g, at->tap, end);
		struct packet_line l = {
			.what = what,
			.of = g,
			.at = at,
			.again = here - 1,
		};

		if (at_tap(g, at->tap, i))
			continue;
		if (g->count > end && here == end &&
		    g->taps == 1ULL << at->tap % 64)
			l.again = g->count - 1;
		else
			l.at_least = g->count > end && l.again;
		lines->line[lines->count++] = l;
	}
}

static const char *syn_word(const struct finding *f)
{
	return words_no_handshake(f) ? "packet" : "SYN";
}

static void lines_make(struct packet_lines *lines, const struct finding *f)
{
	lines->count = 0;
	take_lines(lines, &f->syn, syn_word(f));
	take_lines(lines, &f->syn_ack, words_answer(f));
}

static void add_place(struct str *s, const struct report *r,
		      const struct sighting *at)
{
	const char *file = words_file(r, at->interface);

	if (file)
		str_addf(s, "%s ", file);
	str_addf(s, "#%llu", (unsigned long long)at->number);
}

static void add_again(struct str *s, const struct packet_line *l)
{
	if (l->at->resent)
		str_add(s, l->again ? "a resend, " : "a resend");
	if (l->again)
		str_addf(s, "+%u%s resent", l->again,
			 l->at_least ? " or more" : "");
}

static void add_mac(struct str *s, const uint8_t mac[6])
{
	str_addf(s, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
}

static void add_macs(struct str *s, const struct sighting *at)
{
	if (!at->has_mac)
		return;
	add_mac(s, at->src_mac);
	str_add(s, " > ");
	add_mac(s, at->dst_mac);
}

/* The time of day of the first line, the distance to it of the others. */
static void add_time(struct str *s, const struct packet_lines *lines, size_t i)
{
	struct timestamp zero = lines->line[0].at->time;
	struct timestamp t = lines->line[i].at->time;
	unsigned long long us = text_distance(zero, t) / NSEC_PER_USEC;
	char text[32];

	if (!i) {
		text_clock(s, t);
		return;
	}
	snprintf(text, sizeof(text), "%c%llu.%06llu",
		 t.ns < zero.ns ? '-' : '+', us / 1000000, us % 1000000);
	str_addf(s, "%*s", CLOCK_COLUMNS, text);
}

enum column {
	COLUMN_WHAT,
	COLUMN_TIME,
	COLUMN_TAP,
	COLUMN_PLACE,
	COLUMN_AGAIN,
	COLUMN_MACS,
	COLUMNS
};

static void add_cell(struct str *s, const struct report *r,
		     const struct packet_lines *lines, size_t i,
		     enum column column)
{
	const struct packet_line *l = &lines->line[i];

	switch (column) {
	case COLUMN_WHAT:
		str_add(s, l->what);
		break;
	case COLUMN_TIME:
		add_time(s, lines, i);
		break;
	case COLUMN_TAP:
		str_add(s, words_tap(r, l->at->tap));
		break;
	case COLUMN_PLACE:
		add_place(s, r, l->at);
		break;
	case COLUMN_AGAIN:
		add_again(s, l);
		break;
	case COLUMN_MACS:
	default:
		add_macs(s, l->at);
	}
}

/* How wide each column must be. */
static void measure(const struct report *r, const struct packet_lines *lines,
		    size_t width[COLUMNS])
{
	struct str cell = {0};

	for (unsigned c = 0; c < COLUMNS; c++) {
		width[c] = 0;
		for (size_t i = 0; i < lines->count; i++) {
			size_t n;

			str_clear(&cell);
			add_cell(&cell, r, lines, i, (enum column)c);
			n = cell.len ? text_columns(cell.s) : 0;
			if (n > MAX_COLUMN)
				n = MAX_COLUMN;
			if (n > width[c])
				width[c] = n;
		}
	}
	str_free(&cell);
}

static void add_line(struct report_walk *w, const struct packet_lines *lines,
		     size_t i, const size_t width[COLUMNS])
{
	struct str cell = {0};
	size_t gap = MARGIN; /* spaces due before the next text */

	for (unsigned c = 0; c < COLUMNS; c++) {
		size_t n;

		if (!width[c])
			continue;
		str_clear(&cell);
		add_cell(&cell, w->r, lines, i, (enum column)c);
		n = cell.len ? text_columns(cell.s) : 0;
		if (n) {
			text_spaces(&w->s, gap);
			str_add_safe(&w->s, cell.s);
			gap = 0;
		}
		gap += 2 + (n < width[c] ? width[c] - n : 0);
	}
	str_addc(&w->s, '\n');
	str_free(&cell);
}

/* "SYN seen 12 times": where the lines do not tell. */
static bool add_count(struct str *s, const struct packet_lines *lines,
		      const struct sightings *g, const char *what, bool more)
{
	uint64_t told = 0;

	for (size_t i = 0; i < lines->count; i++) {
		if (lines->line[i].of == g)
			told += 1 + (uint64_t)lines->line[i].again;
	}
	if (!told || told >= g->count)
		return more;
	str_addf(s, more ? ", %s %u times" : "; %s seen %u times", what,
		 g->count);
	return true;
}

static void add_header(struct report_walk *w, const struct packet_lines *lines,
		       const struct finding *f, struct timestamp block)
{
	struct timestamp t = lines->line[0].at->time;
	struct str s = {0};
	bool more;

	str_add(&s, "the first at each tap");
	if (!text_same_day(t, block)) {
		str_add(&s, ", on ");
		text_date(&s, t);
	}
	more = add_count(&s, lines, &f->syn, syn_word(f), false);
	add_count(&s, lines, &f->syn_ack, words_answer(f), more);
	text_para(w, TEXT_INDENT, "Packets: ", s.s);
	str_free(&s);
}

void text_packets(struct report_walk *w, const struct finding *f,
		  struct timestamp block)
{
	struct packet_lines lines;
	size_t width[COLUMNS];

	lines_make(&lines, f);
	if (!lines.count)
		return;
	add_header(w, &lines, f, block);
	measure(w->r, &lines, width);
	for (size_t i = 0; i < lines.count; i++)
		add_line(w, &lines, i, width);
}

static bool same_sightings(const struct sightings *a, const struct sightings *b)
{
	if (a->count != b->count || kept(a) != kept(b))
		return false;
	for (size_t i = 0; i < kept(a); i++) {
		if (a->at[i].interface != b->at[i].interface ||
		    a->at[i].number != b->at[i].number ||
		    a->at[i].tap != b->at[i].tap)
			return false;
	}
	return true;
}

bool text_same_packets(const struct finding *a, const struct finding *b)
{
	return a->syn.kept + b->syn_ack.kept &&
	       same_sightings(&a->syn, &b->syn) &&
	       same_sightings(&a->syn_ack, &b->syn_ack) &&
	       words_no_handshake(a) == words_no_handshake(b);
}
