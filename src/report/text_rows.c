/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_rows: planned against seen as text: a table of the plan's rows
 */
#include "text.h"

#include <string.h>

#include "words.h"

#define MAX_NAME   32 /* columns of a name that the table allows */
#define NAMED_ENDS 8  /* servers in no row that people are shown */
#define NO_ROW	   "(no row)"

/** struct columns - How wide the columns of names are */
struct columns {
	size_t service;
	size_t planned;
	size_t seen;
};

static void widen(size_t *width, const char *text)
{
	size_t n = text_columns(text);

	if (n > MAX_NAME)
		n = MAX_NAME;
	if (n > *width)
		*width = n;
}

static void put_planned(struct str *s, const struct report *r,
			const struct catalogue_row *row)
{
	str_clear(s);
	if (row->planned)
		words_circuits(s, r, row->planned);
	else
		str_add(s, "any");
}

/* "internet", or "internet -> er-chicago": where it was answered elsewhere. */
static void put_seen(struct str *s, const struct report *r,
		     const struct catalogue_row *row)
{
	str_clear(s);
	if (row->seen || row->answered)
		words_circuits(s, r, row->seen);
	else
		str_addc(s, '-');
	if (row->answered & ~row->seen) {
		str_add(s, " -> ");
		words_circuits(s, r, row->answered);
	}
}

static void widen_row(struct columns *c, const struct report *r,
		      const char *name, const struct catalogue_row *row)
{
	struct str s = {0};

	widen(&c->service, name);
	put_planned(&s, r, row);
	widen(&c->planned, s.s);
	put_seen(&s, r, row);
	widen(&c->seen, s.s);
	str_free(&s);
}

static const char *result_text(enum row_result result)
{
	static const char *const texts[] = {
		[ROW_OFF_PLAN] = "off plan",
		[ROW_ASYMMETRIC] = "asymmetric",
		[ROW_BROKEN] = "broken",
		[ROW_WRONG_NAT] = "wrong NAT",
		[ROW_NOT_COMPLETED] = "not completed",
		[ROW_NOT_EXERCISED] = "not exercised",
		[ROW_NOT_VERIFIED] = "NAT not verified",
		[ROW_AS_PLANNED] = "as planned",
	};
	static_assert(ARRAY_SIZE(texts) == ROW_RESULTS, "a text each result");

	return texts[result];
}

static enum text_tone result_tone(enum row_result result)
{
	if (result == ROW_AS_PLANNED)
		return TONE_GOOD;
	return result < ROW_NOT_COMPLETED ? TONE_CRITICAL : TONE_WARNING;
}

static void add_rtt(struct str *s, int64_t ns)
{
	struct timestamp zero = {0}, rtt = {ns};
	struct str text = {0};

	if (ns < 0)
		str_addc(&text, '-');
	else
		text_duration(&text, text_distance(zero, rtt));
	str_addf(s, "  %8s", text.s);
	str_free(&text);
}

/* "18/20": of those whose NAT was planned and seen, how many were right. */
static void add_nat(struct str *s, const struct catalogue_row *row)
{
	uint64_t judged = row->nat_planned + row->nat_wrong;
	char text[48] = "-";

	if (judged)
		snprintf(text, sizeof(text), "%llu/%llu",
			 (unsigned long long)row->nat_planned,
			 (unsigned long long)judged);
	str_addf(s, "  %9s", text);
}

static void add_row(struct report_walk *w, const struct columns *width,
		    const char *name, enum direction d,
		    const struct catalogue_row *row, int64_t rtt)
{
	struct str *s = &w->s, text = {0};

	str_add(s, "  ");
	text_pad(s, name, width->service);
	str_addf(s, "  %-9s  ", direction_name(d));
	put_planned(&text, w->r, row);
	text_pad(s, text.s, width->planned);
	str_add(s, "  ");
	put_seen(&text, w->r, row);
	text_pad(s, text.s, width->seen);
	str_addf(s, "  %7llu  %9llu  %9llu  %6llu",
		 (unsigned long long)row->connections,
		 (unsigned long long)row->completed,
		 (unsigned long long)row->unanswered,
		 (unsigned long long)row->broken);
	add_rtt(s, rtt);
	add_nat(s, row);
	str_add(s, "  ");
	str_free(&text);
}

static void add_head(struct report_walk *w, const struct columns *width)
{
	struct str *s = &w->s;

	str_add(s, "\n  ");
	text_pad(s, "service", width->service);
	str_addf(s, "  %-9s  ", "direction");
	text_pad(s, "planned", width->planned);
	str_add(s, "  ");
	text_pad(s, "seen", width->seen);
	str_addf(s, "  %7s  %9s  %9s  %6s  %8s  %9s  %s\n", "connect",
		 "completed", "no answer", "broken", "RTT", "NAT right",
		 "result");
}

static enum direction row_direction(const struct report *r, uint16_t service)
{
	return r->site->service[service].direction == SERVICE_INBOUND
		       ? DIRECTION_INBOUND
		       : DIRECTION_OUTBOUND;
}

