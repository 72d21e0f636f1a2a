/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_read: any bytes as captures, down the whole road to both reports
 *
 * Input: up to four captures with "\n--\n" between them: outside and inside
 * of one circuit, outside and inside of another.  What has VLAN tag 7 is on a
 * tap of the site's own.  The names of files are hostile, too.  With an odd
 * number of bytes every connection is handed up, as with --flows; half of all
 * sizes have a site without services.
 */
#include <asymcap/capture.h>
#include <asymcap/decode.h>
#include <asymcap/detect.h>
#include <asymcap/flow.h>
#include <asymcap/report.h>
#include <asymcap/site.h>
#include <asymcap/topo.h>

#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "slab_items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FLOWS    64
#define MAX_FINDINGS 256
#define MAX_PARTS    4
#define MAX_BINDINGS 128 /* interfaces that are bound; others are unmapped */

/* A finding or a connection takes a few hundred bytes; with all sightings of
 * all kinds and the longest texts, this many at most.
 */
#define LINE_MAX_BYTES 16384

static const char site_text[] =
	"site: fuzz\n"
	"remote: [40.96.0.0/13, 2603:1006::/32]\n"
	"own: [203.0.113.0/24]\n"
	"circuits:\n"
	"  internet:\n"
	"    kind: internet\n"
	"    nat-pools: [192.0.2.0/24]\n"
	"    advertised: [203.0.113.0/24]\n"
	"    taps:\n"
	"      - {name: net, file: part0}\n"
	"      - {name: net-in, side: inside, file: part1}\n"
	"  er:\n"
	"    kind: expressroute\n"
	"    nat-pools: [198.51.100.0/24, \"2001:db8::/32\"]\n"
	"    taps:\n"
	"      - {name: er, file: part2}\n"
	"      - {name: er-in, side: inside, file: part3}\n"
	"taps: [{name: core, side: inside, vlan: [7], file: \"part*\"}]\n"
	"services:\n"
	"  - name: smtp-inbound\n"
	"    direction: inbound\n"
	"    local: [203.0.113.25/32]\n"
	"    ports: [25, 443]\n"
	"    circuits: [internet]\n"
	"    inbound-snat: {internet: 192.168.5.5/32}\n";

static const char *const paths[MAX_PARTS] = {
	"part0",
	"part1",
	"part2",
	"part3",
};

/* What the capture calls them: all that a terminal or JSON could trip over. */
static const char *const names[MAX_PARTS] = {
	"net\033]0;title\a\033[2J.pcap",
	"\"},{\"event_type\":\"summary\"\n",
	"\xff\xc0\x80\xed\xa0\x80\x7f\xc2\x9bJ\\u0000\\",
	"plain.pcap",
};

/* One run from bytes to reports. */
struct road {
	struct site *site;
	struct topo *topo;
	struct capture *capture;
	struct flow_table *flows;
	struct report *report[REPORT_JSON + 1];
	struct report_totals totals;
	struct flow_counters counters;
	struct report_doubt doubt;
	uint64_t findings;
	uint64_t connections;
	bool bound[CAPTURE_MAX_INTERFACES];
};

/* ------------------------------------------------------------- captures */

static const uint8_t *part_end(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *at = memmem(p, (size_t)(end - p), "\n--\n", 4);

	return at ? at : end;
}

static void add_parts(struct road *r, const uint8_t *data, size_t size)
{
	const uint8_t *p = data, *end = data + size, *next;
	uint32_t input;

	r->capture = capture_new();
	for (unsigned i = 0; i < MAX_PARTS && p <= end; i++, p = next + 4) {
		next = i + 1 < MAX_PARTS ? part_end(p, end) : end;
		capture_add_memory(r->capture, names[i], p, (size_t)(next - p),
				   &input);
		expect(input == i);
		if (next == end)
			break;
	}
}

static void bind(struct road *r, uint32_t interface)
{
	const struct capture_interface *f =
		capture_interface(r->capture, interface);

	if (r->bound[interface] || interface >= MAX_BINDINGS)
		return;
	r->bound[interface] = true;
	topo_bind(r->topo, interface, paths[f->input], f->name, -1);
}

