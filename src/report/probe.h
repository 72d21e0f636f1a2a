/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe: what the writers of probes share
 */
#ifndef REPORT_PROBE_H
#define REPORT_PROBE_H

#include "private.h"

/**
 * struct probe_rtt - Round-trip times over one circuit
 * @circuit:	Of the SYN; SITE_MAX_CIRCUITS: not known
 * @count:	How many are known
 * @min, @median, @max: ns
 * @mean, @deviation: ns
 * @expected:	What the plan says, ns; 0: nothing
 */
struct probe_rtt {
	unsigned circuit;
	size_t count;
	int64_t min;
	int64_t median;
	int64_t max;
	int64_t mean;
	int64_t deviation;
	int64_t expected;
};

/**
 * struct probe_totals - Of all attempts
 * @outcome:	How many, by outcome
 * @unjudged:	Of which the taps saw too little
 * @unplanned:	That did not go as planned
 * @syns, @answers: By tap: attempts whose SYN, or answer, was seen there
 * @rtt, @rtts:	By circuit
 */
struct probe_totals {
	uint64_t outcome[PROBE_OUTCOMES];
	uint64_t unjudged;
	uint64_t unplanned;
	uint64_t syns[SITE_MAX_TAPS];
	uint64_t answers[SITE_MAX_TAPS];
	struct probe_rtt rtt[SITE_MAX_CIRCUITS + 1];
	size_t rtts;
};

/** probe_totals_of() - Sum up */
void probe_totals_of(const struct report *r, const struct report_probe *list,
		     size_t count, struct probe_totals *t);

/** probe_message() - Append what became of an attempt, in a sentence */
void probe_message(struct str *s, const struct report *r,
		   const struct report_probe *p);

/** probe_cause() - Why, where no rule says it; "" for none */
const char *probe_cause(const struct report_probe *p);
const char *probe_remedy(const struct report_probe *p);

/**
 * probe_hid_source() - Whether source NAT hid the client of an inbound
 *			connection from the site
 *
 * Return: 1 it did, 0 it did not, -1 no inside tap saw the connection
 */
int probe_hid_source(const struct report *r, const struct connection *c);

/** probe_sentence() - Append "5 probes: 4 connected, 1 silent; ..." */
void probe_sentence(struct str *s, const struct probe_totals *t, size_t count);

/** text_probe_outcome() - An outcome in its colour, as wide as details stand */
void text_probe_outcome(struct report_walk *w, enum probe_outcome outcome,
			bool planned, bool judged);

/** text_probe_detail() - A line of details; nothing without a text */
void text_probe_detail(struct report_walk *w, const char *label,
		       const char *text);

/** text_probe_totals() - The statistics of @count attempts */
void text_probe_totals(struct report_walk *w, const struct probe_totals *t,
		       size_t count);

void text_probe(struct report_walk *w, const struct report_probe *p);
void text_probe_end(struct report_walk *w, const struct report_probe *list,
		    size_t count);
void json_probe(struct report_walk *w, const struct report_probe *p);
void json_probe_end(struct report_walk *w, const struct report_probe *list,
		    size_t count);

#endif /* REPORT_PROBE_H */
