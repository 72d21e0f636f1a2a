/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * asymcap check: which output of Azure's tools is about which circuit
 */
#include "azure.h"

#include <asymcap/azure.h>

#include <stdlib.h>
#include <string.h>

#include "app.h"

bool azure_files_add(struct azure_files *f, enum plan_azure_kind kind,
		     const char *text)
{
	if (f->count == AZURE_MAX_FILES) {
		log_error("more than %d files of Azure's output",
			  AZURE_MAX_FILES);
		return false;
	}
	f->item = xrealloc(f->item, f->count + 1, sizeof(*f->item));
	f->item[f->count++] = (struct azure_file){text, kind};
	return true;
}

const char *azure_file_path(const struct azure_file *f)
{
	const char *equals = strchr(f->text, '=');

	return equals && equals != f->text && equals[1] ? equals + 1 : NULL;
}

static bool no_circuit(const struct site *site, const char *name)
{
	const char *nearest = site_nearest_circuit(site, name);

	if (nearest)
		log_error("there is no circuit '%s': did you mean '%s'?", name,
			  nearest);
	else
		log_error("there is no circuit '%s'", name);
	return false;
}

/* "er-chicago.primary": a link is asked of, where it is named. */
static bool find_circuit(const struct site *site, char *name,
			 struct plan_azure *a)
{
	char *dot = strrchr(name, '.');
	int circuit;

	a->link = PLAN_LINK_ANY;
	for (unsigned l = PLAN_LINK_PRIMARY; dot && l <= PLAN_LINK_SECONDARY;
	     l++) {
		if (!strcmp(dot + 1, plan_link_name((enum plan_link)l)))
			a->link = (enum plan_link)l;
	}
	if (dot && !a->link) {
		log_error("'%s' is no link: it is primary or secondary",
			  dot + 1);
		return false;
	}
	if (dot)
		*dot = '\0';
	circuit = site_find_circuit(site, name);
	if (circuit < 0)
		return no_circuit(site, name);
	a->circuit = (uint8_t)circuit;
	return true;
}

/* Circuit and link of a file; its path is behind the '='. */
static bool find(const struct azure_file *f, const struct site *site,
		 struct plan_azure *a)
{
	const char *path = azure_file_path(f);
	char *name;
	bool good;

	if (!path) {
		log_error("'%s': here should be CIRCUIT[.LINK]=FILE", f->text);
		return false;
	}
	name = xstrndup(f->text, (size_t)(path - 1 - f->text));
	good = find_circuit(site, name, a);
	free(name);
	return good;
}

int azure_files_load(const struct azure_files *f, const struct site *site,
		     struct plan_azure **azure)
{
	struct plan_azure *list = xcalloc(f->count + 1, sizeof(*list));
	struct str errors = {0};
	int status = 0;

	*azure = list;
	for (size_t i = 0; i < f->count; i++) {
		struct plan_azure where = {0};

		if (!find(&f->item[i], site, &where)) {
			status = EXIT_USAGE;
			continue;
		}
		if (!azure_load(&list[i], azure_file_path(&f->item[i]),
				f->item[i].kind, &errors) &&
		    !status)
			status = EXIT_INPUT;
		list[i].circuit = where.circuit;
		list[i].link = where.link;
	}
	if (errors.len)
		fputs(errors.s, stderr);
	str_free(&errors);
	return status;
}

void azure_files_free(struct azure_files *f, struct plan_azure *azure)
{
	for (size_t i = 0; azure && i < f->count; i++)
		plan_azure_free(&azure[i]);
	free(azure);
	free(f->item);
	*f = (struct azure_files){0};
}
