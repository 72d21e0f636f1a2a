/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A site prepared for packets: circuits, sides and state domains as bit sets
 *
 * DOC: Theory of operation
 *
 * Everything that a packet asks is answered from small tables made once.
 * Taps and circuits are numbers below 64, so that a set of them is one
 * uint64_t, and "the SYN and the answer have no circuit in common" is an AND.
 */
#include "topo.h"

#include <asymcap/endpoints.h>

#include <stdlib.h>
#include <string.h>

static void add_all(struct prefix_map *m, const struct site_prefixes *list,
		    int32_t value)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!prefix_map_add(m, &list->item[i].prefix, value))
			log_fatal("out of memory for the site's prefixes");
	}
}

static void add_endpoints(struct prefix_map *m, const struct endpoints *e)
{
	for (size_t i = 0; e && i < e->prefixes; i++) {
		if (!prefix_map_add(m, &e->prefix[i], 0))
			log_fatal("out of memory for the site's prefixes");
	}
}

static void freeze(struct prefix_map *m)
{
	if (!prefix_map_freeze(m))
		log_fatal("out of memory for the site's prefixes");
}

/* Pools go in before advertisements: of equal prefixes the first one stays. */
static void build_prefixes(struct topo *t)
{
	const struct site *site = t->site;

	for (size_t c = 0; c < site->circuits; c++) {
		add_all(&t->allowed[c], &site->circuit[c].nat_pools, 0);
		add_all(&t->allowed[c], &site->circuit[c].advertised, 0);
		add_all(&t->owner, &site->circuit[c].nat_pools, (int32_t)c);
		freeze(&t->allowed[c]);
	}
	for (size_t c = 0; c < site->circuits; c++)
		add_all(&t->owner, &site->circuit[c].advertised, (int32_t)c);
	add_all(&t->remote, &site->remote, 0);
	add_endpoints(&t->remote, site->endpoints);
	add_all(&t->own, &site->own, 0);
	t->has_plan = t->owner.count > 0;
	freeze(&t->owner);
	freeze(&t->remote);
	freeze(&t->own);
}

/* A circuit shares the number of the first circuit that names its domain. */
static void build_domains(struct topo *t)
{
	const struct site *site = t->site;

	for (size_t c = 0; c < site->circuits; c++) {
		const char *name = site->circuit[c].state_domain;

		t->domain[c] = (uint8_t)c;
		for (size_t b = 0; name && b < c; b++) {
			const char *other = site->circuit[b].state_domain;

			if (other && !strcmp(name, other)) {
				t->domain[c] = t->domain[b];
				break;
			}
		}
	}
}

static void build_taps(struct topo *t)
{
	t->inside = t->taps = 0;
	memset(t->circuit_taps, 0, sizeof(t->circuit_taps));
	for (size_t i = 0; i < t->site->taps; i++) {
		const struct site_tap *tap = &t->site->tap[i];

		if (tap->circuit >= 0 && !tap->retired)
			t->circuit_taps[tap->circuit] |= 1ULL << i;
		if (tap->side == TAP_INSIDE)
			t->inside |= 1ULL << i;
		if (!tap->retired)
			t->taps |= 1ULL << i;
	}
}

static int compare_ranks(const void *a_, const void *b_, void *arg)
{
	const struct site *site = arg;
	const uint16_t *a = a_, *b = b_;

	if (site->service[*a].rank != site->service[*b].rank)
		return site->service[*a].rank - site->service[*b].rank;
	return *a - *b;
}

static void build_services(struct topo *t)
{
	const struct site *site = t->site;

	t->services = 0;
	for (size_t i = 0; i < site->services; i++) {
		if (!site->service[i].retired)
			t->service[t->services++] = (uint16_t)i;
	}
	qsort_r(t->service, t->services, sizeof(t->service[0]), compare_ranks,
		(void *)site);
}

static void clear_prefixes(struct topo *t)
{
	for (size_t c = 0; c < SITE_MAX_CIRCUITS; c++)
		prefix_map_clear(&t->allowed[c]);
	prefix_map_clear(&t->owner);
	prefix_map_clear(&t->remote);
	prefix_map_clear(&t->own);
}

struct topo *topo_new(const struct site *site)
{
	struct topo *t = xcalloc(1, sizeof(*t));

	t->site = site;
	topo_refresh(t);
	return t;
}

void topo_refresh(struct topo *t)
{
	clear_prefixes(t);
	build_prefixes(t);
	build_domains(t);
	build_taps(t);
	build_services(t);
	services_build(t);
}

void topo_free(struct topo *t)
{
	if (!t)
		return;
	clear_prefixes(t);
	services_clear(t);
	free(t->binding);
	free(t);
}

const struct site *topo_site(const struct topo *t)
{
	return t->site;
}

uint8_t topo_tap_circuit(const struct topo *t, uint8_t tap)
{
	int c;

	if (tap >= t->site->taps)
		return CIRCUIT_NONE;
	c = t->site->tap[tap].circuit;
	return c < 0 ? CIRCUIT_NONE : (uint8_t)c;
}

enum tap_side topo_tap_side(const struct topo *t, uint8_t tap)
{
	return tap < t->site->taps ? t->site->tap[tap].side : TAP_OUTSIDE;
}

uint64_t topo_circuits(const struct topo *t, uint64_t taps)
{
	uint64_t circuits = 0;

	for (; taps; taps &= taps - 1) {
		int c = t->site->tap[__builtin_ctzll(taps)].circuit;

		if (c >= 0)
			circuits |= 1ULL << c;
	}
	return circuits;
}

uint64_t topo_taps(const struct topo *t)
{
	return t->taps;
}

uint64_t topo_inside(const struct topo *t)
{
	return t->inside;
}

uint64_t topo_circuit_taps(const struct topo *t, uint8_t circuit)
{
	return circuit < SITE_MAX_CIRCUITS ? t->circuit_taps[circuit] : 0;
}

uint8_t topo_one_sided(const struct topo *t, uint64_t taps)
{
	uint64_t circuits = topo_circuits(t, taps);

	for (; circuits; circuits &= circuits - 1) {
		uint8_t at = (uint8_t)__builtin_ctzll(circuits);
		uint64_t all = topo_circuit_taps(t, at);
		uint64_t in = all & t->inside, out = all & ~t->inside;

		if (in && out && !(taps & in) != !(taps & out))
			return at;
	}
	return CIRCUIT_NONE;
}

bool topo_one_domain(const struct topo *t, uint64_t circuits)
{
	uint8_t domain;

	if (!circuits)
		return false;
	domain = t->domain[__builtin_ctzll(circuits)];
	for (; circuits; circuits &= circuits - 1) {
		if (t->domain[__builtin_ctzll(circuits)] != domain)
			return false;
	}
	return true;
}
