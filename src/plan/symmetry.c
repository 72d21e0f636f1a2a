/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Symmetry on paper: every row, at every segment, under every loss
 *
 * DOC: Theory of operation
 *
 * A connection is symmetric when its request and its reply take one circuit.
 * Each side chooses by routes of its own.  The provider follows what the site
 * advertises: the longest prefix, and ExpressRoute where they are equal.  The
 * site follows what the segment hears, and source NAT where there is any: a
 * reply to an address of the edge returns to that edge.  So two tables of
 * routes and the NAT decide a row, and nothing has to be sent to find out.
 * Users on the Internet ask inbound rows as well, by tables of their own.
 *
 * The tables are solved with all circuits up, and once for each loss: a circuit
 * that is down, or all those of a location (loss.h).  Taking away a route that
 * a row does not use changes nothing for
 * it, so a row is walked again only where it used what is down.  Segments are
 * taken one after the other, so that only one table of theirs is kept.
 *
 * Rows, segments and circuits that are down multiply, so inside of that nothing
 * is searched: where a prefix stands in a table is found out before, and a row
 * that has its result is not looked at for more of the same.
 *
 * Of each check a row has one result: the first that was found, and that is
 * with all circuits up, if it is so then.
 */
#include <stdlib.h>

#include "walk.h"

#define ALL_SYM                                                                \
	(1ULL << CHECK_ASYM_HANDSHAKE | 1ULL << CHECK_ASYM_INBOUND_INTERNET |  \
	 1ULL << CHECK_ASYM_INBOUND_ER | 1ULL << CHECK_ASYM_ESTABLISHED)

/*
 * The provider of an Internet circuit announces its own addresses by itself,
 * so an Internet pool that no circuit advertises is of that kind.
 */
static bool is_implied(const struct judge *j, const struct site_prefix *pool)
{
	for (uint64_t left = j->internet; left; left &= left - 1) {
		if (spaces_cover(&j->advertised[__builtin_ctzll(left)],
				 &pool->prefix))
			return false;
	}
	return true;
}

struct routes *walk_back(const struct judge *j, uint64_t over)
{
	const struct site *site = j->site;
	struct routes *r = routes_new(j->er);

	for (size_t i = 0; i < site->circuits; i++) {
		const struct site_circuit *c = &site->circuit[i];

		if (over >> i & 1)
			routes_add_all(r, &c->advertised, (int)i);
		for (size_t k = 0; k < c->nat_pools.count; k++) {
			const struct site_prefix *p = &c->nat_pools.item[k];
			int by = j->internet >> i & 1 && is_implied(j, p)
					 ? (int)i
					 : ROUTES_ASKED;

			routes_add(r, &p->prefix, by, p->mark);
		}
	}
	for (size_t i = 0; i < site->services; i++)
		routes_add_all(r, &site->service[i].local, ROUTES_ASKED);
	routes_freeze(r);
	return r;
}

static void know_domains(struct walk *w)
{
	const struct site *site = w->j->site;

	for (size_t i = 0; i < site->circuits; i++) {
		for (size_t k = 0; k < site->circuits; k++)
			w->domain[i] |= (uint64_t)path_one_domain(site, i, k)
					<< k;
	}
}

/* On which circuits a local address may be a source: where it is not NAT's */
static int source_of(const struct judge *j, const struct prefix *p)
{
	const struct space *pool;

	if (!check_is_public(p))
		return WALK_NOT_PUBLIC;
	pool = spaces_cover(&j->pools, p);
	return pool ? (int)pool->owner : WALK_ANY_CIRCUIT;
}

/* What the rows ask of @back is found once, for all segments and states. */
static void ask_back(struct walk *w)
{
	const struct site *site = w->j->site;

	for (size_t i = 0; i < site->circuits; i++)
		w->pool[i] = routes_ask(w->back, &site->circuit[i].nat_pools);
	for (size_t i = 0; i < site->services; i++) {
		const struct site_prefixes *list = &site->service[i].local;

		w->row[i].local = routes_ask(w->back, list);
		w->row[i].source =
			xcalloc(list->count, sizeof(*w->row[i].source));
		for (size_t k = 0; k < list->count; k++)
			w->row[i].source[k] =
				source_of(w->j, &list->item[k].prefix);
	}
}

