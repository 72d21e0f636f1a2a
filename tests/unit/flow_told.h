/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is told of a connection: names, times, sightings, escapes, moves
 */
#ifndef FLOW_TOLD_H
#define FLOW_TOLD_H

#include "flow_fixture.h"

/* ----------------------------------------------------------- what is told */

/* The outside tuple of the SYN is the name, the answer has its own. */
START_TEST(names_of_translated)
{
	struct run r;

	play(&r, planned_site, &outbound, "S'1 S0 A0 A'1");
	assert_tuple(&only(&r)->tuple[0], &outbound.ends[0]);
	assert_tuple(&only(&r)->tuple[1], &outbound.ends[1]);
	assert_tuple(&only(&r)->answer_tuple, &outbound.ends[0]);
	run_free(&r);

	play(&r, planned_site, &inbound, "S0 S'1 A'32");
	assert_tuple(&only(&r)->tuple[0], &inbound.ends[0]);
	assert_tuple(&only(&r)->answer_tuple, &inbound.ends[1]);
	ck_assert_int_eq(only(&r)->confidence, CONFIDENCE_CERTAIN);
	ck_assert_uint_eq(only(&r)->isn, ISN);
	run_free(&r);
}
END_TEST

static const struct {
	const char *script;
	const struct seg_cast *cast;
	enum direction direction;
	uint16_t service;
	uint64_t original; /* taps */
} plans[] = {
	{"S0 A0", &inbound, DIRECTION_INBOUND, 0, T(A)},
	{"S0 S'1 A'1 A0", &inbound, DIRECTION_INBOUND, 0, T(A) | T(A_IN)},
	{"S'1 A'1", &inbound, DIRECTION_INBOUND, SERVICE_NONE, T(A_IN)},
	{"A0", &inbound, DIRECTION_INBOUND, 0, 0},
	{"D0 d0", &inbound, DIRECTION_INBOUND, 0, 0},
	{"S0 A0", &outbound, DIRECTION_OUTBOUND, SERVICE_NONE, 0},
	{"S''0 A''0", &outbound_v6, DIRECTION_OUTBOUND, SERVICE_NONE, 0},
};

START_TEST(direction_and_service)
{
	const struct connection *c;
	struct run r;

	play(&r, planned_site, plans[_i].cast, plans[_i].script);
	c = only(&r);
	ck_assert_int_eq(c->direction, plans[_i].direction);
	ck_assert_uint_eq(c->service, plans[_i].service);
	ck_assert_uint_eq(c->original_taps, plans[_i].original);
	run_free(&r);
}
END_TEST

START_TEST(out_of_scope)
{
	static const struct seg_cast others = {
		.ends = {{"131.107.1.1", "9.9.9.9", 34154, 25}},
		.isn = 1,
	};
	static const char *const scripts[] = {"S0 A2 A2@1010", "S0", "D0 d2"};
	struct run r;

	for (unsigned i = 0; i < ARRAY_SIZE(scripts); i++) {
		play(&r, planned_site, &others, scripts[i]);
		ck_assert_int_eq(only(&r)->class, CLASS_OUT_OF_SCOPE);
		run_free(&r);
	}
}
END_TEST

static const struct {
	const char *script;
	int64_t ms; /* -1: cannot be told */
} round_trips[] = {
	{"S0 A0@30", 30},
	{"S00 A00@31", 31},
	{"S0 S1@5 A1@25 A0@30", 30}, /* where it was first seen */
	{"S0 A2@30", -1},
	{"S0 S0@1000^1 A0@1030", -1},
	{"S0 A0@30 A0@1000", -1},
	{"S0@50 A0@30", -1},
	{"S0", -1},
	{"S0 r0@40", 40},
};

START_TEST(round_trip_times)
{
	struct run r;

	play(&r, plain_site, &inbound, round_trips[_i].script);
	ck_assert_int_eq(only(&r)->rtt,
			 round_trips[_i].ms < 0
				 ? -1
				 : round_trips[_i].ms * NSEC_PER_MSEC);
	run_free(&r);
}
END_TEST

