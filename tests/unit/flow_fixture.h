/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A flow table over a small site, and the casts of the scripts that it is fed
 */
#ifndef FLOW_FIXTURE_H
#define FLOW_FIXTURE_H

#include "../../src/flow/flow.h"

#include <asymcap/flow.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "segments.h"

/* Interface n is tap n; there is no interface 9. */
enum { A, A_IN, B, B_IN, C, D, CORE, TAPS, NOWHERE = 9 };

#define T(tap_) (1ULL << (tap_))

#define TAPS_OF(name_)                                                         \
	"    taps:\n"                                                          \
	"      - {name: " name_ ", file: " name_ "}\n"                         \
	"      - {name: " name_ "-in, side: inside, file: " name_ "-in}\n"
#define TAP_OF(name_) "    taps: [{name: " name_ ", file: " name_ "}]\n"
#define REST                                                                   \
	"  c:\n"                                                               \
	"    kind: expressroute\n"                                             \
	"    state-domain: shared\n" TAP_OF(                                   \
		"c") "  d:\n"                                                  \
		     "    kind: expressroute\n"                                \
		     "    state-domain: shared\n" TAP_OF(                      \
			     "d") "taps: [{name: core, side: inside, file: "   \
				  "core}]\n"

static const char plain_site[] =
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n" TAPS_OF("a") "  b:\n"
					    "    kind: expressroute\n" TAPS_OF(
						    "b") REST;

static const char planned_site[] =
	"remote: [40.96.0.0/13, \"2603:1006::/32\"]\n"
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    nat-pools: [192.0.2.0/24, \"2001:db8:a::/48\"]\n"
	"    advertised: [203.0.113.0/24]\n" TAPS_OF(
		"a") "  b:\n"
		     "    kind: expressroute\n"
		     "    nat-pools: [198.51.100.0/24]\n" TAPS_OF("b") REST
	"services:\n"
	"  - name: smtp-in\n"
	"    direction: inbound\n"
	"    local: [203.0.113.25/32]\n"
	"    circuits: [a]\n";

#define ISN 0xfffffff0u /* wraps, as a third of a second's data */

/* Inbound: published, behind a destination NAT, behind a source NAT too. */
static const struct seg_cast inbound = {
	.ends =
		{
			{"40.96.0.10", "203.0.113.25", 34154, 25},
			{"40.96.0.10", "192.168.5.10", 34154, 25},
			{"192.168.5.5", "192.168.5.10", 40001, 25},
		},
	.isn = ISN,
	.answer_isn = 77000,
};

static const struct seg_cast inbound_v6 = {
	.ends =
		{
			{"2603:1006::10", "2001:db8:a::25", 34154, 25},
			{"2603:1006::10", "fd00::10", 34154, 25},
			{"fd00::5", "fd00::10", 40001, 25},
		},
	.isn = ISN,
	.answer_isn = 0xffffffff,
};

/* Outbound: after its source NAT, before it, after the NAT of another edge.
 * The server's port is the higher one, so guesses by port are wrong.
 */
static const struct seg_cast outbound = {
	.ends =
		{
			{"192.0.2.7", "40.96.0.10", 1024, 8443},
			{"10.0.0.5", "40.96.0.10", 2048, 8443},
			{"198.51.100.7", "40.96.0.10", 2049, 8443},
		},
	.isn = 1000,
	.answer_isn = 0x7fffff00,
};

static const struct seg_cast outbound_v6 = {
	.ends =
		{
			{"2001:db8:a::7", "2603:1006::10", 1024, 8443},
			{"fd00::5", "2603:1006::10", 2048, 8443},
			{"2001:db8:b::7", "2603:1006::10", 2049, 8443},
		},
	.isn = 0,
	.answer_isn = 0,
};

static const struct seg_cast *const casts[] = {
	&inbound,
	&inbound_v6,
	&outbound,
	&outbound_v6,
};

/* --------------------------------------------------------------- the table */

/**
 * struct run - A table, and what it has handed up
 */
struct run {
	struct site *site;
	struct topo *topo;
	struct flow_table *table;
	struct connection *got;
	size_t count;
	size_t cap;
	uint64_t counted[CLASSES];
};

static void tally(void *arg, const struct connection *c)
{
	struct run *r = arg;

	r->counted[c->class]++;
}

static void keep(void *arg, const struct connection *c)
{
	struct run *r = arg;

	if (r->count == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->got = xrealloc(r->got, r->cap, sizeof(*r->got));
	}
	r->got[r->count++] = *c;
}

/* All tests are run with and without. */
static bool short_cut = true;
static bool keep_stats;

static void run_begin(struct run *r, const char *site, size_t max_flows,
		      bool all)
{
	const struct flow_sink sink = {
		.connection = keep,
		.counted = site == planned_site ? tally : NULL,
		.arg = r,
		.all = all,
		.stats = keep_stats,
	};
	struct str errors = {0};

	*r = (struct run){0};
	r->site = site_parse("test", site, strlen(site), &errors);
	ck_assert_msg(r->site != NULL, "%s", errors.s ? errors.s : "");
	ck_assert_uint_eq(r->site->taps, TAPS);
	r->topo = topo_new(r->site);
	for (unsigned i = 0; i < TAPS; i++)
		topo_bind(r->topo, i, NULL, NULL, (int)i);
	r->table = flow_table_new(r->topo, max_flows, &sink);
	if (!short_cut)
		flow_table_no_short_cut(r->table);
	str_free(&errors);
}

static void run_feed(struct run *r, const struct segment *s, size_t count)
{
	while (count) {
		size_t n = count < CAPTURE_BATCH ? count : CAPTURE_BATCH;

		flow_table_take(r->table, s, n);
		s += n;
		count -= n;
	}
}

/* A segment of no tap, to let packet time pass. */
static void pass_until(struct run *r, int64_t ms)
{
	static const struct seg_ends clock = {"1.1.1.1", "2.2.2.2", 1, 2};
	struct segment s = seg_data(&clock, 0, ms, NOWHERE, 1, 1, 1);

	run_feed(r, &s, 1);
}

#define MARGIN 1500

/* Feed what lies in the middle of a capture, not at an end of it. */
static void run_feed_amid(struct run *r, const struct segment *s, size_t count)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; i < count; i++) {
		int64_t ms = (s[i].time.ns - SEG_EPOCH) / NSEC_PER_MSEC;

		first = ms < first ? ms : first;
		last = ms > last ? ms : last;
	}
	pass_until(r, first - MARGIN);
	run_feed(r, s, count);
	pass_until(r, last + MARGIN);
}

