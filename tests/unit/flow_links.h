/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What makes one connection of several flows, and what does not
 */
#ifndef FLOW_LINKS_H
#define FLOW_LINKS_H

#include "flow_fixture.h"

/* ----------------------------------------------------------- linked or not */

/* SYNs of one ISN: from one client to many servers, or the other way. */
static void feed_scan(struct run *r, unsigned count, bool servers,
		      bool timestamps)
{
	for (unsigned i = 0; i < count; i++) {
		char end[ADDR_TEXT];
		const struct seg_ends e = {
			servers ? "100.128.0.1" : end,
			servers ? end : "203.0.113.80",
			40000,
			80,
		};
		struct segment s;

		snprintf(end, sizeof(end), "203.0.%u.%u", 114 + i / 200,
			 1 + i % 200);
		s = seg_syn(&e, i, A, 42);
		s.has_timestamps = timestamps;
		s.ts_val = 4711;
		run_feed(r, &s, 1);
	}
}

#define SCAN 40

START_TEST(scanners_are_not_linked)
{
	const struct flow_counters *n;
	struct run r;

	run_begin(&r, plain_site, 64, true);
	feed_scan(&r, SCAN, _i & 1, _i & 2);
	pass_until(&r, SCAN + MARGIN);
	n = run_finish(&r);
	ck_assert_uint_ge(n->unlinked, SCAN - 16);
	/* The first few may pass for one: not yet can anybody know. */
	ck_assert_uint_ge(n->connections[CLASS_UNANSWERED], SCAN - 3);
	ck_assert_uint_eq(n->connections[CLASS_UNANSWERED], r.count);
	for (size_t i = 0; i < r.count; i++)
		ck_assert_uint_le(r.got[i].tuples, FINDING_TUPLES);
	run_free(&r);
}
END_TEST

static const struct {
	const char *what;
	const char *script;
	uint32_t ts_change; /* of the second SYN */
	int64_t delay;	    /* ms, of the second SYN */
	size_t connections;
} pairs[] = {
	{"one stamp, two edges", "S0 S'2", 0, 0, 1},
	{"other stamps, two edges", "S0 S'2", 1, 0, 2},
	{"other stamps, two sides", "S0 S'1", 1, 0, 1},
	{"one stamp, much later", "S0 S'2", 0, 4000, 2},
	{"two sides, much later", "S0 S'1", 1, 4000, 2},
	{"no end in common, one stamp", "S0 S''1", 0, 0, 1},
	{"no end in common, other stamps", "S0 S''1", 1, 0, 2},
};

START_TEST(pairs_of_syns)
{
	struct seg_cast cast = inbound;
	struct segment s[MAX_SEGMENTS];
	struct run r;

	cast.timestamps = true;
	ck_assert_uint_eq(script(&cast, pairs[_i].script, s), 2);
	s[1].ts_val += pairs[_i].ts_change;
	s[1].time.ns += pairs[_i].delay * NSEC_PER_MSEC;
	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, 2);
	run_finish(&r);
	ck_assert_msg(r.count == pairs[_i].connections, "%s: %zu",
		      pairs[_i].what, r.count);
	run_free(&r);
}
END_TEST

/* An answer of one of many with that ISN goes to the tuple that it names. */
START_TEST(an_answer_among_many)
{
	static const struct seg_ends third = {"203.0.114.3", "203.0.113.80",
					      40000, 80};
	struct segment s = seg_syn_ack(&third, 100, B, 42, 9);
	const struct flow_counters *n;
	struct run r;

	run_begin(&r, plain_site, 64, true);
	feed_scan(&r, SCAN, false, false);
	run_feed(&r, &s, 1);
	n = run_finish(&r);
	ck_assert_uint_eq(n->connections[CLASS_ASYMMETRIC], 1);
	for (size_t i = 0; i < r.count; i++) {
		if (r.got[i].class == CLASS_ASYMMETRIC)
			assert_tuple(&r.got[i].tuple[0], &third);
	}
	run_free(&r);
}
END_TEST

/* Two clients of one server whose ISNs happen to be equal; of one only the SYN
 * was seen, of the other only the answer: inside and outside, before and
 * behind a NAT, they are one connection; both outside, they are not.
 */
START_TEST(clients_of_one_server)
{
	static const struct seg_ends clients[] = {
		{"203.0.114.3", "203.0.113.80", 40000, 80},
		{"203.0.115.9", "203.0.113.80", 50000, 80},
	};
	const uint16_t taps[] = {B, B_IN};
	struct segment s[2];
	struct run r;

	s[0] = seg_syn(&clients[0], 0, A, 42);
	s[1] = seg_syn_ack(&clients[1], 30, taps[_i], 42, 9);
	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, 2);
	run_finish(&r);
	ck_assert_uint_eq(r.count, _i ? 1 : 2);
	for (size_t i = 0; i < r.count; i++)
		ck_assert((r.got[i].class == CLASS_ASYMMETRIC) == (_i == 1));
	run_free(&r);
}
END_TEST

