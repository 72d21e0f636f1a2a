/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * collect: the packets of some connections, wherever they are
 */
#ifndef APP_COLLECT_H
#define APP_COLLECT_H

#include "pipeline.h"

/* --------------------------------------------------------------- wanted */

/**
 * struct wanted - Connections whose packets are wanted
 *
 * A connection is the flows (5-tuples) that a NAT made of it, each with the
 * time in which its packets are wanted, under one number.
 */
struct wanted;

struct wanted *wanted_new(void);
void wanted_free(struct wanted *w);

/**
 * wanted_add() - Want the packets of a flow, both directions
 * @w:		Wanted
 * @t:		Its ends
 * @from, @to:	Packet time; the ends count
 * @id:		Number of the connection; a flow that it has already is
 *		wanted for as long as both times say
 */
void wanted_add(struct wanted *w, const struct tuple *t, struct timestamp from,
		struct timestamp to, uint32_t id);

/**
 * wanted_next() - Whose packet a segment is
 * @w:		Wanted
 * @s:		Segment, or what an ICMP error quotes
 * @at:		0 at first, then as it was left
 * @id:		Result: the next connection that wants it
 *
 * Return: whether there was one more
 */
bool wanted_next(const struct wanted *w, const struct segment *s, uint32_t *at,
		 uint32_t *id);

/**
 * collect_time() - When the packets of a finding's connection may be seen
 * @f:		Finding about a connection
 * @from, @to:	Result: a second around what is known of it; of one that was
 *		open already, from the beginning of time; of one that moved,
 *		from some seconds before that
 */
void collect_time(const struct finding *f, struct timestamp *from,
		  struct timestamp *to);

/* ------------------------------------------------------ the second reading */

/** struct collected - A packet of a wanted connection, borrowed for the call */
struct collected {
	const struct frame *frame;
	const struct segment *segment;
	uint8_t tap;
	uint32_t id;
};

/**
 * collect_possible() - Whether an input can be read a second time
 *
 * A pipe, a device or a network interface cannot.
 */
bool collect_possible(const struct capture_input *in);

/**
 * collect_open() - Open the files of a run for a second reading
 * @first:	Its capture, opened
 *
 * To be called before privileges are given up; the memory of files that are
 * mapped twice is shared.
 *
 * Return: for capture_free()
 */
struct capture *collect_open(const struct capture *first);

/**
 * collect_again() - Read the files of a run once more
 * @p:		Pipeline that has run
 * @c:		From collect_open() for its capture; read to its end here
 * @w:		What is wanted
 * @take:	Called for each packet, in time order over all files; several
 *		times where several connections want it.  Numbers of taps and
 *		capture interfaces are those of the run.  ICMP errors that quote
 *		a wanted flow are among them (%SEGMENT_QUOTED).
 * @arg:	Passed on
 *
 * Return: whether every file showed what it had shown before; if not, a line
 *	   was printed for each that did not
 */
bool collect_again(const struct pipeline *p, struct capture *c,
		   const struct wanted *w,
		   void (*take)(void *arg, const struct collected *packet),
		   void *arg);

#endif /* APP_COLLECT_H */
