/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of decode: every stack whole, cut, sliced, padded and damaged; every
 * refusal; lengths; TCP options; libnet's frames; real captures
 */
#include <asymcap/decode.h>

#include "../../src/decode/walk.h"
#include "frame_builder.h"
#include "frame_refusals.h"
#include "frame_stacks.h"

#include <check.h>
#include <libnet.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- comparison */

static_assert(sizeof(struct segment) == 128,
	      "a new field must be compared below");

/**
 * differing_field() - Compare all fields of two segments
 * @a:		One
 * @b:		Other
 *
 * Return: name of the first field that differs, or NULL
 */
static const char *differing_field(const struct segment *a,
				   const struct segment *b)
{
#define COMPARE(field_)                                                        \
	do {                                                                   \
		if (memcmp(&a->field_, &b->field_, sizeof(a->field_)) != 0)    \
			return #field_;                                        \
	} while (0)

	COMPARE(time);
	COMPARE(number);
	COMPARE(src);
	COMPARE(dst);
	COMPARE(sport);
	COMPARE(dport);
	COMPARE(seq);
	COMPARE(ack);
	COMPARE(payload);
	COMPARE(wire_len);
	COMPARE(flags);
	COMPARE(window);
	COMPARE(ip_id);
	COMPARE(interface);
	COMPARE(ttl);
	COMPARE(vlan_count);
	COMPARE(tunnel);
	COMPARE(has_mac);
	COMPARE(vlan);
	COMPARE(src_mac);
	COMPARE(dst_mac);
	COMPARE(tunnel_id);
	COMPARE(erspan);
	COMPARE(has_erspan);
	COMPARE(mss);
	COMPARE(wscale);
	COMPARE(has_options);
	COMPARE(sack_permitted);
	COMPARE(has_timestamps);
	COMPARE(ts_val);
	COMPARE(ts_ecr);
	return NULL;
#undef COMPARE
}

/**
 * decode_checked() - decode(), which must agree with its general path
 * @f:		Frame; its bytes are moved to memory of their own, so that the
 *		sanitizer sees a read beyond them
 * @s:		Result
 *
 * Return: as decode()
 */
static enum decode_result decode_checked(const struct frame *f,
					 struct segment *s)
{
	enum decode_result fast, general;
	struct segment expected;
	struct frame moved = *f;
	uint8_t *bytes = malloc(f->caplen ? f->caplen : 1);
	const char *field;

	memcpy(bytes, f->data, f->caplen);
	moved.data = bytes;
	/* A field that nobody sets shows as a difference. */
	memset(s, 0xa5, sizeof(*s));
	memset(&expected, 0x5a, sizeof(expected));
	fast = decode(&moved, s);
	general = decode_general(&moved, &expected);
	free(bytes);
	if (fast != general)
		ck_abort_msg("decode says %s, its general path %s",
			     decode_result_name(fast),
			     decode_result_name(general));
	field = differing_field(s, &expected);
	if (field)
		ck_abort_msg("the general path differs in %s", field);
	return fast;
}

static bool addr_is(const struct addr *a, const char *text)
{
	struct addr b;

	ck_assert(addr_parse(text, &b));
	return addr_cmp(a, &b) == 0;
}

