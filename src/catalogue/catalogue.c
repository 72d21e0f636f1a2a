/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Planned against seen: connections are booked on the rows of the plan
 *
 * DOC: Theory of operation
 *
 * The flow table counts each connection once, when it is over or when it has
 * settled, and hands it here where the site has services.  All that is kept is
 * sums and unions, so neither order nor threads leave a trace, and memory is
 * that of the plan, not that of the traffic: servers in no row are named up to
 * a bound, and counted beyond it.
 *
 * The source NAT of an outbound connection was judged packet by packet at the
 * outside taps; one that shows no escape there, on circuits that have a pool,
 * was translated as planned.  That of an inbound one shows inside, and
 * topo_nat_plan() compares it.  Where no tap shows it, it is not known, and
 * never as planned.
 */
#include <asymcap/catalogue.h>

#include <stdlib.h>
#include <string.h>

#include "rtt.h"

#define DIRECTIONS (DIRECTION_INBOUND + 1)

/**
 * struct booked - A row with what only this file reads
 * @row:	What was seen
 * @rtt:	Times from SYN to answer
 */
struct booked {
	struct catalogue_row row;
	struct rtt_counts rtt;
};

/**
 * struct catalogue - The plan's rows, and what has none
 * @booked:	By service, of which there are @rows
 * @no_row:	By direction
 * @pool_of:	From an address to the pool that it lies in
 */
struct catalogue {
	const struct topo *topo;
	const struct site *site;
	struct booked *booked;
	size_t rows;
	struct booked no_row[DIRECTIONS];
	struct catalogue_end end[CATALOGUE_ENDS];
	size_t ends;
	uint64_t more_ends[DIRECTIONS];
	struct catalogue_pool *pool;
	size_t pools;
	struct prefix_map pool_of;
};

const char *row_result_name(enum row_result r)
{
	static const char *const names[] = {
		[ROW_OFF_PLAN] = "off-plan",
		[ROW_ASYMMETRIC] = "asymmetric",
		[ROW_BROKEN] = "broken",
		[ROW_WRONG_NAT] = "wrong-nat",
		[ROW_NOT_COMPLETED] = "not-completed",
		[ROW_NOT_EXERCISED] = "not-exercised",
		[ROW_NOT_VERIFIED] = "not-verified",
		[ROW_AS_PLANNED] = "as-planned",
	};
	static_assert(ARRAY_SIZE(names) == ROW_RESULTS, "a word each result");

	return names[r];
}

static uint64_t count_before(const struct catalogue_pool *pool, size_t pools,
			     const struct catalogue_pool *p)
{
	for (size_t i = 0; i < pools; i++) {
		if (pool[i].circuit == p->circuit &&
		    !prefix_cmp(&pool[i].prefix, &p->prefix))
			return pool[i].connections;
	}
	return 0;
}

/* The pools of the site; those that were there keep their count. */
static void make_pools(struct catalogue *k)
{
	struct catalogue_pool *before = k->pool;
	size_t n = 0, pools = k->pools;

	for (size_t c = 0; c < k->site->circuits; c++)
		n += k->site->circuit[c].nat_pools.count;
	k->pool = xcalloc(n + 1, sizeof(*k->pool));
	k->pools = 0;
	prefix_map_clear(&k->pool_of);
	for (size_t c = 0; c < k->site->circuits; c++) {
		const struct site_prefixes *list =
			&k->site->circuit[c].nat_pools;

		for (size_t i = 0; i < list->count; i++) {
			struct catalogue_pool *p = &k->pool[k->pools];

			p->circuit = (uint8_t)c;
			p->prefix = list->item[i].prefix;
			p->connections = count_before(before, pools, p);
			if (!prefix_map_add(&k->pool_of, &p->prefix,
					    (int32_t)k->pools++))
				log_fatal("out of memory for the catalogue");
		}
	}
	if (!prefix_map_freeze(&k->pool_of))
		log_fatal("out of memory for the catalogue");
	free(before);
}

void catalogue_refresh(struct catalogue *k)
{
	size_t rows = k->site->services;

	if (rows > k->rows || !k->booked) {
		k->booked = xrealloc(k->booked, rows + 1, sizeof(*k->booked));
		memset(&k->booked[k->rows], 0,
		       (rows + 1 - k->rows) * sizeof(*k->booked));
		k->rows = rows;
	}
	for (size_t i = 0; i < rows; i++)
		k->booked[i].row.planned = k->site->service[i].circuits;
	make_pools(k);
}

struct catalogue *catalogue_new(const struct topo *topo)
{
	struct catalogue *k = xcalloc(1, sizeof(*k));

	k->topo = topo;
	k->site = topo_site(topo);
	catalogue_refresh(k);
	return k;
}

void catalogue_free(struct catalogue *k)
{
	if (!k)
		return;
	prefix_map_clear(&k->pool_of);
	free(k->booked);
	free(k->pool);
	free(k);
}

