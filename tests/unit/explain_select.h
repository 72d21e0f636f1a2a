/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Selectors: a table of texts and of what they mean
 */
#ifndef EXPLAIN_SELECT_H
#define EXPLAIN_SELECT_H

#include <asymcap/explain.h>

#include <check.h>
#include <string.h>

static struct tuple tuple_of(const char *client, uint16_t client_port,
			     const char *server, uint16_t server_port)
{
	struct tuple t = {
		.client_port = client_port,
		.server_port = server_port,
	};

	ck_assert(addr_parse(client, &t.client));
	ck_assert(addr_parse(server, &t.server));
	return t;
}

static const struct {
	const char *flow;
	bool v4, v6; /* what it means, see meant() */
} flows[] = {
	{"40.96.0.10:36295-203.0.113.25:25", true, false},
	{"203.0.113.25:25-40.96.0.10:36295", true, false},
	{"40.96.0.10:36295 -> 203.0.113.25:25", true, false},
	{" 40.96.0.10:36295 <-> 203.0.113.25:25 ", true, false},
	{"40.96.0.10:36295,203.0.113.25:25", true, false},
	{"40.96.0.10:36295\t203.0.113.25:25", true, false},
	{"40.96.0.10:36295 → 203.0.113.25:25", true, false},
	{"40.96.0.10:36295↔203.0.113.25:25", true, false},
	{"40.96.0.10:36295 – 203.0.113.25:25", true, false},
	{"40.96.0.10:36295\xc2\xa0→\xc2\xa0"
	 "203.0.113.25:25",
	 true, false},
	{"40.96.0.10.36295 > 203.0.113.25.25", true, false},
	{"40.96.0.10.36296 > 203.0.113.25.25", false, false},
	{"2001:db8::1.5000 > 2603:1006::99.25", false, true},
	{"2001:db8::1.5001 > 2603:1006::99.25", false, false},
	{"::ffff:40.96.0.10", true, false},
	{"40.96.0.10-203.0.113.25", true, false},
	{"40.96.0.10:*-203.0.113.25:25", true, false},
	{"40.96.0.10:36295", true, false},
	{"203.0.113.25", true, false},
	{"203.0.113.25-", true, false},
	{"*:25", true, true},
	{"*-*", true, true},
	{"*", true, true},
	{"40.96.0.0/16", true, false},
	{"40.96.0.0/16:36295-203.0.113.25:25", true, false},
	{"[40.96.0.0/16]:36295", true, false},
	{"[2001:db8::1]:5000-[2603:1006::99]:25", false, true},
	{"2001:db8::1-2603:1006::99", false, true},
	{"[2001:db8::1]", false, true},
	{"[2001:db8::/32]:5000", false, true},
	/* Also the name behind the NAT. */
	{"40.96.0.10:36295-192.168.5.10:25", true, false},
	/* But not an end of each name. */
	{"203.0.113.25:25-192.168.5.10:25", false, false},
	{"40.96.0.10:36296-203.0.113.25:25", false, false},
	{"40.96.0.10:36295-203.0.113.25:0", false, false},
	{"40.96.0.10:25-203.0.113.25:36295", false, false},
	{"40.96.0.11", false, false},
};

/* The two connections that are asked for. */
static void meant(const struct selector *s, bool *v4, bool *v6)
{
	const struct tuple t4[] = {
		tuple_of("40.96.0.10", 36295, "203.0.113.25", 25),
		tuple_of("40.96.0.10", 36295, "192.168.5.10", 25),
	};
	const struct tuple t6 =
		tuple_of("2001:db8::1", 5000, "2603:1006::99", 25);

	*v4 = selector_matches(s, t4, 2, 3);
	*v6 = selector_matches(s, &t6, 1, SERVICE_NONE);
}

START_TEST(flows_mean_connections)
{
	struct selector s;
	const char *why;
	bool v4, v6;

	selector_init(&s);
	why = selector_add_flow(&s, flows[_i].flow);
	ck_assert_msg(!why, "%s %s", flows[_i].flow, why ? why : "");
	meant(&s, &v4, &v6);
	ck_assert_msg(v4 == flows[_i].v4 && v6 == flows[_i].v6, "%s",
		      flows[_i].flow);
}
END_TEST

static const struct {
	const char *text, *why;
} refused[] = {
	{"", "has no address where one is due"},
	{"-", "has no address where one is due"},
	{"-40.96.0.10", "has no address where one is due"},
	{"internet.pcap", "is no address"},
	{"40.96.0", "is no address"},
	{"40.96.0.10.x", "has no port from 0 to 65535 after its address"},
	{"40.96.0.10.25.1", "is no address"},
	{"2001:db8::1.", "has no port from 0 to 65535 after its address"},
	{"40.96.0.10:", "has no port from 0 to 65535 after its address"},
	{"40.96.0.10:65536", "has no port from 0 to 65535 after its address"},
	{"40.96.0.10:+25", "has no port from 0 to 65535 after its address"},
	{"40.96.0.10:25x", "has no port from 0 to 65535 after its address"},
	{"40.96.0.10:000025", "has no port from 0 to 65535 after its address"},
	{"[2001:db8::1:25", "has a '[' without its ']'"},
	{"[2001:db8::1]25", "has something else than a port after ']'"},
	{"[2001:db8::1]:", "has no port from 0 to 65535 after its address"},
	{"40.96.0.1/16:25", "has host bits set"},
	{"40.96.0.10-40.96.0.11-40.96.0.12", "has more than two ends"},
	{"40.96.0.10-x", "is no address"},
	{"2001:0db8:0000:0000:0000:0000:0000:0001:0000:0000:0000:0000",
	 "is no address with a port"},
};

