/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP errors: which connection they are about, and whether to believe them
 */
#ifndef FLOW_ICMP_H
#define FLOW_ICMP_H

#include "flow_fixture.h"

#define ROUTER	     "203.0.113.1"
#define OTHER_ROUTER "2001:db8::1"

/* What an error quotes: @dir 0 for a packet of the client. */
static struct segment quote(const struct seg_ends *e, unsigned dir, int64_t ms,
			    unsigned interface, uint32_t seq,
			    enum icmp_kind kind)
{
	struct segment s = seg_make(e, dir, ms, interface);

	s.flags = SEGMENT_QUOTED;
	s.seq = seq;
	s.number = 77;
	s.icmp = (uint16_t)kind;
	s.mtu = kind == ICMP_FRAG_NEEDED ? 1400 : 0;
	ck_assert(addr_parse(ROUTER, &s.router));
	return s;
}

static void from_other(struct segment *s)
{
	ck_assert(addr_parse(OTHER_ROUTER, &s->router));
}

/* A script, then one error; what is believed shows in the connection. */
static const struct {
	const char *script;
	unsigned dir;
	uint32_t seq; /* from the ISN of that end */
	bool believed;
} quotes[] = {
	{"S0", 0, 0, true},
	{"S0", 0, 1, false}, /* nothing but the SYN was sent */
	{"S0", 0, 1u << 31, false},
	{"S0", 1, 0, false}, /* an answer that was not seen */
	{"S0 A2", 0, 0, true},
	{"S0 A2", 0, 1, true}, /* the ACK, which was not seen */
	{"S0 A2", 0, (1u << 20) - 1, true},
	{"S0 A2", 0, 1u << 20, false},
	{"S0 A2", 0, 0xffffffff, false},
	{"S0 A2", 1, 0, true},
	{"S0 A2", 1, 1, false},
	{"A0", 1, 0, true},
	{"A0", 0, 0, false},
	{"S0 A0 K0 D0 d0", 0, 101, true},
	{"S0 A0 K0 D0 d0", 0, 1u << 19, true},
	{"S0 A0 K0 D0 d0", 0, 1u << 21, false},
	{"S0 A0 K0 D0 d0", 1, 101, true},
	{"S0 A0 K0 D0 d0", 1, 0u - (1u << 21), false},
	{"S0 K0 D0", 0, 101, true}, /* one direction only */
	{"S0 K0 D0", 0, 1u << 21, false},
	{"D0", 0, 101, true}, /* midstream */
	{"D0", 0, 1u << 21, false},
};

START_TEST(quoted_numbers)
{
	const struct seg_cast *cast = casts[_i % (int)ARRAY_SIZE(casts)];
	int row = _i / (int)ARRAY_SIZE(casts);
	struct segment s[MAX_SEGMENTS];
	size_t n = script(cast, quotes[row].script, s);
	uint32_t isn = quotes[row].dir ? cast->answer_isn : cast->isn;
	const struct flow_counters *c;
	struct run r;

	s[n] = quote(&cast->ends[0], quotes[row].dir, 500, 0,
		     isn + quotes[row].seq, ICMP_ADMIN_PROHIBITED);
	run_begin(&r, plain_site, 64, true);
	run_feed_amid(&r, s, n + 1);
	c = run_finish(&r);
	ck_assert_msg(c->icmp_matched == quotes[row].believed &&
			      c->icmp_implausible == !quotes[row].believed,
		      "%s, %u: %llu believed", quotes[row].script,
		      quotes[row].seq, (unsigned long long)c->icmp_matched);
	ck_assert_uint_eq(c->icmp_unmatched, 0);
	ck_assert_uint_eq(leading(&r, cast->isn)->icmp.kept,
			  quotes[row].believed);
	run_free(&r);
}
END_TEST