/* Facts that survive any cut behind the flags. */
static void check_facts(const struct frame_stack *k, const struct segment *s,
			const struct frame *f)
{
	const char *src = k->v6 ? STACK_V6_SRC : STACK_V4_SRC;
	const char *dst = k->v6 ? STACK_V6_DST : STACK_V4_DST;

	ck_assert_msg(addr_is(&s->src, src), "%s: source", k->name);
	ck_assert_msg(addr_is(&s->dst, dst), "%s: destination", k->name);
	ck_assert_msg(s->sport == 34000 && s->dport == 25, "%s: ports",
		      k->name);
	ck_assert_msg(s->seq == 0x82eeca1a && s->ack == 0, "%s: numbers",
		      k->name);
	ck_assert_msg(s->flags == TCP_SYN, "%s: flags %x", k->name, s->flags);
	ck_assert_msg(s->payload == 9, "%s: payload %u", k->name, s->payload);
	ck_assert_msg(s->ttl == 64 && s->ip_id == (k->v6 ? 0 : 0x1234),
		      "%s: TTL or identification", k->name);
	ck_assert_msg(s->wire_len == f->len && s->number == f->number &&
			      s->interface == f->interface &&
			      s->time.ns == f->time.ns,
		      "%s: frame", k->name);
	ck_assert_msg(s->vlan_count == k->vlan_count &&
			      !memcmp(s->vlan, k->vlan, sizeof(s->vlan)),
		      "%s: %u tags, %u %u", k->name, s->vlan_count, s->vlan[0],
		      s->vlan[1]);
	ck_assert_msg(s->tunnel == k->tunnel && s->tunnel_id == k->tunnel_id,
		      "%s: tunnel %s %u", k->name,
		      tunnel_name((enum tunnel)s->tunnel), s->tunnel_id);
	ck_assert_msg(s->has_mac == !k->no_mac, "%s: MAC", k->name);
}

static void check_options(const struct frame_stack *k, const struct segment *s)
{
	ck_assert_msg(s->window == 64240, "%s: window", k->name);
	ck_assert_msg(s->has_options && s->mss == 1460 && s->wscale == 7 &&
			      s->sack_permitted && s->has_timestamps &&
			      s->ts_val == 1000 && s->ts_ecr == 0,
		      "%s: options", k->name);
}

/* Offset of the TCP header of a built frame. */
static size_t tcp_offset(const struct frame_builder *b)
{
	ck_assert(b->headers && b->header[b->headers - 1].kind == FB_TCP);
	return b->header[b->headers - 1].off;
}

#include "decode_icmp.h" /* needs decode_checked() */

/* ----------------------------------------------------------------- stacks */

START_TEST(stack_whole)
{
	const struct frame_stack *k = &frame_stacks[_i];
	struct frame_builder b;
	struct segment s;
	struct frame f = stack_syn(&b, k);

	f.time.ns = 1234567890123456789;
	f.number = 1ULL << 40;
	f.interface = 4095;
	ck_assert_msg(decode_checked(&f, &s) == DECODE_TCP, "%s", k->name);
	check_facts(k, &s, &f);
	check_options(k, &s);
	if (s.has_mac && strcmp(k->name, "EoMPLS, high MAC") != 0)
		ck_assert(!memcmp(s.src_mac, FB_SRC_MAC, 6) &&
			  !memcmp(s.dst_mac, FB_DST_MAC, 6));
}
END_TEST

/* Padding and trailers never count. */
START_TEST(stack_padded)
{
	const struct frame_stack *k = &frame_stacks[_i];
	struct frame_builder b;
	struct segment s;
	struct frame f;

	stack_syn(&b, k);
	fb_trailer(&b, 46);
	f = fb_frame(&b);
	ck_assert_msg(decode_checked(&f, &s) == DECODE_TCP, "%s", k->name);
	check_facts(k, &s, &f);
	check_options(k, &s);
}
END_TEST

/* A cut is never a contradiction. */
START_TEST(stack_cut)
{
	const struct frame_stack *k = &frame_stacks[_i];
	struct frame_builder b;
	enum decode_result r;
	struct segment s;
	struct frame f = stack_syn(&b, k);
	size_t tcp = tcp_offset(&b);

	for (f.caplen = 0; f.caplen < f.len; f.caplen++) {
		r = decode_checked(&f, &s);
		if (f.caplen < tcp + 14) {
			ck_assert_msg(r == DECODE_CUT, "%s: cut at %u: %s",
				      k->name, f.caplen, decode_result_name(r));
			continue;
		}
		ck_assert_msg(r == DECODE_TCP, "%s: cut at %u: %s", k->name,
			      f.caplen, decode_result_name(r));
		check_facts(k, &s, &f);
		ck_assert_msg(s.window == (f.caplen < tcp + 16 ? 0 : 64240),
			      "%s: window", k->name);
		ck_assert_msg(s.has_options == (f.caplen >= tcp + 40),
			      "%s: options", k->name);
	}
}
END_TEST

