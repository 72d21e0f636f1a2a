/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * endpoints: the provider's lists of its addresses
 */
#include <asymcap/endpoints.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SET(id_, more_)                                                        \
	"{\"id\":" #id_ ",\"serviceArea\":\"A" #id_ "\"," more_ "}"

static const char sets[] = "[" SET(
	1,
	"\"ips\":[\"40.96.0.0/13\",\"2603:1006::/40\"],\"tcpPorts\":"
	"\"80,443\",\"expressRoute\":true,\"category\":\"Optimize\","
	"\"required\":true") "," SET(2,
				     "\"ips\":[\"40.96.0.0/13\"],"
				     "\"tcpPorts\":\"143, 587, "
				     "993-995\",\"category\":"
				     "\"Allow\"") "," SET(3,
							  "\"ips\":["
							  "\"40.96.5.0/"
							  "24\",\"40.96."
							  "5.0/24\"],"
							  "\"tcpPorts\":"
							  "\"25\"") "," SET(4,
									    "\""
									    "ip"
									    "s"
									    "\""
									    ":["
									    "\""
									    "40"
									    ".9"
									    "6."
									    "5."
									    "0/"
									    "24"
									    "\""
									    "],"
									    "\""
									    "ud"
									    "pP"
									    "or"
									    "ts"
									    "\""
									    ":"
									    "\""
									    "34"
									    "78"
									    "\"") "," SET(5,
											  "\"urls\":[\"x\"],\"tcpPorts\":\"443\",\"new\":{}") "]";

static struct addr addr_of(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a), "%s is no address", text);
	return a;
}

static struct endpoints *parse(const char *text)
{
	struct str errors = {0};
	struct endpoints *e = endpoints_parse("x", text, strlen(text), &errors);

	ck_assert_msg(e != NULL, "%s", errors.s);
	ck_assert_uint_eq(errors.len, 0);
	str_free(&errors);
	return e;
}

static const struct {
	const char *address;
	uint16_t port;
	uint32_t id; /* 0: none */
} servers[] = {
	{"40.96.0.1", 443, 1},
	{"40.96.0.1", 80, 1},
	{"40.96.0.1", 587, 2},
	{"40.96.0.1", 994, 2},
	{"40.96.0.1", 996, 0},
	{"40.96.0.1", 25, 0},
	{"40.96.0.1", ENDPOINTS_ANY_PORT, 1},
	{"40.96.5.9", 25, 3},
	{"40.96.5.9", 443, 1}, /* the shorter prefix has the port */
	{"40.96.5.9", 3478, 0},
	{"40.96.5.9", ENDPOINTS_ANY_PORT, 3},
	{"40.104.0.0", 443, 0},
	{"2603:1006::9", 443, 1},
	{"2603:1007::9", 443, 0},
};

START_TEST(sets_of_servers)
{
	struct endpoints *e = parse(sets);
	struct addr a = addr_of(servers[_i].address);
	const struct endpoint_set *s = endpoints_find(e, &a, servers[_i].port);

	ck_assert_msg((s ? s->id : 0) == servers[_i].id, "%s port %u is in %u",
		      servers[_i].address, servers[_i].port, s ? s->id : 0);
	endpoints_free(e);
}
END_TEST

static const struct {
	const char *prefix;
	enum endpoint_offer offer;
} offers[] = {
	{"40.96.0.0/13", ENDPOINT_EXPRESS_ROUTE}, /* by set 1, not 2 */
	{"40.96.5.0/24", ENDPOINT_EXPRESS_ROUTE}, /* by what covers it */
	{"40.96.0.0/14", ENDPOINT_EXPRESS_ROUTE},
	{"40.96.0.0/12", ENDPOINT_NOT_LISTED}, /* a part of it is */
	{"40.104.0.0/24", ENDPOINT_NOT_LISTED},
	{"40.92.0.0/15", ENDPOINT_INTERNET_ONLY},
	{"40.92.0.0/16", ENDPOINT_INTERNET_ONLY},
	{"40.92.1.0/24", ENDPOINT_EXPRESS_ROUTE},
	{"2603:1006::/48", ENDPOINT_EXPRESS_ROUTE},
};