static void forget_back(struct walk *w)
{
	for (size_t i = 0; i < w->j->site->circuits; i++)
		free(w->pool[i]);
	for (size_t i = 0; i < w->j->site->services; i++) {
		free(w->row[i].local);
		free(w->row[i].source);
	}
	routes_free(w->back);
}

static bool stands_in(const struct site_service *s, int segment)
{
	return segment == WALK_NO_SEGMENT ? !s->segments
					  : s->segments >> segment & 1;
}

/* What a segment routes, with all that its rows ask about */
static struct routes *make_out(const struct judge *j, int segment,
			       unsigned *heard)
{
	const struct site *site = j->site;
	const struct site_segment *s = &site->segment[segment];
	struct routes *r = routes_new(0);

	*heard = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct site_prefixes *list = &s->heard[i].routes;

		routes_add_all(r, list, s->heard[i].circuit);
		for (size_t k = 0; k < list->count; k++)
			*heard |= routes_is_v4(&list->item[k].prefix) ? WALK_V4
								      : WALK_V6;
	}
	routes_add_all(r, &j->remote, ROUTES_ASKED);
	for (size_t i = 0; i < site->services; i++) {
		const struct site_service *row = &site->service[i];

		if (stands_in(row, segment) &&
		    walk_remote(j, row) != &j->remote)
			routes_add_all(r, walk_remote(j, row), ROUTES_ASKED);
	}
	routes_freeze(r);
	return r;
}

static void ask_out(struct walk *w)
{
	const struct site *site = w->j->site;

	w->site_remote = routes_ask(w->out, &w->j->remote);
	for (size_t i = 0; i < site->services; i++) {
		const struct site_service *s = &site->service[i];
		const struct site_prefixes *list = walk_remote(w->j, s);

		if (stands_in(s, w->segment) && list != &w->j->remote)
			w->row[i].remote = routes_ask(w->out, list);
	}
}

static void forget_out(struct walk *w)
{
	for (size_t i = 0; i < w->j->site->services; i++) {
		free(w->row[i].remote);
		w->row[i].remote = NULL;
	}
	free(w->site_remote);
	w->site_remote = NULL;
	routes_free(w->out);
	w->out = NULL;
}

static void walk_rows(struct walk *w)
{
	const struct site *site = w->j->site;
	uint64_t down = w->down->circuits;

	routes_solve(w->back, down);
	if (w->out)
		routes_solve(w->out, down);
	users_solve(w, down);
	w->remote_known = false;
	for (size_t i = 0; i < site->services; i++) {
		const struct site_service *s = &site->service[i];

		if (!stands_in(s, w->segment))
			continue;
		if (down && !(w->row[i].used & down))
			continue;
		if (s->direction == SERVICE_OUTBOUND)
			walk_outbound(w, i);
		else
			walk_inbound(w, i);
	}
}

static const struct loss all_up;

static void walk_segment(struct walk *w, int segment)
{
	const struct site *site = w->j->site;
	uint64_t used = 0;
	size_t rows = 0;

	for (size_t i = 0; i < site->services; i++)
		rows += stands_in(&site->service[i], segment);
	if (!rows)
		return;
	w->segment = segment;
	w->heard = WALK_V4 | WALK_V6;
	if (segment != WALK_NO_SEGMENT) {
		w->out = make_out(w->j, segment, &w->heard);
		ask_out(w);
		users_enter_segment(w);
	}
	w->down = &all_up;
	walk_rows(w);
	for (size_t i = 0; i < site->services; i++) {
		if (!stands_in(&site->service[i], segment))
			continue;
		used |= w->row[i].used;
		w->row[i].ever |= w->row[i].used;
	}
	for (size_t i = 0; i < w->losses; i++) {
		w->down = &w->loss[i];
		if (used & w->down->circuits)
			walk_rows(w);
	}
	users_leave_segment(w);
	forget_out(w);
}

static bool any_domain(const struct site *site)
{
	for (size_t i = 0; i < site->circuits; i++) {
		if (site->circuit[i].state_domain)
			return true;
	}
	return false;
}

/* Where circuits share a state, that no part of a row's path needs it */
static void pass_domain(struct walk *w, size_t service)
{
	const struct site_service *s = &w->j->site->service[service];

	if (any_domain(w->j->site))
		path_say(w, service, CHECK_ASYM_ESTABLISHED, PLAN_PASS, s->mark,
			 "%s: its path rests on no shared state", s->name);
}

