/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame_builder: frames for tests, header by header, outermost first
 *
 * Each call appends one header and writes its own number (ethertype, IP
 * protocol, ...) into the header before it.  fb_frame() fills in the lengths
 * and checksums of all, so that a frame reads as what it is:
 *
 *	fb_init(&b, LINK_ETHERNET);
 *	fb_ethernet(&b);
 *	fb_vlan(&b, 0x88a8, 29);
 *	fb_vlan(&b, 0x8100, 300);
 *	fb_ip(&b, "198.51.100.1", "40.96.0.10");
 *	fb_tcp(&b, 34000, 25, 1000, 0, TCP_SYN);
 *	f = fb_frame(&b);
 *
 * Nothing is checked for sense, because wrong frames are wanted too; to make
 * one, patch @data before or after fb_frame().
 */
#ifndef FRAME_BUILDER_H
#define FRAME_BUILDER_H

#include <asymcap/decode.h>

#define FB_SIZE	   4096
#define FB_HEADERS 64

/* MAC addresses of fb_ethernet(), "02 00 00 00 00 0x" */
#define FB_DST_MAC ((const uint8_t[6]){2, 0, 0, 0, 0, 1})
#define FB_SRC_MAC ((const uint8_t[6]){2, 0, 0, 0, 0, 2})

/* MSS 1460, SACK permitted, timestamps 1000 and 0, NOP, window scale 7 */
#define FB_SYN_OPTIONS                                                         \
	"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\x03\xe8\0\0\0\0"                 \
	"\x01\x03\x03\x07"
#define FB_SYN_OPTIONS_SIZE 20

/** enum fb_field - What the field that names the next header holds */
enum fb_field {
	FB_NONE,     /* there is no such field */
	FB_TYPE,     /* ethertype, 2 bytes */
	FB_PROTOCOL, /* IP protocol, 1 byte */
	FB_PPP,	     /* PPP protocol, 2 bytes */
};

/** enum fb_kind - Headers with a length or checksum */
enum fb_kind {
	FB_LENGTH_802_3,
	FB_IPV4,
	FB_IPV6,
	FB_UDP,
	FB_PPPOE,
	FB_GTPU,
	FB_TCP,
};

/** struct fb_header - A header whose length or checksum is due */
struct fb_header {
	enum fb_kind kind;
	size_t off;
};

/**
 * struct frame_builder - A frame being built
 * @data:	Bytes so far
 * @len:	How many
 * @field:	Kind of the last header's field for the next
 * @field_off:	Where it is
 * @header:	Headers to be completed
 * @headers:	How many
 * @link_type:	As for fb_init()
 * @closed:	Lengths and checksums are written
 */
struct frame_builder {
	uint8_t data[FB_SIZE];
	size_t len;
	enum fb_field field;
	size_t field_off;
	struct fb_header header[FB_HEADERS];
	size_t headers;
	uint16_t link_type;
	bool closed;
};

/** fb_init() - Start an empty frame of a link type */
void fb_init(struct frame_builder *b, uint16_t link_type);

/**
 * fb_frame() - Complete lengths and checksums, once
 *
 * Return: the frame, whole, at time 0, number 1, interface 0; borrows @b
 */
struct frame fb_frame(struct frame_builder *b);

/** fb_trailer() - Complete, then append zeros that no header counts */
void fb_trailer(struct frame_builder *b, size_t n);

/** fb_bytes() - Append any bytes */
void fb_bytes(struct frame_builder *b, const void *data, size_t n);

/** fb_payload() - Append @n bytes of 'x' */
void fb_payload(struct frame_builder *b, size_t n);

/* Link layers */
void fb_ethernet(struct frame_builder *b);
void fb_vlan(struct frame_builder *b, uint16_t tpid, uint16_t tci);
void fb_snap(struct frame_builder *b); /* after Ethernet or a tag */
void fb_metadata(struct frame_builder *b, uint16_t sgt);
void fb_sll(struct frame_builder *b);
void fb_sll2(struct frame_builder *b);
void fb_null(struct frame_builder *b, uint32_t family, bool big_endian);
void fb_mpls(struct frame_builder *b, uint32_t label, bool bottom);
void fb_pppoe(struct frame_builder *b, uint16_t session);

/** fb_type() - Write an ethertype where the next header would */
void fb_type(struct frame_builder *b, uint16_t type);

/** fb_ip() - IPv4 or IPv6, as the addresses are; TTL 64, IPv4 id 0x1234 */
void fb_ip(struct frame_builder *b, const char *src, const char *dst);

/** fb_ipv4_options() - Add NOP options, @n bytes, a multiple of 4 */
void fb_ipv4_options(struct frame_builder *b, size_t n);

/** fb_ipv4_fragment() - Make the last header a fragment, @offset in bytes */
void fb_ipv4_fragment(struct frame_builder *b, size_t offset, bool more);

/** fb_ipv6_extension() - Header of type @protocol, 8 + 8 * @n bytes */
void fb_ipv6_extension(struct frame_builder *b, uint8_t protocol, uint8_t n);
void fb_ipv6_fragment(struct frame_builder *b, size_t offset, bool more);

/** fb_ah() - Authentication header, 24 bytes */
void fb_ah(struct frame_builder *b);

/** fb_protocol() - Write an IP protocol where the next header would */
void fb_protocol(struct frame_builder *b, uint8_t protocol);

/**
 * fb_gre() - GRE header
 * @b:		Builder
 * @flags:	First 16 bits, e.g. 0x2000 for a key; the fields follow
 * @key:	Key, if @flags say so; the other fields are 0
 */
void fb_gre(struct frame_builder *b, uint16_t flags, uint32_t key);
void fb_erspan1(struct frame_builder *b); /* after fb_gre(b, 0, 0) */
void fb_erspan2(struct frame_builder *b, uint16_t session);
void fb_erspan3(struct frame_builder *b, uint16_t session, uint8_t frame_type,
		bool subheader);

void fb_udp(struct frame_builder *b, uint16_t sport, uint16_t dport);
void fb_vxlan(struct frame_builder *b, uint32_t vni);
void fb_vxlan_gpe(struct frame_builder *b, uint32_t vni, uint8_t next);

/** fb_geneve() - GENEVE header with @n option words of 4 bytes */
void fb_geneve(struct frame_builder *b, uint32_t vni, uint8_t n);

/** fb_gtpu() - G-PDU with @n extension headers of 4 bytes each */
void fb_gtpu(struct frame_builder *b, uint32_t teid, unsigned n);

void fb_tcp(struct frame_builder *b, uint16_t sport, uint16_t dport,
	    uint32_t seq, uint32_t ack, uint16_t flags);

/** fb_tcp_options() - Right after fb_tcp(); padded with zeros to 4 bytes */
void fb_tcp_options(struct frame_builder *b, const void *options, size_t n);

#endif /* FRAME_BUILDER_H */
