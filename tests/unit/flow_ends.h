/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ends: of the capture, of flows that must leave, of connections that close
 */
#ifndef FLOW_ENDS_H
#define FLOW_ENDS_H

#include "flow_fixture.h"

/* ------------------------------------------------------- ends of the input */

/* Where the capture begins and ends, what is missing may lie beyond it. */
static const struct {
	const char *script;
	enum conn_class class;
} ends[] = {
	{"S0", CLASS_INDETERMINATE},
	{"S0 S'0~1@2000", CLASS_UNANSWERED},
	{"S0 S0@1000^1", CLASS_UNANSWERED},
	{"A0", CLASS_INDETERMINATE},
	{"A0 A0@1000", CLASS_ORPHAN_SYN_ACK},
	{"S0 A2", CLASS_ASYMMETRIC},
	{"D0", CLASS_MIDSTREAM},
};

START_TEST(ends_of_the_capture)
{
	struct segment s[MAX_SEGMENTS];
	struct run r;

	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, script(&outbound, ends[_i].script, s));
	run_finish(&r);
	ck_assert_int_eq(leading(&r, outbound.isn)->class, ends[_i].class);
	run_free(&r);
}
END_TEST

/* The edge is a second wide, and lies where the last frame of any kind does,
 * unless that frame's time is damaged.
 */
static const struct {
	const char *what;
	const char *script;
	int64_t before, after; /* ms of capture around the script */
	enum conn_class class;
} edges[] = {
	{"a SYN at the end", "S0", 5000, 0, CLASS_INDETERMINATE},
	{"just within", "S0", 5000, 999, CLASS_INDETERMINATE},
	{"just before", "S0", 5000, 1000, CLASS_UNANSWERED},
	{"a damaged end", "S0", 5000, 601000, CLASS_INDETERMINATE},
	{"a last SYN of many", "S0 S0@3000^1", 5000, 0, CLASS_UNANSWERED},
	{"an answer at the start", "A0", 0, 5000, CLASS_INDETERMINATE},
	{"just within", "A0", 999, 5000, CLASS_INDETERMINATE},
	{"just after", "A0", 1000, 5000, CLASS_ORPHAN_SYN_ACK},
	{"an answer of many", "A0 A0@1000", 0, 5000, CLASS_ORPHAN_SYN_ACK},
	{"a SYN at the start", "S0", 0, 5000, CLASS_UNANSWERED},
	{"an answer at the end", "A0", 5000, 0, CLASS_ORPHAN_SYN_ACK},
	{"both halves are enough", "S0 A2", 0, 0, CLASS_ASYMMETRIC},
};

START_TEST(edges_of_the_capture)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, edges[_i].script, s);
	struct timestamp end = s[n - 1].time;
	struct run r;

	end.ns += edges[_i].after * NSEC_PER_MSEC;
	run_begin(&r, plain_site, 64, true);
	pass_until(&r, -edges[_i].before);
	run_feed(&r, s, n);
	flow_table_finish(r.table, end);
	ck_assert_msg(only(&r)->class == edges[_i].class, "%s: %s",
		      edges[_i].what, class_name(only(&r)->class));
	run_free(&r);
}
END_TEST

/* ----------------------------------------------------------------- eviction */

static const struct {
	const char *script;
	int64_t silent; /* ms */
	enum conn_class class;
} evicted[] = {
	{"S0", 1000, CLASS_INDETERMINATE},
	{"S0", 24000, CLASS_INDETERMINATE},
	/* Silent for so long, it would not have been answered any more. */
	{"S0", 26000, CLASS_UNANSWERED},
	{"S0 S0@20000^1", 24000, CLASS_INDETERMINATE},
	{"S0 S0@20000^1", 26000, CLASS_UNANSWERED},
	/* Its SYN was before it, but for a skew of clocks. */
	{"A0", 200, CLASS_INDETERMINATE},
	{"A0", 300, CLASS_ORPHAN_SYN_ACK},
	{"S0 A2", 1000, CLASS_ASYMMETRIC},
};

