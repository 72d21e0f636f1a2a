/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of prefixes in JSON
 */
#include "read.h"

#include <asymcap/endpoints.h>

#include <stdarg.h>
#include <stdio.h>

void reading_wrong(struct reading *r, const struct json *v, const char *fmt,
		   ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	document_error(r->doc, r->errors, v->mark, "%s", text);
	r->wrong = true;
}

static bool add(struct found *f, const struct prefix *p, uint32_t owner)
{
	if (f->count == ENDPOINTS_MAX_PREFIXES)
		return false;
	if (f->count == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 256;
		f->item = xrealloc(f->item, f->cap, sizeof(*f->item));
	}
	f->item[f->count++] = (struct found_prefix){*p, owner};
	return true;
}

size_t reading_prefixes(struct reading *r, const struct json *array,
			const char *where, uint32_t owner, struct found *found)
{
	const struct json *v;
	size_t i = 0;

	if (!array)
		return 0;
	if (array->type != JSON_ARRAY) {
		reading_wrong(r, array,
			      "%s: here should be an array of prefixes, not %s",
			      where, json_type_name(array));
		return 0;
	}
	for (v = array->child; v; v = v->next, i++) {
		const char *text = json_string(v);
		const char *why;
		struct prefix p;

		if (!text) {
			reading_wrong(r, v,
				      "%s[%zu]: here should be a prefix in "
				      "quotes, not %s",
				      where, i, json_type_name(v));
			continue;
		}
		why = prefix_parse(text, &p);
		if (why)
			reading_wrong(r, v, "%s[%zu]: '%.60s' %s", where, i,
				      text, why);
		else if (!add(found, &p, owner)) {
			reading_wrong(r, v, "%s[%zu]: more than %u prefixes",
				      where, i, ENDPOINTS_MAX_PREFIXES);
			break;
		}
	}
	return i;
}
