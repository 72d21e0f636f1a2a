/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame_refusals: one sample frame for every reason to give no segment
 */
#ifndef FRAME_REFUSALS_H
#define FRAME_REFUSALS_H

#include "frame_builder.h"

/**
 * struct frame_refusal - A frame and what decode must say to it
 * @name:	For messages
 * @link_type:	Link type number
 * @build:	Appends the whole frame
 * @result:	What decode must return; DECODE_TCP for those that stand at
 *		a limit
 */
struct frame_refusal {
	const char *name;
	uint16_t link_type;
	void (*build)(struct frame_builder *b);
	enum decode_result result;
};

extern const struct frame_refusal frame_refusals[];
extern const size_t frame_refusal_count;

#endif /* FRAME_REFUSALS_H */
