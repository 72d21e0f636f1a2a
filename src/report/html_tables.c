/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_tables: what the verdict rests on: services, circuits, taps, totals
 */
#include "html.h"

#include <stdlib.h>

#include "text.h"
#include "words.h"

#define MAX_CONNECTIONS 1000

void html_section(struct str *s, const char *id, const char *title)
{
	str_addf(s, "<section aria-labelledby=%s>\n<h2 id=%s>%s</h2>\n", id, id,
		 title);
}

void html_table_end(struct str *s)
{
	str_add(s, "</tbody></table>\n");
	html_scroll_end(s);
}

void html_count(struct str *s, uint64_t n)
{
	str_add(s, "<td class=n>");
	html_number(s, n);
	str_add(s, "</td>");
}

/* ----------------------------------------------------------- connections */

static void begin_connections(struct str *s)
{
	str_add(s, "<section aria-labelledby=connections>\n"
		   "<h2 id=connections>Connections</h2>\n");
	html_scroll(s, "Connections");
	str_add(s, "<table>\n<thead><tr><th scope=col>First packet</th>"
		   "<th scope=col>Class</th><th scope=col>Client → server</th>"
		   "<th scope=col>Request</th><th scope=col>Answer</th>"
		   "<th scope=col class=n>Packets</th>"
		   "<th scope=col class=n>RTT, ms</th>"
		   "<th scope=col>Impact</th></tr></thead>\n<tbody>\n");
}

void html_circuits(struct str *s, const struct report *r, uint64_t circuits)
{
	struct str names = {0};

	words_circuits(&names, r, circuits);
	str_add(s, "<td>");
	html_clip(s, names.s, HTML_NAME);
	str_add(s, "</td>");
	str_free(&names);
}

void html_connection(struct report_walk *w, const struct connection *c)
{
	struct str *s = &w->s;
	struct str t = {0};

	if (!w->shown++) {
		html_groups_end(w);
		begin_connections(s);
	}
	if (w->shown > MAX_CONNECTIONS)
		return;
	text_date(&t, c->first);
	str_addc(&t, ' ');
	text_clock(&t, c->first);
	str_addf(s, "<tr><td class=w>%s</td><td class=w>%s</td><td class=w>",
		 t.s, class_name(c->class));
	str_clear(&t);
	words_endpoint(&t, &c->tuple[0].client, c->tuple[0].client_port);
	str_add(&t, " → ");
	words_endpoint(&t, &c->tuple[0].server, c->tuple[0].server_port);
	str_addf(s, "%s</td>", t.s);
	str_free(&t);
	html_circuits(s, w->r, c->syn_circuits);
	html_circuits(s, w->r, c->answer_circuits);
	html_count(s, c->packets[0] + c->packets[1]);
	if (c->rtt >= 0)
		str_addf(s, "<td class=n>%lld.%03lld</td>",
			 (long long)(c->rtt / NSEC_PER_MSEC),
			 (long long)(c->rtt % NSEC_PER_MSEC / NSEC_PER_USEC));
	else
		str_add(s, "<td class=n>–</td>");
	str_addf(s, "<td>%s%s</td></tr>\n", impact_name(c->impact),
		 c->evicted ? ", evicted" : "");
}

/* The part above the tables, whatever it was. */
static void end_lists(struct report_walk *w)
{
	struct str *s = &w->s;
	uint64_t rest = w->r->connections_omitted;

	if (!w->shown) {
		html_groups_end(w);
		return;
	}
	html_table_end(s);
	if (w->shown > MAX_CONNECTIONS)
		rest += w->shown - MAX_CONNECTIONS;
	if (rest) {
		str_add(s, "<p>");
		html_number(s, rest);
		str_add(s, " more connections are left out: --flows --format "
			   "json lists them.</p>\n");
	}
	str_add(s, "</section>\n");
}

/* -------------------------------------------------------- round-trip times */

/** struct rtts - Of one circuit, ns */
struct rtts {
	int64_t *ns;
	size_t count;
};

static int rtt_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* A handshake that went out and came back on one circuit tells its time. */
static int circuit_of(const struct connection *c)
{
	if (c->rtt < 0 || c->syn_circuits != c->answer_circuits ||
	    !c->syn_circuits || (c->syn_circuits & (c->syn_circuits - 1)))
		return -1;
	return __builtin_ctzll(c->syn_circuits);
}

