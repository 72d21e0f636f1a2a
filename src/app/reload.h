/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A site file that is read again
 */
#ifndef APP_RELOAD_H
#define APP_RELOAD_H

struct pipeline;

/**
 * reload_site() - Read the site file again, while the judge is idle
 *
 * Whatever is wrong with it is one line, and the site of before stays.
 */
void reload_site(struct pipeline *p);

#endif /* APP_RELOAD_H */
