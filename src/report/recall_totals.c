/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall_totals: taps and totals, from the lines that a run ends with
 *
 * A file may hold several runs, one after the other, and several files may be
 * read as one: counts are added up, periods are joined.
 */
#include "recall.h"

#include <stdlib.h>

#include "words.h"

#define MAX_INPUTS 4096

static bool take_time(const struct jsonin *o, const char *key,
		      struct timestamp *t)
{
	const char *text = jsonin_text(o, key);

	return text && timestamp_parse(text, t);
}

static void add(uint64_t *sum, const struct jsonin *o, const char *key)
{
	count_add(sum, jsonin_number(o, key));
}

/* @any: whether *first and *last are times already */
static void join_period(const struct jsonin *o, bool any,
			struct timestamp *first, struct timestamp *last)
{
	struct timestamp from, to;

	if (!take_time(o, "first", &from) || !take_time(o, "last", &to))
		return;
	if (!any || from.ns < first->ns)
		*first = from;
	if (!any || to.ns > last->ns)
		*last = to;
}

static void add_undecoded(uint64_t count[DECODE_RESULTS],
			  const struct jsonin *o)
{
	const struct jsonin *reasons = jsonin_get(o, "undecoded");

	for (unsigned d = DECODE_TCP + 1; d < DECODE_RESULTS; d++)
		add(&count[d], reasons,
		    decode_result_name((enum decode_result)d));
}

static void name_place(struct recall *rc, uint8_t tap, const struct jsonin *o)
{
	uint8_t circuit = recall_circuit(rc, jsonin_text(o, "circuit"));
	const char *side = jsonin_text(o, "side");
	const char *link = jsonin_text(o, "link");
	struct site_tap *t = &rc->site->tap[tap];

	if (circuit != CIRCUIT_NONE)
		t->circuit = circuit;
	if (side && !strcmp(side, tap_side_name(TAP_INSIDE)))
		t->side = TAP_INSIDE;
	if (link && !t->link)
		t->link = xstrndup(link, RECALL_MAX_TEXT);
}

bool recall_tap_line(struct recall *rc, struct recall_side *side,
		     const struct jsonin *o, struct str *why)
{
	uint8_t tap = recall_tap(rc, jsonin_text(o, "tap"), 0);
	struct flow_tap *seen;
	struct report_tap *t;

	if (tap == TAP_NONE) {
		str_add(why, "a tap needs a name, and there may be 64");
		return false;
	}
	name_place(rc, tap, o);
	seen = &side->seen[tap];
	t = &side->tap[tap];
	side->tapped |= 1ULL << tap;
	join_period(o, seen->segments > 0, &seen->first, &seen->last);
	add(&seen->segments, o, "tcp_packets");
	add(&seen->bytes, o, "bytes");
	add(&seen->syns, o, "syns");
	add(&seen->syn_acks, o, "syn_acks");
	add(&seen->to_remote, o, "to_remote");
	add(&seen->from_remote, o, "from_remote");
	add(&seen->duplicates, o, "duplicates");
	add(&t->drops, o, "drops");
	t->drops_known |= jsonin_get(o, "drops") != NULL;
	if (jsonin_signed(o, "clock_offset_ns", &seen->offset))
		seen->offset_samples = 1;
	add_undecoded(t->undecoded, o);
	return true;
}

static char *copy_text(const struct jsonin *o, const char *key)
{
	const char *text = jsonin_text(o, key);

	return text ? xstrndup(text, RECALL_MAX_TEXT) : NULL;
}

static enum capture_state state_of(const char *word)
{
	for (unsigned i = 0; word && i <= CAPTURE_BAD; i++) {
		if (!strcmp(word, words_state((enum capture_state)i)))
			return (enum capture_state)i;
	}
	return CAPTURE_DONE;
}

static void take_inputs(struct told *told, const struct jsonin *list)
{
	size_t count = jsonin_items(list);

	if (count > MAX_INPUTS - told->inputs)
		count = MAX_INPUTS - told->inputs;
	if (!count)
		return;
	told->input = xrealloc(told->input, told->inputs + count,
			       sizeof(*told->input));
	for (size_t i = 0; i < count; i++) {
		const struct jsonin *o = jsonin_item(list, i);
		char *path = copy_text(o, "file");

		told->input[told->inputs++] = (struct capture_input){
			.path = path ? path : xstrdup("?"),
			.format = copy_text(o, "format"),
			.state = state_of(jsonin_text(o, "state")),
			.packets = jsonin_number(o, "packets"),
			.backwards = jsonin_number(o, "backwards"),
			.problem = copy_text(o, "problem"),
		};
	}
}

