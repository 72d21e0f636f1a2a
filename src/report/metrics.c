/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * metrics: what monitoring asks for, as Prometheus text
 *
 * Theory of operation
 *
 * A table of families, and one walk over it; each row says its name, its
 * help, and which function puts its samples.  Counters end in _total, units
 * are seconds and bytes.  Labels are names of the site and words of the
 * program, never an address, so that the number of series is that of the plan
 * and not what strangers choose.
 *
 * What is to raise an alert is there from the start with 0: increase() over
 * a counter that appears with 1 is 0.  That holds for findings; of connections
 * only those paths are shown that were taken, since there are thousands.
 */
#include <asymcap/report.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

static uint64_t count_at(const void *base, size_t at)
{
	uint64_t n;

	memcpy(&n, (const char *)base + at, sizeof(n));
	return n;
}

static void put_version(struct page *p, const struct family *f)
{
	sample_begin(p, f->name);
	sample_label(p, "version", p->m->version);
	sample_end(p, 1);
}

static void put_count(struct page *p, const struct family *f)
{
	str_addf(p->out, "%s %" PRIu64 "\n", f->name, count_at(p->m, f->at));
}

static void put_time(struct page *p, const struct family *f)
{
	sample_seconds(p, f->name, (int64_t)count_at(p->m, f->at));
}

/* Memory and descriptors: nothing rather than a 0 that is not true. */
static void put_process(struct page *p, const struct family *f)
{
	if (p->m->process.known)
		put_count(p, f);
}

static void put_interfaces(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->interfaces; i++) {
		sample_begin(p, f->name);
		sample_label(p, "interface", p->m->interface[i].name);
		sample_end(p, count_at(&p->m->interface[i], f->at));
	}
}

static void put_up(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->interfaces; i++) {
		sample_begin(p, f->name);
		sample_label(p, "interface", p->m->interface[i].name);
		sample_end(p, p->m->interface[i].up);
	}
}

static void put_drops(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->interfaces; i++) {
		const struct metrics_interface *in = &p->m->interface[i];

		sample_begin(p, f->name);
		sample_label(p, "interface", in->name);
		sample_label(p, "reason", "kernel");
		sample_end(p, in->kernel_drops);
		sample_begin(p, f->name);
		sample_label(p, "interface", in->name);
		sample_label(p, "reason", "interface");
		sample_end(p, in->interface_drops);
	}
}

static void put_undecoded(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->interfaces; i++) {
		const struct metrics_interface *in = &p->m->interface[i];

		for (unsigned r = DECODE_TCP + 1; r < DECODE_RESULTS; r++) {
			sample_begin(p, f->name);
			sample_label(p, "interface", in->name);
			sample_label(p, "reason",
				     decode_result_name((enum decode_result)r));
			sample_end(p, in->undecoded[r]);
		}
	}
}

static void begin_tap(struct page *p, const struct family *f,
		      const struct metrics_tap *tap)
{
	sample_begin(p, f->name);
	sample_label(p, "tap", tap->name);
	sample_label(p, "circuit", tap->circuit);
}

static void put_taps(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->taps; i++) {
		begin_tap(p, f, &p->m->tap[i]);
		sample_end(p, count_at(&p->m->tap[i].seen, f->at));
	}
}

static void put_tap_last(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->taps; i++) {
		if (!p->m->tap[i].seen.segments)
			continue;
		begin_tap(p, f, &p->m->tap[i]);
		sample_end_seconds(p, p->m->tap[i].seen.last.ns);
	}
}

static void put_tap_offset(struct page *p, const struct family *f)
{
	for (size_t i = 0; i < p->m->taps; i++) {
		if (!p->m->tap[i].seen.offset_samples)
			continue;
		begin_tap(p, f, &p->m->tap[i]);
		sample_end_seconds(p, p->m->tap[i].seen.offset);
	}
}

static void put_icmp(struct page *p, const struct family *f)
{
	const struct flow_counters *n = &p->m->flow;
	const struct {
		const char *quote;
		uint64_t count;
	} rows[] = {
		{"matched", n->icmp_matched},
		{"unmatched", n->icmp_unmatched},
		{"implausible", n->icmp_implausible},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		sample_begin(p, f->name);
		sample_label(p, "quote", rows[i].quote);
		sample_end(p, rows[i].count);
	}
}

/* ------------------------------------------------------------------- table */

#define OF(field_)	     offsetof(struct metrics, field_)
#define OF_TAP(field_)	     offsetof(struct flow_tap, field_)
#define OF_INTERFACE(field_) offsetof(struct metrics_interface, field_)

static const char counter[] = "counter", gauge[] = "gauge";

