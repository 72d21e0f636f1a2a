/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * choose: which connections an engineer wants explained
 *
 * Who asks for a service, an address or nothing at all means many
 * connections, and reads few.  Those with findings come first: the example of
 * each entry of the text report in its order, then others of these entries.
 * What is left of the room goes to those without a finding, the least sound
 * first.
 */
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "private.h"

void report_facts(struct finding *f, const struct connection *c)
{
	*f = (struct finding){
		.time = c->first,
		.last = c->ended,
		.rule = RULES,
		.impact = c->impact,
		.class = c->class,
		.direction = c->direction,
		.confidence = c->confidence,
		.service = c->service,
		.has_tuple = true,
		.tuples = c->tuples,
		.isn = c->isn,
		.syn_circuits = c->syn_circuits,
		.answer_circuits = c->answer_circuits,
		.answer_is_rst = c->answer_is_rst,
		.dropped_at = c->dropped_at,
		.syn = c->syn,
		.syn_ack = c->answer,
		.answer = c->answer_tuple,
		.icmp = c->icmp,
	};
	memcpy(f->tuple, c->tuple, sizeof(f->tuple));
}

bool report_same_connection(const struct finding *a, const struct finding *b)
{
	return a->isn == b->isn && a->last.ns == b->last.ns &&
	       !memcmp(&a->tuple[0], &b->tuple[0], sizeof(a->tuple[0]));
}

static bool is_meant(const struct selector *s, const struct finding *f)
{
	static const struct tuple none;
	struct tuple names[FINDING_TUPLES + 1];
	size_t n = 0;

	for (; n < f->tuples && n < FINDING_TUPLES; n++)
		names[n] = f->tuple[n];
	if (memcmp(&f->answer, &none, sizeof(none)) != 0)
		names[n++] = f->answer;
	return selector_matches(s, names, n, f->service);
}

static bool is_chosen(const struct report_choice *c, const struct finding *f)
{
	for (size_t i = 0; i < c->count; i++) {
		if (report_same_connection(&c->about[i], f))
			return true;
	}
	return false;
}

static void take(struct report_choice *c, const struct finding *f)
{
	if (c->count < c->max && !is_chosen(c, f))
		c->about[c->count++] = *f;
}

/* Of the findings of an entry that are meant: the first, or all. */
static void choose_entry(const struct report *r, struct report_choice *c,
			 const struct report_groups *g, size_t entry, bool all)
{
	const struct report_group *group = &g->group[entry];
	struct finding f;

	for (size_t i = 0; i < group->count; i++) {
		store_get(&r->findings, g->member[group->start + i], &f);
		if (!f.has_tuple || !is_meant(c->selector, &f))
			continue;
		take(c, &f);
		if (!all)
			return;
		c->found[f.severity]++;
		c->meant += c->entry != 0;
	}
}

/* An example of each entry first: the second of a kind tells little more. */
static void choose_findings(const struct report *r, struct report_choice *c,
			    const struct report_groups *g)
{
	for (unsigned all = 0; all < 2; all++) {
		for (size_t i = 0; i < g->count; i++) {
			if (!c->entry || c->entry == i + 1)
				choose_entry(r, c, g, i, all);
		}
	}
	if (c->entry && c->entry <= g->count)
		c->tap_entry = g->group[c->entry - 1].key.client_len ==
			       GROUP_NO_PREFIX;
}

/* Among those without a finding: the broken, then what is not sound. */
static int unsound(const struct finding *f)
{
	return 2 * (f->impact == IMPACT_BROKEN) +
	       (f->class != CLASS_SYMMETRIC && f->class != CLASS_MIDSTREAM);
}

/* Keep @f in its place behind the @fixed first ones, if there is room.  They
 * come in the order of time.
 */
static void offer(struct report_choice *c, size_t fixed,
		  const struct finding *f)
{
	size_t at = c->count;

	if (c->count == c->max) {
		if (c->count == fixed ||
		    unsound(f) <= unsound(&c->about[at - 1]))
			return;
		at--;
	} else {
		c->count++;
	}
	for (; at > fixed && unsound(f) > unsound(&c->about[at - 1]); at--)
		c->about[at] = c->about[at - 1];
	c->about[at] = *f;
}

/* A rule may have changed the time; the connection itself knows best. */
static bool refine(struct report_choice *c, size_t fixed,
		   const struct finding *f)
{
	for (size_t i = 0; i < fixed; i++) {
		struct finding *a = &c->about[i];

		if (!report_same_connection(a, f))
			continue;
		*a = *f;
		return true;
	}
	return false;
}

static void choose_connections(struct report *r, struct report_choice *c)
{
	size_t fixed = c->count;
	struct connection conn;
	struct finding f;

	for (size_t i = 0; i < r->connections.count; i++) {
		store_get(&r->connections, i, &conn);
		report_facts(&f, &conn);
		if (!is_meant(c->selector, &f))
			continue;
		if (!c->entry)
			c->meant++;
		if (!refine(c, fixed, &f) && !c->entry)
			offer(c, fixed, &f);
	}
	if (!c->entry)
		c->meant += r->connections_omitted;
}

void report_choose(struct report *r, struct report_choice *c)
{
	struct report_groups g;

	store_sort(&r->findings);
	store_sort(&r->connections);
	groups_make(&g, r);
	c->entries = g.count;
	c->about = xcalloc(c->max + 1, sizeof(*c->about));
	choose_findings(r, c, &g);
	choose_connections(r, c);
	groups_free(&g);
}

void report_choice_free(struct report_choice *c)
{
	free(c->about);
	c->about = NULL;
	c->count = 0;
}
