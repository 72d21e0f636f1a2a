/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * private: what the files of report share
 *
 * Theory of operation
 *
 * A report is filled during a run and written once, at its end.  Writing is
 * one walk (report.c): the verdict, the findings, the connections, the taps,
 * the totals, in this order.  A format is a struct report_writer that renders
 * each of these into a string; the walk writes the string out, watches for
 * errors and knows no format.
 *
 * People are shown groups (group.h), programs each finding: a writer has
 * either the one or the other function.
 *
 * Names of taps, circuits, services and files come from files that anybody
 * may have written.  They are collected as they are and escaped once, by the
 * writer, when they are put into its output: str_add_safe() for a terminal,
 * str_add_json() for JSON.
 */
#ifndef REPORT_PRIVATE_H
#define REPORT_PRIVATE_H

#include <asymcap/report.h>

#include "store.h"

/**
 * struct report - What was taken so far
 * @told:	What a report that was read back has in place of @capture and
 *		@texts, else NULL; borrowed
 * @said, @said_connections: What report_say() has taken out of @findings and
 *		@connections, for the whole report at the end
 * @known:	Groups that report_say() has said
 * @top:	Groups for a screen, or NULL
 * @prefixes:	From an address to the index of the site's prefix it lies in
 * @prefix:	The site's prefixes
 * @catalogue:	What was seen of the plan's rows, or NULL
 * @aside:	What other commands told, or NULL; borrowed
 * @aside_alone: Of a run nothing is told
 * @found:	Findings by severity, kept or not
 * @omitted:	Of these, by severity, what was not kept
 * @by_impact:	Asymmetric handshakes, kept or not
 * @nat:	Findings about source NAT at warning or above, kept or not
 * @connections_omitted: Connections that were not kept
 * @counts:	For report_counts()
 * @max:	Findings and connections that are kept, of each
 */
struct report {
	const struct topo *topo;
	const struct site *site;
	const struct capture *capture;
	struct report_texts texts;
	const struct told *told;
	struct report_options options;
	struct prefix_map prefixes;
	struct prefix *prefix;
	size_t prefix_count;
	struct store findings;
	struct store connections;
	struct store said;
	struct store said_connections;
	struct known_groups *known;
	struct top *top;
	struct report_tap *tap;
	struct catalogue *catalogue;
	const struct aside *aside;
	bool aside_alone;
	size_t taps;
	uint64_t found[SEVERITIES];
	uint64_t omitted[SEVERITIES];
	uint64_t by_impact[IMPACT_BROKEN + 1];
	uint64_t nat;
	uint64_t connections_omitted;
	struct report_counts counts;
	size_t max;
};

struct aside;
struct report_groups;
struct report_group;
struct explained;

/**
 * struct report_walk - One writing of a report
 * @r:		Report
 * @totals:	Of the run
 * @groups:	Groups of findings; only where the writer has @group
 * @shown:	Connections that were rendered; where the writer counts them
 * @s:		What was rendered and not yet written
 */
struct report_walk {
	const struct report *r;
	const struct report_totals *totals;
	const struct report_groups *groups;
	uint64_t shown;
	struct str s;
};

/**
 * struct report_writer - A format; each function appends to @w->s
 * @begin:	Before all else
 * @finding:	Each finding, in order; NULL for a writer of groups
 * @group:	Each group, the gravest first; NULL for a writer of findings
 * @connection:	Each connection that was taken, in order
 * @taps:	The taps
 * @rows:	The rows of the plan, where the report has a catalogue; or NULL
 * @aside:	What other commands told, where there is any; by itself if
 *		nothing else is; NULL for a writer of findings
 * @end:	After all else
 * @news:	A group that is new, while the run goes on; NULL for a writer
 *		of findings
 * @explained:	A connection that is explained
 * @chosen:	Before these: which they are, or that there is none
 */
struct report_writer {
	void (*begin)(struct report_walk *w);
	void (*finding)(struct report_walk *w, const struct finding *f);
	void (*group)(struct report_walk *w, const struct report_group *g);
	void (*connection)(struct report_walk *w, const struct connection *c);
	void (*taps)(struct report_walk *w);
	void (*rows)(struct report_walk *w);
	void (*aside)(struct report_walk *w);
	void (*end)(struct report_walk *w);
	void (*news)(struct report_walk *w, const struct report_group *g);
	void (*explained)(struct report_walk *w, const struct explained *x);
	void (*chosen)(struct report_walk *w,
		       const struct report_explanation *e);
};

extern const struct report_writer text_writer;
extern const struct report_writer json_writer;
extern const struct report_writer html_writer;

/* ---- report.c */

extern const struct store_shape finding_shape;
extern const struct store_shape connection_shape;
extern const struct report_writer *const report_writers[];

/** report_quota() - Findings that are kept when one of a severity comes */
size_t report_quota(const struct report *r, enum severity s);

/** walk_findings() - Render and write what is in r->findings, by the writer */
bool walk_findings(struct report_walk *w, const struct report_writer *to,
		   FILE *out);

/** walk_list() - The same for r->connections */
bool walk_list(struct report_walk *w, const struct report_writer *to,
	       FILE *out);

/** walk_write() - Write out what was rendered, once it is @when bytes */
bool walk_write(struct report_walk *w, FILE *out, size_t when);

/* ---- counts.c */

/** counts_add() - Count a finding for report_counts() */
void counts_add(struct report *r, const struct finding *f);

/* ---- live.c */

/** live_gather() - Put what was said back to what is written at the end */
void live_gather(struct report *r);

/** live_end() - Free what report_say() needs */
void live_end(struct report *r);

/* ---- choose.c */

/** report_same_connection() - Whether both findings are about one connection */
bool report_same_connection(const struct finding *a, const struct finding *b);

/* ---- explain.c */

#define EXPLAINED_FINDINGS 8

/**
 * struct explained - A connection with all that is known of it
 * @index:	From 0
 * @of:		How many are explained
 * @ladder:	Its packets
 * @found:	Findings about it, the gravest first
 * @count:	How many
 * @told:	Bit n: cause n was told of one before
 */
struct explained {
	size_t index;
	size_t of;
	const struct finding *about;
	const struct ladder *ladder;
	struct finding found[EXPLAINED_FINDINGS];
	size_t count;
	uint64_t told;
};

/* ---- top.c */

/** top_take() - Remember the groups of what is about to be said */
void top_take(struct report *r);

/* ---- both */

/** walk_class() - Connections of a class */
uint64_t walk_class(const struct report_walk *w, enum conn_class c);

/** walk_connections() - Connections of all classes */
uint64_t walk_connections(const struct report_walk *w);

/** report_findings() - Findings of all severities, kept or not */
uint64_t report_findings(const struct report *r);

#endif /* REPORT_PRIVATE_H */
