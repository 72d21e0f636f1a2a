/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is written of probes: round trips, hops, a target's hostile name
 */
#ifndef REPORT_PROBES_H
#define REPORT_PROBES_H

#include "report_fixture.h"

#define PROBES 5

/* Attempts over Chicago, the last of which nobody answered or saw. */
static void make_probes(struct report_probe *p, struct probe_attempt *a,
			struct connection *c)
{
	static const int64_t ms[PROBES - 1] = {40, 10, 30, 20};

	memset(c, 0, sizeof(*c));
	c->tuples = 1;
	c->syn = (struct sightings){.taps = 1 << CHI_PRI, .count = 1};
	c->answer = c->syn;
	c->syn_circuits = c->answer_circuits = 1 << CHICAGO;
	c->service = SERVICE_NONE;
	c->dropped_at = CIRCUIT_NONE;
	c->first.ns = START;
	for (unsigned i = 0; i < PROBES; i++) {
		bool answered = i < PROBES - 1;

		a[i] = (struct probe_attempt){
			.answer = answered ? PROBE_SYN_ACK : PROBE_NO_ANSWER,
			.rtt = answered ? ms[i] * NSEC_PER_MSEC : -1,
			.sent = 1,
			.sent_at[0].ns = START,
		};
		ck_assert(addr_parse("192.168.0.1", &a[i].src));
		ck_assert(addr_parse("40.96.0.1", &a[i].dst));
		p[i] = (struct report_probe){
			.target = "a\033[31m\"b:443",
			.attempt = &a[i],
			.seen = answered ? c : NULL,
			.outcome = answered ? PROBE_CONNECTED : PROBE_SILENT,
			.dropped_at = CIRCUIT_NONE,
			.service = SERVICE_NONE,
			.judged = answered,
			.planned = answered,
			.sights = answered,
			.sight[0] = {.tap = CHI_PRI, .time.ns = START},
		};
	}
}

static char *probes_written(const struct report_probe *p, size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	ck_assert(report_probes(report, p, count, f));
	ck_assert_int_eq(fclose(f), 0);
	keep_json(text);
	return text;
}

START_TEST(round_trips_beside_the_plan)
{
	struct report_probe p[PROBES];
	struct probe_attempt a[PROBES];
	struct connection c;
	char *text;

	site->circuit[CHICAGO].expected_rtt = 20 * NSEC_PER_MSEC;
	make_probes(p, a, &c);
	begin(REPORT_JSON);
	text = probes_written(p, PROBES);
	ck_assert_ptr_nonnull(strstr(text,
				     "\"rtt\":[{\"circuit\":\"er-chicago\","
				     "\"count\":4,\"min_us\":10000,"
				     "\"median_us\":25000,\"mean_us\":25000,"
				     "\"max_us\":40000,\"deviation_us\":11180,"
				     "\"expected_us\":20000}]"));
	ck_assert_ptr_nonnull(strstr(text, "\"unplanned\":1,\"unjudged\":1"));
	ck_assert_ptr_nonnull(
		strstr(text, "{\"tap\":\"chi-pri\",\"syns\":4,\"answers\":4}"));
	free(text);
	begin(REPORT_TEXT);
	text = probes_written(p, PROBES);
	ck_assert_ptr_nonnull(strstr(text, "planned 20.0 ms: slower than"));
	ck_assert_ptr_nonnull(strstr(text, "5 probes: 4 connected, 1 silent"));
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

START_TEST(hops_up_to_the_last_that_spoke)
{
	struct report_probe p[PROBES];
	struct probe_attempt a[PROBES];
	struct connection c;
	char *text;

	make_probes(p, a, &c);
	a[0].trace = true;
	a[0].hop[0] = (struct probe_hop){
		.tries = 1,
		.answer = PROBE_ICMP,
		.icmp = ICMP_TIME_EXCEEDED,
		.router = a[0].src,
		.rtt = NSEC_PER_MSEC,
	};
	a[0].hop[2] = (struct probe_hop){
		.tries = 2,
		.answer = PROBE_SYN_ACK,
		.router = a[0].dst,
		.rtt = -1,
	};
	a[0].target_hop = 3;
	p[0].hop_taps[2] = 1 << CHI_PRI;
	begin(REPORT_JSON);
	text = probes_written(p, 1);
	ck_assert_ptr_nonnull(strstr(
		text,
		"\"hops\":[{\"ttl\":1,\"ip\":\"192.168.0.1\","
		"\"reply\":\"time-exceeded\",\"rtt_us\":1000,\"circuits\":[]},"
		"{\"ttl\":2,\"ip\":null,\"reply\":null,\"rtt_us\":null,"
		"\"circuits\":[]},{\"ttl\":3,\"ip\":\"40.96.0.1\","
		"\"reply\":\"syn-ack\",\"rtt_us\":null,"
		"\"circuits\":[\"er-chicago\"]}]"));
	free(text);
	begin(REPORT_TEXT);
	text = probes_written(p, 1);
	ck_assert_ptr_nonnull(strstr(text, "  2  *\n"));
	ck_assert_ptr_nonnull(strstr(text, "syn-ack by er-chicago\n"));
	free(text);
}
END_TEST

/* A connection from outside: was its source hidden? */
START_TEST(sources_hidden_or_not)
{
	struct report_probe p = {
		.target = "203.0.113.25:25",
		.outcome = PROBE_CONNECTED,
		.dropped_at = CIRCUIT_NONE,
		.service = 0,
	};
	static const struct {
		uint64_t syn, original;
		const char *json;
	} rows[] = {
		{1 << CHI_PRI, 0, "\"source_hidden\":null"},
		{1 << CHI_PRI | 1 << CHI_INSIDE, 0, "\"source_hidden\":true"},
		{1 << CHI_PRI | 1 << CHI_INSIDE, 1 << CHI_INSIDE,
		 "\"source_hidden\":false"},
	};
	struct probe_attempt a[PROBES];
	struct report_probe all[PROBES];
	struct connection c;
	char *text;

	make_probes(all, a, &c);
	c.syn.taps = rows[_i].syn;
	c.original_taps = rows[_i].original;
	p.seen = &c;
	begin(REPORT_JSON);
	text = probes_written(&p, 1);
	ck_assert_ptr_nonnull(strstr(text, rows[_i].json));
	ck_assert_ptr_nonnull(strstr(text, "\"service\":\"smtp-inbound\""));
	free(text);
}
END_TEST

#endif /* REPORT_PROBES_H */
