/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evidence: what is written beside the packets of a finding
 *
 * A group of findings is handed out with the text of its block in the report,
 * for who keeps its packets; and each packet is asked whether there is
 * something to say of it.  Most are not remarkable, and a comment at each
 * would hide those that are: a SYN and its answer at each place, where they
 * vanish, a source that escaped, the packet with which a connection moved, what
 * ended it, and what a router said.
 */
#include <asymcap/report.h>

#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "text.h"
#include "words.h"

#define NAME_BYTES 100 /* of a file's name, which has an ending, too */

/* ----------------------------------------------------------------- groups */

static void add_name_part(struct str *s, const char *part)
{
	str_addc(s, '-');
	for (; *part; part++) {
		bool plain = (*part >= 'a' && *part <= 'z') ||
			     (*part >= 'A' && *part <= 'Z') ||
			     (*part >= '0' && *part <= '9') || *part == '_' ||
			     *part == '.' || *part == '-';

		str_addc(s, plain ? *part : '_');
	}
}

static void add_name_circuits(struct str *s, const struct report *r,
			      uint64_t circuits)
{
	for (; circuits; circuits &= circuits - 1)
		add_name_part(s, words_circuit(r, (unsigned)__builtin_ctzll(
							  circuits)));
}

static void add_name(struct str *s, const struct report *r,
		     const struct group_key *k)
{
	str_add(s, rule_name((enum rule)k->rule));
	switch (k->rule) {
	case RULE_SNAT_ESCAPE:
	case RULE_INBOUND_SNAT_MISSING:
	case RULE_OFF_PLAN:
		if (k->circuit != CIRCUIT_NONE)
			add_name_part(s, words_circuit(r, k->circuit));
		break;
	default:
		add_name_circuits(s, r, k->syn_circuits);
		add_name_circuits(s, r, k->answer_circuits);
	}
	if (s->len > NAME_BYTES) {
		s->len = NAME_BYTES;
		s->s[s->len] = '\0';
	}
}

static void add_line(struct str *s, const char *label, const char *text)
{
	if (*text)
		str_addf(s, "\n%s: %s", label, text);
}

static void add_text(struct str *s, const struct report *r,
		     const struct report_group *g)
{
	str_addf(s, "%s ", severity_name((enum severity)g->key.severity));
	text_title(s, r, g);
	str_add(s, "\nEnds: ");
	text_ends(s, &g->key);
	str_add(s, "\nWhen: ");
	text_period(s, g->first, g->last);
	add_line(s, "Cause", words_cause(r, g->key.cause));
	add_line(s, "Remedy", words_remedy(r, g->key.cause));
	add_line(s, "Firewall log", words_log_hint(r, g->key.cause));
}

void report_cases(struct report *r, size_t examples,
		  void (*take)(void *arg, const struct report_case *c),
		  void *arg)
{
	struct finding *example = xcalloc(examples, sizeof(*example));
	struct report_groups groups = {0};
	struct str name = {0}, text = {0};

	store_sort(&r->findings);
	groups_make(&groups, r);
	for (size_t i = 0; i < groups.count; i++) {
		const struct report_group *g = &groups.group[i];
		struct report_case c = {.number = i + 1, .count = g->count};

		if (g->key.client_len == GROUP_NO_PREFIX)
			continue;
		for (; c.examples < g->count && c.examples < examples;
		     c.examples++)
			store_get(&r->findings,
				  groups.member[g->start + c.examples],
				  &example[c.examples]);
		str_clear(&name);
		str_clear(&text);
		add_name(&name, r, &g->key);
		add_text(&text, r, g);
		c.name = name.s;
		c.text = text.s;
		c.example = example;
		take(arg, &c);
	}
	str_free(&name);
	str_free(&text);
	groups_free(&groups);
	free(example);
}

/* ---------------------------------------------------------------- packets */

/**
 * struct place - Where a packet was seen
 * @taps:	Bit of its tap
 * @circuit:	Of the tap, or CIRCUIT_NONE
 * @inside:	The tap stands inside
 */
struct place {
	uint64_t taps;
	uint8_t circuit;
	bool inside;
};

static void begin_line(struct str *s)
{
	if (s->len)
		str_addc(s, '\n');
}

static bool sent_by(const struct tuple *t, const struct segment *s, bool client)
{
	return !addr_cmp(&s->src, client ? &t->client : &t->server) &&
	       !addr_cmp(&s->dst, client ? &t->server : &t->client) &&
	       s->sport == (client ? t->client_port : t->server_port) &&
	       s->dport == (client ? t->server_port : t->client_port);
}

static bool of_client(const struct finding *f, const struct segment *s)
{
	for (size_t i = 0; i < f->tuples && i < FINDING_TUPLES; i++) {
		if (sent_by(&f->tuple[i], s, true))
			return true;
	}
	return sent_by(&f->answer, s, true);
}

/* "came in on internet", "left on internet", "seen inside internet" */
static void add_place(struct str *s, const struct report *r,
		      const struct finding *f, const struct place *at,
		      bool client)
{
	bool known = f->direction != DIRECTION_UNKNOWN;
	bool comes_in = (f->direction == DIRECTION_INBOUND) == client;

	if (at->circuit == CIRCUIT_NONE)
		str_add(s, " seen at a tap of no circuit");
	else if (at->inside)
		str_addf(s, " seen inside %s", words_circuit(r, at->circuit));
	else
		str_addf(s, " %s on %s",
			 !known	    ? "seen"
			 : comes_in ? "came in"
				    : "left",
			 words_circuit(r, at->circuit));
}

