/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table-driven reader: mappings, lists and choices
 */
#include "schema.h"

#include <string.h>

#include "text.h"

struct site_mark site_mark_at(const yaml_node_t *node)
{
	return site_mark_of(&node->start_mark);
}

yaml_node_t *site_node(struct loader *l, int index)
{
	return yaml_document_get_node(l->doc, index);
}

static const char *node_kind(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_MAPPING_NODE:
		return "a mapping";
	default:
		return node->data.scalar.length ? "a single value" : "nothing";
	}
}

static void wrong_kind(struct loader *l, const char *name,
		       const yaml_node_t *node, const char *wanted)
{
	site_errors_add(l->errors, site_mark_at(node),
			"%s: here should be %s, not %s", name, wanted,
			node_kind(node));
}

bool site_is_mapping(struct loader *l, const char *name,
		     const yaml_node_t *node)
{
	if (node->type == YAML_MAPPING_NODE)
		return true;
	wrong_kind(l, name, node, "a mapping (key: value)");
	return false;
}

const char *site_scalar(struct loader *l, const char *name,
			const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->type != YAML_SCALAR_NODE || !node->data.scalar.length) {
		wrong_kind(l, name, node, "a single value");
		return NULL;
	}
	if (!site_text_is_printable(text, node->data.scalar.length)) {
		site_errors_add(l->errors, site_mark_at(node),
				"%s: has a "
				"control character or line break in it",
				name);
		return NULL;
	}
	return text;
}

static void unknown_key(struct loader *l, const struct schema *s,
			struct site_mark mark, const char *text)
{
	const char *names[SITE_MAX_KEYS];
	struct str known = {0};
	const char *nearest;

	if (site_errors_full(l->errors)) {
		site_errors_add(l->errors, mark, "unknown key");
		return;
	}
	if (!strcmp(text, "<<")) {
		site_errors_add(l->errors, mark,
				"merge keys ('<<') are "
				"refused: write the keys out");
		return;
	}
	for (size_t i = 0; i < s->keys; i++) {
		names[i] = s->key[i].name;
		str_addf(&known, "%s%s", i ? ", " : "", names[i]);
	}
	nearest = site_nearest(text, names, s->keys);
	if (nearest)
		site_errors_add(l->errors, mark,
				"unknown key '%s': did you "
				"mean '%s'?",
				CUT(text), nearest);
	else
		site_errors_add(l->errors, mark, "unknown key '%s': %s has %s",
				CUT(text), s->what, known.s);
	str_free(&known);
}

static int find_key(const struct schema *s, const char *text)
{
	for (size_t i = 0; i < s->keys; i++) {
		if (!strcmp(s->key[i].name, text))
			return (int)i;
	}
	return -1;
}

/* Sort the pairs of a mapping by the keys of its schema. */
static void collect(struct loader *l, const struct schema *s,
		    const yaml_node_t *node, yaml_node_t **value)
{
	uint32_t line[SITE_MAX_KEYS] = {0};
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;

	for (; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = site_node(l, pair->key);
		const char *text = site_scalar(l, "a key", key);
		struct site_mark mark = site_mark_at(key);
		int i;

		if (!text)
			continue;
		i = find_key(s, text);
		if (i < 0) {
			unknown_key(l, s, mark, text);
		} else if (line[i]) {
			site_errors_add(l->errors, mark,
					"key '%s' is given "
					"twice, first in line %u",
					text, line[i]);
		} else {
			line[i] = mark.line;
			value[i] = site_node(l, pair->value);
		}
	}
}

void site_read_mapping(struct loader *l, const struct schema *s,
		       yaml_node_t *node, void *object)
{
	yaml_node_t *value[SITE_MAX_KEYS] = {NULL};

	assert(s->keys <= SITE_MAX_KEYS);
	if (!site_is_mapping(l, s->what, node))
		return;
	collect(l, s, node, value);

	for (size_t i = 0; i < s->keys; i++) {
		const struct key *k = &s->key[i];

		if (value[i])
			k->read(l, k, value[i], object);
		else if (k->required)
			site_errors_add(l->errors, site_mark_at(node),
					"%s needs the key '%s'", s->what,
					k->name);
	}
}

bool site_list(struct loader *l, const struct key *k, yaml_node_t *node,
	       struct list *list)
{
	*list = (struct list){0};
	if (node->type == YAML_SCALAR_NODE && node->data.scalar.length) {
		list->one = node;
		return true;
	}
	if (node->type != YAML_SEQUENCE_NODE) {
		wrong_kind(l, k->name, node, "a list");
		return false;
	}
	list->at = node->data.sequence.items.start;
	list->end = node->data.sequence.items.top;
	if (list->at == list->end && k->not_empty)
		site_errors_add(l->errors, site_mark_at(node),
				"%s: is empty; "
				"leave the key out to mean any",
				k->name);
	return true;
}

yaml_node_t *site_list_next(struct loader *l, struct list *list)
{
	yaml_node_t *node = list->one;

	if (!node && list->at < list->end)
		node = site_node(l, *list->at++);
	list->one = NULL;
	return node;
}

int site_choice(struct loader *l, const struct key *k, const yaml_node_t *node,
		const char *const *names, size_t count)
{
	const char *text = site_scalar(l, k->name, node);
	struct str known = {0};
	const char *nearest;

	if (!text)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (names[i] && !strcmp(text, names[i]))
			return (int)i;
	}
	for (size_t i = 0; i < count; i++) {
		if (names[i])
			str_addf(&known, "%s'%s'", known.len ? " or " : "",
				 names[i]);
	}
	nearest = site_nearest(text, names, count);
	if (nearest)
		site_errors_add(l->errors, site_mark_at(node),
				"%s: '%s' is "
				"not %s: did you mean '%s'?",
				k->name, CUT(text), known.s, nearest);
	else
		site_errors_add(l->errors, site_mark_at(node),
				"%s: '%s' is "
				"not %s",
				k->name, CUT(text), known.s);
	str_free(&known);
	return -1;
}
