/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe: what is said of attempts, for every format
 */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

#define WRITE_BYTES (64u << 10)

/* -------------------------------------------------------------- statistics */

struct sample {
	unsigned circuit;
	int64_t rtt;
};

static int compare_samples(const void *a_, const void *b_)
{
	const struct sample *a = a_, *b = b_;

	if (a->circuit != b->circuit)
		return a->circuit < b->circuit ? -1 : 1;
	return (a->rtt > b->rtt) - (a->rtt < b->rtt);
}

/* Digit by digit, so that no library is asked for it. */
static int64_t square_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = 1ULL << 62; bit; bit >>= 2) {
		if (n >= root + bit) {
			n -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return (int64_t)root;
}

/* @s is sorted. Microseconds are squared: an hour of them fits. */
static void summarise(const struct sample *s, size_t n, struct probe_rtt *t)
{
	uint64_t squares = 0;
	int64_t sum = 0;

	t->count = n;
	t->min = s[0].rtt;
	t->max = s[n - 1].rtt;
	t->median =
		n % 2 ? s[n / 2].rtt : (s[n / 2 - 1].rtt + s[n / 2].rtt) / 2;
	for (size_t i = 0; i < n; i++)
		sum += s[i].rtt;
	t->mean = sum / (int64_t)n;
	for (size_t i = 0; i < n; i++) {
		int64_t d = (s[i].rtt - t->mean) / NSEC_PER_USEC;

		squares += (uint64_t)(d * d);
	}
	t->deviation = square_root(squares / n) * NSEC_PER_USEC;
}

static void add_rtts(const struct report *r, const struct report_probe *list,
		     size_t count, struct probe_totals *t)
{
	struct sample *s = xcalloc(count + 1, sizeof(*s));
	size_t n = 0, to;

	for (size_t i = 0; i < count; i++) {
		const struct probe_attempt *a = list[i].attempt;
		uint64_t set = list[i].seen ? list[i].seen->syn_circuits : 0;

		if (!a || a->rtt < 0 || a->answer == PROBE_ICMP)
			continue;
		s[n].circuit = set ? (unsigned)__builtin_ctzll(set)
				   : SITE_MAX_CIRCUITS;
		s[n++].rtt = a->rtt;
	}
	qsort(s, n, sizeof(*s), compare_samples);
	for (size_t i = 0; i < n; i = to) {
		struct probe_rtt *x = &t->rtt[t->rtts++];

		for (to = i; to < n && s[to].circuit == s[i].circuit;)
			to++;
		x->circuit = s[i].circuit;
		if (x->circuit < r->site->circuits)
			x->expected = r->site->circuit[x->circuit].expected_rtt;
		summarise(s + i, to - i, x);
	}
	free(s);
}

void probe_totals_of(const struct report *r, const struct report_probe *list,
		     size_t count, struct probe_totals *t)
{
	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < count; i++) {
		const struct connection *c = list[i].seen;

		t->outcome[list[i].outcome]++;
		t->unjudged += !list[i].judged;
		t->unplanned += !list[i].planned;
		for (unsigned tap = 0; c && tap < SITE_MAX_TAPS; tap++) {
			t->syns[tap] += c->syn.taps >> tap & 1;
			t->answers[tap] += c->answer.taps >> tap & 1;
		}
	}
	add_rtts(r, list, count, t);
}

/* --------------------------------------------------------------- sentences */

void probe_sentence(struct str *s, const struct probe_totals *t, size_t count)
{
	bool first = true;

	str_addf(s, "%zu probe%s", count, count == 1 ? "" : "s");
	for (unsigned o = 0; o < PROBE_OUTCOMES; o++) {
		if (!t->outcome[o])
			continue;
		str_addf(s, "%s%llu %s", first ? ": " : ", ",
			 (unsigned long long)t->outcome[o],
			 probe_outcome_name((enum probe_outcome)o));
		first = false;
	}
	str_add(s, t->unplanned ? "; not all as planned"
		   : count	? "; all as planned"
				: "");
	if (t->unjudged)
		str_addf(s, "; of %llu the taps saw too little",
			 (unsigned long long)t->unjudged);
	str_addc(s, '.');
}

static void add_drop(struct str *s, const struct report *r,
		     const struct report_probe *p)
{
	if (p->dropped_at == CIRCUIT_NONE)
		return;
	str_addf(s, "; the edge of %s dropped the %s",
		 words_circuit(r, p->dropped_at),
		 p->answer_dropped ? "answer" : "SYN");
}

