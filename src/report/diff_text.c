/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * diff_text: two runs compared, for people
 */
#include "diff.h"

#include <string.h>

#include "text.h"
#include "words.h"

#define MAX_LINES 500 /* items that are shown */
#define WORD	  10  /* columns of "UNCHANGED " */
#define MAX_NAME  24

static enum text_tone tone_of(const struct diff *d,
			      const struct diff_item *item)
{
	if (diff_fails(d, item))
		return TONE_CRITICAL;
	switch (item->change) {
	case CHANGE_NEW:
	case CHANGE_WORSE:
		return TONE_WARNING;
	case CHANGE_BETTER:
	case CHANGE_GONE:
		return TONE_GOOD;
	case CHANGE_UNCHANGED:
	case CHANGES:
		break;
	}
	return TONE_PLAIN;
}

static void add_number(struct str *s, uint64_t n, const char *what,
		       const char **gap)
{
	if (!n)
		return;
	str_addf(s, "%s%llu %s", *gap, (unsigned long long)n, what);
	*gap = ", ";
}

/* "2 groups of findings: 1 new, 1 gone." */
static void add_counts(struct str *s, const struct diff *d)
{
	const char *gap = "";

	if (!d->items) {
		str_add(s, "No findings before, and none after.");
		return;
	}
	str_addf(s, "%zu group%s of findings: ", d->items,
		 d->items == 1 ? "" : "s");
	for (unsigned c = 0; c < CHANGES; c++)
		add_number(s, d->changes[c],
			   diff_change_name((enum diff_change)c), &gap);
	str_addc(s, '.');
}

static void add_verdict(struct report_walk *w, const struct diff *d)
{
	static const enum text_tone tones[] = {
		[DIFF_NOTHING_NEW] = TONE_GOOD,
		[DIFF_NEW] = TONE_CRITICAL,
		[DIFF_CANNOT_JUDGE] = TONE_WARNING,
	};
	struct str s = {0};

	if (d->result == DIFF_CANNOT_JUDGE)
		str_add(&s, "Cannot judge: one of the runs could not.");
	else if (d->result == DIFF_NOTHING_NEW)
		str_addf(&s, "Nothing new at %s or above.",
			 severity_name(d->fail_on));
	else
		str_addf(&s, "%llu new or worse at %s or above.",
			 (unsigned long long)d->failing,
			 severity_name(d->fail_on));
	text_tone(w, tones[d->result]);
	text_line(w, "", s.s);
	text_tone(w, TONE_PLAIN);
	str_clear(&s);
	add_counts(&s, d);
	text_para(w, 0, "", s.s);
	str_free(&s);
}

/* What each run found, in its own words. */
static void add_side(struct report_walk *w, const struct diff *d, unsigned side,
		     const char *label)
{
	struct text_sentence sentence[TEXT_SENTENCES] = {0};
	struct report_walk of = diff_walk(d, side);
	size_t count = text_verdict(&of, sentence);

	for (size_t i = 0; i < count; i++) {
		if (!i)
			text_para(w, 0, label, sentence[i].s.s);
		str_free(&sentence[i].s);
	}
}

static void add_item(struct report_walk *w, const struct diff *d,
		     const struct diff_item *item)
{
	static const char *const words[] = {
		[CHANGE_NEW] = "NEW",
		[CHANGE_WORSE] = "WORSE",
		[CHANGE_UNCHANGED] = "UNCHANGED",
		[CHANGE_BETTER] = "BETTER",
		[CHANGE_GONE] = "GONE",
	};
	static_assert(ARRAY_SIZE(words) == CHANGES, "a word each");
	const struct report *r;
	const struct report_group *g = diff_shown(d, item, &r);
	struct str s = {0};

	text_tone(w, tone_of(d, item));
	text_pad(&w->s, item->change < CHANGES ? words[item->change] : "?",
		 WORD);
	text_tone(w, TONE_PLAIN);
	str_addf(&s, "%s  ", severity_name((enum severity)g->key.severity));
	text_title(&s, r, g);
	if (!text_about_tap(&g->key)) {
		str_add(&s, "  ");
		text_ends(&s, &g->key);
	}
	if (item->group[BEFORE] && item->group[AFTER] &&
	    item->count[BEFORE] != item->count[AFTER])
		str_addf(&s, "  (%llu before)",
			 (unsigned long long)item->count[BEFORE]);
	text_line(w, "", s.s);
	str_free(&s);
}

