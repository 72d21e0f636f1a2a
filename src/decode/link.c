/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Link layers: Ethernet, VLAN tags, LLC, Linux cooked, BSD null
 */
#include "walk.h"

#include <string.h>

/* Below this the field is a length (IEEE 802.3) or a protocol of Linux. */
#define FIRST_ETHERTYPE 0x0600

enum layer link_ethernet(struct walk *w)
{
	uint8_t h[14];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	memcpy(w->s->dst_mac, h, sizeof(w->s->dst_mac));
	memcpy(w->s->src_mac, h + 6, sizeof(w->s->src_mac));
	w->s->has_mac = true;
	w->tags = 0;
	w->next = get_be16(h + 12);
	return LAYER_TYPE;
}

/* Express frames and first fragments start with an Ethernet header; later
 * fragments (802.3br) do not.
 */
enum layer link_mpacket(struct walk *w)
{
	uint8_t preamble[8];

	if (!CUR_TAKE(&w->c, preamble))
		return walk_short(w, sizeof(preamble), DECODE_BAD_LINK);
	switch (preamble[7]) {
	case 0xd5: /* SFD, or SMD-E */
	case 0xe6:
	case 0x4c:
	case 0x7f:
	case 0xb3: /* SMD-S0 .. S3 */
		return LAYER_ETHERNET;
	default:
		return walk_end(w, DECODE_OTHER_LINK);
	}
}

/* The protocol field of both cooked headers is an ethertype, or a small
 * number of Linux' own, of which 4 is LLC.
 */
static enum layer cooked_protocol(struct walk *w, uint16_t protocol)
{
	if (protocol == 0x0004)
		return LAYER_LLC;
	if (protocol < FIRST_ETHERTYPE)
		return walk_end(w, DECODE_OTHER_LINK);
	w->next = protocol;
	return LAYER_TYPE;
}

enum layer link_sll(struct walk *w)
{
	uint8_t h[16];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	return cooked_protocol(w, get_be16(h + 14));
}

enum layer link_sll2(struct walk *w)
{
	uint8_t h[20];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	return cooked_protocol(w, get_be16(h));
}

/* The family is in the byte order of the host that wrote the file, which the
 * file does not tell; families are small, so only one reading is possible.
 */
enum layer link_null(struct walk *w)
{
	uint32_t family;
	uint8_t h[4];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	family = get_be32(h);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return LAYER_IPV4;
	case 10: /* Linux */
	case 24:
	case 28:
	case 30: /* NetBSD, FreeBSD, Darwin */
		return LAYER_IPV6;
	default:
		return walk_end(w, DECODE_OTHER_LINK);
	}
}

/**
 * read_tag() - Read the rest of a VLAN tag, whose ethertype was read
 * @w:		Walk
 *
 * Return: LAYER_TYPE, or LAYER_END
 */
static enum layer read_tag(struct walk *w)
{
	struct segment *s = w->s;
	uint8_t h[4];

	if (w->tags == WALK_MAX_TAGS)
		return walk_end(w, DECODE_TOO_DEEP);
	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	if (w->tags == 0) {
		s->vlan_count = 0;
		memset(s->vlan, 0, sizeof(s->vlan));
	}
	if (s->vlan_count < DECODE_MAX_VLANS)
		s->vlan[s->vlan_count++] = get_be16(h) & 0x0fff;
	w->tags++;
	w->next = get_be16(h + 2);
	return LAYER_TYPE;
}

/**
 * skip_metadata() - Step over Cisco MetaData (security group tag)
 * @w:		Walk
 *
 * Version 1, a count of 4-byte options, the options, the next ethertype.
 *
 * Return: LAYER_TYPE, or LAYER_END
 */
static enum layer skip_metadata(struct walk *w)
{
	size_t options;
	uint8_t type[2];
	uint8_t h[2];

	if (++w->extensions > WALK_MAX_EXTENSIONS)
		return walk_end(w, DECODE_TOO_DEEP);
	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	if (h[0] != 1)
		return walk_end(w, DECODE_OTHER_LINK);
	options = h[1] * 4u;
	if (!cur_skip(&w->c, options))
		return walk_short(w, options, DECODE_BAD_LINK);
	if (!CUR_TAKE(&w->c, type))
		return walk_short(w, sizeof(type), DECODE_BAD_LINK);
	w->next = get_be16(type);
	return LAYER_TYPE;
}

enum layer link_type(struct walk *w)
{
	if (link_is_tag(w->next))
		return read_tag(w);
	if (w->next < FIRST_ETHERTYPE) {
		/* A length that does not fit is left to the IP header. */
		cur_trim(&w->c, w->next);
		return LAYER_LLC;
	}
	switch (w->next) {
	case 0x0800:
		return LAYER_IPV4;
	case 0x86dd:
		return LAYER_IPV6;
	case 0x0806:
		return walk_end(w, DECODE_ARP);
	case 0x8847:
	case 0x8848:
		return LAYER_MPLS;
	case 0x8864:
		return LAYER_PPPOE;
	case 0x88e5:
		return walk_end(w, DECODE_MACSEC);
	case 0x8903:
		return walk_end(w, DECODE_FABRICPATH);
	case 0x8909:
		return skip_metadata(w);
	default:
		return walk_end(w, DECODE_OTHER_LINK);
	}
}

/* Only SNAP with the OUI of Ethernet is looked into. */
enum layer link_llc(struct walk *w)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 0x03};
	static const uint8_t ethernet[] = {0, 0, 0};
	uint8_t h[3], oui[3], type[2];

	if (!CUR_TAKE(&w->c, h))
		return walk_short(w, sizeof(h), DECODE_BAD_LINK);
	if (memcmp(h, snap, sizeof(h)) != 0)
		return walk_end(w, DECODE_OTHER_LINK);
	if (!CUR_TAKE(&w->c, oui))
		return walk_short(w, sizeof(oui), DECODE_BAD_LINK);
	if (!CUR_TAKE(&w->c, type))
		return walk_short(w, sizeof(type), DECODE_BAD_LINK);
	w->next = get_be16(type);
	if (memcmp(oui, ethernet, sizeof(oui)) != 0 ||
	    w->next < FIRST_ETHERTYPE)
		return walk_end(w, DECODE_OTHER_LINK);
	return LAYER_TYPE;
}

enum layer link_payload(struct walk *w, uint16_t type)
{
	if (type == 0x6558)
		return LAYER_ETHERNET;
	if (type == 0x880b)
		return LAYER_PPP;
	if (type < FIRST_ETHERTYPE)
		return walk_end(w, DECODE_OTHER_LINK);
	w->next = type;
	return LAYER_TYPE;
}
