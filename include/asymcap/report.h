/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report: one walk over findings; the formats only render
 *
 * A report collects the findings of a run, sorts them, groups them for people
 * and writes them: text or JSON Lines.  It never looks at a packet or a flow.
 * Where somebody waits for them, it says them while the run goes on.
 */
#ifndef ASYMCAP_REPORT_H
#define ASYMCAP_REPORT_H

#include <asymcap/capture.h>
#include <asymcap/explain.h>
#include <asymcap/catalogue.h>
#include <asymcap/finding.h>
#include <asymcap/flow.h>
#include <asymcap/probe.h>
#include <asymcap/topo.h>

#define REPORT_MAX_FINDINGS (1u << 20) /* kept, others are counted */

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_HTML,
};

/**
 * struct report_texts - The sentences of a cause, from detect
 *
 * report may not use detect; app passes the three functions in.
 */
struct report_texts {
	const char *(*cause)(uint16_t cause);
	const char *(*remedy)(uint16_t cause);
	const char *(*log_hint)(uint16_t cause);
};

/**
 * struct report_totals - What a run has seen, filled by app at the end
 * @packets:	Frames of all inputs
 * @bytes:	Their bytes on the wire
 * @tcp_packets: Segments
 * @first, @last: Times of the earliest and latest frame; valid if @packets
 * @undecoded:	By enum decode_result; [DECODE_TCP] is not used
 * @flow:	Counters of the flow table
 * @lost_lines:	That were said before, and could not be written
 * @lost_packets: Of findings, that could not be written (--write)
 * @judged:	Whether enough was seen to say that all is well (4.6)
 * @not_judged_why: If not: what was missing, one sentence, else NULL
 */
struct report_totals {
	uint64_t packets;
	uint64_t bytes;
	uint64_t tcp_packets;
	struct timestamp first;
	struct timestamp last;
	uint64_t undecoded[DECODE_RESULTS];
	const struct flow_counters *flow;
	uint64_t lost_lines;
	uint64_t lost_packets;
	bool judged;
	const char *not_judged_why;
};

/**
 * struct report_tap - Health of one tap, filled by app at the end
 * @tap:	Tap number
 * @seen:	From flow_table_tap(), borrowed
 * @drops:	Packets that the capture says it lost
 * @drops_known: Whether it says so at all
 * @undecoded:	By enum decode_result, of the interfaces that this tap alone has
 */
struct report_tap {
	uint8_t tap;
	const struct flow_tap *seen;
	uint64_t drops;
	bool drops_known;
	uint64_t undecoded[DECODE_RESULTS];
};

/**
 * struct report_options - How to write
 * @format:	Text or JSON Lines
 * @color:	ANSI colours in text
 * @flows:	Connections are printed too
 * @width:	Columns of the terminal, 0 for no wrapping
 * @max_findings: Findings and connections that are kept, of each; 0 for
 *		REPORT_MAX_FINDINGS.  Half of it is for any finding, a quarter
 *		more for warnings, all of it for critical ones.
 */
struct report_options {
	enum report_format format;
	bool color;
	bool flows;
	unsigned width;
	size_t max_findings;
};

struct report;

/**
 * report_new() - An empty report
 * @topo:	For names of circuits, taps and services; borrowed
 * @capture:	For file names of sightings; borrowed
 * @texts:	Copied
 * @options:	Copied
 */
struct report *report_new(const struct topo *topo,
			  const struct capture *capture,
			  const struct report_texts *texts,
			  const struct report_options *options);
void report_free(struct report *r);

/** report_refresh() - The topology was refreshed: group by its prefixes now */
void report_refresh(struct report *r);

/* ------------------------------------------------ reports that are read back */

#define RECALL_SIDES 2 /* reports over one set of names: before and after */

struct recall;

/**
 * recall_new() - Read back what --format json has written
 * @options:	How the reports will be written, copied
 */
struct recall *recall_new(const struct report_options *options);

/** recall_free() - The reports and their totals go, too */
void recall_free(struct recall *rc);

/**
 * recall_add() - Open a file of JSON Lines
 * @path:	Borrowed until recall_read(); "-" is standard input
 * @side:	Which report it is for; several files for one are added up
 *
 * Return: false after a line on standard error
 */
