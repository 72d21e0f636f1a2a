/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The row of the catalogue that a connection belongs to, and its NAT plan
 *
 * DOC: Theory of operation
 *
 * A row is asked with every tuple that a connection has, since one names the
 * server as it is known outside, and another the client as it is known
 * inside; so a row can be about a published address, or about the segment
 * that a client sits in.  The first row that fits is the one.
 *
 * What NAT made of an inbound connection shows in its other tuples: one with
 * another client than the SYN had outside says what the source was translated
 * to, one with another server what the published address leads to.
 */
#include "topo.h"

static bool list_has(const struct site_prefixes *list, const struct addr *a)
{
	for (size_t i = 0; i < list->count; i++) {
		if (prefix_has(&list->item[i].prefix, a))
			return true;
	}
	return !list->count;
}

static bool ports_have(const struct site_service *s, uint16_t port)
{
	for (size_t i = 0; i < s->port_count; i++) {
		if (port >= s->ports[i].first && port <= s->ports[i].last)
			return true;
	}
	return !s->port_count;
}

static bool service_fits(const struct site_service *s, enum direction d,
			 const struct tuple *u)
{
	bool inbound = s->direction == SERVICE_INBOUND;

	if (inbound != (d == DIRECTION_INBOUND))
		return false;
	return list_has(&s->local, inbound ? &u->server : &u->client) &&
	       list_has(&s->remote, inbound ? &u->client : &u->server) &&
	       ports_have(s, u->server_port);
}

uint16_t topo_service(const struct topo *t, enum direction d,
		      const struct tuple *tuple, size_t tuples)
{
	const struct site *site = t->site;

	if (d == DIRECTION_UNKNOWN)
		return SERVICE_NONE;
	for (size_t i = 0; i < t->services; i++) {
		for (size_t k = 0; k < tuples; k++) {
			uint16_t n = t->service[i];

			if (service_fits(&site->service[n], d, &tuple[k]))
				return n;
		}
	}
	return SERVICE_NONE;
}

const struct prefix *topo_snat_plan(const struct topo *t, uint16_t service,
				    uint8_t circuit)
{
	const struct site_service *s;

	if (service >= t->site->services)
		return NULL;
	s = &t->site->service[service];
	for (size_t i = 0; i < s->snat_count; i++) {
		if (s->snat[i].circuit == circuit)
			return &s->snat[i].to;
	}
	return NULL;
}

static bool snat_fits(const struct topo *t, uint16_t service, uint64_t circuits,
		      const struct addr *source)
{
	for (; circuits; circuits &= circuits - 1) {
		const struct prefix *to = topo_snat_plan(
			t, service, (uint8_t)__builtin_ctzll(circuits));

		if (to && prefix_has(to, source))
			return true;
	}
	return false;
}

static bool snat_planned(const struct topo *t, uint16_t service,
			 uint64_t circuits)
{
	for (; circuits; circuits &= circuits - 1) {
		if (topo_snat_plan(t, service,
				   (uint8_t)__builtin_ctzll(circuits)))
			return true;
	}
	return false;
}

enum nat_plan topo_nat_plan(const struct topo *t, uint16_t service,
			    uint64_t syn_taps, uint64_t original_taps,
			    const struct tuple *tuple, size_t tuples,
			    size_t *which)
{
	uint64_t circuits = topo_circuits(t, syn_taps & ~t->inside);
	bool planned = snat_planned(t, service, circuits);
	bool translated = false, led = false;
	const struct site_service *s;

	*which = 0;
	if (service >= t->site->services || !tuples)
		return NAT_NOT_PLANNED;
	s = &t->site->service[service];
	if (planned && (original_taps & t->inside))
		return NAT_MISSING;
	for (size_t i = 1; i < tuples; i++) {
		bool source = addr_cmp(&tuple[i].client, &tuple[0].client);
		bool server = addr_cmp(&tuple[i].server, &tuple[0].server);

		*which = i;
		if (source && planned &&
		    !snat_fits(t, service, circuits, &tuple[i].client))
			return NAT_WRONG_SOURCE;
		if (server && s->inside.count &&
		    !list_has(&s->inside, &tuple[i].server))
			return NAT_WRONG_SERVER;
		translated |= source;
		led |= server;
	}
	if (!planned && !s->inside.count)
		return NAT_NOT_PLANNED;
	if (planned && !translated)
		return syn_taps & t->inside ? NAT_MISSING : NAT_NOT_SEEN;
	return planned || led ? NAT_AS_PLANNED : NAT_NOT_SEEN;
}
