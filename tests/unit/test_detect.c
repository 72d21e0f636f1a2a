/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the detect layer
 *
 * Connections made by hand, each with what one test is about changed; which
 * rules fire, how gravely, and what they point to.
 */
#include <asymcap/detect.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Circuits a 0, b 1, c 2 (one domain with b); taps a 0, a-in 1, b 2, b-in 3,
 * c 4, core 5 (inside, of no circuit).
 */
static const char site_text[] =
	"remote: [40.96.0.0/13]\n"
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    nat-pools: [192.0.2.0/24]\n"
	"    advertised: [203.0.113.0/24]\n"
	"    taps:\n"
	"      - {name: a, vlan: [1]}\n"
	"      - {name: a-in, side: inside, vlan: [2]}\n"
	"  b:\n"
	"    kind: expressroute\n"
	"    nat-pools: [198.51.100.0/24]\n"
	"    advertised: [198.51.100.0/24, 192.0.2.128/25]\n"
	"    state-domain: shared\n"
	"    taps:\n"
	"      - {name: b, vlan: [3]}\n"
	"      - {name: b-in, side: inside, vlan: [4]}\n"
	"  c:\n"
	"    kind: expressroute\n"
	"    state-domain: shared\n"
	"    taps: [{name: c, vlan: [5]}]\n"
	"taps: [{name: core, side: inside, vlan: [6]}]\n"
	"services:\n"
	"  - name: smtp-in\n"
	"    direction: inbound\n"
	"    ports: [25]\n"
	"    circuits: [a]\n"
	"    inbound-snat: {a: 192.168.5.5/32}\n"
	"    inside: [192.168.5.10/32]\n"
	"  - name: web-in\n"
	"    direction: inbound\n"
	"    ports: [443]\n"
	"  - name: web-out\n"
	"    direction: outbound\n"
	"    circuits: [b, c]\n";

static const char no_remote[] =
	"circuits:\n"
	"  a: {kind: internet, taps: [{name: a}, {name: a-in, side: inside,"
	" vlan: [2]}]}\n";

enum { A, A_IN, B, B_IN, C, CORE };
enum { SMTP_IN, WEB_IN, WEB_OUT };

#define BIT(n_) (1ULL << (n_))

static struct addr addr_of(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a), "%s is no address", text);
	return a;
}

/**
 * struct caught - What the rules had to say
 */
struct caught {
	struct site *site;
	struct topo *topo;
	struct finding f[16];
	unsigned count;
};

static void catch (void *arg, const struct finding *f)
{
	struct caught *x = arg;

	ck_assert_uint_lt(x->count, ARRAY_SIZE(x->f));
	x->f[x->count++] = *f;
}

static void caught_begin(struct caught *x, const char *text)
{
	struct str errors = {0};

	memset(x, 0, sizeof(*x));
	x->site = site_parse("test", text, strlen(text), &errors);
	ck_assert_msg(x->site != NULL, "%s", errors.s ? errors.s : "");
	x->topo = topo_new(x->site);
	str_free(&errors);
}

static void caught_free(struct caught *x)
{
	topo_free(x->topo);
	site_free(x->site);
}

static void detect_all(struct caught *x, const struct connection *c)
{
	const struct detect_sink sink = {catch, x};

	x->count = 0;
	detect_connection(x->topo, c, &sink);
}

/* The findings of a rule; there may be one of each here. */
static const struct finding *of_rule(const struct caught *x, enum rule rule)
{
	const struct finding *found = NULL;

	for (unsigned i = 0; i < x->count; i++) {
		if (x->f[i].rule != rule)
			continue;
		ck_assert_msg(!found, "%s twice", rule_name(rule));
		found = &x->f[i];
	}
	return found;
}

static void see(struct sightings *g, uint8_t tap, int64_t ms)
{
	g->at[g->kept++] = (struct sighting){
		.time = {ms * NSEC_PER_MSEC},
		.number = g->kept,
		.tap = tap,
		.interface = tap,
	};
	g->count++;
	g->taps |= BIT(tap);
}

/* A sound inbound connection that works, on circuit a. */
static struct connection sound(const struct caught *x)
{
	struct connection c = {
		.tuples = 1,
		.tuple = {{
			.client = addr_of("40.96.0.10"),
			.server = addr_of("203.0.113.25"),
			.client_port = 34154,
			.server_port = 8080,
		}},
		.class = CLASS_SYMMETRIC,
		.impact = IMPACT_WORKING,
		.direction = DIRECTION_INBOUND,
		.service = SERVICE_NONE,
		.completed = true,
		.isn = 4711,
		.dropped_at = CIRCUIT_NONE,
		.first = {1000 * NSEC_PER_MSEC},
		.ended = {2000 * NSEC_PER_MSEC},
		.rtt = -1,
		.packets = {5, 4},
		.path_taps = {BIT(A), BIT(A)},
	};

