/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of what is left when circuits are down
 */
#include "loss.h"

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

static uint64_t peaks_of(const struct judge *j, uint64_t circuits)
{
	uint64_t sum = 0;

	for (; circuits; circuits &= circuits - 1)
		sum += j->site->circuit[__builtin_ctzll(circuits)].peak;
	return sum;
}

static uint64_t bandwidth_of(const struct judge *j, uint64_t circuits)
{
	uint64_t sum = 0;

	for (; circuits; circuits &= circuits - 1)
		sum += j->site->circuit[__builtin_ctzll(circuits)].bandwidth;
	return sum;
}

/*
 * A circuit that is down must not be felt.  Without a whole location people
 * are to stay connected, so that is a warning; without the only one there is
 * nothing to compare with.
 */
static void compare_load(struct judge *j, const struct loss *loss)
{
	uint64_t down = loss->circuits & j->er;
	uint64_t peak = peaks_of(j, j->er);
	uint64_t rest = bandwidth_of(j, j->er & ~down);
	const struct site_circuit *c;
	struct plan_result *r;
	struct str name = {0};

	if (!down || !(j->er & ~down))
		return;
	c = &j->site->circuit[__builtin_ctzll(down)];
	r = check_say(j, CHECK_HA_CAPACITY,
		      peak <= rest     ? PLAN_PASS
		      : loss->location ? PLAN_WARN
				       : PLAN_FAIL,
		      c->peak_mark,
		      "while %s, %llu Mbit/s of peak load %s the %llu Mbit/s "
		      "that are left",
		      loss_name(j, loss, &name),
		      (unsigned long long)peak / 1000000,
		      peak > rest ? "exceed" : "fit into",
		      (unsigned long long)rest / 1000000);
	r->circuits = down;
	r->down = loss->circuits;
	str_free(&name);
}

void check_capacity(struct judge *j)
{
	struct loss loss[LOSS_MAX];
	size_t losses;

	if (!(j->er & (j->er - 1)) || !is_capacity_known(j))
		return;
	losses = loss_list(j, loss);
	for (size_t i = 0; i < losses; i++)
		compare_load(j, &loss[i]);
}
