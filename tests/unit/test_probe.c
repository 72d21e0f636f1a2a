/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of probe: the SYN byte by byte; when it is sent again, and how fast;
 * what is believed of what comes back; the hops of a trace; targets
 */
#include <asymcap/probe.h>

#include "../../src/probe/private.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MSEC NSEC_PER_MSEC

static struct probe_attempt attempt_of(const char *src, const char *dst)
{
	struct probe_attempt a = {
		.sport = 40000,
		.dport = 443,
		.isn = 0xfffffffe,
		.isn_known = true,
		.ts_base = 0xfffffff0,
		.ip_id = 0xffff,
		.mss = 1460,
		.rtt = -1,
	};

	ck_assert(addr_parse(src, &a.src));
	ck_assert(addr_parse(dst, &a.dst));
	return a;
}

static const char *const ends[][2] = {
	{"192.168.6.20", "40.96.0.99"},
	{"fd00:6::20", "2603:1006::99"},
};

static struct probe_attempt attempt(int six)
{
	return attempt_of(ends[six][0], ends[six][1]);
}

/* Build SYN @n, decode it. Return: its size */
static size_t build(const struct probe_attempt *a, unsigned n, uint8_t *out,
		    struct segment *s)
{
	struct probe_packets *p = probe_packets_new();
	size_t size = probe_packet(p, a, n, out);
	struct frame f = {
		.data = out,
		.caplen = (uint32_t)size,
		.len = (uint32_t)size,
		.link_type = LINK_RAW,
	};

	ck_assert_ptr_nonnull(p);
	ck_assert(decode(&f, s) == DECODE_TCP);
	probe_packets_free(p);
	return size;
}

/* ------------------------------------------------------------------ packets */

