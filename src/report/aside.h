/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * aside: what probe and check have told, which a report shows beside a run
 *
 * DOC: Theory of operation
 *
 * Both commands write sentences of their own, and whoever logs a test or keeps
 * a plan wants to read these again, not to have them judged once more.  So a
 * probe is kept as what its line says; a plan becomes a struct plan again, and
 * is written as check itself does.  A run of probe ends with its summary, a
 * plan with its totals: what follows belongs to the next one.
 */
#ifndef REPORT_ASIDE_H
#define REPORT_ASIDE_H

#include <asymcap/plan.h>

#include "probe.h"

#define ASIDE_MAX_LINES 20000	    /* probes and results that are kept */
#define ASIDE_MAX_BYTES (64u << 20) /* of their texts */
#define ASIDE_MAX_RUNS	1000	    /* of probe, and plans */
#define ASIDE_ROWS	250	    /* of a table of a page */

/** enum aside_text - What is told of a probe in words */
enum aside_text {
	ASIDE_TARGET,
	ASIDE_SERVICE,
	ASIDE_MESSAGE,
	ASIDE_SYN_AT, /* taps, and the source there */
	ASIDE_ANSWER_AT,
	ASIDE_SOURCE, /* of a connection from outside: whether it was hidden */
	ASIDE_FINDINGS,
	ASIDE_CAUSE,
	ASIDE_REMEDY,
	ASIDE_HOPS,
	ASIDE_TEXTS
};

/**
 * struct aside_probe - A line of probe
 * @time:	Valid if @has_time
 * @ends:	Valid if @has_ends
 * @syns:	How many were sent
 * @rtt:	ns; -1: not known
 * @text:	Any bytes, owned; NULL: nothing
 */
struct aside_probe {
	struct timestamp time;
	bool has_time;
	bool has_ends;
	bool judged;
	bool planned;
	enum probe_outcome outcome;
	struct tuple ends;
	uint64_t syns;
	int64_t rtt;
	char *text[ASIDE_TEXTS];
};

/**
 * struct aside_run - A run of probe
 * @probe:	Owned
 * @totals:	Valid if @over, else summed up from @probe
 * @count:	How many there were
 * @over:	It has told its summary
 */
struct aside_run {
	struct aside_probe *probe;
	size_t probes;
	struct probe_totals totals;
	uint64_t count;
	bool over;
};

/**
 * struct aside_plan - A plan that was checked
 * @plan:	Its results, their paths, reasons and remedies are owned
 * @name:	Of the site, owned; NULL: not told
 * @over:	It has told its totals
 */
struct aside_plan {
	struct plan plan;
	char *name;
	bool over;
};

/**
 * struct aside - All of it
 * @lines, @bytes: That are kept
 * @dropped:	Lines that are not
 */
struct aside {
	struct aside_run *run;
	size_t runs;
	struct aside_plan *plan;
	size_t plans;
	size_t lines;
	size_t bytes;
	uint64_t dropped;
};

/** aside_free() - Free what it holds */
void aside_free(struct aside *a);

/** text_aside(), html_aside() - Write it, by the report of a walk */
void text_aside(struct report_walk *w);
void html_aside(struct report_walk *w);

#endif /* REPORT_ASIDE_H */
