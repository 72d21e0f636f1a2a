/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * document: text of other tools, and JSON with places
 */
#include <asymcap/document.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT(text_) (text_), sizeof(text_) - 1

/* ------------------------------------------------------------------ texts */

static const struct {
	const char *bytes;
	size_t size;
	const char *text; /* NULL: refused */
} encodings[] = {
	{TEXT(""), ""},
	{TEXT("abc"), "abc"},
	{TEXT("\xef\xbb\xbf"
	      "abc"),
	 "abc"},
	{TEXT("\xff\xfe"
	      "a\0\xe9\0\xac\x20"),
	 "a\xc3\xa9\xe2\x82\xac"},
	{TEXT("\xfe\xff"
	      "\0a\0\xe9"),
	 "a\xc3\xa9"},
	{TEXT("\xff\xfe"
	      "\x3d\xd8\x00\xde"),
	 "\xf0\x9f\x98\x80"},
	{TEXT("\xff\xfe\x3d\xd8"), NULL},	  /* half a pair */
	{TEXT("\xff\xfe\x3d\xd8\x41\x00"), NULL}, /* half a pair */
	{TEXT("\xff\xfe\x00\xde"), NULL},	  /* the other half */
	{TEXT("\xff\xfe\x41"), NULL},		  /* half a unit */
	{TEXT("\xff\xfe\x41\0\0\0"), NULL},	  /* a NUL */
	{TEXT("a\0b"), NULL},
};

START_TEST(encodings_of_texts)
{
	struct str errors = {0};
	struct document d;
	bool good = document_of(&d, "x", encodings[_i].bytes,
				encodings[_i].size, &errors);

	ck_assert(good == (encodings[_i].text != NULL));
	if (good) {
		ck_assert_str_eq(d.text, encodings[_i].text);
		ck_assert_uint_eq(d.size, strlen(d.text));
	} else {
		ck_assert_str_eq(errors.s, "x: is no text\n");
	}
	document_free(&d);
	str_free(&errors);
}
END_TEST

START_TEST(files_that_are_refused)
{
	char path[] = "/tmp/asymcap-document-XXXXXX";
	int fd = mkstemp(path);
	struct str errors = {0};
	struct document d;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "[1]", 3), 3);
	ck_assert(document_load(&d, path, &errors));
	ck_assert_str_eq(d.text, "[1]");
	ck_assert_int_gt(d.modified.ns, 0);
	document_free(&d);
	ck_assert_int_eq(ftruncate(fd, DOCUMENT_MAX_BYTES + 1), 0);
	ck_assert(!document_load(&d, path, &errors));
	ck_assert_ptr_nonnull(strstr(errors.s, ": is over 16 MiB\n"));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!document_load(&d, path, &errors));
	ck_assert_ptr_nonnull(strstr(errors.s, ": No such file"));
	ck_assert(!document_load(&d, "/dev/zero", &errors));
	ck_assert_ptr_nonnull(strstr(errors.s, "zero: is no regular file\n"));
	ck_assert(!document_load(&d, "/tmp", &errors));
	close(fd);
	str_free(&errors);
}
END_TEST

/* ------------------------------------------------------------------- JSON */

/* The canonical form of a tree, so that a whole one can be compared. */
static void print(struct str *s, const struct json *v)
{
	if (v->key)
		str_addf(s, "%s=", v->key);
	if (v->type == JSON_ARRAY || v->type == JSON_OBJECT) {
		str_addc(s, v->type == JSON_ARRAY ? '[' : '{');
		for (const struct json *c = v->child; c; c = c->next) {
			print(s, c);
			str_addc(s, ';');
		}
		str_addc(s, v->type == JSON_ARRAY ? ']' : '}');
	} else if (v->text) {
		str_addf(s, "%s%s", v->type == JSON_STRING ? "'" : "", v->text);
	} else {
		str_add(s, json_type_name(v));
	}
}