START_TEST(evicted_early_or_late)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, evicted[_i].script, s);
	int64_t last = (s[n - 1].time.ns - SEG_EPOCH) / NSEC_PER_MSEC;
	struct run r;

	run_begin(&r, plain_site, 16, true);
	pass_until(&r, -MARGIN);
	run_feed(&r, s, n);
	for (int64_t ms = 0; ms < last + evicted[_i].silent; ms += 400)
		pass_until(&r, ms);
	for (unsigned i = 0; !r.count && i < 64; i++) {
		const struct seg_ends e = {"40.96.0.11", "203.0.113.25",
					   (uint16_t)(2000 + i), 25};
		struct segment open[] = {
			seg_syn(&e, last + evicted[_i].silent, A, i),
			seg_syn_ack(&e, last + evicted[_i].silent, A, i, 7),
			seg_ack(&e, 0, last + evicted[_i].silent, A, i + 1, 8),
		};

		run_feed(&r, open, ARRAY_SIZE(open));
	}
	ck_assert_uint_ge(r.count, 1);
	ck_assert_uint_eq(r.got[0].isn, ISN);
	ck_assert(r.got[0].evicted);
	ck_assert_int_eq(r.got[0].class, evicted[_i].class);
	run_free(&r);
}
END_TEST

/* ------------------------------------------------------------ leaving early */

/* Who is closed, sound and older than any skew leaves at once. */
static const struct {
	const char *what;
	const char *script;
	size_t flows; /* still in the table after the script */
} closes[] = {
	{"both have closed", "S0 A0 K0 D0@300 F0 f0 K0", 0},
	{"the server closes first", "S0 A0 K0 D0@300 f0 K0 F0 k0", 0},
	{"a RST", "S0 A0 K0 D0@300 R0", 0},
	/* Where taps stand inside, a copy may have another tuple. */
	{"seen inside, too", "S01 A10 K01 D01@300 F01 f10 K01", 1},
	{"settled long ago", "S0 A0 K0 D0@2000 D0@4000 F0 f0 K0", 0},
	{"the last ACK is missing", "S0 A0 K0 D0@300 F0 f0", 1},
	{"closed one way", "S0 A0 K0 D0@300 F0 k0", 1},
	{"just old enough", "S0 A0 K0 F0@230 f0 K0@250", 0},
	{"too young", "S0 A0 K0 F0@229 f0 K0@249", 1},
	{"asymmetric", "S0 A2 K0 D0@300 F0 f2 K0", 1},
	{"never completed", "S0 A0 r0@300", 1},
	{"translated", "S0 S'1 A'1 A0 K0 K'1 F0@300 f0 K0", 2},
	{"another attempt hangs on it", "S0 S0~1 A0~1 K0~1 F0~1@300 f0~1 K0~1",
	 2},
	{"midstream", "D0 d0 F0@300 f0 K0", 1},
};

START_TEST(closed_ones_leave_at_once)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, closes[_i].script, s);
	struct run r;

	run_begin(&r, plain_site, 64, false);
	pass_until(&r, -MARGIN);
	run_feed(&r, s, n);
	ck_assert_msg(flow_table_counters(r.table)->flows == closes[_i].flows,
		      "%s: %lu flows", closes[_i].what,
		      (unsigned long)flow_table_counters(r.table)->flows);
	run_finish(&r);
	run_free(&r);
}
END_TEST

#define LIFE "S0 A0 K0 D0@300 F0 f0 K0"

/* What comes after it left: its own packets, again or late. */
static const struct {
	const char *what;
	const char *script;
	uint64_t late;
	uint64_t symmetric, midstream; /* connections */
} afters[] = {
	{"the FIN again", LIFE " f0", 1, 1, 0},
	{"all of the close again", LIFE " F0 f0 K0", 3, 1, 0},
	{"a SYN-ACK from a queue", LIFE " A0", 1, 1, 0},
	{"data at another tap", LIFE " D1 K1", 2, 1, 0},
	{"a RST", LIFE " r0", 1, 1, 0},
	{"within two seconds", LIFE " f0@2200", 1, 1, 0},
	{"much later it is news", LIFE " f0@2600", 0, 1, 1},
	{"a port used again",
	 LIFE " S0~1 A0~1 K0~1 D0~1@700 F0~1 f0~1 K0~1 f0~1", 1, 2, 0},
	{"another port", LIFE " D'0", 0, 1, 1},
};

