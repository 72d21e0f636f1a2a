/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * app_recent: packets that are remembered, and those that had to make room
 */
#ifndef APP_RECENT_TESTS_H
#define APP_RECENT_TESTS_H

#include "../../src/app/recent.h"

#include <check.h>

#define RECENT_PUT   5000
#define RECENT_BYTES (64u << 10)

static uint32_t recent_size(unsigned n)
{
	return n * 2654435761u >> 24;
}

static uint32_t recent_hash(unsigned n)
{
	return (n % 7) * 0x20000001u;
}

struct recent_seen {
	uint64_t last;
	unsigned count;
	unsigned oldest;
};

static void recent_look(void *arg, const struct recent_packet *p)
{
	struct recent_seen *seen = arg;
	unsigned n = (unsigned)p->frame.number;
	bool same = true;

	ck_assert_uint_lt(p->at, seen->last);
	seen->last = p->at;
	ck_assert_int_eq(p->frame.time.ns, n);
	ck_assert_uint_eq(p->frame.caplen, recent_size(n));
	ck_assert_uint_eq(p->tap, n % 64);
	for (uint32_t i = 0; i < p->frame.caplen; i++)
		same &= p->frame.data[i] == n % 251;
	ck_assert(same);
	if (n < seen->oldest)
		seen->oldest = n;
	seen->count++;
}

static void recent_add(struct recent *r, unsigned n)
{
	uint8_t data[256];
	struct frame f = {
		.time = {n},
		.data = data,
		.number = n,
		.caplen = recent_size(n),
		.len = 1500,
	};

	memset(data, (int)(n % 251), sizeof(data));
	recent_put(r, &f, (uint8_t)(n % 64), recent_hash(n));
}

/* Those that are found are the last ones, all of them, whole. */
START_TEST(recent_keeps_the_last)
{
	struct recent *r = recent_new(RECENT_BYTES);
	struct timestamp latest;

	for (unsigned n = 0; n < RECENT_PUT; n++) {
		struct recent_seen all = {.oldest = n};

		recent_add(r, n);
		if (n % 97 && n != RECENT_PUT - 1)
			continue;
		for (unsigned h = 0; h < 7; h++) {
			all.last = UINT64_MAX;
			recent_find(r, recent_hash(h), 0, recent_look, &all);
		}
		ck_assert_uint_eq(all.count, n - all.oldest + 1);
		ck_assert_uint_eq(recent_gone(r, &latest), all.oldest);
		if (all.oldest)
			ck_assert_int_eq(latest.ns, all.oldest - 1);
		if (n > 1000)
			ck_assert_uint_gt(all.count,
					  RECENT_BYTES / (256 + 64) - 2);
	}
	recent_free(r);
}
END_TEST

START_TEST(recent_from)
{
	struct recent *r = recent_new(RECENT_BYTES);
	struct recent_seen seen = {.last = UINT64_MAX, .oldest = 99};
	uint64_t end;

	recent_find(r, recent_hash(0), 0, recent_look, &seen);
	ck_assert_uint_eq(seen.count, 0);
	recent_add(r, 0);
	recent_add(r, 7);
	end = recent_end(r);
	recent_add(r, 14);
	recent_find(r, recent_hash(0), end, recent_look, &seen);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.oldest, 14);
	recent_free(r);
	recent_free(NULL);
}
END_TEST

START_TEST(recent_too_large)
{
	static uint8_t big[RECENT_BYTES];
	const struct frame f = {
		.time = {5}, .data = big, .caplen = sizeof(big)};
	struct recent *r = recent_new(RECENT_BYTES);
	struct recent_seen seen = {.last = UINT64_MAX};
	struct timestamp latest;

	recent_put(r, &f, 0, 1);
	recent_find(r, 1, 0, recent_look, &seen);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_uint_eq(recent_gone(r, &latest), 1);
	ck_assert_int_eq(latest.ns, 5);
	recent_free(r);
}
END_TEST

static TCase *recent_case(void)
{
	TCase *t = tcase_create("recent");

	tcase_add_test(t, recent_keeps_the_last);
	tcase_add_test(t, recent_from);
	tcase_add_test(t, recent_too_large);
	return t;
}

#endif /* APP_RECENT_TESTS_H */
