/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long flows stay, damaged times, and the bounds under a flood
 */
#ifndef FLOW_BOUNDS_H
#define FLOW_BOUNDS_H

#include "flow_fixture.h"

/* ------------------------------------------------------- time and numbers */

static uint64_t flows_at(struct run *r, int64_t ms)
{
	pass_until(r, ms);
	return flow_table_counters(r->table)->flows;
}

/* When a flow leaves the table, in ms of packet time. */
static const struct {
	const char *script;
	int64_t still, gone;
} lives[] = {
	{"S0 A0 K0 F0 f0 K0", 900, 2400},
	{"S0 A0 K0 R0", 900, 2400},
	{"S0 r0", 900, 2400},
	/* SYNs are sent for up to 127 s (RFC 6298), with the last wait after. */
	{"S0", 175000, 185000},
	{"S0 S0@31000^1", 206000, 216000},
	{"A0", 175000, 185000},
	{"S0 A0", 175000, 185000},
	{"D0 d0", 295000, 305000},
	{"S0 A0 K0", 3500000, 3605000},
};

START_TEST(flows_leave_in_time)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, lives[_i].script, s);
	struct run r;

	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, n);
	for (int64_t ms = 400; ms < lives[_i].still; ms += 400)
		pass_until(&r, ms);
	ck_assert_uint_eq(flows_at(&r, lives[_i].still), 1);
	ck_assert_uint_eq(r.count, 0);
	for (int64_t ms = lives[_i].still; ms < lives[_i].gone; ms += 400)
		pass_until(&r, ms);
	ck_assert_uint_eq(flows_at(&r, lives[_i].gone), 0);
	ck_assert_uint_eq(r.count, 1);
	run_finish(&r);
	ck_assert_uint_eq(r.count, 1);
	run_free(&r);
}
END_TEST

/* An expired SYN is unanswered and broken; a late answer is an orphan. */
START_TEST(answers_too_late)
{
	struct segment s[MAX_SEGMENTS];
	struct run r;

	script(&inbound, "S0 A0@200000", s);
	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, 1);
	for (int64_t ms = 400; ms < 190000; ms += 400)
		pass_until(&r, ms);
	ck_assert_int_eq(only(&r)->class, CLASS_UNANSWERED);
	ck_assert_int_eq(only(&r)->impact, IMPACT_BROKEN);
	run_feed(&r, s + 1, 1);
	pass_until(&r, 202000);
	ck_assert_uint_eq(run_finish(&r)->connections[CLASS_ORPHAN_SYN_ACK], 1);
	run_free(&r);
}
END_TEST

/* What came before its handshake is taken into it, but not for ever. */
START_TEST(early_data_is_adopted_for_a_second)
{
	static const struct {
		const char *script;
		size_t connections;
	} early[] = {
		{"D0@0 S0@900 A0@910", 1},
		{"D0@0 S0@1500 A0@1510", 2},
		{"d0@0 S0@900 A0@910", 1},
		{"d0@0 A0@900", 1},
	};
	struct run r;

	for (unsigned i = 0; i < ARRAY_SIZE(early); i++) {
		play(&r, plain_site, &outbound, early[i].script);
		ck_assert_uint_eq(r.count, early[i].connections);
		run_free(&r);
	}
}
END_TEST

static struct segment damaged(const struct seg_cast *cast, int64_t years)
{
	struct segment s =
		seg_data(&cast->ends[0], 0, 500, A, cast->isn + 1, 1, 10);

	s.time.ns += years * 365 * 24 * 3600 * NSEC_PER_SEC;
	return s;
}

START_TEST(a_damaged_time_ends_nothing)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, "S0 S'0~1 A0@600 K0 D0", s);
	struct segment bad = damaged(&inbound, 50);
	struct segment past = damaged(&inbound, -50);
	struct run r;

	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, 2);
	run_feed(&r, &bad, 1);
	run_feed(&r, &past, 1);
	ck_assert_uint_eq(flow_table_counters(r.table)->flows, 2);
	ck_assert_uint_eq(r.count, 0);
	run_feed(&r, s + 2, n - 2);
	ck_assert_uint_eq(r.count, 0);
	/* A second one far from the first proves nothing either. */
	bad = damaged(&inbound, 70);
	run_feed(&r, &bad, 1);
	ck_assert_uint_eq(r.count, 0);
	run_finish(&r);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_int_eq(leading(&r, ISN)->class, CLASS_SYMMETRIC);
	ck_assert_int_eq(leading(&r, ISN)->impact, IMPACT_WORKING);
	run_free(&r);
}
END_TEST

