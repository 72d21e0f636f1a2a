/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * walk: what walking a row needs in both directions
 */
#include "walk.h"

#include <string.h>

const struct site_prefixes *walk_everybody(void)
{
	/* 0.0.0.0/0 and ::/0 */
	static struct site_prefix everybody[] = {
		{.prefix = {.base = {{[10] = 0xff, [11] = 0xff}}, .len = 96}},
		{.prefix = {.len = 0}},
	};
	static const struct site_prefixes all = {everybody,
						 ARRAY_SIZE(everybody)};

	return &all;
}

const struct site_prefixes *walk_remote(const struct judge *j,
					const struct site_service *s)
{
	if (s->remote.count)
		return &s->remote;
	return j->remote.count ? &j->remote : walk_everybody();
}

const struct site_snat *walk_snat(const struct site_service *s, size_t circuit)
{
	for (size_t i = 0; i < s->snat_count; i++) {
		if (s->snat[i].circuit == (int)circuit)
			return &s->snat[i];
	}
	return NULL;
}

static bool is_wanted(const struct prefix *p, unsigned families)
{
	return families & (routes_is_v4(p) ? WALK_V4 : WALK_V6);
}

/* What the site's remote takes is asked by every row: find out once. */
static void know_remote(struct walk *w)
{
	const struct site_prefixes *list = &w->j->remote;

	for (unsigned i = 0; i < 2; i++) {
		w->remote[i] = 0;
		w->remote_gap[i] = false;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct prefix *p = &list->item[i].prefix;
		unsigned v6 = !routes_is_v4(p);

		w->remote[v6] |= routes_reach(w->out, w->site_remote[i],
					      &w->remote_gap[v6]);
	}
	w->remote_known = true;
}

uint64_t path_leave(struct walk *w, size_t service, unsigned families,
		    bool *gap)
{
	const struct walk_row *row = &w->row[service];
	const struct site_prefixes *list =
		walk_remote(w->j, &w->j->site->service[service]);
	uint64_t circuits = 0;

	if (!row->remote) {
		if (!w->remote_known)
			know_remote(w);
		for (unsigned i = 0; i < 2; i++) {
			if (!(families & (i ? WALK_V6 : WALK_V4)))
				continue;
			circuits |= w->remote[i];
			*gap = *gap || w->remote_gap[i];
		}
		return circuits;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (is_wanted(&list->item[i].prefix, families))
			circuits |= routes_reach(w->out, row->remote[i], gap);
	}
	return circuits;
}

bool path_leave_via(const struct walk *w, size_t service, unsigned families,
		    int circuit, struct routes_via *via)
{
	const struct walk_row *row = &w->row[service];
	const struct site_prefixes *list =
		walk_remote(w->j, &w->j->site->service[service]);
	const size_t *at = row->remote ? row->remote : w->site_remote;

	for (size_t i = 0; i < list->count; i++) {
		if (is_wanted(&list->item[i].prefix, families) &&
		    routes_via(w->out, at[i], circuit, via))
			return true;
	}
	return false;
}

bool path_one_domain(const struct site *site, size_t a, size_t b)
{
	const char *one = site->circuit[a].state_domain;
	const char *other = site->circuit[b].state_domain;

	return one && other && !strcmp(one, other);
}

const char *path_while(const struct walk *w, struct str *buf)
{
	struct str name = {0};

	str_clear(buf);
	if (w->down->circuits)
		str_addf(buf, " while %s", loss_name(w->j, w->down, &name));
	str_free(&name);
	return buf->s ? buf->s : "";
}

enum plan_check path_gap(const struct walk *w)
{
	return w->down->location ? CHECK_HA_LOCATION : CHECK_HALF_OPEN;
}

/* Circuits (bits) of which the plan should say where they are, and does not */
static uint64_t anywhere(const struct judge *j)
{
	uint64_t circuits = 0;

	for (size_t i = 0; i < j->site->circuits; i++)
		circuits |= (uint64_t)!j->site->circuit[i].location << i;
	return circuits & j->er;
}

void path_left(struct walk *w, size_t service, uint64_t circuits)
{
	struct walk_row *row = &w->row[service];

	if (w->down->location && !row->unsure && circuits &&
	    !(circuits & ~anywhere(w->j)))
		row->unsure = w->down;
}

bool path_said(const struct walk *w, size_t service, enum plan_check check)
{
	return w->row[service].said >> check & 1;
}

uint64_t path_untold(const struct walk *w, size_t service, size_t circuit,
		     uint64_t reply, enum plan_check check)
{
	uint64_t others = reply & ~(1ULL << circuit);

	if (path_said(w, service, CHECK_ASYM_ESTABLISHED))
		others &= ~w->domain[circuit];
	if (path_said(w, service, check))
		others &= w->domain[circuit];
	return others;
}

struct plan_result *path_say(struct walk *w, size_t service,
			     enum plan_check check, enum plan_verdict v,
			     struct site_mark mark, const char *fmt, ...)
{
	struct plan_result *r;
	va_list ap;

	if (path_said(w, service, check))
		return NULL;
	w->row[service].said |= 1ULL << check;
	if (check == CHECK_HALF_OPEN && v != PLAN_PASS && !w->down->circuits)
		w->row[service].cut = true;
	if (v == PLAN_UNKNOWN)
		w->row[service].blind = true;
	va_start(ap, fmt);
	r = check_about_service(check_vsay(w->j, check, v, mark, fmt, ap),
				service);
	va_end(ap);
	r->down = w->down->circuits;
	return r;
}
