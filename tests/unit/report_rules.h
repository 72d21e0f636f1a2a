/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A finding of each rule, and what the two formats make of it
 */
#ifndef REPORT_RULES_H
#define REPORT_RULES_H

#include "report_fixture.h"

static struct finding translated(void)
{
	struct finding f = asymmetric();

	f.tuples = 2;
	f.tuple[1] = tuple("40.96.0.10", 36295, "192.168.5.10", 25);
	f.answer = f.tuple[1];
	f.confidence = CONFIDENCE_LIKELY;
	f.dropped_at = CIRCUIT_NONE;
	f.impact = IMPACT_WORKING;
	f.severity = SEVERITY_WARNING;
	return f;
}

static struct finding refused_elsewhere(void)
{
	struct finding f = asymmetric();

	f.answer_is_rst = true;
	f.direction = DIRECTION_OUTBOUND;
	return f;
}

static struct finding asymmetric_flow(void)
{
	struct finding f =
		about_connection(RULE_ASYMMETRIC_FLOW, SEVERITY_WARNING);

	f.class = CLASS_MIDSTREAM;
	f.answer_circuits = 1ULL << CHICAGO;
	f.syn = (struct sightings){0};
	return f;
}

static struct finding path_change(void)
{
	struct finding f = about_connection(RULE_PATH_CHANGE, SEVERITY_WARNING);

	f.syn = seen_at(CHI_PRI, 3);
	f.answer_circuits = 1ULL << CHICAGO;
	f.circuit = CHICAGO;
	f.tap = CHI_PRI;
	f.impact = IMPACT_BROKEN;
	return f;
}

static struct finding escape(enum escape_reason reason, const char *address,
			     uint8_t owner)
{
	struct finding f =
		about_connection(RULE_SNAT_ESCAPE, SEVERITY_CRITICAL);

	f.direction = DIRECTION_OUTBOUND;
	f.tuple[0] = tuple(address, 50000, "40.96.0.10", 443);
	f.escaped = f.tuple[0].client;
	f.reason = reason;
	f.circuit = CHICAGO;
	f.owner = owner;
	f.count = 3;
	return f;
}

static struct finding escape_private(void)
{
	return escape(ESCAPE_PRIVATE, "10.1.2.3", CIRCUIT_NONE);
}

static struct finding escape_pool(void)
{
	struct finding f = escape(ESCAPE_WRONG_POOL, "192.0.2.7", INTERNET);

	f.phase = PHASE_SYN_ACK;
	return f;
}

static struct finding escape_unknown(void)
{
	struct finding f = escape(ESCAPE_UNKNOWN, "8.8.4.4", CIRCUIT_NONE);

	f.phase = PHASE_CLOSE;
	f.severity = SEVERITY_WARNING;
	f.count = 1;
	return f;
}

static struct finding escape_midstream(void)
{
	struct finding f = escape_unknown();

	f.class = CLASS_MIDSTREAM;
	f.phase = PHASE_DATA;
	f.syn_circuits = 0;
	return f;
}

static struct finding inbound_snat(void)
{
	struct finding f =
		about_connection(RULE_INBOUND_SNAT_MISSING, SEVERITY_CRITICAL);

	f.syn = seen_at(CHI_INSIDE, 4);
	f.tap = CHI_INSIDE;
	f.circuit = CHICAGO;
	return f;
}

static struct finding unanswered(void)
{
	struct finding f = about_connection(RULE_UNANSWERED, SEVERITY_INFO);

	f.class = CLASS_UNANSWERED;
	f.syn.count = 4;
	return f;
}

static struct finding orphan(void)
{
	struct finding f = about_connection(RULE_ORPHAN_SYN_ACK, SEVERITY_INFO);

	f.class = CLASS_ORPHAN_SYN_ACK;
	f.syn = (struct sightings){0};
	f.syn_circuits = 0;
	f.syn_ack = seen_at(CHI_PRI, 9);
	f.syn_ack.at[0].has_mac = false;
	f.answer_circuits = 1ULL << CHICAGO;
	f.taps_missing = 1ULL << EDGE;
	return f;
}

