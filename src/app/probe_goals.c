/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who is probed, and whether that is allowed
 *
 * DOC: Theory of operation
 *
 * A probe goes where the command line says, or where a row of the site's plan
 * says, and nowhere else: no range is swept, no address is guessed.  A row
 * that names a prefix and not a host is skipped, and told, unless the command
 * line names the host.  What lies outside of the plan's remote needs --force;
 * multicast, broadcast and their like are refused in any case.  All of this is
 * decided before the first packet.
 */
#include "probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "app.h"

#define HOST_LEN 128 /* of a prefix that is one address */

static int refuse(const char *what, const char *why)
{
	log_error("%s: %s", what, why);
	return EXIT_USAGE;
}

static void add_goal(struct probe_plan *plan, const char *text,
		     const struct addr *a, uint16_t port, uint16_t service)
{
	plan->goal = xrealloc(plan->goal, plan->goals + 1, sizeof(*plan->goal));
	plan->goal[plan->goals++] = (struct probe_goal){
		.text = xstrdup(text),
		.addr = *a,
		.port = port,
		.service = service,
	};
}

/* Whether an address lies in a row's remote: it is named by the plan. */
static bool in_row(const struct site_service *row, const struct addr *a)
{
	for (size_t i = 0; i < row->remote.count; i++) {
		if (prefix_has(&row->remote.item[i].prefix, a))
			return true;
	}
	return false;
}

static int check_goal(const struct probe_options *o, const struct topo *topo,
		      const char *text, const struct addr *a, uint16_t service)
{
	const char *why = probe_forbidden(a);
	char address[ADDR_TEXT];

	if (why)
		return refuse(text, why);
	if (o->force || o->listen || topo_is_remote(topo, a) ||
	    (service != SERVICE_NONE &&
	     in_row(&topo_site(topo)->service[service], a)))
		return 0;
	log_error("%s: %s is not in the plan's 'remote'; --force probes it "
		  "all the same",
		  text, addr_format(a, address));
	return EXIT_USAGE;
}

static int add_target(struct probe_plan *plan, const struct probe_options *o,
		      const struct topo *topo, const char *text,
		      uint16_t service)
{
	struct str why = {0};
	struct addr a;
	uint16_t port;
	int status;
	char *host;

	if (!probe_split(text, &host, &port))
		return refuse(text, "is no HOST:PORT (an IPv6 address stands "
				    "in brackets)");
	if (probe_resolve(host, o->family, &a, &why)) {
		status = check_goal(o, topo, text, &a, service);
		if (!status)
			add_goal(plan, text, &a, port, service);
	} else {
		log_error("%s: %s", text, why.s);
		status = EXIT_INPUT;
	}
	str_free(&why);
	free(host);
	return status;
}

/* ----------------------------------------------------------------- services */

/* A row: its hosts and ports, as far as it names any. */
static int add_row(struct probe_plan *plan, const struct probe_options *o,
		   const struct topo *topo, uint16_t n)
{
	const struct site_service *row = &topo_site(topo)->service[n];
	char address[ADDR_TEXT];
	struct str text = {0};
	size_t before = plan->goals;
	int status = 0;

	for (size_t i = 0; i < row->remote.count && !status; i++) {
		const struct prefix *p = &row->remote.item[i].prefix;
		bool v4 = addr_is_v4(&p->base);

		if (p->len != HOST_LEN || (o->family == AF_INET && !v4) ||
		    (o->family == AF_INET6 && v4))
			continue;
		for (size_t k = 0; k < row->port_count && !status; k++) {
			str_clear(&text);
			str_addf(&text, v4 ? "%s:%u" : "[%s]:%u",
				 addr_format(&p->base, address),
				 row->ports[k].first);
			status = check_goal(o, topo, text.s, &p->base, n);
			if (!status)
				add_goal(plan, text.s, &p->base,
					 row->ports[k].first, n);
		}
	}
	str_free(&text);
	if (status || plan->goals != before)
		return status;
	log_warn("service %s: skipped: it names no single host and port; "
		 "name one: --service %s=HOST:PORT",
		 row->name, row->name);
	plan->skipped++;
	return 0;
}