	(void)x;
	c.answer_tuple = c.tuple[0];
	see(&c.syn, A, 1000);
	see(&c.answer, A, 1010);
	c.syn_circuits = c.answer_circuits = 1;
	c.original_taps = BIT(A);
	return c;
}

static void answered_at(struct caught *x, struct connection *c, uint8_t tap)
{
	memset(&c->answer, 0, sizeof(c->answer));
	see(&c->answer, tap, 1010);
	c->answer_circuits = topo_circuits(x->topo, c->answer.taps);
}

static void sent_at(struct caught *x, struct connection *c, uint8_t tap)
{
	memset(&c->syn, 0, sizeof(c->syn));
	see(&c->syn, tap, 1000);
	c->syn_circuits = topo_circuits(x->topo, c->syn.taps);
}

/* ------------------------------------------------------------ every class */

/* Which rule a class alone sets off; RULES: none. */
static const struct {
	enum conn_class class;
	enum rule rule;
	enum severity severity[2]; /* impact unknown or working, broken */
} by_class[] = {
	{CLASS_SYMMETRIC, RULES, {0, 0}},
	{CLASS_ASYMMETRIC,
	 RULE_ASYMMETRIC_HANDSHAKE,
	 {SEVERITY_WARNING, SEVERITY_CRITICAL}},
	{CLASS_SAME_DOMAIN, RULES, {0, 0}},
	{CLASS_REROUTED, RULES, {0, 0}},
	{CLASS_MIXED, RULES, {0, 0}},
	{CLASS_REFUSED, RULES, {0, 0}},
	{CLASS_UNANSWERED, RULE_UNANSWERED, {SEVERITY_INFO, SEVERITY_INFO}},
	{CLASS_ORPHAN_SYN_ACK,
	 RULE_ORPHAN_SYN_ACK,
	 {SEVERITY_INFO, SEVERITY_INFO}},
	{CLASS_MIDSTREAM, RULES, {0, 0}},
	{CLASS_SIMULTANEOUS_OPEN, RULES, {0, 0}},
	{CLASS_OUT_OF_SCOPE, RULES, {0, 0}},
	{CLASS_INDETERMINATE, RULES, {0, 0}},
};
static_assert(ARRAY_SIZE(by_class) == CLASSES, "every class");

START_TEST(classes)
{
	static const enum impact impacts[] = {
		IMPACT_UNKNOWN,
		IMPACT_WORKING,
		IMPACT_BROKEN,
	};
	struct caught x;

	caught_begin(&x, site_text);
	for (unsigned i = 0; i < ARRAY_SIZE(impacts); i++) {
		struct connection c = sound(&x);

		c.class = by_class[_i].class;
		c.impact = impacts[i];
		detect_all(&x, &c);
		ck_assert_uint_eq(x.count, by_class[_i].rule != RULES);
		if (!x.count)
			continue;
		ck_assert_int_eq(x.f[0].rule, by_class[_i].rule);
		ck_assert_int_eq(
			x.f[0].severity,
			by_class[_i].severity[impacts[i] == IMPACT_BROKEN]);
	}
	caught_free(&x);
}
END_TEST

/* A finding says all that its connection knew. */
START_TEST(common_part)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = CLASS_ASYMMETRIC;
	c.impact = IMPACT_BROKEN;
	c.confidence = CONFIDENCE_LIKELY;
	c.service = WEB_IN;
	c.dropped_at = 1;
	c.tuples = 2;
	c.tuple[1] = c.tuple[0];
	c.tuple[1].server = addr_of("192.168.5.10");
	c.answer_tuple = c.tuple[1];
	answered_at(&x, &c, B);
	detect_all(&x, &c);
	f = of_rule(&x, RULE_ASYMMETRIC_HANDSHAKE);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->time.ns, c.first.ns);
	ck_assert_int_eq(f->last.ns, c.ended.ns);
	ck_assert_int_eq(f->impact, IMPACT_BROKEN);
	ck_assert_int_eq(f->class, CLASS_ASYMMETRIC);
	ck_assert_int_eq(f->direction, DIRECTION_INBOUND);
	ck_assert_int_eq(f->confidence, CONFIDENCE_LIKELY);
	ck_assert_uint_eq(f->service, WEB_IN);
	ck_assert(f->has_tuple && !f->answer_is_rst);
	ck_assert_uint_eq(f->tuples, 2);
	ck_assert(!memcmp(f->tuple, c.tuple, sizeof(f->tuple)));
	ck_assert(!memcmp(&f->answer, &c.tuple[1], sizeof(f->answer)));
	ck_assert_uint_eq(f->isn, 4711);
	ck_assert_uint_eq(f->syn_circuits, BIT(0));
	ck_assert_uint_eq(f->answer_circuits, BIT(1));
	ck_assert_uint_eq(f->dropped_at, 1);
	ck_assert_uint_eq(f->syn.taps, BIT(A));
	ck_assert_uint_eq(f->syn_ack.taps, BIT(B));
	ck_assert_uint_eq(f->circuit, 1);
	ck_assert_uint_eq(f->owner, CIRCUIT_NONE);
	ck_assert_uint_eq(f->tap, TAP_NONE);
	ck_assert_uint_eq(f->other_tap, TAP_NONE);
	ck_assert_uint_eq(f->count, 1);
	caught_free(&x);
}
END_TEST

