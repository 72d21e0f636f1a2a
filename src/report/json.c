/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json: the report as JSON Lines, one object a line
 *
 * Field names are those of Suricata's EVE where it has them.  The order of
 * the fields is fixed; asymcap.schema.json beside this file says what each
 * line may hold.  A value that is not known is null; a field that makes no
 * sense for a rule is not there.
 */
#include "json.h"

#include <asymcap/endpoints.h>

#include <string.h>

#include "jsonout.h"
#include "words.h"

void json_line_open(struct str *s)
{
	json_open(s, NULL, '{');
}

void json_line_close(struct str *s)
{
	json_close(s, '}');
	str_addc(s, '\n');
}

static void put_circuit(struct str *s, const struct report *r, const char *key,
			uint8_t circuit)
{
	json_text(s, key,
		  circuit == CIRCUIT_NONE ? NULL : words_circuit(r, circuit));
}

void json_circuits(struct str *s, const struct report *r, const char *key,
		   uint64_t circuits)
{
	json_open(s, key, '[');
	for (unsigned i = 0; i < SITE_MAX_CIRCUITS; i++) {
		if (circuits >> i & 1)
			json_text(s, NULL, words_circuit(r, i));
	}
	json_close(s, ']');
}

static void put_taps(struct str *s, const struct report *r, const char *key,
		     uint64_t taps)
{
	json_open(s, key, '[');
	for (unsigned i = 0; i < SITE_MAX_TAPS; i++) {
		if (taps >> i & 1)
			json_text(s, NULL, words_tap(r, i));
	}
	json_close(s, ']');
}

static void put_sighting(struct str *s, const struct report *r, const char *key,
			 const struct sighting *g)
{
	json_open(s, key, '{');
	json_text(s, "tap", g->tap == TAP_NONE ? NULL : words_tap(r, g->tap));
	json_text(s, "file", words_file(r, g->interface));
	json_number(s, "packet", g->number);
	json_time(s, "time", g->time);
	if (g->has_mac) {
		json_mac(s, "src_mac", g->src_mac);
		json_mac(s, "dest_mac", g->dst_mac);
	} else {
		json_null(s, "src_mac");
		json_null(s, "dest_mac");
	}
	json_number(s, "ttl", g->ttl);
	json_bool(s, "resent", g->resent);
	json_close(s, '}');
}

/* Opens an object that the caller closes. */
static void put_sightings(struct str *s, const struct report *r,
			  const char *key, uint64_t circuits,
			  const struct sightings *g)
{
	json_open(s, key, '{');
	json_circuits(s, r, "circuits", circuits);
	json_number(s, "count", g->count);
	json_open(s, "sightings", '[');
	for (size_t i = 0; i < g->kept && i < FINDING_SIGHTINGS; i++)
		put_sighting(s, r, NULL, &g->at[i]);
	json_close(s, ']');
}

void json_tuple(struct str *s, const struct tuple *t)
{
	json_addr(s, "src_ip", &t->client);
	json_number(s, "src_port", t->client_port);
	json_addr(s, "dest_ip", &t->server);
	json_number(s, "dest_port", t->server_port);
}

/* A path change says from where to where in the circuits' places. */
static uint64_t syn_circuits(const struct report *r, const struct finding *f)
{
	return f->rule == RULE_PATH_CHANGE ? topo_circuits(r->topo, f->syn.taps)
					   : f->syn_circuits;
}

static uint64_t answer_circuits(const struct report *r, const struct finding *f)
{
	return f->rule == RULE_PATH_CHANGE
		       ? topo_circuits(r->topo, f->syn_ack.taps)
		       : f->answer_circuits;
}

/* The answer goes from the server to the client. */
static void put_answer(struct str *s, const struct report *r,
		       const struct finding *f)
{
	const struct tuple *t = words_answer_tuple(f);

	if (!answer_circuits(r, f) && !f->syn_ack.count) {
		json_null(s, "flags");
		json_null(s, "src_ip");
		json_null(s, "src_port");
		json_null(s, "dest_ip");
		json_null(s, "dest_port");
		return;
	}
	if (f->syn_ack.count)
		json_text(s, "flags", f->answer_is_rst ? "rst" : "syn-ack");
	else
		json_null(s, "flags");
	json_addr(s, "src_ip", &t->server);
	json_number(s, "src_port", t->server_port);
	json_addr(s, "dest_ip", &t->client);
	json_number(s, "dest_port", t->client_port);
}

