/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * site: the values of a site, made and freed
 */
#include <asymcap/site.h>

#include <asymcap/endpoints.h>

#include <stdlib.h>
#include <string.h>

#include "grow.h"

const char *circuit_kind_name(enum circuit_kind k)
{
	static const char *const names[] = {
		[CIRCUIT_UNKNOWN] = "unknown",
		[CIRCUIT_INTERNET] = "internet",
		[CIRCUIT_EXPRESSROUTE] = "expressroute",
	};
	static_assert(ARRAY_SIZE(names) == CIRCUIT_EXPRESSROUTE + 1,
		      "a name for every kind");

	return names[k];
}

const char *site_link_name(unsigned link)
{
	static const char *const names[SITE_LINKS] = {"primary", "secondary"};

	assert(link < SITE_LINKS);
	return names[link];
}

const char *site_stage_name(enum site_stage s)
{
	static const char *const names[] = {
		[STAGE_UNKNOWN] = "unknown",
		[STAGE_OUTBOUND] = "outbound",
		[STAGE_INBOUND] = "inbound",
	};
	static_assert(ARRAY_SIZE(names) == STAGE_INBOUND + 1,
		      "a name for every stage");

	return names[s];
}

const char *tap_side_name(enum tap_side s)
{
	static const char *const names[] = {
		[TAP_OUTSIDE] = "outside",
		[TAP_INSIDE] = "inside",
	};
	static_assert(ARRAY_SIZE(names) == TAP_INSIDE + 1,
		      "a name for every side");

	return names[s];
}

struct site *site_new(void)
{
	return xcalloc(1, sizeof(struct site));
}

int site_find_circuit(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->circuits; i++) {
		if (!strcmp(site->circuit[i].name, name))
			return (int)i;
	}
	return -1;
}

int site_find_segment(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->segments; i++) {
		if (!strcmp(site->segment[i].name, name))
			return (int)i;
	}
	return -1;
}

int site_find_service(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->services; i++) {
		if (!strcmp(site->service[i].name, name))
			return (int)i;
	}
	return -1;
}

int site_add_circuit(struct site *site, const char *name)
{
	if (site->circuits == SITE_MAX_CIRCUITS)
		return -1;
	site->circuit = site_grow(site->circuit, site->circuits,
				  sizeof(*site->circuit));
	site->circuit[site->circuits] = (struct site_circuit){
		.name = xstrdup(name),
		.clients = -1,
		.expected_routes = -1,
	};
	return (int)site->circuits++;
}

int site_add_tap(struct site *site, const char *name, int circuit)
{
	if (site->taps == SITE_MAX_TAPS)
		return -1;
	site->tap = site_grow(site->tap, site->taps, sizeof(*site->tap));
	site->tap[site->taps] = (struct site_tap){
		.name = name ? xstrdup(name) : NULL,
		.circuit = circuit,
		.side = TAP_OUTSIDE,
		.erspan = -1,
		.vni = -1,
	};
	return (int)site->taps++;
}

void site_add_pool(struct site *site, int circuit, const struct prefix *p)
{
	struct site_prefixes *pools;

	assert(circuit >= 0 && (size_t)circuit < site->circuits);
	pools = &site->circuit[circuit].nat_pools;
	pools->item =
		site_grow(pools->item, pools->count, sizeof(*pools->item));
	pools->item[pools->count++] = (struct site_prefix){.prefix = *p};
}

static void free_circuit(struct site_circuit *c)
{
	free(c->name);
	free(c->nat_pools.item);
	free(c->advertised.item);
	free(c->state_domain);
	for (size_t i = 0; i < SITE_LINKS; i++)
		free(c->link[i].item);
	free(c->location);
}

static void free_segment(struct site_segment *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->heard[i].routes.item);
	free(s->heard);
	free(s->name);
}

static void free_tap(struct site_tap *t)
{
	free(t->name);
	free(t->link);
	free(t->interface);
	free(t->file);
}

static void free_service(struct site_service *s)
{
	free(s->name);
	free(s->local.item);
	free(s->remote.item);
	free(s->inside.item);
	free(s->ports);
	free(s->snat);
}

void site_free(struct site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->circuits; i++)
		free_circuit(&site->circuit[i]);
	for (size_t i = 0; i < site->taps; i++)
		free_tap(&site->tap[i]);
	for (size_t i = 0; i < site->services; i++)
		free_service(&site->service[i]);
	for (size_t i = 0; i < site->segments; i++)
		free_segment(&site->segment[i]);
	free(site->circuit);
	free(site->segment);
	free(site->tap);
	free(site->service);
	free(site->remote.item);
	free(site->own.item);
	endpoints_free(site->endpoints);
	service_tags_free(site->tags);
	free(site->endpoints_file.path);
	free(site->tags_file.path);
	free(site->path);
	free(site->name);
	free(site);
}