/* ------------------------------------------------ asymmetric, its cause */

static const struct {
	const char *what;
	enum direction direction;
	const char *client;
	uint8_t syn, answer; /* taps */
	enum cause cause;
} handshakes[] = {
	{"in over the Internet", DIRECTION_INBOUND, "40.96.0.10", A, B,
	 CAUSE_NO_INBOUND_SNAT},
	{"in over ExpressRoute", DIRECTION_INBOUND, "40.96.0.10", B, A,
	 CAUSE_NO_INBOUND_SNAT_ER},
	{"in, at a tap of no circuit", DIRECTION_INBOUND, "40.96.0.10", CORE, A,
	 CAUSE_NO_INBOUND_SNAT},
	{"out, own pool", DIRECTION_OUTBOUND, "192.0.2.7", A, B,
	 CAUSE_REPLY_OTHER_CIRCUIT},
	{"out, own advertisement", DIRECTION_OUTBOUND, "203.0.113.7", A, B,
	 CAUSE_REPLY_OTHER_CIRCUIT},
	{"out, nobody's", DIRECTION_OUTBOUND, "8.8.8.8", A, B,
	 CAUSE_REPLY_OTHER_CIRCUIT},
	{"out, the other's pool", DIRECTION_OUTBOUND, "198.51.100.7", A, B,
	 CAUSE_WRONG_POOL},
	{"out, advertised on both", DIRECTION_OUTBOUND, "192.0.2.200", A, B,
	 CAUSE_SHARED_POOL},
	{"out, advertised on both, the other way", DIRECTION_OUTBOUND,
	 "192.0.2.200", B, A, CAUSE_SHARED_POOL},
	{"whichever way", DIRECTION_UNKNOWN, "8.8.8.8", A, B,
	 CAUSE_REPLY_OTHER_CIRCUIT},
};

START_TEST(causes_of_asymmetry)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = CLASS_ASYMMETRIC;
	c.direction = handshakes[_i].direction;
	c.tuple[0].client = addr_of(handshakes[_i].client);
	sent_at(&x, &c, handshakes[_i].syn);
	answered_at(&x, &c, handshakes[_i].answer);
	detect_all(&x, &c);
	f = of_rule(&x, RULE_ASYMMETRIC_HANDSHAKE);
	ck_assert_ptr_nonnull(f);
	ck_assert_msg(f->cause == handshakes[_i].cause, "%s: %s",
		      handshakes[_i].what, cause_text(f->cause));
	caught_free(&x);
}
END_TEST

/* ---------------------------------------------------------- asymmetric flow */

static const struct {
	enum conn_class class;
	uint64_t there, back; /* taps */
	bool fires;
} flows[] = {
	{CLASS_MIDSTREAM, BIT(A), BIT(B), true},
	{CLASS_MIDSTREAM, BIT(A_IN), BIT(B_IN), true},
	{CLASS_MIDSTREAM, BIT(A), BIT(A_IN), false},
	{CLASS_MIDSTREAM, BIT(A), BIT(A) | BIT(B), false},
	{CLASS_MIDSTREAM, BIT(A), 0, false},
	{CLASS_MIDSTREAM, 0, BIT(B), false},
	{CLASS_MIDSTREAM, BIT(A), BIT(CORE), false},
	{CLASS_MIDSTREAM, BIT(B), BIT(C), false}, /* one domain */
	{CLASS_MIDSTREAM, BIT(B), BIT(C) | BIT(A), true},
	{CLASS_SYMMETRIC, BIT(A), BIT(B), false},
	{CLASS_OUT_OF_SCOPE, BIT(A), BIT(B), false},
};

