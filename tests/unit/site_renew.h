/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of a site that changes while it is in use: numbers stay
 */
#ifndef ASYMCAP_TEST_SITE_RENEW_H
#define ASYMCAP_TEST_SITE_RENEW_H

static struct site *renew_site(const char *text)
{
	struct str errors = {0};
	struct site *site = site_parse("test", text, strlen(text), &errors);

	ck_assert_msg(site != NULL, "%s", errors.s ? errors.s : "");
	str_free(&errors);
	return site;
}

#define RENEW_A "a: {kind: internet, nat-pools: [192.0.2.0/24], "
#define RENEW_B "b: {kind: expressroute, nat-pools: [198.51.100.0/24], "

static const char renew_before[] =
	"own: [203.0.113.0/24]\n"
	"circuits:\n"
	"  " RENEW_A "taps: [{name: a1, interface: e1}, {name: a2}]}\n"
	"  " RENEW_B "taps: [{name: b1, interface: e2}]}\n"
	"services:\n"
	"  - {name: s, direction: inbound, ports: [25], circuits: [a]}\n"
	"  - {name: t, direction: inbound, circuits: [b],"
	" inbound-snat: {b: 192.168.5.5/32}}\n";

/* Another order, a new circuit first, b and t as they were, a and s gone */
static const char renew_after[] =
	"circuits:\n"
	"  c: {kind: internet, taps: [{name: c1, interface: e1}]}\n"
	"  b: {kind: expressroute, nat-pools: [198.51.101.0/24],"
	" taps: [{name: b2, interface: e3},"
	" {name: b1, interface: e2, link: primary}]}\n"
	"services:\n"
	"  - {name: u, direction: outbound, circuits: [c, b]}\n"
	"  - {name: t, direction: inbound, circuits: [b],"
	" inbound-snat: {b: 192.168.5.6/32}}\n";

START_TEST(renewed_numbers_stay)
{
	struct site *site = renew_site(renew_before);
	int taps[SITE_MAX_TAPS];

	ck_assert_ptr_null(site_renew(site, renew_site(renew_after), taps));
	ck_assert_uint_eq(site->circuits, 3);
	ck_assert_str_eq(site->circuit[0].name, "a");
	ck_assert(site->circuit[0].retired);
	ck_assert_uint_eq(site->circuit[0].nat_pools.count, 0);
	ck_assert_str_eq(site->circuit[1].name, "b");
	ck_assert(!site->circuit[1].retired);
	ck_assert_uint_eq(site->circuit[1].nat_pools.item[0].prefix.base.b[14],
			  101);
	ck_assert_str_eq(site->circuit[2].name, "c");
	ck_assert_uint_eq(site->own.count, 0);

	ck_assert_uint_eq(site->taps, 5);
	ck_assert(site->tap[0].retired && site->tap[1].retired);
	ck_assert(!site->tap[2].retired);
	ck_assert_str_eq(site->tap[2].link, "primary");
	ck_assert_str_eq(site->tap[3].name, "c1");
	ck_assert_int_eq(site->tap[3].circuit, 2);
	ck_assert_int_eq(site->tap[4].circuit, 1);
	ck_assert_int_eq(taps[0], 3);
	ck_assert_int_eq(taps[1], 4);
	ck_assert_int_eq(taps[2], 2);

	ck_assert_uint_eq(site->services, 3);
	ck_assert(site->service[0].retired);
	ck_assert_str_eq(site->service[1].name, "t");
	ck_assert_uint_eq(site->service[1].circuits, 1u << 1);
	ck_assert_int_eq(site->service[1].snat[0].circuit, 1);
	ck_assert_uint_eq(site->service[2].circuits, 1u << 1 | 1u << 2);
	ck_assert_uint_lt(site->service[2].rank, site->service[1].rank);
	site_free(site);
}
END_TEST

START_TEST(renewed_twice_is_the_first)
{
	struct site *site = renew_site(renew_before);
	int taps[SITE_MAX_TAPS];

	for (int i = 0; i < 100; i++) {
		const char *text = i & 1 ? renew_before : renew_after;

		ck_assert_ptr_null(site_renew(site, renew_site(text), taps));
	}
	ck_assert_uint_eq(site->circuits, 3);
	ck_assert_uint_eq(site->taps, 5);
	ck_assert_uint_eq(site->services, 3);
	ck_assert(!site->circuit[0].retired && site->circuit[2].retired);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(taps[i], i);
	site_free(site);
}
END_TEST

