/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * azure: what Azure's tools print of a circuit, read
 *
 * JSON of az and of PowerShell's ConvertTo-Json, and PowerShell's tables and
 * lists, as they are saved from a terminal.
 */
#ifndef ASYMCAP_AZURE_H
#define ASYMCAP_AZURE_H

#include <asymcap/plan.h>

#define AZURE_MAX_ROWS 100000

/**
 * azure_load() - Read a document
 * @a:		Result: path, kind and rows; to be freed with
 *		plan_azure_free(); circuit and link are left to the caller
 * @path:	File
 * @kind:	What it should be; another kind is an error
 * @errors:	Appended to: "path:line:column: message\n"
 *
 * Return: false if anything is wrong with it
 */
bool azure_load(struct plan_azure *a, const char *path,
		enum plan_azure_kind kind, struct str *errors);

/** azure_parse() - As azure_load(), from memory */
bool azure_parse(struct plan_azure *a, const char *path, const char *text,
		 size_t size, enum plan_azure_kind kind, struct str *errors);

/** azure_kind_name() - "a route table", "an ARP table", ... */
const char *azure_kind_name(enum plan_azure_kind kind);

#endif /* ASYMCAP_AZURE_H */
