/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lane: the way of one packet over one circuit, as a line of text
 *
 * The client is always on the left, the server on the right, and the edge of
 * the circuit, its firewall and NAT, between its two sides.  Where a packet
 * was seen stands its number in the file of that tap.  A line without a gap
 * got through; an X is where it ended, a * where it came from nowhere.  What
 * no tap can know is drawn as a line: silence of a side without taps accuses
 * nobody.
 */
#include "lane.h"

#include "words.h"

#define REACH	    5  /* columns from an end of the lane to a label */
#define EDGE	    14 /* columns between the labels of both sides */
#define TRANSIT_MAX (EDGE - 6)

static void put(struct str *s, char c, size_t n)
{
	while (n--)
		str_addc(s, c);
}

static bool is_inside(const struct report *r, uint8_t tap)
{
	return topo_tap_side(r->topo, tap) == TAP_INSIDE;
}

/* A line of @p that has room for a sighting on @side, made if need be. */
static struct lane *room(struct lane *lane, size_t *count,
			 const struct ladder_packet *p, uint8_t circuit,
			 unsigned side)
{
	for (size_t i = 0; i < *count; i++) {
		if (lane[i].circuit == circuit && circuit != CIRCUIT_NONE &&
		    !lane[i].at[side])
			return &lane[i];
	}
	lane[*count] = (struct lane){
		.p = p,
		.circuit = circuit,
		.more = *count > 0,
	};
	return &lane[(*count)++];
}

size_t lanes_of(const struct report *r, bool client_inside,
		const struct ladder_packet *p, struct lane *lane)
{
	size_t count = 0;

	for (size_t i = 0; i < p->kept && i < LADDER_SIGHTINGS; i++) {
		uint8_t tap = p->at[i].tap;
		unsigned side = is_inside(r, tap) != client_inside;
		uint8_t circuit = topo_tap_circuit(r->topo, tap);
		struct lane *l = room(lane, &count, p, circuit, side);
		uint64_t of = circuit == CIRCUIT_NONE
				      ? 0
				      : topo_circuit_taps(r->topo, circuit);

		l->at[side] = &p->at[i];
		l->lost = p->missing & of;
		l->born = p->unborn & of;
	}
	return count;
}

enum escape_reason lane_escape(const struct topo *topo,
			       const struct finding *about,
			       const struct ladder_packet *p,
			       const struct ladder_sighting *at,
			       struct addr *src, uint8_t *owner)
{
	const struct tuple *t;
	uint8_t circuit;

	if (!at || (p->notes & LADDER_ICMP) ||
	    topo_tap_side(topo, at->tap) == TAP_INSIDE)
		return ESCAPE_NONE;
	t = words_name(about, at->tuple);
	circuit = topo_tap_circuit(topo, at->tap);
	*src = p->dir ? t->server : t->client;
	if (circuit == CIRCUIT_NONE || !topo_judges_nat(topo, circuit))
		return ESCAPE_NONE;
	return topo_escape(topo, circuit, src, p->dir ? &t->client : &t->server,
			   owner);
}

static void label(struct str *s, const struct ladder_sighting *at)
{
	str_addf(s, "#%llu", (unsigned long long)at->number);
}

static size_t label_width(const struct ladder_sighting *at)
{
	struct str s = {0};
	size_t n;

	label(&s, at);
	n = s.len;
	str_free(&s);
	return n;
}

void lane_measure(struct lane_shape *shape, const struct lane *l)
{
	/* It goes to the server's side of the edge, or to the client's. */
	bool toward = !(l->p->notes & LADDER_ICMP) && !l->p->dir;

	for (unsigned side = 0; side < 2; side++) {
		if (l->at[side]) {
			size_t n = label_width(l->at[side]);

			shape->sides[side] = true;
			if (n > shape->width[side])
				shape->width[side] = n;
		}
		if ((l->lost && side == toward) || (l->born && side != toward))
			shape->sides[side] = true;
	}
}

static void centre(struct str *s, const char *text, size_t width)
{
	size_t n = strlen(text), before = n < width ? (width - n) / 2 : 0;

	put(s, ' ', before);
	str_add(s, text);
	put(s, ' ', n + before < width ? width - n - before : 0);
}

static void right(struct str *s, const char *text, size_t width)
{
	size_t n = strlen(text);

	put(s, ' ', n < width ? width - n : 0);
	str_add(s, text);
}

static void left(struct str *s, const char *text, size_t width)
{
	size_t n = strlen(text);

	str_add(s, text);
	put(s, ' ', n < width ? width - n : 0);
}

/* Columns of a side: its label, and the line to the end. */
static size_t side_width(const struct lane_shape *shape, unsigned side)
{
	size_t n = shape->width[side] + 1;

	return REACH + (n < 9 ? 9 : n);
}

void lane_header(struct str *s, const struct lane_shape *shape)
{
	static const char *const names[] = {"outside", "inside"};
	const char *near = names[shape->client_inside];
	const char *far = names[!shape->client_inside];

	if (!shape->sides[1] || !shape->sides[0]) {
		const char *only = shape->sides[0] ? near : far;

		left(s, "client", side_width(shape, 0) - 1);
		centre(s, only, 3);
		right(s, "server", side_width(shape, 1));
		return;
	}
	left(s, "client", side_width(shape, 0) - strlen(near));
	str_add(s, near);
	centre(s, "edge", EDGE);
	str_add(s, far);
	right(s, "server", side_width(shape, 1) - strlen(far));
}

