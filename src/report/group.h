/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * group: findings that are one thing to the person who must mend it
 */
#ifndef REPORT_GROUP_H
#define REPORT_GROUP_H

#include "private.h"

/**
 * struct group_key - What the findings of a group have in common
 *
 * Compared as bytes: no padding.  A prefix is its first address and its
 * length; a length of 0xff says that there is none.
 */
struct group_key {
	struct addr client;
	struct addr server;
	struct addr escaped;
	uint64_t syn_circuits;
	uint64_t answer_circuits;
	uint16_t service;
	uint16_t cause;
	uint8_t client_len;
	uint8_t server_len;
	uint8_t escaped_len;
	uint8_t rule;
	uint8_t severity;
	uint8_t impact;
	uint8_t direction;
	uint8_t reason;
	uint8_t circuit;
	uint8_t owner;
	uint8_t tap;
	uint8_t other_tap;
	uint8_t dropped_at;
	uint8_t answer_is_rst;
	uint8_t spare[6];
};
static_assert(sizeof(struct group_key) == 3 * 16 + 2 * 8 + 2 * 2 + 20,
	      "keys are compared as bytes");

#define GROUP_NO_PREFIX 0xff

/**
 * struct report_group - A group
 * @key:	What they have in common
 * @start:	First of its members in report_groups.member
 * @count:	How many findings
 * @packets:	Sum of their counts
 * @first:	Time of the first
 * @last:	Time at which any of them was last seen
 * @taps_missing: Bit n: for any of them, packets of tap n would decide
 * @port:	Server port of all of them; 0 where they differ
 */
struct report_group {
	struct group_key key;
	size_t start;
	size_t count;
	uint64_t packets;
	struct timestamp first;
	struct timestamp last;
	uint64_t taps_missing;
	uint16_t port;
};

/**
 * struct report_groups - All groups, the gravest first
 * @member:	Indexes of findings, those of a group together and in order
 */
struct report_groups {
	struct report_group *group;
	size_t count;
	uint32_t *member;
};

/**
 * groups_make() - Group the findings of a report
 * @g:		Result, to be given to groups_free()
 * @r:		Report, its findings sorted
 */
void groups_make(struct report_groups *g, const struct report *r);
void groups_free(struct report_groups *g);

#endif /* REPORT_GROUP_H */
