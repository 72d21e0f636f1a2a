/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What rests on the silence of a tap that cannot be trusted is taken back
 */
#ifndef REPORT_DOUBT_H
#define REPORT_DOUBT_H

#include "report_output.h"

#define TAP(tap_) (1ULL << (tap_))

static struct connection silent_at(enum conn_class class, uint8_t tap,
				   int64_t us)
{
	struct connection c = sound();

	c.class = class;
	c.impact = IMPACT_UNKNOWN;
	c.first.ns = START + us * NSEC_PER_USEC;
	c.completed = false;
	c.syn = c.answer = (struct sightings){0};
	c.syn_circuits = c.answer_circuits = 0;
	if (class == CLASS_ORPHAN_SYN_ACK) {
		c.answer = seen_at(tap, 1);
		c.answer_circuits = topo_circuits(topo, TAP(tap));
	} else {
		c.syn = seen_at(tap, 1);
		c.syn_circuits = topo_circuits(topo, TAP(tap));
	}
	return c;
}

/* Unanswered at the Internet's edge and inside, orphans at Chicago; and four
 * findings that rest on what was seen.
 */
static void fill_doubted(void)
{
	struct finding edge = unanswered(), inside = unanswered();
	struct finding lost = orphan(), leak = escape_private();
	struct finding found[] = {asymmetric(), off_plan(), inbound_snat()};
	const struct connection c[] = {
		silent_at(CLASS_UNANSWERED, EDGE, 1),
		silent_at(CLASS_UNANSWERED, CHI_INSIDE, 2),
		silent_at(CLASS_ORPHAN_SYN_ACK, CHI_PRI, 3),
		silent_at(CLASS_SYMMETRIC, EDGE, 4),
		silent_at(CLASS_INDETERMINATE, EDGE, 5),
	};

	edge.severity = SEVERITY_WARNING; /* its source escaped, too */
	inside.syn = seen_at(CHI_INSIDE, 20);
	leak.class = CLASS_UNANSWERED;
	report_finding(report, &edge);
	report_finding(report, &inside);
	report_finding(report, &inside);
	report_finding(report, &lost);
	report_finding(report, &leak);
	for (unsigned i = 0; i < ARRAY_SIZE(found); i++)
		report_finding(report, &found[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(c); i++)
		report_connection(report, &c[i]);
}

#define STAY 4 /* findings that rest on what was seen */

static const struct {
	uint64_t one_way, lossy;
	unsigned edge, inside, orphans; /* withheld */
} doubts[] = {
	{0, 0, 0, 0, 0},
	{TAP(EDGE), 0, 1, 0, 0},
	{TAP(CHI_INSIDE), 0, 0, 2, 0},
	{TAP(CHI_PRI), 0, 0, 0, 1},
	{TAP(EDGE) | TAP(CHI_PRI), 0, 1, 0, 1},
	{TAP(63), 0, 0, 0, 0}, /* nothing was seen there */
	/* What is lost at one tap may be the half of any connection. */
	{0, TAP(EDGE), 1, 2, 1},
	{0, TAP(63), 1, 2, 1},
	{TAP(EDGE), TAP(CHI_PRI), 1, 2, 1},
};

START_TEST(silence_is_withheld)
{
	unsigned edge = doubts[_i].edge, inside = doubts[_i].inside;
	unsigned orphans = doubts[_i].orphans;

	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		struct report_doubt doubt = {
			.one_way = doubts[_i].one_way,
			.lossy = doubts[_i].lossy,
		};
		unsigned info = 3 - inside - orphans;
		struct str want = {0};
		char *text;

		options.flows = true;
		begin((enum report_format)format);
		fill_doubted();
		ck_assert_uint_eq(report_count(report, SEVERITY_INFO),
				  STAY + 4);
		report_withhold(report, &doubt);
		for (unsigned c = 0; c < CLASSES; c++)
			ck_assert_uint_eq(doubt.withheld[c],
					  c == CLASS_UNANSWERED ? edge + inside
					  : c == CLASS_ORPHAN_SYN_ACK ? orphans
								      : 0);
		ck_assert_uint_eq(report_count(report, SEVERITY_CRITICAL), 3);
		ck_assert_uint_eq(report_count(report, SEVERITY_WARNING),
				  3 + 2 - edge);
		ck_assert_uint_eq(report_count(report, SEVERITY_INFO),
				  3 + 2 - edge + info);
		text = written();
		if (format == REPORT_TEXT) {
			str_addf(&want, "Findings: 3 critical, %u warning",
				 2 - edge);
			has(text, want.s);
			ck_assert(!strstr(text, "  orphan-syn-ack  ") ==
				  !!orphans);
		} else {
			str_addf(&want,
				 "\"findings\":{\"critical\":3,"
				 "\"warning\":%u,\"info\":%u}",
				 2 - edge, info);
			has(text, want.s);
			ck_assert_uint_eq(
				count_of(text, "\"rule\":\"unanswered\""),
				3 - edge - inside);
			ck_assert_uint_eq(
				count_of(text, "\"rule\":\"orphan-syn-ack\""),
				1 - orphans);
			ck_assert_uint_eq(
				count_of(text, "\"rule\":\"snat-escape\""), 1);
		}
		str_free(&want);
		free(text);
	}
}
END_TEST

