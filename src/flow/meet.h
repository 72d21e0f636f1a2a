/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files share that let a segment meet its flow
 *
 * track.c	the meeting, by kind of segment
 * attempt.c	which attempt of the tuple a segment belongs to
 * state.c	steps from state to state
 * evidence.c	what packets of the handshake leave behind
 * path.c	sources and circuits of the directions
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

/* ---- attempt.c */

/**
 * attempt_of_syn() - The attempt that a SYN belongs to
 * @m:		Meeting
 * @head:	Newest attempt on the tuple, or NULL
 *
 * May turn what came before the SYN into its attempt.
 *
 * Return: NULL if it begins one
 */
struct flow *attempt_of_syn(const struct meeting *m, struct flow *head);

/** attempt_of_answer() - The attempt that a SYN-ACK belongs to, likewise */
struct flow *attempt_of_answer(const struct meeting *m, struct flow *head);

/** attempt_nearest() - The attempt nearest in sequence space; NULL of none */
struct flow *attempt_nearest(const struct meeting *m, struct flow *head);

/**
 * attempt_new() - A new attempt on the tuple: the one before is as good as over
 * @m:		Meeting
 * @head:	Newest attempt, or NULL
 * @from_client: Whether the segment comes from the client
 */
struct flow *attempt_new(const struct meeting *m, struct flow *head,
			 bool from_client);

/* ---- state.c */

/** state_answered() - See whether a flow has SYN and answer, and what follows */
void state_answered(const struct meeting *m, struct flow *f);

/** state_completed() - See whether its handshake is complete, and open it */
void state_completed(const struct meeting *m, struct flow *f);

/** state_close() - Both ends are through with it, or it was reset */
void state_close(struct flow_table *t, struct flow *f);

/* ---- evidence.c */

/** evidence_sighting() - Write down where and when the segment was seen */
void evidence_sighting(const struct meeting *m, struct sighting *at,
		       bool resent);

/**
 * evidence_seen() - The segment is one of a kind of which sightings are kept
 *
 * Return: whether the packet was sent again, not just seen again
 */
bool evidence_seen(const struct meeting *m, struct seen_packets *g);

/** evidence_syn() - Keep what a SYN says; evidence_answer() - a SYN-ACK */
void evidence_syn(const struct meeting *m, struct flow *f);
void evidence_answer(const struct meeting *m, struct flow *f);

/** evidence_later() - Keep the later one of two times */
static inline void evidence_later(struct timestamp *at, struct timestamp when)
{
	if (time_diff(when, *at) > 0)
		*at = when;
}

/* ---- path.c */

/** path_note() - Source, tap and circuit of a segment that met @f */
void path_note(const struct meeting *m, struct flow *f, unsigned dir);

#endif /* FLOW_MEET_H */
