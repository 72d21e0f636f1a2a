/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of what is left when a circuit is down
 */
#include "check.h"

#include <string.h>

/* Return: whether two circuits of a set are known to meet in two places */
static bool in_two_places(const struct judge *j, uint64_t circuits,
			  bool *unknown)
{
	const char *first = NULL;

	for (; circuits; circuits &= circuits - 1) {
		const struct site_circuit *c =
			&j->site->circuit[__builtin_ctzll(circuits)];

		if (!c->location)
			*unknown = true;
		else if (!first)
			first = c->location;
		else if (strcmp(first, c->location) != 0)
			return true;
	}
	return false;
}

static void count_kind(struct judge *j, uint64_t circuits, const char *kind,
		       bool need_places)
{
	const struct site_circuit *c;
	bool unknown = false;
	struct plan_result *r;

	if (!circuits)
		return;
	c = &j->site->circuit[__builtin_ctzll(circuits)];
	if (!(circuits & (circuits - 1)))
		r = check_say(j, CHECK_HA_SINGLE_CIRCUIT, PLAN_WARN, c->mark,
			      "%s is the only %s circuit", c->name, kind);
	else if (!need_places || in_two_places(j, circuits, &unknown))
		r = check_say(j, CHECK_HA_SINGLE_CIRCUIT, PLAN_PASS, c->mark,
			      "there are %d %s circuits",
			      __builtin_popcountll(circuits), kind);
	else if (unknown)
		r = check_say(j, CHECK_HA_SINGLE_CIRCUIT, PLAN_UNKNOWN, c->mark,
			      "the plan does not say where the %s circuits "
			      "meet the provider ('location')",
			      kind);
	else
		r = check_say(j, CHECK_HA_SINGLE_CIRCUIT, PLAN_WARN,
			      c->location_mark,
			      "all %s circuits meet the provider at %s", kind,
			      c->location);
	r->circuits = circuits;
}

void check_single_circuit(struct judge *j)
{
	count_kind(j, j->er, "ExpressRoute", true);
	count_kind(j, j->internet, "Internet", false);
}

static bool is_capacity_known(struct judge *j)
{
	bool known = true;

	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];

		if (c->peak && c->bandwidth)
			continue;
		known = false;
		check_say_circuit(j, CHECK_HA_CAPACITY, PLAN_UNKNOWN, c->mark,
				  i, "%s: the plan does not say its %s",
				  c->name,
				  c->peak	 ? "'bandwidth'"
				  : c->bandwidth ? "'peak'"
						 : "'bandwidth' and 'peak'");
	}
	return known;
}

void check_capacity(struct judge *j)
{
	uint64_t peak = 0, bandwidth = 0;

	if (!(j->er & (j->er - 1)) || !is_capacity_known(j))
		return;
	for (uint64_t left = j->er; left; left &= left - 1) {
		const struct site_circuit *c =
			&j->site->circuit[__builtin_ctzll(left)];

		peak += c->peak;
		bandwidth += c->bandwidth;
	}
	for (uint64_t left = j->er; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct site_circuit *c = &j->site->circuit[i];
		uint64_t rest = bandwidth - c->bandwidth;

		check_say_circuit(j, CHECK_HA_CAPACITY,
				  peak > rest ? PLAN_FAIL : PLAN_PASS,
				  c->peak_mark, i,
				  "while %s is down, %llu Mbit/s of peak load "
				  "%s the %llu Mbit/s that are left",
				  c->name, (unsigned long long)peak / 1000000,
				  peak > rest ? "exceed" : "fit into",
				  (unsigned long long)rest / 1000000);
	}
}
