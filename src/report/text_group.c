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

#define EXAMPLES	3	/* of a group */
#define MAX_BLOCKS	200	/* groups with details; others have a line */
#define MAX_LINES	2000	/* groups that are shown at all */

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

static void add_severity(struct report_walk *w, unsigned severity)
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

static bool about_tap(const struct group_key *k)
{
	return k->client_len == GROUP_NO_PREFIX;
}

/* Which way it went, by rule; names are not yet safe. */
static void add_path(struct str *s, const struct report *r,
		     const struct group_key *k)
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
			words_circuits(s, r, k->syn_circuits |
					     k->answer_circuits);
		if (k->rule == RULE_TAP_OVERLAP && k->other_tap != TAP_NONE)
			str_addf(s, " and %s", words_tap(r, k->other_tap));
	}
}

static void add_count(struct str *s, const struct report_group *g)
{
	if (about_tap(&g->key)) {
		text_number(s, g->count, "finding");
		return;
	}
	text_number(s, g->count, "connection");
	if (g->packets > g->count) {
		str_add(s, ", ");
		text_number(s, g->packets, "packet");
	}
}

static void add_line(struct report_walk *w, const struct report_group *g)
{
	const struct group_key *k = &g->key;
	const char *service = words_service(w->r, k->service);
	struct str s = { 0 };

	add_severity(w, k->severity);
	str_addf(&s, "%s  ", rule_name((enum rule)k->rule));
	add_count(&s, g);
	str_add(&s, "  ");
	add_path(&s, w->r, k);
	if (service)
		str_addf(&s, "  %s", service);
	else if (g->port)
		str_addf(&s, "  port %u", g->port);
	if (!about_tap(k) && k->impact != IMPACT_UNKNOWN)
		str_addf(&s, "  %s", impact_name((enum impact)k->impact));
	if (k->dropped_at != CIRCUIT_NONE)
		str_addf(&s, "%s dropped at %s",
			 k->impact == IMPACT_UNKNOWN ? " " : ",",
			 words_circuit(w->r, k->dropped_at));
	str_add_safe(&w->s, s.s);
	str_addc(&w->s, '\n');
	str_free(&s);
}

static void add_prefix(struct str *s, const struct addr *base, uint8_t len)
{
	struct prefix p = { .base = *base, .len = len };
	char text[PREFIX_TEXT];

	if (len == 8 * sizeof(base->b))
		str_add(s, addr_format(base, text));
	else
		str_add(s, prefix_format(&p, text));
}

static void add_who(struct report_walk *w, const struct group_key *k)
{
	struct str s = { 0 };

	add_prefix(&s, &k->client, k->client_len);
	str_add(&s, " -> ");
	add_prefix(&s, &k->server, k->server_len);
	if (k->direction != DIRECTION_UNKNOWN)
		str_addf(&s, ", %s",
			 direction_name((enum direction)k->direction));
	if (k->escaped_len != GROUP_NO_PREFIX) {
		str_add(&s, ", source ");
		add_prefix(&s, &k->escaped, k->escaped_len);
	}
	text_para(w, TEXT_INDENT, "Ends:    ", s.s);
	str_free(&s);
}

static void add_when(struct report_walk *w, const struct report_group *g)
{
	char first[TIMESTAMP_TEXT], last[TIMESTAMP_TEXT];
	struct str s = { 0 };

	str_add(&s, timestamp_format(g->first, first));
	if (g->last.ns != g->first.ns)
		str_addf(&s, " to %s", timestamp_format(g->last, last));
	text_para(w, TEXT_INDENT, "When:    ", s.s);
	str_free(&s);
}

static void add_why(struct report_walk *w, uint16_t cause)
{
	const char *text = words_cause(w->r, cause);

	if (*text)
		text_para(w, TEXT_INDENT, "Cause:   ", text);
	text = words_remedy(w->r, cause);
	if (*text)
		text_para(w, TEXT_INDENT, "Remedy:  ", text);
	text = words_log_hint(w->r, cause);
	if (*text)
		text_para(w, TEXT_INDENT, "Firewall log: ", text);
}

static void add_mac(struct str *s, const uint8_t mac[6])
{
	str_addf(s, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
}

static void add_sighting(struct report_walk *w, const char *what,
			 const struct sighting *g)
{
	const char *file = words_file(w->r, g->interface);
	char text[TIMESTAMP_TEXT];
	struct str s = { 0 };

	str_addf(&s, "%s  %s", timestamp_format(g->time, text),
		 words_tap(w->r, g->tap));
	if (file)
		str_addf(&s, "  %s", file);
	str_addf(&s, " #%llu", (unsigned long long)g->number);
	if (g->has_mac) {
		str_add(&s, "  ");
		add_mac(&s, g->src_mac);
		str_add(&s, " > ");
		add_mac(&s, g->dst_mac);
	}
	if (g->resent)
		str_add(&s, "  resent");
	text_para(w, TEXT_INDENT + 4, what, s.s);
	str_free(&s);
}

/* Both packets of an example: the first sighting at each tap. */
static void add_packets(struct report_walk *w, const struct finding *f)
{
	const char *syn = words_no_handshake(f) ? "packet   " : "SYN      ";

	for (size_t i = 0; i < f->syn.kept && i < FINDING_SIGHTINGS; i++)
		add_sighting(w, syn, &f->syn.at[i]);
	for (size_t i = 0; i < f->syn_ack.kept && i < FINDING_SIGHTINGS; i++)
		add_sighting(w, f->answer_is_rst ? "RST      " : "SYN-ACK  ",
			     &f->syn_ack.at[i]);
}

static void add_examples(struct report_walk *w, const struct report_group *g)
{
	struct str s = { 0 };
	struct finding f;

	for (size_t i = 0; i < g->count && i < EXAMPLES; i++) {
		store_get(&w->r->findings, w->groups->member[g->start + i],
			  &f);
		if (!i) {
			words_message(&s, w, &f);
			text_para(w, TEXT_INDENT, "Example: ", s.s);
			add_packets(w, &f);
		} else if (f.has_tuple) {
			char when[TIMESTAMP_TEXT];

			words_tuple(&s, &f.tuple[0]);
			str_addf(&s, "  %s", timestamp_format(f.time, when));
			text_para(w, TEXT_INDENT, "Another: ", s.s);
		}
		str_clear(&s);
	}
	if (g->count > EXAMPLES)
		text_para(w, TEXT_INDENT, "         ",
			  "--format json lists all of them.");
	str_free(&s);
}

/* The groups that are too many to be read, by severity. */
static void add_rest(struct report_walk *w, size_t from)
{
	struct str s = { 0 };
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

void text_group(struct report_walk *w, const struct report_group *g)
{
	size_t index = (size_t)(g - w->groups->group);

	if (index == MAX_LINES)
		add_rest(w, index);
	if (index >= MAX_LINES)
		return;
	if (index <= MAX_BLOCKS)
		str_addc(&w->s, '\n');
	add_line(w, g);
	if (index >= MAX_BLOCKS)
		return;
	if (!about_tap(&g->key)) {
		add_who(w, &g->key);
		add_when(w, g);
	}
	add_why(w, g->key.cause);
	add_examples(w, g);
}