static struct finding off_plan(void)
{
	struct finding f = about_connection(RULE_OFF_PLAN, SEVERITY_WARNING);

	f.class = CLASS_SYMMETRIC;
	f.service = 0;
	f.circuit = CHICAGO;
	return f;
}

static struct finding nat_off_plan(void)
{
	struct finding f =
		about_connection(RULE_NAT_OFF_PLAN, SEVERITY_WARNING);

	f.class = CLASS_SYMMETRIC;
	f.service = 0;
	f.circuit = INTERNET;
	f.tuple[1] = f.tuple[0];
	ck_assert(addr_parse("192.168.1.5", &f.tuple[1].client));
	f.tuples = 2;
	f.escaped = f.tuple[1].client;
	return f;
}

static struct finding one_way(void)
{
	struct finding f = about_tap(RULE_TAP_ONE_WAY);

	f.count = 4;
	return f;
}

static struct finding overlap(void)
{
	struct finding f = about_tap(RULE_TAP_OVERLAP);

	f.other_tap = CHI_PRI;
	f.count = 12;
	return f;
}

static struct finding loss(void)
{
	struct finding f = about_tap(RULE_TAP_LOSS);

	f.count = 7;
	return f;
}

static struct finding unmapped(void)
{
	struct finding f = about_tap(RULE_TAP_UNMAPPED);

	f.tap = TAP_NONE;
	f.count = 5;
	return f;
}

static struct finding silent(void)
{
	struct finding f = about_tap(RULE_TAP_SILENT);

	f.count = 0;
	return f;
}

static struct finding apart(void)
{
	struct finding f = about_tap(RULE_TAP_APART);

	f.other_tap = 1;
	f.count = 3593;
	return f;
}

