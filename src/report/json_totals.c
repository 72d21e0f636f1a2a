/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json_totals: the taps and the summary as JSON
 */
#include "json.h"

#include "jsonout.h"
#include "words.h"

static void put_undecoded(struct str *s, const uint64_t count[DECODE_RESULTS])
{
	json_open(s, "undecoded", '{');
	for (unsigned d = DECODE_TCP + 1; d < DECODE_RESULTS; d++) {
		if (count[d])
			json_number(s,
				    decode_result_name((enum decode_result)d),
				    count[d]);
	}
	json_close(s, '}');
}

static void put_period(struct str *s, bool any, struct timestamp first,
		       struct timestamp last)
{
	if (any) {
		json_time(s, "first", first);
		json_time(s, "last", last);
	} else {
		json_null(s, "first");
		json_null(s, "last");
	}
}

static void put_tap(struct str *s, const struct report *r,
		    const struct report_tap *t)
{
	static const struct flow_tap nothing;
	const struct flow_tap *seen = t->seen ? t->seen : &nothing;
	uint8_t circuit = topo_tap_circuit(r->topo, t->tap);

	json_line_open(s);
	json_text(s, "event_type", "tap");
	json_text(s, "tap", words_tap(r, t->tap));
	json_text(s, "circuit",
		  circuit == CIRCUIT_NONE ? NULL : words_circuit(r, circuit));
	json_text(s, "side", tap_side_name(topo_tap_side(r->topo, t->tap)));
	json_text(s, "link",
		  t->tap < r->site->taps ? r->site->tap[t->tap].link : NULL);
	json_number(s, "tcp_packets", seen->segments);
	json_number(s, "bytes", seen->bytes);
	json_number(s, "syns", seen->syns);
	json_number(s, "syn_acks", seen->syn_acks);
	json_number(s, "to_remote", seen->to_remote);
	json_number(s, "from_remote", seen->from_remote);
	json_number(s, "duplicates", seen->duplicates);
	if (t->drops_known)
		json_number(s, "drops", t->drops);
	else
		json_null(s, "drops");
	if (seen->offset_samples)
		json_signed(s, "clock_offset_ns", seen->offset);
	else
		json_null(s, "clock_offset_ns");
	put_period(s, seen->segments, seen->first, seen->last);
	put_undecoded(s, t->undecoded);
	json_line_close(s);
}

void json_taps(struct report_walk *w)
{
	json_site(w);
	for (size_t i = 0; i < w->r->taps; i++)
		put_tap(&w->s, w->r, &w->r->tap[i]);
}

static void put_classes(struct str *s, const struct report_walk *w)
{
	json_open(s, "connections", '{');
	json_number(s, "total", walk_connections(w));
	for (unsigned c = 0; c < CLASSES; c++)
		json_number(s, class_key((enum conn_class)c),
			    walk_class(w, (enum conn_class)c));
	json_close(s, '}');
}

static void put_severities(struct str *s, const char *key,
			   const uint64_t count[SEVERITIES])
{
	json_open(s, key, '{');
	for (unsigned i = SEVERITIES; i-- > 0;)
		json_number(s, severity_name((enum severity)i), count[i]);
	json_close(s, '}');
}

static void put_inputs(struct str *s, const struct report *r)
{
	json_open(s, "inputs", '[');
	for (uint32_t i = 0; i < words_inputs(r); i++) {
		const struct capture_input *in = words_input(r, i);

		json_open(s, NULL, '{');
		json_text(s, "file", in->path);
		json_text(s, "format", in->format);
		json_text(s, "state", words_state(in->state));
		json_number(s, "packets", in->packets);
		json_number(s, "backwards", in->backwards);
		json_text(s, "problem", in->problem);
		json_close(s, '}');
	}
	json_close(s, ']');
}

/* ICMP errors that quote a TCP header; undecoded.icmp-error is their sum. */
static void put_icmp(struct str *s, const struct flow_counters *flow)
{
	json_open(s, "icmp_errors", '{');
	json_number(s, "matched", flow ? flow->icmp_matched : 0);
	json_number(s, "unmatched", flow ? flow->icmp_unmatched : 0);
	json_number(s, "implausible", flow ? flow->icmp_implausible : 0);
	json_close(s, '}');
}

void json_summary(struct report_walk *w)
{
	const struct report_totals *t = w->totals;
	const struct flow_counters *flow = t->flow;
	struct str *s = &w->s;

	json_line_open(s);
	json_text(s, "event_type", "summary");
	json_number(s, "packets", t->packets);
	json_number(s, "bytes", t->bytes);
	json_number(s, "tcp_packets", t->tcp_packets);
	put_period(s, t->packets, t->first, t->last);
	put_classes(s, w);
	put_severities(s, "findings", w->r->found);
	put_undecoded(s, t->undecoded);
	json_number(s, "evicted", flow ? flow->evicted : 0);
	json_number(s, "unmapped", flow ? flow->unmapped : 0);
	json_number(s, "duplicates", flow ? flow->duplicates : 0);
	json_number(s, "late", flow ? flow->late : 0);
	json_number(s, "unlinked", flow ? flow->unlinked : 0);
	put_icmp(s, flow);
	put_severities(s, "findings_omitted", w->r->omitted);
	json_number(s, "connections_omitted", w->r->connections_omitted);
	if (t->lost_lines)
		json_number(s, "lost_lines", t->lost_lines);
	if (t->lost_packets)
		json_number(s, "lost_packets", t->lost_packets);
	put_inputs(s, w->r);
	json_bool(s, "judged", t->judged);
	json_text(s, "not_judged_why", t->judged ? NULL : t->not_judged_why);
	json_line_close(s);
}
