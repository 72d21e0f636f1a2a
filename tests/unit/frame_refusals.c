/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame_refusals: one sample frame for every reason to give no segment
 *
 * Each is as good as it can be apart from what it is refused for, and ends in
 * a SYN where there is room for one.
 */
#include "frame_refusals.h"

static void syn(struct frame_builder *b)
{
	fb_ip(b, "192.0.2.1", "192.0.2.2");
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
}

static void eth_v4(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_ip(b, "192.0.2.1", "192.0.2.2");
}

static void eth_v6(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_ip(b, "2001:db8::1", "2001:db8::2");
}

static void eth_udp(struct frame_builder *b, uint16_t dport)
{
	eth_v4(b);
	fb_udp(b, 50000, dport);
}

/* An ethertype and 46 bytes. */
static void eth_of(struct frame_builder *b, uint16_t type)
{
	fb_ethernet(b);
	fb_type(b, type);
	fb_payload(b, 46);
}

/* ------------------------------------------------------ not TCP, or hidden */

static void arp(struct frame_builder *b)
{
	eth_of(b, 0x0806);
}
static void lldp(struct frame_builder *b)
{
	eth_of(b, 0x88cc);
}
static void macsec(struct frame_builder *b)
{
	eth_of(b, 0x88e5);
}
static void fabricpath(struct frame_builder *b)
{
	eth_of(b, 0x8903);
}

static void spanning_tree(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_type(b, 38);
	fb_bytes(b, "\x42\x42\x03", 3);
	fb_payload(b, 35);
}

static void snap_of_a_vendor(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_snap(b);
	syn(b);
	b->data[14 + 5] = 0x0c;
}

static void metadata_version_2(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_metadata(b, 2);
	b->data[14] = 2;
	syn(b);
}

static void sll_raw_802_3(struct frame_builder *b)
{
	fb_sll(b);
	fb_type(b, 1);
	fb_payload(b, 40);
}

static void null_of_appletalk(struct frame_builder *b)
{
	fb_null(b, 16, false);
	syn(b);
}

static void mpacket_continued(struct frame_builder *b)
{
	fb_bytes(b, "\x55\x55\x55\x55\x55\x55\x61\x52", 8);
	fb_ethernet(b);
	syn(b);
}

static void ppp_lcp(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_pppoe(b, 1);
	b->data[14 + 6] = 0xc0;
	b->data[14 + 7] = 0x21;
	fb_payload(b, 12);
}

static void pppoe_discovery_code(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_pppoe(b, 1);
	b->data[14 + 1] = 0xa7;
	syn(b);
}

static void icmp_echo(struct frame_builder *b)
{
	eth_v4(b);
	fb_protocol(b, 1);
	fb_bytes(b, "\x08\0\0\0\0\x01\0\x01", 8);
	fb_payload(b, 56);
}

static void icmp_quoting_tcp(struct frame_builder *b)
{
	eth_v4(b);
	fb_protocol(b, 1);
	fb_bytes(b, "\x03\x01\0\0\0\0\0\0", 8);
	syn(b);
}

static void icmpv6_quoting_tcp(struct frame_builder *b)
{
	eth_v6(b);
	fb_protocol(b, 58);
	fb_bytes(b, "\x01\0\0\0\0\0\0\0", 8);
	fb_ip(b, "2001:db8::7", "2603:1006::10");
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
}

static void ospf(struct frame_builder *b)
{
	eth_v4(b);
	fb_protocol(b, 89);
	fb_payload(b, 44);
}

static void no_next_header(struct frame_builder *b)
{
	eth_v6(b);
	fb_protocol(b, 59);
}

static void ipv6_header_in_ipv4(struct frame_builder *b)
{
	eth_v4(b);
	fb_ipv6_extension(b, 60, 0);
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
}

static void esp(struct frame_builder *b)
{
	eth_v6(b);
	fb_ipv6_extension(b, 60, 0);
	fb_protocol(b, 50);
	fb_payload(b, 64);
}

static void dns(struct frame_builder *b)
{
	eth_udp(b, 53);
	fb_payload(b, 30);
}

static void vxlan_without_vni(struct frame_builder *b)
{
	eth_udp(b, 4789);
	fb_vxlan(b, 1);
	b->data[b->len - 8] = 0;
	fb_ethernet(b);
	syn(b);
}

static void geneve_version_1(struct frame_builder *b)
{
	eth_udp(b, 6081);
	fb_geneve(b, 1, 0);
	b->data[b->len - 8] = 0x40;
	syn(b);
}