START_TEST(asymmetric_flows)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = flows[_i].class;
	c.path_taps[0] = flows[_i].there;
	c.path_taps[1] = flows[_i].back;
	memset(&c.syn, 0, sizeof(c.syn));
	memset(&c.answer, 0, sizeof(c.answer));
	c.syn_circuits = c.answer_circuits = c.original_taps = 0;
	detect_all(&x, &c);
	f = of_rule(&x, RULE_ASYMMETRIC_FLOW);
	ck_assert(!f == !flows[_i].fires);
	ck_assert_uint_eq(x.count, f ? 1 : 0);
	if (f) {
		ck_assert_int_eq(f->severity, SEVERITY_WARNING);
		ck_assert_int_eq(f->cause, CAUSE_MIDSTREAM_ASYMMETRY);
		ck_assert_uint_eq(f->count, 9);
		ck_assert_uint_eq(f->syn_circuits,
				  BIT(0) * !!(flows[_i].there & 3) |
					  BIT(1) * !!(flows[_i].there & 12));
	}
	caught_free(&x);
}
END_TEST

/* -------------------------------------------------------------- path change */

static const struct {
	const char *what;
	enum conn_class class;
	bool moved, reset, answered;
	uint8_t dir;
	uint64_t after[2];
	int severity; /* -1: does not fire */
} changes[] = {
	{"stayed", CLASS_SYMMETRIC, false, true, true, 0, {9, 0}, -1},
	{"moved and lives",
	 CLASS_SYMMETRIC,
	 true,
	 false,
	 true,
	 0,
	 {9, 9},
	 SEVERITY_INFO},
	{"moved and reset",
	 CLASS_SYMMETRIC,
	 true,
	 true,
	 true,
	 0,
	 {9, 9},
	 SEVERITY_WARNING},
	{"moved and stalled",
	 CLASS_SYMMETRIC,
	 true,
	 false,
	 false,
	 0,
	 {3, 0},
	 SEVERITY_WARNING},
	{"moved, and hears the same again and again",
	 CLASS_SYMMETRIC,
	 true,
	 false,
	 false,
	 1,
	 {9, 3},
	 SEVERITY_WARNING},
	{"too few to stall",
	 CLASS_SYMMETRIC,
	 true,
	 false,
	 false,
	 0,
	 {2, 0},
	 SEVERITY_INFO},
	{"the server's side stalled",
	 CLASS_SYMMETRIC,
	 true,
	 false,
	 false,
	 1,
	 {0, 3},
	 SEVERITY_WARNING},
	{"the side that moved is silent",
	 CLASS_SYMMETRIC,
	 true,
	 false,
	 false,
	 1,
	 {9, 0},
	 SEVERITY_INFO},
	{"midstream",
	 CLASS_MIDSTREAM,
	 true,
	 false,
	 true,
	 0,
	 {9, 9},
	 SEVERITY_INFO},
	{"out of scope", CLASS_OUT_OF_SCOPE, true, true, false, 0, {9, 0}, -1},
	{"mixed all the time", CLASS_MIXED, true, false, true, 0, {9, 9}, -1},
};

START_TEST(path_changes)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = changes[_i].class;
	c.moved = changes[_i].moved;
	c.reset = changes[_i].reset;
	c.change = (struct path_change){
		.from = 0,
		.to = 1,
		.dir = changes[_i].dir,
		.answered = changes[_i].answered,
		.packets_after = {changes[_i].after[0], changes[_i].after[1]},
		.at = {.time = {1500}, .tap = B},
	};
	detect_all(&x, &c);
	f = of_rule(&x, RULE_PATH_CHANGE);
	ck_assert_msg(!f == (changes[_i].severity < 0), "%s", changes[_i].what);
	ck_assert_uint_eq(x.count, f ? 1 : 0);
	if (f) {
		ck_assert_msg((int)f->severity == changes[_i].severity, "%s",
			      changes[_i].what);
		ck_assert_int_eq(f->cause, CAUSE_MOVED_PATH);
		ck_assert_int_eq(f->time.ns, 1500);
		ck_assert_uint_eq(f->syn_circuits, BIT(0));
		ck_assert_uint_eq(f->answer_circuits, BIT(1));
		ck_assert_uint_eq(f->circuit, 1);
		ck_assert_uint_eq(f->tap, B);
		ck_assert_uint_eq(f->count, changes[_i].after[changes[_i].dir]);
	}
	caught_free(&x);
}
END_TEST

/* ------------------------------------------------------------------ escapes */