/* ---------------------------------------------------------------- booking */

static void book_outcome(struct catalogue_row *row, const struct connection *c)
{
	if (c->completed)
		row->completed++;
	else if (c->class == CLASS_REFUSED)
		row->refused++;
	else if (c->class == CLASS_UNANSWERED)
		row->unanswered++;
	else if (c->impact == IMPACT_BROKEN && c->answer.count)
		row->broken++;
}

/* Whether all these circuits have pools that a source can be compared with. */
static bool have_pools(const struct topo *topo, uint64_t circuits)
{
	bool any = circuits;

	for (; circuits && any; circuits &= circuits - 1)
		any = topo_has_pools(topo, (uint8_t)__builtin_ctzll(circuits));
	return any;
}

static void book_outbound_nat(const struct catalogue *k,
			      struct catalogue_row *row,
			      const struct connection *c)
{
	uint64_t outside = c->syn.taps & ~topo_inside(k->topo);

	if (c->escapes)
		row->nat_wrong++;
	else if (have_pools(k->topo, topo_circuits(k->topo, outside)))
		row->nat_planned++;
	else if (have_pools(k->topo, c->syn_circuits))
		row->nat_unseen++;
}

static void book_inbound_nat(const struct catalogue *k,
			     struct catalogue_row *row,
			     const struct connection *c)
{
	size_t which;

	if (c->escapes) {
		row->nat_wrong++;
		return;
	}
	switch (topo_nat_plan(k->topo, c->service, c->syn.taps,
			      c->original_taps, c->tuple, c->tuples, &which)) {
	case NAT_NOT_PLANNED:
		break;
	case NAT_NOT_SEEN:
		row->nat_unseen++;
		break;
	case NAT_AS_PLANNED:
		row->nat_planned++;
		break;
	case NAT_MISSING:
	case NAT_WRONG_SOURCE:
	case NAT_WRONG_SERVER:
		row->nat_wrong++;
		break;
	}
}

static void book_pool(struct catalogue *k, const struct connection *c)
{
	for (size_t i = 0; i < c->tuples; i++) {
		int32_t pool =
			prefix_map_find(&k->pool_of, &c->tuple[i].client);

		if (pool >= 0) {
			k->pool[pool].connections++;
			return;
		}
	}
}

void catalogue_told_end(struct catalogue *k, const struct catalogue_end *end)
{
	struct catalogue_end *e = k->end;

	for (; e < &k->end[k->ends]; e++) {
		if (e->port == end->port && e->direction == end->direction &&
		    !addr_cmp(&e->server, &end->server))
			break;
	}
	if (e == &k->end[CATALOGUE_ENDS]) {
		count_add(&k->more_ends[end->direction], end->connections);
		return;
	}
	if (e == &k->end[k->ends]) {
		*e = *end;
		k->ends++;
		return;
	}
	e->circuits |= end->circuits;
	count_add(&e->connections, end->connections);
}

static void book_end(struct catalogue *k, const struct connection *c)
{
	const struct catalogue_end end = {
		.server = c->tuple[0].server,
		.port = c->tuple[0].server_port,
		.direction = c->direction,
		.circuits = c->syn_circuits | c->answer_circuits,
		.connections = 1,
	};

	catalogue_told_end(k, &end);
}

/* Not of the remote: but do they ask a server that the remote asks, too? */
static void book_others(struct catalogue *k, const struct connection *c)
{
	uint16_t service =
		topo_service(k->topo, DIRECTION_INBOUND, c->tuple, c->tuples);

	if (service != SERVICE_NONE)
		k->booked[service].row.others |= c->syn_circuits;
}

static void book(struct catalogue *k, struct booked *b,
		 const struct connection *c)
{
	struct catalogue_row *row = &b->row;

	if (c->class == CLASS_MIDSTREAM) {
		row->midstream++;
		return;
	}
	row->connections++;
	row->seen |= c->syn_circuits;
	row->answered |= c->answer_circuits;
	for (uint64_t on = c->syn_circuits; on; on &= on - 1)
		row->on[__builtin_ctzll(on)]++;
	book_outcome(row, c);
	row->asymmetric += c->class == CLASS_ASYMMETRIC;
	row->off_plan += row->planned && (c->syn_circuits & ~row->planned);
	if (c->direction == DIRECTION_OUTBOUND)
		book_outbound_nat(k, row, c);
	else
		book_inbound_nat(k, row, c);
	rtt_add(&b->rtt, c->rtt);
}

void catalogue_take(struct catalogue *k, const struct connection *c)
{
	if (c->class == CLASS_OUT_OF_SCOPE) {
		book_others(k, c);
		return;
	}
	if (c->direction == DIRECTION_OUTBOUND)
		book_pool(k, c);
	if (c->service < k->site->services) {
		book(k, &k->booked[c->service], c);
		return;
	}
	book(k, &k->no_row[c->direction], c);
	if (c->class != CLASS_MIDSTREAM)
		book_end(k, c);
}

