/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cmp: the order of findings in a report
 *
 * A total order over everything that a report shows, so that the output does
 * not depend on the order in which findings were made.  What packets carry
 * is compared before the numbers of taps, circuits and interfaces, for those
 * follow the order of the arguments.
 */
#include <asymcap/finding.h>

#include <string.h>

#define ORDER(a_, b_) (((a_) > (b_)) - ((a_) < (b_)))

/* Leave the function that compares @a and @b where a field decides. */
#define BY_FIELD(f_)                                                           \
	do {                                                                   \
		if (a->f_ != b->f_)                                            \
			return ORDER(a->f_, b->f_);                            \
	} while (0)

static int tuple_cmp(const struct tuple *a, const struct tuple *b)
{
	int c = addr_cmp(&a->client, &b->client);

	if (!c)
		c = addr_cmp(&a->server, &b->server);
	if (c)
		return c;
	BY_FIELD(client_port);
	BY_FIELD(server_port);
	return 0;
}

static int tuples_cmp(const struct finding *a, const struct finding *b)
{
	BY_FIELD(has_tuple);
	if (!a->has_tuple)
		return 0;
	BY_FIELD(tuples);
	for (size_t i = 0; i < a->tuples && i < FINDING_TUPLES; i++) {
		int c = tuple_cmp(&a->tuple[i], &b->tuple[i]);

		if (c)
			return c;
	}
	BY_FIELD(isn);
	return tuple_cmp(&a->answer, &b->answer);
}

static int sighting_cmp(const struct sighting *a, const struct sighting *b)
{
	int c;

	BY_FIELD(time.ns);
	BY_FIELD(number);
	BY_FIELD(resent);
	BY_FIELD(ttl);
	BY_FIELD(has_mac);
	c = memcmp(a->src_mac, b->src_mac, sizeof(a->src_mac));
	if (!c)
		c = memcmp(a->dst_mac, b->dst_mac, sizeof(a->dst_mac));
	if (c)
		return c;
	BY_FIELD(tap);
	BY_FIELD(interface);
	return 0;
}

static int sightings_cmp(const struct sightings *a, const struct sightings *b)
{
	BY_FIELD(count);
	BY_FIELD(kept);
	for (size_t i = 0; i < a->kept && i < FINDING_SIGHTINGS; i++) {
		int c = sighting_cmp(&a->at[i], &b->at[i]);

		if (c)
			return c;
	}
	BY_FIELD(taps);
	return 0;
}

static int icmp_cmp(const struct icmp_errors *a, const struct icmp_errors *b)
{
	BY_FIELD(kept);
	BY_FIELD(more);
	for (size_t i = 0; i < a->kept && i < FINDING_ICMP; i++) {
		const struct icmp_error *x = &a->at[i], *y = &b->at[i];
		int c = addr_cmp(&x->router, &y->router);

		if (!c)
			c = ORDER(x->kind, y->kind);
		if (!c)
			c = ORDER(x->of_server, y->of_server);
		if (!c)
			c = ORDER(x->mtu, y->mtu);
		if (!c)
			c = ORDER(x->count, y->count);
		if (!c)
			c = sighting_cmp(&x->at, &y->at);
		if (c)
			return c;
	}
	return 0;
}

/* The judgement, after the time, the rule and the tuples. */
static int facts_cmp(const struct finding *a, const struct finding *b)
{
	int c = addr_cmp(&a->escaped, &b->escaped);

	if (c)
		return c;
	BY_FIELD(last.ns);
	BY_FIELD(count);
	BY_FIELD(severity);
	BY_FIELD(impact);
	BY_FIELD(class);
	BY_FIELD(direction);
	BY_FIELD(confidence);
	BY_FIELD(answer_is_rst);
	BY_FIELD(reason);
	BY_FIELD(phase);
	BY_FIELD(cause);
	return 0;
}

/* Where it was: numbers that the site file or the arguments gave. */
static int places_cmp(const struct finding *a, const struct finding *b)
{
	BY_FIELD(service);
	BY_FIELD(syn_circuits);
	BY_FIELD(answer_circuits);
	BY_FIELD(circuit);
	BY_FIELD(owner);
	BY_FIELD(dropped_at);
	BY_FIELD(tap);
	BY_FIELD(other_tap);
	BY_FIELD(taps_missing);
	return 0;
}

int finding_cmp(const struct finding *a, const struct finding *b)
{
	int c;

	BY_FIELD(time.ns);
	BY_FIELD(rule);
	c = tuples_cmp(a, b);
	if (!c)
		c = facts_cmp(a, b);
	if (!c)
		c = sightings_cmp(&a->syn, &b->syn);
	if (!c)
		c = sightings_cmp(&a->syn_ack, &b->syn_ack);
	if (!c)
		c = icmp_cmp(&a->icmp, &b->icmp);
	if (!c)
		c = places_cmp(a, b);
	return c;
}
