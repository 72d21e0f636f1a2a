/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng: blocks, and those of them that describe instead of carrying frames
 */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include "input.h"

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html */
enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE = 3,
	BLOCK_NAMES = 4,
	BLOCK_STATISTICS = 5,
	BLOCK_ENHANCED = 6,
	BLOCK_JOURNAL = 9, /* of systemd */
	BLOCK_SECRETS = 10,
	BLOCK_CUSTOM = 0x0bad,
	BLOCK_CUSTOM_KEEP = 0x40000bad, /* not to be copied, in fact */
	BLOCK_SECTION = 0x0a0d0d0a,
};

/**
 * struct block - A block that lies whole in the window
 * @type:	enum block_type, or any other number
 * @body:	What follows type and length, borrowed
 * @size:	Bytes of the body, without the second length
 * @offset:	Offset of the block in the input
 */
struct block {
	uint32_t type;
	const uint8_t *body;
	uint32_t size;
	uint64_t offset;
};

/**
 * block_damaged() - End an input at a block that contradicts itself
 * @in:		Input
 * @b:		Block
 * @what:	What is wrong, to go after "the block at byte N "
 *
 * Return: false
 */
bool block_damaged(struct input *in, const struct block *b, const char *what);

/*
 * Take in a block of the type that the name says.  Return true, or false with
 * the input ended.
 */
bool section_begin(struct input *in, const struct block *b);
bool interface_add(struct input *in, const struct block *b);
bool statistics_take(struct input *in, const struct block *b);

/**
 * tick_set() - Prepare to convert time stamps
 * @t:		Result
 * @resolution:	As in option if_tsresol: a negative power of 10, or of 2 if the
 *		top bit is set
 * @offset_s:	As in option if_tsoffset, seconds
 */
void tick_set(struct tick *t, uint8_t resolution, int64_t offset_s);

/**
 * tick_ns() - Nanoseconds since the epoch for a time stamp
 * @t:		Clock of the interface
 * @ticks:	Time stamp
 *
 * Return: the time; -1 for any before 1970, INT64_MAX for any after
 *	   FRAME_TIME_MAX
 */
int64_t tick_ns(const struct tick *t, uint64_t ticks);

#endif /* CAPTURE_PCAPNG_H */
