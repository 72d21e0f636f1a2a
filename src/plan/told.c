/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * told: what Azure told, found for the checks
 */
#include "told.h"

const struct plan_azure *told_next(const struct judge *j,
				   enum plan_azure_kind kind, size_t circuit,
				   const struct plan_azure *after)
{
	size_t i = after ? (size_t)(after - j->in->azure) + 1 : 0;

	for (; i < j->in->azures; i++) {
		const struct plan_azure *a = &j->in->azure[i];

		if (a->kind == kind && a->circuit == circuit)
			return a;
	}
	return NULL;
}

uint64_t told_missing(struct judge *j, enum plan_check c,
		      enum plan_azure_kind kind, const char *option)
{
	static const struct site_mark nowhere;
	uint64_t given = 0, missing;
	struct str names = {0};

	for (size_t i = 0; i < j->in->azures; i++) {
		if (j->in->azure[i].kind == kind)
			given |= 1ULL << j->in->azure[i].circuit;
	}
	given &= j->er;
	missing = j->er & ~given;
	if (missing)
		check_say(j, c, PLAN_UNKNOWN, nowhere,
			  "%s: Azure's output was not given (%s)",
			  check_names(j, missing, &names), option)
			->circuits = missing;
	str_free(&names);
	return given;
}

struct plan_result *told_say(struct judge *j, enum plan_check c,
			     enum plan_verdict v, const struct plan_azure *a,
			     struct site_mark mark, const char *fmt, ...)
{
	struct plan_result *r;
	va_list ap;

	va_start(ap, fmt);
	r = check_about_circuit(check_vsay(j, c, v, mark, fmt, ap), a->circuit);
	va_end(ap);
	r->path = a->path;
	return r;
}

/* Which links (bits of enum plan_link) a kind was given for */
static unsigned links_of(const struct judge *j, enum plan_azure_kind kind,
			 size_t circuit)
{
	const struct plan_azure *a = NULL;
	unsigned links = 0;

	while ((a = told_next(j, kind, circuit, a)))
		links |= 1U << a->link;
	return links;
}

/* A document that names no link counts for both. */
static void say_missing_link(struct judge *j, enum plan_check c,
			     enum plan_azure_kind kind, size_t circuit,
			     const char *option)
{
	unsigned links = links_of(j, kind, circuit);
	const struct site_circuit *of = &j->site->circuit[circuit];
	enum plan_link missing;

	if (links & 1U << PLAN_LINK_ANY ||
	    links == (1U << PLAN_LINK_PRIMARY | 1U << PLAN_LINK_SECONDARY))
		return;
	missing = links & 1U << PLAN_LINK_PRIMARY ? PLAN_LINK_SECONDARY
						  : PLAN_LINK_PRIMARY;
	check_say_circuit(j, c, PLAN_UNKNOWN, of->mark, circuit,
			  "%s: Azure's output for the %s link was not given "
			  "(%s %s.%s=FILE)",
			  of->name, plan_link_name(missing), option, of->name,
			  plan_link_name(missing));
}

static void
look_at_each(struct judge *j, enum plan_azure_kind kind, size_t circuit,
	     void (*look)(struct judge *j, const struct plan_azure *a))
{
	const struct plan_azure *a = NULL;

	while ((a = told_next(j, kind, circuit, a)))
		look(j, a);
}

void told_each(struct judge *j, enum plan_check c, enum plan_azure_kind kind,
	       const char *option,
	       void (*look)(struct judge *j, const struct plan_azure *a))
{
	uint64_t given = told_missing(j, c, kind, option);

	for (; given; given &= given - 1)
		look_at_each(j, kind, (size_t)__builtin_ctzll(given), look);
}

void told_each_link(struct judge *j, enum plan_check c,
		    enum plan_azure_kind kind, const char *option,
		    void (*look)(struct judge *j, const struct plan_azure *a))
{
	uint64_t given = told_missing(j, c, kind, option);

	for (; given; given &= given - 1) {
		size_t circuit = (size_t)__builtin_ctzll(given);

		say_missing_link(j, c, kind, circuit, option);
		look_at_each(j, kind, circuit, look);
	}
}