/* ------------------------------------------------------- rewritten ISNs */

#define REWRITTEN 0x12345678u

static void other_wscale(struct segment *s)
{
	s->wscale--;
}

static void no_sack(struct segment *s)
{
	s->sack_permitted = false;
}

static void clamped_mss(struct segment *s)
{
	s->mss = 1200;
}

static void other_window(struct segment *s)
{
	s->window /= 2;
}

static void other_stamp(struct segment *s)
{
	s->ts_val++;
	s->has_timestamps = true;
}

static void other_server_port(struct segment *s)
{
	s->dport++;
}

static void after_200_ms(struct segment *s)
{
	s->time.ns += 190 * NSEC_PER_MSEC; /* a word is 10 ms later anyway */
}

static void after_201_ms(struct segment *s)
{
	s->time.ns += 191 * NSEC_PER_MSEC;
}

/* A firewall gives the inside SYN, the first of each script, another ISN. */
static const struct {
	const char *what;
	const char *script;
	const struct seg_cast *cast;
	void (*change)(struct segment *syn); /* the second SYN */
	int stamps;			     /* 0, 1; 2: either must do */
	size_t connections;
} rewritten[] = {
	{"outbound", "S'1 S0", &outbound, NULL, 2, 1},
	{"inbound", "S'1 S0", &inbound, NULL, 2, 1},
	{"IPv6", "S'1 S0", &outbound_v6, NULL, 2, 1},
	{"the outside copy came first", "S'1@10 S0@0", &outbound, NULL, 2, 1},
	{"a clamped MSS", "S'1 S0", &outbound, clamped_mss, 2, 1},
	{"another window scale", "S'1 S0", &outbound, other_wscale, 2, 2},
	{"SACK taken away", "S'1 S0", &outbound, no_sack, 2, 2},
	{"other timestamps", "S'1 S0", &outbound, other_stamp, 2, 2},
	{"another remote port", "S'1 S0", &outbound, other_server_port, 2, 2},
	{"200 ms later", "S'1 S0", &outbound, after_200_ms, 2, 1},
	{"201 ms later", "S'1 S0", &outbound, after_201_ms, 2, 2},
	{"both outside", "S'0 S2", &outbound, NULL, 2, 2},
	{"both inside", "S'1 S3", &outbound, NULL, 2, 2},
};

START_TEST(rewritten_isns)
{
	for (int stamps = 0; stamps < 2; stamps++) {
		struct seg_cast cast = *rewritten[_i].cast;
		struct segment s[MAX_SEGMENTS];
		struct run r;

		if (rewritten[_i].stamps != 2 && rewritten[_i].stamps != stamps)
			continue;
		cast.timestamps = stamps;
		ck_assert_uint_eq(script(&cast, rewritten[_i].script, s), 2);
		s[0].seq += REWRITTEN;
		if (rewritten[_i].change)
			rewritten[_i].change(&s[1]);
		if (s[1].time.ns < s[0].time.ns)
			swap(&s[0], &s[1]);
		run_begin(&r, planned_site, 64, true);
		run_feed_amid(&r, s, 2);
		run_finish(&r);
		ck_assert_msg(r.count == rewritten[_i].connections,
			      "%s, stamps %d: %zu connections",
			      rewritten[_i].what, stamps, r.count);
		ck_assert_uint_eq(r.got[0].tuples, 3 - r.count);
		ck_assert_int_eq(r.got[0].confidence,
				 r.count == 1 ? CONFIDENCE_LIKELY
					      : CONFIDENCE_CERTAIN);
		run_free(&r);
	}
}
END_TEST

/* Whole lives: the verdict is that of one connection, and its name is the
 * outside tuple.  Without a plan nobody knows which end is remote.
 */
START_TEST(rewritten_lives)
{
	static const struct {
		const char *site, *script;
		enum conn_class class;
		size_t connections;
	} lives_[] = {
		{planned_site, "S'1 S0 A0 A'1 K'1 K0", CLASS_SYMMETRIC, 1},
		{planned_site, "S'1 S0 A2 A'3 K'1 K0", CLASS_ASYMMETRIC, 1},
		{plain_site, "S'1 S0 A0 A'1 K'1 K0", CLASS_SYMMETRIC, 2},
	};
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound, lives_[_i].script, s);
	struct addr inside;
	struct run r;

	ck_assert(addr_parse(outbound.ends[1].client, &inside));
	for (size_t i = 0; i < n; i++) {
		if (!addr_cmp(&s[i].src, &inside))
			s[i].seq += REWRITTEN;
		else if (!addr_cmp(&s[i].dst, &inside))
			s[i].ack += REWRITTEN;
	}
	run_begin(&r, lives_[_i].site, 64, true);
	run_feed_amid(&r, s, n);
	run_finish(&r);
	ck_assert_uint_eq(r.count, lives_[_i].connections);
	ck_assert_int_eq(r.got[0].class, lives_[_i].class);
	ck_assert_int_eq(r.got[0].impact, IMPACT_WORKING);
	if (r.count == 1) {
		assert_tuple(&r.got[0].tuple[0], &outbound.ends[0]);
		assert_tuple(&r.got[0].tuple[1], &outbound.ends[1]);
		ck_assert_uint_eq(r.got[0].isn, outbound.isn);
		ck_assert_int_eq(r.got[0].confidence, CONFIDENCE_LIKELY);
	}
	run_free(&r);
}
END_TEST

