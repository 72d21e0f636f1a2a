/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_decode: any bytes as a frame of any link type, whole and cut
 *
 * Input: a byte that chooses the link type, two bytes (big-endian) for how
 * much longer the frame was on the wire, the captured bytes.
 */
#include <asymcap/decode.h>

#include "../../src/decode/walk.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static_assert(offsetof(struct segment, ts_val) ==
		      offsetof(struct segment, has_timestamps) + 4,
	      "padding is only after has_timestamps and at the end");

static void expect(bool ok)
{
	if (!ok)
		abort();
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
	return !memcmp(a, b, offsetof(struct segment, has_timestamps) + 1) &&
	       a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr;
}

/* Decode a copy of the frame's exact size, so that a read beyond it is seen;
 * both paths must agree.
 */
static enum decode_result decode_both(struct frame f, struct segment *s)
{
	uint8_t *bytes = malloc(f.caplen ? f.caplen : 1);
	enum decode_result fast, general;
	struct segment g;

	memcpy(bytes, f.data, f.caplen);
	f.data = bytes;
	memset(s, 0xa5, sizeof(*s));
	memset(&g, 0x5a, sizeof(g));
	fast = decode(&f, s);
	general = decode_general(&f, &g);
	free(bytes);
	expect(fast == general && fast < DECODE_RESULTS);
	expect(same_segment(s, &g));
	expect(s->vlan_count <= DECODE_MAX_VLANS && s->tunnel < TUNNELS);
	expect(fast == DECODE_ICMP_ERROR ? s->flags == SEGMENT_QUOTED
					 : s->flags <= 0x1ff);
	expect(fast != DECODE_ICMP_ERROR || s->icmp < ICMP_KINDS);
	return fast;
}

static void check_same_quote(const struct segment *a, const struct segment *b)
{
	expect(!memcmp(&a->src, &b->src, sizeof(a->src)) &&
	       !memcmp(&a->dst, &b->dst, sizeof(a->dst)) &&
	       !memcmp(&a->router, &b->router, sizeof(a->router)) &&
	       a->sport == b->sport && a->dport == b->dport &&
	       a->seq == b->seq && a->icmp == b->icmp && a->mtu == b->mtu);
}

/* A shorter cut of the same frame either says so or changes no fact. */
static void check_cut(struct frame f, uint32_t caplen, enum decode_result whole,
		      const struct segment *s)
{
	enum decode_result r;
	struct segment c;

	f.caplen = caplen;
	r = decode_both(f, &c);
	expect(r == whole || r == DECODE_CUT);
	if (r == DECODE_ICMP_ERROR)
		check_same_quote(&c, s);
	if (r != DECODE_TCP)
		return;
	expect(!memcmp(&c.src, &s->src, sizeof(c.src)) &&
	       !memcmp(&c.dst, &s->dst, sizeof(c.dst)) && c.sport == s->sport &&
	       c.dport == s->dport && c.seq == s->seq && c.ack == s->ack &&
	       c.flags == s->flags && c.payload == s->payload &&
	       c.tunnel == s->tunnel && c.tunnel_id == s->tunnel_id &&
	       c.vlan_count == s->vlan_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t link_types[] = {
		LINK_ETHERNET,	LINK_NULL,	   LINK_LOOP,
		LINK_RAW,	LINK_RAW_BSD,	   LINK_RAW_OPENBSD,
		LINK_LINUX_SLL, LINK_LINUX_SLL2,   LINK_IPV4,
		LINK_IPV6,	WALK_LINK_MPACKET, 147,
	};
	struct frame f = {.number = 1};
	enum decode_result whole;
	struct segment s;
	uint32_t cut;

	if (size < 3 || size > 4096)
		return 0;
	f.link_type = link_types[data[0] % ARRAY_SIZE(link_types)];
	f.data = data + 3;
	f.caplen = (uint32_t)size - 3;
	f.len = f.caplen + get_be16(data + 1);
	whole = decode_both(f, &s);
	for (cut = 1; cut <= 64 && cut <= f.caplen; cut++)
		check_cut(f, f.caplen - cut, whole, &s);
	return 0;
}
