/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_group: a group of findings as a block of text
 *
 * The first line holds what people search for: severity, rule, how many,
 * which way, which service, what became of it.  Below it: who, when, why,
 * what to do, and examples with the packets to look at.
 */
#include "text.h"

#include <string.h>

#include "group.h"
#include "words.h"

#define EXAMPLES    3	 /* of a group */
#define MAX_BLOCKS  200	 /* groups with details; others have a line */
#define INFO_BLOCKS 20	 /* of these, at info */
#define MAX_LINES   2000 /* groups that are shown at all */

static enum text_tone severity_tone(unsigned severity)
{
	switch (severity) {
	case SEVERITY_CRITICAL:
		return TONE_CRITICAL;
	case SEVERITY_WARNING:
		return TONE_WARNING;
	default:
		return TONE_INFO;
	}
}

void text_severity(struct report_walk *w, unsigned severity)
{
	static const char *const words[] = {
		[SEVERITY_INFO] = "INFO",
		[SEVERITY_WARNING] = "WARNING",
		[SEVERITY_CRITICAL] = "CRITICAL",
	};
	static_assert(ARRAY_SIZE(words) == SEVERITIES, "a word each");

	text_tone(w, severity_tone(severity));
	text_pad(&w->s, words[severity], TEXT_INDENT);
	text_tone(w, TONE_PLAIN);
}

bool text_about_tap(const struct group_key *k)
{
	return k->client_len == GROUP_NO_PREFIX;
}

/* Which way it went, by rule; names are not yet safe. */
void text_path(struct str *s, const struct report *r, const struct group_key *k)
{
	switch (k->rule) {
	case RULE_ASYMMETRIC_HANDSHAKE:
		str_add(s, "SYN ");
		words_circuits(s, r, k->syn_circuits);
		str_addf(s, " -> %s ", k->answer_is_rst ? "RST" : "SYN-ACK");
		words_circuits(s, r, k->answer_circuits);
		break;
	case RULE_ASYMMETRIC_FLOW:
		str_add(s, "client ");
		words_circuits(s, r, k->syn_circuits);
		str_add(s, " -> server ");
		words_circuits(s, r, k->answer_circuits);
		break;
	case RULE_PATH_CHANGE:
		str_add(s, "moved ");
		words_circuits(s, r, k->syn_circuits);
		str_add(s, " -> ");
		words_circuits(s, r, k->answer_circuits);
		break;
	case RULE_UNANSWERED:
		str_add(s, "SYN ");
		words_circuits(s, r, k->syn_circuits);
		str_add(s, " -> nothing");
		break;
	case RULE_ORPHAN_SYN_ACK:
		str_add(s, "nothing -> SYN-ACK ");
		words_circuits(s, r, k->answer_circuits);
		break;
	case RULE_SNAT_ESCAPE:
		str_addf(s, "%s source on %s",
			 escape_reason_name((enum escape_reason)k->reason),
			 words_circuit(r, k->circuit));
		if (k->owner != CIRCUIT_NONE)
			str_addf(s, " (of %s)", words_circuit(r, k->owner));
		break;
	default:
		if (k->tap != TAP_NONE)
			str_addf(s, "tap %s", words_tap(r, k->tap));
		else if (k->circuit != CIRCUIT_NONE)
			str_addf(s, "on %s", words_circuit(r, k->circuit));
		else if (k->syn_circuits | k->answer_circuits)
			words_circuits(s, r,
				       k->syn_circuits | k->answer_circuits);
		if (text_about_tap(k) && k->other_tap != TAP_NONE)
			str_addf(s, " and %s", words_tap(r, k->other_tap));
	}
}

void text_count(struct str *s, const struct report_group *g)
{
	text_number(s, g->count,
		    text_about_tap(&g->key) ? "finding" : "connection");
	if (g->packets > g->count) {
		str_add(s, ", ");
		text_number(s, g->packets, "packet");
	}
}

