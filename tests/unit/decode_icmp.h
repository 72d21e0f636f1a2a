/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of decode: ICMP errors that quote a TCP header
 */
#ifndef DECODE_ICMP_H
#define DECODE_ICMP_H

#include <asymcap/decode.h>

#include "frame_builder.h"

#include <check.h>
#include <string.h>

#define ROUTER_V4 "192.0.2.1"
#define ROUTER_V6 "2001:db8:1::1"
#define QUOTED_V4 "198.51.100.7"
#define QUOTED_V6 "2001:db8::7"
#define SERVER_V4 "40.96.0.10"
#define SERVER_V6 "2603:1006::10"

/* Port 34000 to 25, sequence number 0x82eeca1a: all that must be quoted. */
#define QUOTED_EIGHT "\x84\xd0\0\x19\x82\xee\xca\x1a"

/* The header of an error up to its quote; @rest is its second half. */
static void icmp_begin(struct frame_builder *b, bool v6, uint8_t type,
		       uint8_t code, uint32_t rest)
{
	const uint8_t h[8] = {
		type,
		code,
		0,
		0,
		(uint8_t)(rest >> 24),
		(uint8_t)(rest >> 16),
		(uint8_t)(rest >> 8),
		(uint8_t)rest,
	};

	fb_ip(b, v6 ? ROUTER_V6 : ROUTER_V4, v6 ? QUOTED_V6 : QUOTED_V4);
	fb_protocol(b, v6 ? 58 : 1);
	fb_bytes(b, h, sizeof(h));
	fb_ip(b, v6 ? QUOTED_V6 : QUOTED_V4, v6 ? SERVER_V6 : SERVER_V4);
}

static void icmp_end(struct frame_builder *b)
{
	fb_protocol(b, 6);
	fb_bytes(b, QUOTED_EIGHT, 8);
}

static bool icmp_addr_is(const struct addr *a, const char *text)
{
	struct addr b;

	return addr_parse(text, &b) && !addr_cmp(a, &b);
}

static void check_quote(const struct segment *s, bool v6)
{
	ck_assert(icmp_addr_is(&s->src, v6 ? QUOTED_V6 : QUOTED_V4));
	ck_assert(icmp_addr_is(&s->dst, v6 ? SERVER_V6 : SERVER_V4));
	ck_assert(icmp_addr_is(&s->router, v6 ? ROUTER_V6 : ROUTER_V4));
	ck_assert_uint_eq(s->sport, 34000);
	ck_assert_uint_eq(s->dport, 25);
	ck_assert_uint_eq(s->seq, 0x82eeca1a);
	ck_assert_uint_eq(s->flags, SEGMENT_QUOTED);
}

