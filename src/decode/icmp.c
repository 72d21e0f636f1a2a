/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP and ICMPv6: errors that quote a TCP header
 *
 * Theory of operation
 * ===================
 * A router that cannot pass a packet on quotes its beginning to the sender:
 * the IP header and at least eight bytes more (RFC 792, RFC 1812 4.3.2.3,
 * RFC 4443 2.4).  The eight bytes of TCP are both ports and the sequence
 * number, which is enough to find the connection.
 *
 * The quoted packet was sent by someone else, maybe long ago, maybe never: it
 * must not pass for a segment of this frame.  So the walk ends here, and the
 * result is one of its own; what a quote says is for the flow table to doubt.
 *
 * The lengths in a quote are of the packet as it was, not of what is quoted;
 * they are not looked at.  A quote that ends too early, or makes no sense,
 * leaves plain ICMP.  Only what the snap length cut is called cut.
 */
#include "walk.h"

#include <string.h>

#define HEADER	   8 /* of an error: type, code, checksum, four bytes more */
#define QUOTED_TCP 8

static const char *const kind_names[] = {
	[ICMP_NET_UNREACHABLE] = "net-unreachable",
	[ICMP_HOST_UNREACHABLE] = "host-unreachable",
	[ICMP_PORT_UNREACHABLE] = "port-unreachable",
	[ICMP_ADMIN_PROHIBITED] = "admin-prohibited",
	[ICMP_FRAG_NEEDED] = "frag-needed",
	[ICMP_TIME_EXCEEDED] = "time-exceeded",
	[ICMP_OTHER] = "other",
};
static_assert(ARRAY_SIZE(kind_names) == ICMP_KINDS, "every kind has a name");

const char *icmp_kind_name(enum icmp_kind k)
{
	return k < ICMP_KINDS ? kind_names[k] : "unknown";
}

/* Codes of "unreachable", RFC 1812 5.2.7.1; what is not there is "other". */
static enum icmp_kind unreachable_v4(uint8_t code)
{
	switch (code) {
	case 0:	 /* net */
	case 6:	 /* net unknown */
	case 11: /* net, for this type of service */
		return ICMP_NET_UNREACHABLE;
	case 1:	 /* host */
	case 7:	 /* host unknown */
	case 8:	 /* source host isolated */
	case 12: /* host, for this type of service */
		return ICMP_HOST_UNREACHABLE;
	case 3:
		return ICMP_PORT_UNREACHABLE;
	case 4:
		return ICMP_FRAG_NEEDED;
	case 9:	 /* net */
	case 10: /* host */
	case 13: /* communication */
		return ICMP_ADMIN_PROHIBITED;
	default:
		return ICMP_OTHER;
	}
}

/* RFC 4443 3.1: codes 5 and 6 are finer words for 1. */
static enum icmp_kind unreachable_v6(uint8_t code)
{
	switch (code) {
	case 0: /* no route */
		return ICMP_NET_UNREACHABLE;
	case 3: /* address */
		return ICMP_HOST_UNREACHABLE;
	case 4:
		return ICMP_PORT_UNREACHABLE;
	case 1:
	case 5: /* source address failed a policy */
	case 6: /* route that rejects */
		return ICMP_ADMIN_PROHIBITED;
	default:
		return ICMP_OTHER;
	}
}

/**
 * read_v4() - What an ICMP header says
 * @h:		Header
 * @s:		Result: @icmp and @mtu
 *
 * A redirect and a source quench are no errors of a path.
 *
 * Return: whether it is an error
 */
static bool read_v4(const uint8_t h[HEADER], struct segment *s)
{
	switch (h[0]) {
	case 3:
		s->icmp = (uint16_t)unreachable_v4(h[1]);
		break;
	case 11:
		s->icmp = ICMP_TIME_EXCEEDED;
		break;
	case 12:
		s->icmp = ICMP_OTHER; /* a bad header */
		break;
	default:
		return false;
	}
	s->mtu = s->icmp == ICMP_FRAG_NEEDED ? get_be16(h + 6) : 0;
	return true;
}

