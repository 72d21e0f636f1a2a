/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * live: findings while the run goes on
 *
 * Theory of operation
 *
 * A report that somebody waits for is told piece by piece: report_say() is
 * called now and then, and says what has come since the call before.
 *
 * For programs each finding is a line, and then it is forgotten: a run may go
 * on for months.  The order is that of the times at which things were
 * decided; inside one call, that of a report.
 *
 * For people a line is said for each new group of findings, which is what
 * they would do something about; its members may be thousands by the end.
 * They are kept, as without report_say(), for the report at the end.  Groups
 * that were said are remembered, many but not all: once they are too many,
 * all are forgotten, and what goes on is said again.
 *
 * What rests on the silence of a tap is withheld by what is known of the tap
 * at that moment.  If it proves unreliable only later, what was said has been
 * said, and is counted so: the sums of the summary are those of the lines.
 */
#include <asymcap/report.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "private.h"

#define KNOWN_BITS   16 /* places for groups; half of them are used at most */
#define KNOWN_PLACES (1u << KNOWN_BITS)

/* Open addressing with a keyed hash: addresses are the sender's choice. */
struct known_groups {
	struct hash_key hash;
	size_t count;
	bool used[KNOWN_PLACES];
	struct group_key key[KNOWN_PLACES];
};

static struct known_groups *known_get(struct report *r)
{
	if (!r->known) {
		r->known = xcalloc(1, sizeof(*r->known));
		r->known->hash = hash_key_random();
	}
	if (r->known->count >= KNOWN_PLACES / 2) {
		memset(r->known->used, 0, sizeof(r->known->used));
		r->known->count = 0;
	}
	return r->known;
}

/* The hash takes a few words: those of the key, and what came of the last. */
static size_t hash_group(const struct hash_key *hash,
			 const struct group_key *key)
{
	const uint8_t *from = (const uint8_t *)key;
	uint32_t w[HASH_WORDS_MAX] = {0};
	const size_t step = sizeof(w) - sizeof(w[0]);

	for (size_t at = 0; at < sizeof(*key); at += step) {
		size_t left = sizeof(*key) - at;

		memcpy(w, from + at, left < step ? left : step);
		w[HASH_WORDS_MAX - 1] = hash_words(hash, w, HASH_WORDS_MAX);
	}
	return w[HASH_WORDS_MAX - 1];
}

/* Return whether the group was not known; now it is. */
static bool known_add(struct report *r, const struct group_key *key)
{
	struct known_groups *k = known_get(r);
	size_t at = hash_group(&k->hash, key);

	for (;; at++) {
		size_t place = at % KNOWN_PLACES;

		if (!k->used[place]) {
			k->used[place] = true;
			k->key[place] = *key;
			k->count++;
			return true;
		}
		if (!memcmp(&k->key[place], key, sizeof(*key)))
			return false;
	}
}

static bool say_groups(struct report *r, const struct report_writer *to,
		       FILE *out)
{
	struct report_groups groups = {0};
	struct report_walk w = {.r = r, .groups = &groups};
	int saved;
	bool ok = true;

	groups_make(&groups, r);
	for (size_t i = 0; ok && i < groups.count; i++) {
		if (!known_add(r, &groups.group[i].key))
			continue;
		to->news(&w, &groups.group[i]);
		ok = walk_write(&w, out, 1);
	}
	saved = errno;
	str_free(&w.s);
	groups_free(&groups);
	errno = saved;
	return ok;
}

static void empty(struct store *s, const struct store_shape *shape)
{
	store_free(s);
	store_init(s, shape);
}

/* Move what was said to where it waits for the end. */
static void keep_said(struct report *r)
{
	struct finding f;
	struct connection c;

	for (size_t i = 0; i < r->findings.count; i++) {
		store_get(&r->findings, i, &f);
		if (r->said.count < report_quota(r, f.severity))
			store_put(&r->said, &f);
		else
			r->omitted[f.severity]++;
	}
	for (size_t i = 0; i < r->connections.count; i++) {
		store_get(&r->connections, i, &c);
		if (r->said_connections.count < r->max)
			store_put(&r->said_connections, &c);
		else
			r->connections_omitted++;
	}
}

bool report_say(struct report *r, struct report_doubt *doubt, FILE *out)
{
	const struct report_writer *to = report_writers[r->options.format];
	struct report_walk w = {.r = r};
	int saved;
	bool ok;

	if (!r->findings.count && !r->connections.count)
		return true;
	report_withhold(r, doubt);
	store_sort(&r->findings);
	store_sort(&r->connections);
	if (r->top)
		top_take(r);
	if (to->group) {
		ok = !to->news || say_groups(r, to, out);
		keep_said(r);
	} else {
		ok = walk_findings(&w, to, out) && walk_list(&w, to, out) &&
		     walk_write(&w, out, 1);
	}
	ok = ok && fflush(out) == 0;
	saved = errno;
	str_free(&w.s);
	empty(&r->findings, &finding_shape);
	empty(&r->connections, &connection_shape);
	errno = saved;
	return ok;
}

void report_each(struct report *r,
		 void (*look)(void *arg, const struct finding *f), void *arg)
{
	struct finding f;

	store_sort(&r->findings);
	for (size_t i = 0; i < r->findings.count; i++) {
		store_get(&r->findings, i, &f);
		look(arg, &f);
	}
}

static void gather(struct store *into, struct store *from,
		   const struct store_shape *shape)
{
	void *value = xcalloc(1, shape->size);

	for (size_t i = 0; i < from->count; i++) {
		store_get(from, i, value);
		store_put(into, value);
	}
	free(value);
	empty(from, shape);
}

void live_gather(struct report *r)
{
	gather(&r->findings, &r->said, &finding_shape);
	gather(&r->connections, &r->said_connections, &connection_shape);
}

void live_end(struct report *r)
{
	store_free(&r->said);
	store_free(&r->said_connections);
	free(r->known);
}
