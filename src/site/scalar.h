/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values of a site file, from text and back
 *
 * Every reader takes a whole string and returns NULL, or why not, as a static
 * string to print after the text ("is no ...").
 */
#ifndef ASYMCAP_SITE_SCALAR_H
#define ASYMCAP_SITE_SCALAR_H

#include <asymcap/site.h>

#define SITE_NAME_BYTES 64

/**
 * site_scan_number() - Decimal digits, without sign or leading zeros
 * @text:	"300"
 * @max:	Largest value
 * @value:	Result
 *
 * Return: whether it is one from 0 to @max
 */
bool site_scan_number(const char *text, int64_t max, int64_t *value);

/** site_scan_rate() - "2.5Gbps" to bits a second, more than 0 */
const char *site_scan_rate(const char *text, uint64_t *bps);

/** site_scan_time() - "1.5ms" to ns, more than 0 */
const char *site_scan_time(const char *text, int64_t *ns);

/** site_scan_ports() - "25" or "50000-50019" */
const char *site_scan_ports(const char *text, struct site_ports *ports);

/** site_scan_mac() - "00:53:00:12:34:56", also with '-' or as 0053.0012.3456 */
const char *site_scan_mac(const char *text, uint8_t mac[6]);

/**
 * site_scan_name() - Check a name
 * @text:	Name
 * @in_option:	Whether it is written as CIRCUIT.TAP=FILE, too
 */
const char *site_scan_name(const char *text, bool in_option);

/** site_print_rate() - Write bits a second so that they are read the same */
void site_print_rate(struct str *out, uint64_t bps);

/** site_print_time() - Write ns so that they are read the same */
void site_print_time(struct str *out, int64_t ns);

/**
 * site_name_from() - Make a tap's name from what it states
 * @text:	Interface name, or glob over file names
 * @is_file:	Whether it is a glob: directories and endings are left out
 *
 * Return: owned, up to 56 bytes, fit for site_scan_name(); NULL if nothing is
 *	   left of @text
 */
char *site_name_from(const char *text, bool is_file);

#endif /* ASYMCAP_SITE_SCALAR_H */
