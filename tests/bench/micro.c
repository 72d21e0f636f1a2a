/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * micro: what single steps of asymcap take, in time and memory
 *
 * DOC: Theory of operation
 *
 * Each step is fed by itself, through the public headers, with what the step
 * before it would have handed over: a mapped file, frames in memory, segments.
 * Only the step is timed; a batch is built before the clock is read.  Several
 * rounds are run, each from an empty table, and the median is told.
 *
 * A pause is the time that one batch takes in flow_table_take_marked().  It is
 * measured twice, as time of the wall and of the thread: what another program
 * took of the processor is in the first only.
 */
#include "draw.h"
#include "feed.h"
#include "frames.h"
#include "number.h"
#include "out.h"

#include <asymcap/capture.h>
#include <asymcap/decode.h>
#include <asymcap/detect.h>
#include <asymcap/endpoints.h>
#include <asymcap/report.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RUNS   101
#define FIRST_DATA 3 /* steps of a life before it: SYN, SYN-ACK, ACK */
#define LAST_DATA  8
#define LIFE	   12	/* steps: then FIN, FIN, ACK */
#define PACE	   2000 /* ns of packet time between segments */

struct options {
	size_t rounds;
	size_t packets; /* of a run for pauses */
	size_t table;
	bool quick;
	const char *folder;
};