void recall_bad_input(struct told *told, const char *path, const char *problem)
{
	told->input =
		xrealloc(told->input, told->inputs + 1, sizeof(*told->input));
	told->input[told->inputs++] = (struct capture_input){
		.path = xstrdup(path),
		.state = CAPTURE_BAD,
		.problem = xstrdup(problem),
	};
}

static void add_flow(struct flow_counters *flow, const struct jsonin *o)
{
	const struct jsonin *classes = jsonin_get(o, "connections");
	const struct jsonin *icmp = jsonin_get(o, "icmp_errors");

	for (unsigned c = 0; c < CLASSES; c++)
		add(&flow->connections[c], classes,
		    class_key((enum conn_class)c));
	add(&flow->evicted, o, "evicted");
	add(&flow->unmapped, o, "unmapped");
	add(&flow->duplicates, o, "duplicates");
	add(&flow->late, o, "late");
	add(&flow->unlinked, o, "unlinked");
	add(&flow->icmp_matched, icmp, "matched");
	add(&flow->icmp_unmatched, icmp, "unmatched");
	add(&flow->icmp_implausible, icmp, "implausible");
}

bool recall_summary(struct recall_side *side, const struct jsonin *o,
		    struct str *why)
{
	const struct jsonin *omitted = jsonin_get(o, "findings_omitted");
	struct report_totals *t = &side->totals;

	if (!jsonin_get(o, "connections")) {
		str_add(why, "a summary needs its connections");
		return false;
	}
	side->summaries++;
	join_period(o, t->packets > 0, &t->first, &t->last);
	add(&t->packets, o, "packets");
	add(&t->bytes, o, "bytes");
	add(&t->tcp_packets, o, "tcp_packets");
	add(&t->lost_lines, o, "lost_lines");
	add(&t->lost_packets, o, "lost_packets");
	add_undecoded(t->undecoded, o);
	add_flow(&side->flow, o);
	for (unsigned i = 0; i < SEVERITIES; i++)
		add(&side->omitted[i], omitted,
		    severity_name((enum severity)i));
	add(&side->connections_omitted, o, "connections_omitted");
	take_inputs(&side->told, jsonin_get(o, "inputs"));
	t->judged |= jsonin_true(o, "judged");
	if (!side->why)
		side->why = copy_text(o, "not_judged_why");
	return true;
}

/* Whether the lines tell anything of a run of read or watch */
static bool is_told(const struct recall_side *side)
{
	return side->summaries || side->tapped ||
	       side->report->findings.count ||
	       side->report->connections.count || report_findings(side->report);
}

void recall_finish(struct recall_side *side)
{
	struct report *r = side->report;

	for (uint8_t i = 0; i < SITE_MAX_TAPS; i++) {
		if (!(side->tapped >> i & 1))
			continue;
		side->tap[i].tap = i;
		side->tap[i].seen = &side->seen[i];
		report_tap(r, &side->tap[i]);
	}
	for (unsigned i = 0; i < SEVERITIES; i++) {
		count_add(&r->found[i], side->omitted[i]);
		count_add(&r->omitted[i], side->omitted[i]);
	}
	count_add(&r->connections_omitted, side->connections_omitted);
	if (side->aside.runs || side->aside.plans)
		r->aside = &side->aside;
	r->aside_alone = r->aside && !is_told(side);
	side->totals.flow = &side->flow;
	side->totals.not_judged_why =
		side->summaries ? side->why
				: "there is no summary line: the run that "
				  "wrote the findings was cut short, or goes "
				  "on";
}

void told_free(struct told *t)
{
	for (size_t i = 0; i < t->inputs; i++) {
		free((char *)t->input[i].path);
		free((char *)t->input[i].format);
		free(t->input[i].problem);
	}
	free(t->input);
	for (size_t i = 0; i < t->texts.count; i++) {
		for (unsigned k = 0; k < TOLD_SENTENCES; k++)
			free(t->sentence[i].text[k]);
	}
	free(t->sentence);
	intern_free(&t->files);
	intern_free(&t->texts);
	free(t->end);
	intern_free(&t->names);
	intern_free(&t->ends);
}
