/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng: the capture file of Wireshark, with many interfaces
 *
 * DOC: Theory of operation
 *
 * The file is a series of blocks: type, length, body, length again.  A
 * Section Header Block gives the byte order of what follows and forgets all
 * interfaces; an Interface Description Block adds the next interface of the
 * section; packet blocks name theirs by number, which gives link type, snap
 * length and the unit of time.  Sections of different byte order may follow
 * each other.
 *
 * block_next() is the only place that moves in the window: it hands out a
 * block only when it lies whole in it, both lengths agree and they are
 * within bounds.  Handlers see a body with a size, nothing else.  A length
 * that is no multiple of four is rounded up, as the padding on disk is.
 *
 * Frame numbers are Wireshark's: it also numbers custom and journal blocks.
 */
#include "pcapng.h"

#include <inttypes.h>
#include <stdlib.h>

#define BLOCK_HEAD    8
#define BLOCK_EDGES   12 /* head, and the length at the end */
#define BLOCK_MAX     SOURCE_MAX
#define SECTION_ORDER 12 /* bytes that tell the byte order */
#define ORDER_MAGIC   0x1a2b3c4du

bool block_damaged(struct input *in, const struct block *b, const char *what)
{
	input_end(in, CAPTURE_BAD,
		  "is damaged: the block at %s %" PRIu64 " (type %#" PRIx32
		  ") %s%s: fetch the file again",
		  input_bytes(in), b->offset, b->type, what, input_rest(in));
	return false;
}

/* The byte order of a section stands after the length of its first block. */
static bool order_set(struct input *in, struct block *b, bool fresh)
{
	struct pcapng_reader *r = &in->pcapng;
	const uint8_t *p;

	if (input_want(in, SECTION_ORDER, "block", fresh) != INPUT_HAVE)
		return false;
	p = in->source.p + BLOCK_HEAD;
	if (file_u32(p, false) != ORDER_MAGIC &&
	    file_u32(p, true) != ORDER_MAGIC)
		return block_damaged(in, b, "shows no byte order");
	r->swapped = file_u32(p, true) == ORDER_MAGIC;
	return true;
}

/* The next block; false when it is not there yet or the input has ended */
static bool block_next(struct input *in, struct block *b, bool fresh)
{
	const bool *swapped = &in->pcapng.swapped;
	struct source *s = &in->source;
	uint32_t length;
	uint32_t whole;
	uint32_t again;

	if (!source_has(s, BLOCK_EDGES) &&
	    input_want(in, BLOCK_EDGES, "block", fresh) != INPUT_HAVE)
		return false;
	b->offset = source_offset(s);
	b->type = file_u32(s->p, *swapped);
	if (b->type == BLOCK_SECTION && !order_set(in, b, fresh))
		return false;
	length = file_u32(s->p + 4, *swapped);
	if (length < BLOCK_EDGES || length > BLOCK_MAX)
		return block_damaged(in, b, "has an absurd length");
	whole = (length + 3) & ~3u;
	if (!source_has(s, whole) &&
	    input_want(in, whole, "block", fresh) != INPUT_HAVE)
		return false;
	again = file_u32(s->p + whole - 4, *swapped);
	if (again != length && again != whole)
		return block_damaged(in, b, "has two lengths that differ");
	b->body = s->p + BLOCK_HEAD;
	b->size = length - BLOCK_EDGES;
	s->p += whole;
	return true;
}

/* ------------------------------------------------------------- packets */

/* Fill in what all packet blocks share; the data begins at @data. */
static inline bool frame_set(struct input *in, const struct block *b,
			     struct frame *f, uint32_t id, uint32_t data,
			     uint32_t caplen, uint32_t len)
{
	const struct pcapng_interface *i;

	if (id >= in->pcapng.count)
		return block_damaged(in, b,
				     "names an interface that was not "
				     "described");
	if (caplen > b->size - data)
		return block_damaged(in, b,
				     "holds less than the packet that "
				     "it claims to hold");
	i = &in->pcapng.interface[id];
	f->data = b->body + data;
	f->number = ++in->number;
	f->caplen = caplen;
	f->len = caplen > len ? caplen : len;
	f->interface = i->index;
	f->link_type = i->link_type;
	in->pub.mended += caplen > len;
	return true;
}