static const struct {
	struct finding (*make)(void);
	const char *text[4];
	const char *json[5];
} rules[] = {
	{asymmetric,
	 {"CRITICAL  asymmetric-handshake  1 connection  SYN internet -> "
	  "SYN-ACK er-chicago  smtp-inbound  broken, dropped at er-chicago\n",
	  "SYN 40.96.0.10:36295 -> 203.0.113.25:25 came in on internet; its "
	  "SYN-ACK left on er-chicago.",
	  "Ends:    40.96.0.0/13 -> 203.0.113.25, inbound",
	  "          Packets: the first at each tap\n"
	  "            SYN      19:01:18.440978  edge     #12  "
	  "00:11:22:33:44:55 > 02:00:00:00:00:01\n"
	  "            SYN-ACK        +0.000000  chi-pri  #13  "
	  "00:11:22:33:44:55 > 02:00:00:00:00:01\n"},
	 {"{\"timestamp\":\"2026-11-22T19:01:18.440978Z\",\"event_type\":"
	  "\"finding\",\"rule\":\"asymmetric-handshake\",\"severity\":"
	  "\"critical\",\"impact\":\"broken\",\"direction\":\"inbound\","
	  "\"service\":\"smtp-inbound\",\"src_ip\":\"40.96.0.10\","
	  "\"src_port\":36295,\"dest_ip\":\"203.0.113.25\",\"dest_port\":25,"
	  "\"proto\":\"TCP\",\"community_id\":\"1:",
	  "=\",\"isn\":2196731898,\"translated\":false,\"dropped_at\":"
	  "\"er-chicago\",\"syn\":{\"circuits\":[\"internet\"],\"count\":1,"
	  "\"sightings\":[{\"tap\":\"edge\",\"file\":null,\"packet\":12,",
	  "\"flags\":\"syn-ack\",\"src_ip\":\"203.0.113.25\",\"src_port\":25,"
	  "\"dest_ip\":\"40.96.0.10\",\"dest_port\":36295}",
	  "\"message\":\"SYN 40.96.0.10:36295 -> 203.0.113.25:25 came in",
	  "\"log_hint\":\"\\\"no session matched\\\"\"}\n"}},
	{translated,
	 {"WARNING   asymmetric-handshake", "  working\n",
	  "The SYN-ACK was 192.168.5.10:25 -> 40.96.0.10:36295.",
	  "paired by TCP options and time"},
	 {"\"service\":\"smtp-inbound\"", "\"translated\":true",
	  "\"src_ip\":\"192.168.5.10\",\"src_port\":25",
	  "\"confidence\":"
	  "\"likely\"",
	  "\"tuples\":[{\"src_ip\":\"40.96.0.10\""}},
	{refused_elsewhere,
	 {"SYN internet -> RST er-chicago",
	  "left on internet; its RST came "
	  "in on er-chicago.",
	  "\n            RST        +0.000000  chi-pri  #13"},
	 {"\"flags\":\"rst\""}},
	{asymmetric_flow,
	 {"WARNING   asymmetric-flow  1 connection  client internet -> "
	  "server er-chicago  port 25\n",
	  "was already open"},
	 {"\"isn\":null", "\"class\":\"midstream\"", "\"flags\":null"}},
	{path_change,
	 {"WARNING   path-change  1 connection  moved internet -> er-chicago  "
	  "port 25  broken\n",
	  "moved from internet to er-chicago while it was open. Then it "
	  "stalled"},
	 {"\"syn\":{\"circuits\":[\"er-chicago\"]",
	  "\"syn_ack\":{\"circuits\":[],",
	  "\"moved_from\":[\"internet\"],\"moved_to\":[\"er-chicago\"],"
	  "\"tap\":\"chi-pri\""}},
	{escape_private,
	 {"CRITICAL  snat-escape  1 connection, 3 packets  private source on "
	  "er-chicago  port 443\n",
	  "10.1.2.0/24 -> 40.96.0.0/13, outbound, source 10.1.2.0/24",
	  "A SYN of 10.1.2.3:50000 -> 40.96.0.10:443 left on er-chicago with "
	  "the source 10.1.2.3, which is not translated"},
	 {"\"reason\":\"private\",\"circuit\":\"er-chicago\",\"escaped_ip\":"
	  "\"10.1.2.3\",\"owner\":null,\"phase\":\"syn\",\"count\":3"}},
	{escape_pool,
	 {"wrong-pool source on er-chicago (of internet)", "A SYN-ACK of",
	  "which belongs to internet."},
	 {"\"reason\":\"wrong-pool\"", "\"owner\":\"internet\"",
	  "\"phase\":\"syn-ack\""}},
	{escape_unknown,
	 {"WARNING   snat-escape  1 connection  unknown source on er-chicago",
	  "a public address that the site does not declare"},
	 {"\"reason\":\"unknown\"", "\"phase\":\"close\""}},
	{escape_midstream,
	 {"A data packet of",
	  "\n            packet  19:01:18.440978  edge  #12"},
	 {"\"isn\":null", "\"syn\":{\"circuits\":[],\"count\":0,",
	  "\"phase\":\"data\",\"sighting\":{\"tap\":\"edge\""}},
	{inbound_snat,
	 {"CRITICAL  inbound-snat-missing  1 connection  on er-chicago",
	  "reached the inside of er-chicago with its original source "
	  "40.96.0.10."},
	 {"\"circuit\":\"er-chicago\",\"tap\":\"chi-inside\""}},
	{unanswered,
	 {"INFO      unanswered  1 connection  SYN internet -> nothing",
	  "(4 copies); no answer was seen.", "Packets: the first at each tap\n",
	  "#12  +3 resent  00:11"},
	 {"\"syn_ack\":{\"circuits\":[],\"count\":0,\"sightings\":[],"
	  "\"flags\":null,\"src_ip\":null,\"src_port\":null,\"dest_ip\":null,"
	  "\"dest_port\":null}"}},
	{orphan,
	 {"INFO      orphan-syn-ack  1 connection  nothing -> SYN-ACK "
	  "er-chicago",
	  "SYN-ACK 203.0.113.25:25 -> 40.96.0.10:36295 left on "
	  "er-chicago; its SYN was seen nowhere.",
	  "To decide: packets of edge (which may have lost some)\n",
	  "            SYN-ACK  19:01:18.440978  chi-pri  #9\n"},
	 {"\"src_mac\":null,\"dest_mac\":null", "\"taps_missing\":[\"edge\"]",
	  "\"isn\":2196731898"}},
	{off_plan,
	 {"WARNING   off-plan  1 connection  on er-chicago  smtp-inbound",
	  "of smtp-inbound ran over er-chicago, which the plan"},
	 {"\"rule\":\"off-plan\""}},
	{nat_off_plan,
	 {"WARNING   nat-off-plan  1 connection  on internet  smtp-inbound",
	  "of smtp-inbound came by internet and its source became "
	  "192.168.1.5."},
	 {"\"rule\":\"nat-off-plan\"", "\"translated_ip\":\"192.168.1.5\""}},
	{one_way,
	 {"WARNING   tap-one-way  tap edge  4 connections\n"
	  "          Seen:    Tap edge shows one direction only: 40 packets "
	  "toward the remote side, 0 from it. 4 connections go on of which no "
	  "tap shows the other half.\n"
	  "          Cause:   "},
	 {"\"rule\":\"tap-one-way\",\"severity\":\"warning\",\"tap\":"
	  "\"edge\",\"count\":4"}},
	{overlap,
	 {"WARNING   tap-overlap  tap edge and chi-pri  12 packets\n",
	  "Taps edge and chi-pri show the same packets: 12 of handshakes."},
	 {"\"tap\":\"edge\",\"other_tap\":\"chi-pri\""}},
	{loss,
	 {"WARNING   tap-loss  tap edge  7 packets lost\n",
	  "its capture reports 7 dropped."},
	 {"\"rule\":\"tap-loss\""}},
	{unmapped,
	 {"WARNING   tap-unmapped  5 packets\n"
	  "          Seen:    5 TCP packets match no tap of the site: not "
	  "looked at.\n          Cause:   "},
	 {"\"rule\":\"tap-unmapped\",\"severity\":\"warning\",\"count\":5"}},
	{silent,
	 {"WARNING   tap-silent  tap edge\n", "Tap edge saw no TCP packet."},
	 {"\"rule\":\"tap-silent\""}},
	{apart,
	 {"WARNING   tap-apart  tap edge and chi-pri\n", "Tap edge captured ",
	  ", and tap chi-pri, which comes nearest, 59 min 53 s from that: no "
	  "connection is put together across it."},
	 {"\"tap\":\"edge\",\"other_tap\":\"chi-pri\",\"count\":3593"}},
};