/* A tap rule speaks of a tap, or of none, and counts what it says. */
static void add_tap_line(struct str *s, const struct report *r,
			 const struct report_group *g)
{
	const char *gap = g->key.tap == TAP_NONE ? "" : "  ";

	str_addf(s, "%s  ", rule_name((enum rule)g->key.rule));
	text_path(s, r, &g->key);
	if (g->count > 1) {
		str_add(s, gap);
		text_count(s, g);
	} else if (g->packets && g->key.rule != RULE_TAP_APART) {
		str_add(s, gap);
		text_number(s, g->packets,
			    g->key.rule == RULE_TAP_ONE_WAY ? "connection"
							    : "packet");
		if (g->key.rule == RULE_TAP_LOSS)
			str_add(s, " lost");
	}
}

void text_prefix(struct str *s, const struct addr *base, uint8_t len)
{
	struct prefix p = {.base = *base, .len = len};
	char text[PREFIX_TEXT];

	if (len == 8 * sizeof(base->b))
		str_add(s, addr_format(base, text));
	else
		str_add(s, prefix_format(&p, text));
}

void text_ends(struct str *s, const struct group_key *k)
{
	text_prefix(s, &k->client, k->client_len);
	str_add(s, " -> ");
	text_prefix(s, &k->server, k->server_len);
}

void text_title(struct str *s, const struct report *r,
		const struct report_group *g)
{
	const struct group_key *k = &g->key;
	const char *service = words_service(r, k->service);

	str_addf(s, "%s  ", rule_name((enum rule)k->rule));
	text_count(s, g);
	str_add(s, "  ");
	text_path(s, r, k);
	if (service)
		str_addf(s, "  %s", service);
	else if (g->port)
		str_addf(s, "  port %u", g->port);
	if (k->impact != IMPACT_UNKNOWN)
		str_addf(s, "  %s", impact_name((enum impact)k->impact));
	if (k->dropped_at != CIRCUIT_NONE)
		str_addf(s, "%s dropped at %s",
			 k->impact == IMPACT_UNKNOWN ? " " : ",",
			 words_circuit(r, k->dropped_at));
}

/* A line that stands alone says whom it is about. */
static void add_line(struct report_walk *w, const struct report_group *g,
		     bool alone)
{
	struct str s = {0};

	text_severity(w, g->key.severity);
	if (text_about_tap(&g->key))
		add_tap_line(&s, w->r, g);
	else
		text_title(&s, w->r, g);
	if (alone && !text_about_tap(&g->key)) {
		str_add(&s, "  ");
		text_ends(&s, &g->key);
	}
	text_line(w, "", s.s);
	str_free(&s);
}

static void add_who(struct report_walk *w, const struct group_key *k)
{
	struct str s = {0};

	text_ends(&s, k);
	if (k->direction != DIRECTION_UNKNOWN)
		str_addf(&s, ", %s",
			 direction_name((enum direction)k->direction));
	if (k->escaped_len != GROUP_NO_PREFIX) {
		str_add(&s, ", source ");
		text_prefix(&s, &k->escaped, k->escaped_len);
	}
	text_para(w, TEXT_INDENT, "Ends:    ", s.s);
	str_free(&s);
}

/* Of the example; others of the group may lie in another set. */
static void add_endpoint(struct report_walk *w, const struct finding *f)
{
	struct str s = {0};

	if (!f->has_tuple)
		return;
	words_endpoint_set(&s, w->r, f);
	if (s.len)
		text_para(w, TEXT_INDENT, "Known:   ", s.s);
	str_free(&s);
}

static void add_when(struct report_walk *w, const struct report_group *g)
{
	struct str s = {0};

	text_period(&s, g->first, g->last);
	text_para(w, TEXT_INDENT, "When:    ", s.s);
	str_free(&s);
}

