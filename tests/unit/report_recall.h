/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A report that is read back from its JSON Lines is the same report; and what
 * others may have written instead of them does no harm
 */
#ifndef REPORT_RECALL_TESTS_H
#define REPORT_RECALL_TESTS_H

#include "../../src/report/recall.h"
#include "report_rules.h"

#include "../../src/report/intern.h"

#include <unistd.h>

/** struct recalled - A report that was read back from texts */
struct recalled {
	struct recall *rc;
	bool good;
};

static void put_file(char *path, const char *text, size_t size)
{
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
}

static struct recalled recall_texts(enum report_format format,
				    const char *const *lines, size_t count)
{
	struct report_options o = {.format = format};
	struct recalled r = {.rc = recall_new(&o)};
	char path[4][40];

	ck_assert_uint_le(count, ARRAY_SIZE(path));
	for (size_t i = 0; i < count; i++) {
		strcpy(path[i], "/tmp/asymcap-test-XXXXXX");
		put_file(path[i], lines[i], strlen(lines[i]));
		ck_assert(recall_add(r.rc, path[i], 0));
	}
	r.good = recall_read(r.rc);
	for (size_t i = 0; i < count; i++)
		unlink(path[i]);
	return r;
}

static char *rewritten(struct recalled *r)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	ck_assert(report_write(recall_report(r->rc, 0), recall_totals(r->rc, 0),
			       f));
	ck_assert_int_eq(fclose(f), 0);
	recall_free(r->rc);
	return text;
}

/* The report of one line, or of what there is instead. */
static char *recalled_text(const char *lines, enum report_format format,
			   bool good)
{
	struct recalled r = recall_texts(format, &lines, 1);

	ck_assert_msg(r.good == good, "%s: %s", good ? "bad" : "good", lines);
	return rewritten(&r);
}

static char *direct(enum report_format format, const struct finding *f)
{
	begin(format);
	add_edge();
	report_tap(report, &(struct report_tap){.tap = CHI_PRI});
	report_tap(report, &(struct report_tap){.tap = CHI_INSIDE});
	report_finding(report, f);
	return written();
}

START_TEST(a_report_comes_back_whole)
{
	struct finding f = rules[_i].make();
	char *json, *want, *got;

	f.time.ns += 999;
	f.last.ns += 5001;
	json = direct(REPORT_JSON, &f);
	for (unsigned i = REPORT_TEXT; i <= REPORT_HTML; i++) {
		want = direct((enum report_format)i, &f);
		got = recalled_text(json, (enum report_format)i, true);
		ck_assert_str_eq(want, got);
		free(want);
		free(got);
	}
	free(json);
}
END_TEST

static char *one_finding(void)
{
	struct finding f = asymmetric();

	return direct(REPORT_JSON, &f);
}

START_TEST(runs_are_added_up)
{
	char *json = one_finding(), *text;
	const char *twice[] = {json, json};
	struct recalled r = recall_texts(REPORT_JSON, twice, 2);

	ck_assert(r.good);
	text = rewritten(&r);
	ck_assert_uint_eq(count_of(text, "\"event_type\":\"finding\""), 2);
	ck_assert_uint_eq(count_of(text, "\"event_type\":\"tap\""), 3);
	ck_assert_uint_eq(count_of(text, "\"event_type\":\"summary\""), 1);
	has(text, "\"packets\":200,\"bytes\":12800,\"tcp_packets\":180,");
	has(text, "\"connections\":{\"total\":20,\"symmetric\":20,");
	has(text, "\"findings\":{\"critical\":2,");
	has(text, "\"tap\":\"edge\",\"circuit\":\"internet\",\"side\":"
		  "\"outside\",\"link\":null,\"tcp_packets\":80,");
	free(text);
	free(json);
}
END_TEST

static const char *const bad_lines[] = {
	"\n",
	"no JSON\n",
	"[]\n",
	"{}\n",
	"{\"event_type\":5}\n",
	"{\"event_type\":\"finding\"}\n",
	"{\"event_type\":\"finding\",\"rule\":\"none\",\"severity\":"
	"\"info\",\"timestamp\":\"2026-11-22T19:01:18.440978Z\"}\n",
	"{\"event_type\":\"finding\",\"rule\":\"unanswered\",\"severity\":"
	"\"dire\",\"timestamp\":\"2026-11-22T19:01:18.440978Z\"}\n",
	"{\"event_type\":\"finding\",\"rule\":\"unanswered\",\"severity\":"
	"\"info\",\"timestamp\":\"today\"}\n",
	"{\"event_type\":\"finding\",\"rule\":\"unanswered\",\"severity\":"
	"\"info\",\"timestamp\":\"2026-11-22T19:01:18.440978Z\","
	"\"src_ip\":\"10.0.0.256\",\"dest_ip\":\"10.0.0.1\"}\n",
	"{\"event_type\":\"connection\"}\n",
	"{\"event_type\":\"tap\"}\n",
	"{\"event_type\":\"tap\",\"tap\":7}\n",
	"{\"event_type\":\"summary\"}\n",
	"{\"event_type\":\"summary\",\"connections\":{\n",
	"{\"event_type\":\"site\",\"site\":\"a\\u0000b\"}\n",
	"\xff\xfe{\n",
};