/* What is kept of an error. */
START_TEST(icmp_is_told)
{
	const struct seg_ends *e = &outbound.ends[0];
	struct segment s[MAX_SEGMENTS];
	const struct icmp_error *at;
	struct addr router;
	struct run r;
	size_t n = script(&outbound, "S0", s);

	s[n] = quote(e, 0, 40, A_IN, outbound.isn, ICMP_FRAG_NEEDED);
	run_begin(&r, plain_site, 64, false);
	run_feed_amid(&r, s, n + 1);
	run_finish(&r);
	ck_assert_int_eq(only(&r)->class, CLASS_UNANSWERED);
	ck_assert_uint_eq(only(&r)->packets[0], 1);
	ck_assert_uint_eq(only(&r)->icmp.kept, 1);
	ck_assert_uint_eq(only(&r)->icmp.more, 0);
	at = &only(&r)->icmp.at[0];
	ck_assert_uint_eq(at->kind, ICMP_FRAG_NEEDED);
	ck_assert_uint_eq(at->mtu, 1400);
	ck_assert_uint_eq(at->count, 1);
	ck_assert(!at->of_server);
	ck_assert(addr_parse(ROUTER, &router));
	ck_assert_int_eq(addr_cmp(&at->router, &router), 0);
	ck_assert_uint_eq(at->at.tap, A_IN);
	ck_assert_uint_eq(at->at.interface, A_IN);
	ck_assert_uint_eq(at->at.number, 77);
	ck_assert(at->at.time.ns == s[n].time.ns);
	ck_assert(at->at.has_mac && !memcmp(at->at.src_mac, s[n].src_mac, 6) &&
		  !memcmp(at->at.dst_mac, s[n].dst_mac, 6));
	run_free(&r);
}
END_TEST

/* About no connection here, or seen at no tap. */
START_TEST(icmp_without_connection)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound, "S0", s);
	const struct flow_counters *c;
	struct run r;

	s[n] = quote(&inbound.ends[0], 0, 40, A, inbound.isn, ICMP_OTHER);
	s[n + 1] = quote(&outbound.ends[0], 0, 41, NOWHERE, outbound.isn,
			 ICMP_OTHER);
	run_begin(&r, plain_site, 64, true);
	run_feed_amid(&r, s, n + 2);
	c = run_finish(&r);
	ck_assert_uint_eq(c->icmp_unmatched, 2);
	ck_assert_uint_eq(c->icmp_matched + c->icmp_implausible, 0);
	ck_assert_uint_eq(only(&r)->icmp.kept, 0);
	run_free(&r);
}
END_TEST

/* Of a long connection the latest acknowledgment is what counts. */
START_TEST(icmp_after_megabytes)
{
	const struct seg_ends *e = &outbound.ends[0];
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound, "S0 A0 K0 D0 d0 D0 d0 D0 d0 D0", s);
	const uint32_t far = outbound.isn + (3u << 20);
	struct run r;

	/* The server's data acknowledges a MiB more each time. */
	for (size_t i = 0, mib = 0; i < n; i++) {
		if (s[i].sport == s[0].dport && !(s[i].flags & TCP_SYN))
			s[i].ack = outbound.isn + (uint32_t)(++mib << 20);
	}
	s[n] = quote(e, 0, 900, A, far + 5, ICMP_FRAG_NEEDED);
	s[n + 1] = quote(e, 0, 910, A, outbound.isn + 5, ICMP_FRAG_NEEDED);
	run_begin(&r, plain_site, 64, true);
	run_feed(&r, s, n + 2);
	ck_assert_uint_eq(run_finish(&r)->icmp_matched, 1);
	ck_assert_uint_eq(run_finish(&r)->icmp_implausible, 1);
	run_free(&r);
}
END_TEST

