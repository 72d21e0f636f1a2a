/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What becomes of an attempt, by what this host and the taps know of it
 *
 * Included by test_app.c.
 */
#ifndef APP_PROBE_TESTS_H
#define APP_PROBE_TESTS_H

#include "../../src/app/probe.h"

#include <check.h>

/* Taps of each circuit: 0 outside and 1 inside, 2 and 3. */
static const char probe_site[] = "remote: [40.96.0.0/16]\n"
				 "circuits:\n"
				 "  one:\n"
				 "    kind: internet\n"
				 "    nat-pools: [192.0.2.0/24]\n"
				 "    taps: [{name: a, interface: a},"
				 " {name: b, side: inside, interface: b}]\n"
				 "  two:\n"
				 "    kind: expressroute\n"
				 "    taps: [{name: c, interface: c},"
				 " {name: d, side: inside, interface: d}]\n";

#define ALL_TAPS 15

static const struct {
	bool inbound;
	enum probe_answer answer;
	int error;
	bool seen;
	enum conn_class class;
	bool escaped;
	bool completed;
	uint64_t syn, answered; /* taps */
	uint64_t blind;
	uint8_t via;
	enum probe_outcome outcome;
	bool judged, planned;
	uint8_t dropped_at;
	bool answer_dropped;
} probe_rows[] = {
	/* answered, over the SYN's circuit */
	{.answer = PROBE_SYN_ACK,
	 .seen = true,
	 .class = CLASS_SYMMETRIC,
	 .syn = 3,
	 .answered = 3,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_CONNECTED,
	 .judged = true,
	 .planned = true,
	 .dropped_at = CIRCUIT_NONE},
	/* ... which is not the one that was asked for, or is */
	{.answer = PROBE_SYN_ACK,
	 .seen = true,
	 .class = CLASS_SYMMETRIC,
	 .syn = 3,
	 .answered = 3,
	 .via = 1,
	 .outcome = PROBE_CONNECTED,
	 .judged = true,
	 .dropped_at = CIRCUIT_NONE},
	{.answer = PROBE_SYN_ACK,
	 .seen = true,
	 .class = CLASS_SYMMETRIC,
	 .syn = 12,
	 .answered = 12,
	 .via = 1,
	 .outcome = PROBE_CONNECTED,
	 .judged = true,
	 .planned = true,
	 .dropped_at = CIRCUIT_NONE},
	/* answered, and no tap saw the answer, or anything */
	{.answer = PROBE_SYN_ACK,
	 .seen = true,
	 .class = CLASS_UNANSWERED,
	 .syn = 3,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_CONNECTED,
	 .planned = true,
	 .dropped_at = CIRCUIT_NONE},
	{.answer = PROBE_SYN_ACK,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_CONNECTED,
	 .planned = true,
	 .dropped_at = CIRCUIT_NONE},
	/* over another circuit: dropped there, or not */
	{.seen = true,
	 .class = CLASS_ASYMMETRIC,
	 .syn = 3,
	 .answered = 4,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_ASYMMETRIC,
	 .judged = true,
	 .dropped_at = 1,
	 .answer_dropped = true},
	{.answer = PROBE_SYN_ACK,
	 .seen = true,
	 .class = CLASS_ASYMMETRIC,
	 .syn = 3,
	 .answered = 12,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_ASYMMETRIC,
	 .judged = true,
	 .dropped_at = CIRCUIT_NONE},
	/* a source that escaped, whatever came back */
	{.seen = true,
	 .class = CLASS_UNANSWERED,
	 .escaped = true,
	 .syn = 3,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_ESCAPED,
	 .judged = true,
	 .dropped_at = CIRCUIT_NONE},
	{.answer = PROBE_SYN_ACK,
	 .seen = true,
	 .class = CLASS_SYMMETRIC,
	 .escaped = true,
	 .syn = 3,
	 .answered = 3,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_ESCAPED,
	 .judged = true,
	 .dropped_at = CIRCUIT_NONE},
	/* the edge ate the SYN; not so if its taps cannot be trusted */
	{.seen = true,
	 .class = CLASS_UNANSWERED,
	 .syn = 2,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_DROPPED,
	 .judged = true,
	 .dropped_at = 0},
	{.seen = true,
	 .class = CLASS_UNANSWERED,
	 .syn = 2,
	 .blind = 1,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_SILENT,
	 .dropped_at = CIRCUIT_NONE},
	/* nothing came back: certain, with a blind tap, seen by none */
	{.seen = true,
	 .class = CLASS_UNANSWERED,
	 .syn = 3,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_SILENT,
	 .judged = true,
	 .dropped_at = CIRCUIT_NONE},
	{.seen = true,
	 .class = CLASS_UNANSWERED,
	 .syn = 3,
	 .blind = 8,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_SILENT,
	 .dropped_at = CIRCUIT_NONE},
	{.via = CIRCUIT_NONE,
	 .outcome = PROBE_SILENT,
	 .dropped_at = CIRCUIT_NONE},
	{.answer = PROBE_RST,
	 .seen = true,
	 .class = CLASS_REFUSED,
	 .syn = 3,
	 .answered = 3,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_REFUSED,
	 .judged = true,
	 .dropped_at = CIRCUIT_NONE},
	{.answer = PROBE_ICMP,
	 .seen = true,
	 .class = CLASS_UNANSWERED,
	 .syn = 2,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_FILTERED,
	 .judged = true,
	 .dropped_at = CIRCUIT_NONE},
	{.error = 1,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_NOT_SENT,
	 .dropped_at = CIRCUIT_NONE},
	/* from outside: there is no host that knows */
	{.inbound = true,
	 .seen = true,
	 .class = CLASS_SYMMETRIC,
	 .completed = true,
	 .syn = 3,
	 .answered = 3,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_CONNECTED,
	 .judged = true,
	 .planned = true,
	 .dropped_at = CIRCUIT_NONE},
	{.inbound = true,
	 .seen = true,
	 .class = CLASS_UNANSWERED,
	 .syn = 1,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_DROPPED,
	 .judged = true,
	 .dropped_at = 0},
	{.inbound = true,
	 .seen = true,
	 .class = CLASS_ASYMMETRIC,
	 .syn = 3,
	 .answered = 8,
	 .via = CIRCUIT_NONE,
	 .outcome = PROBE_ASYMMETRIC,
	 .judged = true,
	 .dropped_at = 1,
	 .answer_dropped = true},
};

