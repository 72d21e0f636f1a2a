/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the topo layer
 *
 * One site for the taps and one for the addresses, each with a table of what
 * is asked and what is to be answered.
 */
#include <asymcap/topo.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct site *site_of(const char *text)
{
	struct str errors = {0};
	struct site *site = site_parse("test", text, strlen(text), &errors);

	ck_assert_msg(site != NULL, "%s", errors.s ? errors.s : "");
	str_free(&errors);
	return site;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a), "%s is no address", text);
	return a;
}

static const char *tap_name(const struct site *site, uint8_t tap)
{
	return tap == TAP_NONE ? NULL : site->tap[tap].name;
}

/* ------------------------------------------------------------------ taps */

static const char taps_site[] =
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    taps:\n"
	"      - {name: by-name, interface: ens1}\n"
	"      - {name: by-path, file: \"/cap/2026/*.pcap\"}\n"
	"      - {name: by-last, file: \"dallas*.pcap\"}\n"
	"      - {name: name-and-file, interface: ens1, file: \"x.pcap\"}\n"
	"  b:\n"
	"    kind: expressroute\n"
	"    taps:\n"
	"      - {name: any, interface: trunk}\n"
	"      - {name: untagged, interface: trunk, vlan: []}\n"
	"      - {name: one, interface: trunk, vlan: [29]}\n"
	"      - {name: two, interface: trunk, vlan: [29, 300]}\n"
	"      - {name: two-reversed, interface: trunk, vlan: [300, 29]}\n"
	"      - {name: one-mac, interface: trunk, vlan: [29],"
	" mac: \"02:00:00:00:00:0a\"}\n"
	"  c:\n"
	"    kind: expressroute\n"
	"    taps:\n"
	"      - {name: erspan-12, interface: mirror, erspan: 12}\n"
	"      - {name: erspan-0, interface: mirror, erspan: 0}\n"
	"      - {name: vni-5000, interface: mirror, vni: 5000}\n"
	"      - {name: mac-b, interface: mirror,"
	" mac: \"02:00:00:00:00:0b\"}\n"
	"      - {name: vni-and-mac, interface: mirror, vni: 5000,"
	" mac: \"02:00:00:00:00:0b\"}\n"
	"taps:\n"
	"  - {name: anywhere-vlan-77, vlan: [77], side: inside}\n";

enum {
	ENS1,
	ENS1_X,
	PATH,
	PATH_DEEP,
	LAST,
	TRUNK,
	MIRROR,
	FORCED,
	NAMELESS,
	UNKNOWN_NAME,
	CASE_NAME,
	INTERFACES
};

static const struct {
	const char *path;
	const char *name;
	int forced;
} interfaces[INTERFACES] = {
	[ENS1] = {NULL, "ens1", -1},
	[ENS1_X] = {"dir/x.pcap", "ens1", -1},
	[PATH] = {"/cap/2026/m.pcap", NULL, -1},
	[PATH_DEEP] = {"/other/2026/m.pcap", NULL, -1},
	[LAST] = {"/any/where/dallas-1.pcap", "unheard-of", -1},
	[TRUNK] = {NULL, "trunk", -1},
	[MIRROR] = {"capture.pcapng", "mirror", -1},
	[FORCED] = {"/any/where/dallas-1.pcap", "trunk", 1},
	[NAMELESS] = {NULL, NULL, -1},
	[UNKNOWN_NAME] = {"y.pcap", "ens1.1", -1},
	[CASE_NAME] = {NULL, "ENS1", -1},
};