static const struct {
	enum escape_reason reason;
	enum phase phase;
	enum severity severity;
	enum cause cause;
	enum impact impact;
} leaks[] = {
	{ESCAPE_PRIVATE, PHASE_SYN, SEVERITY_CRITICAL, CAUSE_NO_NAT_RULE,
	 IMPACT_UNKNOWN},
	{ESCAPE_PRIVATE, PHASE_SYN_ACK, SEVERITY_CRITICAL, CAUSE_NO_NAT_RULE,
	 IMPACT_UNKNOWN},
	{ESCAPE_PRIVATE, PHASE_DATA, SEVERITY_WARNING, CAUSE_NO_NAT_RULE,
	 IMPACT_UNKNOWN},
	{ESCAPE_PRIVATE, PHASE_CLOSE, SEVERITY_WARNING, CAUSE_NO_NAT_RULE,
	 IMPACT_UNKNOWN},
	{ESCAPE_WRONG_POOL, PHASE_SYN, SEVERITY_CRITICAL, CAUSE_WRONG_POOL,
	 IMPACT_UNKNOWN},
	{ESCAPE_WRONG_POOL, PHASE_CLOSE, SEVERITY_CRITICAL, CAUSE_WRONG_POOL,
	 IMPACT_UNKNOWN},
	{ESCAPE_UNKNOWN, PHASE_SYN, SEVERITY_WARNING, CAUSE_UNDECLARED_SOURCE,
	 IMPACT_UNKNOWN},
	{ESCAPE_UNKNOWN, PHASE_CLOSE, SEVERITY_WARNING, CAUSE_UNDECLARED_SOURCE,
	 IMPACT_UNKNOWN},
	{ESCAPE_PRIVATE, PHASE_SYN, SEVERITY_CRITICAL, CAUSE_NAT_FARTHER_OUT,
	 IMPACT_WORKING},
	{ESCAPE_PRIVATE, PHASE_SYN_ACK, SEVERITY_CRITICAL,
	 CAUSE_NAT_FARTHER_OUT, IMPACT_WORKING},
	{ESCAPE_PRIVATE, PHASE_CLOSE, SEVERITY_WARNING, CAUSE_NO_NAT_RULE,
	 IMPACT_WORKING},
	{ESCAPE_PRIVATE, PHASE_SYN, SEVERITY_CRITICAL, CAUSE_NO_NAT_RULE,
	 IMPACT_BROKEN},
	{ESCAPE_WRONG_POOL, PHASE_SYN, SEVERITY_CRITICAL, CAUSE_WRONG_POOL,
	 IMPACT_WORKING},
};

static struct escape leak(unsigned i, const char *address)
{
	return (struct escape){
		.reason = leaks[i].reason,
		.phase = leaks[i].phase,
		.circuit = 1,
		.owner =
			leaks[i].reason == ESCAPE_WRONG_POOL ? 0 : CIRCUIT_NONE,
		.address = addr_of(address),
		.count = 1000,
		.first = {.time = {1234}, .tap = B, .number = 77},
	};
}

START_TEST(snat_escapes)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.escapes = 1;
	c.impact = leaks[_i].impact;
	c.escape[0] = leak((unsigned)_i, "10.0.0.5");
	detect_all(&x, &c);
	ck_assert_uint_eq(x.count, 1);
	f = of_rule(&x, RULE_SNAT_ESCAPE);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->severity, leaks[_i].severity);
	ck_assert_int_eq(f->cause, leaks[_i].cause);
	ck_assert_int_eq(f->reason, leaks[_i].reason);
	ck_assert_int_eq(f->phase, leaks[_i].phase);
	ck_assert_int_eq(f->time.ns, 1234);
	ck_assert_uint_eq(f->circuit, 1);
	ck_assert_uint_eq(f->owner, c.escape[0].owner);
	ck_assert_uint_eq(f->count, 1000);
	ck_assert_uint_eq(f->tap, B);
	ck_assert_int_eq(addr_cmp(&f->escaped, &c.escape[0].address), 0);
	ck_assert_uint_eq(f->syn.at[0].number, 1);
	caught_free(&x);
}
END_TEST

START_TEST(two_escapes)
{
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = CLASS_UNANSWERED;
	c.escapes = 2;
	c.escape[0] = leak(0, "10.0.0.5");
	c.escape[1] = leak(4, "192.0.2.7");
	memset(&c.syn, 0, sizeof(c.syn));
	memset(&c.answer, 0, sizeof(c.answer));
	detect_all(&x, &c);
	ck_assert_uint_eq(x.count, 3);
	ck_assert_int_eq(x.f[0].reason, ESCAPE_PRIVATE);
	ck_assert_int_eq(x.f[1].reason, ESCAPE_WRONG_POOL);
	ck_assert_uint_eq(x.f[1].owner, 0);
	/* Without a handshake, the packet that escaped is shown. */
	ck_assert_uint_eq(x.f[0].syn.kept, 1);
	ck_assert_uint_eq(x.f[0].syn.at[0].number, 77);
	/* And the SYN that nobody answers is no accident. */
	ck_assert_int_eq(x.f[2].rule, RULE_UNANSWERED);
	ck_assert_int_eq(x.f[2].severity, SEVERITY_WARNING);
	ck_assert_int_eq(x.f[2].cause, CAUSE_SOURCE_NOT_ACCEPTED);
	caught_free(&x);
}
END_TEST