START_TEST(flows_are_refused)
{
	struct selector s;

	selector_init(&s);
	ck_assert_pstr_eq(selector_add_flow(&s, refused[_i].text),
			  refused[_i].why);
	ck_assert_uint_eq(s.pairs, 0);
}
END_TEST

START_TEST(all_that_is_told_must_hold)
{
	struct selector s;
	bool v4, v6;

	selector_init(&s);
	meant(&s, &v4, &v6);
	ck_assert(v4 && v6);
	ck_assert_ptr_null(selector_add_flow(&s, "*:25"));
	ck_assert_ptr_null(selector_add_address(&s, "40.96.0.0/13"));
	meant(&s, &v4, &v6);
	ck_assert(v4 && !v6);
	ck_assert_ptr_null(selector_add_community_id(
		&s, "1:fO2QLuVpvSBmeM5dodZDC8p2zvY="));
	meant(&s, &v4, &v6);
	ck_assert(v4 && !v6);
	s.service = 3;
	meant(&s, &v4, &v6);
	ck_assert(v4 && !v6);
	s.service = 4;
	meant(&s, &v4, &v6);
	ck_assert(!v4 && !v6);
	s.service = SERVICE_NONE;
	ck_assert_ptr_null(selector_add_community_id(
		&s, "1:fO2QLuVpvSBmeM5dodZDC8p2zvZ="));
	meant(&s, &v4, &v6);
	ck_assert(!v4 && !v6);
	for (unsigned i = 2; i < SELECT_PAIRS; i++)
		ck_assert_ptr_null(selector_add_address(&s, "::/0"));
	ck_assert_ptr_nonnull(selector_add_address(&s, "::/0"));
	ck_assert_ptr_nonnull(selector_add_flow(&s, "*"));
	ck_assert_ptr_nonnull(selector_add_address(&s, "40.96.0.10:25"));
}
END_TEST

static const char *const no_ids[] = {
	"",
	"1:",
	"2:fO2QLuVpvSBmeM5dodZDC8p2zvY=",
	"1:fO2QLuVpvSBmeM5dodZDC8p2zvY",
	"1:fO2QLuVpvSBmeM5dodZDC8p2zvYY",
	"1:fO2QLuVpvSBmeM5dodZDC8p2zvY==",
	"1:fO2QLuVpvSBmeM5dodZDC8p2 vY=",
};

START_TEST(community_ids_are_refused)
{
	struct selector s;

	selector_init(&s);
	ck_assert_ptr_nonnull(selector_add_community_id(&s, no_ids[_i]));
	ck_assert_ptr_null(s.community_id);
}
END_TEST

static const struct {
	const char *flow;
	unsigned score;
	enum select_differs a, b;
} nears[] = {
	{"40.96.0.10:36296-203.0.113.25:25", 9, DIFFERS_PORT, DIFFERS_NOT},
	{"203.0.113.25:25-40.96.0.10:36296", 9, DIFFERS_NOT, DIFFERS_PORT},
	{"40.96.0.77:36295-203.0.113.25:25", 8, DIFFERS_HOST, DIFFERS_NOT},
	{"40.96.0.77:1-203.0.113.25:25", 7, DIFFERS_HOST_AND_PORT, DIFFERS_NOT},
	{"40.97.0.10:36295-203.0.113.25:25", 5, DIFFERS_ALL, DIFFERS_NOT},
	{"40.96.0.10:1-203.0.113.25:2", 8, DIFFERS_PORT, DIFFERS_PORT},
	{"40.96.0.77", 4, DIFFERS_HOST, DIFFERS_NOT},
	/* The name behind the NAT is as near. */
	{"192.168.5.99:25", 4, DIFFERS_HOST, DIFFERS_NOT},
	/* A port alone is no kinship. */
	{"8.8.8.8:25", 0, DIFFERS_NOT, DIFFERS_NOT},
	{"8.8.8.8-9.9.9.9", 0, DIFFERS_NOT, DIFFERS_NOT},
	{"2001:db8::9", 0, DIFFERS_NOT, DIFFERS_NOT},
};

START_TEST(what_comes_near)
{
	const struct tuple t[] = {
		tuple_of("40.96.0.10", 36295, "203.0.113.25", 25),
		tuple_of("40.96.0.10", 36295, "192.168.5.10", 25),
	};
	struct select_near n;
	struct selector s;

	selector_init(&s);
	ck_assert_uint_eq(selector_near(&s, t, 2).score, 0);
	ck_assert_ptr_null(selector_add_flow(&s, nears[_i].flow));
	n = selector_near(&s, t, 2);
	ck_assert_msg(n.score == nears[_i].score, "%s: %u", nears[_i].flow,
		      n.score);
	ck_assert_int_eq(n.differs[0], nears[_i].a);
	ck_assert_int_eq(n.differs[1], nears[_i].b);
}
END_TEST

static TCase *select_case(void)
{
	TCase *c = tcase_create("select");

	tcase_add_loop_test(c, flows_mean_connections, 0, ARRAY_SIZE(flows));
	tcase_add_loop_test(c, flows_are_refused, 0, ARRAY_SIZE(refused));
	tcase_add_test(c, all_that_is_told_must_hold);
	tcase_add_loop_test(c, community_ids_are_refused, 0,
			    ARRAY_SIZE(no_ids));
	tcase_add_loop_test(c, what_comes_near, 0, ARRAY_SIZE(nears));
	return c;
}

#endif /* EXPLAIN_SELECT_H */
