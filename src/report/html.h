/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html: what the files of the HTML writer share
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "private.h"

/* Longer names are cut where they are shown: a page has a bounded size. */
#define HTML_NAME 64
#define HTML_PATH 120

/* Groups that open to their packets; the next ones are rows of a table. */
#define HTML_BLOCKS   100
#define HTML_ROWS     1000
#define HTML_EXAMPLES 3
#define HTML_PATHS    4 /* groups that are drawn on the map */

extern const char html_style[];

/* ---- html_out.c: everything that a stranger wrote goes through these */

/** html_text() - Append any bytes as text or as the value of an attribute */
void html_text(struct str *s, const char *text);

/** html_clip() - The same, cut behind @max characters */
void html_clip(struct str *s, const char *text, size_t max);

/** html_tail() - The same, cut before the last @max characters: for paths */
void html_tail(struct str *s, const char *text, size_t max);

/** html_str() - As html_text(); frees what was in @text */
void html_str(struct str *s, struct str *text);

/** html_number() - Append 1234567 as "1 234 567", with narrow spaces */
void html_number(struct str *s, uint64_t n);

/**
 * html_scroll() - Begin a part that is moved sideways where it is too wide
 * @label:	What it is, for who does not see it
 */
void html_scroll(struct str *s, const char *label);
void html_scroll_end(struct str *s);

/** html_page() - Begin a page; @answer is its title, any bytes */
void html_page(struct report_walk *w, const char *answer);

/** html_contents() - What there is on it, as links */
void html_contents(struct str *s, const struct report *r);

/** html_page_end() - Close it behind its parts */
void html_page_end(struct report_walk *w);

/* ---- the parts of the page, in their order */

/** html_map() - Circuits, and the ways that findings took over them */
void html_map(struct report_walk *w);

/** html_group() - A group of findings, opening to its packets */
void html_group(struct report_walk *w, const struct report_group *g);

/** html_groups_end() - Close what html_group() has opened */
void html_groups_end(struct report_walk *w);

/**
 * html_ladder() - The packets of a finding, over taps and time
 * @number:	Of its group, for names of parts
 */
void html_ladder(struct report_walk *w, const struct finding *f, size_t number);

/** html_connection() - A row of the list of connections */
void html_connection(struct report_walk *w, const struct connection *c);

/** html_tables() - Services, circuits, taps and totals */
void html_tables(struct report_walk *w);

/** html_section() - Begin a section with its heading; "</section>" ends it */
void html_section(struct str *s, const char *id, const char *title);

/** html_services() - The plan's services, and what was seen of them */
void html_services(struct str *s, const struct report *r);

/** html_count(), html_msec(), html_circuits() - A cell of a table */
void html_count(struct str *s, uint64_t n);
void html_msec(struct str *s, int64_t ns);
void html_circuits(struct str *s, const struct report *r, uint64_t circuits);

/** html_table_end() - Close a table in a part that html_scroll() began */
void html_table_end(struct str *s);

/** html_severity() - "critical", "warning" or "info" as a mark with its word */
void html_severity(struct str *s, unsigned severity);

#endif /* REPORT_HTML_H */
