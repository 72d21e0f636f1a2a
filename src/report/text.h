/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text: what the files of the text writer share
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "private.h"

#define TEXT_INDENT	10	/* details stand under the rule's name */

enum text_tone {
	TONE_PLAIN,
	TONE_GOOD,
	TONE_INFO,
	TONE_WARNING,
	TONE_CRITICAL,
	TONE_BOLD,
};

/** text_tone() - Append the switch to a colour, nothing without colours */
void text_tone(struct report_walk *w, enum text_tone tone);

/**
 * text_para() - Append an indented paragraph, folded to the terminal
 * @w:		Walk
 * @indent:	Columns before the first line
 * @label:	Begins the first line, e.g. "Cause: "; may be ""
 * @text:	Any bytes
 *
 * Later lines stand under the text, behind the label.
 */
void text_para(struct report_walk *w, unsigned indent, const char *label,
	       const char *text);

/** text_pad() - Append any bytes, then spaces up to @width columns */
void text_pad(struct str *s, const char *text, size_t width);

/** text_columns() - Columns that text_pad() needs for a text */
size_t text_columns(const char *text);

/** text_number() - Append a number and its noun: "1 packet", "2 packets" */
void text_number(struct str *s, uint64_t n, const char *noun);

/** text_group() - A block for a group of findings */
void text_group(struct report_walk *w, const struct report_group *g);

/** text_connection() - A line for a connection */
void text_connection(struct report_walk *w, const struct connection *c);

/** text_taps() - The table of taps */
void text_taps(struct report_walk *w);

/** text_totals() - Classes, what was not decoded, and the inputs */
void text_totals(struct report_walk *w);

#endif /* REPORT_TEXT_H */