static void fill_connection(struct connection *c, const struct topo *topo,
			    int row)
{
	*c = (struct connection){
		.tuples = 1,
		.class = probe_rows[row].class,
		.impact = IMPACT_BROKEN,
		.service = SERVICE_NONE,
		.dropped_at = CIRCUIT_NONE,
		.completed = probe_rows[row].completed,
		.rtt = -1,
		.syn = {.taps = probe_rows[row].syn, .count = 1},
		.answer = {.taps = probe_rows[row].answered,
			   .count = probe_rows[row].answered != 0},
		.escapes = probe_rows[row].escaped,
		.escape[0] = {.reason = ESCAPE_PRIVATE, .count = 1},
	};
	if (c->completed)
		c->impact = IMPACT_WORKING;
	ck_assert(addr_parse("192.168.0.1", &c->tuple[0].client));
	ck_assert(addr_parse("40.96.0.1", &c->tuple[0].server));
	c->syn_circuits = topo_circuits(topo, c->syn.taps);
	c->answer_circuits = topo_circuits(topo, c->answer.taps);
}

START_TEST(attempts_are_judged)
{
	struct str errors = {0};
	struct site *site = site_parse("probe.yaml", probe_site,
				       sizeof(probe_site) - 1, &errors);
	struct topo *topo;
	struct probe_attempt a = {
		.answer = probe_rows[_i].answer,
		.error = probe_rows[_i].error,
	};
	struct report_probe p = {
		.service = SERVICE_NONE,
		.attempt = probe_rows[_i].inbound ? NULL : &a,
	};
	const struct probe_context context = {
		.raw = true,
		.via = probe_rows[_i].via,
		.live = ALL_TAPS,
		.blind = probe_rows[_i].blind,
	};
	struct connection c;

	ck_assert_msg(site != NULL, "%s", errors.s);
	topo = topo_new(site);
	fill_connection(&c, topo, _i);
	probe_judge(&p, topo, probe_rows[_i].seen ? &c : NULL, &context);
	ck_assert_str_eq(probe_outcome_name(p.outcome),
			 probe_outcome_name(probe_rows[_i].outcome));
	ck_assert_uint_eq(p.dropped_at, probe_rows[_i].dropped_at);
	ck_assert(p.answer_dropped == probe_rows[_i].answer_dropped);
	ck_assert(p.judged == probe_rows[_i].judged);
	ck_assert(p.planned == probe_rows[_i].planned);
	/* Our own RST is none of the network's. */
	if (a.answer == PROBE_SYN_ACK && p.seen)
		ck_assert_int_eq(p.seen->impact, IMPACT_UNKNOWN);
	topo_free(topo);
	site_free(site);
}
END_TEST

#endif /* APP_PROBE_TESTS_H */