static int unknown_name(const char *option, const char *name, const char *near)
{
	if (near)
		log_error("%s %s: the site has none of that name; did you "
			  "mean '%s'?",
			  option, name, near);
	else
		log_error("%s %s: the site has none of that name", option,
			  name);
	return EXIT_USAGE;
}

/* NAME, or NAME=HOST:PORT */
static int add_service(struct probe_plan *plan, const struct probe_options *o,
		       const struct topo *topo, const char *text)
{
	const struct site *site = topo_site(topo);
	const char *equals = strchr(text, '=');
	char *name = equals ? xstrndup(text, (size_t)(equals - text))
			    : xstrdup(text);
	int n = site_find_service(site, name), status = 0;

	if (n < 0) {
		status = unknown_name("--service", name,
				      site_nearest_service(site, name));
	} else {
		bool inbound = site->service[n].direction == SERVICE_INBOUND;

		if (inbound != o->listen)
			status = refuse(text,
					inbound ? "is an inbound service: "
						  "--listen waits for it"
						: "is an outbound service: "
						  "--listen is for inbound "
						  "ones");
		else if (o->listen)
			plan->wanted[n] = true;
		else if (equals)
			status = add_target(plan, o, topo, equals + 1,
					    (uint16_t)n);
		else
			status = add_row(plan, o, topo, (uint16_t)n);
	}
	free(name);
	return status;
}

/* All rows of the direction that is asked for. */
static int add_all(struct probe_plan *plan, const struct probe_options *o,
		   const struct topo *topo)
{
	const struct site *site = topo_site(topo);
	size_t rows = 0;
	int status = 0;

	for (size_t i = 0; i < site->services && !status; i++) {
		bool inbound = site->service[i].direction == SERVICE_INBOUND;

		if (inbound != o->listen)
			continue;
		rows++;
		if (inbound)
			plan->wanted[i] = true;
		else
			status = add_row(plan, o, topo, (uint16_t)i);
	}
	if (!rows)
		return refuse("--service all",
			      o->listen ? "the site has no inbound service"
					: "the site has no outbound service");
	return status;
}

static int add_goals(struct probe_plan *plan, const struct probe_options *o,
		     const struct topo *topo)
{
	int status = 0;

	for (size_t i = 0; i < o->targets && !status; i++)
		status = add_target(plan, o, topo, o->target[i], SERVICE_NONE);
	for (size_t i = 0; i < o->services && !status; i++) {
		if (!strcmp(o->service[i], "all"))
			status = add_all(plan, o, topo);
		else
			status = add_service(plan, o, topo, o->service[i]);
	}
	return status;
}

/* ---------------------------------------------------------------- attempts */

/** struct via - Which source a circuit wants */
struct via {
	const struct site_circuit *circuit;
	bool v4;
};

static bool lies_in(const struct site_prefixes *list, const struct addr *a)
{
	for (size_t i = 0; i < list->count; i++) {
		if (prefix_has(&list->item[i].prefix, a))
			return true;
	}
	return false;
}

static bool fits_circuit(void *arg, const struct addr *a)
{
	const struct via *via = arg;

	return addr_is_v4(a) == via->v4 &&
	       (lies_in(&via->circuit->nat_pools, a) ||
		lies_in(&via->circuit->advertised, a));
}

static int find_via(struct probe_plan *plan, const struct probe_options *o,
		    const struct site *site)
{
	int n;

	plan->via = CIRCUIT_NONE;
	if (!o->via)
		return 0;
	n = site_find_circuit(site, o->via);
	if (n < 0)
		return unknown_name("--via", o->via,
				    site_nearest_circuit(site, o->via));
	plan->via = (uint8_t)n;
	return 0;
}

