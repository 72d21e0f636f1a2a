/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of explain share
 */
#ifndef EXPLAIN_PRIVATE_H
#define EXPLAIN_PRIVATE_H

#include <asymcap/explain.h>

/* The names of a connection, and that of its answer. */
#define TRACE_TUPLES (FINDING_TUPLES + 1)

/* ---- trace.c */

/**
 * explain_has_isn() - Whether the ISN of a connection is one that was seen
 *
 * A connection that was found sound long ago has lost its sightings.
 */
bool explain_has_isn(const struct finding *f);

/* ---- sequence.c */

#define SEQUENCE_HOLES 16
#define SEQUENCE_SENT  16

/** struct sequence_hole - Numbers that were passed over: @from up to @to */
struct sequence_hole {
	uint32_t from;
	uint32_t to;
};

/**
 * struct sequence_side - What one end has sent, in relative numbers
 * @known:	It has sent anything that takes numbers
 * @next:	The number after the highest that it has sent
 * @hole:	What has not been seen below that, the newest last
 * @sent:	The last packets that took numbers, and how often each was sent
 * @acked:	Its last packet was a bare ACK of @ack, with @window
 */
struct sequence_side {
	bool known;
	uint32_t next;
	struct sequence_hole hole[SEQUENCE_HOLES];
	unsigned holes;
	struct {
		uint32_t seq;
		uint32_t end;
		uint32_t times;
		struct timestamp first;
	} sent[SEQUENCE_SENT];
	unsigned sent_at;
	bool acked;
	uint32_t ack;
	uint16_t window;
};

/**
 * struct sequence - Sequence numbers of a connection
 * @base:	What relative numbers are counted from, by space and direction.
 *		A firewall may rewrite numbers: then each tuple is a space
 * @has_base:	Whether it is known
 */
struct sequence {
	uint32_t base[TRACE_TUPLES][2];
	bool has_base[TRACE_TUPLES][2];
	struct sequence_side side[2];
};

/**
 * sequence_relate() - Make the numbers of a packet relative
 * @q:		Sequence; learns where to count from
 * @space:	Of the packet's tuple
 * @s:		Segment
 * @p:		Packet with its direction; @seq and @ack are set
 */
void sequence_relate(struct sequence *q, unsigned space,
		     const struct segment *s, struct ladder_packet *p);

/**
 * sequence_note() - Say of a packet what its numbers tell
 * @q:		Sequence
 * @p:		The next packet in time order; @notes and what belongs to them
 */
void sequence_note(struct sequence *q, struct ladder_packet *p);

/* ---- copies.c */

struct copies;

/** copies_new() - No packet yet; @how is borrowed */
struct copies *copies_new(const struct trace_how *how);
void copies_free(struct copies *c);

/** copies_time() - When it was, by a clock that all taps share */
struct timestamp copies_time(const struct copies *c, uint8_t tap,
			     struct timestamp t);

/**
 * copies_add() - Add what a tap shows
 * @c:		Copies; copies_take() must have been asked before
 * @copy:	A packet with one sighting
 */
void copies_add(struct copies *c, const struct ladder_packet *copy);

/**
 * copies_take() - Take out the oldest packet, if it is complete
 * @c:		Copies
 * @now:	Time of what comes next
 * @p:		Result
 *
 * Return: false if there is none
 */
bool copies_take(struct copies *c, struct timestamp now,
		 struct ladder_packet *p);

/* ---- ladder.c */

struct builder;

/**
 * builder_new() - An empty ladder
 * @how:	Borrowed
 * @about:	The connection, borrowed
 */
struct builder *builder_new(const struct trace_how *how,
			    const struct finding *about);
void builder_free(struct builder *b);

/**
 * builder_add() - Add a copy of a packet
 * @b:		Builder
 * @s:		Segment of the connection, or what an ICMP error quotes of it
 * @tap:	Where
 * @tuple:	Which of its tuples
 * @dir:	0: from the client, 1: from the server
 */
void builder_add(struct builder *b, const struct segment *s, uint8_t tap,
		 unsigned tuple, unsigned dir);

/** builder_stranger() - Count a segment that only looks like one of it */
void builder_stranger(struct builder *b);

/** builder_finish() - There is no more; Return: the ladder, borrowed */
const struct ladder *builder_finish(struct builder *b);

/* ---- where.c */

/**
 * where_note() - Say where a packet was lost, and where it came from
 * @how:	Of the run
 * @client_inside: Which way it went
 * @p:		Packet with all its sightings
 */
void where_note(const struct trace_how *how, bool client_inside,
		struct ladder_packet *p);

/**
 * where_client() - Whether a packet shows on which side of the edge its
 *		    client is
 * @how:	Of the run
 * @p:		Packet with all its sightings
 * @inside:	Result
 */
bool where_client(const struct trace_how *how, const struct ladder_packet *p,
		  bool *inside);

#endif /* EXPLAIN_PRIVATE_H */
