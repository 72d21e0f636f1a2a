/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notices of what is certain before a connection is over
 */
#ifndef FLOW_LIVE_H
#define FLOW_LIVE_H

#include "flow_fixture.h"

/* The bit that these tests return for a class, and all escapes. */
#define TOLD_CLASS   1u
#define TOLD_ESCAPES (3u << NOTICE_ESCAPES)

/** struct notices - What was noticed, and when packet time was what */
struct notices {
	struct run run;
	int64_t ms; /* of the segment that is fed */
	struct connection at[64];
	int64_t when[64];
	unsigned count;
};

static uint32_t notice(void *arg, const struct connection *c)
{
	struct notices *n = arg;

	ck_assert_uint_lt(n->count, ARRAY_SIZE(n->at));
	n->at[n->count] = *c;
	n->when[n->count++] = n->ms;
	return (c->decided ? TOLD_CLASS : 0) | TOLD_ESCAPES;
}

static void notices_keep(void *arg, const struct connection *c)
{
	keep(&((struct notices *)arg)->run, c);
}

static void notices_tally(void *arg, const struct connection *c)
{
	tally(&((struct notices *)arg)->run, c);
}

static void notices_begin(struct notices *n)
{
	const struct flow_sink sink = {
		.connection = notices_keep,
		.notice = notice,
		.counted = notices_tally,
		.arg = n,
		.all = true,
	};

	memset(n, 0, sizeof(*n));
	run_begin(&n->run, planned_site, 64, true);
	flow_table_free(n->run.table);
	n->run.table = flow_table_new(n->run.topo, 64, &sink);
	pass_until(&n->run, -MARGIN);
}

static void notices_until(struct notices *n, int64_t ms)
{
	for (; n->ms < ms; n->ms += 100)
		pass_until(&n->run, n->ms);
}

static void notices_play(struct notices *n, const struct seg_cast *cast,
			 const char *text)
{
	struct segment s[MAX_SEGMENTS];
	size_t count = script(cast, text, s);

	for (size_t i = 0; i < count; i++) {
		notices_until(n, (s[i].time.ns - SEG_EPOCH) / NSEC_PER_MSEC);
		run_feed(&n->run, &s[i], 1);
	}
}

/* The notice that decides, or NULL. */
static const struct connection *decided(const struct notices *n, int64_t *when)
{
	for (unsigned i = 0; i < n->count; i++) {
		if (!n->at[i].decided)
			continue;
		*when = n->when[i];
		return &n->at[i];
	}
	return NULL;
}

static const struct {
	const char *script;
	enum conn_class class;
	enum impact impact;
	int64_t from, to; /* ms: when it is told */
} notice_rows[] = {
	/* Completed, and it goes on. */
	{"S0 A2 K0", CLASS_ASYMMETRIC, IMPACT_WORKING, 1000, 2000},
	{"S0 A2 K0 D0@5000 d2@9000", CLASS_ASYMMETRIC, IMPACT_WORKING, 1000,
	 2000},
	/* Completed, and closed before it was a second old. */
	{"S0 A2 K0 F0@900 f2@910 K0@920", CLASS_ASYMMETRIC, IMPACT_WORKING,
	 1000, 1500},
	{"S0 A2 K0 R0@900", CLASS_ASYMMETRIC, IMPACT_WORKING, 1000, 1500},
	/* The answer came again; or the SYN did, after it. */
	{"S0 A2 A2@3000", CLASS_ASYMMETRIC, IMPACT_BROKEN, 3000, 3500},
	{"S0 A2 S0@3000", CLASS_ASYMMETRIC, IMPACT_BROKEN, 3000, 3500},
	{"S0 A2 A2@900", CLASS_ASYMMETRIC, IMPACT_BROKEN, 1000, 2000},
	/* Nothing came for 25 s. */
	{"S0 A2", CLASS_ASYMMETRIC, IMPACT_BROKEN, 25000, 27000},
	{"S0", CLASS_UNANSWERED, IMPACT_BROKEN, 25000, 27000},
	{"S0 S0@1000 S0@3000 S0@7000 S0@15000", CLASS_UNANSWERED, IMPACT_BROKEN,
	 40000, 42000},
	{"A2", CLASS_ORPHAN_SYN_ACK, IMPACT_BROKEN, 25000, 27000},
	/* An answer that came late is one. */
	{"S0 A2@20000", CLASS_ASYMMETRIC, IMPACT_BROKEN, 45000, 47500},
};