/* 0x0a of the MAC's last byte as source, 0x0b as destination, and so on. */
static const struct {
	uint16_t interface;
	uint8_t vlan_count;
	uint16_t vlan[DECODE_MAX_VLANS];
	uint8_t tunnel;
	uint32_t tunnel_id;
	uint8_t src_mac, dst_mac; /* 0: no MACs */
	const char *tap;	  /* NULL: unmapped */
} frames[] = {
	/* By name, exactly. */
	{ENS1, 0, {0}, TUNNEL_NONE, 0, 1, 2, "by-name"},
	{ENS1, 1, {29}, TUNNEL_NONE, 0, 1, 2, "by-name"},
	{ENS1_X, 0, {0}, TUNNEL_NONE, 0, 1, 2, "name-and-file"},
	{CASE_NAME, 0, {0}, TUNNEL_NONE, 0, 1, 2, NULL},
	{UNKNOWN_NAME, 0, {0}, TUNNEL_NONE, 0, 1, 2, NULL},
	/* By the whole path, or by its last component. */
	{PATH, 0, {0}, TUNNEL_NONE, 0, 1, 2, "by-path"},
	{PATH_DEEP, 0, {0}, TUNNEL_NONE, 0, 1, 2, NULL},
	{LAST, 0, {0}, TUNNEL_NONE, 0, 1, 2, "by-last"},
	/* VLAN stacks: outermost first, and exactly as many. */
	{TRUNK, 0, {0}, TUNNEL_NONE, 0, 1, 2, "untagged"},
	{TRUNK, 1, {29}, TUNNEL_NONE, 0, 1, 2, "one"},
	{TRUNK, 1, {30}, TUNNEL_NONE, 0, 1, 2, "any"},
	{TRUNK, 1, {300}, TUNNEL_NONE, 0, 1, 2, "any"},
	{TRUNK, 2, {29, 300}, TUNNEL_NONE, 0, 1, 2, "two"},
	{TRUNK, 2, {300, 29}, TUNNEL_NONE, 0, 1, 2, "two-reversed"},
	{TRUNK, 2, {29, 301}, TUNNEL_NONE, 0, 1, 2, "any"},
	{TRUNK, 3, {29, 300, 1}, TUNNEL_NONE, 0, 1, 2, "any"},
	{TRUNK, 4, {29, 300, 1, 2}, TUNNEL_NONE, 0, 1, 2, "any"},
	/* What states more wins, if all of it fits. */
	{TRUNK, 1, {29}, TUNNEL_NONE, 0, 0x0a, 2, "one-mac"},
	{TRUNK, 1, {29}, TUNNEL_NONE, 0, 1, 0x0a, "one-mac"},
	{TRUNK, 0, {0}, TUNNEL_NONE, 0, 0x0a, 2, "untagged"},
	{TRUNK, 1, {29}, TUNNEL_NONE, 0, 0, 0, "one"},
	/* Sessions and networks are of their own tunnel only. */
	{MIRROR, 0, {0}, TUNNEL_ERSPAN, 12, 1, 2, "erspan-12"},
	{MIRROR, 0, {0}, TUNNEL_ERSPAN, 0, 1, 2, "erspan-0"},
	{MIRROR, 0, {0}, TUNNEL_ERSPAN, 13, 1, 2, NULL},
	{MIRROR, 0, {0}, TUNNEL_NONE, 0, 1, 2, NULL},
	{MIRROR, 0, {0}, TUNNEL_VXLAN, 12, 1, 2, NULL},
	{MIRROR, 0, {0}, TUNNEL_VXLAN, 5000, 1, 2, "vni-5000"},
	{MIRROR, 0, {0}, TUNNEL_GENEVE, 5000, 1, 2, "vni-5000"},
	{MIRROR, 0, {0}, TUNNEL_GRE, 5000, 1, 2, NULL},
	{MIRROR, 0, {0}, TUNNEL_GTPU, 5000, 1, 2, NULL},
	{MIRROR, 0, {0}, TUNNEL_NONE, 0, 0x0b, 2, "mac-b"},
	{MIRROR, 0, {0}, TUNNEL_NONE, 0, 1, 0x0b, "mac-b"},
	{MIRROR, 0, {0}, TUNNEL_VXLAN, 5000, 0x0b, 2, "vni-and-mac"},
	/* Of two that state as much, the first in the file. */
	{MIRROR, 0, {0}, TUNNEL_ERSPAN, 12, 0x0b, 2, "erspan-12"},
	/* A command line that names the circuit has the last word. */
	{FORCED, 1, {29}, TUNNEL_NONE, 0, 1, 2, "by-path"},
	{FORCED, 1, {77}, TUNNEL_NONE, 0, 1, 2, "by-path"},
	/* A tap that states no interface fits all of them. */
	{NAMELESS, 1, {77}, TUNNEL_NONE, 0, 1, 2, "anywhere-vlan-77"},
	{NAMELESS, 0, {0}, TUNNEL_NONE, 0, 1, 2, NULL},
	{TRUNK, 1, {77}, TUNNEL_NONE, 0, 1, 2, "anywhere-vlan-77"},
	/* Nobody has told of this interface. */
	{INTERFACES, 1, {77}, TUNNEL_NONE, 0, 1, 2, NULL},
	{UINT16_MAX, 1, {77}, TUNNEL_NONE, 0, 1, 2, NULL},
};

static void bind_all(struct topo *t)
{
	for (unsigned i = 0; i < INTERFACES; i++)
		topo_bind(t, i, interfaces[i].path, interfaces[i].name,
			  interfaces[i].forced);
}

START_TEST(taps_of_frames)
{
	struct site *site = site_of(taps_site);
	struct topo *t = topo_new(site);

	bind_all(t);
	for (unsigned i = 0; i < ARRAY_SIZE(frames); i++) {
		struct segment s = {
			.interface = frames[i].interface,
			.vlan_count = frames[i].vlan_count,
			.tunnel = frames[i].tunnel,
			.tunnel_id = frames[i].tunnel_id,
			.has_erspan = frames[i].tunnel == TUNNEL_ERSPAN,
			.erspan = (uint16_t)frames[i].tunnel_id,
			.has_mac = frames[i].src_mac != 0,
			.src_mac = {2, 0, 0, 0, 0, frames[i].src_mac},
			.dst_mac = {2, 0, 0, 0, 0, frames[i].dst_mac},
		};
		const char *got;

		memcpy(s.vlan, frames[i].vlan, sizeof(s.vlan));
		/* Without MACs their bytes say nothing. */
		if (!s.has_mac)
			s.src_mac[5] = 0x0a;
		got = tap_name(site, topo_tap(t, &s));
		ck_assert_msg(
			got == frames[i].tap || (got && frames[i].tap &&
						 !strcmp(got, frames[i].tap)),
			"frame %u is at %s, not at %s", i, got ? got : "none",
			frames[i].tap ? frames[i].tap : "none");
	}
	topo_free(t);
	site_free(site);
}
END_TEST

