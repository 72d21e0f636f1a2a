/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_map: the circuits, and the ways that findings took over them
 *
 * The provider stands on the left and the site on the right, whoever opened
 * the connection; each circuit is a wire between them with its edge in the
 * middle and its taps on both sides of that.  The gravest groups that have a
 * way are drawn: the request with a full line, the answer with a broken one,
 * each with the number of its group at the begin.
 */
#include "html.h"

#include "group.h"
#include "text.h"
#include "words.h"

#define WIDTH	  960
#define WIRE_LEFT 150 /* ends of the wires */
#define WIRE_EDGE 480
#define WIRE_END  810
#define BEND	  70 /* how far a way goes into the site before it turns */
#define TOP	  46
#define LANE	  104
#define MAX_WIRES 12
#define NAME	  26 /* characters that have room */

/** struct map - The drawing: @wire has circuits from the top down */
struct map {
	const struct report_walk *w;
	uint8_t wire[MAX_WIRES];
	size_t wires;
	size_t left_out;
	const struct report_group *way[HTML_PATHS];
	size_t ways;
};

static bool has_way(const struct group_key *k)
{
	switch (k->rule) {
	case RULE_ASYMMETRIC_HANDSHAKE:
	case RULE_ASYMMETRIC_FLOW:
	case RULE_PATH_CHANGE:
		return k->syn_circuits && k->answer_circuits;
	case RULE_UNANSWERED:
		return k->syn_circuits != 0;
	case RULE_SNAT_ESCAPE:
	case RULE_OFF_PLAN:
		return k->circuit != CIRCUIT_NONE;
	default:
		return false;
	}
}

static uint64_t circuits_of(const struct group_key *k)
{
	uint64_t circuits = k->syn_circuits | k->answer_circuits;

	if (k->circuit < SITE_MAX_CIRCUITS)
		circuits |= 1ULL << k->circuit;
	return circuits;
}

static void add_wires(struct map *m, uint64_t circuits)
{
	for (unsigned c = 0; c < m->w->r->site->circuits; c++) {
		if (!(circuits >> c & 1))
			continue;
		if (m->wires < MAX_WIRES)
			m->wire[m->wires++] = (uint8_t)c;
		else
			m->left_out++;
	}
}

static void make_map(struct map *m)
{
	const struct report_groups *g = m->w->groups;
	uint64_t used = 0;

	for (size_t i = 0; i < g->count && i < HTML_BLOCKS; i++) {
		if (!has_way(&g->group[i].key) || m->ways == HTML_PATHS)
			continue;
		m->way[m->ways++] = &g->group[i];
		used |= circuits_of(&g->group[i].key);
	}
	add_wires(m, used);
	add_wires(m, ~used);
}

static int wire_y(const struct map *m, unsigned circuit)
{
	for (size_t i = 0; i < m->wires; i++) {
		if (m->wire[i] == circuit)
			return TOP + (int)i * LANE + LANE / 2;
	}
	return -1;
}

static int first_y(const struct map *m, uint64_t circuits)
{
	return circuits ? wire_y(m, (unsigned)__builtin_ctzll(circuits)) : -1;
}

/* ------------------------------------------------------------------- ground */

static void put_text(struct str *s, const char *class, int x, int y,
		     const char *anchor, const char *text, size_t max)
{
	str_addf(s, "<text class=\"%s\" x=%d y=%d text-anchor=%s>", class, x, y,
		 anchor);
	html_clip(s, text, max);
	str_add(s, "</text>\n");
}

static void put_tap(struct map *m, struct str *s, unsigned tap, int x, int y,
		    int *below)
{
	str_addf(s, "<circle class=tap cx=%d cy=%d r=5 />\n", x, y);
	put_text(s, "t s", x, y + 32 + *below, "middle",
		 words_tap(m->w->r, tap), NAME);
	*below += 13;
}

/* Taps of one side share a place; three of them are named. */
static void put_taps(struct map *m, struct str *s, unsigned circuit,
		     enum tap_side side, int x, int y)
{
	uint64_t taps = topo_circuit_taps(m->w->r->topo, (uint8_t)circuit);
	int below = 0, more = 0;
	char text[32];

	for (unsigned i = 0; i < SITE_MAX_TAPS; i++) {
		if (!(taps >> i & 1) ||
		    topo_tap_side(m->w->r->topo, (uint8_t)i) != side)
			continue;
		if (below < 2 * 13)
			put_tap(m, s, i, x, y, &below);
		else
			more++;
	}
	if (!more)
		return;
	snprintf(text, sizeof(text), "and %d more", more);
	put_text(s, "t s", x, y + 32 + below, "middle", text, NAME);
}

