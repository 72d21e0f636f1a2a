/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * metrics_path: samples by circuits, by class and by rule
 */
#include "metrics.h"

#include <string.h>

#define IMPACTS (IMPACT_BROKEN + 1)

/* Pairs of so many circuits are shown before something was found there. */
#define FEW_CIRCUITS 8

static const char *slot_name(const struct page *p, unsigned slot)
{
	if (slot == SLOT_SEVERAL)
		return p->several;
	if (slot < SLOT_FIRST || slot - SLOT_FIRST >= p->m->circuits)
		return "";
	return p->m->circuit[slot - SLOT_FIRST].name;
}

static bool is_circuit(const struct metrics *m, const char *name)
{
	for (size_t i = 0; i < m->circuits; i++) {
		if (!strcmp(m->circuit[i].name, name))
			return true;
	}
	return false;
}

/* Two series of one name would cost the whole page. */
void path_begin(struct page *p)
{
	size_t n = (size_t)snprintf(p->several, sizeof(p->several), "several");

	for (; is_circuit(p->m, p->several); n++)
		memcpy(p->several + n, "+", 2);
}

void put_paths(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->paths; i++) {
		const struct metrics_path *path = &p->m->path[i];

		sample_begin(p, f->name);
		sample_label(p, "class", class_name(path->class));
		sample_label(p, "impact", impact_name(path->impact));
		sample_label(p, "syn_circuit", slot_name(p, path->syn));
		sample_label(p, "answer_circuit", slot_name(p, path->answer));
		sample_end(p, path->count);
	}
}

void put_withheld(struct page *p, const struct family *f)
{
	for (unsigned c = 0; c < CLASSES; c++) {
		sample_begin(p, f->name);
		sample_label(p, "class", class_name((enum conn_class)c));
		sample_end(p, p->m->withheld[c]);
	}
}

void put_findings(struct page *p, const struct family *f)
{
	for (unsigned r = 0; r < RULES; r++) {
		for (unsigned s = 0; s < SEVERITIES; s++) {
			sample_begin(p, f->name);
			sample_label(p, "rule", rule_name((enum rule)r));
			sample_label(p, "severity",
				     severity_name((enum severity)s));
			sample_end(p, p->m->found.rules[r][s]);
		}
	}
}

static bool shown_from_the_start(const struct metrics *m, unsigned syn,
				 unsigned answer)
{
	return m->circuits <= FEW_CIRCUITS && syn != answer &&
	       syn >= SLOT_FIRST && answer >= SLOT_FIRST;
}

void put_asymmetric(struct page *p, const struct family *f)
{
	const unsigned slots = SLOT_FIRST + (unsigned)p->m->circuits;

	for (unsigned n = 0; n < IMPACTS * slots * slots; n++) {
		unsigned impact = n % IMPACTS, answer = n / IMPACTS % slots;
		unsigned syn = n / IMPACTS / slots;
		uint64_t count = p->m->found.asymmetric[impact][syn][answer];

		if (!count && !shown_from_the_start(p->m, syn, answer))
			continue;
		sample_begin(p, f->name);
		sample_label(p, "syn_circuit", slot_name(p, syn));
		sample_label(p, "answer_circuit", slot_name(p, answer));
		sample_label(p, "impact", impact_name((enum impact)impact));
		sample_end(p, count);
	}
}

void put_escapes(struct page *p, const struct family *f)
{
	for (unsigned c = 0; c < p->m->circuits; c++) {
		for (unsigned r = ESCAPE_PRIVATE; r <= ESCAPE_UNKNOWN; r++) {
			sample_begin(p, f->name);
			sample_label(p, "circuit", p->m->circuit[c].name);
			sample_label(p, "reason",
				     escape_reason_name((enum escape_reason)r));
			sample_end(p, p->m->found.escapes[SLOT_FIRST + c][r]);
		}
	}
}

static void put_histogram(struct page *p, const char *name,
			  const struct metrics_circuit *c)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < FLOW_RTT_BUCKETS; i++) {
		all += c->rtt.count[i];
		str_addf(p->out, "%s_bucket{", name);
		sample_label(p, "circuit", c->name);
		if (i < FLOW_RTT_BOUNDS)
			sample_bound(p, flow_rtt_bound[i]);
		else
			sample_label(p, "le", "+Inf");
		sample_end(p, all);
	}
	str_addf(p->out, "%s_sum{", name);
	sample_label(p, "circuit", c->name);
	sample_end_seconds(p, (int64_t)c->rtt.sum);
	str_addf(p->out, "%s_count{", name);
	sample_label(p, "circuit", c->name);
	sample_end(p, all);
}

void put_rtt(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->circuits; i++)
		put_histogram(p, f->name, &p->m->circuit[i]);
}

void put_expected_rtt(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->circuits; i++) {
		if (!p->m->circuit[i].expected_rtt)
			continue;
		sample_begin(p, f->name);
		sample_label(p, "circuit", p->m->circuit[i].name);
		sample_end_seconds(p, p->m->circuit[i].expected_rtt);
	}
}
