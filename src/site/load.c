/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Load a site file: text, document, tables, checks
 */
#include <asymcap/site.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "named.h"
#include "tables.h"

static void read_document(struct loader *l, const char *text, size_t size)
{
	yaml_document_t doc;

	if (!site_source_load(text, size, &doc, l->errors))
		return;
	l->doc = &doc;
	site_read_root(l, yaml_document_get_root_node(&doc));
	site_name_taps(l->site);
	site_check(l);
	yaml_document_delete(&doc);
	l->doc = NULL;
}

static struct site *parse(const char *path, const char *text, size_t size,
			  bool draft, struct str *errors)
{
	struct site_errors found = {0};
	struct loader loader = {
		.site = site_new(),
		.errors = &found,
		.circuit = -1,
		.direction = -1,
		.draft = draft,
	};

	loader.site->path = xstrdup(path);
	read_document(&loader, text, size);
	if (!site_errors_any(&found))
		return loader.site;

	site_errors_print(&found, path, errors);
	site_errors_free(&found);
	site_free(loader.site);
	return NULL;
}

struct site *site_parse(const char *path, const char *text, size_t size,
			struct str *errors)
{
	return parse(path, text, size, false, errors);
}

struct site *site_parse_draft(const char *path, const char *text, size_t size,
			      struct str *errors)
{
	return parse(path, text, size, true, errors);
}

/* Read up to a byte more than is allowed, so that site_parse() can tell. */
static size_t read_all(FILE *file, char *text)
{
	size_t size = 0, n;

	do {
		n = fread(text + size, 1, SITE_MAX_BYTES + 1 - size, file);
		size += n;
	} while (n);
	return size;
}

static struct site *load(const char *path, bool draft, struct str *errors)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	struct site *site = NULL;
	char *text;
	size_t size;

	if (!file) {
		int error = errno;

		str_add_safe(errors, path);
		str_addf(errors, ": %s\n", strerror(error));
		return NULL;
	}
	text = xcalloc(SITE_MAX_BYTES + 1, 1);
	size = read_all(file, text);
	if (ferror(file)) {
		int error = errno;

		str_add_safe(errors, path);
		str_addf(errors, ": %s\n", strerror(error));
	} else {
		site = parse(is_stdin ? "<stdin>" : path, text, size, draft,
			     errors);
	}
	if (!is_stdin)
		fclose(file);
	free(text);
	if (site && !site_read_named(site, is_stdin ? "" : path, errors)) {
		site_free(site);
		return NULL;
	}
	return site;
}

struct site *site_load(const char *path, struct str *errors)
{
	return load(path, false, errors);
}

struct site *site_load_draft(const char *path, struct str *errors)
{
	return load(path, true, errors);
}
