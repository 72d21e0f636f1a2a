/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_flow: any bytes as segments through a small flow table
 *
 * Four bytes are a segment, out of few addresses, ports, sequence numbers and
 * taps, so that they meet: in attempts on one tuple, in translations of one
 * connection, at the cap.  Batches must give what single segments give, and
 * short cuts what the long way gives.
 */
#include <asymcap/flow.h>

#include <stdlib.h>
#include <string.h>

#include "../../src/flow/flow.h"
#include "replay.h"
#include "slab_items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FLOWS    16
#define MAX_SEGMENTS 1024
#define TAPS	     4

static const char site_text[] =
	"remote: [40.96.0.0/13]\n"
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    nat-pools: [192.0.2.0/24]\n"
	"    taps:\n"
	"      - {name: a, vlan: [1]}\n"
	"      - {name: a-in, side: inside, vlan: [2]}\n"
	"  b:\n"
	"    kind: expressroute\n"
	"    nat-pools: [198.51.100.0/24]\n"
	"    taps: [{name: b, vlan: [3]}]\n"
	"taps: [{name: core, side: inside, vlan: [4]}]\n"
	"services:\n"
	"  - {name: in, direction: inbound, ports: [25], circuits: [a]}\n";

static const char *const addresses[] = {
	"40.96.0.10",	 "192.0.2.7",	"10.0.0.5", "198.51.100.7",
	"2603:1006::10", "2001:db8::7", "fd00::5",  "8.8.8.8",
};

/* Time goes on by ns; now and then back, or to where no time is. */
static int64_t step(unsigned which)
{
	static const int64_t steps[] = {
		0,
		1 * NSEC_PER_MSEC,
		20 * NSEC_PER_MSEC,
		90 * NSEC_PER_MSEC,
		110 * NSEC_PER_MSEC,
		500 * NSEC_PER_MSEC,
		NSEC_PER_SEC,
		2 * NSEC_PER_SEC,
		26 * NSEC_PER_SEC,
		75 * NSEC_PER_SEC,
		200 * NSEC_PER_SEC,
		599 * NSEC_PER_SEC,
		3700 * NSEC_PER_SEC,
		-50 * NSEC_PER_MSEC,
		-5 * NSEC_PER_SEC,
		-7200 * NSEC_PER_SEC,
	};

	return steps[which % ARRAY_SIZE(steps)];
}

static struct segment segment_of(const uint8_t b[4], int64_t *now)
{
	static const uint16_t flags[] = {
		TCP_SYN, TCP_SYN,	    TCP_SYN | TCP_ACK,
		TCP_ACK, TCP_ACK | TCP_FIN, TCP_RST | TCP_ACK,
		TCP_RST, TCP_SYN | TCP_RST,
	};
	static const uint32_t isns[] = {1000, 0xfffffffe, 1000, 500000000};
	struct segment s = {.wire_len = 60, .wscale = DECODE_NO_WSCALE};
	unsigned back = b[0] >> 7;

	*now += step(b[3] & 15);
	if (*now < 0)
		*now = 0;
	s.time.ns = *now;
	/* A damaged time touches this packet alone. */
	if (b[3] == 0xff)
		s.time.ns = (b[2] & 1) ? 0 : FRAME_TIME_MAX;
	expect(addr_parse(addresses[b[1] & 7], &s.src));
	expect(addr_parse(addresses[b[1] >> 3 & 7], &s.dst));
	s.sport = b[1] & 0x40 ? 25 : 40000;
	s.dport = b[1] & 0x80 ? 25 : 40000;
	s.flags = flags[b[0] & 7];
	s.seq = isns[b[2] & 3] + (b[2] >> 2 & 3);
	s.ack = isns[b[2] >> 4 & 3] + (b[2] >> 6 & 3);
	s.payload = b[0] & 8 ? 2 : 0;
	s.has_timestamps = b[0] & 16;
	s.ts_val = 7;
	s.interface = (uint16_t)(b[0] >> 5 & 3);
	if (s.interface == 3 && back)
		s.interface = 9; /* unmapped */
	s.has_mac = b[0] & 16;
	s.window = 100;
	/* An ICMP error, in place of what no stack sends. */
	if (s.flags == (TCP_SYN | TCP_RST) && (b[0] & 8)) {
		s.flags = SEGMENT_QUOTED;
		s.icmp = (uint16_t)(b[2] % ICMP_KINDS);
		s.mtu = b[3];
		s.router = s.dst;
	}
	return s;
}

/* What the sink has seen. */
struct seen {
	const struct site *site;
	uint64_t connections;
	uint64_t packets;
	uint64_t icmp;
	uint64_t digest; /* of what was said of all, in any order */
	struct flow_counters counters;
};

static uint64_t mix(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * 0x9e3779b97f4a7c15u ^ digest >> 29;
}

static uint64_t digest_of(const struct connection *c)
{
	uint64_t d = mix(c->class, c->impact);

	d = mix(d, c->isn);
	d = mix(d, (uint64_t)c->first.ns);
	d = mix(d, (uint64_t)c->ended.ns);
	d = mix(d, (uint64_t)c->rtt);
	for (unsigned i = 0; i < 2; i++) {
		d = mix(d, c->packets[i]);
		d = mix(d, c->path_taps[i]);
		d = mix(d, c->moved ? c->change.packets_after[i] : 0);
	}
	d = mix(d, c->syn.count);
	d = mix(d, c->answer.count);
	d = mix(d, c->escapes);
	d = mix(d, (uint64_t)c->reset | (uint64_t)c->closed << 1 |
			   (uint64_t)c->completed << 2 |
			   (uint64_t)c->evicted << 3 | (uint64_t)c->moved << 4);
	return d;
}

