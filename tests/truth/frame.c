/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/frame: a packet as bytes
 */
#include "output.h"

#include <string.h>

static size_t put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

static size_t put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
	return 4;
}

static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (size % 2)
		sum += (uint32_t)p[size - 1] << 8;
	return sum;
}

static unsigned int fold16(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return ~sum & 0xffff;
}

static size_t put_link(uint8_t *o, const struct packet *p,
		       const struct tag *tag)
{
	uint8_t mac[6] = {0x02, 0, 0, 0, (uint8_t)p->tap, 0};
	size_t n = 12, i;

	mac[5] = p->outward ? 2 : 1;
	memcpy(o, mac, 6);
	mac[5] = p->outward ? 1 : 2;
	memcpy(o + 6, mac, 6);
	for (i = 0; tag && i < 2; i++) {
		n += put16(o + n, tag[i].tpid);
		n += put16(o + n, tag[i].id);
	}
	if (!tag && p->tagged) {
		n += put16(o + n, 0x8100);
		/* with a priority, which is no part of the identifier */
		n += put16(o + n, 0xa000 | 3136);
	}
	n += put16(o + n, p->family == 6 ? 0x86dd : 0x0800);
	return n;
}

static size_t put_ip(uint8_t *o, const struct packet *p, size_t size)
{
	if (p->family == 6) {
		put32(o, 0x60000000);
		put16(o + 4, (unsigned int)size);
		o[6] = 6;
		o[7] = p->ttl;
		memcpy(o + 8, p->src.addr, 16);
		memcpy(o + 24, p->dst.addr, 16);
		return 40;
	}
	put16(o, 0x4500);
	put16(o + 2, (unsigned int)(20 + size));
	put16(o + 4, (unsigned int)(p->seq ^ p->flags) & 0xffff);
	put16(o + 6, 0x4000);
	o[8] = p->ttl;
	o[9] = 6;
	put16(o + 10, 0);
	memcpy(o + 12, p->src.addr, 4);
	memcpy(o + 16, p->dst.addr, 4);
	put16(o + 10, fold16(sum16(0, o, 20)));
	return 20;
}

static size_t put_options(uint8_t *o, const struct packet *p)
{
	size_t n = 0;

	if (p->plain || p->flags & RST)
		return 0;
	if (p->flags & SYN) {
		n += put32(o + n, 0x02040000u | (p->family == 6 ? 1440 : 1460));
		n += put32(o + n, 0x01030307);
	}
	if (p->md5) {
		n += put16(o + n, 0x0101);
		n += put16(o + n, 0x1312);
		memset(o + n, 0x5a, 16);
		return n + 16;
	}
	if (p->flags & SYN)
		n += put32(o + n, 0x04020101);
	n += put32(o + n, 0x0101080a);
	n += put32(o + n, p->ts_val);
	n += put32(o + n, p->ts_ecr);
	return n;
}

static size_t put_tcp(uint8_t *o, const struct packet *p, const uint8_t *opt,
		      size_t opt_size)
{
	size_t header = 20 + opt_size, size = header + p->payload, i;
	size_t addr = p->family == 6 ? 16 : 4;
	uint32_t sum = (uint32_t)(6 + size);

	put16(o, p->src.port);
	put16(o + 2, p->dst.port);
	put32(o + 4, p->seq);
	put32(o + 8, p->ack);
	o[12] = (uint8_t)(header << 2);
	o[13] = p->flags;
	put16(o + 14, 0xfaf0);
	put32(o + 16, 0);
	memcpy(o + 20, opt, opt_size);
	for (i = 0; i < p->payload; i++)
		o[header + i] = (uint8_t)('a' + i % 26);
	sum = sum16(sum, p->src.addr, addr);
	sum = sum16(sum, p->dst.addr, addr);
	put16(o + 16, fold16(sum16(sum, o, size)) ^ (p->bad_sum ? 0x55 : 0));
	return size;
}

size_t frame_build(uint8_t *out, const struct packet *p, const struct tag *tag)
{
	uint8_t opt[40];
	size_t n, size;

	size = put_options(opt, p);
	n = put_link(out, p, tag);
	n += put_ip(out + n, p, 20 + size + p->payload);
	n += put_tcp(out + n, p, opt, size);
	if (n < 60) {
		memset(out + n, 0, 60 - n);
		n = 60;
	}
	return n;
}