/* A connection that is listed has the class that it is counted under, and
 * stands where it stood.
 */
START_TEST(doubted_connections_are_indeterminate)
{
	unsigned edge = doubts[_i].edge, inside = !!doubts[_i].inside;
	unsigned orphans = doubts[_i].orphans;
	struct report_doubt doubt = {
		.one_way = doubts[_i].one_way,
		.lossy = doubts[_i].lossy,
	};
	const char *at[5], *names[] = {
				   edge ? "indeterminate" : "unanswered",
				   inside ? "indeterminate" : "unanswered",
				   orphans ? "indeterminate" : "orphan-syn-ack",
				   "symmetric",
				   "indeterminate",
			   };
	char *text;

	options.flows = true;
	begin(REPORT_JSON);
	fill_doubted();
	report_withhold(report, &doubt);
	text = written();
	ck_assert_uint_eq(count_of(text, "\"event_type\":\"connection\""), 5);
	at[0] = text;
	for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
		size_t size = strlen(names[i]);
		const char *class;

		at[i] = strstr(i ? at[i - 1] + 1 : text,
			       "\"event_type\":\"connection\"");
		ck_assert_ptr_nonnull(at[i]);
		class = strstr(at[i], "\"class\":\"");
		ck_assert_ptr_nonnull(class);
		class += strlen("\"class\":\"");
		ck_assert_msg(!strncmp(class, names[i], size) &&
				      class[size] == '"',
			      "%u: not %s: %.20s", i, names[i], class);
	}
	free(text);
}
END_TEST

/* When a tap was capturing, in s after START; the SYN came at 10, and nothing
 * after 12.
 */
static const struct {
	int64_t from, to;
	bool withheld;
} windows[] = {
	{0, 100, false}, {10, 12, false}, {12, 13, false}, {0, 10, false},
	{13, 100, true}, {0, 9, true},	  {11, 11, false}, {-5, -1, true},
};

START_TEST(a_tap_that_was_not_there)
{
	struct report_doubt doubt = {.timed = TAP(EDGE) | TAP(CHI_PRI)};
	struct connection c = silent_at(CLASS_UNANSWERED, EDGE, 0);
	struct finding f = unanswered();
	bool withheld = windows[_i].withheld;
	char *text;

	f.time.ns = c.first.ns = START + 10 * NSEC_PER_SEC;
	f.last.ns = c.ended.ns = START + 12 * NSEC_PER_SEC;
	doubt.from[EDGE].ns = START;
	doubt.to[EDGE].ns = START + 100 * NSEC_PER_SEC;
	doubt.from[CHI_PRI].ns = START + windows[_i].from * NSEC_PER_SEC;
	doubt.to[CHI_PRI].ns = START + windows[_i].to * NSEC_PER_SEC;
	options.flows = true;
	begin(REPORT_JSON);
	report_finding(report, &f);
	report_connection(report, &c);
	report_withhold(report, &doubt);
	ck_assert_uint_eq(doubt.withheld[CLASS_UNANSWERED], withheld);
	ck_assert_uint_eq(report_count(report, SEVERITY_INFO), !withheld);
	text = written();
	has(text, withheld ? "\"class\":\"indeterminate\""
			   : "\"class\":\"unanswered\"");
	free(text);
}
END_TEST