static uint32_t sum_of(uint32_t sum, const uint8_t *p, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += get_be16(p + i);
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

START_TEST(syn_is_that_of_a_real_stack)
{
	struct probe_attempt a = attempt(_i);
	uint8_t p[PROBE_PACKET_MAX];
	struct segment s;
	size_t size = build(&a, 0, p, &s), ip = _i ? 40 : 20;
	uint32_t pseudo = (uint32_t)(6 + 40);

	ck_assert_uint_eq(size, ip + 40);
	ck_assert(!addr_cmp(&s.src, &a.src) && !addr_cmp(&s.dst, &a.dst));
	ck_assert(s.sport == 40000 && s.dport == 443);
	ck_assert(s.flags == TCP_SYN && s.seq == a.isn && !s.payload);
	ck_assert(s.has_options && s.mss == 1460 && s.sack_permitted);
	ck_assert(s.has_timestamps && s.ts_val == a.ts_base && !s.ts_ecr);
	ck_assert(s.wscale == 7 && s.window == 64240 && s.ttl == 64);
	if (!_i) {
		ck_assert(s.ip_id == 0xffff && p[6] == 0x40);
		ck_assert_uint_eq(folded(sum_of(0, p, 20)), 0xffff);
	}
	pseudo = sum_of(pseudo, _i ? p + 8 : p + 12, _i ? 32 : 8);
	ck_assert_uint_eq(folded(sum_of(pseudo, p + ip, 40)), 0xffff);
}
END_TEST

START_TEST(resent_syn_differs_in_its_times_alone)
{
	struct probe_attempt a = attempt(_i);
	uint8_t p[PROBE_PACKET_MAX], q[PROBE_PACKET_MAX];
	struct segment s, t;

	build(&a, 0, p, &s);
	build(&a, 2, q, &t);
	ck_assert(t.seq == s.seq && t.sport == s.sport && t.ttl == s.ttl);
	ck_assert_uint_eq(t.ts_val - s.ts_val, 3000);
	if (!_i)
		ck_assert_uint_eq(t.ip_id, 1);
}
END_TEST

START_TEST(trace_differs_in_ttl)
{
	struct probe_attempt a = attempt(_i);
	uint8_t p[PROBE_PACKET_MAX];
	struct segment s;

	a.trace = true;
	build(&a, 7, p, &s);
	ck_assert(s.ttl == 7 && s.seq == a.isn && s.sport == a.sport);
	ck_assert_uint_eq(s.ts_val - a.ts_base, 7);
}
END_TEST

START_TEST(drawn_numbers_are_fresh)
{
	struct probe_attempt a = attempt(0), b = attempt(0);

	probe_draw(&a);
	probe_draw(&b);
	ck_assert(a.isn != b.isn || a.ts_base != b.ts_base);
}
END_TEST

/* ----------------------------------------------------------------- schedule */

START_TEST(backoff_is_that_of_a_real_stack)
{
	ck_assert_int_eq(probe_backoff(0), 0);
	ck_assert_int_eq(probe_backoff(1), NSEC_PER_SEC);
	ck_assert_int_eq(probe_backoff(2), 3 * NSEC_PER_SEC);
	ck_assert_int_eq(probe_backoff(3), 7 * NSEC_PER_SEC);
	ck_assert_int_eq(probe_backoff(PROBE_TRIES_MAX), 63 * NSEC_PER_SEC);
}
END_TEST

START_TEST(pace_is_kept)
{
	struct probe_pace p = {.gap = 100 * MSEC};
	unsigned sent = 0;

	for (int64_t now = 0; now < NSEC_PER_SEC; now += MSEC)
		sent += probe_pace_take(&p, now);
	ck_assert_uint_eq(sent, 10);
	/* Who was late does not catch up. */
	ck_assert(probe_pace_take(&p, 5 * NSEC_PER_SEC));
	ck_assert(!probe_pace_take(&p, 5 * NSEC_PER_SEC + 99 * MSEC));
	ck_assert(probe_pace_take(&p, 5 * NSEC_PER_SEC + 100 * MSEC));
}
END_TEST

static const struct timestamp soon = {1}, later = {PROBE_HOP_WAIT + 1};

START_TEST(hops_are_tried_in_order_until_the_target)
{
	struct probe_attempt a = attempt(0);

	a.trace = true;
	for (unsigned ttl = 1; ttl <= 3; ttl++) {
		ck_assert_uint_eq(probe_next_hop(&a, soon), ttl);
		a.hop[ttl - 1].tries = 1;
	}
	a.hop[0].answer = PROBE_ICMP;
	a.hop[2].answer = PROBE_SYN_ACK;
	a.answers = 1;
	a.target_hop = 3;
	/* The silent one is asked again, and not before it had its time. */
	ck_assert_uint_eq(probe_next_hop(&a, soon), 0);
	ck_assert_uint_eq(probe_next_hop(&a, later), 2);
	a.hop[1].tries = 2;
	ck_assert_uint_eq(probe_next_hop(&a, later), 0);
}
END_TEST

START_TEST(hops_end_without_a_target)
{
	struct probe_attempt a = attempt(0);

	a.trace = true;
	for (unsigned i = 0; i < PROBE_HOPS; i++)
		a.hop[i].tries = 1;
	ck_assert_uint_eq(probe_next_hop(&a, later), 1);
	a.hop[0].answer = PROBE_ICMP;
	ck_assert_uint_eq(probe_next_hop(&a, later), 2);
	a.hop[1].tries = a.hop[2].tries = 2;
	ck_assert_uint_eq(probe_next_hop(&a, later), 0);
	probe_trace_finish(&a);
	ck_assert_uint_eq(a.target_hop, 0);
}
END_TEST

/* A RST does not say which SYN it answers; their number does. */
START_TEST(target_is_found_by_the_number_of_its_answers)
{
	struct probe_attempt a = attempt(0);

	a.trace = true;
	for (unsigned i = 0; i < 6; i++)
		a.hop[i].tries = 1;
	a.hop[0].answer = PROBE_ICMP; /* 2 and 3 are silent */
	a.answers = 3;
	a.answer = PROBE_RST;
	/* More of them would be asked in vain, or counted as answers. */
	ck_assert_uint_eq(probe_next_hop(&a, later), 0);
	probe_trace_finish(&a);
	ck_assert_uint_eq(a.target_hop, 4);
	ck_assert(a.hop[3].answer == PROBE_RST);
}
END_TEST

/* ------------------------------------------------------------------ replies */

/**
 * struct back - A packet on its way back
 * @p:		From the IP header on
 */
struct back {
	uint8_t p[512];
	size_t size;
};

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t x = a[i];

		a[i] = b[i];
		b[i] = x;
	}
}

/* Make the answer to a SYN of it. */
static void turn(struct back *b, int six, uint16_t flags, uint32_t ack)
{
	uint8_t *tcp = b->p + (six ? 40 : 20);

	swap(b->p + (six ? 8 : 12), b->p + (six ? 24 : 16), six ? 16 : 4);
	swap(tcp, tcp + 2, 2);
	memcpy(tcp + 4, (uint8_t[]){9, 9, 9, 9}, 4);
	memcpy(tcp + 8,
	       (uint8_t[]){(uint8_t)(ack >> 24), (uint8_t)(ack >> 16),
			   (uint8_t)(ack >> 8), (uint8_t)ack},
	       4);
	tcp[13] = (uint8_t)flags;
	memcpy(tcp + 32, tcp + 28, 4); /* TSecr: TSval */
}

