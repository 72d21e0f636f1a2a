/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the site layer
 *
 * What is wrong with a site file is in sites/errors.txt, case by case, and in
 * site_cases.h what no text file can hold; here are the limits, the values
 * that a right file gives, and the canonical form.
 */
#include <asymcap/site.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "site_cases.h"
#include "site_renew.h"

#define A_CIRCUIT "circuits: {a: {kind: internet}}\n"

/* A file beside this one, whole; owned by the caller */
static char *read_fixture(const char *name, size_t *size)
{
	const char *slash = strrchr(__FILE__, '/');
	struct str path = {0};
	char *text = xcalloc(SITE_MAX_BYTES, 1);
	FILE *file;

	if (slash)
		str_addn(&path, __FILE__, (size_t)(slash - __FILE__) + 1);
	str_add(&path, name);
	file = fopen(path.s, "re");
	ck_assert_msg(file != NULL, "%s is missing", path.s);
	*size = fread(text, 1, SITE_MAX_BYTES - 1, file);
	fclose(file);
	str_free(&path);
	return text;
}

static void assert_errors(const char *what, const char *text, size_t size,
			  const char *expected)
{
	struct str errors = {0};
	struct site *site = site_parse("x", text, size, &errors);
	const char *got = errors.s ? errors.s : "";

	ck_assert_msg(!site, "%s: was accepted", what);
	ck_assert_msg(!strcmp(got, expected), "%s:\n%s\ninstead of\n%s", what,
		      got, expected);
	str_free(&errors);
}

/* Return: the site; a failure shows the errors */
static struct site *parse_good(const char *what, const char *text, size_t size)
{
	struct str errors = {0};
	struct site *site = site_parse(what, text, size, &errors);

	ck_assert_msg(site != NULL, "%s: %s in\n%.*s", what,
		      errors.s ? errors.s : "no errors", (int)size, text);
	ck_assert_uint_eq(errors.len, 0);
	str_free(&errors);
	return site;
}

static struct site *parse_text(const char *text)
{
	return parse_good("text", text, strlen(text));
}

/* What parses prints, the print parses, and prints the same. */
static void assert_round_trip(const char *what, const char *text, size_t size,
			      const char *canonical)
{
	struct site *site = parse_good(what, text, size);
	struct str once = {0}, twice = {0};

	site_print(site, &once);
	site_free(site);
	if (canonical)
		ck_assert_str_eq(once.s, canonical);
	site = parse_good(what, once.s, once.len);
	site_print(site, &twice);
	site_free(site);
	ck_assert_str_eq(once.s, twice.s);
	str_free(&once);
	str_free(&twice);
}

START_TEST(wrong_files)
{
	struct str yaml = {0}, expected = {0};
	char *name = NULL, *line, *rest;
	unsigned cases = 0;
	size_t size;
	char *text = read_fixture("sites/errors.txt", &size);

	for (rest = text; (line = strsep(&rest, "\n"));) {
		bool begins = !strncmp(line, "####", 4);

		if ((begins || !rest) && name) {
			ck_assert_msg(expected.len > 0, "%s: no errors", name);
			assert_errors(name, yaml.s, yaml.len, expected.s);
			cases++;
		}
		if (begins) {
			name = line + 4 + strspn(line + 4, " ");
			str_clear(&yaml);
			str_clear(&expected);
		} else if (!strncmp(line, "#! ", 3)) {
			str_addf(&expected, "x:%s\n", line + 3);
		} else if (!expected.len) {
			str_addf(&yaml, "%s\n", line);
		}
	}
	ck_assert_uint_ge(cases, 100);
	str_free(&yaml);
	str_free(&expected);
	free(text);
}
END_TEST

START_TEST(wrong_bytes)
{
	assert_errors(raw[_i].name, raw[_i].text, raw[_i].size,
		      raw[_i].expected);
}
END_TEST

START_TEST(floods_are_refused)
{
	struct str text = {0}, errors = {0};
	const char *expected = floods[_i].expected;

	while (text.len + strlen(floods[_i].unit) <= SITE_MAX_BYTES)
		str_add(&text, floods[_i].unit);
	ck_assert_ptr_null(site_parse("x", text.s, text.len, &errors));
	ck_assert_msg(!strncmp(errors.s, expected, strlen(expected)), "%.300s",
		      errors.s);
	ck_assert_uint_lt(errors.len, 200000);
	str_free(&text);
	str_free(&errors);
}
END_TEST