/* A frame that ends on the wire contradicts its headers, but as much is read
 * of it as of a cut one: slicing mirrors make such frames.
 */
START_TEST(stack_sliced)
{
	const struct frame_stack *k = &frame_stacks[_i];
	struct frame_builder b;
	enum decode_result r;
	struct segment s;
	struct frame f = stack_syn(&b, k);
	size_t tcp = tcp_offset(&b);
	uint32_t whole = f.len;

	for (f.len = 0; f.len < whole; f.len++) {
		f.caplen = f.len;
		r = decode_checked(&f, &s);
		if (f.len < tcp + 14) {
			ck_assert_msg(r >= DECODE_BAD_LINK &&
					      r <= DECODE_BAD_TUNNEL,
				      "%s: runt of %u: %s", k->name, f.len,
				      decode_result_name(r));
			continue;
		}
		ck_assert_msg(r == DECODE_TCP, "%s: slice of %u: %s", k->name,
			      f.len, decode_result_name(r));
		check_facts(k, &s, &f);
		ck_assert(s.has_options == (f.len >= tcp + 40));
	}
}
END_TEST

/* Whatever a byte becomes, both paths agree and read no further than they
 * may (the sanitizer looks on).
 */
START_TEST(stack_damaged)
{
	const struct frame_stack *k = &frame_stacks[_i];
	static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20,
					0x40, 0x80, 0xff, 0xf0, 0x0f};
	struct frame_builder b;
	struct segment s;
	struct frame f = stack_syn(&b, k);
	size_t i, j;

	for (i = 0; i < f.len; i++) {
		for (j = 0; j < ARRAY_SIZE(masks); j++) {
			b.data[i] ^= masks[j];
			f.caplen = f.len;
			decode_checked(&f, &s);
			f.caplen = (uint32_t)(f.len * (j + 1) / 12);
			decode_checked(&f, &s);
			b.data[i] ^= masks[j];
		}
	}
}
END_TEST

/* The general path would hide a fast path that refuses all. */
START_TEST(fast_path_taken)
{
	const char *src = _i & 1 ? "2001:db8::1" : "192.0.2.1";
	const char *dst = _i & 1 ? "2001:db8::2" : "192.0.2.2";
	struct frame_builder b;
	struct segment s;
	struct frame f;
	int tags;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	for (tags = _i >> 1; tags > 0; tags--)
		fb_vlan(&b, 0x8100, 29);
	fb_ip(&b, src, dst);
	fb_tcp(&b, 34000, 25, 1, 1, TCP_ACK);
	f = fb_frame(&b);
	ck_assert(decode_fast(&f, &s) && decode_checked(&f, &s) == DECODE_TCP);
	fb_trailer(&b, 300);
	f = fb_frame(&b);
	ck_assert(decode_fast(&f, &s) && decode_checked(&f, &s) == DECODE_TCP);
	ck_assert_uint_eq(s.payload, 0);
}
END_TEST

/* ---------------------------------------------------------------- refusals */

START_TEST(refusal)
{
	const struct frame_refusal *k = &frame_refusals[_i];
	struct frame_builder b;
	enum decode_result r;
	struct segment s;
	struct frame f;

	fb_init(&b, k->link_type);
	k->build(&b);
	f = fb_frame(&b);
	r = decode_checked(&f, &s);
	ck_assert_msg(r == k->result, "%s: %s, not %s", k->name,
		      decode_result_name(r), decode_result_name(k->result));

	/* Cut, it is refused for the same reason or for the cut. */
	if (k->result == DECODE_TCP)
		return;
	while (f.caplen--) {
		r = decode_checked(&f, &s);
		ck_assert_msg(r == k->result || r == DECODE_CUT,
			      "%s: cut at %u: %s", k->name, f.caplen,
			      decode_result_name(r));
	}
}
END_TEST

