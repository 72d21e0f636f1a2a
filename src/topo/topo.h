/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of struct topo, shared by the files of this layer
 */
#ifndef TOPO_PRIVATE_H
#define TOPO_PRIVATE_H

#include <asymcap/topo.h>

/**
 * struct topo_binding - The taps that frames of an interface can belong to
 * @tap:	Candidates, the one that states most first
 * @count:	How many
 * @fixed:	The first candidate asks nothing of a frame: it always wins
 */
struct topo_binding {
	uint8_t tap[SITE_MAX_TAPS];
	uint8_t count;
	bool fixed;
};

/**
 * struct topo - A site, prepared for packets
 * @binding:	By capture interface
 * @allowed:	By circuit: sources that may leave on it (pools, advertised)
 * @owner:	Pools and advertisements of all circuits, to their circuit
 * @remote:	The site's remote
 * @own:	The site's own
 * @domain:	By circuit: number of its state domain
 * @circuit_taps: By circuit: its taps (bits)
 * @taps:	Those that have not retired (bits)
 * @service:	By rank: number of a service that has not retired
 * @services:	How many
 * @rows:	The services by address (service.c); NULL: there are none
 */
struct topo {
	const struct site *site;
	struct topo_binding *binding;
	size_t bindings;
	struct prefix_map allowed[SITE_MAX_CIRCUITS];
	struct prefix_map owner;
	struct prefix_map remote;
	struct prefix_map own;
	uint8_t domain[SITE_MAX_CIRCUITS];
	uint64_t circuit_taps[SITE_MAX_CIRCUITS];
	uint64_t inside;
	uint64_t taps;
	uint16_t service[SITE_MAX_SERVICES];
	size_t services;
	struct row_tables *rows;
	bool has_plan; /* any pool or advertisement at all */
};

/** services_build() - Prepare the site's services, anew if they were */
void services_build(struct topo *t);

/** services_clear() - Free what services_build() has made */
void services_clear(struct topo *t);

#endif /* TOPO_PRIVATE_H */