/** read_v6() - The same of ICMPv6 */
static bool read_v6(const uint8_t h[HEADER], struct segment *s)
{
	switch (h[0]) {
	case 1:
		s->icmp = (uint16_t)unreachable_v6(h[1]);
		break;
	case 2:
		s->icmp = ICMP_FRAG_NEEDED;
		break;
	case 3:
		s->icmp = ICMP_TIME_EXCEEDED;
		break;
	case 4:
		s->icmp = ICMP_OTHER;
		break;
	default:
		return false;
	}
	s->mtu = s->icmp == ICMP_FRAG_NEEDED ? get_be32(h + 4) : 0;
	return true;
}

/**
 * end_short() - End a walk for bytes that are not quoted
 * @w:		Walk
 * @n:		How many were wanted
 *
 * Return: false, to be returned: there is no evidence
 */
static bool end_short(struct walk *w, size_t n)
{
	walk_end(w, cur_why(&w->c, n) == CUR_CUT ? DECODE_CUT : DECODE_ICMP);
	return false;
}

static bool end_plain(struct walk *w)
{
	walk_end(w, DECODE_ICMP);
	return false;
}

static bool quoted_v4(struct walk *w)
{
	size_t options;
	uint8_t h[20];

	if (!CUR_TAKE(&w->c, h))
		return end_short(w, sizeof(h));
	if (h[0] >> 4 != 4 || (h[0] & 0x0f) < 5 || h[9] != IP_TCP ||
	    (get_be16(h + 6) & 0x1fff))
		return end_plain(w);
	options = (h[0] & 0x0f) * 4u - sizeof(h);
	if (!cur_skip(&w->c, options))
		return end_short(w, options);
	w->s->src = addr_from_v4(h + 12);
	w->s->dst = addr_from_v4(h + 16);
	return true;
}

/* Step over what lies between a quoted IPv6 header and TCP. */
static bool quoted_extensions(struct walk *w, uint8_t next)
{
	for (unsigned i = 0; next != IP_TCP; i++) {
		size_t rest;
		uint8_t h[8];

		if (next != IP_HOP_BY_HOP && next != IP_ROUTING &&
		    next != IP_DESTINATION && next != IP_MOBILITY &&
		    next != IP_FRAGMENT && next != IP_AH)
			return end_plain(w);
		if (i == WALK_MAX_EXTENSIONS) {
			walk_end(w, DECODE_TOO_DEEP);
			return false;
		}
		if (!CUR_TAKE(&w->c, h))
			return end_short(w, sizeof(h));
		rest = h[1] * (next == IP_AH ? 4u : 8u);
		if (next == IP_FRAGMENT) {
			if (get_be16(h + 2) & 0xfff8u)
				return end_plain(w);
			rest = 0;
		}
		if (!cur_skip(&w->c, rest))
			return end_short(w, rest);
		next = h[0];
	}
	return true;
}

static bool quoted_v6(struct walk *w)
{
	uint8_t h[40];

	if (!CUR_TAKE(&w->c, h))
		return end_short(w, sizeof(h));
	if (h[0] >> 4 != 6)
		return end_plain(w);
	if (!quoted_extensions(w, h[6]))
		return false;
	memcpy(w->s->src.b, h + 8, sizeof(w->s->src.b));
	memcpy(w->s->dst.b, h + 24, sizeof(w->s->dst.b));
	return true;
}

enum layer icmp_message(struct walk *w)
{
	uint8_t h[HEADER], tcp[QUOTED_TCP];
	struct addr router = w->s->src;
	struct segment error;

	if (w->v6 != (w->next == IP_ICMPV6))
		return walk_end(w, DECODE_ICMP);
	if (!CUR_TAKE(&w->c, h)) {
		end_short(w, sizeof(h));
		return LAYER_END;
	}
	if (w->v6 ? !read_v6(h, &error) : !read_v4(h, &error))
		return walk_end(w, DECODE_ICMP);
	if (w->v6 ? !quoted_v6(w) : !quoted_v4(w))
		return LAYER_END;
	if (!CUR_TAKE(&w->c, tcp)) {
		end_short(w, sizeof(tcp));
		return LAYER_END;
	}
	w->s->sport = get_be16(tcp);
	w->s->dport = get_be16(tcp + 2);
	w->s->seq = get_be32(tcp + 4);
	w->s->flags = SEGMENT_QUOTED;
	w->s->icmp = error.icmp;
	w->s->mtu = error.mtu;
	w->s->router = router;
	return walk_end(w, DECODE_ICMP_ERROR);
}
