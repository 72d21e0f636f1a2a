/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * write: frames out, as pcapng
 *
 * DOC: Theory of operation
 *
 * Each function appends one whole block to a string, so that whoever writes
 * the string in one call writes whole blocks: a reader, or a run after one
 * that was killed, never meets a block without its end.
 *
 * Wireshark takes a file as it comes.  libpcap wants all interfaces of a file
 * to be alike in link type and snap length; the snap length is one and the
 * same here, the link type is the caller's.  Every interface counts time in
 * nanoseconds, whatever its packets came from.
 *
 * Text of an option is UTF-8 by the standard, and shown on a screen.  Names
 * come from files that anybody may have written, so all text is made safe
 * here, line by line.
 */
#include "pcapng.h"

#include <stdlib.h>
#include <string.h>

#define ORDER_MAGIC   0x1a2b3c4du
#define VERSION_MAJOR 1
#define BLOCK_EDGES   12
#define NO_SIZE	      UINT64_MAX /* of a section: to its end */
#define TEXT_BYTES    32000 /* of an option; the format has room for twice */
#define RESOLUTION_NS 9	    /* nanoseconds, as a negative power of ten */

/* Numbers mean something else in each block. */
enum out_option {
	OUT_COMMENT = 1,
	OUT_SECTION_PROGRAM = 4,
	OUT_IF_NAME = 2,
	OUT_IF_DESCRIPTION = 3,
	OUT_IF_RESOLUTION = 9,
	OUT_STATISTICS_DROPS = 5,
};

static void put_u16(struct str *s, uint16_t v)
{
	str_addn(s, (const char *)&v, sizeof(v));
}

static void put_u32(struct str *s, uint32_t v)
{
	str_addn(s, (const char *)&v, sizeof(v));
}

static void put_u64(struct str *s, uint64_t v)
{
	str_addn(s, (const char *)&v, sizeof(v));
}

/* The upper half goes first, whatever the byte order. */
static void put_time(struct str *s, struct timestamp t)
{
	uint64_t ns = t.ns > 0 ? (uint64_t)t.ns : 0;

	put_u32(s, (uint32_t)(ns >> 32));
	put_u32(s, (uint32_t)ns);
}

static void put_bytes(struct str *s, const void *bytes, size_t size)
{
	static const char zero[4];

	str_addn(s, bytes, size);
	str_addn(s, zero, -size & 3);
}

/* ----------------------------------------------------------------- blocks */

/* Begin a block.  Return: where, for block_end(). */
static size_t block_begin(struct str *s, enum block_type type)
{
	size_t at = s->len;

	put_u32(s, type);
	put_u32(s, 0);
	return at;
}

static void block_end(struct str *s, size_t at)
{
	uint32_t length = (uint32_t)(s->len - at + sizeof(length));

	put_u32(s, length);
	memcpy(s->s + at + sizeof(uint32_t), &length, sizeof(length));
}

static void put_option(struct str *s, enum out_option code, const void *value,
		       uint16_t size)
{
	put_u16(s, (uint16_t)code);
	put_u16(s, size);
	put_bytes(s, value, size);
}

/* Lines, each safe to be shown, without a newline at the end */
static void add_lines(struct str *safe, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);

		str_add_safe(safe, line);
		free(line);
		text += n;
		if (*text && *++text)
			str_addc(safe, '\n');
	}
}

/* Cut before a character, not inside of it. */
static size_t text_size(const struct str *safe)
{
	size_t n = safe->len;

	if (n <= TEXT_BYTES)
		return n;
	for (n = TEXT_BYTES; n && ((uint8_t)safe->s[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

static void put_text(struct str *s, enum out_option code, const char *text)
{
	struct str safe = {0};

	if (!text || !*text)
		return;
	add_lines(&safe, text);
	if (safe.len)
		put_option(s, code, safe.s, (uint16_t)text_size(&safe));
	str_free(&safe);
}

static void options_end(struct str *s)
{
	put_u32(s, 0);
}

/* ----------------------------------------------------------------- public */

void pcapng_put_section(struct str *s, const char *comment)
{
	size_t at = block_begin(s, BLOCK_SECTION);

	put_u32(s, ORDER_MAGIC);
	put_u16(s, VERSION_MAJOR);
	put_u16(s, 0);
	put_u64(s, NO_SIZE);
	put_text(s, OUT_COMMENT, comment);
	put_text(s, OUT_SECTION_PROGRAM, "asymcap " ASYMCAP_VERSION);
	options_end(s);
	block_end(s, at);
}

void pcapng_put_interface(struct str *s, const char *name,
			  const char *description, uint16_t link_type)
{
	const uint8_t resolution = RESOLUTION_NS;
	size_t at = block_begin(s, BLOCK_INTERFACE);

	put_u16(s, link_type);
	put_u16(s, 0);
	put_u32(s, PCAPNG_SNAPLEN);
	put_text(s, OUT_IF_NAME, name);
	put_text(s, OUT_IF_DESCRIPTION, description);
	put_option(s, OUT_IF_RESOLUTION, &resolution, sizeof(resolution));
	options_end(s);
	block_end(s, at);
}

void pcapng_put_packet(struct str *s, uint32_t interface, const struct frame *f,
		       const char *comment)
{
	uint32_t size = f->caplen < PCAPNG_SNAPLEN ? f->caplen : PCAPNG_SNAPLEN;
	size_t at = block_begin(s, BLOCK_ENHANCED);

	put_u32(s, interface);
	put_time(s, f->time);
	put_u32(s, size);
	put_u32(s, f->len);
	put_bytes(s, f->data, size);
	if (comment && *comment) {
		put_text(s, OUT_COMMENT, comment);
		options_end(s);
	}
	block_end(s, at);
}

void pcapng_put_drops(struct str *s, uint32_t interface, struct timestamp at,
		      uint64_t drops)
{
	size_t begin = block_begin(s, BLOCK_STATISTICS);

	put_u32(s, interface);
	put_time(s, at);
	put_option(s, OUT_STATISTICS_DROPS, &drops, sizeof(drops));
	options_end(s);
	block_end(s, begin);
}

size_t pcapng_whole(const uint8_t *data, size_t size)
{
	bool swapped = false;
	size_t at = 0;

	if (size < 4 || file_u32(data, false) != BLOCK_SECTION)
		return 0;
	while (size - at >= BLOCK_EDGES) {
		const uint8_t *b = data + at;
		uint32_t length;

		if (file_u32(b, swapped) == BLOCK_SECTION)
			swapped = file_u32(b + 8, true) == ORDER_MAGIC;
		length = file_u32(b + 4, swapped);
		if (length < BLOCK_EDGES || length % 4 || length > size - at ||
		    file_u32(b + length - 4, swapped) != length)
			break;
		at += length;
	}
	return at;
}