START_TEST(size_limit)
{
	struct str text = {0}, errors = {0};
	struct site *site;

	str_add(&text, A_CIRCUIT);
	while (text.len < SITE_MAX_BYTES)
		str_addc(&text, '\n');
	site_free(parse_good("1 MiB", text.s, text.len));

	str_addc(&text, '\n');
	site = site_parse("x", text.s, text.len, &errors);
	ck_assert_ptr_null(site);
	ck_assert_str_eq(errors.s, "x:1:1: the file is over 1048576 bytes\n");
	str_free(&text);
	str_free(&errors);
}
END_TEST

START_TEST(nesting_limit)
{
	struct str text = {0};

	/* The mapping is the first level; brackets in quotes are none. */
	str_add(&text, "own: ");
	for (int i = 0; i < 31; i++)
		str_addc(&text, '[');
	str_add(&text, "'[[[[[[[[' # [[[[[[[[[\n");
	for (int i = 0; i < 31; i++)
		str_addc(&text, ']');
	str_add(&text, "\n" A_CIRCUIT);
	assert_errors("32 deep", text.s, text.len,
		      "x:1:7: own: here should be a single value, "
		      "not a list\n");
	str_free(&text);
}
END_TEST

/* Fill "circuits", "taps" or "services" up to a limit, then over it. */
static void assert_limit(const char *head, const char *item, int limit,
			 const char *expected)
{
	struct str text = {0};

	str_add(&text, head);
	for (int i = 0; i < limit; i++) {
		str_add(&text, item);
		str_addf(&text, "%d}\n", i);
	}
	site_free(parse_good(item, text.s, text.len));
	str_add(&text, item);
	str_addf(&text, "%d}\n", limit);
	str_add(&text, item);
	str_addf(&text, "%d}\n", limit + 1);
	assert_errors(item, text.s, text.len, expected);
	str_free(&text);
}

START_TEST(count_limits)
{
	struct str text = {0};

	assert_limit(A_CIRCUIT "taps:\n", "- {erspan: ", SITE_MAX_TAPS,
		     "x:67:3: more than 64 taps\n");
	assert_limit(A_CIRCUIT "services:\n", "- {direction: inbound, name: s",
		     SITE_MAX_SERVICES, "x:1027:3: more than 1024 services\n");

	str_add(&text, A_CIRCUIT "segments:\n");
	for (int i = 0; i <= SITE_MAX_SEGMENTS; i++)
		str_addf(&text, "  s%d: {routes: {}}\n", i);
	assert_errors("segments", text.s, text.len,
		      "x:67:3: more than 64 segments\n");
	str_clear(&text);

	str_add(&text, "circuits:\n");
	for (int i = 0; i <= SITE_MAX_CIRCUITS; i++) {
		if (i == SITE_MAX_CIRCUITS)
			site_free(parse_good("64", text.s, text.len));
		str_addf(&text, "  c%d: {kind: internet}\n", i);
	}
	assert_errors("65", text.s, text.len,
		      "x:66:3: more than 64 circuits\n");
	str_free(&text);
}
END_TEST

START_TEST(error_limit)
{
	struct str text = {0}, errors = {0};
	char *last;

	str_add(&text, A_CIRCUIT);
	for (int i = 0; i < 1010; i++)
		str_addf(&text, "key%d: x\n", i);
	ck_assert_ptr_null(site_parse("x", text.s, text.len, &errors));
	last = strstr(errors.s, "\nx:1001:1: unknown key 'key999'");
	ck_assert_ptr_nonnull(last);
	last = strchr(last + 1, '\n');
	ck_assert_str_eq(last, "\nx:1001:1: 10 more errors are not shown\n");
	str_free(&text);
	str_free(&errors);
}
END_TEST

START_TEST(hostile_words_are_cut_and_escaped)
{
	struct str errors = {0};
	const char *text =
		"\"\xc3\xa9"
		"123456789012345678901234567890123456789012345678901234567890"
		"123456\xc3\xa9\xc3\xa9\xc3\xa9\": x\n" A_CIRCUIT;

	ck_assert_ptr_null(
		site_parse("a\x1b[2J\n", text, strlen(text), &errors));
	ck_assert_str_eq(
		errors.s,
		"a?[2J?:1:1: unknown key '\xc3\xa9"
		"123456789012345678901234567890123456789012345678901234567890"
		"123456...': a site file has site, remote, own, stage, "
		"remote-endpoints, service-tags, circuits, segments, "
		"taps, services\n");
	str_free(&errors);
}
END_TEST