static bool is_translated(const struct finding *f)
{
	return f->tuples > 1 || words_answer_tuple(f) != &f->tuple[0];
}

/* Only where there was one: most connections have none. */
static void put_icmp(struct str *s, const struct report *r,
		     const struct icmp_errors *g)
{
	if (!g->kept)
		return;
	json_open(s, "icmp", '[');
	for (size_t i = 0; i < g->kept && i < FINDING_ICMP; i++) {
		const struct icmp_error *e = &g->at[i];

		json_open(s, NULL, '{');
		json_text(s, "type", icmp_kind_name((enum icmp_kind)e->kind));
		json_addr(s, "from", &e->router);
		json_text(s, "quotes", e->of_server ? "server" : "client");
		if (e->mtu)
			json_number(s, "mtu", e->mtu);
		else
			json_null(s, "mtu");
		json_number(s, "count", e->count);
		json_text(s, "tap", words_tap(r, e->at.tap));
		json_text(s, "file", words_file(r, e->at.interface));
		json_number(s, "packet", e->at.number);
		json_time(s, "time", e->at.time);
		json_close(s, '}');
	}
	json_close(s, ']');
	json_number(s, "icmp_more", g->more);
}

/* Only where the site names such a file. */
static void put_endpoint(struct str *s, const struct report *r,
			 const struct finding *f)
{
	const struct listed l = words_listed(r, f);
	const struct endpoint_set *set = l.set;

	if (set) {
		json_open(s, "endpoint", '{');
		json_number(s, "set", set->id);
		json_text(s, "area", set->area);
		json_text(s, "category", endpoint_category_name(set->category));
		json_bool(s, "express_route", set->express_route);
		json_bool(s, "required", set->required);
		json_close(s, '}');
	} else if (l.has_sets) {
		json_null(s, "endpoint");
	}
	if (l.has_tags)
		json_text(s, "service_tag", l.tag);
}

void json_connection_facts(struct str *s, const struct report *r,
			   const struct finding *f)
{
	static const struct sightings none;
	char id[COMMUNITY_ID_TEXT];

	json_text(s, "impact", impact_name(f->impact));
	json_text(s, "direction", direction_name(f->direction));
	json_text(s, "service", words_service(r, f->service));
	put_endpoint(s, r, f);
	json_tuple(s, &f->tuple[0]);
	json_text(s, "proto", "TCP");
	json_text(s, "community_id", community_id(&f->tuple[0], id));
	if (words_no_handshake(f))
		json_null(s, "isn");
	else
		json_number(s, "isn", f->isn);
	json_bool(s, "translated", is_translated(f));
	put_circuit(s, r, "dropped_at", f->dropped_at);
	put_sightings(s, r, "syn", syn_circuits(r, f),
		      words_no_handshake(f) ? &none : &f->syn);
	json_close(s, '}');
	put_sightings(s, r, "syn_ack", answer_circuits(r, f), &f->syn_ack);
	put_answer(s, r, f);
	json_close(s, '}');
	json_text(s, "class", class_name(f->class));
	json_text(s, "confidence", confidence_name(f->confidence));
	put_icmp(s, r, &f->icmp);
	if (!is_translated(f))
		return;
	json_open(s, "tuples", '[');
	for (size_t i = 0; i < f->tuples && i < FINDING_TUPLES; i++) {
		json_open(s, NULL, '{');
		json_tuple(s, &f->tuple[i]);
		json_close(s, '}');
	}
	json_close(s, ']');
}

static void put_escape(struct str *s, const struct report *r,
		       const struct finding *f)
{
	json_text(s, "reason", escape_reason_name(f->reason));
	put_circuit(s, r, "circuit", f->circuit);
	json_addr(s, "escaped_ip", &f->escaped);
	put_circuit(s, r, "owner", f->owner);
	json_text(s, "phase", phase_name(f->phase));
}

static void put_path_change(struct str *s, const struct report *r,
			    const struct finding *f)
{
	json_circuits(s, r, "moved_from", f->syn_circuits);
	json_circuits(s, r, "moved_to", f->answer_circuits);
}

