/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unit tests of report: findings made by hand, rendered in each format
 *
 * With ASYMCAP_TEST_JSON set to a file name, every JSON line that is made
 * here is appended to it, for tests/validate-json.py.
 */
#include <asymcap/report.h>

#include <check.h>
#include <errno.h>
#include <unistd.h>

#include "report_diff.h"
#include "report_doubt.h"
#include "report_explain.h"
#include "report_groups.h"
#include "report_live.h"
#include "report_metrics.h"
#include "report_output.h"
#include "report_probes.h"
#include "report_recall.h"
#include "report_aside.h"
#include "report_rules.h"

#include <asymcap/finding.h>
#include "../../src/report/store.h"

/* ------------------------------------------------------------- same output */

#define MANY 600

static struct finding nth(unsigned i)
{
	struct finding f = rules[i % ARRAY_SIZE(rules)].make();

	/* many of them at the same time, and twins */
	f.time.ns = START + i / 50 * NSEC_PER_SEC;
	f.last = f.time;
	if (f.has_tuple)
		f.tuple[0].client_port = (uint16_t)(i / 2 * 37);
	return f;
}

static char *written_from(unsigned seed)
{
	unsigned order[MANY];

	for (unsigned i = 0; i < MANY; i++)
		order[i] = i;
	for (unsigned i = MANY - 1; seed && i > 0; i--) {
		unsigned j, t = order[i];

		seed = seed * 1103515245u + 12345u;
		j = (seed >> 8) % (i + 1);
		order[i] = order[j];
		order[j] = t;
	}
	begin(options.format);
	add_edge();
	for (unsigned i = 0; i < MANY; i++) {
		struct finding f = nth(order[i]);

		report_finding(report, &f);
	}
	return written();
}

START_TEST(insertion_order_does_not_matter)
{
	char *a, *b;

	options.format = (enum report_format)_i;
	a = written_from(0);
	for (unsigned seed = 1; seed < 6; seed++) {
		b = written_from(seed);
		ck_assert_str_eq(a, b);
		free(b);
	}
	b = written();
	ck_assert_str_eq(a, b);
	free(b);
	free(a);
}
END_TEST

START_TEST(a_stored_value_comes_back_whole)
{
	static const struct store_trim trim[] = {
		{offsetof(struct finding, tuple), sizeof(struct tuple),
		 FINDING_TUPLES, offsetof(struct finding, tuples)},
		{offsetof(struct finding, syn.at), sizeof(struct sighting),
		 FINDING_SIGHTINGS, offsetof(struct finding, syn.kept)},
	};
	static const struct store_shape shape = {
		.size = sizeof(struct finding),
		.time_at = offsetof(struct finding, time),
		.trim = trim,
		.trims = ARRAY_SIZE(trim),
	};
	struct finding in, out;
	struct store s;

	store_init(&s, &shape);
	for (unsigned i = 0; i < 5000; i++) {
		memset(&in, 0, sizeof(in));
		in.time.ns = i;
		in.tuples = (uint8_t)(i % (FINDING_TUPLES + 1));
		in.syn.kept = (uint8_t)(i % (FINDING_SIGHTINGS + 1));
		in.cause = (uint16_t)i;
		for (unsigned k = 0; k < in.tuples; k++)
			in.tuple[k].server_port = (uint16_t)(i + k);
		for (unsigned k = 0; k < in.syn.kept; k++)
			in.syn.at[k].number = i + k;
		store_put(&s, &in);
		if (i < 4900)
			continue;
		store_get(&s, i, &out);
		ck_assert_mem_eq(&in, &out, sizeof(in));
	}
	store_get(&s, 0, &out);
	ck_assert_uint_eq(out.cause, 0);
	store_get(&s, 4321, &out);
	ck_assert_uint_eq(out.cause, 4321);

	in.tuples = in.syn.kept = 255; /* more than there is room for */
	store_put(&s, &in);
	store_get(&s, s.count - 1, &out);
	ck_assert_mem_eq(&in, &out, sizeof(in));
	store_free(&s);
}
END_TEST

