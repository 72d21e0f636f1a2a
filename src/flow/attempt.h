/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which attempt of its tuple a segment belongs to
 */
#ifndef FLOW_ATTEMPT_H
#define FLOW_ATTEMPT_H

#include "meet.h"

/** attempt_of_syn_in() - attempt_of_syn() where there is an attempt */
struct flow *attempt_of_syn_in(const struct meeting *m, struct flow *head);

/**
 * attempt_of_syn() - The attempt that a SYN belongs to
 * @m:		Meeting
 * @head:	Newest attempt on the tuple, or NULL
 *
 * May turn what came before the SYN into its attempt.
 *
 * Return: NULL if it begins one
 */
static inline struct flow *attempt_of_syn(const struct meeting *m,
					  struct flow *head)
{
	return head ? attempt_of_syn_in(m, head) : NULL;
}

/** attempt_of_answer() - The attempt that a SYN-ACK belongs to, likewise */
struct flow *attempt_of_answer(const struct meeting *m, struct flow *head);

/** attempt_nearest_of() - attempt_nearest() of several */
struct flow *attempt_nearest_of(const struct meeting *m, struct flow *head);

/** attempt_nearest() - The attempt nearest in sequence space; NULL of none */
static inline struct flow *attempt_nearest(const struct meeting *m,
					   struct flow *head)
{
	return head && head->has_older ? attempt_nearest_of(m, head) : head;
}

/**
 * attempt_new() - A new attempt on the tuple: the one before is as good as over
 * @m:		Meeting
 * @head:	Newest attempt, or NULL
 * @from_client: Whether the segment comes from the client
 */
struct flow *attempt_new(const struct meeting *m, struct flow *head,
			 bool from_client);

#endif /* FLOW_ATTEMPT_H */
