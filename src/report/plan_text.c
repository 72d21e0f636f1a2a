/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan: a judged plan for people
 *
 * The first line is the answer.  Then come the checks that fail, warn or
 * inform, each once with its reason, its place and its remedy, and other
 * places where it is so; then what cannot be answered and what that needs; and
 * last, in a line, what passes.
 */
#include "plan.h"
#include "text.h"

#define ALSO 4 /* other places of one check that are shown */

static const char *const labels[] = {
	[PLAN_PASS] = "pass", [PLAN_INFO] = "INFO", [PLAN_UNKNOWN] = "UNKNOWN",
	[PLAN_WARN] = "WARN", [PLAN_FAIL] = "FAIL",
};
static_assert(ARRAY_SIZE(labels) == PLAN_VERDICTS, "a label each");

static const enum text_tone tones[] = {
	[PLAN_PASS] = TONE_GOOD,     [PLAN_INFO] = TONE_INFO,
	[PLAN_UNKNOWN] = TONE_PLAIN, [PLAN_WARN] = TONE_WARNING,
	[PLAN_FAIL] = TONE_CRITICAL,
};
static_assert(ARRAY_SIZE(tones) == PLAN_VERDICTS, "a tone each");

static void put_count(struct str *s, const char *before, unsigned n,
		      const char *one, const char *many)
{
	if (n)
		str_addf(s, "%s%u %s", before, n, n == 1 ? one : many);
}

static void put_headline(struct report_walk *w, const struct plan *p)
{
	enum plan_verdict worst[PLAN_CHECKS], gravest;
	const char *headline = plan_headline(p, &gravest);
	unsigned count[PLAN_VERDICTS] = {0}, idle = 0;
	struct str *s = &w->s;

	plan_worst(p, worst);
	for (unsigned c = 0; c < PLAN_CHECKS; c++) {
		if (p->applied >> c & 1)
			count[worst[c]]++;
		else
			idle++;
	}
	text_tone(w, gravest == PLAN_FAIL   ? TONE_CRITICAL
		     : gravest == PLAN_WARN ? TONE_WARNING
					    : TONE_GOOD);
	str_add(s, headline);
	text_tone(w, TONE_PLAIN);
	str_addf(s, " Of %u checks", PLAN_CHECKS);
	put_count(s, " ", count[PLAN_FAIL], "fails,", "fail,");
	put_count(s, " ", count[PLAN_WARN], "warns,", "warn,");
	put_count(s, " ", count[PLAN_INFO], "informs,", "inform,");
	put_count(s, " ", count[PLAN_UNKNOWN], "cannot be answered,",
		  "cannot be answered,");
	put_count(s, " ", idle, "does not apply,", "do not apply,");
	str_addf(s, " %u pass%s.\n", count[PLAN_PASS],
		 count[PLAN_PASS] == 1 ? "es" : "");
}

/* Return: how many results from @i on are of its check and verdict */
static size_t group_size(const struct plan *p, size_t i)
{
	size_t n = 1;

	while (i + n < p->results &&
	       p->result[i + n].check == p->result[i].check &&
	       p->result[i + n].verdict == p->result[i].verdict)
		n++;
	return n;
}

static void put_reason(struct report_walk *w, unsigned indent,
		       const char *label, const struct plan_result *r)
{
	struct str text = {0};

	str_add(&text, r->reason);
	if (r->path) {
		str_add(&text, " [");
		plan_place(&text, r);
		str_addc(&text, ']');
	}
	text_para(w, indent, label, text.s);
	str_free(&text);
}

static void put_group(struct report_walk *w, const struct plan *p, size_t i,
		      size_t n)
{
	const struct plan_result *r = &p->result[i];
	size_t shown = n < ALSO + 1 ? n : ALSO + 1;

	str_addc(&w->s, '\n');
	text_tone(w, tones[r->verdict]);
	text_pad(&w->s, labels[r->verdict], TEXT_INDENT);
	text_tone(w, TONE_PLAIN);
	text_tone(w, TONE_BOLD);
	str_addf(&w->s, "%s  %s", plan_check_id(r->check),
		 plan_check_name(r->check));
	text_tone(w, TONE_PLAIN);
	if (n > 1)
		str_addf(&w->s, "  %zu times", n);
	str_addc(&w->s, '\n');
	text_para(w, TEXT_INDENT, "Wanted:  ", plan_check_title(r->check));
	put_reason(w, TEXT_INDENT, "But:     ", r);
	if (r->remedy)
		text_para(w, TEXT_INDENT, "Remedy:  ", r->remedy);
	for (size_t k = 1; k < shown; k++)
		put_reason(w, TEXT_INDENT, "Also:    ", &r[k]);
	if (n > shown)
		str_addf(&w->s,
			 "%*sand %zu more; --format json lists all of them\n",
			 TEXT_INDENT, "", n - shown);
}

/* What needs no remedy takes a line: checks that pass, or lack data. */
static void put_line(struct report_walk *w, const struct plan *p, size_t i,
		     size_t n)
{
	const struct plan_result *r = &p->result[i];
	struct str label = {0}, text = {0};

	str_addf(&label, "%-8s%-27s ", plan_check_id(r->check),
		 plan_check_name(r->check));
	str_add(&text, r->reason);
	if (n > 1)
		str_addf(&text, " (and %zu more)", n - 1);
	text_para(w, 2, label.s, text.s);
	str_free(&label);
	str_free(&text);
}

static void put_lines(struct report_walk *w, const struct plan *p,
		      enum plan_verdict v, const char *title)
{
	bool any = false;
	size_t n;

	for (size_t i = 0; i < p->results; i += n) {
		n = group_size(p, i);
		if (p->result[i].verdict != v)
			continue;
		if (!any)
			str_addf(&w->s, "\n%s\n", title);
		any = true;
		put_line(w, p, i, n);
	}
}

static void put_passed(struct report_walk *w, const struct plan *p)
{
	enum plan_verdict worst[PLAN_CHECKS];
	struct str ids = {0};

	plan_worst(p, worst);
	for (unsigned c = 0; c < PLAN_CHECKS; c++) {
		if (!(p->applied >> c & 1) || worst[c] != PLAN_PASS)
			continue;
		str_addf(&ids, "%s%s", ids.len ? ", " : "",
			 plan_check_id((enum plan_check)c));
	}
	if (!ids.len)
		return;
	str_addc(&w->s, '\n');
	text_para(w, 0, "Passed: ", ids.s);
	str_free(&ids);
}

void plan_write_text(const struct plan *p, const struct report_texts *texts,
		     const struct plan_options *o, struct str *s)
{
	struct report r = {
		.options = {.color = o->color, .width = o->width},
	};
	struct report_walk w = {.r = &r};
	size_t n;

	(void)texts;
	put_headline(&w, p);
	for (size_t i = 0; i < p->results; i += n) {
		n = group_size(p, i);
		if (p->result[i].verdict == PLAN_FAIL ||
		    p->result[i].verdict == PLAN_WARN ||
		    p->result[i].verdict == PLAN_INFO)
			put_group(&w, p, i, n);
	}
	put_lines(&w, p, PLAN_UNKNOWN, "Cannot be answered:");
	if (o->all)
		put_lines(&w, p, PLAN_PASS, "Passed:");
	else
		put_passed(&w, p);
	if (p->dropped)
		str_addf(&w.s,
			 "\n%llu results are not kept: too many of one "
			 "check.\n",
			 (unsigned long long)p->dropped);
	str_addn(s, w.s.s, w.s.len);
	str_free(&w.s);
}