/* ------------------------------------------------------------------ bounds */

START_TEST(a_flood_does_not_hide_what_is_grave)
{
	struct finding info = unanswered();
	struct finding grave = asymmetric();
	struct finding warning = off_plan();
	char *text;

	options.max_findings = 16;
	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		begin((enum report_format)format);
		for (unsigned i = 0; i < 100; i++)
			report_finding(report, &info);
		for (unsigned i = 0; i < 50; i++)
			report_finding(report, &warning);
		for (unsigned i = 0; i < 3; i++)
			report_finding(report, &grave);
		ck_assert_uint_eq(report_count(report, SEVERITY_INFO), 153);
		text = written();
		if (format == REPORT_TEXT) {
			has(text, "Findings: 3 critical, 50 warning, 100 info");
			has(text, "asymmetric-handshake  3 connections");
			has(text, "138 findings more than a report keeps");
		} else {
			ck_assert_uint_eq(count_of(text, ":\"unans"), 16);
			ck_assert_uint_eq(count_of(text, ":\"off-"), 4);
			ck_assert_uint_eq(count_of(text, ":\"asymm"), 6);
			has(text, "\"findings\":{\"critical\":3,\"warning\":50,"
				  "\"info\":100}");
			has(text, "\"findings_omitted\":{\"critical\":0,"
				  "\"warning\":46,\"info\":92}");
		}
		free(text);
	}
}
END_TEST

/* A full disk is told, whether the last byte or the first did not fit. */
static const struct {
	enum report_format format;
	unsigned findings;
} full_disks[] = {
	{REPORT_TEXT, 0},
	{REPORT_JSON, 0},
	{REPORT_JSON, 2000},
};

START_TEST(a_full_disk_is_told)
{
	struct finding f = asymmetric();
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	begin(full_disks[_i].format);
	for (unsigned i = 0; i < full_disks[_i].findings; i++)
		report_finding(report, &f);
	errno = 0;
	ck_assert(!report_write(report, &totals, full));
	ck_assert_int_eq(errno, ENOSPC);
	fclose(full);
}
END_TEST

/* ----------------------------------------------------------------- hostile */

#define HOSTILE "er\033[31m\n\"\\\xff\xc3\x28\xe2\x82\x7f\xc2\x9b"

static void only_safe_bytes(const char *text)
{
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		ck_assert_msg((c >= 0x20 && c < 0x7f) || c == '\n' ||
				      !strncmp(p, "\xef\xbf\xbd", 3) ||
				      !strncmp(p - 1, "\xef\xbf\xbd", 3) ||
				      !strncmp(p - 2, "\xef\xbf\xbd", 3) ||
				      !strncmp(p, "\xc2\x9b", 2) ||
				      !strncmp(p - 1, "\xc2\x9b", 2),
			      "byte %02x in:\n%s", c, text);
	}
}

