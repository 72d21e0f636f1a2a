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
 *
 * A run that somebody watches takes the same way.  The table gives notice of
 * what is certain of a connection before it is over, and a few times a second
 * time is moved on and the report says what is new (live.c).
 */
#include "pipeline.h"

#include <asymcap/detect.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "health.h"
#include "inputs.h"
#include "live.h"
#include "options.h"
#include "packet_log.h"
#include "progress.h"
#include "relay.h"
#include "unmapped.h"

#define PROGRESS_BATCHES 1024

static void take_finding(void *arg, const struct finding *f)
{
	const struct pipeline *p = arg;

	report_finding(p->report, f);
}

static void take_connection(void *arg, const struct connection *c)
{
	struct pipeline *p = arg;
	const struct detect_sink sink = {take_finding, p};

	if (p->live)
		live_connection(p, c);
	else
		detect_connection(p->topo, c, &sink);
	if (p->options->report.flows &&
	    (!p->listed || p->listed(p->listed_arg, c)))
		report_connection(p->report, c);
}

static void take_counted(void *arg, const struct connection *c)
{
	struct pipeline *p = arg;

	catalogue_take(p->catalogue, c);
}

void pipeline_bind(struct pipeline *p, uint32_t interface)
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

void pipeline_renew(struct pipeline *p)
{
	topo_refresh(p->topo);
	for (uint32_t i = 0; i < p->interfaces; i++) {
		if (!p->seen[i].bound)
			continue;
		inputs_bind(p->inputs, p->topo, i);
		p->seen[i].tap = topo_interface_tap(p->topo, i);
	}
	flow_table_refresh(p->flows);
	report_refresh(p->report);
	if (p->catalogue)
		catalogue_refresh(p->catalogue);
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
static uint8_t find_tap(struct pipeline *p, const struct frame *f,
			const struct segment *s)
{
	struct interface_seen *seen = &p->seen[f->interface];
	uint8_t tap = topo_tap(p->topo, s);

	if (tap != TAP_NONE)
		seen->taps |= 1ULL << tap;
	else if (!seen->unmapped++)
		unmapped_tell(p, f, s);
	return tap;
}

static void decode_frame(struct pipeline *p, struct relay_load *load,
			 const struct frame *f)
{
	struct flow_mark *mark;
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
		tap = find_tap(p, f, s);
	mark = &load->mark[load->count++];
	flow_table_mark(p->flows, s, tap, mark);
	if (p->packets)
		packet_log_put(p->packets, f, tap, mark->hash);
}

static void decode_batch(struct pipeline *p, const struct frame *frame,
			 size_t frames)
{
	struct relay_load *load = relay_load(p->relay);

	for (size_t i = 0; i < frames; i++) {
		const struct frame *f = &frame[i];

		if (f->interface >= p->interfaces ||
		    !p->seen[f->interface].bound) {
			pipeline_bind(p, f->interface);
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

	do {
		frames = capture_next(p->capture, frame, CAPTURE_BATCH);
		decode_batch(p, frame, frames);
		/* A pipe that has no more for now is not made to wait. */
		if (frames < CAPTURE_BATCH)
			relay_send(p->relay);
		if (++batches % PROGRESS_BATCHES == 0)
			show_progress(p);
		if (p->live)
			live_batch(p, frame, frames);
	} while (frames || (p->live && !capture_over(p->capture)));
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
		.notice = p->live ? live_notice : NULL,
		.counted = p->options->site_path ? take_counted : NULL,
		.arg = p,
		.all = p->options->report.flows,
		.stats = p->stats,
	};

	if (sink.counted) {
		p->catalogue = catalogue_new(p->topo);
		report_catalogue(p->report, p->catalogue);
	}
	p->flows = flow_table_new(p->topo, p->options->max_flows, &sink);
	p->relay = relay_start(take_load, p, p->options->threads);
	progress_start(p->options->quiet || p->options->top ||
		       (p->live && isatty(fileno(p->live))));
	run_batches(p);
	relay_stop(p->relay);
	p->relay = NULL;
	capture_end_interfaces(p->capture);
	add_totals(p);
	flow_table_finish(p->flows, p->totals.last);
	progress_clear();
	progress_phase("read and judged");

	p->counters = *flow_table_counters(p->flows);
	p->totals.flow = &p->counters;
	health_end(p);
	judge_totals(&p->totals);
}
