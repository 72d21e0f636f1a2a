/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets in, findings out: the program on one screen
 *
 * DOC: Theory of operation
 *
 * A batch of frames is pulled from the capture in time order and decoded into
 * segments; these go through the relay, to a second core if there is one, and
 * into the flow table.  Connections that are over come up from the table, go
 * through the rules, and what these find goes to the report.  Nothing below
 * calls upward but through the sinks here.
 */
#include "app.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_BATCHES 1024

static void take_finding(void *arg, const struct finding *f)
{
	const struct pipeline *p = arg;

	report_finding(p->report, f);
}

static void take_tap_finding(void *arg, const struct finding *f)
{
	struct pipeline *p = arg;

	p->tap_findings += f->severity >= p->options->fail_on;
	take_finding(arg, f);
}

static void take_connection(void *arg, const struct connection *c)
{
	struct pipeline *p = arg;
	const struct detect_sink sink = {take_finding, p};

	detect_connection(p->topo, c, &sink);
	if (p->options->report.flows)
		report_connection(p->report, c);
}

/* The first frame of an interface: find out which taps it can belong to. */
static void bind_interface(struct pipeline *p, uint32_t interface)
{
	if (interface >= p->interfaces) {
		uint32_t count = interface + 64u;

		p->seen = xrealloc(p->seen, count, sizeof(*p->seen));
		memset(p->seen + p->interfaces, 0,
		       (count - p->interfaces) * sizeof(*p->seen));
		p->interfaces = count;
	}
	if (p->seen[interface].bound)
		return;
	/* Taps may be added: not while the table is at work. */
	if (p->relay)
		relay_drain(p->relay);
	p->seen[interface].bound = true;
	if (inputs_bind(p->inputs, p->topo, interface))
		flow_table_refresh(p->flows);
	p->seen[interface].tap = topo_interface_tap(p->topo, interface);
}

static void count_frame(struct interface_seen *seen, const struct frame *f)
{
	if (!seen->frames++)
		seen->first = seen->last = f->time;
	else if (f->time.ns > seen->last.ns)
		seen->last = f->time;
	else if (f->time.ns < seen->first.ns)
		seen->first = f->time;
	seen->bytes += f->len;
}

/* The totals of all interfaces. */
static void add_totals(struct pipeline *p)
{
	struct report_totals *t = &p->totals;

	for (uint32_t i = 0; i < p->interfaces; i++) {
		const struct interface_seen *seen = &p->seen[i];

		if (!seen->frames)
			continue;
		if (!t->packets || seen->first.ns < t->first.ns)
			t->first = seen->first;
		if (!t->packets || seen->last.ns > t->last.ns)
			t->last = seen->last;
		t->packets += seen->frames;
		t->bytes += seen->bytes;
		for (unsigned r = 0; r < DECODE_RESULTS; r++)
			t->undecoded[r] += seen->undecoded[r];
	}
}

static void show_progress(const struct pipeline *p)
{
	uint64_t done = 0, all = 0, packets = 0;

	for (uint32_t i = 0; i < capture_inputs(p->capture); i++) {
		const struct capture_input *in = capture_input(p->capture, i);

		done += in->bytes;
		all += in->size;
		packets += in->packets;
	}
	progress_show(done, all, packets);
}

/* On the judge's thread. */
static void take_load(void *arg, const struct relay_load *load)
{
	struct pipeline *p = arg;

	flow_table_take_marked(p->flows, load->segment, load->mark,
			       load->count);
}

/* Where the tap depends on the frame (a trunk), it is looked for in each. */
static uint8_t find_tap(struct pipeline *p, struct interface_seen *seen,
			const struct segment *s)
{
	uint8_t tap = topo_tap(p->topo, s);

	if (tap != TAP_NONE)
		seen->taps |= 1ULL << tap;
	return tap;
}

static void decode_frame(struct pipeline *p, struct relay_load *load,
			 const struct frame *f)
{
	struct segment *s = &load->segment[load->count];
	struct interface_seen *seen = &p->seen[f->interface];
	enum decode_result r;
	uint8_t tap;

	count_frame(seen, f);
	r = decode(f, s);
	if (r == DECODE_TCP)
		p->totals.tcp_packets++;
	else
		seen->undecoded[r]++;
	/* An ICMP error is no segment, but evidence on what it quotes. */
	if (r != DECODE_TCP && r != DECODE_ICMP_ERROR)
		return;
	tap = seen->tap;
	if (tap == TAP_NONE)
		tap = find_tap(p, seen, s);
	flow_table_mark(p->flows, s, tap, &load->mark[load->count++]);
}