static void gtpu_echo(struct frame_builder *b)
{
	eth_udp(b, 2152);
	fb_gtpu(b, 0, 0);
	b->data[b->len - 7] = 1;
	syn(b);
}

static void gpe_of_nsh(struct frame_builder *b)
{
	eth_udp(b, 4790);
	fb_vxlan_gpe(b, 1, 4);
	syn(b);
}

static void gre_keepalive(struct frame_builder *b)
{
	eth_v4(b);
	fb_gre(b, 0, 0);
}

static void gre_source_route(struct frame_builder *b)
{
	eth_v4(b);
	fb_gre(b, 0x4000, 0);
	syn(b);
}

static void pptp_ack_only(struct frame_builder *b)
{
	eth_v4(b);
	fb_gre(b, 0x2081, 7);
	fb_type(b, 0x880b);
}

/* -------------------------------------------------------------- fragments */

static void ipv4_later_fragment(struct frame_builder *b)
{
	eth_v4(b);
	fb_ipv4_fragment(b, 1480, false);
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
}

static void ipv6_later_fragment(struct frame_builder *b)
{
	eth_v6(b);
	fb_ipv6_fragment(b, 1448, true);
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
}

static void tcp_in_two_fragments(struct frame_builder *b)
{
	eth_v4(b);
	fb_ipv4_fragment(b, 0, true);
	fb_protocol(b, 6);
	fb_bytes(b, "\x84\xd0\0\x19\0\0\0\x01", 8);
}

static void tunnel_in_two_fragments(struct frame_builder *b)
{
	eth_v6(b);
	fb_ipv6_fragment(b, 0, true);
	fb_udp(b, 50000, 4789);
	fb_vxlan(b, 1);
}

/* ---------------------------------------------------------- contradictions */

static void empty_ethernet(struct frame_builder *b)
{
	fb_bytes(b, FB_DST_MAC, 6);
}

static void tag_of_three_bytes(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_type(b, 0x8100);
	fb_payload(b, 3);
}

static void mpls_without_packet(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_mpls(b, 1, true);
}

static void pppoe_version_2(struct frame_builder *b)
{
	fb_ethernet(b);
	fb_pppoe(b, 1);
	b->data[14] = 0x21;
	syn(b);
}

static void ipv4_version_5(struct frame_builder *b)
{
	fb_ethernet(b);
	syn(b);
	b->data[14] = 0x55;
}

static void ipv4_header_of_16(struct frame_builder *b)
{
	fb_ethernet(b);
	syn(b);
	b->data[14] = 0x44;
}

static void ipv4_total_of_19(struct frame_builder *b)
{
	fb_ethernet(b);
	syn(b);
	fb_frame(b);
	b->data[14 + 3] = 19;
}

static void ipv6_version_4(struct frame_builder *b)
{
	eth_v6(b);
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
	b->data[14] = 0x40;
}

static void raw_version_0(struct frame_builder *b)
{
	fb_payload(b, 40);
	b->data[0] = 0;
}

static void extension_beyond_packet(struct frame_builder *b)
{
	eth_v6(b);
	fb_ipv6_extension(b, 60, 0);
	b->data[14 + 40 + 1] = 200;
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
}

static void udp_of_four_bytes(struct frame_builder *b)
{
	eth_v4(b);
	fb_protocol(b, 17);
	fb_payload(b, 4);
}

static void tcp_offset_of_4(struct frame_builder *b)
{
	fb_ethernet(b);
	syn(b);
	b->data[14 + 20 + 12] = 0x40;
}

/* As of a corrupt frame that was seen: 10 words in 32 bytes, flags 0xaaa. */
static void tcp_offset_beyond(struct frame_builder *b)
{
	fb_ethernet(b);
	syn(b);
	b->data[14 + 20 + 12] = 0xaa;
	b->data[14 + 20 + 13] = 0xaa;
	fb_payload(b, 12);
}

static void gre_version_2(struct frame_builder *b)
{
	eth_v4(b);
	fb_gre(b, 2, 0);
	syn(b);
}

static void pptp_without_key(struct frame_builder *b)
{
	eth_v4(b);
	fb_gre(b, 0x1001, 0);
	fb_type(b, 0x880b);
	fb_bytes(b, "\x21", 1);
	syn(b);
}

