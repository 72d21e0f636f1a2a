/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame_stacks: one sample frame for every stack of headers that decode knows
 */
#include "frame_stacks.h"

static void outer_v4(struct frame_builder *b)
{
	fb_ip(b, "10.255.0.1", "10.255.0.2");
}

static void outer_v6(struct frame_builder *b)
{
	fb_ip(b, "fd00::1", "fd00::2");
}

static void eth_tag(struct frame_builder *b, uint16_t id)
{
	fb_ethernet(b);
	fb_vlan(b, 0x8100, id);
}

static void eth_outer(struct frame_builder *b)
{
	fb_ethernet(b);
	outer_v4(b);
}

static void eth_udp(struct frame_builder *b, uint16_t dport)
{
	eth_outer(b);
	fb_udp(b, 50000, dport);
}

/* ------------------------------------------------------------ link layers */

static void eth_vlan_v4(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_vlan(b, 0x8100, 0xf000 | 29); /* priority 7, DEI */
}

static void eth_qinq_v6(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_vlan(b, 0x88a8, 29);
	fb_vlan(b, 0x8100, 300);
}

static void eth_all_tpids(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_vlan(b, 0x9200, 1);
	fb_vlan(b, 0x9100, 2);
	fb_vlan(b, 0x8100, 3);
	fb_vlan(b, 0x88a8, 4094);
}

static void eth_eight_tags(struct frame_builder *b)
{
	uint16_t id;

	fb_ethernet(b);
	for (id = 1; id <= 8; id++)
		fb_vlan(b, 0x8100, id);
}

static void eth_snap(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_snap(b);
}

static void eth_vlan_snap(struct frame_builder *b)
{
	eth_tag(b, 7);
	fb_snap(b);
}

static void eth_metadata(struct frame_builder *b)
{
	eth_tag(b, 7);
	fb_metadata(b, 2);
}

static void sll_vlan(struct frame_builder *b)
{
	fb_sll(b);
	fb_vlan(b, 0x8100, 29);
}

static void sll2_vlan(struct frame_builder *b)
{
	fb_sll2(b);
	fb_vlan(b, 0x88a8, 29);
}

static void null_v4(struct frame_builder *b)
{
	fb_null(b, 2, false);
}

static void null_v6(struct frame_builder *b)
{
	fb_null(b, 30, true);
}

static void mpacket(struct frame_builder *b)
{
	fb_bytes(b, "\x55\x55\x55\x55\x55\x55\x55\xd5", 8);
	fb_ethernet(b);
}

/* ---------------------------------------------------------- MPLS and PPPoE */

static void mpls_v4(struct frame_builder *b)
{
	eth_tag(b, 29);
	fb_mpls(b, 16001, false);
	fb_mpls(b, 24, true);
}

static void mpls_v6(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_mpls(b, 2, true);
}

static void mpls_control_word(struct frame_builder *b)
{
	eth_tag(b, 29);
	fb_mpls(b, 99, true);
	fb_bytes(b, "\0\0\0\0", 4);
	eth_tag(b, 300);
}

/* The builder's MAC addresses start with four zero bits. */
static void mpls_no_control_word(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_mpls(b, 99, true);
	fb_ethernet(b);
}

static void mpls_high_mac(struct frame_builder *b)
{
	mpls_no_control_word(b);
	b->data[14 + 4] = 0xa2;
}

static void pppoe_qinq_v4(struct frame_builder *b)
{
	eth_tag(b, 29);
	fb_vlan(b, 0x8100, 300);
	fb_pppoe(b, 0x1234);
}

static void pppoe_v6(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_pppoe(b, 1);
}

/* --------------------------------------------------------------------- IP */

/* From here to IPv6 first fragment: what stands between IP and TCP. */
static void ipv4_options(struct frame_builder *b)
{
	fb_ipv4_options(b, 40);
}

static void ipv4_first_fragment(struct frame_builder *b)
{
	fb_ipv4_fragment(b, 0, true);
}

