/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A segment in the view of the flow that it meets
 *
 * track.c	the meeting, by kind of segment
 * attempt.h	which attempt of the tuple it belongs to; attempt.c has the search
 * state.h	steps from state to state
 * evidence.h	what packets of the handshake leave behind
 * path.h	sources and circuits of the directions; path.c has what is rare
 *
 * These are called for every segment but plain data, so all of it that is not
 * rare is inline, to become one function with track_segment(): a call and the
 * struct meeting in memory would cost as much as the work.
 */
#ifndef FLOW_MEET_H
#define FLOW_MEET_H

#include "flow.h"

/* Farther on in sequence space it is no more the same connection. */
#define SEQUENCE_AHEAD (1u << 30)

/** struct meeting - A segment in the view of the flow it met */
struct meeting {
	struct flow_table *t;
	const struct flow_mark *mark;
	const uint8_t *key;
	const struct segment *s;
	uint8_t tap;
};

/** meeting_dir() - Direction of a segment in a flow: 0 is client to server */
static inline unsigned meeting_dir(const struct flow *f,
				   const struct flow_mark *mark)
{
	return mark->swapped != f->client;
}

/* Only Fast Open sends data with the SYN, so most need not touch @hs. */
static inline uint32_t syn_payload(const struct flow *f)
{
	return (f->seen & SYN_DATA) && f->hs ? f->hs->syn_payload : 0;
}

#endif /* FLOW_MEET_H */
