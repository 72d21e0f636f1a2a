/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands around the findings: taps, totals, connections, the layout
 */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include "report_rules.h"

#include "../../src/report/text.h"

START_TEST(nothing_at_all_is_a_report)
{
	struct site *empty = site_new();
	struct topo *t = topo_new(empty);
	char *text;

	totals = (struct report_totals){.judged = true};
	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		report_free(report);
		options.format = (enum report_format)format;
		report = report_new(t, NULL, NULL, &options);
		text = written();
		has(text,
		    format == REPORT_TEXT
			    ? "No asymmetric connection among 0; nothing found"
			    : "{\"event_type\":\"summary\",\"packets\":0,"
			      "\"bytes\":0,\"tcp_packets\":0,\"first\":null,"
			      "\"last\":null,\"connections\":{\"total\":0,");
		free(text);
	}
	report_free(report);
	report = NULL;
	topo_free(t);
	site_free(empty);
}
END_TEST

static void fill_totals(void)
{
	totals.undecoded[DECODE_ARP] = 6;
	totals.undecoded[DECODE_LATER_FRAGMENT] = 4;
	for (unsigned i = 0; i < CLASSES; i++)
		counters.connections[i] = i;
	counters.evicted = 1;
	counters.unmapped = 5;
	counters.duplicates = 9;
	counters.late = 3;
	counters.unlinked = 2;
}

START_TEST(taps_and_totals_are_shown)
{
	char *text;

	fill_totals();
	begin(REPORT_TEXT);
	add_edge();
	report_tap(report, &(struct report_tap){.tap = CHI_INSIDE});
	text = written();
	has(text, "  tap         circuit     side           TCP      SYN  "
		  "SYN-ACK     out/in    drops  undecoded\n"
		  "  edge        internet    outside         40       10  "
		  "      1    100/0 %        7          3\n"
		  "  chi-inside  er-chicago  inside           0        0  "
		  "      0          -        -          0\n");
	has(text, "Connections: 66 in all, 1 asymmetric, 2 same-domain,");
	has_not(text, "0 symmetric");
	has(text, "Not TCP or not decoded: 6 ARP; 4 a later fragment,");
	has(text, "5 TCP packets matched no tap of the site");
	has(text, "9 handshake packets came twice");
	has(text, "1 connection had to leave the table");
	free(text);

	begin(REPORT_JSON);
	add_edge();
	report_tap(report, &(struct report_tap){.tap = CHI_PRI});
	text = written();
	has(text, "{\"event_type\":\"tap\",\"tap\":\"edge\",\"circuit\":"
		  "\"internet\",\"side\":\"outside\",\"link\":null,"
		  "\"tcp_packets\":40,\"bytes\":2400,\"syns\":10,"
		  "\"syn_acks\":1,\"to_remote\":40,\"from_remote\":0,"
		  "\"duplicates\":0,\"drops\":7,");
	has(text, "\"undecoded\":{\"arp\":2,\"cut\":1}}\n");
	has(text, "\"link\":\"primary\"");
	has(text, "\"drops\":null");
	has(text, "\"connections\":{\"total\":66,\"symmetric\":0,"
		  "\"asymmetric\":1,\"same_domain\":2,");
	has(text, "\"undecoded\":{\"arp\":6,\"later-fragment\":4},"
		  "\"evicted\":1,\"unmapped\":5,\"duplicates\":9,"
		  "\"late\":3,\"unlinked\":2,");
	has(text, "\"judged\":true,\"not_judged_why\":null}\n");
	free(text);
}
END_TEST

static struct connection sound(void)
{
	struct connection c = {
		.tuples = 1,
		.class = CLASS_SYMMETRIC,
		.impact = IMPACT_WORKING,
		.direction = DIRECTION_OUTBOUND,
		.service = SERVICE_NONE,
		.completed = true,
		.isn = 1,
		.dropped_at = CIRCUIT_NONE,
		.first = {START},
		.ended = {START + NSEC_PER_SEC},
		.rtt = 12345678,
		.packets = {11, 12},
		.path_taps = {1, 3},
	};

