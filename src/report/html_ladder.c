/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_ladder: the packets of a finding, drawn over taps and time
 *
 * A line for each tap of the circuits that matter, between the client on the
 * left and the server on the right; time runs down, a row for each sighting.
 * An arrow comes from where the packet was seen before: at another tap of that
 * circuit, else from the end that sent it.  Where an edge dropped a packet, a
 * broken arrow ends at the tap that never saw it.  The table below the drawing
 * says the same for who cannot see it, and for Wireshark.
 */
#include "html_ladder.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "words.h"

#define LANE	   124 /* between two lines, as all below in pixels */
#define LEFT	   190 /* of the client's line: time stands before it */
#define TOP	   70  /* of the first row */
#define ROW	   30
#define NEAR	   (50 * NSEC_PER_MSEC) /* copies of one packet */
#define LANE_CHARS 17

size_t html_ladder_kept(const struct sightings *g)
{
	return g->kept < FINDING_SIGHTINGS ? g->kept : FINDING_SIGHTINGS;
}

const char *html_ladder_request(const struct finding *f)
{
	return words_no_handshake(f) ? "packet" : "SYN";
}

/* -------------------------------------------------------------------- lanes */

static void add_lane(struct html_ladder *l, unsigned tap)
{
	if (l->lanes < LADDER_LANES)
		l->lane[l->lanes++] = (uint8_t)tap;
	else
		l->left_out++;
}

/* From the client to the server: a request from outside meets outside first. */
static void add_circuit(struct html_ladder *l, uint64_t taps)
{
	enum tap_side first = l->f->direction == DIRECTION_OUTBOUND
				      ? TAP_INSIDE
				      : TAP_OUTSIDE;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < SITE_MAX_TAPS; i++) {
			bool is_first =
				topo_tap_side(l->r->topo, (uint8_t)i) == first;

			if ((taps >> i & 1) && is_first == !pass)
				add_lane(l, i);
		}
	}
}

/* Taps that saw a packet, and those of the circuit that dropped one. */
static void make_lanes(struct html_ladder *l)
{
	const struct finding *f = l->f;
	const struct topo *topo = l->r->topo;
	uint64_t taps = f->syn.taps | f->syn_ack.taps;
	uint64_t circuits;

	if (f->dropped_at != CIRCUIT_NONE)
		taps |= topo_circuit_taps(topo, f->dropped_at);
	for (size_t i = 0; i < f->icmp.kept && i < FINDING_ICMP; i++) {
		if (f->icmp.at[i].at.tap < SITE_MAX_TAPS)
			taps |= 1ULL << f->icmp.at[i].at.tap;
	}
	circuits = topo_circuits(topo, taps);
	for (unsigned c = 0; c < SITE_MAX_CIRCUITS; c++) {
		uint64_t own = topo_circuit_taps(topo, (uint8_t)c);

		if (circuits >> c & 1)
			add_circuit(l, taps & own);
		taps &= ~own;
	}
	add_circuit(l, taps);
}

static int lane_of(const struct html_ladder *l, uint8_t tap)
{
	for (size_t i = 0; i < l->lanes; i++) {
		if (l->lane[i] == tap)
			return (int)i;
	}
	return -1;
}

/* --------------------------------------------------------------------- rows */

static void add_row(struct html_ladder *l, enum ladder_kind kind,
		    const struct sighting *at, uint8_t tap,
		    const struct icmp_error *icmp)
{
	if (l->rows < LADDER_ROWS && lane_of(l, tap) >= 0)
		l->row[l->rows++] = (struct html_rung){
			.kind = kind,
			.at = at,
			.tap = tap,
			.icmp = icmp,
		};
}

/* In time order; what is equal stays as it was: the request first. */
static void sort_rows(struct html_ladder *l)
{
	for (size_t i = 1; i < l->rows; i++) {
		struct html_rung row = l->row[i];
		size_t k = i;

		for (; k && l->row[k - 1].at->time.ns > row.at->time.ns; k--)
			l->row[k] = l->row[k - 1];
		l->row[k] = row;
	}
}

/* The edge of a circuit ate a packet: where it was seen, and where it never
 * was.  Return: whether it is of this kind.
 */
static bool add_lost(struct html_ladder *l, const struct sightings *g,
		     bool request)
{
	uint64_t taps = topo_circuit_taps(l->r->topo, l->f->dropped_at);
	uint64_t never = taps & ~g->taps;

	if (!(taps & g->taps) || !never || l->rows == LADDER_ROWS)
		return false;
	for (size_t i = 0; i < l->rows; i++) {
		struct html_rung *row = &l->row[i];

		if (row->kind != (request ? ROW_REQUEST : ROW_ANSWER) ||
		    !(taps >> row->tap & 1))
			continue;
		memmove(row + 2, row + 1, (l->rows - i - 1) * sizeof(*row));
		row[1] = (struct html_rung){
			.kind = ROW_LOST,
			.at = row->at,
			.tap = (uint8_t)__builtin_ctzll(never),
			.of_request = request,
		};
		l->rows++;
		return true;
	}
	return false;
}