/* The last tap, as it was and as it becomes; is it the same one? */
static const struct {
	const char *before, *after;
	bool same;
} renewed_taps[] = {
	{"vlan: [29, 300]", "vlan: [29, 300], link: x", true},
	{"vlan: [29, 300]", "vlan: [29, 301]", false},
	{"vlan: [29, 300]", "vlan: [29]", false},
	{"vlan: []", "link: x", false},
	{"interface: e1", "interface: e2", false},
	{"interface: e1", "vni: 5", false},
	{"file: a", "file: b", false},
	{"erspan: 5", "erspan: 6", false},
	{"vni: 5", "vni: 6", false},
	{"mac: \"02:00:00:00:00:01\"", "mac: \"02:00:00:00:00:02\"", false},
	{"mac: \"02:00:00:00:00:01\"", "mac: \"02:00:00:00:00:01\"", true},
	{"vlan: [1]", "vlan: [1], side: inside", false},
};

START_TEST(renewed_tap_elsewhere_is_another)
{
	static const char form[] =
		"circuits: {a: {kind: internet, taps: [{name: x, %s}]}}\n";
	char before[256], after[256];
	int taps[SITE_MAX_TAPS];
	struct site *site;

	snprintf(before, sizeof(before), form, renewed_taps[_i].before);
	snprintf(after, sizeof(after), form, renewed_taps[_i].after);
	site = renew_site(before);
	ck_assert_ptr_null(site_renew(site, renew_site(after), taps));
	ck_assert_uint_eq(site->taps, renewed_taps[_i].same ? 1 : 2);
	ck_assert_int_eq(taps[0], !renewed_taps[_i].same);
	ck_assert_uint_eq(site->tap[0].retired, !renewed_taps[_i].same);
	site_free(site);
}
END_TEST

START_TEST(renewed_segments_hear_the_same_circuits)
{
	struct site *site = renew_site("stage: outbound\n"
				       "circuits: {a: {kind: internet},"
				       " b: {kind: expressroute}}\n");
	int taps[SITE_MAX_TAPS];
	const char *next = "stage: inbound\n"
			   "circuits: {b: {kind: expressroute},"
			   " a: {kind: internet}}\n"
			   "segments: {s: {routes: {b: 10.0.0.0/8}}}\n";

	ck_assert_ptr_null(site_renew(site, renew_site(next), taps));
	ck_assert_uint_eq(site->segments, 1);
	ck_assert_int_eq(site->segment[0].heard[0].circuit, 1);
	ck_assert_int_eq(site->stage, STAGE_INBOUND);
	site_free(site);
}
END_TEST

START_TEST(renewed_to_the_bound)
{
	struct site *site = renew_site(renew_before), *next;
	int taps[SITE_MAX_TAPS];
	char text[128];

	for (int i = 0; i < SITE_MAX_CIRCUITS - 2; i++) {
		snprintf(text, sizeof(text),
			 "circuits: {n%d: {kind: internet}}\n", i);
		ck_assert_ptr_null(site_renew(site, renew_site(text), taps));
	}
	next = renew_site("circuits: {more: {kind: internet}}\n");
	ck_assert_str_eq(site_renew(site, next, taps), "circuits");
	ck_assert_uint_eq(site->circuits, SITE_MAX_CIRCUITS);
	ck_assert(!site->circuit[SITE_MAX_CIRCUITS - 1].retired);
	site_free(next);
	ck_assert_ptr_null(site_renew(site, renew_site(renew_before), taps));
	for (int i = 0; i < SITE_MAX_TAPS - 3; i++) {
		snprintf(
			text, sizeof(text),
			"circuits: {a: {kind: internet, taps: [{vlan: [%d]}]}}",
			i + 1);
		ck_assert_ptr_null(site_renew(site, renew_site(text), taps));
	}
	next = renew_site(
		"circuits: {a: {kind: internet, taps: [{vlan: [99]}]}}");
	ck_assert_str_eq(site_renew(site, next, taps), "taps");
	site_free(next);
	for (int i = 0; i < SITE_MAX_SERVICES - 2; i++) {
		snprintf(text, sizeof(text),
			 "circuits: {a: {kind: internet}}\n"
			 "services: [{name: n%d, direction: inbound}]\n",
			 i);
		ck_assert_ptr_null(site_renew(site, renew_site(text), taps));
	}
	next = renew_site("circuits: {a: {kind: internet}}\n"
			  "services: [{name: more, direction: inbound}]\n");
	ck_assert_str_eq(site_renew(site, next, taps), "services");
	site_free(next);
	site_free(site);
}
END_TEST

#endif /* ASYMCAP_TEST_SITE_RENEW_H */