static void ipv6_extensions(struct frame_builder *b)
{
	fb_ipv6_extension(b, 0, 0);
	fb_ipv6_extension(b, 60, 1);
	fb_ipv6_extension(b, 43, 2);
	fb_ipv6_fragment(b, 0, false);
	fb_ah(b);
	fb_ipv6_extension(b, 60, 0);
}

static void ipv6_first_fragment(struct frame_builder *b)
{
	fb_ipv6_fragment(b, 0, true);
}

static void ip_in_ip(struct frame_builder *b)
{
	eth_tag(b, 29);
	outer_v4(b);
}

static void v6_in_v4(struct frame_builder *b)
{
	eth_outer(b);
}

static void v4_in_v6(struct frame_builder *b)
{
	fb_ethernet(b);
	outer_v6(b);
	fb_ipv6_extension(b, 60, 0);
}

static void mpls_in_ip(struct frame_builder *b)
{
	eth_outer(b);
	fb_mpls(b, 33, true);
}

/* -------------------------------------------------------------------- GRE */

static void gre_plain(struct frame_builder *b)
{
	eth_outer(b);
	fb_gre(b, 0, 0);
}

static void gre_all_fields(struct frame_builder *b)
{
	fb_ethernet(b);
	outer_v6(b);
	fb_gre(b, 0xb000, 0xcafe0001);
}

static void gre_bridged(struct frame_builder *b)
{
	eth_tag(b, 29);
	outer_v4(b);
	fb_gre(b, 0x2000, 5);
	eth_tag(b, 300);
}

static void gre_mpls(struct frame_builder *b)
{
	eth_outer(b);
	fb_gre(b, 0, 0);
	fb_mpls(b, 77, true);
}

/* The key holds a payload length and the call. */
static void gre_pptp(struct frame_builder *b)
{
	eth_outer(b);
	fb_gre(b, 0x3081, 0x00400007);
	fb_type(b, 0x880b);
	fb_bytes(b, "\xff\x03\x00\x21", 4);
}

/* Protocol number cut to one byte, no address and control. */
static void gre_pptp_short(struct frame_builder *b)
{
	eth_outer(b);
	fb_gre(b, 0x3001, 0x00400007);
	fb_type(b, 0x880b);
	fb_bytes(b, "\x21", 1);
}

static void erspan1(struct frame_builder *b)
{
	eth_tag(b, 29);
	outer_v4(b);
	fb_gre(b, 0, 0);
	fb_erspan1(b);
	fb_ethernet(b);
}

static void erspan2(struct frame_builder *b)
{
	eth_tag(b, 29);
	outer_v4(b);
	fb_gre(b, 0x1000, 0);
	fb_erspan2(b, 0x3ff);
	eth_tag(b, 300);
}

static void erspan3(struct frame_builder *b)
{
	eth_outer(b);
	fb_gre(b, 0x1000, 0);
	fb_erspan3(b, 12, 0, false);
	fb_ethernet(b);
}

static void erspan3_subheader_ip(struct frame_builder *b)
{
	eth_outer(b);
	fb_gre(b, 0x1000, 0);
	fb_erspan3(b, 12, 2, true);
}

/* -------------------------------------------------------------------- UDP */

static void vxlan(struct frame_builder *b)
{
	eth_tag(b, 29);
	outer_v4(b);
	fb_udp(b, 50000, 4789);
	fb_vxlan(b, 0xabcdef);
	fb_ethernet(b);
}

static void vxlan_linux_port(struct frame_builder *b)
{
	fb_ethernet(b);
	outer_v6(b);
	fb_udp(b, 50000, 8472);
	fb_vxlan(b, 10);
	eth_tag(b, 300);
}

static void gpe_v4(struct frame_builder *b)
{
	eth_udp(b, 4790);
	fb_vxlan_gpe(b, 11, 1);
}

static void gpe_v6(struct frame_builder *b)
{
	eth_udp(b, 4790);
	fb_vxlan_gpe(b, 11, 2);
}

static void gpe_ethernet(struct frame_builder *b)
{
	eth_udp(b, 4790);
	fb_vxlan_gpe(b, 11, 3);
	fb_ethernet(b);
}