/* Every reason has a sample, so that none is dead. */
START_TEST(refusals_complete)
{
	bool seen[DECODE_RESULTS] = {[DECODE_CUT] = true};
	size_t i;

	for (i = 0; i < frame_refusal_count; i++)
		seen[frame_refusals[i].result] = true;
	for (i = 0; i < DECODE_RESULTS; i++)
		ck_assert_msg(seen[i], "no sample of %s",
			      decode_result_name((enum decode_result)i));
}
END_TEST

START_TEST(names)
{
	int i, j;

	for (i = 0; i < DECODE_RESULTS; i++)
		for (j = 0; j < i; j++)
			ck_assert_str_ne(
				decode_result_name((enum decode_result)i),
				decode_result_name((enum decode_result)j));
	ck_assert_str_eq(decode_result_name(DECODE_LATER_FRAGMENT),
			 "later-fragment");
	ck_assert_str_eq(decode_result_name(DECODE_RESULTS), "unknown");
	ck_assert_str_eq(tunnel_name(TUNNEL_NONE), "none");
	ck_assert_str_eq(tunnel_name(TUNNEL_IPIP), "ip-in-ip");
	ck_assert_str_eq(tunnel_name(TUNNELS), "unknown");
}
END_TEST

/* ----------------------------------------------------------------- lengths */

/* Offload leaves no length: what the frame has is meant. */
START_TEST(length_of_zero)
{
	struct frame_builder b;
	struct segment s;
	struct frame f;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	fb_ip(&b, _i ? "2001:db8::1" : "192.0.2.1",
	      _i ? "2001:db8::2" : "192.0.2.2");
	fb_tcp(&b, 34000, 25, 1, 1, TCP_ACK);
	fb_payload(&b, 2000);
	f = fb_frame(&b);
	memset(b.data + 14 + (_i ? 4 : 2), 0, 2);
	f.len = 80000;
	ck_assert(decode_checked(&f, &s) == DECODE_TCP);
	ck_assert_uint_eq(s.payload, f.len - 14 - (_i ? 40 : 20) - 20);
}
END_TEST

/* An empty segment in a frame filled up to 60 bytes has no payload. */
START_TEST(length_of_minimum_frame)
{
	struct frame_builder b;
	struct segment s;
	struct frame f;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	fb_ip(&b, "192.0.2.1", "192.0.2.2");
	fb_tcp(&b, 34000, 25, 1, 1, TCP_ACK);
	fb_trailer(&b, 6);
	f = fb_frame(&b);
	ck_assert(decode_checked(&f, &s) == DECODE_TCP);
	ck_assert_uint_eq(s.payload, 0);
	ck_assert(!s.has_options && s.wscale == DECODE_NO_WSCALE);
}
END_TEST

/* ----------------------------------------------------------------- options */

