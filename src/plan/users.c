/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * walk: users on the Internet, who ask inbound rows as well as the provider
 *
 * DOC: Theory of operation
 *
 * A user on the Internet knows the site by what is advertised to the Internet
 * alone: ExpressRoute is no way for one.  With two Internet circuits that is
 * a choice of its own, which may be another than the provider's.  The answer
 * goes where the segment routes an address that is nobody's in particular, and
 * that is a choice of its own, too.  So users have two tables beside those of
 * the provider.
 *
 * The routes that lead to the provider tell nothing of users: those within
 * the site's remote, and all that ExpressRoute brings but a default route.
 */
#include <stdlib.h>

#include "walk.h"

static bool is_default(const struct prefix *p)
{
	return p->len == (routes_is_v4(p) ? 96 : 0);
}

static bool is_used(const struct site_service *s)
{
	return s->direction == SERVICE_INBOUND && s->users & USERS_INTERNET;
}

void users_begin(struct walk *w)
{
	const struct site *site = w->j->site;
	bool any = false;

	for (size_t i = 0; i < site->services; i++)
		any = any || is_used(&site->service[i]);
	if (!any)
		return;
	w->users.back = walk_back(w->j, w->j->internet);
	for (size_t i = 0; i < site->services; i++) {
		const struct site_service *s = &site->service[i];

		if (is_used(s))
			w->row[i].users = routes_ask(w->users.back, &s->local);
	}
	for (size_t i = 0; i < w->j->remote.count; i++) {
		const struct site_prefix *p = &w->j->remote.item[i];

		/* A remote that is everybody sets nobody apart. */
		if (!is_default(&p->prefix))
			spaces_add(&w->users.remote, &p->prefix, 0, p->mark);
	}
	spaces_freeze(&w->users.remote);
}

void users_end(struct walk *w)
{
	if (!w->users.back)
		return;
	for (size_t i = 0; i < w->j->site->services; i++)
		free(w->row[i].users);
	routes_free(w->users.back);
	spaces_free(&w->users.remote);
}

/* Whether a route is one that answers to users may take */
static bool is_for_users(const struct walk *w, int circuit,
			 const struct prefix *p)
{
	if (w->j->er >> circuit & 1)
		return is_default(p);
	return !spaces_cover(&w->users.remote, p);
}

void users_enter_segment(struct walk *w)
{
	const struct site_segment *s = &w->j->site->segment[w->segment];
	struct routes *r;

	if (!w->users.back)
		return;
	r = routes_new(0);
	for (size_t i = 0; i < s->count; i++) {
		const struct site_prefixes *list = &s->heard[i].routes;

		for (size_t k = 0; k < list->count; k++) {
			const struct site_prefix *p = &list->item[k];

			if (is_for_users(w, s->heard[i].circuit, &p->prefix))
				routes_add(r, &p->prefix, s->heard[i].circuit,
					   p->mark);
		}
	}
	routes_add_all(r, walk_everybody(), ROUTES_ASKED);
	routes_freeze(r);
	w->users.out = r;
	w->users.at = routes_ask(r, walk_everybody());
}

void users_leave_segment(struct walk *w)
{
	routes_free(w->users.out);
	free(w->users.at);
	w->users.out = NULL;
	w->users.at = NULL;
}

void users_solve(struct walk *w, uint64_t down)
{
	if (w->users.back)
		routes_solve(w->users.back, down);
	if (w->users.out)
		routes_solve(w->users.out, down);
}

static bool is_wanted(const struct prefix *p, unsigned families)
{
	return families & (routes_is_v4(p) ? WALK_V4 : WALK_V6);
}

uint64_t users_leave(const struct walk *w, unsigned families, bool *gap)
{
	const struct site_prefixes *all = walk_everybody();
	uint64_t circuits = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (is_wanted(&all->item[i].prefix, families))
			circuits |=
				routes_reach(w->users.out, w->users.at[i], gap);
	}
	return circuits;
}

bool users_leave_via(const struct walk *w, unsigned families, int circuit,
		     struct routes_via *via)
{
	const struct site_prefixes *all = walk_everybody();

	for (size_t i = 0; i < all->count; i++) {
		if (is_wanted(&all->item[i].prefix, families) &&
		    routes_via(w->users.out, w->users.at[i], circuit, via))
			return true;
	}
	return false;
}