/* ------------------------------------------------------ inbound source NAT */

static const struct {
	const char *what;
	enum conn_class class;
	enum direction direction;
	uint8_t tap; /* where the SYN shows up, too */
	uint16_t service;
	bool original; /* with its own source there */
	int severity;  /* -1: does not fire */
} arrivals[] = {
	{"planned", CLASS_UNANSWERED, DIRECTION_INBOUND, A_IN, SMTP_IN, true,
	 SEVERITY_CRITICAL},
	{"planned, but the routes hold", CLASS_SYMMETRIC, DIRECTION_INBOUND,
	 A_IN, SMTP_IN, true, SEVERITY_INFO},
	{"translated", CLASS_SYMMETRIC, DIRECTION_INBOUND, A_IN, SMTP_IN, false,
	 -1},
	{"planned for another circuit", CLASS_SYMMETRIC, DIRECTION_INBOUND,
	 B_IN, SMTP_IN, true, -1},
	{"no plan, no harm", CLASS_SYMMETRIC, DIRECTION_INBOUND, A_IN, WEB_IN,
	 true, -1},
	{"no plan, and the reply went elsewhere", CLASS_ASYMMETRIC,
	 DIRECTION_INBOUND, A_IN, WEB_IN, true, SEVERITY_CRITICAL},
	{"no service, and the reply went elsewhere", CLASS_ASYMMETRIC,
	 DIRECTION_INBOUND, A_IN, SERVICE_NONE, true, SEVERITY_CRITICAL},
	{"at the core, and the reply went elsewhere", CLASS_ASYMMETRIC,
	 DIRECTION_INBOUND, CORE, WEB_IN, true, SEVERITY_CRITICAL},
	{"outside", CLASS_ASYMMETRIC, DIRECTION_INBOUND, B, SMTP_IN, true, -1},
	{"outbound", CLASS_ASYMMETRIC, DIRECTION_OUTBOUND, A_IN, SMTP_IN, true,
	 -1},
	{"out of scope", CLASS_OUT_OF_SCOPE, DIRECTION_INBOUND, A_IN, SMTP_IN,
	 true, -1},
};

START_TEST(inbound_snat)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = arrivals[_i].class;
	c.direction = arrivals[_i].direction;
	c.service = arrivals[_i].service;
	see(&c.syn, arrivals[_i].tap, 1003);
	if (arrivals[_i].original)
		c.original_taps |= BIT(arrivals[_i].tap);
	detect_all(&x, &c);
	f = of_rule(&x, RULE_INBOUND_SNAT_MISSING);
	ck_assert_msg(!f == (arrivals[_i].severity < 0), "%s",
		      arrivals[_i].what);
	if (f) {
		ck_assert_msg((int)f->severity == arrivals[_i].severity, "%s",
			      arrivals[_i].what);
		ck_assert_int_eq(f->cause, CAUSE_INBOUND_SNAT_MISSING);
		ck_assert_uint_eq(f->tap, arrivals[_i].tap);
		ck_assert_uint_eq(f->circuit,
				  topo_tap_circuit(x.topo, arrivals[_i].tap));
		ck_assert_int_eq(f->time.ns, 1003 * NSEC_PER_MSEC);
		ck_assert_int_eq(addr_cmp(&f->escaped, &c.tuple[0].client), 0);
	}
	caught_free(&x);
}
END_TEST

/* Without remote nobody knows which sources are original. */
START_TEST(inbound_snat_needs_remote)
{
	struct connection c;
	struct caught x;

	caught_begin(&x, no_remote);
	c = sound(&x);
	c.class = CLASS_ASYMMETRIC;
	see(&c.syn, A_IN, 1003);
	c.original_taps = BIT(A_IN);
	detect_all(&x, &c);
	ck_assert_ptr_null(of_rule(&x, RULE_INBOUND_SNAT_MISSING));
	ck_assert_ptr_nonnull(of_rule(&x, RULE_ASYMMETRIC_HANDSHAKE));
	caught_free(&x);
}
END_TEST

/* ----------------------------------------------------------------- off plan */