	c.tuple[0] = tuple("192.0.2.9", 40000, "40.96.0.1", 443);
	c.answer_tuple = c.tuple[0];
	c.syn = seen_at(EDGE, 1);
	c.answer = seen_at(EDGE, 2);
	c.syn_circuits = c.answer_circuits = 1ULL << INTERNET;
	return c;
}

START_TEST(connections_are_shown)
{
	struct connection c = sound();
	struct connection late = sound();
	char *text;

	late.first.ns += NSEC_PER_USEC;
	late.rtt = -1;
	late.evicted = true;
	late.moved = true;
	late.change = (struct path_change){
		.from = INTERNET,
		.to = CHICAGO,
		.dir = 1,
		.at = {.time = {START}, .number = 77, .tap = CHI_PRI},
	};
	late.escapes = 1;
	late.escape[0] = (struct escape){
		.reason = ESCAPE_WRONG_POOL,
		.circuit = INTERNET,
		.owner = CHICAGO,
		.address = c.tuple[0].client,
		.count = 4,
	};
	options.flows = true;
	begin(REPORT_TEXT);
	report_connection(report, &late);
	report_connection(report, &c);
	text = written();
	has(text, "2026-11-22T19:01:18.440978Z  symmetric  192.0.2.9:40000 -> "
		  "40.96.0.1:443  internet -> internet  11/12 packets  "
		  "rtt 12.345 ms  working\nevicted  ");
	free(text);

	begin(REPORT_JSON);
	report_connection(report, &late);
	report_connection(report, &c);
	text = written();
	has(text, "\"event_type\":\"connection\",\"impact\":\"working\"");
	has(text, "\"translated\":false");
	has(text, "\"pkts_toserver\":11,\"pkts_toclient\":12,"
		  "\"taps_toserver\":[\"edge\"],\"taps_toclient\":[\"edge\","
		  "\"chi-pri\"],\"rtt_us\":12345,\"completed\":true,");
	has(text, "\"rtt_us\":null");
	has(text, "\"moved\":null,");
	has(text, "\"moved\":{\"from\":\"internet\",\"to\":\"er-chicago\","
		  "\"direction\":\"toclient\",\"sighting\":{\"tap\":");
	has(text, "\"escapes\":[{\"reason\":\"wrong-pool\",\"circuit\":"
		  "\"internet\",\"escaped_ip\":\"192.0.2.9\",\"owner\":"
		  "\"er-chicago\",\"phase\":\"syn\",\"count\":4}]");
	ck_assert(strstr(text, "12345,") < strstr(text, "\"rtt_us\":null"));
	free(text);

	options.max_findings = 1;
	begin(REPORT_TEXT);
	report_connection(report, &c);
	report_connection(report, &late);
	text = written();
	has(text, "1 more connection not kept.");
	free(text);
}
END_TEST

static const struct {
	int64_t first, last;
	const char *period;
} periods[] = {
	{START, START, "19:01:18.440978 on 2026-11-22 UTC"},
	{START, START - 5, "19:01:18.440978 on 2026-11-22 UTC"},
	{START, START + 62000,
	 "19:01:18.440978 to 19:01:18.441040 on "
	 "2026-11-22 UTC (62 us)"},
	{START, START + 12 * NSEC_PER_MSEC,
	 "19:01:18.440978 to "
	 "19:01:18.452978 on 2026-11-22 UTC (12.0 ms)"},
	{START, START + 5109 * NSEC_PER_MSEC,
	 "19:01:18.441 to 19:01:23.550 "
	 "on 2026-11-22 UTC (5.1 s)"},
	{START, START + 61 * NSEC_PER_SEC,
	 "19:01:18.441 to 19:02:19.441 on "
	 "2026-11-22 UTC (1 min 1 s)"},
	{START, START + 3720 * NSEC_PER_SEC,
	 "19:01:18.441 to 20:03:18.441 "
	 "on 2026-11-22 UTC (1 h 2 min)"},
	{START, START + 90000 * NSEC_PER_SEC,
	 "2026-11-22 19:01:18.441 to "
	 "2026-11-23 20:01:18.441 UTC (1 d 1 h)"},
	{-1, 1,
	 "1969-12-31 23:59:59.999999 to 1970-01-01 00:00:00.000000 "
	 "UTC (0 us)"},
	{INT64_MIN, INT64_MAX,
	 "1677-09-21 00:12:43.145 to 2262-04-11 "
	 "23:47:16.854 UTC (213503 d 23 h)"},
};

