/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Metrics: what is counted for them, and how they are written
 */
#ifndef REPORT_METRICS_TEST_H
#define REPORT_METRICS_TEST_H

#include "report_fixture.h"

/* A snapshot in place, with names that nothing frees. */
static struct metrics_interface shown_interface[2];
static struct metrics_tap shown_tap[2];
static struct metrics_circuit shown_circuit[2];
static struct metrics_path shown_path[2];
static struct metrics shown;

static void show(char *first, char *second)
{
	memset(&shown, 0, sizeof(shown));
	memset(shown_interface, 0, sizeof(shown_interface));
	memset(shown_tap, 0, sizeof(shown_tap));
	memset(shown_circuit, 0, sizeof(shown_circuit));
	shown_interface[0].name = shown_tap[0].name = first;
	shown_interface[1].name = shown_tap[1].name = second;
	shown_circuit[0].name = shown_tap[0].circuit = first;
	shown_circuit[1].name = second;
	shown.version = "1.2.3";
	shown.interface = shown_interface;
	shown.tap = shown_tap;
	shown.circuit = shown_circuit;
	shown.path = shown_path;
	shown.interfaces = shown.taps = shown.circuits = 2;
}

static char *rendered(void)
{
	struct str s = {0};

	metrics_render(&shown, &s);
	return s.s;
}

START_TEST(names_are_labels)
{
	char *text;

	show("in\"t\\e\nr", "\xff\xc3\xa9");
	text = rendered();
	has(text, "asymcap_interface_up{interface=\"in\\\"t\\\\e\\nr\"} 0\n");
	has(text, "asymcap_tap_syns_total{tap=\"\\\\xff\xc3\xa9\","
		  "circuit=\"\"} 0\n");
	free(text);
}
END_TEST

/* Every family has its help and its type, and is there once. */
START_TEST(families_are_told)
{
	char *text, *line, *rest;
	size_t families = 0;

	show("a", "b");
	text = rendered();
	rest = text;
	while ((line = strsep(&rest, "\n")) && *line) {
		char name[80], type[96];

		if (strncmp(line, "# HELP ", 7) != 0)
			continue;
		ck_assert_int_eq(sscanf(line, "# HELP %79s", name), 1);
		ck_assert_uint_gt(strlen(line), 7 + strlen(name) + 5);
		line = strsep(&rest, "\n");
		snprintf(type, sizeof(type), "# TYPE %s ", name);
		ck_assert(!strncmp(line, type, strlen(type)));
		ck_assert_int_eq(
			strlen(name) > 6 &&
				!strcmp(name + strlen(name) - 6, "_total"),
			strstr(line, " counter") != NULL);
		families++;
	}
	ck_assert_uint_gt(families, 30);
	free(text);
}
END_TEST

START_TEST(values_are_shown)
{
	char *text;

	show("a", "b");
	shown.lag = -1500000000;
	shown.flow.evicted = 7;
	shown.withheld[CLASS_UNANSWERED] = 3;
	shown_interface[1].up = true;
	shown_interface[1].kernel_drops = 4;
	shown_interface[1].interface_drops = UINT64_MAX;
	shown_interface[0].undecoded[DECODE_ARP] = 9;
	shown_tap[0].seen.segments = 11;
	shown_tap[0].seen.last = (struct timestamp){START};
	shown_path[0] = (struct metrics_path){
		CLASS_ASYMMETRIC, IMPACT_BROKEN, SLOT_FIRST, SLOT_FIRST + 1, 5,
	};
	shown_path[1] = (struct metrics_path){
		CLASS_REROUTED, IMPACT_WORKING, SLOT_SEVERAL, SLOT_NONE, 6,
	};
	shown.paths = 2;
	text = rendered();
	has(text, "\nasymcap_capture_lag_seconds -1.500000000\n");
	has(text, "\nasymcap_flows_evicted_total 7\n");
	has(text, "_withheld_total{class=\"unanswered\"} 3\n");
	has(text, "\nasymcap_interface_up{interface=\"b\"} 1\n");
	has(text, "{interface=\"b\",reason=\"kernel\"} 4\n");
	has(text,
	    "{interface=\"b\",reason=\"interface\"} 18446744073709551615\n");
	has(text, "asymcap_undecoded_packets_total{interface=\"a\","
		  "reason=\"arp\"} 9\n");
	has(text, "asymcap_tap_tcp_packets_total{tap=\"a\",circuit=\"a\"} 11");
	has(text, "_last_packet_timestamp_seconds{tap=\"a\",circuit=\"a\"} "
		  "1795374078.440978000\n");
	has_not(text, "_last_packet_timestamp_seconds{tap=\"b\"");
	has(text, "asymcap_connections_total{class=\"asymmetric\","
		  "impact=\"broken\",syn_circuit=\"a\",answer_circuit=\"b\"} "
		  "5\n");
	has(text, "{class=\"rerouted\",impact=\"working\","
		  "syn_circuit=\"several\",answer_circuit=\"\"} 6\n");
	/* What is not known is not said. */
	has_not(text, "\nprocess_open_fds ");
	has_not(text, "\nasymcap_tap_clock_offset_seconds{");
	has_not(text, "\nasymcap_circuit_expected_rtt_seconds{");
	free(text);
}
END_TEST

