/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jsonout: append JSON to a string, with the commas in the right places
 *
 * A comma is due before a value unless the text ends in '{' or '['; a string
 * ends in '"', so that no value can be taken for an opening.  @key is NULL
 * for an element of an array.
 */
#ifndef REPORT_JSONOUT_H
#define REPORT_JSONOUT_H

#include <asymcap/base.h>

/** json_open() - Begin an object ('{') or an array ('[') */
void json_open(struct str *s, const char *key, char bracket);

/** json_close() - End it: '}' or ']' */
void json_close(struct str *s, char bracket);

/** json_text() - A string of any bytes, or null for NULL */
void json_text(struct str *s, const char *key, const char *text);
void json_number(struct str *s, const char *key, uint64_t n);
void json_signed(struct str *s, const char *key, int64_t n);
void json_bool(struct str *s, const char *key, bool b);
void json_null(struct str *s, const char *key);
void json_time(struct str *s, const char *key, struct timestamp t);
void json_addr(struct str *s, const char *key, const struct addr *a);

/** json_mac() - "00:11:22:33:44:55" */
void json_mac(struct str *s, const char *key, const uint8_t mac[6]);

#endif /* REPORT_JSONOUT_H */
