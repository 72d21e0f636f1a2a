/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * message: what happened, told in sentences built from the facts
 *
 * One function a rule.  A message says what was seen and where; why it was so
 * and what mends it are the texts of the cause.
 */
#include "text.h"
#include "words.h"

/* How a packet crossed a circuit, by who opened the connection. */
static const char *request_verb(enum direction d)
{
	static const char *const verbs[] = {
		[DIRECTION_UNKNOWN] = "was seen on",
		[DIRECTION_OUTBOUND] = "left on",
		[DIRECTION_INBOUND] = "came in on",
	};

	return d < ARRAY_SIZE(verbs) ? verbs[d] : verbs[DIRECTION_UNKNOWN];
}

static const char *answer_verb(enum direction d)
{
	switch (d) {
	case DIRECTION_OUTBOUND:
		return request_verb(DIRECTION_INBOUND);
	case DIRECTION_INBOUND:
		return request_verb(DIRECTION_OUTBOUND);
	default:
		return request_verb(d);
	}
}

/* "SYN A -> B came in on internet" */
static void add_syn(struct str *s, const struct report *r,
		    const struct finding *f)
{
	str_add(s, "SYN ");
	words_tuple(s, &f->tuple[0]);
	str_addf(s, " %s ", request_verb(f->direction));
	words_circuits(s, r, f->syn_circuits);
}

/* Every name that the connection goes by, where a NAT gave it several. */
static void add_translations(struct str *s, const struct finding *f)
{
	const struct tuple *answer = words_answer_tuple(f);

	if (answer != &f->tuple[0]) {
		str_addf(s, " The %s was ", words_answer(f));
		words_reversed(s, answer);
		str_addc(s, '.');
	}
	for (size_t i = 1; i < f->tuples && i < FINDING_TUPLES; i++) {
		str_add(s, i == 1 ? " The connection is translated: also "
				  : " and ");
		words_tuple(s, &f->tuple[i]);
		if (i + 1 == f->tuples || i + 1 == FINDING_TUPLES)
			str_addc(s, '.');
	}
	if (f->confidence == CONFIDENCE_LIKELY)
		str_add(s, " Sequence numbers differ between its halves: they "
			   "were paired by TCP options and time.");
}

static void add_outcome(struct str *s, const struct report *r,
			const struct finding *f)
{
	if (f->impact == IMPACT_WORKING)
		str_add(s, " The handshake was completed all the same.");
	else if (f->impact == IMPACT_BROKEN)
		str_add(s, " The handshake was not completed.");
	if (f->dropped_at != CIRCUIT_NONE)
		str_addf(s, " The edge of %s dropped a packet of it.",
			 words_circuit(r, f->dropped_at));
}

/* Who dropped a packet of it, in his own words. */
static void add_icmp(struct str *s, const struct finding *f)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < f->icmp.kept && i < FINDING_ICMP; i++) {
		const struct icmp_error *e = &f->icmp.at[i];

		str_addf(s, " %s told the %s by ICMP: %s.",
			 addr_format(&e->router, text),
			 e->of_server ? "server" : "client",
			 icmp_kind_name((enum icmp_kind)e->kind));
	}
}

static void asymmetric_handshake(struct str *s, const struct report *r,
				 const struct finding *f)
{
	add_syn(s, r, f);
	str_addf(s, "; its %s %s ", words_answer(f), answer_verb(f->direction));
	words_circuits(s, r, f->answer_circuits);
	str_addc(s, '.');
	add_translations(s, f);
	add_outcome(s, r, f);
	add_icmp(s, f);
}

static void asymmetric_flow(struct str *s, const struct report *r,
			    const struct finding *f)
{
	str_add(s, "Connection ");
	words_tuple(s, &f->tuple[0]);
	str_add(s, " was already open: what its client sends ");
	str_addf(s, "%s ", request_verb(f->direction));
	words_circuits(s, r, f->syn_circuits);
	str_addf(s, ", what its server sends %s ", answer_verb(f->direction));
	words_circuits(s, r, f->answer_circuits);
	str_addc(s, '.');
	add_translations(s, f);
}