/* A router's complaint about a SYN, quoting @quote bytes of it. */
static void complain(struct back *b, int six, const uint8_t *syn, size_t quote)
{
	size_t ip = six ? 40 : 20;

	memset(b, 0, sizeof(*b));
	memcpy(b->p, syn, ip);
	memcpy(b->p + (six ? 24 : 16), syn + (six ? 8 : 12), six ? 16 : 4);
	memset(b->p + (six ? 8 : 12), 10, six ? 16 : 4);
	b->size = ip + 8 + quote;
	if (six) {
		b->p[4] = (uint8_t)((8 + quote) >> 8);
		b->p[5] = (uint8_t)(8 + quote);
		b->p[6] = 58;
		b->p[ip] = 3;
	} else {
		b->p[2] = (uint8_t)(b->size >> 8);
		b->p[3] = (uint8_t)b->size;
		b->p[9] = 1;
		b->p[ip] = 11;
	}
	memcpy(b->p + ip + 8, syn, quote);
}

static void give(struct probe_attempt *a, const uint8_t *p, size_t cap,
		 size_t len, int64_t at, bool outgoing)
{
	struct probe_replies *r = probe_replies_new(a, 1);
	uint8_t *copy = malloc(cap ? cap : 1); /* overreads are seen */
	struct frame f = {
		.time.ns = at,
		.data = copy,
		.caplen = (uint32_t)cap,
		.len = (uint32_t)len,
		.link_type = LINK_RAW,
	};

	memcpy(copy, p, cap);
	probe_replies_add(r, 0);
	probe_replies_take(r, &f, outgoing);
	probe_replies_free(r);
	free(copy);
}

START_TEST(answer_says_which_syn_it_means)
{
	struct probe_attempt a = attempt(_i);
	struct segment s;
	struct back b;

	a.sent = 2;
	a.sent_at[1].ns = 5 * MSEC;
	b.size = build(&a, 1, b.p, &s);
	give(&a, b.p, b.size, b.size, 6 * MSEC, true);
	ck_assert_int_eq(a.sent_at[1].ns, 6 * MSEC);
	turn(&b, _i, TCP_SYN | TCP_ACK, a.isn + 1);
	give(&a, b.p, b.size, b.size, 18 * MSEC, false);
	ck_assert(a.answer == PROBE_SYN_ACK);
	ck_assert_int_eq(a.rtt, 12 * MSEC);
}
END_TEST

START_TEST(refusal_of_one_of_two_has_no_round_trip)
{
	struct probe_attempt a = attempt(_i);
	struct segment s;
	struct back b;

	a.sent = 2;
	b.size = build(&a, 0, b.p, &s);
	turn(&b, _i, TCP_RST | TCP_ACK, a.isn + 1);
	give(&a, b.p, b.size, b.size, MSEC, false);
	ck_assert(a.answer == PROBE_RST);
	ck_assert_int_eq(a.rtt, -1);
}
END_TEST

START_TEST(tuples_that_were_tried_are_known)
{
	struct probe_attempt a = attempt(_i), b = a;
	struct probe_replies *r = probe_replies_new(&a, 1);

	ck_assert(!probe_replies_has(r, &b));
	probe_replies_add(r, 0);
	ck_assert(probe_replies_has(r, &b));
	b.dport++;
	ck_assert(!probe_replies_has(r, &b));
	b = a;
	b.sport++;
	ck_assert(!probe_replies_has(r, &b));
	probe_replies_free(r);
}
END_TEST

START_TEST(forged_answers_are_not_believed)
{
	struct probe_attempt a = attempt(_i);
	struct back b, good;
	struct segment s;

	a.sent = 1;
	good.size = build(&a, 0, good.p, &s);
	for (unsigned n = 0; n < 5; n++) {
		b = good;
		turn(&b, _i,
		     n == 1   ? TCP_ACK
		     : n == 2 ? TCP_RST
			      : TCP_SYN | TCP_ACK,
		     n == 0 ? a.isn + 2 : a.isn + 1);
		if (n == 3)
			b.p[(_i ? 40 : 20) + 1] ^= 1; /* from another port */
		if (n == 4)
			b.p[_i ? 8 : 12] ^= 1; /* from another address */
		give(&a, b.p, b.size, b.size, MSEC, false);
		ck_assert_msg(a.answer == PROBE_NO_ANSWER, "case %u", n);
	}
	complain(&b, _i, good.p, good.size);
	b.p[(_i ? 40 : 20) + 8 + (_i ? 40 : 20) + 4] ^= 1; /* another ISN */
	give(&a, b.p, b.size, b.size, MSEC, false);
	ck_assert(a.answer == PROBE_NO_ANSWER);
}
END_TEST