START_TEST(taps_of_interfaces)
{
	struct site *site = site_of(taps_site);
	struct topo *t = topo_new(site);
	static const struct {
		unsigned interface;
		const char *tap;
	} fixed[] = {
		{ENS1_X, "name-and-file"},
		{FORCED, "by-path"},
		{TRUNK, NULL}, /* depends on the frame */
		{NAMELESS, NULL},
		{CASE_NAME, NULL},
		{INTERFACES, NULL},
	};

	bind_all(t);
	for (unsigned i = 0; i < ARRAY_SIZE(fixed); i++)
		ck_assert_pstr_eq(
			tap_name(site,
				 topo_interface_tap(t, fixed[i].interface)),
			fixed[i].tap);
	/* Told again, it is what was told last. */
	topo_bind(t, TRUNK, NULL, NULL, 0);
	ck_assert_uint_eq(topo_interface_tap(t, TRUNK), 0);
	topo_bind(t, 4000, NULL, NULL, 1);
	ck_assert_uint_eq(topo_interface_tap(t, 4000), 1);
	ck_assert_uint_eq(topo_interface_tap(t, 3999), TAP_NONE);
	ck_assert_uint_eq(topo_interface_tap(t, TRUNK), 0);
	topo_free(t);
	site_free(site);
}
END_TEST

/* --------------------------------------------------- circuits and domains */

static const char sets_site[] =
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    taps: [{name: a}, {name: a-in, side: inside, vlan: [1]}]\n"
	"  b:\n"
	"    kind: expressroute\n"
	"    state-domain: shared\n"
	"    taps: [{name: b, vlan: [2]}]\n"
	"  c:\n"
	"    kind: expressroute\n"
	"    state-domain: shared\n"
	"    taps: [{name: c, vlan: [3]}]\n"
	"  d:\n"
	"    kind: expressroute\n"
	"    state-domain: other\n"
	"    taps: [{name: d, vlan: [4]}]\n"
	"  e:\n"
	"    kind: expressroute\n"
	"    state-domain: shared\n"
	"    taps: [{name: e, vlan: [5]}]\n"
	"taps: [{name: core, side: inside, vlan: [6]}]\n";

/* Taps a 0, a-in 1, b 2, c 3, d 4, e 5, core 6; circuits a 0 .. e 4. */
static const struct {
	uint64_t taps, circuits;
	bool one_domain;
} sets[] = {
	{0, 0, false},
	{1 << 0, 1 << 0, true},
	{1 << 1, 1 << 0, true},
	{3 << 0, 1 << 0, true},
	{1 << 6, 0, false},
	{1 << 6 | 1 << 2, 1 << 1, true},
	{1 << 2 | 1 << 3, 3 << 1, true},
	{1 << 2 | 1 << 5, 1 << 1 | 1 << 4, true},
	{1 << 2 | 1 << 3 | 1 << 5, 1 << 1 | 1 << 2 | 1 << 4, true},
	{1 << 2 | 1 << 4, 1 << 1 | 1 << 3, false},
	{1 << 0 | 1 << 2, 1 << 0 | 1 << 1, false},
	{0x7f, 0x1f, false},
};

START_TEST(sets_of_taps)
{
	struct site *site = site_of(sets_site);
	struct topo *t = topo_new(site);

	ck_assert_uint_eq(topo_circuits(t, sets[_i].taps), sets[_i].circuits);
	ck_assert(topo_one_domain(t, sets[_i].circuits) == sets[_i].one_domain);
	topo_free(t);
	site_free(site);
}
END_TEST

START_TEST(taps_and_circuits)
{
	struct site *site = site_of(sets_site);
	struct topo *t = topo_new(site);

	ck_assert_ptr_eq(topo_site(t), site);
	ck_assert_uint_eq(topo_tap_circuit(t, 0), 0);
	ck_assert_uint_eq(topo_tap_circuit(t, 1), 0);
	ck_assert_uint_eq(topo_tap_circuit(t, 5), 4);
	ck_assert_uint_eq(topo_tap_circuit(t, 6), CIRCUIT_NONE);
	ck_assert_uint_eq(topo_tap_circuit(t, 7), CIRCUIT_NONE);
	ck_assert_uint_eq(topo_tap_circuit(t, TAP_NONE), CIRCUIT_NONE);
	ck_assert_int_eq(topo_tap_side(t, 0), TAP_OUTSIDE);
	ck_assert_int_eq(topo_tap_side(t, 1), TAP_INSIDE);
	ck_assert_int_eq(topo_tap_side(t, 6), TAP_INSIDE);
	ck_assert_int_eq(topo_tap_side(t, TAP_NONE), TAP_OUTSIDE);
	ck_assert_uint_eq(topo_inside(t), 1 << 1 | 1 << 6);
	ck_assert_uint_eq(topo_one_sided(t, 1 << 0), 0);
	ck_assert_uint_eq(topo_one_sided(t, 1 << 1 | 1 << 6), 0);
	ck_assert_uint_eq(topo_one_sided(t, 1 << 0 | 1 << 1), CIRCUIT_NONE);
	ck_assert_uint_eq(topo_one_sided(t, 1 << 5 | 1 << 6), CIRCUIT_NONE);
	ck_assert_uint_eq(topo_one_sided(t, 0), CIRCUIT_NONE);
	ck_assert_uint_eq(topo_circuit_taps(t, 0), 3);
	ck_assert_uint_eq(topo_circuit_taps(t, 4), 1 << 5);
	ck_assert_uint_eq(topo_circuit_taps(t, 5), 0);
	ck_assert_uint_eq(topo_circuit_taps(t, CIRCUIT_NONE), 0);
	topo_free(t);
	site_free(site);
}
END_TEST