bool recall_add(struct recall *rc, const char *path, unsigned side);

/**
 * recall_keep_aside() - Lines of probe and check are to be shown as well
 *
 * Else they are passed over, and the first of each file is told.  A report as
 * JSON Lines has no place for them.
 */
void recall_keep_aside(struct recall *rc);

/**
 * recall_usable() - Whether none of the files is plainly something else
 *
 * Return: false after a line on standard error for each that is
 */
bool recall_usable(const struct recall *rc);

/**
 * recall_read() - Read all files that were added, once
 *
 * Return: false after lines on standard error, if a line could not be used;
 *	   the others are in the reports
 */
bool recall_read(struct recall *rc);

/** recall_report() - A report that was read back, borrowed */
struct report *recall_report(struct recall *rc, unsigned side);
const struct report_totals *recall_totals(const struct recall *rc,
					  unsigned side);

/* -------------------------------------------------- taking, then writing */

/** report_finding() - Take a finding, copied; beyond the bound, counted */
void report_finding(struct report *r, const struct finding *f);

/** report_connection() - Take a connection (--flows), copied or counted */
void report_connection(struct report *r, const struct connection *c);

/** report_tap() - Take the health of a tap, copied but for @seen */
void report_tap(struct report *r, const struct report_tap *tap);

/**
 * report_catalogue() - Take what was seen of the plan's rows
 * @k:		Borrowed until the report is freed
 */
void report_catalogue(struct report *r, struct catalogue *k);

/**
 * struct report_doubt - Taps whose silence proves nothing
 * @one_way:	Bit n: tap n shows one direction only
 * @lossy:	Bit n: tap n lost packets
 * @absent:	Bit n: nothing that this run was given is of tap n
 * @timed:	Bit n: @from and @to say when tap n was capturing
 * @from, @to:	By tap: times of its first and last frame
 * @withheld:	Result: connections that were judged by the absence of a
 *		packet, by the class that they had
 */
struct report_doubt {
	uint64_t one_way;
	uint64_t lossy;
	uint64_t absent;
	uint64_t timed;
	struct timestamp from[SITE_MAX_TAPS];
	struct timestamp to[SITE_MAX_TAPS];
	uint64_t withheld[CLASSES];
};

/**
 * report_withhold() - Take back what rests on the silence of such taps
 * @r:		Report
 * @doubt:	In and out
 *
 * Findings that say "no answer" or "no request" are removed; connections that
 * are listed, and other findings about them, get the class indeterminate; and
 * a circuit with such a tap is not accused of having dropped a packet.
 */
void report_withhold(struct report *r, struct report_doubt *doubt);

/**
 * report_say() - Say what came since the last call, while the run goes on
 * @r:		Report
 * @doubt:	In and out, as for report_withhold(): of what is new
 * @out:	Open stream, flushed
 *
 * JSON: a line for each finding, and for each connection that is listed; they
 * are not kept, and report_write() writes only what came after the last call.
 * Text: a line for each new group of findings; report_write() then writes the
 * whole report.
 *
 * Return: false if writing failed (errno)
 */
bool report_say(struct report *r, struct report_doubt *doubt, FILE *out);

/**
 * report_each() - Look at the findings that report_say() has not said yet
 * @r:		Report
 * @look:	Called for each, in order of time; the value is borrowed
 * @arg:	Passed on
 */
void report_each(struct report *r,
		 void (*look)(void *arg, const struct finding *f), void *arg);

/**
 * report_count() - Findings at or above a severity so far, those that were
 *		    not kept among them
 */
uint64_t report_count(const struct report *r, enum severity at_least);

/**
 * struct report_counts - Findings so far, kept or not, less what is withheld
 * @rules:	By rule and severity
 * @asymmetric:	asymmetric-handshake by impact and slot (enum circuit_slot) of
 *		the SYN and of the answer
 * @escapes:	snat-escape by slot of the circuit and reason
 *
 * Between report_say() and the next finding nothing of it is in doubt, and
 * what was counted then never becomes less.
 */
struct report_counts {
	uint64_t rules[RULES][SEVERITIES];
	uint64_t asymmetric[IMPACT_BROKEN + 1][CIRCUIT_SLOTS][CIRCUIT_SLOTS];
	uint64_t escapes[CIRCUIT_SLOTS][ESCAPE_UNKNOWN + 1];
};

