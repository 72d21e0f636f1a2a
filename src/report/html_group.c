/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_group: a group of findings, opening to the packets that prove it
 */
#include "html.h"

#include <string.h>

#include "group.h"
#include "text.h"
#include "words.h"

#define OPEN_GROUPS 3	 /* that are open from the start */
#define MAX_TITLE   300	 /* characters of what names may make long */
#define MAX_TEXT    1500 /* of a sentence that a file may have brought */

/* As html_clip(), with the arrows of print; frees what was in @text. */
static void put_arrows(struct str *s, struct str *text, size_t max)
{
	struct str pretty = {0};

	for (const char *p = text->len ? text->s : ""; *p; p++) {
		if (!strncmp(p, " -> ", 4)) {
			str_add(&pretty, " → ");
			p += 3;
		} else {
			str_addc(&pretty, *p);
		}
	}
	if (pretty.len)
		html_clip(s, pretty.s, max);
	str_free(&pretty);
	str_free(text);
}

/* "10 connections · smtp-inbound · broken, dropped at er-chicago" */
static void put_more(struct report_walk *w, const struct report_group *g)
{
	const struct group_key *k = &g->key;
	const char *service = words_service(w->r, k->service);
	struct str t = {0};

	text_count(&t, g);
	if (service)
		str_addf(&t, " · %.200s", service);
	else if (g->port)
		str_addf(&t, " · port %u", g->port);
	if (k->impact != IMPACT_UNKNOWN)
		str_addf(&t, " · %s", impact_name((enum impact)k->impact));
	if (k->dropped_at != CIRCUIT_NONE)
		str_addf(&t, "%s dropped at %.200s",
			 k->impact == IMPACT_UNKNOWN ? " ·" : ",",
			 words_circuit(w->r, k->dropped_at));
	html_clip(&w->s, t.s, MAX_TITLE);
	str_free(&t);
}

static void put_title(struct report_walk *w, const struct report_group *g)
{
	struct str path = {0};

	str_addf(&w->s, "<span class=mute>%zu</span> <strong>%s</strong> ",
		 (size_t)(g - w->groups->group) + 1,
		 rule_name((enum rule)g->key.rule));
	text_path(&path, w->r, &g->key);
	put_arrows(&w->s, &path, MAX_TITLE);
}

static void put_row(struct str *s, const char *term, struct str *text)
{
	if (text->len) {
		str_addf(s, "<dt>%s</dt><dd>", term);
		put_arrows(s, text, MAX_TEXT);
		str_add(s, "</dd>\n");
	}
	str_free(text);
}

static void put_sentence(struct str *s, const char *term, const char *text)
{
	struct str copy = {0};

	str_add(&copy, text);
	put_row(s, term, &copy);
}

static void put_ends(struct str *s, const struct group_key *k)
{
	struct str t = {0};

	text_ends(&t, k);
	if (k->direction != DIRECTION_UNKNOWN)
		str_addf(&t, ", %s",
			 direction_name((enum direction)k->direction));
	put_row(s, "Ends", &t);
	if (k->escaped_len == GROUP_NO_PREFIX)
		return;
	text_prefix(&t, &k->escaped, k->escaped_len);
	put_row(s, "Source", &t);
}

static void get_member(const struct report_walk *w,
		       const struct report_group *g, size_t i,
		       struct finding *f)
{
	store_get(&w->r->findings, w->groups->member[g->start + i], f);
}

/* Of the first; others of the group may lie in another set. */
static void put_listed(struct report_walk *w, const struct report_group *g)
{
	struct str t = {0};
	struct finding f;

	get_member(w, g, 0, &f);
	if (!f.has_tuple)
		return;
	words_endpoint_set(&t, w->r, &f);
	if (t.len)
		put_row(&w->s, "Known", &t);
}

static void put_facts(struct report_walk *w, const struct report_group *g)
{
	uint16_t cause = g->key.cause;
	struct str *s = &w->s;
	struct str t = {0};

	str_add(s, "<dl>\n");
	if (!text_about_tap(&g->key))
		put_ends(s, &g->key);
	put_listed(w, g);
	text_period(&t, g->first, g->last);
	put_row(s, "When", &t);
	put_sentence(s, "Cause", words_cause(w->r, cause));
	put_sentence(s, "Remedy", words_remedy(w->r, cause));
	put_sentence(s, "Firewall log", words_log_hint(w->r, cause));
	if (g->taps_missing) {
		text_missing(&t, w->r, g->taps_missing);
		put_row(s, "To decide", &t);
	}
	str_add(s, "</dl>\n");
}

static void put_other(struct report_walk *w, const struct finding *f)
{
	struct str t = {0};

	words_tuple(&t, &f->tuple[0]);
	str_add(&t, " at ");
	text_clock(&t, f->time);
	str_add(&w->s, "<li>");
	put_arrows(&w->s, &t, MAX_TITLE);
	str_add(&w->s, "</li>\n");
}

/* The packets of one connection are drawn once, however many rules it broke.
 * Return: the number of the group where they are, or 0.
 */
