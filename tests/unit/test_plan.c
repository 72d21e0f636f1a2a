/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the plan layer
 *
 * What the checks say is in plans/checks.txt, case by case; here are the
 * reader of those cases, and what no case can show: that each check has one
 * that passes and one that does not, the bounds, and how much work it is.
 */
#include <asymcap/plan.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plan_azure.h"

/* struct scene - A case while it is read */
struct scene {
	char name[128];
	struct str yaml;
	struct str azure;
	struct str expected;
};

/* Which verdicts (bits) the cases have shown, by check */
static unsigned tally[PLAN_CHECKS];

/* What they should have shown and did not */
static struct str missed;

static char *read_cases(void)
{
	const char *slash = strrchr(__FILE__, '/');
	struct str path = {0};
	char *text = xcalloc(SITE_MAX_BYTES, 1);
	FILE *file;

	if (slash)
		str_addn(&path, __FILE__, (size_t)(slash - __FILE__) + 1);
	str_add(&path, "plans/checks.txt");
	file = fopen(path.s, "re");
	ck_assert_msg(file != NULL, "%s is missing", path.s);
	ck_assert_uint_gt(fread(text, 1, SITE_MAX_BYTES - 1, file), 0);
	fclose(file);
	str_free(&path);
	return text;
}

/* ----------------------------------------------------------- the cases */

static bool is_result(const struct plan_result *r, const char *check,
		      const char *verdict, const char *place,
		      const char *reason)
{
	char mark[32] = "-";

	if (r->mark.line)
		snprintf(mark, sizeof(mark), "%u:%u", r->mark.line,
			 r->mark.column);
	return !strcmp(plan_check_id(r->check), check) &&
	       !strcmp(plan_verdict_name(r->verdict), verdict) &&
	       (!place || !strcmp(mark, place)) &&
	       (!reason || strstr(r->reason, reason));
}

/* What the case has of that check, for whoever mends it */
static void tell_missed(const char *name, const struct plan *p,
			const char *check, const char *line)
{
	str_addf(&missed, "%s: missed: %s\n", name, line);
	for (size_t i = 0; i < p->results; i++) {
		const struct plan_result *r = &p->result[i];

		if (!strcmp(plan_check_id(r->check), check))
			str_addf(&missed, "\tthere is %s %u:%u %s\n",
				 plan_verdict_name(r->verdict), r->mark.line,
				 r->mark.column, r->reason);
	}
}

static void look_for(const char *name, const struct plan *p, char *line)
{
	char *whole = xstrdup(line);
	const char *check = strsep(&line, " ");
	const char *verdict = strsep(&line, " ");
	bool wanted = strcmp(verdict, "not") != 0;
	const char *place = NULL;
	bool found = false;

	if (wanted)
		place = strsep(&line, " ");
	else
		verdict = strsep(&line, " ");
	for (size_t i = 0; i < p->results && !found; i++)
		found = is_result(&p->result[i], check, verdict, place,
				  wanted ? line : NULL);
	if (found != wanted)
		tell_missed(name, p, check, whole);
	free(whole);
}

static void assert_sound(const char *name, const struct plan *p)
{
	uint64_t count[PLAN_VERDICTS] = {0};

	for (size_t i = 0; i < p->results; i++) {
		const struct plan_result *r = &p->result[i];

		count[r->verdict]++;
		tally[r->check] |= 1U << r->verdict;
		ck_assert_msg(*r->reason, "%s: no reason", name);
		ck_assert_msg((r->verdict == PLAN_PASS) == !r->remedy,
			      "%s: %s: remedy", name, r->reason);
		ck_assert_msg(!r->mark.line || r->path, "%s: %s: no path", name,
			      r->reason);
		ck_assert(!i || p->result[i - 1].verdict >= r->verdict);
	}
	for (unsigned v = 0; v < PLAN_VERDICTS; v++)
		ck_assert_uint_eq(count[v], p->count[v]);
}

static void run_case(struct scene *c)
{
	struct plan_azure documents[MAX_DOCUMENTS];
	struct plan_input in = {.endpoints_age = PLAN_AGE_UNKNOWN};
	struct str errors = {0};
	struct site *site =
		site_parse_draft("x", c->yaml.s, c->yaml.len, &errors);
	char *rest = c->expected.s, *line;
	struct plan *p;

	ck_assert_msg(site != NULL, "%s: %s", c->name, errors.s);
	ck_assert_msg(c->expected.len, "%s: nothing is expected", c->name);
	in.site = site;
	if (c->azure.len)
		read_azure(&in, site, documents, c->azure.s);
	p = plan_judge(&in);
	assert_sound(c->name, p);
	while ((line = strsep(&rest, "\n")) && *line)
		look_for(c->name, p, line);
	plan_free(p);
	for (size_t i = 0; i < in.azures; i++)
		plan_azure_free(&documents[i]);
	site_free(site);
}

static void end_case(struct scene *c)
{
	if (*c->name)
		run_case(c);
	str_free(&c->yaml);
	str_free(&c->azure);
	str_free(&c->expected);
	*c->name = '\0';
}

