/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_ladder: the packets of a connection, a line each, in columns
 *
 * Time, circuit, the way over the circuit (lane.c), flags, numbers, length,
 * notes.  What is said of the names of a packet is said once for each tap and
 * direction.  On a terminal, notes that do not fit go on below, in
 * their column.
 */
#include "text.h"

#include "lane.h"
#include "words.h"

#define GAP	   2
#define NOTE_WIDTH 30 /* at least, before notes are folded */
#define MAX_NAME   24

enum column {
	COLUMN_TIME,
	COLUMN_CIRCUIT,
	COLUMN_LANE,
	COLUMN_FLAGS,
	COLUMN_SEQ,
	COLUMN_ACK,
	COLUMN_LEN,
	COLUMNS
};

static const char *const titles[] = {
	[COLUMN_TIME] = "time", [COLUMN_CIRCUIT] = "circuit",
	[COLUMN_LANE] = "",	[COLUMN_FLAGS] = "flags",
	[COLUMN_SEQ] = "seq",	[COLUMN_ACK] = "ack",
	[COLUMN_LEN] = "len",
};
static_assert(ARRAY_SIZE(titles) == COLUMNS, "a title each");

/**
 * struct drawing - A ladder that is being written
 * @named:	By direction and tap: tuples that were told there, as bits
 * @dropped:	It was told where the edge drops packets
 * @escapes:	By direction: circuits on which a wrong source was told, as bits
 */
struct drawing {
	struct report_walk *w;
	const struct ladder *l;
	const struct finding *about;
	struct lane_shape shape;
	size_t width[COLUMNS];
	uint8_t named[2][SITE_MAX_TAPS];
	bool dropped;
	uint64_t escapes[2];
};

static bool is_right(enum column c)
{
	return c == COLUMN_TIME || c >= COLUMN_SEQ;
}

static void add_time(struct str *s, const struct ladder *l, struct timestamp t)
{
	unsigned long long us =
		text_distance(l->first, t) / (uint64_t)NSEC_PER_USEC;

	str_addf(s, "%s%llu.%06llu", t.ns < l->first.ns ? "-" : "",
		 us / 1000000, us % 1000000);
}

static void add_circuit(struct str *s, const struct report *r,
			const struct lane *l)
{
	const struct ladder_sighting *at = l->at[0] ? l->at[0] : l->at[1];

	if (l->circuit == CIRCUIT_NONE)
		str_add_safe(s, words_tap(r, at->tap));
	else
		str_add_safe(s, words_circuit(r, l->circuit));
}

static void add_cell(struct str *s, const struct drawing *d,
		     const struct lane *l, enum column c)
{
	const struct ladder_packet *p = l->p;
	bool icmp = p->notes & LADDER_ICMP;

	switch (c) {
	case COLUMN_TIME:
		if (!l->more)
			add_time(s, d->l, p->time);
		break;
	case COLUMN_CIRCUIT:
		add_circuit(s, d->w->r, l);
		break;
	case COLUMN_LANE:
		lane_draw(s, &d->shape, l);
		break;
	case COLUMN_FLAGS:
		if (icmp)
			str_add(s, "ICMP");
		else
			words_flags(s, p->flags);
		break;
	case COLUMN_SEQ:
		str_addf(s, "%u", p->seq);
		break;
	case COLUMN_ACK:
		if (p->flags & TCP_ACK)
			str_addf(s, "%u", p->ack);
		else
			str_addc(s, '-');
		break;
	case COLUMN_LEN:
	default:
		if (icmp)
			str_addc(s, '-');
		else
			str_addf(s, "%u", p->payload);
	}
}

/* Calls @each for every line of the ladder that shows a packet. */
static void each_lane(struct drawing *d, const struct ladder_packet *p,
		      void (*each)(struct drawing *d, const struct lane *l))
{
	struct lane lane[LANES_MAX];
	size_t n = lanes_of(d->w->r, d->l->client_inside, p, lane);

	for (size_t i = 0; i < n; i++)
		each(d, &lane[i]);
}

static void measure_lane(struct drawing *d, const struct lane *l)
{
	lane_measure(&d->shape, l);
}

static void measure_cells(struct drawing *d, const struct lane *l)
{
	struct str s = {0};

	for (unsigned c = 0; c < COLUMNS; c++) {
		size_t n;

		str_clear(&s);
		add_cell(&s, d, l, (enum column)c);
		n = s.len ? text_columns(s.s) : 0;
		if (n > MAX_NAME && c == COLUMN_CIRCUIT)
			n = MAX_NAME;
		if (n > d->width[c])
			d->width[c] = n;
	}
	str_free(&s);
}

static void measure(struct drawing *d)
{
	for (size_t i = 0; i < d->l->rows; i++) {
		if (d->l->row[i].is_packet)
			each_lane(d, &d->l->row[i].packet, measure_lane);
	}
	for (unsigned c = 0; c < COLUMNS; c++)
		d->width[c] = strlen(titles[c]);
	for (size_t i = 0; i < d->l->rows; i++) {
		if (d->l->row[i].is_packet)
			each_lane(d, &d->l->row[i].packet, measure_cells);
	}
}

