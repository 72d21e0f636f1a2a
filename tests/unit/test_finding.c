/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unit tests of finding: every enum has its words, and findings have one order
 */
#include <asymcap/finding.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* An enum's names, through one shape of function. */
#define NAMES(function_, type_)                                                \
	static const char *function_##_at(unsigned i)                          \
	{                                                                      \
		return function_((type_)i);                                    \
	}

NAMES(severity_name, enum severity)
NAMES(rule_name, enum rule)
NAMES(class_name, enum conn_class)
NAMES(class_key, enum conn_class)
NAMES(impact_name, enum impact)
NAMES(direction_name, enum direction)
NAMES(confidence_name, enum confidence)
NAMES(escape_reason_name, enum escape_reason)
NAMES(phase_name, enum phase)

static const struct {
	const char *(*name)(unsigned i);
	unsigned count;
	const char *first;
	const char *last;
} names[] = {
	{severity_name_at, SEVERITIES, "info", "critical"},
	{rule_name_at, RULES, "asymmetric-handshake", "tap-apart"},
	{class_name_at, CLASSES, "symmetric", "indeterminate"},
	{class_key_at, CLASSES, "symmetric", "indeterminate"},
	{impact_name_at, IMPACT_BROKEN + 1, "unknown", "broken"},
	{direction_name_at, DIRECTION_INBOUND + 1, "unknown", "inbound"},
	{confidence_name_at, CONFIDENCE_LIKELY + 1, "certain", "likely"},
	{escape_reason_name_at, ESCAPE_UNKNOWN + 1, "none", "unknown"},
	{phase_name_at, PHASE_CLOSE + 1, "syn", "close"},
};

START_TEST(each_name_is_there_once)
{
	for (unsigned i = 0; i < names[_i].count; i++) {
		const char *a = names[_i].name(i);

		ck_assert_str_ne(a, "?");
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(a, names[_i].name(j));
	}
	ck_assert_str_eq(names[_i].name(0), names[_i].first);
	ck_assert_str_eq(names[_i].name(names[_i].count - 1), names[_i].last);
	ck_assert_str_eq(names[_i].name(names[_i].count), "?");
	ck_assert_str_eq(names[_i].name(0x7fffffff), "?");
}
END_TEST

START_TEST(a_key_is_the_name_with_underscores)
{
	for (unsigned i = 0; i < CLASSES; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s",
			 class_name((enum conn_class)i));
		for (char *p = text; *p; p++) {
			if (*p == '-')
				*p = '_';
		}
		ck_assert_str_eq(class_key((enum conn_class)i), text);
	}
}
END_TEST

START_TEST(severities_are_parsed)
{
	enum severity s = SEVERITY_INFO;

	ck_assert(severity_parse("critical", &s));
	ck_assert_int_eq(s, SEVERITY_CRITICAL);
	ck_assert(severity_parse("info", &s));
	ck_assert_int_eq(s, SEVERITY_INFO);
	s = SEVERITY_WARNING;
	ck_assert(!severity_parse("Critical", &s));
	ck_assert(!severity_parse("", &s));
	ck_assert(!severity_parse("critical ", &s));
	ck_assert_int_eq(s, SEVERITY_WARNING);
}
END_TEST

static void fill(struct finding *f)
{
	*f = (struct finding){
		.time = {1000},
		.last = {2000},
		.has_tuple = true,
		.tuples = 2,
		.rule = RULE_SNAT_ESCAPE,
		.severity = SEVERITY_WARNING,
		.impact = IMPACT_WORKING,
		.class = CLASS_REROUTED,
		.isn = 7,
		.count = 3,
		.direction = DIRECTION_OUTBOUND,
		.reason = ESCAPE_WRONG_POOL,
		.phase = PHASE_SYN_ACK,
		.circuit = 1,
		.owner = 1,
		.tap = 1,
		.other_tap = 1,
		.taps_missing = 1,
		.service = 1,
		.cause = 1,
		.syn_circuits = 1,
		.answer_circuits = 1,
		.dropped_at = 1,
	};
	f->tuple[0].client_port = 5;
	f->tuple[0].server_port = 25;
	f->syn.kept = 2;
	f->syn_ack.kept = 1;
	f->icmp.kept = 1;
}