static const struct option_row {
	const char *name;
	const char *bytes;
	size_t size;
	bool whole;
	uint16_t mss;
	uint8_t wscale;
	bool sack;
	uint32_t ts_val;
} option_rows[] = {
#define BYTES(b_) b_, sizeof(b_) - 1
	{"none", BYTES(""), true, 0, 0xff, false, 0},
	{"MSS", BYTES("\2\4\5\xb4"), true, 1460, 0xff, false, 0},
	{"all", BYTES(FB_SYN_OPTIONS), true, 1460, 7, true, 1000},
	{"end before more", BYTES("\0\2\4\5\xb4\0\0\0"), true, 0, 0xff, false,
	 0},
	{"NOPs", BYTES("\1\1\1\1"), true, 0, 0xff, false, 0},
	{"unknown kind", BYTES("\xfe\6\1\2\3\4\4\2"), true, 0, 0xff, true, 0},
	{"MD5",
	 BYTES("\x13\x12"
	       "0123456789abcdef"
	       "\4\2"),
	 true, 0, 0xff, true, 0},
	{"length 0", BYTES("\4\2\xfe\0"), false, 0, 0xff, true, 0},
	{"length 1", BYTES("\4\2\xfe\1"), false, 0, 0xff, true, 0},
	{"length beyond", BYTES("\4\2\xfe\3"), false, 0, 0xff, true, 0},
	{"length 255", BYTES("\4\2\xfe\xff"), false, 0, 0xff, true, 0},
	{"kind alone", BYTES("\1\1\1\2"), false, 0, 0xff, false, 0},
	{"MSS of 3", BYTES("\2\3\5\1"), false, 0, 0xff, false, 0},
	{"scale of 4", BYTES("\3\4\7\7"), false, 0, 0xff, false, 0},
	{"SACK of 4", BYTES("\4\4\0\0"), false, 0, 0xff, false, 0},
	{"stamps of 8", BYTES("\x8\x8\0\0\0\1\0\0"), false, 0, 0xff, false, 0},
};

START_TEST(options)
{
	const struct option_row *k = &option_rows[_i];
	struct frame_builder b;
	struct segment s;
	struct frame f;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	fb_ip(&b, "192.0.2.1", "192.0.2.2");
	fb_tcp(&b, 34000, 25, 1, 2, TCP_SYN | TCP_ACK | TCP_AE | TCP_CWR);
	fb_tcp_options(&b, k->bytes, k->size);
	f = fb_frame(&b);
	ck_assert(decode_checked(&f, &s) == DECODE_TCP);
	ck_assert_uint_eq(s.flags, 0x192);
	ck_assert_uint_eq(s.ack, 2);
	ck_assert_msg(s.has_options == k->whole, "%s: whole", k->name);
	ck_assert_msg(s.mss == k->mss, "%s: MSS %u", k->name, s.mss);
	ck_assert_msg(s.wscale == k->wscale, "%s: scale", k->name);
	ck_assert_msg(s.sack_permitted == k->sack, "%s: SACK", k->name);
	ck_assert_msg(s.has_timestamps == !!k->ts_val && s.ts_val == k->ts_val,
		      "%s: timestamps", k->name);
}
END_TEST

/* Without SYN they are not looked at. */
START_TEST(options_without_syn)
{
	struct frame_builder b;
	struct segment s;
	struct frame f;

	fb_init(&b, LINK_ETHERNET);
	fb_ethernet(&b);
	fb_ip(&b, "192.0.2.1", "192.0.2.2");
	fb_tcp(&b, 34000, 25, 1, 2, TCP_ACK);
	fb_tcp_options(&b, FB_SYN_OPTIONS, FB_SYN_OPTIONS_SIZE);
	f = fb_frame(&b);
	ck_assert(decode_checked(&f, &s) == DECODE_TCP);
	ck_assert(!s.has_options && !s.mss && !s.has_timestamps &&
		  s.wscale == DECODE_NO_WSCALE && !s.sack_permitted);
}
END_TEST

/* ------------------------------------------------------------------ libnet */

/**
 * libnet_decode() - Decode what libnet has built
 * @l:		Context with all headers
 * @s:		Result
 *
 * Return: as decode()
 */
static enum decode_result libnet_decode(libnet_t *l, struct segment *s)
{
	struct frame f = {.link_type = LINK_ETHERNET};
	enum decode_result r;
	uint8_t *packet;

	ck_assert_int_eq(libnet_pblock_coalesce(l, &packet, &f.len), 1);
	f.caplen = f.len;
	f.data = packet;
	r = decode_checked(&f, s);
	free(packet - l->aligner);
	return r;
}

