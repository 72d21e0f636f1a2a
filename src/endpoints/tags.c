/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Service Tags of Azure
 *
 * DOC: Theory of operation
 *
 * A tag is a name for prefixes: of a service, of a service in a region, of a
 * region, or of all of Azure.  The same prefix stands in several.  Tags are
 * put in order, the most special first, and of equal prefixes the map keeps
 * the first, so one lookup gives one name.
 */
#include <asymcap/endpoints.h>

#include <stdlib.h>
#include <string.h>

#include "read.h"

/**
 * struct tag - One on its way in
 * @name:	Borrowed from the document
 * @of_service:	It is one of a service
 * @prefixes:	How many it has
 * @from:	Where they begin in the list of all
 */
struct tag {
	const char *name;
	bool of_service;
	size_t prefixes;
	size_t from;
};

static void read_tag(struct reading *r, const struct json *json, size_t i,
		     struct tag *tag, struct found *found)
{
	const struct json *name = json_get(json, "name");
	const struct json *in = json_get(json, "properties");
	const char *service = json_string(json_get(in, "systemService"));
	char where[64];

	tag->from = found->count;
	tag->name = json_string(name);
	tag->of_service = service && *service;
	if (!tag->name)
		reading_wrong(r, name ? name : json,
			      "values[%zu].name: here should be a string, "
			      "not %s",
			      i, json_type_name(name));
	if (!in || in->type != JSON_OBJECT) {
		reading_wrong(r, in ? in : json,
			      "values[%zu].properties: here should be an "
			      "object, not %s",
			      i, json_type_name(in));
		return;
	}
	snprintf(where, sizeof(where), "values[%zu].properties.addressPrefixes",
		 i);
	reading_prefixes(r, json_get(in, "addressPrefixes"), where, (uint32_t)i,
			 found);
	tag->prefixes = found->count - tag->from;
}

static int tag_cmp(const void *a_, const void *b_)
{
	const struct tag *a = a_, *b = b_;

	if (a->of_service != b->of_service)
		return a->of_service ? -1 : 1;
	if (a->prefixes != b->prefixes)
		return a->prefixes < b->prefixes ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void take_tags(struct service_tags *t, struct tag *tag, size_t tags,
		      const struct found *found)
{
	qsort(tag, tags, sizeof(*tag), tag_cmp);
	t->name = xcalloc(tags + 1, sizeof(*t->name));
	for (size_t i = 0; i < tags; i++) {
		const struct found_prefix *p = found->item + tag[i].from;

		t->name[t->tags++] = xstrndup(tag[i].name, 128);
		for (size_t k = 0; k < tag[i].prefixes; k++) {
			if (!prefix_map_add(&t->map, &p[k].prefix, (int32_t)i))
				log_fatal("out of memory for service tags");
		}
	}
	if (!prefix_map_freeze(&t->map))
		log_fatal("out of memory for service tags");
}

static void read_tags(struct reading *r, const struct json *root,
		      struct service_tags *t)
{
	const struct json *values = json_get(root, "values"), *v;
	struct found found = {0};
	struct tag *tag;
	size_t tags = 0;

	if (!values || values->type != JSON_ARRAY) {
		reading_wrong(r, root, "%s",
			      root->type == JSON_ARRAY
				      ? "these are endpoint sets: name the "
					"file with remote-endpoints"
				      : "here should be an object with the "
					"array 'values'");
		return;
	}
	if (values->count > ENDPOINTS_MAX_PREFIXES) {
		reading_wrong(r, values, "more than %u tags",
			      ENDPOINTS_MAX_PREFIXES);
		return;
	}
	json_unsigned(json_get(root, "changeNumber"), UINT64_MAX, &t->change);
	tag = xcalloc(values->count + 1, sizeof(*tag));
	for (v = values->child; v; v = v->next, tags++)
		read_tag(r, v, tags, &tag[tags], &found);
	if (!r->wrong && !found.count)
		reading_wrong(r, values, "no tag has a prefix");
	if (!r->wrong)
		take_tags(t, tag, tags, &found);
	free(tag);
	free(found.item);
}

static struct service_tags *from_document(struct document *d,
					  struct str *errors)
{
	struct reading r = {.doc = d, .errors = errors};
	struct json_tree *tree = json_parse(d, 0, errors);
	struct service_tags *t;

	if (!tree)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->path = xstrdup(d->path);
	t->modified = d->modified;
	read_tags(&r, json_root(tree), t);
	json_free(tree);
	if (!r.wrong)
		return t;
	service_tags_free(t);
	return NULL;
}

struct service_tags *service_tags_parse(const char *path, const char *text,
					size_t size, struct str *errors)
{
	struct service_tags *t;
	struct document d;

	if (!document_of(&d, path, text, size, errors))
		return NULL;
	t = from_document(&d, errors);
	document_free(&d);
	return t;
}

struct service_tags *service_tags_load(const char *path, struct str *errors)
{
	struct service_tags *t;
	struct document d;

	if (!document_load(&d, path, errors))
		return NULL;
	t = from_document(&d, errors);
	document_free(&d);
	return t;
}

void service_tags_free(struct service_tags *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->tags; i++)
		free(t->name[i]);
	prefix_map_clear(&t->map);
	free(t->name);
	free(t->path);
	free(t);
}

const char *service_tags_find(const struct service_tags *t,
			      const struct addr *a)
{
	int32_t found = prefix_map_find(&t->map, a);

	return found < 0 ? NULL : t->name[found];
}
