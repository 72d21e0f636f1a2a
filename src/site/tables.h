/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The site file's own tables, and what is checked across them
 */
#ifndef ASYMCAP_SITE_TABLES_H
#define ASYMCAP_SITE_TABLES_H

#include "schema.h"

/** site_read_root() - Read the whole document into the loader's site */
void site_read_root(struct loader *l, yaml_node_t *root);

/** site_read_taps() - "taps:", of the loader's circuit or of the site */
void site_read_taps(struct loader *l, const struct key *k, yaml_node_t *value,
		    void *object);

/** site_read_services() - "services:", after the circuits */
void site_read_services(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object);

/** site_read_segments() - "segments:", a mapping by name, after the circuits */
void site_read_segments(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object);

#define SITE_USERS 2

/* Words of enum site_users, by bit */
extern const char *const site_users_names[SITE_USERS];

/** site_name_taps() - Give the taps names that the file gave none */
void site_name_taps(struct site *site);

/** site_check() - Report what is wrong between circuits and between taps */
void site_check(struct loader *l);

#endif /* ASYMCAP_SITE_TABLES_H */
