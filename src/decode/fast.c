/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path: Ethernet, at most two tags, IP without extras, TCP
 *
 * Nearly all frames of a mirrored circuit look like this, and here nothing is
 * dispatched or counted.  Whatever is unusual in the least,
 * be it an error, makes a function return false: the walk starts again from
 * the first byte and knows better.  So each test here may only be stricter
 * than its twin in the walk, and what is stored must be the same; the unit
 * test holds the two against each other.
 *
 * The segment is not cleared first, as that would cost as much as decoding:
 * every function sets the fields that it owns, all of them.
 */
#include "walk.h"

#include <string.h>

static inline bool fast_link(struct cur *c, struct segment *s, uint16_t *type)
{
	const uint8_t *h, *tag;

	if (!cur_view(c, 14, &h))
		return false;
	memcpy(s->dst_mac, h, sizeof(s->dst_mac));
	memcpy(s->src_mac, h + 6, sizeof(s->src_mac));
	memset(s->vlan, 0, sizeof(s->vlan));
	s->has_mac = true;
	s->vlan_count = 0;
	*type = get_be16(h + 12);
	while (link_is_tag(*type) && s->vlan_count < 2) {
		if (!cur_view(c, 4, &tag))
			return false;
		s->vlan[s->vlan_count++] = get_be16(tag) & 0x0fff;
		*type = get_be16(tag + 2);
	}
	s->tunnel = TUNNEL_NONE;
	s->tunnel_id = 0;
	s->erspan = 0;
	s->has_erspan = false;
	return true;
}

static inline bool fast_ipv4(struct cur *c, struct segment *s)
{
	const uint8_t *h;
	uint16_t total;

	if (!cur_view(c, 20, &h))
		return false;
	total = get_be16(h + 2);
	if (h[0] != 0x45 || (get_be16(h + 6) & 0x3fff) || h[9] != 6 ||
	    total < 20 || !cur_trim(c, total - 20u))
		return false;
	s->src = addr_from_v4(h + 12);
	s->dst = addr_from_v4(h + 16);
	s->ip_id = get_be16(h + 4);
	s->ttl = h[8];
	return true;
}

static inline bool fast_ipv6(struct cur *c, struct segment *s)
{
	const uint8_t *h;
	uint16_t length;

	if (!cur_view(c, 40, &h))
		return false;
	length = get_be16(h + 4);
	if (h[0] >> 4 != 6 || h[6] != 6 || !length || !cur_trim(c, length))
		return false;
	memcpy(s->src.b, h + 8, sizeof(s->src.b));
	memcpy(s->dst.b, h + 24, sizeof(s->dst.b));
	s->ip_id = 0;
	s->ttl = h[7];
	return true;
}

/* By value: a cursor whose address is taken does not stay in registers. */
static void fast_options(struct cur c, size_t size, struct segment *s)
{
	if (cur_trim(&c, size))
		tcp_options(&c, s);
}

static inline bool fast_tcp(struct cur *c, struct segment *s)
{
	const uint8_t *h;
	size_t options;

	if (!cur_view(c, 20, &h))
		return false;
	options = (h[12] >> 4) * 4u - 20u;
	if (h[12] >> 4 < 5 || options > c->wire)
		return false;
	s->sport = get_be16(h);
	s->dport = get_be16(h + 2);
	s->seq = get_be32(h + 4);
	s->ack = get_be32(h + 8);
	s->flags = get_be16(h + 12) & 0x01ff;
	s->window = get_be16(h + 14);
	s->payload = (uint32_t)(c->wire - options);
	s->mss = 0;
	s->wscale = DECODE_NO_WSCALE;
	s->has_options = false;
	s->sack_permitted = false;
	s->has_timestamps = false;
	s->ts_val = 0;
	s->ts_ecr = 0;
	if (s->flags & TCP_SYN)
		fast_options(*c, options, s);
	return true;
}

bool decode_fast(const struct frame *f, struct segment *s)
{
	struct cur c = {.p = f->data, .cap = f->caplen, .wire = f->len};
	uint16_t type;

	if (f->link_type != LINK_ETHERNET || !fast_link(&c, s, &type))
		return false;
	switch (type) {
	case 0x0800:
		if (!fast_ipv4(&c, s))
			return false;
		break;
	case 0x86dd:
		if (!fast_ipv6(&c, s))
			return false;
		break;
	default:
		return false;
	}
	if (!fast_tcp(&c, s))
		return false;
	s->time = f->time;
	s->number = f->number;
	s->interface = f->interface;
	s->wire_len = f->len;
	return true;
}