/* Buckets are sums of all that are lower. */
START_TEST(histograms_add_up)
{
	char *text;

	show("a", "b");
	shown_circuit[1].expected_rtt = 10 * NSEC_PER_MSEC;
	shown_circuit[0].rtt.count[0] = 1;
	shown_circuit[0].rtt.count[4] = 2;
	shown_circuit[0].rtt.count[FLOW_RTT_BOUNDS] = 4;
	shown_circuit[0].rtt.sum = 20 * NSEC_PER_SEC + 5;
	text = rendered();
#define RTT "asymcap_handshake_rtt_seconds"
	has(text, "# TYPE " RTT " histogram\n");
	has(text, RTT "_bucket{circuit=\"a\",le=\"0.0005\"} 1\n");
	has(text, RTT "_bucket{circuit=\"a\",le=\"0.005\"} 1\n");
	has(text, RTT "_bucket{circuit=\"a\",le=\"0.01\"} 3\n");
	has(text, RTT "_bucket{circuit=\"a\",le=\"3\"} 3\n");
	has(text, RTT "_bucket{circuit=\"a\",le=\"+Inf\"} 7\n");
	has(text, RTT "_count{circuit=\"a\"} 7\n");
	has(text, RTT "_sum{circuit=\"a\"} 20.000000005\n");
	has(text, RTT "_count{circuit=\"b\"} 0\n");
	has(text, "_expected_rtt_seconds{circuit=\"b\"} 0.010000000\n");
	free(text);
}
END_TEST

/* increase() sees a first finding only if there was a 0 before. */
START_TEST(findings_begin_with_zero)
{
	char *text;

	show("a", "b");
	text = rendered();
	has(text, "asymcap_findings_total{rule=\"asymmetric-handshake\","
		  "severity=\"critical\"} 0\n");
	has(text, "_handshake_findings_total{syn_circuit=\"b\","
		  "answer_circuit=\"a\",impact=\"broken\"} 0\n");
	has(text, "_escape_findings_total{circuit=\"b\","
		  "reason=\"wrong-pool\"} 0\n");
	has_not(text, "{syn_circuit=\"a\",answer_circuit=\"a\"");
	has_not(text, "_escape_findings_total{circuit=\"b\",reason=\"none\"");
	free(text);
}
END_TEST

/* No two series may be of one name. */
START_TEST(several_is_no_circuit)
{
	char *text;

	show("several+", "several");
	shown_path[0] = (struct metrics_path){
		CLASS_MIXED, IMPACT_WORKING, SLOT_SEVERAL, SLOT_SEVERAL, 6,
	};
	shown.paths = 1;
	text = rendered();
	has(text, "syn_circuit=\"several++\",answer_circuit=\"several++\"} 6");
	free(text);
}
END_TEST

START_TEST(findings_are_counted_by_path)
{
	const struct report_counts *n;
	struct report_doubt lossy = {.lossy = 1ULL << EDGE};
	struct finding f = asymmetric();

	begin(REPORT_JSON);
	n = report_counts(report);
	report_finding(report, &f);
	f.impact = IMPACT_WORKING;
	f.severity = SEVERITY_WARNING;
	f.syn_circuits |= 1ULL << CHICAGO;
	report_finding(report, &f);
	ck_assert_uint_eq(
		n->rules[RULE_ASYMMETRIC_HANDSHAKE][SEVERITY_CRITICAL], 1);
	ck_assert_uint_eq(n->asymmetric[IMPACT_BROKEN][SLOT_FIRST + INTERNET]
				       [SLOT_FIRST + CHICAGO],
			  1);
	ck_assert_uint_eq(n->asymmetric[IMPACT_WORKING][SLOT_SEVERAL]
				       [SLOT_FIRST + CHICAGO],
			  1);

	f = about_connection(RULE_SNAT_ESCAPE, SEVERITY_CRITICAL);
	f.reason = ESCAPE_PRIVATE;
	f.circuit = CHICAGO;
	report_finding(report, &f);
	f.circuit = CIRCUIT_NONE;
	report_finding(report, &f);
	ck_assert_uint_eq(n->escapes[SLOT_FIRST + CHICAGO][ESCAPE_PRIVATE], 1);
	ck_assert_uint_eq(n->escapes[SLOT_NONE][ESCAPE_PRIVATE], 1);

	/* What is taken back does not count. */
	f = about_connection(RULE_UNANSWERED, SEVERITY_INFO);
	f.class = CLASS_UNANSWERED;
	report_finding(report, &f);
	ck_assert_uint_eq(n->rules[RULE_UNANSWERED][SEVERITY_INFO], 1);
	free(told(&lossy));
	ck_assert_uint_eq(n->rules[RULE_UNANSWERED][SEVERITY_INFO], 0);
	ck_assert_uint_eq(lossy.withheld[CLASS_UNANSWERED], 1);
}
END_TEST

#endif /* REPORT_METRICS_TEST_H */
