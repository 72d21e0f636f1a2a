/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connections that have just left the table
 *
 * DOC: Theory of operation
 *
 * A connection that is closed and plainly sound leaves the table at once,
 * while its memory is still in the cache; so the table stays as small as what
 * is open.  But its last packets may come again (a FIN that is resent, a
 * mirror that copies late), and must not be taken for a connection that began
 * before the capture.  A fixed window remembers, for a second or two, the
 * hashes of what has left; what comes for one of these is late, and counted.
 */
#include "flow.h"

#define GONE_WAYS  8
#define GONE_SETS  (1u << 13)
#define GONE_TICKS TICKS(2000)

/* One cache line. */
struct gone_set {
	struct gone_place {
		uint32_t hash;
		uint32_t since; /* tick */
	} place[GONE_WAYS];
};
static_assert(sizeof(struct gone_set) == 64, "a set is a cache line");

struct gone_window {
	struct gone_set set[GONE_SETS];
};

void gone_init(struct flow_table *t)
{
	t->gone = flow_alloc(sizeof(*t->gone));
}

void gone_clear(struct flow_table *t)
{
	flow_release(t->gone, sizeof(*t->gone));
}

size_t gone_bytes(void)
{
	return sizeof(struct gone_window);
}

static struct gone_set *set_of(const struct flow_table *t, uint32_t hash)
{
	return &t->gone->set[(hash >> 13) & (GONE_SETS - 1)];
}

void gone_prefetch(const struct flow_table *t, uint32_t hash)
{
	__builtin_prefetch(set_of(t, hash));
}

void gone_add(struct flow_table *t, uint32_t hash)
{
	struct gone_set *set = set_of(t, hash);
	struct gone_place *oldest = &set->place[0];

	for (unsigned i = 1; i < GONE_WAYS; i++) {
		if ((int32_t)(set->place[i].since - oldest->since) < 0)
			oldest = &set->place[i];
	}
	*oldest = (struct gone_place){.hash = hash, .since = t->tick};
}

bool gone_has(const struct flow_table *t, uint32_t hash)
{
	const struct gone_set *set = set_of(t, hash);

	for (unsigned i = 0; i < GONE_WAYS; i++) {
		const struct gone_place *p = &set->place[i];

		if (p->hash == hash && t->tick - p->since <= GONE_TICKS)
			return hash || p->since;
	}
	return false;
}