/* Circuits that the command line adds, as many as there can be. */
START_TEST(a_site_that_grows)
{
	struct site *site = site_new();
	struct topo *t = topo_new(site);
	struct segment s = {.interface = 0};
	struct addr pool = addr_of("192.0.2.1"), out = addr_of("40.96.0.1");
	struct prefix p;
	uint8_t owner;

	ck_assert(!topo_judges_nat(t, 0));
	for (unsigned i = 0; i < SITE_MAX_CIRCUITS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "c%u", i);
		ck_assert_int_eq(site_add_circuit(site, name), (int)i);
		ck_assert_int_eq(site_add_tap(site, name, (int)i), (int)i);
		topo_refresh(t);
		topo_bind(t, i, NULL, NULL, (int)i);
	}
	site->tap[63].side = TAP_INSIDE;
	ck_assert_ptr_null(prefix_parse("192.0.2.0/24", &p));
	site_add_pool(site, 62, &p);
	topo_refresh(t);

	for (unsigned i = 0; i < SITE_MAX_CIRCUITS; i++) {
		s.interface = (uint16_t)i;
		ck_assert_uint_eq(topo_tap(t, &s), i);
		ck_assert_uint_eq(topo_circuits(t, 1ULL << i), 1ULL << i);
		ck_assert(topo_one_domain(t, 1ULL << i));
	}
	ck_assert_uint_eq(topo_circuits(t, UINT64_MAX), UINT64_MAX);
	ck_assert(!topo_one_domain(t, UINT64_MAX));
	ck_assert_uint_eq(topo_inside(t), 1ULL << 63);
	ck_assert(topo_judges_nat(t, 0));
	ck_assert(!topo_judges_nat(t, CIRCUIT_NONE));
	ck_assert_int_eq(topo_escape(t, 62, &pool, &out, &owner), ESCAPE_NONE);
	ck_assert_int_eq(topo_escape(t, 61, &pool, &out, &owner),
			 ESCAPE_WRONG_POOL);
	ck_assert_uint_eq(owner, 62);
	topo_free(t);
	site_free(site);
	topo_free(NULL);
}
END_TEST

/* -------------------------------------------------------------- addresses */

#define PLAN                                                                   \
	"circuits:\n"                                                          \
	"  a:\n"                                                               \
	"    kind: internet\n"                                                 \
	"    nat-pools: [192.0.2.0/24, \"2001:db8:a::/48\"]\n"                 \
	"    advertised: [203.0.113.0/24]\n"                                   \
	"    taps: [{name: a, vlan: [1]}]\n"                                   \
	"  b:\n"                                                               \
	"    kind: expressroute\n"                                             \
	"    nat-pools: [198.51.100.0/24, 10.99.0.0/16]\n"                     \
	"    taps: [{name: b, vlan: [2]}]\n"                                   \
	"  c:\n"                                                               \
	"    kind: expressroute\n"                                             \
	"    taps: [{name: c, vlan: [3]}]\n"

static const char *const plans[] = {
	/* 0: with remote and own */
	"remote: [40.96.0.0/13, \"2603:1006::/32\"]\n"
	"own: [131.107.0.0/16, 172.16.1.0/24]\n" PLAN,
	/* 1: without them */
	PLAN,
	/* 2: remote alone, no pool anywhere */
	("remote: [40.96.0.0/13]\n"
	 "circuits: {a: {kind: internet, taps: [{name: a}]}}\n"),
	/* 3: nothing at all */
	"circuits: {a: {kind: internet, taps: [{name: a}]}}\n",
	/* 4: the provider translates */
	("remote: [40.96.0.0/13]\n"
	 "circuits:\n"
	 "  a: {kind: expressroute, nat: provider, nat-pools: 192.0.2.0/24}\n"
	 "  b: {kind: internet, nat-pools: 198.51.100.0/24}\n"),
};

