/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What scripts give, fed in every order: between taps there is none
 */
#ifndef FLOW_SCENARIOS_H
#define FLOW_SCENARIOS_H

#include "flow_fixture.h"

/* -------------------------------------------------------------- scenarios */

enum needs { ANY, STAMPS, NO_STAMPS, INBOUND };

/**
 * struct scenario - What a script must give, in whatever order it is fed
 * @syn, @answer: Taps
 * @tuples:	Of the connection with the cast's ISN
 * @connections: How many there are
 * @needs:	Whether SYNs must have timestamps for that
 */
static const struct scenario {
	const char *name;
	const char *script;
	enum conn_class class;
	enum impact impact;
	uint64_t syn, answer;
	uint8_t tuples;
	uint8_t connections;
	enum needs needs;
} scenarios[] = {
	{"symmetric", "S0 A0 K0 D0 d0", CLASS_SYMMETRIC, IMPACT_WORKING, T(A),
	 T(A), 1, 1, ANY},
	{"symmetric, no more seen", "S0 A0", CLASS_SYMMETRIC, IMPACT_UNKNOWN,
	 T(A), T(A), 1, 1, ANY},
	{"completed by the client's ACK", "S0 A0 K0", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A), T(A), 1, 1, ANY},
	{"completed by data of the client", "S0 A0 D0", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A), T(A), 1, 1, ANY},
	{"completed by the server's ACK of data", "S0 A0 D9 k0",
	 CLASS_SYMMETRIC, IMPACT_WORKING, T(A), T(A), 1, 1, ANY},
	{"the server's ACK of the SYN completes nothing", "S0 A0 k0",
	 CLASS_SYMMETRIC, IMPACT_UNKNOWN, T(A), T(A), 1, 1, ANY},
	{"both sides of an edge", "S01 A10 K01", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A) | T(A_IN), T(A) | T(A_IN), 1, 1, ANY},
	{"a life", "S0 A0 K0 D0 d0 F0 f0 K0", CLASS_SYMMETRIC, IMPACT_WORKING,
	 T(A), T(A), 1, 1, ANY},
	{"mirrored in and out", "S00 A00 K00 D00", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A), T(A), 1, 1, ANY},
	{"resent at the first go", "S0 S0@1000^1 A0 K0", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A), T(A), 1, 1, ANY},

	{"asymmetric", "S0 A2 K0 D0 d2", CLASS_ASYMMETRIC, IMPACT_WORKING, T(A),
	 T(B), 1, 1, ANY},
	{"asymmetric, no more seen", "S0 A2", CLASS_ASYMMETRIC, IMPACT_UNKNOWN,
	 T(A), T(B), 1, 1, ANY},
	{"asymmetric, SYN-ACK resent", "S0 A2 A2@1010", CLASS_ASYMMETRIC,
	 IMPACT_BROKEN, T(A), T(B), 1, 1, ANY},
	{"asymmetric, SYN resent", "S0 A2 S0@1000^1", CLASS_ASYMMETRIC,
	 IMPACT_BROKEN, T(A), T(B), 1, 1, ANY},
	{"asymmetric, SYN resent before the answer", "S0 S0@1000^1 A2",
	 CLASS_ASYMMETRIC, IMPACT_UNKNOWN, T(A), T(B), 1, 1, ANY},
	{"asymmetric, both resent", "S0 A2 S0@1000^1 A2@1010 A2@3000",
	 CLASS_ASYMMETRIC, IMPACT_BROKEN, T(A), T(B), 1, 1, ANY},
	{"asymmetric, resent and completed", "S0 A2 A2@1010 K0",
	 CLASS_ASYMMETRIC, IMPACT_WORKING, T(A), T(B), 1, 1, ANY},
	{"asymmetric, mirrored twice is not resent", "S00 A22",
	 CLASS_ASYMMETRIC, IMPACT_UNKNOWN, T(A), T(B), 1, 1, ANY},
	{"asymmetric, the client resets", "S0 A2 R0", CLASS_ASYMMETRIC,
	 IMPACT_BROKEN, T(A), T(B), 1, 1, ANY},
	{"asymmetric, the server resets", "S0 A2 r2", CLASS_ASYMMETRIC,
	 IMPACT_BROKEN, T(A), T(B), 1, 1, ANY},
	{"asymmetric, inside alone", "S1 A3 K1", CLASS_ASYMMETRIC,
	 IMPACT_WORKING, T(A_IN), T(B_IN), 1, 1, ANY},
	{"asymmetric, one of the answers in the domain", "S4 A50 K4",
	 CLASS_ASYMMETRIC, IMPACT_WORKING, T(C), T(D) | T(A), 1, 1, ANY},
	{"asymmetric, refused", "S0 r2", CLASS_ASYMMETRIC, IMPACT_BROKEN, T(A),
	 T(B), 1, 1, ANY},
	/* And MARGIN ms more. */
	{"asymmetric, silent for 25 s", "S0 A2 S'0~1@23510", CLASS_ASYMMETRIC,
	 IMPACT_BROKEN, T(A), T(B), 1, 2, ANY},
	{"asymmetric, silent for less", "S0 A2 S'0~1@23509", CLASS_ASYMMETRIC,
	 IMPACT_UNKNOWN, T(A), T(B), 1, 2, ANY},

	{"same domain", "S4 A5 K4", CLASS_SAME_DOMAIN, IMPACT_WORKING, T(C),
	 T(D), 1, 1, ANY},
	{"rerouted", "S02 A2 K2", CLASS_REROUTED, IMPACT_WORKING, T(A) | T(B),
	 T(B), 1, 1, ANY},
	{"rerouted by a resend", "S0 S2@1000^1 A2 K2", CLASS_REROUTED,
	 IMPACT_WORKING, T(A) | T(B), T(B), 1, 1, ANY},
	{"mixed", "S0 A02 K0", CLASS_MIXED, IMPACT_WORKING, T(A), T(A) | T(B),
	 1, 1, ANY},
	{"mixed by a resend", "S0 A2 A0@1000 K0", CLASS_MIXED, IMPACT_WORKING,
	 T(A), T(A) | T(B), 1, 1, ANY},
	{"mixed both ways", "S02 A02 K0", CLASS_MIXED, IMPACT_WORKING,
	 T(A) | T(B), T(A) | T(B), 1, 1, ANY},

	{"refused", "S0 r0", CLASS_REFUSED, IMPACT_BROKEN, T(A), T(A), 1, 1,
	 ANY},
	{"refused, seen twice", "S01 r10", CLASS_REFUSED, IMPACT_BROKEN,
	 T(A) | T(A_IN), T(A) | T(A_IN), 1, 1, ANY},
	{"a RST after the answer is no answer", "S0 A0 r0", CLASS_SYMMETRIC,
	 IMPACT_BROKEN, T(A), T(A), 1, 1, ANY},
	{"a RST of the client is no answer", "S0 R0", CLASS_UNANSWERED,
	 IMPACT_BROKEN, T(A), 0, 1, 1, ANY},
	{"a RST that acknowledges nothing is no answer", "S0 r0!",
	 CLASS_UNANSWERED, IMPACT_UNKNOWN, T(A), 0, 1, 1, ANY},

	{"unanswered", "S0", CLASS_UNANSWERED, IMPACT_UNKNOWN, T(A), 0, 1, 1,
	 ANY},
	{"unanswered, resent", "S0 S0@1000^1 S2@3000^2", CLASS_UNANSWERED,
	 IMPACT_UNKNOWN, T(A) | T(B), 0, 1, 1, ANY},
	{"orphan", "A0", CLASS_ORPHAN_SYN_ACK, IMPACT_UNKNOWN, 0, T(A), 1, 1,
	 ANY},
	{"orphan on two circuits", "A0 A2@1000", CLASS_ORPHAN_SYN_ACK,
	 IMPACT_BROKEN, 0, T(A) | T(B), 1, 1, ANY},
	{"an answer that acknowledges nothing", "S0 A0!", CLASS_UNANSWERED,
	 IMPACT_UNKNOWN, T(A), 0, 1, 2, ANY},
	{"a SYN at an unmapped tap", "S9 A0", CLASS_ORPHAN_SYN_ACK,
	 IMPACT_UNKNOWN, 0, T(A), 1, 1, ANY},
	{"at taps of no circuit", "S6 A6 K6", CLASS_INDETERMINATE,
	 IMPACT_WORKING, T(CORE), T(CORE), 1, 1, ANY},
	{"at such a tap as well", "S60 A06 K0", CLASS_SYMMETRIC, IMPACT_WORKING,
	 T(A) | T(CORE), T(A) | T(CORE), 1, 1, ANY},

	{"midstream", "D0 d0", CLASS_MIDSTREAM, IMPACT_WORKING, 0, 0, 1, 1,
	 ANY},
	{"midstream, one way", "D0 D0", CLASS_MIDSTREAM, IMPACT_UNKNOWN, 0, 0,
	 1, 1, ANY},
	{"midstream, on two circuits", "D0 d2 D0 d2", CLASS_MIDSTREAM,
	 IMPACT_WORKING, 0, 0, 1, 1, ANY},
	{"midstream, closing", "F0 f0 K0", CLASS_MIDSTREAM, IMPACT_WORKING, 0,
	 0, 1, 1, ANY},
	{"a RST alone", "r0", CLASS_MIDSTREAM, IMPACT_UNKNOWN, 0, 0, 1, 1, ANY},

	{"Fast Open, data taken", "S0+100 A0 K0", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A), T(A), 1, 1, ANY},
	{"Fast Open, data refused", "S0+100 A0- K0", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A), T(A), 1, 1, ANY},
	{"Fast Open, asymmetric", "S0+100 A2 K0", CLASS_ASYMMETRIC,
	 IMPACT_WORKING, T(A), T(B), 1, 1, ANY},
	{"Fast Open, the data's ACK completes nothing", "S0+100 A2 k2",
	 CLASS_ASYMMETRIC, IMPACT_UNKNOWN, T(A), T(B), 1, 1, ANY},
	{"Fast Open, an answer beyond the data", "S0+100 A0!", CLASS_UNANSWERED,
	 IMPACT_UNKNOWN, T(A), 0, 1, 2, ANY},
	{"Fast Open, resent without the data", "S0+100 S0@1000^1 A0-",
	 CLASS_SYMMETRIC, IMPACT_UNKNOWN, T(A), T(A), 1, 1, ANY},
	{"Fast Open, refused", "S0+100 r0", CLASS_REFUSED, IMPACT_BROKEN, T(A),
	 T(A), 1, 1, ANY},
	/* Of more than two ISNs the ones between are not remembered. */
	{"SYN cookies", "S0 A0 A0@1000^1 K0", CLASS_SYMMETRIC, IMPACT_WORKING,
	 T(A), T(A), 1, 1, ANY},

	{"simultaneous open", "S0 X0 Y0 A0", CLASS_SIMULTANEOUS_OPEN,
	 IMPACT_UNKNOWN, 0, 0, 1, 1, ANY},
	{"simultaneous open on two circuits", "S0 X2", CLASS_SIMULTANEOUS_OPEN,
	 IMPACT_UNKNOWN, 0, 0, 1, 1, ANY},

	{"source NAT", "S'1 S0 A0 A'1 K'1 K0", CLASS_SYMMETRIC, IMPACT_WORKING,
	 T(A) | T(A_IN), T(A) | T(A_IN), 2, 1, ANY},
	{"NAT, no more seen", "S0 S'1 A'1 A0", CLASS_SYMMETRIC, IMPACT_UNKNOWN,
	 T(A) | T(A_IN), T(A) | T(A_IN), 2, 1, ANY},
	{"NAT, refused inside", "S0 S'1 r'1 r0", CLASS_REFUSED, IMPACT_BROKEN,
	 T(A) | T(A_IN), T(A) | T(A_IN), 2, 1, ANY},
	{"both ends translated", "S0 S''1 A''1 A0 K0 K''1", CLASS_SYMMETRIC,
	 IMPACT_WORKING, T(A) | T(A_IN), T(A) | T(A_IN), 2, 1, STAMPS},
	{"untranslated answer on another circuit", "S0 A'2", CLASS_ASYMMETRIC,
	 IMPACT_UNKNOWN, T(A), T(B), 2, 1, INBOUND},
	{"the same, both sides of both edges", "S0 S'1 A'32 A'32@1010",
	 CLASS_ASYMMETRIC, IMPACT_BROKEN, T(A) | T(A_IN), T(B) | T(B_IN), 2, 1,
	 ANY},
	{"the same, completed", "S0 S'1 A'32 K0 K'1", CLASS_ASYMMETRIC,
	 IMPACT_WORKING, T(A) | T(A_IN), T(B) | T(B_IN), 2, 1, ANY},
	{"the same, reset", "S0 S'1 A'32 R0 R'1", CLASS_ASYMMETRIC,
	 IMPACT_BROKEN, T(A) | T(A_IN), T(B) | T(B_IN), 2, 1, ANY},
	{"answers of a SYN that is not tapped", "A'1 A0", CLASS_ORPHAN_SYN_ACK,
	 IMPACT_UNKNOWN, 0, T(A) | T(A_IN), 2, 1, ANY},

	{"a port used again", "S0 A0 S0~1 A0~1", CLASS_SYMMETRIC,
	 IMPACT_UNKNOWN, T(A), T(A), 1, 2, ANY},
	{"a port used again elsewhere", "S0 A0 S2~1 A2~1", CLASS_SYMMETRIC,
	 IMPACT_UNKNOWN, T(A), T(A), 1, 2, ANY},
	{"attempt after attempt", "S0 S0~1 S0~2 A2 S0~3", CLASS_ASYMMETRIC,
	 IMPACT_UNKNOWN, T(A), T(B), 1, 4, ANY},
};

