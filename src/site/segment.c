/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The site file's tables: segments, and the routes that each hears
 *
 * A segment is a network on site, told by nothing but its routes: which
 * circuit's prefixes its hosts can see decides where their packets leave.
 */
#include "tables.h"

#include <string.h>

#include "grow.h"
#include "scalar.h"

const char *const site_users_names[SITE_USERS] = {"internet", "microsoft"};
static_assert(USERS_INTERNET == 1 && USERS_MICROSOFT == 2, "bits in order");

static void add_route(struct site_prefixes *to, const struct prefix *p,
		      struct site_mark mark)
{
	to->item = site_grow(to->item, to->count, sizeof(*to->item));
	to->item[to->count++] =
		(struct site_prefix){.prefix = *p, .mark = mark};
}

/* "default" is short for the default routes of both families. */
static void add_default(struct site_prefixes *to, struct site_mark mark)
{
	static const char *const all[] = {"0.0.0.0/0", "::/0"};
	struct prefix p;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!prefix_parse(all[i], &p))
			add_route(to, &p, mark);
	}
}

static bool is_default(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE &&
	       !strcmp((const char *)node->data.scalar.value, "default");
}

static void read_heard(struct loader *l, const struct key *k, int circuit,
		       struct site_mark mark, yaml_node_t *value, void *object)
{
	struct site_segment *s = object;
	struct site_heard *heard;
	struct list list;
	yaml_node_t *node;
	struct prefix p;

	(void)mark;
	if (!site_list(l, k, value, &list))
		return;
	s->heard = site_grow(s->heard, s->count, sizeof(*s->heard));
	heard = &s->heard[s->count++];
	*heard = (struct site_heard){.circuit = circuit};
	while ((node = site_list_next(l, &list))) {
		if (is_default(node))
			add_default(&heard->routes, site_mark_at(node));
		else if (site_read_prefix(l, k->name, node, &p))
			add_route(&heard->routes, &p, site_mark_at(node));
	}
}

static void read_routes(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object)
{
	site_read_by_circuit(l, k, value, read_heard, object);
}

static const struct key segment_keys[] = {
	{.name = "routes", .read = read_routes, .required = true},
};

static const struct schema segment_schema = {
	.what = "a segment",
	.key = segment_keys,
	.keys = ARRAY_SIZE(segment_keys),
};

static void read_segment(struct loader *l, yaml_node_t *key, yaml_node_t *value)
{
	const char *name = site_scalar(l, "a segment's name", key);
	const char *problem = name ? site_scan_name(name, false) : NULL;
	struct site *site = l->site;
	struct site_segment *s;
	int i;

	if (!name)
		return;
	if (problem)
		site_errors_add(l->errors, site_mark_at(key), "segment '%s' %s",
				CUT(name), problem);
	i = site_find_segment(site, name);
	if (i >= 0) {
		site_errors_add(l->errors, site_mark_at(key),
				"segment '%s' is given twice, first in line "
				"%u",
				CUT(name), site->segment[i].mark.line);
		return;
	}
	site->segment = site_grow(site->segment, site->segments,
				  sizeof(*site->segment));
	s = &site->segment[site->segments++];
	*s = (struct site_segment){
		.name = xstrdup(name),
		.mark = site_mark_at(key),
	};
	site_read_mapping(l, &segment_schema, value, s);
}

void site_read_segments(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object)
{
	const yaml_node_pair_t *pair;

	(void)object;
	if (!site_is_mapping(l, k->name, value))
		return;
	pair = value->data.mapping.pairs.start;
	for (; pair < value->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = site_node(l, pair->key);

		if (l->site->segments == SITE_MAX_SEGMENTS) {
			site_errors_add(l->errors, site_mark_at(key),
					"more than %d segments",
					SITE_MAX_SEGMENTS);
			return;
		}
		read_segment(l, key, site_node(l, pair->value));
	}
}
