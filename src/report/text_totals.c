/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text_totals: connections, taps and totals as text: what the verdict rests on
 */
#include "text.h"

#include <string.h>

#include "words.h"

#define MAX_NAME      24 /* columns of a name that the table allows */
#define CLOCK_COLUMNS 10 /* "+500.0 ms" */
#define BAD_INPUTS    8	 /* that are named right after the verdict */

/* With --flows only: one line each, in the order of time. */
void text_connection(struct report_walk *w, const struct connection *c)
{
	char when[TIMESTAMP_TEXT];
	struct str s = {0};

	if (c->evicted)
		str_add(&s, "evicted  ");
	str_addf(&s, "%s  %s  ", timestamp_format(c->first, when),
		 class_name(c->class));
	words_tuple(&s, &c->tuple[0]);
	str_add(&s, "  ");
	words_circuits(&s, w->r, c->syn_circuits);
	str_add(&s, " -> ");
	words_circuits(&s, w->r, c->answer_circuits);
	str_addf(&s, "  %llu/%llu packets", (unsigned long long)c->packets[0],
		 (unsigned long long)c->packets[1]);
	if (c->rtt >= 0)
		str_addf(&s, "  rtt %lld.%03lld ms",
			 (long long)(c->rtt / NSEC_PER_MSEC),
			 (long long)(c->rtt % NSEC_PER_MSEC / NSEC_PER_USEC));
	if (c->impact != IMPACT_UNKNOWN)
		str_addf(&s, "  %s", impact_name(c->impact));
	str_add_safe(&w->s, s.s);
	str_addc(&w->s, '\n');
	str_free(&s);
}

static uint64_t undecoded_sum(const uint64_t count[DECODE_RESULTS])
{
	uint64_t n = 0;

	for (unsigned d = DECODE_TCP + 1; d < DECODE_RESULTS; d++)
		count_add(&n, count[d]);
	return n;
}

static const char *tap_circuit(const struct report *r, uint8_t tap)
{
	uint8_t circuit = topo_tap_circuit(r->topo, tap);

	return circuit == CIRCUIT_NONE ? "-" : words_circuit(r, circuit);
}

static void widen(size_t *width, const char *text)
{
	size_t n = text_columns(text);

	if (n > MAX_NAME)
		n = MAX_NAME;
	if (n > *width)
		*width = n;
}

/* "58/42 %": how the packets at a tap divide; "-" where it is not known. */
static void add_share(struct str *s, const struct flow_tap *seen)
{
	uint64_t to = seen->to_remote;
	uint64_t all = to;
	char text[24] = "-";

	count_add(&all, seen->from_remote);
	if (all) {
		unsigned percent =
			(unsigned)((double)to * 100.0 / (double)all + 0.5);

		/* what is not nothing is not shown as nothing */
		if (!percent && to)
			percent = 1;
		if (percent == 100 && seen->from_remote)
			percent = 99;
		snprintf(text, sizeof(text), "%u/%u %%", percent,
			 100 - percent);
	}
	str_addf(s, "  %9s", text);
}

/* "+50.0 ms": how much later its clock is than that of the first tap. */
static void add_clock(struct str *s, const struct flow_tap *seen)
{
	struct timestamp zero = {0}, offset = {seen->offset};
	struct str text = {0};

	if (!seen->offset_samples)
		str_addc(&text, '-');
	else if (!seen->offset)
		str_addc(&text, '0');
	else {
		str_addc(&text, seen->offset < 0 ? '-' : '+');
		text_duration(&text, text_distance(zero, offset));
	}
	str_addf(s, "  %*s", CLOCK_COLUMNS, text.s);
	str_free(&text);
}

static bool clocks_known(const struct report *r)
{
	for (size_t i = 0; i < r->taps; i++) {
		if (r->tap[i].seen && r->tap[i].seen->offset_samples)
			return true;
	}
	return false;
}