static void describe(struct str *s, const struct scenario *x,
		     const struct segment *seg, size_t n)
{
	str_addf(s, "%s (%s), order", x->name, x->script);
	for (size_t i = 0; i < n; i++)
		str_addf(s, " %u", (unsigned)seg[i].number);
}

/* How often the tuples of a connection are the cast's, each once. */
static unsigned known_tuples(const struct seg_cast *cast,
			     const struct connection *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->tuples; i++)
		for (unsigned k = 0; k < SEG_TUPLES && cast->ends[k].client;
		     k++) {
			struct addr client, server;

			ck_assert(addr_parse(cast->ends[k].client, &client));
			ck_assert(addr_parse(cast->ends[k].server, &server));
			n += !addr_cmp(&client, &c->tuple[i].client) &&
			     !addr_cmp(&server, &c->tuple[i].server) &&
			     c->tuple[i].client_port ==
				     cast->ends[k].client_port &&
			     c->tuple[i].server_port ==
				     cast->ends[k].server_port;
		}
	return n;
}

/* Feed one order to a table that is empty, at a time of its own. */
static void play_order(struct run *r, const struct scenario *x,
		       const struct seg_cast *cast, const struct segment *seg,
		       size_t n, unsigned turn)
{
	struct segment s[MAX_SEGMENTS];
	const struct connection *c;
	uint64_t before = run_total(r);
	struct str what = {0};

	memcpy(s, seg, n * sizeof(*s));
	for (size_t i = 0; i < n; i++)
		s[i].time.ns += turn * 500 * NSEC_PER_SEC;
	r->count = 0;
	run_feed_amid(r, s, n);
	run_finish(r);
	describe(&what, x, seg, n);
	ck_assert_msg(r->count == x->connections, "%s: %zu connections", what.s,
		      r->count);
	ck_assert_msg(run_total(r) - before == x->connections,
		      "%s: not counted once", what.s);
	c = leading(r, cast->isn);
	ck_assert_msg(c->class == x->class, "%s: %s", what.s,
		      class_name(c->class));
	ck_assert_msg(c->impact == x->impact, "%s: %s", what.s,
		      impact_name(c->impact));
	/* Both ends are clients then: the one that came first gives the name. */
	if (x->class != CLASS_SIMULTANEOUS_OPEN) {
		ck_assert_msg(c->syn.taps == x->syn, "%s: SYN at %lx", what.s,
			      (unsigned long)c->syn.taps);
		ck_assert_msg(c->answer.taps == x->answer, "%s: answer at %lx",
			      what.s, (unsigned long)c->answer.taps);
	}
	ck_assert_msg(c->tuples == x->tuples, "%s: %u tuples", what.s,
		      c->tuples);
	/* Which end of a midstream connection is the client is a guess. */
	if (x->class != CLASS_MIDSTREAM && x->class != CLASS_SIMULTANEOUS_OPEN)
		ck_assert_msg(known_tuples(cast, c) == x->tuples,
			      "%s: other tuples", what.s);
	str_free(&what);
}