/* The attempt of which all others of the goal are copies. */
static int first_attempt(const struct probe_plan *plan,
			 const struct probe_options *o, const struct site *site,
			 const struct probe_goal *goal, struct probe_attempt *a)
{
	struct via via = {.v4 = addr_is_v4(&goal->addr)};
	static const struct addr none;
	struct str why = {0};
	enum probe_way way;

	*a = (struct probe_attempt){
		.src = o->source,
		.dst = goal->addr,
		.dport = goal->port,
		.trace = o->trace,
		.socket = -1,
		.rtt = -1,
	};
	if (plan->via != CIRCUIT_NONE && !addr_cmp(&a->src, &none)) {
		via.circuit = &site->circuit[plan->via];
		if (!probe_own_address(fits_circuit, &via, &a->src))
			a->src = none;
	}
	way = probe_route(a, o->how.interface, &why);
	if (way != PROBE_WAY_FOUND)
		log_error("%s: %s", goal->text, why.s);
	str_free(&why);
	if (way == PROBE_WAY_FOUND)
		return 0;
	return way == PROBE_WAY_BROADCAST ? EXIT_USAGE : EXIT_INPUT;
}

static int make_attempts(struct probe_plan *plan, const struct probe_options *o,
			 const struct site *site)
{
	size_t n = 0;

	plan->each = (size_t)o->ports * o->count;
	if (plan->each * plan->goals > PROBE_ATTEMPTS_MAX) {
		log_error("%zu probes are more than %d; take fewer targets, "
			  "--count or --ports",
			  plan->each * plan->goals, PROBE_ATTEMPTS_MAX);
		return EXIT_USAGE;
	}
	plan->attempts = plan->each * plan->goals;
	plan->attempt = xcalloc(plan->attempts + 1, sizeof(*plan->attempt));
	for (size_t g = 0; g < plan->goals; g++) {
		struct probe_attempt first;
		int status =
			first_attempt(plan, o, site, &plan->goal[g], &first);

		if (status)
			return status;
		for (size_t i = 0; i < plan->each; i++) {
			struct probe_attempt *a = &plan->attempt[n++];

			*a = first;
			probe_draw(a);
			a->start = (int64_t)(i / o->ports) * o->interval;
			if (o->first_port)
				a->sport = (uint16_t)(o->first_port +
						      i % o->ports);
		}
	}
	return 0;
}

static int compare_isns(const void *a_, const void *b_)
{
	const uint32_t *a = a_, *b = b_;

	return (*a > *b) - (*a < *b);
}

static void index_isns(struct probe_plan *plan)
{
	plan->isn = xcalloc(plan->attempts + 1, sizeof(*plan->isn));
	for (size_t i = 0; i < plan->attempts; i++)
		plan->isn[i] = plan->attempt[i].isn;
	qsort(plan->isn, plan->attempts, sizeof(*plan->isn), compare_isns);
}

bool probe_plan_has_isn(const struct probe_plan *plan, uint32_t isn)
{
	return !plan->isn || bsearch(&isn, plan->isn, plan->attempts,
				     sizeof(isn), compare_isns);
}

static int compare_goals(const void *a_, const void *b_)
{
	const struct probe_goal *a = a_, *b = b_;
	int order = addr_cmp(&a->addr, &b->addr);

	return order ? order : (int)a->port - (int)b->port;
}

int probe_plan_make(struct probe_plan *plan, const struct probe_options *o,
		    const struct topo *topo)
{
	const struct site *site = topo_site(topo);
	int status = find_via(plan, o, site);

	if (!status)
		status = add_goals(plan, o, topo);
	if (status)
		return status;
	plan->index = xcalloc(plan->goals + 1, sizeof(*plan->index));
	if (plan->goals) {
		memcpy(plan->index, plan->goal,
		       plan->goals * sizeof(*plan->index));
		qsort(plan->index, plan->goals, sizeof(*plan->index),
		      compare_goals);
	}
	if (o->listen)
		return 0;
	status = make_attempts(plan, o, site);
	if (!status && !o->how.connect)
		index_isns(plan);
	return status;
}

void probe_plan_free(struct probe_plan *plan)
{
	for (size_t i = 0; i < plan->goals; i++)
		free(plan->goal[i].text);
	free(plan->goal);
	free(plan->index);
	free(plan->attempt);
	free(plan->isn);
}

bool probe_plan_has(const struct probe_plan *plan, const struct addr *a,
		    uint16_t port)
{
	const struct probe_goal key = {.addr = *a, .port = port};

	return plan->goals && bsearch(&key, plan->index, plan->goals,
				      sizeof(key), compare_goals);
}
