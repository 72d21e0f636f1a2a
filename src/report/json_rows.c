/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json_rows: planned against seen as JSON
 */
#include "json.h"

#include "jsonout.h"
#include "words.h"

static void put_on(struct str *s, const struct report *r,
		   const struct catalogue_row *row)
{
	json_open(s, "seen_connections", '{');
	for (unsigned i = 0; i < SITE_MAX_CIRCUITS; i++) {
		if (row->seen >> i & 1)
			json_number(s, words_circuit(r, i), row->on[i]);
	}
	json_close(s, '}');
}

static void put_counts(struct str *s, const struct report *r,
		       const struct catalogue_row *row)
{
	json_circuits(s, r, "planned", row->planned);
	json_circuits(s, r, "seen", row->seen);
	json_circuits(s, r, "answered", row->answered);
	put_on(s, r, row);
	json_number(s, "connections", row->connections);
	json_number(s, "completed", row->completed);
	json_number(s, "refused", row->refused);
	json_number(s, "unanswered", row->unanswered);
	json_number(s, "broken", row->broken);
	json_number(s, "asymmetric", row->asymmetric);
	json_number(s, "off_plan", row->off_plan);
	json_number(s, "nat_planned", row->nat_planned);
	json_number(s, "nat_wrong", row->nat_wrong);
	json_number(s, "nat_unseen", row->nat_unseen);
	json_number(s, "midstream", row->midstream);
}

static void put_rtt(struct str *s, int64_t ns)
{
	if (ns < 0)
		json_null(s, "rtt_us_median");
	else
		json_number(s, "rtt_us_median", (uint64_t)(ns / NSEC_PER_USEC));
}

static void put_row(struct str *s, const struct report *r, uint16_t service)
{
	const struct catalogue_row *row = catalogue_row(r->catalogue, service);
	bool inbound = r->site->service[service].direction == SERVICE_INBOUND;
	enum direction d = inbound ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;

	json_line_open(s);
	json_text(s, "event_type", "service");
	json_text(s, "service", words_service(r, service));
	json_text(s, "direction", direction_name(d));
	json_text(s, "result", row_result_name(catalogue_result(row)));
	put_counts(s, r, row);
	put_rtt(s, catalogue_rtt(r->catalogue, service, d));
	json_bool(s, "dual_use", catalogue_dual_use(r->catalogue, service));
	json_line_close(s);
}

static void put_ends(struct str *s, const struct report *r, enum direction d)
{
	const struct catalogue_end *end;
	size_t count;

	end = catalogue_ends(r->catalogue, &count);
	json_open(s, "servers", '[');
	for (size_t i = 0; i < count; i++) {
		if (end[i].direction != d)
			continue;
		json_open(s, NULL, '{');
		json_addr(s, "dest_ip", &end[i].server);
		json_number(s, "dest_port", end[i].port);
		json_circuits(s, r, "circuits", end[i].circuits);
		json_number(s, "connections", end[i].connections);
		json_close(s, '}');
	}
	json_close(s, ']');
	json_number(s, "servers_more", catalogue_more_ends(r->catalogue, d));
}

/* Connections that no row is for, if there were any. */
static void put_no_row(struct str *s, const struct report *r, enum direction d)
{
	const struct catalogue_row *row = catalogue_no_row(r->catalogue, d);

	if (!row->connections && !row->midstream)
		return;
	json_line_open(s);
	json_text(s, "event_type", "service");
	json_text(s, "service", NULL);
	json_text(s, "direction", direction_name(d));
	json_text(s, "result", "no-row");
	put_counts(s, r, row);
	put_rtt(s, catalogue_rtt(r->catalogue, SERVICE_NONE, d));
	put_ends(s, r, d);
	json_line_close(s);
}

static void put_pool(struct str *s, const struct report *r,
		     const struct catalogue_pool *pool)
{
	char text[PREFIX_TEXT];

	json_line_open(s);
	json_text(s, "event_type", "pool");
	json_text(s, "circuit", words_circuit(r, pool->circuit));
	json_text(s, "prefix", prefix_format(&pool->prefix, text));
	json_number(s, "connections", pool->connections);
	json_line_close(s);
}

void json_rows(struct report_walk *w)
{
	static const enum direction directions[] = {
		DIRECTION_OUTBOUND,
		DIRECTION_INBOUND,
		DIRECTION_UNKNOWN,
	};
	const struct report *r = w->r;
	const struct catalogue_pool *pool;
	size_t pools;

	for (size_t i = 0; i < r->site->services; i++) {
		if (!r->site->service[i].retired)
			put_row(&w->s, r, (uint16_t)i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++)
		put_no_row(&w->s, r, directions[i]);
	pool = catalogue_pools(r->catalogue, &pools);
	for (size_t i = 0; i < pools; i++)
		put_pool(&w->s, r, &pool[i]);
}