static void check_sightings(const struct sightings *g)
{
	expect(g->kept <= FINDING_SIGHTINGS && g->kept <= g->count);
	expect(!g->count == !g->taps);
	for (unsigned i = 0; i < g->kept; i++) {
		expect(g->taps >> g->at[i].tap & 1);
		expect(!i || g->at[i].time.ns >= g->at[i - 1].time.ns);
	}
}

static void check_icmp(const struct icmp_errors *g)
{
	expect(g->kept <= FINDING_ICMP && (g->kept || !g->more));
	for (unsigned i = 0; i < g->kept; i++) {
		expect(g->at[i].count > 0 && g->at[i].kind < ICMP_KINDS);
		expect(g->at[i].at.tap < TAPS);
		expect(!i || g->at[i].at.time.ns >= g->at[i - 1].at.time.ns);
	}
}

static void check_value(const struct seen *x, const struct connection *c)
{
	expect(c->class < CLASSES && c->impact <= IMPACT_BROKEN);
	expect(c->tuples >= 1 && c->tuples <= FINDING_TUPLES);
	expect(c->packets[0] + c->packets[1] > 0);
	expect(c->first.ns <= c->ended.ns);
	expect(c->rtt >= -1);
	expect(c->escapes <= CONNECTION_ESCAPES);
	for (unsigned i = 0; i < c->escapes; i++) {
		expect(c->escape[i].count > 0);
		expect(c->escape[i].circuit < x->site->circuits);
	}
	expect(c->service == SERVICE_NONE || c->service < x->site->services);
	expect(c->dropped_at == CIRCUIT_NONE ||
	       c->dropped_at < x->site->circuits);
	check_sightings(&c->syn);
	check_sightings(&c->answer);
	check_icmp(&c->icmp);
	if (c->class == CLASS_ASYMMETRIC)
		expect(c->syn_circuits && c->answer_circuits &&
		       !(c->syn_circuits & c->answer_circuits));
	if (c->class == CLASS_UNANSWERED)
		expect(c->syn.count && (c->told || !c->answer.count));
}

static void check_connection(void *arg, const struct connection *c)
{
	struct seen *x = arg;

	check_value(x, c);
	expect(c->decided);
	for (unsigned i = 0; i < c->icmp.kept; i++)
		x->icmp += c->icmp.at[i].count;
	x->icmp += c->icmp.more;
	x->digest += digest_of(c);
	x->connections++;
	x->packets += c->packets[0] + c->packets[1];
}

static uint32_t check_notice(void *arg, const struct connection *c)
{
	check_value(arg, c);
	return (c->decided ? 1 : 2) | 3u << NOTICE_ESCAPES;
}

static void play(const struct topo *topo, const struct segment *s, size_t count,
		 size_t batch, unsigned how, struct seen *x)
{
	const bool all = how & 1;
	const struct flow_sink sink = {
		.connection = check_connection,
		.notice = how & 8 ? check_notice : NULL,
		.arg = x,
		.all = all,
	};
	struct flow_table *t = flow_table_new(topo, MAX_FLOWS, &sink);
	uint64_t total = 0, known;

	if (batch == 1)
		flow_table_no_short_cut(t);
	for (size_t i = 0; i < count; i += batch) {
		size_t n = count - i < batch ? count - i : batch;

		flow_table_take(t, s + i, n);
		expect(flow_table_counters(t)->flows <= MAX_FLOWS);
	}
	flow_table_finish(t, (struct timestamp){0});
	x->counters = *flow_table_counters(t);
	expect(x->counters.flows == 0);
	expect(x->counters.flows_peak <= MAX_FLOWS);
	for (unsigned i = 0; i < CLASSES; i++)
		total += x->counters.connections[i];
	known = x->packets + x->counters.unmapped + x->counters.late +
		x->counters.icmp_matched + x->counters.icmp_unmatched +
		x->counters.icmp_implausible;
	expect(all ? x->icmp == x->counters.icmp_matched
		   : x->icmp <= x->counters.icmp_matched);
	expect(all ? known == count : known <= count);
	expect(!all || x->connections == total);
	flow_table_free(t);
}

/* With a catalogue no connection is sound at a glance; so there are two. */
static struct topo *make_topo(bool services)
{
	const char *end = strstr(site_text, "services:");
	struct str errors = {0};
	struct site *site;
	struct topo *topo;

	site = site_parse("fuzz", site_text,
			  services ? strlen(site_text)
				   : (size_t)(end - site_text),
			  &errors);
	expect(site);
	topo = topo_new(site);
	for (unsigned i = 0; i < TAPS; i++)
		topo_bind(topo, i, NULL, NULL, (int)i);
	return topo;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct segment s[MAX_SEGMENTS];
	static struct topo *topos[2];
	struct topo *topo;
	struct seen batched = {0}, single = {0};
	int64_t now = 3600 * NSEC_PER_SEC;
	size_t n = 0;

	for (unsigned i = 0; i < 2; i++) {
		if (!topos[i])
			topos[i] = make_topo(i);
	}
	if (!size)
		return 0;
	topo = topos[!(data[0] & 4)];
	for (size_t i = 1; i + 4 <= size && n < MAX_SEGMENTS; i += 4) {
		s[n] = segment_of(data + i, &now);
		s[n].number = n + 1;
		n++;
	}
	batched.site = single.site = topo_site(topo);
	play(topo, s, n, CAPTURE_BATCH, data[0], &batched);
	if (!(data[0] & 2))
		return 0;
	play(topo, s, n, 1, data[0], &single);
	expect(batched.connections == single.connections);
	expect(batched.digest == single.digest);
	/* What leaves some segments later takes memory a little longer. */
	expect(!memcmp(&batched.counters, &single.counters,
		       offsetof(struct flow_counters, flows_peak)));
	return 0;
}
