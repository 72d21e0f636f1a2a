/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * azure: what Azure's tools print, in all their shapes
 */
#include <asymcap/azure.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "pcaps/azure/"

static struct plan_azure load(const char *name, enum plan_azure_kind kind)
{
	struct str path = {0}, errors = {0};
	struct plan_azure a;

	str_addf(&path, FOLDER "%s", name);
	ck_assert_msg(azure_load(&a, path.s, kind, &errors), "%s", errors.s);
	ck_assert_uint_eq(errors.len, 0);
	ck_assert_int_eq(a.kind, kind);
	ck_assert_str_eq(a.path, path.s);
	str_free(&path);
	return a;
}

static void is_prefix(const struct prefix *p, const char *text)
{
	char got[PREFIX_TEXT];

	ck_assert_str_eq(prefix_format(p, got), text);
}

static void is_addr(const struct addr *a, const char *text)
{
	char got[ADDR_TEXT];

	ck_assert_str_eq(addr_format(a, got), text);
}

/* ------------------------------------------------------------------- routes */

static const struct {
	const char *file;
	const char *network[2];
	const char *hop[2];
	uint32_t line[2], column[2];
	size_t path[2];
	uint32_t as[2];
} tables[] = {
	{"routes-az.json",
	 {"198.51.100.0/24", "40.96.0.0/13"},
	 {"203.0.113.1", "203.0.113.2"},
	 {2, 4},
	 {30, 30},
	 {1, 1},
	 {64600, 12076}},
	{"routes-az-value.json",
	 {"198.51.100.0/24", "2001:db8:100::/48"},
	 {"203.0.113.5", "2001:db8::5"},
	 {2, 3},
	 {30, 30},
	 {2, 1},
	 {64600, 64600}},
	{"routes-list.txt",
	 {"198.51.100.0/24", "198.51.100.0/24"},
	 {"203.0.113.1", "203.0.113.1"},
	 {2, 8},
	 {11, 11},
	 {1, 2},
	 {64600, 64600}},
	{"routes-table.txt",
	 {"198.51.100.0/24", "40.96.0.0/13"},
	 {"203.0.113.1", "203.0.113.2"},
	 {4, 5},
	 {6, 9},
	 {2, 1},
	 {64600, 12076}},
};

START_TEST(route_tables)
{
	struct plan_azure a = load(tables[_i].file, PLAN_ROUTES);

	ck_assert_uint_eq(a.routes, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct plan_route *r = &a.route[i];

		is_prefix(&r->prefix, tables[_i].network[i]);
		ck_assert(r->has_next_hop);
		is_addr(&r->next_hop, tables[_i].hop[i]);
		ck_assert_uint_eq(r->as_count, tables[_i].path[i]);
		ck_assert_uint_eq(r->as[0], tables[_i].as[i]);
		ck_assert_uint_eq(r->mark.line, tables[_i].line[i]);
		ck_assert_uint_eq(r->mark.column, tables[_i].column[i]);
	}
	plan_azure_free(&a);
}
END_TEST

/* ------------------------------------------------- neighbours, ARP entries */

START_TEST(summaries)
{
	static const char *const files[] = {"summary-table.txt",
					    "summary-az.json"};

	for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
		struct plan_azure a = load(files[i], PLAN_SUMMARY);

		ck_assert_uint_eq(a.neighbours, 2);
		is_addr(&a.neighbour[0].addr, "203.0.113.1");
		ck_assert_uint_eq(a.neighbour[0].as, 64600);
		ck_assert(a.neighbour[0].up);
		ck_assert_uint_eq(a.neighbour[0].prefixes, i ? 2 : 50);
		is_addr(&a.neighbour[1].addr, "203.0.113.5");
		ck_assert(!a.neighbour[1].up);
		plan_azure_free(&a);
	}
}
END_TEST

START_TEST(arp_tables)
{
	static const uint8_t mac[6] = {0, 0x53, 0, 0, 0, 2};
	static const char *const files[] = {"arp-az.json", "arp-table.txt"};

	for (unsigned i = 0; i < ARRAY_SIZE(files); i++) {
		struct plan_azure a = load(files[i], PLAN_ARP);

		ck_assert_uint_eq(a.arps, 2);
		ck_assert(a.arp[0].on_prem && !a.arp[1].on_prem);
		ck_assert(a.arp[0].resolved == (i == 0));
		ck_assert(a.arp[1].resolved);
		ck_assert_mem_eq(a.arp[1].mac, mac, 6);
		is_addr(&a.arp[1].addr, "203.0.113.2");
		ck_assert_uint_eq(a.arp[1].mark.line, i ? 4 : 5);
		plan_azure_free(&a);
	}
}
END_TEST