static unsigned run_cases(void)
{
	char *text = read_cases(), *rest = text, *line;
	struct scene c = {0};
	unsigned cases = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, "#### ", 5)) {
			end_case(&c);
			snprintf(c.name, sizeof(c.name), "%s", line + 5);
			cases++;
		} else if (!strncmp(line, "#! ", 3)) {
			str_addf(&c.expected, "%s\n", line + 3);
		} else if (!strncmp(line, "#@ ", 3)) {
			str_addf(&c.azure, "%s\n", line + 3);
		} else if (*c.name && !c.expected.len && !c.azure.len) {
			str_addf(&c.yaml, "%s\n", line);
		}
	}
	end_case(&c);
	free(text);
	return cases;
}

START_TEST(cases)
{
	ck_assert_uint_ge(run_cases(), 55);
	if (missed.len)
		fputs(missed.s, stderr);
	ck_assert_msg(!missed.len, "results are missed");

	for (unsigned c = 0; c < PLAN_CHECKS; c++) {
		const char *id = plan_check_id((enum plan_check)c);
		unsigned bad =
			1U << PLAN_FAIL | 1U << PLAN_WARN | 1U << PLAN_INFO;

		ck_assert_msg(tally[c] & 1U << PLAN_PASS,
			      "%s: no case in which it passes", id);
		ck_assert_msg(tally[c] & bad,
			      "%s: no case in which it does not", id);
	}
}
END_TEST

START_TEST(names)
{
	for (unsigned c = 0; c < PLAN_CHECKS; c++) {
		enum plan_check one = (enum plan_check)c;

		ck_assert(*plan_check_title(one));
		for (unsigned d = 0; d < c; d++) {
			enum plan_check other = (enum plan_check)d;

			ck_assert_str_ne(plan_check_id(one),
					 plan_check_id(other));
			ck_assert_str_ne(plan_check_name(one),
					 plan_check_name(other));
		}
	}
}
END_TEST

/* ---------------------------------------------------------- large plans */

static struct plan *judge_text(struct str *text, struct site **site)
{
	struct plan_input in = {.endpoints_age = PLAN_AGE_UNKNOWN};
	struct str errors = {0};

	*site = site_parse_draft("x", text->s, text->len, &errors);
	ck_assert_msg(*site != NULL, "%s", errors.s);
	in.site = *site;
	return plan_judge(&in);
}

START_TEST(results_are_bounded)
{
	struct str text = {0};
	struct plan *p;
	struct site *site;

	str_add(&text, "circuits:\n  e:\n    kind: expressroute\n"
		       "    nat-pools: [192.0.2.1]\n    advertised:\n");
	for (unsigned i = 0; i < PLAN_MAX_RESULTS + 7; i++)
		str_addf(&text, "    - 20.%u.%u.%u\n", i >> 16, i >> 8 & 255,
			 i & 255);
	p = judge_text(&text, &site);
	ck_assert_uint_eq(p->dropped, 7);
	ck_assert_uint_eq(p->count[PLAN_WARN], PLAN_MAX_RESULTS + 7 + 1);
	plan_free(p);
	site_free(site);
	str_free(&text);
}
END_TEST

/*
 * 64 circuits that share all their prefixes, rows that use all of them: what
 * is quadratic somewhere takes minutes.
 */
START_TEST(much_of_everything)
{
	struct str text = {0};
	struct plan *p;
	struct site *site;
	clock_t began = clock();

	str_add(&text, "remote: 40.96.0.0/13\ncircuits:\n");
	for (unsigned i = 0; i < SITE_MAX_CIRCUITS; i++) {
		str_addf(&text,
			 "  c%u:\n    kind: %s\n    location: L%u\n    "
			 "nat-pools: 20.%u."
			 "0.0/16\n    advertised:\n",
			 i, i % 2 ? "internet" : "expressroute", i / 2, i);
		for (unsigned k = 0; k < 160; k++)
			str_addf(&text, "    - 20.%u.%u.0/24\n", i / 2, k);
	}
	str_add(&text, "segments:\n  s:\n    routes:\n");
	for (unsigned i = 0; i < SITE_MAX_CIRCUITS; i++)
		str_addf(&text, "      c%u: 40.96.0.0/13\n", i);
	str_add(&text, "services:\n");
	for (unsigned i = 0; i < 1000; i++)
		str_addf(&text,
			 "- {name: s%u, local: 20.%u.%u.1, segments: s, "
			 "direction: %s}\n",
			 i, i % 32, i % 160,
			 i % 2 ? "inbound, also-used-by: internet"
			       : "outbound");
	p = judge_text(&text, &site);
	ck_assert_uint_gt(p->count[PLAN_FAIL], 0);
	ck_assert_msg((double)(clock() - began) / CLOCKS_PER_SEC < 30,
		      "it takes long");
	plan_free(p);
	site_free(site);
	str_free(&text);
}
END_TEST

START_TEST(nothing_to_judge)
{
	struct str text = {0};
	struct plan *p;
	struct site *site;

	str_add(&text, "circuits: {a: {kind: internet}}");
	p = judge_text(&text, &site);
	ck_assert_uint_eq(p->count[PLAN_FAIL], 0);
	ck_assert_uint_eq(p->count[PLAN_WARN], 1);
	plan_free(p);
	plan_free(NULL);
	site_free(site);
	str_free(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("plan");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, cases);
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, results_are_bounded);
	tcase_add_test(tcase, much_of_everything);
	tcase_add_test(tcase, nothing_to_judge);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