/* An empty capture under a name that tries to drive the terminal. */
static struct capture *hostile_capture(char *path, size_t size, char *dir,
				       size_t dir_size)
{
	static const uint8_t header[24] = {
		0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
		0,    0,    0,	  0,	0, 0, 4, 0, 1, 0, 0, 0,
	};
	struct capture *c = capture_new();
	uint32_t input;
	FILE *f;

	snprintf(dir, dir_size, "/tmp/asymcap-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, size, "%s/%s", dir, HOSTILE);
	f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(header, sizeof(header), 1, f), 1);
	fputs("cut", f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert(capture_add_file(c, path, &input));
	return c;
}

static void read_to_end(struct capture *c)
{
	struct frame frames[CAPTURE_BATCH];

	while (capture_next(c, frames, CAPTURE_BATCH))
		;
}

START_TEST(hostile_names_are_escaped)
{
	struct site *bad = site_new();
	struct topo *t;
	struct capture *c;
	char path[256], dir[64];
	struct finding f = asymmetric();
	struct connection conn = {.tuples = 1, .service = SERVICE_NONE};
	char *text;

	ck_assert_int_eq(site_add_circuit(bad, HOSTILE), 0);
	ck_assert_int_eq(site_add_circuit(bad, "b" HOSTILE), 1);
	ck_assert_int_eq(site_add_tap(bad, HOSTILE, 0), 0);
	ck_assert_int_eq(site_add_tap(bad, "b" HOSTILE, 1), 1);
	t = topo_new(bad);
	c = hostile_capture(path, sizeof(path), dir, sizeof(dir));
	read_to_end(c);
	conn.syn_circuits = 1;
	conn.path_taps[0] = 3;
	f.service = SERVICE_NONE;
	totals.judged = false;
	totals.not_judged_why = HOSTILE;

	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		report_free(report);
		options.format = (enum report_format)format;
		options.width = format == REPORT_TEXT ? 60 : 0;
		report = report_new(t, c, &texts, &options);
		report_finding(report, &f);
		report_connection(report, &conn);
		add_edge();
		text = written();
		only_safe_bytes(text);
		has(text, format == REPORT_TEXT
				  ? "er?[31m?\"\\?"
				  : "er\\u001b[31m\\u000a\\\"\\\\\xef\xbf\xbd");
		has(text, format == REPORT_TEXT ? "truncated"
						: "\"state\":\"truncated\"");
		if (format == REPORT_TEXT)
			ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
		free(text);
	}
	report_free(report);
	report = NULL;
	capture_free(c);
	topo_free(t);
	site_free(bad);
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(numbers_out_of_range_do_no_harm)
{
	struct finding f = asymmetric();
	char *text;

	f.tuples = 255;
	f.syn.kept = 255;
	f.syn_ack.kept = 255;
	f.icmp.kept = 255;
	f.icmp.at[0].kind = 254;
	f.icmp.at[1].at.tap = 253;
	f.service = 4711;
	f.circuit = 77;
	f.owner = 78;
	f.dropped_at = 79;
	f.tap = 80;
	f.syn_circuits = UINT64_MAX;
	f.answer_circuits = 1ULL << 63;
	f.syn.at[0].tap = 99;
	f.syn.at[0].interface = 0xffff;
	f.time.ns = INT64_MIN;
	f.last.ns = INT64_MAX;
	f.cause = 0xffff;
	f.count = UINT64_MAX;
	for (unsigned i = 0; i < RULES * 2; i++) {
		begin(i % 2 ? REPORT_JSON : REPORT_TEXT);
		f.rule = (enum rule)(i / 2);
		f.has_tuple = f.rule < RULE_TAP_ONE_WAY;
		report_finding(report, &f);
		/* these lines are no valid output: they are not kept */
		options.format = REPORT_TEXT;
		text = written();
		has(text, rule_name(f.rule));
		free(text);
	}
}
END_TEST

/* ------------------------------------------------------------ community id */

/* The first two and the last are published with the specification. */
static const struct {
	const char *client;
	uint16_t client_port;
	const char *server;
	uint16_t server_port;
	const char *id;
} ids[] = {
	{"128.232.110.120", 34855, "66.35.250.204", 80,
	 "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
	{"2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
	 "2607:f8b0:400c:c03::1a", 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
	{"1.2.3.4", 4584, "43.3.132.3", 3483, "1:koNcqhFRD5kb254ZrLsdv630jCM="},
	{"192.0.2.1", 9, "192.0.2.1", 8, "1:QidfYJ4aG+FI0Dj7Hx0PEww9LZ4="},
	{"192.0.2.1", 256, "192.0.2.1", 255, "1:TDHjaY/Knq68kEFrnp/4MqaTeOc="},
	{"40.96.0.10", 34154, "203.0.113.25", 25,
	 "1:CvZYtD55ejGdzTTyc9qSIiG8YPw="},
	{"3ffe:507:0:1:200:86ff:fe05:80da", 1022,
	 "3ffe:501:410:0:2c0:dfff:fe47:33e", 22,
	 "1:KCHULnC2GCfanzHfU34Gr1Za/Zo="},
};

START_TEST(community_ids_are_those_of_others)
{
	struct tuple t = tuple(ids[_i].client, ids[_i].client_port,
			       ids[_i].server, ids[_i].server_port);
	struct tuple back = tuple(ids[_i].server, ids[_i].server_port,
				  ids[_i].client, ids[_i].client_port);
	char text[COMMUNITY_ID_TEXT];

	ck_assert_str_eq(community_id(&t, text), ids[_i].id);
	ck_assert_str_eq(community_id(&back, text), ids[_i].id);
}
END_TEST

/* -------------------------------------------------------------------- main */

static void add_loop(TCase *c, const TTest *test, size_t rows)
{
	tcase_add_loop_test(c, test, 0, (int)rows);
}

static TCase *fixture_case(Suite *s, const char *name)
{
	TCase *c = tcase_create(name);

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	suite_add_tcase(s, c);
	return c;
}

int main(void)
{
	Suite *s = suite_create("report");
	SRunner *r = srunner_create(s);
	TCase *c = fixture_case(s, "rules");
	const char *json = getenv(JSON_ENV);
	FILE *empty = json ? fopen(json, "w") : NULL;
	int bad;

	if (json && !empty) {
		perror(json);
		return EXIT_FAILURE;
	}
	if (empty)
		fclose(empty);

	add_loop(c, each_rule_is_rendered, ARRAY_SIZE(rules));
	tcase_add_test(c, every_rule_has_a_row);
	add_loop(c, the_first_line_is_the_verdict, ARRAY_SIZE(verdicts));
	tcase_add_test(c, none_could_be_judged);
	tcase_add_loop_test(c, what_a_verdict_does_not_cover, 0,
			    ARRAY_SIZE(covers));
	tcase_add_test(c, grave_findings_stand_in_the_verdict);

	c = fixture_case(s, "groups");
	tcase_add_test(c, ten_thousand_are_one_block);
	add_loop(c, what_belongs_together_is_one_group, ARRAY_SIZE(groupings));
	add_loop(c, ends_are_named_by_prefix, ARRAY_SIZE(pairs));
	tcase_add_test(c, the_gravest_group_comes_first);
	tcase_add_test(c, too_many_groups_are_counted);
	tcase_add_loop_test(c, grave_groups_have_more_blocks, 170, 190);
	tcase_add_test(c, packets_are_shown_once);
	add_loop(c, a_cause_is_not_told_twice_in_a_row, ARRAY_SIZE(causes));
	tcase_add_loop_test(c, resends_are_counted_as_far_as_known, 6, 7);
	tcase_add_loop_test(c, resends_are_counted_as_far_as_known, 8, 9);
	tcase_add_test(c, nat_at_info_is_not_in_the_verdict);

	c = fixture_case(s, "output");
	add_loop(c, insertion_order_does_not_matter, REPORT_HTML + 1);
	tcase_add_test(c, a_stored_value_comes_back_whole);
	tcase_add_test(c, a_flood_does_not_hide_what_is_grave);
	add_loop(c, a_full_disk_is_told, ARRAY_SIZE(full_disks));
	tcase_add_test(c, nothing_at_all_is_a_report);
	tcase_add_test(c, taps_and_totals_are_shown);
	tcase_add_test(c, planned_against_seen);
	tcase_add_test(c, rows_that_were_not_touched);
	tcase_add_test(c, connections_are_shown);
	add_loop(c, periods_are_told, ARRAY_SIZE(periods));
	tcase_add_test(c, clock_offsets_are_shown);
	tcase_add_test(c, silent_taps_would_decide);
	tcase_add_test(c, bad_inputs_follow_the_verdict);
	tcase_add_test(c, text_is_folded);
	tcase_add_loop_test(c, no_line_is_wider_than_the_screen, 30, 110);
	tcase_add_test(c, icmp_errors_are_shown);
	tcase_add_test(c, no_icmp_errors_are_not_shown);
	tcase_add_test(c, colours_only_when_asked);

	c = fixture_case(s, "doubt");
	add_loop(c, silence_is_withheld, ARRAY_SIZE(doubts));
	add_loop(c, doubted_connections_are_indeterminate, ARRAY_SIZE(doubts));
	add_loop(c, a_tap_that_was_not_there, ARRAY_SIZE(windows));
	add_loop(c, unreliable_taps_accuse_nobody, ARRAY_SIZE(accusations));
	tcase_add_test(c, other_findings_lose_their_class);
	tcase_add_test(c, all_of_it_is_withheld);

	c = fixture_case(s, "live");
	tcase_add_test(c, programs_get_each_finding_once);
	tcase_add_test(c, people_get_each_group_once);
	tcase_add_test(c, silence_is_judged_when_it_is_said);
	tcase_add_test(c, bounds_while_it_goes_on);
	tcase_add_test(c, more_groups_than_are_known);
	tcase_add_test(c, a_full_disk_while_it_goes_on);
	tcase_set_timeout(c, 60);

	c = fixture_case(s, "metrics");
	tcase_add_test(c, names_are_labels);
	tcase_add_test(c, families_are_told);
	tcase_add_test(c, values_are_shown);
	tcase_add_test(c, histograms_add_up);
	tcase_add_test(c, findings_begin_with_zero);
	tcase_add_test(c, several_is_no_circuit);
	tcase_add_test(c, findings_are_counted_by_path);

	explain_tests(fixture_case(s, "explain"));

	c = fixture_case(s, "probes");
	tcase_add_test(c, round_trips_beside_the_plan);
	tcase_add_test(c, hops_up_to_the_last_that_spoke);
	add_loop(c, sources_hidden_or_not, 3);

	c = fixture_case(s, "recall");
	add_loop(c, a_report_comes_back_whole, ARRAY_SIZE(rules));
	tcase_add_test(c, runs_are_added_up);
	add_loop(c, a_bad_line_is_told_and_left_out, ARRAY_SIZE(bad_lines));
	tcase_add_test(c, a_cut_end_is_no_damage);
	tcase_add_test(c, bad_lines_are_in_the_report);
	tcase_add_loop_test(c, what_is_no_lines_is_told, 0,
			    ARRAY_SIZE(foreign));
	tcase_add_test(c, a_line_has_a_bound);
	tcase_add_test(c, what_is_not_known_is_passed_over);
	tcase_add_test(c, names_are_bounded);
	tcase_add_test(c, large_counts_stay_large);
	tcase_add_test(c, interned_strings_keep_their_numbers);

	c = fixture_case(s, "aside");
	tcase_add_test(c, probes_come_back);
	add_loop(c, lines_of_other_commands, ARRAY_SIZE(asides));
	tcase_add_test(c, beside_a_run);
	tcase_add_test(c, asides_are_bounded);

	c = fixture_case(s, "diff");
	add_loop(c, a_difference_is_new_or_not, ARRAY_SIZE(differences));
	tcase_add_test(c, what_is_not_grave_does_not_fail);
	tcase_add_test(c, who_could_not_judge_is_not_compared);
	tcase_add_test(c, services_are_compared);

	c = fixture_case(s, "hostile");
	tcase_add_test(c, hostile_names_are_escaped);
	tcase_add_test(c, numbers_out_of_range_do_no_harm);

	c = tcase_create("community-id");
	add_loop(c, community_ids_are_those_of_others, ARRAY_SIZE(ids));
	suite_add_tcase(s, c);

	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
