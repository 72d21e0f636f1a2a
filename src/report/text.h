/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text: what the files of the text writer share
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "private.h"

#define TEXT_INDENT 10 /* details stand under the rule's name */

enum text_tone {
	TONE_PLAIN,
	TONE_GOOD,
	TONE_INFO,
	TONE_WARNING,
	TONE_CRITICAL,
	TONE_BOLD,
};

/** text_tone_code() - The bytes that switch a terminal to a colour */
const char *text_tone_code(enum text_tone tone);

/** text_tone() - Append the switch to a colour, nothing without colours */
void text_tone(struct report_walk *w, enum text_tone tone);

/**
 * text_para() - Append an indented paragraph, folded to the terminal, or at
 *		 100 columns where there is none
 * @w:		Walk
 * @indent:	Columns before the first line
 * @label:	Begins the first line, e.g. "Cause: "; may be ""
 * @text:	Any bytes
 *
 * Later lines stand under the text, behind the label.
 */
void text_para(struct report_walk *w, unsigned indent, const char *label,
	       const char *text);

/**
 * text_line() - Append a line that is not folded, so that programs find it
 * @text:	Any bytes
 */
void text_line(struct report_walk *w, const char *label, const char *text);

/** struct text_sentence - One that says how things are, any bytes */
struct text_sentence {
	enum text_tone tone; /* TONE_PLAIN: it explains the one before */
	struct str s;
};

#define TEXT_SENTENCES 4

/**
 * text_verdict() - The answer, the most important sentence first
 * @sentence:	Result, TEXT_SENTENCES of them; @s to be freed
 *
 * Return: how many
 */
size_t text_verdict(const struct report_walk *w,
		    struct text_sentence *sentence);

/** text_limits() - As text_verdict(): what else is to be known first */
size_t text_limits(const struct report_walk *w, struct text_sentence *sentence);

/** text_findings() - Append "20 critical in 2 groups."; nothing without any */
void text_findings(struct str *s, const struct report_walk *w);

/** text_seen() - Append "444 packets (390 TCP), ...": how much, and when */
void text_seen(struct str *s, const struct report_walk *w);

/** text_spaces() - Append @n spaces */
void text_spaces(struct str *s, size_t n);

/** text_pad() - Append any bytes, then spaces up to @width columns */
void text_pad(struct str *s, const char *text, size_t width);

/** text_columns() - Columns that text_pad() needs for a text */
size_t text_columns(const char *text);

/** text_number() - Append a number and its noun: "1 packet", "2 packets" */
void text_number(struct str *s, uint64_t n, const char *noun);

/** text_date() - Append "2026-11-22" */
void text_date(struct str *s, struct timestamp t);

/** text_clock() - Append "19:01:18.440978" */
void text_clock(struct str *s, struct timestamp t);

/** text_same_day() - Whether both are of one day in UTC */
bool text_same_day(struct timestamp a, struct timestamp b);

/** text_distance() - Nanoseconds between two times, in either order */
uint64_t text_distance(struct timestamp from, struct timestamp to);

/** text_duration() - Append "62 us", "5.1 s", "3 h 12 min" */
void text_duration(struct str *s, uint64_t ns);

/** text_period() - Append "19:36:00.610 to 19:36:05.720 on DATE UTC (5.1 s)" */
void text_period(struct str *s, struct timestamp first, struct timestamp last);

/**
 * text_packets() - Where the packets of a finding are, if any are known
 * @w:		Walk
 * @f:		Finding
 * @block:	A time whose date the reader has just seen
 */
void text_packets(struct report_walk *w, const struct finding *f,
		  struct timestamp block);

/** text_same_packets() - Whether text_packets() says the same of both */
bool text_same_packets(const struct finding *a, const struct finding *b);

struct group_key;

/** text_ends() - Append "40.96.0.0/24 -> 203.0.113.25" */
void text_ends(struct str *s, const struct group_key *k);

/** text_prefix() - Append a prefix, or an address where it is one */
void text_prefix(struct str *s, const struct addr *base, uint8_t len);

/**
 * text_title() - Append what a group about connections is, without its ends
 *
 * "asymmetric-handshake  1 connection  SYN internet -> SYN-ACK er-chicago ..."
 */
void text_title(struct str *s, const struct report *r,
		const struct report_group *g);

/** text_path() - Append which way it went: "SYN internet -> nothing" */
void text_path(struct str *s, const struct report *r,
	       const struct group_key *k);

/** text_count() - Append "3 connections, 12 packets" */
void text_count(struct str *s, const struct report_group *g);

/** text_about_tap() - Whether a group is about a tap, not about connections */
bool text_about_tap(const struct group_key *k);

/** text_missing() - Append which taps (bits) would turn unknown into known */
void text_missing(struct str *s, const struct report *r, uint64_t taps);

/** text_group() - A block for a group of findings */
void text_group(struct report_walk *w, const struct report_group *g);

/** text_news() - A line for a group that is new, with its time */
void text_news(struct report_walk *w, const struct report_group *g);

/** text_connection() - A line for a connection */
void text_connection(struct report_walk *w, const struct connection *c);

/** text_taps() - The table of taps */
void text_taps(struct report_walk *w);

/** text_rows() - The plan's rows against what was seen */
void text_rows(struct report_walk *w);

/** text_classes() - Append " 10 symmetric, 2 refused." */
void text_classes(struct str *s, const struct report_walk *w);

/** text_bad_inputs() - What limits the verdict: inputs that were not read */
void text_bad_inputs(struct report_walk *w);

/** text_totals() - Classes, what was not decoded, and the inputs */
void text_totals(struct report_walk *w);

/**
 * text_ladder() - The packets of a connection, a line each
 * @w:		Walk
 * @about:	Connection
 * @l:		What became of its packets
 */
void text_ladder(struct report_walk *w, const struct finding *about,
		 const struct ladder *l);

/** text_severity() - Append the word of a severity in its colour, TEXT_INDENT
 *		      columns wide
 */
void text_severity(struct report_walk *w, unsigned severity);

/** text_explained() - A connection: its packets, and what they mean */
void text_explained(struct report_walk *w, const struct explained *x);

/** text_chosen() - Which connections follow, or what comes near */
void text_chosen(struct report_walk *w, const struct report_explanation *e);

#endif /* REPORT_TEXT_H */