/* The first at each tap is kept, however many resends there were before. */
START_TEST(sightings_that_are_kept)
{
	const struct connection *c;
	bool at_b = false;
	struct run r;

	play(&r, plain_site, &inbound,
	     "S0 S0@1000^1 S0@3000^2 S0@7000^3 S0@15000^4 S0@31000^5 "
	     "S0@33000^5 S2@34000^6");
	c = only(&r);
	ck_assert_uint_eq(c->syn.count, 8);
	ck_assert_uint_eq(c->syn.kept, FINDING_SIGHTINGS);
	ck_assert_uint_eq(c->syn.taps, T(A) | T(B));
	ck_assert(!c->syn.at[0].resent);
	ck_assert_int_eq(c->syn.at[0].time.ns, SEG_EPOCH);
	ck_assert_uint_eq(c->syn.at[0].number, 1);
	for (unsigned i = 0; i < c->syn.kept; i++) {
		at_b |= c->syn.at[i].tap == B;
		ck_assert(c->syn.at[i].has_mac);
		ck_assert_uint_eq(c->syn.at[i].src_mac[4],
				  c->syn.at[i].interface);
		if (i)
			ck_assert_int_gt(c->syn.at[i].time.ns,
					 c->syn.at[i - 1].time.ns);
	}
	ck_assert(at_b);
	run_free(&r);
}
END_TEST

/* Time of the first packet, whichever came first; packets by direction. */
START_TEST(times_and_packets)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, "S0 A02 K0 D0 D0 d2@200", s);
	const struct connection *c;
	struct run r;

	run_begin(&r, plain_site, 64, true);
	swap(&s[0], &s[2]);
	run_feed(&r, s, n);
	run_finish(&r);
	c = only(&r);
	ck_assert_int_eq(c->first.ns, SEG_EPOCH);
	ck_assert_int_eq(c->ended.ns, SEG_EPOCH + 200 * NSEC_PER_MSEC);
	ck_assert_uint_eq(c->packets[0], 4);
	ck_assert_uint_eq(c->packets[1], 3);
	ck_assert_uint_eq(c->path_taps[0], T(A));
	ck_assert_uint_eq(c->path_taps[1], T(A) | T(B));
	ck_assert(c->completed && !c->reset && !c->evicted);
	run_free(&r);
}
END_TEST

START_TEST(what_taps_count)
{
	const struct flow_counters *n;
	const struct flow_tap *at;
	struct run r;

	n = play(&r, planned_site, &inbound, "S00 A0 K0 D0 d2 S9 D9 S2");
	ck_assert_uint_eq(n->unmapped, 2 + 2); /* and those of the margins */
	ck_assert_uint_eq(n->duplicates, 1);
	ck_assert_uint_eq(n->flows_peak, 1);
	at = flow_table_tap(r.table, A);
	ck_assert_uint_eq(at->segments, 5);
	ck_assert_uint_eq(at->bytes, 5 * 74 + 100);
	ck_assert_uint_eq(at->syns, 2);
	ck_assert_uint_eq(at->syn_acks, 1);
	ck_assert_uint_eq(at->from_remote, 4);
	ck_assert_uint_eq(at->to_remote, 1);
	ck_assert_uint_eq(at->duplicates, 1);
	ck_assert_int_eq(at->first.ns, SEG_EPOCH);
	ck_assert_int_eq(at->last.ns, SEG_EPOCH + 30 * NSEC_PER_MSEC);
	at = flow_table_tap(r.table, B);
	ck_assert_uint_eq(at->segments, 2);
	ck_assert_uint_eq(at->to_remote, 1);
	ck_assert_uint_eq(flow_table_tap(r.table, CORE)->segments, 0);
	run_free(&r);
}
END_TEST