static void make_rows(struct html_ladder *l)
{
	const struct finding *f = l->f;

	for (size_t i = 0; i < html_ladder_kept(&f->syn); i++)
		add_row(l, ROW_REQUEST, &f->syn.at[i], f->syn.at[i].tap, NULL);
	for (size_t i = 0; i < html_ladder_kept(&f->syn_ack); i++)
		add_row(l, ROW_ANSWER, &f->syn_ack.at[i], f->syn_ack.at[i].tap,
			NULL);
	for (size_t i = 0; i < f->icmp.kept && i < FINDING_ICMP; i++)
		add_row(l, ROW_ICMP, &f->icmp.at[i].at, f->icmp.at[i].at.tap,
			&f->icmp.at[i]);
	sort_rows(l);
	if (f->dropped_at != CIRCUIT_NONE && !add_lost(l, &f->syn_ack, false))
		add_lost(l, &f->syn, true);
}

/* ------------------------------------------------------------------ drawing */

static int lane_x(int lane)
{
	return LEFT + LANE * (lane + 1);
}

static int client_x(void)
{
	return LEFT;
}

static int server_x(const struct html_ladder *l)
{
	return lane_x((int)l->lanes);
}

/* Where this copy was seen before: at another tap of the same circuit. */
static int from_x(const struct html_ladder *l, size_t index)
{
	const struct html_rung *row = &l->row[index];
	uint8_t circuit = topo_tap_circuit(l->r->topo, row->tap);

	for (size_t i = index; i-- > 0;) {
		const struct html_rung *e = &l->row[i];

		if (e->kind == row->kind && e->tap != row->tap &&
		    e->at->resent == row->at->resent &&
		    topo_tap_circuit(l->r->topo, e->tap) == circuit &&
		    row->at->time.ns - e->at->time.ns < NEAR)
			return lane_x(lane_of(l, e->tap));
	}
	return row->kind == ROW_REQUEST ? client_x() : server_x(l);
}

static void put_label(struct str *s, const char *class, int x, int y,
		      const char *anchor, const char *text, size_t max)
{
	str_addf(s, "<text class=\"%s\" x=%d y=%d text-anchor=%s>", class, x, y,
		 anchor);
	html_clip(s, text, max);
	str_add(s, "</text>\n");
}

/* The circuit over its taps, once. */
static void put_lane_head(struct str *s, const struct html_ladder *l, size_t i)
{
	uint8_t tap = l->lane[i];
	uint8_t circuit = topo_tap_circuit(l->r->topo, tap);
	bool first =
		!i || topo_tap_circuit(l->r->topo, l->lane[i - 1]) != circuit;
	size_t last = i;

	put_label(s, "s", lane_x((int)i), 40, "middle", words_tap(l->r, tap),
		  LANE_CHARS);
	put_label(s, "t s", lane_x((int)i), 54, "middle",
		  tap_side_name(topo_tap_side(l->r->topo, tap)), LANE_CHARS);
	if (!first || circuit == CIRCUIT_NONE)
		return;
	while (last + 1 < l->lanes &&
	       topo_tap_circuit(l->r->topo, l->lane[last + 1]) == circuit)
		last++;
	put_label(s, "b", (lane_x((int)i) + lane_x((int)last)) / 2, 16,
		  "middle", words_circuit(l->r, circuit),
		  LANE_CHARS * (last - i + 1));
	str_addf(s, "<path class=wire d=\"M%d 24H%d\"/>\n",
		 lane_x((int)i) - LANE / 2 + 10,
		 lane_x((int)last) + LANE / 2 - 10);
}

static void put_end(struct str *s, int x, const char *name,
		    const struct addr *a, uint16_t port)
{
	struct str end = {0};

	words_endpoint(&end, a, port);
	put_label(s, "b", x, 40, "middle", name, LANE_CHARS);
	put_label(s, "t s", x, 54, "middle", end.s, LANE_CHARS + 3);
	str_free(&end);
}

static void put_lanes(struct str *s, const struct html_ladder *l, int bottom)
{
	const struct tuple *t = &l->f->tuple[0];

	put_end(s, client_x(), "client", &t->client, t->client_port);
	put_end(s, server_x(l), "server", &t->server, t->server_port);
	str_addf(s, "<path class=life d=\"M%d 62V%dM%d 62V%d", client_x(),
		 bottom, server_x(l), bottom);
	for (size_t i = 0; i < l->lanes; i++)
		str_addf(s, "M%d 62V%d", lane_x((int)i), bottom);
	str_add(s, "\"/>\n");
	for (size_t i = 0; i < l->lanes; i++)
		put_lane_head(s, l, i);
}