/* ------------------------------------------------------ peerings, circuits */

static void is_peering(const struct plan_peering *p)
{
	ck_assert(p->microsoft);
	ck_assert_uint_eq(p->azure_as, 12076);
	ck_assert_uint_eq(p->peer_as, 64600);
	ck_assert_int_eq(p->vlan, 300);
	ck_assert(p->has_link[PLAN_LINK_PRIMARY][0]);
	is_prefix(&p->link[PLAN_LINK_PRIMARY][0], "203.0.113.0/30");
	is_prefix(&p->link[PLAN_LINK_SECONDARY][0], "203.0.113.4/30");
}

START_TEST(peerings)
{
	struct plan_azure a = load("peering-az.json", PLAN_PEERING);
	const struct plan_peering *p = a.peering;

	ck_assert_uint_eq(a.peerings, 1);
	is_peering(p);
	ck_assert(p->has_enabled && p->enabled);
	ck_assert(p->has_link[PLAN_LINK_SECONDARY][1]);
	is_prefix(&p->link[PLAN_LINK_SECONDARY][1], "2001:db8::4/126");
	ck_assert_uint_eq(p->advertised.count, 3);
	is_prefix(&p->advertised.item[1].prefix, "203.0.113.0/29");
	ck_assert_uint_eq(p->advertised.item[1].mark.line, 4);
	ck_assert_int_eq(p->accepted, PLAN_VALIDATION_NEEDED);
	ck_assert_uint_eq(p->accepted_mark.line, 5);
	plan_azure_free(&a);

	a = load("peering-list.txt", PLAN_PEERING);
	ck_assert_uint_eq(a.peerings, 1);
	is_peering(a.peering);
	ck_assert(!a.peering->has_enabled);
	ck_assert_int_eq(a.peering->accepted, PLAN_ACCEPTED_UNKNOWN);
	plan_azure_free(&a);
}
END_TEST

START_TEST(circuits)
{
	struct plan_azure a = load("circuit-az.json", PLAN_CIRCUIT);

	ck_assert_int_eq(a.stag, 29);
	ck_assert_uint_eq(a.bandwidth, 1000000000);
	ck_assert(a.has_tier && a.premium);
	ck_assert_uint_eq(a.peerings, 1);
	is_peering(a.peering);
	ck_assert_int_eq(a.peering->accepted, PLAN_CONFIGURED);
	plan_azure_free(&a);
}
END_TEST

/* ------------------------------------------------------------------- shapes */

#define ROW "{\"network\":\"10.0.0.0/8\",\"path\":\"1\"}"

/* What a terminal puts around JSON: one route each. */
static const char *const shapes[] = {
	"[" ROW "]",
	"{\"value\":[" ROW "]}",
	"[- Finished ..\n" ROW "]",
	"[- Running ....[" ROW "]",
	"{- Finished ..\n  \"value\": [" ROW "]}",
	"{- Finished ..{\"value\":[" ROW "]}",
	"WARNING: this command is in preview\n\n[" ROW "]\n",
	"\xef\xbb\xbf[" ROW "]",
	"[{\"Network\":\"10.0.0.0/8\",\"NextHop\":null,\"Path\":\"1\"}]",
	"[{\"properties\":" ROW "}]",
	ROW,
	"Network NextHop LocPrf Weight Path\n"
	"------- ------- ------ ------ ----\n"
	"10.0.0.0/8 10.1.1.1 0 1\r\n",
};

START_TEST(shapes_of_a_route)
{
	struct str errors = {0};
	struct plan_azure a;

	ck_assert_msg(azure_parse(&a, "x", shapes[_i], strlen(shapes[_i]),
				  PLAN_ROUTES, &errors),
		      "%s", errors.s);
	ck_assert_uint_eq(a.routes, 1);
	is_prefix(&a.route[0].prefix, "10.0.0.0/8");
	ck_assert_uint_eq(a.route[0].as_count, 1);
	ck_assert_uint_eq(a.route[0].as[0], 1);
	plan_azure_free(&a);
}
END_TEST

