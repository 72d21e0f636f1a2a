/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The "#@" lines of a case: what Azure says, and the provider's endpoints
 */
#ifndef PLAN_AZURE_TESTS_H
#define PLAN_AZURE_TESTS_H

#include <asymcap/endpoints.h>
#include <asymcap/plan.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DOCUMENTS 16
#define NSEC_PER_DAY  (86400LL * NSEC_PER_SEC)

static struct prefix prefix_of(const char *text)
{
	struct prefix p;

	ck_assert_msg(text && !prefix_parse(text, &p), "prefix '%s'", text);
	return p;
}

static enum plan_link link_of(const char *text)
{
	for (unsigned i = PLAN_LINK_PRIMARY; i <= PLAN_LINK_SECONDARY; i++) {
		if (text && !strcmp(text, plan_link_name((enum plan_link)i)))
			return (enum plan_link)i;
	}
	return PLAN_LINK_ANY;
}

static void begin_document(struct plan_azure *a, const struct site *site,
			   const char *kind, char **rest)
{
	static const char *const kinds[] = {
		[PLAN_ROUTES] = "routes",   [PLAN_SUMMARY] = "summary",
		[PLAN_ARP] = "arp",	    [PLAN_PEERING] = "peering",
		[PLAN_CIRCUIT] = "circuit",
	};
	const char *circuit = strsep(rest, " ");
	int i = site_find_circuit(site, circuit);

	ck_assert_msg(i >= 0, "circuit %s", circuit);
	*a = (struct plan_azure){.path = xstrdup("azure.txt")};
	a->circuit = (uint8_t)i;
	a->link = link_of(strsep(rest, " "));
	while (strcmp(kinds[a->kind], kind) != 0)
		a->kind++;
	if (a->kind != PLAN_PEERING)
		return;
	a->peering = xcalloc(1, sizeof(*a->peering));
	a->peerings = 1;
	a->peering->microsoft = true;
	a->peering->mark = (struct site_mark){1, 1};
}

static void add_route(struct plan_azure *a, char **rest)
{
	struct plan_route *r;
	const char *as;

	a->route = xrealloc(a->route, a->routes + 1, sizeof(*a->route));
	r = &a->route[a->routes++];
	*r = (struct plan_route){
		.prefix = prefix_of(strsep(rest, " ")),
		.as = xcalloc(8, sizeof(*r->as)),
		.mark = {1, (uint32_t)a->routes},
	};
	while ((as = strsep(rest, " ")))
		r->as[r->as_count++] = (uint32_t)strtoul(as, NULL, 10);
}

static void add_neighbour(struct plan_azure *a, char **rest)
{
	struct plan_neighbour *n;

	a->neighbour = xrealloc(a->neighbour, a->neighbours + 1,
				sizeof(*a->neighbour));
	n = &a->neighbour[a->neighbours++];
	*n = (struct plan_neighbour){.mark = {1, 1}};
	ck_assert(addr_parse(strsep(rest, " "), &n->addr));
	n->up = !strcmp(strsep(rest, " "), "up");
}

static void add_entry(struct plan_azure *a, char **rest)
{
	struct plan_arp *r;

	a->arp = xrealloc(a->arp, a->arps + 1, sizeof(*a->arp));
	r = &a->arp[a->arps++];
	*r = (struct plan_arp){.mark = {1, 1}};
	r->on_prem = !strcmp(strsep(rest, " "), "on-prem");
	ck_assert(addr_parse(strsep(rest, " "), &r->addr));
	r->resolved = !strcmp(strsep(rest, " "), "resolved");
}

static void add_to_peering(struct plan_peering *p, const char *word,
			   char **rest)
{
	const char *text;

	if (!strcmp(word, "accepted")) {
		text = strsep(rest, " ");
		while (strcmp(plan_accepted_name(p->accepted), text) != 0)
			p->accepted++;
	} else if (!strcmp(word, "advertised")) {
		p->advertised.item = xcalloc(1, sizeof(struct site_prefix));
		p->advertised.item->prefix = prefix_of(strsep(rest, " "));
		p->advertised.count = 1;
	} else if (!strcmp(word, "azure-as")) {
		p->azure_as = (uint32_t)strtoul(strsep(rest, " "), NULL, 10);
	} else if (!strcmp(word, "link")) {
		enum plan_link l = link_of(strsep(rest, " "));

		p->link[l][0] = prefix_of(strsep(rest, " "));
		p->has_link[l][0] = true;
	} else if (!strcmp(word, "disabled")) {
		p->has_enabled = true;
	} else {
		ck_abort_msg("what is '%s'?", word);
	}
}

/* "set 40.96.0.0/13 true": a set of the site's endpoints, and its flag */
static void add_set(struct str *sets, char **rest)
{
	const char *prefix = strsep(rest, " ");

	str_addf(sets,
		 "%s{\"id\":1,\"serviceArea\":\"x\",\"ips\":[\"%s\"],"
		 "\"expressRoute\":%s}",
		 sets->len ? "," : "[", prefix, strsep(rest, " "));
}

static void end_sets(struct site *site, struct str *sets)
{
	struct str errors = {0};

	if (!sets->len)
		return;
	str_add(sets, "]");
	site->endpoints = endpoints_parse("x", sets->s, sets->len, &errors);
	ck_assert_msg(site->endpoints != NULL, "%s", errors.s);
	str_free(sets);
}

/* Read the "#@" lines of a case into @in. */
static void read_azure(struct plan_input *in, struct site *site,
		       struct plan_azure *documents, char *text)
{
	struct str sets = {0};
	char *line;

	in->azure = documents;
	while ((line = strsep(&text, "\n")) && *line) {
		const char *word = strsep(&line, " ");
		struct plan_azure *a = documents + in->azures - 1;

		if (!strcmp(word, "endpoints")) {
			in->endpoints_path = "endpoints.json";
			if (*line != '-')
				in->endpoints_age =
					strtoll(line, NULL, 10) * NSEC_PER_DAY;
		} else if (!strcmp(word, "set")) {
			add_set(&sets, &line);
		} else if (!strcmp(word, "route")) {
			add_route(a, &line);
		} else if (!strcmp(word, "neighbour")) {
			add_neighbour(a, &line);
		} else if (!strcmp(word, "entry")) {
			add_entry(a, &line);
		} else if (strstr("routes summary arp peering circuit", word)) {
			ck_assert_uint_lt(in->azures, MAX_DOCUMENTS);
			begin_document(&documents[in->azures++], in->site, word,
				       &line);
		} else {
			add_to_peering(a->peering, word, &line);
		}
	}
	end_sets(site, &sets);
}

#endif /* PLAN_AZURE_TESTS_H */
