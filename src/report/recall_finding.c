/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall_finding: a finding, or a connection, from the line that told it
 *
 * What the line says in sentences is not read but for cause and remedy: the
 * sentences are made anew from the facts.
 */
#include "recall.h"

#include <stdlib.h>

/* The number of a word in an enum whose words @name_ tells; @none_ if none. */
#define NUMBER_OF(text_, type_, name_, count_, none_)                          \
	({                                                                     \
		const char *word_ = (text_);                                   \
		type_ found_ = (none_);                                        \
                                                                               \
		for (unsigned i_ = 0; word_ && i_ < (unsigned)(count_);        \
		     i_++) {                                                   \
			if (!strcmp(word_, name_((type_)i_)))                  \
				found_ = (type_)i_;                            \
		}                                                              \
		found_;                                                        \
	})

static bool take_time(const struct jsonin *o, const char *key,
		      struct timestamp *t)
{
	const char *text = jsonin_text(o, key);

	return text && timestamp_parse(text, t);
}

static bool take_addr(const struct jsonin *o, const char *key, struct addr *a)
{
	const char *text = jsonin_text(o, key);

	return text && addr_parse(text, a);
}

static bool take_mac(const struct jsonin *o, const char *key, uint8_t mac[6])
{
	const char *text = jsonin_text(o, key);
	unsigned b[6];
	int end = 0;

	if (!text || strlen(text) != 17 ||
	    sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2],
		   &b[3], &b[4], &b[5], &end) != 6 ||
	    end != 17)
		return false;
	for (size_t i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return true;
}

static uint16_t small(const struct jsonin *o, const char *key)
{
	uint64_t n = jsonin_number(o, key);

	return n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
}