static void add_tap(struct report_walk *w, const struct report_tap *t,
		    const size_t width[2])
{
	static const struct flow_tap nothing;
	const struct flow_tap *seen = t->seen ? t->seen : &nothing;
	struct str *s = &w->s;
	char drops[24] = "-";

	if (t->drops_known)
		snprintf(drops, sizeof(drops), "%llu",
			 (unsigned long long)t->drops);
	str_add(s, "  ");
	text_pad(s, words_tap(w->r, t->tap), width[0]);
	str_add(s, "  ");
	text_pad(s, tap_circuit(w->r, t->tap), width[1]);
	str_addf(s, "  %-7s  %9llu  %7llu  %7llu",
		 tap_side_name(topo_tap_side(w->r->topo, t->tap)),
		 (unsigned long long)seen->segments,
		 (unsigned long long)seen->syns,
		 (unsigned long long)seen->syn_acks);
	add_share(s, seen);
	str_addf(s, "  %7s  %9llu", drops,
		 (unsigned long long)undecoded_sum(t->undecoded));
	if (clocks_known(w->r))
		add_clock(s, seen);
	str_addc(s, '\n');
}

void text_taps(struct report_walk *w)
{
	size_t width[2] = {strlen("tap"), strlen("circuit")};

	if (w->r->connections.count)
		str_addc(&w->s, '\n');
	if (w->r->connections_omitted) {
		text_number(&w->s, w->r->connections_omitted,
			    "more connection");
		str_add(&w->s, " not kept.\n");
	}
	if (!w->r->taps)
		return;
	for (size_t i = 0; i < w->r->taps; i++) {
		widen(&width[0], words_tap(w->r, w->r->tap[i].tap));
		widen(&width[1], tap_circuit(w->r, w->r->tap[i].tap));
	}
	str_add(&w->s, "\n  ");
	text_pad(&w->s, "tap", width[0]);
	str_add(&w->s, "  ");
	text_pad(&w->s, "circuit", width[1]);
	str_addf(&w->s, "  %-7s  %9s  %7s  %7s  %9s  %7s  %9s", "side", "TCP",
		 "SYN", "SYN-ACK", "out/in", "drops", "undecoded");
	if (clocks_known(w->r))
		str_addf(&w->s, "  %*s", CLOCK_COLUMNS, "clock");
	str_addc(&w->s, '\n');
	for (size_t i = 0; i < w->r->taps; i++)
		add_tap(w, &w->r->tap[i], width);
}

void text_classes(struct str *s, const struct report_walk *w)
{
	const char *gap = " ";

	for (unsigned c = 0; c < CLASSES; c++) {
		uint64_t n = walk_class(w, (enum conn_class)c);

		if (!n)
			continue;
		str_addf(s, "%s%llu %s", gap, (unsigned long long)n,
			 class_name((enum conn_class)c));
		gap = ", ";
	}
	str_addc(s, '.');
}

static void add_classes(struct report_walk *w)
{
	uint64_t total = walk_connections(w);
	struct str s = {0};

	str_addf(&s, "%llu in all%s", (unsigned long long)total,
		 total ? "," : "");
	text_classes(&s, w);
	text_para(w, 0, "Connections: ", s.s);
	str_free(&s);
}

static void add_undecoded(struct report_walk *w)
{
	const uint64_t *count = w->totals->undecoded;
	struct str s = {0};
	const char *gap = "";

	for (unsigned d = DECODE_TCP + 1; d < DECODE_RESULTS; d++) {
		if (!count[d])
			continue;
		str_addf(&s, "%s%llu %s", gap, (unsigned long long)count[d],
			 words_undecoded((enum decode_result)d));
		gap = "; ";
	}
	if (s.len) {
		str_addc(&s, '.');
		text_para(w, 0, "Not TCP or not decoded: ", s.s);
	}
	str_free(&s);
}

static void add_note(struct report_walk *w, uint64_t n, const char *noun,
		     const char *what)
{
	struct str s = {0};

	if (!n)
		return;
	text_number(&s, n, noun);
	str_addf(&s, " %s", what);
	text_para(w, 0, "", s.s);
	str_free(&s);
}

