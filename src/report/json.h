/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json: what the files of the JSON writer share
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "private.h"

/** json_line_open() - Begin a line: the object that it is */
void json_line_open(struct str *s);
void json_line_close(struct str *s);

/** json_site() - A line that names circuits, services and prefixes, in order */
void json_site(struct report_walk *w);

/** json_taps() - A line for each tap */
void json_taps(struct report_walk *w);

/** json_circuits() - An array of the names of circuits (bits) */
void json_circuits(struct str *s, const struct report *r, const char *key,
		   uint64_t circuits);

/** json_rows() - A line for each row of the plan, and for each NAT pool */
void json_rows(struct report_walk *w);

/** json_summary() - The last line */
void json_summary(struct report_walk *w);

/** json_tuple() - Members for both ends, client first */
void json_tuple(struct str *s, const struct tuple *t);

/** json_connection_facts() - Members that all lines about a connection have */
void json_connection_facts(struct str *s, const struct report *r,
			   const struct finding *f);

/** json_explained() - Lines for the packets of a connection, and one for it */
void json_explained(struct report_walk *w, const struct explained *x);

/** json_chosen() - A line that says which connections follow */
void json_chosen(struct report_walk *w, const struct report_explanation *e);

#endif /* REPORT_JSON_H */
