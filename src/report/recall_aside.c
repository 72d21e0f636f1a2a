/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall_aside: probes and checks of a plan, from the lines that told them
 */
#include "aside.h"
#include "recall.h"

#include <stdlib.h>

/* -------------------------------------------------------------- what holds */

static void free_probe(struct aside_probe *p)
{
	for (unsigned i = 0; i < ASIDE_TEXTS; i++)
		free(p->text[i]);
}

static void free_plan(struct aside_plan *p)
{
	for (size_t i = 0; i < p->plan.results; i++) {
		free((char *)p->plan.result[i].path);
		free(p->plan.result[i].reason);
		free(p->plan.result[i].remedy);
	}
	free(p->plan.result);
	free(p->name);
}

void aside_free(struct aside *a)
{
	for (size_t i = 0; i < a->runs; i++) {
		for (size_t k = 0; k < a->run[i].probes; k++)
			free_probe(&a->run[i].probe[k]);
		free(a->run[i].probe);
	}
	for (size_t i = 0; i < a->plans; i++)
		free_plan(&a->plan[i]);
	free(a->run);
	free(a->plan);
}

/* Return: the run that a line belongs to, or NULL if there are too many */
static struct aside_run *run_of(struct aside *a)
{
	if (a->runs && !a->run[a->runs - 1].over)
		return &a->run[a->runs - 1];
	if (a->runs == ASIDE_MAX_RUNS)
		return NULL;
	a->run = xrealloc(a->run, a->runs + 1, sizeof(*a->run));
	a->run[a->runs] = (struct aside_run){0};
	return &a->run[a->runs++];
}

static struct aside_plan *plan_of(struct recall *rc, struct aside *a)
{
	if (a->plans && !a->plan[a->plans - 1].over)
		return &a->plan[a->plans - 1];
	if (a->plans == ASIDE_MAX_RUNS)
		return NULL;
	a->plan = xrealloc(a->plan, a->plans + 1, sizeof(*a->plan));
	a->plan[a->plans] = (struct aside_plan){.plan.site = rc->site};
	return &a->plan[a->plans++];
}

/* Return: whether one more line is kept */
static bool has_room(struct aside *a, bool any)
{
	if (any && a->lines < ASIDE_MAX_LINES && a->bytes < ASIDE_MAX_BYTES) {
		a->lines++;
		return true;
	}
	a->dropped++;
	return false;
}

/* Room for one more of @count, which alone tells the capacity. */
static void *make_room(void *array, size_t count, size_t size)
{
	return count & (count - 1)
		       ? array
		       : xrealloc(array, count ? 2 * count : 1, size);
}

/* A copy within bounds; NULL for nothing. */
static char *keep(struct aside *a, const char *text)
{
	char *copy;

	if (!text || !*text)
		return NULL;
	copy = xstrndup(text, RECALL_MAX_TEXT);
	a->bytes += strlen(copy);
	return copy;
}

/* ------------------------------------------------------------------ probes */

static bool parse_outcome(const char *word, enum probe_outcome *outcome)
{
	for (unsigned i = 0; word && i < PROBE_OUTCOMES; i++) {
		if (!strcmp(word, probe_outcome_name((enum probe_outcome)i))) {
			*outcome = (enum probe_outcome)i;
			return true;
		}
	}
	return false;
}

static void add_word(struct str *s, const char *between, const char *word)
{
	if (!word)
		return;
	str_add(s, s->len ? between : "");
	str_add(s, word);
}

static uint16_t port_of(const struct jsonin *o, const char *key)
{
	uint64_t n = jsonin_number(o, key);

	return n > UINT16_MAX ? 0 : (uint16_t)n;
}

static bool take_ends(const struct jsonin *o, struct tuple *t)
{
	const char *src = jsonin_text(o, "src_ip");
	const char *dst = jsonin_text(o, "dest_ip");

	t->client_port = port_of(o, "src_port");
	t->server_port = port_of(o, "dest_port");
	return src && dst && addr_parse(src, &t->client) &&
	       addr_parse(dst, &t->server);
}

static int64_t duration_of(const struct jsonin *o, const char *key)
{
	uint64_t us;

	if (!jsonin_count(o, key, &us) || us > INT64_MAX / NSEC_PER_USEC)
		return -1;
	return (int64_t)us * NSEC_PER_USEC;
}

/* "chi-pri as 198.51.100.1:1024, ..." */
static void join_sights(struct str *s, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list) && i < REPORT_PROBE_SIGHTS;
	     i++) {
		const struct jsonin *o = jsonin_item(list, i);
		const char *ip = jsonin_text(o, "src_ip");
		struct addr a;

		add_word(s, ", ", jsonin_text(o, "tap"));
		if (!ip || !addr_parse(ip, &a))
			continue;
		str_add(s, " as ");
		words_endpoint(s, &a, port_of(o, "src_port"));
	}
}