static void put_arrow(struct str *s, const char *class, int from, int to, int y)
{
	int back = to > from ? -8 : 8;

	str_addf(s,
		 "<path class=\"arrow %s\" d=\"M%d %dH%d\"/>"
		 "<path class=%s-h d=\"M%d %dl%d -4.5v9z\"/>\n",
		 class, from, y, to + back, class, to, y, back);
}

static void put_cross(struct str *s, int x, int y)
{
	str_addf(s, "<path class=lost-x d=\"M%d %dl10 10m0 -10l-10 10\"/>\n",
		 x - 5, y - 5);
}

/* What is written over an arrow, in the middle of the part next its head. */
static void put_word(struct str *s, const char *class, int from, int to, int y,
		     const char *text)
{
	int near = to > from ? to - LANE / 2 : to + LANE / 2;

	put_label(s, class, near, y - 6, "middle", text, LANE_CHARS);
}

static void put_time(struct str *s, const struct html_ladder *l, size_t i)
{
	struct timestamp zero = l->row[0].at->time;
	struct timestamp t = l->row[i].at->time;
	unsigned long long us = text_distance(zero, t) / NSEC_PER_USEC;
	struct str text = {0};

	if (l->row[i].kind == ROW_LOST)
		return;
	if (i)
		str_addf(&text, "+%llu.%06llu", us / 1000000, us % 1000000);
	else
		text_clock(&text, t);
	put_label(s, "t s", 110, TOP + (int)i * ROW + 4, "end", text.s, 20);
	str_free(&text);
}

static void put_lost(struct str *s, const struct html_ladder *l, size_t i)
{
	const struct html_rung *row = &l->row[i];
	int from = lane_x(lane_of(l, row->at->tap));
	int to = lane_x(lane_of(l, row->tap));
	int y = TOP + (int)i * ROW;

	str_addf(s, "<path class=lost d=\"M%d %dH%d\"/>\n", from, y, to);
	put_cross(s, to, y);
	put_word(s, "s lost-t", from, to, y, "never seen");
}

static void put_row(struct str *s, const struct html_ladder *l, size_t i)
{
	const struct html_rung *row = &l->row[i];
	int to = lane_x(lane_of(l, row->tap));
	int y = TOP + (int)i * ROW;
	struct str word = {0};
	bool request = row->kind == ROW_REQUEST;

	put_time(s, l, i);
	if (row->kind == ROW_LOST) {
		put_lost(s, l, i);
		return;
	}
	if (row->kind == ROW_ICMP) {
		int end = row->icmp->of_server ? server_x(l) : client_x();

		str_addf(&word, "ICMP %s",
			 icmp_kind_name((enum icmp_kind)row->icmp->kind));
		str_addf(s, "<path class=lost d=\"M%d %dH%d\"/>\n", to, y, end);
		put_label(s, "s lost-t", to, y - 6, "middle", word.s, 28);
	} else {
		int from = from_x(l, i);

		str_addf(&word, "%s%s",
			 request ? html_ladder_request(l->f)
				 : words_answer(l->f),
			 row->at->resent ? " again" : "");
		put_arrow(s, request ? "req" : "ans", from, to, y);
		put_word(s, "s", from, to, y, word.s);
	}
	str_addf(s, "<circle class=tap cx=%d cy=%d r=3.5 />\n", to, y);
	str_free(&word);
}

static void put_drawing(struct str *s, const struct html_ladder *l,
			size_t number)
{
	int height = TOP + (int)l->rows * ROW;
	int width = server_x(l) + 70;
	struct str message = {0};

	html_scroll(s, "Drawing of the packets");
	str_addf(s,
		 "<svg class=ladder width=%d height=%d viewBox=\"0 0 %d %d\" "
		 "role=img "
		 "aria-labelledby=\"t%zu d%zu\">\n<title id=t%zu>Packets from "
		 "the client to the server and back, by tap and time</title>"
		 "<desc id=d%zu>",
		 width, height, width, height, number, number, number, number);
	words_message(&message, l->r, l->f);
	html_clip(s, message.s, 600);
	str_free(&message);
	str_add(s, "</desc>\n");
	put_lanes(s, l, height - ROW / 2);
	for (size_t i = 0; i < l->rows; i++)
		put_row(s, l, i);
	str_add(s, "</svg>\n");
	html_scroll_end(s);
}

void html_ladder(struct report_walk *w, const struct finding *f, size_t number)
{
	struct html_ladder l = {.r = w->r, .f = f};

	make_lanes(&l);
	make_rows(&l);
	if (!l.rows)
		return;
	put_drawing(&w->s, &l, number);
	html_ladder_table(&w->s, &l);
}
