/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe_json: attempts as JSON Lines
 */
#include "probe.h"

#include "json.h"
#include "jsonout.h"
#include "words.h"

static void put_rtt(struct str *s, const char *key, int64_t ns)
{
	if (ns >= 0)
		json_number(s, key, (uint64_t)ns / NSEC_PER_USEC);
	else
		json_null(s, key);
}

static void put_sights(struct str *s, const struct report *r,
		       const struct report_probe *p)
{
	json_open(s, "seen", '[');
	for (unsigned i = 0; i < p->sights; i++) {
		const struct probe_sight *g = &p->sight[i];
		uint8_t circuit = topo_tap_circuit(r->topo, g->tap);

		json_open(s, NULL, '{');
		json_text(s, "tap", words_tap(r, g->tap));
		json_text(s, "circuit",
			  circuit == CIRCUIT_NONE ? NULL
						  : words_circuit(r, circuit));
		json_text(s, "side",
			  tap_side_name(topo_tap_side(r->topo, g->tap)));
		json_time(s, "time", g->time);
		json_addr(s, "src_ip", &g->source);
		json_number(s, "src_port", g->port);
		json_close(s, '}');
	}
	json_close(s, ']');
}

static void put_findings(struct str *s, const struct report *r,
			 const struct report_probe *p)
{
	struct str message = {0};

	json_open(s, "findings", '[');
	for (unsigned i = 0; i < p->findings; i++) {
		const struct finding *f = &p->finding[i];

		str_clear(&message);
		words_message(&message, r, f);
		json_open(s, NULL, '{');
		json_text(s, "rule", rule_name(f->rule));
		json_text(s, "severity", severity_name(f->severity));
		if (f->rule == RULE_SNAT_ESCAPE)
			json_text(s, "reason", escape_reason_name(f->reason));
		json_text(s, "message", message.s);
		json_text(s, "cause", words_cause(r, f->cause));
		json_text(s, "remedy", words_remedy(r, f->cause));
		json_close(s, '}');
	}
	json_close(s, ']');
	str_free(&message);
}

static void put_hops(struct str *s, const struct report *r,
		     const struct report_probe *p)
{
	const struct probe_attempt *a = p->attempt;
	unsigned last = a->target_hop;

	for (unsigned i = 0; i < PROBE_HOPS && !a->target_hop; i++) {
		if (a->hop[i].answer)
			last = i + 1;
	}
	json_open(s, "hops", '[');
	for (unsigned i = 0; i < last; i++) {
		const struct probe_hop *h = &a->hop[i];

		json_open(s, NULL, '{');
		json_number(s, "ttl", i + 1);
		if (h->answer)
			json_addr(s, "ip", &h->router);
		else
			json_null(s, "ip");
		if (h->answer == PROBE_ICMP)
			json_text(s, "reply",
				  icmp_kind_name((enum icmp_kind)h->icmp));
		else
			json_text(s, "reply", probe_answer_name(h->answer));
		put_rtt(s, "rtt_us", h->answer ? h->rtt : -1);
		json_circuits(s, r, "circuits",
			      topo_circuits(r->topo, p->hop_taps[i]));
		json_close(s, '}');
	}
	json_close(s, ']');
}

/* What this host knows of its own attempt. */
static void put_attempt(struct str *s, const struct report *r,
			const struct report_probe *p)
{
	const struct probe_attempt *a = p->attempt;
	bool icmp = a->answer == PROBE_ICMP;

	json_addr(s, "src_ip", &a->src);
	json_number(s, "src_port", a->sport);
	json_addr(s, "dest_ip", &a->dst);
	json_number(s, "dest_port", a->dport);
	if (a->isn_known)
		json_number(s, "isn", a->isn);
	else
		json_null(s, "isn");
	json_number(s, "syns", a->sent);
	json_text(s, "answer", probe_answer_name(a->answer));
	json_text(s, "icmp_type",
		  icmp ? icmp_kind_name((enum icmp_kind)a->icmp) : NULL);
	if (icmp)
		json_addr(s, "router", &a->router);
	else
		json_null(s, "router");
	put_rtt(s, "rtt_us", a->rtt);
	put_sights(s, r, p);
	if (a->trace)
		put_hops(s, r, p);
}