static const struct family families[] = {
	{"asymcap_build_info", gauge, "Always 1; the label is the version.",
	 put_version, 0},
	{"asymcap_snapshot_timestamp_seconds", gauge,
	 "When all of this was true; older than a few seconds: it hangs.",
	 put_time, OF(taken)},
	{"asymcap_interface_up", gauge,
	 "Whether it is captured from, and has a carrier.", put_up, 0},
	{"asymcap_interface_packets_total", counter,
	 "Packets that passed the filter.", put_interfaces,
	 OF_INTERFACE(packets)},
	{"asymcap_interface_bytes_total", counter,
	 "Bytes of these on the wire.", put_interfaces, OF_INTERFACE(bytes)},
	{"asymcap_interface_dropped_packets_total", counter,
	 "Packets lost by the kernel (its buffer was full) or the interface.",
	 put_drops, 0},
	{"asymcap_undecoded_packets_total", counter,
	 "Packets that gave no TCP segment, by reason.", put_undecoded, 0},
	{"asymcap_capture_lag_seconds", gauge,
	 "Longest time from the stamp of a packet to its turn, of late.",
	 put_time, OF(lag)},
	{"asymcap_tcp_packets_total", counter, "TCP segments at all taps.",
	 put_count, OF(tcp_packets)},
	{"asymcap_unmapped_packets_total", counter,
	 "TCP segments that belong to no tap.", put_count, OF(flow.unmapped)},
	{"asymcap_tap_tcp_packets_total", counter, "TCP segments at the tap.",
	 put_taps, OF_TAP(segments)},
	{"asymcap_tap_bytes_total", counter, "Bytes of these on the wire.",
	 put_taps, OF_TAP(bytes)},
	{"asymcap_tap_syns_total", counter, "SYNs at the tap.", put_taps,
	 OF_TAP(syns)},
	{"asymcap_tap_syn_acks_total", counter, "SYN-ACKs at the tap.",
	 put_taps, OF_TAP(syn_acks)},
	{"asymcap_tap_duplicates_total", counter,
	 "Handshake packets that came twice at the tap.", put_taps,
	 OF_TAP(duplicates)},
	{"asymcap_tap_last_packet_timestamp_seconds", gauge,
	 "Packet time of the latest TCP segment.", put_tap_last, 0},
	{"asymcap_tap_clock_offset_seconds", gauge,
	 "The tap's clock less that of the first tap with a known one.",
	 put_tap_offset, 0},
	{"asymcap_connections_total", counter,
	 "Connections that are over, or settled and sound.", put_paths, 0},
	{"asymcap_connections_withheld_total", counter,
	 "Of these, such as rested on the silence of a tap that lost packets; "
	 "the summary calls them indeterminate.",
	 put_withheld, 0},
	{"asymcap_findings_total", counter, "Findings.", put_findings, 0},
	{"asymcap_asymmetric_handshake_findings_total", counter,
	 "Findings of the rule asymmetric-handshake, by path.", put_asymmetric,
	 0},
	{"asymcap_snat_escape_findings_total", counter,
	 "Findings of the rule snat-escape, by circuit and reason.",
	 put_escapes, 0},
	{"asymcap_handshake_rtt_seconds", "histogram",
	 "SYN to SYN-ACK, by circuit of the SYN.", put_rtt, 0},
	{"asymcap_circuit_expected_rtt_seconds", gauge,
	 "What the site file expects.", put_expected_rtt, 0},
	{"asymcap_flow_table_flows", gauge, "Flows in the table.", put_count,
	 OF(flow.flows)},
	{"asymcap_flow_table_max_flows", gauge, "How many it may hold.",
	 put_count, OF(max_flows)},
	{"asymcap_flow_table_bytes", gauge, "Its memory.", put_count,
	 OF(flow.bytes)},
	{"asymcap_flows_evicted_total", counter,
	 "Flows that had to leave because the table was full.", put_count,
	 OF(flow.evicted)},
	{"asymcap_late_packets_total", counter,
	 "Segments of connections that had left the table.", put_count,
	 OF(flow.late)},
	{"asymcap_unlinked_syns_total", counter,
	 "SYNs that were not linked to copies beyond a NAT: too many others "
	 "had their ISN.",
	 put_count, OF(flow.unlinked)},
	{"asymcap_icmp_errors_total", counter,
	 "ICMP errors that quote a TCP segment, by whether it is known.",
	 put_icmp, 0},
	{"asymcap_output_lost_lines_total", counter,
	 "Lines of the output that could not be written.", put_count,
	 OF(lost_lines)},
	{"asymcap_output_lost_packets_total", counter,
	 "Packets of findings that could not be written.", put_count,
	 OF(lost_packets)},
	{"process_start_time_seconds", gauge, "When the process began.",
	 put_time, OF(process.started)},
	{"process_cpu_seconds_total", counter, "Processor time.", put_time,
	 OF(process.cpu)},
	{"process_resident_memory_bytes", gauge, "Resident memory.",
	 put_process, OF(process.resident)},
	{"process_virtual_memory_bytes", gauge, "Virtual memory.", put_process,
	 OF(process.virtual)},
	{"process_open_fds", gauge, "Open file descriptors.", put_process,
	 OF(process.open_fds)},
	{"process_max_fds", gauge, "How many there may be.", put_process,
	 OF(process.max_fds)},
};
static_assert(sizeof(size_t) == sizeof(uint64_t),
	      "counters of either type are read alike");

void metrics_render(const struct metrics *m, struct str *out)
{
	struct page p = {.m = m, .out = out};

	path_begin(&p);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *f = &families[i];

		str_addf(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help,
			 f->name, f->type);
		f->put(&p, f);
	}
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->interfaces; i++)
		free(m->interface[i].name);
	for (size_t i = 0; i < m->taps; i++) {
		free(m->tap[i].name);
		free(m->tap[i].circuit);
	}
	for (size_t i = 0; i < m->circuits; i++)
		free(m->circuit[i].name);
	free(m->interface);
	free(m->tap);
	free(m->circuit);
	free(m->path);
	free(m);
}
