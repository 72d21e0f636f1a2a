/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What people read first: the verdict, and the groups of findings
 */
#ifndef REPORT_GROUPS_H
#define REPORT_GROUPS_H

#include "report_rules.h"

static const struct {
	uint64_t asymmetric, indeterminate;
	unsigned broken, working, unknown, info;
	bool judged;
	const char *why;
	const char *start;
	const char *also;
} verdicts[] = {
	{0, 0, 0, 0, 0, 0, true, NULL,
	 "No asymmetric connection among 10; nothing found at warning or "
	 "above.\nSeen: ",
	 NULL},
	{0, 0, 0, 0, 0, 2, true, NULL,
	 "No asymmetric connection among 10; nothing found at warning or "
	 "above.\n",
	 "Findings: 2 info in 1 group.\n"},
	{2, 0, 2, 0, 0, 0, true, NULL,
	 "2 of 12 connections were asymmetric and broken.\n",
	 "Findings: 2 critical in 1 group.\n"},
	{1, 0, 1, 0, 0, 0, true, NULL,
	 "1 of 11 connections was asymmetric and broken.\n", NULL},
	{1, 0, 0, 1, 0, 0, true, NULL,
	 "1 of 11 connections was asymmetric, and yet working.\n", NULL},
	{3, 0, 1, 1, 1, 0, true, NULL,
	 "3 of 13 connections were asymmetric: 1 broken, 1 working, 1 not "
	 "known.\n",
	 "Findings: 3 critical in 3 groups.\n"},
	{2, 0, 0, 0, 2, 0, true, NULL, "2 of 12 connections were asymmetric.\n",
	 NULL},
	{0, 0, 0, 0, 0, 0, false, "no SYN was seen at any tap.",
	 "Cannot judge: no SYN was seen at any tap.\n"
	 "10 connections were seen: 10 symmetric.\nSeen: ",
	 NULL},
	{0, 0, 0, 0, 0, 0, false, NULL, "Cannot judge: not enough was seen.\n",
	 NULL},
	{0, 0, 0, 0, 0, 1, false, "no SYN",
	 "Cannot judge: no SYN.\n10 connections were seen: 10 symmetric.\n"
	 "Findings: 1 info in 1 group.\n",
	 NULL},
	{1, 0, 1, 0, 0, 0, false, "edge is one-way.",
	 "Cannot judge: edge is one-way.\n1 of 11 connections was "
	 "asymmetric and broken.\n",
	 NULL},
	{0, 3, 0, 0, 0, 0, true, NULL,
	 "No asymmetric connection among 13; nothing found at warning or "
	 "above.\n3 connections could not be judged",
	 NULL},
	{0, 3, 0, 0, 0, 0, false, "no handshake",
	 "Cannot judge: no handshake.\n13 connections were seen: 10 symmetric, "
	 "3 indeterminate.\n3 connections could not be judged",
	 NULL},
};

/* That they could not be judged says all of them. */
START_TEST(none_could_be_judged)
{
	char *text;

	counters.connections[CLASS_SYMMETRIC] = 0;
	counters.connections[CLASS_INDETERMINATE] = 2;
	totals.judged = false;
	begin(REPORT_TEXT);
	text = written();
	has(text, "Cannot judge: not enough was seen.\n2 connections could not "
		  "be judged: ");
	free(text);
}
END_TEST

/* What a clean verdict does not cover: answers elsewhere, other circuits. */
static const struct {
	uint64_t segments[3]; /* at EDGE, CHI_PRI, CHI_INSIDE */
	uint64_t unanswered;
	bool judged;
	const char *one, *answer; /* NULL: not said */
} covers[] = {
	{{5, 5, 5}, 0, true, NULL, NULL},
	{{5, 5, 0}, 0, true, NULL, NULL},
	{{5, 0, 0}, 0, true, "on one circuit, internet: ", NULL},
	{{0, 5, 5}, 0, true, "on one circuit, er-chicago: ", NULL},
	{{0, 0, 0}, 0, true, NULL, NULL},
	{{5, 5, 5},
	 1,
	 true,
	 NULL,
	 "\n1 connection was not answered at any tap;"},
	{{5, 5, 5}, 7, true, NULL, "\n7 connections were not answered at "},
	{{5, 0, 0}, 7, false, "on one circuit, internet: ", NULL},
};

