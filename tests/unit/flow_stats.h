/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is counted by path, and how long handshakes took
 */
#ifndef FLOW_STATS_H
#define FLOW_STATS_H

#include "flow_fixture.h"

/* Circuits a and b are slots 2 and 3. */
enum { SLOT_A = SLOT_FIRST, SLOT_B };

static const struct {
	const char *script;
	enum conn_class class;
	enum impact impact;
	unsigned syn, answer;
	int64_t rtt_ms; /* of a; -1: none is counted */
} paths[] = {
	/* closed: it leaves early; open: it is settled; both unjudged */
	{"S0 A0@25 K0@30 D0 d0 F0 f0 K0@400 S0~1@5000", CLASS_SYMMETRIC,
	 IMPACT_WORKING, SLOT_A, SLOT_A, 25},
	{"S0 A0@25 K0@30 D0 d0 D0@1500 d0@3000", CLASS_SYMMETRIC,
	 IMPACT_WORKING, SLOT_A, SLOT_A, 25},
	{"S0 A0@0 K0@30 D0 d0", CLASS_SYMMETRIC, IMPACT_WORKING, SLOT_A, SLOT_A,
	 0},
	/* a resend says nothing of the time; of copies the first counts */
	{"S0 S0@1000^1 A0@1025 K0 D0 d0", CLASS_SYMMETRIC, IMPACT_WORKING,
	 SLOT_A, SLOT_A, -1},
	{"S0 S0@2 A0@40 A0@41 K0@50 D0 d0", CLASS_SYMMETRIC, IMPACT_WORKING,
	 SLOT_A, SLOT_A, 40},
	/* judged ones */
	{"S0 A2@25 K0@30 D0 d2", CLASS_ASYMMETRIC, IMPACT_WORKING, SLOT_A,
	 SLOT_B, -1},
	{"S0 r0@12", CLASS_REFUSED, IMPACT_BROKEN, SLOT_A, SLOT_A, -1},
	{"S0 S2@3 A0@25 K0@30 D0 d0", CLASS_REROUTED, IMPACT_WORKING,
	 SLOT_SEVERAL, SLOT_A, -1},
	{"A0", CLASS_ORPHAN_SYN_ACK, IMPACT_UNKNOWN, SLOT_NONE, SLOT_A, -1},
	{"D0 d0", CLASS_MIDSTREAM, IMPACT_WORKING, SLOT_NONE, SLOT_NONE, -1},
};

static uint64_t sum_of(const struct flow_stats *s, enum conn_class class)
{
	const uint64_t *n = &s->paths[class][0][0][0];
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(s->paths[0]) / sizeof(*n); i++)
		sum += n[i];
	return sum;
}

static uint64_t rtts_of(const struct flow_rtt *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FLOW_RTT_BUCKETS; i++)
		sum += r->count[i];
	return sum;
}

static void play_for_stats(struct run *r, const char *text, bool all)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound, text, s);

	keep_stats = true;
	run_begin(r, plain_site, 64, all);
	keep_stats = false;
	run_feed_amid(r, s, n);
	run_finish(r);
}

/* Each connection is once in the path that it took, with its time. */
START_TEST(paths_and_times)
{
	const struct flow_stats *s;
	struct run r;
	int64_t rtt;

	play_for_stats(&r, paths[_i].script, false);
	s = flow_table_stats(r.table);
	ck_assert_uint_eq(s->paths[paths[_i].class][paths[_i].impact]
				  [paths[_i].syn][paths[_i].answer],
			  1);
	for (unsigned c = 0; c < CLASSES; c++)
		ck_assert_uint_eq(sum_of(s, (enum conn_class)c),
				  flow_table_counters(r.table)->connections[c]);
	rtt = paths[_i].rtt_ms * NSEC_PER_MSEC;
	ck_assert_uint_eq(rtts_of(&s->rtt[0]), rtt >= 0);
	ck_assert_uint_eq(rtts_of(&s->rtt[1]), 0);
	for (unsigned i = 0; rtt >= 0 && i < FLOW_RTT_BOUNDS; i++)
		ck_assert_uint_eq(s->rtt[0].count[i],
				  rtt <= flow_rtt_bound[i] &&
					  (!i || rtt > flow_rtt_bound[i - 1]));
	if (rtt >= 0)
		ck_assert_uint_eq(s->rtt[0].sum, (uint64_t)rtt);
	run_free(&r);
}
END_TEST

/* What is counted without a judgement is what a judgement would say. */
START_TEST(judged_or_not_the_same)
{
	struct run plain, judged;

	play_for_stats(&plain, paths[_i].script, false);
	play_for_stats(&judged, paths[_i].script, true);
	ck_assert(!memcmp(flow_table_stats(plain.table),
			  flow_table_stats(judged.table),
			  sizeof(struct flow_stats)));
	run_free(&plain);
	run_free(&judged);
}
END_TEST

START_TEST(slow_handshakes_are_above_all_bounds)
{
	const struct flow_stats *s;
	struct run r;

	play_for_stats(&r, "S0 A0@3000 K0@3010 D0 d0", false);
	s = flow_table_stats(r.table);
	ck_assert_uint_eq(s->rtt[0].count[FLOW_RTT_BOUNDS - 1], 1);
	run_free(&r);
	play_for_stats(&r, "S0 A0@3001 K0@3010 D0 d0", false);
	s = flow_table_stats(r.table);
	ck_assert_uint_eq(s->rtt[0].count[FLOW_RTT_BOUNDS], 1);
	run_free(&r);
}
END_TEST

START_TEST(nobody_asked_for_stats)
{
	struct run r;

	play(&r, plain_site, &outbound, "S0 A0 K0");
	ck_assert_ptr_null(flow_table_stats(r.table));
	run_free(&r);
}
END_TEST

static TCase *stats_case(void)
{
	TCase *c = tcase_create("stats");

	tcase_add_loop_test(c, paths_and_times, 0, ARRAY_SIZE(paths));
	tcase_add_loop_test(c, judged_or_not_the_same, 0, ARRAY_SIZE(paths));
	tcase_add_test(c, slow_handshakes_are_above_all_bounds);
	tcase_add_test(c, nobody_asked_for_stats);
	return c;
}

#endif /* FLOW_STATS_H */