/* A pause of hours between two captures is one, though. */
START_TEST(a_pause_ends_what_was_open)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, "S0 A2", s);
	struct run r;

	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, n);
	pass_until(&r, 7200000);
	ck_assert_uint_eq(r.count, 0);
	pass_until(&r, 7200100);
	ck_assert_int_eq(only(&r)->class, CLASS_ASYMMETRIC);
	ck_assert_int_eq(only(&r)->impact, IMPACT_BROKEN);
	run_finish(&r);
	run_free(&r);
}
END_TEST

/* The first time of all is damaged, or the clock is set right later. */
START_TEST(a_clock_that_is_set_back)
{
	struct segment s[MAX_SEGMENTS], other[MAX_SEGMENTS];
	size_t n = script(&inbound, "S0 A2 K0", s);
	struct run r;

	script(&outbound, "D0", other);
	other[0].time.ns += 365LL * 24 * 3600 * NSEC_PER_SEC;
	run_begin(&r, plain_site, 64, true);
	run_feed(&r, other, 1);
	/* Fewer than that may be a tap whose clock is slow. */
	for (unsigned i = 0; i < 40; i++)
		pass_until(&r, -5000);
	pass_until(&r, 365LL * 24 * 3600 * 1000);
	for (unsigned i = 0; i < 40; i++)
		pass_until(&r, -5000);
	ck_assert_uint_eq(r.count, 0);
	for (unsigned i = 0; i < 40; i++)
		pass_until(&r, -5000);
	ck_assert_uint_eq(r.count, 1);

	run_feed(&r, s, n);
	for (int64_t ms = 0; ms < 3605000; ms += 400)
		pass_until(&r, ms);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_int_eq(leading(&r, ISN)->class, CLASS_ASYMMETRIC);
	run_finish(&r);
	run_free(&r);
}
END_TEST

START_TEST(many_attempts_on_one_tuple)
{
	const struct flow_counters *n;
	struct segment answer;
	struct run r;

	run_begin(&r, plain_site, 64, true);
	for (unsigned i = 0; i < 100; i++) {
		struct segment s =
			seg_syn(&inbound.ends[0], i, A, i * SEG_ATTEMPT);

		run_feed(&r, &s, 1);
		ck_assert_uint_le(flow_table_counters(r.table)->flows, 8);
	}
	/* The answer of one that is still there finds it. */
	answer = seg_syn_ack(&inbound.ends[0], 200, B, 95 * SEG_ATTEMPT, 5);
	run_feed(&r, &answer, 1);
	pass_until(&r, 2000);
	n = run_finish(&r);
	ck_assert_uint_eq(n->connections[CLASS_UNANSWERED], 99);
	ck_assert_uint_eq(n->connections[CLASS_ASYMMETRIC], 1);
	ck_assert_uint_eq(n->evicted, 0);
	ck_assert_uint_eq(r.count, 100);
	run_free(&r);
}
END_TEST

/* Lives on one port, one after the other, each with all its packets. */
START_TEST(a_port_used_again)
{
	struct run r;

	play(&r, plain_site, &inbound,
	     "S0 A0 K0 D0 d0 F0 f0 S0~1 A0~1 K0~1 D0~1 f0~1 K0 F0~1 "
	     "S0~2 A2~2 K0~2");
	ck_assert_uint_eq(r.count, 3);
	for (size_t i = 0; i < r.count; i++) {
		ck_assert_int_eq(r.got[i].impact, IMPACT_WORKING);
		ck_assert_uint_eq(r.got[i].syn.count, 1);
		ck_assert_uint_eq(r.got[i].answer.count, 1);
	}
	ck_assert_uint_eq(leading(&r, ISN)->packets[0], 5);
	ck_assert_uint_eq(leading(&r, ISN)->packets[1], 3);
	ck_assert_int_eq(leading(&r, ISN)->class, CLASS_SYMMETRIC);
	ck_assert_int_eq(leading(&r, ISN + 2 * SEG_ATTEMPT)->class,
			 CLASS_ASYMMETRIC);
	run_free(&r);
}
END_TEST

/* ------------------------------------------------------------- the bounds */

static struct segment flood_syn(unsigned i, int64_t ms)
{
	char client[ADDR_TEXT];
	const struct seg_ends e = {client, "203.0.113.80",
				   (uint16_t)(1024 + i % 60000), 80};

	snprintf(client, sizeof(client), "100.%u.%u.%u", 128 + i / 65536 % 128,
		 i / 256 % 256, i % 256);
	return seg_syn(&e, ms, A, i * 7919);
}

#define MAX_FLOWS 64