static const struct {
	enum conn_class class;
	uint16_t service;
	uint64_t circuits;
	uint8_t wrong; /* CIRCUIT_NONE: does not fire */
} planned[] = {
	{CLASS_SYMMETRIC, SMTP_IN, BIT(0), CIRCUIT_NONE},
	{CLASS_SYMMETRIC, SMTP_IN, BIT(1), 1},
	{CLASS_REROUTED, SMTP_IN, BIT(0) | BIT(2), 2},
	{CLASS_SYMMETRIC, WEB_IN, BIT(2), CIRCUIT_NONE}, /* any */
	{CLASS_SYMMETRIC, WEB_OUT, BIT(2), CIRCUIT_NONE},
	{CLASS_SYMMETRIC, WEB_OUT, BIT(0), 0},
	{CLASS_SYMMETRIC, SERVICE_NONE, BIT(0), CIRCUIT_NONE},
	{CLASS_OUT_OF_SCOPE, SMTP_IN, BIT(1), CIRCUIT_NONE},
	{CLASS_MIDSTREAM, SMTP_IN, 0, CIRCUIT_NONE},
};

START_TEST(off_plan)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = planned[_i].class;
	c.service = planned[_i].service;
	c.syn_circuits = planned[_i].circuits;
	detect_all(&x, &c);
	f = of_rule(&x, RULE_OFF_PLAN);
	ck_assert(!f == (planned[_i].wrong == CIRCUIT_NONE));
	if (f) {
		ck_assert_int_eq(f->severity, SEVERITY_WARNING);
		ck_assert_int_eq(f->cause, CAUSE_OFF_PLAN);
		ck_assert_uint_eq(f->circuit, planned[_i].wrong);
	}
	caught_free(&x);
}
END_TEST

static const struct {
	const char *client, *server; /* inside */
	uint16_t service;
	enum cause cause; /* CAUSE_NONE: does not fire */
	const char *wrong;
} translations[] = {
	{"192.168.5.5", "192.168.5.10", SMTP_IN, CAUSE_NONE, NULL},
	{"192.168.5.6", "192.168.5.10", SMTP_IN, CAUSE_OTHER_SNAT,
	 "192.168.5.6"},
	{"192.168.5.5", "192.168.5.11", SMTP_IN, CAUSE_OTHER_SERVER,
	 "192.168.5.11"},
	{"192.168.5.6", "192.168.5.11", WEB_IN, CAUSE_NONE, NULL},
	{"192.168.5.6", "192.168.5.11", SERVICE_NONE, CAUSE_NONE, NULL},
};

START_TEST(nat_off_plan)
{
	const struct finding *f;
	struct connection c;
	struct caught x;
	struct addr wrong;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.direction = DIRECTION_INBOUND;
	c.service = translations[_i].service;
	c.syn.taps = BIT(A) | BIT(A_IN);
	c.tuple[0].client = addr_of("40.96.0.10");
	c.tuple[0].server = addr_of("203.0.113.25");
	c.tuple[1] = c.tuple[0];
	c.tuple[1].client = addr_of(translations[_i].client);
	c.tuple[1].server = addr_of(translations[_i].server);
	c.tuples = 2;
	detect_all(&x, &c);
	f = of_rule(&x, RULE_NAT_OFF_PLAN);
	ck_assert(!f == (translations[_i].cause == CAUSE_NONE));
	if (f) {
		wrong = addr_of(translations[_i].wrong);
		ck_assert_int_eq(f->severity, SEVERITY_WARNING);
		ck_assert_int_eq(f->cause, translations[_i].cause);
		ck_assert_int_eq(addr_cmp(&f->escaped, &wrong), 0);
	}
	caught_free(&x);
}
END_TEST

/* Who dropped the SYN may have said so. */
static const struct {
	uint8_t kinds[2];
	bool of_server;
	bool escaped;
	enum cause cause;
} icmp_rows[] = {
	{{ICMP_ADMIN_PROHIBITED}, false, false, CAUSE_FILTERED},
	{{ICMP_PORT_UNREACHABLE}, false, false, CAUSE_FILTERED},
	{{ICMP_NET_UNREACHABLE}, false, false, CAUSE_NOT_ROUTED},
	{{ICMP_HOST_UNREACHABLE}, false, false, CAUSE_NOT_ROUTED},
	{{ICMP_TIME_EXCEEDED}, false, false, CAUSE_ROUTING_LOOP},
	{{ICMP_FRAG_NEEDED}, false, false, CAUSE_PATH_MTU},
	{{ICMP_OTHER}, false, false, CAUSE_NO_ANSWER},
	{{ICMP_OTHER, ICMP_HOST_UNREACHABLE}, false, false, CAUSE_NOT_ROUTED},
	{{ICMP_FRAG_NEEDED, ICMP_ADMIN_PROHIBITED},
	 false,
	 false,
	 CAUSE_FILTERED},
	{{ICMP_ADMIN_PROHIBITED}, true, false, CAUSE_NO_ANSWER},
	{{ICMP_ADMIN_PROHIBITED}, false, true, CAUSE_SOURCE_NOT_ACCEPTED},
};