static void put_wire(struct map *m, struct str *s, unsigned circuit)
{
	const struct site_circuit *c = &m->w->r->site->circuit[circuit];
	int y = wire_y(m, circuit);

	str_addf(s, "<path class=wire d=\"M%d %dH%d\"/>\n", WIRE_LEFT, y,
		 WIRE_END);
	put_text(s, "b", WIRE_LEFT + 14, y - 28, "start", c->name, NAME);
	if (c->kind == CIRCUIT_EXPRESSROUTE)
		put_text(s, "t s", WIRE_EDGE, y - 28, "middle", "ExpressRoute",
			 NAME);
	if (c->kind == CIRCUIT_INTERNET)
		put_text(s, "t s", WIRE_EDGE, y - 28, "middle", "Internet",
			 NAME);
	str_addf(s, "<rect class=box x=%d y=%d width=56 height=44 rx=5 />\n",
		 WIRE_EDGE - 28, y - 22);
	put_text(s, "t s", WIRE_EDGE, y + 34, "middle", "edge", NAME);
	put_taps(m, s, circuit, TAP_OUTSIDE, WIRE_LEFT + 165, y);
	put_taps(m, s, circuit, TAP_INSIDE, WIRE_EDGE + 165, y);
}

static void put_ground(struct map *m, struct str *s, int height)
{
	str_addf(s, "<rect class=box x=10 y=%d width=%d height=%d rx=6 />\n",
		 TOP, WIRE_LEFT - 10, height - TOP - 10);
	str_addf(s, "<rect class=box x=%d y=%d width=%d height=%d rx=6 />\n",
		 WIRE_END, TOP, WIDTH - 10 - WIRE_END, height - TOP - 10);
	put_text(s, "b", 80, 28, "middle", "Provider", NAME);
	put_text(s, "t s", WIRE_LEFT + 165, 28, "middle", "outside", NAME);
	put_text(s, "t s", WIRE_EDGE + 165, 28, "middle", "inside", NAME);
	put_text(s, "b", (WIRE_END + WIDTH - 10) / 2, 28, "middle", "Site",
		 NAME);
	for (size_t i = 0; i < m->wires; i++)
		put_wire(m, s, m->wire[i]);
}

/* --------------------------------------------------------------------- ways */

/* Beside each other, where several run over one wire. */
static int shift(const struct map *m, size_t index)
{
	return (int)index * 12 - (int)(m->ways - 1) * 6;
}

/* Where the ring with the number stands: two never at one place. */
static int begin_x(size_t index, bool rightward)
{
	return rightward ? WIRE_LEFT - 30 - (int)index * 24
			 : WIDTH - 30 - (int)index * 24;
}

static void put_head(struct str *s, int x, int y, bool rightward)
{
	str_addf(s, "<path class=head d=\"M%d %dl%d -5v10z\"/>\n", x, y,
		 rightward ? -10 : 10);
}

static void put_cross(struct str *s, int x, int y)
{
	str_addf(s, "<path class=x d=\"M%d %dl14 14m0 -14l-14 14\"/>\n", x - 7,
		 y - 7);
}

static void put_ring(struct map *m, struct str *s, size_t index, int x, int y)
{
	size_t number = (size_t)(m->way[index] - m->w->groups->group) + 1;

	str_addf(s,
		 "<a href=\"#g%zu\"><circle class=ring cx=%d cy=%d r=10 />"
		 "<text class=\"c b s\" x=%d y=%d text-anchor=middle>%zu"
		 "<title>Finding %zu</title></text></a>\n",
		 number, x, y, x, y + 4, number, number);
}

