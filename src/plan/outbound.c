/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * walk: an outbound row, from the segment to the provider and back
 *
 * The segment's routes choose the circuit, its NAT the source, and what is
 * advertised of that source the circuit of the reply.  Where the segment is
 * not known, the row's circuits are taken for what its requests use.
 */
#include <asymcap/detect.h>

#include "walk.h"

/**
 * struct source - A prefix that requests on a circuit come from
 * @prefix:	The prefix
 * @mark:	Where it is written
 * @at:		Its place in walk.back
 */
struct source {
	const struct prefix *prefix;
	struct site_mark mark;
	size_t at;
};

/* Return: the @n-th source of a row on a circuit; false behind the last */
static bool next_source(const struct walk *w, size_t service, size_t circuit,
			bool own, size_t *n, struct source *source)
{
	const struct site *site = w->j->site;
	const struct walk_row *row = &w->row[service];
	const struct site_prefixes *list =
		own ? &site->service[service].local
		    : &site->circuit[circuit].nat_pools;

	for (; *n < list->count; ++*n) {
		const struct site_prefix *p = &list->item[*n];

		if (own && row->source[*n] != WALK_ANY_CIRCUIT &&
		    row->source[*n] != (int)circuit)
			continue;
		*source = (struct source){
			.prefix = &p->prefix,
			.mark = p->mark,
			.at = own ? row->local[*n] : w->pool[circuit][*n],
		};
		++*n;
		return true;
	}
	return false;
}

/* A source that both circuits use or advertise alike has a cause of its own. */
static enum cause cause_of(const struct judge *j, size_t circuit,
			   const struct source *from,
			   const struct routes_via *via)
{
	const struct space *s = spaces_cover(&j->pools, from->prefix);

	for (; s; s = spaces_wider(&j->pools, s)) {
		if (s->owner != circuit)
			return CAUSE_SHARED_POOL;
	}
	s = spaces_cover(&j->advertised[circuit], from->prefix);
	if (s && !prefix_cmp(&s->prefix, &via->prefix))
		return CAUSE_SHARED_POOL;
	return CAUSE_REPLY_OTHER_CIRCUIT;
}

static void say_asymmetric(struct walk *w, size_t service, size_t circuit,
			   const struct source *from,
			   const struct routes_via *via)
{
	const struct site *site = w->j->site;
	const struct site_circuit *c = site->circuit;
	bool harmless = path_one_domain(site, circuit, (size_t)via->circuit);
	enum cause cause = cause_of(w->j, circuit, from, via);
	struct plan_result *r;
	struct str when = {0};

	r = path_say(w, service,
		     harmless ? CHECK_ASYM_ESTABLISHED : CHECK_ASYM_HANDSHAKE,
		     harmless ? PLAN_INFO : PLAN_FAIL, via->mark,
		     "%s: requests leave by %s from %s, and the replies come "
		     "back over %s, which advertises %s (line %u)%s%s",
		     site->service[service].name, c[circuit].name,
		     PREFIX(from->prefix), c[via->circuit].name,
		     PREFIX(&via->prefix), via->mark.line, path_while(w, &when),
		     harmless ? "; both are one state domain" : "");
	str_free(&when);
	if (!r)
		return;
	r->circuits = 1ULL << circuit | 1ULL << via->circuit;
	if (!harmless)
		check_cause(w->j, r, (uint16_t)cause);
}

static void say_no_way_back(struct walk *w, size_t service, size_t circuit,
			    const struct source *from)
{
	const struct site *site = w->j->site;
	struct plan_result *r;
	struct str when = {0};

	if (path_said(w, service, path_gap(w)))
		return;
	r = path_say(w, service, path_gap(w),
		     w->down->location ? PLAN_WARN : PLAN_FAIL, from->mark,
		     "%s: requests leave by %s from %s, which no circuit "
		     "advertises%s: there is no way back",
		     site->service[service].name, site->circuit[circuit].name,
		     PREFIX(from->prefix), path_while(w, &when));
	str_free(&when);
	if (r)
		r->circuits = 1ULL << circuit;
}

static void come_back(struct walk *w, size_t service, size_t circuit,
		      const struct source *from)
{
	uint64_t others, back;
	struct routes_via via;
	bool gap = false;

	back = routes_reach(w->back, from->at, &gap);
	if (gap)
		say_no_way_back(w, service, circuit, from);
	w->row[service].used |= back;
	for (;;) {
		others = path_untold(w, service, circuit, back,
				     CHECK_ASYM_HANDSHAKE);
		if (!others)
			return;
		if (!routes_via(w->back, from->at, __builtin_ctzll(others),
				&via))
			return;
		say_asymmetric(w, service, circuit, from, &via);
	}
}

