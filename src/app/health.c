/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the taps are worth, from what came of them
 *
 * DOC: Theory of operation
 *
 * A verdict may rest on the absence of a packet; then it is worth what the
 * taps are worth.  At the end of a run all is known of them.  While a run goes
 * on, the question is asked again and again, and the answer is for what is
 * said at that moment: a tap that is still being read was capturing until
 * now, and one that lost packets is not distrusted for ever, but as long as
 * a connection waits for its answer.
 */
#include "health.h"

#include <asymcap/detect.h>

#include <errno.h>
#include <string.h>

#include "inputs.h"
#include "options.h"
#include "packet_log.h"
#include "pipeline.h"

/* The table gives up on a half-open connection after 180 s. */
#define LOSS_COUNTS (200 * NSEC_PER_SEC)

uint64_t health_drops(const struct pipeline *p, uint8_t tap, bool *known)
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
		count_add(&drops, f->drops);
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
		pipeline_bind(p, i);
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

		uint32_t input;

		if (tap == TAP_NONE || !p->seen[i].frames)
			continue;
		input = capture_interface(p->capture, i)->input;
		if (!input_times(p, input, &first, &last))
			continue;
		if (p->live &&
		    capture_input(p->capture, input)->state == CAPTURE_READING)
			last.ns = FRAME_TIME_MAX;
		/* A port was there before its first frame, and after it. */
		if (capture_input(p->capture, input)->live) {
			first.ns = 0;
			last.ns = FRAME_TIME_MAX;
		}
		begun = d->timed >> tap & 1;
		d->timed |= 1ULL << tap;
		if (!begun || first.ns < d->from[tap].ns)
			d->from[tap] = first;
		if (!begun || last.ns > d->to[tap].ns)
			d->to[tap] = last;
	}
}

/* How often a port of the tap was found gone. */
static uint64_t tap_gaps(const struct pipeline *p, uint8_t tap)
{
	uint64_t gaps = 0;

	for (uint32_t i = 0; i < p->interfaces; i++) {
		if (p->seen[i].bound &&
		    (topo_interface_tap(p->topo, i) == tap ||
		     (p->seen[i].taps >> tap & 1)))
			gaps += capture_interface(p->capture, i)->gaps;
	}
	return gaps;
}

/* Lossy of late: their drops have grown not long ago. */
static uint64_t lossy_of_late(struct pipeline *p, const struct tap_health *h,
			      int64_t now)
{
	uint64_t taps = 0;

	for (unsigned tap = 0; tap < h->taps; tap++) {
		struct tap_loss *loss = &p->loss[tap];
		uint64_t lost = h->drops[tap] + tap_gaps(p, (uint8_t)tap) +
				loss->changes;

		if (lost != loss->lost) {
			loss->lost = lost;
			loss->at = now;
		}
		if (loss->lost && now - loss->at < LOSS_COUNTS)
			taps |= 1ULL << tap;
	}
	return taps;
}

static void gather(struct pipeline *p, struct tap_health *h,
		   struct report_doubt *d)
{
	uint64_t bound = bound_taps(p); /* may add taps */

	*h = (struct tap_health){
		.taps = (unsigned)p->site->taps,
		.bound = bound,
		.flows = p->flows,
		.unmapped = flow_table_counters(p->flows)->unmapped,
		.first = p->totals.first,
		.last = p->totals.last,
	};
	for (unsigned tap = 0; tap < h->taps; tap++) {
		h->seen[tap] = flow_table_tap(p->flows, (uint8_t)tap);
		h->drops[tap] = health_drops(p, (uint8_t)tap, NULL);
	}
	memset(d, 0, sizeof(*d));
	d->one_way = detect_one_way(h);
	d->lossy = p->live ? lossy_of_late(p, h, clock_monotonic())
			   : detect_lossy(h);
	d->absent = absent_taps(h) & topo_taps(p->topo);
	tap_times(p, d);
}