static void path_change(struct str *s, const struct report *r,
			const struct finding *f)
{
	str_add(s, "Connection ");
	words_tuple(s, &f->tuple[0]);
	str_add(s, " moved from ");
	words_circuits(s, r, f->syn_circuits);
	str_add(s, " to ");
	words_circuits(s, r, f->answer_circuits);
	str_add(s, " while it was open.");
	if (f->severity > SEVERITY_INFO)
		str_add(s, " Then it stalled or was reset.");
}

static void snat_escape(struct str *s, const struct report *r,
			const struct finding *f)
{
	static const char *const phases[] = {
		[PHASE_SYN] = "SYN",
		[PHASE_SYN_ACK] = "SYN-ACK",
		[PHASE_DATA] = "data packet",
		[PHASE_CLOSE] = "closing packet (FIN, RST or its ACK)",
	};
	char text[ADDR_TEXT];

	str_addf(s, "A %s of ",
		 f->phase < ARRAY_SIZE(phases) ? phases[f->phase] : "packet");
	words_tuple(s, &f->tuple[0]);
	str_addf(s, " left on %s with the source %s, ",
		 words_circuit(r, f->circuit), addr_format(&f->escaped, text));
	if (f->reason == ESCAPE_PRIVATE)
		str_addf(s, "which is not translated (%s).",
			 addr_scope_name(addr_scope(&f->escaped)));
	else if (f->reason == ESCAPE_WRONG_POOL && f->owner != CIRCUIT_NONE)
		str_addf(s, "which belongs to %s.", words_circuit(r, f->owner));
	else if (f->reason == ESCAPE_WRONG_POOL)
		str_add(s, "which belongs to another circuit.");
	else
		str_add(s, "a public address that the site does not declare.");
	if (f->count > 1)
		str_addf(s, " It was the first of %llu such packets.",
			 (unsigned long long)f->count);
}

static void inbound_snat_missing(struct str *s, const struct report *r,
				 const struct finding *f)
{
	char text[ADDR_TEXT];

	str_add(s, "SYN ");
	words_tuple(s, &f->tuple[0]);
	str_add(s, " reached the inside ");
	if (f->circuit != CIRCUIT_NONE)
		str_addf(s, "of %s ", words_circuit(r, f->circuit));
	str_addf(s, "with its original source %s.",
		 addr_format(&f->tuple[0].client, text));
}

static void unanswered(struct str *s, const struct report *r,
		       const struct finding *f)
{
	add_syn(s, r, f);
	if (f->syn.count > 1)
		str_addf(s, " (%u copies)", f->syn.count);
	str_add(s, "; no answer was seen.");
	add_translations(s, f);
	add_icmp(s, f);
}

static void orphan_syn_ack(struct str *s, const struct report *r,
			   const struct finding *f)
{
	str_add(s, "SYN-ACK ");
	words_reversed(s, words_answer_tuple(f));
	str_addf(s, " %s ", answer_verb(f->direction));
	words_circuits(s, r, f->answer_circuits);
	str_add(s, "; its SYN was seen nowhere.");
}

static void off_plan(struct str *s, const struct report *r,
		     const struct finding *f)
{
	const char *service = words_service(r, f->service);

	str_add(s, "Connection ");
	words_tuple(s, &f->tuple[0]);
	if (service)
		str_addf(s, " of %s", service);
	str_add(s, " ran over ");
	if (f->circuit != CIRCUIT_NONE)
		str_add(s, words_circuit(r, f->circuit));
	else
		words_circuits(s, r, f->syn_circuits | f->answer_circuits);
	str_add(s, ", which the plan does not allow for it.");
}

static void nat_off_plan(struct str *s, const struct report *r,
			 const struct finding *f)
{
	const char *service = words_service(r, f->service);
	const struct prefix *plan;
	char text[PREFIX_TEXT];
	bool server = false;

	for (unsigned i = 1; i < f->tuples && i < FINDING_TUPLES; i++)
		server |= !addr_cmp(&f->tuple[i].server, &f->escaped);
	str_add(s, "Inbound SYN ");
	words_tuple(s, &f->tuple[0]);
	if (service)
		str_addf(s, " of %s", service);
	str_add(s, " came by ");
	words_circuits(s, r, f->syn_circuits);
	if (server) {
		str_addf(s, " and was led to %s, which the row does not name.",
			 addr_format(&f->escaped, text));
		return;
	}
	str_addf(s, " and its source became %s",
		 addr_format(&f->escaped, text));
	plan = topo_snat_plan(r->topo, f->service, f->circuit);
	if (plan)
		str_addf(s, "; the row wants %s", prefix_format(plan, text));
	str_addc(s, '.');
}