static void join_taps(struct str *s, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list) && i < FINDING_SIGHTINGS; i++)
		add_word(s, ", ", jsonin_text(jsonin_item(list, i), "tap"));
}

static void join_hops(struct str *s, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list) && i < PROBE_HOPS; i++) {
		const struct jsonin *o = jsonin_item(list, i);
		const char *ip = jsonin_text(o, "ip");
		const char *reply = jsonin_text(o, "reply");

		str_addf(s, "%s%zu %s", i ? ", " : "", i + 1, ip ? ip : "*");
		if (reply && strcmp(reply, "time-exceeded") != 0)
			str_addf(s, " (%s)", reply);
	}
}

static void join_source(struct str *s, const struct jsonin *o)
{
	if (jsonin_true(o, "source_hidden"))
		str_add(s, "source NAT hid the original source");
	else if (jsonin_get(o, "source_hidden"))
		str_add(s, "the original source came in: no source NAT");
	else if (jsonin_has(o, "source_hidden"))
		str_add(s, "no inside tap saw it: it is not known whether the "
			   "source was hidden");
}

/* What findings have, or else the probe itself: cause, remedy. */
static void join_why(struct str *s, const struct jsonin *o, const char *key)
{
	const struct jsonin *list = jsonin_get(o, "findings");
	const char *before = NULL;

	add_word(s, "", jsonin_text(o, key));
	for (size_t i = 0; i < jsonin_items(list) && i < REPORT_PROBE_FINDINGS;
	     i++) {
		const char *text = jsonin_text(jsonin_item(list, i), key);

		if (text && (!before || strcmp(text, before) != 0))
			add_word(s, " ", text);
		before = text;
	}
}

static void join_findings(struct str *s, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list) && i < REPORT_PROBE_FINDINGS;
	     i++) {
		const struct jsonin *o = jsonin_item(list, i);

		add_word(s, "; ", jsonin_text(o, "rule"));
		add_word(s, ", ", jsonin_text(o, "severity"));
	}
}

static void take_texts(struct aside *a, struct aside_probe *p,
		       const struct jsonin *o)
{
	const struct jsonin *seen = jsonin_get(o, "connection");
	struct str s[ASIDE_TEXTS] = {{0}};

	add_word(&s[ASIDE_TARGET], "", jsonin_text(o, "target"));
	add_word(&s[ASIDE_SERVICE], "", jsonin_text(o, "service"));
	add_word(&s[ASIDE_MESSAGE], "", jsonin_text(o, "message"));
	join_sights(&s[ASIDE_SYN_AT], jsonin_get(o, "seen"));
	join_taps(&s[ASIDE_ANSWER_AT],
		  jsonin_get(jsonin_get(seen, "syn_ack"), "sightings"));
	join_source(&s[ASIDE_SOURCE], o);
	join_findings(&s[ASIDE_FINDINGS], jsonin_get(o, "findings"));
	join_why(&s[ASIDE_CAUSE], o, "cause");
	join_why(&s[ASIDE_REMEDY], o, "remedy");
	join_hops(&s[ASIDE_HOPS], jsonin_get(o, "hops"));
	for (unsigned i = 0; i < ASIDE_TEXTS; i++) {
		p->text[i] = keep(a, s[i].s);
		str_free(&s[i]);
	}
}

bool recall_probe_line(struct recall_side *side, const struct jsonin *o,
		       struct str *why)
{
	struct aside *a = &side->aside;
	struct aside_probe p = {0};
	const char *time = jsonin_text(o, "timestamp");
	struct aside_run *run;

	if (!parse_outcome(jsonin_text(o, "outcome"), &p.outcome) ||
	    !jsonin_text(o, "target")) {
		str_add(why, "a probe needs a target and a known outcome");
		return false;
	}
	run = run_of(a);
	if (run) {
		run->count++;
		run->totals.outcome[p.outcome]++;
		run->totals.unplanned += !jsonin_true(o, "planned");
		run->totals.unjudged += !jsonin_true(o, "judged");
	}
	if (!has_room(a, run))
		return true;
	p.has_time = time && timestamp_parse(time, &p.time);
	p.has_ends = take_ends(o, &p.ends);
	p.judged = jsonin_true(o, "judged");
	p.planned = jsonin_true(o, "planned");
	p.syns = jsonin_number(o, "syns");
	p.rtt = duration_of(o, "rtt_us");
	take_texts(a, &p, o);
	run->probe = make_room(run->probe, run->probes, sizeof(*run->probe));
	run->probe[run->probes++] = p;
	return true;
}

