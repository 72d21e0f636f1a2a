/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text: the report for people: the verdict, and how text is put on a screen
 *
 * The first line is the answer.  Then come the groups of findings, the
 * gravest first, each with one line that can be searched for and details
 * under it; then what the answer rests on: taps, totals, inputs.
 */
#include "text.h"

#include <string.h>

#include "aside.h"
#include "group.h"
#include "words.h"

#define MIN_WIDTH 60
#define MAX_WIDTH 100 /* longer lines are hard to read */

const char *text_tone_code(enum text_tone tone)
{
	static const char *const codes[] = {
		[TONE_PLAIN] = "\033[0m",	[TONE_GOOD] = "\033[1;32m",
		[TONE_INFO] = "\033[36m",	[TONE_WARNING] = "\033[1;33m",
		[TONE_CRITICAL] = "\033[1;31m", [TONE_BOLD] = "\033[1m",
	};
	static_assert(ARRAY_SIZE(codes) == TONE_BOLD + 1, "a code each tone");

	return codes[tone];
}

void text_tone(struct report_walk *w, enum text_tone tone)
{
	if (w->r->options.color)
		str_add(&w->s, text_tone_code(tone));
}

/* Columns of safe text: one for each character, none for what continues it. */
static size_t columns(const char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += utf8_begins(text[i]);
	return n;
}

size_t text_columns(const char *text)
{
	struct str safe = {0};
	size_t n;

	str_add_safe(&safe, text);
	n = columns(safe.s ? safe.s : "", safe.len);
	str_free(&safe);
	return n;
}

void text_pad(struct str *s, const char *text, size_t width)
{
	size_t start = s->len;
	size_t n;

	str_add_safe(s, text);
	n = s->len > start ? columns(s->s + start, s->len - start) : 0;
	for (; n < width; n++)
		str_addc(s, ' ');
}

void text_number(struct str *s, uint64_t n, const char *noun)
{
	str_addf(s, "%llu %s%s", (unsigned long long)n, noun,
		 n == 1 ? "" : "s");
}

void text_spaces(struct str *s, size_t n)
{
	while (n--)
		str_addc(s, ' ');
}

static size_t screen_width(const struct report *r)
{
	unsigned width = r->options.width;

	if (!width || width > MAX_WIDTH)
		return MAX_WIDTH;
	return width < MIN_WIDTH ? MIN_WIDTH : width;
}

/* Append words, folding before the one that would pass @width. */
static void fold(struct str *s, const char *text, size_t column, size_t hang,
		 size_t width)
{
	bool first = true;

	while (*text) {
		size_t gap = 0;
		size_t size = 0;
		size_t n;

		while (text[gap] == ' ')
			gap++;
		text += gap;
		while (text[size] && text[size] != ' ')
			size++;
		n = columns(text, size);
		if (!first && n + gap > width - column) {
			str_addc(s, '\n');
			text_spaces(s, hang);
			column = hang;
		} else if (!first) {
			text_spaces(s, gap);
			column += gap;
		}
		str_addn(s, text, size);
		column = n > width - column ? width : column + n;
		first = false;
		text += size;
	}
	str_addc(s, '\n');
}

void text_para(struct report_walk *w, unsigned indent, const char *label,
	       const char *text)
{
	size_t width = screen_width(w->r);
	struct str safe = {0};
	size_t hang = indent + columns(label, strlen(label));

	str_add_safe(&safe, text);
	text_spaces(&w->s, indent);
	str_add(&w->s, label);
	if (hang >= width)
		hang = indent < width ? indent : 0;
	fold(&w->s, safe.s ? safe.s : "", hang, hang, width);
	str_free(&safe);
}

void text_line(struct report_walk *w, const char *label, const char *text)
{
	str_add(&w->s, label);
	str_add_safe(&w->s, text);
	str_addc(&w->s, '\n');
}

