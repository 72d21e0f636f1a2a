/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall_listed: what the provider's lists called an end, as a line told it
 *
 * The lists themselves were with the run, and are not here.  What they say
 * hangs on the remote end alone, so it is kept by that.
 */
#include "recall.h"

#define MAX_NAME 256 /* bytes of an area or a tag */

/* The remote end, as topo has it; both where the direction is not known. */
static void add_key(struct str *s, enum direction d, const struct tuple *t)
{
	char text[ADDR_TEXT];

	if (d != DIRECTION_OUTBOUND)
		str_add(s, addr_format(&t->client, text));
	if (d != DIRECTION_INBOUND)
		str_addf(s, ">%s %u", addr_format(&t->server, text),
			 t->server_port);
}

/* Return: @text, for as long as @told; NULL for none, or if there is no room */
static const char *keep(struct told *told, const char *text)
{
	int n;

	if (!text || strlen(text) > MAX_NAME)
		return NULL;
	n = intern_get(&told->names, text);
	return n < 0 ? NULL : told->names.text[n];
}

static void take_set(struct told *told, struct told_end *end,
		     const struct jsonin *o)
{
	const char *category = jsonin_text(o, "category");
	const char *area = keep(told, jsonin_text(o, "area"));
	uint64_t id = jsonin_number(o, "set");

	if (!area)
		return;
	end->has_set = true;
	end->set = (struct endpoint_set){
		.id = id > UINT32_MAX ? UINT32_MAX : (uint32_t)id,
		.area = (char *)area,
		.express_route = jsonin_true(o, "express_route"),
		.required = jsonin_true(o, "required"),
	};
	for (unsigned i = 0; category && i <= ENDPOINT_DEFAULT; i++) {
		enum endpoint_category c = (enum endpoint_category)i;

		if (!strcmp(category, endpoint_category_name(c)))
			end->set.category = c;
	}
}

void recall_listed(struct recall *rc, struct told *told, const struct jsonin *o,
		   const struct finding *f)
{
	const struct jsonin *set = jsonin_get(o, "endpoint");
	const char *tag = jsonin_text(o, "service_tag");
	const size_t before = told->ends.count;
	struct told_end end = {0};
	struct str key = {0};

	told->has_sets |= jsonin_has(o, "endpoint");
	told->has_tags |= jsonin_has(o, "service_tag");
	if (!set && !tag)
		return;
	if (!told->ends.max) {
		intern_init(&told->names, RECALL_MAX_NAMES);
		intern_init(&told->ends, RECALL_MAX_ENDS);
	}
	take_set(told, &end, set);
	end.tag = keep(told, tag);
	if ((set && !end.has_set) || (tag && !end.tag))
		rc->unnamed++;
	add_key(&key, f->direction, &f->tuple[0]);
	if (intern_get(&told->ends, key.s) < 0)
		rc->unnamed++;
	str_free(&key);
	if (told->ends.count == before)
		return;
	if (!(before & (before - 1)))
		told->end = xrealloc(told->end, before ? 2 * before : 1,
				     sizeof(*told->end));
	told->end[before] = end;
}

void told_listed(const struct told *told, const struct finding *f,
		 struct listed *listed)
{
	struct str key = {0};
	int n;

	*listed = (struct listed){
		.has_sets = told->has_sets,
		.has_tags = told->has_tags,
	};
	if (!told->ends.count)
		return;
	add_key(&key, f->direction, &f->tuple[0]);
	n = intern_find(&told->ends, key.s);
	str_free(&key);
	if (n < 0)
		return;
	listed->tag = told->end[n].tag;
	if (told->end[n].has_set)
		listed->set = &told->end[n].set;
}