START_TEST(periods_are_told)
{
	struct str s = {0};

	text_period(&s, (struct timestamp){periods[_i].first},
		    (struct timestamp){periods[_i].last});
	ck_assert_str_eq(s.s, periods[_i].period);
	str_free(&s);
}
END_TEST

START_TEST(clock_offsets_are_shown)
{
	static const struct flow_tap fast = {
		.segments = 1,
		.offset = 50 * NSEC_PER_MSEC,
		.offset_samples = 3,
		.first = {START},
		.last = {START},
	};
	static const struct flow_tap slow = {
		.segments = 1,
		.offset = -1500 * NSEC_PER_MSEC,
		.offset_samples = 3,
		.first = {START},
		.last = {START},
	};
	char *text;

	for (unsigned format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		bool json = format == REPORT_JSON;

		begin((enum report_format)format);
		add_edge();
		report_tap(report,
			   &(struct report_tap){.tap = CHI_PRI, .seen = &fast});
		report_tap(report, &(struct report_tap){.tap = CHI_INSIDE,
							.seen = &slow});
		text = written();
		has(text, json ? "\"drops\":7,\"clock_offset_ns\":null,"
			       : "  undecoded       clock\n");
		has(text, json ? "\"clock_offset_ns\":50000000,"
			       : "          0    +50.0 ms\n");
		has(text, json ? "\"clock_offset_ns\":-1500000000,"
			       : "          0      -1.5 s\n");
		has(text, json ? "\"clock_offset_ns\":null,"
			       : "          3           -\n");
		free(text);
	}
}
END_TEST

START_TEST(silent_taps_would_decide)
{
	struct finding f = unanswered();
	char *text;

	f.taps_missing = 1ULL << EDGE | 1ULL << CHI_PRI | 1ULL << CHI_INSIDE;
	begin(REPORT_TEXT);
	add_edge();
	report_tap(report, &(struct report_tap){.tap = CHI_PRI});
	report_tap(report, &(struct report_tap){.tap = CHI_INSIDE});
	report_finding(report, &f);
	text = written();
	has(text, "To decide: packets of chi-pri, chi-inside (declared, but "
		  "without packets in this run), of\n"
		  "                     edge (which may have lost some)\n");
	free(text);
}
END_TEST

/* What could not be read limits the verdict: it is told right behind it. */
START_TEST(bad_inputs_follow_the_verdict)
{
	struct capture *c = capture_new();
	char path[10][64], line[128];
	const char *end, *at;
	uint32_t input;
	char *text;

	for (unsigned i = 0; i < 10; i++) {
		snprintf(path[i], sizeof(path[i]), "/nonexistent/asymcap-%u",
			 i);
		capture_add_file(c, path[i], &input);
	}
	report_free(report);
	options.format = REPORT_TEXT;
	report = report_new(topo, c, &texts, &options);
	text = written();
	snprintf(line, sizeof(line),
		 "above.\nInput /nonexistent/asymcap-0 "
		 "is bad: ");
	has(text, line);
	has(text, "\n2 more inputs are bad or truncated: see the end.\nSeen");
	end = strstr(text, "\nConnections: ");
	ck_assert_ptr_nonnull(end);
	at = strstr(text, "Input /nonexistent/asymcap-7");
	ck_assert(at && at < end);
	at = strstr(text, "Input /nonexistent/asymcap-8");
	ck_assert(at && at > end);
	ck_assert_uint_eq(count_of(text, "Input /"), 10);
	free(text);
	report_free(report);
	report = NULL;
	capture_free(c);
}
END_TEST