static inline void frame_time(struct input *in, struct frame *f,
			      const struct tick *t, const uint8_t *p)
{
	const bool swapped = in->pcapng.swapped;
	uint64_t ticks =
		(uint64_t)file_u32(p, swapped) << 32 | file_u32(p + 4, swapped);
	int64_t ns = tick_ns(t, ticks);

	if (ns < 0 || ns > FRAME_TIME_MAX) {
		in->pub.clamped++;
		ns = ns < 0 ? 0 : FRAME_TIME_MAX;
	}
	in->pub.backwards += ns < in->last_ns;
	in->last_ns = ns;
	f->time.ns = ns;
}

/* Enhanced Packet Block: interface, time, two lengths, data, options */
static inline bool enhanced_take(struct input *in, const struct block *b,
				 struct frame *f)
{
	const bool swapped = in->pcapng.swapped;
	uint32_t id;

	if (b->size < 20)
		return block_damaged(in, b, "is too short");
	id = file_u32(b->body, swapped);
	if (!frame_set(in, b, f, id, 20, file_u32(b->body + 12, swapped),
		       file_u32(b->body + 16, swapped)))
		return false;
	frame_time(in, f, &in->pcapng.interface[id].tick, b->body + 4);
	return true;
}

/* Packet Block: the same, with 16 bits of interface and 16 of drops */
static bool packet_take(struct input *in, const struct block *b,
			struct frame *f)
{
	const bool swapped = in->pcapng.swapped;
	uint32_t id;

	if (b->size < 20)
		return block_damaged(in, b, "is too short");
	id = file_u16(b->body, swapped);
	if (!frame_set(in, b, f, id, 20, file_u32(b->body + 12, swapped),
		       file_u32(b->body + 16, swapped)))
		return false;
	frame_time(in, f, &in->pcapng.interface[id].tick, b->body + 4);
	return true;
}

/* Simple Packet Block: the length on the wire, data of the first interface.
 * It has no time; that of the frame before keeps it in its place.
 */
static bool simple_take(struct input *in, const struct block *b,
			struct frame *f)
{
	uint32_t snaplen;
	uint32_t len;

	if (b->size < 4)
		return block_damaged(in, b, "is too short");
	len = file_u32(b->body, in->pcapng.swapped);
	snaplen = in->pcapng.count ? in->pcapng.interface[0].snaplen : 0;
	if (!frame_set(in, b, f, 0, 4, snaplen && snaplen < len ? snaplen : len,
		       len))
		return false;
	f->time.ns = in->last_ns == INT64_MIN ? 0 : in->last_ns;
	return true;
}

/* ------------------------------------------------------------- the rest */

/* Blocks without a frame */
static bool describe(struct input *in, const struct block *b)
{
	switch (b->type) {
	case BLOCK_SECTION:
		return section_begin(in, b);
	case BLOCK_INTERFACE:
		return interface_add(in, b);
	case BLOCK_STATISTICS:
		return statistics_take(in, b);
	case BLOCK_NAMES:
	case BLOCK_SECRETS:
		return true;
	case BLOCK_CUSTOM:
	case BLOCK_CUSTOM_KEEP:
	case BLOCK_JOURNAL:
		in->number++;
		break;
	}
	in->pub.skipped++;
	return true;
}

/* The next frame; false when it is not there yet or the input has ended */
static inline bool frame_next(struct input *in, struct frame *f, bool fresh)
{
	struct block b;

	while (block_next(in, &b, fresh)) {
		switch (b.type) {
		case BLOCK_ENHANCED:
			return enhanced_take(in, &b, f);
		case BLOCK_PACKET:
			return packet_take(in, &b, f);
		case BLOCK_SIMPLE:
			return simple_take(in, &b, f);
		default:
			if (!describe(in, &b))
				return false;
		}
	}
	return false;
}

static size_t pcapng_fill(struct input *in, struct frame *frames, size_t max,
			  bool fresh)
{
	size_t n = 0;

	while (n < max && frame_next(in, &frames[n], fresh && !n))
		n++;
	return n;
}

bool pcapng_open(struct input *in)
{
	struct block b;

	if (!source_has(&in->source, 4) ||
	    file_u32(in->source.p, false) != BLOCK_SECTION)
		return false;
	in->pub.format = "pcapng";
	in->fill = pcapng_fill;
	return block_next(in, &b, true) && section_begin(in, &b);
}

void pcapng_close(struct input *in)
{
	free(in->pcapng.interface);
	in->pcapng.interface = NULL;
}