/* Folded for a reader only: a program finds the whole verdict in a line. */
static void add_verdict(struct report_walk *w, enum text_tone tone,
			const char *text)
{
	text_tone(w, tone);
	if (w->r->options.width)
		text_para(w, 0, "", text);
	else
		text_line(w, "", text);
	text_tone(w, TONE_PLAIN);
}

/* How many asymmetric connections work and do not, where it is known. */
static void add_impacts(struct str *s, const struct report *r)
{
	uint64_t broken = r->by_impact[IMPACT_BROKEN];
	uint64_t working = r->by_impact[IMPACT_WORKING];
	uint64_t unknown = r->by_impact[IMPACT_UNKNOWN];
	uint64_t all = broken + working + unknown;

	if (all && broken == all) {
		str_add(s, " and broken");
	} else if (all && working == all) {
		str_add(s, ", and yet working");
	} else if (broken || working) {
		str_addf(s, ": %llu broken, %llu working",
			 (unsigned long long)broken,
			 (unsigned long long)working);
		if (unknown)
			str_addf(s, ", %llu not known",
				 (unsigned long long)unknown);
	}
}

static enum text_tone asymmetry_verdict(struct str *s,
					const struct report_walk *w)
{
	uint64_t asymmetric = walk_class(w, CLASS_ASYMMETRIC);

	str_addf(s, "%llu of ", (unsigned long long)asymmetric);
	text_number(s, walk_connections(w), "connection");
	str_add(s, asymmetric == 1 ? " was asymmetric" : " were asymmetric");
	add_impacts(s, w->r);
	str_addc(s, '.');
	return TONE_CRITICAL;
}

static enum text_tone symmetry_verdict(struct str *s,
				       const struct report_walk *w)
{
	uint64_t grave = report_count(w->r, SEVERITY_WARNING);

	str_addf(s, "No asymmetric connection among %llu; ",
		 (unsigned long long)walk_connections(w));
	if (grave)
		text_number(s, grave, "finding");
	else
		str_add(s, "nothing found");
	str_add(s, " at warning or above.");
	return grave ? TONE_WARNING : TONE_GOOD;
}

/* Not a clean bill: why there is no verdict. */
static enum text_tone no_verdict(struct str *s, const struct report_walk *w)
{
	const char *why = w->totals->not_judged_why;

	str_addf(s, "Cannot judge: %s", why ? why : "not enough was seen.");
	if (s->s[s->len - 1] != '.')
		str_addc(s, '.');
	return TONE_WARNING;
}

/* ... and what was seen instead. */
static bool seen_instead(struct str *s, const struct report_walk *w)
{
	uint64_t total = walk_connections(w);

	if (total == walk_class(w, CLASS_INDETERMINATE) ||
	    walk_class(w, CLASS_ASYMMETRIC))
		return false;
	text_number(s, total, "connection");
	str_add(s, total == 1 ? " was seen:" : " were seen:");
	text_classes(s, w);
	return true;
}

size_t text_verdict(const struct report_walk *w, struct text_sentence *sentence)
{
	size_t n = 0;

	memset(sentence, 0, TEXT_SENTENCES * sizeof(*sentence));
	if (!w->totals->judged) {
		sentence[n].tone = no_verdict(&sentence[n].s, w);
		n++;
		n += seen_instead(&sentence[n].s, w);
	}
	if (walk_class(w, CLASS_ASYMMETRIC)) {
		sentence[n].tone = asymmetry_verdict(&sentence[n].s, w);
		n++;
	} else if (w->totals->judged) {
		sentence[n].tone = symmetry_verdict(&sentence[n].s, w);
		n++;
	}
	return n;
}

/* The circuit that all segments were seen on, or CIRCUIT_NONE */
static uint8_t only_circuit(const struct report *r)
{
	uint8_t only = CIRCUIT_NONE;

	for (size_t i = 0; i < r->taps; i++) {
		uint8_t circuit = topo_tap_circuit(r->topo, r->tap[i].tap);

		if (!r->tap[i].seen || !r->tap[i].seen->segments ||
		    circuit == CIRCUIT_NONE)
			continue;
		if (only != CIRCUIT_NONE && only != circuit)
			return CIRCUIT_NONE;
		only = circuit;
	}
	return only;
}

