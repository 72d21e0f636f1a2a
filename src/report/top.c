/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * top: a screen of what is watched, drawn again and again
 *
 * Theory of operation
 *
 * From above: what is running, the taps with what goes by, the classes of
 * connections, the groups of findings, the newest first, and the last lines
 * of the log.  Findings get the lines that are left; a small screen loses the
 * end of each part, and says how much.
 *
 * Groups are remembered apart from the findings, which JSON Lines forget when
 * they are said: a fixed number, of which the one that was silent for longest
 * makes room.  Nothing wider than the screen is drawn, and no byte of a name
 * that a terminal would obey.
 */
#include <asymcap/report.h>

#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "text.h"
#include "words.h"

#define GROUPS	   128
#define MIN_WIDTH  20
#define MIN_HEIGHT 5
#define NAME_WIDTH 20 /* of a tap or circuit, at most */

/** struct top_group - A group; @turn grows with each time something is added */
struct top_group {
	struct report_group group;
	uint64_t turn;
};

struct top {
	struct top_group group[GROUPS];
	size_t count;
	uint64_t turn;
	uint64_t forgotten;
};

/* ----------------------------------------------------------------- groups */

void report_top(struct report *r)
{
	if (!r->top)
		r->top = xcalloc(1, sizeof(*r->top));
}

static struct top_group *place_for(struct top *t, const struct group_key *key)
{
	struct top_group *oldest = t->group;

