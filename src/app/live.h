/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is said while a run goes on, and what time it is then
 */
#ifndef APP_LIVE_H
#define APP_LIVE_H

#include <asymcap/capture.h>
#include <asymcap/flow.h>

struct pipeline;

/**
 * struct live_clock - Packet time by the clock, as far as streams tell
 * @ahead:	Packet time less the clock's, for the frame with least delay of
 *		this minute and of the one before, ns
 * @minute:	When this minute began, by clock_monotonic()
 * @first:	As @ahead, for the first frame
 * @began:	When that came
 * @running:	There was one
 */
struct live_clock {
	int64_t ahead[2];
	int64_t minute;
	int64_t first;
	int64_t began;
	bool running;
};

/**
 * live_notice() - flow_sink.notice: tell what is certain of a connection
 * @arg:	Pipeline
 */
uint32_t live_notice(void *arg, const struct connection *c);

/** live_connection() - It is over: tell what was not told yet */
void live_connection(struct pipeline *p, const struct connection *c);

/**
 * live_batch() - A batch has been taken: now and then, say what is new
 * @p:		Pipeline
 * @frames:	The batch, still borrowed
 * @count:	How many, may be 0
 */
void live_batch(struct pipeline *p, const struct frame *frames, size_t count);

/** live_clock_see() - A frame of a stream came at @now (clock_monotonic()) */
void live_clock_see(struct live_clock *k, struct timestamp packet, int64_t now);

/**
 * live_clock_tell() - Packet time at @now
 *
 * Return: false if the streams do not say
 */
bool live_clock_tell(const struct live_clock *k, int64_t now,
		     struct timestamp *packet);

#endif /* APP_LIVE_H */
