/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trace of one connection over a small site, played from scripts, and its
 * ladder as a line of text
 */
#ifndef EXPLAIN_STAGE_H
#define EXPLAIN_STAGE_H

#include "explain_select.h"

#include <stdlib.h>

#include "segments.h"

/* Taps 0 and 1 stand outside and inside of a, 2 and 3 of b, 4 of none. */
static const char site_text[] =
	"remote: [40.96.0.0/13]\n"
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    taps:\n"
	"      - {name: a, vlan: [1]}\n"
	"      - {name: a-in, side: inside, vlan: [2]}\n"
	"  b:\n"
	"    kind: expressroute\n"
	"    taps:\n"
	"      - {name: b, vlan: [3]}\n"
	"      - {name: b-in, side: inside, vlan: [4]}\n"
	"taps: [{name: core, side: inside, vlan: [5]}]\n";

#define ISN	   1000u
#define ANSWER_ISN 0xfffffff0u

static const struct seg_cast cast = {
	.ends =
		{
			{"40.96.0.10", "203.0.113.25", 34154, 25},
			{"40.96.0.10", "192.168.5.10", 34154, 25},
		},
	.isn = ISN,
	.answer_isn = ANSWER_ISN,
};

/**
 * struct stage - A trace of one connection
 * @about:	The connection: inbound, with both names
 */
struct stage {
	struct site *site;
	struct topo *topo;
	struct trace_how how;
	struct finding about;
	struct trace *trace;
};

static void stage_open(struct stage *g, size_t rows)
{
	struct str errors = {0};

	memset(g, 0, sizeof(*g));
	g->site = site_parse("test", site_text, strlen(site_text), &errors);
	ck_assert_msg(g->site != NULL, "%s", errors.s ? errors.s : "");
	g->topo = topo_new(g->site);
	g->how.topo = g->topo;
	g->how.rows = rows;
	g->how.watching = 0xf;
	for (unsigned tap = 0; tap < SITE_MAX_TAPS; tap++) {
		g->how.from[tap].ns = SEG_EPOCH;
		g->how.to[tap].ns = SEG_EPOCH + 3600 * NSEC_PER_SEC;
	}
	g->about.class = CLASS_ASYMMETRIC;
	g->about.direction = DIRECTION_INBOUND;
	g->about.isn = ISN;
	g->about.syn.count = 1;
	g->about.tuples = 2;
	g->about.tuple[0] = tuple_of("40.96.0.10", 34154, "203.0.113.25", 25);
	g->about.tuple[1] = tuple_of("40.96.0.10", 34154, "192.168.5.10", 25);
	g->about.time.ns = SEG_EPOCH;
	g->about.last.ns = SEG_EPOCH + 60 * NSEC_PER_SEC;
}

static void stage_take(struct stage *g, const struct segment *s, size_t count)
{
	if (!g->trace)
		g->trace = trace_new(&g->how, &g->about, 1);
	for (size_t i = 0; i < count; i++)
		trace_take(g->trace, 0, &s[i], (uint8_t)s[i].interface);
}

static void stage_play(struct stage *g, const char *script)
{
	struct segment s[256];
	size_t n = seg_script(&cast, script, s, ARRAY_SIZE(s));

	ck_assert_msg(n > 0, "%s", script);
	for (size_t i = 0; i < n; i++)
		s[i].window = 500;
	stage_take(g, s, n);
}

static const struct ladder *stage_end(struct stage *g)
{
	trace_finish(g->trace);
	return trace_ladder(g->trace, 0);
}

static void stage_close(struct stage *g)
{
	trace_free(g->trace);
	topo_free(g->topo);
	site_free(g->site);
}

static void show_taps(struct str *s, char mark, uint64_t taps)
{
	if (taps)
		str_addc(s, mark);
	for (; taps; taps &= taps - 1)
		str_addf(s, "%d", __builtin_ctzll(taps));
}

/* ">S0/0+100@01x2 resent": direction, flags, numbers, length, taps, missing */
static void show_packet(struct str *s, const struct ladder_packet *p)
{
	static const char *const notes[] = {
		"resent", "late",  "gap",   "keepalive", "dup",	 "zero",
		"reset",  "twice", "moved", "lost",	 "born", "icmp",
	};

	str_addc(s, p->dir ? '<' : '>');
	str_addf(s, "%s%s%s", p->flags & TCP_SYN ? "S" : "",
		 p->flags & TCP_FIN ? "F" : "", p->flags & TCP_RST ? "R" : "");
	str_addf(s, "%u", p->seq);
	if (p->flags & TCP_ACK)
		str_addf(s, "/%u", p->ack);
	if (p->payload)
		str_addf(s, "+%u", p->payload);
	show_taps(s, '@', p->taps);
	show_taps(s, 'x', p->missing);
	show_taps(s, '*', p->unborn);
	for (unsigned i = 0; i < ARRAY_SIZE(notes); i++) {
		if (p->notes >> i & 1 && (1u << i) != LADDER_LOST &&
		    (1u << i) != LADDER_BORN)
			str_addf(s, ",%s", notes[i]);
	}
}

static char *show(const struct ladder *l)
{
	struct str s = {0};

	str_add(&s, "");
	for (size_t i = 0; i < l->rows; i++) {
		const struct ladder_row *row = &l->row[i];

		if (s.len)
			str_addc(&s, ' ');
		if (row->is_packet)
			show_packet(&s, &row->packet);
		else
			str_addf(
				&s, "...%llu",
				(unsigned long long)(row->left_out.packets[0] +
						     row->left_out.packets[1]));
	}
	return s.s ? s.s : xstrdup("");
}

#endif /* EXPLAIN_STAGE_H */