/* A line of @n columns in the direction of @to_client. */
static void arrow(struct str *s, bool to_client, size_t n)
{
	if (to_client)
		str_addc(s, '<');
	put(s, '-', n - 1);
	if (!to_client)
		str_addc(s, '>');
}

/* The client's side of the edge: from the end of the lane to the label. */
static void draw_near(struct str *s, const struct lane_shape *shape,
		      const struct ladder_sighting *at, bool to_client,
		      bool blank)
{
	size_t width = side_width(shape, 0) - 1, n;

	str_addc(s, '|');
	if (!at) {
		if (blank)
			put(s, ' ', width);
		else if (to_client)
			arrow(s, true, width);
		else
			put(s, '-', width);
		return;
	}
	n = label_width(at);
	arrow(s, to_client, width - n - 1);
	str_addc(s, ' ');
	label(s, at);
}

static void draw_far(struct str *s, const struct lane_shape *shape,
		     const struct ladder_sighting *at, bool to_client,
		     bool blank)
{
	size_t width = side_width(shape, 1) - 1, n;

	if (at) {
		n = label_width(at);
		label(s, at);
		str_addc(s, ' ');
		arrow(s, to_client, width - n - 1);
	} else if (blank) {
		put(s, ' ', width);
	} else if (to_client) {
		put(s, '-', width);
	} else {
		arrow(s, false, width);
	}
	str_addc(s, '|');
}

/* "-- 62 us -->": how long it took from one side to the other */
static void draw_passage(struct str *s, const struct lane *l, bool to_client)
{
	struct str text = {0};
	size_t rest = EDGE - 3;
	int64_t ns;

	/* Beyond the last label the line only goes on. */
	if (!l->at[0] || !l->at[1]) {
		str_addc(s, l->at[0] ? ' ' : '-');
		put(s, to_client && l->at[0] ? '<' : '-', 1);
		put(s, '-', EDGE - 4);
		put(s, !to_client && l->at[1] ? '>' : '-', 1);
		str_addc(s, l->at[1] ? ' ' : '-');
		return;
	}
	ns = l->at[1]->time.ns - l->at[0]->time.ns;
	if (to_client)
		ns = -ns;
	if (ns >= 0)
		text_duration(&text, (uint64_t)ns);
	str_add(s, to_client ? " <" : " ");
	if (text.len && text.len <= TRANSIT_MAX) {
		size_t line = rest - text.len - 2, before = line / 2;

		put(s, '-', before);
		str_addf(s, " %s ", text.s);
		put(s, '-', line - before);
	} else {
		put(s, '-', rest);
	}
	str_add(s, to_client ? " " : "> ");
	str_free(&text);
}

/* The edge: where the packet got through, ended, or came from. */
static void draw_edge(struct str *s, const struct lane *l, bool to_client)
{
	bool left_side = l->lost ? !to_client : to_client;
	char mark = l->lost ? 'X' : '*';
	size_t half = EDGE / 2;

	if (!l->lost && !l->born) {
		draw_passage(s, l, to_client);
		return;
	}
	if (left_side) {
		str_addc(s, ' ');
		if (to_client)
			str_addc(s, '<');
		put(s, '-', half - 1 - to_client);
		str_addc(s, mark);
		put(s, ' ', EDGE - half - 1);
		return;
	}
	put(s, ' ', half);
	str_addc(s, mark);
	put(s, '-', EDGE - half - 2 - (!to_client && !l->lost));
	if (!to_client && !l->lost)
		str_addc(s, '>');
	str_addc(s, ' ');
}

/* Where only one side has taps there is no edge to be seen. */
static void draw_single(struct str *s, const struct lane_shape *shape,
			const struct ladder_sighting *at, bool to_client)
{
	size_t n = label_width(at);
	size_t all = side_width(shape, 0) + side_width(shape, 1) + 2;
	size_t before = (all - n - 4) / 2;

	str_addc(s, '|');
	arrow(s, to_client, before);
	str_addc(s, ' ');
	label(s, at);
	str_addc(s, ' ');
	arrow(s, to_client, all - before - n - 4);
	str_addc(s, '|');
}

/* An ICMP error goes to whoever sent what it quotes. */
static bool to_client(const struct ladder_packet *p)
{
	return (p->notes & LADDER_ICMP) ? !p->dir : p->dir;
}

void lane_draw(struct str *s, const struct lane_shape *shape,
	       const struct lane *l)
{
	bool back = to_client(l->p), blank[2] = {false, false};

	if (!shape->sides[0] || !shape->sides[1]) {
		draw_single(s, shape, l->at[0] ? l->at[0] : l->at[1], back);
		return;
	}
	/* What is behind an X, or before a *, did not carry it. */
	if (l->lost)
		blank[!back] = true;
	if (l->born)
		blank[back] = true;
	draw_near(s, shape, l->at[0], back, blank[0]);
	draw_edge(s, l, back);
	draw_far(s, shape, l->at[1], back, blank[1]);
}
