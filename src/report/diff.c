/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * diff: two runs compared: what is new, what is gone
 *
 * DOC: Theory of operation
 *
 * It answers one question: has the change of this test window broken
 * something that was whole before, so that it must be taken back?  So findings
 * are compared by what an engineer calls the same thing: rule, circuits,
 * service and the prefixes of both ends, not by address, time or number.  A
 * thing that was there and has become more severe counts as new.
 *
 * Where a run could not judge, or lines of it could not be read, its silence
 * says nothing: then all would seem new, or gone, and the answer is that there
 * is none.
 */
#include "diff.h"

#include <errno.h>
#include <stdlib.h>

const char *diff_change_name(enum diff_change c)
{
	static const char *const names[] = {
		[CHANGE_NEW] = "new",
		[CHANGE_WORSE] = "worse",
		[CHANGE_UNCHANGED] = "unchanged",
		[CHANGE_BETTER] = "better",
		[CHANGE_GONE] = "gone",
	};
	static_assert(ARRAY_SIZE(names) == CHANGES, "a name for each");

	return names[c];
}

bool diff_fails(const struct diff *d, const struct diff_item *item)
{
	return item->change <= CHANGE_WORSE &&
	       item->severity[AFTER] >= d->fail_on;
}

struct report_walk diff_walk(const struct diff *d, unsigned side)
{
	return (struct report_walk){
		.r = d->rc->side[side].report,
		.totals = &d->rc->side[side].totals,
		.groups = &d->groups[side],
	};
}

const struct report_group *diff_shown(const struct diff *d,
				      const struct diff_item *item,
				      const struct report **r)
{
	unsigned side = item->group[AFTER] ? AFTER : BEFORE;

	*r = d->rc->side[side].report;
	return item->group[side];
}

/* ------------------------------------------------------------------- items */

/* What makes two findings the same thing, whichever run they are of. */
static struct group_key common_key(const struct group_key *k)
{
	return (struct group_key){
		.client = k->client,
		.server = k->server,
		.escaped = k->escaped,
		.syn_circuits = k->syn_circuits,
		.answer_circuits = k->answer_circuits,
		.service = k->service,
		.client_len = k->client_len,
		.server_len = k->server_len,
		.escaped_len = k->escaped_len,
		.rule = k->rule,
		.reason = k->reason,
		.circuit = k->circuit,
		.owner = k->owner,
		.tap = k->tap,
		.other_tap = k->other_tap,
	};
}

static int by_key(const void *pa, const void *pb)
{
	const struct diff_item *a = pa;
	const struct diff_item *b = pb;

	return memcmp(&a->key, &b->key, sizeof(a->key));
}

/* By change, the gravest first, then as groups are ordered. */
static int by_change(const void *pa, const void *pb)
{
	const struct diff_item *a = pa;
	const struct diff_item *b = pb;
	enum severity x = a->severity[a->group[AFTER] ? AFTER : BEFORE];
	enum severity y = b->severity[b->group[AFTER] ? AFTER : BEFORE];
	uint64_t m = a->count[BEFORE] + a->count[AFTER];
	uint64_t n = b->count[BEFORE] + b->count[AFTER];

	if (a->change != b->change)
		return a->change < b->change ? -1 : 1;
	if (x != y)
		return x > y ? -1 : 1;
	if (m != n)
		return m > n ? -1 : 1;
	return by_key(pa, pb);
}

/* Groups are the gravest first, so the first one of a side is kept. */
static void merge(struct diff_item *into, const struct diff_item *from)
{
	for (unsigned s = 0; s < RECALL_SIDES; s++) {
		if (!from->group[s])
			continue;
		if (!into->group[s] || from->severity[s] > into->severity[s]) {
			into->group[s] = from->group[s];
			into->severity[s] = from->severity[s];
		}
		count_add(&into->count[s], from->count[s]);
		count_add(&into->packets[s], from->packets[s]);
	}
}