	for (size_t i = 0; i < t->count; i++) {
		struct top_group *g = &t->group[i];

		if (!memcmp(&g->group.key, key, sizeof(*key)))
			return g;
		if (g->turn < oldest->turn)
			oldest = g;
	}
	if (t->count < GROUPS)
		return &t->group[t->count++];
	t->forgotten++;
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

static void add_group(struct top *t, const struct report_group *from)
{
	struct top_group *to = place_for(t, &from->key);
	struct report_group *g = &to->group;

	to->turn = ++t->turn;
	if (!g->count) {
		*g = *from;
		return;
	}
	g->count += from->count;
	g->packets += from->packets;
	if (from->last.ns > g->last.ns)
		g->last = from->last;
	if (from->port != g->port)
		g->port = 0;
}

void top_take(struct report *r)
{
	struct report_groups groups = {0};

	groups_make(&groups, r);
	/* They come the gravest first: so these are to be the newest. */
	for (size_t i = groups.count; i-- > 0;)
		add_group(r->top, &groups.group[i]);
	groups_free(&groups);
}

static int newest_first(const void *pa, const void *pb)
{
	const struct top_group *a = *(const struct top_group *const *)pa;
	const struct top_group *b = *(const struct top_group *const *)pb;

	return (a->turn < b->turn) - (a->turn > b->turn);
}

/* ------------------------------------------------------------------ lines */

/**
 * struct canvas - A screen that is being filled
 * @left:	Lines that are left
 * @column:	Where the line has come to
 */
struct canvas {
	const struct report *r;
	const struct report_screen *s;
	struct str *out;
	unsigned width;
	unsigned left;
	unsigned column;
};

/* Append text, as far as there are columns. */
static void put(struct canvas *c, const char *text)
{
	struct str safe = {0};
	size_t size = 0;

	str_add_safe(&safe, text);
	while (size < safe.len) {
		bool begins = utf8_begins(safe.s[size]);

		if (begins && c->column == c->width)
			break;
		c->column += begins;
		size++;
	}
	if (size)
		str_addn(c->out, safe.s, size);
	str_free(&safe);
}

static void put_tone(struct canvas *c, enum text_tone tone)
{
	if (c->s->color)
		str_add(c->out, text_tone_code(tone));
}

static void put_toned(struct canvas *c, enum text_tone tone, const char *text)
{
	put_tone(c, tone);
	put(c, text);
	put_tone(c, TONE_PLAIN);
}

/* End the line.  Return: whether there is another one. */
static bool next_line(struct canvas *c)
{
	c->column = 0;
	if (!c->left || !--c->left)
		return false;
	str_addc(c->out, '\n');
	return true;
}

/* ------------------------------------------------------------------ parts */

static void put_head(struct canvas *c)
{
	const struct report_totals *t = c->s->totals;
	const struct flow_counters *n = t->flow;
	struct str s = {0};

	str_add(&s, "asymcap watch, ");
	text_duration(&s, (uint64_t)c->s->running);
	if (t->packets) {
		str_add(&s, ", packet time ");
		text_date(&s, t->last);
		str_addc(&s, ' ');
		text_clock(&s, t->last);
		s.len -= 7; /* microseconds */
		s.s[s.len] = '\0';
		str_add(&s, " UTC");
	}
	put_toned(c, TONE_BOLD, s.s);
	next_line(c);
	str_clear(&s);
	text_number(&s, t->packets, "packet");
	str_addf(&s, " (%llu TCP), ", (unsigned long long)t->tcp_packets);
	text_number(&s, n->flows, "flow");
	str_addf(&s, " in the table, %llu evicted",
		 (unsigned long long)n->evicted);
	put(c, s.s);
	next_line(c);
	str_free(&s);
}

/* "12", "3.4k", "56M" */
static void add_short(struct str *s, double n)
{
	static const char units[] = {0, 'k', 'M', 'G', 'T'};
	unsigned u = 0;

	while (n >= 999.5 && u + 1 < sizeof(units)) {
		n /= 1000;
		u++;
	}
	str_addf(s, u && n < 9.95 ? "%.1f" : "%.0f", n);
	if (u)
		str_addc(s, units[u]);
}

static void put_short(struct canvas *c, double n, int width)
{
	struct str s = {0}, padded = {0};

	add_short(&s, n);
	str_addf(&padded, "  %*s", width, s.s);
	put(c, padded.s);
	str_free(&s);
	str_free(&padded);
}

static size_t name_width(const char *name, size_t least)
{
	size_t n = text_columns(name);

	if (n > NAME_WIDTH)
		n = NAME_WIDTH;
	return n > least ? n : least;
}

static void put_name(struct canvas *c, const char *name, size_t width)
{
	unsigned end = c->column + (unsigned)width;
	unsigned whole = c->width;

	c->width = end < whole ? end : whole;
	put(c, name);
	while (c->column < c->width)
		put(c, " ");
	c->width = whole;
}

static const char *circuit_of(const struct report *r, uint8_t tap)
{
	uint8_t circuit = topo_tap_circuit(r->topo, tap);

	return circuit == CIRCUIT_NONE ? "-" : words_circuit(r, circuit);
}

static void put_tap(struct canvas *c, const struct screen_tap *t,
		    const size_t width[2])
{
	put_name(c, words_tap(c->r, t->tap), width[0]);
	put(c, "  ");
	put_name(c, circuit_of(c->r, t->tap), width[1]);
	put_short(c, t->packets, 6);
	put_short(c, t->bytes * 8, 6);
	put_short(c, (double)t->seen->syns, 5);
	put_short(c, (double)t->seen->syn_acks, 7);
	if (!t->drops_known) {
		put(c, "      -");
		return;
	}
	put_tone(c, t->drops ? TONE_WARNING : TONE_PLAIN);
	put_short(c, (double)t->drops, 5);
	put_tone(c, TONE_PLAIN);
}

static void put_more(struct canvas *c, size_t n, const char *what)
{
	struct str s = {0};

	str_addf(&s, "  and %zu more %s", n, what);
	put(c, s.s);
	next_line(c);
	str_free(&s);
}

static void put_taps(struct canvas *c, unsigned lines)
{
	size_t width[2] = {strlen("tap"), strlen("circuit")};
	size_t shown = c->s->taps;

	if (lines < 2)
		return;
	if (shown > lines - 1)
		shown = lines - 2;
	for (size_t i = 0; i < c->s->taps; i++) {
		uint8_t tap = c->s->tap[i].tap;

		width[0] = name_width(words_tap(c->r, tap), width[0]);
		width[1] = name_width(circuit_of(c->r, tap), width[1]);
	}
	put_tone(c, TONE_BOLD);
	put_name(c, "tap", width[0]);
	put(c, "  ");
	put_name(c, "circuit", width[1]);
	put(c, "   TCP/s   bit/s    SYN  SYN-ACK  drops");
	put_tone(c, TONE_PLAIN);
	next_line(c);
	for (size_t i = 0; i < shown; i++) {
		put_tap(c, &c->s->tap[i], width);
		next_line(c);
	}
	if (shown < c->s->taps)
		put_more(c, c->s->taps - shown, "taps");
}

static void put_classes(struct canvas *c)
{
	const struct report_walk w = {.r = c->r, .totals = c->s->totals};
	struct str s = {0};

	text_number(&s, walk_connections(&w), "connection");
	str_add(&s, " counted");
	if (walk_connections(&w)) {
		str_addc(&s, ':');
		text_classes(&s, &w);
	}
	put(c, s.s);
	next_line(c);
	str_free(&s);
}

static void put_found(struct canvas *c)
{
	const struct report *r = c->r;
	struct str s = {0};

	text_number(&s, report_findings(r), "finding");
	for (unsigned i = SEVERITIES; i-- > 0;) {
		if (r->found[i])
			str_addf(&s, ", %llu %s",
				 (unsigned long long)r->found[i],
				 severity_name((enum severity)i));
	}
	str_add(&s, "; ");
	text_number(&s, r->top->count, "group");
	str_add(&s, ", the newest first");
	if (r->top->forgotten)
		str_addf(&s, ", %llu forgotten",
			 (unsigned long long)r->top->forgotten);
	put_toned(c, TONE_BOLD, s.s);
	next_line(c);
	str_free(&s);
}

static void put_group(struct canvas *c, const struct report_group *g)
{
	static const enum text_tone tones[] = {
		[SEVERITY_INFO] = TONE_INFO,
		[SEVERITY_WARNING] = TONE_WARNING,
		[SEVERITY_CRITICAL] = TONE_CRITICAL,
	};
	static_assert(ARRAY_SIZE(tones) == SEVERITIES, "a tone each");
	struct str s = {0};

	text_clock(&s, g->last);
	s.len -= 7; /* microseconds */
	s.s[s.len] = '\0';
	str_add(&s, "  ");
	put(c, s.s);
	put_tone(c, tones[g->key.severity]);
	put_name(c, severity_name((enum severity)g->key.severity),
		 strlen("critical"));
	put_tone(c, TONE_PLAIN);
	str_clear(&s);
	str_add(&s, "  ");
	text_title(&s, c->r, g);
	if (g->key.client_len != GROUP_NO_PREFIX) {
		str_add(&s, "  ");
		text_ends(&s, &g->key);
	}
	put(c, s.s);
	next_line(c);
	str_free(&s);
}

static void put_groups(struct canvas *c, unsigned lines)
{
	const struct top_group *order[GROUPS];
	const struct top *t = c->r->top;
	size_t shown = t->count;

	if (!lines)
		return;
	for (size_t i = 0; i < t->count; i++)
		order[i] = &t->group[i];
	if (t->count > 1)
		qsort(order, t->count, sizeof(order[0]), newest_first);
	if (shown > lines)
		shown = lines - 1;
	for (size_t i = 0; i < shown; i++)
		put_group(c, &order[i]->group);
	if (shown < t->count)
		put_more(c, t->count - shown, "groups");
}

/* The last lines of the screen, or those under the rest. */
static void put_messages(struct canvas *c)
{
	size_t from = 0;

	if (c->s->messages > c->left)
		from = c->s->messages - c->left;
	for (size_t i = from; i < c->s->messages; i++) {
		put_toned(c, TONE_WARNING, c->s->message[i]);
		next_line(c);
	}
}

void report_draw(const struct report *r, const struct report_screen *s,
		 struct str *out)
{
	struct canvas c = {
		.r = r,
		.s = s,
		.out = out,
		.width = s->width < MIN_WIDTH ? MIN_WIDTH : s->width,
		.left = s->height < MIN_HEIGHT ? MIN_HEIGHT : s->height,
	};
	size_t messages = s->messages;

	put_head(&c);
	/* A line each for classes, findings and their first group stays. */
	put_taps(&c, c.left > 3 ? (c.left - 3) / 2 : 0);
	put_classes(&c);
	put_found(&c);
	if (messages > c.left / 2)
		messages = c.left / 2;
	put_groups(&c, c.left > messages ? c.left - (unsigned)messages : 0);
	put_messages(&c);
}
