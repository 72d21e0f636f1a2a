/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * app_collect: whose packet a segment is
 */
#ifndef APP_COLLECT_TESTS_H
#define APP_COLLECT_TESTS_H

#include "../../src/app/collect.h"

#include <check.h>

#define MANY_FLOWS 1000

static struct tuple collect_tuple(unsigned n)
{
	struct tuple t = {.client_port = (uint16_t)n, .server_port = 25};

	ck_assert(addr_parse(n % 2 ? "192.0.2.1" : "2001:db8::9", &t.client));
	ck_assert(addr_parse(n % 2 ? "10.0.0.1" : "2001:db8::1", &t.server));
	return t;
}

static struct segment collect_segment(const struct tuple *t, bool back,
				      int64_t ns)
{
	return (struct segment){
		.time = {ns},
		.src = back ? t->server : t->client,
		.dst = back ? t->client : t->server,
		.sport = back ? t->server_port : t->client_port,
		.dport = back ? t->client_port : t->server_port,
	};
}

/* The sum of 2^id over all that want it */
static uint64_t wanted_by(const struct wanted *w, const struct tuple *t,
			  bool back, int64_t ns)
{
	struct segment s = collect_segment(t, back, ns);
	uint64_t ids = 0;
	uint32_t at = 0, id;

	while (wanted_next(w, &s, &at, &id)) {
		ck_assert_uint_lt(id, 64);
		ck_assert_uint_eq(ids >> id & 1, 0);
		ids |= 1ULL << id;
	}
	return ids;
}

START_TEST(wanted_in_time)
{
	struct tuple a = collect_tuple(1), b = collect_tuple(3), c = a;
	struct wanted *w = wanted_new();

	ck_assert_uint_eq(wanted_by(w, &a, false, 5), 0);
	wanted_add(w, &a, (struct timestamp){5}, (struct timestamp){7}, 0);
	wanted_add(w, &a, (struct timestamp){7}, (struct timestamp){9}, 1);
	for (unsigned back = 0; back < 2; back++) {
		ck_assert_uint_eq(wanted_by(w, &a, back, 4), 0);
		ck_assert_uint_eq(wanted_by(w, &a, back, 5), 1);
		ck_assert_uint_eq(wanted_by(w, &a, back, 7), 3);
		ck_assert_uint_eq(wanted_by(w, &a, back, 9), 2);
		ck_assert_uint_eq(wanted_by(w, &a, back, 10), 0);
		ck_assert_uint_eq(wanted_by(w, &b, back, 7), 0);
	}
	/* The ports of the other end are another connection. */
	c.client_port = a.server_port;
	c.server_port = a.client_port;
	ck_assert_uint_eq(wanted_by(w, &c, false, 7), 0);
	/* Known already: wanted for longer, and once. */
	wanted_add(w, &a, (struct timestamp){1}, (struct timestamp){6}, 0);
	ck_assert_uint_eq(wanted_by(w, &a, false, 1), 1);
	ck_assert_uint_eq(wanted_by(w, &a, false, 7), 3);
	wanted_free(w);
}
END_TEST

START_TEST(wanted_many)
{
	struct wanted *w = wanted_new();

	for (unsigned n = 0; n < MANY_FLOWS; n++) {
		struct tuple t = collect_tuple(n);

		wanted_add(w, &t, (struct timestamp){n}, (struct timestamp){n},
			   n % 64);
	}
	for (unsigned n = 0; n < MANY_FLOWS; n++) {
		struct tuple t = collect_tuple(n);

		ck_assert_uint_eq(wanted_by(w, &t, n % 3, n), 1ULL << n % 64);
		ck_assert_uint_eq(wanted_by(w, &t, n % 3, n + 1), 0);
	}
	wanted_free(w);
	wanted_free(NULL);
}
END_TEST

static TCase *collect_case(void)
{
	TCase *t = tcase_create("collect");

	tcase_add_test(t, wanted_in_time);
	tcase_add_test(t, wanted_many);
	return t;
}

#endif /* APP_COLLECT_TESTS_H */
