/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loss: each circuit, and the circuits of each location
 */
#include "loss.h"

#include <string.h>

/* The circuits (bits) at the location of one, itself included */
static uint64_t at_location(const struct site *site, size_t circuit)
{
	const char *location = site->circuit[circuit].location;
	uint64_t circuits = 0;

	for (size_t i = 0; location && i < site->circuits; i++) {
		const char *other = site->circuit[i].location;

		circuits |= (uint64_t)(other && !strcmp(location, other)) << i;
	}
	return circuits;
}

size_t loss_list(const struct judge *j, struct loss list[LOSS_MAX])
{
	const struct site *site = j->site;
	size_t count = 0;

	for (size_t i = 0; i < site->circuits; i++)
		list[count++] = (struct loss){.circuits = 1ULL << i};
	for (size_t i = 0; i < site->circuits; i++) {
		uint64_t circuits = at_location(site, i);

		/* A location is told of at its first circuit. */
		if (!(circuits & (circuits - 1)) ||
		    (size_t)__builtin_ctzll(circuits) != i)
			continue;
		list[count++] = (struct loss){
			.circuits = circuits,
			.location = site->circuit[i].location,
		};
	}
	return count;
}

const char *loss_name(const struct judge *j, const struct loss *loss,
		      struct str *buf)
{
	check_names(j, loss->circuits, buf);
	if (loss->location)
		str_addf(buf, " are down (%s)", loss->location);
	else
		str_add(buf, " is down");
	return buf->s;
}