static int by_number(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Run a measurement several times; print the median. */
static void tell(const struct options *o, const char *what,
		 double (*measure)(const void *arg), const void *arg)
{
	double ns[MAX_RUNS];

	for (size_t i = 0; i < o->rounds; i++)
		ns[i] = measure(arg);
	qsort(ns, o->rounds, sizeof(*ns), by_number);
	printf("%-52s %9.1f ns\n", what, ns[o->rounds / 2]);
	fflush(stdout);
}

/* --------------------------------------------------------- walk and decode */

static double walk(const void *arg)
{
	const struct frames *f = arg;
	struct capture *c = capture_new();
	struct frame frame[CAPTURE_BATCH];
	uint64_t began, ns;
	size_t seen = 0, n;
	uint32_t input;

	if (!capture_add_file(c, f->path, &input))
		out_die(f->path, strerror(errno));
	began = feed_clock(CLOCK_MONOTONIC);
	while ((n = capture_next(c, frame, CAPTURE_BATCH)))
		seen += n;
	ns = feed_clock(CLOCK_MONOTONIC) - began;
	capture_free(c);
	return (double)ns / (double)seen;
}

static double decode_all(const void *arg)
{
	static struct segment segment[FEED_BATCH];
	const struct frames *f = arg;
	size_t segments = 0;
	uint64_t began;

	began = feed_clock(CLOCK_MONOTONIC);
	for (size_t i = 0; i < f->count; i++)
		segments += decode(&f->frame[i], &segment[i % FEED_BATCH]) ==
			    DECODE_TCP;
	if (segments != f->count)
		out_die("frames that do not decode", "decode");
	return (double)(feed_clock(CLOCK_MONOTONIC) - began) / (double)f->count;
}

/* -------------------------------------------------------------- endpoints */

#define PREFIXES 10000

/* Endpoint sets of 20 prefixes each, 10,000 in all, in their own format. */
static struct endpoints *make_endpoints(void)
{
	struct str s = {0}, errors = {0};
	struct endpoints *e;

	for (unsigned i = 0; i < PREFIXES; i++) {
		if (i % 20 == 0)
			str_addf(&s,
				 "%s{\"id\":%u,\"serviceArea\":\"Common\","
				 "\"tcpPorts\":\"80,443\",\"ips\":[",
				 i ? "]}," : "[", i / 20);
		str_addf(&s, "%s\"%u.%u.%u.0/24\"", i % 20 ? "," : "",
			 20 + i % 150, i / 150, i % 251);
	}
	str_add(&s, "]}]");
	e = endpoints_parse("endpoints", s.s, s.len, &errors);
	if (!e)
		out_die("endpoints", errors.s);
	str_free(&errors);
	str_free(&s);
	return e;
}

static double find_endpoint(const void *arg)
{
	static struct endpoints *e;
	const size_t count = *(const size_t *)arg;
	uint64_t rng = 1, found = 0, began;

	if (!e)
		e = make_endpoints();
	began = feed_clock(CLOCK_MONOTONIC);
	for (size_t i = 0; i < count; i++) {
		uint32_t n = draw_below(&rng, PREFIXES);
		const uint8_t b[4] = {(uint8_t)(20 + n % 150),
				      (uint8_t)(n / 150), (uint8_t)(n % 251),
				      7};
		struct addr a = addr_from_v4(b);

		found += endpoints_find(e, &a, 443) != NULL;
	}
	if (found != count)
		out_die("endpoints that are not found", "find");
	return (double)(feed_clock(CLOCK_MONOTONIC) - began) / (double)count;
}

#define ROWS 1000

/* A catalogue whose rows have ten prefixes each. */
static struct topo *make_rows(void)
{
	struct str s = {0}, errors = {0};
	struct site *site;

	str_add(&s, "circuits: {a: {kind: internet}}\nservices:\n");
	for (unsigned i = 0; i < ROWS; i++) {
		str_addf(&s,
			 "  - name: s%u\n    direction: outbound\n"
			 "    ports: [443]\n    remote:\n",
			 i);
		for (unsigned k = 0; k < 10; k++)
			str_addf(&s, "      - %u.%u.%u.0/24\n", 20 + i % 150,
				 i / 150, k);
	}
	site = site_parse("rows", s.s, s.len, &errors);
	if (!site)
		out_die("rows", errors.s);
	str_free(&errors);
	str_free(&s);
	return topo_new(site);
}

static double find_row(const void *arg)
{
	static struct topo *t;
	const size_t count = *(const size_t *)arg;
	uint64_t rng = 1, found = 0, began;

	if (!t)
		t = make_rows();
	began = feed_clock(CLOCK_MONOTONIC);
	for (size_t i = 0; i < count; i++) {
		uint32_t n = draw_below(&rng, ROWS);
		const uint8_t b[4] = {(uint8_t)(20 + n % 150),
				      (uint8_t)(n / 150), (uint8_t)(n % 10), 7};
		const uint8_t client[4] = {10, 0, 0, 1};
		const struct tuple u = {
			.client = addr_from_v4(client),
			.server = addr_from_v4(b),
			.server_port = 443,
		};

		found += topo_service(t, DIRECTION_OUTBOUND, &u, 1) == n;
	}
	if (found != count)
		out_die("rows that are not found", "find");
	return (double)(feed_clock(CLOCK_MONOTONIC) - began) / (double)count;
}

/* ------------------------------------------------------------ the flow table */

static double look_up(const void *arg)
{
	const size_t count = *(const size_t *)arg;
	static struct feed b;
	uint64_t rng = 1;

	feed_start(&b, count < 1000 ? 1000 : count);
	feed_open(&b, count, 20000);
	b.now += 3 * NSEC_PER_SEC;
	feed_put(&b, 0, 0, 0, TCP_ACK, 0);
	feed_flush(&b);
	feed_reset(&b);
	for (size_t i = 0; i < 2000000; i++) {
		feed_put(&b, draw_below(&rng, (uint32_t)count), 0,
			 (int)(draw(&rng) & 1), TCP_PSH | TCP_ACK, 100);
		b.now += 1000;
	}
	feed_flush(&b);
	feed_end(&b);
	return (double)b.ns / (double)b.taken;
}

static double insert(const void *arg)
{
	const size_t count = *(const size_t *)arg;
	static struct feed b;

	feed_start(&b, count + 1000);
	feed_syns(&b, count);
	feed_end(&b);
	return (double)b.ns / (double)count;
}

#define DUE_EACH 2 /* flows that each segment takes along, at least */

static double grow_old(const void *arg)
{
	const size_t count = *(const size_t *)arg;
	static struct feed b;

	feed_start(&b, count + 1000);
	feed_syns(&b, count);
	feed_reset(&b);
	feed_pass(&b, 2 * NSEC_PER_SEC);
	feed_more(&b, count / DUE_EACH);
	feed_end(&b);
	return (double)b.ns / (double)count;
}

static double expire(const void *arg)
{
	const size_t count = *(const size_t *)arg;
	static struct feed b;

	feed_start(&b, count + 1000);
	feed_syns(&b, count);
	feed_pass(&b, 2 * NSEC_PER_SEC);
	feed_more(&b, count / DUE_EACH);
	feed_reset(&b);
	feed_pass(&b, 3600 * NSEC_PER_SEC);
	feed_more(&b, count / DUE_EACH);
	if (flow_table_counters(b.flows)->flows > 2)
		out_die("table", "some flows did not expire");
	feed_end(&b);
	return (double)b.ns / (double)count;
}

static size_t table_bytes(size_t max_flows, size_t syns, size_t opened,
			  uint64_t *flows)
{
	static struct feed b;
	size_t bytes;

	feed_start(&b, max_flows);
	feed_syns(&b, syns);
	feed_open(&b, opened, 20000);
	bytes = flow_table_counters(b.flows)->bytes;
	*flows = flow_table_counters(b.flows)->flows;
	feed_end(&b);
	return bytes;
}

static void tell_memory(void)
{
	const size_t many = 1000000;
	uint64_t flows;
	size_t empty, bytes;

	bytes = table_bytes(1000, 0, 0, &flows);
	printf("%-52s %9.2f MiB\n",
	       "table, empty, --max-flows 1000 (fixed windows)",
	       (double)bytes / (1 << 20));
	empty = table_bytes(many, 0, 0, &flows);
	printf("%-52s %9.2f MiB\n",
	       "table, empty, --max-flows 1000000 (and buckets)",
	       (double)empty / (1 << 20));
	bytes = table_bytes(many, many, 0, &flows);
	printf("%-52s %9.1f bytes, %.1f without the fixed part\n",
	       "a connection, 1 M half-open", (double)bytes / (double)flows,
	       (double)(bytes - empty) / (double)flows);
	bytes = table_bytes(many, 0, many, &flows);
	printf("%-52s %9.1f bytes, %.1f without the fixed part\n",
	       "a connection, 1 M open, 50,000 new ones a second",
	       (double)bytes / (double)flows,
	       (double)(bytes - empty) / (double)flows);
}

/* ------------------------------------------------------------------- pauses */

static int by_length(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The next packet of a connection in its life of twelve. */
static void live(struct feed *b, uint32_t id, uint16_t *life)
{
	static const struct {
		int dir;
		unsigned flags, payload;
	} step[LIFE] = {
		{0, TCP_SYN, 0},	   {1, TCP_SYN | TCP_ACK, 0},
		{0, TCP_ACK, 0},	   {0, TCP_PSH | TCP_ACK, 0},
		{1, TCP_ACK, 0},	   {1, TCP_ACK, 0},
		{0, TCP_ACK, 0},	   {0, TCP_ACK, 0},
		{1, TCP_ACK, 0},	   {0, TCP_FIN | TCP_ACK, 0},
		{1, TCP_FIN | TCP_ACK, 0}, {0, TCP_ACK, 0},
	};
	unsigned at = *life % LIFE;

	feed_put(b, id, *life / LIFE, step[at].dir, step[at].flags,
		 step[at].payload);
	b->now += PACE;
	++*life;
}

static void tell_pauses(const struct options *o, size_t count)
{
	static struct feed b;
	struct pauses p = {0};
	uint16_t *life = calloc(count, sizeof(*life));
	size_t rare, batches = o->packets / FEED_BATCH;
	uint64_t rng = 1;

	p.wall = calloc(batches + 2, sizeof(*p.wall));
	p.cpu = calloc(batches + 2, sizeof(*p.cpu));
	if (!life || !p.wall || !p.cpu)
		out_die("memory", strerror(errno));
	feed_start(&b, count * 2);
	feed_open(&b, count, (int64_t)FIRST_DATA * PACE);
	for (size_t i = 0; i < count; i++)
		life[i] = (uint16_t)(FIRST_DATA +
				     draw_below(&rng, LAST_DATA - FIRST_DATA));
	feed_reset(&b);
	b.pauses = &p;
	while (b.taken < batches * FEED_BATCH) {
		uint32_t id = draw_below(&rng, (uint32_t)count);

		live(&b, id, &life[id]);
	}
	qsort(p.wall, p.count, sizeof(*p.wall), by_length);
	qsort(p.cpu, p.count, sizeof(*p.cpu), by_length);
	rare = p.count - 1 - p.count / 10000;
	printf("batch of %d, %7zu connections, %.1f M packets: median %.1f us; "
	       "99.99 %% %.0f us (of the processor %.0f), max %.0f us (%.0f)\n",
	       FEED_BATCH, count, (double)b.taken / 1e6,
	       p.wall[p.count / 2] / 1e3, p.wall[rare] / 1e3, p.cpu[rare] / 1e3,
	       p.wall[p.count - 1] / 1e3, p.cpu[p.count - 1] / 1e3);
	fflush(stdout);
	feed_end(&b);
	free(life);
	free(p.wall);
	free(p.cpu);
}

/* ----------------------------------------------------------------- findings */

static const char *text_of_cause(uint16_t c)
{
	return cause_text((enum cause)c);
}

static const char *text_of_remedy(uint16_t c)
{
	return cause_remedy((enum cause)c);
}

static const char *text_of_hint(uint16_t c)
{
	return cause_log_hint((enum cause)c);
}

/** struct writing - A report to be measured */
struct writing {
	const struct frames *frames;
	size_t count;
	enum report_format format;
};

static const struct finding asymmetric = {
	.severity = SEVERITY_WARNING,
	.class = CLASS_ASYMMETRIC,
	.has_tuple = true,
	.tuples = 1,
	.service = SERVICE_NONE,
	.dropped_at = CIRCUIT_NONE,
	.syn_circuits = 1,
	.answer_circuits = 2,
	.syn = {.taps = 1, .count = 1, .kept = 1},
	.syn_ack = {.taps = 2, .count = 1, .kept = 1},
	.circuit = 1,
	.owner = CIRCUIT_NONE,
	.count = 1,
	.tap = TAP_NONE,
	.other_tap = TAP_NONE,
	.cause = CAUSE_REPLY_OTHER_CIRCUIT,
};

/* Findings taken, sorted and written. */
static double write_report(const void *arg)
{
	const struct report_texts texts = {text_of_cause, text_of_remedy,
					   text_of_hint};
	const struct writing *w = arg;
	const struct report_options options = {.format = w->format};
	struct capture *c = capture_new();
	struct finding f = asymmetric;
	FILE *null = fopen("/dev/null", "w");
	struct report_totals totals = {0};
	static struct feed b;
	struct report *r;
	uint32_t input;
	uint64_t ns;

	feed_start(&b, 1000);
	if (!null || !capture_add_file(c, w->frames->path, &input))
		out_die(w->frames->path, strerror(errno));
	totals.flow = flow_table_counters(b.flows);
	r = report_new(b.topo, c, &texts, &options);
	f.syn_ack.at[0].tap = 1;
	f.tuple[0].server = addr_from_v4((uint8_t[]){40, 96, 0, 1});
	ns = feed_clock(CLOCK_MONOTONIC);
	for (size_t i = 0; i < w->count; i++) {
		f.time.ns = FEED_EPOCH + (int64_t)i * PACE;
		f.last = f.syn.at[0].time = f.syn_ack.at[0].time = f.time;
		f.syn.at[0].number = f.syn_ack.at[0].number = i + 1;
		f.tuple[0].client = addr_from_v4((uint8_t[]){
			20, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
		f.answer = f.tuple[0];
		report_finding(r, &f);
	}
	if (!report_write(r, &totals, null))
		out_die("/dev/null", strerror(errno));
	ns = feed_clock(CLOCK_MONOTONIC) - ns;
	report_free(r);
	capture_free(c);
	fclose(null);
	feed_end(&b);
	return (double)ns / (double)w->count;
}

/* --------------------------------------------------------------------- main */

static void tell_all(const struct options *o)
{
	static const size_t few = 1000, some = 20000, many = 1000000;
	struct frames f;
	struct writing w = {.frames = &f, .count = o->quick ? 20000 : 200000};

	frames_make(&f, o->quick ? 200000 : 1000000, o->folder);
	printf("median of %zu rounds\n", o->rounds);
	tell(o, "walk a mapped pcap, a packet", walk, &f);
	tell(o, "decode, a packet", decode_all, &f);
	tell(o, "mark and look up, plain data, 1,000 open", look_up, &few);
	tell(o, "mark and look up, plain data, 20,000 open", look_up, &some);
	tell(o, "mark and look up, plain data, 1 M open", look_up, &many);
	tell(o, "mark and insert a SYN, to 20,000", insert, &some);
	tell(o, "mark and insert a SYN, to 1 M", insert, &many);
	tell(o, "a second is over: half-open, 1 M at once", grow_old, &many);
	tell(o, "expire: half-open, 1 M at once", expire, &many);
	tell(o, "find the endpoint set, 10,000 prefixes", find_endpoint, &many);
	tell(o, "find the service, 1,000 of 10 prefixes", find_row, &some);
	tell(o, "report a finding, text", write_report, &w);
	w.format = REPORT_JSON;
	tell(o, "report a finding, JSON", write_report, &w);
	frames_free(&f);
	tell_memory();
	tell_pauses(o, some);
	tell_pauses(o, many);
}

static const char usage[] =
	"usage: micro [options]       what single steps take\n"
	"  --rounds N    of each measurement; the median is told (5)\n"
	"  --quick       three rounds, fewer packets\n"
	"  --packets N   of each run for pauses (12000000)\n"
	"  --folder F    for a capture, which is removed (build)\n"
	"  --table N     only say what a table of N flows takes, as JSON\n";

static void parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longopts[] = {
		{"rounds", required_argument, NULL, 'r'},
		{"quick", no_argument, NULL, 'q'},
		{"packets", required_argument, NULL, 'p'},
		{"folder", required_argument, NULL, 'f'},
		{"table", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int ch;

	*o = (struct options){5, 12000000, 0, false, "build"};
	while ((ch = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		if (ch == 'r') {
			o->rounds = (size_t)number_parse(optarg, 1, MAX_RUNS);
		} else if (ch == 'q') {
			o->quick = true;
			o->rounds = 3;
			o->packets = 2000000;
		} else if (ch == 'p') {
			o->packets = (size_t)number_parse(optarg, 100000, 1e9);
		} else if (ch == 'f') {
			o->folder = optarg;
		} else if (ch == 't') {
			o->table = (size_t)number_parse(optarg, 1000, 1e7);
		} else {
			fputs(usage, ch == 'h' ? stdout : stderr);
			exit(ch == 'h' ? 0 : 2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options o;
	uint64_t flows;

	parse_options(&o, argc, argv);
	if (!o.table) {
		tell_all(&o);
		return EXIT_SUCCESS;
	}
	printf("{\"empty\":%zu,", table_bytes(o.table, 0, 0, &flows));
	printf("\"full\":%zu,", table_bytes(o.table, o.table, 0, &flows));
	printf("\"flows\":%" PRIu64 "}\n", flows);
	return EXIT_SUCCESS;
}