START_TEST(unanswered_and_icmp)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = CLASS_UNANSWERED;
	sent_at(&x, &c, C);
	c.escapes = icmp_rows[_i].escaped;
	c.icmp.kept = icmp_rows[_i].kinds[1] ? 2 : 1;
	for (unsigned i = 0; i < c.icmp.kept; i++) {
		c.icmp.at[i].kind = icmp_rows[_i].kinds[i];
		c.icmp.at[i].of_server = icmp_rows[_i].of_server;
	}
	detect_all(&x, &c);
	f = of_rule(&x, RULE_UNANSWERED);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->cause, icmp_rows[_i].cause);
	ck_assert_uint_eq(f->icmp.kept, c.icmp.kept);
	ck_assert_uint_eq(f->icmp.at[0].kind, c.icmp.at[0].kind);
	caught_free(&x);
}
END_TEST

START_TEST(unanswered_and_orphans)
{
	const struct finding *f;
	struct connection c;
	struct caught x;

	caught_begin(&x, site_text);
	c = sound(&x);
	c.class = CLASS_UNANSWERED;
	sent_at(&x, &c, C);
	detect_all(&x, &c);
	f = of_rule(&x, RULE_UNANSWERED);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->cause, CAUSE_NO_ANSWER);
	ck_assert_uint_eq(f->circuit, 2);

	c = sound(&x);
	c.class = CLASS_ORPHAN_SYN_ACK;
	answered_at(&x, &c, B);
	detect_all(&x, &c);
	f = of_rule(&x, RULE_ORPHAN_SYN_ACK);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->cause, CAUSE_UNTAPPED_REQUEST);
	ck_assert_uint_eq(f->circuit, 1);

	answered_at(&x, &c, CORE);
	detect_all(&x, &c);
	f = of_rule(&x, RULE_ORPHAN_SYN_ACK);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->circuit, CIRCUIT_NONE);
	caught_free(&x);
}
END_TEST

/* Every cause has a text and a remedy, each its own. */
START_TEST(texts_of_causes)
{
	for (unsigned i = CAUSE_NONE + 1; i < CAUSES; i++) {
		ck_assert_ptr_nonnull(cause_log_hint((enum cause)i));
		ck_assert_uint_gt(strlen(cause_text((enum cause)i)), 20);
		ck_assert_uint_gt(strlen(cause_remedy((enum cause)i)), 20);
		for (unsigned k = CAUSE_NONE; k < i; k++)
			ck_assert_str_ne(cause_text((enum cause)i),
					 cause_text((enum cause)k));
	}
	ck_assert_str_eq(cause_text(CAUSE_NONE), "");
	ck_assert_str_eq(cause_remedy(CAUSE_NONE), "");
	ck_assert_str_eq(cause_log_hint(CAUSE_NONE), "");
}
END_TEST

/* -------------------------------------------------------------------- taps */

#include "detect_taps.h"

static Suite *detect_suite(void)
{
	Suite *suite = suite_create("detect");
	TCase *rules = tcase_create("rules");

	tcase_add_loop_test(rules, classes, 0, ARRAY_SIZE(by_class));
	tcase_add_test(rules, common_part);
	tcase_add_loop_test(rules, causes_of_asymmetry, 0,
			    ARRAY_SIZE(handshakes));
	tcase_add_loop_test(rules, asymmetric_flows, 0, ARRAY_SIZE(flows));
	tcase_add_loop_test(rules, path_changes, 0, ARRAY_SIZE(changes));
	tcase_add_loop_test(rules, snat_escapes, 0, ARRAY_SIZE(leaks));
	tcase_add_test(rules, two_escapes);
	tcase_add_loop_test(rules, inbound_snat, 0, ARRAY_SIZE(arrivals));
	tcase_add_test(rules, inbound_snat_needs_remote);
	tcase_add_loop_test(rules, off_plan, 0, ARRAY_SIZE(planned));
	tcase_add_loop_test(rules, nat_off_plan, 0, ARRAY_SIZE(translations));
	tcase_add_test(rules, unanswered_and_orphans);
	tcase_add_loop_test(rules, unanswered_and_icmp, 0,
			    (int)ARRAY_SIZE(icmp_rows));
	tcase_add_test(rules, texts_of_causes);
	suite_add_tcase(suite, rules);
	suite_add_tcase(suite, taps_case());
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(detect_suite());
	int failures;

	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