static bool is_bad(const struct capture_input *in)
{
	return in->state == CAPTURE_TRUNCATED || in->state == CAPTURE_BAD;
}

/* Of the inputs that are bad, those from number @from up to @to. */
static void add_bad(struct report_walk *w, uint32_t from, uint32_t to)
{
	struct str s = {0};
	uint32_t bad = 0;

	for (uint32_t i = 0; i < words_inputs(w->r) && bad < to; i++) {
		const struct capture_input *in = words_input(w->r, i);

		if (!is_bad(in) || bad++ < from)
			continue;
		str_addf(&s, "%s is %s", in->path, words_state(in->state));
		if (in->problem)
			str_addf(&s, ": %s%s",
				 strncmp(in->problem, "is ", 3) ? "" : "it ",
				 in->problem);
		text_line(w, "Input ", s.s);
		str_clear(&s);
	}
	str_free(&s);
}

void text_bad_inputs(struct report_walk *w)
{
	uint32_t bad = 0;

	for (uint32_t i = 0; i < words_inputs(w->r); i++)
		bad += is_bad(words_input(w->r, i));
	add_bad(w, 0, BAD_INPUTS);
	if (bad > BAD_INPUTS) {
		text_number(&w->s, bad - BAD_INPUTS, "more input");
		str_add(&w->s,
			bad - BAD_INPUTS == 1
				? " is bad or truncated: see the end.\n"
				: " are bad or truncated: see the end.\n");
	}
}

static void add_inputs(struct report_walk *w)
{
	struct str s = {0};

	add_bad(w, BAD_INPUTS, UINT32_MAX);
	for (uint32_t i = 0; i < words_inputs(w->r); i++) {
		const struct capture_input *in = words_input(w->r, i);

		if (!in->backwards)
			continue;
		str_addf(&s, "%s: ", in->path);
		text_number(&s, in->backwards, "packet");
		str_add(&s, " older than the one before.");
		text_line(w, "Input ", s.s);
		str_clear(&s);
	}
	str_free(&s);
}

/* ICMP errors that quote a TCP header, by what became of them. */
static void add_icmp(struct report_walk *w, const struct flow_counters *flow)
{
	const struct {
		uint64_t count;
		const char *what;
	} part[] = {
		{flow->icmp_matched, "about connections that were seen"},
		{flow->icmp_unmatched, "about others"},
		{flow->icmp_implausible, "not believed, since they quote what "
					 "was never sent"},
	};
	struct str s = {0};

	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		if (part[i].count)
			str_addf(&s, "%s%llu %s", s.len ? "; " : "",
				 (unsigned long long)part[i].count,
				 part[i].what);
	}
	if (s.len) {
		str_addc(&s, '.');
		text_para(w, 0, "ICMP errors about TCP: ", s.s);
	}
	str_free(&s);
}

void text_totals(struct report_walk *w)
{
	const struct flow_counters *flow = w->totals->flow;
	uint64_t omitted = 0;

	str_addc(&w->s, '\n');
	add_classes(w);
	add_undecoded(w);
	if (flow) {
		add_note(w, flow->unmapped, "TCP packet",
			 "matched no tap of the site: not looked at.");
		add_note(w, flow->duplicates, "handshake packet",
			 "came twice at one tap: counted once.");
		add_note(w, flow->late, "TCP packet",
			 "came after the close of a connection: not judged.");
		add_note(w, flow->unlinked, "handshake",
			 "had too little time in the window where NAT links "
			 "are looked for.");
		add_icmp(w, flow);
		add_note(w, flow->evicted, "connection",
			 "had to leave the table before the end "
			 "(--max-flows).");
	}
	for (unsigned i = 0; i < SEVERITIES; i++)
		count_add(&omitted, w->r->omitted[i]);
	add_note(w, omitted, "finding",
		 "more than a report keeps: counted, not shown.");
	add_note(w, w->totals->lost_lines, "line",
		 "could not be written before this report: lost.");
	add_note(w, w->totals->lost_packets, "packet",
		 "of what was found could not be written (--write): lost.");
	add_inputs(w);
}