static const struct {
	const char *text;
	const char *tree;
} right[] = {
	{"null", "null"},
	{" true ", "true"},
	{"-0.5e+3", "-0.5e+3"},
	{"\"\"", "'"},
	{"[]", "[]"},
	{"{}", "{}"},
	{"[1,2, 3 ,\n4]", "[1;2;3;4;]"},
	{"[0]", "[0;]"},
	{"{\"a\":1,\"b\":{\"c\":[true,false]},\"a\":2}",
	 "{a=1;b={c=[true;false;];};a=2;}"},
	{"{\"a\" :\t\"b\"\r\n}", "{a='b;}"},
	{"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "['\"\\/\b\f\n\r\t;]"},
	{"[\"\\u00e9\\u20AC\\ud83d\\ude00\"]",
	 "['\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80;]"},
	{"[[[[1]],2],3]", "[[[[1;];];2;];3;]"},
};

START_TEST(right_texts)
{
	const char *text = right[_i].text;
	struct str errors = {0}, s = {0};
	struct json_tree *tree;
	struct document d;

	ck_assert(document_of(&d, "x", text, strlen(text), &errors));
	tree = json_parse(&d, 0, &errors);
	ck_assert_msg(tree != NULL, "%s: %s", text, errors.s);
	print(&s, json_root(tree));
	ck_assert_str_eq(s.s, right[_i].tree);
	json_free(tree);
	document_free(&d);
	str_free(&errors);
	str_free(&s);
}
END_TEST

static const struct {
	const char *text;
	const char *error;
} wrong[] = {
	{"", "x:1:1: the file ends here: here should be a value\n"},
	{"[1,\n  2", "x:2:4: the file ends here: here should be a comma or "
		     "']'\n"},
	{"[1 2]", "x:1:4: here should be a comma or ']'\n"},
	{"[1,]", "x:1:4: here should be a value\n"},
	{"{\"a\":1,}", "x:1:8: here should be a key in quotes\n"},
	{"{a:1}", "x:1:2: here should be a key in quotes\n"},
	{"{\"a\" 1}", "x:1:6: here should be a colon\n"},
	{"{\"a\":1]", "x:1:7: here should be a comma or '}'\n"},
	{"[01]", "x:1:2: no number of JSON\n"},
	{"[1.]", "x:1:2: no number of JSON\n"},
	{"[-]", "x:1:2: no number of JSON\n"},
	{"[1x]", "x:1:2: no number of JSON\n"},
	{"[tru]", "x:1:2: here should be a value\n"},
	{"['a']", "x:1:2: here should be a value\n"},
	{"[\"a", "x:1:4: the file ends here: the string has no end\n"},
	{"[\"a\nb\"]", "x:1:4: a control character or line break in a "
		       "string\n"},
	{"[\"\\x\"]", "x:1:4: no escape of JSON\n"},
	{"[\"\\u12g4\"]", "x:1:5: \\u wants four hexadecimal digits\n"},
	{"[\"\\ud800\"]", "x:1:9: half of a surrogate pair\n"},
	{"[\"\\udc00\"]", "x:1:9: half of a surrogate pair\n"},
	{"[\"\\u0000\"]", "x:1:9: a NUL in a string is refused\n"},
	{"1 2", "x:1:3: something follows the end\n"},
	{"[\"\xc3\xa9\", x]", "x:1:7: here should be a value\n"},
};

START_TEST(wrong_texts)
{
	const char *text = wrong[_i].text;
	struct str errors = {0};
	struct document d;

	ck_assert(document_of(&d, "x", text, strlen(text), &errors));
	ck_assert_ptr_null(json_parse(&d, 0, &errors));
	ck_assert_str_eq(errors.s, wrong[_i].error);
	document_free(&d);
	str_free(&errors);
}
END_TEST

START_TEST(bounds_of_a_tree)
{
	char deep[2 * JSON_MAX_NESTING + 2];
	struct str errors = {0}, many = {0};
	struct json_tree *tree;
	struct document d;

	memset(deep, '[', JSON_MAX_NESTING);
	memset(deep + JSON_MAX_NESTING, ']', JSON_MAX_NESTING);
	ck_assert(document_of(&d, "x", deep, 2 * JSON_MAX_NESTING, &errors));
	tree = json_parse(&d, 0, &errors);
	ck_assert_ptr_nonnull(tree);
	json_free(tree);
	document_free(&d);

	memset(deep, '[', sizeof(deep));
	ck_assert(document_of(&d, "x", deep, sizeof(deep), &errors));
	ck_assert_ptr_null(json_parse(&d, 0, &errors));
	ck_assert_str_eq(errors.s, "x:1:33: nested over 32 deep\n");
	document_free(&d);
	str_clear(&errors);

	for (unsigned i = 0; i < JSON_MAX_VALUES; i++)
		str_add(&many, i ? ",1" : "[1");
	ck_assert(document_of(&d, "x", many.s, many.len, &errors));
	ck_assert_ptr_null(json_parse(&d, 0, &errors));
	ck_assert_ptr_nonnull(strstr(errors.s, "more than a million values"));
	document_free(&d);
	str_free(&errors);
	str_free(&many);
}
END_TEST

START_TEST(places_and_values)
{
	static const char text[] = "skip\n{\n  \"n\": 4294967295,\n"
				   "  \"\xc3\xa9\": [\"s\", -1, 1.5, "
				   "99999999999999999999]\n}\n";
	struct str errors = {0};
	const struct json *v;
	struct json_tree *tree;
	struct document d;
	uint64_t n;

	ck_assert(document_of(&d, "x", text, strlen(text), &errors));
	tree = json_parse(&d, 5, &errors);
	ck_assert_msg(tree != NULL, "%s", errors.s);
	v = json_get(json_root(tree), "n");
	ck_assert_uint_eq(v->mark.line, 3);
	ck_assert_uint_eq(v->mark.column, 8);
	ck_assert(json_unsigned(v, UINT32_MAX, &n) && n == UINT32_MAX);
	ck_assert(!json_unsigned(v, 7, &n));
	ck_assert_ptr_null(json_string(v));
	ck_assert_ptr_null(json_get(v, "n"));
	ck_assert_ptr_null(json_get(json_root(tree), "none"));
	v = json_get(json_root(tree), "\xc3\xa9");
	ck_assert_uint_eq(v->count, 4);
	v = v->child;
	ck_assert_str_eq(json_string(v), "s");
	ck_assert_uint_eq(v->mark.line, 4);
	ck_assert_uint_eq(v->mark.column, 9);
	for (v = v->next; v; v = v->next)
		ck_assert(!json_unsigned(v, UINT64_MAX, &n));
	ck_assert_str_eq(json_type_name(NULL), "nothing");
	json_free(tree);
	document_free(&d);
	str_free(&errors);
}
END_TEST

START_TEST(many_errors)
{
	struct str errors = {0};
	struct document d;
	unsigned lines = 0;

	ck_assert(document_of(&d, "x", "", 0, &errors));
	for (unsigned i = 0; i < 100; i++)
		document_error(&d, &errors, (struct document_mark){1, 1},
			       "a\033%s", "b");
	for (const char *p = errors.s; *p; p++)
		lines += *p == '\n';
	ck_assert_uint_eq(lines, DOCUMENT_MAX_ERRORS + 1);
	ck_assert_uint_eq(d.errors, 100);
	ck_assert_ptr_nonnull(strstr(errors.s, "x:1:1: a?b\n"));
	ck_assert_ptr_nonnull(strstr(errors.s, "x: further errors are not"));
	document_free(&d);
	str_free(&errors);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("document");
	TCase *texts = tcase_create("texts"), *json = tcase_create("JSON");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(texts, encodings_of_texts, 0,
			    ARRAY_SIZE(encodings));
	tcase_add_test(texts, files_that_are_refused);
	tcase_add_test(texts, many_errors);
	tcase_add_loop_test(json, right_texts, 0, ARRAY_SIZE(right));
	tcase_add_loop_test(json, wrong_texts, 0, ARRAY_SIZE(wrong));
	tcase_add_test(json, bounds_of_a_tree);
	tcase_add_test(json, places_and_values);
	suite_add_tcase(suite, texts);
	suite_add_tcase(suite, json);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