/* Words are folded between the columns; the line to search for is not. */
START_TEST(text_is_folded)
{
	struct finding f = translated();
	char *text;

	options.width = 72;
	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has(text, "Remedy:  Give each edge a pool of its own, and translate "
		  "the\n                   source of what comes in there.\n");
	free(text);
}
END_TEST

START_TEST(no_line_is_wider_than_the_screen)
{
	struct finding f = translated();
	size_t width = (size_t)(_i < 60 ? 60 : _i > 100 ? 100 : _i);
	char *text, *line, *rest;

	options.width = (unsigned)_i;
	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = rest = written();
	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, "WARNING", 7))
			has(line, "smtp-inbound  working");
		else if (strstr(line, "00:11:22:33:44:55"))
			has(line, "  #1");
		else
			ck_assert_msg(strlen(line) <= width, "%s", line);
	}
	free(text);
}
END_TEST

static struct finding refused_by_icmp(void)
{
	struct finding f = about_connection(RULE_UNANSWERED, SEVERITY_INFO);

	f.class = CLASS_UNANSWERED;
	f.icmp.kept = 2;
	f.icmp.more = 3;
	f.icmp.at[0] = (struct icmp_error){
		.at = {.time = {START}, .number = 14, .tap = CHI_PRI},
		.count = 1,
		.kind = ICMP_ADMIN_PROHIBITED,
	};
	f.icmp.at[1] = (struct icmp_error){
		.at = {.time = {START + 1}, .number = 15, .tap = EDGE},
		.count = 2,
		.kind = ICMP_FRAG_NEEDED,
		.mtu = 1400,
		.of_server = true,
	};
	ck_assert(addr_parse("192.0.2.1", &f.icmp.at[0].router));
	ck_assert(addr_parse("2001:db8::1", &f.icmp.at[1].router));
	return f;
}

START_TEST(icmp_errors_are_shown)
{
	struct finding f = refused_by_icmp();
	struct connection c = sound();
	char *text;

	counters.icmp_matched = 6;
	counters.icmp_implausible = 1;
	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has(text, "ICMP:    admin-prohibited from 192.0.2.1 at tap chi-pri, "
		  "#14\n");
	has(text, "ICMP:    frag-needed (MTU 1400) from 2001:db8::1 to the "
		  "server at tap edge, #15, 2 times\n");
	has(text, "ICMP:    3 errors of other kinds or routers\n");
	has(text, "ICMP errors about TCP: 6 about connections that were "
		  "seen; 1 not believed,");
	has_not(text, "about others");
	free(text);

	f.rule = RULE_ASYMMETRIC_HANDSHAKE;
	f.class = CLASS_ASYMMETRIC;
	c.icmp = f.icmp;
	options.flows = true;
	begin(REPORT_JSON);
	report_finding(report, &f);
	report_connection(report, &c);
	text = written();
	has(text, " 192.0.2.1 told the client by ICMP: admin-prohibited. "
		  "2001:db8::1 told the server by ICMP: frag-needed.\"");
	ck_assert_uint_eq(
		count_of(text, "\"icmp\":[{\"type\":\"admin-prohibited\","
			       "\"from\":\"192.0.2.1\",\"quotes\":\"client\","
			       "\"mtu\":null,\"count\":1,\"tap\":\"chi-pri\","
			       "\"file\":null,\"packet\":14,\"time\":"
			       "\"2026-11-22T19:01:18.440978Z\"},"
			       "{\"type\":\"frag-needed\","),
		2);
	ck_assert_uint_eq(count_of(text, "\"quotes\":\"server\",\"mtu\":1400,"
					 "\"count\":2,"),
			  2);
	ck_assert_uint_eq(count_of(text, "}],\"icmp_more\":3,"), 2);
	has(text, "\"icmp_errors\":{\"matched\":6,\"unmatched\":0,"
		  "\"implausible\":1},");
	free(text);
}
END_TEST