/* What makes @f greater, one field each, the deciding ones first. */
static const size_t rising[] = {
	offsetof(struct finding, time),
	offsetof(struct finding, rule),
	offsetof(struct finding, tuples),
	offsetof(struct finding, tuple[0].client.b[15]),
	offsetof(struct finding, tuple[0].server.b[15]),
	offsetof(struct finding, tuple[0].client_port),
	offsetof(struct finding, tuple[0].server_port),
	offsetof(struct finding, tuple[1].client.b[15]),
	offsetof(struct finding, isn),
	offsetof(struct finding, answer.client.b[15]),
	offsetof(struct finding, escaped.b[15]),
	offsetof(struct finding, last),
	offsetof(struct finding, count),
	offsetof(struct finding, severity),
	offsetof(struct finding, impact),
	offsetof(struct finding, class),
	offsetof(struct finding, direction),
	offsetof(struct finding, confidence),
	offsetof(struct finding, answer_is_rst),
	offsetof(struct finding, reason),
	offsetof(struct finding, phase),
	offsetof(struct finding, cause),
	offsetof(struct finding, syn.count),
	offsetof(struct finding, syn.at[0].time),
	offsetof(struct finding, syn.at[0].number),
	offsetof(struct finding, syn.at[1].src_mac[5]),
	offsetof(struct finding, syn.at[1].dst_mac[5]),
	offsetof(struct finding, syn.at[1].tap),
	offsetof(struct finding, syn.at[1].interface),
	offsetof(struct finding, syn.taps),
	offsetof(struct finding, syn_ack.count),
	offsetof(struct finding, syn_ack.at[0].time),
	offsetof(struct finding, icmp.more),
	offsetof(struct finding, icmp.at[0].router.b[15]),
	offsetof(struct finding, icmp.at[0].kind),
	offsetof(struct finding, icmp.at[0].of_server),
	offsetof(struct finding, icmp.at[0].mtu),
	offsetof(struct finding, icmp.at[0].count),
	offsetof(struct finding, icmp.at[0].at.time),
	offsetof(struct finding, service),
	offsetof(struct finding, syn_circuits),
	offsetof(struct finding, answer_circuits),
	offsetof(struct finding, circuit),
	offsetof(struct finding, owner),
	offsetof(struct finding, dropped_at),
	offsetof(struct finding, tap),
	offsetof(struct finding, other_tap),
	offsetof(struct finding, taps_missing),
};

/* The low byte of a field; the tests run on little-endian machines. */
static void raise(struct finding *f, size_t at)
{
	((uint8_t *)f)[at]++;
}

START_TEST(each_field_decides)
{
	struct finding a, b;

	fill(&a);
	fill(&b);
	ck_assert_int_eq(finding_cmp(&a, &b), 0);
	raise(&b, rising[_i]);
	ck_assert_int_lt(finding_cmp(&a, &b), 0);
	ck_assert_int_gt(finding_cmp(&b, &a), 0);

	/* a field that comes later does not outweigh it */
	for (size_t i = (size_t)_i + 1; i < ARRAY_SIZE(rising); i++) {
		fill(&a);
		raise(&a, rising[i]);
		ck_assert_int_lt(finding_cmp(&a, &b), 0);
		ck_assert_int_gt(finding_cmp(&b, &a), 0);
	}
}
END_TEST

START_TEST(what_is_not_valid_does_not_count)
{
	struct finding a, b;

	fill(&a);
	fill(&b);
	b.tuple[2].client_port = 1;
	b.syn.at[2].number = 1;
	b.syn_ack.at[1].number = 1;
	b.icmp.at[1].mtu = 1;
	ck_assert_int_eq(finding_cmp(&a, &b), 0);

	a.has_tuple = b.has_tuple = false;
	b.tuple[0].client_port = 99;
	ck_assert_int_eq(finding_cmp(&a, &b), 0);

	/* counts from a broken value are not trusted */
	a.has_tuple = b.has_tuple = true;
	a.tuples = b.tuples = 255;
	a.syn.kept = b.syn.kept = 255;
	a.tuple[0] = b.tuple[0];
	a.tuple[2] = b.tuple[2];
	a.syn.at[2] = b.syn.at[2];
	ck_assert_int_eq(finding_cmp(&a, &b), 0);
}
END_TEST

START_TEST(times_before_1970_come_first)
{
	struct finding a, b;

	fill(&a);
	fill(&b);
	a.time.ns = INT64_MIN;
	b.time.ns = INT64_MAX;
	ck_assert_int_lt(finding_cmp(&a, &b), 0);
	ck_assert_int_gt(finding_cmp(&b, &a), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("finding");
	TCase *words = tcase_create("names");
	TCase *order = tcase_create("order");
	SRunner *r = srunner_create(s);
	int bad;

	tcase_add_loop_test(words, each_name_is_there_once, 0,
			    ARRAY_SIZE(names));
	tcase_add_test(words, a_key_is_the_name_with_underscores);
	tcase_add_test(words, severities_are_parsed);
	suite_add_tcase(s, words);

	tcase_add_loop_test(order, each_field_decides, 0, ARRAY_SIZE(rising));
	tcase_add_test(order, what_is_not_valid_does_not_count);
	tcase_add_test(order, times_before_1970_come_first);
	suite_add_tcase(s, order);

	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
