/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe_text: attempts for people
 *
 * A block for each: the first line is the answer, and can be searched for;
 * what it rests on is under it.
 */
#include "probe.h"

#include "text.h"
#include "words.h"

#define WORD	   12 /* columns of the outcome */
#define HOP_COLUMN 40

static enum text_tone tone_of(enum probe_outcome outcome, bool planned,
			      bool judged)
{
	if (planned)
		return judged ? TONE_GOOD : TONE_INFO;
	return outcome == PROBE_ASYMMETRIC || outcome == PROBE_ESCAPED
		       ? TONE_CRITICAL
		       : TONE_WARNING;
}

void text_probe_outcome(struct report_walk *w, enum probe_outcome outcome,
			bool planned, bool judged)
{
	text_tone(w, tone_of(outcome, planned, judged));
	text_pad(&w->s, probe_outcome_name(outcome), WORD);
	text_tone(w, TONE_PLAIN);
}

void text_probe_detail(struct report_walk *w, const char *label,
		       const char *text)
{
	if (text)
		text_para(w, WORD, label, text);
}

static void put_head(struct report_walk *w, const struct report_probe *p)
{
	const char *service = words_service(w->r, p->service);
	struct str s = {0};

	text_probe_outcome(w, p->outcome, p->planned, p->judged);
	str_add(&s, p->target);
	if (service)
		str_addf(&s, " (%s)", service);
	str_add(&s, ": ");
	probe_message(&s, w->r, p);
	text_line(w, "", s.s);
	str_free(&s);
}

static void put_ends(struct report_walk *w, const struct report_probe *p)
{
	const struct probe_attempt *a = p->attempt;
	struct tuple t = {0};
	struct str s = {0};

	if (a) {
		t = (struct tuple){a->src, a->dst, a->sport, a->dport};
		words_tuple(&s, &t);
		if (a->sent) {
			str_addf(&s, ", %u SYN%s from ", a->sent,
				 a->sent == 1 ? "" : "s");
			text_clock(&s, a->sent_at[0]);
		}
		if (a->rtt >= 0) {
			str_add(&s, ", answered after ");
			text_duration(&s, (uint64_t)a->rtt);
		}
	} else if (p->seen) {
		words_tuple(&s, &p->seen->tuple[0]);
	}
	text_para(w, WORD, "Ends:    ", s.s);
	str_free(&s);
}

static void put_sights(struct report_walk *w, const struct report_probe *p)
{
	struct str s = {0};

	for (unsigned i = 0; i < p->sights; i++) {
		const struct probe_sight *g = &p->sight[i];

		str_addf(&s, "%s%s as ", i ? ", " : "",
			 words_tap(w->r, g->tap));
		words_endpoint(&s, &g->source, g->port);
	}
	if (s.len)
		text_para(w, WORD, "SYN at:  ", s.s);
	str_free(&s);
}

static void put_answers(struct report_walk *w, const struct report_probe *p)
{
	struct str s = {0};

	for (unsigned tap = 0; p->seen && tap < SITE_MAX_TAPS; tap++) {
		if (p->seen->answer.taps >> tap & 1)
			str_addf(&s, "%s%s", s.len ? ", " : "",
				 words_tap(w->r, tap));
	}
	if (s.len)
		text_para(w, WORD,
			  p->seen->answer_is_rst ? "RST at:  " : "Answer:  ",
			  s.s);
	str_free(&s);
}

static void put_inbound(struct report_walk *w, const struct connection *c)
{
	int hid = probe_hid_source(w->r, c);
	struct str s = {0};

	if (hid < 0)
		str_add(&s, "no inside tap saw it: it is not known whether the "
			    "source was hidden");
	else
		str_add(&s, hid ? "source NAT hid the original source"
				: "the original source came in: no source NAT");
	for (unsigned i = 1; i < c->tuples; i++) {
		str_add(&s, i == 1 ? "; also as " : ", ");
		words_tuple(&s, &c->tuple[i]);
	}
	text_para(w, WORD, "Source:  ", s.s);
	str_free(&s);
}

static void put_why(struct report_walk *w, const struct report_probe *p)
{
	struct str s = {0};

	for (unsigned i = 0; i < p->findings; i++) {
		const struct finding *f = &p->finding[i];

		str_clear(&s);
		str_addf(&s, "%s, %s", rule_name(f->rule),
			 severity_name(f->severity));
		text_para(w, WORD, "Finding: ", s.s);
		if (i && f->cause == f[-1].cause)
			continue;
		text_para(w, WORD, "Cause:   ", words_cause(w->r, f->cause));
		text_para(w, WORD, "Remedy:  ", words_remedy(w->r, f->cause));
	}
	str_free(&s);
	if (p->findings || !*probe_cause(p))
		return;
	text_para(w, WORD, "Cause:   ", probe_cause(p));
	text_para(w, WORD, "Remedy:  ", probe_remedy(p));
}