static void erspan_version_3(struct frame_builder *b)
{
	eth_v4(b);
	fb_gre(b, 0x1000, 0);
	fb_erspan2(b, 1);
	b->data[b->len - 8] = 0x30;
	fb_ethernet(b);
	syn(b);
}

static void gtpu_extension_of_0(struct frame_builder *b)
{
	eth_udp(b, 2152);
	fb_gtpu(b, 1, 1);
	b->data[b->len - 4] = 0;
	syn(b);
}

/* ----------------------------------------------------- at and over a limit */

static void tags(struct frame_builder *b, int n)
{
	fb_ethernet(b);
	while (n--)
		fb_vlan(b, 0x8100, 5);
	syn(b);
}

static void labels(struct frame_builder *b, int n)
{
	fb_ethernet(b);
	while (n--)
		fb_mpls(b, 16, n == 0);
	syn(b);
}

static void ip_headers(struct frame_builder *b, int n)
{
	fb_ethernet(b);
	while (--n)
		fb_ip(b, "192.0.2.1", "192.0.2.2");
	syn(b);
}

/* Ethernet over MPLS, @n times. */
static void tunnels(struct frame_builder *b, int n)
{
	while (n--) {
		fb_ethernet(b);
		fb_mpls(b, 16, true);
	}
	fb_ethernet(b);
	syn(b);
}

static void extensions(struct frame_builder *b, int n)
{
	eth_v6(b);
	while (n--)
		fb_ipv6_extension(b, 60, 0);
	fb_tcp(b, 34000, 25, 1, 0, TCP_SYN);
}

static void metadata(struct frame_builder *b, int n)
{
	fb_ethernet(b);
	while (n--)
		fb_metadata(b, 2);
	syn(b);
}

static void gtpu_extensions(struct frame_builder *b, unsigned n)
{
	eth_udp(b, 2152);
	fb_gtpu(b, 1, n);
	syn(b);
}

static void tags_8(struct frame_builder *b)
{
	tags(b, 8);
}
static void tags_9(struct frame_builder *b)
{
	tags(b, 9);
}
static void labels_16(struct frame_builder *b)
{
	labels(b, 16);
}
static void labels_17(struct frame_builder *b)
{
	labels(b, 17);
}
static void ips_8(struct frame_builder *b)
{
	ip_headers(b, 8);
}
static void ips_9(struct frame_builder *b)
{
	ip_headers(b, 9);
}
static void tunnels_8(struct frame_builder *b)
{
	tunnels(b, 8);
}
static void tunnels_9(struct frame_builder *b)
{
	tunnels(b, 9);
}
static void extensions_8(struct frame_builder *b)
{
	extensions(b, 8);
}
static void extensions_9(struct frame_builder *b)
{
	extensions(b, 9);
}
static void metadata_8(struct frame_builder *b)
{
	metadata(b, 8);
}
static void metadata_9(struct frame_builder *b)
{
	metadata(b, 9);
}
static void gtpu_8(struct frame_builder *b)
{
	gtpu_extensions(b, 8);
}
static void gtpu_9(struct frame_builder *b)
{
	gtpu_extensions(b, 9);
}

#define ETH LINK_ETHERNET