static const struct {
	const char *script;
	uint8_t circuit;
} drops[] = {
	{"S01 A1 A1@1010", 0}, /* the answer gets no further */
	{"S0 A3 A3@1010", 1},
	{"S01 A'32 A'3@1010", CIRCUIT_NONE},
	{"S0 A2 A2@1010", 1}, /* came from nowhere: not inside b */
	{"S0 S'1 A'3 A'3@1010", 1},
	{"S0 S'0~1@26000", 0}, /* the SYN does not come in */
	{"S01 S'0~1@26000", CIRCUIT_NONE},
	{"S4 A5 A5@1010", CIRCUIT_NONE}, /* taps on one side only */
	{"S6 A6 A6@1010", CIRCUIT_NONE},
	{"S0 A3 K0", CIRCUIT_NONE}, /* it works */
	{"S0 A3", CIRCUIT_NONE},    /* nobody knows */
	{"S1 r3", 1},
	{"S0 r0", CIRCUIT_NONE}, /* refused, by whomever */
	{"S1 r1", CIRCUIT_NONE},
};

START_TEST(where_it_was_dropped)
{
	const struct connection *c;
	struct run r;

	play(&r, plain_site, &inbound, drops[_i].script);
	c = leading(&r, ISN);
	ck_assert_uint_eq(c->dropped_at, drops[_i].circuit);
	ck_assert(c->impact == IMPACT_BROKEN || c->dropped_at == CIRCUIT_NONE);
	run_free(&r);
}
END_TEST

/* ----------------------------------------------------- escapes and moves */

static const struct {
	const char *script;
	const struct seg_cast *cast;
	uint8_t escapes;
	enum escape_reason reason; /* and so on: of the first */
	enum phase phase;
	uint8_t circuit;
	uint8_t owner;
	uint64_t count;
	int64_t first; /* ms */
} escape_cases[] = {
	{"S'1 S0 A0 K0", &outbound, 0, 0, 0, 0, 0, 0, 0},
	{"S'0", &outbound, 1, ESCAPE_PRIVATE, PHASE_SYN, 0, CIRCUIT_NONE, 1, 0},
	{"S'0 S'0@1000 S'0@3000", &outbound, 1, ESCAPE_PRIVATE, PHASE_SYN, 0,
	 CIRCUIT_NONE, 3, 0},
	/* Inside it is where it belongs; only outside it counts. */
	{"S'1 A'1 K'1", &outbound, 0, 0, 0, 0, 0, 0, 0},
	{"S'1 S'0 D'1 D'0", &outbound, 1, ESCAPE_PRIVATE, PHASE_SYN, 0,
	 CIRCUIT_NONE, 2, 10},
	{"S'0 A'0 K'0", &outbound, 1, ESCAPE_PRIVATE, PHASE_SYN, 0,
	 CIRCUIT_NONE, 2, 0},
	{"D'0 D'0", &outbound, 1, ESCAPE_PRIVATE, PHASE_DATA, 0, CIRCUIT_NONE,
	 2, 0},
	{"F'0", &outbound, 1, ESCAPE_PRIVATE, PHASE_CLOSE, 0, CIRCUIT_NONE, 1,
	 0},
	{"R'0", &outbound, 1, ESCAPE_PRIVATE, PHASE_CLOSE, 0, CIRCUIT_NONE, 1,
	 0},
	/* The gravest phase and the earliest packet, whatever came first. */
	{"F'0@500 S'0@100", &outbound, 1, ESCAPE_PRIVATE, PHASE_SYN, 0,
	 CIRCUIT_NONE, 2, 100},
	/* A translated connection whose end leaks. */
	{"S'1 S0 A0 A'1 K'1 K0 F'1 F'0", &outbound, 1, ESCAPE_PRIVATE,
	 PHASE_CLOSE, 0, CIRCUIT_NONE, 1, 70},
	{"S''0", &outbound, 1, ESCAPE_WRONG_POOL, PHASE_SYN, 0, 1, 1, 0},
	{"S''2", &outbound, 0, 0, 0, 0, 0, 0, 0},
	{"S2", &outbound, 1, ESCAPE_WRONG_POOL, PHASE_SYN, 1, 0, 1, 0},
	{"S'0 S'2", &outbound, 2, ESCAPE_PRIVATE, PHASE_SYN, 0, CIRCUIT_NONE, 1,
	 0},
	{"S'6", &outbound, 0, 0, 0, 0, 0, 0, 0}, /* of no circuit */
	/* The answer of a server that leaves by the wrong edge. */
	{"S0 A'2", &inbound, 1, ESCAPE_PRIVATE, PHASE_SYN_ACK, 1, CIRCUIT_NONE,
	 1, 10},
	{"S0 A2", &inbound, 1, ESCAPE_WRONG_POOL, PHASE_SYN_ACK, 1, 0, 1, 10},
	{"S0 A0 K0 d0", &inbound, 0, 0, 0, 0, 0, 0, 0},
	{"S'0", &outbound_v6, 1, ESCAPE_PRIVATE, PHASE_SYN, 0, CIRCUIT_NONE, 1,
	 0},
	{"S''0", &outbound_v6, 1, ESCAPE_UNKNOWN, PHASE_SYN, 0, CIRCUIT_NONE, 1,
	 0},
	{"S0", &outbound_v6, 0, 0, 0, 0, 0, 0, 0},
};