START_TEST(libnet_ipv4_tag)
{
	uint8_t src[] = {2, 0, 0, 0, 0, 2}, dst[] = {2, 0, 0, 0, 0, 1};
	uint8_t mss[] = {2, 4, 5, 0xb4};
	char err[LIBNET_ERRBUF_SIZE];
	libnet_t *l = libnet_init(LIBNET_NONE, NULL, err);
	struct segment s;

	ck_assert_ptr_nonnull(l);
	libnet_build_tcp_options(mss, sizeof(mss), l, 0);
	libnet_build_tcp(34154, 25, 2196731898u, 0, TH_SYN, 64240, 0, 0,
			 LIBNET_TCP_H + sizeof(mss), NULL, 0, l, 0);
	libnet_build_ipv4(LIBNET_IPV4_H + LIBNET_TCP_H + sizeof(mss), 0, 4711,
			  IP_DF, 57, IPPROTO_TCP, 0, inet_addr("40.96.0.10"),
			  inet_addr("203.0.113.25"), NULL, 0, l, 0);
	libnet_build_802_1q(dst, src, ETHERTYPE_VLAN, 5, 0, 300, ETHERTYPE_IP,
			    NULL, 0, l, 0);
	ck_assert(libnet_decode(l, &s) == DECODE_TCP);
	libnet_destroy(l);

	ck_assert(addr_is(&s.src, "40.96.0.10"));
	ck_assert(addr_is(&s.dst, "203.0.113.25"));
	ck_assert(s.sport == 34154 && s.dport == 25);
	ck_assert(s.seq == 2196731898u && s.flags == TCP_SYN);
	ck_assert(s.mss == 1460 && s.has_options && s.window == 64240);
	ck_assert(s.ip_id == 4711 && s.ttl == 57 && s.payload == 0);
	ck_assert(s.vlan_count == 1 && s.vlan[0] == 300);
	ck_assert(!memcmp(s.src_mac, src, 6) && !memcmp(s.dst_mac, dst, 6));
}
END_TEST

START_TEST(libnet_ipv6)
{
	uint8_t mac[] = {2, 0, 0, 0, 0, 1};
	char err[LIBNET_ERRBUF_SIZE];
	libnet_t *l = libnet_init(LIBNET_NONE, NULL, err);
	struct libnet_in6_addr src, dst;
	struct segment s;

	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(inet_pton(AF_INET6, "2603:1006::10", &src), 1);
	ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::7", &dst), 1);
	libnet_build_tcp(25, 34154, 7, 2196731899u, TH_SYN | TH_ACK, 8192, 0, 0,
			 LIBNET_TCP_H, NULL, 0, l, 0);
	libnet_build_ipv6(0, 0, LIBNET_TCP_H, IPPROTO_TCP, 120, src, dst, NULL,
			  0, l, 0);
	libnet_build_ethernet(mac, mac, ETHERTYPE_IPV6, NULL, 0, l, 0);
	ck_assert(libnet_decode(l, &s) == DECODE_TCP);
	libnet_destroy(l);

	ck_assert(addr_is(&s.src, "2603:1006::10"));
	ck_assert(addr_is(&s.dst, "2001:db8::7"));
	ck_assert(s.sport == 25 && s.dport == 34154 && s.seq == 7);
	ck_assert(s.ack == 2196731899u && s.flags == (TCP_SYN | TCP_ACK));
	ck_assert(s.has_options && s.mss == 0 && s.ttl == 120);
}
END_TEST

/* ---------------------------------------------------------------- captures */

/* Segments, and distinct (addresses, ports, ISN) of SYN and SYN-ACK, as a
 * protocol analyser counts them.
 */