static const struct report_tap *find_tap(const struct report *r, uint8_t tap)
{
	for (size_t i = 0; i < r->taps; i++) {
		if (r->tap[i].tap == tap)
			return &r->tap[i];
	}
	return NULL;
}

static void tap_one_way(struct str *s, const struct report *r,
			const struct finding *f)
{
	const struct report_tap *t = find_tap(r, f->tap);

	str_addf(s, "Tap %s shows one direction only", words_tap(r, f->tap));
	if (t && t->seen && (t->seen->to_remote || t->seen->from_remote))
		str_addf(s,
			 ": %llu packets toward the remote side, %llu from it",
			 (unsigned long long)t->seen->to_remote,
			 (unsigned long long)t->seen->from_remote);
	str_addf(s, ". %llu %s on of which no tap shows the other half.",
		 (unsigned long long)f->count,
		 f->count == 1 ? "connection goes" : "connections go");
}

static void tap_overlap(struct str *s, const struct report *r,
			const struct finding *f)
{
	str_addf(s, "Taps %s and %s show the same packets: %llu of handshakes.",
		 words_tap(r, f->tap), words_tap(r, f->other_tap),
		 (unsigned long long)f->count);
}

static void tap_loss(struct str *s, const struct report *r,
		     const struct finding *f)
{
	str_addf(s, "Tap %s lost packets: its capture reports %llu dropped.",
		 words_tap(r, f->tap), (unsigned long long)f->count);
}

static void tap_silent(struct str *s, const struct report *r,
		       const struct finding *f)
{
	str_addf(s, "Tap %s saw no TCP packet.", words_tap(r, f->tap));
}

static void tap_apart(struct str *s, const struct report *r,
		      const struct finding *f)
{
	uint64_t away = f->count < UINT64_MAX / NSEC_PER_SEC
				? f->count * (uint64_t)NSEC_PER_SEC
				: UINT64_MAX;

	str_addf(s, "Tap %s captured ", words_tap(r, f->tap));
	text_period(s, f->time, f->last);
	str_addf(s, ", and tap %s, which comes nearest, ",
		 words_tap(r, f->other_tap));
	text_duration(s, away);
	str_add(s, " from that: no connection is put together across it.");
}

static void tap_unmapped(struct str *s, const struct report *r,
			 const struct finding *f)
{
	(void)r;
	str_addf(s, "%llu TCP %s no tap of the site: not looked at.",
		 (unsigned long long)f->count,
		 f->count == 1 ? "packet matches" : "packets match");
}

void words_message(struct str *s, const struct report *r,
		   const struct finding *f)
{
	static void (*const tell[])(struct str *, const struct report *,
				    const struct finding *) = {
		[RULE_ASYMMETRIC_HANDSHAKE] = asymmetric_handshake,
		[RULE_ASYMMETRIC_FLOW] = asymmetric_flow,
		[RULE_PATH_CHANGE] = path_change,
		[RULE_SNAT_ESCAPE] = snat_escape,
		[RULE_INBOUND_SNAT_MISSING] = inbound_snat_missing,
		[RULE_UNANSWERED] = unanswered,
		[RULE_ORPHAN_SYN_ACK] = orphan_syn_ack,
		[RULE_OFF_PLAN] = off_plan,
		[RULE_NAT_OFF_PLAN] = nat_off_plan,
		[RULE_TAP_ONE_WAY] = tap_one_way,
		[RULE_TAP_OVERLAP] = tap_overlap,
		[RULE_TAP_LOSS] = tap_loss,
		[RULE_TAP_UNMAPPED] = tap_unmapped,
		[RULE_TAP_SILENT] = tap_silent,
		[RULE_TAP_APART] = tap_apart,
	};
	static_assert(ARRAY_SIZE(tell) == RULES, "a sentence for each rule");

	if (f->rule < RULES)
		tell[f->rule](s, r, f);
}
