/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The site file's tables: the site and its circuits
 */
#include "tables.h"

#include "scalar.h"

static void read_kind(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	const char *names[CIRCUIT_EXPRESSROUTE + 1] = {NULL};
	struct site_circuit *c = object;
	int kind;

	names[CIRCUIT_INTERNET] = circuit_kind_name(CIRCUIT_INTERNET);
	names[CIRCUIT_EXPRESSROUTE] = circuit_kind_name(CIRCUIT_EXPRESSROUTE);
	kind = site_choice(l, k, value, names, ARRAY_SIZE(names));
	if (kind >= 0)
		c->kind = (enum circuit_kind)kind;
}

static void read_domain(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object)
{
	l->domain[l->circuit] = site_mark_at(value);
	site_read_name(l, k, value, object);
}

static void read_bandwidth(struct loader *l, const struct key *k,
			   yaml_node_t *value, void *object)
{
	const char *text = site_scalar(l, k->name, value);
	struct site_circuit *c = object;
	const char *problem = text ? site_scan_rate(text, &c->bandwidth) : NULL;

	if (problem)
		site_errors_add(l->errors, site_mark_at(value), "%s: '%s' %s",
				k->name, CUT(text), problem);
}

static void read_rtt(struct loader *l, const struct key *k, yaml_node_t *value,
		     void *object)
{
	const char *text = site_scalar(l, k->name, value);
	struct site_circuit *c = object;
	const char *problem =
		text ? site_scan_time(text, &c->expected_rtt) : NULL;

	if (problem)
		site_errors_add(l->errors, site_mark_at(value), "%s: '%s' %s",
				k->name, CUT(text), problem);
}

#define FIELD(f_) .offset = offsetof(struct site_circuit, f_)
static const struct key circuit_keys[] = {
	{.name = "kind", .read = read_kind, .required = true},
	{.name = "nat-pools", .read = site_read_prefixes, FIELD(nat_pools)},
	{.name = "advertised", .read = site_read_prefixes, FIELD(advertised)},
	{.name = "state-domain", .read = read_domain, FIELD(state_domain)},
	{.name = "bandwidth", .read = read_bandwidth},
	{.name = "expected-rtt", .read = read_rtt},
	{.name = "taps", .read = site_read_taps},
};
#undef FIELD
static_assert(ARRAY_SIZE(circuit_keys) <= SITE_MAX_KEYS, "keys fit");

static const struct schema circuit_schema = {
	.what = "a circuit",
	.key = circuit_keys,
	.keys = ARRAY_SIZE(circuit_keys),
};

static void read_circuit(struct loader *l, yaml_node_t *key, yaml_node_t *value)
{
	const char *name = site_scalar(l, "a circuit's name", key);
	const char *problem = name ? site_scan_name(name, true) : NULL;
	struct site_mark mark = site_mark_at(key);
	int i;

	if (!name)
		return;
	if (problem)
		site_errors_add(l->errors, mark, "circuit '%s' %s", CUT(name),
				problem);
	i = site_find_circuit(l->site, name);
	if (i >= 0) {
		site_errors_add(l->errors, mark,
				"circuit '%s' is given "
				"twice, first in line %u",
				CUT(name), l->site->circuit[i].mark.line);
		return;
	}
	l->circuit = site_add_circuit(l->site, name);
	l->site->circuit[l->circuit].mark = mark;
	site_read_mapping(l, &circuit_schema, value,
			  &l->site->circuit[l->circuit]);
	l->circuit = -1;
}

void site_read_circuits(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object)
{
	const yaml_node_pair_t *pair;

	(void)object;
	if (!site_is_mapping(l, k->name, value))
		return;
	pair = value->data.mapping.pairs.start;
	if (pair == value->data.mapping.pairs.top)
		site_errors_add(l->errors, site_mark_at(value),
				"%s: names no circuit", k->name);

	for (; pair < value->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = site_node(l, pair->key);

		if (l->site->circuits == SITE_MAX_CIRCUITS) {
			site_errors_add(l->errors, site_mark_at(key),
					"more "
					"than %d circuits",
					SITE_MAX_CIRCUITS);
			return;
		}
		read_circuit(l, key, site_node(l, pair->value));
	}
}

/* Circuits come before what names them. */
#define FIELD(f_) .offset = offsetof(struct site, f_)
static const struct key root_keys[] = {
	{.name = "site", .read = site_read_string, FIELD(name), .max = 255},
	{.name = "remote",
	 .read = site_read_prefixes,
	 FIELD(remote),
	 .not_empty = true},
	{.name = "own", .read = site_read_prefixes, FIELD(own)},
	{.name = "circuits", .read = site_read_circuits, .required = true},
	{.name = "taps", .read = site_read_taps},
	{.name = "services", .read = site_read_services},
};
#undef FIELD
static_assert(ARRAY_SIZE(root_keys) <= SITE_MAX_KEYS, "keys fit");

static const struct schema root_schema = {
	.what = "a site file",
	.key = root_keys,
	.keys = ARRAY_SIZE(root_keys),
};

void site_read_root(struct loader *l, yaml_node_t *root)
{
	site_read_mapping(l, &root_schema, root, l->site);
}
