/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Microsoft has learnt and the plan does not advertise
 *
 * The checks of advertisements look at the plan.  A route that is in Azure's
 * table and not in the plan escapes them, so it is told, and is held against
 * what the Internet hears, the other circuits, and the rows that it draws.
 */
#include "told.h"

#include "routes.h"

/* A link's own prefix is often advertised along, and does no harm. */
static bool is_link(const struct site_circuit *c, const struct prefix *p)
{
	for (unsigned l = 0; l < SITE_LINKS; l++) {
		for (size_t i = 0; i < c->link[l].count; i++) {
			if (routes_prefix_within(p, &c->link[l].item[i].prefix))
				return true;
		}
	}
	return false;
}

static void against_internet(struct judge *j, const struct plan_azure *a,
			     const struct space *s)
{
	const struct site_circuit *c = j->site->circuit;
	const struct space *same = spaces_cover(&j->internet_space, &s->prefix);
	const struct space *in = spaces_inside(&j->internet_space, &s->prefix);

	if (same && !prefix_cmp(&same->prefix, &s->prefix))
		told_say(j, CHECK_ADV_SAME_BOTH, PLAN_FAIL, a, s->mark,
			 "%s: Microsoft has learnt %s, which %s advertises to "
			 "the Internet",
			 c[a->circuit].name, PREFIX(&s->prefix),
			 c[same->owner].name);
	else if (in)
		told_say(j, CHECK_ADV_ER_NOT_SPECIFIC, PLAN_FAIL, a, s->mark,
			 "%s: Microsoft has learnt %s, which holds %s that %s "
			 "has to the Internet: the longer one wins",
			 c[a->circuit].name, PREFIX(&s->prefix),
			 PREFIX(&in->prefix), c[in->owner].name);
}

static void against_circuits(struct judge *j, const struct plan_azure *a,
			     const struct space *s)
{
	const struct site_circuit *c = j->site->circuit;
	const struct space *other = spaces_cover(&j->er_space, &s->prefix);

	for (; other && !prefix_cmp(&other->prefix, &s->prefix);
	     other = spaces_wider(&j->er_space, other)) {
		if (other->owner == a->circuit)
			continue;
		told_say(j, CHECK_ADV_MULTI_CIRCUIT, PLAN_FAIL, a, s->mark,
			 "%s: Microsoft has learnt %s, which the plan "
			 "advertises over %s",
			 c[a->circuit].name, PREFIX(&s->prefix),
			 c[other->owner].name);
		return;
	}
}

/* The first row that it draws and that does not allow the circuit */
static void against_rows(struct judge *j, const struct plan_azure *a,
			 const struct space *s)
{
	const struct space *p = spaces_inside(&j->published, &s->prefix);

	for (; p; p = spaces_next_inside(&j->published, p, &s->prefix)) {
		const struct site_service *row = &j->site->service[p->owner];

		if (!row->circuits || row->circuits >> a->circuit & 1)
			continue;
		told_say(j, CHECK_ADV_ENDPOINT_UNPLANNED, PLAN_FAIL, a, s->mark,
			 "%s: Microsoft has learnt %s over %s, which the row "
			 "(line %u) does not allow",
			 row->name, PREFIX(&s->prefix),
			 j->site->circuit[a->circuit].name,
			 row->circuits_mark.line)
			->service = (uint16_t)p->owner;
		return;
	}
}

void told_unplanned(struct judge *j, const struct plan_azure *a,
		    const struct spaces *learnt)
{
	const struct site_circuit *c = &j->site->circuit[a->circuit];

	if (!c->advertised.count)
		return; /* that the plan does not say it is told elsewhere */
	for (size_t i = 0; i < learnt->count; i++) {
		const struct space *s = &learnt->item[i];
		const struct space *planned =
			spaces_cover(&j->advertised[a->circuit], &s->prefix);

		if ((planned && !prefix_cmp(&planned->prefix, &s->prefix)) ||
		    is_link(c, &s->prefix))
			continue;
		told_say(j, CHECK_ADV_NO_PURPOSE, PLAN_WARN, a, s->mark,
			 "%s: Microsoft has learnt %s, which the plan does not "
			 "advertise (%s)",
			 c->name, PREFIX(&s->prefix), plan_link_name(a->link));
		against_internet(j, a, s);
		against_circuits(j, a, s);
		against_rows(j, a, s);
	}
}