START_TEST(offers_of_prefixes)
{
	static const char more[] =
		"\"ips\":[\"40.92.0.0/15\"],\"tcpPorts\":\"25\"";
	struct str text = {0};
	struct endpoints *e;
	struct prefix p;

	str_addn(&text, sets, strlen(sets) - 1);
	str_addf(&text, ",{\"id\":6,\"serviceArea\":\"A6\",%s}", more);
	str_add(&text, ",{\"id\":7,\"serviceArea\":\"A7\",\"ips\":"
		       "[\"40.92.1.0/24\"],\"expressRoute\":true}]");
	e = parse(text.s);
	ck_assert(!prefix_parse(offers[_i].prefix, &p));
	ck_assert_int_eq(endpoints_offer(e, &p), offers[_i].offer);
	endpoints_free(e);
	str_free(&text);
}
END_TEST

START_TEST(what_is_known_of_a_set)
{
	struct endpoints *e = parse(sets);

	ck_assert_uint_eq(e->sets, 5);
	ck_assert_uint_eq(e->prefixes, 3);
	ck_assert_str_eq(e->set[0].area, "A1");
	ck_assert_int_eq(e->set[0].category, ENDPOINT_OPTIMIZE);
	ck_assert(e->set[0].express_route && e->set[0].required);
	ck_assert(!e->set[1].express_route && !e->set[1].required);
	ck_assert_int_eq(e->set[1].category, ENDPOINT_ALLOW);
	ck_assert_uint_eq(e->set[1].ports, 3);
	ck_assert_int_eq(e->set[2].category, ENDPOINT_UNKNOWN);
	ck_assert_uint_eq(e->set[4].prefixes, 0);
	ck_assert_str_eq(endpoint_category_name(ENDPOINT_DEFAULT), "Default");
	endpoints_free(e);
}
END_TEST

static const struct {
	const char *text;
	const char *errors;
} wrong[] = {
	{"{}", "x:1:1: here should be the array of endpoint sets\n"},
	{"{\"values\":[]}", "x:1:1: these are Service Tags: name the file "
			    "with service-tags\n"},
	{"[", "x:1:2: the file ends here: here should be a value\n"},
	{"[]", "x:1:1: no endpoint set has a prefix\n"},
	{"[" SET(1, "\"ips\":[]") "]", "x:1:1: no endpoint set has a prefix\n"},
	{"[7]", "x:1:2: sets[0]: here should be an object, not a number\n"},
	{"[{}]", "x:1:2: sets[0].id: here should be a number, not nothing\n"
		 "x:1:2: sets[0].serviceArea: here should be a string, not "
		 "nothing\n"},
	{"[" SET(1, "\n\"ips\":[\"40.96.0.0/13\",\n \"40.96.0.1/13\",7]") "]",
	 "x:3:2: sets[0].ips[1]: '40.96.0.1/13' has host bits set\n"
	 "x:3:17: sets[0].ips[2]: here should be a prefix in quotes, not a "
	 "number\n"},
	{"[" SET(1, "\"ips\":\"40.96.0.0/13\"") "]",
	 "x:1:35: sets[0].ips: here should be an array of prefixes, not a "
	 "string\n"},
	{"[" SET(1, "\"tcpPorts\":\"80;443\"") "]",
	 "x:1:40: sets[0].tcpPorts: '80;443' is no list of ports such as "
	 "'80,443'\n"},
	{"[" SET(1, "\"tcpPorts\":\"443-80\"") "]",
	 "x:1:40: sets[0].tcpPorts: '443-80' is no list of ports such as "
	 "'80,443'\n"},
	{"[" SET(1, "\"tcpPorts\":443,\"category\":1,\"required\":1") "]",
	 "x:1:55: sets[0].category: here should be a string, not a number\n"
	 "x:1:68: sets[0].required: here should be true or false, not a "
	 "number\n"
	 "x:1:40: sets[0].tcpPorts: here should be ports in quotes, not a "
	 "number\n"},
};