START_TEST(what_a_verdict_does_not_cover)
{
	struct flow_tap seen[3] = {{0}};
	char *text;

	begin(REPORT_TEXT);
	counters.connections[CLASS_UNANSWERED] = covers[_i].unanswered;
	totals.judged = covers[_i].judged;
	for (uint8_t i = 0; i < 3; i++) {
		seen[i].segments = covers[_i].segments[i];
		report_tap(report,
			   &(struct report_tap){.tap = i, .seen = &seen[i]});
	}
	text = written();
	if (covers[_i].one)
		has(text, covers[_i].one);
	else
		ck_assert_ptr_null(strstr(text, "on one circuit"));
	if (covers[_i].answer)
		has(text, covers[_i].answer);
	else
		ck_assert_ptr_null(strstr(text, "not answered"));
	free(text);
}
END_TEST

static void add_findings(struct finding f, enum impact impact, unsigned n)
{
	f.impact = impact;
	while (n--)
		report_finding(report, &f);
}

START_TEST(the_first_line_is_the_verdict)
{
	char *text;

	counters.connections[CLASS_ASYMMETRIC] = verdicts[_i].asymmetric;
	counters.connections[CLASS_INDETERMINATE] = verdicts[_i].indeterminate;
	totals.judged = verdicts[_i].judged;
	totals.not_judged_why = verdicts[_i].why;
	begin(REPORT_TEXT);
	add_findings(asymmetric(), IMPACT_BROKEN, verdicts[_i].broken);
	add_findings(asymmetric(), IMPACT_WORKING, verdicts[_i].working);
	add_findings(asymmetric(), IMPACT_UNKNOWN, verdicts[_i].unknown);
	add_findings(unanswered(), IMPACT_UNKNOWN, verdicts[_i].info);
	text = written();
	ck_assert_msg(
		!strncmp(text, verdicts[_i].start, strlen(verdicts[_i].start)),
		"%s", text);
	if (verdicts[_i].also)
		has(text, verdicts[_i].also);
	free(text);
}
END_TEST

START_TEST(grave_findings_stand_in_the_verdict)
{
	struct finding f = escape_private();
	char *text;

	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has(text, "No asymmetric connection among 10; 1 finding at warning or "
		  "above.\nSource NAT was missing or wrong: 1 finding.\n");
	free(text);
	ck_assert_uint_eq(report_count(report, SEVERITY_INFO), 1);
	ck_assert_uint_eq(report_count(report, SEVERITY_CRITICAL), 1);
	f = unanswered();
	report_finding(report, &f);
	ck_assert_uint_eq(report_count(report, SEVERITY_INFO), 2);
	ck_assert_uint_eq(report_count(report, SEVERITY_WARNING), 1);
}
END_TEST

START_TEST(ten_thousand_are_one_block)
{
	struct finding f = asymmetric();
	char *text;

	begin(REPORT_TEXT);
	for (unsigned i = 0; i < 10000; i++) {
		f.time.ns = f.last.ns = START + i * NSEC_PER_MSEC;
		f.tuple[0].client.b[15] = (uint8_t)i;
		f.tuple[0].client_port = (uint16_t)(1024 + i);
		report_finding(report, &f);
	}
	text = written();
	has(text, "CRITICAL  asymmetric-handshake  10000 connections  SYN ");
	has(text, "When:    19:01:18.441 to 19:01:28.440 on 2026-11-22 UTC "
		  "(9.9 s)\n");
	ck_assert_uint_eq(count_of(text, "CRITICAL"), 1);
	ck_assert_uint_eq(count_of(text, "Example: "), 1);
	ck_assert_uint_eq(count_of(text, "Another: "), 2);
	has(text, "in 1 group.");
	has(text, "Example: SYN 40.96.0.0:1024 -> 203.0.113.25:25");
	has(text, "Another: 40.96.0.2:1026 -> 203.0.113.25:25 at "
		  "19:01:18.442978\n");
	free(text);
}
END_TEST