/* Text that is safe already; @right: spaces before it. */
static void put_cell(struct str *s, const char *text, size_t width, bool right)
{
	size_t n = text ? text_columns(text) : 0;
	size_t pad = n < width ? width - n : 0;

	if (right)
		text_spaces(s, pad);
	if (text)
		str_add(s, text);
	if (!right)
		text_spaces(s, pad);
}

static void put_header(struct drawing *d)
{
	struct str *s = &d->w->s;
	struct str lane = {0};

	lane_header(&lane, &d->shape);
	text_tone(d->w, TONE_BOLD);
	for (unsigned c = 0; c < COLUMNS; c++) {
		put_cell(s, c == COLUMN_LANE ? lane.s : titles[c], d->width[c],
			 is_right((enum column)c));
		text_spaces(s, GAP);
	}
	str_add(s, "notes");
	text_tone(d->w, TONE_PLAIN);
	str_addc(s, '\n');
	str_free(&lane);
}

/* ----------------------------------------------------------------- notes */

static void begin_note(struct str *s)
{
	if (s->len)
		str_add(s, "; ");
}

static void add_taps(struct str *s, const struct report *r, uint64_t taps)
{
	const char *gap = "";

	for (; taps; taps &= taps - 1) {
		str_addf(s, "%s%s", gap,
			 words_tap(r, (unsigned)__builtin_ctzll(taps)));
		gap = ", ";
	}
}

static void note_edge(struct str *s, struct drawing *d, const struct lane *l)
{
	if (l->lost) {
		begin_note(s);
		if (d->about->dropped_at != l->circuit)
			str_add(s, "not seen at ");
		else if (d->dropped)
			str_add(s, "dropped");
		else
			str_add(s, "dropped here: never seen at ");
		if (!d->dropped)
			add_taps(s, d->w->r, l->lost);
		d->dropped |= d->about->dropped_at == l->circuit;
	}
	if (l->born) {
		begin_note(s);
		str_add(s, "made by the edge: not seen at ");
		add_taps(s, d->w->r, l->born);
	}
}

static void note_icmp(struct str *s, const struct ladder_packet *p)
{
	char text[ADDR_TEXT];

	if (!(p->notes & LADDER_ICMP))
		return;
	begin_note(s);
	str_add(s, icmp_kind_name((enum icmp_kind)p->icmp));
	if (p->mtu)
		str_addf(s, " (MTU %u)", p->mtu);
	str_addf(s, " from %s, of what the %s sent",
		 addr_format(&p->router, text), p->dir ? "server" : "client");
}