/* Each tuple of a connection may be quoted; what is alike is told once. */
START_TEST(icmp_of_translations)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound, "S'1 S0", s);
	const struct icmp_errors *g;
	struct run r;

	s[n] = quote(&outbound.ends[0], 0, 50, A, outbound.isn,
		     ICMP_ADMIN_PROHIBITED);
	s[n + 1] = quote(&outbound.ends[1], 0, 51, A_IN, outbound.isn,
			 ICMP_ADMIN_PROHIBITED);
	s[n + 2] = quote(&outbound.ends[1], 0, 52, A_IN, outbound.isn,
			 ICMP_HOST_UNREACHABLE);
	run_begin(&r, planned_site, 64, true);
	run_feed_amid(&r, s, n + 3);
	run_finish(&r);
	ck_assert_uint_eq(only(&r)->tuples, 2);
	g = &only(&r)->icmp;
	ck_assert_uint_eq(g->kept, 2);
	ck_assert_uint_eq(g->at[0].count, 2);
	ck_assert_uint_eq(g->at[0].at.tap, A);
	ck_assert_uint_eq(g->at[0].kind, ICMP_ADMIN_PROHIBITED);
	ck_assert_uint_eq(g->at[1].count, 1);
	ck_assert_uint_eq(g->at[1].kind, ICMP_HOST_UNREACHABLE);
	run_free(&r);
}
END_TEST

/* The first ones are kept, whichever came first; the others are counted. */
START_TEST(icmp_bounded)
{
	static const uint8_t orders[][4] = {
		{0, 1, 2, 3},
		{3, 2, 1, 0},
		{2, 0, 3, 1},
		{1, 3, 0, 2},
	};
	const struct seg_ends *e = &outbound.ends[0];
	struct segment s[MAX_SEGMENTS], q[4];
	size_t n = script(&outbound, "S0", s);
	const struct icmp_errors *g;
	struct run r;

	q[0] = quote(e, 0, 20, A, outbound.isn, ICMP_ADMIN_PROHIBITED);
	q[1] = quote(e, 0, 30, A, outbound.isn, ICMP_ADMIN_PROHIBITED);
	from_other(&q[1]);
	q[2] = quote(e, 0, 40, A, outbound.isn, ICMP_NET_UNREACHABLE);
	q[3] = quote(e, 0, 50, A, outbound.isn, ICMP_TIME_EXCEEDED);
	for (size_t i = 0; i < 4; i++)
		s[n + i] = q[orders[_i][i]];
	run_begin(&r, plain_site, 64, true);
	run_feed_amid(&r, s, n + 4);
	run_finish(&r);
	g = &only(&r)->icmp;
	ck_assert_uint_eq(g->kept, 2);
	ck_assert_uint_eq(g->more, 2);
	ck_assert(g->at[0].at.time.ns == q[0].time.ns);
	ck_assert(g->at[1].at.time.ns == q[1].time.ns);
	ck_assert_int_eq(addr_cmp(&g->at[1].router, &q[1].router), 0);
	run_free(&r);
}
END_TEST

/* A sound connection that learns its path's MTU stays sound and silent,
 * before and after it has settled, and leaves no trace.
 */
static const struct {
	const char *before, *after;
	int64_t ms;
} sound_scripts[] = {
	{"S0 A0 K0 D0", "d0@100 F0 f0", 90},
	{"S0 A0 K0 D0 d0 D0@1500 d0@3000", "D0@4000 F0 f0 K0", 3500},
	{"S0 A0 K0 D0 d0", "F0@600 f0 K0", 500},
};

START_TEST(icmp_about_sound_ones)
{
	bool planned = _i & 1;
	struct segment s[MAX_SEGMENTS], last[MAX_SEGMENTS];
	const struct flow_counters *c;
	struct run r;
	size_t n = script(&outbound, sound_scripts[_i / 2].before, s);
	size_t more = script(&outbound, sound_scripts[_i / 2].after, last);

	s[n++] = quote(&outbound.ends[0], 0, sound_scripts[_i / 2].ms, A,
		       outbound.isn + 1, ICMP_FRAG_NEEDED);
	run_begin(&r, planned ? planned_site : plain_site, 64, false);
	run_feed_amid(&r, s, n);
	run_feed(&r, last, more);
	c = run_finish(&r);
	ck_assert_uint_eq(c->icmp_matched, 1);
	ck_assert_uint_eq(c->connections[CLASS_SYMMETRIC], 1);
	ck_assert_uint_eq(run_total(&r), 1);
	ck_assert_uint_eq(r.count, 0);
	run_free(&r);
}
END_TEST

