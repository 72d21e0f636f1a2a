/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_aside: what probe and check have told, for people
 */
#include "aside.h"

#include "plan.h"
#include "text.h"
#include "words.h"

static void put_ends(struct report_walk *w, const struct aside_probe *p)
{
	struct str s = {0};

	if (!p->has_ends)
		return;
	words_tuple(&s, &p->ends);
	if (p->syns)
		str_addf(&s, ", %llu SYN%s", (unsigned long long)p->syns,
			 p->syns == 1 ? "" : "s");
	if (p->has_time) {
		str_add(&s, ", ");
		text_date(&s, p->time);
		str_addc(&s, ' ');
		text_clock(&s, p->time);
	}
	if (p->rtt >= 0) {
		str_add(&s, ", answered after ");
		text_duration(&s, (uint64_t)p->rtt);
	}
	text_probe_detail(w, "Ends:    ", s.s);
	str_free(&s);
}

static void put_probe(struct report_walk *w, const struct aside_probe *p)
{
	static const char *const labels[ASIDE_TEXTS] = {
		[ASIDE_SYN_AT] = "SYN at:  ", [ASIDE_ANSWER_AT] = "Answer:  ",
		[ASIDE_SOURCE] = "Source:  ", [ASIDE_FINDINGS] = "Finding: ",
		[ASIDE_CAUSE] = "Cause:   ",  [ASIDE_REMEDY] = "Remedy:  ",
		[ASIDE_HOPS] = "Hops:    ",
	};
	struct str s = {0};

	text_probe_outcome(w, p->outcome, p->planned, p->judged);
	str_add(&s, p->text[ASIDE_TARGET] ? p->text[ASIDE_TARGET] : "");
	if (p->text[ASIDE_SERVICE])
		str_addf(&s, " (%s)", p->text[ASIDE_SERVICE]);
	if (p->text[ASIDE_MESSAGE])
		str_addf(&s, ": %s", p->text[ASIDE_MESSAGE]);
	text_line(w, "", s.s);
	str_free(&s);
	put_ends(w, p);
	for (unsigned i = 0; i < ASIDE_TEXTS; i++) {
		if (labels[i])
			text_probe_detail(w, labels[i], p->text[i]);
	}
	str_addc(&w->s, '\n');
}

/* What is all there is, is written as its command did: without a heading. */
static void put_heading(struct report_walk *w, const char *what,
			const char *name)
{
	const struct aside *a = w->r->aside;
	struct str s = {0};

	if (w->r->aside_alone && a->plans + a->runs == 1)
		return;
	if (w->s.len || !w->r->aside_alone)
		str_addc(&w->s, '\n');
	str_add(&s, what);
	if (name)
		str_addf(&s, " (%s)", name);
	str_addc(&s, ':');
	text_line(w, "", s.s);
	str_free(&s);
}

void text_aside(struct report_walk *w)
{
	const struct aside *a = w->r->aside;
	const struct plan_options o = {
		.color = w->r->options.color,
		.width = w->r->options.width,
	};

	for (size_t i = 0; i < a->plans; i++) {
		put_heading(w, "The plan on paper", a->plan[i].name);
		plan_write_text(&a->plan[i].plan, NULL, &o, &w->s);
	}
	for (size_t i = 0; i < a->runs; i++) {
		const struct aside_run *run = &a->run[i];

		put_heading(w, "Probes", NULL);
		for (size_t k = 0; k < run->probes; k++)
			put_probe(w, &run->probe[k]);
		text_probe_totals(w, &run->totals, run->count);
		if (!run->over)
			str_add(&w->s, "Their summary is missing: the run was "
				       "cut short, or goes on.\n");
	}
	if (a->dropped)
		str_addf(&w->s,
			 "\n%llu lines of probes and checks are not kept: too "
			 "many.\n",
			 (unsigned long long)a->dropped);
	if (!w->r->aside_alone)
		str_addc(&w->s, '\n');
}
