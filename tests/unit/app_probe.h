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

/*
 * What rows are made of: what this host heard; what became of the connection
 * at the taps, and which of them saw SYN and answer; what that must give
 */
#define FROM_OUTSIDE   .inbound = true
#define HEARD(answer_) .answer = PROBE_##answer_
#define SEEN(class_, syn_, answered_)                                          \
	.seen = true, .class = CLASS_##class_, .syn = (syn_),                  \
	.answered = (answered_)
#define ANY_VIA		.via = CIRCUIT_NONE
#define GIVES(outcome_) .outcome = PROBE_##outcome_
#define SURE		.judged = true
#define AS_PLANNED	.planned = true
#define NOT_DROPPED	.dropped_at = CIRCUIT_NONE

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
	{HEARD(SYN_ACK), SEEN(SYMMETRIC, 3, 3), ANY_VIA, GIVES(CONNECTED), SURE,
	 AS_PLANNED, NOT_DROPPED},
	/* ... which is not the one that was asked for, or is */
	{HEARD(SYN_ACK), SEEN(SYMMETRIC, 3, 3), .via = 1, GIVES(CONNECTED),
	 SURE, NOT_DROPPED},
	{HEARD(SYN_ACK), SEEN(SYMMETRIC, 12, 12), .via = 1, GIVES(CONNECTED),
	 SURE, AS_PLANNED, NOT_DROPPED},
	/* answered, and no tap saw the answer, or anything */
	{HEARD(SYN_ACK), SEEN(UNANSWERED, 3, 0), ANY_VIA, GIVES(CONNECTED),
	 AS_PLANNED, NOT_DROPPED},
	{HEARD(SYN_ACK), ANY_VIA, GIVES(CONNECTED), AS_PLANNED, NOT_DROPPED},
	/* over another circuit: dropped there, or not */
	{SEEN(ASYMMETRIC, 3, 4), ANY_VIA, GIVES(ASYMMETRIC), SURE,
	 .dropped_at = 1, .answer_dropped = true},
	{HEARD(SYN_ACK), SEEN(ASYMMETRIC, 3, 12), ANY_VIA, GIVES(ASYMMETRIC),
	 SURE, NOT_DROPPED},
	/* a source that escaped, whatever came back */
	{SEEN(UNANSWERED, 3, 0), .escaped = true, ANY_VIA, GIVES(ESCAPED), SURE,
	 NOT_DROPPED},
	{HEARD(SYN_ACK), SEEN(SYMMETRIC, 3, 3), .escaped = true, ANY_VIA,
	 GIVES(ESCAPED), SURE, NOT_DROPPED},
	/* the edge ate the SYN; not so if its taps cannot be trusted */
	{SEEN(UNANSWERED, 2, 0), ANY_VIA, GIVES(DROPPED), SURE,
	 .dropped_at = 0},
	{SEEN(UNANSWERED, 2, 0), .blind = 1, ANY_VIA, GIVES(SILENT),
	 NOT_DROPPED},
	/* nothing came back: certain, with a blind tap, seen by none */
	{SEEN(UNANSWERED, 3, 0), ANY_VIA, GIVES(SILENT), SURE, NOT_DROPPED},
	{SEEN(UNANSWERED, 3, 0), .blind = 8, ANY_VIA, GIVES(SILENT),
	 NOT_DROPPED},
	{ANY_VIA, GIVES(SILENT), NOT_DROPPED},
	{HEARD(RST), SEEN(REFUSED, 3, 3), ANY_VIA, GIVES(REFUSED), SURE,
	 NOT_DROPPED},
	{HEARD(ICMP), SEEN(UNANSWERED, 2, 0), ANY_VIA, GIVES(FILTERED), SURE,
	 NOT_DROPPED},
	{.error = 1, ANY_VIA, GIVES(NOT_SENT), NOT_DROPPED},
	/* from outside: there is no host that knows */
	{FROM_OUTSIDE, SEEN(SYMMETRIC, 3, 3), .completed = true, ANY_VIA,
	 GIVES(CONNECTED), SURE, AS_PLANNED, NOT_DROPPED},
	{FROM_OUTSIDE, SEEN(UNANSWERED, 1, 0), ANY_VIA, GIVES(DROPPED), SURE,
	 .dropped_at = 0},
	{FROM_OUTSIDE, SEEN(ASYMMETRIC, 3, 8), ANY_VIA, GIVES(ASYMMETRIC), SURE,
	 .dropped_at = 1, .answer_dropped = true},
};

#undef FROM_OUTSIDE
#undef HEARD
#undef SEEN
#undef ANY_VIA
#undef GIVES
#undef SURE
#undef AS_PLANNED
#undef NOT_DROPPED

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
