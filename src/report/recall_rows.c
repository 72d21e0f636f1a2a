/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall_rows: the plan against what was seen of it, from the lines that told
 *
 * A catalogue is made for the services that there are, and these are known
 * when all lines are read; until then rows are kept as they were told.
 */
#include "recall.h"

#include <stdlib.h>

#define MAX_POOLS 2048

static const struct told_row nothing = {.rtt = -1};

static void add(uint64_t *sum, const struct jsonin *o, const char *key)
{
	count_add(sum, jsonin_number(o, key));
}

static void add_row(struct recall *rc, struct catalogue_row *row,
		    const struct jsonin *o)
{
	const struct jsonin *on = jsonin_get(o, "seen_connections");

	row->seen |= recall_circuits(rc, jsonin_get(o, "seen"));
	row->answered |= recall_circuits(rc, jsonin_get(o, "answered"));
	for (size_t c = 0; c < rc->site->circuits; c++)
		add(&row->on[c], on, rc->site->circuit[c].name);
	add(&row->connections, o, "connections");
	add(&row->completed, o, "completed");
	add(&row->refused, o, "refused");
	add(&row->unanswered, o, "unanswered");
	add(&row->broken, o, "broken");
	add(&row->asymmetric, o, "asymmetric");
	add(&row->off_plan, o, "off_plan");
	add(&row->nat_planned, o, "nat_planned");
	add(&row->nat_wrong, o, "nat_wrong");
	add(&row->nat_unseen, o, "nat_unseen");
	add(&row->midstream, o, "midstream");
}

static void add_told(struct recall *rc, struct told_row *t,
		     const struct jsonin *o, uint64_t connections)
{
	uint64_t us;

	t->told = true;
	t->dual_use |= jsonin_true(o, "dual_use");
	add_row(rc, &t->row, o);
	if (connections >= t->most && jsonin_count(o, "rtt_us_median", &us) &&
	    us <= INT64_MAX / NSEC_PER_USEC) {
		t->rtt = (int64_t)us * NSEC_PER_USEC;
		t->most = connections;
	}
}

static enum direction direction_of(const struct jsonin *o)
{
	const char *word = jsonin_text(o, "direction");

	for (unsigned d = 0; word && d <= DIRECTION_INBOUND; d++) {
		if (!strcmp(word, direction_name((enum direction)d)))
			return (enum direction)d;
	}
	return DIRECTION_UNKNOWN;
}

static void take_servers(struct recall *rc, struct told_rows *rows,
			 const struct jsonin *o, enum direction d)
{
	const struct jsonin *list = jsonin_get(o, "servers");

	add(&rows->more[d], o, "servers_more");
	for (size_t i = 0; i < jsonin_items(list); i++) {
		const struct jsonin *item = jsonin_item(list, i);
		const char *ip = jsonin_text(item, "dest_ip");
		uint64_t port = jsonin_number(item, "dest_port");
		struct catalogue_end end = {
			.port = port > UINT16_MAX ? 0 : (uint16_t)port,
			.direction = d,
			.connections = jsonin_number(item, "connections"),
		};

		if (!ip || !addr_parse(ip, &end.server))
			continue;
		end.circuits =
			recall_circuits(rc, jsonin_get(item, "circuits"));
		if (rows->ends < CATALOGUE_ENDS)
			rows->end[rows->ends++] = end;
		else
			count_add(&rows->more[d], end.connections);
	}
}

bool recall_service_line(struct recall *rc, struct recall_side *side,
			 const struct jsonin *o, struct str *why)
{
	uint16_t n = recall_service(rc, jsonin_text(o, "service"));
	struct told_rows *rows = &side->rows;
	enum direction d = direction_of(o);
	uint64_t connections;

	if (!jsonin_count(o, "connections", &connections)) {
		str_add(why, "a service needs its connections");
		return false;
	}
	if (n == SERVICE_NONE) {
		if (!rows->none[d].told)
			rows->none[d] = nothing;
		add_told(rc, &rows->none[d], o, connections);
		take_servers(rc, rows, o, d);
		return true;
	}
	while (rows->services <= n) {
		rows->service = xrealloc(rows->service, rows->services + 1,
					 sizeof(*rows->service));
		rows->service[rows->services++] = nothing;
	}
	add_told(rc, &rows->service[n], o, connections);
	return true;
}

/* It is a pool of the site, whose catalogue then knows it. */
static void know_pool(struct recall *rc, const struct catalogue_pool *pool)
{
	const struct site_prefixes *have =
		&rc->site->circuit[pool->circuit].nat_pools;

	for (size_t i = 0; i < have->count; i++) {
		if (!prefix_cmp(&have->item[i].prefix, &pool->prefix))
			return;
	}
	site_add_pool(rc->site, pool->circuit, &pool->prefix);
}

bool recall_pool_line(struct recall *rc, struct recall_side *side,
		      const struct jsonin *o, struct str *why)
{
	struct told_rows *rows = &side->rows;
	const char *prefix = jsonin_text(o, "prefix");
	struct catalogue_pool pool = {
		.circuit = recall_circuit(rc, jsonin_text(o, "circuit")),
		.connections = jsonin_number(o, "connections"),
	};

	if (pool.circuit == CIRCUIT_NONE || !prefix ||
	    prefix_parse(prefix, &pool.prefix)) {
		str_add(why, "a pool needs a circuit and a prefix");
		return false;
	}
	if (rows->pools == MAX_POOLS) {
		rc->unnamed++;
		return true;
	}
	know_pool(rc, &pool);
	rows->pool = xrealloc(rows->pool, rows->pools + 1, sizeof(*rows->pool));
	rows->pool[rows->pools++] = pool;
	return true;
}

static bool any_told(const struct told_rows *rows)
{
	bool any = rows->pools > 0;

	for (size_t i = 0; i < rows->services; i++)
		any |= rows->service[i].told;
	for (unsigned d = 0; d <= DIRECTION_INBOUND; d++)
		any |= rows->none[d].told;
	return any;
}

static void tell(struct catalogue *k, uint16_t service, enum direction d,
		 const struct told_row *t)
{
	if (t->told)
		catalogue_told(k, service, d, &t->row, t->rtt, t->dual_use);
}

void recall_catalogue(struct recall *rc, struct recall_side *side)
{
	const struct told_rows *rows = &side->rows;
	struct catalogue *k;

	if (!any_told(rows))
		return;
	side->catalogue = k = catalogue_new(rc->topo);
	for (size_t i = 0; i < rows->services; i++)
		tell(k, (uint16_t)i, DIRECTION_UNKNOWN, &rows->service[i]);
	for (unsigned d = 0; d <= DIRECTION_INBOUND; d++) {
		tell(k, SERVICE_NONE, (enum direction)d, &rows->none[d]);
		catalogue_told_more(k, (enum direction)d, rows->more[d]);
	}
	for (size_t i = 0; i < rows->ends; i++)
		catalogue_told_end(k, &rows->end[i]);
	for (size_t i = 0; i < rows->pools; i++)
		catalogue_told_pool(k, &rows->pool[i]);
	report_catalogue(side->report, k);
}

void recall_rows_free(struct recall_side *side)
{
	catalogue_free(side->catalogue);
	free(side->rows.service);
	free(side->rows.pool);
}
