/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame_builder: frames for tests, header by header, outermost first
 */
#include "frame_builder.h"

#include <stdlib.h>
#include <string.h>

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* Append @n zero bytes; a test that outgrows the frame is wrong. */
static uint8_t *grow(struct frame_builder *b, size_t n)
{
	uint8_t *p = b->data + b->len;

	if (n > FB_SIZE - b->len) {
		fprintf(stderr, "frame_builder: frame too long\n");
		abort();
	}
	memset(p, 0, n);
	b->len += n;
	return p;
}

/* Note that the header that starts at @off must be completed. */
static void note(struct frame_builder *b, enum fb_kind kind, size_t off)
{
	if (b->headers == FB_HEADERS) {
		fprintf(stderr, "frame_builder: too many headers\n");
		abort();
	}
	b->header[b->headers].kind = kind;
	b->header[b->headers].off = off;
	b->headers++;
}

/* Name the header that comes now; what the field cannot hold stays 0. */
static void name(struct frame_builder *b, uint16_t type, uint8_t protocol,
		 uint16_t ppp)
{
	uint8_t *p = b->data + b->field_off;

	switch (b->field) {
	case FB_NONE:
		break;
	case FB_TYPE:
		put16(p, type);
		break;
	case FB_PROTOCOL:
		*p = protocol;
		break;
	case FB_PPP:
		put16(p, ppp);
		break;
	}
	b->field = FB_NONE;
}

static void expect(struct frame_builder *b, enum fb_field field, size_t off)
{
	b->field = field;
	b->field_off = off;
}

void fb_init(struct frame_builder *b, uint16_t link_type)
{
	memset(b, 0, sizeof(*b));
	b->link_type = link_type;
}

void fb_bytes(struct frame_builder *b, const void *data, size_t n)
{
	if (n)
		memcpy(grow(b, n), data, n);
}

void fb_payload(struct frame_builder *b, size_t n)
{
	memset(grow(b, n), 'x', n);
}

/* ------------------------------------------------------------ link layers */

void fb_ethernet(struct frame_builder *b)
{
	uint8_t *p;

	name(b, 0x6558, 0, 0);
	expect(b, FB_TYPE, b->len + 12);
	p = grow(b, 14);
	memcpy(p, FB_DST_MAC, 6);
	memcpy(p + 6, FB_SRC_MAC, 6);
}

void fb_vlan(struct frame_builder *b, uint16_t tpid, uint16_t tci)
{
	name(b, tpid, 0, 0);
	expect(b, FB_TYPE, b->len + 2);
	put16(grow(b, 4), tci);
}

void fb_snap(struct frame_builder *b)
{
	note(b, FB_LENGTH_802_3, b->field_off);
	fb_bytes(b, "\xaa\xaa\x03\0\0\0\0\0", 8);
	expect(b, FB_TYPE, b->len - 2);
}

void fb_metadata(struct frame_builder *b, uint16_t sgt)
{
	uint8_t *p;

	name(b, 0x8909, 0, 0);
	expect(b, FB_TYPE, b->len + 6);
	p = grow(b, 8);
	p[0] = 1;	 /* version */
	p[1] = 1;	 /* options */
	put16(p + 2, 1); /* a security group tag */
	put16(p + 4, sgt);
}

void fb_sll(struct frame_builder *b)
{
	uint8_t *p;

	expect(b, FB_TYPE, b->len + 14);
	p = grow(b, 16);
	put16(p + 2, 1); /* ARPHRD_ETHER */
	put16(p + 4, 6);
	memcpy(p + 6, FB_SRC_MAC, 6);
}

void fb_sll2(struct frame_builder *b)
{
	uint8_t *p;

	expect(b, FB_TYPE, b->len);
	p = grow(b, 20);
	put16(p + 8, 1);
	p[11] = 6;
	memcpy(p + 12, FB_SRC_MAC, 6);
}

void fb_null(struct frame_builder *b, uint32_t family, bool big_endian)
{
	put32(grow(b, 4), big_endian ? family : __builtin_bswap32(family));
	expect(b, FB_NONE, 0);
}

void fb_mpls(struct frame_builder *b, uint32_t label, bool bottom)
{
	name(b, 0x8847, 137, 0x0281);
	put32(grow(b, 4), label << 12 | (bottom ? 0x100u : 0) | 64);
}

void fb_pppoe(struct frame_builder *b, uint16_t session)
{
	uint8_t *p;

	name(b, 0x8864, 0, 0);
	note(b, FB_PPPOE, b->len);
	expect(b, FB_PPP, b->len + 6);
	p = grow(b, 8);
	p[0] = 0x11;
	put16(p + 2, session);
}