static void add_service(struct report_walk *w, const struct columns *width,
			uint16_t service)
{
	const struct report *r = w->r;
	const struct catalogue_row *row = catalogue_row(r->catalogue, service);
	enum row_result result = catalogue_result(row);
	enum direction d = row_direction(r, service);

	add_row(w, width, words_service(r, service), d, row,
		catalogue_rtt(r->catalogue, service, d));
	text_tone(w, result_tone(result));
	str_add(&w->s, result_text(result));
	text_tone(w, TONE_PLAIN);
	str_addc(&w->s, '\n');
}

static const enum direction directions[] = {
	DIRECTION_OUTBOUND,
	DIRECTION_INBOUND,
	DIRECTION_UNKNOWN,
};

static void add_no_row(struct report_walk *w, const struct columns *width,
		       enum direction d)
{
	const struct catalogue_row *row = catalogue_no_row(w->r->catalogue, d);

	if (!row->connections)
		return;
	add_row(w, width, NO_ROW, d, row,
		catalogue_rtt(w->r->catalogue, SERVICE_NONE, d));
	str_add(&w->s, "not in the plan\n");
}

/* ------------------------------------------------- what to do about it */

/* "smtp-inbound, web" of those with a result, as a paragraph. */
static void add_list(struct report_walk *w, const char *label,
		     enum row_result result)
{
	struct str s = {0};

	for (size_t i = 0; i < w->r->site->services; i++) {
		const struct catalogue_row *row =
			catalogue_row(w->r->catalogue, (uint16_t)i);

		if (!w->r->site->service[i].retired &&
		    catalogue_result(row) == result)
			str_addf(&s, "%s%s", s.len ? ", " : "",
				 words_service(w->r, (unsigned)i));
	}
	if (s.len) {
		str_addc(&s, '.');
		text_para(w, 0, label, s.s);
	}
	str_free(&s);
}

static void add_dual_use(struct report_walk *w)
{
	struct str s = {0};

	for (size_t i = 0; i < w->r->site->services; i++) {
		if (!w->r->site->service[i].retired &&
		    catalogue_dual_use(w->r->catalogue, (uint16_t)i))
			str_addf(&s, "%s%s", s.len ? ", " : "",
				 words_service(w->r, (unsigned)i));
	}
	if (s.len) {
		str_add(&s, ": the remote over ExpressRoute, others over the "
			    "Internet; give each a name and address of its "
			    "own, or keep both on the Internet.");
		text_para(w, 0, "Used by both: ", s.s);
	}
	str_free(&s);
}

static void add_ends(struct report_walk *w)
{
	const struct catalogue_end *end;
	uint64_t more = 0;
	struct str s = {0};
	size_t count;

	end = catalogue_ends(w->r->catalogue, &count);
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++)
		count_add(&more,
			  catalogue_more_ends(w->r->catalogue, directions[i]));
	for (size_t i = NAMED_ENDS; i < count; i++)
		count_add(&more, end[i].connections);
	for (size_t i = 0; i < count && i < NAMED_ENDS; i++) {
		str_addf(&s, "%s%s to ", s.len ? ", " : "",
			 direction_name(end[i].direction));
		words_endpoint(&s, &end[i].server, end[i].port);
		str_addf(&s, " (%llu)", (unsigned long long)end[i].connections);
	}
	if (more)
		str_addf(&s, ", and %llu connections to others",
			 (unsigned long long)more);
	if (s.len) {
		str_add(&s, "; add a row, or block them.");
		text_para(w, 0, "In no row: ", s.s);
	}
	str_free(&s);
}

static void add_pools(struct report_walk *w)
{
	const struct catalogue_pool *pool;
	char text[PREFIX_TEXT];
	struct str s = {0};
	size_t count;

	pool = catalogue_pools(w->r->catalogue, &count);
	for (size_t i = 0; i < count; i++) {
		if (pool[i].connections)
			continue;
		str_addf(&s, "%s%s (%s)", s.len ? ", " : "",
			 prefix_format(&pool[i].prefix, text),
			 words_circuit(w->r, pool[i].circuit));
	}
	if (s.len) {
		str_add(&s, ": no connection came from there; the NAT rule or "
			    "the route is not live, or was not tested.");
		text_para(w, 0, "Pools not exercised: ", s.s);
	}
	str_free(&s);
}

void text_rows(struct report_walk *w)
{
	struct columns width = {
		.service = strlen("service"),
		.planned = strlen("planned"),
		.seen = strlen("seen"),
	};
	const struct report *r = w->r;

	for (size_t i = 0; i < r->site->services; i++)
		widen_row(&width, r, words_service(r, (unsigned)i),
			  catalogue_row(r->catalogue, (uint16_t)i));
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		const struct catalogue_row *row =
			catalogue_no_row(r->catalogue, directions[i]);

		if (row->connections)
			widen_row(&width, r, NO_ROW, row);
	}
	add_head(w, &width);
	for (size_t i = 0; i < r->site->services; i++) {
		if (!r->site->service[i].retired)
			add_service(w, &width, (uint16_t)i);
	}
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++)
		add_no_row(w, &width, directions[i]);
	str_addc(&w->s, '\n');
	add_list(w, "Not exercised: ", ROW_NOT_EXERCISED);
	add_list(w, "Tried, and never completed: ", ROW_NOT_COMPLETED);
	add_dual_use(w);
	add_ends(w);
	add_pools(w);
}
