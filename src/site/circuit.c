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
	struct site_circuit *c = object;

	c->domain_mark = site_mark_at(value);
	site_read_name(l, k, value, object);
}

static void read_rate(struct loader *l, const struct key *k, yaml_node_t *value,
		      uint64_t *rate, struct site_mark *mark)
{
	const char *text = site_scalar(l, k->name, value);
	const char *problem = text ? site_scan_rate(text, rate) : NULL;

	*mark = site_mark_at(value);
	if (problem)
		site_errors_add(l->errors, *mark, "%s: '%s' %s", k->name,
				CUT(text), problem);
}

static void read_bandwidth(struct loader *l, const struct key *k,
			   yaml_node_t *value, void *object)
{
	struct site_circuit *c = object;

	read_rate(l, k, value, &c->bandwidth, &c->bandwidth_mark);
}

static void read_peak(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	struct site_circuit *c = object;

	read_rate(l, k, value, &c->peak, &c->peak_mark);
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

static void read_location(struct loader *l, const struct key *k,
			  yaml_node_t *value, void *object)
{
	struct site_circuit *c = object;

	c->location_mark = site_mark_at(value);
	site_read_string(l, k, value, c);
}

static void read_clients(struct loader *l, const struct key *k,
			 yaml_node_t *value, void *object)
{
	struct site_circuit *c = object;

	c->clients_mark = site_mark_at(value);
	site_read_number(l, k, value, c);
}

static void read_expected_routes(struct loader *l, const struct key *k,
				 yaml_node_t *value, void *object)
{
	struct site_circuit *c = object;

	c->routes_mark = site_mark_at(value);
	site_read_number(l, k, value, c);
}

static void read_nat(struct loader *l, const struct key *k, yaml_node_t *value,
		     void *object)
{
	static const char *const names[] = {"site", "provider"};
	struct site_circuit *c = object;
	int i = site_choice(l, k, value, names, ARRAY_SIZE(names));

	c->nat_mark = site_mark_at(value);
	if (i >= 0)
		c->provider_nat = i;
}

#define FIELD(f_) .offset = offsetof(struct site_circuit, f_)
static const struct key link_keys[SITE_LINKS] = {
	{.name = "primary", .read = site_read_prefixes, FIELD(link[0])},
	{.name = "secondary", .read = site_read_prefixes, FIELD(link[1])},
};

static const struct schema link_schema = {
	.what = "'links'",
	.key = link_keys,
	.keys = ARRAY_SIZE(link_keys),
};

static void read_links(struct loader *l, const struct key *k,
		       yaml_node_t *value, void *object)
{
	(void)k;
	site_read_mapping(l, &link_schema, value, object);
}

static const struct key circuit_keys[] = {
	{.name = "kind", .read = read_kind, .required = true},
	{.name = "nat-pools", .read = site_read_prefixes, FIELD(nat_pools)},
	{.name = "advertised", .read = site_read_prefixes, FIELD(advertised)},
	{.name = "state-domain", .read = read_domain, FIELD(state_domain)},
	{.name = "bandwidth", .read = read_bandwidth},
	{.name = "expected-rtt", .read = read_rtt},
	{.name = "links", .read = read_links},
	{.name = "location",
	 .read = read_location,
	 FIELD(location),
	 .max = 255},
	{.name = "clients",
	 .read = read_clients,
	 FIELD(clients),
	 .max = 1000000000},
	{.name = "peak", .read = read_peak},
	{.name = "expected-routes",
	 .read = read_expected_routes,
	 FIELD(expected_routes),
	 .max = 1000000},
	{.name = "nat", .read = read_nat},
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

static void read_circuits(struct loader *l, const struct key *k,
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

static void read_stage(struct loader *l, const struct key *k,
		       yaml_node_t *value, void *object)
{
	const char *names[STAGE_INBOUND + 1] = {NULL};
	struct site *site = object;
	int stage;

	names[STAGE_OUTBOUND] = site_stage_name(STAGE_OUTBOUND);
	names[STAGE_INBOUND] = site_stage_name(STAGE_INBOUND);
	stage = site_choice(l, k, value, names, ARRAY_SIZE(names));
	site->stage_mark = site_mark_at(value);
	if (stage >= 0)
		site->stage = (enum site_stage)stage;
}

/* A file is read when all else of the site file is right. */
static void read_file(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	struct site_file *file = (void *)((char *)object + k->offset);

	static_assert(offsetof(struct site_file, path) == 0, "path is first");
	site_read_string(l, k, value, object);
	file->mark = site_mark_at(value);
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
	{.name = "stage", .read = read_stage},
	{.name = "remote-endpoints",
	 .read = read_file,
	 FIELD(endpoints_file),
	 .max = 1024},
	{.name = "service-tags",
	 .read = read_file,
	 FIELD(tags_file),
	 .max = 1024},
	{.name = "circuits", .read = read_circuits, .required = true},
	{.name = "segments", .read = site_read_segments},
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
