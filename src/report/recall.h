/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall: what the files that read JSON Lines back share
 */
#ifndef REPORT_RECALL_H
#define REPORT_RECALL_H

#include "private.h"

#include <asymcap/endpoints.h>

#include "aside.h"
#include "intern.h"
#include "jsonin.h"
#include "words.h"

#define RECALL_MAX_LINE	 (4u << 20) /* bytes; the plan is the longest */
#define RECALL_MAX_TEXT	 4096	    /* of a name, a path, a sentence */
#define RECALL_MAX_FILES 4096	    /* that sightings name */
#define RECALL_PREFIXES	 (1u << 17) /* of the plans of all runs */
#define RECALL_MAX_TEXTS 1024	    /* causes with their remedies */
#define RECALL_MAX_NAMES 4096	    /* areas of endpoint sets, and tags */
#define RECALL_MAX_ENDS	 (1u << 20) /* that such lists know */

/** enum told_sentence - What a line tells of a cause */
enum told_sentence { TOLD_CAUSE, TOLD_REMEDY, TOLD_LOG_HINT, TOLD_SENTENCES };

/** struct told_sentences - What was told of a cause, owned */
struct told_sentences {
	char *text[TOLD_SENTENCES];
};

/**
 * struct told_end - What the provider's lists call a remote end
 * @set:	Valid if @has_set; its area is borrowed, as is @tag
 * @tag:	Service Tag, or NULL
 */
struct told_end {
	bool has_set;
	struct endpoint_set set;
	const char *tag;
};

/**
 * struct told - What a report that is read back has in place of a capture,
 *		 and of the sentences of detect
 * @files:	By struct sighting.interface
 * @input:	Inputs of the run; their strings are owned
 * @texts:	By cause: what was told of it, joined
 * @sentence:	By cause: the same, in its parts
 * @has_sets, @has_tags: The run had endpoint sets, Service Tags
 * @names:	What these call things
 * @ends:	Remote ends that they know; room when there is a first
 * @end:	By its number there: what it is called; owned
 */
struct told {
	struct intern files;
	struct intern texts;
	struct told_sentences *sentence;
	bool has_sets;
	bool has_tags;
	struct intern names;
	struct intern ends;
	struct told_end *end;
	struct capture_input *input;
	size_t inputs;
};

/**
 * struct told_row - What runs told of a row of the plan, or of none
 * @told:	They did
 * @row:	Added up
 * @rtt:	Median of the run with the most connections, ns; -1 unknown
 * @most:	How many connections that run had
 */
struct told_row {
	bool told;
	bool dual_use;
	struct catalogue_row row;
	int64_t rtt;
	uint64_t most;
};

/**
 * struct told_rows - The plan against what was seen of it
 * @service:	By service, as many as @services; owned
 * @none:	By direction: connections that no row is for
 * @end:	Servers in no row
 * @pool:	NAT pools, owned
 */
struct told_rows {
	struct told_row *service;
	size_t services;
	struct told_row none[DIRECTION_INBOUND + 1];
	uint64_t more[DIRECTION_INBOUND + 1];
	struct catalogue_end end[CATALOGUE_ENDS];
	size_t ends;
	struct catalogue_pool *pool;
	size_t pools;
};

/**
 * struct recall_side - A report in the making
 * @summaries:	How many runs told their totals
 * @aside:	What probe and check told
 * @catalogue:	Made of @rows when all is read; NULL if there is none
 * @tapped:	Bit n: @tap n was told
 * @omitted:	Findings that the runs did not keep, by severity
 * @why:	Owned: why a run could not judge
 * @bad:	Lines that could not be used
 */
struct recall_side {
	struct report *report;
	struct report_totals totals;
	struct flow_counters flow;
	struct flow_tap seen[SITE_MAX_TAPS];
	struct report_tap tap[SITE_MAX_TAPS];
	struct told told;
	struct told_rows rows;
	struct aside aside;
	struct catalogue *catalogue;
	uint64_t tapped;
	uint64_t summaries;
	uint64_t omitted[SEVERITIES];
	uint64_t connections_omitted;
	char *why;
	uint64_t bad;
};

