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

/** json_taps() - A line for each tap */
void json_taps(struct report_walk *w);

/** json_summary() - The last line */
void json_summary(struct report_walk *w);

#endif /* REPORT_JSON_H */