/* The next order of @n numbered segments in their dictionary; false: last. */
static bool next_order(struct segment *s, size_t n)
{
	size_t i = n - 1, k = n - 1;

	while (i && s[i - 1].number > s[i].number)
		i--;
	if (!i)
		return false;
	while (s[k].number < s[i - 1].number)
		k--;
	swap(&s[i - 1], &s[k]);
	for (k = n - 1; i < k; i++, k--)
		swap(&s[i], &s[k]);
	return true;
}

#define ALL_ORDERS 5 /* segments of which all 120 orders are fed */
#define SHUFFLES   200

static void play_orders(const struct scenario *x, const struct seg_cast *cast)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(cast, x->script, s);
	uint64_t state = 0x2545f4914f6cdd1d;
	unsigned turn = 0;
	struct run r;

	run_begin(&r, plain_site, 64, true);
	if (n <= ALL_ORDERS) {
		do
			play_order(&r, x, cast, s, n, turn++);
		while (next_order(s, n));
	} else {
		play_order(&r, x, cast, s, n, turn++);
		while (turn <= SHUFFLES) {
			for (size_t i = n; i > 1; i--)
				swap(&s[i - 1], &s[next_random(&state) % i]);
			play_order(&r, x, cast, s, n, turn++);
		}
	}
	run_free(&r);
}

