/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Documents of Azure's in JSON, cut into rows
 */
#include "reading.h"

#include <string.h>
#include <strings.h>

static const struct json *get_any(const struct json *object, const char *key)
{
	const struct json *v = NULL;

	if (object && object->type == JSON_OBJECT)
		v = object->child;
	while (v && strcasecmp(v->key, key) != 0)
		v = v->next;
	return v;
}

const struct json *json_any(const struct json *object, const char *key)
{
	const struct json *v = get_any(object, key);

	return v ? v : get_any(get_any(object, "properties"), key);
}

static void put_values(const struct json *object, struct row *row)
{
	for (const struct json *v = object->child; v; v = v->next)
		row_put(row, v->key, v->text, v->mark);
}

void json_row(const struct json *object, const char *where, struct row *row)
{
	const struct json *in = get_any(object, "properties");

	*row = (struct row){.mark = object->mark};
	snprintf(row->where, sizeof(row->where), "%s", where);
	put_values(object, row);
	if (in && in->type == JSON_OBJECT)
		put_values(in, row);
}

static bool is_circuit(const struct json *object)
{
	return json_any(object, "peerings") ||
	       json_any(object, "serviceProviderProperties") ||
	       json_any(object, "stag");
}

static void read_object(struct reading *r, const struct json *object,
			const char *where)
{
	struct row row;

	json_row(object, where, &row);
	if (is_circuit(object))
		circuit_of_json(r, object);
	else if (row_get(&row, "peeringType"))
		peering_of_json(r, object, &row);
	else
		azure_row(r, &row);
}

static void read_rows(struct reading *r, const struct json *array,
		      const char *name)
{
	const struct json *v = array->child;
	char where[32];
	struct row row;
	bool more = true;

	for (size_t i = 0; v && more; v = v->next, i++) {
		snprintf(where, sizeof(where), "%s[%zu]", name, i);
		if (v->type != JSON_OBJECT) {
			azure_wrong(r, v->mark,
				    "%s: here should be an object, not %s",
				    where, json_type_name(v));
			return;
		}
		if (is_circuit(v) || json_any(v, "peeringType")) {
			read_object(r, v, where);
		} else {
			json_row(v, where, &row);
			more = azure_row(r, &row);
		}
	}
}

void azure_json(struct reading *r, size_t from)
{
	struct json_tree *tree = json_parse(&r->doc, from, r->errors);
	const struct json *root, *value;

	if (!tree) {
		r->wrong = true;
		return;
	}
	root = json_root(tree);
	value = get_any(root, "value");
	if (root->type == JSON_ARRAY)
		read_rows(r, root, "");
	else if (value && value->type == JSON_ARRAY)
		read_rows(r, value, "value");
	else
		read_object(r, root, "");
	json_free(tree);
}
