/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recent: the packets of the last moments, by flow
 */
#ifndef APP_RECENT_H
#define APP_RECENT_H

#include <asymcap/capture.h>

/** struct recent - A bounded memory of packets; the oldest make room */
struct recent;

/**
 * recent_new() - An empty memory
 * @bytes:	Room for packets, at least 64 KiB; an index takes up to an eighth
 *		more
 */
struct recent *recent_new(size_t bytes);
void recent_free(struct recent *r);

/**
 * recent_put() - Remember a packet
 * @f:		Packet, copied; more than a quarter of the room is left out
 * @tap:	Where it was seen
 * @hash:	Of its 5-tuple, the same in both directions
 */
void recent_put(struct recent *r, const struct frame *f, uint8_t tap,
		uint32_t hash);

/**
 * struct recent_packet - A packet that is remembered
 * @at:		Its place in the order of arrival, over all packets
 * @frame:	Its bytes are borrowed until the next recent_put()
 * @tap:	Where it was seen
 */
struct recent_packet {
	uint64_t at;
	struct frame frame;
	uint8_t tap;
};

/**
 * recent_find() - Look for the packets of a flow, the newest first
 * @r:		Memory
 * @hash:	Of the 5-tuple; packets of others may have it, too
 * @from:	Only packets from this place on
 * @look:	Called for each
 * @arg:	Passed on
 */
void recent_find(const struct recent *r, uint32_t hash, uint64_t from,
		 void (*look)(void *arg, const struct recent_packet *p),
		 void *arg);

/** recent_get() - The packet at a place that recent_find() gave */
void recent_get(const struct recent *r, uint64_t at, struct recent_packet *p);

/** recent_end() - The place that the next packet will have, or one below */
uint64_t recent_end(const struct recent *r);

/**
 * recent_gone() - Packets that had to make room
 * @latest:	Result: the latest time of any of them; void if there are none
 */
uint64_t recent_gone(const struct recent *r, struct timestamp *latest);

#endif /* APP_RECENT_H */