static const char *const canonical[][2] = {
	{"../../pcaps/sites/contoso-nj.yaml",
	 "sites/contoso-nj.canonical.yaml"},
	{"sites/every-key.yaml", "sites/every-key.canonical.yaml"},
	{"sites/lab.yaml", NULL},
};

START_TEST(canonical_form)
{
	const char *const *pair = canonical[_i];
	size_t size, expected_size;
	char *text = read_fixture(pair[0], &size);
	char *expected = pair[1] ? read_fixture(pair[1], &expected_size) : NULL;

	assert_round_trip(pair[0], text, size, expected);
	if (expected)
		assert_round_trip(pair[1], expected, expected_size, expected);
	free(expected);
	free(text);
}
END_TEST

START_TEST(awkward_strings)
{
	struct str text = {0};
	struct site *site, *again;

	str_add(&text, "site: '");
	for (const char *p = awkward[_i]; *p; p++) {
		str_addc(&text, *p);
		if (*p == '\'')
			str_addc(&text, '\'');
	}
	str_add(&text, "'\n" A_CIRCUIT);
	site = parse_text(text.s);
	ck_assert_str_eq(site->name, awkward[_i]);
	str_clear(&text);
	site_print(site, &text);
	again = parse_text(text.s);
	ck_assert_str_eq(again->name, awkward[_i]);
	site_free(site);
	site_free(again);
	str_free(&text);
}
END_TEST

START_TEST(values)
{
	size_t size;
	char *text = read_fixture("../../pcaps/sites/contoso-nj.yaml", &size);
	struct site *s = parse_good("contoso", text, size);

	ck_assert_str_eq(s->path, "contoso");
	ck_assert_str_eq(s->name, "contoso-nj");
	ck_assert_uint_eq(s->remote.count, 2);
	ck_assert_uint_eq(s->remote.item[0].prefix.len, 96 + 13);
	ck_assert_uint_eq(s->remote.item[1].prefix.len, 32);
	ck_assert_uint_eq(s->own.count, 1);
	ck_assert_uint_eq(s->circuits, 3);
	ck_assert_int_eq(site_find_circuit(s, "er-dallas"), 2);
	ck_assert_int_eq(site_find_circuit(s, "er"), -1);
	ck_assert_int_eq(s->circuit[0].kind, CIRCUIT_INTERNET);
	ck_assert_ptr_null(s->circuit[0].state_domain);
	ck_assert_uint_eq(s->circuit[0].bandwidth, 0);
	ck_assert_int_eq(s->circuit[1].kind, CIRCUIT_EXPRESSROUTE);
	ck_assert_str_eq(s->circuit[1].state_domain, "er-cluster");
	ck_assert_uint_eq(s->circuit[1].bandwidth, 1000000000);
	ck_assert_int_eq(s->circuit[1].expected_rtt, 10 * NSEC_PER_MSEC);
	ck_assert_uint_eq(s->circuit[2].nat_pools.count, 1);

	ck_assert_uint_eq(s->taps, 6);
	ck_assert_str_eq(s->tap[0].name, "ens1f0");
	ck_assert_int_eq(s->tap[0].circuit, 0);
	ck_assert_str_eq(s->tap[1].link, "primary");
	ck_assert_uint_eq(s->tap[1].vlan_count, 2);
	ck_assert_uint_eq(s->tap[1].vlan[0], 29);
	ck_assert_uint_eq(s->tap[1].vlan[1], 300);
	ck_assert_int_eq(s->tap[1].erspan, -1);
	ck_assert_int_eq(s->tap[1].vni, -1);
	ck_assert(!s->tap[1].untagged && !s->tap[1].has_mac);
	ck_assert_int_eq(s->tap[1].side, TAP_OUTSIDE);
	ck_assert_int_eq(s->tap[3].side, TAP_INSIDE);
	ck_assert_str_eq(s->tap[4].file, "dallas*.pcap*");
	ck_assert_int_eq(s->tap[5].erspan, 12);

	ck_assert_uint_eq(s->services, 1);
	ck_assert_int_eq(s->service[0].direction, SERVICE_INBOUND);
	ck_assert_uint_eq(s->service[0].circuits, 1);
	ck_assert_uint_eq(s->service[0].ports[0].first, 25);
	ck_assert_uint_eq(s->service[0].ports[0].last, 25);
	ck_assert_int_eq(s->service[0].snat[0].circuit, 0);
	ck_assert_uint_eq(s->service[0].snat[0].to.len, 128);
	site_free(s);
	free(text);
}
END_TEST