/* ------------------------------------------------- what other runs told */

static uint64_t internet_circuits(const struct site *site)
{
	uint64_t some = 0;

	for (size_t c = 0; c < site->circuits; c++) {
		if (site->circuit[c].kind == CIRCUIT_INTERNET)
			some |= 1ULL << c;
	}
	return some;
}

void catalogue_told(struct catalogue *k, uint16_t service, enum direction d,
		    const struct catalogue_row *row, int64_t rtt, bool dual_use)
{
	struct booked *b = service < k->site->services ? &k->booked[service]
						       : &k->no_row[d];
	struct catalogue_row *to = &b->row;

	to->seen |= row->seen;
	to->answered |= row->answered;
	for (size_t c = 0; c < SITE_MAX_CIRCUITS; c++)
		count_add(&to->on[c], row->on[c]);
	count_add(&to->connections, row->connections);
	count_add(&to->completed, row->completed);
	count_add(&to->refused, row->refused);
	count_add(&to->unanswered, row->unanswered);
	count_add(&to->broken, row->broken);
	count_add(&to->asymmetric, row->asymmetric);
	count_add(&to->off_plan, row->off_plan);
	count_add(&to->nat_planned, row->nat_planned);
	count_add(&to->nat_wrong, row->nat_wrong);
	count_add(&to->nat_unseen, row->nat_unseen);
	count_add(&to->midstream, row->midstream);
	if (dual_use)
		to->others |= internet_circuits(k->site);
	rtt_add(&b->rtt, rtt);
}

void catalogue_told_more(struct catalogue *k, enum direction d, uint64_t n)
{
	count_add(&k->more_ends[d], n);
}

void catalogue_told_pool(struct catalogue *k, const struct catalogue_pool *pool)
{
	for (size_t i = 0; i < k->pools; i++) {
		if (k->pool[i].circuit == pool->circuit &&
		    !prefix_cmp(&k->pool[i].prefix, &pool->prefix)) {
			count_add(&k->pool[i].connections, pool->connections);
			return;
		}
	}
}

/* ---------------------------------------------------------------- reading */

const struct catalogue_row *catalogue_row(const struct catalogue *k,
					  uint16_t service)
{
	assert(service < k->site->services);
	return &k->booked[service].row;
}

const struct catalogue_row *catalogue_no_row(const struct catalogue *k,
					     enum direction d)
{
	return &k->no_row[d].row;
}

enum row_result catalogue_result(const struct catalogue_row *row)
{
	if (row->off_plan)
		return ROW_OFF_PLAN;
	if (row->asymmetric)
		return ROW_ASYMMETRIC;
	if (row->broken)
		return ROW_BROKEN;
	if (row->nat_wrong)
		return ROW_WRONG_NAT;
	if (!row->connections)
		return ROW_NOT_EXERCISED;
	if (!row->completed)
		return ROW_NOT_COMPLETED;
	return row->nat_unseen && !row->nat_planned ? ROW_NOT_VERIFIED
						    : ROW_AS_PLANNED;
}

static uint64_t of_kind(const struct site *site, uint64_t circuits,
			enum circuit_kind kind)
{
	uint64_t some = 0;

	for (; circuits; circuits &= circuits - 1) {
		unsigned c = (unsigned)__builtin_ctzll(circuits);

		if (site->circuit[c].kind == kind)
			some |= 1ULL << c;
	}
	return some;
}

bool catalogue_dual_use(const struct catalogue *k, uint16_t service)
{
	const struct catalogue_row *row = catalogue_row(k, service);

	return of_kind(k->site, row->seen, CIRCUIT_EXPRESSROUTE) &&
	       of_kind(k->site, row->others, CIRCUIT_INTERNET);
}

int64_t catalogue_rtt(const struct catalogue *k, uint16_t service,
		      enum direction d)
{
	return rtt_median(service < k->site->services ? &k->booked[service].rtt
						      : &k->no_row[d].rtt);
}

/* The most used first, then by address, whatever the order they came in. */
static int end_cmp(const void *a_, const void *b_)
{
	const struct catalogue_end *a = a_, *b = b_;
	int order;

	if (a->connections != b->connections)
		return a->connections > b->connections ? -1 : 1;
	order = addr_cmp(&a->server, &b->server);
	if (!order)
		order = (int)a->port - (int)b->port;
	return order ? order : (int)a->direction - (int)b->direction;
}

const struct catalogue_end *catalogue_ends(struct catalogue *k, size_t *count)
{
	qsort(k->end, k->ends, sizeof(k->end[0]), end_cmp);
	*count = k->ends;
	return k->end;
}

uint64_t catalogue_more_ends(const struct catalogue *k, enum direction d)
{
	return k->more_ends[d];
}

const struct catalogue_pool *catalogue_pools(const struct catalogue *k,
					     size_t *count)
{
	*count = k->pools;
	return k->pool;
}
