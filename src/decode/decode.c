/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode: walk a frame from its link layer to its TCP header
 *
 * Theory of operation
 * ===================
 * A walk is a cursor and the facts found so far.  The cursor stands before
 * one layer; the function of that layer reads its header, notes what the
 * segment needs, moves the cursor behind it, and returns the name of what
 * comes next.  The loop below calls one such function after the other until
 * one says LAYER_END.  So tunnels in tunnels cost a turn of the loop, never
 * a stack frame, and the whole graph of who may follow whom can be read from
 * the return statements.
 *
 * The loop ends: a reader moves the cursor forward or ends the walk, and no
 * circle of returns consists only of those that merely choose (LAYER_TYPE,
 * LAYER_PROTOCOL, LAYER_IP, LAYER_IP_IN_IP).  It ends soon: tags, labels, IP
 * headers, extension headers and tunnels are counted, and a frame with more
 * of them than the limits of walk.h allow is an attack, DECODE_TOO_DEEP.
 *
 * Three kinds of missing bytes are kept apart (walk_short()):
 * - cut by the snap length: the wire had them, the capture has not.  Normal,
 *   DECODE_CUT.
 * - in another fragment: a first fragment ends before the header that is
 *   wanted.  DECODE_LATER_FRAGMENT.
 * - nowhere: the frame contradicts itself.  One of DECODE_BAD_*.
 * The cursor knows the first, because it carries the captured and the wire
 * length, and the length field of a header trims both.  A length that claims
 * more than the wire had does not matter in itself (mirrors slice frames),
 * only if a header is missing for it.
 *
 * Most frames of a circuit are plain Ethernet, IP and TCP; decode_fast()
 * reads those in one go and leaves all others to the walk.
 */
#include <asymcap/decode.h>

#include "walk.h"

static const char *const result_names[] = {
	[DECODE_TCP] = "tcp",
	[DECODE_ARP] = "arp",
	[DECODE_ICMP] = "icmp",
	[DECODE_ICMP_ERROR] = "icmp-error",
	[DECODE_UDP] = "udp",
	[DECODE_OTHER_IP] = "other-ip",
	[DECODE_OTHER_LINK] = "other-link",
	[DECODE_LATER_FRAGMENT] = "later-fragment",
	[DECODE_CUT] = "cut",
	[DECODE_BAD_LINK] = "bad-link",
	[DECODE_BAD_IP] = "bad-ip",
	[DECODE_BAD_TCP] = "bad-tcp",
	[DECODE_BAD_TUNNEL] = "bad-tunnel",
	[DECODE_TOO_DEEP] = "too-deep",
	[DECODE_LINK_TYPE] = "link-type",
	[DECODE_MACSEC] = "macsec",
	[DECODE_FABRICPATH] = "fabricpath",
	[DECODE_ESP] = "esp",
};
static_assert(ARRAY_SIZE(result_names) == DECODE_RESULTS,
	      "every result has a name");

static const char *const tunnel_names[] = {
	[TUNNEL_NONE] = "none",	    [TUNNEL_ERSPAN] = "erspan",
	[TUNNEL_VXLAN] = "vxlan",   [TUNNEL_GENEVE] = "geneve",
	[TUNNEL_GRE] = "gre",	    [TUNNEL_GTPU] = "gtp-u",
	[TUNNEL_MPLS] = "mpls",	    [TUNNEL_PPPOE] = "pppoe",
	[TUNNEL_IPIP] = "ip-in-ip",
};
static_assert(ARRAY_SIZE(tunnel_names) == TUNNELS, "every tunnel has a name");

static enum layer (*const read_layer[])(struct walk *w) = {
	[LAYER_ETHERNET] = link_ethernet,
	[LAYER_MPACKET] = link_mpacket,
	[LAYER_SLL] = link_sll,
	[LAYER_SLL2] = link_sll2,
	[LAYER_NULL] = link_null,
	[LAYER_TYPE] = link_type,
	[LAYER_LLC] = link_llc,
	[LAYER_MPLS] = mpls_labels,
	[LAYER_PPPOE] = ppp_session,
	[LAYER_PPP] = ppp_protocol,
	[LAYER_IP] = ip_version,
	[LAYER_IPV4] = ip_v4,
	[LAYER_IPV6] = ip_v6,
	[LAYER_PROTOCOL] = ip_protocol,
	[LAYER_IP_IN_IP] = ip_in_ip,
	[LAYER_EXTENSION] = ip_extension,
	[LAYER_AH] = ip_ah,
	[LAYER_FRAGMENT] = ip_fragment,
	[LAYER_ICMP] = icmp_message,
	[LAYER_GRE] = gre_header,
	[LAYER_ERSPAN] = gre_erspan,
	[LAYER_UDP] = udp_header,
	[LAYER_VXLAN] = udp_vxlan,
	[LAYER_VXLAN_GPE] = udp_vxlan_gpe,
	[LAYER_GENEVE] = udp_geneve,
	[LAYER_GTPU] = udp_gtpu,
	[LAYER_TCP] = tcp_segment,
};
static_assert(ARRAY_SIZE(read_layer) == LAYERS, "every layer has a reader");

const char *decode_result_name(enum decode_result r)
{
	return r < DECODE_RESULTS ? result_names[r] : "unknown";
}

const char *tunnel_name(enum tunnel t)
{
	return t < TUNNELS ? tunnel_names[t] : "unknown";
}

/**
 * first_layer() - What a frame of a link type starts with
 * @link_type:	Link type number
 *
 * Return: the layer, or LAYER_END for a number that is not known
 */
static enum layer first_layer(uint16_t link_type)
{
	switch (link_type) {
	case LINK_ETHERNET:
		return LAYER_ETHERNET;
	case LINK_LINUX_SLL:
		return LAYER_SLL;
	case LINK_LINUX_SLL2:
		return LAYER_SLL2;
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
		return LAYER_IP;
	case LINK_IPV4:
		return LAYER_IPV4;
	case LINK_IPV6:
		return LAYER_IPV6;
	case LINK_NULL:
	case LINK_LOOP:
		return LAYER_NULL;
	case WALK_LINK_MPACKET:
		return LAYER_MPACKET;
	default:
		return LAYER_END;
	}
}

enum layer walk_tunnel(struct walk *w, enum tunnel t, bool has_id, uint32_t id,
		       enum layer inner)
{
	if (++w->tunnels > WALK_MAX_TUNNELS)
		return walk_end(w, DECODE_TOO_DEEP);
	if (t == TUNNEL_ERSPAN && has_id) {
		w->s->erspan = (uint16_t)id;
		w->s->has_erspan = true;
	}
	if (has_id || !w->has_id) {
		w->s->tunnel = (uint8_t)t;
		w->s->tunnel_id = id;
		w->has_id = has_id;
	}
	return inner;
}

enum decode_result decode_general(const struct frame *f, struct segment *s)
{
	enum layer layer = first_layer(f->link_type);
	struct walk w = {
		.c = {.p = f->data, .cap = f->caplen, .wire = f->len},
		.s = s,
		.result = DECODE_LINK_TYPE,
	};

	*s = (struct segment){
		.time = f->time,
		.number = f->number,
		.interface = f->interface,
		.wire_len = f->len,
		.wscale = DECODE_NO_WSCALE,
	};
	while (layer != LAYER_END)
		layer = read_layer[layer](&w);
	return w.result;
}

enum decode_result decode(const struct frame *f, struct segment *s)
{
	if (decode_fast(f, s))
		return DECODE_TCP;
	return decode_general(f, s);
}