static void put_hop(struct report_walk *w, const struct report_probe *p,
		    unsigned i)
{
	const struct probe_hop *h = &p->attempt->hop[i];
	uint64_t circuits = topo_circuits(w->r->topo, p->hop_taps[i]);
	char text[ADDR_TEXT];
	struct str s = {0};

	str_addf(&w->s, "%*s%2u  ", WORD, "", i + 1);
	if (!h->answer) {
		str_add(&w->s, "*\n");
		return;
	}
	text_pad(&w->s, addr_format(&h->router, text), HOP_COLUMN);
	if (h->rtt >= 0)
		text_duration(&s, (uint64_t)h->rtt);
	text_pad(&w->s, s.s ? s.s : "", WORD);
	str_clear(&s);
	str_add(&s, h->answer == PROBE_ICMP
			    ? icmp_kind_name((enum icmp_kind)h->icmp)
			    : probe_answer_name(h->answer));
	if (circuits) {
		str_add(&s, " by ");
		words_circuits(&s, w->r, circuits);
	}
	text_line(w, "", s.s);
	str_free(&s);
}

static void put_hops(struct report_walk *w, const struct report_probe *p)
{
	const struct probe_attempt *a = p->attempt;
	unsigned last = a->target_hop;

	for (unsigned i = 0; i < PROBE_HOPS && !a->target_hop; i++) {
		if (a->hop[i].answer)
			last = i + 1;
	}
	for (unsigned i = 0; i < last; i++)
		put_hop(w, p, i);
	if (!a->target_hop)
		str_addf(&w->s, "%*s    no answer beyond\n", WORD, "");
}

void text_probe(struct report_walk *w, const struct report_probe *p)
{
	put_head(w, p);
	put_ends(w, p);
	put_sights(w, p);
	put_answers(w, p);
	if (!p->attempt && p->seen)
		put_inbound(w, p->seen);
	put_why(w, p);
	if (p->attempt && p->attempt->trace)
		put_hops(w, p);
	str_addc(&w->s, '\n');
}

/* ----------------------------------------------------------------- the end */

static void put_rtt(struct report_walk *w, const struct probe_rtt *x)
{
	struct str s = {0};

	str_add(&s, x->circuit == SITE_MAX_CIRCUITS
			    ? "circuit not seen"
			    : words_circuit(w->r, x->circuit));
	str_addf(&s, ": %zu, min ", x->count);
	text_duration(&s, (uint64_t)x->min);
	str_add(&s, ", median ");
	text_duration(&s, (uint64_t)x->median);
	str_add(&s, ", mean ");
	text_duration(&s, (uint64_t)x->mean);
	str_add(&s, ", max ");
	text_duration(&s, (uint64_t)x->max);
	str_add(&s, ", deviation ");
	text_duration(&s, (uint64_t)x->deviation);
	if (x->expected) {
		str_add(&s, "; planned ");
		text_duration(&s, (uint64_t)x->expected);
		if (x->median > x->expected)
			str_add(&s, ": slower than planned");
	}
	text_para(w, 0, "Round trips ", s.s);
	str_free(&s);
}

static void put_taps(struct report_walk *w, const struct probe_totals *t)
{
	struct str s = {0};

	for (unsigned tap = 0; tap < w->r->site->taps; tap++) {
		if (!t->syns[tap] && !t->answers[tap])
			continue;
		str_addf(&s, "%s%s %llu/%llu", s.len ? ", " : "",
			 words_tap(w->r, tap), (unsigned long long)t->syns[tap],
			 (unsigned long long)t->answers[tap]);
	}
	if (s.len)
		text_para(w, 0, "SYNs/answers at ", s.s);
	str_free(&s);
}

void text_probe_totals(struct report_walk *w, const struct probe_totals *t,
		       size_t count)
{
	if (count > 1)
		put_taps(w, t);
	for (size_t i = 0; i < t->rtts && count > 1; i++)
		put_rtt(w, &t->rtt[i]);
	probe_sentence(&w->s, t, count);
	str_addc(&w->s, '\n');
}

void text_probe_end(struct report_walk *w, const struct report_probe *list,
		    size_t count)
{
	struct probe_totals t;

	probe_totals_of(w->r, list, count, &t);
	text_probe_totals(w, &t, count);
}