START_TEST(empty_tables)
{
	static const char *const texts[] = {
		"[]", "{\"value\":[]}", "Network NextHop LocPrf Weight Path\n"};
	struct str errors = {0};
	struct plan_azure a;

	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		ck_assert(azure_parse(&a, "x", texts[i], strlen(texts[i]),
				      PLAN_ROUTES, &errors));
		ck_assert_int_eq(a.kind, PLAN_ROUTES);
		ck_assert_uint_eq(a.routes, 0);
		plan_azure_free(&a);
	}
}
END_TEST

static const struct {
	enum plan_azure_kind kind;
	const char *text;
	const char *errors;
} wrong[] = {
	{PLAN_ROUTES, " \n", "x:1:1: the file is empty\n"},
	{PLAN_ROUTES, "hello\nworld\n",
	 "x:1:1: no output of Azure's that is known: neither JSON, nor a table "
	 "or list of routes, neighbours, ARP entries or a peering\n"},
	{PLAN_ROUTES, "[" ROW ",\n 7]",
	 "x:2:2: [1]: here should be an object, not a number\n"},
	{PLAN_ROUTES, "[" ROW "\n" ROW "]",
	 "x:2:1: here should be a comma or ']'\n"},
	{PLAN_ROUTES, "{\"value\":[{\"network\":\"10.0.0.1/8\"}]}",
	 "x:1:22: value[0].network: '10.0.0.1/8' has host bits set\n"},
	{PLAN_ROUTES,
	 "[{\"network\":\"10.0.0.0/8\",\"nextHop\":\"x\",\"path\":\"1 y\"}]",
	 "x:1:36: [0].nextHop: 'x' is no address\n"
	 "x:1:47: [0].path: '1 y' is no AS path\n"},
	{PLAN_ROUTES, "Network : 10.0.0.0/33\nPath : 1\n",
	 "x:1:11: network: '10.0.0.0/33' has a prefix length that is too "
	 "long\n"},
	{PLAN_ARP, "[" ROW "]",
	 "x:1:2: this is a route table; here should be an ARP table\n"},
	{PLAN_CIRCUIT, "{\"peeringType\":\"MicrosoftPeering\"}",
	 "x:1:1: this is a peering; here should be a circuit\n"},
	{PLAN_PEERING, "{\"stag\":1}",
	 "x:1:1: this is a circuit; here should be a peering\n"},
	{PLAN_ROUTES, "{\"error\":\"no\"}",
	 "x:1:1: no output of Azure's that is known: neither network, "
	 "neighbor, macAddress nor peeringType is a key here\n"},
	{PLAN_SUMMARY, "Neighbor V AS UpDown StatePfxRcd\n10.0.0.1 4 1\n",
	 "x:2:1: 3 words for 5 columns in this row\n"},
	{PLAN_SUMMARY, "[{\"neighbor\":\"10.0.0.1\"}]",
	 "x:1:2: [0].statePfxRcd is missing\n"},
	{PLAN_ARP,
	 "Age Interface IpAddress MacAddress\n0 Here 10.0.0.1 00:11:22\n",
	 "x:2:3: interface: here should be On-Prem or Microsoft\n"
	 "x:2:17: macAddress: '00:11:22' is no MAC address\n"},
	{PLAN_PEERING, "{\"peeringType\":\"x\",\"vlanId\":4096}",
	 "x:1:29: vlanId: '4096' is no number up to 4095\n"},
	{PLAN_PEERING,
	 "{\"peeringType\":\"x\",\"microsoftPeeringConfig\":"
	 "{\"advertisedPublicPrefixes\":[1,\n\"y\"]}}",
	 "x:1:74: advertisedPublicPrefixes: '1' is no prefix in quotes\n"
	 "x:2:1: advertisedPublicPrefixes: 'y' is no address\n"},
};

START_TEST(wrong_documents)
{
	struct str errors = {0};
	struct plan_azure a;

	ck_assert(!azure_parse(&a, "x", wrong[_i].text, strlen(wrong[_i].text),
			       wrong[_i].kind, &errors));
	ck_assert_str_eq(errors.s, wrong[_i].errors);
	str_free(&errors);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("azure");
	TCase *read = tcase_create("read");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(read, route_tables, 0, ARRAY_SIZE(tables));
	tcase_add_test(read, summaries);
	tcase_add_test(read, arp_tables);
	tcase_add_test(read, peerings);
	tcase_add_test(read, circuits);
	tcase_add_loop_test(read, shapes_of_a_route, 0, ARRAY_SIZE(shapes));
	tcase_add_test(read, empty_tables);
	tcase_add_loop_test(read, wrong_documents, 0, ARRAY_SIZE(wrong));
	suite_add_tcase(suite, read);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
