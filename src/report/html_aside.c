/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_aside: what probe and check have told, as parts of a page
 *
 * Of a page of its own the answer is the heading, as of any other.
 */
#include "aside.h"

#include "html.h"
#include "plan.h"
#include "text.h"

#define MAX_SENTENCE 300

static const char *const verdict_class[] = {
	[PLAN_PASS] = "good",	  [PLAN_INFO] = "info",
	[PLAN_UNKNOWN] = "mute",  [PLAN_WARN] = "warning",
	[PLAN_FAIL] = "critical",
};
static_assert(ARRAY_SIZE(verdict_class) == PLAN_VERDICTS, "a class each");

static const char *outcome_class(const struct aside_probe *p)
{
	if (p->planned)
		return p->judged ? "good" : "info";
	return p->outcome == PROBE_ASYMMETRIC || p->outcome == PROBE_ESCAPED
		       ? "critical"
		       : "warning";
}

static void put_part(struct str *s, const char *before, const char *text)
{
	if (!text)
		return;
	str_add(s, before);
	html_clip(s, text, MAX_SENTENCE);
}

static void put_probe(struct str *s, const struct aside_probe *p)
{
	str_add(s, "<tr><th scope=row>");
	put_part(s, "", p->text[ASIDE_TARGET]);
	put_part(s, "<br>", p->text[ASIDE_SERVICE]);
	str_addf(s, "</th><td class=%s>%s</td><td class=w>", outcome_class(p),
		 probe_outcome_name(p->outcome));
	if (p->has_time) {
		text_date(s, p->time);
		str_add(s, "<br>");
		text_clock(s, p->time);
	}
	str_add(s, "</td>");
	if (p->rtt >= 0)
		html_msec(s, p->rtt);
	else
		str_add(s, "<td class=n>–</td>");
	str_add(s, "<td>");
	put_part(s, "", p->text[ASIDE_MESSAGE]);
	put_part(s, "<br><small>SYN at: ", p->text[ASIDE_SYN_AT]);
	str_add(s, p->text[ASIDE_SYN_AT] ? "</small></td><td>" : "</td><td>");
	put_part(s, "", p->text[ASIDE_FINDINGS]);
	put_part(s, p->text[ASIDE_FINDINGS] ? "<br>" : "",
		 p->text[ASIDE_REMEDY]);
	str_add(s, "</td></tr>\n");
}

static void put_run(struct str *s, const struct aside_run *run, size_t *rows)
{
	struct str sentence = {0};
	size_t shown = 0;

	probe_sentence(&sentence, &run->totals, run->count);
	str_add(s, "<p>");
	html_str(s, &sentence);
	str_add(s, run->over ? "</p>\n"
			     : " Their summary is missing: the run was cut "
			       "short, or goes on.</p>\n");
	html_scroll(s, "Probes");
	str_add(s, "<table>\n<caption>What became of each; times are UTC"
		   "</caption>\n<thead><tr><th scope=col>Target</th>"
		   "<th scope=col>Outcome</th><th scope=col>Time</th>"
		   "<th scope=col class=n>RTT, ms</th>"
		   "<th scope=col>Seen</th><th scope=col>Finding, remedy</th>"
		   "</tr></thead>\n<tbody>\n");
	for (; shown < run->probes && *rows; shown++, --*rows)
		put_probe(s, &run->probe[shown]);
	html_table_end(s);
	if (shown < run->count)
		str_addf(s,
			 "<p>%llu more are left out: --format text lists "
			 "them.</p>\n",
			 (unsigned long long)(run->count - shown));
}

static void put_result(struct str *s, const struct plan_result *r)
{
	struct str place = {0};

	plan_place(&place, r);
	str_addf(s, "<tr><td class=%s>%s</td><th scope=row>%s<br>%s</th><td>",
		 verdict_class[r->verdict], plan_verdict_name(r->verdict),
		 plan_check_id(r->check), plan_check_name(r->check));
	html_clip(s, r->reason, MAX_SENTENCE);
	if (place.len) {
		str_add(s, "<br><small>");
		html_tail(s, place.s, HTML_PATH);
		str_add(s, "</small>");
	}
	str_add(s, "</td><td>");
	put_part(s, "", r->remedy);
	str_add(s, "</td></tr>\n");
	str_free(&place);
}

