/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe: what the files of the command share
 *
 * probe.c		asymcap probe
 * probe_options.c	its command line
 * probe_goals.c	who is probed, and whether that is allowed
 * probe_view.c		what the taps see meanwhile
 * probe_judge.c	what became of each attempt
 */
#ifndef APP_PROBE_H
#define APP_PROBE_H

#include <asymcap/probe.h>

#include "options.h"

#define PROBE_ARGS_MAX 1024 /* targets, services and taps on a command line */

/**
 * struct probe_options - What the command line says
 * @common:	Site, output, format; its files are the taps
 * @how:	How to send
 * @source:	--source, all zero if not given
 * @via:	--via, or NULL
 * @family:	AF_INET, AF_INET6 or AF_UNSPEC
 * @count:	Attempts for each target
 * @interval:	From one to the next, ns
 * @ports:	How many source ports each of these tries
 * @first_port:	The first of them; 0: any
 * @listen:	Wait for connections from outside
 * @wait:	... for so long, ns
 * @service:	--service, borrowed from argv
 * @target:	HOST:PORT, borrowed from argv
 */
struct probe_options {
	struct options common;
	struct probe_how how;
	struct addr source;
	const char *via;
	int family;
	unsigned count;
	int64_t interval;
	unsigned ports;
	uint16_t first_port;
	int64_t wait;
	bool trace;
	bool listen;
	bool force;
	bool dry_run;
	char *taps[PROBE_ARGS_MAX];
	size_t tap_count;
	char *service[PROBE_ARGS_MAX];
	size_t services;
	char **target;
	size_t targets;
};

/**
 * probe_options_parse() - Read the command line
 *
 * Return: -1 to go on, or an exit status
 */
int probe_options_parse(struct probe_options *o, int argc, char **argv);

/**
 * struct probe_goal - Who is probed
 * @text:	As asked for, owned
 * @addr, @port: What that is
 * @service:	The row that it tests, or SERVICE_NONE
 */
struct probe_goal {
	char *text;
	struct addr addr;
	uint16_t port;
	uint16_t service;
};

/**
 * struct probe_plan - All that is to be probed
 * @index:	The goals, sorted by address
 * @attempt:	@goals times (ports times count) attempts, goal by goal
 * @isn:	Their ISNs, sorted; NULL where the kernel chooses them
 * @each:	Attempts of a goal
 * @skipped:	Rows that name no single host
 * @via:	Circuit, or CIRCUIT_NONE
 * @wanted:	Listening: rows of the site
 */
struct probe_plan {
	struct probe_goal *goal;
	struct probe_goal *index;
	size_t goals;
	struct probe_attempt *attempt;
	size_t attempts;
	uint32_t *isn;
	size_t each;
	size_t skipped;
	uint8_t via;
	bool wanted[SITE_MAX_SERVICES];
};

/**
 * probe_plan_make() - Find out who is to be probed, and refuse what may not be
 *
 * Nothing is sent but questions of the resolver.
 *
 * Return: 0, or an exit status after a line on standard error
 */
int probe_plan_make(struct probe_plan *plan, const struct probe_options *o,
		    const struct topo *topo);
void probe_plan_free(struct probe_plan *plan);

/** probe_plan_has() - Whether an address is probed, or listened for */
bool probe_plan_has(const struct probe_plan *plan, const struct addr *a,
		    uint16_t port);

/** probe_plan_has_isn() - Whether an attempt may have that ISN */
bool probe_plan_has_isn(const struct probe_plan *plan, uint32_t isn);

struct probe_view;

/**
 * probe_view_open() - Capture from all taps; no packet is looked at yet
 *
 * Return: NULL after a line on standard error; @status is set then
 */
struct probe_view *probe_view_open(const struct probe_options *o,
				   struct site *site, struct topo *topo,
				   const struct probe_plan *plan, int *status);

/**
 * probe_view_ready() - Begin to look, and learn which taps have a carrier
 *
 * Return: false after a line on standard error: none has
 */
bool probe_view_ready(struct probe_view *v);

/** probe_view_run() - Look, until probe_view_stop() or nothing more is due */
void probe_view_run(struct probe_view *v);

/** probe_view_stop() - async-signal-safe */
void probe_view_stop(struct probe_view *v);
void probe_view_free(struct probe_view *v);
struct capture *probe_view_capture(const struct probe_view *v);

/** probe_view_blind() - Taps (bits) that lost packets, or had no carrier */
uint64_t probe_view_blind(const struct probe_view *v);

/** probe_view_taps() - Taps (bits) that were looked at */
uint64_t probe_view_taps(const struct probe_view *v);

/** probe_view_find() - The connection of an attempt, or NULL */
struct connection *probe_view_find(const struct probe_view *v,
				   const struct probe_attempt *a);

/** probe_view_inbound() - The @n-th connection from outside, or NULL */
struct connection *probe_view_inbound(const struct probe_view *v, size_t n);

/** probe_view_sights() - Fill in where the SYN and answers of hops were seen */
void probe_view_sights(const struct probe_view *v, struct report_probe *p);

/**
 * struct probe_context - What an attempt is judged by, beyond itself
 * @raw:	The SYN was sent as a raw packet: this host ended the handshake
 * @via:	Circuit that it was to take, or CIRCUIT_NONE
 * @live:	Taps (bits) that were looked at
 * @blind:	Of these, those whose silence proves nothing
 */
struct probe_context {
	bool raw;
	uint8_t via;
	uint64_t live;
	uint64_t blind;
};

/**
 * probe_judge() - Say what became of an attempt
 * @p:		@target, @attempt and @service are set; the rest is filled in
 * @topo:	Topology
 * @c:		The connection, or NULL if no tap saw it; what is judged
 *		otherwise than by the flow table is changed in it
 * @x:		The rest
 */
void probe_judge(struct report_probe *p, const struct topo *topo,
		 struct connection *c, const struct probe_context *x);

#endif /* APP_PROBE_H */
