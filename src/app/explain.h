/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options of asymcap explain alone, and what they ask for
 */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include <asymcap/base.h>
#include <asymcap/explain.h>

struct options;
struct site;

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

/**
 * struct explain_which - Which connections are meant
 * @selector:	As they are looked for
 * @asked:	The same in words; owned
 */
struct explain_which {
	struct selector selector;
	struct str asked;
};

/** explain_words() - Take the words that are no files for options */
void explain_words(struct options *o);

/**
 * explain_ask() - What the options ask for
 * @x:		Result; its selector has been initialised
 * @o:		Options
 * @site:	For the names of services
 *
 * Return: false after a line on standard error
 */
bool explain_ask(struct explain_which *x, const struct explain_options *o,
		 const struct site *site);

/**
 * explain_services() - Take words that are services, and refuse what is nothing
 * @x:		In and out
 * @o:		Options; what stays in @files are files
 * @site:	For the names of services
 *
 * Return: false after a line on standard error
 */
bool explain_services(struct explain_which *x, struct options *o,
		      const struct site *site);

#endif /* APP_EXPLAIN_H */
