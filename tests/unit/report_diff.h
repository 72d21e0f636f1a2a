/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two runs compared
 */
#ifndef REPORT_DIFF_TESTS_H
#define REPORT_DIFF_TESTS_H

#include "report_recall.h"

/* The lines of a run with some findings; to be freed. */
static char *run_with(const struct finding *f, size_t count)
{
	begin(REPORT_JSON);
	add_edge();
	report_tap(report, &(struct report_tap){.tap = CHI_PRI});
	report_tap(report, &(struct report_tap){.tap = CHI_INSIDE});
	for (size_t i = 0; i < count; i++)
		report_finding(report, &f[i]);
	return written();
}

static struct recall *recall_both(const char *before, const char *after)
{
	const struct report_options o = {0};
	struct recall *rc = recall_new(&o);
	const char *const lines[] = {before, after};
	char path[2][40];

	for (unsigned i = 0; i < RECALL_SIDES; i++) {
		strcpy(path[i], "/tmp/asymcap-test-XXXXXX");
		put_file(path[i], lines[i], strlen(lines[i]));
		ck_assert(recall_add(rc, path[i], i));
	}
	recall_read(rc);
	for (unsigned i = 0; i < RECALL_SIDES; i++)
		unlink(path[i]);
	return rc;
}

static char *compared(const char *before, const char *after,
		      enum diff_format format, enum severity fail_on,
		      enum diff_result *result)
{
	struct recall *rc = recall_both(before, after);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	ck_assert(recall_diff(rc, format, fail_on, f, result));
	ck_assert_int_eq(fclose(f), 0);
	recall_free(rc);
	return text;
}

/* What differs from asymmetric() in the run after; what that is. */
enum difference {
	SAME,
	OTHER_PORT,
	OTHER_HOST,
	OTHER_NET,
	OTHER_SERVICE,
	OTHER_CIRCUITS,
	OTHER_RULE,
	OTHER_CAUSE,
	LATER,
	MILDER,
};

static struct finding differing(enum difference d)
{
	struct finding f = asymmetric();

	switch (d) {
	case OTHER_PORT:
		f.tuple[0].client_port++;
		break;
	case OTHER_HOST:
		f.tuple[0] = tuple("40.97.1.2", 5, "203.0.113.25", 25);
		break;
	case OTHER_NET:
		f.tuple[0] = tuple("40.96.0.10", 5, "198.51.100.25", 25);
		break;
	case OTHER_SERVICE:
		f.service = SERVICE_NONE;
		break;
	case OTHER_CIRCUITS:
		f.syn_circuits |= 1ULL << CHICAGO;
		break;
	case OTHER_RULE:
		f.rule = RULE_OFF_PLAN;
		break;
	case OTHER_CAUSE:
		f.cause = 2;
		f.isn++;
		break;
	case LATER:
		f.time.ns += NSEC_PER_SEC;
		f.last = f.time;
		break;
	case MILDER:
		f.severity = SEVERITY_WARNING;
		f.impact = IMPACT_WORKING;
		break;
	case SAME:
	default:
		break;
	}
	f.answer = f.tuple[0];
	return f;
}

static const struct {
	enum difference before, after;
	const char *change;
	enum diff_result result;
} differences[] = {
	{SAME, SAME, "\"unchanged\":1,", DIFF_NOTHING_NEW},
	{SAME, OTHER_PORT, "\"unchanged\":1,", DIFF_NOTHING_NEW},
	{SAME, OTHER_HOST, "\"unchanged\":1,", DIFF_NOTHING_NEW},
	{SAME, OTHER_CAUSE, "\"unchanged\":1,", DIFF_NOTHING_NEW},
	{SAME, LATER, "\"unchanged\":1,", DIFF_NOTHING_NEW},
	{SAME, OTHER_NET, "\"new\":1,", DIFF_NEW},
	{SAME, OTHER_SERVICE, "\"new\":1,", DIFF_NEW},
	{SAME, OTHER_CIRCUITS, "\"new\":1,", DIFF_NEW},
	{SAME, OTHER_RULE, "\"new\":1,", DIFF_NEW},
	{SAME, MILDER, "\"better\":1,", DIFF_NOTHING_NEW},
	{MILDER, SAME, "\"worse\":1,", DIFF_NEW},
	{OTHER_NET, SAME, "\"gone\":1,", DIFF_NEW},
};