/* -------------------------------------------------------------- the road */

static void take_finding(void *arg, const struct finding *f)
{
	struct road *r = arg;

	r->findings++;
	for (unsigned i = 0; i < ARRAY_SIZE(r->report); i++)
		report_finding(r->report[i], f);
}

static void take_connection(void *arg, const struct connection *c)
{
	const struct detect_sink sink = {take_finding, arg};
	struct road *r = arg;

	r->connections++;
	detect_connection(r->topo, c, &sink);
	for (unsigned i = 0; i < ARRAY_SIZE(r->report); i++)
		report_connection(r->report[i], c);
}

static void take_frame(struct road *r, const struct frame *f)
{
	struct report_totals *t = &r->totals;
	enum decode_result result;
	struct segment s;

	bind(r, f->interface);
	if (!t->packets || f->time.ns < t->first.ns)
		t->first = f->time;
	if (!t->packets || f->time.ns > t->last.ns)
		t->last = f->time;
	t->packets++;
	t->bytes += f->len;
	result = decode(f, &s);
	if (result == DECODE_TCP)
		t->tcp_packets++;
	else
		t->undecoded[result]++;
	if (result != DECODE_TCP && result != DECODE_ICMP_ERROR)
		return;
	flow_table_take(r->flows, &s, 1);
	expect(flow_table_counters(r->flows)->flows <= MAX_FLOWS);
}

static void judge_taps(struct road *r)
{
	const struct detect_sink sink = {take_finding, r};
	struct tap_health h = {
		.taps = (unsigned)r->site->taps,
		.bound = (1ULL << r->site->taps) - 1,
		.flows = r->flows,
		.unmapped = r->counters.unmapped,
		.first = r->totals.first,
		.last = r->totals.last,
	};

	for (uint8_t i = 0; i < h.taps; i++)
		h.seen[i] = flow_table_tap(r->flows, i);
	for (uint32_t i = 0; i < capture_interfaces(r->capture); i++) {
		uint8_t tap = topo_interface_tap(r->topo, i);

		if (tap != TAP_NONE)
			h.drops[tap] |= capture_interface(r->capture, i)->drops;
	}
	detect_taps(r->topo, &h, &sink);
	r->doubt.one_way = detect_one_way(&h);
	r->doubt.lossy = detect_lossy(&h);
}

static void report_taps(struct road *r, struct report *to)
{
	for (uint8_t i = 0; i < r->site->taps; i++) {
		const struct report_tap tap = {
			.tap = i,
			.seen = flow_table_tap(r->flows, i),
			.drops = r->doubt.lossy >> i & 1,
			.drops_known = i & 1,
		};

		report_tap(to, &tap);
	}
}

/* ------------------------------------------------------------- the output */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* A JSON string, from behind its first quote; return what follows the last. */
static const char *check_string(const char *p)
{
	for (; *p != '"'; p++) {
		expect((uint8_t)*p >= 0x20 && *p != 0x7f);
		if (*p != '\\')
			continue;
		p++;
		expect(strchr("\"\\u", *p) != NULL);
		for (unsigned i = 0; *p == 'u' && i < 4; i++)
			expect(is_hex(p[1 + i]));
	}
	return p + 1;
}

/* One object a line; brackets in pairs, nothing outside strings that is no
 * token, and the summary comes last.
 */
static void check_json(const char *text, uint64_t lines)
{
	static const char tokens[] = "{}[]:,-0123456789nulltruefalse";
	const char *p = text, *line = text;
	char open[16];
	unsigned depth = 0;

	while (*p) {
		if (*p == '"') {
			p = check_string(p + 1);
			continue;
		}
		if (*p == '\n') {
			expect(!depth && p > line && p[-1] == '}');
			expect(lines-- > 0);
			line = p + 1;
		} else if (*p == '{' || *p == '[') {
			expect(depth < sizeof(open));
			open[depth++] = *p;
		} else if (*p == '}' || *p == ']') {
			expect(depth &&
			       open[--depth] == (*p == '}' ? '{' : '['));
		} else {
			expect(strchr(tokens, *p) != NULL);
		}
		p++;
	}
	expect(p == line && !lines);
}

