/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else than asymcap watch needs to know of it
 */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include <asymcap/site.h>

/**
 * watch_site_interfaces() - The interfaces that taps of a site state, each once
 * @count:	Result: how many
 *
 * Return: to be freed, and each name
 */
char **watch_site_interfaces(const struct site *site, size_t *count);

#endif /* APP_WATCH_H */