static void take_rtt(struct recall *rc, struct probe_totals *t,
		     const struct jsonin *o)
{
	const char *circuit = jsonin_text(o, "circuit");
	struct probe_rtt x = {
		.circuit = circuit ? recall_circuit(rc, circuit)
				   : SITE_MAX_CIRCUITS,
		.count = jsonin_number(o, "count"),
		.min = duration_of(o, "min_us"),
		.median = duration_of(o, "median_us"),
		.max = duration_of(o, "max_us"),
		.mean = duration_of(o, "mean_us"),
		.deviation = duration_of(o, "deviation_us"),
		.expected = duration_of(o, "expected_us"),
	};

	if (x.min < 0 || x.median < 0 || x.max < 0 || x.mean < 0 ||
	    x.deviation < 0 || t->rtts == ARRAY_SIZE(t->rtt) ||
	    (circuit && x.circuit >= SITE_MAX_CIRCUITS))
		return;
	if (x.expected < 0)
		x.expected = 0;
	t->rtt[t->rtts++] = x;
}

void recall_probe_summary(struct recall *rc, struct recall_side *side,
			  const struct jsonin *o)
{
	const struct jsonin *taps = jsonin_get(o, "taps");
	const struct jsonin *rtts = jsonin_get(o, "rtt");
	struct aside_run *run = run_of(&side->aside);

	if (!run)
		return;
	for (size_t i = 0; i < jsonin_items(taps); i++) {
		const struct jsonin *at = jsonin_item(taps, i);
		uint8_t tap = recall_tap(rc, jsonin_text(at, "tap"), 0);

		if (tap == TAP_NONE)
			continue;
		run->totals.syns[tap] = jsonin_number(at, "syns");
		run->totals.answers[tap] = jsonin_number(at, "answers");
	}
	for (size_t i = 0; i < jsonin_items(rtts); i++)
		take_rtt(rc, &run->totals, jsonin_item(rtts, i));
	run->over = true;
}

/* -------------------------------------------------------- checks of a plan */

static bool parse_check(const char *id, enum plan_check *check)
{
	for (unsigned i = 0; id && i < PLAN_CHECKS; i++) {
		if (!strcmp(id, plan_check_id((enum plan_check)i))) {
			*check = (enum plan_check)i;
			return true;
		}
	}
	return false;
}

static bool parse_verdict(const char *word, enum plan_verdict *verdict)
{
	for (unsigned i = 0; word && i < PLAN_VERDICTS; i++) {
		if (!strcmp(word, plan_verdict_name((enum plan_verdict)i))) {
			*verdict = (enum plan_verdict)i;
			return true;
		}
	}
	return false;
}

static uint32_t mark_of(const struct jsonin *o, const char *key)
{
	uint64_t n = jsonin_number(o, key);

	return n > UINT32_MAX ? 0 : (uint32_t)n;
}

bool recall_check_line(struct recall *rc, struct recall_side *side,
		       const struct jsonin *o, struct str *why)
{
	struct plan_result r = {.service = SERVICE_NONE};
	struct aside *a = &side->aside;
	const char *message = jsonin_text(o, "message");
	struct aside_plan *p;

	if (!parse_check(jsonin_text(o, "check"), &r.check) ||
	    !parse_verdict(jsonin_text(o, "verdict"), &r.verdict) || !message) {
		str_add(why, "a check needs one that is known, a verdict and a "
			     "message");
		return false;
	}
	p = plan_of(rc, a);
	if (p) {
		p->plan.count[r.verdict]++;
		p->plan.applied |= 1ULL << r.check;
	}
	if (!has_room(a, p)) {
		if (p)
			p->plan.dropped++;
		return true;
	}
	r.mark.line = mark_of(o, "line");
	r.mark.column = mark_of(o, "column");
	r.path = keep(a, jsonin_text(o, "file"));
	r.reason = keep(a, message);
	r.remedy = keep(a, jsonin_text(o, "remedy"));
	if (!r.reason)
		r.reason = xstrdup("");
	p->plan.result = make_room(p->plan.result, p->plan.results,
				   sizeof(*p->plan.result));
	p->plan.result[p->plan.results++] = r;
	return true;
}

void recall_plan_line(struct recall *rc, struct recall_side *side,
		      const struct jsonin *o)
{
	struct aside_plan *p = plan_of(rc, &side->aside);

	if (!p)
		return;
	p->name = keep(&side->aside, jsonin_text(o, "site"));
	count_add(&p->plan.dropped, jsonin_number(o, "omitted"));
	p->over = true;
}
