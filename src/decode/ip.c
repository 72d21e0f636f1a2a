/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Internet Protocol: IPv4, IPv6, extension headers, fragments
 */
#include "walk.h"

#include <string.h>

/**
 * begin_packet() - Trim to what an IP header promises
 * @w:		Walk, behind the fixed part of the header
 * @rest:	Bytes promised from there on
 */
static void begin_packet(struct walk *w, size_t rest)
{
	w->extensions = 0;
	w->absent = 0;
	if (cur_trim(&w->c, rest))
		w->fragmented = false;
	else
		w->absent = rest - w->c.wire;
}

/**
 * begin_fragment() - Decide on a fragment by its offset field
 * @w:		Walk
 * @offset:	In units that only matter for being 0 or not
 * @more:	Whether more fragments follow
 *
 * Return: LAYER_PROTOCOL, or LAYER_END for all but the first
 */
static enum layer begin_fragment(struct walk *w, unsigned offset, bool more)
{
	if (offset)
		return walk_end(w, DECODE_LATER_FRAGMENT);
	if (more && !w->absent)
		w->fragmented = true;
	return LAYER_PROTOCOL;
}

enum layer ip_version(struct walk *w)
{
	uint8_t b;

	if (!cur_peek(&w->c, 0, &b, 1))
		return walk_short(w, 1, DECODE_BAD_IP);
	switch (b >> 4) {
	case 4:
		return LAYER_IPV4;
	case 6:
		return LAYER_IPV6;
	default:
		return walk_end(w, DECODE_BAD_IP);
	}
}

enum layer ip_v4(struct walk *w)
{
	size_t options, hlen, total;
	uint16_t fragment;
	uint8_t h[20];

	if (w->ips == WALK_MAX_IP)
		return walk_end(w, DECODE_TOO_DEEP);
	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_IP);
	hlen = (h[0] & 0x0f) * 4u;
	total = get_be16(h + 2);
	if (h[0] >> 4 != 4 || hlen < sizeof(h) || (total && total < hlen))
		return walk_end(w, DECODE_BAD_IP);

	w->ips++;
	w->v6 = false;
	w->next = h[9];
	w->s->ip_id = get_be16(h + 4);
	w->s->ttl = h[8];
	w->s->src = addr_from_v4(h + 12);
	w->s->dst = addr_from_v4(h + 16);

	/* Length 0 is written by a sender that leaves the cutting into
	 * segments to its card (TSO, BIG TCP): all of the frame is meant.
	 */
	begin_packet(w, total ? total - sizeof(h) : w->c.wire);
	options = hlen - sizeof(h);
	if (!cur_skip(&w->c, options))
		return walk_short(w, options, DECODE_BAD_IP);
	fragment = get_be16(h + 6);
	return begin_fragment(w, fragment & 0x1fff, fragment & 0x2000);
}

enum layer ip_v6(struct walk *w)
{
	size_t length;
	uint8_t h[40];

	if (w->ips == WALK_MAX_IP)
		return walk_end(w, DECODE_TOO_DEEP);
	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_IP);
	if (h[0] >> 4 != 6)
		return walk_end(w, DECODE_BAD_IP);

	w->ips++;
	w->v6 = true;
	w->next = h[6];
	w->s->ip_id = 0;
	w->s->ttl = h[7];
	memcpy(w->s->src.b, h + 8, sizeof(w->s->src.b));
	memcpy(w->s->dst.b, h + 24, sizeof(w->s->dst.b));

	length = get_be16(h + 4);
	begin_packet(w, length ? length : w->c.wire); /* 0: as in IPv4 */
	return LAYER_PROTOCOL;
}

enum layer ip_protocol(struct walk *w)
{
	switch (w->next) {
	case IP_TCP:
		return LAYER_TCP;
	case IP_UDP:
		return LAYER_UDP;
	case IP_ICMP:
	case IP_ICMPV6:
		return LAYER_ICMP;
	case IP_IPV4:
	case IP_IPV6:
		return LAYER_IP_IN_IP;
	case IP_GRE:
		return LAYER_GRE;
	case IP_MPLS:
		return LAYER_MPLS;
	case IP_ESP:
		return walk_end(w, DECODE_ESP);
	case IP_AH:
		return LAYER_AH;
	case IP_FRAGMENT:
		return w->v6 ? LAYER_FRAGMENT : walk_end(w, DECODE_OTHER_IP);
	case IP_HOP_BY_HOP:
	case IP_ROUTING:
	case IP_DESTINATION:
	case IP_MOBILITY:
		return w->v6 ? LAYER_EXTENSION : walk_end(w, DECODE_OTHER_IP);
	default:
		return walk_end(w, DECODE_OTHER_IP);
	}
}

enum layer ip_in_ip(struct walk *w)
{
	return walk_tunnel(w, TUNNEL_IPIP, false, 0,
			   w->next == IP_IPV4 ? LAYER_IPV4 : LAYER_IPV6);
}

/**
 * take_extension() - Read the first bytes of an extension header
 * @w:		Walk; @next is set from them
 * @h:		Result
 * @size:	Bytes of @h, at least 2
 *
 * Return: true, or false if the walk has ended
 */
static bool take_extension(struct walk *w, uint8_t *h, size_t size)
{
	if (++w->extensions > WALK_MAX_EXTENSIONS) {
		walk_end(w, DECODE_TOO_DEEP);
		return false;
	}
	if (!cur_take(&w->c, h, size)) {
		walk_short(w, size, DECODE_BAD_IP);
		return false;
	}
	w->next = h[0];
	return true;
}

/* Hop-by-hop, routing, destination and mobility: units of 8 bytes, of which
 * the first is not counted.
 */
enum layer ip_extension(struct walk *w)
{
	size_t rest;
	uint8_t h[8];

	if (!take_extension(w, h, sizeof(h)))
		return LAYER_END;
	rest = h[1] * 8u;
	if (!cur_skip(&w->c, rest))
		return walk_short(w, rest, DECODE_BAD_IP);
	return LAYER_PROTOCOL;
}

/* Authentication: units of 4 bytes, of which the first two are not counted. */
enum layer ip_ah(struct walk *w)
{
	size_t rest;
	uint8_t h[8];

	if (!take_extension(w, h, sizeof(h)))
		return LAYER_END;
	rest = h[1] * 4u;
	if (!cur_skip(&w->c, rest))
		return walk_short(w, rest, DECODE_BAD_IP);
	return LAYER_PROTOCOL;
}

/* Offset 0 and no more fragments is the whole packet (RFC 6946). */
enum layer ip_fragment(struct walk *w)
{
	uint8_t h[8];

	if (!take_extension(w, h, sizeof(h)))
		return LAYER_END;
	return begin_fragment(w, get_be16(h + 2) & 0xfff8u, h[3] & 1);
}