static void add_text(struct report_walk *w, const char *label, const char *text)
{
	if (*text)
		text_para(w, TEXT_INDENT, label, text);
}

/* Whether the block of this rule that is nearest above has said why and what
 * to do.
 */
static bool why_is_above(const struct report_walk *w,
			 const struct report_group *g)
{
	const struct report_group *e = g;

	while (e-- > w->groups->group) {
		if (e->key.rule == g->key.rule)
			return e->key.cause == g->key.cause;
	}
	return false;
}

static void add_why(struct report_walk *w, const struct report_group *g)
{
	uint16_t cause = g->key.cause;
	struct str s = {0};

	if (*words_cause(w->r, cause) && why_is_above(w, g)) {
		str_addf(&s, "same as in the %s group above; same remedy",
			 rule_name((enum rule)g->key.rule));
		text_para(w, TEXT_INDENT, "Cause:   ", s.s);
		str_free(&s);
		return;
	}
	add_text(w, "Cause:   ", words_cause(w->r, cause));
	add_text(w, "Remedy:  ", words_remedy(w->r, cause));
	add_text(w, "Firewall log: ", words_log_hint(w->r, cause));
}

static bool is_silent(const struct report *r, unsigned tap)
{
	for (size_t i = 0; i < r->taps; i++) {
		if (r->tap[i].tap == tap)
			return !r->tap[i].seen || !r->tap[i].seen->segments;
	}
	return false;
}

/* Names of the taps among @taps that were silent, or were not. */
static bool add_taps(struct str *s, const struct report *r, uint64_t taps,
		     bool silent)
{
	bool any = false;

	for (unsigned i = 0; i < SITE_MAX_TAPS; i++) {
		if (!(taps >> i & 1) || is_silent(r, i) != silent)
			continue;
		str_addf(s, "%s%s", any ? ", " : "", words_tap(r, i));
		any = true;
	}
	return any;
}

void text_missing(struct str *s, const struct report *r, uint64_t taps)
{
	struct str lossy = {0};
	bool silent;

	str_add(s, "packets of ");
	silent = add_taps(s, r, taps, true);
	if (silent)
		str_add(s, " (declared, but without packets in this run)");
	if (add_taps(&lossy, r, taps, false))
		str_addf(s, "%s%s (which may have lost some)",
			 silent ? ", of " : "", lossy.s);
	str_free(&lossy);
}

/* What would turn "not known" into an answer. */
static void add_missing(struct report_walk *w, uint64_t taps)
{
	struct str s = {0};

	if (!taps)
		return;
	text_missing(&s, w->r, taps);
	text_para(w, TEXT_INDENT, "To decide: ", s.s);
	str_free(&s);
}

static void get_member(const struct report_walk *w,
		       const struct report_group *g, size_t i,
		       struct finding *f)
{
	store_get(&w->r->findings, w->groups->member[g->start + i], f);
}

/* The packets of one connection are shown once, however many rules it broke.
 */
static void add_packets(struct report_walk *w, const struct report_group *g,
			const struct finding *f)
{
	struct finding other;
	struct str s = {0};

	for (const struct report_group *e = w->groups->group; e < g; e++) {
		get_member(w, e, 0, &other);
		if (!text_same_packets(f, &other))
			continue;
		str_addf(&s, "as shown under %s above", rule_name(other.rule));
		text_para(w, TEXT_INDENT, "Packets: ", s.s);
		str_free(&s);
		return;
	}
	text_packets(w, f, g->first);
}

static void add_other(struct report_walk *w, const struct report_group *g,
		      const struct finding *f)
{
	struct str s = {0};

	words_tuple(&s, &f->tuple[0]);
	str_add(&s, " at ");
	if (!text_same_day(f->time, g->first)) {
		text_date(&s, f->time);
		str_addc(&s, ' ');
	}
	text_clock(&s, f->time);
	text_para(w, TEXT_INDENT, "Another: ", s.s);
	str_free(&s);
}