static void decode_batch(struct pipeline *p, const struct frame *frame,
			 size_t frames)
{
	struct relay_load *load = relay_load(p->relay);

	for (size_t i = 0; i < frames; i++) {
		const struct frame *f = &frame[i];

		if (f->interface >= p->interfaces ||
		    !p->seen[f->interface].bound) {
			bind_interface(p, f->interface);
			load = relay_load(p->relay);
		}
		decode_frame(p, load, f);
		if (load->count == RELAY_SEGMENTS) {
			relay_send(p->relay);
			load = relay_load(p->relay);
		}
	}
}

static void run_batches(struct pipeline *p)
{
	struct frame frame[CAPTURE_BATCH];
	uint64_t batches = 0;
	size_t frames;

	while ((frames = capture_next(p->capture, frame, CAPTURE_BATCH))) {
		decode_batch(p, frame, frames);
		/* A pipe that has no more for now is not made to wait. */
		if (frames < CAPTURE_BATCH)
			relay_send(p->relay);
		if (++batches % PROGRESS_BATCHES == 0)
			show_progress(p);
	}
}

/*
 * What the captures of a tap say that they lost.  Where the tap depends on the
 * frame (a trunk), that may be of any tap that the interface shows.
 */
static uint64_t tap_drops(const struct pipeline *p, uint8_t tap, bool *known)
{
	uint64_t drops = 0;

	for (uint32_t i = 0; i < p->interfaces; i++) {
		const struct capture_interface *f;

		if (!p->seen[i].bound ||
		    (topo_interface_tap(p->topo, i) != tap &&
		     !(p->seen[i].taps >> tap & 1)))
			continue;
		f = capture_interface(p->capture, i);
		/* A file may say anything; what wraps round must not be 0. */
		if (__builtin_add_overflow(drops, f->drops, &drops))
			drops = UINT64_MAX;
		if (known)
			*known |= f->drops_known;
	}
	return drops;
}

/* The taps that should have shown something: those with a file here. */
static uint64_t bound_taps(struct pipeline *p)
{
	uint64_t taps = 0;

	for (uint32_t i = 0; i < capture_interfaces(p->capture); i++) {
		if (!inputs_has_tap(p->inputs, i))
			continue;
		bind_interface(p, i);
		taps |= topo_bound(p->topo, i);
	}
	return taps;
}

/* Declared, but no input of this run shows it or should. */
static uint64_t absent_taps(const struct tap_health *h)
{
	uint64_t taps = 0;

	for (unsigned i = 0; i < h->taps; i++) {
		if (!(h->bound >> i & 1) && !h->seen[i]->segments)
			taps |= 1ULL << i;
	}
	return taps;
}

/* From the first frame of any interface of a file to the last. */
static bool input_times(const struct pipeline *p, uint32_t input,
			struct timestamp *first, struct timestamp *last)
{
	bool any = false;

	for (uint32_t i = 0; i < p->interfaces; i++) {
		const struct interface_seen *seen = &p->seen[i];

		if (!seen->frames ||
		    capture_interface(p->capture, i)->input != input)
			continue;
		if (!any || seen->first.ns < first->ns)
			*first = seen->first;
		if (!any || seen->last.ns > last->ns)
			*last = seen->last;
		any = true;
	}
	return any;
}

/* When each tap was capturing: as long as the files that it was seen in. */
static void tap_times(const struct pipeline *p, struct report_doubt *d)
{
	for (uint32_t i = 0; i < p->interfaces; i++) {
		uint8_t tap = topo_interface_tap(p->topo, i);
		struct timestamp first = {0}, last = {0};
		bool begun;

		if (tap == TAP_NONE || !p->seen[i].frames ||
		    !input_times(p, capture_interface(p->capture, i)->input,
				 &first, &last))
			continue;
		begun = d->timed >> tap & 1;
		d->timed |= 1ULL << tap;
		if (!begun || first.ns < d->from[tap].ns)
			d->from[tap] = first;
		if (!begun || last.ns > d->to[tap].ns)
			d->to[tap] = last;
	}
}

