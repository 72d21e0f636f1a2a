/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is explained, and how its packets are drawn
 */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "report_fixture.h"
#include "segments.h"

static const struct seg_cast cast = {
	.ends =
		{
			{"192.168.5.10", "40.96.0.10", 36295, 25},
			{"198.51.100.7", "40.96.0.10", 36295, 25},
		},
	.isn = 1000,
	.answer_isn = 77777,
};

/* A connection of the cast: who asks is on site. */
static struct finding of_cast(void)
{
	struct finding f = about_connection(RULE_UNANSWERED, SEVERITY_WARNING);

	f.class = CLASS_UNANSWERED;
	f.direction = DIRECTION_OUTBOUND;
	f.isn = cast.isn;
	f.tuples = 2;
	f.tuple[0] = tuple("198.51.100.7", 36295, "40.96.0.10", 25);
	f.tuple[1] = tuple("192.168.5.10", 36295, "40.96.0.10", 25);
	f.time.ns = SEG_EPOCH;
	f.last.ns = SEG_EPOCH + 60 * NSEC_PER_SEC;
	return f;
}

/* What is written of a choice and the packets of its first connection. */
static char *explained(struct report_choice *c, const char *script)
{
	struct report_explanation e = {.choice = c, .asked = "flow X"};
	struct trace_how how = {.topo = topo, .rows = 20, .watching = 7};
	struct segment s[64];
	size_t size = 0, n;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);
	struct trace *t;

	for (unsigned i = 0; i < SITE_MAX_TAPS; i++)
		how.to[i].ns = INT64_MAX;
	t = trace_new(&how, c->about, c->count);
	n = seg_script(&cast, script, s, ARRAY_SIZE(s));
	for (size_t i = 0; i < n && c->count; i++) {
		s[i].window = 500;
		trace_take(t, 0, &s[i], (uint8_t)s[i].interface);
	}
	trace_finish(t);
	e.trace = t;
	ck_assert_ptr_nonnull(f);
	ck_assert(report_explain(report, &totals, &e, f));
	ck_assert_int_eq(fclose(f), 0);
	keep_json(text);
	trace_free(t);
	return text;
}

/* Taps: 0 is outside and alone, 1 and 2 the sides of another edge. */
static const struct {
	const char *script, *line;
} ways[] = {
	{"S2 S1'", "|---------> #1 - 10.0 ms -> #2 --------->|  SYN "},
	{"S2", "|---------> #1 ------X                   |  SYN "},
	{"S1'", "|                    *----> #1 --------->|  SYN "},
	{"S2 S1' A1' A2",
	 "|<--------- #4 <- 10.0 ms - #3 <---------|  SYN-ACK "},
	{"S2 S1' A1'", "|                    X----- #3 <---------|  SYN-ACK "},
	{"S2 S1' r2", "|<--------- #3 <-----*                   |  RST-ACK "},
	/* A circuit without a tap inside: nobody knows of its edge. */
	{"S2 S1' D0'", "|-------------------------> #3 --------->|  PSH-ACK "},
	{"S0'", "|-----------> #1 ----------->|  SYN "},
	{"S0' A0'", "|<----------- #2 <-----------|  SYN-ACK "},
};

START_TEST(ways_are_drawn)
{
	struct finding f = of_cast();
	struct report_choice c = {.about = &f, .count = 1, .meant = 1};
	char *text;

	begin(REPORT_TEXT);
	text = explained(&c, ways[_i].script);
	has(text, ways[_i].line);
	free(text);
}
END_TEST

START_TEST(a_drop_is_told_once)
{
	struct finding f = of_cast();
	struct report_choice c = {.about = &f, .count = 1, .meant = 3};
	char *text;

	f.dropped_at = CHICAGO;
	begin(REPORT_TEXT);
	text = explained(&c, "S2 S2@1000 S2@2000");
	ck_assert_uint_eq(count_of(text, "X  "), 3);
	ck_assert_uint_eq(count_of(text, "dropped here: never seen at chi-pri"),
			  1);
	ck_assert_uint_eq(count_of(text, "dropped; sent again after"), 2);
	has(text, "The most telling one is explained; 2 are left out");
	has(text, "SYN:     seen at chi-inside, sent 3 times; never seen at "
		  "chi-pri.");
	has(text, "SYN-ACK: seen nowhere.");
	free(text);
}
END_TEST

START_TEST(an_escape_is_noted_where_it_leaves)
{
	struct finding f = of_cast();
	struct report_choice c = {.about = &f, .count = 1, .meant = 1};
	char *text;

	f.tuple[0] = f.tuple[1];
	f.tuples = 1;
	begin(REPORT_TEXT);
	text = explained(&c, "S2 S1 S2@1000 S1@1010");
	ck_assert_uint_eq(count_of(text, "source 192.168.5.10 is not "
					 "translated"),
			  1);
	free(text);
	begin(REPORT_JSON);
	text = explained(&c, "S2 S1");
	ck_assert_uint_eq(count_of(text, "\"escape\":\"private\""), 1);
	ck_assert_uint_eq(count_of(text, "\"escape\":null"), 1);
	free(text);
}
END_TEST

