/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The site file's tables: the catalogue of services
 */
#include "tables.h"

#include <string.h>

#include "grow.h"
#include "scalar.h"

static void read_name(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	struct site_service *s = object;

	site_read_name(l, k, value, s);
	for (size_t i = 0; s->name && &l->site->service[i] < s; i++) {
		const struct site_service *other = &l->site->service[i];

		if (!other->name || strcmp(other->name, s->name) != 0)
			continue;
		site_errors_add(l->errors, site_mark_at(value),
				"service '%s' "
				"is given twice, first in line %u",
				CUT(s->name), other->mark.line);
		return;
	}
}

static void read_direction(struct loader *l, const struct key *k,
			   yaml_node_t *value, void *object)
{
	static const char *const names[] = {
		[SERVICE_OUTBOUND] = "outbound",
		[SERVICE_INBOUND] = "inbound",
	};
	static_assert(ARRAY_SIZE(names) == SERVICE_INBOUND + 1,
		      "a name for every direction");
	struct site_service *s = object;

	l->direction = site_choice(l, k, value, names, ARRAY_SIZE(names));
	if (l->direction >= 0)
		s->direction = (enum service_direction)l->direction;
}

static void read_ports(struct loader *l, const struct key *k,
		       yaml_node_t *value, void *object)
{
	struct site_service *s = object;
	struct site_ports ports;
	const char *problem;
	struct list list;
	yaml_node_t *node;

	if (!site_list(l, k, value, &list))
		return;
	while ((node = site_list_next(l, &list))) {
		const char *text = site_scalar(l, k->name, node);

		if (!text)
			continue;
		problem = site_scan_ports(text, &ports);
		if (problem) {
			site_errors_add(l->errors, site_mark_at(node),
					"%s: '%s' %s", k->name, CUT(text),
					problem);
			continue;
		}
		s->ports =
			site_grow(s->ports, s->port_count, sizeof(*s->ports));
		s->ports[s->port_count++] = ports;
	}
}

/* Return: what a list names (bits); what is not known is reported by @unknown */
static uint64_t
read_names(struct loader *l, const struct key *k, yaml_node_t *value,
	   int (*find)(const struct site *site, const char *name),
	   void (*unknown)(struct loader *l, struct site_mark mark,
			   const char *name, const char *text))
{
	uint64_t named = 0;
	struct list list;
	yaml_node_t *node;

	if (!site_list(l, k, value, &list))
		return 0;
	while ((node = site_list_next(l, &list))) {
		const char *text = site_scalar(l, k->name, node);
		int i = text ? find(l->site, text) : -1;

		if (i >= 0)
			named |= 1ULL << i;
		else if (text)
			unknown(l, site_mark_at(node), k->name, text);
	}
	return named;
}

static void read_allowed(struct loader *l, const struct key *k,
			 yaml_node_t *value, void *object)
{
	struct site_service *s = object;

	s->circuits_mark = site_mark_at(value);
	s->circuits |=
		read_names(l, k, value, site_find_circuit, site_no_circuit);
}

static void read_snat_row(struct loader *l, const struct key *k, int circuit,
			  struct site_mark mark, yaml_node_t *value,
			  void *object)
{
	struct site_snat snat = {.circuit = circuit, .mark = mark};
	struct site_service *s = object;

	if (!site_read_prefix(l, k->name, value, &snat.to))
		return;
	s->snat = site_grow(s->snat, s->snat_count, sizeof(*s->snat));
	s->snat[s->snat_count++] = snat;
}

static void read_snat(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	if (l->direction == SERVICE_OUTBOUND &&
	    value->type == YAML_MAPPING_NODE)
		site_errors_add(l->errors, site_mark_at(value),
				"%s: the "
				"service is outbound, no inbound source is "
				"translated",
				k->name);
	site_read_by_circuit(l, k, value, read_snat_row, object);
}

static void read_segments(struct loader *l, const struct key *k,
			  yaml_node_t *value, void *object)
{
	struct site_service *s = object;

	s->segments_mark = site_mark_at(value);
	s->segments |=
		read_names(l, k, value, site_find_segment, site_no_segment);
}

/* An empty list says something here: nobody else uses it. */
static void read_users(struct loader *l, const struct key *k,
		       yaml_node_t *value, void *object)
{
	struct site_service *s = object;
	struct list list;
	yaml_node_t *node;
	int i;

	s->users_mark = site_mark_at(value);
	if (l->direction == SERVICE_OUTBOUND)
		site_errors_add(l->errors, s->users_mark,
				"%s: the service is outbound, it has no "
				"endpoint on site",
				k->name);
	if (!site_list(l, k, value, &list))
		return;
	s->has_users = true;
	while ((node = site_list_next(l, &list))) {
		i = site_choice(l, k, node, site_users_names, SITE_USERS);
		if (i >= 0)
			s->users |= 1U << i;
	}
}

static void read_inside(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object)
{
	if (l->direction == SERVICE_OUTBOUND)
		site_errors_add(l->errors, site_mark_at(value),
				"%s: the "
				"service is outbound, nothing inside is "
				"published",
				k->name);
	site_read_prefixes(l, k, value, object);
}

/* The direction comes before what depends on it. */
#define FIELD(f_) .offset = offsetof(struct site_service, f_)
static const struct key service_keys[] = {
	{.name = "name", .read = read_name, FIELD(name), .required = true},
	{.name = "direction", .read = read_direction, .required = true},
	{.name = "local",
	 .read = site_read_prefixes,
	 FIELD(local),
	 .not_empty = true},
	{.name = "remote",
	 .read = site_read_prefixes,
	 FIELD(remote),
	 .not_empty = true},
	{.name = "inside",
	 .read = read_inside,
	 FIELD(inside),
	 .not_empty = true},
	{.name = "ports", .read = read_ports, .not_empty = true},
	{.name = "circuits", .read = read_allowed, .not_empty = true},
	{.name = "inbound-snat", .read = read_snat},
	{.name = "segments", .read = read_segments, .not_empty = true},
	{.name = "also-used-by", .read = read_users},
};
#undef FIELD
static_assert(ARRAY_SIZE(service_keys) <= SITE_MAX_KEYS, "keys fit");

static const struct schema service_schema = {
	.what = "a service",
	.key = service_keys,
	.keys = ARRAY_SIZE(service_keys),
};

static void read_service(struct loader *l, yaml_node_t *node)
{
	struct site *site = l->site;
	struct site_service *s;

	site->service = site_grow(site->service, site->services,
				  sizeof(*site->service));
	s = &site->service[site->services++];
	*s = (struct site_service){.mark = site_mark_at(node)};
	l->direction = -1;
	site_read_mapping(l, &service_schema, node, s);
}

void site_read_services(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object)
{
	struct list list;
	yaml_node_t *node;

	(void)object;
	if (!site_list(l, k, value, &list))
		return;
	while ((node = site_list_next(l, &list))) {
		if (l->site->services == SITE_MAX_SERVICES) {
			site_errors_add(l->errors, site_mark_at(node),
					"more "
					"than %d services",
					SITE_MAX_SERVICES);
			return;
		}
		read_service(l, node);
	}
}
