/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is said while a run goes on
 */
#ifndef REPORT_LIVE_H
#define REPORT_LIVE_H

#include "report_doubt.h"

static void take(struct finding f)
{
	report_finding(report, &f);
}

static char *said_now(void)
{
	struct report_doubt none = {0};

	return told(&none);
}

/* A line for each finding, at once, and never again. */
START_TEST(programs_get_each_finding_once)
{
	struct connection c = silent_at(CLASS_UNANSWERED, EDGE, 1);
	char *text;

	options.flows = true;
	begin(REPORT_JSON);
	text = said_now();
	ck_assert_str_eq(text, "");
	free(text);

	take(asymmetric());
	take(orphan());
	report_connection(report, &c);
	text = said_now();
	ck_assert_uint_eq(count_of(text, "\n"), 3);
	has(text, "\"rule\":\"asymmetric-handshake\"");
	has(text, "\"rule\":\"orphan-syn-ack\"");
	has(text, "\"event_type\":\"connection\"");
	has_not(text, "\"event_type\":\"summary\"");
	free(text);

	text = said_now();
	ck_assert_str_eq(text, "");
	free(text);

	take(asymmetric());
	text = written();
	ck_assert_uint_eq(count_of(text, "\"event_type\":\"finding\""), 1);
	ck_assert_uint_eq(count_of(text, "\"event_type\":\"connection\""), 0);
	has(text, "\"findings\":{\"critical\":2,\"warning\":0,\"info\":1}");
	free(text);
}
END_TEST

/* A line for each group, when it is new; then the report as without them. */
START_TEST(people_get_each_group_once)
{
	char *text, *want;

	begin(REPORT_TEXT);
	for (unsigned i = 0; i < 3; i++)
		take(asymmetric());
	take(off_plan());
	want = written();

	begin(REPORT_TEXT);
	take(asymmetric());
	take(asymmetric());
	text = said_now();
	ck_assert_uint_eq(count_of(text, "\n"), 1);
	has(text, "2026-11-22 19:01:18.440978  CRITICAL  "
		  "asymmetric-handshake  2 connections  SYN internet");
	free(text);

	take(asymmetric());
	text = said_now();
	ck_assert_str_eq(text, "");
	free(text);

	take(off_plan());
	text = said_now();
	ck_assert_uint_eq(count_of(text, "\n"), 1);
	has(text, "off-plan");
	free(text);

	text = written();
	ck_assert_str_eq(text, want);
	free(text);
	free(want);
}
END_TEST

/* By what is known of the taps when it is said, and not by what comes later. */
START_TEST(silence_is_judged_when_it_is_said)
{
	struct report_doubt lossy = {.lossy = TAP(EDGE)};
	struct report_doubt none = {0};
	char *text;

	begin(REPORT_JSON);
	take(unanswered());
	text = told(&lossy);
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(lossy.withheld[CLASS_UNANSWERED], 1);
	free(text);

	take(unanswered());
	text = told(&none);
	ck_assert_uint_eq(count_of(text, "\"rule\":\"unanswered\""), 1);
	ck_assert_uint_eq(none.withheld[CLASS_UNANSWERED], 0);
	free(text);

	lossy.withheld[CLASS_UNANSWERED] = 0;
	report_withhold(report, &lossy);
	ck_assert_uint_eq(lossy.withheld[CLASS_UNANSWERED], 0);
	text = written();
	has(text, "\"findings\":{\"critical\":0,\"warning\":0,\"info\":1}");
	free(text);
}
END_TEST

/* However long it goes on: bounds hold for what is kept, not for what is said.
 */
START_TEST(bounds_while_it_goes_on)
{
	char *text;

	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		options.max_findings = 8;
		begin((enum report_format)format);
		for (unsigned i = 0; i < 20; i++) {
			struct finding f = asymmetric();

			f.tuple[0].server.b[14] = (uint8_t)i;
			f.tuple[0].server.b[13] = 9;
			take(f);
			text = said_now();
			ck_assert_uint_eq(count_of(text, "\n"), 1);
			free(text);
		}
		text = written();
		if (format == REPORT_TEXT)
			has(text, "Findings: 20 critical in 8 groups");
		else
			has(text, "\"findings_omitted\":{\"critical\":0,");
		free(text);
	}
}
END_TEST

/* More groups than are remembered are said again, and all of them are said. */
START_TEST(more_groups_than_are_known)
{
	size_t lines = 0;

	options.max_findings = 64;
	begin(REPORT_TEXT);
	for (unsigned i = 0; i < 40000; i++) {
		struct finding f = asymmetric();

		f.tuple[0].server = f.tuple[0].client;
		f.tuple[0].server.b[12] = 9;
		f.tuple[0].server.b[13] = (uint8_t)(i >> 8);
		f.tuple[0].server.b[14] = (uint8_t)i;
		take(f);
		if (i % 32 == 31) {
			char *text = said_now();

			lines += count_of(text, "\n");
			free(text);
		}
	}
	ck_assert_uint_eq(lines, 40000);
}
END_TEST

START_TEST(a_full_disk_while_it_goes_on)
{
	struct report_doubt none = {0};
	FILE *full = fopen("/dev/full", "w");

	if (!full)
		return;
	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		begin((enum report_format)format);
		take(asymmetric());
		ck_assert(!report_say(report, &none, full));
		ck_assert_uint_eq(report_count(report, SEVERITY_INFO), 1);
	}
	fclose(full);
}
END_TEST

#endif /* REPORT_LIVE_H */
