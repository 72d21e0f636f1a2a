/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/captures: the packets of a world as capture files
 */
#include "output.h"

#include <stdlib.h>
#include <string.h>

#define SHUFFLE (10 * MSEC)
#define OFFSET	(50 * MSEC)

/** struct record - A packet with the time its capture gives it */
struct record {
	int64_t stamp;
	int64_t order;
	const struct packet *packet;
};

static const struct tag trunk_tags[TAPS][2] = {
	[TAP_INTERNET] = {{0x88a8, 100}, {0x8100, 10}},
	[TAP_INTERNET_INSIDE] = {{0x88a8, 100}, {0x8100, 11}},
	[TAP_CHI_PRI] = {{0x8100, 200}, {0x8100, 10}},
	[TAP_CHI_SEC] = {{0x8100, 201}, {0x8100, 10}},
	[TAP_CHI_INSIDE] = {{0x8100, 200}, {0x8100, 300}},
	[TAP_DALLAS] = {{0x9100, 300}, {0x8100, 200}},
};

const struct tag *output_trunk_tags(enum tap tap)
{
	return trunk_tags[tap];
}

static int64_t clock_offset(enum tap tap)
{
	if (tap == TAP_DALLAS)
		return -OFFSET;
	return tap == TAP_INTERNET || tap == TAP_INTERNET_INSIDE ? OFFSET : 0;
}

static int record_cmp(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->packet->order < y->packet->order ? -1 : 1;
}

static struct record *make_records(struct world *w,
				   const struct output_options *o)
{
	struct record *r = calloc(w->packets, sizeof(*r));
	size_t i;

	if (!r) {
		perror("generate_truth");
		exit(EXIT_FAILURE);
	}
	for (i = 0; i < w->packets; i++) {
		r[i].packet = &w->packet[i];
		r[i].stamp = r[i].packet->time;
		if (o->offsets)
			r[i].stamp += clock_offset(r[i].packet->tap);
		r[i].order = r[i].stamp;
		if (o->shuffle)
			r[i].order += draw(w) % SHUFFLE;
	}
	qsort(r, w->packets, sizeof(*r), record_cmp);
	return r;
}

/* Numbers in the file's byte order. */
static void out32(FILE *f, uint32_t v, bool big)
{
	uint8_t b[4];
	int i;

	for (i = 0; i < 4; i++)
		b[i] = (uint8_t)(v >> (big ? 24 - 8 * i : 8 * i));
	fwrite(b, 1, 4, f);
}

static void out16(FILE *f, uint16_t v, bool big)
{
	uint8_t b[2] = {(uint8_t)v, (uint8_t)(v >> 8)};

	if (big) {
		b[0] = (uint8_t)(v >> 8);
		b[1] = (uint8_t)v;
	}
	fwrite(b, 1, 2, f);
}

/* ------------------------------------------------------------------- pcap */

static void pcap_header(FILE *f, bool nsec, bool big)
{
	out32(f, nsec ? 0xa1b23c4d : 0xa1b2c3d4, big);
	out16(f, 2, big);
	out16(f, 4, big);
	out32(f, 0, big);
	out32(f, 0, big);
	out32(f, 65535, big);
	out32(f, 1, big);
}

static void pcap_record(FILE *f, const struct record *r, bool nsec, bool big,
			const struct tag *tag)
{
	uint32_t part = (uint32_t)(r->stamp % SEC);
	uint8_t frame[FRAME_MAX];
	size_t size;

	size = frame_build(frame, r->packet, tag);
	out32(f, (uint32_t)(r->stamp / SEC), big);
	out32(f, nsec ? part : part / 1000, big);
	out32(f, (uint32_t)size, big);
	out32(f, (uint32_t)size, big);
	fwrite(frame, 1, size, f);
}

static void write_files(const struct world *w, const struct record *r,
			const struct output_options *o)
{
	bool nsec, big;
	char name[64];
	size_t i;
	FILE *f;
	int tap;

	for (tap = 0; tap < TAPS; tap++) {
		nsec = tap % 2 == 0;
		big = tap / 2 % 2;
		snprintf(name, sizeof(name), "%s.pcap", output_tap_name(tap));
		f = output_open(o, "files", name);
		pcap_header(f, nsec, big);
		for (i = 0; i < w->packets; i++) {
			if ((int)r[i].packet->tap == tap)
				pcap_record(f, &r[i], nsec, big, NULL);
		}
		output_close(f);
	}
}