static enum diff_change change_of(const struct diff_item *item)
{
	if (!item->group[BEFORE])
		return CHANGE_NEW;
	if (!item->group[AFTER])
		return CHANGE_GONE;
	if (item->severity[AFTER] > item->severity[BEFORE])
		return CHANGE_WORSE;
	return item->severity[AFTER] < item->severity[BEFORE]
		       ? CHANGE_BETTER
		       : CHANGE_UNCHANGED;
}

static void list_groups(struct diff *d)
{
	struct diff_item *item;

	for (unsigned s = 0; s < RECALL_SIDES; s++)
		d->items += d->groups[s].count;
	d->item = item = xcalloc(d->items + 1, sizeof(*d->item));
	for (unsigned s = 0; s < RECALL_SIDES; s++) {
		for (size_t i = 0; i < d->groups[s].count; i++) {
			const struct report_group *g = &d->groups[s].group[i];

			item->key = common_key(&g->key);
			item->group[s] = g;
			item->count[s] = g->count;
			item->packets[s] = g->packets;
			item->severity[s] = (enum severity)g->key.severity;
			item++;
		}
	}
}

static void make_items(struct diff *d)
{
	size_t kept = 0;

	for (unsigned s = 0; s < RECALL_SIDES; s++) {
		store_sort(&d->rc->side[s].report->findings);
		groups_make(&d->groups[s], d->rc->side[s].report);
	}
	list_groups(d);
	qsort(d->item, d->items, sizeof(*d->item), by_key);
	for (size_t i = 0; i < d->items; i++) {
		if (kept && !by_key(&d->item[kept - 1], &d->item[i]))
			merge(&d->item[kept - 1], &d->item[i]);
		else
			d->item[kept++] = d->item[i];
	}
	d->items = kept;
	for (size_t i = 0; i < kept; i++) {
		d->item[i].change = change_of(&d->item[i]);
		d->changes[d->item[i].change]++;
		d->failing += diff_fails(d, &d->item[i]);
	}
	qsort(d->item, d->items, sizeof(*d->item), by_change);
}

/* ---------------------------------------------------------------- services */

/** struct sample - Time of a handshake, of a service */
struct sample {
	uint16_t service;
	int64_t ns;
};

static int by_sample(const void *pa, const void *pb)
{
	const struct sample *a = pa;
	const struct sample *b = pb;

	if (a->service != b->service)
		return a->service < b->service ? -1 : 1;
	return (a->ns > b->ns) - (a->ns < b->ns);
}

/* An attempt that says something of its service. */
static bool is_attempt(const struct connection *c)
{
	return c->class != CLASS_OUT_OF_SCOPE && c->class != CLASS_MIDSTREAM &&
	       c->class != CLASS_ORPHAN_SYN_ACK;
}

static void set_medians(struct diff *d, unsigned side, struct sample *sample,
			size_t count)
{
	size_t from = 0;

	qsort(sample, count, sizeof(*sample), by_sample);
	for (size_t i = 1; i <= count; i++) {
		uint16_t service = sample[from].service;

		if (i < count && sample[i].service == service)
			continue;
		d->service[service].rtt_us[side] =
			sample[from + (i - from) / 2].ns / NSEC_PER_USEC;
		from = i;
	}
}

/* With --flows each connection is there. */
static void take_connections(struct diff *d, unsigned side)
{
	const struct store *all = &d->rc->side[side].report->connections;
	struct sample *sample = xcalloc(all->count + 1, sizeof(*sample));
	struct connection c;
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct diff_service *v;

		store_get(all, i, &c);
		if (c.service >= d->services || !is_attempt(&c))
			continue;
		v = &d->service[c.service];
		if (v->connections[side] < 0)
			v->connections[side] = v->completed[side] = 0;
		v->connections[side]++;
		v->completed[side] += c.completed;
		if (c.rtt >= 0)
			sample[count++] = (struct sample){c.service, c.rtt};
	}
	if (count)
		set_medians(d, side, sample, count);
	d->knows[side] = all->count > 0;
	free(sample);
}

