/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the bytes of a site file to a YAML document that is safe to walk
 */
#ifndef ASYMCAP_SITE_SOURCE_H
#define ASYMCAP_SITE_SOURCE_H

#include <yaml.h>

#include "errors.h"

/** site_mark_of() - libyaml's place, which counts from 0, as ours */
struct site_mark site_mark_of(const yaml_mark_t *mark);

/**
 * site_source_load() - Read one YAML document
 * @text:	Bytes of the file, need not be NUL-terminated
 * @size:	How many
 * @doc:	Result: a document with a root, no alias, anchor, tag or
 *		directive, nested no deeper than SITE_MAX_NESTING; to be
 *		deleted by the caller
 * @errors:	What is wrong with the text
 *
 * Return: true, or false with an error added and no document to delete
 */
bool site_source_load(const char *text, size_t size, yaml_document_t *doc,
		      struct site_errors *errors);

#endif /* ASYMCAP_SITE_SOURCE_H */
