/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * walk: one row of the catalogue, walked from end to end on paper
 */
#ifndef PLAN_WALK_H
#define PLAN_WALK_H

#include "check.h"
#include "loss.h"
#include "routes.h"

#define WALK_NO_SEGMENT (-1)

enum walk_family {
	WALK_V4 = 1,
	WALK_V6 = 2,
};

/**
 * struct walk_row - What is known of a row so far
 * @used:	Circuits (bits) that its packets take with all circuits up, at
 *		the segment that is looked at
 * @left:	Of these, those that requests from the site leave by
 * @said:	Checks (bits) that have a result for it
 * @entered:	Circuits (bits) that inbound requests enter by
 * @ever:	Circuits (bits) of @used at any segment
 * @cut:	With all circuits up, some of its packets find no route
 * @blind:	The plan does not say what something of its path needs
 * @unsure:	While this is down, only circuits are left that may be at the
 *		same location; NULL: none is like that
 * @local:	Places of its local addresses in walk.back, owned
 * @source:	Of each of these, the one circuit that it may be a source on;
 *		WALK_ANY_CIRCUIT, or WALK_NOT_PUBLIC; owned
 * @remote:	Places of its own remote in walk.out, owned; NULL without
 * @users:	Places of its local addresses in walk.users.back, owned; NULL:
 *		no user on the Internet asks it
 */
struct walk_row {
	uint64_t used;
	uint64_t left;
	uint64_t said;
	uint64_t entered;
	uint64_t ever;
	bool cut;
	bool blind;
	const struct loss *unsure;
	size_t *local;
	int *source;
	size_t *remote;
	size_t *users;
};

#define WALK_ANY_CIRCUIT (-1)
#define WALK_NOT_PUBLIC	 (-2)

/**
 * struct walk_users - What is other for users on the Internet, see users.c
 * @back:	What brings their packets to the site; NULL: no row is theirs
 * @out:	What the segment routes to them, or NULL
 * @at:		Places of walk_everybody() in @out, owned
 * @remote:	The site's remote, where no user is
 */
struct walk_users {
	struct routes *back;
	struct routes *out;
	size_t *at;
	struct spaces remote;
};

/**
 * struct walk - Where the walk stands
 * @j:		Judge
 * @back:	What brings packets to the site: its advertisements
 * @out:	What the segment routes to the provider; NULL: not known
 * @segment:	Which segment, or WALK_NO_SEGMENT
 * @heard:	Families (enum walk_family) that it hears any route of
 * @loss:	All that may be down
 * @losses:	How many
 * @located:	Of these, some are locations
 * @down:	What is down now
 * @row:	By service
 * @domain:	By circuit: those (bits) that share its state
 * @pool:	By circuit: places of its pools in @back, owned
 * @site_remote: Places of the site's remote in @out, owned
 * @remote:	What the site's remote takes here, by family; valid if
 *		@remote_known
 * @users:	Users on the Internet
 */
struct walk {
	struct judge *j;
	struct routes *back;
	struct routes *out;
	int segment;
	unsigned heard;
	struct loss loss[LOSS_MAX];
	size_t losses;
	bool located;
	const struct loss *down;
	struct walk_row *row;
	uint64_t domain[SITE_MAX_CIRCUITS];
	size_t *pool[SITE_MAX_CIRCUITS];
	size_t *site_remote;
	bool remote_known;
	uint64_t remote[2];
	bool remote_gap[2];
	struct walk_users users;
};

/** walk_everybody() - 0.0.0.0/0 and ::/0 */
const struct site_prefixes *walk_everybody(void);

/** walk_remote() - Whom a row is about: its own remote, the site's, or all */
const struct site_prefixes *walk_remote(const struct judge *j,
					const struct site_service *s);

/**
 * walk_back() - What leads to the site
 * @j:		Judge
 * @over:	Of these circuits (bits) only
 *
 * What rows and pools ask about is in it, whatever @over is.
 */
struct routes *walk_back(const struct judge *j, uint64_t over);

/** walk_outbound() - Walk a row that the site opens */
void walk_outbound(struct walk *w, size_t service);

/** walk_inbound() - Walk a row that the provider opens */
void walk_inbound(struct walk *w, size_t service);

/** walk_snat() - The inbound source NAT of a row at a circuit, or NULL */
const struct site_snat *walk_snat(const struct site_service *s, size_t circuit);

/* ---- users.c: users on the Internet */

/** users_begin() - Make what users need, if any row is theirs */
void users_begin(struct walk *w);
void users_end(struct walk *w);

/** users_enter_segment() - Make what the segment routes to users */
void users_enter_segment(struct walk *w);
void users_leave_segment(struct walk *w);

/** users_solve() - routes_solve() of their tables */
void users_solve(struct walk *w, uint64_t down);

/** users_leave() - As path_leave(), of answers to users */
uint64_t users_leave(const struct walk *w, unsigned families, bool *gap);

/** users_leave_via() - As path_leave_via(), of answers to users */
bool users_leave_via(const struct walk *w, unsigned families, int circuit,
		     struct routes_via *via);

/* ---- path.c: what both directions need */

/**
 * path_leave() - The circuits (bits) that packets of the segment leave by
 * @w:		Walk with @out
 * @service:	The row whose remote they go to
 * @families:	Of these only
 * @gap:	Set to true if some have no route; else left alone
 */
uint64_t path_leave(struct walk *w, size_t service, unsigned families,
		    bool *gap);

/** path_leave_via() - The route of the segment that leads to a circuit */
bool path_leave_via(const struct walk *w, size_t service, unsigned families,
		    int circuit, struct routes_via *via);

/** path_one_domain() - Whether two circuits share their state */
bool path_one_domain(const struct site *site, size_t a, size_t b);

/** path_while() - " while er-a is down", or ""; in @buf */
const char *path_while(const struct walk *w, struct str *buf);

/**
 * path_untold() - The circuits (bits) of a reply that are still to be told
 * @w:		Walk
 * @service:	Row
 * @circuit:	Circuit of the request
 * @reply:	Circuits (bits) of the reply
 * @check:	What tells that they differ
 *
 * Of each check a row has one result, so most are not.
 */
uint64_t path_untold(const struct walk *w, size_t service, size_t circuit,
		     uint64_t reply, enum plan_check check);

/**
 * path_gap() - What tells that packets find no route
 *
 * While a location is down, that is a question of its own.
 */
enum plan_check path_gap(const struct walk *w);

/** path_left() - Only these circuits (bits) carry a row while something is down */
void path_left(struct walk *w, size_t service, uint64_t circuits);

/** path_said() - Whether a row has a result of a check */
bool path_said(const struct walk *w, size_t service, enum plan_check check);

/**
 * path_say() - A result about a row, once for each check of it
 *
 * Return: the result, or NULL if the row has one of this check already
 */
struct plan_result *path_say(struct walk *w, size_t service,
			     enum plan_check check, enum plan_verdict v,
			     struct site_mark mark, const char *fmt, ...)
	PRINTF_LIKE(6, 7);

#endif /* PLAN_WALK_H */
