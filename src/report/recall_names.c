/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall_names: the names of a run become a site again
 *
 * A line of the run's plan gives circuits and services in their order; a name
 * that no such line has (a run that was killed did not come to it) is added
 * when it is met.  Names beyond what a site can have are counted, no more.
 */
#include "recall.h"

#include <stdlib.h>

uint8_t recall_circuit(struct recall *rc, const char *name)
{
	int i;

	if (!name)
		return CIRCUIT_NONE;
	i = site_find_circuit(rc->site, name);
	if (i < 0)
		i = site_add_circuit(rc->site, name);
	if (i >= 0)
		return (uint8_t)i;
	rc->unnamed++;
	return CIRCUIT_NONE;
}

uint64_t recall_circuits(struct recall *rc, const struct jsonin *list)
{
	uint64_t circuits = 0;

	for (size_t i = 0; i < jsonin_items(list); i++) {
		uint8_t c = recall_circuit(rc, jsonin_item_text(list, i));

		if (c != CIRCUIT_NONE)
			circuits |= 1ULL << c;
	}
	return circuits;
}

/* The only one of a set, or -1. */
static int only_circuit(uint64_t circuits)
{
	if (!circuits || (circuits & (circuits - 1)))
		return -1;
	return __builtin_ctzll(circuits);
}

uint8_t recall_tap(struct recall *rc, const char *name, uint64_t circuits)
{
	int i;

	if (!name)
		return TAP_NONE;
	for (size_t t = 0; t < rc->site->taps; t++) {
		if (!strcmp(rc->site->tap[t].name, name))
			return (uint8_t)t;
	}
	i = site_add_tap(rc->site, name, only_circuit(circuits));
	if (i >= 0)
		return (uint8_t)i;
	rc->unnamed++;
	return TAP_NONE;
}

uint64_t recall_taps(struct recall *rc, const struct jsonin *list)
{
	uint64_t taps = 0;

	for (size_t i = 0; i < jsonin_items(list); i++) {
		uint8_t t = recall_tap(rc, jsonin_item_text(list, i), 0);

		if (t != TAP_NONE)
			taps |= 1ULL << t;
	}
	return taps;
}

uint16_t recall_service(struct recall *rc, const char *name)
{
	struct site *site = rc->site;
	int i;

	if (!name)
		return SERVICE_NONE;
	i = intern_get(&rc->services, name);
	if (i < 0) {
		rc->unnamed++;
		return SERVICE_NONE;
	}
	if ((size_t)i == site->services) {
		site->service = xrealloc(site->service, site->services + 1,
					 sizeof(*site->service));
		site->service[site->services++] = (struct site_service){
			.name = xstrdup(name),
		};
	}
	return (uint16_t)i;
}

static void take_circuits(struct recall *rc, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list); i++) {
		const struct jsonin *o = jsonin_item(list, i);
		uint8_t c = recall_circuit(rc, jsonin_text(o, "circuit"));
		const char *kind = jsonin_text(o, "kind");
		const char *domain = jsonin_text(o, "state_domain");
		struct site_circuit *circuit;

		if (c == CIRCUIT_NONE)
			continue;
		circuit = &rc->site->circuit[c];
		for (unsigned k = 0; kind && k <= CIRCUIT_EXPRESSROUTE; k++) {
			if (!strcmp(kind,
				    circuit_kind_name((enum circuit_kind)k)))
				circuit->kind = (enum circuit_kind)k;
		}
		if (domain && !circuit->state_domain)
			circuit->state_domain = xstrdup(domain);
	}
}

/* The first that says it counts, as in the site file. */
static void take_snat(struct recall *rc, uint16_t service,
		      const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list); i++) {
		const struct jsonin *o = jsonin_item(list, i);
		uint8_t c = recall_circuit(rc, jsonin_text(o, "circuit"));
		struct site_service *v = &rc->site->service[service];
		const char *to = jsonin_text(o, "to");
		struct site_snat snat = {.circuit = c};

		if (c == CIRCUIT_NONE || !to || prefix_parse(to, &snat.to))
			continue;
		for (size_t k = 0; k < v->snat_count; k++) {
			if (v->snat[k].circuit == c)
				c = CIRCUIT_NONE;
		}
		if (c == CIRCUIT_NONE)
			continue;
		v->snat =
			xrealloc(v->snat, v->snat_count + 1, sizeof(*v->snat));
		v->snat[v->snat_count++] = snat;
	}
}

static void take_services(struct recall *rc, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_items(list); i++) {
		const struct jsonin *o = jsonin_item(list, i);
		uint16_t n = recall_service(rc, jsonin_text(o, "service"));
		const char *direction = jsonin_text(o, "direction");

		if (n == SERVICE_NONE)
			continue;
		rc->site->service[n].circuits |=
			recall_circuits(rc, jsonin_get(o, "planned"));
		take_snat(rc, n, jsonin_get(o, "inbound_snat"));
		if (direction && !strcmp(direction, "inbound"))
			rc->site->service[n].direction = SERVICE_INBOUND;
	}
}

/* Whose they are is of no use here: they name the ends of connections. */
static void take_prefixes(struct recall *rc, const struct jsonin *list)
{
	struct site_prefixes *own = &rc->site->own;
	size_t count = jsonin_items(list);

	if (!count)
		return;
	own->item = xrealloc(own->item, own->count + count, sizeof(*own->item));
	for (size_t i = 0; i < count; i++) {
		const char *text = jsonin_item_text(list, i);
		const size_t before = rc->prefixes.count;
		struct site_prefix p = {0};

		if (!text || prefix_parse(text, &p.prefix))
			continue;
		if (intern_get(&rc->prefixes, text) < 0)
			rc->unnamed++;
		else if (rc->prefixes.count > before)
			own->item[own->count++] = p;
	}
}

void recall_site(struct recall *rc, const struct jsonin *o)
{
	const char *name = jsonin_text(o, "site");

	if (name && !rc->site->name)
		rc->site->name = xstrdup(name);
	take_circuits(rc, jsonin_get(o, "circuits"));
	take_services(rc, jsonin_get(o, "services"));
	take_prefixes(rc, jsonin_get(o, "prefixes"));
}