START_TEST(router_is_put_at_its_hop)
{
	struct probe_attempt a = attempt(_i);
	uint8_t syn[PROBE_PACKET_MAX];
	struct segment s;
	struct back b;
	size_t size;

	a.trace = true;
	a.hop[4].tries = 1;
	a.hop[4].sent.ns = MSEC;
	size = build(&a, 5, syn, &s);
	complain(&b, _i, syn, size);
	give(&a, b.p, b.size, b.size, 4 * MSEC, false);
	ck_assert(a.hop[4].answer == PROBE_ICMP);
	ck_assert(a.hop[4].router.b[15] == 10);
	ck_assert_int_eq(a.hop[4].rtt, 3 * MSEC);
	/* Time exceeded is no answer of the network to the connection. */
	ck_assert(a.answer == PROBE_NO_ANSWER);
}
END_TEST

/* The least that a router must quote: eight bytes of TCP. */
START_TEST(short_quote_is_told_by_ip_id)
{
	struct probe_attempt a = attempt(_i);
	uint8_t syn[PROBE_PACKET_MAX];
	struct segment s;
	struct back b;

	a.trace = true;
	a.hop[4].tries = 1;
	build(&a, 5, syn, &s);
	complain(&b, _i, syn, (_i ? 40 : 20) + 8);
	give(&a, b.p, b.size, b.size, MSEC, false);
	ck_assert(a.hop[4].answer == (_i ? PROBE_NO_ANSWER : PROBE_ICMP));
}
END_TEST

START_TEST(answer_is_put_at_its_hop)
{
	struct probe_attempt a = attempt(_i);
	struct segment s;
	struct back b;

	a.trace = true;
	a.hop[2].tries = 1;
	b.size = build(&a, 3, b.p, &s);
	turn(&b, _i, TCP_SYN | TCP_ACK, a.isn + 1);
	give(&a, b.p, b.size, b.size, MSEC, false);
	ck_assert_uint_eq(a.target_hop, 3);
	ck_assert(!addr_cmp(&a.hop[2].router, &a.dst));
}
END_TEST

/* Every cut, and every byte wrong: nothing is read that is not there. */
START_TEST(hostile_replies_do_no_harm)
{
	struct probe_attempt a = attempt(_i & 1), fresh;
	uint8_t syn[PROBE_PACKET_MAX];
	struct segment s;
	struct back b;
	size_t size;

	a.trace = _i & 2;
	for (unsigned i = 0; i < PROBE_HOPS; i++)
		a.hop[i].tries = 1;
	size = build(&a, 2, syn, &s);
	complain(&b, _i & 1, syn, size);
	for (size_t cap = 0; cap <= b.size; cap++) {
		fresh = a;
		give(&fresh, b.p, cap, b.size, MSEC, false);
		fresh = a;
		give(&fresh, b.p, cap, cap, MSEC, false);
	}
	for (size_t i = 0; i < b.size; i++) {
		for (unsigned v = 0; v < 256; v += 5) {
			struct back c = b;

			c.p[i] = (uint8_t)v;
			fresh = a;
			give(&fresh, c.p, c.size, c.size, MSEC, false);
		}
	}
}
END_TEST

/* connect(): the ISN is the kernel's, and is heard as the SYN leaves. */
START_TEST(own_syn_tells_its_isn)
{
	struct probe_attempt a = attempt(_i), theirs = a;
	struct segment s;
	struct back b;

	theirs.isn = 4711;
	theirs.ts_base = 1234;
	a.isn_known = false;
	b.size = build(&theirs, 0, b.p, &s);
	give(&a, b.p, b.size, b.size, MSEC, true);
	/* The same packet at the interface below. */
	give(&a, b.p, b.size, b.size, 2 * MSEC, true);
	ck_assert(a.isn_known && a.isn == 4711);
	ck_assert(a.sent == 1 && a.sent_at[0].ns == 2 * MSEC);
	turn(&b, _i, TCP_SYN | TCP_ACK, 4712);
	give(&a, b.p, b.size, b.size, 5 * MSEC, false);
	ck_assert(a.answer == PROBE_SYN_ACK && a.rtt == 3 * MSEC);
}
END_TEST

/* ------------------------------------------------------------------ targets */

