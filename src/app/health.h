/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the taps are worth
 */
#ifndef APP_HEALTH_H
#define APP_HEALTH_H

#include <asymcap/explain.h>

struct pipeline;

/**
 * struct tap_loss - What a tap has not shown, and when that grew
 * @lost:	Drops, gaps and changes
 * @at:		When they were seen to have grown, by clock_monotonic()
 * @changes:	How often it came into the site, or left it
 */
struct tap_loss {
	uint64_t lost;
	int64_t at;
	uint64_t changes;
};

/** health_say() - Live: say what is new, as far as the taps can be trusted */
void health_say(struct pipeline *p);

/**
 * health_trace() - What a trace must know of the taps of a run that is over
 * @how:	Result, but for @rows
 */
void health_trace(struct pipeline *p, struct trace_how *how);

/**
 * health_drops() - What the captures of a tap say that they lost
 * @known:	Set to true if they say anything; may be NULL
 *
 * Where the tap depends on the frame (a trunk), that may be of any tap that
 * the interface shows.
 */
uint64_t health_drops(const struct pipeline *p, uint8_t tap, bool *known);

/** health_end() - Findings about the taps, and what rests on the unreliable */
void health_end(struct pipeline *p);

#endif /* APP_HEALTH_H */