static void put_place(struct str *s, const struct report *r,
		      const struct finding *f)
{
	if (f->rule == RULE_SNAT_ESCAPE)
		put_escape(s, r, f);
	else if (f->rule == RULE_PATH_CHANGE)
		put_path_change(s, r, f);
	else if (f->has_tuple && f->circuit != CIRCUIT_NONE)
		put_circuit(s, r, "circuit", f->circuit);
	if (f->rule == RULE_NAT_OFF_PLAN)
		json_addr(s, "translated_ip", &f->escaped);
	if (f->tap != TAP_NONE)
		json_text(s, "tap", words_tap(r, f->tap));
	if (f->rule >= RULE_TAP_ONE_WAY && f->other_tap != TAP_NONE)
		json_text(s, "other_tap", words_tap(r, f->other_tap));
	if (f->rule == RULE_SNAT_ESCAPE && words_no_handshake(f) && f->syn.kept)
		put_sighting(s, r, "sighting", &f->syn.at[0]);
	if (f->taps_missing)
		put_taps(s, r, "taps_missing", f->taps_missing);
}

static void json_finding(struct report_walk *w, const struct finding *f)
{
	const char *hint = words_log_hint(w->r, f->cause);
	struct str message = {0};
	struct str *s = &w->s;

	json_line_open(s);
	json_time(s, "timestamp", f->time);
	json_text(s, "event_type", "finding");
	json_text(s, "rule", rule_name(f->rule));
	json_text(s, "severity", severity_name(f->severity));
	if (f->has_tuple)
		json_connection_facts(s, w->r, f);
	put_place(s, w->r, f);
	json_number(s, "count", f->count);
	json_time(s, "last", f->last);
	words_message(&message, w->r, f);
	json_text(s, "message", message.s);
	json_text(s, "cause", words_cause(w->r, f->cause));
	json_text(s, "remedy", words_remedy(w->r, f->cause));
	if (*hint)
		json_text(s, "log_hint", hint);
	json_line_close(s);
	str_free(&message);
}

static void put_move(struct str *s, const struct report *r,
		     const struct connection *c)
{
	if (!c->moved) {
		json_null(s, "moved");
		return;
	}
	json_open(s, "moved", '{');
	put_circuit(s, r, "from", c->change.from);
	put_circuit(s, r, "to", c->change.to);
	json_text(s, "direction", c->change.dir ? "toclient" : "toserver");
	put_sighting(s, r, "sighting", &c->change.at);
	json_close(s, '}');
}

static void put_escapes(struct str *s, const struct report *r,
			const struct connection *c)
{
	json_open(s, "escapes", '[');
	for (size_t i = 0; i < c->escapes && i < CONNECTION_ESCAPES; i++) {
		const struct escape *e = &c->escape[i];
		struct finding f = {
			.reason = e->reason,
			.circuit = e->circuit,
			.escaped = e->address,
			.owner = e->owner,
			.phase = e->phase,
		};

		json_open(s, NULL, '{');
		put_escape(s, r, &f);
		json_number(s, "count", e->count);
		json_close(s, '}');
	}
	json_close(s, ']');
}

static void json_connection(struct report_walk *w, const struct connection *c)
{
	struct str *s = &w->s;
	struct finding f;

	report_facts(&f, c);
	json_line_open(s);
	json_time(s, "timestamp", c->first);
	json_text(s, "event_type", "connection");
	json_connection_facts(s, w->r, &f);
	json_number(s, "pkts_toserver", c->packets[0]);
	json_number(s, "pkts_toclient", c->packets[1]);
	put_taps(s, w->r, "taps_toserver", c->path_taps[0]);
	put_taps(s, w->r, "taps_toclient", c->path_taps[1]);
	if (c->rtt >= 0)
		json_number(s, "rtt_us", (uint64_t)c->rtt / NSEC_PER_USEC);
	else
		json_null(s, "rtt_us");
	json_bool(s, "completed", c->completed);
	json_bool(s, "reset", c->reset);
	json_bool(s, "evicted", c->evicted);
	put_move(s, w->r, c);
	put_escapes(s, w->r, c);
	json_time(s, "last", c->ended);
	json_line_close(s);
}

static void json_begin(struct report_walk *w)
{
	(void)w;
}

const struct report_writer json_writer = {
	.begin = json_begin,
	.finding = json_finding,
	.connection = json_connection,
	.taps = json_taps,
	.rows = json_rows,
	.end = json_summary,
	.explained = json_explained,
	.chosen = json_chosen,
};
