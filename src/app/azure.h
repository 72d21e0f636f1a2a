/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line's files of Azure's output
 */
#ifndef APP_AZURE_H
#define APP_AZURE_H

#include <asymcap/plan.h>
#include <asymcap/site.h>

#define AZURE_MAX_FILES 1024

/** struct azure_file - CIRCUIT[.LINK]=FILE, borrowed, and what FILE is to be */
struct azure_file {
	const char *text;
	enum plan_azure_kind kind;
};

/**
 * struct azure_files - What the command line names of Azure's output
 * @item:	In the order of the command line, owned
 */
struct azure_files {
	struct azure_file *item;
	size_t count;
};

/** azure_files_add() - Take an option; false after a line if there are many */
bool azure_files_add(struct azure_files *f, enum plan_azure_kind kind,
		     const char *text);

/**
 * azure_files_load() - Read them all
 * @f:		Files
 * @site:	Whose circuits they name
 * @azure:	Result: @f->count documents, to be freed by azure_files_free()
 *
 * Return: 0, or an exit status after lines on standard error
 */
int azure_files_load(const struct azure_files *f, const struct site *site,
		     struct plan_azure **azure);

/** azure_file_path() - FILE; NULL if nothing is named so */
const char *azure_file_path(const struct azure_file *f);

/** azure_files_free() - Free the documents, which may be NULL, and the list */
void azure_files_free(struct azure_files *f, struct plan_azure *azure);

#endif /* APP_AZURE_H */