static void geneve_bridged(struct frame_builder *b)
{
	eth_udp(b, 6081);
	fb_geneve(b, 12, 63);
	fb_ethernet(b);
}

static void geneve_v6(struct frame_builder *b)
{
	eth_udp(b, 6081);
	fb_geneve(b, 12, 0);
}

static void gtpu(struct frame_builder *b)
{
	eth_udp(b, 2152);
	fb_gtpu(b, 0xdeadbeef, 0);
}

static void gtpu_extensions(struct frame_builder *b)
{
	eth_udp(b, 2152);
	fb_gtpu(b, 7, 8);
}

/* ERSPAN II that carries VXLAN: the inner identifier counts. */
static void erspan_vxlan(struct frame_builder *b)
{
	eth_outer(b);
	fb_gre(b, 0x1000, 0);
	fb_erspan2(b, 5);
	vxlan(b);
}

/* IP in IP inside VXLAN: no identifier of its own. */
static void vxlan_ip_in_ip(struct frame_builder *b)
{
	eth_udp(b, 4789);
	fb_vxlan(b, 10);
	eth_outer(b);
}

#define ETH	      .link_type = LINK_ETHERNET
#define TAGS(n_, ...) .vlan_count = (n_), .vlan = {__VA_ARGS__}
#define IN(t_, id_)   .tunnel = TUNNEL_##t_, .tunnel_id = (id_)
#define NO_MAC	      .no_mac = true
#define V6	      .v6 = true
#define AFTER(f_)     .after = (f_)

