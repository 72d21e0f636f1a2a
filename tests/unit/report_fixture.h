/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A report over a small site, and the values that the tests fill it with
 */
#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H

#include <asymcap/report.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define JSON_ENV "ASYMCAP_TEST_JSON"
#define START	 1795374078440978000LL /* 2026-11-22T19:01:18Z */

static const char site_text[] =
	"site: contoso-nj\n"
	"remote: [40.96.0.0/13, 2603:1006::/32]\n"
	"own: [203.0.113.0/24]\n"
	"circuits:\n"
	"  internet:\n"
	"    kind: internet\n"
	"    nat-pools: [192.0.2.0/24]\n"
	"    taps:\n"
	"      - {name: edge, interface: ens1f0}\n"
	"  er-chicago:\n"
	"    kind: expressroute\n"
	"    nat-pools: [198.51.100.0/24]\n"
	"    taps:\n"
	"      - {name: chi-pri, link: primary, interface: ens2f0}\n"
	"      - {name: chi-inside, side: inside, interface: ens3f0}\n"
	"services:\n"
	"  - name: smtp-inbound\n"
	"    direction: inbound\n"
	"    local: [203.0.113.25/32]\n"
	"    ports: [25]\n"
	"    circuits: [internet]\n";

enum { INTERNET, CHICAGO };
enum { EDGE, CHI_PRI, CHI_INSIDE };

static struct site *site;
static struct topo *topo;
static struct report *report;
static struct flow_counters counters;
static struct report_totals totals;
static struct report_options options;

static const char *test_cause(uint16_t cause)
{
	return cause ? "The answer took the shorter way." : "";
}

static const char *test_remedy(uint16_t cause)
{
	return cause ? "Give each edge a pool of its own, and translate the "
		       "source of what comes in there."
		     : "";
}

static const char *test_hint(uint16_t cause)
{
	return cause == 1 ? "\"no session matched\"" : "";
}

static const struct report_texts texts = {
	.cause = test_cause,
	.remedy = test_remedy,
	.log_hint = test_hint,
};

static void set_up(void)
{
	struct str errors = {0};

	site = site_parse("test.yaml", site_text, strlen(site_text), &errors);
	ck_assert_msg(site != NULL, "%s", errors.s ? errors.s : "");
	str_free(&errors);
	topo = topo_new(site);
	options = (struct report_options){.format = REPORT_TEXT};
	counters = (struct flow_counters){0};
	counters.connections[CLASS_SYMMETRIC] = 10;
	totals = (struct report_totals){
		.packets = 100,
		.bytes = 6400,
		.tcp_packets = 90,
		.first = {START},
		.last = {START + NSEC_PER_SEC},
		.flow = &counters,
		.judged = true,
	};
}

static void tear_down(void)
{
	report_free(report);
	report = NULL;
	topo_free(topo);
	site_free(site);
}

static void begin(enum report_format format)
{
	report_free(report);
	options.format = format;
	report = report_new(topo, NULL, &texts, &options);
}

static void keep_json(const char *text)
{
	const char *path = getenv(JSON_ENV);
	FILE *f =
		path && options.format == REPORT_JSON ? fopen(path, "a") : NULL;

	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

/* What the report writes; to be freed. */
static char *written(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	ck_assert(report_write(report, &totals, f));
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_uint_eq(strlen(text), size);
	keep_json(text);
	return text;
}

/* What report_say() writes; to be freed. */
static char *told(struct report_doubt *doubt)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	ck_assert(report_say(report, doubt, f));
	ck_assert_int_eq(fclose(f), 0);
	keep_json(text);
	return text;
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no \"%s\" in:\n%s", what,
		      text);
}

static void has_not(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) == NULL, "\"%s\" in:\n%s", what, text);
}

static struct tuple tuple(const char *client, uint16_t client_port,
			  const char *server, uint16_t server_port)
{
	struct tuple t = {
		.client_port = client_port,
		.server_port = server_port,
	};

	ck_assert(addr_parse(client, &t.client));
	ck_assert(addr_parse(server, &t.server));
	return t;
}

static struct sightings seen_at(uint8_t tap, uint64_t packet)
{
	struct sightings g = {
		.taps = 1ULL << tap,
		.count = 1,
		.kept = 1,
	};

	g.at[0] = (struct sighting){
		.time = {START},
		.number = packet,
		.tap = tap,
		.has_mac = true,
		.ttl = 57,
		.src_mac = {0, 0x11, 0x22, 0x33, 0x44, 0x55},
		.dst_mac = {2, 0, 0, 0, 0, 1},
	};
	return g;
}

static struct finding about_connection(enum rule rule, enum severity severity)
{
	struct finding f = {
		.time = {START},
		.last = {START},
		.rule = rule,
		.severity = severity,
		.impact = IMPACT_UNKNOWN,
		.class = CLASS_ASYMMETRIC,
		.direction = DIRECTION_INBOUND,
		.service = SERVICE_NONE,
		.has_tuple = true,
		.tuples = 1,
		.isn = 2196731898,
		.dropped_at = CIRCUIT_NONE,
		.circuit = CIRCUIT_NONE,
		.owner = CIRCUIT_NONE,
		.count = 1,
		.tap = TAP_NONE,
		.other_tap = TAP_NONE,
		.cause = 1,
	};

	f.tuple[0] = tuple("40.96.0.10", 36295, "203.0.113.25", 25);
	f.syn = seen_at(EDGE, 12);
	f.syn_circuits = 1ULL << INTERNET;
	return f;
}

static struct finding about_tap(enum rule rule)
{
	struct finding f = {
		.time = {START},
		.last = {START},
		.rule = rule,
		.severity = SEVERITY_WARNING,
		.service = SERVICE_NONE,
		.dropped_at = CIRCUIT_NONE,
		.circuit = CIRCUIT_NONE,
		.owner = CIRCUIT_NONE,
		.count = 1,
		.tap = EDGE,
		.other_tap = TAP_NONE,
		.cause = 2,
	};

	return f;
}

static struct finding asymmetric(void)
{
	struct finding f =
		about_connection(RULE_ASYMMETRIC_HANDSHAKE, SEVERITY_CRITICAL);

	f.impact = IMPACT_BROKEN;
	f.service = 0;
	f.syn_ack = seen_at(CHI_PRI, 13);
	f.answer_circuits = 1ULL << CHICAGO;
	f.answer = f.tuple[0];
	f.dropped_at = CHICAGO;
	return f;
}

static const struct flow_tap edge_seen = {
	.segments = 40,
	.bytes = 2400,
	.syns = 10,
	.syn_acks = 1,
	.to_remote = 40,
	.first = {START},
	.last = {START + 5},
};

static void add_edge(void)
{
	struct report_tap t = {
		.tap = EDGE,
		.seen = &edge_seen,
		.drops = 7,
		.drops_known = true,
	};

	t.undecoded[DECODE_ARP] = 2;
	t.undecoded[DECODE_CUT] = 1;
	report_tap(report, &t);
}

#endif /* REPORT_FIXTURE_H */