static void write_trunk(const struct world *w, const struct record *r,
			const struct output_options *o)
{
	FILE *f = output_open(o, "trunk", "trunk.pcap");
	size_t i;

	pcap_header(f, true, false);
	for (i = 0; i < w->packets; i++)
		pcap_record(f, &r[i], true, false,
			    trunk_tags[r[i].packet->tap]);
	output_close(f);
}

/* ----------------------------------------------------------------- pcapng */

/* Time units of the interfaces: 10^-n s, or with the top bit 2^-n s. */
static const uint8_t tsresol[TAPS] = {6, 9, 7, 0x80 | 30, 9, 6};

/* Whole seconds that an interface leaves out of its time stamps. */
static const uint32_t tsoffset[TAPS] = {[TAP_DALLAS] = 1000000};

static void block_start(FILE *f, uint32_t type, size_t body)
{
	out32(f, type, false);
	out32(f, (uint32_t)(12 + body), false);
}

static void block_end(FILE *f, size_t body)
{
	out32(f, (uint32_t)(12 + body), false);
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void out_padded(FILE *f, const void *data, size_t size)
{
	fwrite(data, 1, size, f);
	fwrite("\0\0\0", 1, padded(size) - size, f);
}

static void out_option(FILE *f, uint16_t code, const void *data, size_t size)
{
	out16(f, code, false);
	out16(f, (uint16_t)size, false);
	out_padded(f, data, size);
}

static void pcapng_header(FILE *f)
{
	block_start(f, 0x0a0d0d0a, 16);
	out32(f, 0x1a2b3c4d, false);
	out16(f, 1, false);
	out16(f, 0, false);
	out32(f, 0xffffffff, false);
	out32(f, 0xffffffff, false);
	block_end(f, 16);
}

static void pcapng_interface(FILE *f, enum tap tap)
{
	const char *name = output_tap_name(tap);
	size_t body = 8 + 4 + padded(strlen(name)) + 4 + 4 + 4;
	uint8_t offset[8] = {0};

	if (tsoffset[tap])
		body += 12;
	block_start(f, 1, body);
	out16(f, 1, false);
	out16(f, 0, false);
	out32(f, 0, false);
	out_option(f, 2, name, strlen(name));
	out_option(f, 9, &tsresol[tap], 1);
	if (tsoffset[tap]) {
		memcpy(offset, &(uint32_t){tsoffset[tap]}, 4);
		out_option(f, 14, offset, 8);
	}
	out32(f, 0, false);
	block_end(f, body);
}

static uint64_t to_units(int64_t ns, uint8_t resolution)
{
	uint64_t part = (uint64_t)(ns % SEC), s = (uint64_t)(ns / SEC), n = 1;
	int i;

	if (resolution & 0x80) {
		n = 1ull << (resolution & 0x7f);
		/* rounded up: reading rounds down */
		return s * n + (part * n + SEC - 1) / (uint64_t)SEC;
	}
	for (i = 0; i < resolution; i++)
		n *= 10;
	return s * n + part / ((uint64_t)SEC / n);
}

static void pcapng_packet(FILE *f, const struct record *r)
{
	enum tap tap = r->packet->tap;
	uint8_t frame[FRAME_MAX];
	uint64_t units;
	size_t size, body;

	units = to_units(r->stamp - tsoffset[tap] * SEC, tsresol[tap]);
	size = frame_build(frame, r->packet, NULL);
	body = 20 + padded(size);
	block_start(f, 6, body);
	out32(f, (uint32_t)tap, false);
	out32(f, (uint32_t)(units >> 32), false);
	out32(f, (uint32_t)units, false);
	out32(f, (uint32_t)size, false);
	out32(f, (uint32_t)size, false);
	out_padded(f, frame, size);
	block_end(f, body);
}

static void write_mixed(const struct world *w, const struct record *r,
			const struct output_options *o)
{
	FILE *f = output_open(o, "mixed", "mixed.pcapng");
	size_t i;
	int tap;

	pcapng_header(f);
	for (tap = 0; tap < TAPS; tap++)
		pcapng_interface(f, (enum tap)tap);
	for (i = 0; i < w->packets; i++)
		pcapng_packet(f, &r[i]);
	output_close(f);
}

void output_captures(struct world *w, const struct output_options *o)
{
	static const char *const layouts[] = {"files", "mixed", "trunk"};
	struct record *r = make_records(w, o);
	size_t i;

	write_files(w, r, o);
	write_mixed(w, r, o);
	write_trunk(w, r, o);
	free(r);
	for (i = 0; i < ARRAY_SIZE(layouts); i++)
		output_site(w, o, layouts[i]);
}
