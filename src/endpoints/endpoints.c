/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The endpoint sets of Microsoft 365
 *
 * DOC: Theory of operation
 *
 * Sets share prefixes and differ by port, and prefixes of one set lie inside
 * those of another, so an address alone names no set.  All prefixes are
 * sorted once; each has the list of its sets, and the next shorter prefix
 * that covers it.  A lookup finds the longest match by binary search, and
 * walks outwards until a set has the port: at most a step for each length.
 *
 * Only what is judged is read: URLs, notes and UDP ports are passed over, and
 * so are keys that are not known, since the service adds some.
 */
#include <asymcap/endpoints.h>

#include <stdlib.h>
#include <string.h>

#include "read.h"

#define NO_PARENT UINT32_MAX

/**
 * struct endpoints_index - From prefixes to sets
 * @map:	From an address to its longest prefix
 * @parent:	By prefix: the next shorter one that covers it
 * @first:	By prefix: where its sets begin in @owner; one more at the end
 * @owner:	Numbers of sets
 * @offered:	By prefix: a set with it, or with one that covers it, is
 *		offered over ExpressRoute
 */
struct endpoints_index {
	struct prefix_map map;
	uint32_t *parent;
	uint32_t *first;
	uint32_t *owner;
	bool *offered;
};

const char *endpoint_category_name(enum endpoint_category c)
{
	static const char *const names[] = {
		[ENDPOINT_UNKNOWN] = "unknown",
		[ENDPOINT_OPTIMIZE] = "Optimize",
		[ENDPOINT_ALLOW] = "Allow",
		[ENDPOINT_DEFAULT] = "Default",
	};
	static_assert(ARRAY_SIZE(names) == ENDPOINT_DEFAULT + 1,
		      "a name each category");

	return names[c];
}

/* ---------------------------------------------------------------- reading */

static bool read_flag(struct reading *r, const struct json *set, size_t i,
		      const char *key)
{
	const struct json *v = json_get(set, key);

	if (v && v->type != JSON_TRUE && v->type != JSON_FALSE)
		reading_wrong(r, v,
			      "sets[%zu].%s: here should be true or false, "
			      "not %s",
			      i, key, json_type_name(v));
	return v && v->type == JSON_TRUE;
}

/* "443", "50000-50019": moves @p behind it. */
static bool scan_port(const char **p, uint16_t *port)
{
	char *end;
	unsigned long n;

	if (**p < '0' || **p > '9')
		return false;
	n = strtoul(*p, &end, 10);
	*p = end;
	*port = (uint16_t)n;
	return n && n <= UINT16_MAX;
}

static bool scan_range(const char **p, struct endpoint_ports *range)
{
	*p += strspn(*p, " ");
	if (!scan_port(p, &range->first))
		return false;
	range->last = range->first;
	*p += strspn(*p, " ");
	if (**p == '-') {
		++*p;
		*p += strspn(*p, " ");
		if (!scan_port(p, &range->last) || range->last < range->first)
			return false;
		*p += strspn(*p, " ");
	}
	return !**p || **p == ',';
}

/* "80,443", "143, 587, 993": ports of one string. */
static void read_ports(struct reading *r, const struct json *json, size_t i,
		       struct endpoint_set *set)
{
	const struct json *v = json_get(json, "tcpPorts");
	const char *text = json_string(v), *p = text;

	if (!v || (p && !p[strspn(p, " ")]))
		return;
	if (!p) {
		reading_wrong(r, v,
			      "sets[%zu].tcpPorts: here should be ports in "
			      "quotes, not %s",
			      i, json_type_name(v));
		return;
	}
	set->port = xcalloc(ENDPOINTS_MAX_PORTS, sizeof(*set->port));
	for (;; p++) {
		if (set->ports == ENDPOINTS_MAX_PORTS ||
		    !scan_range(&p, &set->port[set->ports])) {
			reading_wrong(r, v,
				      "sets[%zu].tcpPorts: '%.60s' is no list "
				      "of ports such as '80,443'",
				      i, text);
			return;
		}
		set->ports++;
		if (!*p)
			return;
	}
}

static void read_category(struct reading *r, const struct json *json, size_t i,
			  struct endpoint_set *set)
{
	const struct json *v = json_get(json, "category");
	const char *text = json_string(v);

