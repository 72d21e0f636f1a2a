/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that a site file names
 */
#ifndef ASYMCAP_SITE_NAMED_H
#define ASYMCAP_SITE_NAMED_H

#include <asymcap/site.h>

/**
 * site_read_named() - Read the files that a site names
 * @site:	Site, which is right by itself
 * @path:	Of the site file: other paths are relative to its folder
 * @errors:	Appended to, as "file:line:column: message\n"
 *
 * Return: false if one of them cannot be used
 */
bool site_read_named(struct site *site, const char *path, struct str *errors);

#endif /* ASYMCAP_SITE_NAMED_H */
