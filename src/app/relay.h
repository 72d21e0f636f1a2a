/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the thread that reads to the one that judges
 */
#ifndef APP_RELAY_H
#define APP_RELAY_H

#include <asymcap/decode.h>
#include <asymcap/flow.h>

#define RELAY_SEGMENTS 256
#define CACHE_LINE     64

/**
 * struct relay_load - Segments that change threads together
 * @count:	How many of @segment and @mark are filled
 */
struct relay_load {
	struct segment segment[RELAY_SEGMENTS]
		__attribute__((aligned(CACHE_LINE)));
	struct flow_mark mark[RELAY_SEGMENTS];
	size_t count;
};

struct relay;

/**
 * relay_start() - Begin to take segments, on a thread of its own if possible
 * @take:	Called for each load, in order; never by two threads at once
 * @arg:	Passed on
 * @threads:	1: all on the caller's thread; 0: as many as there are cores
 */
struct relay *relay_start(void (*take)(void *arg,
				       const struct relay_load *load),
			  void *arg, unsigned threads);

/** relay_load() - The load to fill */
struct relay_load *relay_load(struct relay *r);

/** relay_send() - Hand the load over; waits for room for the next one */
void relay_send(struct relay *r);

/** relay_drain() - Hand over and wait until everything has been taken */
void relay_drain(struct relay *r);

/** relay_stop() - As relay_drain(), then end the thread and free the relay */
void relay_stop(struct relay *r);

#endif /* APP_RELAY_H */