	if (v && !text)
		reading_wrong(r, v,
			      "sets[%zu].category: here should be a string, "
			      "not %s",
			      i, json_type_name(v));
	for (unsigned c = ENDPOINT_OPTIMIZE; c <= ENDPOINT_DEFAULT; c++) {
		if (text && !strcmp(text, endpoint_category_name(
						  (enum endpoint_category)c)))
			set->category = (enum endpoint_category)c;
	}
}

static void read_set(struct reading *r, const struct json *json, size_t i,
		     struct endpoints *e, struct found *found)
{
	struct endpoint_set *set = &e->set[i];
	const struct json *v = json_get(json, "id");
	const char *area;
	char where[48];
	uint64_t id;

	if (json->type != JSON_OBJECT) {
		reading_wrong(r, json,
			      "sets[%zu]: here should be an object, not %s", i,
			      json_type_name(json));
		return;
	}
	if (!json_unsigned(v, UINT32_MAX, &id))
		reading_wrong(r, v ? v : json,
			      "sets[%zu].id: here should be a number, not %s",
			      i, json_type_name(v));
	set->id = (uint32_t)id;
	v = json_get(json, "serviceArea");
	area = json_string(v);
	if (!area)
		reading_wrong(r, v ? v : json,
			      "sets[%zu].serviceArea: here should be a string, "
			      "not %s",
			      i, json_type_name(v));
	else
		set->area = xstrndup(area, 64);
	read_category(r, json, i, set);
	set->express_route = read_flag(r, json, i, "expressRoute");
	set->required = read_flag(r, json, i, "required");
	read_ports(r, json, i, set);
	snprintf(where, sizeof(where), "sets[%zu].ips", i);
	set->prefixes = reading_prefixes(r, json_get(json, "ips"), where,
					 (uint32_t)i, found);
}

static void read_sets(struct reading *r, const struct json *root,
		      struct endpoints *e, struct found *found)
{
	const struct json *v;

	if (root->type != JSON_ARRAY) {
		reading_wrong(r, root, "%s",
			      json_get(root, "values")
				      ? "these are Service Tags: name the file "
					"with service-tags"
				      : "here should be the array of endpoint "
					"sets");
		return;
	}
	if (root->count > ENDPOINTS_MAX_SETS) {
		reading_wrong(r, root, "more than %d endpoint sets",
			      ENDPOINTS_MAX_SETS);
		return;
	}
	e->set = xcalloc(root->count + 1, sizeof(*e->set));
	for (v = root->child; v; v = v->next)
		read_set(r, v, e->sets++, e, found);
	if (!r->wrong && !found->count)
		reading_wrong(r, root, "no endpoint set has a prefix");
}

/* ---------------------------------------------------------------- the index */

static int found_cmp(const void *a_, const void *b_)
{
	const struct found_prefix *a = a_, *b = b_;
	int order = prefix_cmp(&a->prefix, &b->prefix);

	return order ? order : (a->owner > b->owner) - (a->owner < b->owner);
}

/* Sorted, a prefix comes behind all that cover it. */
static uint32_t find_parent(const struct endpoints *e, uint32_t i)
{
	uint32_t p = i ? i - 1 : NO_PARENT;

	while (p != NO_PARENT && !prefix_has(&e->prefix[p], &e->prefix[i].base))
		p = e->index->parent[p];
	return p;
}

static bool is_offered(const struct endpoints *e, uint32_t p)
{
	const struct endpoints_index *x = e->index;

	for (uint32_t i = x->first[p]; i < x->first[p + 1]; i++) {
		if (e->set[x->owner[i]].express_route)
			return true;
	}
	return x->parent[p] != NO_PARENT && x->offered[x->parent[p]];
}

