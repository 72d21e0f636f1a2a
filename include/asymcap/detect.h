/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * detect: from connections to findings, one file a rule
 */
#ifndef ASYMCAP_DETECT_H
#define ASYMCAP_DETECT_H

#include <asymcap/finding.h>
#include <asymcap/flow.h>
#include <asymcap/topo.h>

/** struct detect_sink - Who is handed the findings; each borrowed for the call */
struct detect_sink {
	void (*finding)(void *arg, const struct finding *f);
	void *arg;
};

/**
 * detect_connection() - Run every rule over a connection that is over
 * @topo:	Topology
 * @c:		Connection
 * @sink:	Called for each finding, zero or more times
 */
void detect_connection(const struct topo *topo, const struct connection *c,
		       const struct detect_sink *sink);

/**
 * struct tap_health - What a run has learnt of its taps
 * @taps:	How many
 * @seen:	By tap: from flow_table_tap(), borrowed
 * @drops:	By tap: packets that the capture says it lost
 * @bound:	Bit n: tap n has a file or interface in this run
 * @flows:	For flow_table_overlap()
 * @unmapped:	Segments that no tap matched
 * @first, @last: Times of the run
 * @timed:	Bit n: @from and @to say when tap n was capturing
 * @from, @to:	By tap: times of the first and last frame of its files
 */
struct tap_health {
	unsigned taps;
	const struct flow_tap *seen[SITE_MAX_TAPS];
	uint64_t drops[SITE_MAX_TAPS];
	uint64_t bound;
	const struct flow_table *flows;
	uint64_t unmapped;
	struct timestamp first;
	struct timestamp last;
	uint64_t timed;
	struct timestamp from[SITE_MAX_TAPS];
	struct timestamp to[SITE_MAX_TAPS];
};

/**
 * detect_taps() - Run every rule over the taps of a run that has ended
 * @topo:	Topology
 * @h:		Health of its taps
 * @sink:	Called for each finding
 */
void detect_taps(const struct topo *topo, const struct tap_health *h,
		 const struct detect_sink *sink);

/** detect_one_way() - The taps (bits) that show one direction only */
uint64_t detect_one_way(const struct tap_health *h);

/** detect_lossy() - The taps (bits) that lost packets */
uint64_t detect_lossy(const struct tap_health *h);

/**
 * enum cause - What a finding points to
 *
 * The texts are the planning guide's terms in our words.
 */
enum cause {
	CAUSE_NONE,
	CAUSE_NO_INBOUND_SNAT,	   /* the guide's Problem 1 */
	CAUSE_NO_INBOUND_SNAT_ER,  /* Problem 2 */
	CAUSE_REPLY_OTHER_CIRCUIT, /* outbound: source reached back elsewhere */
	CAUSE_SHARED_POOL, /* the pool belongs to the answering circuit */
	CAUSE_NO_NAT_RULE,
	CAUSE_NAT_FARTHER_OUT, /* private at an outside tap, and it works */
	CAUSE_WRONG_POOL,
	CAUSE_UNDECLARED_SOURCE,
	CAUSE_SOURCE_NOT_ACCEPTED, /* unanswered, and its source escaped */
	CAUSE_NO_ANSWER,
	CAUSE_FILTERED,	    /* unanswered, and by ICMP somebody refused it */
	CAUSE_NOT_ROUTED,   /* ... had no route or host for it */
	CAUSE_ROUTING_LOOP, /* ... saw it run out of hops */
	CAUSE_PATH_MTU,	    /* ... found it too large */
	CAUSE_UNTAPPED_REQUEST,
	CAUSE_INBOUND_SNAT_MISSING,
	CAUSE_MOVED_PATH,
	CAUSE_ONE_WAY_TAP,
	CAUSE_SAME_MIRROR_TWICE,
	CAUSE_CAPTURE_LOSS,
	CAUSE_TAP_NOT_DECLARED,
	CAUSE_TAP_SILENT,
	CAUSE_TAPS_APART,
	CAUSE_MIDSTREAM_ASYMMETRY,
	CAUSE_OFF_PLAN,
	CAUSE_OTHER_SNAT,
	CAUSE_OTHER_SERVER,
	CAUSES
};

/**
 * cause_text() - The cause in a sentence
 * cause_remedy() - What mends it
 * cause_log_hint() - The words that the reader's firewall will have logged,
 *		      or "" where no firewall log is to be expected
 */
const char *cause_text(enum cause c);
const char *cause_remedy(enum cause c);
const char *cause_log_hint(enum cause c);

#endif /* ASYMCAP_DETECT_H */