const struct report_counts *report_counts(const struct report *r);

/**
 * report_write() - Write all of it
 * @r:		Report
 * @totals:	Of the run
 * @out:	Open stream
 *
 * Return: false if writing failed (errno)
 */
bool report_write(struct report *r, const struct report_totals *totals,
		  FILE *out);

/* ---- metrics: what monitoring asks for while a run goes on */

/** struct metrics_interface - A capture interface, and what came from it */
struct metrics_interface {
	char *name;
	bool up;
	uint64_t packets;
	uint64_t bytes;
	uint64_t kernel_drops;
	uint64_t interface_drops;
	uint64_t undecoded[DECODE_RESULTS];
};

/**
 * struct metrics_tap - A tap, and what was seen at it
 * @circuit:	Name of its circuit, or NULL
 */
struct metrics_tap {
	char *name;
	char *circuit;
	struct flow_tap seen;
};

/**
 * struct metrics_circuit - A circuit
 * @expected_rtt: ns, 0 if not stated
 */
struct metrics_circuit {
	char *name;
	int64_t expected_rtt;
	struct flow_rtt rtt;
};

/** struct metrics_path - A count of struct flow_stats that is not 0 */
struct metrics_path {
	enum conn_class class;
	enum impact impact;
	unsigned syn;
	unsigned answer;
	uint64_t count;
};

/**
 * struct metrics_process - What the system says of this process
 * @known:	False: what /proc says is not known
 * @started:	When it began, by the clock
 * @cpu:	Processor time, ns
 */
struct metrics_process {
	bool known;
	struct timestamp started;
	int64_t cpu;
	uint64_t resident;
	uint64_t virtual;
	uint64_t open_fds;
	uint64_t max_fds;
};

/**
 * struct metrics - All that is known at one moment, with no pointer into a run
 * @version:	Static
 * @taken:	When, by the clock
 * @lag:	How long packets waited at most, since the moment before, ns
 * @lost_lines:	Lines that could not be written
 * @lost_packets: Packets of findings that could not be written
 * @withheld:	Connections that rest on unreliable silence, by class
 */
struct metrics {
	const char *version;
	struct timestamp taken;
	int64_t lag;
	uint64_t tcp_packets;
	uint64_t lost_lines;
	uint64_t lost_packets;
	uint64_t max_flows;
	struct flow_counters flow;
	struct report_counts found;
	uint64_t withheld[CLASSES];
	struct metrics_process process;
	struct metrics_interface *interface;
	size_t interfaces;
	struct metrics_tap *tap;
	size_t taps;
	struct metrics_circuit *circuit;
	size_t circuits;
	struct metrics_path *path;
	size_t paths;
};

/** metrics_free() - Free it and all in it; NULL is fine */
void metrics_free(struct metrics *m);

/**
 * metrics_render() - Append it as Prometheus text, format 0.0.4
 *
 * Names come from command lines, site files and interfaces, and may be any
 * bytes.  No address of anybody is among it.
 */
void metrics_render(const struct metrics *m, struct str *out);

/* ---------------------------------------------------------- explanations */

/**
 * struct report_choice - Which connections are explained
 * @selector:	Which are meant; borrowed
 * @entry:	Only those of this entry of the text report, from 1; 0: any
 * @max:	How many at most
 * @about:	Result: each as a finding, the gravest first; owned
 * @count:	How many
 * @meant:	How many were meant, chosen or not
 * @found:	Findings about these, by severity
 * @entries:	Entries of the text report
 * @tap_entry:	@entry is about a tap, and about no connection
 */
struct report_choice {
	const struct selector *selector;
	uint64_t entry;
	size_t max;
	struct finding *about;
	size_t count;
	uint64_t meant;
	uint64_t found[SEVERITIES];
	uint64_t entries;
	bool tap_entry;
};

/**
 * report_choose() - Choose the most telling of the connections that are meant
 * @r:		Report that is complete; those that may be meant were listed
 * @c:		In and out; to be given to report_choice_free()
 *
 * Those with findings come first, an example of each entry of the text report
 * in its order, then others; then those that are broken or not sound; then by
 * time.
 */
