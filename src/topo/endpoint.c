/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the provider's own lists call the remote end of a connection
 */
#include "topo.h"

#include <asymcap/endpoints.h>

/* The remote end; where the direction is not known, the one in remote. */
static const struct addr *remote_end(const struct topo *t, enum direction d,
				     const struct tuple *u, uint16_t *port)
{
	bool client =
		d == DIRECTION_INBOUND ||
		(d == DIRECTION_UNKNOWN && !topo_is_remote(t, &u->server) &&
		 topo_is_remote(t, &u->client));

	*port = client ? ENDPOINTS_ANY_PORT : u->server_port;
	return client ? &u->client : &u->server;
}

const struct endpoint_set *topo_endpoint(const struct topo *t, enum direction d,
					 const struct tuple *tuple)
{
	const struct addr *a;
	uint16_t port;

	if (!t->site->endpoints)
		return NULL;
	a = remote_end(t, d, tuple, &port);
	return endpoints_find(t->site->endpoints, a, port);
}

const char *topo_service_tag(const struct topo *t, enum direction d,
			     const struct tuple *tuple)
{
	uint16_t port;

	if (!t->site->tags)
		return NULL;
	return service_tags_find(t->site->tags, remote_end(t, d, tuple, &port));
}
