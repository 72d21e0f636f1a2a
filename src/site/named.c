/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that a site file names: the provider's endpoints and tags
 */
#include "named.h"

#include <asymcap/endpoints.h>

#include <string.h>

/* A relative path, from the folder of @from. */
static void join(struct str *s, const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');

	if (*path != '/' && slash)
		str_addn(s, from, (size_t)(slash + 1 - from));
	str_add(s, path);
}

/* Which line of the site file leads there; the errors of the file follow. */
static void lead(const struct site *site, const struct site_file *file,
		 const char *key, struct str *errors)
{
	str_add_safe(errors, site->path);
	str_addf(errors, ":%u:%u: %s: this file cannot be used:\n",
		 file->mark.line, file->mark.column, key);
}

bool site_read_named(struct site *site, const char *path, struct str *errors)
{
	struct str name = {0}, found = {0};
	bool good = true;

	if (site->endpoints_file.path) {
		join(&name, path, site->endpoints_file.path);
		site->endpoints = endpoints_load(name.s, &found);
		if (!site->endpoints) {
			lead(site, &site->endpoints_file, "remote-endpoints",
			     errors);
			good = false;
		}
	}
	str_add(errors, found.s ? found.s : "");
	str_clear(&found);
	str_clear(&name);
	if (site->tags_file.path) {
		join(&name, path, site->tags_file.path);
		site->tags = service_tags_load(name.s, &found);
		if (!site->tags) {
			lead(site, &site->tags_file, "service-tags", errors);
			good = false;
		}
	}
	str_add(errors, found.s ? found.s : "");
	str_free(&found);
	str_free(&name);
	return good;
}