static void pass_outbound(struct walk *w, size_t service)
{
	const struct site_service *s = &w->j->site->service[service];
	struct walk_row *row = &w->row[service];
	struct plan_result *r;
	struct str names = {0};

	if (row->cut || row->said & ALL_SYM)
		return;
	check_names(w->j, row->left, &names);
	r = path_say(w, service, CHECK_ASYM_HANDSHAKE, PLAN_PASS, s->mark,
		     "%s: requests leave by %s, and each source is answered "
		     "over its own circuit",
		     s->name, names.s);
	r->circuits = row->left;
	pass_domain(w, service);
	path_say(w, service, CHECK_HALF_OPEN, PLAN_PASS, s->mark,
		 "%s: there is a way there and back", s->name);
	if (s->segments && s->circuits)
		path_say(w, service, CHECK_PATH_MISMATCH_OUTBOUND, PLAN_PASS,
			 s->mark, "%s: routes lead over %s, as planned",
			 s->name, names.s);
	if (row->left & w->j->er)
		path_say(w, service, CHECK_HA_INTERNET_BACKUP, PLAN_PASS,
			 s->mark,
			 "%s: no loss of circuits moves it to the Internet",
			 s->name);
	str_free(&names);
}

static void pass_inbound(struct walk *w, size_t service)
{
	const struct site_service *s = &w->j->site->service[service];
	struct walk_row *row = &w->row[service];
	struct str names = {0};
	uint64_t er = row->entered & w->j->er;
	uint64_t internet = row->entered & w->j->internet;

	if (er)
		path_say(w, service, CHECK_HA_INBOUND_ALTERNATE, PLAN_PASS,
			 s->mark, "%s: it is reached whichever circuit is down",
			 s->name);
	if (row->cut || row->said & ALL_SYM)
		return;
	pass_domain(w, service);
	if (internet)
		path_say(w, service, CHECK_ASYM_INBOUND_INTERNET, PLAN_PASS,
			 s->mark, "%s: what comes in over %s is answered there",
			 s->name, check_names(w->j, internet, &names));
	if (er)
		path_say(w, service, CHECK_ASYM_INBOUND_ER, PLAN_PASS, s->mark,
			 "%s: what comes in over %s is answered there", s->name,
			 check_names(w->j, er, &names));
	path_say(w, service, CHECK_HALF_OPEN, PLAN_PASS, s->mark,
		 "%s: there is a way there and back", s->name);
	str_free(&names);
}

/* Where circuits meet at one location, that something is left without it */
static void pass_location(struct walk *w, size_t service)
{
	const struct site_service *s = &w->j->site->service[service];
	const struct walk_row *row = &w->row[service];
	struct str name = {0};

	if (row->cut)
		return;
	if (row->blind || !row->ever)
		path_say(w, service, CHECK_HA_LOCATION, PLAN_UNKNOWN, s->mark,
			 "%s: the plan does not say enough of its path",
			 s->name);
	else if (row->unsure)
		path_say(w, service, CHECK_HA_LOCATION, PLAN_UNKNOWN, s->mark,
			 "%s: while %s, only circuits are left of which the "
			 "plan does not say where they are ('location')",
			 s->name, loss_name(w->j, row->unsure, &name));
	else
		path_say(w, service, CHECK_HA_LOCATION, PLAN_PASS, s->mark,
			 "%s: it keeps a path whichever location is down",
			 s->name);
	str_free(&name);
}

void check_symmetry(struct judge *j)
{
	const struct site *site = j->site;
	struct walk w = {.j = j};

	if (!site->services)
		return;
	w.row = xcalloc(site->services, sizeof(*w.row));
	w.back = walk_back(j, ~0ULL);
	ask_back(&w);
	users_begin(&w);
	know_domains(&w);
	w.losses = loss_list(j, w.loss);
	w.located = w.losses > site->circuits;
	walk_segment(&w, WALK_NO_SEGMENT);
	for (size_t i = 0; i < site->segments; i++)
		walk_segment(&w, (int)i);
	w.down = &all_up;
	for (size_t i = 0; i < site->services; i++) {
		if (site->service[i].direction == SERVICE_OUTBOUND)
			pass_outbound(&w, i);
		else
			pass_inbound(&w, i);
		if (w.located)
			pass_location(&w, i);
	}
	users_end(&w);
	forget_back(&w);
	free(w.row);
}