START_TEST(sources_that_escaped)
{
	const struct connection *c;
	struct run r;

	play(&r, planned_site, escape_cases[_i].cast, escape_cases[_i].script);
	c = only(&r);
	ck_assert_uint_eq(c->escapes, escape_cases[_i].escapes);
	if (c->escapes) {
		const struct escape *e = &c->escape[0];

		ck_assert_int_eq(e->reason, escape_cases[_i].reason);
		ck_assert_int_eq(e->phase, escape_cases[_i].phase);
		ck_assert_uint_eq(e->circuit, escape_cases[_i].circuit);
		ck_assert_uint_eq(e->owner, escape_cases[_i].owner);
		ck_assert_uint_eq(e->count, escape_cases[_i].count);
		ck_assert_int_eq(e->first.time.ns,
				 SEG_EPOCH + escape_cases[_i].first *
						     NSEC_PER_MSEC);
	}
	run_free(&r);
}
END_TEST

static const struct {
	const char *script;
	bool moved;
	uint8_t from, to, dir;
	uint64_t after[2];
} moves[] = {
	{"S0 A0 K0 D0 d0", false, 0, 0, 0, {0, 0}},
	{"S0 A0 K0 D0 d0 D2 D2 d0", true, 0, 1, 0, {2, 1}},
	{"S0 A0 K0 D0 d0 d2", true, 0, 1, 1, {0, 1}},
	{"S0 A2 K0 D0 d2 D0 d2", false, 0, 0, 0, {0, 0}},
	{"D0 d0 D2", true, 0, 1, 0, {1, 0}},
	/* The other side of the same edge is no move. */
	{"S0 A0 K0 D01 d10 D1 D0", false, 0, 0, 0, {0, 0}},
	/* Nor is one that came back, or one seen on both all the time. */
	{"S0 A0 K0 D0 D2 D0", false, 0, 0, 0, {0, 0}},
	{"S02 A02 K02 D02 D02@1000 D02@2000", false, 0, 0, 0, {0, 0}},
	{"S0 A0 K0 D0 D2 D0 D2 D2@1000", true, 0, 1, 0, {4, 0}},
	{"S01 A10 K01 D01 d10 D01 D01@1000 d10", false, 0, 0, 0, {0, 0}},
	/* The other edge has no state and eats it: only its inside sees it. */
	{"S0 A0 K0 D0 d0 D3 D3@1000 D3@2000", true, 0, 1, 0, {3, 0}},
	{"S'1 S0 A0 A'1 K'1 K0 D'1 D0 d0 d'1 D'3@600 D'3@800 D'3@1200",
	 true,
	 0,
	 1,
	 0,
	 {3, 0}},
	/* Both sides of a NAT moved: what the sender's side saw is told. */
	{"S'1 S0 A0 A'1 K'1 K0 D'1 D0 D'3@600 D2@605 D'3@800 D'3@900",
	 true,
	 0,
	 1,
	 0,
	 {3, 0}},
	{"S0 S'1 A'1 A0 K0 K'1 d'1 d0 d'3@600 d2@605 d'3@800 d'3@900",
	 true,
	 0,
	 1,
	 1,
	 {0, 3}},
};

