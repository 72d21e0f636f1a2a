/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spaces: whose prefixes cover, hold or meet a prefix, without quadratic work
 *
 * DOC: Theory of operation
 *
 * Prefixes nest or are apart.  Sorted by first address, the wider first, each
 * is followed by all that lies in it, and knows the next wider one that it
 * lies in.  So what covers a prefix is a chain from the nearest one upwards,
 * at most as long as there are prefix lengths, and what lies in it is a run.
 * IPv4 comes before IPv6: ::/0 holds no IPv4 here.
 */
#ifndef PLAN_SPACES_H
#define PLAN_SPACES_H

#include <asymcap/site.h>

#define SPACES_NONE SIZE_MAX

/**
 * struct space - A prefix, whose it is, and where it is written
 * @owner:	Circuit or service
 * @parent:	The next wider one that it lies in, equal ones included, or
 *		SPACES_NONE
 */
struct space {
	struct prefix prefix;
	struct site_mark mark;
	size_t owner;
	size_t parent;
};

/** struct spaces - Sorted prefixes; zero-initialise */
struct spaces {
	struct space *item;
	size_t count;
	size_t room;
};

/** spaces_add() - Append one prefix, before spaces_freeze() */
void spaces_add(struct spaces *s, const struct prefix *p, size_t owner,
		struct site_mark mark);

/** spaces_add_all() - spaces_add() of a list */
void spaces_add_all(struct spaces *s, const struct site_prefixes *list,
		    size_t owner);

/** spaces_freeze() - No more is added: sort, drop repeats, link the wider ones */
void spaces_freeze(struct spaces *s);
void spaces_free(struct spaces *s);

/**
 * spaces_cover() - The longest that covers a prefix, equal ones included
 * Return: NULL if none does; spaces_wider() has the next
 */
const struct space *spaces_cover(const struct spaces *s,
				 const struct prefix *p);

/** spaces_wider() - What an item lies in, or NULL */
const struct space *spaces_wider(const struct spaces *s,
				 const struct space *item);

/**
 * spaces_inside() - The first that lies in a prefix, equal ones included
 *
 * Return: NULL if none does; those that follow it in the array lie in it, too,
 *	   as far as spaces_next_inside() gives them
 */
const struct space *spaces_inside(const struct spaces *s,
				  const struct prefix *p);
const struct space *spaces_next_inside(const struct spaces *s,
				       const struct space *item,
				       const struct prefix *p);

/** spaces_meet() - One that shares an address with a prefix, or NULL */
const struct space *spaces_meet(const struct spaces *s, const struct prefix *p);

#endif /* PLAN_SPACES_H */
