/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table-driven reader: values that more than one key takes
 */
#include "schema.h"

#include <string.h>

#include "grow.h"
#include "scalar.h"

static void *field(void *object, const struct key *k)
{
	return (char *)object + k->offset;
}

/* A name that @key refers to, and that no @what of the file has */
static void no_such(struct loader *l, struct site_mark mark, const char *key,
		    const char *what, const char *text, const char *nearest)
{
	if (nearest)
		site_errors_add(l->errors, mark,
				"%s: there is no %s '%s': did you mean '%s'?",
				key, what, CUT(text), nearest);
	else
		site_errors_add(l->errors, mark, "%s: there is no %s '%s'", key,
				what, CUT(text));
}

void site_no_circuit(struct loader *l, struct site_mark mark, const char *name,
		     const char *text)
{
	if (site_errors_full(l->errors))
		site_errors_add(l->errors, mark, "no such circuit");
	else
		no_such(l, mark, name, "circuit", text,
			site_nearest_circuit(l->site, text));
}

void site_no_segment(struct loader *l, struct site_mark mark, const char *name,
		     const char *text)
{
	if (site_errors_full(l->errors))
		site_errors_add(l->errors, mark, "no such segment");
	else
		no_such(l, mark, name, "segment", text,
			site_nearest_segment(l->site, text));
}

void site_read_by_circuit(struct loader *l, const struct key *k,
			  yaml_node_t *value,
			  void (*row)(struct loader *l, const struct key *k,
				      int circuit, struct site_mark mark,
				      yaml_node_t *value, void *object),
			  void *object)
{
	const yaml_node_pair_t *pair;
	uint64_t seen = 0;

	if (!site_is_mapping(l, k->name, value))
		return;
	pair = value->data.mapping.pairs.start;
	for (; pair < value->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = site_node(l, pair->key);
		const char *text = site_scalar(l, k->name, key);
		int i = text ? site_find_circuit(l->site, text) : -1;

		if (!text)
			continue;
		if (i < 0) {
			site_no_circuit(l, site_mark_at(key), k->name, text);
		} else if (seen & 1ULL << i) {
			site_errors_add(l->errors, site_mark_at(key),
					"%s: circuit '%s' is "
					"given twice",
					k->name, CUT(text));
		} else {
			seen |= 1ULL << i;
			row(l, k, i, site_mark_at(key),
			    site_node(l, pair->value), object);
		}
	}
}

void site_read_string(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	const char *text = site_scalar(l, k->name, value);
	char **string = field(object, k);

	if (!text)
		return;
	if (strlen(text) > (size_t)k->max)
		site_errors_add(l->errors, site_mark_at(value),
				"%s: is over "
				"%lld bytes long",
				k->name, (long long)k->max);
	else
		*string = xstrdup(text);
}

void site_read_name(struct loader *l, const struct key *k, yaml_node_t *value,
		    void *object)
{
	const char *text = site_scalar(l, k->name, value);
	const char *problem = text ? site_scan_name(text, k->max) : NULL;
	char **name = field(object, k);

	if (problem)
		site_errors_add(l->errors, site_mark_at(value), "%s: '%s' %s",
				k->name, CUT(text), problem);
	else if (text)
		*name = xstrdup(text);
}

void site_read_number(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object)
{
	const char *text = site_scalar(l, k->name, value);
	int64_t *number = field(object, k);
	int64_t result;

	if (!text)
		return;
	if (site_scan_number(text, k->max, &result))
		*number = result;
	else
		site_errors_add(l->errors, site_mark_at(value),
				"%s: '%s' is "
				"no number from 0 to %lld",
				k->name, CUT(text), (long long)k->max);
}

/* The prefix that was meant where only its host bits are wrong */
static void clear_host_bits(struct prefix *p)
{
	for (unsigned bit = p->len; bit < 128; bit++)
		p->base.b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

bool site_read_prefix(struct loader *l, const char *name,
		      const yaml_node_t *value, struct prefix *p)
{
	const char *text = site_scalar(l, name, value);
	struct prefix meant = {.len = UINT8_MAX};
	char buf[PREFIX_TEXT];
	const char *problem;

	if (!text)
		return false;
	problem = prefix_parse(text, &meant);
	if (!problem) {
		*p = meant;
		return true;
	}
	if (strstr(problem, "host bits") && meant.len <= 128) {
		clear_host_bits(&meant);
		site_errors_add(l->errors, site_mark_at(value),
				"%s: '%s' %s: "
				"did you mean '%s'?",
				name, CUT(text), problem,
				prefix_format(&meant, buf));
	} else {
		site_errors_add(l->errors, site_mark_at(value), "%s: '%s' %s",
				name, CUT(text), problem);
	}
	return false;
}

void site_read_prefixes(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object)
{
	struct site_prefixes *to = field(object, k);
	struct list list;
	yaml_node_t *node;
	struct prefix p;

	if (!site_list(l, k, value, &list))
		return;
	while ((node = site_list_next(l, &list))) {
		if (!site_read_prefix(l, k->name, node, &p))
			continue;
		to->item = site_grow(to->item, to->count, sizeof(*to->item));
		to->item[to->count++] = (struct site_prefix){
			.prefix = p,
			.mark = site_mark_at(node),
		};
	}
}