/* Of a connection from outside there is what the taps saw. */
static void put_inbound(struct str *s, const struct report *r,
			const struct connection *c)
{
	int hid = probe_hid_source(r, c);

	json_addr(s, "src_ip", &c->tuple[0].client);
	json_number(s, "src_port", c->tuple[0].client_port);
	json_addr(s, "dest_ip", &c->tuple[0].server);
	json_number(s, "dest_port", c->tuple[0].server_port);
	if (hid < 0)
		json_null(s, "source_hidden");
	else
		json_bool(s, "source_hidden", hid);
}

void json_probe(struct report_walk *w, const struct report_probe *p)
{
	const struct probe_attempt *a = p->attempt;
	struct finding facts;
	struct str message = {0};
	struct str *s = &w->s;

	json_line_open(s);
	json_time(s, "timestamp",
		  p->seen	 ? p->seen->first
		  : a && a->sent ? a->sent_at[0]
				 : (struct timestamp){0});
	json_text(s, "event_type", "probe");
	json_text(s, "target", p->target);
	json_text(s, "service", words_service(w->r, p->service));
	json_text(s, "direction", a ? "outbound" : "inbound");
	json_text(s, "outcome", probe_outcome_name(p->outcome));
	json_bool(s, "judged", p->judged);
	json_bool(s, "planned", p->planned);
	json_text(s, "dropped_at",
		  p->dropped_at == CIRCUIT_NONE
			  ? NULL
			  : words_circuit(w->r, p->dropped_at));
	if (a)
		put_attempt(s, w->r, p);
	else if (p->seen)
		put_inbound(s, w->r, p->seen);
	probe_message(&message, w->r, p);
	json_text(s, "message", message.s);
	json_text(s, "cause", p->findings ? NULL : probe_cause(p));
	json_text(s, "remedy", p->findings ? NULL : probe_remedy(p));
	put_findings(s, w->r, p);
	if (p->seen) {
		report_facts(&facts, p->seen);
		json_open(s, "connection", '{');
		json_connection_facts(s, w->r, &facts);
		json_close(s, '}');
	} else {
		json_null(s, "connection");
	}
	json_line_close(s);
	str_free(&message);
}

static void put_rtts(struct str *s, const struct report *r,
		     const struct probe_totals *t)
{
	json_open(s, "rtt", '[');
	for (size_t i = 0; i < t->rtts; i++) {
		const struct probe_rtt *x = &t->rtt[i];

		json_open(s, NULL, '{');
		json_text(s, "circuit",
			  x->circuit == SITE_MAX_CIRCUITS
				  ? NULL
				  : words_circuit(r, x->circuit));
		json_number(s, "count", x->count);
		put_rtt(s, "min_us", x->min);
		put_rtt(s, "median_us", x->median);
		put_rtt(s, "mean_us", x->mean);
		put_rtt(s, "max_us", x->max);
		put_rtt(s, "deviation_us", x->deviation);
		put_rtt(s, "expected_us", x->expected ? x->expected : -1);
		json_close(s, '}');
	}
	json_close(s, ']');
}

void json_probe_end(struct report_walk *w, const struct report_probe *list,
		    size_t count)
{
	struct str *s = &w->s;
	struct probe_totals t;

	probe_totals_of(w->r, list, count, &t);
	json_line_open(s);
	json_text(s, "event_type", "probe-summary");
	json_number(s, "probes", count);
	json_open(s, "outcomes", '{');
	for (unsigned o = 0; o < PROBE_OUTCOMES; o++)
		json_number(s, probe_outcome_name((enum probe_outcome)o),
			    t.outcome[o]);
	json_close(s, '}');
	json_number(s, "unplanned", t.unplanned);
	json_number(s, "unjudged", t.unjudged);
	json_open(s, "taps", '[');
	for (unsigned tap = 0; tap < w->r->site->taps; tap++) {
		json_open(s, NULL, '{');
		json_text(s, "tap", words_tap(w->r, tap));
		json_number(s, "syns", t.syns[tap]);
		json_number(s, "answers", t.answers[tap]);
		json_close(s, '}');
	}
	json_close(s, ']');
	put_rtts(s, w->r, &t);
	json_line_close(s);
}