START_TEST(marks)
{
	struct site *s = parse_text("circuits:\n  a:\n    kind: internet\n"
				    "    nat-pools: [10.0.0.0/8, 11.0.0.1]\n"
				    "    taps:\n    - erspan: 1\n");

	ck_assert_uint_eq(s->circuit[0].mark.line, 2);
	ck_assert_uint_eq(s->circuit[0].mark.column, 3);
	ck_assert_uint_eq(s->circuit[0].nat_pools.item[1].mark.line, 4);
	ck_assert_uint_eq(s->circuit[0].nat_pools.item[1].mark.column, 29);
	ck_assert_uint_eq(s->tap[0].mark.line, 6);
	ck_assert_uint_eq(s->tap[0].mark.column, 7);
	site_free(s);
}
END_TEST

START_TEST(a_draft_may_share_a_pool)
{
	static const char text[] =
		"circuits:\n"
		"  a: {kind: internet, nat-pools: 192.0.2.0/24}\n"
		"  b: {kind: internet, nat-pools: 192.0.2.0/25}\n";
	struct str errors = {0};
	struct site *site =
		site_parse_draft("x", text, sizeof(text) - 1, &errors);

	ck_assert_ptr_nonnull(site);
	ck_assert_uint_eq(errors.len, 0);
	site_free(site);
	site = site_parse_draft("x", "circuits: {a: {}}", 17, &errors);
	ck_assert_ptr_null(site);
	ck_assert_str_eq(errors.s, "x:1:15: a circuit needs the key 'kind'\n");
	str_free(&errors);
}
END_TEST

START_TEST(state_domains_that_are_meant)
{
	/* Used once and unlike; used once, a digit apart; used by two. */
	site_free(parse_text("circuits:\n"
			     "  a: {kind: internet, state-domain: fw1}\n"
			     "  b: {kind: internet, state-domain: fw2}\n"
			     "  c: {kind: internet, state-domain: dmz-north}\n"
			     "  d: {kind: internet, state-domain: cluster-a}\n"
			     "  e: {kind: internet, state-domain: cluster-a}\n"
			     "  f: {kind: internet, state-domain: cluster-b}\n"
			     "  g: {kind: internet, state-domain: cluster-b}"));
}
END_TEST

START_TEST(tap_names_are_made)
{
	struct site *s = parse_text(
		"circuits:\n  er: {kind: internet, taps: [{vlan: 1}, {vlan: 2},"
		" {file: '/cap/dallas-*.pcapng.gz'}, {file: '*'},"
		" {interface: eth0.1, vni: 1}, {interface: eth0.1, vni: 2}]}\n"
		"taps: [{name: er-2, vni: 9}, {vlan: 3}, {file: /}]\n");
	static const char *const names[] = {
		"er",	    "er-3", "dallas", "er-4",  "eth0-1",
		"eth0-1-2", "er-2", "tap",    "tap-2",
	};

	ck_assert_uint_eq(s->taps, ARRAY_SIZE(names));
	for (size_t i = 0; i < s->taps; i++)
		ck_assert_str_eq(s->tap[i].name, names[i]);
	site_free(s);
}
END_TEST

START_TEST(long_circuit_names)
{
	struct str text = {0};

	/* 64 bytes, of which a tap's name has to leave some for "-2" */
	str_add(&text, "circuits:\n  ");
	for (int i = 0; i < 32; i++)
		str_add(&text, "\xc3\xa9");
	str_add(&text, ": {kind: internet, taps: [{vni: 1}, {vni: 2}]}\n");
	assert_round_trip("long name", text.s, text.len, NULL);
	str_free(&text);
}
END_TEST

