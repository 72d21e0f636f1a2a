/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/frames: frames of plain data, in memory and in a file
 */
#include "frames.h"

#include "draw.h"
#include "out.h"
#include "packet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SNAPLEN	     96
#define FRAMES_EPOCH (1767225600ll * NSEC_PER_SEC) /* 2026-01-01T00:00:00Z */
#define PACE	     2000 /* ns from each to the next */

void frames_make(struct frames *f, size_t count, const char *folder)
{
	uint64_t rng = 1;
	uint8_t *at;
	int fd;

	f->bytes = malloc(24 + count * (16 + SNAPLEN));
	f->frame = calloc(count, sizeof(*f->frame));
	if (!f->bytes || !f->frame)
		out_die("memory", strerror(errno));
	at = f->bytes + packet_file_header(f->bytes, SNAPLEN);
	for (size_t i = 0; i < count; i++) {
		uint32_t id = draw_below(&rng, 20000);
		uint8_t src[4] = {20, 0, (uint8_t)(id >> 8), (uint8_t)id};
		struct packet p = {
			.time = (uint64_t)(FRAMES_EPOCH + (int64_t)i * PACE),
			.src = src,
			.dst = (const uint8_t[]){40, 96, 0, 1},
			.sport = 1024,
			.dport = 443,
			.flags = PACKET_PSH | PACKET_ACK,
			.payload = (uint16_t)draw_below(&rng, 1400),
			.timestamps = true,
		};
		size_t size = packet_record(at, &p, SNAPLEN);

		f->frame[i] = (struct frame){
			.time = {(int64_t)p.time},
			.data = at + 16,
			.number = i + 1,
			.caplen = (uint32_t)size - 16,
			.len = 66u + p.payload,
			.link_type = LINK_ETHERNET,
		};
		at += size;
	}
	f->count = count;
	f->size = (size_t)(at - f->bytes);
	snprintf(f->path, sizeof(f->path), "%s/micro-XXXXXX", folder);
	fd = mkstemp(f->path);
	if (fd < 0)
		out_die(f->path, strerror(errno));
	for (size_t done = 0; done < f->size;) {
		ssize_t n = write(fd, f->bytes + done, f->size - done);

		if (n < 0) {
			unlink(f->path);
			out_die(f->path, strerror(errno));
		}
		done += (size_t)n;
	}
	close(fd);
}

void frames_free(struct frames *f)
{
	unlink(f->path);
	free(f->bytes);
	free(f->frame);
}