/* Return: all of them in one array, to be freed; NULL if there is none. */
static int64_t *take_rtts(const struct report *r, struct rtts rtts[])
{
	size_t total = 0;
	int64_t *all, *at;
	struct connection c;

	for (size_t i = 0; i < r->connections.count; i++) {
		store_get(&r->connections, i, &c);
		if (circuit_of(&c) >= 0) {
			rtts[circuit_of(&c)].count++;
			total++;
		}
	}
	if (!total)
		return NULL;
	all = at = xcalloc(total, sizeof(*all));
	for (size_t i = 0; i < SITE_MAX_CIRCUITS; i++) {
		rtts[i].ns = at;
		at += rtts[i].count;
		rtts[i].count = 0;
	}
	for (size_t i = 0; i < r->connections.count; i++) {
		store_get(&r->connections, i, &c);
		if (circuit_of(&c) >= 0) {
			struct rtts *of = &rtts[circuit_of(&c)];

			of->ns[of->count++] = c.rtt;
		}
	}
	return all;
}

void html_msec(struct str *s, int64_t ns)
{
	str_addf(s, "<td class=n>%lld.%03lld</td>",
		 (long long)(ns / NSEC_PER_MSEC),
		 (long long)(ns % NSEC_PER_MSEC / NSEC_PER_USEC));
}

static void put_rtt_row(struct str *s, const struct report *r, unsigned circuit,
			struct rtts *of)
{
	qsort(of->ns, of->count, sizeof(*of->ns), rtt_cmp);
	str_add(s, "<tr><th scope=row>");
	html_clip(s, words_circuit(r, circuit), HTML_NAME);
	str_add(s, "</th>");
	html_count(s, of->count);
	html_msec(s, of->ns[0]);
	html_msec(s, of->ns[of->count / 2]);
	html_msec(s, of->ns[of->count * 95 / 100]);
	html_msec(s, of->ns[of->count - 1]);
	str_add(s, "</tr>\n");
}

static void put_rtts(struct str *s, const struct report *r)
{
	struct rtts rtts[SITE_MAX_CIRCUITS] = {0};
	int64_t *all = take_rtts(r, rtts);

	html_section(s, "circuits", "Round-trip times");
	if (!all) {
		str_add(s, "<p class=mute>Not told: they come with every "
			   "connection (--flows).</p>\n</section>\n");
		return;
	}
	html_scroll(s, "Round-trip times by circuit");
	str_add(s, "<table>\n<caption>From a SYN to its answer at one tap, of "
		   "handshakes that took one circuit; milliseconds</caption>\n"
		   "<thead><tr><th scope=col>Circuit</th>"
		   "<th scope=col class=n>Handshakes</th>"
		   "<th scope=col class=n>Least</th>"
		   "<th scope=col class=n>Median</th>"
		   "<th scope=col class=n>95 %</th>"
		   "<th scope=col class=n>Most</th></tr></thead>\n<tbody>\n");
	for (unsigned c = 0; c < SITE_MAX_CIRCUITS; c++) {
		if (rtts[c].count)
			put_rtt_row(s, r, c, &rtts[c]);
	}
	html_table_end(s);
	str_add(s, "</section>\n");
	free(all);
}

/* ------------------------------------------------------------------- taps */

static void put_clock(struct str *s, const struct flow_tap *seen)
{
	struct timestamp zero = {0}, offset = {seen->offset};
	struct str t = {0};

	if (!seen->offset_samples) {
		str_add(s, "<td class=n>–</td>");
		return;
	}
	text_duration(&t, text_distance(zero, offset));
	str_addf(s, "<td class=n>%s%s</td>",
		 seen->offset < 0   ? "−"
		 : seen->offset > 0 ? "+"
				    : "",
		 seen->offset ? t.s : "0");
	str_free(&t);
}

static uint64_t undecoded_sum(const uint64_t count[DECODE_RESULTS])
{
	uint64_t n = 0;

	for (unsigned d = DECODE_TCP + 1; d < DECODE_RESULTS; d++)
		count_add(&n, count[d]);
	return n;
}

static void put_tap(struct str *s, const struct report *r,
		    const struct report_tap *t)
{
	static const struct flow_tap nothing;
	const struct flow_tap *seen = t->seen ? t->seen : &nothing;
	uint8_t circuit = topo_tap_circuit(r->topo, t->tap);

	str_add(s, "<tr><th scope=row>");
	html_clip(s, words_tap(r, t->tap), HTML_NAME);
	str_add(s, "</th><td>");
	html_clip(s, circuit == CIRCUIT_NONE ? "–" : words_circuit(r, circuit),
		  HTML_NAME);
	str_addf(s, "</td><td>%s</td>",
		 tap_side_name(topo_tap_side(r->topo, t->tap)));
	html_count(s, seen->segments);
	html_count(s, seen->syns);
	html_count(s, seen->syn_acks);
	html_count(s, seen->to_remote);
	html_count(s, seen->from_remote);
	if (t->drops_known)
		html_count(s, t->drops);
	else
		str_add(s, "<td class=n>–</td>");
	html_count(s, undecoded_sum(t->undecoded));
	put_clock(s, seen);
	str_add(s, "</tr>\n");
}