const struct frame_refusal frame_refusals[] = {
	{"ARP", ETH, arp, DECODE_ARP},
	{"LLDP", ETH, lldp, DECODE_OTHER_LINK},
	{"MACsec", ETH, macsec, DECODE_MACSEC},
	{"FabricPath", ETH, fabricpath, DECODE_FABRICPATH},
	{"spanning tree", ETH, spanning_tree, DECODE_OTHER_LINK},
	{"SNAP of a vendor", ETH, snap_of_a_vendor, DECODE_OTHER_LINK},
	{"metadata version 2", ETH, metadata_version_2, DECODE_OTHER_LINK},
	{"SLL 802.3", LINK_LINUX_SLL, sll_raw_802_3, DECODE_OTHER_LINK},
	{"null AppleTalk", LINK_NULL, null_of_appletalk, DECODE_OTHER_LINK},
	{"mPacket continued", 274, mpacket_continued, DECODE_OTHER_LINK},
	{"PPP LCP", ETH, ppp_lcp, DECODE_OTHER_LINK},
	{"PPPoE code", ETH, pppoe_discovery_code, DECODE_OTHER_LINK},
	{"ICMP echo", ETH, icmp_echo, DECODE_ICMP},
	{"ICMP error", ETH, icmp_quoting_tcp, DECODE_ICMP_ERROR},
	{"ICMPv6 error", ETH, icmpv6_quoting_tcp, DECODE_ICMP_ERROR},
	{"OSPF", ETH, ospf, DECODE_OTHER_IP},
	{"no next header", ETH, no_next_header, DECODE_OTHER_IP},
	{"IPv6's in IPv4", ETH, ipv6_header_in_ipv4, DECODE_OTHER_IP},
	{"ESP", ETH, esp, DECODE_ESP},
	{"DNS", ETH, dns, DECODE_UDP},
	{"VXLAN without VNI", ETH, vxlan_without_vni, DECODE_UDP},
	{"GENEVE version 1", ETH, geneve_version_1, DECODE_UDP},
	{"GTP-U echo", ETH, gtpu_echo, DECODE_UDP},
	{"VXLAN-GPE NSH", ETH, gpe_of_nsh, DECODE_OTHER_LINK},
	{"GRE keepalive", ETH, gre_keepalive, DECODE_OTHER_LINK},
	{"GRE source route", ETH, gre_source_route, DECODE_OTHER_IP},
	{"PPTP ACK", ETH, pptp_ack_only, DECODE_OTHER_IP},
	{"later fragment", ETH, ipv4_later_fragment, DECODE_LATER_FRAGMENT},
	{"IPv6 later", ETH, ipv6_later_fragment, DECODE_LATER_FRAGMENT},
	{"TCP in two", ETH, tcp_in_two_fragments, DECODE_LATER_FRAGMENT},
	{"tunnel in two", ETH, tunnel_in_two_fragments, DECODE_LATER_FRAGMENT},
	{"Ethernet of 6", ETH, empty_ethernet, DECODE_BAD_LINK},
	{"tag of 3", ETH, tag_of_three_bytes, DECODE_BAD_LINK},
	{"MPLS of nothing", ETH, mpls_without_packet, DECODE_BAD_LINK},
	{"PPPoE version 2", ETH, pppoe_version_2, DECODE_BAD_LINK},
	{"IPv4 version 5", ETH, ipv4_version_5, DECODE_BAD_IP},
	{"IPv4 header of 16", ETH, ipv4_header_of_16, DECODE_BAD_IP},
	{"IPv4 total of 19", ETH, ipv4_total_of_19, DECODE_BAD_IP},
	{"IPv6 version 4", ETH, ipv6_version_4, DECODE_BAD_IP},
	{"raw version 0", LINK_RAW, raw_version_0, DECODE_BAD_IP},
	{"long extension", ETH, extension_beyond_packet, DECODE_BAD_IP},
	{"UDP of 4", ETH, udp_of_four_bytes, DECODE_BAD_IP},
	{"TCP offset of 4", ETH, tcp_offset_of_4, DECODE_BAD_TCP},
	{"TCP offset beyond", ETH, tcp_offset_beyond, DECODE_BAD_TCP},
	{"GRE version 2", ETH, gre_version_2, DECODE_BAD_TUNNEL},
	{"PPTP without key", ETH, pptp_without_key, DECODE_BAD_TUNNEL},
	{"ERSPAN version 3", ETH, erspan_version_3, DECODE_BAD_TUNNEL},
	{"GTP-U extension", ETH, gtpu_extension_of_0, DECODE_BAD_TUNNEL},
	{"link type 147", 147, arp, DECODE_LINK_TYPE},
	{"8 tags", ETH, tags_8, DECODE_TCP},
	{"9 tags", ETH, tags_9, DECODE_TOO_DEEP},
	{"16 labels", ETH, labels_16, DECODE_TCP},
	{"17 labels", ETH, labels_17, DECODE_TOO_DEEP},
	{"8 IP headers", ETH, ips_8, DECODE_TCP},
	{"9 IP headers", ETH, ips_9, DECODE_TOO_DEEP},
	{"8 tunnels", ETH, tunnels_8, DECODE_TCP},
	{"9 tunnels", ETH, tunnels_9, DECODE_TOO_DEEP},
	{"8 extensions", ETH, extensions_8, DECODE_TCP},
	{"9 extensions", ETH, extensions_9, DECODE_TOO_DEEP},
	{"8 metadata", ETH, metadata_8, DECODE_TCP},
	{"9 metadata", ETH, metadata_9, DECODE_TOO_DEEP},
	{"8 GTP-U extensions", ETH, gtpu_8, DECODE_TCP},
	{"9 GTP-U extensions", ETH, gtpu_9, DECODE_TOO_DEEP},
};
const size_t frame_refusal_count = ARRAY_SIZE(frame_refusals);
