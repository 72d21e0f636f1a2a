/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which connections explain is asked for: its options, and words that are no
 * files
 */
#include "explain.h"

#include <string.h>
#include <unistd.h>

#include "argument.h"
#include "options.h"

#define MAX_MAX	    100
#define MAX_PACKETS 10000

static void ask(struct explain_which *x, const char *what, const char *text)
{
	str_addf(&x->asked, "%s%s %s", x->asked.len ? ", " : "", what, text);
}

static bool usable(const char *option, const char *text, const char *why)
{
	if (why)
		log_error("--%s %s: it %s%s", option, text, why,
			  strcmp(option, "flow") != 0
				  ? ""
				  : "; write ADDRESS:PORT-ADDRESS:PORT");
	return !why;
}

static bool add_service(struct explain_which *x, const struct site *site,
			const char *name)
{
	int service = site_find_service(site, name);
	const char *near;

	if (service >= 0) {
		x->selector.service = (uint16_t)service;
		ask(x, "service", name);
		return true;
	}
	near = site_nearest_service(site, name);
	if (near)
		log_error("--service %s: there is no such service; did you "
			  "mean '%s'?",
			  name, near);
	else
		log_error("--service %s: the site file has no such service",
			  name);
	return false;
}

bool explain_ask(struct explain_which *x, const struct explain_options *o,
		 const struct site *site)
{
	struct str finding = {0};

	for (size_t i = 0; i < o->flows; i++) {
		if (!usable("flow", o->flow[i],
			    selector_add_flow(&x->selector, o->flow[i])))
			return false;
		ask(x, "flow", o->flow[i]);
	}
	for (size_t i = 0; i < o->addresses; i++) {
		if (!usable("address", o->address[i],
			    selector_add_address(&x->selector, o->address[i])))
			return false;
		ask(x, "address", o->address[i]);
	}
	if (o->community_id) {
		if (!usable("community-id", o->community_id,
			    selector_add_community_id(&x->selector,
						      o->community_id)))
			return false;
		ask(x, "Community ID", o->community_id);
	}
	if (o->finding) {
		str_addf(&finding, "%llu", (unsigned long long)o->finding);
		ask(x, "finding", finding.s);
		str_free(&finding);
	}
	return !o->service || add_service(x, site, o->service);
}

/* A word that is no file may be an address, a flow or a Community ID. */
static bool take_word(struct explain_options *o, char *word)
{
	struct selector s;

	selector_init(&s);
	if (strchr(word, '=') && !access(word, F_OK))
		return false;
	if (!o->community_id && !selector_add_community_id(&s, word)) {
		o->community_id = word;
		return true;
	}
	if (strchr(word, '=') || !access(word, F_OK) || !strcmp(word, "-") ||
	    o->flows == EXPLAIN_FLOWS || selector_add_flow(&s, word))
		return false;
	o->flow[o->flows++] = word;
	return true;
}

void explain_words(struct options *o)
{
	size_t files = 0;

	for (size_t i = 0; i < o->file_count; i++) {
		if (!take_word(o->explain, o->files[i]))
			o->files[files++] = o->files[i];
	}
	o->file_count = files;
}

/* If a word is nothing, what is meant is not known: to go on with all
 * connections would answer another question.
 */
bool explain_services(struct explain_which *x, struct options *o,
		      const struct site *site)
{
	size_t files = 0;

	for (size_t i = 0; i < o->file_count; i++) {
		char *word = o->files[i];

		if (strchr(word, '=') || !strcmp(word, "-") ||
		    !access(word, F_OK)) {
			o->files[files++] = word;
		} else if (x->selector.service == SERVICE_NONE &&
			   site_find_service(site, word) >= 0) {
			add_service(x, site, word);
		} else {
			log_error("%s: is no file that is there, and no "
				  "address, flow, Community ID or service",
				  word);
			return false;
		}
	}
	o->file_count = files;
	return true;
}

/* ---------------------------------------------------------------- options */

bool explain_option(struct explain_options *o, const char *name,
		    const char *text)
{
	bool flow = !strcmp(name, "flow");

	if (!o) {
		log_error("--%s: only 'asymcap explain' has it", name);
		return false;
	}
	if (flow || !strcmp(name, "address")) {
		size_t *count = flow ? &o->flows : &o->addresses;

		if (*count == EXPLAIN_FLOWS) {
			log_error("--%s %s: is one too many", name, text);
			return false;
		}
		(flow ? o->flow : o->address)[(*count)++] = text;
	} else if (!strcmp(name, "community-id")) {
		o->community_id = text;
	} else if (!strcmp(name, "service")) {
		o->service = text;
	} else if (!strcmp(name, "finding")) {
		return argument_number(name, text, 1, UINT32_MAX, &o->finding);
	} else if (!strcmp(name, "max")) {
		return argument_number(name, text, 1, MAX_MAX, &o->max);
	} else {
		return argument_number(name, text, 1, MAX_PACKETS, &o->packets);
	}
	return true;
}
