/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What probe and check have told is shown by a report that reads it back
 */
#ifndef REPORT_ASIDE_TESTS_H
#define REPORT_ASIDE_TESTS_H

#include "report_probes.h"
#include "report_recall.h"

static char *page_of(const char *lines, enum report_format format, bool good)
{
	struct report_options o = {.format = format};
	struct recall *rc = recall_new(&o);
	struct recalled r = {.rc = rc};
	char path[] = "/tmp/asymcap-test-XXXXXX";

	recall_keep_aside(rc);
	put_file(path, lines, strlen(lines));
	ck_assert(recall_add(rc, path, 0));
	r.good = recall_read(rc);
	unlink(path);
	ck_assert_msg(r.good == good, "%.200s", lines);
	return rewritten(&r);
}

static void assert_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no '%s' in: %s", part, text);
}

static char *some_probes(enum report_format format)
{
	struct report_probe p[PROBES];
	struct probe_attempt a[PROBES];
	struct connection c;

	site->circuit[CHICAGO].expected_rtt = 20 * NSEC_PER_MSEC;
	make_probes(p, a, &c);
	begin(format);
	return probes_written(p, PROBES);
}

/* The end of what probe itself wrote is the end of what is read back. */
START_TEST(probes_come_back)
{
	char *own = some_probes(REPORT_TEXT);
	char *json = some_probes(REPORT_JSON);
	char *text = page_of(json, REPORT_TEXT, true);
	const char *end = strstr(own, "SYNs/answers at ");

	ck_assert_ptr_nonnull(end);
	ck_assert_uint_gt(strlen(text), strlen(end));
	ck_assert_str_eq(text + strlen(text) - strlen(end), end);
	assert_has(text, "connected   a?[31m\"b:443: the SYN left on er-chicago"
			 ", the SYN-ACK came back on er-chicago\n");
	assert_has(text, "1 SYN, 2026-11-22 19:01:18.440978, answered");
	assert_has(text, "SYN at:  chi-pri as ");
	assert_has(text, "silent      a");
	assert_has(text, "Remedy:  Try another port or target");
	ck_assert_ptr_null(strchr(text, '\033'));
	ck_assert_ptr_null(strstr(text, "Cannot judge"));
	ck_assert_ptr_null(strstr(text, "Connections:"));
	free(text);
	text = page_of(json, REPORT_HTML, true);
	assert_has(text, "<title>5 probes: 4 connected, 1 silent; not all as "
			 "planned; of 1 the taps saw too little.</title>");
	assert_has(text, "<h1 class=warning>5 probes");
	assert_has(text, "&quot;b:443</th><td class=good>connected</td>");
	ck_assert_ptr_null(strstr(text, "<h2 id=findings>"));
	free(text);
	free(json);
	free(own);
}
END_TEST

#define PROBE(more_)                                                           \
	"{\"event_type\":\"probe\",\"target\":\"t<i>\",\"outcome\":"           \
	"\"asymmetric\"" more_ "}\n"
#define CHECK(id_, verdict_, more_)                                            \
	"{\"event_type\":\"check\",\"check\":\"" id_ "\",\"verdict\":"         \
	"\"" verdict_ "\",\"message\":\"m<i>\"" more_ "}\n"