START_TEST(verdict_in_any_order)
{
	const struct scenario *x = &scenarios[_i];

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(casts); i++) {
		struct seg_cast cast = *casts[i / 2];

		cast.timestamps = i & 1;
		if (x->needs == (cast.timestamps ? NO_STAMPS : STAMPS) ||
		    (x->needs == INBOUND && cast.ends[0].server_port != 25))
			continue;
		play_orders(x, &cast);
	}
}
END_TEST

/* --------------------------------------------------- who is handed what */

static bool on_both_ways(const struct connection *c)
{
	return c->path_taps[0] && c->path_taps[1] &&
	       !(c->path_taps[0] & c->path_taps[1]);
}

/* Only what may be at fault is handed up, but all is counted. */
START_TEST(sound_ones_are_counted_only)
{
	const struct scenario *x = &scenarios[_i];
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, x->script, s), faults = 0;
	uint64_t counted[CLASSES];
	struct run r;

	play(&r, plain_site, &inbound, x->script);
	memcpy(counted, flow_table_counters(r.table)->connections,
	       sizeof(counted));
	for (size_t i = 0; i < r.count; i++) {
		const struct connection *c = &r.got[i];

		faults += c->class == CLASS_ASYMMETRIC ||
			  c->class == CLASS_UNANSWERED ||
			  c->class == CLASS_ORPHAN_SYN_ACK || c->moved ||
			  (c->class == CLASS_MIDSTREAM && on_both_ways(c));
	}
	run_free(&r);

	run_begin(&r, plain_site, 64, false);
	run_feed_amid(&r, s, n);
	ck_assert(
		!memcmp(run_finish(&r)->connections, counted, sizeof(counted)));
	ck_assert_uint_eq(r.count, faults);
	run_free(&r);
}
END_TEST

static TCase *scenarios_case(void)
{
	TCase *c = tcase_create("scenarios");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, verdict_in_any_order, 0, ARRAY_SIZE(scenarios));
	tcase_add_loop_test(c, sound_ones_are_counted_only, 0,
			    ARRAY_SIZE(scenarios));
	return c;
}

#endif /* FLOW_SCENARIOS_H */
