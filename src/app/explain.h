/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of asymcap explain alone
 */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include <asymcap/base.h>

#define EXPLAIN_FLOWS 2

/**
 * struct explain_options - Options of explain alone
 * @flow:	--flow, and words that are no files
 * @address:	--address
 * @finding:	--finding, or 0
 * @max:	--max
 * @packets:	--packets
 */
struct explain_options {
	const char *flow[EXPLAIN_FLOWS];
	size_t flows;
	const char *address[EXPLAIN_FLOWS];
	size_t addresses;
	const char *community_id;
	const char *service;
	uint64_t finding;
	uint64_t max;
	uint64_t packets;
};

/**
 * explain_option() - Take an option of explain
 * @o:		Where to, or NULL for another command
 * @name:	Its name
 * @text:	Its argument, borrowed
 *
 * Return: false after a line on standard error
 */
bool explain_option(struct explain_options *o, const char *name,
		    const char *text);

#endif /* APP_EXPLAIN_H */
