/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Generic Routing Encapsulation, with ERSPAN (mirrored ports) and PPTP in it
 *
 * RFC 2784, RFC 2890 (key and sequence number), RFC 2637 (version 1),
 * draft-foschiano-erspan.
 */
#include "walk.h"

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING  0x4000
#define GRE_KEY	     0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACK	     0x0080 /* version 1 */
#define GRE_VERSION  0x0007

#define TYPE_ERSPAN	0x88be /* type I and II */
#define TYPE_ERSPAN_III 0x22eb
#define TYPE_PPP	0x880b

/**
 * take_field() - Read an optional 32-bit field
 * @w:		Walk
 * @present:	Whether it is there
 * @value:	Result, unchanged if it is not
 *
 * Return: true, or false if the walk has ended
 */
static bool take_field(struct walk *w, bool present, uint32_t *value)
{
	uint8_t h[4];

	if (!present)
		return true;
	if (!CUR_TAKE(&w->c, h)) {
		walk_short(w, sizeof(h), DECODE_BAD_TUNNEL);
		return false;
	}
	*value = get_be32(h);
	return true;
}

/* PPTP: the key is a payload length and a call; without a sequence number
 * there is no payload.
 */
static enum layer read_pptp(struct walk *w, uint16_t flags, uint16_t type)
{
	uint32_t unused, key = 0;

	if (type != TYPE_PPP || !(flags & GRE_KEY))
		return walk_end(w, DECODE_BAD_TUNNEL);
	if (!take_field(w, true, &key) ||
	    !take_field(w, flags & GRE_SEQUENCE, &unused) ||
	    !take_field(w, flags & GRE_ACK, &unused))
		return LAYER_END;
	if (!(flags & GRE_SEQUENCE))
		return walk_end(w, DECODE_OTHER_IP);
	return walk_tunnel(w, TUNNEL_GRE, true, key & 0xffff, LAYER_PPP);
}

enum layer gre_header(struct walk *w)
{
	uint32_t unused, key = 0;
	uint16_t flags, type;
	enum layer inner;
	uint8_t h[4];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_TUNNEL);
	flags = get_be16(h);
	type = get_be16(h + 2);
	if ((flags & GRE_VERSION) == 1)
		return read_pptp(w, flags, type);
	if (flags & GRE_VERSION)
		return walk_end(w, DECODE_BAD_TUNNEL);
	if (flags & GRE_ROUTING) /* source routes, obsolete */
		return walk_end(w, DECODE_OTHER_IP);
	if (!take_field(w, flags & GRE_CHECKSUM, &unused) ||
	    !take_field(w, flags & GRE_KEY, &key) ||
	    !take_field(w, flags & GRE_SEQUENCE, &unused))
		return LAYER_END;

	if (type == TYPE_ERSPAN_III ||
	    (type == TYPE_ERSPAN && (flags & GRE_SEQUENCE)))
		return LAYER_ERSPAN;
	if (type == TYPE_ERSPAN) /* type I has no header of its own */
		return walk_tunnel(w, TUNNEL_ERSPAN, false, 0, LAYER_ETHERNET);
	inner = link_payload(w, type);
	if (inner == LAYER_END)
		return LAYER_END;
	return walk_tunnel(w, TUNNEL_GRE, flags & GRE_KEY, key, inner);
}

/* Type II is version 1 and 8 bytes long; type III is version 2, 12 bytes and
 * maybe 8 of a subheader, and may carry frames without their link layer.
 */
enum layer gre_erspan(struct walk *w)
{
	enum layer inner = LAYER_ETHERNET;
	size_t subheader;
	uint8_t more[4];
	uint8_t h[8];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_TUNNEL);
	switch (h[0] >> 4) {
	case 1:
		break;
	case 2:
		if (!CUR_TAKE(&w->c, more))
			return walk_short(w, sizeof(more), DECODE_BAD_TUNNEL);
		subheader = more[3] & 1 ? 8 : 0;
		if (!cur_skip(&w->c, subheader))
			return walk_short(w, subheader, DECODE_BAD_TUNNEL);
		switch (more[2] >> 2 & 0x1f) {
		case 0:
			break;
		case 2:
			inner = LAYER_IP;
			break;
		default:
			return walk_end(w, DECODE_OTHER_LINK);
		}
		break;
	default:
		return walk_end(w, DECODE_BAD_TUNNEL);
	}
	return walk_tunnel(w, TUNNEL_ERSPAN, true, get_be16(h + 2) & 0x03ff,
			   inner);
}