/* What comes before it and after it is there all the same. */
START_TEST(a_bad_line_is_told_and_left_out)
{
	bool empty = !strcmp(bad_lines[_i], "\n");
	char *json = one_finding(), *text;
	struct str lines = {0};

	str_add(&lines, bad_lines[_i]);
	str_add(&lines, json);
	str_add(&lines, bad_lines[_i]);
	text = recalled_text(lines.s, REPORT_JSON, empty);
	ck_assert_str_eq(text, json);
	free(text);
	free(json);
	str_free(&lines);
}
END_TEST

/* Who reads the report is told, and a mark before the lines is none of them. */
START_TEST(bad_lines_are_in_the_report)
{
	char *json = one_finding(), *text;
	struct str lines = {0};

	str_add(&lines, "\xef\xbb\xbf");
	str_add(&lines, json);
	text = recalled_text(lines.s, REPORT_TEXT, true);
	ck_assert_ptr_null(strstr(text, "could not be used"));
	free(text);
	str_add(&lines, "{}\n7\n\xef\xbb\xbf{}\n");
	for (unsigned i = REPORT_TEXT; i <= REPORT_HTML; i++) {
		text = recalled_text(lines.s, (enum report_format)i, false);
		ck_assert_int_eq(
			i != REPORT_JSON,
			strstr(text, "3 of its lines could not be used") !=
				NULL);
		free(text);
	}
	free(json);
	str_free(&lines);
}
END_TEST

static const struct {
	const char *begin;
	size_t size;
	const char *what; /* NULL: JSON Lines, as far as can be told */
} foreign[] = {
	{"\xd4\xc3\xb2\xa1\2", 5, "is a capture"},
	{"\xa1\xb2\x3c\x4d\0", 5, "is a capture"},
	{"\n\r\r\n", 4, "read --format json -o"},
	{"\xff\xfe{\0", 4, "UTF-16"},
	{"\x1f\x8b\10", 3, "gzip -d"},
	{"\x28\xb5\x2f\xfd", 4, "zstd -d"},
	{"\n\n<html", 7, "page or XML"},
	{"[\n", 2, "jq -c '.[]'"},
	{"{\n", 2, "jq -c ."},
	{"{ \r\n", 4, "jq -c ."},
	{"{ \"a\"", 5, NULL},
	{"{\"event_type\"", 13, NULL},
	{"nonsense\n", 9, NULL},
	{"\n\r\r", 3, NULL},
	{"{", 1, NULL},
	{"", 0, NULL},
};

START_TEST(what_is_no_lines_is_told)
{
	const char *what = recall_foreign(foreign[_i].begin, foreign[_i].size);

	if (!foreign[_i].what)
		ck_assert_ptr_null(what);
	else
		has(what, foreign[_i].what);
}
END_TEST

START_TEST(a_cut_end_is_no_damage)
{
	char *json = one_finding(), *text;

	for (size_t size = strlen(json); size-- > 0;) {
		if (size % 7)
			continue;
		json[size] = '\0';
		text = recalled_text(json, REPORT_TEXT, true);
		has(text, "Cannot judge: there is no summary line");
		free(text);
	}
	free(json);
}
END_TEST

START_TEST(a_line_has_a_bound)
{
	const size_t size = 9u << 20;
	char *json = one_finding(), *text;
	char *lines = malloc(size + strlen(json) + 2);

	ck_assert_ptr_nonnull(lines);
	memset(lines, 'x', size);
	lines[size] = '\n';
	strcpy(lines + size + 1, json);
	text = recalled_text(lines, REPORT_JSON, false);
	ck_assert_str_eq(text, json);
	free(text);
	free(lines);
	free(json);
}
END_TEST

