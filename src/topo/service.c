/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The row of the catalogue that a connection belongs to, and its NAT plan
 *
 * DOC: Theory of operation
 *
 * A row is asked with every tuple that a connection has, since one names the
 * server as it is known outside, and another the client as it is known
 * inside; so a row can be about a published address, or about the segment
 * that a client sits in.  The first row that fits is the one.
 *
 * A plan may have a thousand rows, and every connection is asked for.  So each
 * prefix that a row names has the set of rows, a bit each, that it fits: its
 * own, those of the prefixes that cover it, and those that name none.  Two
 * lookups and an AND leave the rows that both addresses fit; the first whose
 * ports fit is it.
 *
 * What NAT made of an inbound connection shows in its other tuples: one with
 * another client than the SYN had outside says what the source was translated
 * to, one with another server what the published address leads to.
 */
#include "topo.h"

#include <stdlib.h>

#define ROW_WORDS (SITE_MAX_SERVICES / 64)

/** struct row_set - Rows of the catalogue, a bit each, by rank */
struct row_set {
	uint64_t word[ROW_WORDS];
};

/**
 * struct row_index - From an address to the rows that it fits
 * @map:	To the longest of the rows' prefixes that has it
 * @set:	By prefix: the rows that name it or a shorter one that covers
 *		it, and those that name none
 * @any:	The rows that name none
 */
struct row_index {
	struct prefix_map map;
	struct row_set *set;
	struct row_set any;
};

struct row_tables {
	struct row_index local;
	struct row_index remote;
	struct row_set inbound;
	struct row_set outbound;
};

/* A prefix of a row, on its way into an index */
struct row_prefix {
	struct prefix prefix;
	uint32_t row;
};

static void set_row(struct row_set *set, size_t row)
{
	set->word[row / 64] |= 1ULL << row % 64;
}

static const struct site_service *row_of(const struct topo *t, size_t rank)
{
	return &t->site->service[t->service[rank]];
}

static const struct site_prefixes *list_of(const struct site_service *s,
					   bool local)
{
	return local ? &s->local : &s->remote;
}

static int row_prefix_cmp(const void *a_, const void *b_)
{
	const struct row_prefix *a = a_, *b = b_;

	return prefix_cmp(&a->prefix, &b->prefix);
}

/* All prefixes of all rows; a row without any is noted in the index. */
static struct row_prefix *gather(const struct topo *t, bool local,
				 struct row_index *x, size_t *count)
{
	struct row_prefix *p;
	size_t n = 0;

	for (size_t i = 0; i < t->services; i++)
		n += list_of(row_of(t, i), local)->count;
	p = xcalloc(n + 1, sizeof(*p));
	*count = 0;
	for (size_t i = 0; i < t->services; i++) {
		const struct site_prefixes *list = list_of(row_of(t, i), local);

		if (!list->count)
			set_row(&x->any, i);
		for (size_t k = 0; k < list->count; k++)
			p[(*count)++] = (struct row_prefix){
				list->item[k].prefix, (uint32_t)i};
	}
	qsort(p, n, sizeof(*p), row_prefix_cmp);
	return p;
}

/* Sorted, a prefix comes behind all that cover it: what is open is a stack. */
static void make_index(const struct topo *t, bool local, struct row_index *x)
{
	size_t open[130], depth = 0, count, sets = 0;
	struct row_prefix *p = gather(t, local, x, &count);

	x->set = xcalloc(count + 1, sizeof(*x->set));
	for (size_t i = 0; i < count; i++) {
		if (i && !prefix_cmp(&p[i].prefix, &p[i - 1].prefix)) {
			set_row(&x->set[sets - 1], p[i].row);
			continue;
		}
		while (depth && !prefix_has(&p[open[depth - 1]].prefix,
					    &p[i].prefix.base))
			depth--;
		/* The set of what covers it; its number is kept in its row. */
		x->set[sets] = depth ? x->set[p[open[depth - 1]].row] : x->any;
		set_row(&x->set[sets], p[i].row);
		if (!prefix_map_add(&x->map, &p[i].prefix, (int32_t)sets))
			log_fatal("out of memory for the catalogue");
		p[i].row = (uint32_t)sets++;
		open[depth++] = i;
	}
	if (!prefix_map_freeze(&x->map))
		log_fatal("out of memory for the catalogue");
	free(p);
}

void services_build(struct topo *t)
{
	services_clear(t);
	if (!t->services)
		return;
	t->rows = xcalloc(1, sizeof(*t->rows));
	make_index(t, true, &t->rows->local);
	make_index(t, false, &t->rows->remote);
	for (size_t i = 0; i < t->services; i++)
		set_row(row_of(t, i)->direction == SERVICE_INBOUND
				? &t->rows->inbound
				: &t->rows->outbound,
			i);
}

void services_clear(struct topo *t)
{
	if (!t->rows)
		return;
	prefix_map_clear(&t->rows->local.map);
	prefix_map_clear(&t->rows->remote.map);
	free(t->rows->local.set);
	free(t->rows->remote.set);
	free(t->rows);
	t->rows = NULL;
}