static const struct icmp_case {
	bool v6;
	uint8_t type;
	uint8_t code;
	uint32_t rest;
	enum icmp_kind kind;
	uint32_t mtu;
} icmp_cases[] = {
	{false, 3, 0, 0, ICMP_NET_UNREACHABLE, 0},
	{false, 3, 1, 0, ICMP_HOST_UNREACHABLE, 0},
	{false, 3, 2, 0, ICMP_OTHER, 0},
	{false, 3, 3, 1400, ICMP_PORT_UNREACHABLE, 0},
	{false, 3, 4, 1400, ICMP_FRAG_NEEDED, 1400},
	{false, 3, 4, 0xabcd0000, ICMP_FRAG_NEEDED, 0},
	{false, 3, 5, 0, ICMP_OTHER, 0},
	{false, 3, 6, 0, ICMP_NET_UNREACHABLE, 0},
	{false, 3, 7, 0, ICMP_HOST_UNREACHABLE, 0},
	{false, 3, 8, 0, ICMP_HOST_UNREACHABLE, 0},
	{false, 3, 9, 0, ICMP_ADMIN_PROHIBITED, 0},
	{false, 3, 10, 0, ICMP_ADMIN_PROHIBITED, 0},
	{false, 3, 11, 0, ICMP_NET_UNREACHABLE, 0},
	{false, 3, 12, 0, ICMP_HOST_UNREACHABLE, 0},
	{false, 3, 13, 0, ICMP_ADMIN_PROHIBITED, 0},
	{false, 3, 14, 0, ICMP_OTHER, 0},
	{false, 3, 255, 0, ICMP_OTHER, 0},
	{false, 11, 0, 0, ICMP_TIME_EXCEEDED, 0},
	{false, 11, 1, 0, ICMP_TIME_EXCEEDED, 0},
	{false, 12, 0, 0, ICMP_OTHER, 0},
	{true, 1, 0, 0, ICMP_NET_UNREACHABLE, 0},
	{true, 1, 1, 0, ICMP_ADMIN_PROHIBITED, 0},
	{true, 1, 2, 0, ICMP_OTHER, 0},
	{true, 1, 3, 0, ICMP_HOST_UNREACHABLE, 0},
	{true, 1, 4, 7, ICMP_PORT_UNREACHABLE, 0},
	{true, 1, 5, 0, ICMP_ADMIN_PROHIBITED, 0},
	{true, 1, 6, 0, ICMP_ADMIN_PROHIBITED, 0},
	{true, 1, 7, 0, ICMP_OTHER, 0},
	{true, 2, 0, 0x10000, ICMP_FRAG_NEEDED, 0x10000},
	{true, 3, 0, 0, ICMP_TIME_EXCEEDED, 0},
	{true, 4, 1, 40, ICMP_OTHER, 0},
	/* no errors of a path: ICMP_KINDS */
	{false, 0, 0, 0, ICMP_KINDS, 0},
	{false, 4, 0, 0, ICMP_KINDS, 0},
	{false, 5, 1, 0, ICMP_KINDS, 0},
	{false, 8, 0, 0, ICMP_KINDS, 0},
	{true, 128, 0, 0, ICMP_KINDS, 0},
	{true, 137, 0, 0, ICMP_KINDS, 0},
};

START_TEST(icmp_types)
{
	const struct icmp_case *k = &icmp_cases[_i];
	struct frame_builder b;
	enum decode_result r;
	struct segment s;
	struct frame f;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	icmp_begin(&b, k->v6, k->type, k->code, k->rest);
	icmp_end(&b);
	f = fb_frame(&b);
	r = decode_checked(&f, &s);
	if (k->kind == ICMP_KINDS) {
		ck_assert_uint_eq(r, DECODE_ICMP);
		return;
	}
	ck_assert_uint_eq(r, DECODE_ICMP_ERROR);
	check_quote(&s, k->v6);
	ck_assert_str_eq(icmp_kind_name((enum icmp_kind)s.icmp),
			 icmp_kind_name(k->kind));
	ck_assert_uint_eq(s.mtu, k->mtu);
	ck_assert_uint_eq(s.ttl, 64);
}
END_TEST

static void in_nothing(struct frame_builder *b)
{
	fb_ethernet(b);
}

static void in_vlans(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_vlan(b, 0x88a8, 29);
	fb_vlan(b, 0x8100, 300);
}

static void in_vxlan(struct frame_builder *b)
{
	in_vlans(b);
	fb_ip(b, "10.1.1.1", "10.1.1.2");
	fb_udp(b, 50000, 4789);
	fb_vxlan(b, 77);
	fb_ethernet(b);
}

static void in_erspan(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_ip(b, "2001:db8:f::1", "2001:db8:f::2");
	fb_gre(b, 0x1000, 0);
	fb_erspan2(b, 42);
	fb_ethernet(b);
}

static const struct {
	void (*before)(struct frame_builder *b);
	uint8_t vlans;
	enum tunnel tunnel;
	uint32_t id;
} icmp_places[] = {
	{in_nothing, 0, TUNNEL_NONE, 0},
	{in_vlans, 2, TUNNEL_NONE, 0},
	{in_vxlan, 2, TUNNEL_VXLAN, 77},
	{in_erspan, 0, TUNNEL_ERSPAN, 42},
};