void fb_type(struct frame_builder *b, uint16_t type)
{
	name(b, type, 0, 0);
}

/* --------------------------------------------------------------------- IP */

void fb_ip(struct frame_builder *b, const char *src, const char *dst)
{
	struct addr s, d;
	uint8_t *p;

	if (!addr_parse(src, &s) || !addr_parse(dst, &d)) {
		fprintf(stderr, "frame_builder: %s or %s is no address\n", src,
			dst);
		abort();
	}
	if (addr_is_v4(&s)) {
		name(b, 0x0800, 4, 0x0021);
		note(b, FB_IPV4, b->len);
		expect(b, FB_PROTOCOL, b->len + 9);
		p = grow(b, 20);
		p[0] = 0x45;
		put16(p + 4, 0x1234);
		put16(p + 6, 0x4000);
		p[8] = 64;
		memcpy(p + 12, s.b + 12, 4);
		memcpy(p + 16, d.b + 12, 4);
		return;
	}
	name(b, 0x86dd, 41, 0x0057);
	note(b, FB_IPV6, b->len);
	expect(b, FB_PROTOCOL, b->len + 6);
	p = grow(b, 40);
	p[0] = 0x60;
	p[7] = 64;
	memcpy(p + 8, s.b, 16);
	memcpy(p + 24, d.b, 16);
}

void fb_ipv4_options(struct frame_builder *b, size_t n)
{
	uint8_t *ip = b->data + b->len - 20;

	ip[0] = (uint8_t)(ip[0] + n / 4);
	memset(grow(b, n), 1, n);
}

void fb_ipv4_fragment(struct frame_builder *b, size_t offset, bool more)
{
	uint8_t *ip = b->data + b->len - 20;

	put16(ip + 6, offset / 8 | (more ? 0x2000u : 0));
}

void fb_ipv6_extension(struct frame_builder *b, uint8_t protocol, uint8_t n)
{
	uint8_t *p;

	name(b, 0, protocol, 0);
	expect(b, FB_PROTOCOL, b->len);
	p = grow(b, 8 + 8u * n);
	p[1] = n;
}

void fb_ipv6_fragment(struct frame_builder *b, size_t offset, bool more)
{
	uint8_t *p;

	name(b, 0, 44, 0);
	expect(b, FB_PROTOCOL, b->len);
	p = grow(b, 8);
	put16(p + 2, (offset & 0xfff8) | more);
	put32(p + 4, 0x12345678);
}

void fb_ah(struct frame_builder *b)
{
	uint8_t *p;

	name(b, 0, 51, 0);
	expect(b, FB_PROTOCOL, b->len);
	p = grow(b, 24);
	p[1] = 24 / 4 - 2;
}

void fb_protocol(struct frame_builder *b, uint8_t protocol)
{
	name(b, 0, protocol, 0);
}

/* ---------------------------------------------------------------- tunnels */

void fb_gre(struct frame_builder *b, uint16_t flags, uint32_t key)
{
	uint8_t *p;

	name(b, 0, 47, 0);
	expect(b, FB_TYPE, b->len + 2);
	p = grow(b, 4);
	put16(p, flags);
	if (flags & 0x8000)
		grow(b, 4);
	if (flags & 0x2000)
		put32(grow(b, 4), key);
	if (flags & 0x1000)
		grow(b, 4);
	if ((flags & 0x0087) == 0x0081) /* acknowledgment of version 1 */
		grow(b, 4);
}

void fb_erspan1(struct frame_builder *b)
{
	name(b, 0x88be, 0, 0);
}

void fb_erspan2(struct frame_builder *b, uint16_t session)
{
	uint8_t *p;

	name(b, 0x88be, 0, 0);
	p = grow(b, 8);
	p[0] = 0x10;
	put16(p + 2, 0x1800u | session);
}

void fb_erspan3(struct frame_builder *b, uint16_t session, uint8_t frame_type,
		bool subheader)
{
	uint8_t *p;

	name(b, 0x22eb, 0, 0);
	p = grow(b, 12);
	p[0] = 0x20;
	put16(p + 2, session);
	p[10] = (uint8_t)(frame_type << 2);
	p[11] = subheader;
	if (subheader)
		grow(b, 8);
}

void fb_udp(struct frame_builder *b, uint16_t sport, uint16_t dport)
{
	uint8_t *p;

	name(b, 0, 17, 0);
	note(b, FB_UDP, b->len);
	p = grow(b, 8);
	put16(p, sport);
	put16(p + 2, dport);
}

