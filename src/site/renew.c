/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * renew: a site that changes while it is in use
 *
 * DOC: Theory of operation
 *
 * Whoever uses a site remembers circuits, taps and services by their numbers:
 * as bits of what a connection has been seen at, as what a finding is about.
 * So a number means the same thing as long as the site is in use.  What is
 * still there by its name keeps its number and gets its new values; what is
 * new is appended; what is gone stays, with its name and its bit, but retired:
 * it plans nothing, and no packet is of it any more.  When it returns, it is
 * what it was.
 *
 * A tap that stands elsewhere (another circuit, the other side), or matches
 * other packets, is another tap, whatever its name: what was seen at it was
 * seen there.
 *
 * Services are looked for in the order of the file, which may change while
 * their numbers do not, so each has a rank.
 */
#include <asymcap/site.h>

#include <stdlib.h>
#include <string.h>

/** struct numbers - By number in the new site: the number in the one in use */
struct numbers {
	int circuit[SITE_MAX_CIRCUITS];
	int tap[SITE_MAX_TAPS];
	int service[SITE_MAX_SERVICES];
	size_t circuits; /* that there will be */
	size_t taps;
	size_t services;
};

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Whether two taps match the same packets. */
static bool same_matches(const struct site_tap *a, const struct site_tap *b)
{
	return same_text(a->interface, b->interface) &&
	       same_text(a->file, b->file) && a->untagged == b->untagged &&
	       a->vlan_count == b->vlan_count &&
	       !memcmp(a->vlan, b->vlan, a->vlan_count * sizeof(a->vlan[0])) &&
	       a->erspan == b->erspan && a->vni == b->vni &&
	       a->has_mac == b->has_mac &&
	       (!a->has_mac || !memcmp(a->mac, b->mac, sizeof(a->mac)));
}

static int find_tap(const struct site *site, const struct site_tap *tap,
		    int circuit)
{
	for (size_t i = 0; i < site->taps; i++) {
		const struct site_tap *t = &site->tap[i];

		if (t->circuit == circuit && t->side == tap->side &&
		    !strcmp(t->name, tap->name) && same_matches(t, tap))
			return (int)i;
	}
	return -1;
}

static int number(int found, size_t *count)
{
	return found >= 0 ? found : (int)(*count)++;
}

static void find_numbers(const struct site *site, const struct site *next,
			 struct numbers *n)
{
	n->circuits = site->circuits;
	n->taps = site->taps;
	n->services = site->services;
	for (size_t i = 0; i < next->circuits; i++)
		n->circuit[i] =
			number(site_find_circuit(site, next->circuit[i].name),
			       &n->circuits);
	for (size_t i = 0; i < next->taps; i++) {
		const struct site_tap *tap = &next->tap[i];
		int circuit = tap->circuit < 0 ? -1 : n->circuit[tap->circuit];

		n->tap[i] = number(find_tap(site, tap, circuit), &n->taps);
	}
	for (size_t i = 0; i < next->services; i++)
		n->service[i] =
			number(site_find_service(site, next->service[i].name),
			       &n->services);
}

/* The numbers of circuits that a service speaks of. */
static void renumber_service(struct site_service *s, const struct numbers *n)
{
	uint64_t circuits = 0;

	for (uint64_t rest = s->circuits; rest; rest &= rest - 1)
		circuits |= 1ULL << n->circuit[__builtin_ctzll(rest)];
	s->circuits = circuits;
	for (size_t i = 0; i < s->snat_count; i++)
		s->snat[i].circuit = n->circuit[s->snat[i].circuit];
}

static void renumber_segment(struct site_segment *s, const struct numbers *n)
{
	for (size_t i = 0; i < s->count; i++)
		s->heard[i].circuit = n->circuit[s->heard[i].circuit];
}

#define SWAP(a_, b_)                                                           \
	do {                                                                   \
		__typeof__(a_) swap_ = (a_);                                   \
		(a_) = (b_);                                                   \
		(b_) = swap_;                                                  \
	} while (0)

/* Room for what is new; it is zeroed, and so can be freed. */
static void *make_room(void *array, size_t before, size_t after, size_t size)
{
	array = xrealloc(array, after, size);
	memset((char *)array + before * size, 0, (after - before) * size);
	return array;
}

static void retire_all(struct site *site)
{
	for (size_t i = 0; i < site->circuits; i++) {
		site->circuit[i].retired = true;
		site->circuit[i].nat_pools.count = 0;
		site->circuit[i].advertised.count = 0;
	}
	for (size_t i = 0; i < site->taps; i++)
		site->tap[i].retired = true;
	for (size_t i = 0; i < site->services; i++)
		site->service[i].retired = true;
}

static void grow(struct site *site, const struct numbers *n)
{
	site->circuit = make_room(site->circuit, site->circuits, n->circuits,
				  sizeof(*site->circuit));
	site->tap =
		make_room(site->tap, site->taps, n->taps, sizeof(*site->tap));
	site->service = make_room(site->service, site->services, n->services,
				  sizeof(*site->service));
	site->circuits = n->circuits;
	site->taps = n->taps;
	site->services = n->services;
}

/* What was there goes to @next, and with it. */
static void exchange(struct site *site, struct site *next,
		     const struct numbers *n)
{
	for (size_t i = 0; i < next->circuits; i++)
		SWAP(site->circuit[n->circuit[i]], next->circuit[i]);
	for (size_t i = 0; i < next->taps; i++) {
		if (next->tap[i].circuit >= 0)
			next->tap[i].circuit = n->circuit[next->tap[i].circuit];
		SWAP(site->tap[n->tap[i]], next->tap[i]);
	}
	for (size_t i = 0; i < next->services; i++) {
		next->service[i].rank = (uint16_t)i;
		renumber_service(&next->service[i], n);
		SWAP(site->service[n->service[i]], next->service[i]);
	}
	for (size_t i = 0; i < next->segments; i++)
		renumber_segment(&next->segment[i], n);
	SWAP(site->segment, next->segment);
	SWAP(site->segments, next->segments);
	SWAP(site->stage, next->stage);
	SWAP(site->remote, next->remote);
	SWAP(site->own, next->own);
	SWAP(site->endpoints_file, next->endpoints_file);
	SWAP(site->tags_file, next->tags_file);
	SWAP(site->endpoints, next->endpoints);
	SWAP(site->tags, next->tags);
	SWAP(site->name, next->name);
	SWAP(site->path, next->path);
}

const char *site_renew(struct site *site, struct site *next,
		       int taps[SITE_MAX_TAPS])
{
	struct numbers *n = xcalloc(1, sizeof(*n));
	const char *why = NULL;

	find_numbers(site, next, n);
	if (n->circuits > SITE_MAX_CIRCUITS)
		why = "circuits";
	else if (n->taps > SITE_MAX_TAPS)
		why = "taps";
	else if (n->services > SITE_MAX_SERVICES)
		why = "services";
	if (!why) {
		memcpy(taps, n->tap, sizeof(n->tap));
		retire_all(site);
		grow(site, n);
		exchange(site, next, n);
		site_free(next);
	}
	free(n);
	return why;
}