START_TEST(noticed_in_time)
{
	const struct connection *c;
	struct notices n;
	int64_t when = -1;

	notices_begin(&n);
	notices_play(&n, &outbound, notice_rows[_i].script);
	notices_until(&n, 60000);
	c = decided(&n, &when);
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->class, notice_rows[_i].class);
	ck_assert_int_eq(c->impact, notice_rows[_i].impact);
	ck_assert_int_ge(when, notice_rows[_i].from);
	ck_assert_int_le(when, notice_rows[_i].to);
	/* It is over as without notices, and knows that it was told. */
	run_finish(&n.run);
	ck_assert_int_eq(only(&n.run)->class, notice_rows[_i].class);
	ck_assert_uint_eq(only(&n.run)->told & TOLD_CLASS, TOLD_CLASS);
	ck_assert_uint_eq(run_total(&n.run), 1);
	run_free(&n.run);
}
END_TEST

/* What is sound is no news, nor is what may still become so. */
START_TEST(nothing_to_notice)
{
	static const char *const scripts[] = {
		"S0 A0 K0 D0 d0",
		"S0 A0 K0 D0 d0 F0@3000 f0@3010 K0@3020",
		"S0 R0",
		"D0 d0",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct notices n;

		notices_begin(&n);
		notices_play(&n, &outbound, scripts[i]);
		notices_until(&n, 60000);
		ck_assert_msg(!n.count, "noticed: %s", scripts[i]);
		run_free(&n.run);
	}
}
END_TEST

/* Of whom was said that nobody answers stays unanswered. */
START_TEST(too_late_is_no_answer)
{
	struct notices n;

	notices_begin(&n);
	notices_play(&n, &outbound, "S0 A0@30000 K0@30010 D0@30020 d0@30030");
	notices_until(&n, 60000);
	run_finish(&n.run);
	ck_assert_int_eq(only(&n.run)->class, CLASS_UNANSWERED);
	ck_assert_uint_eq(only(&n.run)->packets[1], 2);
	run_free(&n.run);
}
END_TEST

/* An escape is certain at once, the class it goes with is not. */
START_TEST(escapes_are_noticed_once)
{
	struct notices n;

	notices_begin(&n);
	notices_play(&n, &outbound, "S'0 S'0@3000");
	notices_until(&n, 5000);
	ck_assert_uint_ge(n.count, 1);
	ck_assert(!n.at[0].decided);
	ck_assert_int_eq(n.at[0].class, CLASS_INDETERMINATE);
	ck_assert_uint_eq(n.at[0].escapes, 1);
	ck_assert(!n.at[0].escape[0].told);
	ck_assert_int_le(n.when[0], 2000);
	for (unsigned i = 1; i < n.count; i++)
		ck_assert(n.at[i].escape[0].told);
	run_finish(&n.run);
	ck_assert(only(&n.run)->escape[0].told);
	ck_assert_uint_eq(only(&n.run)->escape[0].count, 2);
	run_free(&n.run);
}
END_TEST

/* Both sides of a NAT are one connection, whichever side is looked at. */
START_TEST(a_ring_is_noticed_once)
{
	struct notices n;
	unsigned times = 0;

	notices_begin(&n);
	notices_play(&n, &inbound, "S0 S'1 A'3 A'3@3000 A'3@7000");
	notices_until(&n, 60000);
	for (unsigned i = 0; i < n.count; i++)
		times += n.at[i].decided && !(n.at[i].told & TOLD_CLASS);
	ck_assert_uint_eq(times, 1);
	run_finish(&n.run);
	ck_assert_uint_eq(only(&n.run)->told & TOLD_CLASS, TOLD_CLASS);
	run_free(&n.run);
}
END_TEST

/* Time that is passed in does what a packet would, and never goes back. */
START_TEST(time_goes_on_without_packets)
{
	struct segment s[MAX_SEGMENTS];
	struct notices n;
	size_t count = script(&outbound, "S0 A2", s);

	notices_begin(&n);
	flow_table_advance(n.run.table, (struct timestamp){SEG_EPOCH});
	run_feed(&n.run, s, count);
	for (int64_t ms = 0; ms < 30000; ms += 250)
		flow_table_advance(
			n.run.table,
			(struct timestamp){SEG_EPOCH + ms * NSEC_PER_MSEC});
	ck_assert_uint_eq(n.count > 0, 1);
	ck_assert(n.at[n.count - 1].decided);
	ck_assert_int_eq(n.at[n.count - 1].impact, IMPACT_BROKEN);
	flow_table_advance(n.run.table, (struct timestamp){0});
	run_finish(&n.run);
	ck_assert_uint_eq(run_total(&n.run), 1);
	run_free(&n.run);
}
END_TEST

static TCase *live_case(void)
{
	TCase *c = tcase_create("live");

	tcase_add_loop_test(c, noticed_in_time, 0, ARRAY_SIZE(notice_rows));
	tcase_add_test(c, nothing_to_notice);
	tcase_add_test(c, too_late_is_no_answer);
	tcase_add_test(c, escapes_are_noticed_once);
	tcase_add_test(c, a_ring_is_noticed_once);
	tcase_add_test(c, time_goes_on_without_packets);
	return c;
}

#endif /* FLOW_LIVE_H */
