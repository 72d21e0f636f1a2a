/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * diff: what the files that compare two runs share
 */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include "group.h"
#include "recall.h"

enum { BEFORE, AFTER };

enum diff_change {
	CHANGE_NEW,
	CHANGE_WORSE, /* it was there, and less severe */
	CHANGE_UNCHANGED,
	CHANGE_BETTER,
	CHANGE_GONE,
	CHANGES
};

/** diff_change_name() - "new", "worse", ... */
const char *diff_change_name(enum diff_change c);

/**
 * struct diff_item - Findings alike in rule, circuits, service and ends
 * @key:	What they have in common; the rest of it is 0
 * @group:	By side: the gravest group of them, or NULL
 * @count:	By side: findings
 * @packets:	By side: sum of their counts
 * @severity:	By side: of the gravest
 */
struct diff_item {
	struct group_key key;
	const struct report_group *group[RECALL_SIDES];
	uint64_t count[RECALL_SIDES];
	uint64_t packets[RECALL_SIDES];
	enum severity severity[RECALL_SIDES];
	enum diff_change change;
};

/** struct diff_service - How a service did: -1 where that is not known */
struct diff_service {
	uint16_t service;
	int64_t connections[RECALL_SIDES];
	int64_t completed[RECALL_SIDES];
	int64_t rtt_us[RECALL_SIDES];
};

/**
 * struct diff - Two runs, compared
 * @item:	The worst change first, then the gravest
 * @changes:	How many items of each change
 * @failing:	Items that are new or worse at or above @fail_on
 * @service:	Services of which anything is known
 * @knows:	By side: something is known of its services
 */
struct diff {
	struct recall *rc;
	enum severity fail_on;
	enum diff_result result;
	struct report_groups groups[RECALL_SIDES];
	struct diff_item *item;
	size_t items;
	uint64_t changes[CHANGES];
	uint64_t failing;
	struct diff_service *service;
	size_t services;
	bool knows[RECALL_SIDES];
};

/** diff_fails() - Whether an item is a reason to roll back */
bool diff_fails(const struct diff *d, const struct diff_item *item);

/** diff_walk() - A walk over one side, for its verdict */
struct report_walk diff_walk(const struct diff *d, unsigned side);

/** diff_shown() - The group that shows an item, and its report */
const struct report_group *diff_shown(const struct diff *d,
				      const struct diff_item *item,
				      const struct report **r);

/* Each appends the whole comparison to @out. */
void diff_text(const struct diff *d, struct str *out);
void diff_json(const struct diff *d, struct str *out);
void diff_junit(const struct diff *d, struct str *out);

#endif /* REPORT_DIFF_H */