/* Where the frame was seen is told as of a segment; and a cut is a cut. */
START_TEST(icmp_wrapped)
{
	bool v6 = _i & 1;
	struct frame_builder b;
	struct segment s;
	struct frame f;

	fb_init(&b, LINK_ETHERNET);
	icmp_places[_i / 2].before(&b);
	icmp_begin(&b, v6, v6 ? 1 : 3, 1, 0);
	icmp_end(&b);
	f = fb_frame(&b);
	f.time.ns = 1234567890123456789;
	f.number = 7;
	f.interface = 3;
	ck_assert_uint_eq(decode_checked(&f, &s), DECODE_ICMP_ERROR);
	check_quote(&s, v6);
	ck_assert_uint_eq(s.vlan_count, icmp_places[_i / 2].vlans);
	ck_assert_uint_eq(s.tunnel, icmp_places[_i / 2].tunnel);
	ck_assert_uint_eq(s.tunnel_id, icmp_places[_i / 2].id);
	ck_assert(s.has_mac && !memcmp(s.src_mac, FB_SRC_MAC, 6));
	ck_assert(s.time.ns == f.time.ns && s.number == 7 && s.interface == 3);
	while (f.caplen--)
		ck_assert_uint_eq(decode_checked(&f, &s), DECODE_CUT);
}
END_TEST

/* What may stand between the quoted IP header and TCP. */
START_TEST(icmp_quotes_more)
{
	struct frame_builder b;
	struct segment s;
	struct frame f;
	bool v6 = _i > 1;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	icmp_begin(&b, v6, v6 ? 3 : 11, 0, 0);
	switch (_i) {
	case 0:
		fb_ipv4_options(&b, 40);
		break;
	case 1: /* the first fragment has the TCP header */
		fb_ipv4_fragment(&b, 0, true);
		break;
	case 2:
		for (unsigned i = 0; i < WALK_MAX_EXTENSIONS - 2; i++)
			fb_ipv6_extension(&b, i % 2 ? 43 : 60, (uint8_t)i);
		fb_ipv6_fragment(&b, 0, true);
		fb_ah(&b);
		break;
	default:
		fb_ipv6_extension(&b, 0, 2);
		fb_ipv6_extension(&b, 135, 0);
	}
	icmp_end(&b);
	f = fb_frame(&b);
	ck_assert_uint_eq(decode_checked(&f, &s), DECODE_ICMP_ERROR);
	check_quote(&s, v6);
	ck_assert_uint_eq(s.icmp, ICMP_TIME_EXCEEDED);
}
END_TEST

/* A router may quote less than that, and that is no cut. */
START_TEST(icmp_quotes_less)
{
	bool v6 = _i;
	size_t whole = 8 + (v6 ? 40 : 20) + 8;

	for (size_t n = 0; n <= whole; n++) {
		struct frame_builder b, part;
		struct segment s;
		struct frame f;
		size_t from;

		fb_init(&b, LINK_ETHERNET);
		fb_ethernet(&b);
		icmp_begin(&b, v6, v6 ? 1 : 3, 0, 0);
		icmp_end(&b);
		fb_init(&part, LINK_ETHERNET);
		fb_ethernet(&part);
		fb_ip(&part, v6 ? ROUTER_V6 : ROUTER_V4,
		      v6 ? QUOTED_V6 : QUOTED_V4);
		fb_protocol(&part, v6 ? 58 : 1);
		from = part.len;
		fb_bytes(&part, b.data + from, n);
		f = fb_frame(&part);
		ck_assert_uint_eq(decode_checked(&f, &s),
				  n < whole ? DECODE_ICMP : DECODE_ICMP_ERROR);
	}
}
END_TEST

static void quote_udp(struct frame_builder *b)
{
	icmp_begin(b, false, 3, 3, 0);
	fb_protocol(b, 17);
	fb_bytes(b, QUOTED_EIGHT, 8);
}

static void quote_udp_v6(struct frame_builder *b)
{
	icmp_begin(b, true, 1, 4, 0);
	fb_ipv6_extension(b, 60, 0);
	fb_protocol(b, 17);
	fb_bytes(b, QUOTED_EIGHT, 8);
}