static const struct {
	const char *text;
	const char *host; /* NULL: refused */
	uint16_t port;
} split_rows[] = {
	{"mail.example:25", "mail.example", 25},
	{"192.0.2.1:65535", "192.0.2.1", 65535},
	{"[2001:db8::1]:443", "2001:db8::1", 443},
	{"2001:db8::1:443", NULL, 0},
	{"mail.example", NULL, 0},
	{"mail.example:", NULL, 0},
	{"mail.example:0", NULL, 0},
	{"mail.example:65536", NULL, 0},
	{"mail.example:25x", NULL, 0},
	{"mail.example:-1", NULL, 0},
	{":25", NULL, 0},
	{"[]:25", NULL, 0},
	{"[2001:db8::1:443", NULL, 0},
	{"", NULL, 0},
};

START_TEST(targets_are_split)
{
	uint16_t port = 0;
	char *host;

	ck_assert(probe_split(split_rows[_i].text, &host, &port) ==
		  (split_rows[_i].host != NULL));
	if (!split_rows[_i].host) {
		ck_assert_ptr_null(host);
		return;
	}
	ck_assert_str_eq(host, split_rows[_i].host);
	ck_assert_uint_eq(port, split_rows[_i].port);
	free(host);
}
END_TEST

static const struct {
	const char *address;
	bool forbidden;
} forbidden_rows[] = {
	{"224.0.0.1", true},
	{"255.255.255.255", true},
	{"0.0.0.0", true},
	{"ff02::1", true},
	{"::", true},
	{"fe80::1", true},
	{"169.254.1.1", true},
	{"40.96.0.1", false},
	{"2603:1006::99", false},
	{"127.0.0.1", false},
};

START_TEST(some_are_never_probed)
{
	struct addr a;

	ck_assert(addr_parse(forbidden_rows[_i].address, &a));
	ck_assert(!probe_forbidden(&a) == !forbidden_rows[_i].forbidden);
}
END_TEST

START_TEST(route_says_the_source)
{
	struct probe_attempt a = attempt_of("127.0.0.1", "127.0.0.1");
	struct str why = {0};

	memset(&a.src, 0, sizeof(a.src));
	ck_assert_int_eq(probe_route(&a, NULL, &why), PROBE_WAY_FOUND);
	ck_assert(a.src.b[12] == 127 && a.mss > 1000);
	ck_assert(addr_parse("192.0.2.77", &a.src));
	ck_assert_int_eq(probe_route(&a, NULL, &why), PROBE_WAY_NONE);
	ck_assert_str_eq(why.s, "the source is no address of this host");
	str_clear(&why);
	ck_assert(addr_parse("::1", &a.src));
	ck_assert_int_eq(probe_route(&a, NULL, &why), PROBE_WAY_NONE);
	ck_assert_str_eq(why.s, "the source is of the other IP version");
	str_free(&why);
}
END_TEST

static void add(TCase *t, const TTest *test, int rows)
{
	tcase_add_loop_test(t, test, 0, rows);
}

static Suite *probe_suite(void)
{
	Suite *s = suite_create("probe");
	TCase *t = tcase_create("packets");

	add(t, syn_is_that_of_a_real_stack, 2);
	add(t, resent_syn_differs_in_its_times_alone, 2);
	add(t, trace_differs_in_ttl, 2);
	add(t, drawn_numbers_are_fresh, 1);
	suite_add_tcase(s, t);
	t = tcase_create("schedule");
	add(t, backoff_is_that_of_a_real_stack, 1);
	add(t, pace_is_kept, 1);
	add(t, hops_are_tried_in_order_until_the_target, 1);
	add(t, hops_end_without_a_target, 1);
	add(t, target_is_found_by_the_number_of_its_answers, 1);
	suite_add_tcase(s, t);
	t = tcase_create("replies");
	tcase_set_timeout(t, 60);
	add(t, answer_says_which_syn_it_means, 2);
	add(t, refusal_of_one_of_two_has_no_round_trip, 2);
	add(t, tuples_that_were_tried_are_known, 2);
	add(t, forged_answers_are_not_believed, 2);
	add(t, router_is_put_at_its_hop, 2);
	add(t, short_quote_is_told_by_ip_id, 2);
	add(t, answer_is_put_at_its_hop, 2);
	add(t, hostile_replies_do_no_harm, 4);
	add(t, own_syn_tells_its_isn, 2);
	suite_add_tcase(s, t);
	t = tcase_create("targets");
	add(t, targets_are_split, (int)ARRAY_SIZE(split_rows));
	add(t, some_are_never_probed, (int)ARRAY_SIZE(forbidden_rows));
	add(t, route_says_the_source, 1);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(probe_suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