/* Put folded paragraphs on one line, in place. */
static char *unfold(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		size_t spaces = strspn(p + 1, " ");

		if (*p == '\n' && spaces > 18) {
			*to++ = ' ';
			p += spaces;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
	return text;
}

START_TEST(each_rule_is_rendered)
{
	struct finding f = rules[_i].make();
	char *text;

	begin(REPORT_TEXT);
	add_edge();
	report_finding(report, &f);
	text = unfold(written());
	for (size_t i = 0; i < 4 && rules[_i].text[i]; i++)
		has(text, rules[_i].text[i]);
	has(text, "Remedy:  Give each edge");
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);

	begin(REPORT_JSON);
	add_edge();
	report_finding(report, &f);
	text = written();
	for (size_t i = 0; i < 5 && rules[_i].json[i]; i++)
		has(text, rules[_i].json[i]);
	ck_assert_uint_eq(count_of(text, "\n"), 4);
	ck_assert_uint_eq(count_of(text, "{\"timestamp\""), 1);
	free(text);
}
END_TEST

START_TEST(every_rule_has_a_row)
{
	bool there[RULES] = {false};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		there[rules[i].make().rule] = true;
	for (size_t i = 0; i < RULES; i++)
		ck_assert_msg(there[i], "%s", rule_name((enum rule)i));
}
END_TEST

#endif /* REPORT_RULES_H */