static const struct row_set *rows_of(const struct row_index *x,
				     const struct addr *a)
{
	int32_t found = prefix_map_find(&x->map, a);

	return found < 0 ? &x->any : &x->set[found];
}

static bool list_has(const struct site_prefixes *list, const struct addr *a)
{
	for (size_t i = 0; i < list->count; i++) {
		if (prefix_has(&list->item[i].prefix, a))
			return true;
	}
	return !list->count;
}

static bool ports_have(const struct site_service *s, uint16_t port)
{
	for (size_t i = 0; i < s->port_count; i++) {
		if (port >= s->ports[i].first && port <= s->ports[i].last)
			return true;
	}
	return !s->port_count;
}

/* The first row below @below that a tuple fits, or @below */
static size_t first_row(const struct topo *t, bool inbound,
			const struct tuple *u, size_t below)
{
	const struct row_tables *x = t->rows;
	const struct row_set *d = inbound ? &x->inbound : &x->outbound;
	const struct row_set *local =
		rows_of(&x->local, inbound ? &u->server : &u->client);
	const struct row_set *remote =
		rows_of(&x->remote, inbound ? &u->client : &u->server);

	for (size_t w = 0; w * 64 < below; w++) {
		uint64_t fit = d->word[w] & local->word[w] & remote->word[w];

		for (; fit; fit &= fit - 1) {
			size_t row = w * 64 + (size_t)__builtin_ctzll(fit);

			if (row >= below)
				return below;
			if (ports_have(row_of(t, row), u->server_port))
				return row;
		}
	}
	return below;
}

uint16_t topo_service(const struct topo *t, enum direction d,
		      const struct tuple *tuple, size_t tuples)
{
	size_t row = t->services;

	if (d == DIRECTION_UNKNOWN || !t->rows)
		return SERVICE_NONE;
	for (size_t k = 0; k < tuples; k++)
		row = first_row(t, d == DIRECTION_INBOUND, &tuple[k], row);
	return row < t->services ? t->service[row] : SERVICE_NONE;
}

const struct prefix *topo_snat_plan(const struct topo *t, uint16_t service,
				    uint8_t circuit)
{
	const struct site_service *s;

	if (service >= t->site->services)
		return NULL;
	s = &t->site->service[service];
	for (size_t i = 0; i < s->snat_count; i++) {
		if (s->snat[i].circuit == circuit)
			return &s->snat[i].to;
	}
	return NULL;
}

static bool snat_fits(const struct topo *t, uint16_t service, uint64_t circuits,
		      const struct addr *source)
{
	for (; circuits; circuits &= circuits - 1) {
		const struct prefix *to = topo_snat_plan(
			t, service, (uint8_t)__builtin_ctzll(circuits));

		if (to && prefix_has(to, source))
			return true;
	}
	return false;
}

/* A plan for IPv4 says nothing of IPv6, nor the other way round. */
static bool snat_planned(const struct topo *t, uint16_t service,
			 uint64_t circuits, const struct addr *client)
{
	for (; circuits; circuits &= circuits - 1) {
		const struct prefix *to = topo_snat_plan(
			t, service, (uint8_t)__builtin_ctzll(circuits));

		if (to && addr_is_v4(&to->base) == addr_is_v4(client))
			return true;
	}
	return false;
}

enum nat_plan topo_nat_plan(const struct topo *t, uint16_t service,
			    uint64_t syn_taps, uint64_t original_taps,
			    const struct tuple *tuple, size_t tuples,
			    size_t *which)
{
	uint64_t circuits = topo_circuits(t, syn_taps & ~t->inside);
	bool planned =
		tuples && snat_planned(t, service, circuits, &tuple[0].client);
	bool translated = false, led = false;
	const struct site_service *s;

	*which = 0;
	if (service >= t->site->services || !tuples)
		return NAT_NOT_PLANNED;
	s = &t->site->service[service];
	if (planned && (original_taps & t->inside))
		return NAT_MISSING;
	for (size_t i = 1; i < tuples; i++) {
		bool source = addr_cmp(&tuple[i].client, &tuple[0].client);
		bool server = addr_cmp(&tuple[i].server, &tuple[0].server);

		*which = i;
		if (source && planned &&
		    !snat_fits(t, service, circuits, &tuple[i].client))
			return NAT_WRONG_SOURCE;
		if (server && s->inside.count &&
		    !list_has(&s->inside, &tuple[i].server))
			return NAT_WRONG_SERVER;
		translated |= source;
		led |= server;
	}
	if (!planned && !s->inside.count)
		return NAT_NOT_PLANNED;
	if (planned && !translated)
		return syn_taps & t->inside ? NAT_MISSING : NAT_NOT_SEEN;
	return planned || led ? NAT_AS_PLANNED : NAT_NOT_SEEN;
}