static void add_way(struct str *s, const struct report *r,
		    const struct report_probe *p, const char *answer)
{
	const struct connection *c = p->seen;
	bool inbound = !p->attempt;
	uint64_t beyond =
		inbound ? topo_inside(r->topo) : ~topo_inside(r->topo);

	if (!c || !c->syn.count) {
		str_add(s, answer ? answer : "nothing came back");
		str_add(s, "; no tap saw the SYN");
		return;
	}
	/* Not every SYN comes through the edge. */
	if (!(c->syn.taps & beyond) && p->dropped_at != CIRCUIT_NONE)
		str_add(s, "the SYN came as far as ");
	else
		str_addf(s, "the SYN %s ", inbound ? "came in on" : "left on");
	words_circuits(s, r, c->syn_circuits);
	if (!answer) {
		str_add(s, "; nothing came back");
	} else if (c->answer.count) {
		str_addf(s, ", the %s %s ", answer,
			 inbound ? "left on" : "came back on");
		words_circuits(s, r, c->answer_circuits);
	} else {
		str_addf(s, "; the %s came by no tap", answer);
	}
}

static void add_escape(struct str *s, const struct connection *c)
{
	char text[ADDR_TEXT];

	for (unsigned i = 0; i < c->escapes && i < CONNECTION_ESCAPES; i++)
		str_addf(s, " with the source %s (%s)",
			 addr_format(&c->escape[i].address, text),
			 escape_reason_name(c->escape[i].reason));
}

static const char *answer_word(const struct report_probe *p)
{
	const struct connection *c = p->seen;

	if (p->attempt && p->attempt->answer == PROBE_RST)
		return "RST";
	if (p->attempt && p->attempt->answer == PROBE_SYN_ACK)
		return "SYN-ACK";
	if (c && c->answer.count)
		return c->answer_is_rst ? "RST" : "SYN-ACK";
	return NULL;
}

void probe_message(struct str *s, const struct report *r,
		   const struct report_probe *p)
{
	const struct probe_attempt *a = p->attempt;
	char text[ADDR_TEXT];

	if (p->outcome == PROBE_NOT_SENT) {
		str_addf(s, "this host would not send it: %s",
			 strerror(a->error));
		return;
	}
	if (p->outcome == PROBE_FILTERED)
		str_addf(s, "%s said %s by ICMP; ",
			 addr_format(&a->router, text),
			 icmp_kind_name((enum icmp_kind)a->icmp));
	if (p->outcome == PROBE_ESCAPED) {
		str_add(s, "it left on ");
		words_circuits(s, r, p->seen->syn_circuits);
		add_escape(s, p->seen);
		str_addf(s, "; %s",
			 answer_word(p) ? "it was answered all the "
					  "same"
					: "nothing came back");
	} else {
		add_way(s, r, p, answer_word(p));
	}
	add_drop(s, r, p);
	if (p->off_via)
		str_add(s, "; it was to leave on another circuit");
}

const char *probe_cause(const struct report_probe *p)
{
	switch (p->outcome) {
	case PROBE_DROPPED:
		return "A tap on one side of that edge saw the packet, and no "
		       "tap on the other side did: a rule of its firewall, a "
		       "missing route, or state that it does not have.";
	case PROBE_REFUSED:
		return "The target, or a device on the way that resets what "
		       "it does not permit, sent a RST: nobody listens on "
		       "that port.";
	case PROBE_FILTERED:
		return "A device on the way said so by ICMP.";
	case PROBE_SILENT:
		return "No tap saw a packet being dropped: the target does "
		       "not answer, or it was dropped beyond the last tap.";
	default:
		return "";
	}
}

const char *probe_remedy(const struct report_probe *p)
{
	switch (p->outcome) {
	case PROBE_DROPPED:
		return "Look for these addresses and ports in the log of the "
		       "firewall of that edge, and permit or route them there.";
	case PROBE_REFUSED:
		return "Ask for the service at the target, and for a "
		       "firewall's rule that rejects with a reset.";
	case PROBE_FILTERED:
		return "Look at the rules and routes of the device with that "
		       "address.";
	case PROBE_SILENT:
		return "Try another port or target over the same circuit; "
		       "--trace shows how far a SYN comes.";
	default:
		return "";
	}
}

int probe_hid_source(const struct report *r, const struct connection *c)
{
	uint64_t inside = topo_inside(r->topo) & c->syn.taps;

	if (!inside)
		return -1;
	return !(c->original_taps & inside);
}

/* ----------------------------------------------------------------- writing */

bool report_probes(struct report *r, const struct report_probe *list,
		   size_t count, FILE *out)
{
	bool json = r->options.format == REPORT_JSON;
	struct report_walk w = {.r = r};
	bool good = true;

	for (size_t i = 0; i < count && good; i++) {
		(json ? json_probe : text_probe)(&w, &list[i]);
		good = walk_write(&w, out, WRITE_BYTES);
	}
	(json ? json_probe_end : text_probe_end)(&w, list, count);
	good = good && walk_write(&w, out, 1) && !fflush(out);
	str_free(&w.s);
	return good;
}