struct recall_input;

/**
 * struct recall - Reports that are read back, over one set of names
 * @site:	Circuits, taps and services as the lines name them
 * @services:	Numbers of services in @site
 * @prefixes:	Those of @site, each once
 * @unnamed:	Names that there was no room for
 * @with_aside:	What probe and check told is wanted
 */
struct recall {
	struct report_options options;
	struct site *site;
	struct topo *topo;
	struct intern services;
	struct intern prefixes;
	struct recall_side side[RECALL_SIDES];
	struct recall_input *input;
	size_t inputs;
	uint64_t bad;
	uint64_t unnamed;
	bool with_aside;
};

/* ---- recall_names.c */

/** recall_circuit() - Number of a circuit; CIRCUIT_NONE for NULL */
uint8_t recall_circuit(struct recall *rc, const char *name);

/** recall_circuits() - A list of names as bits */
uint64_t recall_circuits(struct recall *rc, const struct jsonin *list);

/**
 * recall_tap() - Number of a tap; TAP_NONE for NULL
 * @circuits:	Where it must be if it is new: of these, if it is one
 */
uint8_t recall_tap(struct recall *rc, const char *name, uint64_t circuits);

/** recall_taps() - A list of names as bits */
uint64_t recall_taps(struct recall *rc, const struct jsonin *list);

/** recall_service() - Number of a service; SERVICE_NONE for NULL */
uint16_t recall_service(struct recall *rc, const char *name);

/** recall_site() - Take the plan of a run */
void recall_site(struct recall *rc, const struct jsonin *o);

/* ---- recall_finding.c: false where the line lacks what it needs (@why) */

bool recall_finding(struct recall *rc, struct recall_side *side,
		    const struct jsonin *o, struct str *why);
bool recall_connection(struct recall *rc, struct recall_side *side,
		       const struct jsonin *o, struct str *why);

/* ---- recall_listed.c */

/** recall_listed() - Take what lists call the remote end of @f, as @o told it */
void recall_listed(struct recall *rc, struct told *told, const struct jsonin *o,
		   const struct finding *f);

/** told_listed() - The same, of a run that was read back */
void told_listed(const struct told *told, const struct finding *f,
		 struct listed *listed);

/* ---- recall_totals.c */

bool recall_tap_line(struct recall *rc, struct recall_side *side,
		     const struct jsonin *o, struct str *why);
bool recall_summary(struct recall_side *side, const struct jsonin *o,
		    struct str *why);

/** recall_bad_input() - Note what is wrong with a file of lines, copied */
void recall_bad_input(struct told *told, const char *path, const char *problem);

/* ---- recall_rows.c */

bool recall_service_line(struct recall *rc, struct recall_side *side,
			 const struct jsonin *o, struct str *why);
bool recall_pool_line(struct recall *rc, struct recall_side *side,
		      const struct jsonin *o, struct str *why);

/** recall_catalogue() - All lines are read: make a catalogue of the rows */
void recall_catalogue(struct recall *rc, struct recall_side *side);

/** recall_rows_free() - The rows, and the catalogue */
void recall_rows_free(struct recall_side *side);

/* ---- recall_aside.c: lines of probe and of check */

bool recall_probe_line(struct recall_side *side, const struct jsonin *o,
		       struct str *why);
void recall_probe_summary(struct recall *rc, struct recall_side *side,
			  const struct jsonin *o);
bool recall_check_line(struct recall *rc, struct recall_side *side,
		       const struct jsonin *o, struct str *why);
void recall_plan_line(struct recall *rc, struct recall_side *side,
		      const struct jsonin *o);

/* ---- recall_foreign.c */

/**
 * recall_foreign() - What a file is instead of JSON Lines, by how it begins
 *
 * Return: "is a capture; ...", with what to do; NULL: nothing that is known
 */
const char *recall_foreign(const char *begin, size_t size);

/** recall_finish() - All lines are read: complete the report */
void recall_finish(struct recall_side *side);

/** told_free() - Free what it holds */
void told_free(struct told *t);

#endif /* REPORT_RECALL_H */