START_TEST(findings_follow_the_packets)
{
	struct finding f = of_cast(), other = of_cast(), escape = of_cast();
	struct report_choice c = {.about = &f, .count = 1, .meant = 1};
	char *text;

	escape.rule = RULE_SNAT_ESCAPE;
	escape.severity = SEVERITY_CRITICAL;
	escape.reason = ESCAPE_PRIVATE;
	escape.escaped = f.tuple[1].client;
	escape.cause = 2;
	other.isn++;
	other.rule = RULE_OFF_PLAN;
	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		begin((enum report_format)format);
		report_finding(report, &f);
		report_finding(report, &other);
		report_finding(report, &escape);
		text = explained(&c, "S2 S1'");
		has(text, "snat-escape");
		has(text, "unanswered");
		has_not(text, "off-plan");
		has(text, "The answer took the shorter way.");
		ck_assert(strstr(text, "snat-escape") <
			  strstr(text, "The answer took"));
		free(text);
	}
}
END_TEST

/* Three connections of one kind, and one of another that is less grave. */
static void fill_choice(void)
{
	struct finding f =
		about_connection(RULE_ASYMMETRIC_HANDSHAKE, SEVERITY_CRITICAL);
	struct connection c = {.tuples = 1, .service = SERVICE_NONE};

	begin(REPORT_TEXT);
	for (unsigned i = 0; i < 3; i++) {
		f.tuple[0].client_port = (uint16_t)(1000 + i);
		f.time.ns = f.last.ns = START + i;
		report_finding(report, &f);
	}
	f.rule = RULE_OFF_PLAN;
	f.severity = SEVERITY_WARNING;
	f.tuple[0].client_port = 2000;
	report_finding(report, &f);
	f = about_connection(RULE_TAP_SILENT, SEVERITY_INFO);
	f.has_tuple = false;
	report_finding(report, &f);
	for (unsigned i = 0; i < 6; i++) {
		c.class = i == 4 ? CLASS_REFUSED : CLASS_SYMMETRIC;
		c.impact = i == 5 ? IMPACT_BROKEN : IMPACT_WORKING;
		c.tuple[0] = tuple("40.96.0.10", (uint16_t)(3000 + i),
				   "203.0.113.25", 25);
		c.dropped_at = CIRCUIT_NONE;
		c.first.ns = c.ended.ns = START + i;
		report_connection(report, &c);
	}
}

static const struct {
	uint64_t entry, max;
	const char *flow;
	uint64_t meant, critical;
	uint16_t ports[8];
	bool tap;
} choices[] = {
	/* An example of each, then others, then what is not sound. */
	{0, 8, "*", 6, 3, {1000, 2000, 1001, 1002, 3005, 3004, 3000, 3001}, 0},
	{0, 6, "*", 6, 3, {1000, 2000, 1001, 1002, 3005, 3004}, 0},
	{0, 1, "*", 6, 3, {1000}, 0},
	{0, 8, "40.96.0.10:3003", 1, 0, {3003}, 0},
	{0, 8, "40.96.0.10:2000", 0, 0, {2000}, 0},
	{1, 8, "*", 3, 3, {1000, 1001, 1002}, 0},
	{1, 8, "*:1001", 1, 1, {1001}, 0},
	{2, 8, "*", 1, 0, {2000}, 0},
	{3, 8, "*", 0, 0, {0}, true},
	{4, 8, "*", 0, 0, {0}, 0},
};

START_TEST(the_most_telling_are_chosen)
{
	struct selector s;
	struct report_choice c = {
		.selector = &s,
		.entry = choices[_i].entry,
		.max = choices[_i].max,
	};
	size_t count = 0;

	fill_choice();
	selector_init(&s);
	ck_assert_ptr_null(selector_add_flow(&s, choices[_i].flow));
	report_choose(report, &c);
	while (count < 8 && choices[_i].ports[count])
		count++;
	ck_assert_uint_eq(c.count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(c.about[i].tuple[0].client_port,
				  choices[_i].ports[i]);
	ck_assert_uint_eq(c.meant, choices[_i].meant);
	ck_assert_uint_eq(c.found[SEVERITY_CRITICAL], choices[_i].critical);
	ck_assert_uint_eq(c.entries, 3);
	ck_assert_int_eq(c.tap_entry, choices[_i].tap);
	report_choice_free(&c);
}
END_TEST

START_TEST(a_full_disk_of_explanations)
{
	struct finding f = of_cast();
	struct report_choice c = {.about = &f, .count = 1, .meant = 1};
	struct report_explanation e = {.choice = &c, .asked = ""};
	struct trace_how how = {.topo = topo, .rows = 20};
	FILE *full = fopen("/dev/full", "w");

	if (!full)
		return;
	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		begin((enum report_format)format);
		e.trace = trace_new(&how, &f, 1);
		trace_finish((struct trace *)(uintptr_t)e.trace);
		errno = 0;
		ck_assert(!report_explain(report, &totals, &e, full));
		ck_assert_int_eq(errno, ENOSPC);
		trace_free((struct trace *)(uintptr_t)e.trace);
		clearerr(full);
	}
	fclose(full);
}
END_TEST

static void explain_tests(TCase *c)
{
	tcase_add_loop_test(c, ways_are_drawn, 0, ARRAY_SIZE(ways));
	tcase_add_test(c, a_drop_is_told_once);
	tcase_add_test(c, an_escape_is_noted_where_it_leaves);
	tcase_add_test(c, findings_follow_the_packets);
	tcase_add_loop_test(c, the_most_telling_are_chosen, 0,
			    ARRAY_SIZE(choices));
	tcase_add_test(c, a_full_disk_of_explanations);
}

#endif /* REPORT_EXPLAIN_H */