START_TEST(a_difference_is_new_or_not)
{
	struct finding f = differing(differences[_i].before);
	struct finding g = differing(differences[_i].after);
	char *before = run_with(&f, 1), *after = run_with(&g, 1), *text;
	enum diff_result result;

	text = compared(before, after, DIFF_JSON, SEVERITY_WARNING, &result);
	has(text, differences[_i].change);
	ck_assert_int_eq(result, differences[_i].result);
	free(text);
	free(after);
	free(before);
}
END_TEST

START_TEST(what_is_not_grave_does_not_fail)
{
	struct finding f = asymmetric();
	char *none = run_with(NULL, 0), *some, *text;
	enum diff_result result;

	f.severity = SEVERITY_WARNING;
	some = run_with(&f, 1);
	text = compared(none, some, DIFF_JUNIT, SEVERITY_CRITICAL, &result);
	ck_assert_int_eq(result, DIFF_NOTHING_NEW);
	has(text, "tests=\"3\" failures=\"0\"");
	has_not(text, "<failure");
	free(text);
	text = compared(none, some, DIFF_JUNIT, SEVERITY_INFO, &result);
	ck_assert_int_eq(result, DIFF_NEW);
	has(text, "tests=\"3\" failures=\"1\"");
	has(text, "<failure message=\"new: warning\">The answer took");
	free(text);
	text = compared(some, none, DIFF_TEXT, SEVERITY_INFO, &result);
	ck_assert_int_eq(result, DIFF_NOTHING_NEW);
	has(text, "Nothing new at info or above.\n"
		  "1 group of findings: 1 gone.\n");
	free(text);
	text = compared(none, none, DIFF_TEXT, SEVERITY_INFO, &result);
	has(text, "No findings before, and none after.");
	free(text);
	free(none);
	free(some);
}
END_TEST

/* One run that could not judge makes the other's findings mean nothing. */
START_TEST(who_could_not_judge_is_not_compared)
{
	struct finding f = asymmetric(), loss = about_tap(RULE_TAP_LOSS);
	char *good = run_with(NULL, 0), *blind, *proof, *text;
	enum diff_result result;

	totals.judged = false;
	totals.not_judged_why = "it was dark";
	blind = run_with(&loss, 1);
	proof = run_with(&f, 1);
	text = compared(blind, good, DIFF_TEXT, SEVERITY_WARNING, &result);
	ck_assert_int_eq(result, DIFF_CANNOT_JUDGE);
	has(text, "Before: Cannot judge: it was dark.");
	free(text);
	text = compared(good, blind, DIFF_JUNIT, SEVERITY_WARNING, &result);
	ck_assert_int_eq(result, DIFF_CANNOT_JUDGE);
	has(text, "<failure message=\"it was dark\">");
	free(text);
	text = compared(good, proof, DIFF_TEXT, SEVERITY_WARNING, &result);
	ck_assert_int_eq(result, DIFF_NEW);
	free(text);
	free(good);
	free(blind);
	free(proof);
}
END_TEST

static const char row[] =
	"{\"event_type\":\"service\",\"service\":\"smtp-inbound\","
	"\"connections\":%u,\"completed\":%u,\"rtt_us_median\":%s}\n";

START_TEST(services_are_compared)
{
	struct str before = {0}, after = {0};
	char *end = run_with(NULL, 0), *text;
	enum diff_result result;

	str_addf(&before, row, 100u, 100u, "12345");
	str_addf(&before, row, 100000u, 99900u, "23456");
	str_add(&before, end);
	str_addf(&after, row, 3u, 0u, "null");
	str_add(&after, end);
	text = compared(before.s, after.s, DIFF_JSON, SEVERITY_INFO, &result);
	has(text, "{\"event_type\":\"service-change\",\"service\":"
		  "\"smtp-inbound\",\"connections_before\":100100,"
		  "\"connections_after\":3,\"completed_before\":100000,"
		  "\"completed_after\":0,\"rtt_us_median_before\":23456,"
		  "\"rtt_us_median_after\":null}\n");
	free(text);
	text = compared(before.s, after.s, DIFF_TEXT, SEVERITY_INFO, &result);
	has(text, "  smtp-inbound                 100100          3     99.9 %"
		  "      0.0 %     23.456          -\n");
	free(text);
	text = compared(end, after.s, DIFF_TEXT, SEVERITY_INFO, &result);
	has(text, "\nNothing is told of services before: it takes");
	free(text);
	str_free(&before);
	str_free(&after);
	free(end);
}
END_TEST

#endif /* REPORT_DIFF_TESTS_H */