/* Request and answer: out on one wire, back on another. */
static void put_there_and_back(struct map *m, struct str *s, size_t index,
			       int out, int back)
{
	const struct group_key *k = &m->way[index]->key;
	bool inbound = k->direction != DIRECTION_OUTBOUND;
	int from = begin_x(index, inbound);
	int turn = inbound ? WIRE_END : WIRE_LEFT;
	int bend = inbound ? turn + BEND : turn - BEND;
	int end = inbound ? WIRE_LEFT - 20 : WIRE_END + 20;
	bool lost = k->dropped_at != CIRCUIT_NONE &&
		    wire_y(m, k->dropped_at) == back - shift(m, index);

	if (lost)
		end = WIRE_EDGE;
	str_addf(s,
		 "<path class=way d=\"M%d %dH%dC%d %d %d %d %d %d\"/>\n"
		 "<path class=way stroke-dasharray=\"7 5\" d=\"M%d %dH%d\"/>\n",
		 from, out, turn, bend, out, bend, back, turn, back, turn, back,
		 end);
	put_head(s, inbound ? WIRE_EDGE - 60 : WIRE_EDGE + 60, out, inbound);
	if (lost)
		put_cross(s, end, back);
	else
		put_head(s, end, back, !inbound);
	put_ring(m, s, index, from, out);
}

/* One way only: it went out and nothing that is of interest came back. */
static void put_one_way(struct map *m, struct str *s, size_t index, int y)
{
	const struct group_key *k = &m->way[index]->key;
	bool rightward = k->direction == DIRECTION_INBOUND &&
			 k->rule != RULE_SNAT_ESCAPE;
	int from = begin_x(index, rightward);
	int end = rightward ? WIRE_END + 20 : WIRE_LEFT - 20;

	str_addf(s, "<path class=way d=\"M%d %dH%d\"/>\n", from, y, end);
	put_head(s, end, y, rightward);
	put_ring(m, s, index, from, y);
}

static void put_way(struct map *m, struct str *s, size_t index)
{
	const struct group_key *k = &m->way[index]->key;
	int out = first_y(m, k->syn_circuits);
	int back = first_y(m, k->answer_circuits);

	str_addf(s, "<g class=%s>\n",
		 severity_name((enum severity)k->severity));
	if (k->rule == RULE_SNAT_ESCAPE || k->rule == RULE_OFF_PLAN) {
		out = wire_y(m, k->circuit);
		back = -1;
	}
	if (out >= 0 && back >= 0)
		put_there_and_back(m, s, index, out + shift(m, index),
				   back + shift(m, index));
	else if (out >= 0)
		put_one_way(m, s, index, out + shift(m, index));
	str_add(s, "</g>\n");
}

/* What the drawing says, in words. */
static void put_description(struct map *m, struct str *s)
{
	struct str t = {0};

	str_add(s, "<title id=map-t>Circuits and the ways of findings</title>"
		   "<desc id=map-d>");
	str_addf(s, "%zu circuits between provider and site. ", m->wires);
	for (size_t i = 0; i < m->ways; i++) {
		str_addf(&t, "Finding %zu: ",
			 (size_t)(m->way[i] - m->w->groups->group) + 1);
		text_path(&t, m->w->r, &m->way[i]->key);
		str_add(&t, ". ");
	}
	if (t.len)
		html_clip(s, t.s, 600);
	str_free(&t);
	str_add(s, "</desc>\n");
}

static void put_caption(struct map *m, struct str *s)
{
	if (!m->ways) {
		str_add(s, "<figcaption>No finding took a way that could be "
			   "drawn.</figcaption>\n");
		return;
	}
	str_add(s, "<figcaption>Each way has the number of its finding. A "
		   "full line is the request, a broken one its answer, a "
		   "cross the edge that dropped it.");
	if (m->left_out)
		str_addf(s, " %zu more circuits are not drawn.", m->left_out);
	str_add(s, "</figcaption>\n");
}

void html_map(struct report_walk *w)
{
	struct map m = {.w = w};
	struct str *s = &w->s;
	int height;

	make_map(&m);
	if (!m.wires) {
		str_add(s, "<section aria-labelledby=paths>\n<h2 id=paths>"
			   "Paths</h2>\n<p>No circuit is known.</p>\n"
			   "</section>\n");
		return;
	}
	height = TOP + (int)m.wires * LANE + 14;
	str_add(s, "<section aria-labelledby=paths>\n<h2 id=paths>Paths</h2>\n"
		   "<figure>\n");
	html_scroll(s, "Map of the circuits");
	str_addf(s,
		 "<svg class=map width=%d height=%d viewBox=\"0 0 %d %d\" "
		 "role=img "
		 "aria-labelledby=\"map-t map-d\">\n",
		 WIDTH, height, WIDTH, height);
	put_description(&m, s);
	put_ground(&m, s, height);
	for (size_t i = 0; i < m.ways; i++)
		put_way(&m, s, i);
	str_add(s, "</svg>\n");
	html_scroll_end(s);
	put_caption(&m, s);
	str_add(s, "</figure>\n</section>\n");
}