static void other_service(struct finding *f)
{
	f->service = SERVICE_NONE;
}

static void other_circuit(struct finding *f)
{
	f->answer_circuits = 1ULL << INTERNET;
}

static void other_client(struct finding *f)
{
	f->tuple[0].client = tuple("52.1.1.1", 1, "1.1.1.1", 1).client;
}

static void other_impact(struct finding *f)
{
	f->impact = IMPACT_WORKING;
}

static void same_site_prefix(struct finding *f)
{
	f->tuple[0].client = tuple("40.103.255.1", 1, "1.1.1.1", 1).client;
}

static void other_severity(struct finding *f)
{
	f->severity = SEVERITY_WARNING;
}

static void only_later(struct finding *f)
{
	f->time.ns += 5;
	f->isn++;
}

static const struct {
	void (*change)(struct finding *f);
	const char *groups;
} groupings[] = {
	{only_later, "in 1 group."},	  {same_site_prefix, "in 1 group."},
	{other_service, "in 2 groups."},  {other_circuit, "in 2 groups."},
	{other_client, "in 2 groups."},	  {other_impact, "in 2 groups."},
	{other_severity, "in 2 groups."},
};

START_TEST(what_belongs_together_is_one_group)
{
	struct finding f = asymmetric();
	char *text;

	begin(REPORT_TEXT);
	report_finding(report, &f);
	groupings[_i].change(&f);
	report_finding(report, &f);
	text = written();
	has(text, groupings[_i].groups);
	free(text);
}
END_TEST

static const struct {
	const char *client, *server, *pair;
} pairs[] = {
	{"52.1.2.3", "52.9.8.7", "52.1.2.0/24 -> 52.9.8.0/24"},
	{"2001:db8:1:2:3::4", "2603:1006::1",
	 "2001:db8:1:2::/64 -> 2603:1006::/32"},
	{"198.51.100.9", "40.96.0.1", "198.51.100.0/24 -> 40.96.0.0/13"},
	{"192.0.2.255", "40.103.255.255", "192.0.2.0/24 -> 40.96.0.0/13"},
};

START_TEST(ends_are_named_by_prefix)
{
	struct finding f = asymmetric();
	char *text;

	f.tuple[0] = tuple(pairs[_i].client, 1, pairs[_i].server, 2);
	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has(text, pairs[_i].pair);
	free(text);
}
END_TEST

START_TEST(the_gravest_group_comes_first)
{
	struct finding info = unanswered();
	struct finding grave = asymmetric();
	struct finding many = off_plan();
	const char *a, *b, *c;
	char *text;

	begin(REPORT_TEXT);
	grave.time.ns += NSEC_PER_SEC;
	report_finding(report, &info);
	report_finding(report, &many);
	report_finding(report, &many);
	report_finding(report, &grave);
	text = written();
	a = strstr(text, "\nCRITICAL ");
	b = strstr(text, "\nWARNING ");
	c = strstr(text, "\nINFO ");
	ck_assert(a && b && c && a < b && b < c);
	free(text);
}
END_TEST

START_TEST(too_many_groups_are_counted)
{
	struct finding f = unanswered();
	char *text;

	begin(REPORT_TEXT);
	for (unsigned i = 0; i < 3000; i++) {
		f.tuple[0].client = addr_from_v4(
			(uint8_t[]){11, (uint8_t)(i >> 8), (uint8_t)i, 1});
		report_finding(report, &f);
	}
	text = written();
	has(text, "Findings: 3000 info in 3000 groups.\n");
	ck_assert_uint_eq(count_of(text, "\nINFO "), 2000);
	ck_assert_uint_eq(count_of(text, "Example: "), 20);
	ck_assert_uint_eq(count_of(text, "The other groups, one line"), 1);
	has(text, "nothing  port 25  11.0.20.0/24 -> 203.0.113.25\n");
	has(text, "\n1000 more groups of 1000 findings, none graver");
	free(text);
}
END_TEST