/* Its copies are on one side only of the circuit whose edge ate it. */
static void add_drop(struct str *s, const struct report *r,
		     const struct finding *f, const struct sightings *all,
		     const struct place *at)
{
	uint64_t taps = topo_circuit_taps(r->topo, at->circuit);
	uint64_t in = taps & topo_inside(r->topo), out = taps & ~in;

	if (at->circuit == CIRCUIT_NONE || at->circuit != f->dropped_at)
		return;
	if ((at->inside && out && !(all->taps & out)) ||
	    (!at->inside && in && !(all->taps & in)))
		str_addf(s, "; dropped here: never seen %s %s",
			 at->inside ? "outside" : "inside",
			 words_circuit(r, at->circuit));
}

static void tell_syn(struct report_story *story, const struct report *r,
		     const struct segment *s, const struct place *at,
		     struct str *out)
{
	const struct finding *f = story->f;
	bool client = of_client(f, s);

	begin_line(out);
	str_addf(out, "SYN%s", story->syn_taps & at->taps ? " again," : "");
	add_place(out, r, f, at, client);
	add_drop(out, r, f, &f->syn, at);
	if (f->rule == RULE_INBOUND_SNAT_MISSING && at->inside &&
	    !addr_cmp(&s->src, &f->tuple[0].client))
		str_add(out, "; source not translated");
	story->syn_taps |= at->taps;
}

static void tell_answer(struct report_story *story, const struct report *r,
			const struct segment *s, const struct place *at,
			struct str *out)
{
	const struct finding *f = story->f;
	bool client = of_client(f, s);

	begin_line(out);
	str_addf(out, "%s%s", s->flags & TCP_RST ? "RST" : "SYN-ACK",
		 story->answer_taps & at->taps ? " again," : "");
	add_place(out, r, f, at, client);
	add_drop(out, r, f, &f->syn_ack, at);
	if (f->rule == RULE_ASYMMETRIC_HANDSHAKE &&
	    at->circuit != CIRCUIT_NONE &&
	    !(f->syn_circuits >> at->circuit & 1)) {
		str_add(out, "; its SYN was seen on ");
		words_circuits(out, r, f->syn_circuits);
	}
	story->answer_taps |= at->taps;
}

static void tell_icmp(const struct report_story *story, const struct segment *s,
		      struct str *out)
{
	char router[ADDR_TEXT];

	begin_line(out);
	str_addf(out, "ICMP %s from %s about a packet of the %s",
		 icmp_kind_name((enum icmp_kind)s->icmp),
		 addr_format(&s->router, router),
		 of_client(story->f, s) ? "client" : "server");
	if (s->mtu)
		str_addf(out, ", MTU %u", s->mtu);
}

static void tell_escape(struct report_story *story, const struct report *r,
			const struct segment *s, const struct place *at,
			struct str *out)
{
	const struct finding *f = story->f;
	char text[ADDR_TEXT];

	if (f->rule != RULE_SNAT_ESCAPE || at->inside ||
	    at->circuit != f->circuit || addr_cmp(&s->src, &f->escaped) ||
	    (story->escape && !(s->flags & TCP_SYN)))
		return;
	story->escape = true;
	begin_line(out);
	str_addf(out, "source %s left on %s: ", addr_format(&s->src, text),
		 words_circuit(r, f->circuit));
	if (f->reason == ESCAPE_PRIVATE)
		str_addf(out, "not translated, %s",
			 addr_scope_name(addr_scope(&s->src)));
	else if (f->reason == ESCAPE_WRONG_POOL)
		str_addf(out, "it belongs to %s",
			 f->owner == CIRCUIT_NONE ? "another circuit"
						  : words_circuit(r, f->owner));
	else
		str_add(out, "the site does not declare it");
}

static void tell_move(const struct report_story *story, const struct report *r,
		      const struct segment *s, uint8_t tap, struct str *out)
{
	const struct finding *f = story->f;

	/* Findings are kept in microseconds, as they are shown. */
	if (f->rule != RULE_PATH_CHANGE || tap != f->tap ||
	    s->time.ns / NSEC_PER_USEC != f->time.ns / NSEC_PER_USEC)
		return;
	begin_line(out);
	str_add(out, "the connection moves here from ");
	words_circuits(out, r, f->syn_circuits);
	str_add(out, " to ");
	words_circuits(out, r, f->answer_circuits);
}

static void tell_finding(struct report_story *story, const struct report *r,
			 struct str *out)
{
	if (story->begun)
		return;
	story->begun = true;
	begin_line(out);
	str_addf(out, "%s %s: ", severity_name(story->f->severity),
		 rule_name(story->f->rule));
	words_message(out, r, story->f);
}

void report_tell(struct report_story *story, const struct report *r,
		 const struct segment *s, uint8_t tap, struct str *out)
{
	const struct place at = {
		.taps = tap < SITE_MAX_TAPS ? 1ULL << tap : 0,
		.circuit = topo_tap_circuit(r->topo, tap),
		.inside = topo_tap_side(r->topo, tap) == TAP_INSIDE,
	};

	tell_finding(story, r, out);
	if (s->flags == SEGMENT_QUOTED) {
		tell_icmp(story, s, out);
		return;
	}
	if ((s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		tell_syn(story, r, s, &at, out);
	else if ((s->flags & TCP_SYN) ||
		 ((s->flags & TCP_RST) && story->f->answer_is_rst))
		tell_answer(story, r, s, &at, out);
	tell_escape(story, r, s, &at, out);
	tell_move(story, r, s, tap, out);
	if ((s->flags & TCP_RST) && !story->f->answer_is_rst) {
		begin_line(out);
		str_addf(out, "RST from the %s",
			 of_client(story->f, s) ? "client" : "server");
	}
}