static uint32_t middling(const struct jsonin *o, const char *key)
{
	uint64_t n = jsonin_number(o, key);

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static bool take_tuple(const struct jsonin *o, struct tuple *t)
{
	t->client_port = small(o, "src_port");
	t->server_port = small(o, "dest_port");
	return take_addr(o, "src_ip", &t->client) &&
	       take_addr(o, "dest_ip", &t->server);
}

static uint16_t take_file(struct recall_side *side, const struct jsonin *o)
{
	const char *path = jsonin_text(o, "file");
	int n = -1;

	if (path && strlen(path) <= RECALL_MAX_TEXT)
		n = intern_get(&side->told.files, path);
	return n < 0 ? UINT16_MAX : (uint16_t)n;
}

static void take_sighting(struct recall *rc, struct recall_side *side,
			  const struct jsonin *o, uint64_t circuits,
			  struct sighting *g)
{
	uint64_t ttl = jsonin_number(o, "ttl");

	*g = (struct sighting){
		.number = jsonin_number(o, "packet"),
		.interface = take_file(side, o),
		.tap = recall_tap(rc, jsonin_text(o, "tap"), circuits),
		.resent = jsonin_true(o, "resent"),
		.ttl = ttl > UINT8_MAX ? UINT8_MAX : (uint8_t)ttl,
	};
	take_time(o, "time", &g->time);
	g->has_mac = take_mac(o, "src_mac", g->src_mac) &&
		     take_mac(o, "dest_mac", g->dst_mac);
}

static void take_sightings(struct recall *rc, struct recall_side *side,
			   const struct jsonin *o, uint64_t circuits,
			   struct sightings *g)
{
	const struct jsonin *list = jsonin_get(o, "sightings");
	size_t count = jsonin_items(list);

	g->count = middling(o, "count");
	for (size_t i = 0; i < count && i < FINDING_SIGHTINGS; i++) {
		struct sighting *at = &g->at[g->kept++];

		take_sighting(rc, side, jsonin_item(list, i), circuits, at);
		if (at->tap != TAP_NONE)
			g->taps |= 1ULL << at->tap;
	}
}

static void take_answer(struct finding *f, const struct jsonin *o)
{
	const char *flags = jsonin_text(o, "flags");
	struct tuple back = {0};

	f->answer_is_rst = flags && !strcmp(flags, "rst");
	if (!take_tuple(o, &back))
		return;
	f->answer = (struct tuple){
		.client = back.server,
		.server = back.client,
		.client_port = back.server_port,
		.server_port = back.client_port,
	};
}

static void take_tuples(struct finding *f, const struct jsonin *list)
{
	size_t count = jsonin_items(list);

	f->tuples = 1;
	for (size_t i = 1; i < count && i < FINDING_TUPLES; i++) {
		if (take_tuple(jsonin_item(list, i), &f->tuple[f->tuples]))
			f->tuples++;
	}
}

static void take_icmp(struct recall *rc, struct recall_side *side,
		      const struct jsonin *o, struct icmp_errors *g)
{
	const struct jsonin *list = jsonin_get(o, "icmp");
	size_t count = jsonin_items(list);

	g->more = jsonin_number(o, "icmp_more");
	for (size_t i = 0; i < count && i < FINDING_ICMP; i++) {
		const struct jsonin *item = jsonin_item(list, i);
		struct icmp_error *e = &g->at[g->kept];
		const char *quotes = jsonin_text(item, "quotes");

		if (!take_addr(item, "from", &e->router))
			continue;
		take_sighting(rc, side, item, 0, &e->at);
		e->kind = (uint8_t)NUMBER_OF(jsonin_text(item, "type"),
					     enum icmp_kind, icmp_kind_name,
					     ICMP_KINDS, ICMP_OTHER);
		e->of_server = quotes && !strcmp(quotes, "server");
		e->mtu = middling(item, "mtu");
		e->count = jsonin_number(item, "count");
		g->kept++;
	}
}

/* What findings and connections have in common. */
static bool take_connection(struct recall *rc, struct recall_side *side,
			    const struct jsonin *o, struct finding *f)
{
	const struct jsonin *syn = jsonin_get(o, "syn");
	const struct jsonin *answer = jsonin_get(o, "syn_ack");

	f->has_tuple = take_tuple(o, &f->tuple[0]);
	f->impact = NUMBER_OF(jsonin_text(o, "impact"), enum impact,
			      impact_name, IMPACT_BROKEN + 1, IMPACT_UNKNOWN);
	f->direction = NUMBER_OF(jsonin_text(o, "direction"), enum direction,
				 direction_name, DIRECTION_INBOUND + 1,
				 DIRECTION_UNKNOWN);
	f->class = NUMBER_OF(jsonin_text(o, "class"), enum conn_class,
			     class_name, CLASSES, CLASS_INDETERMINATE);
	f->confidence = NUMBER_OF(jsonin_text(o, "confidence"), enum confidence,
				  confidence_name, CONFIDENCE_LIKELY + 1,
				  CONFIDENCE_CERTAIN);
	f->service = recall_service(rc, jsonin_text(o, "service"));
	f->isn = middling(o, "isn");
	f->dropped_at = recall_circuit(rc, jsonin_text(o, "dropped_at"));
	f->syn_circuits = recall_circuits(rc, jsonin_get(syn, "circuits"));
	f->answer_circuits =
		recall_circuits(rc, jsonin_get(answer, "circuits"));
	take_sightings(rc, side, syn, f->syn_circuits, &f->syn);
	take_sightings(rc, side, answer, f->answer_circuits, &f->syn_ack);
	take_answer(f, answer);
	take_tuples(f, jsonin_get(o, "tuples"));
	take_icmp(rc, side, o, &f->icmp);
	if (f->has_tuple)
		recall_listed(rc, &side->told, o, f);
	return f->has_tuple;
}

static void take_escape(struct recall *rc, struct recall_side *side,
			const struct jsonin *o, struct finding *f)
{
	const struct jsonin *at = jsonin_get(o, "sighting");

	f->reason =
		NUMBER_OF(jsonin_text(o, "reason"), enum escape_reason,
			  escape_reason_name, ESCAPE_UNKNOWN + 1, ESCAPE_NONE);
	f->phase = NUMBER_OF(jsonin_text(o, "phase"), enum phase, phase_name,
			     PHASE_CLOSE + 1, PHASE_DATA);
	f->owner = recall_circuit(rc, jsonin_text(o, "owner"));
	take_addr(o, "escaped_ip", &f->escaped);
	/* A flow without a handshake has this packet to show. */
	if (at && !f->syn.kept && !f->syn_ack.kept) {
		take_sighting(rc, side, at, 1ULL << (f->circuit & 63),
			      &f->syn.at[0]);
		f->syn.kept = 1;
		f->syn.count = middling(o, "count");
		if (f->syn.at[0].tap != TAP_NONE)
			f->syn.taps = 1ULL << f->syn.at[0].tap;
	}
}

static void take_place(struct recall *rc, struct recall_side *side,
		       const struct jsonin *o, struct finding *f)
{
	f->circuit = recall_circuit(rc, jsonin_text(o, "circuit"));
	if (f->rule == RULE_PATH_CHANGE) {
		f->syn_circuits =
			recall_circuits(rc, jsonin_get(o, "moved_from"));
		f->answer_circuits =
			recall_circuits(rc, jsonin_get(o, "moved_to"));
		if (f->answer_circuits)
			f->circuit =
				(uint8_t)__builtin_ctzll(f->answer_circuits);
	}
	if (f->rule == RULE_SNAT_ESCAPE)
		take_escape(rc, side, o, f);
	if (f->rule == RULE_NAT_OFF_PLAN)
		take_addr(o, "translated_ip", &f->escaped);
	f->tap =
		recall_tap(rc, jsonin_text(o, "tap"),
			   f->circuit == CIRCUIT_NONE ? 0 : 1ULL << f->circuit);
	f->other_tap = recall_tap(rc, jsonin_text(o, "other_tap"), 0);
	f->taps_missing = recall_taps(rc, jsonin_get(o, "taps_missing"));
	if (!f->has_tuple && f->tap != TAP_NONE &&
	    rc->site->tap[f->tap].circuit >= 0)
		f->circuit = (uint8_t)rc->site->tap[f->tap].circuit;
}

/* Cause, remedy and what firewalls log are one number, as they were. */
static uint16_t take_cause(struct told *told, const struct jsonin *o)
{
	static const char *const keys[] = {
		[TOLD_CAUSE] = "cause",
		[TOLD_REMEDY] = "remedy",
		[TOLD_LOG_HINT] = "log_hint",
	};
	static_assert(ARRAY_SIZE(keys) == TOLD_SENTENCES, "a key for each");
	const size_t before = told->texts.count;
	struct told_sentences told_now;
	struct str all = {0};
	int n;

	for (unsigned i = 0; i < TOLD_SENTENCES; i++) {
		const char *text = jsonin_text(o, keys[i]);

		told_now.text[i] = xstrndup(text ? text : "", RECALL_MAX_TEXT);
		str_addf(&all, "%s\n", told_now.text[i]);
	}
	n = intern_get(&told->texts, all.s);
	if (told->texts.count > before) {
		told->sentence = xrealloc(told->sentence, told->texts.count,
					  sizeof(*told->sentence));
		told->sentence[before] = told_now;
	} else {
		for (unsigned i = 0; i < TOLD_SENTENCES; i++)
			free(told_now.text[i]);
	}
	str_free(&all);
	return n < 0 ? UINT16_MAX : (uint16_t)n;
}

bool recall_finding(struct recall *rc, struct recall_side *side,
		    const struct jsonin *o, struct str *why)
{
	const char *severity = jsonin_text(o, "severity");
	struct finding f = {.service = SERVICE_NONE,
			    .dropped_at = CIRCUIT_NONE,
			    .owner = CIRCUIT_NONE};

	f.rule = NUMBER_OF(jsonin_text(o, "rule"), enum rule, rule_name, RULES,
			   RULES);
	if (f.rule == RULES || !severity ||
	    !severity_parse(severity, &f.severity) ||
	    !take_time(o, "timestamp", &f.time)) {
		str_add(why, "a finding needs a known rule, a severity and a "
			     "timestamp");
		return false;
	}
	if (f.rule < RULE_TAP_ONE_WAY && !take_connection(rc, side, o, &f)) {
		str_add(why, "a finding about a connection needs src_ip and "
			     "dest_ip");
		return false;
	}
	if (!f.has_tuple)
		f.class = CLASS_INDETERMINATE;
	take_place(rc, side, o, &f);
	f.count = jsonin_number(o, "count");
	if (!take_time(o, "last", &f.last))
		f.last = f.time;
	f.cause = take_cause(&side->told, o);
	report_finding(side->report, &f);
	return true;
}

static void take_escapes(struct recall *rc, struct connection *c,
			 const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list); i++) {
		const struct jsonin *o = jsonin_item(list, i);
		struct escape *e = &c->escape[c->escapes];

		if (c->escapes == CONNECTION_ESCAPES)
			return;
		if (!take_addr(o, "escaped_ip", &e->address))
			continue;
		e->reason = NUMBER_OF(jsonin_text(o, "reason"),
				      enum escape_reason, escape_reason_name,
				      ESCAPE_UNKNOWN + 1, ESCAPE_NONE);
		e->phase = NUMBER_OF(jsonin_text(o, "phase"), enum phase,
				     phase_name, PHASE_CLOSE + 1, PHASE_DATA);
		e->circuit = recall_circuit(rc, jsonin_text(o, "circuit"));
		e->owner = recall_circuit(rc, jsonin_text(o, "owner"));
		e->count = jsonin_number(o, "count");
		c->escapes++;
	}
}