START_TEST(wrong_lists)
{
	struct str errors = {0};
	const char *text = wrong[_i].text;

	ck_assert_ptr_null(endpoints_parse("x", text, strlen(text), &errors));
	ck_assert_str_eq(errors.s, wrong[_i].errors);
	str_free(&errors);
}
END_TEST

#define TAG(name_, service_, prefixes_)                                        \
	"{\"name\":\"" name_                                                   \
	"\",\"properties\":{\"systemService\":\"" service_                     \
	"\",\"addressPrefixes\":[" prefixes_ "]}}"

static const char tags[] = "{\"changeNumber\":375,\"values\":[" TAG(
	"Azure", "",
	"\"20.0.0.0/8\",\"20.1.0.0/16\",\"20.2.0.0/"
	"16\"") "," TAG("Azure.eastus", "",
			"\"20.1.0.0/16\",\"20.2.0.0/"
			"16\"") "," TAG("Sql", "AzureSQL",
					"\"20.1.0.0/"
					"16\",\"20.1.2."
					"0/24\"") "," TAG("Sql.eastus",
							  "AzureSQL",
							  "\"20.1.2.0/"
							  "24\"") "]}";

static const struct {
	const char *address;
	const char *tag;
} tagged[] = {
	{"20.9.9.9", "Azure"}, {"20.2.9.9", "Azure.eastus"},
	{"20.1.9.9", "Sql"},   {"20.1.2.9", "Sql.eastus"},
	{"21.0.0.1", NULL},
};

START_TEST(tags_of_addresses)
{
	struct addr a = addr_of(tagged[_i].address);
	struct str errors = {0};
	struct service_tags *t =
		service_tags_parse("x", tags, strlen(tags), &errors);
	const char *tag;

	ck_assert_msg(t != NULL, "%s", errors.s);
	ck_assert_uint_eq(t->change, 375);
	tag = service_tags_find(t, &a);
	if (tagged[_i].tag)
		ck_assert_str_eq(tag ? tag : "nothing", tagged[_i].tag);
	else
		ck_assert_ptr_null(tag);
	service_tags_free(t);
}
END_TEST

static const struct {
	const char *text;
	const char *errors;
} wrong_tags[] = {
	{"[]", "x:1:1: these are endpoint sets: name the file with "
	       "remote-endpoints\n"},
	{"{}", "x:1:1: here should be an object with the array 'values'\n"},
	{"{\"values\":[]}", "x:1:11: no tag has a prefix\n"},
	{"{\"values\":[{}]}",
	 "x:1:12: values[0].name: here should be a string, not nothing\n"
	 "x:1:12: values[0].properties: here should be an object, not "
	 "nothing\n"},
	{"{\"values\":[{\"name\":\"a\",\"properties\":{\"addressPrefixes\":"
	 "[\"x\"]}}]}",
	 "x:1:57: values[0].properties.addressPrefixes[0]: 'x' is no "
	 "address\n"},
};

START_TEST(wrong_tag_lists)
{
	const char *text = wrong_tags[_i].text;
	struct str errors = {0};

	ck_assert_ptr_null(
		service_tags_parse("x", text, strlen(text), &errors));
	ck_assert_str_eq(errors.s, wrong_tags[_i].errors);
	str_free(&errors);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endpoints");
	TCase *lists = tcase_create("lists");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(lists, sets_of_servers, 0, ARRAY_SIZE(servers));
	tcase_add_loop_test(lists, offers_of_prefixes, 0, ARRAY_SIZE(offers));
	tcase_add_test(lists, what_is_known_of_a_set);
	tcase_add_loop_test(lists, wrong_lists, 0, ARRAY_SIZE(wrong));
	tcase_add_loop_test(lists, tags_of_addresses, 0, ARRAY_SIZE(tagged));
	tcase_add_loop_test(lists, wrong_tag_lists, 0, ARRAY_SIZE(wrong_tags));
	suite_add_tcase(suite, lists);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