static void add_items(struct report_walk *w, const struct diff *d)
{
	size_t i;

	if (d->items)
		str_addc(&w->s, '\n');
	for (i = 0; i < d->items && i < MAX_LINES; i++)
		add_item(w, d, &d->item[i]);
	if (i < d->items)
		str_addf(&w->s, "%zu more groups: --format json lists all.\n",
			 d->items - i);
}

/* ---------------------------------------------------------------- services */

static void add_cell(struct str *s, const char *text)
{
	str_addf(s, "  %9s", text);
}

static void add_connections(struct str *s, int64_t n)
{
	char text[24] = "-";

	if (n >= 0)
		snprintf(text, sizeof(text), "%lld", (long long)n);
	add_cell(s, text);
}

/* What is not all is not shown as all, nor what is not nothing as nothing. */
static void add_rate(struct str *s, int64_t part, int64_t all)
{
	char text[24] = "-";

	if (part >= 0 && all > 0) {
		double percent = (double)part * 100 / (double)all;

		if (percent > 99.9 && part < all)
			percent = 99.9;
		if (percent < 0.1 && part)
			percent = 0.1;
		snprintf(text, sizeof(text), "%.1f %%", percent);
	}
	add_cell(s, text);
}

static void add_rtt(struct str *s, int64_t us)
{
	char text[32] = "-";

	if (us >= 0)
		snprintf(text, sizeof(text), "%lld.%03lld",
			 (long long)us / 1000, (long long)us % 1000);
	add_cell(s, text);
}

static void add_services(struct report_walk *w, const struct diff *d)
{
	static const char *const unknown[] = {
		[BEFORE] = "before",
		[AFTER] = "after",
	};
	struct str *s = &w->s;

	for (unsigned k = 0; k < RECALL_SIDES; k++) {
		if (!d->knows[k])
			str_addf(s,
				 "%sNothing is told of services %s: it takes a "
				 "site file with services, or --flows.\n",
				 k && !d->knows[0] ? "" : "\n", unknown[k]);
	}
	if (!d->services)
		return;
	str_addc(s, '\n');
	text_pad(s, "  service", MAX_NAME + 2);
	str_addf(s, "  %20s  %20s  %20s\n", "connections", "completed",
		 "RTT, ms");
	text_spaces(s, MAX_NAME + 2);
	for (unsigned k = 0; k < 3; k++) {
		add_cell(s, "before");
		add_cell(s, "after");
	}
	str_addc(s, '\n');
	for (size_t i = 0; i < d->services; i++) {
		const struct diff_service *v = &d->service[i];

		str_add(s, "  ");
		text_pad(s, words_service(w->r, v->service), MAX_NAME);
		for (unsigned k = 0; k < RECALL_SIDES; k++)
			add_connections(s, v->connections[k]);
		for (unsigned k = 0; k < RECALL_SIDES; k++)
			add_rate(s, v->completed[k], v->connections[k]);
		for (unsigned k = 0; k < RECALL_SIDES; k++)
			add_rtt(s, v->rtt_us[k]);
		str_addc(s, '\n');
	}
}

void diff_text(const struct diff *d, struct str *out)
{
	struct report_walk w = diff_walk(d, AFTER);

	add_verdict(&w, d);
	add_side(&w, d, BEFORE, "Before: ");
	add_side(&w, d, AFTER, "After:  ");
	add_items(&w, d);
	add_services(&w, d);
	*out = w.s;
}