static void quote_later(struct frame_builder *b)
{
	icmp_begin(b, false, 11, 1, 0);
	fb_ipv4_fragment(b, 1480, true);
	icmp_end(b);
}

static void quote_later_v6(struct frame_builder *b)
{
	icmp_begin(b, true, 3, 1, 0);
	fb_ipv6_fragment(b, 1448, false);
	icmp_end(b);
}

static void quote_version(struct frame_builder *b)
{
	size_t at;

	icmp_begin(b, false, 3, 1, 0);
	at = b->len - 20;
	icmp_end(b);
	fb_frame(b);
	b->data[at] = 0x65;
}

static void quote_header_size(struct frame_builder *b)
{
	size_t at;

	icmp_begin(b, false, 3, 1, 0);
	at = b->len - 20;
	icmp_end(b);
	fb_frame(b);
	b->data[at] = 0x44;
}

static void quote_version_v6(struct frame_builder *b)
{
	size_t at;

	icmp_begin(b, true, 1, 1, 0);
	at = b->len - 40;
	icmp_end(b);
	fb_frame(b);
	b->data[at] = 0x45;
}

static void quote_nine_extensions(struct frame_builder *b)
{
	icmp_begin(b, true, 1, 1, 0);
	for (unsigned i = 0; i <= WALK_MAX_EXTENSIONS; i++)
		fb_ipv6_extension(b, 60, 0);
	icmp_end(b);
}

/* The other version's protocol number: no host would take it for an error. */
static void v6_error_in_v4(struct frame_builder *b)
{
	fb_ip(b, ROUTER_V4, QUOTED_V4);
	fb_protocol(b, 58);
	fb_bytes(b, "\x03\x01\0\0\0\0\0\0", 8);
	fb_ip(b, QUOTED_V4, SERVER_V4);
	icmp_end(b);
}

static void v4_error_in_v6(struct frame_builder *b)
{
	fb_ip(b, ROUTER_V6, QUOTED_V6);
	fb_protocol(b, 1);
	fb_bytes(b, "\x01\x01\0\0\0\0\0\0", 8);
	fb_ip(b, QUOTED_V6, SERVER_V6);
	icmp_end(b);
}

static const struct {
	void (*build)(struct frame_builder *b);
	enum decode_result result;
} icmp_without_evidence[] = {
	{quote_udp, DECODE_ICMP},
	{quote_udp_v6, DECODE_ICMP},
	{quote_later, DECODE_ICMP},
	{quote_later_v6, DECODE_ICMP},
	{quote_version, DECODE_ICMP},
	{quote_header_size, DECODE_ICMP},
	{quote_version_v6, DECODE_ICMP},
	{quote_nine_extensions, DECODE_TOO_DEEP},
	{v6_error_in_v4, DECODE_ICMP},
	{v4_error_in_v6, DECODE_ICMP},
};

START_TEST(icmp_no_evidence)
{
	struct frame_builder b;
	struct segment s;
	struct frame f;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	icmp_without_evidence[_i].build(&b);
	f = fb_frame(&b);
	ck_assert_uint_eq(decode_checked(&f, &s),
			  icmp_without_evidence[_i].result);
	ck_assert_uint_ne(s.flags, SEGMENT_QUOTED);
}
END_TEST

static TCase *icmp_tests(void)
{
	TCase *t = tcase_create("icmp");

	tcase_add_loop_test(t, icmp_types, 0, (int)ARRAY_SIZE(icmp_cases));
	tcase_add_loop_test(t, icmp_wrapped, 0,
			    2 * (int)ARRAY_SIZE(icmp_places));
	tcase_add_loop_test(t, icmp_quotes_more, 0, 4);
	tcase_add_loop_test(t, icmp_quotes_less, 0, 2);
	tcase_add_loop_test(t, icmp_no_evidence, 0,
			    (int)ARRAY_SIZE(icmp_without_evidence));
	return t;
}

#endif /* DECODE_ICMP_H */