START_TEST(without_a_file)
{
	struct site *s = site_new();
	struct str out = {0};
	struct prefix p;

	for (int i = 0; i < SITE_MAX_CIRCUITS; i++) {
		str_clear(&out);
		str_addf(&out, "c%d", i);
		ck_assert_int_eq(site_add_circuit(s, out.s), i);
		ck_assert_int_eq(site_add_tap(s, out.s, i), i);
	}
	ck_assert_int_eq(site_add_circuit(s, "more"), -1);
	ck_assert_int_eq(site_add_tap(s, "more", 0), -1);
	ck_assert_ptr_null(prefix_parse("192.0.2.0/24", &p));
	for (int i = 0; i < 100; i++)
		site_add_pool(s, 63, &p);
	ck_assert_uint_eq(s->circuit[63].nat_pools.count, 100);
	ck_assert_int_eq(s->circuit[63].kind, CIRCUIT_UNKNOWN);
	ck_assert_int_eq(s->tap[63].circuit, 63);
	ck_assert_int_eq(s->tap[63].vni, -1);
	ck_assert_ptr_null(s->path);

	str_clear(&out);
	site_print(s, &out);
	ck_assert(!strncmp(out.s, "circuits:\n  c0:\n    kind: unknown\n", 33));
	str_free(&out);
	site_free(s);
	site_free(NULL);
}
END_TEST

START_TEST(unreadable_files)
{
	struct str errors = {0};

	ck_assert_ptr_null(site_load("/nonexistent/site.yaml", &errors));
	ck_assert_str_eq(errors.s, "/nonexistent/site.yaml: "
				   "No such file or directory\n");
	str_clear(&errors);
	ck_assert_ptr_null(site_load("/", &errors));
	ck_assert_str_eq(errors.s, "/: Is a directory\n");
	str_clear(&errors);
	ck_assert_ptr_null(site_load("/dev/zero", &errors));
	ck_assert_str_eq(errors.s, "/dev/zero:1:1: the file is over 1048576 "
				   "bytes\n");
	str_free(&errors);
}
END_TEST

START_TEST(nearest)
{
	static const char *const names[] = {
		"interface", NULL, "file", "vlan", "nat-pools", "mac", "",
	};
	const char *got =
		site_nearest(spellings[_i].word, names, ARRAY_SIZE(names));

	ck_assert_pstr_eq(got, spellings[_i].nearest);
}
END_TEST

static Suite *site_suite(void)
{
	Suite *suite = suite_create("site");
	TCase *wrong = tcase_create("wrong"), *right = tcase_create("right");
	TCase *renewed = tcase_create("renewed");

	tcase_add_test(wrong, wrong_files);
	tcase_add_loop_test(wrong, wrong_bytes, 0, ARRAY_SIZE(raw));
	tcase_add_loop_test(wrong, floods_are_refused, 0, ARRAY_SIZE(floods));
	tcase_add_test(wrong, size_limit);
	tcase_add_test(wrong, nesting_limit);
	tcase_add_test(wrong, count_limits);
	tcase_add_test(wrong, error_limit);
	tcase_add_test(wrong, hostile_words_are_cut_and_escaped);
	tcase_add_test(wrong, unreadable_files);
	tcase_add_loop_test(right, canonical_form, 0, ARRAY_SIZE(canonical));
	tcase_add_loop_test(right, awkward_strings, 0, ARRAY_SIZE(awkward));
	tcase_add_test(right, values);
	tcase_add_test(right, marks);
	tcase_add_test(right, a_draft_may_share_a_pool);
	tcase_add_test(right, state_domains_that_are_meant);
	tcase_add_test(right, tap_names_are_made);
	tcase_add_test(right, long_circuit_names);
	tcase_add_test(right, without_a_file);
	tcase_add_loop_test(right, nearest, 0, ARRAY_SIZE(spellings));
	tcase_add_test(renewed, renewed_numbers_stay);
	tcase_add_test(renewed, renewed_twice_is_the_first);
	tcase_add_loop_test(renewed, renewed_tap_elsewhere_is_another, 0,
			    ARRAY_SIZE(renewed_taps));
	tcase_add_test(renewed, renewed_segments_hear_the_same_circuits);
	tcase_add_test(renewed, renewed_to_the_bound);
	suite_add_tcase(suite, renewed);
	suite_add_tcase(suite, wrong);
	suite_add_tcase(suite, right);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(site_suite());
	int failures;

	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