START_TEST(grave_groups_have_more_blocks)
{
	struct finding info = unanswered();
	struct finding grave = asymmetric();
	char *text;

	begin(REPORT_TEXT);
	for (unsigned i = 0; i < 300; i++) {
		grave.tuple[0].client = addr_from_v4(
			(uint8_t[]){11, (uint8_t)(i >> 8), (uint8_t)i, 1});
		info.tuple[0].client = grave.tuple[0].client;
		if (i < (unsigned)_i)
			report_finding(report, &grave);
		report_finding(report, &info);
	}
	text = written();
	ck_assert_uint_eq(count_of(text, "Example: "),
			  _i < 180 ? (unsigned)_i + 20 : 200);
	ck_assert_uint_eq(count_of(text, "\nINFO "), 300);
	free(text);
}
END_TEST

/* The same connection under two rules: its packets are shown once. */
START_TEST(packets_are_shown_once)
{
	struct finding grave = asymmetric();
	struct finding same = asymmetric();
	struct finding other = asymmetric();
	char *text;

	same.rule = RULE_INBOUND_SNAT_MISSING;
	same.cause = 2;
	other.rule = RULE_OFF_PLAN;
	other.syn.at[0].number++;
	begin(REPORT_TEXT);
	report_finding(report, &same);
	report_finding(report, &other);
	report_finding(report, &grave);
	text = written();
	ck_assert_uint_eq(count_of(text, "Packets: the first at each tap\n"),
			  2);
	ck_assert_uint_eq(count_of(text, "Packets: as shown under "
					 "asymmetric-handshake above\n"),
			  1);
	free(text);
}
END_TEST

static const uint16_t causes[][3] = {{1, 1, 1}, {1, 2, 1}, {1, 2, 2}};
static const unsigned causes_told[] = {1, 3, 2};

/* It must be plain which cause "above" is. */
START_TEST(a_cause_is_not_told_twice_in_a_row)
{
	struct finding f = asymmetric();
	char *text;

	begin(REPORT_TEXT);
	for (unsigned i = 0; i < 3; i++) {
		f.time.ns += NSEC_PER_SEC;
		f.last = f.time;
		f.tuple[0].client.b[12] = (uint8_t)(60 + i);
		f.cause = causes[_i][i];
		report_finding(report, &f);
	}
	text = written();
	has(text, "in 3 groups.");
	ck_assert_uint_eq(count_of(text, "Remedy:  Give"), causes_told[_i]);
	ck_assert_uint_eq(count_of(text, "Cause:   same as in the "
					 "asymmetric-handshake group"),
			  3 - causes_told[_i]);
	free(text);
}
END_TEST

/* Four SYNs at each of two taps, and not all sightings are kept. */
START_TEST(resends_are_counted_as_far_as_known)
{
	struct finding f = asymmetric();
	char *text;

	f.syn.taps = 1ULL << EDGE | 1ULL << CHI_INSIDE;
	f.syn.kept = 6;
	f.syn.count = (unsigned)_i;
	for (unsigned i = 0; i < 6; i++) {
		f.syn.at[i] = f.syn.at[0];
		f.syn.at[i].tap = i % 2 ? CHI_INSIDE : EDGE;
		f.syn.at[i].number = 20 + i;
		f.syn.at[i].time.ns += i * NSEC_PER_MSEC - i / 2;
		f.syn.at[i].resent = i > 0;
	}
	f.syn_ack.at[0].time.ns -= 61 * NSEC_PER_SEC;
	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has(text, _i > 6 ? "#20  +2 or more resent  " : "#20  +2 resent  ");
	has(text, _i > 6 ? "#21  a resend, +2 or more resent  "
			 : "#21  a resend, +2 resent  ");
	has(text, _i > 6 ? "each tap; SYN seen 8 times\n" : "each tap\n");
	has(text, "      +0.001000  chi-inside  #21");
	has(text, "     -61.000000  chi-pri     #13");
	has_not(text, "#22");
	free(text);
}
END_TEST

/* info is no alarm: source NAT that was not needed is not missing. */
START_TEST(nat_at_info_is_not_in_the_verdict)
{
	struct finding f = inbound_snat();
	char *text;

	f.severity = SEVERITY_INFO;
	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has_not(text, "Source NAT was missing");
	has(text, "INFO      inbound-snat-missing");
	free(text);
}
END_TEST

#endif /* REPORT_GROUPS_H */