static const struct {
	unsigned plan;
	uint8_t circuit;
	const char *src, *dst;
	enum escape_reason reason;
	uint8_t owner;
} leaks[] = {
	/* As planned: pool, advertisement, own, on their own circuit. */
	{0, 0, "192.0.2.7", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{0, 0, "203.0.113.9", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{0, 0, "131.107.3.3", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{0, 1, "131.107.3.3", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{0, 0, "2001:db8:a::7", "2603:1006::1", ESCAPE_NONE, CIRCUIT_NONE},
	/* A private pool that the plan names is no leak on its circuit. */
	{0, 1, "10.99.1.1", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{0, 0, "172.16.1.1", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	/* Of another circuit. */
	{0, 1, "192.0.2.7", "40.96.0.1", ESCAPE_WRONG_POOL, 0},
	{0, 1, "203.0.113.9", "40.96.0.1", ESCAPE_WRONG_POOL, 0},
	{0, 0, "198.51.100.1", "40.96.0.1", ESCAPE_WRONG_POOL, 1},
	{0, 0, "10.99.1.1", "40.96.0.1", ESCAPE_WRONG_POOL, 1},
	{0, 2, "10.99.1.1", "40.96.0.1", ESCAPE_WRONG_POOL, 1},
	/* Sources that no provider routes. */
	{0, 0, "10.0.0.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "172.16.2.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "192.168.0.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "100.64.0.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "169.254.1.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "127.0.0.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "0.0.0.0", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 2, "fd00::1", "2603:1006::1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "fe80::1", "2603:1006::1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "::1", "2603:1006::1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 2, "10.0.0.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	/* Public, and nobody's: only a circuit with a plan can tell. */
	{0, 0, "8.8.8.8", "40.96.0.1", ESCAPE_UNKNOWN, CIRCUIT_NONE},
	{0, 1, "2a00::1", "2603:1006::1", ESCAPE_UNKNOWN, CIRCUIT_NONE},
	{0, 2, "8.8.8.8", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	/* Not toward the remote, or from it, or at no circuit. */
	{0, 0, "10.0.0.1", "8.8.8.8", ESCAPE_NONE, CIRCUIT_NONE},
	{0, 0, "40.96.0.1", "10.0.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{0, 0, "40.96.0.1", "40.97.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{0, CIRCUIT_NONE, "10.0.0.1", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	/* Both ends of the remote prefix. */
	{0, 0, "10.0.0.1", "40.103.255.255", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{0, 0, "10.0.0.1", "40.104.0.0", ESCAPE_NONE, CIRCUIT_NONE},
	/* Without remote: only what is private or in a pool is judged. */
	{1, 0, "10.0.0.1", "8.8.8.8", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{1, 1, "192.0.2.7", "8.8.8.8", ESCAPE_WRONG_POOL, 0},
	{1, 0, "192.0.2.7", "8.8.8.8", ESCAPE_NONE, CIRCUIT_NONE},
	{1, 0, "9.9.9.9", "8.8.8.8", ESCAPE_NONE, CIRCUIT_NONE},
	{1, 0, "10.0.0.1", "10.0.0.2", ESCAPE_NONE, CIRCUIT_NONE},
	{1, 0, "10.0.0.1", "198.51.100.1", ESCAPE_NONE, CIRCUIT_NONE},
	{1, 0, "10.0.0.1", "224.0.0.5", ESCAPE_NONE, CIRCUIT_NONE},
	{1, 0, "10.0.0.1", "255.255.255.255", ESCAPE_NONE, CIRCUIT_NONE},
	/* No plan to compare with: a private source still is one. */
	{2, 0, "10.0.0.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
	{2, 0, "8.8.8.8", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{2, 0, "192.0.2.7", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{3, 0, "10.0.0.1", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	/* Before the provider's NAT a private source is right. */
	{4, 0, "10.0.0.1", "40.96.0.1", ESCAPE_NONE, CIRCUIT_NONE},
	{4, 0, "198.51.100.1", "40.96.0.1", ESCAPE_WRONG_POOL, 1},
	{4, 1, "10.0.0.1", "40.96.0.1", ESCAPE_PRIVATE, CIRCUIT_NONE},
};

/* Retired taps match nothing, and services are asked in their new order. */
START_TEST(a_site_that_is_renewed)
{
	static const char form[] =
		"circuits:\n"
		"  %s: {kind: internet, taps: [{name: t, interface: e1}]}\n"
		"services:\n"
		"  - {name: %s, direction: outbound}\n"
		"  - {name: %s, direction: outbound}\n";
	struct tuple u = {.client = addr_of("10.0.0.1"),
			  .server = addr_of("192.0.2.1"),
			  .server_port = 443};
	int taps[SITE_MAX_TAPS];
	char text[2][256];
	struct site *site;
	struct topo *t;

	snprintf(text[0], sizeof(text[0]), form, "a", "x", "y");
	snprintf(text[1], sizeof(text[1]), form, "b", "y", "x");
	site = site_of(text[0]);
	t = topo_new(site);
	topo_bind(t, 0, NULL, "e1", -1);
	ck_assert_uint_eq(topo_interface_tap(t, 0), 0);
	ck_assert_uint_eq(topo_service(t, DIRECTION_OUTBOUND, &u, 1), 0);
	ck_assert_ptr_null(site_renew(site, site_of(text[1]), taps));
	topo_refresh(t);
	topo_bind(t, 0, NULL, "e1", -1);
	ck_assert_uint_eq(topo_interface_tap(t, 0), 1);
	ck_assert_uint_eq(topo_service(t, DIRECTION_OUTBOUND, &u, 1), 1);
	ck_assert_uint_eq(topo_taps(t), 1u << 1);
	ck_assert_uint_eq(topo_circuits(t, 3), 3);
	ck_assert_uint_eq(topo_circuit_taps(t, 0), 0);
	ck_assert_uint_eq(topo_circuit_taps(t, 1), 1u << 1);
	topo_free(t);
	site_free(site);
}
END_TEST

START_TEST(escapes)
{
	struct site *site = site_of(plans[leaks[_i].plan]);
	struct topo *t = topo_new(site);
	struct addr src = addr_of(leaks[_i].src), dst = addr_of(leaks[_i].dst);
	uint8_t owner = 7;
	enum escape_reason got;

	got = topo_escape(t, leaks[_i].circuit, &src, &dst, &owner);
	ck_assert_msg(got == leaks[_i].reason, "%s to %s on %u: %s, not %s",
		      leaks[_i].src, leaks[_i].dst, leaks[_i].circuit,
		      escape_reason_name(got),
		      escape_reason_name(leaks[_i].reason));
	ck_assert_uint_eq(owner, leaks[_i].owner);
	topo_free(t);
	site_free(site);
}
END_TEST

static const struct {
	unsigned plan;
	const char *client, *server;
	enum direction direction;
} ways[] = {
	{0, "40.96.0.1", "192.0.2.1", DIRECTION_INBOUND},
	{0, "40.96.0.1", "8.8.8.8", DIRECTION_INBOUND},
	{0, "192.0.2.1", "40.96.0.1", DIRECTION_OUTBOUND},
	{0, "fd00::1", "2603:1006::1", DIRECTION_OUTBOUND},
	{0, "192.0.2.1", "8.8.8.8", DIRECTION_UNKNOWN},
	{0, "40.96.0.1", "40.97.0.1", DIRECTION_UNKNOWN},
	{1, "8.8.8.8", "192.0.2.1", DIRECTION_INBOUND},
	{1, "8.8.8.8", "203.0.113.1", DIRECTION_INBOUND},
	{1, "10.0.0.1", "8.8.8.8", DIRECTION_OUTBOUND},
	{1, "2001:db8:a::1", "2a00::1", DIRECTION_OUTBOUND},
	{1, "10.0.0.1", "192.0.2.1", DIRECTION_UNKNOWN},
	{1, "8.8.8.8", "9.9.9.9", DIRECTION_UNKNOWN},
	{3, "8.8.8.8", "10.0.0.1", DIRECTION_INBOUND},
	{3, "8.8.8.8", "192.0.2.1", DIRECTION_UNKNOWN},
};

START_TEST(directions)
{
	struct site *site = site_of(plans[ways[_i].plan]);
	struct topo *t = topo_new(site);
	struct addr client = addr_of(ways[_i].client);
	struct addr server = addr_of(ways[_i].server);

	ck_assert_int_eq(topo_direction(t, &client, &server),
			 ways[_i].direction);
	ck_assert(topo_has_remote(t) == (ways[_i].plan == 0));
	topo_free(t);
	site_free(site);
}
END_TEST

/* --------------------------------------------------------------- services */

static const char services_site[] =
	"remote: [40.96.0.0/13]\n"
	"circuits:\n"
	"  a: {kind: internet, taps: [{name: a}]}\n"
	"services:\n"
	"  - name: smtp-in\n"
	"    direction: inbound\n"
	"    local: [203.0.113.25/32]\n"
	"    ports: [25, 587-590]\n"
	"  - name: hybrid\n"
	"    direction: inbound\n"
	"    local: [203.0.113.25/32, 203.0.113.26/32]\n"
	"    remote: [40.96.5.0/24]\n"
	"  - name: web-out\n"
	"    direction: outbound\n"
	"    ports: [443]\n"
	"  - name: rest-out\n"
	"    direction: outbound\n"
	"    local: [10.0.0.0/8]\n";

#define NO_END                                                                 \
	{                                                                      \
		NULL, NULL, 0                                                  \
	}

static const struct {
	const char *what;
	enum direction direction;
	struct {
		const char *client, *server;
		uint16_t port;
	} tuple[2];
	uint16_t service;
} services[] = {
	{"single port",
	 DIRECTION_INBOUND,
	 {{"40.96.0.1", "203.0.113.25", 25}, NO_END},
	 0},
	{"first of a range",
	 DIRECTION_INBOUND,
	 {{"40.96.0.1", "203.0.113.25", 587}, NO_END},
	 0},
	{"last of a range",
	 DIRECTION_INBOUND,
	 {{"40.96.0.1", "203.0.113.25", 590}, NO_END},
	 0},
	{"after the range",
	 DIRECTION_INBOUND,
	 {{"40.96.0.1", "203.0.113.25", 591}, NO_END},
	 SERVICE_NONE},
	{"before the range",
	 DIRECTION_INBOUND,
	 {{"40.96.0.1", "203.0.113.25", 586}, NO_END},
	 SERVICE_NONE},
	{"the first row that fits",
	 DIRECTION_INBOUND,
	 {{"40.96.5.1", "203.0.113.25", 25}, NO_END},
	 0},
	{"its remote",
	 DIRECTION_INBOUND,
	 {{"40.96.5.1", "203.0.113.26", 9}, NO_END},
	 1},
	{"another remote",
	 DIRECTION_INBOUND,
	 {{"40.96.6.1", "203.0.113.26", 9}, NO_END},
	 SERVICE_NONE},
	{"the other direction",
	 DIRECTION_OUTBOUND,
	 {{"203.0.113.25", "40.96.0.1", 25}, NO_END},
	 SERVICE_NONE},
	{"no direction",
	 DIRECTION_UNKNOWN,
	 {{"40.96.0.1", "203.0.113.25", 25}, NO_END},
	 SERVICE_NONE},
	{"any local",
	 DIRECTION_OUTBOUND,
	 {{"192.0.2.1", "40.96.0.1", 443}, NO_END},
	 2},
	{"by its second tuple",
	 DIRECTION_OUTBOUND,
	 {{"192.0.2.1", "40.96.0.1", 80}, {"10.0.0.1", "40.96.0.1", 80}},
	 3},
	{"by neither",
	 DIRECTION_OUTBOUND,
	 {{"192.0.2.1", "40.96.0.1", 80}, {"192.0.2.2", "40.96.0.1", 80}},
	 SERVICE_NONE},
	{"an earlier row by the second tuple",
	 DIRECTION_OUTBOUND,
	 {{"10.0.0.1", "40.96.0.1", 80}, {"192.0.2.1", "40.96.0.1", 443}},
	 2},
	{"port and address of two tuples make no match",
	 DIRECTION_INBOUND,
	 {{"40.96.0.1", "203.0.113.25", 9999},
	  {"40.96.0.1", "192.168.5.10", 25}},
	 SERVICE_NONE},
};

START_TEST(service_of_tuples)
{
	struct site *site = site_of(services_site);
	struct topo *t = topo_new(site);
	struct tuple u[2] = {0};
	size_t n = services[_i].tuple[1].client ? 2 : 1;

	for (size_t i = 0; i < n; i++) {
		u[i].client = addr_of(services[_i].tuple[i].client);
		u[i].server = addr_of(services[_i].tuple[i].server);
		u[i].client_port = 50000;
		u[i].server_port = services[_i].tuple[i].port;
	}
	ck_assert_msg(topo_service(t, services[_i].direction, u, n) ==
			      services[_i].service,
		      "%s", services[_i].what);
	ck_assert_uint_eq(topo_service(t, services[_i].direction, u, 0),
			  SERVICE_NONE);
	topo_free(t);
	site_free(site);
}
END_TEST

static uint32_t draw(uint32_t *rng, uint32_t below)
{
	*rng = *rng * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)*rng * below) >> 32);
}

static void add_list(struct str *s, const char *key, uint32_t *rng)
{
	uint32_t n = draw(rng, 4);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = 8 + 4 * draw(rng, 5);
		uint32_t a = (10u << 24 | draw(rng, 1u << 24)) >>
			     (32 - len) << (32 - len);

		str_addf(s, "%s%u.%u.%u.%u/%u", i ? ", " : key, a >> 24,
			 a >> 16 & 255, a >> 8 & 255, a & 255, len);
	}
	if (n)
		str_add(s, "]\n");
}

static bool fits(const struct site_prefixes *list, const struct addr *a)
{
	for (size_t i = 0; i < list->count; i++) {
		if (prefix_has(&list->item[i].prefix, a))
			return true;
	}
	return !list->count;
}

/* The rule, word by word: the first row that fits the tuple. */
static uint16_t first_that_fits(const struct site *site, enum direction d,
				const struct tuple *u)
{
	bool in = d == DIRECTION_INBOUND;

	for (size_t i = 0; i < site->services; i++) {
		const struct site_service *s = &site->service[i];
		bool port = !s->port_count;

		for (size_t k = 0; k < s->port_count; k++)
			port |= u->server_port >= s->ports[k].first &&
				u->server_port <= s->ports[k].last;
		if ((s->direction == SERVICE_INBOUND) == in && port &&
		    fits(&s->local, in ? &u->server : &u->client) &&
		    fits(&s->remote, in ? &u->client : &u->server))
			return (uint16_t)i;
	}
	return SERVICE_NONE;
}

/* Nested prefixes, and all in 10.0.0.0/8, so that rows overlap. */
START_TEST(many_services)
{
	struct str text = {0};
	uint32_t rng = 7;
	struct site *site;
	struct topo *t;
	unsigned found = 0;

	str_add(&text, "circuits: {a: {kind: internet}}\nservices:\n");
	for (unsigned i = 0; i < SITE_MAX_SERVICES; i++) {
		str_addf(&text,
			 "  - name: s%u\n    direction: %s\n"
			 "    ports: [%u]\n",
			 i, draw(&rng, 2) ? "inbound" : "outbound",
			 1 + draw(&rng, 40));
		add_list(&text, "    local: [", &rng);
		add_list(&text, "    remote: [", &rng);
	}
	site = site_of(text.s);
	t = topo_new(site);
	for (unsigned i = 0; i < 20000; i++) {
		enum direction d =
			draw(&rng, 2) ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
		uint8_t a[2][4] = {
			{10, (uint8_t)draw(&rng, 256), (uint8_t)draw(&rng, 256),
			 (uint8_t)draw(&rng, 256)},
			{10, (uint8_t)draw(&rng, 256), (uint8_t)draw(&rng, 256),
			 (uint8_t)draw(&rng, 256)},
		};
		struct tuple u = {
			.client = addr_from_v4(a[0]),
			.server = addr_from_v4(a[1]),
			.server_port = (uint16_t)(1 + draw(&rng, 50)),
		};
		uint16_t want = first_that_fits(site, d, &u);

		found += want != SERVICE_NONE;
		ck_assert_uint_eq(topo_service(t, d, &u, 1), want);
	}
	ck_assert_uint_gt(found, 2000);
	topo_free(t);
	site_free(site);
	str_free(&text);
}
END_TEST

static const char nat_site[] =
	"remote: [40.96.0.0/13]\n"
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    taps: [{name: a, vlan: 1}, {name: in, side: inside, vlan: 2}]\n"
	"  b: {kind: expressroute, taps: [{name: b, vlan: 3}]}\n"
	"services:\n"
	"  - name: both\n"
	"    direction: inbound\n"
	"    inbound-snat: {a: 192.168.5.0/28}\n"
	"    inside: [192.168.6.0/24]\n"
	"  - name: inside\n"
	"    direction: inbound\n"
	"    inside: [192.168.6.0/24]\n"
	"  - name: neither\n"
	"    direction: inbound\n";

enum { NAT_A = 1, NAT_IN = 2, NAT_B = 4 };
enum { BOTH, INSIDE, NEITHER };

static const struct {
	const char *what;
	uint16_t service;
	uint64_t syn_taps, original_taps;
	const char *client, *server; /* of the second tuple, or NULL */
	enum nat_plan plan;
} translations[] = {
	{"both right", BOTH, NAT_A | NAT_IN, NAT_A, "192.168.5.15",
	 "192.168.6.1", NAT_AS_PLANNED},
	{"wrong source", BOTH, NAT_A | NAT_IN, NAT_A, "192.168.5.16",
	 "192.168.6.1", NAT_WRONG_SOURCE},
	{"wrong server", BOTH, NAT_A | NAT_IN, NAT_A, "192.168.5.1",
	 "192.168.7.1", NAT_WRONG_SERVER},
	{"the original source inside", BOTH, NAT_A | NAT_IN, NAT_A | NAT_IN,
	 "40.96.0.1", "192.168.6.1", NAT_MISSING},
	{"nothing was translated", BOTH, NAT_A | NAT_IN, NAT_A, NULL, NULL,
	 NAT_MISSING},
	{"no tap inside saw it", BOTH, NAT_A, NAT_A, NULL, NULL, NAT_NOT_SEEN},
	{"by a circuit that translates nothing", BOTH, NAT_B, NAT_B, NULL, NULL,
	 NAT_NOT_SEEN},
	{"the server alone", INSIDE, NAT_A | NAT_IN, NAT_A | NAT_IN,
	 "40.96.0.1", "192.168.6.9", NAT_AS_PLANNED},
	{"the server alone, another", INSIDE, NAT_A | NAT_IN, NAT_A | NAT_IN,
	 "40.96.0.1", "192.168.7.9", NAT_WRONG_SERVER},
	{"the server alone, not seen", INSIDE, NAT_A, NAT_A, NULL, NULL,
	 NAT_NOT_SEEN},
	{"no plan", NEITHER, NAT_A | NAT_IN, NAT_A, "192.168.1.1",
	 "192.168.7.1", NAT_NOT_PLANNED},
	{"no row", SERVICE_NONE, NAT_A | NAT_IN, NAT_A, "192.168.1.1",
	 "192.168.7.1", NAT_NOT_PLANNED},
};

START_TEST(nat_of_rows)
{
	struct site *site = site_of(nat_site);
	struct topo *t = topo_new(site);
	struct tuple u[2] = {0};
	size_t which, n = 1;

	u[0].client = addr_of("40.96.0.1");
	u[0].server = addr_of("203.0.113.25");
	if (translations[_i].client) {
		u[n].client = addr_of(translations[_i].client);
		u[n++].server = addr_of(translations[_i].server);
	}
	ck_assert_msg(topo_nat_plan(t, translations[_i].service,
				    translations[_i].syn_taps,
				    translations[_i].original_taps, u, n,
				    &which) == translations[_i].plan,
		      "%s", translations[_i].what);
	topo_free(t);
	site_free(site);
}
END_TEST

/* What is planned for IPv4 is no plan for IPv6. */
START_TEST(nat_of_the_other_version)
{
	struct site *site = site_of(nat_site);
	struct topo *t = topo_new(site);
	struct tuple u[2] = {0};
	size_t which;

	u[0].client = addr_of("2603:1006::10");
	u[1].client = addr_of("fd00:5::5");
	u[0].server = u[1].server = addr_of("2001:db8::25");
	ck_assert_int_eq(
		topo_nat_plan(t, BOTH, NAT_A | NAT_IN, NAT_A, u, 2, &which),
		NAT_NOT_SEEN);
	topo_free(t);
	site_free(site);
}
END_TEST

static Suite *topo_suite(void)
{
	Suite *suite = suite_create("topo");
	TCase *taps = tcase_create("taps"), *sets_ = tcase_create("sets");
	TCase *addresses = tcase_create("addresses");

	tcase_add_test(taps, taps_of_frames);
	tcase_add_test(taps, taps_of_interfaces);
	tcase_add_loop_test(sets_, sets_of_taps, 0, ARRAY_SIZE(sets));
	tcase_add_test(sets_, taps_and_circuits);
	tcase_add_test(sets_, a_site_that_grows);
	tcase_add_test(sets_, a_site_that_is_renewed);
	tcase_add_test(addresses, nat_of_the_other_version);
	tcase_add_loop_test(addresses, escapes, 0, ARRAY_SIZE(leaks));
	tcase_add_loop_test(addresses, directions, 0, ARRAY_SIZE(ways));
	tcase_add_loop_test(addresses, service_of_tuples, 0,
			    ARRAY_SIZE(services));
	tcase_add_test(addresses, many_services);
	tcase_add_loop_test(addresses, nat_of_rows, 0,
			    ARRAY_SIZE(translations));
	suite_add_tcase(suite, taps);
	suite_add_tcase(suite, sets_);
	suite_add_tcase(suite, addresses);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(topo_suite());
	int failures;

	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