/* Of several attempts on a tuple, the one that may have sent it. */
START_TEST(icmp_of_an_attempt)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound, "S0 S0~1@3000", s);
	struct run r;

	s[n++] = quote(&outbound.ends[0], 0, 3100, A, outbound.isn,
		       ICMP_HOST_UNREACHABLE);
	run_begin(&r, plain_site, 64, true);
	run_feed_amid(&r, s, n);
	run_finish(&r);
	ck_assert_uint_eq(r.count, 2);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_uint_eq(r.got[i].icmp.kept,
				  r.got[i].isn == outbound.isn);
	run_free(&r);
}
END_TEST

/* Who is the client may be learnt later. */
START_TEST(icmp_turned_round)
{
	struct segment s[MAX_SEGMENTS], late[MAX_SEGMENTS];
	size_t n = script(&outbound, "D0", s);
	struct run r;

	script(&outbound, "S0 A0 K0", late);
	s[n++] = quote(&outbound.ends[0], 0, 20, A, s[0].seq,
		       ICMP_HOST_UNREACHABLE);
	for (unsigned i = 0; i < 3; i++)
		s[n++] = late[i];
	run_begin(&r, plain_site, 64, true);
	run_feed_amid(&r, s, n);
	run_finish(&r);
	ck_assert_uint_eq(only(&r)->icmp.kept, 1);
	ck_assert(!only(&r)->icmp.at[0].of_server);
	assert_tuple(&only(&r)->tuple[0], &outbound.ends[0]);
	run_free(&r);
}
END_TEST

/* A flood of errors takes no room, and no time that is not packet time. */
START_TEST(icmp_flood)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&outbound, "S0", s);
	const struct flow_counters *c;
	struct run r;

	run_begin(&r, plain_site, 64, true);
	run_feed_amid(&r, s, n);
	for (unsigned i = 0; i < 10000; i++) {
		struct segment q = quote(&outbound.ends[i % 2], 0, 1600, A,
					 outbound.isn + i % 4 / 2,
					 (enum icmp_kind)(i % ICMP_KINDS));

		q.router.b[15] = (uint8_t)i;
		run_feed(&r, &q, 1);
	}
	c = flow_table_counters(r.table);
	ck_assert_uint_eq(c->flows, 1);
	ck_assert_uint_eq(c->icmp_unmatched, 5000);
	ck_assert_uint_eq(c->icmp_implausible, 2500);
	ck_assert_uint_eq(c->icmp_matched, 2500);
	run_finish(&r);
	ck_assert_uint_eq(only(&r)->icmp.kept, FINDING_ICMP);
	ck_assert_uint_eq(only(&r)->icmp.at[0].count +
				  only(&r)->icmp.at[1].count +
				  only(&r)->icmp.more,
			  2500);
	run_free(&r);
}
END_TEST

static TCase *icmp_case(void)
{
	TCase *t = tcase_create("icmp");

	tcase_add_loop_test(t, quoted_numbers, 0,
			    (int)(ARRAY_SIZE(quotes) * ARRAY_SIZE(casts)));
	tcase_add_test(t, icmp_is_told);
	tcase_add_test(t, icmp_without_connection);
	tcase_add_test(t, icmp_of_translations);
	tcase_add_loop_test(t, icmp_bounded, 0, 4);
	tcase_add_loop_test(t, icmp_about_sound_ones, 0,
			    2 * (int)ARRAY_SIZE(sound_scripts));
	tcase_add_test(t, icmp_after_megabytes);
	tcase_add_test(t, icmp_of_an_attempt);
	tcase_add_test(t, icmp_turned_round);
	tcase_add_test(t, icmp_flood);
	return t;
}

#endif /* FLOW_ICMP_H */