static const struct capture_row {
	const char *file;
	size_t segments;
	size_t syns;
	size_t syn_acks;
} capture_rows[] = {
	{"asym_geneve_43flows.pcap", 379, 43, 43},
	{"asym_geneve_vni_per_direction.pcap", 33, 1, 1},
	{"asym_vlan_126if.pcapng", 17, 1, 1},
	{"asym_vlan_oneway_tag.pcap", 254, 1, 1},
	{"bad_babel_oobr.pcap", 2, 0, 2},
	{"bad_heapoverflow_tcp.pcap", 1, 0, 0},
	{"bad_mpls_6in6.pcap.gz", 0, 0, 0},
	{"bad_truncated_tail.pcap", 6, 1, 1},
	{"bgp_sessions.pcap", 79, 6, 4},
	{"big_echo_500flows.pcap.gz", 82582, 500, 500},
	{"erspan1_vlan.pcap", 0, 0, 0},
	{"erspan2_tcp_sessions.pcap", 60, 8, 6},
	{"erspan3_dot1q.pcap", 0, 0, 0},
	{"erspan3_ft0.pcap", 0, 0, 0},
	{"fmt_be_nanosec.pcap", 10, 1, 1},
	{"fmt_kuznetzov_modified.pcap", 0, 0, 0},
	{"fmt_le_nanosec_sll.pcap", 3, 1, 1},
	{"geneve_options.pcap", 10, 1, 1},
	{"gre_erspan2_vxlangpe.pcap", 7, 1, 1},
	{"gre_teb_erspan.pcap", 106, 5, 5},
	{"gtpu_outer_fragmented.pcap", 72, 1, 1},
	{"half_both.pcap", 1795, 22, 22},
	{"half_client_side.pcap", 838, 20, 0},
	{"half_server_side.pcap", 832, 0, 20},
	{"ip6_atomic_frag.pcap", 36, 4, 4},
	{"ip6_routing_header.pcap", 10, 1, 1},
	{"jumbo_bigtcp_vxlan.pcap", 1, 0, 0}, /* IPv6 length 0 */
	{"mif_11if_3linktypes.pcapng", 32, 2, 2},
	{"mif_2if_udp.pcapng", 0, 0, 0},
	{"mif_4if_ns_merged.pcapng", 32, 2, 2},
	{"mif_eth_sll.pcapng", 159, 2, 1},
	{"mif_eth_sll.pcapng.zst", 159, 2, 1},
	{"mix_emix.pcap", 5571, 466, 357},
	{"nat_before_after_same_file.pcap", 45, 2, 1}, /* 46 is bad */
	{"null_41flows.pcap", 614, 41, 41},
	{"oneside_sgt_57synack.pcap", 2431, 57, 57},
	{"oneside_synack_only.pcap", 139, 0, 1},
	{"pppoe_double_vlan.pcap", 30, 3, 3},
	{"pppoe_over_qinq.pcap", 86, 1, 1},
	{"qinq_88a8.pcap", 0, 0, 0},
	{"raw_ip6.pcap", 81, 4, 4},
	{"sll2_handshake.pcap", 5, 1, 1},
	{"sll_gtpu_ip6.pcap", 58, 4, 4},
	{"snaplen_truncated.pcap", 878, 1, 1},
	{"vlan_mpls_mixed.pcap", 47, 3, 2},
	{"vlan_pcp_dei.pcapng", 9, 1, 1},
	{"vlan_same5tuple_3stacks.pcap", 42, 1, 1},
	{"vxlan_4flows.pcap", 82, 4, 4},
	{"vxlan_same5tuple_2vni.pcap", 42, 1, 1},
};

#define MAX_HANDSHAKES 4096

struct handshake {
	struct addr src, dst;
	uint16_t sport, dport;
	uint32_t seq;
};
static_assert(sizeof(struct handshake) == 40, "compared as bytes");

struct handshakes {
	struct handshake item[MAX_HANDSHAKES];
	size_t count;
};