/* At the cap the oldest half-open leave first, counted, without a verdict. */
START_TEST(the_oldest_half_open_leave_first)
{
	const struct flow_counters *n;
	struct run r;

	run_begin(&r, plain_site, MAX_FLOWS, true);
	for (unsigned i = 0; i < 10 * MAX_FLOWS; i++) {
		struct segment s = flood_syn(i, i);

		run_feed(&r, &s, 1);
		ck_assert_uint_le(flow_table_counters(r.table)->flows,
				  MAX_FLOWS);
	}
	for (size_t i = 0; i < r.count; i++) {
		ck_assert_uint_eq(r.got[i].isn, i * 7919);
		ck_assert_int_eq(r.got[i].class, CLASS_INDETERMINATE);
		ck_assert(r.got[i].evicted);
	}
	pass_until(&r, 10 * MAX_FLOWS + MARGIN);
	n = run_finish(&r);
	ck_assert_uint_eq(n->evicted, 9 * MAX_FLOWS);
	ck_assert_uint_eq(n->connections[CLASS_INDETERMINATE], 9 * MAX_FLOWS);
	ck_assert_uint_eq(n->connections[CLASS_UNANSWERED], MAX_FLOWS);
	ck_assert_uint_eq(n->flows_peak, MAX_FLOWS);
	run_free(&r);
}
END_TEST

/* A SYN of the flood, and the answer of a server that keeps no state. */
static void feed_flood(struct run *r, unsigned i, int64_t ms, bool answered)
{
	struct segment s[2];

	s[0] = s[1] = flood_syn(i, ms);
	s[1].src = s[0].dst;
	s[1].dst = s[0].src;
	s[1].sport = s[0].dport;
	s[1].dport = s[0].sport;
	s[1].flags = TCP_SYN | TCP_ACK;
	s[1].ack = s[0].seq + 1;
	run_feed(r, s, answered ? 2 : 1);
}

/* A flood hides no connection that was there before it, translated or not.
 * An answer alone opens none: floods are answered, too.
 */
static const struct {
	const char *script;
	bool stays; /* else it leaves early, but with its verdict */
} flooded[] = {
	{"S0 A2 K0 D0 d2", true},
	{"S0 A2", false},
	{"S0 S'1 A'32 K0 K'1", false},
	{"S0 A'2", false},
};

START_TEST(a_flood_hides_nothing)
{
	bool answered = _i & 1, stays = flooded[_i / 2].stays;
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, flooded[_i / 2].script, s);
	const struct connection *c;
	struct run r;

	run_begin(&r, plain_site, MAX_FLOWS, true);
	run_feed(&r, s, n);
	for (unsigned i = 0; i < 10 * MAX_FLOWS; i++)
		feed_flood(&r, i, 100 + i, answered);
	run_finish(&r);
	c = leading(&r, ISN);
	ck_assert_uint_eq(c->isn, ISN);
	ck_assert_int_eq(c->class, CLASS_ASYMMETRIC);
	ck_assert(!stays || !c->evicted);
	if (stays)
		ck_assert_int_eq(c->impact, IMPACT_WORKING);
	ck_assert_uint_eq(run_total(&r), 10 * MAX_FLOWS + 1);
	run_free(&r);
}
END_TEST

/* A connection that is opened, and stays so. */
static void feed_open(struct run *r, unsigned i, int64_t ms)
{
	struct segment ack = flood_syn(i, ms);

	feed_flood(r, i, ms, true);
	/* Both ends have one ISN here. */
	ack.ack = ++ack.seq;
	ack.flags = TCP_ACK;
	run_feed(r, &ack, 1);
}

/* What is full of open connections, none of them closed, still sees new ones. */
START_TEST(a_full_table_is_not_blind)
{
	struct segment s[MAX_SEGMENTS];
	const struct flow_counters *n;
	struct run r;

	ck_assert_uint_eq(script(&inbound, "S0@500 A2@502 K0@503", s), 3);
	run_begin(&r, plain_site, MAX_FLOWS, false);
	for (unsigned i = 0; i < 1000; i++) {
		feed_open(&r, i, i);
		if (i == 500 || i == 502 || i == 503)
			run_feed(&r, s + (i == 502) + 2 * (i == 503), 1);
	}
	n = run_finish(&r);
	ck_assert_uint_eq(n->connections[CLASS_SYMMETRIC], 1000);
	ck_assert_uint_eq(run_total(&r), 1001);
	ck_assert_int_eq(only(&r)->class, CLASS_ASYMMETRIC);
	run_free(&r);
}
END_TEST

/* What was evicted because it had closed is known for a while, too. */
START_TEST(the_evicted_that_closed_are_not_forgotten)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, "S0 A0 K0 F0 f0 K0", s);
	struct run r;

	run_begin(&r, plain_site, MAX_FLOWS, false);
	run_feed(&r, s, n - 1);
	for (unsigned i = 0; i < 2 * MAX_FLOWS; i++)
		feed_open(&r, i, 100);
	run_feed(&r, s + n - 1, 1);
	run_finish(&r);
	ck_assert_uint_eq(flow_table_counters(r.table)->late, 1);
	ck_assert_uint_eq(run_total(&r), 2 * MAX_FLOWS + 1);
	run_free(&r);
}
END_TEST