static void make_index(struct endpoints *e, struct found *f)
{
	struct endpoints_index *x = xcalloc(1, sizeof(*x));

	qsort(f->item, f->count, sizeof(*f->item), found_cmp);
	e->index = x;
	e->prefix = xcalloc(f->count, sizeof(*e->prefix));
	x->parent = xcalloc(f->count, sizeof(*x->parent));
	x->first = xcalloc(f->count + 1, sizeof(*x->first));
	x->owner = xcalloc(f->count, sizeof(*x->owner));
	x->offered = xcalloc(f->count, sizeof(*x->offered));
	for (size_t i = 0; i < f->count; i++) {
		uint32_t n = (uint32_t)e->prefixes;

		x->owner[i] = f->item[i].owner;
		if (i &&
		    !prefix_cmp(&f->item[i].prefix, &f->item[i - 1].prefix))
			continue;
		e->prefix[n] = f->item[i].prefix;
		x->first[n] = (uint32_t)i;
		x->parent[n] = find_parent(e, n);
		if (!prefix_map_add(&x->map, &e->prefix[n], (int32_t)n))
			log_fatal("out of memory for the endpoints");
		e->prefixes++;
	}
	x->first[e->prefixes] = (uint32_t)f->count;
	for (uint32_t p = 0; p < e->prefixes; p++)
		x->offered[p] = is_offered(e, p);
	if (!prefix_map_freeze(&x->map))
		log_fatal("out of memory for the endpoints");
}

static struct endpoints *from_document(struct document *d, struct str *errors)
{
	struct reading r = {.doc = d, .errors = errors};
	struct json_tree *tree = json_parse(d, 0, errors);
	struct found found = {0};
	struct endpoints *e;

	if (!tree)
		return NULL;
	e = xcalloc(1, sizeof(*e));
	e->path = xstrdup(d->path);
	e->modified = d->modified;
	read_sets(&r, json_root(tree), e, &found);
	if (!r.wrong && found.count)
		make_index(e, &found);
	free(found.item);
	json_free(tree);
	if (!r.wrong)
		return e;
	endpoints_free(e);
	return NULL;
}

struct endpoints *endpoints_parse(const char *path, const char *text,
				  size_t size, struct str *errors)
{
	struct endpoints *e;
	struct document d;

	if (!document_of(&d, path, text, size, errors))
		return NULL;
	e = from_document(&d, errors);
	document_free(&d);
	return e;
}

struct endpoints *endpoints_load(const char *path, struct str *errors)
{
	struct endpoints *e;
	struct document d;

	if (!document_load(&d, path, errors))
		return NULL;
	e = from_document(&d, errors);
	document_free(&d);
	return e;
}

void endpoints_free(struct endpoints *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->sets; i++) {
		free(e->set[i].area);
		free(e->set[i].port);
	}
	if (e->index) {
		prefix_map_clear(&e->index->map);
		free(e->index->parent);
		free(e->index->first);
		free(e->index->owner);
		free(e->index->offered);
		free(e->index);
	}
	free(e->set);
	free(e->prefix);
	free(e->path);
	free(e);
}

/* A set that names no TCP port has none: it is one of UDP. */
static bool has_port(const struct endpoint_set *set, uint16_t port)
{
	if (port == ENDPOINTS_ANY_PORT)
		return true;
	for (size_t i = 0; i < set->ports; i++) {
		if (port >= set->port[i].first && port <= set->port[i].last)
			return true;
	}
	return false;
}

const struct endpoint_set *endpoints_find(const struct endpoints *e,
					  const struct addr *a, uint16_t port)
{
	const struct endpoints_index *x = e->index;
	int32_t found = prefix_map_find(&x->map, a);
	uint32_t p = found < 0 ? NO_PARENT : (uint32_t)found;

	for (; p != NO_PARENT; p = x->parent[p]) {
		for (uint32_t i = x->first[p]; i < x->first[p + 1]; i++) {
			if (has_port(&e->set[x->owner[i]], port))
				return &e->set[x->owner[i]];
		}
	}
	return NULL;
}

enum endpoint_offer endpoints_offer(const struct endpoints *e,
				    const struct prefix *p)
{
	const struct endpoints_index *x = e->index;
	int32_t found = prefix_map_find(&x->map, &p->base);
	uint32_t n = found < 0 ? NO_PARENT : (uint32_t)found;

	/* What begins where @p does may be a part of it. */
	while (n != NO_PARENT && e->prefix[n].len > p->len)
		n = x->parent[n];
	if (n == NO_PARENT)
		return ENDPOINT_NOT_LISTED;
	return x->offered[n] ? ENDPOINT_EXPRESS_ROUTE : ENDPOINT_INTERNET_ONLY;
}
