/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan: a judged plan for programs: JSON Lines and JUnit
 */
#include "plan.h"

#include "jsonout.h"
#include "junit.h"

void plan_place(struct str *s, const struct plan_result *r)
{
	if (!r->path)
		return;
	str_add(s, r->path);
	if (r->mark.line)
		str_addf(s, ":%u:%u", r->mark.line, r->mark.column);
}

void plan_worst(const struct plan *p, enum plan_verdict worst[PLAN_CHECKS])
{
	for (unsigned c = 0; c < PLAN_CHECKS; c++)
		worst[c] = PLAN_PASS;
	for (size_t i = 0; i < p->results; i++) {
		const struct plan_result *r = &p->result[i];

		if (r->verdict > worst[r->check])
			worst[r->check] = r->verdict;
	}
}

const char *plan_headline(const struct plan *p, enum plan_verdict *worst)
{
	enum plan_verdict of[PLAN_CHECKS];
	unsigned count[PLAN_VERDICTS] = {0};

	plan_worst(p, of);
	*worst = PLAN_PASS;
	for (unsigned c = 0; c < PLAN_CHECKS; c++) {
		if (!(p->applied >> c & 1))
			continue;
		count[of[c]]++;
		if (of[c] > *worst)
			*worst = of[c];
	}
	return count[PLAN_FAIL]	   ? "The plan fails."
	       : count[PLAN_WARN]  ? "The plan holds, with warnings."
	       : !count[PLAN_PASS] ? "The plan cannot be judged."
	       : count[PLAN_UNKNOWN]
		       ? "The plan holds, as far as it can be judged."
		       : "The plan holds.";
}

static void put_circuits(struct str *s, const struct plan *p, const char *key,
			 uint64_t circuits)
{
	json_open(s, key, '[');
	for (size_t i = 0; i < p->site->circuits; i++) {
		if (circuits >> i & 1)
			json_text(s, NULL, p->site->circuit[i].name);
	}
	json_close(s, ']');
}

static void put_mark(struct str *s, struct site_mark mark)
{
	if (mark.line) {
		json_number(s, "line", mark.line);
		json_number(s, "column", mark.column);
	} else {
		json_null(s, "line");
		json_null(s, "column");
	}
}

static void put_result(struct str *s, const struct plan *p,
		       const struct report_texts *texts,
		       const struct plan_result *r)
{
	enum severity severity;
	bool any = plan_verdict_severity(r->verdict, &severity);

	json_open(s, NULL, '{');
	json_text(s, "event_type", "check");
	json_text(s, "check", plan_check_id(r->check));
	json_text(s, "name", plan_check_name(r->check));
	json_text(s, "verdict", plan_verdict_name(r->verdict));
	json_text(s, "severity", any ? severity_name(severity) : NULL);
	json_text(s, "service",
		  r->service < p->site->services
			  ? p->site->service[r->service].name
			  : NULL);
	put_circuits(s, p, "circuits", r->circuits);
	put_circuits(s, p, "down", r->down);
	json_text(s, "file", r->path);
	put_mark(s, r->mark);
	json_text(s, "message", r->reason);
	json_text(s, "cause", r->cause ? texts->cause(r->cause) : NULL);
	json_text(s, "remedy", r->remedy);
	json_close(s, '}');
	str_addc(s, '\n');
}

static void put_totals(struct str *s, const struct plan *p)
{
	json_open(s, NULL, '{');
	json_text(s, "event_type", "plan");
	json_text(s, "site", p->site->name);
	json_text(s, "file", p->site->path);
	json_open(s, "results", '{');
	for (unsigned v = 0; v < PLAN_VERDICTS; v++)
		json_number(s, plan_verdict_name((enum plan_verdict)v),
			    p->count[v]);
	json_close(s, '}');
	json_open(s, "not_applied", '[');
	for (unsigned c = 0; c < PLAN_CHECKS; c++) {
		if (!(p->applied >> c & 1))
			json_text(s, NULL, plan_check_id((enum plan_check)c));
	}
	json_close(s, ']');
	json_number(s, "omitted", p->dropped);
	json_bool(s, "judged", p->count[PLAN_PASS] > 0);
	json_close(s, '}');
	str_addc(s, '\n');
}

static void write_json(const struct plan *p, const struct report_texts *texts,
		       const struct plan_options *o, struct str *s)
{
	(void)o;
	for (size_t i = 0; i < p->results; i++)
		put_result(s, p, texts, &p->result[i]);
	put_totals(s, p);
}

static enum junit_result junit_of(const struct plan_result *r,
				  enum severity fail_on)
{
	enum severity severity;

	if (r->verdict == PLAN_UNKNOWN)
		return JUNIT_SKIPPED;
	if (plan_verdict_severity(r->verdict, &severity) && severity >= fail_on)
		return JUNIT_FAILED;
	return JUNIT_PASSED;
}

static void put_case(struct str *s, const struct plan_result *r,
		     enum junit_result result)
{
	struct str class = {0}, details = {0};

	str_addf(&class, "%s %s", plan_check_id(r->check),
		 plan_check_name(r->check));
	plan_place(&details, r);
	if (details.len)
		str_add(&details, ": ");
	str_add(&details, r->remedy ? r->remedy : "");
	junit_case(s, class.s, r->reason, result, r->reason, details.s);
	str_free(&class);
	str_free(&details);
}

static void write_junit(const struct plan *p, const struct report_texts *texts,
			const struct plan_options *o, struct str *s)
{
	uint64_t count[JUNIT_SKIPPED + 1] = {0};

	(void)texts;
	for (size_t i = 0; i < p->results; i++)
		count[junit_of(&p->result[i], o->fail_on)]++;
	junit_open(s, "asymcap check", p->results, count[JUNIT_FAILED],
		   count[JUNIT_SKIPPED]);
	for (size_t i = 0; i < p->results; i++)
		put_case(s, &p->result[i], junit_of(&p->result[i], o->fail_on));
	junit_close(s);
}

bool report_plan(const struct plan *p, const struct report_texts *texts,
		 const struct plan_options *o, FILE *out)
{
	static void (*const write[])(
		const struct plan *p, const struct report_texts *texts,
		const struct plan_options *o, struct str *s) = {
		[PLAN_TEXT] = plan_write_text,
		[PLAN_JSON] = write_json,
		[PLAN_JUNIT] = write_junit,
	};
	static_assert(ARRAY_SIZE(write) == PLAN_JUNIT + 1, "all formats");
	struct str s = {0};
	bool good;

	write[o->format](p, texts, o, &s);
	good = fwrite(s.s, 1, s.len, out) == s.len && !fflush(out);
	str_free(&s);
	return good;
}
