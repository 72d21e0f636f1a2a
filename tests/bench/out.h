/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/out: a capture file that is being written, fast
 */
#ifndef BENCH_OUT_H
#define BENCH_OUT_H

#include "packet.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct out - A capture file
 * @file:	Unbuffered, owned
 * @buf:	What is yet to be written, owned
 * @used:	Bytes of it
 * @snaplen:	Bytes of a frame to keep
 * @packets:	Written so far
 */
struct out {
	FILE *file;
	uint8_t *buf;
	size_t used;
	uint32_t snaplen;
	uint64_t packets;
};

/** out_open() - Start PREFIX-NUMBER.pcap, or say why not and exit 1 */
void out_open(struct out *o, const char *prefix, unsigned int number,
	      uint32_t snaplen);

/** out_packet() - Write a packet, or say why not and exit 1 */
void out_packet(struct out *o, const struct packet *p);

/** out_close() - Write the rest, or say why not and exit 1 */
void out_close(struct out *o);

/** out_die() - Say "PROGRAM: @what: @why" and exit 1 */
void out_die(const char *what, const char *why) __attribute__((noreturn));

#endif /* BENCH_OUT_H */
