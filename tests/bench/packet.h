/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/packet: one TCP packet as a pcap record, built fast
 *
 * All payload bytes are zero, so checksums need the headers alone and are
 * right even where the snap length cuts the payload off.
 */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PACKET_FIN 0x01
#define PACKET_SYN 0x02
#define PACKET_RST 0x04
#define PACKET_PSH 0x08
#define PACKET_ACK 0x10

#define PACKET_MAX_HEADERS (14 + 4 + 40 + 60)
#define PACKET_MAX_RECORD  (16 + 65535)

/**
 * struct packet - What there is to say about one TCP packet
 * @time:	Nanoseconds since 1970
 * @src, @dst:	Addresses in network byte order; the first 4 bytes for IPv4
 * @ipv6:	Which of the two they are
 * @sport, @dport: Ports, as all numbers below in host byte order
 * @seq, @ack:	Sequence and acknowledgment numbers
 * @flags:	PACKET_*
 * @payload:	Bytes of payload, all zero
 * @vlan:	Tag, 0 for an untagged frame
 * @circuit:	Goes into the MAC addresses
 * @from_client: Likewise
 * @ip_id:	IPv4 identification
 * @timestamps:	Whether there is a Timestamps option
 * @ts_val, @ts_ecr: Its values
 *
 * A SYN has MSS, SACK-permitted and window scale options too.
 */
struct packet {
	uint64_t time;
	const uint8_t *src;
	const uint8_t *dst;
	bool ipv6;
	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint16_t payload;
	uint16_t vlan;
	uint16_t circuit;
	bool from_client;
	uint16_t ip_id;
	bool timestamps;
	uint32_t ts_val;
	uint32_t ts_ecr;
};

/**
 * packet_file_header() - Start a nanosecond pcap file of Ethernet frames
 * @out:	At least 24 bytes
 * @snaplen:	Snap length, bytes
 *
 * Return: bytes written, 24
 */
size_t packet_file_header(uint8_t *out, uint32_t snaplen);

/**
 * packet_record() - Write one packet with its record header
 * @out:	At least PACKET_MAX_RECORD bytes
 * @p:		Packet
 * @snaplen:	Bytes of the frame to keep, at least PACKET_MAX_HEADERS, or
 *		fewer to cut headers
 *
 * Return: bytes written
 */
size_t packet_record(uint8_t *out, const struct packet *p, uint32_t snaplen);

#endif /* BENCH_PACKET_H */