static void take_move(struct recall *rc, struct recall_side *side,
		      struct connection *c, const struct jsonin *o)
{
	const char *direction = jsonin_text(o, "direction");

	if (!o)
		return;
	c->moved = true;
	c->change.from = recall_circuit(rc, jsonin_text(o, "from"));
	c->change.to = recall_circuit(rc, jsonin_text(o, "to"));
	c->change.dir = direction && !strcmp(direction, "toclient");
	take_sighting(rc, side, jsonin_get(o, "sighting"), 0, &c->change.at);
}

/* The other way round: what a finding and a connection say alike. */
static void from_finding(struct connection *c, const struct finding *f)
{
	*c = (struct connection){
		.tuples = f->tuples,
		.answer_tuple = f->answer,
		.class = f->class,
		.impact = f->impact,
		.direction = f->direction,
		.confidence = f->confidence,
		.service = f->service,
		.answer_is_rst = f->answer_is_rst,
		.isn = f->isn,
		.dropped_at = f->dropped_at,
		.syn_circuits = f->syn_circuits,
		.answer_circuits = f->answer_circuits,
		.syn = f->syn,
		.answer = f->syn_ack,
		.icmp = f->icmp,
	};
	memcpy(c->tuple, f->tuple, sizeof(c->tuple));
}