static void note_numbers(struct str *s, const struct ladder_packet *p)
{
	static const struct {
		uint32_t note;
		const char *text;
	} notes[] = {
		{LADDER_LATE, "late: fills a gap"},
		{LADDER_GAP, "what comes before it was not seen"},
		{LADDER_KEEPALIVE, "keep-alive"},
		{LADDER_DUP_ACK, "the same ACK again"},
		{LADDER_ZERO, "zero window"},
		{LADDER_RESET, "reset"},
	};

	if (p->notes & LADDER_RESENT) {
		begin_note(s);
		str_add(s, "sent again");
		if (p->since > 0) {
			str_add(s, " after ");
			text_duration(s, (uint64_t)p->since);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		if (!(p->notes & notes[i].note))
			continue;
		begin_note(s);
		str_add(s, notes[i].text);
	}
}

/* The names that it has there, where they are not those of the heading. */
static void note_name(struct str *s, struct drawing *d, const struct lane *l)
{
	unsigned dir = l->p->dir;

	for (unsigned i = 0; i < 2; i++) {
		unsigned side = dir ? !i : i;
		const struct ladder_sighting *at = l->at[side];
		const struct tuple *t;

		if (!at || !at->tuple ||
		    (d->named[dir][at->tap] & (1u << at->tuple)))
			continue;
		d->named[dir][at->tap] |= (uint8_t)(1u << at->tuple);
		t = words_name(d->about, at->tuple);
		begin_note(s);
		str_add(s, l->at[!side] && i ? "translated to " : "as ");
		if (dir)
			words_reversed(s, t);
		else
			words_tuple(s, t);
	}
}

/* A source that the plan does not have there, told once a circuit. */
static void note_escape(struct str *s, struct drawing *d, const struct lane *l)
{
	const struct topo *topo = d->w->r->topo;
	unsigned dir = l->p->dir;
	struct addr src;
	uint8_t owner;

	if (l->circuit == CIRCUIT_NONE || (l->p->notes & LADDER_ICMP) ||
	    (d->escapes[dir] >> l->circuit & 1))
		return;
	for (unsigned side = 0; side < 2; side++) {
		enum escape_reason why = lane_escape(topo, d->about, l->p,
						     l->at[side], &src, &owner);
		char text[ADDR_TEXT];

		if (why == ESCAPE_NONE)
			continue;
		d->escapes[dir] |= 1ULL << l->circuit;
		begin_note(s);
		str_addf(s, "source %s is %s", addr_format(&src, text),
			 why == ESCAPE_PRIVATE	    ? "not translated"
			 : why == ESCAPE_WRONG_POOL ? "of another circuit"
						    : "not in the plan");
	}
}

/* Which tap it was, where the circuit has several on that side. */
static void note_taps(struct str *s, const struct report *r,
		      const struct lane *l)
{
	uint64_t inside = topo_inside(r->topo), of;

	for (unsigned side = 0; side < 2 && l->circuit != CIRCUIT_NONE;
	     side++) {
		const struct ladder_sighting *at = l->at[side];

		if (!at)
			continue;
		of = topo_circuit_taps(r->topo, l->circuit);
		of &= inside >> at->tap & 1 ? inside : ~inside;
		if (!(of & (of - 1)))
			continue;
		begin_note(s);
		str_addf(s, "at %s", words_tap(r, at->tap));
	}
}

static void add_notes(struct str *s, struct drawing *d, const struct lane *l)
{
	const struct ladder_packet *p = l->p;

	if (l->more)
		str_add(s, "the same packet");
	note_edge(s, d, l);
	note_icmp(s, p);
	if (!l->more) {
		note_numbers(s, p);
		if (p->notes & LADDER_MOVED) {
			begin_note(s);
			str_add(s, "another circuit than before");
		}
		if (p->notes & LADDER_TWICE) {
			begin_note(s);
			str_addf(s, "again as #%llu at the same tap",
				 (unsigned long long)p->copy.number);
		}
	}
	note_name(s, d, l);
	note_escape(s, d, l);
	note_taps(s, d->w->r, l);
}

/* ------------------------------------------------------------------ lines */

static void put_notes(struct drawing *d, const char *notes, size_t column)
{
	size_t width = d->w->r->options.width;
	size_t at = 0, len = strlen(notes), room = NOTE_WIDTH;

	if (width > column + NOTE_WIDTH)
		room = width - column;
	while (width && len - at > room) {
		size_t cut = room;

		while (cut && notes[at + cut] != ' ')
			cut--;
		if (!cut)
			break;
		str_addn(&d->w->s, notes + at, cut);
		str_addc(&d->w->s, '\n');
		text_spaces(&d->w->s, column);
		at += cut + 1;
	}
	str_add(&d->w->s, notes + at);
}

static void put_lane(struct drawing *d, const struct lane *l)
{
	struct str cell = {0}, notes = {0}, safe = {0};
	struct str *s = &d->w->s;
	size_t column = 0;

	add_notes(&notes, d, l);
	str_add_safe(&safe, notes.s ? notes.s : "");
	if (l->lost)
		text_tone(d->w, TONE_CRITICAL);
	for (unsigned c = 0; c < COLUMNS; c++) {
		str_clear(&cell);
		add_cell(&cell, d, l, (enum column)c);
		put_cell(s, cell.s, d->width[c], is_right((enum column)c));
		column += d->width[c];
		if (c + 1 < COLUMNS || safe.len) {
			text_spaces(s, GAP);
			column += GAP;
		}
	}
	if (l->lost)
		text_tone(d->w, TONE_PLAIN);
	if (safe.len)
		put_notes(d, safe.s, column);
	str_addc(s, '\n');
	str_free(&cell);
	str_free(&notes);
	str_free(&safe);
}

static void put_left_out(struct drawing *d, const struct ladder_left_out *o)
{
	struct str s = {0};

	str_add(&s, "... ");
	text_number(&s, o->packets[0] + o->packets[1], "packet");
	str_addf(&s, " left out: %llu from the client, %llu from the server, ",
		 (unsigned long long)o->packets[0],
		 (unsigned long long)o->packets[1]);
	text_number(&s, o->bytes[0] + o->bytes[1], "byte");
	if (o->resent)
		str_addf(&s, ", %llu sent again",
			 (unsigned long long)o->resent);
	if (o->noted)
		str_addf(&s, ", %llu to be noted",
			 (unsigned long long)o->noted);
	str_add(&s, "; up to ");
	add_time(&s, d->l, o->last);
	text_para(d->w, (unsigned)(d->width[COLUMN_TIME] + GAP), "", s.s);
	str_free(&s);
}

void text_ladder(struct report_walk *w, const struct finding *about,
		 const struct ladder *l)
{
	struct drawing d = {
		.w = w,
		.l = l,
		.about = about,
		.shape.client_inside = l->client_inside,
	};

	measure(&d);
	put_header(&d);
	for (size_t i = 0; i < l->rows; i++) {
		if (l->row[i].is_packet)
			each_lane(&d, &l->row[i].packet, put_lane);
		else
			put_left_out(&d, &l->row[i].left_out);
	}
}