static void leave_by(struct walk *w, size_t service, size_t circuit)
{
	const struct site_service *s = &w->j->site->service[service];
	const struct site_circuit *c = &w->j->site->circuit[circuit];
	struct source from;
	size_t n = 0;
	bool own = true;

	if (c->kind == CIRCUIT_EXPRESSROUTE && !c->advertised.count) {
		path_say(w, service, CHECK_ASYM_HANDSHAKE, PLAN_UNKNOWN,
			 c->mark,
			 "%s: the plan does not say what %s advertises "
			 "('advertised')",
			 s->name, c->name);
		return;
	}
	if (!next_source(w, service, circuit, own, &n, &from)) {
		own = false;
		n = 0;
		if (!next_source(w, service, circuit, own, &n, &from)) {
			path_say(w, service, CHECK_ASYM_HANDSHAKE, PLAN_UNKNOWN,
				 c->mark,
				 "%s: the plan does not say what sources %s "
				 "translates to ('nat-pools')",
				 s->name, c->name);
			return;
		}
	}
	do
		come_back(w, service, circuit, &from);
	while (next_source(w, service, circuit, own, &n, &from));
}

static void say_off_plan(struct walk *w, size_t service, int circuit)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];
	struct routes_via via;
	struct plan_result *r;

	if (!path_leave_via(w, service, w->heard, circuit, &via))
		return;
	r = path_say(
		w, service, CHECK_PATH_MISMATCH_OUTBOUND, PLAN_FAIL, via.mark,
		"%s: segment %s routes %s over %s, which the row does not "
		"allow (line %u)",
		s->name, site->segment[w->segment].name, PREFIX(&via.prefix),
		site->circuit[circuit].name, s->circuits_mark.line);
	if (r)
		r->circuits = 1ULL << circuit;
}

/* What the loss of a circuit does to where requests leave */
static void look_at_loss(struct walk *w, size_t service, uint64_t leave,
			 bool gap)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];
	uint64_t planned = s->circuits ? s->circuits : w->row[service].left;
	struct str names = {0}, when = {0};
	struct plan_result *r = NULL;

	loss_name(w->j, w->down, &when);
	if (gap && w->out)
		path_say(w, service, path_gap(w), PLAN_WARN, s->mark,
			 "%s: while %s, segment %s has no route for some or "
			 "all of it",
			 s->name, when.s, site->segment[w->segment].name);
	else if (!leave && w->down->location)
		path_say(w, service, CHECK_HA_LOCATION, PLAN_WARN, s->mark,
			 "%s: while %s, no circuit is left that the row allows",
			 s->name, when.s);
	path_left(w, service, leave);
	if (leave & w->j->internet & ~w->row[service].left &&
	    !(planned & w->j->internet))
		r = path_say(w, service, CHECK_HA_INTERNET_BACKUP, PLAN_WARN,
			     s->mark, "%s: while %s, it leaves by %s", s->name,
			     when.s,
			     check_names(w->j, leave & w->j->internet, &names));
	if (r)
		r->circuits = leave & w->j->internet;
	str_free(&names);
	str_free(&when);
}

/* The circuits that requests leave by, as far as the plan says it */
static uint64_t leave_circuits(struct walk *w, size_t service, bool *gap)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];

	if (w->out)
		return path_leave(w, service, w->heard, gap);
	return s->circuits & ~w->down->circuits;
}

void walk_outbound(struct walk *w, size_t service)
{
	const struct site *site = w->j->site;
	const struct site_service *s = &site->service[service];
	struct walk_row *row = &w->row[service];
	bool gap = false;
	uint64_t leave = leave_circuits(w, service, &gap);
	uint64_t off = s->circuits ? leave & ~s->circuits : 0;

	if (w->down->circuits) {
		look_at_loss(w, service, leave, gap);
	} else {
		row->left = leave;
		row->used = leave;
		if (w->out && off)
			say_off_plan(w, service, __builtin_ctzll(off));
		if (w->out && gap)
			path_say(w, service, CHECK_HALF_OPEN, PLAN_FAIL,
				 site->segment[w->segment].mark,
				 "%s: segment %s hears no route for some or "
				 "all of what it connects to",
				 s->name, site->segment[w->segment].name);
		if (!leave && !w->out)
			path_say(w, service, CHECK_ASYM_HANDSHAKE, PLAN_UNKNOWN,
				 s->mark,
				 "%s: the row names neither 'circuits' nor "
				 "'segments'",
				 s->name);
	}
	for (; leave; leave &= leave - 1)
		leave_by(w, service, (size_t)__builtin_ctzll(leave));
}