void report_choose(struct report *r, struct report_choice *c);
void report_choice_free(struct report_choice *c);

/** report_facts() - A connection as a finding that no rule made */
void report_facts(struct finding *f, const struct connection *c);

/**
 * struct report_near - A connection that comes near what was asked for
 * @about:	The connection
 * @near:	What differs
 */
struct report_near {
	struct finding about;
	struct select_near near;
};

/**
 * struct report_explanation - What is to be explained
 * @choice:	The connections
 * @trace:	What became of their packets, in the same order
 * @asked:	What was asked for, in the user's words
 * @near:	Where nothing was meant: what comes near, the nearest first
 * @nears:	How many
 */
struct report_explanation {
	const struct report_choice *choice;
	const struct trace *trace;
	const char *asked;
	const struct report_near *near;
	size_t nears;
};

/**
 * report_explain() - Write what became of each connection, and why
 * @r:		Report
 * @totals:	Of the run
 * @e:		What to explain
 * @out:	Open stream
 *
 * Return: false if writing failed (errno)
 */
bool report_explain(struct report *r, const struct report_totals *totals,
		    const struct report_explanation *e, FILE *out);

/* ------------------------------------------------------------------ probes */

/** struct probe_sight - A SYN of a probe at a tap, as it was there */
struct probe_sight {
	struct timestamp time;
	struct addr source;
	uint16_t port;
	uint8_t tap;
};

#define REPORT_PROBE_SIGHTS   12
#define REPORT_PROBE_FINDINGS 4

/**
 * struct report_probe - An attempt, and what the taps saw of it
 * @target:	As it was asked for
 * @attempt:	NULL: a connection that came from outside, which @seen is
 * @seen:	The connection, as the taps saw it; NULL if none did
 * @outcome:	What became of it
 * @dropped_at:	Circuit whose edge ate a packet of it, or CIRCUIT_NONE
 * @answer_dropped: That packet was the answer
 * @service:	Row of the site that it tests, or SERVICE_NONE
 * @judged:	The taps saw enough to say which way it went
 * @planned:	It went as planned
 * @off_via:	It did not leave on the circuit that was asked for
 * @sight:	The SYN at each tap, in time order
 * @hop_taps:	Trace: taps (bits) that saw the answer of each hop
 * @finding:	What the rules say
 */
struct report_probe {
	const char *target;
	const struct probe_attempt *attempt;
	const struct connection *seen;
	enum probe_outcome outcome;
	uint8_t dropped_at;
	bool answer_dropped;
	uint16_t service;
	bool judged;
	bool planned;
	bool off_via;
	uint8_t sights;
	uint8_t findings;
	struct probe_sight sight[REPORT_PROBE_SIGHTS];
	uint64_t hop_taps[PROBE_HOPS];
	struct finding finding[REPORT_PROBE_FINDINGS];
};

/**
 * report_probes() - Write what became of some attempts
 * @r:		Report, for names and options
 * @list:	Attempts
 * @count:	How many
 * @out:	Open stream
 *
 * Each, then the statistics of all.
 *
 * Return: false if writing failed (errno)
 */
bool report_probes(struct report *r, const struct report_probe *list,
		   size_t count, FILE *out);

/* ------------------------------------------------------ the plan on paper */

struct plan;

enum plan_format {
	PLAN_TEXT,
	PLAN_JSON,  /* JSON Lines: a check a line, then their totals */
	PLAN_JUNIT, /* XML for a pipeline */
};

/**
 * struct plan_options - How to write a plan that was judged
 * @format:	Text, JSON Lines or JUnit
 * @color:	ANSI colours in text
 * @width:	Columns of the terminal, 0 for no wrapping
 * @all:	Text: what passes is listed, too
 * @fail_on:	JUnit: what is a failure
 */
struct plan_options {
	enum plan_format format;
	bool color;
	unsigned width;
	bool all;
	enum severity fail_on;
};

/**
 * report_plan() - Write a judged plan
 * @p:		Plan
 * @texts:	For the causes
 * @o:		How
 * @out:	Open stream
 *
 * Return: false if writing failed (errno)
 */
bool report_plan(const struct plan *p, const struct report_texts *texts,
		 const struct plan_options *o, FILE *out);

