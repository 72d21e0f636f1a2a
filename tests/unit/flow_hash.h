/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keyed hash: tuples chosen to share a bucket do so under one key only
 *
 * What is counted are the steps that lookups take, never the time they take.
 */
#ifndef FLOW_HASH_H
#define FLOW_HASH_H

#include "flow_fixture.h"

#include "../../src/flow/flow.h"

#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HASHED_FLOWS   1000
#define HASHED_BUCKETS 1024 /* of a table for twice as many flows */

/* The key of the next table, or NULL for one that nobody knows. */
static const struct hash_key *next_key;

/* Stands in for that of the C library. */
ssize_t getrandom(void *buf, size_t size, unsigned flags)
{
	if (!next_key)
		return syscall(SYS_getrandom, buf, size, flags);
	ck_assert_uint_eq(size, sizeof(*next_key));
	memcpy(buf, next_key, size);
	return (ssize_t)size;
}

static struct hash_key drawn_key(uint64_t *state)
{
	struct hash_key k;
	uint8_t *p = (uint8_t *)&k;

	for (size_t i = 0; i < sizeof(k); i++)
		p[i] = (uint8_t)(next_random(state) >> 32);
	return k;
}

/* Any client of two fixed servers, by what it may choose. */
static struct segment chosen(bool v6, uint64_t random)
{
	static const struct seg_ends servers[2] = {
		{"10.0.0.0", "40.96.0.10", 0, 25},
		{"2001:db8::", "2603:1006::10", 0, 25},
	};
	struct segment s = seg_syn(&servers[v6], 0, A, (uint32_t)random);

	s.src.b[13] = (uint8_t)random;
	s.src.b[14] = (uint8_t)(random >> 8);
	s.src.b[15] = (uint8_t)(random >> 16);
	s.sport = (uint16_t)(random >> 24);
	return s;
}

static uint32_t bucket_in(const struct flow_table *t, const struct segment *s)
{
	struct flow_mark mark;

	flow_table_mark(t, s, A, &mark);
	return mark.hash & (HASHED_BUCKETS - 1);
}

/* ---- sets of tuples */

static void random_set(struct segment *s, bool v6, uint64_t state)
{
	for (size_t i = 0; i < HASHED_FLOWS; i++)
		s[i] = chosen(v6, next_random(&state));
}

/* Who knows the key tries tuples until enough fall into one bucket. */
static void searched_set(const struct flow_table *t, struct segment *s, bool v6)
{
	struct segment try = chosen(v6, 0);
	uint64_t state = 4711;
	size_t n = 0;

	while (n < HASHED_FLOWS) {
		uint64_t random = next_random(&state);

		memcpy(try.src.b + 13, &random, 3);
		try.sport = (uint16_t)(random >> 24);
		if (bucket_in(t, &try) == 7)
			s[n++] = try;
	}
}

/* Under a key that forgets the ports every client has one bucket. */
static void ports_set(struct segment *s, bool v6)
{
	for (size_t i = 0; i < HASHED_FLOWS; i++) {
		s[i] = chosen(v6, 1);
		s[i].sport = (uint16_t)(1024 + i);
	}
}

/* ---- what they do to a table */

struct spread {
	uint64_t longest; /* chain */
	uint64_t steps;	  /* to find each flow once */
	uint64_t empty;	  /* buckets */
};

static struct spread spread_of(const struct hash_key *key,
			       const struct segment *s)
{
	struct spread x = {0};
	const UT_hash_table *tbl;
	uint64_t flows = 0;
	struct run r;

	next_key = key;
	run_begin(&r, plain_site, 2 * HASHED_BUCKETS, false);
	next_key = NULL;
	run_feed(&r, s, HASHED_FLOWS);
	tbl = r.table->items->hh.tbl;
	ck_assert_uint_eq(tbl->num_buckets, HASHED_BUCKETS);
	for (size_t i = 0; i < HASHED_BUCKETS; i++) {
		uint64_t n = tbl->buckets[i].count;

		x.longest = n > x.longest ? n : x.longest;
		x.steps += n * (n + 1) / 2;
		x.empty += !n;
		flows += n;
	}
	/* one is the table's own; of those that were drawn some are twins */
	ck_assert_uint_le(flows, HASHED_FLOWS + 1);
	ck_assert_uint_ge(flows, HASHED_FLOWS - 3);
	run_free(&r);
	return x;
}

/*
 * 1000 balls in 1024 bins: 1488 steps give or take 22, 385 bins empty give or
 * take 10, and not one key in a million has 12 balls in a bin.
 */
static void assert_spread(struct spread x)
{
	ck_assert_uint_le(x.longest, 12);
	ck_assert_uint_le(x.steps, 1700);
	ck_assert_uint_ge(x.empty, 310);
	ck_assert_uint_le(x.empty, 460);
}

static struct hash_key known_key(bool forgets_ports)
{
	uint64_t state = 0x5eed;
	struct hash_key k = drawn_key(&state);

	if (forgets_ports) {
		k.word[2] = 0;
		k.word[8] = 0;
	}
	return k;
}

START_TEST(chosen_tuples_spread)
{
	bool v6 = _i & 1, ports = _i & 2;
	struct hash_key known = known_key(ports), other;
	static struct segment s[HASHED_FLOWS], any[HASHED_FLOWS];
	uint64_t state = 0xabcdef;
	struct spread x;
	struct run r;

	random_set(any, v6, 99);
	next_key = &known;
	run_begin(&r, plain_site, 2 * HASHED_BUCKETS, false);
	next_key = NULL;
	if (ports)
		ports_set(s, v6);
	else
		searched_set(r.table, s, v6);
	run_free(&r);

	/* who knows the key makes a list of the table */
	x = spread_of(&known, s);
	ck_assert_uint_ge(x.longest, HASHED_FLOWS - 3);
	ck_assert_uint_ge(x.steps, 490000);

	/* who does not gains nothing over any other tuples */
	for (unsigned i = 0; i < 16; i++) {
		other = drawn_key(&state);
		assert_spread(spread_of(&other, s));
		assert_spread(spread_of(&other, any));
	}
	assert_spread(spread_of(NULL, s));
}
END_TEST

static TCase *hash_case(void)
{
	TCase *t = tcase_create("hash");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, chosen_tuples_spread, 0, 4);
	return t;
}

#endif /* FLOW_HASH_H */