static const struct {
	const char *lines;
	bool good;
	const char *text; /* that is in it */
	const char *html;
} asides[] = {
	{PROBE(""), true, "asymmetric  t<i>\n",
	 "<h1 class=critical>1 probe: 1 asymmetric; not all as planned"},
	{PROBE(""), true, "Their summary is missing", "t&lt;i&gt;"},
	{PROBE(",\"findings\":[{\"rule\":\"r\",\"severity\":\"critical\","
	       "\"cause\":\"c\",\"remedy\":\"same\"},{\"rule\":\"q\","
	       "\"severity\":\"info\",\"cause\":\"d\",\"remedy\":\"same\"}]"),
	 true,
	 "Finding: r, critical; q, info\n            Cause:   c d\n"
	 "            Remedy:  same\n",
	 "r, critical; q, info<br>same</td>"},
	{PROBE(",\"source_hidden\":true"), true,
	 "Source:  source NAT hid the original source\n", ""},
	{PROBE(",\"source_hidden\":false"), true,
	 "Source:  the original source came in: no source NAT\n", ""},
	{PROBE(",\"source_hidden\":null"), true,
	 "Source:  no inside tap saw it", ""},
	{PROBE(",\"hops\":[{\"ttl\":1,\"ip\":\"10.0.0.1\",\"reply\":"
	       "\"time-exceeded\"},{\"ttl\":2,\"ip\":null,\"reply\":null},"
	       "{\"ttl\":3,\"ip\":\"40.96.0.1\",\"reply\":\"syn-ack\"}]"),
	 true, "Hops:    1 10.0.0.1, 2 *, 3 40.96.0.1 (syn-ack)\n", ""},
	{PROBE(",\"connection\":{\"syn_ack\":{\"sightings\":[{\"tap\":\"x\"},"
	       "{\"tap\":\"y\"}]}}"),
	 true, "Answer:  x, y\n", ""},
	{PROBE("") "{\"event_type\":\"probe-summary\"}\n" PROBE(""), true,
	 "Probes:\n", "<h1 class=critical>2 probes: 2 asymmetric"},
	{"{\"event_type\":\"probe\",\"target\":\"t\",\"outcome\":\"new\"}"
	 "\n" PROBE(""),
	 false, "1 probe: 1 asymmetric", "1 probe: 1 asymmetric"},
	{CHECK("SYM-01", "fail",
	       ",\"remedy\":\"r\",\"file\":\"f\",\"line\":3,"
	       "\"column\":4"),
	 true, "But:     m<i> [f:3:4]\n          Remedy:  r\n",
	 "<h1 class=critical>The plan fails.</h1>"},
	{CHECK("SYM-01", "fail", ",\"file\":\"f\",\"line\":3,\"column\":4"),
	 true, "FAIL      SYM-01  asym-handshake\n",
	 "<td class=critical>fail</td><th scope=row>SYM-01<br>asym-handshake"
	 "</th><td>m&lt;i&gt;<br><small>f:3:4</small>"},
	{CHECK("SYM-01", "pass", "") CHECK("SYM-02", "unknown", ""), true,
	 "The plan holds, as far as it can be judged.", "1 result passes."},
	{CHECK("SYM-01", "pass", "") "{\"event_type\":\"plan\",\"site\":\"s<\","
				     "\"omitted\":7}\n" CHECK("SYM-02", "warn",
							      ""),
	 true, "The plan on paper (s<):\nThe plan holds.",
	 "s&lt;: <strong class=good>The plan holds."},
	{CHECK("SYM-01", "pass",
	       "") "{\"event_type\":\"plan\",\"omitted\":7}\n",
	 true, "7 results are not kept", ""},
	{CHECK("SYM-99", "pass", "") CHECK("SYM-01", "pass", ""), false,
	 "The plan holds.", "The plan holds."},
	{CHECK("SYM-01", "no", "") CHECK("SYM-01", "pass", ""), false,
	 "The plan holds.", "The plan holds."},
};

START_TEST(lines_of_other_commands)
{
	char *text = page_of(asides[_i].lines, REPORT_TEXT, asides[_i].good);
	char *html = page_of(asides[_i].lines, REPORT_HTML, asides[_i].good);

	assert_has(text, asides[_i].text);
	assert_has(html, asides[_i].html);
	ck_assert_ptr_null(strstr(html, "<i>"));
	ck_assert_ptr_null(strstr(text, "Cannot judge"));
	free(text);
	free(html);
}
END_TEST

/* Beside a run, and in no page but where it is wanted */
START_TEST(beside_a_run)
{
	struct str lines = {0};
	char *json = one_finding(), *text;

	str_add(&lines, CHECK("SYM-01", "fail", "") PROBE(""));
	str_add(&lines, json);
	text = page_of(lines.s, REPORT_TEXT, true);
	assert_has(text, "asymmetric-handshake");
	assert_has(text, "\n\nThe plan on paper:\nThe plan fails.");
	assert_has(text, "\n\nProbes:\nasymmetric  t<i>");
	free(text);
	text = page_of(lines.s, REPORT_HTML, true);
	assert_has(text, "<h2 id=findings>");
	assert_has(text, "<li><a href=\"#plan\">");
	assert_has(text, "<h2 id=plan>");
	assert_has(text, "<li><a href=\"#probes\">");
	assert_has(text, "<h2 id=probes>");
	free(text);
	text = recalled_text(lines.s, REPORT_TEXT, true);
	ck_assert_ptr_null(strstr(text, "The plan"));
	free(text);
	str_free(&lines);
	free(json);
}
END_TEST

START_TEST(asides_are_bounded)
{
	struct str lines = {0};
	char *text;

	for (unsigned i = 0; i < 10003; i++)
		str_add(&lines, PROBE("") CHECK("SYM-01", "warn", ""));
	text = page_of(lines.s, REPORT_TEXT, true);
	assert_has(text, "10003 probes: 10003 asymmetric");
	assert_has(text, "\n6 lines of probes and checks are not kept");
	free(text);
	text = page_of(lines.s, REPORT_HTML, true);
	assert_has(text, "<p>9753 more are left out: --format text lists");
	ck_assert_uint_lt(strlen(text), 500000);
	free(text);
	str_free(&lines);
}
END_TEST

#endif /* REPORT_ASIDE_TESTS_H */