static void put_taps(struct str *s, const struct report *r)
{
	html_section(s, "taps", "Taps");
	if (!r->taps) {
		str_add(s, "<p class=mute>None is known.</p>\n</section>\n");
		return;
	}
	html_scroll(s, "Taps");
	str_add(s, "<table>\n<thead><tr><th scope=col>Tap</th>"
		   "<th scope=col>Circuit</th><th scope=col>Side</th>"
		   "<th scope=col class=n>TCP</th>"
		   "<th scope=col class=n>SYN</th>"
		   "<th scope=col class=n>SYN-ACK</th>"
		   "<th scope=col class=n>Out</th>"
		   "<th scope=col class=n>In</th>"
		   "<th scope=col class=n>Drops</th>"
		   "<th scope=col class=n>Undecoded</th>"
		   "<th scope=col class=n>Clock</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < r->taps; i++)
		put_tap(s, r, &r->tap[i]);
	html_table_end(s);
	str_add(s, "<p class=mute>Packets; – is not known. Out goes to the "
		   "remote side, as far as the site file tells it. The clock "
		   "is how much later that of the tap is than that of the "
		   "first one.</p>\n</section>\n");
}

/* ----------------------------------------------------------------- totals */

static void put_total(struct str *s, const char *name, uint64_t n,
		      const char *what)
{
	if (!n)
		return;
	str_addf(s, "<tr><th scope=row>%s</th>", name);
	html_count(s, n);
	str_addf(s, "<td>%s</td></tr>\n", what);
}

static const char *class_meaning(enum conn_class c)
{
	static const char *const meanings[] = {
		[CLASS_SYMMETRIC] = "request and answer on one circuit",
		[CLASS_ASYMMETRIC] = "on circuits that have nothing in common",
		[CLASS_SAME_DOMAIN] = "the same, but these share their state",
		[CLASS_REROUTED] = "the request was on several circuits",
		[CLASS_MIXED] = "the answer was on several circuits",
		[CLASS_REFUSED] = "a RST answered on the circuit of the SYN",
		[CLASS_UNANSWERED] = "a SYN, and no answer at any tap",
		[CLASS_ORPHAN_SYN_ACK] = "a SYN-ACK, and no SYN at any tap",
		[CLASS_MIDSTREAM] = "no handshake was seen",
		[CLASS_SIMULTANEOUS_OPEN] = "two SYNs crossed",
		[CLASS_OUT_OF_SCOPE] = "no end is remote: not judged",
		[CLASS_INDETERMINATE] = "what is missing may have been lost",
	};
	static_assert(ARRAY_SIZE(meanings) == CLASSES, "a meaning for each");

	return meanings[c];
}

static void put_flow(struct str *s, const struct flow_counters *flow)
{
	put_total(s, "unmapped packets", flow->unmapped,
		  "matched no tap of the site: not looked at");
	put_total(s, "duplicates", flow->duplicates,
		  "handshake packets that came twice at one tap");
	put_total(s, "late packets", flow->late,
		  "after the close of a connection: not judged");
	put_total(s, "unlinked", flow->unlinked,
		  "handshakes with too little time for linking NAT");
	put_total(s, "evicted", flow->evicted,
		  "connections that had to leave the table (--max-flows)");
	put_total(s, "ICMP errors", flow->icmp_matched,
		  "about connections that were seen");
	put_total(s, "ICMP errors", flow->icmp_unmatched, "about others");
	put_total(s, "ICMP errors", flow->icmp_implausible,
		  "not believed: they quote what was never sent");
}

static void put_totals(struct report_walk *w)
{
	const struct report_totals *t = w->totals;
	struct str *s = &w->s;

	html_section(s, "totals", "Totals");
	html_scroll(s, "Totals");
	str_add(s, "<table>\n<thead><tr><th scope=col>What</th>"
		   "<th scope=col class=n>How many</th>"
		   "<th scope=col>Meaning</th></tr></thead>\n<tbody>\n");
	for (unsigned c = 0; c < CLASSES; c++)
		put_total(s, class_name((enum conn_class)c),
			  walk_class(w, (enum conn_class)c),
			  class_meaning((enum conn_class)c));
	for (unsigned d = DECODE_TCP + 1; d < DECODE_RESULTS; d++)
		put_total(s, decode_result_name((enum decode_result)d),
			  t->undecoded[d],
			  words_undecoded((enum decode_result)d));
	if (t->flow)
		put_flow(s, t->flow);
	put_total(s, "lost lines", t->lost_lines,
		  "said before, and could not be written");
	put_total(s, "lost packets", t->lost_packets,
		  "of findings, and could not be written");
	put_total(s, "bytes", t->bytes, "on the wire, all packets");
	html_table_end(s);
	str_add(s, "</section>\n");
}

void html_tables(struct report_walk *w)
{
	end_lists(w);
	html_services(&w->s, w->r);
	put_rtts(&w->s, w->r);
	put_taps(&w->s, w->r);
	put_totals(w);
}