static size_t drawn_in(const struct report_walk *w,
		       const struct report_group *g, const struct finding *f)
{
	struct finding other;

	for (const struct report_group *e = w->groups->group; e < g; e++) {
		get_member(w, e, 0, &other);
		if (text_same_packets(f, &other))
			return (size_t)(e - w->groups->group) + 1;
	}
	return 0;
}

static void put_packets(struct report_walk *w, const struct report_group *g,
			const struct finding *f)
{
	size_t where = drawn_in(w, g, f);

	if (where)
		str_addf(&w->s,
			 "<p>Its packets are shown under <a href=\"#g%zu\">"
			 "finding %zu</a>.</p>\n",
			 where, where);
	else
		html_ladder(w, f, (size_t)(g - w->groups->group) + 1);
}

static void put_examples(struct report_walk *w, const struct report_group *g)
{
	struct str *s = &w->s;
	struct str t = {0};
	struct finding f;

	get_member(w, g, 0, &f);
	str_addf(s, "<h3>%s</h3>\n<p>",
		 text_about_tap(&g->key) ? "What was seen"
		 : g->count > 1		 ? "The first of them"
					 : "The connection");
	words_message(&t, w->r, &f);
	put_arrows(s, &t, MAX_TEXT);
	str_add(s, "</p>\n");
	if (f.has_tuple)
		put_packets(w, g, &f);
	if (g->count < 2 || !f.has_tuple)
		return;
	str_add(s, "<h3>Others</h3>\n<ul>\n");
	for (size_t i = 1; i < g->count && i < HTML_EXAMPLES; i++) {
		get_member(w, g, i, &f);
		put_other(w, &f);
	}
	if (g->count > HTML_EXAMPLES) {
		str_add(s, "<li>and ");
		html_number(s, g->count - HTML_EXAMPLES);
		str_add(s, " more, which are not shown here: --format json "
			   "lists all of them.</li>\n");
	}
	str_add(s, "</ul>\n");
}

static void put_block(struct report_walk *w, const struct report_group *g,
		      size_t index)
{
	bool open = index < OPEN_GROUPS && g->key.severity > SEVERITY_INFO;
	struct str *s = &w->s;

	str_addf(s, "<details id=g%zu%s>\n<summary>", index + 1,
		 open ? " open" : "");
	html_severity(s, g->key.severity);
	str_add(s, "<span>");
	put_title(w, g);
	str_add(s, "</span><span class=more>");
	put_more(w, g);
	str_add(s, "</span></summary>\n<div class=inner>\n");
	put_facts(w, g);
	put_examples(w, g);
	str_add(s, "</div>\n</details>\n");
}

static void put_line(struct report_walk *w, const struct report_group *g)
{
	struct str *s = &w->s;
	struct str t = {0};

	str_add(s, "<tr><td>");
	html_severity(s, g->key.severity);
	str_add(s, "</td><td>");
	put_title(w, g);
	str_add(s, "</td><td>");
	put_more(w, g);
	str_add(s, "</td><td>");
	if (!text_about_tap(&g->key))
		text_ends(&t, &g->key);
	put_arrows(s, &t, MAX_TITLE);
	str_add(s, "</td></tr>\n");
}

static void begin_lines(struct str *s)
{
	str_add(s, "<h3>The other groups</h3>\n");
	html_scroll(s, "The other groups");
	str_add(s, "<table>\n<thead><tr><th scope=col>Severity</th>"
		   "<th scope=col>What</th><th scope=col>How many</th>"
		   "<th scope=col>Ends</th></tr></thead>\n<tbody>\n");
}

static void end_lines(struct str *s)
{
	str_add(s, "</tbody></table>\n");
	html_scroll_end(s);
}

/* Those that not even have a row. */
static void put_rest(struct report_walk *w, size_t from)
{
	uint64_t findings = 0;

	for (size_t i = from; i < w->groups->count; i++)
		findings += w->groups->group[i].count;
	str_add(&w->s, "<p><strong>");
	html_number(&w->s, w->groups->count - from);
	str_add(&w->s, " more groups</strong> of ");
	html_number(&w->s, findings);
	str_add(&w->s, " findings, none graver than these, are left out: "
		       "--format json lists all.</p>\n");
}

void html_group(struct report_walk *w, const struct report_group *g)
{
	size_t index = (size_t)(g - w->groups->group);

	if (index < HTML_BLOCKS) {
		put_block(w, g, index);
		return;
	}
	if (index == HTML_BLOCKS)
		begin_lines(&w->s);
	if (index < HTML_BLOCKS + HTML_ROWS)
		put_line(w, g);
	if (index == HTML_BLOCKS + HTML_ROWS) {
		end_lines(&w->s);
		put_rest(w, index);
	}
}

void html_groups_end(struct report_walk *w)
{
	size_t count = w->groups->count;
	uint64_t omitted = 0;

	if (count > HTML_BLOCKS && count <= HTML_BLOCKS + HTML_ROWS)
		end_lines(&w->s);
	for (unsigned i = 0; i < SEVERITIES; i++)
		count_add(&omitted, w->r->omitted[i]);
	if (omitted) {
		str_add(&w->s, "<p>");
		html_number(&w->s, omitted);
		str_add(&w->s, " findings more than a report keeps: counted, "
			       "not shown.</p>\n");
	}
	str_add(&w->s, "</section>\n");
}