/* Most connections have none. */
START_TEST(no_icmp_errors_are_not_shown)
{
	struct finding f = asymmetric();
	char *text;

	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has_not(text, "ICMP");
	free(text);
	begin(REPORT_JSON);
	report_finding(report, &f);
	text = written();
	has_not(text, "\"icmp\"");
	has_not(text, "\"icmp_more\"");
	has(text, "\"icmp_errors\":{\"matched\":0,");
	free(text);
}
END_TEST

/* What the catalogue of the report is fed with: one connection, many times. */
static struct connection inbound_mail(unsigned circuit)
{
	struct connection c = sound();

	c.direction = DIRECTION_INBOUND;
	c.service = 0;
	c.syn.taps = 1ULL << (circuit == INTERNET ? EDGE : CHI_PRI);
	c.syn_circuits = c.answer_circuits = 1ULL << circuit;
	c.rtt = 20 * NSEC_PER_MSEC;
	return c;
}

static char *written_rows(enum report_format format, unsigned circuit)
{
	struct catalogue *k = catalogue_new(topo);
	struct connection c = inbound_mail(circuit);
	char *text;

	begin(format);
	report_catalogue(report, k);
	catalogue_take(k, &c);
	c.answer_circuits = 1ULL << CHICAGO;
	catalogue_take(k, &c);
	c = sound();
	ck_assert(addr_parse("10.0.0.1", &c.tuple[0].client));
	ck_assert(addr_parse("40.96.0.99", &c.tuple[0].server));
	c.tuple[0].server_port = 443;
	catalogue_take(k, &c);
	text = written();
	catalogue_free(k);
	report_catalogue(report, NULL);
	return text;
}

START_TEST(planned_against_seen)
{
	char *text = written_rows(REPORT_TEXT, INTERNET);

	has(text, "  smtp-inbound  inbound    internet  internet -> "
		  "internet+er-chicago        2          2          0       0"
		  "   19.9 ms          -  as planned\n");
	has(text, "  (no row)      outbound   any       ");
	has(text, "In no row: outbound to 40.96.0.99:443 (1); add a row");
	has(text, "Pools not exercised: 192.0.2.0/24 (internet), "
		  "198.51.100.0/24 (er-chicago): no connection");
	free(text);

	text = written_rows(REPORT_JSON, CHICAGO);
	has(text, "{\"event_type\":\"service\",\"service\":"
		  "\"smtp-inbound\",\"direction\":\"inbound\",\"result\":"
		  "\"off-plan\",\"planned\":[\"internet\"],\"seen\":"
		  "[\"er-chicago\"],\"answered\":[\"er-chicago\"],"
		  "\"seen_connections\":{\"er-chicago\":2},"
		  "\"connections\":2,\"completed\":2,");
	has(text, "\"off_plan\":2,");
	has(text, "\"service\":null,\"direction\":\"outbound\","
		  "\"result\":\"no-row\"");
	has(text, "\"servers\":[{\"dest_ip\":\"40.96.0.99\","
		  "\"dest_port\":443,");
	has(text, "{\"event_type\":\"pool\",\"circuit\":\"internet\","
		  "\"prefix\":\"192.0.2.0/24\",\"connections\":0}\n");
	free(text);
}
END_TEST

START_TEST(rows_that_were_not_touched)
{
	struct catalogue *k = catalogue_new(topo);
	char *text;

	begin(REPORT_TEXT);
	report_catalogue(report, k);
	text = written();
	has(text, "  smtp-inbound  inbound    internet  -           0");
	has(text, "-  not exercised\n");
	has(text, "Not exercised: smtp-inbound.\n");
	has_not(text, "(no row)");
	has_not(text, "In no row");
	free(text);
	catalogue_free(k);
	report_catalogue(report, NULL);
}
END_TEST

START_TEST(colours_only_when_asked)
{
	struct finding f = asymmetric();
	char *text;

	options.color = true;
	begin(REPORT_TEXT);
	report_finding(report, &f);
	text = written();
	has(text, "\033[1;31mCRITICAL  \033[0masymmetric-handshake");
	free(text);
	begin(REPORT_JSON);
	report_finding(report, &f);
	text = written();
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

#endif /* REPORT_OUTPUT_H */
