/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One run, from packets to findings
 */
#ifndef APP_PIPELINE_H
#define APP_PIPELINE_H

#include <asymcap/capture.h>
#include <asymcap/catalogue.h>
#include <asymcap/decode.h>
#include <asymcap/flow.h>
#include <asymcap/report.h>
#include <asymcap/site.h>
#include <asymcap/topo.h>

#include <stdio.h>

#include "health.h"
#include "live.h"

struct inputs;
struct options;
struct packet_log;
struct relay;

/**
 * struct interface_seen - What came from one capture interface
 * @bound:	Topo knows it
 * @tap:	The tap of all its frames; TAP_NONE where it depends on the frame
 * @frames:	How many frames
 * @bytes:	Their bytes on the wire
 * @first, @last: Earliest and latest time; valid if @frames
 * @taps:	Bit n: a segment of it was tap n's, where that depends
 * @unmapped:	How many segments were no tap's
 * @undecoded:	Frames that gave no segment, by enum decode_result
 */
struct interface_seen {
	bool bound;
	uint8_t tap;
	uint64_t taps;
	uint64_t frames;
	uint64_t bytes;
	struct timestamp first;
	struct timestamp last;
	uint64_t unmapped;
	uint64_t undecoded[DECODE_RESULTS];
};

/**
 * struct pipeline - One run from packets to findings
 * @catalogue:	What is seen of the site's services; NULL without a site file
 * @live:	Where findings are said while it goes on, or NULL
 * @packets:	Live: where the packets of findings go, or NULL
 * @tick:	Live: called after whatever is new has been said, while the
 *		judge is idle, or NULL
 * @listed:	Which connections are listed; NULL: all, with --flows
 * @listed_arg:	Passed on
 * @seen:	By interface
 * @counters:	Of the flow table, less what is withheld
 * @withheld:	By class: connections that would rest on unreliable silence
 * @tap_findings: Findings about taps that count for the exit status
 * @clock:	Live: packet time while there is no packet
 * @said_at:	Live: when something was said last, by clock_monotonic()
 * @say_error:	Live: the first errno of writing, or 0
 * @loss:	Live: by tap
 * @unmapped_told: Interfaces of which unmapped_tell() has told
 * @stats:	Live: keep flow_table_stats()
 * @lag:	Live: the longest that a packet waited for its turn, ns, since
 *		somebody set this to 0
 */
struct pipeline {
	const struct options *options;
	struct site *site;
	struct capture *capture;
	struct inputs *inputs;
	struct topo *topo;
	struct flow_table *flows;
	struct report *report;
	struct catalogue *catalogue;
	struct relay *relay;
	FILE *live;
	struct packet_log *packets;
	void (*tick)(struct pipeline *p);
	bool (*listed)(void *arg, const struct connection *c);
	void *listed_arg;
	struct report_totals totals;
	struct flow_counters counters;
	struct interface_seen *seen;
	uint64_t withheld[CLASSES];
	uint64_t tap_findings;
	uint32_t interfaces;
	struct live_clock clock;
	int64_t said_at;
	int say_error;
	struct tap_loss loss[SITE_MAX_TAPS];
	unsigned unmapped_told;
	bool stats;
	int64_t lag;
};

/**
 * pipeline_run() - Read all packets, hand all findings to the report
 * @p:		Pipeline with everything above @totals set
 */
void pipeline_run(struct pipeline *p);

/** pipeline_bind() - Find out which taps an interface can belong to, once */
void pipeline_bind(struct pipeline *p, uint32_t interface);

/** pipeline_renew() - The site was renewed: ask it everything again */
void pipeline_renew(struct pipeline *p);

#endif /* APP_PIPELINE_H */