/* Who may have lost the copy is not told to have shown none. */
static const struct {
	uint64_t one_way, lossy, absent;
	bool accused;
} accusations[] = {
	{0, 0, 0, true},
	{TAP(EDGE), 0, 0, true},
	{0, TAP(EDGE), 0, true},
	{0, 0, TAP(EDGE), true},
	{TAP(CHI_PRI), 0, 0, false},
	{0, TAP(CHI_INSIDE), 0, false},
	{0, 0, TAP(CHI_PRI), false},
};

START_TEST(unreliable_taps_accuse_nobody)
{
	struct report_doubt doubt = {
		.one_way = accusations[_i].one_way,
		.lossy = accusations[_i].lossy,
		.absent = accusations[_i].absent,
	};
	struct finding f = asymmetric();
	struct connection c = sound();
	char *text;

	c.class = CLASS_ASYMMETRIC;
	c.dropped_at = CHICAGO;
	options.flows = true;
	begin(REPORT_JSON);
	report_finding(report, &f);
	report_connection(report, &c);
	report_withhold(report, &doubt);
	ck_assert_uint_eq(report_count(report, SEVERITY_CRITICAL), 1);
	text = written();
	ck_assert_uint_eq(count_of(text, "\"dropped_at\":\"er-chicago\""),
			  accusations[_i].accused ? 2 : 0);
	ck_assert_uint_eq(count_of(text, "\"dropped_at\":null"),
			  accusations[_i].accused ? 0 : 2);
	free(text);
}
END_TEST

/* What escaped did escape, but whether it was answered is not known. */
START_TEST(other_findings_lose_their_class)
{
	struct report_doubt doubt = {.lossy = TAP(EDGE)};
	struct finding f = escape_private();
	char *text;

	f.class = CLASS_UNANSWERED;
	begin(REPORT_JSON);
	report_finding(report, &f);
	report_withhold(report, &doubt);
	ck_assert_uint_eq(report_count(report, SEVERITY_CRITICAL), 1);
	ck_assert_uint_eq(doubt.withheld[CLASS_UNANSWERED], 0);
	text = written();
	has(text, "\"rule\":\"snat-escape\"");
	has(text, "\"class\":\"indeterminate\"");
	free(text);
}
END_TEST

/* Nothing is left to say; and taking back twice takes nothing more. */
START_TEST(all_of_it_is_withheld)
{
	struct report_doubt doubt = {.lossy = 1}, again = {.lossy = 1};
	struct finding f = unanswered();
	char *text;

	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		begin((enum report_format)format);
		doubt.withheld[CLASS_UNANSWERED] = 0;
		for (unsigned i = 0; i < 5000; i++)
			report_finding(report, &f);
		report_withhold(report, &doubt);
		report_withhold(report, &again);
		ck_assert_uint_eq(doubt.withheld[CLASS_UNANSWERED], 5000);
		ck_assert_uint_eq(again.withheld[CLASS_UNANSWERED], 0);
		ck_assert_uint_eq(report_count(report, SEVERITY_INFO), 0);
		text = written();
		if (format == REPORT_TEXT)
			has(text, "nothing found");
		else
			has_not(text, "\"event_type\":\"finding\"");
		free(text);
	}
}
END_TEST

#endif /* REPORT_DOUBT_H */
