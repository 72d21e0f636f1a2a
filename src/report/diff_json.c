/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * diff_json: two runs compared, for programs: JSON Lines, or test results
 */
#include "diff.h"

#include "json.h"
#include "jsonout.h"
#include "junit.h"
#include "text.h"
#include "words.h"

static void put_prefix(struct str *s, const char *key, const struct addr *base,
		       uint8_t len)
{
	struct prefix p = {.base = *base, .len = len};
	char text[PREFIX_TEXT];

	json_text(s, key,
		  len == GROUP_NO_PREFIX ? NULL : prefix_format(&p, text));
}

static void put_severity(struct str *s, const char *key,
			 const struct diff_item *item, unsigned side)
{
	json_text(s, key,
		  item->group[side] ? severity_name(item->severity[side])
				    : NULL);
}

static void put_change(struct str *s, const struct diff *d,
		       const struct diff_item *item)
{
	const struct group_key *k = &item->key;
	const struct report *r;

	diff_shown(d, item, &r);
	json_line_open(s);
	json_text(s, "event_type", "change");
	json_text(s, "change", diff_change_name(item->change));
	json_text(s, "rule", rule_name((enum rule)k->rule));
	put_severity(s, "severity_before", item, BEFORE);
	put_severity(s, "severity_after", item, AFTER);
	json_text(s, "service", words_service(r, k->service));
	json_circuits(s, r, "syn_circuits", k->syn_circuits);
	json_circuits(s, r, "answer_circuits", k->answer_circuits);
	json_text(s, "circuit",
		  k->circuit == CIRCUIT_NONE ? NULL
					     : words_circuit(r, k->circuit));
	json_text(s, "tap", k->tap == TAP_NONE ? NULL : words_tap(r, k->tap));
	put_prefix(s, "src_prefix", &k->client, k->client_len);
	put_prefix(s, "dest_prefix", &k->server, k->server_len);
	put_prefix(s, "escaped_prefix", &k->escaped, k->escaped_len);
	json_number(s, "findings_before", item->count[BEFORE]);
	json_number(s, "findings_after", item->count[AFTER]);
	json_line_close(s);
}

static void put_known(struct str *s, const char *key, int64_t n)
{
	if (n >= 0)
		json_number(s, key, (uint64_t)n);
	else
		json_null(s, key);
}

static void put_service(struct str *s, const struct diff *d,
			const struct diff_service *v)
{
	json_line_open(s);
	json_text(s, "event_type", "service-change");
	json_text(s, "service",
		  words_service(d->rc->side[AFTER].report, v->service));
	put_known(s, "connections_before", v->connections[BEFORE]);
	put_known(s, "connections_after", v->connections[AFTER]);
	put_known(s, "completed_before", v->completed[BEFORE]);
	put_known(s, "completed_after", v->completed[AFTER]);
	put_known(s, "rtt_us_median_before", v->rtt_us[BEFORE]);
	put_known(s, "rtt_us_median_after", v->rtt_us[AFTER]);
	json_line_close(s);
}

void diff_json(const struct diff *d, struct str *out)
{
	for (size_t i = 0; i < d->items; i++)
		put_change(out, d, &d->item[i]);
	for (size_t i = 0; i < d->services; i++)
		put_service(out, d, &d->service[i]);
	json_line_open(out);
	json_text(out, "event_type", "diff");
	for (unsigned c = 0; c < CHANGES; c++)
		json_number(out, diff_change_name((enum diff_change)c),
			    d->changes[c]);
	json_text(out, "fail_on", severity_name(d->fail_on));
	json_number(out, "failing", d->failing);
	json_bool(out, "judged_before", d->rc->side[BEFORE].totals.judged);
	json_bool(out, "judged_after", d->rc->side[AFTER].totals.judged);
	json_bool(out, "services_before", d->knows[BEFORE]);
	json_bool(out, "services_after", d->knows[AFTER]);
	json_line_close(out);
}

/* ------------------------------------------------------------ test results */

/* The same in every run: a pipeline tells its cases by their names. */
static void put_name(struct str *s, const struct report *r,
		     const struct group_key *k)
{
	const char *service = words_service(r, k->service);

	text_path(s, r, k);
	if (service)
		str_addf(s, " %s", service);
	if (!text_about_tap(k)) {
		str_addc(s, ' ');
		text_ends(s, k);
	}
	if (!s->len)
		str_add(s, "at a place that is not told");
}

/* What mends it is what the reader of a failed pipeline wants to know. */
static void put_case(struct str *out, const struct diff *d,
		     const struct diff_item *item)
{
	const struct report *r;
	const struct report_group *g = diff_shown(d, item, &r);
	struct str name = {0}, message = {0}, details = {0};

	put_name(&name, r, &g->key);
	str_addf(&message, "%s: %s", diff_change_name(item->change),
		 severity_name((enum severity)g->key.severity));
	str_addf(&details, "%s %s", words_cause(r, g->key.cause),
		 words_remedy(r, g->key.cause));
	junit_case(out, rule_name((enum rule)g->key.rule), name.s,
		   diff_fails(d, item) ? JUNIT_FAILED : JUNIT_PASSED, message.s,
		   details.s);
	str_free(&name);
	str_free(&message);
	str_free(&details);
}

void diff_junit(const struct diff *d, struct str *out)
{
	static const char *const names[] = {
		[BEFORE] = "the run before could judge",
		[AFTER] = "the run after could judge",
	};
	uint64_t blind = 0;

	for (unsigned s = 0; s < RECALL_SIDES; s++)
		blind += !d->rc->side[s].totals.judged;
	junit_open(out, "asymcap diff", d->items + RECALL_SIDES,
		   d->failing + blind, 0);
	for (unsigned s = 0; s < RECALL_SIDES; s++) {
		const struct report_totals *t = &d->rc->side[s].totals;

		junit_case(out, "judged", names[s],
			   t->judged ? JUNIT_PASSED : JUNIT_FAILED,
			   t->not_judged_why, NULL);
	}
	for (size_t i = 0; i < d->items; i++)
		put_case(out, d, &d->item[i]);
	junit_close(out);
}