/* Of a kind, a type or a size that this version knows nothing of. */
START_TEST(what_is_not_known_is_passed_over)
{
	static const char odd[] =
		"{\"event_type\":\"weather\",\"rain\":true}\n"
		"{\"event_type\":\"tap\",\"tap\":\"t\",\"circuit\":7,\"side\":"
		"[],\"drops\":-5,\"bytes\":1e300,\"syns\":18446744073709551616,"
		"\"tcp_packets\":\"many\",\"undecoded\":{\"arp\":1.5},"
		"\"first\":1,\"clock_offset_ns\":99999999999999999999}\n"
		"{ \"event_type\" : \"finding\" , \"rule\":\"unanswered\","
		"\"severity\":\"info\",\"timestamp\":"
		"\"2026-11-22T19:01:18Z\",\"src_ip\":\"::1\",\"dest_ip\":"
		"\"10.0.0.1\",\"src_port\":99999999,\"isn\":-1,\"syn\":"
		"{\"circuits\":[1,null,\"c\"],\"count\":1e19,\"sightings\":"
		"[5,{},{\"tap\":\"t\",\"src_mac\":\"zz:00:00:00:00:00\"},{},{},"
		"{},{},{}]},\"syn_ack\":[],\"tuples\":[1,2,3,4,5,6],"
		"\"icmp\":[{},{},{\"from\":\"::\"}],\"dropped_at\":\"c\"}\n"
		"{\"event_type\":\"summary\",\"connections\":[],\"inputs\":"
		"[{},5,{\"file\":\"f\",\"state\":\"gone\"}]}\n";
	char *text;

	for (unsigned i = REPORT_TEXT; i <= REPORT_HTML; i++) {
		text = recalled_text(odd, (enum report_format)i, true);
		ck_assert_uint_gt(strlen(text), 300);
		if (i == REPORT_JSON)
			has(text, "\"syns\":18446744073709551615,");
		free(text);
	}
}
END_TEST

/* A hundred names where there may be 64. */
START_TEST(names_are_bounded)
{
	struct str lines = {0};
	char *text;

	for (unsigned i = 0; i < 100; i++)
		str_addf(&lines,
			 "{\"event_type\":\"finding\",\"rule\":\"tap-loss\","
			 "\"severity\":\"info\",\"timestamp\":"
			 "\"2026-11-22T19:01:18Z\",\"tap\":\"t%u\"}\n",
			 i);
	text = recalled_text(lines.s, REPORT_TEXT, false);
	has(text, "100 info in ");
	free(text);
	str_free(&lines);
}
END_TEST

/* What is added up of counts that are as large as can be does not wrap. */
START_TEST(large_counts_stay_large)
{
#define MOST "18446744073709551615"
	static const char lines[] =
		"{\"event_type\":\"tap\",\"tap\":\"t\",\"circuit\":\"c\","
		"\"to_remote\":" MOST ",\"from_remote\":5,\"undecoded\":"
		"{\"arp\":" MOST ",\"bad-tcp\":5}}\n"
		"{\"event_type\":\"summary\",\"connections\":{"
		"\"symmetric\":" MOST
		",\"refused\":7},\"findings_omitted\":{\"info\":" MOST
		",\"warning\":9},\"judged\":true}\n"
		"{\"event_type\":\"finding\",\"rule\":\"tap-loss\","
		"\"severity\":\"info\",\"timestamp\":"
		"\"2026-11-22T19:01:18Z\",\"tap\":\"t\"}\n"
		"{\"event_type\":\"service\",\"service\":\"s\",\"connections\":"
		"1}"
		"\n"
		"{\"event_type\":\"service\",\"service\":null,\"direction\":"
		"\"outbound\",\"connections\":" MOST ",\"servers_more\":" MOST
		"}\n"
		"{\"event_type\":\"service\",\"service\":null,\"direction\":"
		"\"outbound\",\"connections\":3,\"servers_more\":3}\n";
	char *text = recalled_text(lines, REPORT_JSON, true);

	has(text, "\"total\":" MOST ",");
	has(text, "\"findings\":{\"critical\":0,\"warning\":9,\"info\":" MOST);
	has(text, "\"servers_more\":" MOST);
	free(text);
	text = recalled_text(lines, REPORT_TEXT, true);
	has(text, "99/1 %");
	has(text, " " MOST "\n");
	free(text);
#undef MOST
}
END_TEST

/* The table grows under the numbers that were given, up to its bound. */
START_TEST(interned_strings_keep_their_numbers)
{
	enum { STRINGS = 5000 };
	struct intern in;
	char text[16];

	intern_init(&in, STRINGS);
	ck_assert_int_eq(intern_find(&in, "0"), -1);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < STRINGS; i++) {
			snprintf(text, sizeof(text), "%d", i);
			ck_assert_int_eq(intern_get(&in, text), i);
			ck_assert_int_eq(intern_find(&in, "0"), 0);
		}
	}
	ck_assert_int_eq(intern_get(&in, "one more"), -1);
	ck_assert_int_eq(intern_find(&in, "one more"), -1);
	ck_assert_uint_eq(in.count, STRINGS);
	ck_assert_str_eq(in.text[STRINGS - 1], text);
	intern_free(&in);
}
END_TEST

#endif /* REPORT_RECALL_TESTS_H */