/* Of several that fit, the nearest in time. */
START_TEST(the_nearest_is_likely)
{
	static const int64_t inside_ms[] = {0, 60, 120};
	struct segment s[6];
	struct run r;

	for (unsigned i = 0; i < 3; i++) {
		const struct seg_ends in = {"10.0.0.5", "40.96.0.10",
					    (uint16_t)(2000 + i), 443};
		const struct seg_ends out = {"192.0.2.7", "40.96.0.10",
					     (uint16_t)(3000 + i), 443};

		s[2 * i] = seg_syn(&in, inside_ms[i], A_IN, 100 + i);
		s[2 * i + 1] = seg_syn(&out, inside_ms[i] + 5, A, 900 + i);
	}
	run_begin(&r, planned_site, 64, true);
	run_feed_amid(&r, s, 6);
	run_finish(&r);
	ck_assert_uint_eq(r.count, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct connection *c = &r.got[i];

		ck_assert_uint_eq(c->tuples, 2);
		ck_assert_int_eq(c->confidence, CONFIDENCE_LIKELY);
		ck_assert_uint_eq(c->tuple[0].client_port,
				  c->tuple[1].client_port + 1000);
	}
	run_free(&r);
}
END_TEST

/* ---------------------------------------- before and after a load balancer */

static void after_50_ms(struct segment *s)
{
	s->time.ns += 40 * NSEC_PER_MSEC;
}

static void after_51_ms(struct segment *s)
{
	s->time.ns += 41 * NSEC_PER_MSEC;
}

static void other_client_port(struct segment *s)
{
	s->sport++;
}

static void other_isn(struct segment *s)
{
	s->seq++;
}

static void at_one_tap(struct segment *s)
{
	s->interface = A;
}

static const struct {
	const char *what;
	void (*change)(struct segment *syn); /* the second one */
	bool stamps;
	size_t connections;
} balanced[] = {
	{"alike", NULL, false, 1},
	{"alike, one stamp", NULL, true, 1},
	{"50 ms later", after_50_ms, false, 1},
	{"51 ms later", after_51_ms, false, 2},
	{"51 ms later, one stamp", after_51_ms, true, 1},
	{"another window scale", other_wscale, false, 2},
	{"another window", other_window, false, 2},
	{"another MSS", clamped_mss, false, 2},
	{"no SACK", no_sack, false, 2},
	{"a stamp", other_stamp, false, 2},
	{"another client port", other_client_port, false, 2},
	{"another server port", other_server_port, false, 2},
	{"another ISN", other_isn, false, 2},
	{"at one tap", at_one_tap, false, 2},
};

START_TEST(balanced_connections)
{
	struct seg_cast cast = inbound;
	struct segment s[MAX_SEGMENTS];
	struct run r;

	cast.timestamps = balanced[_i].stamps;
	ck_assert_uint_eq(script(&cast, "S0 S'2", s), 2);
	if (balanced[_i].change)
		balanced[_i].change(&s[1]);
	run_begin(&r, plain_site, 64, true);
	run_feed_amid(&r, s, 2);
	run_finish(&r);
	ck_assert_msg(r.count == balanced[_i].connections,
		      "%s: %zu connections", balanced[_i].what, r.count);
	ck_assert_int_eq(r.got[0].confidence, CONFIDENCE_CERTAIN);
	run_free(&r);
}
END_TEST

static TCase *links_case(void)
{
	TCase *links = tcase_create("links");

	tcase_set_timeout(links, 60);
	tcase_add_loop_test(links, scanners_are_not_linked, 0, 4);
	tcase_add_loop_test(links, pairs_of_syns, 0, ARRAY_SIZE(pairs));
	tcase_add_test(links, an_answer_among_many);
	tcase_add_loop_test(links, clients_of_one_server, 0, 2);
	tcase_add_loop_test(links, rewritten_isns, 0, ARRAY_SIZE(rewritten));
	tcase_add_loop_test(links, rewritten_lives, 0, 3);
	tcase_add_test(links, the_nearest_is_likely);
	tcase_add_loop_test(links, balanced_connections, 0,
			    ARRAY_SIZE(balanced));
	return links;
}

#endif /* FLOW_LINKS_H */