/* A tap of some frames of a file was there as long as the file. */
static void trunk_times(const struct pipeline *p, uint8_t tap,
			struct report_doubt *d)
{
	for (uint32_t i = 0; i < p->interfaces; i++) {
		struct timestamp first, last;

		if (!(p->seen[i].taps >> tap & 1) ||
		    !input_times(p, capture_interface(p->capture, i)->input,
				 &first, &last))
			continue;
		if (!(d->timed >> tap & 1) || first.ns < d->from[tap].ns)
			d->from[tap] = first;
		if (!(d->timed >> tap & 1) || last.ns > d->to[tap].ns)
			d->to[tap] = last;
		d->timed |= 1ULL << tap;
	}
}

/* The same for rules: of every tap, whatever tells its packets apart. */
static void set_windows(const struct pipeline *p, const struct report_doubt *d,
			struct tap_health *h)
{
	struct report_doubt all = *d;

	for (unsigned tap = 0; tap < h->taps; tap++)
		trunk_times(p, (uint8_t)tap, &all);
	h->timed = all.timed;
	memcpy(h->from, all.from, sizeof(h->from));
	memcpy(h->to, all.to, sizeof(h->to));
}

/* A tap is not gone because nothing passes for so long. */
#define QUIET (5 * NSEC_PER_SEC)

void health_trace(struct pipeline *p, struct trace_how *how)
{
	struct report_doubt d;
	struct tap_health h;

	gather(p, &h, &d);
	*how = (struct trace_how){.topo = p->topo};
	for (unsigned tap = 0; tap < h.taps; tap++) {
		trunk_times(p, (uint8_t)tap, &d);
		how->from[tap].ns = d.from[tap].ns - QUIET;
		how->to[tap].ns = d.to[tap].ns + QUIET;
		if (h.seen[tap]->offset_samples)
			how->offset[tap] = h.seen[tap]->offset;
	}
	how->watching = d.timed & ~(d.one_way | d.lossy | d.absent);
}

static void count_withheld(struct pipeline *p, const struct report_doubt *d)
{
	for (unsigned c = 0; c < CLASSES; c++)
		p->withheld[c] += d->withheld[c];
}

/* What is withheld is not found, so it leaves no packets either. */
static void log_packets(struct pipeline *p, struct report_doubt *d)
{
	if (!p->packets)
		return;
	report_withhold(p->report, d);
	report_each(p->report, packet_log_finding, p);
	packet_log_write(p);
}

void health_say(struct pipeline *p)
{
	struct report_doubt doubt;
	struct tap_health h;

	gather(p, &h, &doubt);
	log_packets(p, &doubt);
	if (!report_say(p->report, &doubt, p->live) && !p->say_error)
		p->say_error = errno ? errno : EIO;
	count_withheld(p, &doubt);
}

static void take_tap_finding(void *arg, const struct finding *f)
{
	struct pipeline *p = arg;

	p->tap_findings += f->severity >= p->options->fail_on;
	report_finding(p->report, f);
}

/* Findings about the taps themselves, and what rests on the unreliable. */
static void judge_taps(struct pipeline *p)
{
	const struct detect_sink sink = {take_tap_finding, p};
	struct report_doubt doubt;
	struct tap_health h;

	gather(p, &h, &doubt);
	set_windows(p, &doubt, &h);
	detect_taps(p->topo, &h, &sink);
	report_withhold(p->report, &doubt);
	log_packets(p, &doubt);
	count_withheld(p, &doubt);
	for (unsigned c = 0; c < CLASSES; c++) {
		p->counters.connections[c] -= p->withheld[c];
		p->counters.connections[CLASS_INDETERMINATE] += p->withheld[c];
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

		if (p->site->tap[n].retired && !t.seen->segments)
			continue;
		t.drops = health_drops(p, tap, &t.drops_known);

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

void health_end(struct pipeline *p)
{
	judge_taps(p);
	report_taps(p);
}