bool recall_connection(struct recall *rc, struct recall_side *side,
		       const struct jsonin *o, struct str *why)
{
	struct finding f = {0};
	struct connection c;
	uint64_t us;

	if (!take_time(o, "timestamp", &f.time) ||
	    !take_connection(rc, side, o, &f)) {
		str_add(why, "a connection needs a timestamp, src_ip and "
			     "dest_ip");
		return false;
	}
	from_finding(&c, &f);
	c.first = f.time;
	if (!take_time(o, "last", &c.ended))
		c.ended = c.first;
	c.packets[0] = jsonin_number(o, "pkts_toserver");
	c.packets[1] = jsonin_number(o, "pkts_toclient");
	c.path_taps[0] = recall_taps(rc, jsonin_get(o, "taps_toserver"));
	c.path_taps[1] = recall_taps(rc, jsonin_get(o, "taps_toclient"));
	c.rtt = jsonin_count(o, "rtt_us", &us) &&
				us <= INT64_MAX / NSEC_PER_USEC
			? (int64_t)us * NSEC_PER_USEC
			: -1;
	c.completed = jsonin_true(o, "completed");
	c.reset = jsonin_true(o, "reset");
	c.evicted = jsonin_true(o, "evicted");
	take_move(rc, side, &c, jsonin_get(o, "moved"));
	take_escapes(rc, &c, jsonin_get(o, "escapes"));
	report_connection(side->report, &c);
	return true;
}