/* ----------------------------------------------------------------- screen */

/**
 * struct screen_tap - What goes on at a tap
 * @packets, @bytes: TCP, a second
 * @seen:	From flow_table_tap(), borrowed
 * @drops:	Packets that the capture says it lost
 * @drops_known: Whether it says so at all
 */
struct screen_tap {
	uint8_t tap;
	double packets;
	double bytes;
	const struct flow_tap *seen;
	uint64_t drops;
	bool drops_known;
};

/**
 * struct report_screen - What a screen shows beside the findings
 * @width, @height: Columns and lines; less than 20 and 5 are taken for these
 * @color:	ANSI colours
 * @running:	So long it has been watched, ns
 * @totals:	So far; @totals.flow counts
 * @tap:	The taps
 * @message:	The last lines of the log, the newest last
 */
struct report_screen {
	unsigned width;
	unsigned height;
	bool color;
	int64_t running;
	const struct report_totals *totals;
	const struct screen_tap *tap;
	size_t taps;
	const char *const *message;
	size_t messages;
};

/** report_top() - From now on, remember groups of findings for a screen */
void report_top(struct report *r);

/**
 * report_draw() - Draw the screen
 * @r:		Report, after report_top()
 * @s:		What to show
 * @out:	Lines are appended, at most @s->height, none wider than
 *		@s->width, each but the last with a newline
 */
void report_draw(const struct report *r, const struct report_screen *s,
		 struct str *out);

/* --------------------------------------------------------------- evidence */

/**
 * struct report_case - A group of findings about connections
 * @number:	From 1, in the order of the text report
 * @name:	Rule and circuits, of letters, digits, '-', '_' and '.'
 * @text:	What it is, who, when, why and what to do, in lines; any bytes
 * @count:	Findings of the group
 * @example:	The first of them, borrowed for the call
 * @examples:	How many
 */
struct report_case {
	size_t number;
	const char *name;
	const char *text;
	size_t count;
	const struct finding *example;
	size_t examples;
};

/**
 * report_cases() - Hand out the groups of findings, as the text report has them
 * @r:		Report that was written; as JSON Lines of a run that was
 *		watched, it has only what was not said before
 * @examples:	Findings of a group that are wanted, at most
 * @take:	Called for each group about connections, the gravest first
 * @arg:	Passed on
 */
void report_cases(struct report *r, size_t examples,
		  void (*take)(void *arg, const struct report_case *c),
		  void *arg);

/**
 * struct report_story - What was told of a connection, packet by packet
 * @f:		Finding about it; set it, and the rest to 0
 * @syn_taps:	Bit n: a SYN was told at tap n
 * @answer_taps: Bit n: a SYN-ACK was, or a RST that is the answer
 * @begun:	The finding itself was told
 * @escape:	A packet whose source escaped was told
 */
struct report_story {
	const struct finding *f;
	uint64_t syn_taps;
	uint64_t answer_taps;
	bool begun;
	bool escape;
};

/**
 * report_tell() - What is remarkable of a packet of a connection
 * @story:	Of its connection; call this for its packets in time order
 * @r:		Report
 * @s:		The packet, or what it quotes
 * @tap:	Where it was seen
 * @out:	Lines are appended, any bytes; nothing for most packets
 */
void report_tell(struct report_story *story, const struct report *r,
		 const struct segment *s, uint8_t tap, struct str *out);

/* ------------------------------------------------------ before and after */

enum diff_format {
	DIFF_TEXT,
	DIFF_JSON,
	DIFF_JUNIT,
};

enum diff_result {
	DIFF_NOTHING_NEW,
	DIFF_NEW,
	DIFF_CANNOT_JUDGE, /* one of the runs could not */
};

/**
 * recall_diff() - Write what is new, gone and unchanged from 0 to 1
 * @rc:		Reports that were read
 * @format:	How; colours and width are those of recall_new()
 * @fail_on:	Findings from this severity on are worth a DIFF_NEW
 * @out:	Open stream
 * @result:	Result
 *
 * Return: false if writing failed (errno)
 */
bool recall_diff(struct recall *rc, enum diff_format format,
		 enum severity fail_on, FILE *out, enum diff_result *result);

#endif /* ASYMCAP_REPORT_H */