void fb_vxlan(struct frame_builder *b, uint32_t vni)
{
	uint8_t *p = grow(b, 8);

	p[0] = 0x08;
	put32(p + 4, vni << 8);
}

void fb_vxlan_gpe(struct frame_builder *b, uint32_t vni, uint8_t next)
{
	uint8_t *p = grow(b, 8);

	p[0] = 0x0c;
	p[3] = next;
	put32(p + 4, vni << 8);
}

void fb_geneve(struct frame_builder *b, uint32_t vni, uint8_t n)
{
	uint8_t *p;

	expect(b, FB_TYPE, b->len + 2);
	p = grow(b, 8 + 4u * n);
	p[0] = n;
	put32(p + 4, vni << 8);
}

void fb_gtpu(struct frame_builder *b, uint32_t teid, unsigned n)
{
	uint8_t *p;

	note(b, FB_GTPU, b->len);
	p = grow(b, 8);
	p[0] = n ? 0x34 : 0x30;
	p[1] = 0xff;
	put32(p + 4, teid);
	if (!n)
		return;
	p = grow(b, 4);
	p[3] = 0x85; /* PDU session container */
	while (n--) {
		p = grow(b, 4);
		p[0] = 1;
		p[3] = n ? 0x85 : 0;
	}
}

/* -------------------------------------------------------------------- TCP */

void fb_tcp(struct frame_builder *b, uint16_t sport, uint16_t dport,
	    uint32_t seq, uint32_t ack, uint16_t flags)
{
	uint8_t *p;

	name(b, 0, 6, 0);
	note(b, FB_TCP, b->len);
	p = grow(b, 20);
	put16(p, sport);
	put16(p + 2, dport);
	put32(p + 4, seq);
	put32(p + 8, ack);
	put16(p + 12, 0x5000u | flags);
	put16(p + 14, 64240);
}

void fb_tcp_options(struct frame_builder *b, const void *options, size_t n)
{
	uint8_t *tcp = b->data + b->len - 20;

	fb_bytes(b, options, n);
	grow(b, (4 - n % 4) % 4);
	tcp[12] = (uint8_t)(tcp[12] + ((n + 3) / 4 << 4));
}

/* ---------------------------------------------------------------- closing */

static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t n)
{
	for (; n > 1; p += 2, n -= 2)
		sum += get_be16(p);
	return n ? sum + ((uint32_t)*p << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Checksum of the TCP header at index @i, with the IP header before it. */
static void close_tcp(struct frame_builder *b, size_t i, size_t end)
{
	uint8_t *tcp = b->data + b->header[i].off;
	size_t n = end - b->header[i].off;
	uint32_t sum = (uint32_t)n + 6;
	const uint8_t *ip;

	while (i--) {
		ip = b->data + b->header[i].off;
		if (b->header[i].kind == FB_IPV4) {
			sum = sum16(sum, ip + 12, 8);
			break;
		}
		if (b->header[i].kind == FB_IPV6) {
			sum = sum16(sum, ip + 8, 32);
			break;
		}
	}
	put16(tcp + 16, fold(sum16(sum, tcp, n)));
}

static void close_headers(struct frame_builder *b)
{
	size_t n, i = b->headers;
	uint8_t *p;

	if (b->closed)
		return;
	b->closed = true;
	while (i--) {
		p = b->data + b->header[i].off;
		n = b->len - b->header[i].off;
		switch (b->header[i].kind) {
		case FB_LENGTH_802_3:
			put16(p, n - 2);
			break;
		case FB_IPV4:
			put16(p + 2, n);
			put16(p + 10, fold(sum16(0, p, (p[0] & 15) * 4u)));
			break;
		case FB_IPV6:
			put16(p + 4, n - 40);
			break;
		case FB_UDP:
			put16(p + 4, n);
			break;
		case FB_PPPOE:
			put16(p + 4, n - 6);
			break;
		case FB_GTPU:
			put16(p + 2, n - 8);
			break;
		case FB_TCP:
			close_tcp(b, i, b->len);
			break;
		}
	}
}

struct frame fb_frame(struct frame_builder *b)
{
	close_headers(b);
	return (struct frame){
		.data = b->data,
		.number = 1,
		.caplen = (uint32_t)b->len,
		.len = (uint32_t)b->len,
		.link_type = b->link_type,
	};
}

void fb_trailer(struct frame_builder *b, size_t n)
{
	close_headers(b);
	grow(b, n);
}
