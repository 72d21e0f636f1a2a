/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/frames: frames of plain data, in memory and in a file
 */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <asymcap/capture.h>

/**
 * struct frames - A pcap file and its frames
 * @bytes:	What the file holds
 * @size:	Bytes of it
 * @frame:	Its frames, which point into @bytes
 * @count:	How many
 * @path:	Of the file
 */
struct frames {
	uint8_t *bytes;
	size_t size;
	struct frame *frame;
	size_t count;
	char path[4096];
};

/** frames_make() - Frames of 20,000 connections, and a file of a name drawn
 *		   anew in @folder; or say why not and exit 1
 */
void frames_make(struct frames *f, size_t count, const char *folder);

/** frames_free() - Free them, and remove the file */
void frames_free(struct frames *f);

#endif /* BENCH_FRAMES_H */