static int64_t as_signed(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* Rows of the plan tell of all connections, whether they are listed or not. */
static bool take_rows(struct diff *d, unsigned side)
{
	const struct recall_side *from = &d->rc->side[side];
	bool any = false;

	for (size_t i = 0; i < from->rows.services && i < d->services; i++) {
		const struct told_row *t = &from->rows.service[i];

		if (!t->told)
			continue;
		d->service[i].connections[side] = as_signed(t->row.connections);
		d->service[i].completed[side] = as_signed(t->row.completed);
		d->service[i].rtt_us[side] =
			t->rtt < 0 ? -1 : t->rtt / NSEC_PER_USEC;
		any = true;
	}
	d->knows[side] |= any;
	return any;
}

static void make_services(struct diff *d)
{
	size_t kept = 0;

	d->services = d->rc->site->services;
	d->service = xcalloc(d->services + 1, sizeof(*d->service));
	for (size_t i = 0; i < d->services; i++) {
		struct diff_service *v = &d->service[i];

		v->service = (uint16_t)i;
		for (unsigned s = 0; s < RECALL_SIDES; s++)
			v->connections[s] = v->completed[s] = v->rtt_us[s] = -1;
	}
	for (unsigned s = 0; s < RECALL_SIDES; s++) {
		if (!take_rows(d, s))
			take_connections(d, s);
	}
	for (size_t i = 0; i < d->services; i++) {
		if (d->service[i].connections[BEFORE] > 0 ||
		    d->service[i].connections[AFTER] > 0)
			d->service[kept++] = d->service[i];
	}
	d->services = kept;
}

/* ------------------------------------------------------------------ result */

/* Taps are no proof of a network: what they lack is why nothing is judged. */
static bool is_proof(const struct diff_item *item)
{
	return item->key.client_len != GROUP_NO_PREFIX;
}

static enum diff_result result_of(const struct diff *d)
{
	bool proof = false;

	if (!d->rc->side[BEFORE].totals.judged)
		return DIFF_CANNOT_JUDGE;
	for (size_t i = 0; i < d->items; i++)
		proof |= diff_fails(d, &d->item[i]) && is_proof(&d->item[i]);
	if (!d->rc->side[AFTER].totals.judged && !proof)
		return DIFF_CANNOT_JUDGE;
	return d->failing ? DIFF_NEW : DIFF_NOTHING_NEW;
}

/* What could not be read may have been new, or there before. */
static void doubt_side(struct recall_side *side)
{
	if (!side->bad)
		return;
	side->totals.judged = false;
	side->totals.not_judged_why = "lines of it could not be used";
}

bool recall_diff(struct recall *rc, enum diff_format format,
		 enum severity fail_on, FILE *out, enum diff_result *result)
{
	static void (*const write[])(const struct diff *d, struct str *out) = {
		[DIFF_TEXT] = diff_text,
		[DIFF_JSON] = diff_json,
		[DIFF_JUNIT] = diff_junit,
	};
	static_assert(ARRAY_SIZE(write) == DIFF_JUNIT + 1, "all formats");
	struct diff d = {.rc = rc, .fail_on = fail_on};
	struct str text = {0};
	int saved;
	bool good;

	for (unsigned s = 0; s < RECALL_SIDES; s++)
		doubt_side(&rc->side[s]);
	make_items(&d);
	make_services(&d);
	*result = d.result = result_of(&d);
	write[format](&d, &text);
	good = fwrite(text.s, 1, text.len, out) == text.len && !fflush(out);
	saved = errno;
	str_free(&text);
	for (unsigned s = 0; s < RECALL_SIDES; s++)
		groups_free(&d.groups[s]);
	free(d.item);
	free(d.service);
	errno = saved;
	return good;
}