size_t text_limits(const struct report_walk *w, struct text_sentence *sentence)
{
	uint64_t unsure = walk_class(w, CLASS_INDETERMINATE);
	uint64_t unanswered = walk_class(w, CLASS_UNANSWERED);
	uint8_t only = only_circuit(w->r);
	size_t n = 0;

	memset(sentence, 0, TEXT_SENTENCES * sizeof(*sentence));
	if (w->r->nat) {
		struct str *s = &sentence[n++].s;

		str_add(s, "Source NAT was missing or wrong: ");
		text_number(s, w->r->nat, "finding");
		str_addc(s, '.');
	}
	if (only != CIRCUIT_NONE && walk_connections(w)) {
		struct str *s = &sentence[n++].s;

		str_addf(s,
			 "All of it was seen on one circuit, %s: asymmetry "
			 "shows only where several are captured.",
			 words_circuit(w->r, only));
	}
	if (unanswered && w->totals->judged) {
		struct str *s = &sentence[n++].s;

		text_number(s, unanswered, "connection");
		str_addf(s,
			 " %s not answered at any tap; an answer on a path "
			 "without a tap would not be seen.",
			 unanswered == 1 ? "was" : "were");
	}
	if (unsure) {
		struct str *s = &sentence[n++].s;

		text_number(s, unsure, "connection");
		str_add(s, " could not be judged: what is missing may have "
			   "been lost by a tap, or lie beyond an end of a "
			   "capture.");
	}
	return n;
}

void text_findings(struct str *s, const struct report_walk *w)
{
	const struct report *r = w->r;
	const char *gap = "";

	if (!report_findings(r))
		return;
	for (unsigned i = SEVERITIES; i-- > 0;) {
		if (!r->found[i])
			continue;
		str_addf(s, "%s%llu %s", gap, (unsigned long long)r->found[i],
			 severity_name((enum severity)i));
		gap = ", ";
	}
	str_add(s, " in ");
	text_number(s, w->groups->count, "group");
	str_addc(s, '.');
}

void text_seen(struct str *s, const struct report_walk *w)
{
	const struct report_totals *t = w->totals;

	text_number(s, t->packets, "packet");
	str_addf(s, " (%llu TCP)", (unsigned long long)t->tcp_packets);
	if (t->packets) {
		str_add(s, ", ");
		text_period(s, t->first, t->last);
	}
	str_addc(s, '.');
}

static void put_sentences(struct report_walk *w,
			  size_t (*make)(const struct report_walk *w,
					 struct text_sentence *sentence))
{
	struct text_sentence sentence[TEXT_SENTENCES];
	size_t count = make(w, sentence);

	for (size_t i = 0; i < count; i++) {
		if (sentence[i].tone == TONE_PLAIN)
			text_para(w, 0, "", sentence[i].s.s);
		else
			add_verdict(w, sentence[i].tone, sentence[i].s.s);
		str_free(&sentence[i].s);
	}
}

static void text_begin(struct report_walk *w)
{
	struct str s = {0};

	put_sentences(w, text_verdict);
	text_bad_inputs(w);
	put_sentences(w, text_limits);
	text_findings(&s, w);
	if (s.len)
		text_para(w, 0, "Findings: ", s.s);
	str_clear(&s);
	text_seen(&s, w);
	text_para(w, 0, "Seen: ", s.s);
	str_free(&s);
}

static void text_end(struct report_walk *w)
{
	text_totals(w);
}

const struct report_writer text_writer = {
	.begin = text_begin,
	.group = text_group,
	.connection = text_connection,
	.taps = text_taps,
	.rows = text_rows,
	.aside = text_aside,
	.end = text_end,
	.news = text_news,
	.explained = text_explained,
	.chosen = text_chosen,
};
