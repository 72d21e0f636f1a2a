/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/packet: one TCP packet as a pcap record, built fast
 */
#include "packet.h"

#include <string.h>

#define MAGIC_NSEC    0xa1b23c4du
#define LINK_ETHERNET 1u
#define NSEC_PER_SEC  1000000000u
#define ETHERNET_MIN  60u /* without the frame check sequence */

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

/* Sum of 16-bit words, for an even number of bytes. */
static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static unsigned int fold16(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return ~sum & 0xffff;
}

size_t packet_file_header(uint8_t *out, uint32_t snaplen)
{
	const uint16_t version[2] = {2, 4};
	uint32_t w[6] = {MAGIC_NSEC, 0, 0, 0, snaplen, LINK_ETHERNET};

	memcpy(&w[1], version, sizeof(version));
	memcpy(out, w, sizeof(w));
	return sizeof(w);
}

static size_t put_ethernet(uint8_t *o, const struct packet *p)
{
	/* 02:...: locally administered; the last byte tells the two routers */
	uint8_t mac[6] = {0x02, 0, 0, 0, (uint8_t)p->circuit, 0};
	size_t n = 12;

	mac[5] = p->from_client ? 2 : 1;
	memcpy(o, mac, 6);
	mac[5] = p->from_client ? 1 : 2;
	memcpy(o + 6, mac, 6);
	if (p->vlan) {
		n += put16(o + n, 0x8100);
		n += put16(o + n, p->vlan);
	}
	n += put16(o + n, p->ipv6 ? 0x86dd : 0x0800);
	return n;
}

static size_t put_ipv4(uint8_t *o, const struct packet *p, size_t tcp_size)
{
	put16(o, 0x4500);
	put16(o + 2, (unsigned int)(20 + tcp_size));
	put16(o + 4, p->ip_id);
	put16(o + 6, 0x4000);
	o[8] = p->from_client ? 63 : 118;
	o[9] = 6;
	put16(o + 10, 0);
	memcpy(o + 12, p->src, 4);
	memcpy(o + 16, p->dst, 4);
	put16(o + 10, fold16(sum16(0, o, 20)));
	return 20;
}

static size_t put_ipv6(uint8_t *o, const struct packet *p, size_t tcp_size)
{
	put32(o, 0x60000000);
	put16(o + 4, (unsigned int)tcp_size);
	o[6] = 6;
	o[7] = p->from_client ? 63 : 118;
	memcpy(o + 8, p->src, 16);
	memcpy(o + 24, p->dst, 16);
	return 40;
}

/* Sizes are multiples of four in every combination. */
static size_t put_options(uint8_t *o, const struct packet *p)
{
	size_t n = 0;

	if (p->flags & PACKET_SYN) {
		n += put32(o + n, 0x02040000u | (p->ipv6 ? 1440 : 1460));
		n += put32(o + n, 0x01030307);
		n += put32(o + n, 0x04020101);
	}
	if (p->timestamps) {
		n += put32(o + n, 0x0101080a);
		n += put32(o + n, p->ts_val);
		n += put32(o + n, p->ts_ecr);
	}
	return n;
}

static void put_tcp(uint8_t *o, const struct packet *p, size_t header)
{
	size_t addr = p->ipv6 ? 16 : 4;
	uint32_t sum = (uint32_t)(6 + header + p->payload);

	put16(o, p->sport);
	put16(o + 2, p->dport);
	put32(o + 4, p->seq);
	put32(o + 8, p->flags & PACKET_ACK ? p->ack : 0);
	o[12] = (uint8_t)(header << 2);
	o[13] = p->flags;
	put16(o + 14, 0xfaf0);
	put32(o + 16, 0);
	sum = sum16(sum, p->src, addr);
	sum = sum16(sum, p->dst, addr);
	put16(o + 16, fold16(sum16(sum, o, header)));
}

size_t packet_record(uint8_t *out, const struct packet *p, uint32_t snaplen)
{
	uint8_t *o = out + 16, options[40];
	size_t n, opt, headers, wire;
	uint32_t record[4];

	opt = put_options(options, p);
	n = put_ethernet(o, p);
	if (p->ipv6)
		n += put_ipv6(o + n, p, 20 + opt + p->payload);
	else
		n += put_ipv4(o + n, p, 20 + opt + p->payload);
	memcpy(o + n + 20, options, opt);
	put_tcp(o + n, p, 20 + opt);
	headers = n + 20 + opt;

	wire = headers + p->payload;
	if (wire < ETHERNET_MIN)
		wire = ETHERNET_MIN;
	record[0] = (uint32_t)(p->time / NSEC_PER_SEC);
	record[1] = (uint32_t)(p->time % NSEC_PER_SEC);
	record[2] = wire < snaplen ? (uint32_t)wire : snaplen;
	record[3] = (uint32_t)wire;
	memcpy(out, record, sizeof(record));
	if (record[2] > headers)
		memset(o + headers, 0, record[2] - headers);
	return 16 + record[2];
}