START_TEST(paths_that_moved)
{
	const struct connection *c;
	struct run r;

	play(&r, plain_site, &inbound, moves[_i].script);
	c = only(&r);
	ck_assert(c->moved == moves[_i].moved);
	if (c->moved) {
		ck_assert_uint_eq(c->change.from, moves[_i].from);
		ck_assert_uint_eq(c->change.to, moves[_i].to);
		ck_assert_uint_eq(c->change.dir, moves[_i].dir);
		ck_assert_uint_eq(c->change.packets_after[0],
				  moves[_i].after[0]);
		ck_assert_uint_eq(c->change.packets_after[1],
				  moves[_i].after[1]);
	}
	run_free(&r);
}
END_TEST

static const struct {
	const char *script;
	bool answered;
} answers_to_moves[] = {
	{"S0 A0 K0 D0 d0 d2 K0", true},
	{"S0 A0 K0 D0 d0 d2", false},
	/* The question comes again, as the answer never arrives. */
	{"S0 A0 K0 D0 d0 d2 D0- d2 D0- d2", false},
	{"S0 A0 K0 D0 d0 F2 k0", true},
	{"S0 A0 K0 D0 d0 F2 k0-", false},
	/* Without data, all that comes back is good news. */
	{"S0 A0 K0 D0 d0 K2 d0", true},
	{"S0 A0 K0 D0 d0 K2 d0 K2 D2 d0-", false},
	{"S0 A0 K0 D0 d0 K2", false},
	{"S'1 S0 A0 A'1 K'1 K0 D'1 D0 d0 d'1 D'3@600 D'3@800 D'3@1200", false},
	{"D0 d0 D2 k0", true},
	{"D0 d0 D2 k0-", false},
};

START_TEST(moves_that_were_answered)
{
	const struct connection *c;
	struct run r;

	play(&r, plain_site, &inbound, answers_to_moves[_i].script);
	c = only(&r);
	ck_assert(c->moved);
	ck_assert_msg(c->change.answered == answers_to_moves[_i].answered, "%s",
		      answers_to_moves[_i].script);
	run_free(&r);
}
END_TEST

static TCase *told_case(void)
{
	TCase *told = tcase_create("told");

	tcase_add_test(told, names_of_translated);
	tcase_add_loop_test(told, direction_and_service, 0, ARRAY_SIZE(plans));
	tcase_add_test(told, out_of_scope);
	tcase_add_loop_test(told, round_trip_times, 0, ARRAY_SIZE(round_trips));
	tcase_add_test(told, sightings_that_are_kept);
	tcase_add_test(told, times_and_packets);
	tcase_add_test(told, what_taps_count);
	tcase_add_loop_test(told, where_it_was_dropped, 0, ARRAY_SIZE(drops));
	tcase_add_loop_test(told, sources_that_escaped, 0,
			    ARRAY_SIZE(escape_cases));
	tcase_add_loop_test(told, paths_that_moved, 0, ARRAY_SIZE(moves));
	tcase_add_loop_test(told, moves_that_were_answered, 0,
			    ARRAY_SIZE(answers_to_moves));
	return told;
}

#endif /* FLOW_TOLD_H */