START_TEST(what_is_late_is_counted)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, afters[_i].script, s);
	const struct flow_counters *c;
	struct run r;

	run_begin(&r, plain_site, 64, false);
	pass_until(&r, -MARGIN);
	for (size_t i = 0; i < n; i++)
		run_feed(&r, s + i, 1);
	c = run_finish(&r);
	ck_assert_msg(c->late == afters[_i].late, "%s: %lu late",
		      afters[_i].what, (unsigned long)c->late);
	ck_assert_uint_eq(c->connections[CLASS_SYMMETRIC],
			  afters[_i].symmetric);
	ck_assert_uint_eq(c->connections[CLASS_MIDSTREAM],
			  afters[_i].midstream);
	ck_assert_uint_eq(run_total(&r),
			  afters[_i].symmetric + afters[_i].midstream);
	run_free(&r);
}
END_TEST

/* The young linger, since a slow clock may still bring the half of them that
 * another tap has seen.
 */
START_TEST(the_young_wait_for_their_copies)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound,
			  "S0 A0 K0 F0 f0 K0 S2@200 A2@210 K2 F2 f2 K2", s);
	const struct flow_counters *c;
	struct run r;

	run_begin(&r, plain_site, 64, false);
	pass_until(&r, -MARGIN);
	run_feed(&r, s, n);
	c = run_finish(&r);
	ck_assert_uint_eq(c->late, 0);
	ck_assert_uint_eq(c->connections[CLASS_MIXED], 1);
	ck_assert_uint_eq(run_total(&r), 1);
	run_free(&r);
}
END_TEST

/* As many as a batch has, all closing in one. */
START_TEST(a_batch_of_closes)
{
	struct segment s[CAPTURE_BATCH];
	const struct flow_counters *c;
	struct run r;

	run_begin(&r, plain_site, 1000, false);
	for (unsigned step = 0; step < 6; step++) {
		for (unsigned i = 0; i < CAPTURE_BATCH; i++) {
			const struct seg_ends e = {"40.96.0.10", "203.0.113.25",
						   (uint16_t)(2000 + i), 25};
			const struct segment life[] = {
				seg_syn(&e, 0, A, 10),
				seg_syn_ack(&e, 10, A, 10, 20),
				seg_ack(&e, 0, 20, A, 11, 21),
				seg_fin(&e, 0, 300, A, 11, 21),
				seg_fin(&e, 1, 310, A, 21, 12),
				seg_ack(&e, 0, 320, A, 12, 22),
			};

			s[i] = life[step];
		}
		ck_assert_uint_eq(flow_table_counters(r.table)->flows,
				  step ? CAPTURE_BATCH : 0);
		run_feed(&r, s, CAPTURE_BATCH);
	}
	ck_assert_uint_eq(flow_table_counters(r.table)->flows, 0);
	run_feed(&r, s, CAPTURE_BATCH);
	c = run_finish(&r);
	ck_assert_uint_eq(c->connections[CLASS_SYMMETRIC], CAPTURE_BATCH);
	ck_assert_uint_eq(c->late, CAPTURE_BATCH);
	ck_assert_uint_eq(run_total(&r), CAPTURE_BATCH);
	run_free(&r);
}
END_TEST

static TCase *ends_case(void)
{
	TCase *c = tcase_create("ends");

	tcase_add_loop_test(c, ends_of_the_capture, 0, ARRAY_SIZE(ends));
	tcase_add_loop_test(c, edges_of_the_capture, 0, ARRAY_SIZE(edges));
	tcase_add_loop_test(c, evicted_early_or_late, 0, ARRAY_SIZE(evicted));
	tcase_add_loop_test(c, closed_ones_leave_at_once, 0,
			    ARRAY_SIZE(closes));
	tcase_add_loop_test(c, what_is_late_is_counted, 0, ARRAY_SIZE(afters));
	tcase_add_test(c, the_young_wait_for_their_copies);
	tcase_add_test(c, a_batch_of_closes);
	return c;
}

#endif /* FLOW_ENDS_H */