static void put_results(struct str *s, const struct plan *p, size_t *rows)
{
	uint64_t rest = 0;

	html_scroll(s, "Results of the plan");
	str_add(s, "<table>\n<caption>What does not pass, the gravest first"
		   "</caption>\n<thead><tr><th scope=col>Verdict</th>"
		   "<th scope=col>Check</th><th scope=col>Reason</th>"
		   "<th scope=col>Remedy</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->results; i++) {
		if (p->result[i].verdict == PLAN_PASS)
			continue;
		if (*rows) {
			put_result(s, &p->result[i]);
			--*rows;
		} else {
			rest++;
		}
	}
	html_table_end(s);
	rest += p->dropped;
	if (rest)
		str_addf(s, "<p>%llu more are left out.</p>\n",
			 (unsigned long long)rest);
}

static void put_plan(struct str *s, const struct aside_plan *a, size_t *rows)
{
	enum plan_verdict worst;
	const char *headline = plan_headline(&a->plan, &worst);

	str_add(s, "<p>");
	if (a->name) {
		html_clip(s, a->name, HTML_NAME);
		str_add(s, ": ");
	}
	str_addf(s, "<strong class=%s>%s</strong> %llu result%s.%s</p>\n",
		 verdict_class[worst], headline,
		 (unsigned long long)a->plan.count[PLAN_PASS],
		 a->plan.count[PLAN_PASS] == 1 ? " passes" : "s pass",
		 a->over ? "" : " The last line is missing: it was cut short.");
	if (worst != PLAN_PASS)
		put_results(s, &a->plan, rows);
}

static void put_parts(struct str *s, const struct aside *a)
{
	size_t rows = ASIDE_ROWS;

	if (a->plans)
		html_section(s, "plan", "The plan on paper");
	for (size_t i = 0; i < a->plans && i < ASIDE_ROWS; i++)
		put_plan(s, &a->plan[i], &rows);
	if (a->plans > ASIDE_ROWS)
		str_addf(s, "<p>%zu more plans are left out.</p>\n",
			 a->plans - ASIDE_ROWS);
	str_add(s, a->plans ? "</section>\n" : "");
	rows = ASIDE_ROWS;
	if (a->runs)
		html_section(s, "probes", "Probes");
	for (size_t i = 0; i < a->runs && i < ASIDE_ROWS; i++)
		put_run(s, &a->run[i], &rows);
	if (a->runs > ASIDE_ROWS)
		str_addf(s, "<p>%zu more runs are left out.</p>\n",
			 a->runs - ASIDE_ROWS);
	str_add(s, a->runs ? "</section>\n" : "");
	if (a->dropped)
		str_addf(s,
			 "<p class=warning>%llu lines of probes and checks "
			 "are not kept: too many.</p>\n",
			 (unsigned long long)a->dropped);
}

/* The answer of all of it: of the gravest plan, and of all probes */
static void put_answer(struct str *s, enum plan_verdict *worst,
		       const struct aside *a)
{
	const char *text, *gravest = NULL;
	struct probe_totals t = {0};
	enum plan_verdict of;
	size_t probes = 0;

	*worst = PLAN_PASS;
	for (size_t i = 0; i < a->plans; i++) {
		text = plan_headline(&a->plan[i].plan, &of);
		if (gravest && of <= *worst)
			continue;
		gravest = text;
		*worst = of;
	}
	str_add(s, gravest ? gravest : "");
	for (size_t i = 0; i < a->runs; i++) {
		const struct probe_totals *one = &a->run[i].totals;

		for (unsigned o = 0; o < PROBE_OUTCOMES; o++)
			t.outcome[o] += one->outcome[o];
		t.unplanned += one->unplanned;
		t.unjudged += one->unjudged;
		probes += a->run[i].count;
	}
	if (!a->runs)
		return;
	str_add(s, gravest ? " " : "");
	probe_sentence(s, &t, probes);
	if (t.unplanned &&
	    t.outcome[PROBE_ASYMMETRIC] + t.outcome[PROBE_ESCAPED])
		*worst = PLAN_FAIL;
	else if (t.unplanned && *worst < PLAN_WARN)
		*worst = PLAN_WARN;
}

void html_aside(struct report_walk *w)
{
	const struct aside *a = w->r->aside;
	struct str headline = {0};
	struct str *s = &w->s;
	enum plan_verdict worst;

	if (!w->r->aside_alone) {
		put_parts(s, a);
		return;
	}
	put_answer(&headline, &worst, a);
	html_page(w, headline.s);
	str_addf(s, "<header>\n<p class=from>asymcap report</p>\n<h1 class=%s>",
		 verdict_class[worst]);
	html_str(s, &headline);
	str_add(s, "</h1>\n");
	html_contents(s, w->r);
	str_add(s, "</header>\n<main>\n");
	put_parts(s, a);
	html_page_end(w);
}