const struct frame_stack frame_stacks[] = {
	{"Ethernet IPv4", ETH, fb_ethernet},
	{"Ethernet IPv6", ETH, fb_ethernet, V6},
	{"one tag", ETH, eth_vlan_v4, TAGS(1, 29)},
	{"QinQ", ETH, eth_qinq_v6, TAGS(2, 29, 300), V6},
	{"every tag type", ETH, eth_all_tpids, TAGS(4, 1, 2, 3, 4094)},
	{"eight tags", ETH, eth_eight_tags, TAGS(4, 1, 2, 3, 4)},
	{"LLC and SNAP", ETH, eth_snap},
	{"tag, LLC and SNAP", ETH, eth_vlan_snap, TAGS(1, 7), V6},
	{"Cisco MetaData", ETH, eth_metadata, TAGS(1, 7)},
	{"SLL", LINK_LINUX_SLL, fb_sll, NO_MAC},
	{"SLL tag", LINK_LINUX_SLL, sll_vlan, TAGS(1, 29), NO_MAC, V6},
	{"SLL2", LINK_LINUX_SLL2, fb_sll2, NO_MAC},
	{"SLL2 tag", LINK_LINUX_SLL2, sll2_vlan, TAGS(1, 29), NO_MAC, V6},
	{"raw IPv4", LINK_RAW, NULL, NO_MAC},
	{"raw IPv6", LINK_RAW_BSD, NULL, NO_MAC, V6},
	{"raw, OpenBSD's", LINK_RAW_OPENBSD, NULL, NO_MAC, V6},
	{"link type IPv4", LINK_IPV4, NULL, NO_MAC},
	{"link type IPv6", LINK_IPV6, NULL, NO_MAC, V6},
	{"null", LINK_NULL, null_v4, NO_MAC},
	{"null, other order", LINK_NULL, null_v6, NO_MAC, V6},
	{"loop", LINK_LOOP, null_v6, NO_MAC, V6},
	{"mPacket", .link_type = 274, mpacket},
	{"MPLS IPv4", ETH, mpls_v4, TAGS(1, 29), IN(MPLS, 24)},
	{"MPLS IPv6", ETH, mpls_v6, IN(MPLS, 2), V6},
	{"EoMPLS, control word", ETH, mpls_control_word, TAGS(1, 300),
	 IN(MPLS, 99)},
	{"EoMPLS, none", ETH, mpls_no_control_word, IN(MPLS, 99)},
	{"EoMPLS, high MAC", ETH, mpls_high_mac, IN(MPLS, 99)},
	{"PPPoE in QinQ", ETH, pppoe_qinq_v4, TAGS(2, 29, 300),
	 IN(PPPOE, 0x1234)},
	{"PPPoE IPv6", ETH, pppoe_v6, IN(PPPOE, 1), V6},
	{"IPv4 options", ETH, fb_ethernet, AFTER(ipv4_options)},
	{"IPv4 first fragment", ETH, fb_ethernet, AFTER(ipv4_first_fragment)},
	{"IPv4 AH", ETH, fb_ethernet, AFTER(fb_ah)},
	{"IPv6 extensions", ETH, fb_ethernet, AFTER(ipv6_extensions), V6},
	{"IPv6 first fragment", ETH, fb_ethernet, AFTER(ipv6_first_fragment),
	 V6},
	{"IPv4 in IPv4", ETH, ip_in_ip, TAGS(1, 29), IN(IPIP, 0)},
	{"IPv6 in IPv4", ETH, v6_in_v4, IN(IPIP, 0), V6},
	{"IPv4 in IPv6", ETH, v4_in_v6, IN(IPIP, 0)},
	{"MPLS in IPv4", ETH, mpls_in_ip, IN(MPLS, 33)},
	{"GRE", ETH, gre_plain, IN(GRE, 0)},
	{"GRE, all fields", ETH, gre_all_fields, IN(GRE, 0xcafe0001), V6},
	{"GRE Ethernet", ETH, gre_bridged, TAGS(1, 300), IN(GRE, 5)},
	{"GRE MPLS", ETH, gre_mpls, IN(MPLS, 77)},
	{"GRE PPTP", ETH, gre_pptp, IN(GRE, 7)},
	{"GRE PPTP, short PPP", ETH, gre_pptp_short, IN(GRE, 7)},
	{"ERSPAN I", ETH, erspan1, TAGS(1, 29), IN(ERSPAN, 0)},
	{"ERSPAN II", ETH, erspan2, TAGS(1, 300), IN(ERSPAN, 0x3ff)},
	{"ERSPAN III", ETH, erspan3, IN(ERSPAN, 12), V6},
	{"ERSPAN III of IP", ETH, erspan3_subheader_ip, IN(ERSPAN, 12)},
	{"VXLAN", ETH, vxlan, TAGS(1, 29), IN(VXLAN, 0xabcdef)},
	{"VXLAN, old port", ETH, vxlan_linux_port, TAGS(1, 300), IN(VXLAN, 10),
	 V6},
	{"VXLAN-GPE IPv4", ETH, gpe_v4, IN(VXLAN, 11)},
	{"VXLAN-GPE IPv6", ETH, gpe_v6, IN(VXLAN, 11), V6},
	{"VXLAN-GPE Ethernet", ETH, gpe_ethernet, IN(VXLAN, 11)},
	{"GENEVE Ethernet", ETH, geneve_bridged, IN(GENEVE, 12)},
	{"GENEVE IPv6", ETH, geneve_v6, IN(GENEVE, 12), V6},
	{"GTP-U", ETH, gtpu, IN(GTPU, 0xdeadbeef)},
	{"GTP-U extensions", ETH, gtpu_extensions, IN(GTPU, 7), V6},
	{"ERSPAN, VXLAN", ETH, erspan_vxlan, TAGS(1, 29), IN(VXLAN, 0xabcdef)},
	{"VXLAN, IP in IP", ETH, vxlan_ip_in_ip, IN(VXLAN, 10)},
};
const size_t frame_stack_count = ARRAY_SIZE(frame_stacks);

struct frame stack_syn(struct frame_builder *b, const struct frame_stack *stack)
{
	fb_init(b, stack->link_type);
	if (stack->before)
		stack->before(b);
	if (stack->v6)
		fb_ip(b, STACK_V6_SRC, STACK_V6_DST);
	else
		fb_ip(b, STACK_V4_SRC, STACK_V4_DST);
	if (stack->after)
		stack->after(b);
	fb_tcp(b, 34000, 25, 0x82eeca1a, 0, TCP_SYN);
	fb_tcp_options(b, FB_SYN_OPTIONS, FB_SYN_OPTIONS_SIZE);
	fb_payload(b, 9);
	return fb_frame(b);
}
