/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode, private: the state that the layers of one frame share
 */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include <asymcap/decode.h>

#define WALK_MAX_TAGS	    8  /* of one Ethernet header */
#define WALK_MAX_LABELS	    16 /* of one frame */
#define WALK_MAX_IP	    8  /* IP headers of one frame */
#define WALK_MAX_TUNNELS    8  /* of one frame */
#define WALK_MAX_EXTENSIONS 8  /* of one IP or GTP-U header */

/* Ethernet with its preamble, as 802.3br network taps write it; the number is
 * LINKTYPE_ETHERNET_MPACKET.
 */
#define WALK_LINK_MPACKET 274

/** enum ip_protocol - Numbers of the protocol and next header fields */
enum ip_protocol {
	IP_HOP_BY_HOP = 0,
	IP_ICMP = 1,
	IP_IPV4 = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_IPV6 = 41,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_GRE = 47,
	IP_ESP = 50,
	IP_AH = 51,
	IP_ICMPV6 = 58,
	IP_DESTINATION = 60,
	IP_MOBILITY = 135,
	IP_MPLS = 137,
};

/**
 * enum layer - What the cursor of a walk stands before
 *
 * Each has one function that reads it and names the next, see decode.c.
 */
enum layer {
	LAYER_END, /* nothing more: @result of the walk holds */
	LAYER_ETHERNET,
	LAYER_MPACKET, /* Ethernet after its preamble */
	LAYER_SLL,
	LAYER_SLL2,
	LAYER_NULL, /* BSD null and loop */
	LAYER_TYPE, /* what @next, an ethertype, says */
	LAYER_LLC,
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_IP, /* of the version in its first four bits */
	LAYER_IPV4,
	LAYER_IPV6,
	LAYER_PROTOCOL, /* what @next, an IP protocol, says */
	LAYER_IP_IN_IP, /* LAYER_IP that counts as a tunnel */
	LAYER_EXTENSION,
	LAYER_AH,
	LAYER_FRAGMENT,
	LAYER_ICMP,
	LAYER_GRE,
	LAYER_ERSPAN,
	LAYER_UDP,
	LAYER_VXLAN,
	LAYER_VXLAN_GPE,
	LAYER_GENEVE,
	LAYER_GTPU,
	LAYER_TCP,
	LAYERS
};

/**
 * struct walk - One frame being decoded
 * @c:		Cursor, at the layer that is read next
 * @s:		Facts so far
 * @result:	Why the walk ended, once it has
 * @next:	Ethertype for LAYER_TYPE, protocol for LAYER_PROTOCOL
 * @tags:	Tags read since the last Ethernet header
 * @labels:	MPLS labels read
 * @ips:	IP headers read
 * @tunnels:	Tunnel headers read
 * @extensions:	Extension headers read since the last IP header (or, before
 *		one, metadata headers)
 * @v6:		Whether the last IP header was IPv6
 * @has_id:	Whether the tunnel in @s carries an identifier
 * @fragmented:	The cursor is in a first fragment: what is not in it is in
 *		another frame
 * @absent:	Bytes that the last IP header promised beyond the end of the
 *		frame: sliced off by a mirror, or a wrong promise
 */
struct walk {
	struct cur c;
	struct segment *s;
	enum decode_result result;
	uint16_t next;
	uint8_t tags;
	uint8_t labels;
	uint8_t ips;
	uint8_t tunnels;
	uint8_t extensions;
	bool v6;
	bool has_id;
	bool fragmented;
	size_t absent;
};

/**
 * walk_end() - End a walk
 * @w:		Walk
 * @result:	Why
 *
 * Return: LAYER_END, to be returned
 */
static inline enum layer walk_end(struct walk *w, enum decode_result result)
{
	w->result = result;
	return LAYER_END;
}

/**
 * walk_short() - End a walk for bytes that could not be taken
 * @w:		Walk, its cursor where the bytes were wanted
 * @n:		How many were wanted
 * @bad:	Result if nothing excuses that they are not there
 *
 * Return: LAYER_END, to be returned
 */
static inline enum layer walk_short(struct walk *w, size_t n,
				    enum decode_result bad)
{
	if (cur_why(&w->c, n) == CUR_CUT)
		return walk_end(w, DECODE_CUT);
	if (w->fragmented)
		return walk_end(w, DECODE_LATER_FRAGMENT);
	return walk_end(w, w->absent ? DECODE_BAD_IP : bad);
}

/**
 * walk_tunnel() - Note that what follows is wrapped
 * @w:		Walk
 * @t:		In what
 * @has_id:	Whether it carries an identifier
 * @id:		The identifier, or 0
 * @inner:	Layer inside
 *
 * Return: @inner, or LAYER_END where there are too many, to be returned
 */
enum layer walk_tunnel(struct walk *w, enum tunnel t, bool has_id, uint32_t id,
		       enum layer inner);

/* The layers.  Each starts with the cursor at its first byte and returns
 * what the cursor stands before then, or LAYER_END.
 */
enum layer link_ethernet(struct walk *w);
enum layer link_mpacket(struct walk *w);
enum layer link_sll(struct walk *w);
enum layer link_sll2(struct walk *w);
enum layer link_null(struct walk *w);
enum layer link_type(struct walk *w);
enum layer link_llc(struct walk *w);
enum layer mpls_labels(struct walk *w);
enum layer ppp_session(struct walk *w);
enum layer ppp_protocol(struct walk *w);
enum layer ip_version(struct walk *w);
enum layer ip_v4(struct walk *w);
enum layer ip_v6(struct walk *w);
enum layer ip_protocol(struct walk *w);
enum layer ip_in_ip(struct walk *w);
enum layer ip_extension(struct walk *w);
enum layer ip_ah(struct walk *w);
enum layer ip_fragment(struct walk *w);
enum layer icmp_message(struct walk *w);
enum layer gre_header(struct walk *w);
enum layer gre_erspan(struct walk *w);
enum layer udp_header(struct walk *w);
enum layer udp_vxlan(struct walk *w);
enum layer udp_vxlan_gpe(struct walk *w);
enum layer udp_geneve(struct walk *w);
enum layer udp_gtpu(struct walk *w);
enum layer tcp_segment(struct walk *w);

/**
 * link_payload() - The layer that a tunnel's ethertype field names
 * @w:		Walk
 * @type:	Ethertype; here 0x6558 is Ethernet and 0x880b PPP
 *
 * Return: the layer, or LAYER_END for what is no ethertype
 */
enum layer link_payload(struct walk *w, uint16_t type);

/**
 * link_is_tag() - Whether an ethertype starts a VLAN tag
 * @type:	Ethertype
 */
static inline bool link_is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100 ||
	       type == 0x9200;
}

/**
 * tcp_options() - Read the options of a SYN
 * @at:		Cursor at the first option, trimmed to the TCP header
 * @s:		Segment whose option fields are at their defaults
 */
void tcp_options(const struct cur *at, struct segment *s);

/**
 * decode_general() - decode() without its fast path
 * @f:		Frame
 * @s:		Result
 *
 * Return: as decode()
 */
enum decode_result decode_general(const struct frame *f, struct segment *s);

/**
 * decode_fast() - decode() for the commonest stack only
 * @f:		Frame
 * @s:		Result, undefined unless true is returned
 *
 * Return: true for a segment; false if decode_general() is to be asked
 */
bool decode_fast(const struct frame *f, struct segment *s);

#endif /* DECODE_WALK_H */
