/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the flow layer
 *
 * Scripts of segments.h go into a table; what comes out of it is compared.
 *
 * flow_fixture.h	the table, the sites, who speaks in the scripts
 * flow_scenarios.h	verdicts, in every order of the packets
 * flow_told.h		what is told of a connection
 * flow_links.h		several flows, one connection
 * flow_bounds.h	time and memory
 * flow_ends.h		what leaves, and what comes after that
 * flow_taps.h		what is learnt of the taps
 * flow_icmp.h		ICMP errors about packets of a connection
 * flow_stats.h		what is counted by path
 * flow_hash.h		tuples that were chosen to collide
 */
#include "flow_bounds.h"
#include "flow_ends.h"
#include "flow_fixture.h"
#include "flow_hash.h"
#include "flow_icmp.h"
#include "flow_links.h"
#include "flow_live.h"
#include "flow_scenarios.h"
#include "flow_stats.h"
#include "flow_taps.h"
#include "flow_told.h"

/* A sound open connection is counted at once, and only once. */
START_TEST(settled_connections)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound,
			  "S'1 S0 A0 A'1 K'1 K0 D0 d0 D0@1500 "
			  "d0@3000 D0@4000 S0@4010 A0@4020 F0 f0",
			  s);
	const struct flow_counters *c;
	struct run r;

	run_begin(&r, planned_site, 64, false);
	run_feed(&r, s, n - 4);
	c = flow_table_counters(r.table);
	ck_assert_uint_eq(c->connections[CLASS_SYMMETRIC], 1);
	ck_assert_uint_eq(c->flows, 2);
	run_feed(&r, s + n - 4, 4);
	ck_assert_uint_eq(run_total(&r), 1);
	c = run_finish(&r);
	ck_assert_uint_eq(c->connections[CLASS_SYMMETRIC], 1);
	ck_assert_uint_eq(run_total(&r), 1);
	ck_assert_uint_eq(r.count, 0);
	run_free(&r);
}
END_TEST

/* What goes wrong after that is told, and not counted again. */
START_TEST(settled_and_then_escaped)
{
	struct segment s[MAX_SEGMENTS];
	size_t n =
		script(&outbound, "S0 A0 K0 D0 d0 D0@1500 d0@3000 D2@4000", s);
	const struct connection *c;
	struct run r;

	run_begin(&r, planned_site, 64, false);
	run_feed(&r, s, n);
	run_finish(&r);
	c = only(&r);
	ck_assert_uint_eq(run_total(&r), 1);
	ck_assert_int_eq(c->class, CLASS_SYMMETRIC);
	ck_assert_int_eq(c->impact, IMPACT_WORKING);
	ck_assert_uint_eq(c->escapes, 1);
	ck_assert_int_eq(c->escape[0].reason, ESCAPE_WRONG_POOL);
	ck_assert_uint_eq(c->escape[0].circuit, 1);
	ck_assert_uint_eq(c->escape[0].owner, 0);
	ck_assert_int_eq(c->escape[0].phase, PHASE_DATA);
	ck_assert(c->moved);
	run_free(&r);
}
END_TEST

static Suite *flow_suite(const char *name)
{
	Suite *suite = suite_create(name);
	TCase *settled = tcase_create("settled");

	tcase_add_test(settled, settled_connections);
	tcase_add_test(settled, settled_and_then_escaped);
	suite_add_tcase(suite, settled);
	suite_add_tcase(suite, scenarios_case());
	suite_add_tcase(suite, told_case());
	suite_add_tcase(suite, links_case());
	suite_add_tcase(suite, bounds_case());
	suite_add_tcase(suite, ends_case());
	suite_add_tcase(suite, taps_case());
	suite_add_tcase(suite, icmp_case());
	suite_add_tcase(suite, hash_case());
	suite_add_tcase(suite, live_case());
	suite_add_tcase(suite, stats_case());
	return suite;
}

static int run_suite(const char *name)
{
	SRunner *runner = srunner_create(flow_suite(name));
	int failures;

	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures;
}

int main(void)
{
	int failures = run_suite("flow");

	short_cut = false;
	failures += run_suite("flow, the long way");
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
