/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDP, as far as it carries tunnels: VXLAN, VXLAN-GPE, GENEVE, GTP-U
 *
 * RFC 7348, draft-ietf-nvo3-vxlan-gpe, RFC 8926, 3GPP TS 29.281.  The
 * destination port names the tunnel; but a port may also be some client's
 * own, so that what does not look like the tunnel is plain UDP.
 */
#include "walk.h"

#define VXLAN_HAS_VNI  0x08
#define VXLAN_HAS_NEXT 0x04 /* VXLAN-GPE */

#define GTPU_VERSION_1 0x30 /* with the protocol type bit */
#define GTPU_EXTENSION 0x04
#define GTPU_OPTIONAL  0x07 /* any of E, S and PN: four bytes more */
#define GTPU_G_PDU     0xff

enum layer udp_header(struct walk *w)
{
	size_t length;
	uint8_t h[8];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_IP);
	/* Length 0 is a jumbogram; one that does not fit is a fragment, or
	 * left to the inner headers to judge.
	 */
	length = get_be16(h + 4);
	if (length >= sizeof(h))
		cur_trim(&w->c, length - sizeof(h));
	switch (get_be16(h + 2)) {
	case 4789:
	case 8472:
		return LAYER_VXLAN;
	case 4790:
		return LAYER_VXLAN_GPE;
	case 6081:
		return LAYER_GENEVE;
	case 2152:
		return LAYER_GTPU;
	default:
		return walk_end(w, DECODE_UDP);
	}
}

enum layer udp_vxlan(struct walk *w)
{
	uint8_t h[8];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_TUNNEL);
	if (!(h[0] & VXLAN_HAS_VNI))
		return walk_end(w, DECODE_UDP);
	return walk_tunnel(w, TUNNEL_VXLAN, true, get_be32(h + 4) >> 8,
			   LAYER_ETHERNET);
}

enum layer udp_vxlan_gpe(struct walk *w)
{
	enum layer inner = LAYER_ETHERNET;
	uint8_t h[8];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_TUNNEL);
	if (!(h[0] & VXLAN_HAS_VNI))
		return walk_end(w, DECODE_UDP);
	if (h[0] & VXLAN_HAS_NEXT) {
		switch (h[3]) {
		case 1:
			inner = LAYER_IPV4;
			break;
		case 2:
			inner = LAYER_IPV6;
			break;
		case 3:
			break;
		default:
			return walk_end(w, DECODE_OTHER_LINK);
		}
	}
	return walk_tunnel(w, TUNNEL_VXLAN, true, get_be32(h + 4) >> 8, inner);
}

enum layer udp_geneve(struct walk *w)
{
	enum layer inner;
	size_t options;
	uint8_t h[8];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_TUNNEL);
	if (h[0] >> 6 != 0) /* the only version is 0 */
		return walk_end(w, DECODE_UDP);
	options = (h[0] & 0x3f) * 4u;
	if (!cur_skip(&w->c, options))
		return walk_short(w, options, DECODE_BAD_TUNNEL);
	inner = link_payload(w, get_be16(h + 2));
	if (inner == LAYER_END)
		return LAYER_END;
	return walk_tunnel(w, TUNNEL_GENEVE, true, get_be32(h + 4) >> 8, inner);
}

/**
 * skip_gtpu_extensions() - Step over a chain of GTP-U extension headers
 * @w:		Walk
 * @type:	Type of the first, 0 for none
 *
 * Each is a length in units of 4 bytes, contents, and the next type.
 *
 * Return: true, or false if the walk has ended
 */
static bool skip_gtpu_extensions(struct walk *w, uint8_t type)
{
	size_t rest;
	uint8_t len;
	int count;

	for (count = 0; type; count++) {
		if (count == WALK_MAX_EXTENSIONS) {
			walk_end(w, DECODE_TOO_DEEP);
			return false;
		}
		if (!CUR_TAKE(&w->c, len)) {
			walk_short(w, sizeof(len), DECODE_BAD_TUNNEL);
			return false;
		}
		if (!len) {
			walk_end(w, DECODE_BAD_TUNNEL);
			return false;
		}
		rest = len * 4u - sizeof(len) - sizeof(type);
		if (!cur_skip(&w->c, rest)) {
			walk_short(w, rest, DECODE_BAD_TUNNEL);
			return false;
		}
		if (!CUR_TAKE(&w->c, type)) {
			walk_short(w, sizeof(type), DECODE_BAD_TUNNEL);
			return false;
		}
	}
	return true;
}

enum layer udp_gtpu(struct walk *w)
{
	uint8_t optional[4] = {0};
	uint8_t h[8];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_TUNNEL);
	if ((h[0] & 0xf0) != GTPU_VERSION_1 || h[1] != GTPU_G_PDU)
		return walk_end(w, DECODE_UDP);
	if ((h[0] & GTPU_OPTIONAL) && !CUR_TAKE(&w->c, optional))
		return walk_short(w, sizeof(optional), DECODE_BAD_TUNNEL);
	if ((h[0] & GTPU_EXTENSION) && !skip_gtpu_extensions(w, optional[3]))
		return LAYER_END;
	return walk_tunnel(w, TUNNEL_GTPU, true, get_be32(h + 4), LAYER_IP);
}