/* Nothing that a terminal would obey. */
static void check_text(const char *text)
{
	for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
		expect(*p >= 0x20 || *p == '\n');
		expect(*p != 0x7f && *p < 0xf5 && *p != 0xc0 && *p != 0xc1);
		expect(*p != 0xc2 || p[1] >= 0xa0);
	}
}

static void write_report(struct road *r, enum report_format format)
{
	struct report *report = r->report[format];
	uint64_t kept = r->findings < MAX_FINDINGS ? r->findings : MAX_FINDINGS;
	uint64_t more =
		r->connections < MAX_FINDINGS ? r->connections : MAX_FINDINGS;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	expect(out != NULL);
	expect(report_write(report, &r->totals, out));
	fclose(out);
	expect(strlen(text) == size);
	expect(size < (kept + more + 32) * LINE_MAX_BYTES);
	if (format == REPORT_TEXT)
		check_text(text);
	else if (r->findings < MAX_FINDINGS / 2)
		/* Those of the site and the summary are always there. */
		check_json(text, report_count(report, SEVERITY_INFO) + more +
					 r->site->taps + 2);
	free(text);
}

static void end_road(struct road *r)
{
	uint64_t undecoded = 0;

	flow_table_finish(r->flows, r->totals.last);
	r->counters = *flow_table_counters(r->flows);
	expect(!r->counters.flows);
	for (unsigned i = 0; i < DECODE_RESULTS; i++)
		undecoded += r->totals.undecoded[i];
	expect(r->totals.packets == r->totals.tcp_packets + undecoded);
	expect(r->totals.undecoded[DECODE_ICMP_ERROR] ==
	       r->counters.icmp_matched + r->counters.icmp_unmatched +
		       r->counters.icmp_implausible);
	judge_taps(r);
	r->totals.flow = &r->counters;
	r->totals.judged = r->counters.connections[CLASS_SYMMETRIC] > 0;
	for (enum report_format i = REPORT_TEXT; i <= REPORT_JSON; i++) {
		struct report_doubt doubt = r->doubt;

		report_withhold(r->report[i], &doubt);
		for (unsigned c = 0; c < CLASSES; c++)
			expect(doubt.withheld[c] <= r->counters.connections[c]);
		report_taps(r, r->report[i]);
		write_report(r, i);
		report_free(r->report[i]);
	}
}

/* With a catalogue no connection is sound at a glance; so there are two. */
static struct site *the_site(bool services)
{
	static struct site *site[2];
	const char *end = strstr(site_text, "services:");
	struct str errors = {0};

	if (!site[services])
		site[services] =
			site_parse("fuzz", site_text,
				   services ? strlen(site_text)
					    : (size_t)(end - site_text),
				   &errors);
	expect(site[services] != NULL);
	return site[services];
}

static const char *text_of(uint16_t cause)
{
	return cause_text((enum cause)cause);
}

static void begin_road(struct road *r, const uint8_t *data, size_t size)
{
	static const struct report_texts texts = {text_of, text_of, text_of};
	struct report_options options = {
		.flows = true,
		.max_findings = MAX_FINDINGS,
	};
	const struct flow_sink sink = {
		.connection = take_connection,
		.arg = r,
		.all = size & 1,
	};

	memset(r, 0, sizeof(*r));
	r->site = the_site(!(size & 2));
	r->topo = topo_new(r->site);
	r->flows = flow_table_new(r->topo, MAX_FLOWS, &sink);
	add_parts(r, data, size);
	for (enum report_format i = REPORT_TEXT; i <= REPORT_JSON; i++) {
		options.format = i;
		r->report[i] =
			report_new(r->topo, r->capture, &texts, &options);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct road road;
	struct road *r = &road;
	struct frame f[CAPTURE_BATCH];
	size_t n;

	begin_road(r, data, size);
	while ((n = capture_next(r->capture, f, CAPTURE_BATCH)) > 0)
		for (size_t i = 0; i < n; i++)
			take_frame(r, &f[i]);
	end_road(r);
	flow_table_free(r->flows);
	topo_free(r->topo);
	capture_free(r->capture);
	return 0;
}