static void handshakes_add(struct handshakes *h, const struct segment *s)
{
	struct handshake new = {s->src, s->dst, s->sport, s->dport, s->seq};
	size_t i;

	for (i = 0; i < h->count; i++)
		if (!memcmp(&h->item[i], &new, sizeof(new)))
			return;
	ck_assert(h->count < MAX_HANDSHAKES);
	h->item[h->count++] = new;
}

static void capture_path(char *path, size_t size, const char *file)
{
	const char *data = getenv("ASYMCAP_DATA");

	snprintf(path, size, "%s/captures/%s", data ? data : "../shared/data",
		 file);
}

START_TEST(real_capture)
{
	static struct handshakes syns, syn_acks;
	const struct capture_row *k = &capture_rows[_i];
	struct capture *c = capture_new();
	struct frame frames[CAPTURE_BATCH];
	size_t i, n, segments = 0;
	struct segment s;
	char path[4096];
	uint32_t input;

	capture_path(path, sizeof(path), k->file);
	ck_assert_msg(capture_add_file(c, path, &input), "%s: %s", path,
		      capture_input(c, input)->problem);
	while ((n = capture_next(c, frames, CAPTURE_BATCH)) > 0) {
		for (i = 0; i < n; i++) {
			if (decode_checked(&frames[i], &s) != DECODE_TCP)
				continue;
			segments++;
			if ((s.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
				handshakes_add(&syns, &s);
			else if (s.flags & TCP_SYN)
				handshakes_add(&syn_acks, &s);
		}
	}
	capture_free(c);
	ck_assert_msg(segments == k->segments && syns.count == k->syns &&
			      syn_acks.count == k->syn_acks,
		      "%s: %zu segments, %zu SYN, %zu SYN-ACK", k->file,
		      segments, syns.count, syn_acks.count);
}
END_TEST

/* -------------------------------------------------------------------- main */

static Suite *decode_suite(void)
{
	int stacks = (int)frame_stack_count;
	TCase *t = tcase_create("stacks");
	Suite *s = suite_create("decode");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, stack_whole, 0, stacks);
	tcase_add_loop_test(t, stack_padded, 0, stacks);
	tcase_add_loop_test(t, stack_cut, 0, stacks);
	tcase_add_loop_test(t, stack_sliced, 0, stacks);
	tcase_add_loop_test(t, stack_damaged, 0, stacks);
	tcase_add_loop_test(t, fast_path_taken, 0, 6);
	suite_add_tcase(s, t);

	t = tcase_create("refusals");
	tcase_add_loop_test(t, refusal, 0, (int)frame_refusal_count);
	tcase_add_test(t, refusals_complete);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);

	suite_add_tcase(s, icmp_tests());

	t = tcase_create("lengths and options");
	tcase_add_loop_test(t, length_of_zero, 0, 2);
	tcase_add_test(t, length_of_minimum_frame);
	tcase_add_loop_test(t, options, 0, (int)ARRAY_SIZE(option_rows));
	tcase_add_test(t, options_without_syn);
	suite_add_tcase(s, t);

	t = tcase_create("libnet");
	tcase_add_test(t, libnet_ipv4_tag);
	tcase_add_test(t, libnet_ipv6);
	suite_add_tcase(s, t);
	return s;
}

/* The captures are too large for the tree; without them that is said. */
static void add_captures(Suite *s)
{
	char path[4096];
	TCase *t;
	FILE *f;

	capture_path(path, sizeof(path), capture_rows[0].file);
	f = fopen(path, "rb");
	if (!f) {
		fprintf(stderr,
			"test_decode: skipped: real captures: no %s "
			"(set ASYMCAP_DATA)\n",
			path);
		return;
	}
	fclose(f);
	t = tcase_create("captures");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, real_capture, 0, (int)ARRAY_SIZE(capture_rows));
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = decode_suite();
	SRunner *r;
	int failed;

	add_captures(s);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
