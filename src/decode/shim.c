/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between link and network: MPLS labels, PPPoE sessions, PPP
 */
#include "walk.h"

/* Ethertypes that a frame in a pseudowire is likely to have. */
static bool is_likely_type(uint16_t type)
{
	return link_is_tag(type) || type == 0x0800 || type == 0x86dd ||
	       type == 0x0806 || type == 0x8847 || type == 0x8864;
}

/**
 * pseudowire_ethernet() - Step over a control word, if there is one
 * @w:		Walk, behind the bottom label; first four bits are 0
 *
 * Four zero bits start a control word (RFC 4385), but also the MAC address
 * of many a vendor, and nothing in the packet says which.  The ethertype
 * decides; a control word has the benefit of the doubt.
 *
 * Return: LAYER_ETHERNET, or LAYER_END
 */
static enum layer pseudowire_ethernet(struct walk *w)
{
	uint8_t h[4 + 14];

	if (!cur_peek(&w->c, 0, h, sizeof(h)))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	if (is_likely_type(get_be16(h + 4 + 12)) ||
	    !is_likely_type(get_be16(h + 12)))
		cur_skip(&w->c, 4);
	return LAYER_ETHERNET;
}

enum layer mpls_labels(struct walk *w)
{
	enum layer inner;
	uint32_t entry;
	uint8_t h[4];

	do {
		if (w->labels == WALK_MAX_LABELS)
			return walk_end(w, DECODE_TOO_DEEP);
		if (!CUR_TAKE(&w->c, h))
			return walk_short(w, sizeof(h), DECODE_BAD_LINK);
		w->labels++;
		entry = get_be32(h);
	} while (!(entry & 0x100));

	/* What follows the bottom label is agreed between the routers and
	 * told nowhere.
	 */
	if (!cur_peek(&w->c, 0, h, 1))
		return walk_short(w, 1, DECODE_BAD_LINK);
	switch (h[0] >> 4) {
	case 4:
		inner = LAYER_IPV4;
		break;
	case 6:
		inner = LAYER_IPV6;
		break;
	case 0:
		inner = pseudowire_ethernet(w);
		break;
	default:
		inner = LAYER_ETHERNET;
		break;
	}
	if (inner == LAYER_END)
		return LAYER_END;
	return walk_tunnel(w, TUNNEL_MPLS, true, entry >> 12, inner);
}

enum layer ppp_session(struct walk *w)
{
	uint8_t h[6];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	if (h[0] != 0x11)
		return walk_end(w, DECODE_BAD_LINK);
	if (h[1] != 0)
		return walk_end(w, DECODE_OTHER_LINK);
	/* A length that does not fit is left to the IP header to judge. */
	cur_trim(&w->c, get_be16(h + 4));
	return walk_tunnel(w, TUNNEL_PPPOE, true, get_be16(h + 2), LAYER_PPP);
}

/* Address and control may have been left out, and the first byte of a
 * protocol number below 256 (RFC 1661 section 6.5 and 6.6).
 */
enum layer ppp_protocol(struct walk *w)
{
	static const uint8_t all_stations = 0xff;
	uint16_t protocol;
	uint8_t b;

	if (!CUR_TAKE(&w->c, b))
		return walk_short(w, 1, DECODE_BAD_LINK);
	if (b == all_stations) {
		if (!cur_skip(&w->c, 1))
			return walk_short(w, 1, DECODE_BAD_LINK);
		if (!CUR_TAKE(&w->c, b))
			return walk_short(w, 1, DECODE_BAD_LINK);
	}
	protocol = b;
	if (!(b & 1)) {
		if (!CUR_TAKE(&w->c, b))
			return walk_short(w, 1, DECODE_BAD_LINK);
		protocol = (uint16_t)(protocol << 8 | b);
	}
	switch (protocol) {
	case 0x0021:
		return LAYER_IPV4;
	case 0x0057:
		return LAYER_IPV6;
	case 0x0281:
	case 0x0283:
		return LAYER_MPLS;
	default:
		return walk_end(w, DECODE_OTHER_LINK);
	}
}