static void add_message(struct report_walk *w, const char *label,
			const struct finding *f)
{
	struct str s = {0};

	words_message(&s, w->r, f);
	text_para(w, TEXT_INDENT, label, s.s);
	str_free(&s);
}

/* Who said that it dropped a packet of the example, and where that is to be
 * found: "admin-prohibited from 192.0.2.1 at tap er, er.pcap #12"
 */
static void add_icmp(struct report_walk *w, const struct finding *f)
{
	struct str s = {0};

	for (size_t i = 0; i < f->icmp.kept && i < FINDING_ICMP; i++) {
		words_icmp(&s, w->r, &f->icmp.at[i]);
		text_para(w, TEXT_INDENT, "ICMP:    ", s.s);
		str_clear(&s);
	}
	if (f->icmp.more) {
		text_number(&s, f->icmp.more, "error");
		str_add(&s, " of other kinds or routers");
		text_para(w, TEXT_INDENT, "ICMP:    ", s.s);
	}
	str_free(&s);
}

static void add_examples(struct report_walk *w, const struct report_group *g)
{
	struct finding f;

	get_member(w, g, 0, &f);
	add_message(w, "Example: ", &f);
	add_packets(w, g, &f);
	add_icmp(w, &f);
	for (size_t i = 1; i < g->count && i < EXAMPLES; i++) {
		get_member(w, g, i, &f);
		add_other(w, g, &f);
	}
	if (g->count > EXAMPLES)
		text_para(w, TEXT_INDENT, "         ",
			  "--format json lists all of them.");
}

/* The groups that are too many to be read, by severity. */
static void add_rest(struct report_walk *w, size_t from)
{
	struct str s = {0};
	uint64_t n = 0;

	for (size_t i = from; i < w->groups->count; i++)
		n += w->groups->group[i].count;
	str_addc(&w->s, '\n');
	text_number(&s, w->groups->count - from, "more group");
	str_add(&s, " of ");
	text_number(&s, n, "finding");
	str_add(&s, ", none graver than these: --format json lists all.");
	text_para(w, 0, "", s.s);
	str_free(&s);
}

/* Groups are in the order of severity: those at info are the last. */
static bool has_block(const struct report_walk *w, size_t index)
{
	const struct report_group *group = w->groups->group;

	return index < MAX_BLOCKS &&
	       (index < INFO_BLOCKS ||
		group[index - INFO_BLOCKS].key.severity > SEVERITY_INFO);
}

static void add_tap_block(struct report_walk *w, const struct report_group *g)
{
	struct finding f;

	get_member(w, g, 0, &f);
	add_message(w, "Seen:    ", &f);
	add_why(w, g);
	add_missing(w, g->taps_missing);
}

static void add_block(struct report_walk *w, const struct report_group *g)
{
	struct finding f;

	get_member(w, g, 0, &f);
	add_who(w, &g->key);
	add_endpoint(w, &f);
	add_when(w, g);
	add_why(w, g);
	add_missing(w, g->taps_missing);
	add_examples(w, g);
}

void text_group(struct report_walk *w, const struct report_group *g)
{
	size_t index = (size_t)(g - w->groups->group);
	bool block = has_block(w, index);

	if (index == MAX_LINES)
		add_rest(w, index);
	if (index >= MAX_LINES)
		return;
	if (!index || has_block(w, index - 1)) {
		str_addc(&w->s, '\n');
		if (!block)
			text_line(w, "", "The other groups, one line each:");
	}
	add_line(w, g, !block);
	if (block && text_about_tap(&g->key))
		add_tap_block(w, g);
	else if (block)
		add_block(w, g);
}

void text_news(struct report_walk *w, const struct report_group *g)
{
	text_date(&w->s, g->first);
	str_addc(&w->s, ' ');
	text_clock(&w->s, g->first);
	text_spaces(&w->s, 2);
	add_line(w, g, true);
}