/* Findings about the taps themselves, and what rests on the unreliable. */
static void judge_taps(struct pipeline *p)
{
	const struct detect_sink sink = {take_tap_finding, p};
	struct report_doubt doubt = {0};
	struct tap_health h = {
		.taps = (unsigned)p->site->taps,
		.bound = bound_taps(p),
		.flows = p->flows,
		.unmapped = flow_table_counters(p->flows)->unmapped,
		.first = p->totals.first,
		.last = p->totals.last,
	};

	for (unsigned tap = 0; tap < h.taps; tap++) {
		h.seen[tap] = flow_table_tap(p->flows, (uint8_t)tap);
		h.drops[tap] = tap_drops(p, (uint8_t)tap, NULL);
	}
	detect_taps(p->topo, &h, &sink);
	doubt.one_way = detect_one_way(&h);
	doubt.lossy = detect_lossy(&h);
	doubt.absent = absent_taps(&h);
	tap_times(p, &doubt);
	report_withhold(p->report, &doubt);
	for (unsigned c = 0; c < CLASSES; c++) {
		p->counters.connections[c] -= doubt.withheld[c];
		p->counters.connections[CLASS_INDETERMINATE] +=
			doubt.withheld[c];
	}
}

static void report_taps(struct pipeline *p)
{
	for (unsigned n = 0; n < p->site->taps; n++) {
		const uint8_t tap = (uint8_t)n;
		struct report_tap t = {
			.tap = tap,
			.seen = flow_table_tap(p->flows, tap),
		};

		t.drops = tap_drops(p, tap, &t.drops_known);

		for (uint32_t i = 0; i < p->interfaces; i++) {
			if (!p->seen[i].bound ||
			    topo_interface_tap(p->topo, i) != tap)
				continue;
			for (unsigned r = 0; r < DECODE_RESULTS; r++)
				t.undecoded[r] += p->seen[i].undecoded[r];
		}
		report_tap(p->report, &t);
	}
}

/*
 * A clean result must mean that enough was seen: at least one connection of
 * which both halves were.
 */
static void judge_totals(struct report_totals *t)
{
	static const enum conn_class both_halves[] = {
		CLASS_SYMMETRIC,	 CLASS_ASYMMETRIC, CLASS_SAME_DOMAIN,
		CLASS_REROUTED,		 CLASS_MIXED,	   CLASS_REFUSED,
		CLASS_SIMULTANEOUS_OPEN,
	};
	const uint64_t *n = t->flow->connections;

	for (size_t i = 0; i < ARRAY_SIZE(both_halves); i++)
		t->judged |= n[both_halves[i]] > 0;
	if (t->judged)
		return;
	if (!t->packets)
		t->not_judged_why = "there was no packet in the input";
	else if (!t->tcp_packets)
		t->not_judged_why = "there was no TCP segment in the input";
	else if (t->flow->unmapped == t->tcp_packets)
		t->not_judged_why = "no segment belongs to a tap of the site "
				    "file; name the circuit: CIRCUIT=FILE";
	else if (n[CLASS_INDETERMINATE])
		t->not_judged_why = "what is missing of the handshakes may lie "
				    "beyond an end of the capture, or a tap "
				    "lost packets, shows one direction only "
				    "or was not capturing then";
	else if (n[CLASS_UNANSWERED])
		t->not_judged_why = "no SYN was answered on any tap: a mirror "
				    "may copy one direction only, or the "
				    "answers took a path that is not tapped";
	else if (n[CLASS_ORPHAN_SYN_ACK])
		t->not_judged_why = "SYN-ACKs were seen, but no SYN: a mirror "
				    "may copy one direction only, or the "
				    "requests took a path that is not tapped";
	else if (n[CLASS_OUT_OF_SCOPE])
		t->not_judged_why = "no connection has an end in the site's "
				    "'remote'";
	else
		t->not_judged_why = "no handshake was seen";
}

void pipeline_run(struct pipeline *p)
{
	const struct flow_sink sink = {
		.connection = take_connection,
		.arg = p,
		.all = p->options->report.flows,
	};

	p->flows = flow_table_new(p->topo, p->options->max_flows, &sink);
	p->relay = relay_start(take_load, p, p->options->threads);
	progress_start(p->options->quiet);
	run_batches(p);
	relay_stop(p->relay);
	p->relay = NULL;
	add_totals(p);
	flow_table_finish(p->flows, p->totals.last);
	progress_clear();
	progress_phase("read and judged");

	p->counters = *flow_table_counters(p->flows);
	p->totals.flow = &p->counters;
	judge_taps(p);
	judge_totals(&p->totals);
	report_taps(p);
}
