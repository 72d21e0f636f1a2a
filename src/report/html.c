/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html: the report as one page, to be read, printed and sent on
 *
 * DOC: Theory of operation
 *
 * The answer is the heading.  Then come the ways that findings took over the
 * circuits, as a drawing; the findings in groups, each opening to the packets
 * that prove it; and what the answer rests on.  Somebody hands this page to a
 * carrier: it must say all in one file, for years, on any machine.
 *
 * So there is nothing to load and nothing to run: no script, no font, no
 * picture but drawings in the page itself, and a policy that lets a browser
 * refuse what a mistake here might let in.  Its size is bounded whatever was
 * found: a hundred groups open, a thousand are named, the rest is counted, and
 * long names are cut.  Texts of packets, files and the site go through
 * html_text() and its like alone.
 */
#include "html.h"

#include "aside.h"
#include "group.h"
#include "text.h"
#include "words.h"

static const char *tone_class(enum text_tone tone)
{
	switch (tone) {
	case TONE_CRITICAL:
		return "critical";
	case TONE_WARNING:
		return "warning";
	case TONE_GOOD:
		return "good";
	case TONE_PLAIN:
	case TONE_INFO:
	case TONE_BOLD:
		break;
	}
	return "info";
}

void html_page(struct report_walk *w, const char *answer)
{
	const char *site = w->r->site->name;
	struct str *s = &w->s;

	str_add(s, "<!DOCTYPE html>\n<html lang=en>\n<head>\n"
		   "<meta charset=utf-8>\n"
		   "<meta http-equiv=Content-Security-Policy content=\""
		   "default-src 'none'; style-src 'unsafe-inline'; "
		   "base-uri 'none'; form-action 'none'\">\n"
		   "<meta name=viewport content=\"width=device-width, "
		   "initial-scale=1\">\n"
		   "<meta name=generator content=\"asymcap " ASYMCAP_VERSION
		   "\">\n<title>");
	if (site) {
		html_clip(s, site, HTML_NAME);
		str_add(s, ": ");
	}
	html_text(s, answer);
	str_add(s, "</title>\n<style>\n");
	str_add(s, html_style);
	str_add(s, "</style>\n</head>\n<body>\n");
}

static void put_sentence(struct str *s, const struct text_sentence *t,
			 bool first)
{
	if (first)
		str_addf(s, "<h1 class=%s>", tone_class(t->tone));
	else if (t->tone != TONE_PLAIN)
		str_addf(s, "<p class=%s><strong>", tone_class(t->tone));
	else
		str_add(s, "<p>");
	html_text(s, t->s.s);
	if (first)
		str_add(s, "</h1>\n");
	else
		str_add(s,
			t->tone != TONE_PLAIN ? "</strong></p>\n" : "</p>\n");
}

static void put_fact(struct str *s, const char *term, struct str *fact)
{
	if (!fact->len)
		return;
	str_addf(s, "<dt>%s</dt><dd>", term);
	html_str(s, fact);
	str_add(s, "</dd>\n");
}

static void put_facts(struct report_walk *w)
{
	uint64_t total = walk_connections(w);
	struct str seen = {0}, findings = {0}, classes = {0};

	text_seen(&seen, w);
	text_findings(&findings, w);
	if (!findings.len)
		str_add(&findings, "none.");
	str_addf(&classes, "%llu in all%s", (unsigned long long)total,
		 total ? "," : "");
	text_classes(&classes, w);
	str_add(&w->s, "<dl>\n");
	put_fact(&w->s, "Seen", &seen);
	put_fact(&w->s, "Connections", &classes);
	put_fact(&w->s, "Findings", &findings);
	str_add(&w->s, "</dl>\n");
}

static void put_bad_inputs(struct report_walk *w)
{
	const uint32_t max = 8;
	uint32_t bad = 0;

	for (uint32_t i = 0; i < words_inputs(w->r); i++) {
		const struct capture_input *in = words_input(w->r, i);

		if (in->state != CAPTURE_TRUNCATED && in->state != CAPTURE_BAD)
			continue;
		if (bad++ >= max)
			continue;
		str_add(&w->s, "<p class=warning><strong>Input ");
		html_tail(&w->s, in->path, HTML_PATH);
		str_addf(&w->s, " is %s.</strong> ", words_state(in->state));
		html_clip(&w->s, in->problem ? in->problem : "", 400);
		str_add(&w->s, "</p>\n");
	}
	if (bad > max)
		str_addf(&w->s,
			 "<p class=warning>%u more inputs are bad or "
			 "truncated.</p>\n",
			 bad - max);
}

void html_contents(struct str *s, const struct report *r)
{
	static const char *const parts[][2] = {
		{"paths", "Paths"},	  {"findings", "Findings"},
		{"services", "Services"}, {"circuits", "Round-trip times"},
		{"taps", "Taps"},	  {"totals", "Totals"},
	};

	str_add(s, "<nav aria-label=Contents><ul>\n");
	for (size_t i = 0; i < ARRAY_SIZE(parts) && !r->aside_alone; i++)
		str_addf(s, "<li><a href=\"#%s\">%s</a></li>\n", parts[i][0],
			 parts[i][1]);
	if (r->aside && r->aside->plans)
		str_add(s,
			"<li><a href=\"#plan\">The plan on paper</a></li>\n");
	if (r->aside && r->aside->runs)
		str_add(s, "<li><a href=\"#probes\">Probes</a></li>\n");
	str_add(s, "</ul></nav>\n");
}

static void html_begin(struct report_walk *w)
{
	struct text_sentence sentence[TEXT_SENTENCES];
	size_t count = text_verdict(w, sentence);
	struct str *s = &w->s;

	html_page(w, count ? sentence[0].s.s : "asymcap");
	str_add(s, "<header>\n<p class=from>asymcap report");
	if (w->r->site->name) {
		str_add(s, " · site ");
		html_clip(s, w->r->site->name, HTML_NAME);
	}
	str_add(s, "</p>\n");
	for (size_t i = 0; i < count; i++) {
		put_sentence(s, &sentence[i], !i);
		str_free(&sentence[i].s);
	}
	put_bad_inputs(w);
	count = text_limits(w, sentence);
	for (size_t i = 0; i < count; i++) {
		put_sentence(s, &sentence[i], false);
		str_free(&sentence[i].s);
	}
	put_facts(w);
	html_contents(s, w->r);
	str_add(s, "</header>\n<main>\n");
	html_map(w);
	str_add(s, "<section aria-labelledby=findings>\n"
		   "<h2 id=findings>Findings</h2>\n");
	if (!w->groups->count)
		str_add(s, "<p>None.</p>\n");
}

static void html_taps(struct report_walk *w)
{
	html_tables(w);
}

void html_page_end(struct report_walk *w)
{
	str_add(&w->s,
		"</main>\n<footer>\n<p>Written by asymcap " ASYMCAP_VERSION
		". A connection is <em>asymmetric</em> if the circuits on "
		"which its SYN was seen and those on which its answer was "
		"seen have nothing in common. Times are UTC. Packets are "
		"numbered as Wireshark counts them in each file.</p>\n"
		"</footer>\n</body>\n</html>\n");
}

const struct report_writer html_writer = {
	.begin = html_begin,
	.group = html_group,
	.connection = html_connection,
	.taps = html_taps,
	.aside = html_aside,
	.end = html_page_end,
};