static uint64_t run_total(struct run *r)
{
	const struct flow_counters *n = flow_table_counters(r->table);
	uint64_t total = 0;

	for (unsigned i = 0; i < CLASSES; i++)
		total += n->connections[i];
	return total;
}

/* The input ends: nothing may be left in the table, nor be uncounted. */
static const struct flow_counters *run_finish(struct run *r)
{
	const struct flow_counters *n;

	flow_table_finish(r->table, (struct timestamp){0});
	n = flow_table_counters(r->table);
	ck_assert_uint_eq(n->flows, 0);
	for (unsigned i = 0; i < CLASSES && r->site->services; i++)
		ck_assert_uint_eq(r->counted[i], n->connections[i]);
	return n;
}

static void run_free(struct run *r)
{
	flow_table_free(r->table);
	topo_free(r->topo);
	site_free(r->site);
	free(r->got);
}

#define MAX_SEGMENTS 64

static size_t script(const struct seg_cast *cast, const char *text,
		     struct segment *s)
{
	size_t n = seg_script(cast, text, s, MAX_SEGMENTS);

	ck_assert_msg(n > 0, "bad script: %s", text);
	return n;
}

/* Play a script on a table of its own, in order, to its end. */
static const struct flow_counters *play(struct run *r, const char *site,
					const struct seg_cast *cast,
					const char *text)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(cast, text, s);

	run_begin(r, site, 64, true);
	run_feed_amid(r, s, n);
	return run_finish(r);
}

static const struct connection *only(const struct run *r)
{
	ck_assert_uint_eq(r->count, 1);
	return &r->got[0];
}

/* A cast may be without a second tuple, and have timestamps or not. */
static const struct connection *leading(const struct run *r, uint32_t isn)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->got[i].isn == isn)
			return &r->got[i];
	}
	return r->count ? &r->got[0] : NULL;
}

static void assert_tuple(const struct tuple *u, const struct seg_ends *e)
{
	struct addr client, server;

	ck_assert(addr_parse(e->client, &client));
	ck_assert(addr_parse(e->server, &server));
	ck_assert_int_eq(addr_cmp(&u->client, &client), 0);
	ck_assert_int_eq(addr_cmp(&u->server, &server), 0);
	ck_assert_uint_eq(u->client_port, e->client_port);
	ck_assert_uint_eq(u->server_port, e->server_port);
}

/* A number that only depends on how often it was asked for (xorshift64). */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void swap(struct segment *a, struct segment *b)
{
	struct segment keep_ = *a;

	*a = *b;
	*b = keep_;
}

#endif /* FLOW_FIXTURE_H */
