/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * image: capture files built in memory, in either byte order
 */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include <asymcap/base.h>

#include <string.h>

/**
 * struct image - Bytes of a file to be
 * @big:	Write integers most significant byte first
 * @size:	Bytes in use
 * @b:		The bytes
 */
struct image {
	bool big;
	size_t size;
	uint8_t b[8192];
};

static inline void image_add(struct image *m, const void *data, size_t size)
{
	assert(m->size + size <= sizeof(m->b));
	memcpy(m->b + m->size, data, size);
	m->size += size;
}

static inline void image_uint(struct image *m, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		size_t shift = 8 * (m->big ? size - 1 - i : i);
		uint8_t b = (uint8_t)(v >> shift);

		image_add(m, &b, 1);
	}
}

static inline void image_u16(struct image *m, uint32_t v)
{
	image_uint(m, v, 2);
}

static inline void image_u32(struct image *m, uint32_t v)
{
	image_uint(m, v, 4);
}

/* @n bytes that tell one frame from another */
static inline void image_data(struct image *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		image_uint(m, n + i, 1);
}

/* ------------------------------------------------------------------ pcap */

static inline void image_pcap(struct image *m, uint32_t magic, uint32_t snaplen,
			      uint32_t network)
{
	image_u32(m, magic);
	image_u16(m, 2);
	image_u16(m, 4);
	image_uint(m, 0, 8);
	image_u32(m, snaplen);
	image_u32(m, network);
}

/* A record with @caplen bytes of data; @extra bytes more in its header */
static inline void image_record(struct image *m, uint32_t sec, uint32_t part,
				uint32_t caplen, uint32_t len, size_t extra)
{
	image_u32(m, sec);
	image_u32(m, part);
	image_u32(m, caplen);
	image_u32(m, len);
	image_uint(m, 0x5a5a, extra);
	image_data(m, caplen);
}

/* ---------------------------------------------------------------- pcapng */

/* Begin a block; image_end() with the result puts its lengths in. */
static inline size_t image_block(struct image *m, uint32_t type)
{
	image_u32(m, type);
	image_u32(m, 0);
	return m->size - 8;
}

static inline void image_pad(struct image *m)
{
	while (m->size % 4)
		image_uint(m, 0, 1);
}

static inline void image_end(struct image *m, size_t block)
{
	size_t size;
	uint32_t length;

	image_pad(m);
	length = (uint32_t)(m->size + 4 - block);
	size = m->size;
	m->size = block + 4;
	image_u32(m, length);
	m->size = size;
	image_u32(m, length);
}

static inline void image_option(struct image *m, uint16_t code,
				const void *data, uint16_t size)
{
	image_u16(m, code);
	image_u16(m, size);
	image_add(m, data, size);
	image_pad(m);
}

static inline void image_section(struct image *m, uint16_t major)
{
	size_t b = image_block(m, 0x0a0d0d0a);

	image_u32(m, 0x1a2b3c4d);
	image_u16(m, major);
	image_u16(m, 0);
	image_uint(m, UINT64_MAX, 8);
	image_end(m, b);
}

/* An interface; a negative resolution means that there is no such option */
static inline void image_interface(struct image *m, uint16_t link,
				   uint32_t snaplen, const char *name,
				   int resolution, int64_t offset)
{
	size_t b = image_block(m, 1);
	uint8_t r = (uint8_t)resolution;

	image_u16(m, link);
	image_u16(m, 0);
	image_u32(m, snaplen);
	if (name)
		image_option(m, 2, name, (uint16_t)strlen(name));
	if (resolution >= 0)
		image_option(m, 9, &r, 1);
	if (offset) {
		image_u16(m, 14);
		image_u16(m, 8);
		image_uint(m, (uint64_t)offset, 8);
	}
	image_u32(m, 0);
	image_end(m, b);
}

/* An Enhanced Packet Block, or with @type 2 the obsolete Packet Block */
static inline void image_packet(struct image *m, uint32_t type, uint32_t id,
				uint64_t ticks, uint32_t caplen, uint32_t len)
{
	size_t b = image_block(m, type);

	if (type == 2) {
		image_u16(m, id);
		image_u16(m, 0xffff);
	} else {
		image_u32(m, id);
	}
	image_u32(m, (uint32_t)(ticks >> 32));
	image_u32(m, (uint32_t)ticks);
	image_u32(m, caplen);
	image_u32(m, len);
	image_data(m, caplen);
	image_end(m, b);
}

static inline void image_simple(struct image *m, uint32_t caplen, uint32_t len)
{
	size_t b = image_block(m, 3);

	image_u32(m, len);
	image_data(m, caplen);
	image_end(m, b);
}

#endif /* TEST_IMAGE_H */