/* A leap makes thousands due; no segment has to wait for all of them, and each
 * that follows takes some along.
 */
START_TEST(what_is_due_goes_bit_by_bit)
{
	enum { SCANNED = 6000 };
	struct run r;
	uint64_t last, most = 0;
	unsigned steps = 0;

	run_begin(&r, plain_site, 2 * SCANNED, true);
	for (unsigned i = 0; i < SCANNED; i++) {
		struct segment syn = flood_syn(i, i / 10);

		run_feed(&r, &syn, 1);
	}
	last = flow_table_counters(r.table)->flows;
	ck_assert_uint_eq(last, SCANNED);
	for (; last > 64 && steps < SCANNED; steps++) {
		static const struct seg_ends e = {"203.0.114.3", "203.0.113.80",
						  40000, 80};
		struct segment s = seg_ack(&e, 0, 7200000, A, 5, 9);
		uint64_t now;

		run_feed(&r, &s, 1);
		now = flow_table_counters(r.table)->flows;
		if (last > now && last - now > most)
			most = last - now;
		last = now;
	}
	ck_assert_uint_le(last, 64);
	ck_assert_uint_le(most, 256 + 3);
	ck_assert_uint_gt(steps, 100);
	ck_assert_uint_lt(steps, SCANNED);
	run_finish(&r);
	run_free(&r);
}
END_TEST

/* The same segments, one by one and in batches; the close and the first copy
 * after it are in one tick.
 */
START_TEST(batches_leave_no_trace)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, "S0 A0 K0 D0@345 F0 f0 K0 f0 K0 R0", s);
	struct flow_counters one;
	struct run r;

	run_begin(&r, plain_site, MAX_FLOWS, false);
	for (size_t i = 0; i < n; i++)
		run_feed(&r, s + i, 1);
	one = *run_finish(&r);
	ck_assert_uint_eq(one.late, 3);
	run_free(&r);

	run_begin(&r, plain_site, MAX_FLOWS, false);
	run_feed(&r, s, n);
	ck_assert_uint_eq(run_finish(&r)->late, one.late);
	run_free(&r);
}
END_TEST

/* Memory is that of the most flows at once, not that of all there were. */
START_TEST(memory_is_reused)
{
	size_t bytes = 0;
	struct run r;

	run_begin(&r, plain_site, 1000, false);
	for (unsigned i = 0; i < 30000; i++) {
		struct segment s[2];

		s[0] = s[1] = flood_syn(i, i * 3);
		s[1].src = s[0].dst;
		s[1].dst = s[0].src;
		s[1].sport = s[0].dport;
		s[1].dport = s[0].sport;
		s[1].flags = TCP_RST | TCP_ACK;
		s[1].ack = s[0].seq + 1;
		s[1].seq = 0;
		run_feed(&r, s, 2);
		if (i == 5000)
			bytes = flow_table_counters(r.table)->bytes;
	}
	ck_assert_uint_eq(flow_table_counters(r.table)->bytes, bytes);
	ck_assert_uint_lt(flow_table_counters(r.table)->flows_peak, 1000);
	ck_assert_uint_eq(run_finish(&r)->connections[CLASS_REFUSED], 30000);
	ck_assert_uint_eq(r.count, 0);
	run_free(&r);
}
END_TEST

static TCase *bounds_case(void)
{
	TCase *bounds = tcase_create("bounds");

	tcase_set_timeout(bounds, 60);
	tcase_add_loop_test(bounds, flows_leave_in_time, 0, ARRAY_SIZE(lives));
	tcase_add_test(bounds, answers_too_late);
	tcase_add_test(bounds, early_data_is_adopted_for_a_second);
	tcase_add_test(bounds, a_damaged_time_ends_nothing);
	tcase_add_test(bounds, a_pause_ends_what_was_open);
	tcase_add_test(bounds, a_clock_that_is_set_back);
	tcase_add_test(bounds, many_attempts_on_one_tuple);
	tcase_add_test(bounds, a_port_used_again);
	tcase_add_test(bounds, the_oldest_half_open_leave_first);
	tcase_add_loop_test(bounds, a_flood_hides_nothing, 0,
			    2 * ARRAY_SIZE(flooded));
	tcase_add_test(bounds, a_full_table_is_not_blind);
	tcase_add_test(bounds, the_evicted_that_closed_are_not_forgotten);
	tcase_add_test(bounds, what_is_due_goes_bit_by_bit);
	tcase_add_test(bounds, batches_leave_no_trace);
	tcase_add_test(bounds, memory_is_reused);
	return bounds;
}

#endif /* FLOW_BOUNDS_H */
