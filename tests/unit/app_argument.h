/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What options take: words, numbers, times
 *
 * Included by test_app.c.
 */
#ifndef APP_ARGUMENT_TESTS_H
#define APP_ARGUMENT_TESTS_H

#include "../../src/app/argument.h"

#include <check.h>
#include <stdio.h>

static const struct {
	const char *text;
	uint64_t least, most;
	bool good;
	uint64_t n;
} numbers[] = {
	{"0", 0, 0, true, 0},
	{"7", 7, 7, true, 7},
	{"6", 7, 9, false, 0},
	{"10", 7, 9, false, 0},
	{"18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX},
	{"18446744073709551616", 0, UINT64_MAX, false, 0},
	{"-1", 0, UINT64_MAX, false, 0},
	{" -1", 0, UINT64_MAX, false, 0},
	{"", 0, 9, false, 0},
	{"7s", 0, 9, false, 0},
	{"x", 0, 9, false, 0},
};

START_TEST(argument_numbers)
{
	uint64_t n;
	bool good = argument_number("n", numbers[_i].text, numbers[_i].least,
				    numbers[_i].most, &n);

	ck_assert(good == numbers[_i].good);
	if (good)
		ck_assert_uint_eq(n, numbers[_i].n);
}
END_TEST

static const struct {
	const char *text;
	int64_t ns; /* -1: refused */
} times[] = {
	{"2", 2000}, {"2u", 2000}, {"3h", 3000000}, {"1", 1000}, {"501h", -1},
	{"0", -1},   {"-2", -1},   {"2m", -1},	    {"2 u", -1}, {"u", -1},
	{"", -1},    {"499n", -1}, {"500n", 500},
};

START_TEST(argument_times)
{
	static const struct argument_unit units[] = {
		{"", 1000}, {"u", 1000}, {"h", 1000000}, {"n", 1}};
	static const struct argument_times may = {
		.unit = units,
		.units = ARRAY_SIZE(units),
		.most = 500,
		.least = 500,
		.example = "2u",
	};
	int64_t ns = -1;

	ck_assert(argument_time("t", times[_i].text, &may, &ns) ==
		  (times[_i].ns >= 0));
	ck_assert_int_eq(ns, times[_i].ns);
}
END_TEST

/* What is refused is told with all that would do. */
START_TEST(argument_words)
{
	static const char *const words[] = {"a", "bb", "c"};
	char told[200] = "";
	FILE *kept = stderr;

	ck_assert_int_eq(argument_word("w", "a", words, 3), 0);
	ck_assert_int_eq(argument_word("w", "c", words, 3), 2);
	stderr = fmemopen(told, sizeof(told), "w");
	ck_assert_int_eq(argument_word("w", "b", words, 3), -1);
	ck_assert_int_eq(argument_word("w", "c", words, 2), -1);
	fclose(stderr);
	stderr = kept;
	ck_assert_str_eq(told, "asymcap: --w b: it is 'a', 'bb' or 'c'\n"
			       "asymcap: --w c: it is 'a' or 'bb'\n");
}
END_TEST

static TCase *argument_case(void (*be_quiet)(void))
{
	TCase *t = tcase_create("argument");

	tcase_add_checked_fixture(t, be_quiet, NULL);
	tcase_add_loop_test(t, argument_numbers, 0, ARRAY_SIZE(numbers));
	tcase_add_loop_test(t, argument_times, 0, ARRAY_SIZE(times));
	tcase_add_test(t, argument_words);
	return t;
}

#endif /* APP_ARGUMENT_TESTS_H */
