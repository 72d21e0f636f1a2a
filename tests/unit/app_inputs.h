/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CIRCUIT[.TAP]=FILE: which circuits and taps arguments make, or name
 */
#ifndef APP_INPUTS_TESTS_H
#define APP_INPUTS_TESTS_H

#include "../../src/app/inputs.h"
#include "../../src/app/options.h"

#include "app_files.h"

#define MAX_ARGS 8

/* Circuits and taps as "circuit/tap circuit/tap(inside)", in their order. */
static void describe_site(const struct site *site, struct str *s)
{
	str_clear(s);
	for (size_t i = 0; i < site->taps; i++) {
		const struct site_tap *tap = &site->tap[i];

		str_addf(s, "%s%s/%s%s", i ? " " : "",
			 site->circuit[tap->circuit].name, tap->name,
			 tap->side == TAP_INSIDE ? "(inside)" : "");
	}
	str_addf(s, "; %zu circuits", site->circuits);
}

/* Open arguments, read all frames as the pipeline does, and say what there is;
 * NULL if they were refused.
 */
static const char *opened(struct options *o, struct site *site, char **args,
			  size_t count, struct str *s)
{
	struct capture *capture = capture_new();
	struct frame frame[CAPTURE_BATCH];
	struct topo *topo = topo_new(site);
	bool bound[64] = {false};
	struct inputs *in;
	size_t n;

	o->files = args;
	o->file_count = count;
	in = inputs_open(o, site, capture);
	topo_refresh(topo);
	while (in && (n = capture_next(capture, frame, CAPTURE_BATCH))) {
		for (size_t i = 0; i < n; i++) {
			ck_assert_uint_lt(frame[i].interface, 64);
			if (bound[frame[i].interface])
				continue;
			inputs_bind(in, topo, frame[i].interface);
			bound[frame[i].interface] = true;
		}
	}
	if (in)
		describe_site(site, s);
	topo_free(topo);
	inputs_free(in);
	capture_free(capture);
	return in ? s->s : NULL;
}

/* In the folder of make_files(); NULL: they are refused. */
static const struct {
	const char *args[MAX_ARGS];
	const char *want;
} names[] = {
	{{"a.pcap"}, "a/a; 1 circuits"},
	{{"b.pcap", "a.pcap"}, "a/a b/b; 2 circuits"},
	{{"dir/a.pcap"}, "a/a; 1 circuits"},
	/* Endings go, however many; not the whole name, nor what looks alike. */
	{{"b.PCAP.gz"}, "b/b; 1 circuits"},
	{{"edge.2026.cap"}, "edge.2026/edge.2026; 1 circuits"},
	{{".pcap"}, ".pcap/.pcap; 1 circuits"},
	{{"xpcap"}, "xpcap/xpcap; 1 circuits"},
	/* Two of one name are two circuits. */
	{{"a.pcap", "dir/a.pcap"}, "a/a a-2/a-2; 2 circuits"},
	{{"dir/a.pcap", "a.pcap", "a-2.pcap"},
	 "a/a a-2/a-2 a-2-2/a-2-2; 3 circuits"},
	/* With a name: one circuit, whatever the files are called. */
	{{"er=a.pcap"}, "er/er; 1 circuits"},
	{{"er=b.pcap", "er=a.pcap"}, "er/er; 1 circuits"},
	{{"er.pri=a.pcap", "er.sec=b.pcap"}, "er/er-pri er/er-sec; 1 circuits"},
	{{"er.inside=a.pcap", "er=b.pcap"},
	 "er/er er/er-inside(inside); 1 circuits"},
	{{"er.inside=a.pcap", "net.inside=b.pcap"},
	 "er/er-inside(inside) net/net-inside(inside); 2 circuits"},
	{{"er.pri=a.pcap", "er.pri=b.pcap"}, "er/er-pri; 1 circuits"},
	{{"a=b.pcap", "a.pcap"}, "a/a a-2/a-2; 2 circuits"},
	{{"b.pcap", "b=a.pcap"}, "b/b b-2/b-2; 2 circuits"},
	{{"er.pri=a.pcap", "er=b.pcap", "er.pri=b.pcap", "er=a.pcap"},
	 "er/er er/er-pri; 1 circuits"},
	/* Names may meet by chance. */
	{{"er.x=a.pcap", "er-x=b.pcap"}, "er/er-x er-x/er-x-2; 2 circuits"},
	/* A dot at an end names no tap. */
	{{".er=a.pcap"}, ".er/.er; 1 circuits"},
	{{"er.=a.pcap"}, "er./er.; 1 circuits"},
	{{"er.pri.x=a.pcap"}, "er/er-pri.x; 1 circuits"},
	/* '=' in a file's name. */
	{{"x=y.pcap"}, "x=y/x=y; 1 circuits"},
	{{"dir/x=y.pcap"}, "x=y/x=y; 1 circuits"},
	{{"er=x=y.pcap"}, "er/er; 1 circuits"},
	{{"=none.pcap"}, "=none/=none; 1 circuits"},
	/* A file that is not there is a circuit all the same, and silent. */
	{{"none.pcap"}, "none/none; 1 circuits"},
	/* Interfaces of a pcapng file, as far as they have frames. */
	{{"one.pcapng"}, "one/one; 1 circuits"},
	{{"two.pcapng"}, "two:eth0/two:eth0 two:1/two:1; 2 circuits"},
	{{"er=two.pcapng"}, "er/er; 1 circuits"},
	{{"two.pcapng", "a.pcap"},
	 "a/a two:eth0/two:eth0 two:1/two:1; 3 circuits"},
	{{"two.pcapng", "dir/two.pcapng"},
	 "two:eth0/two:eth0 two:eth0-2/two:eth0-2 two:1/two:1 "
	 "two:1-2/two:1-2; 4 circuits"},
	{{"-", "a=-"}, NULL},
};

START_TEST(names_make_taps)
{
	struct options o = {.pools = 0};
	struct site *site = site_new();
	char *args[MAX_ARGS];
	struct str s = {0};
	const char *got;
	size_t n = 0;

	for (; n < MAX_ARGS && names[_i].args[n]; n++)
		args[n] = xstrdup(names[_i].args[n]);
	got = opened(&o, site, args, n, &s);
	if (names[_i].want) {
		ck_assert_ptr_nonnull(got);
		ck_assert_str_eq(got, names[_i].want);
	} else {
		ck_assert_ptr_null(got);
	}
	while (n)
		free(args[--n]);
	str_free(&s);
	site_free(site);
}
END_TEST

/* Whatever the order of the arguments, the taps have the same numbers. */
START_TEST(order_of_arguments)
{
	char a[] = "b.pcap", b[] = "dir/a.pcap", c[] = "er.inside=a.pcap",
	     d[] = "er=two.pcapng", e[] = "a.pcap";
	char *order[] = {a, b, c, d, e};
	struct str first = {0}, s = {0};

	for (unsigned turn = 0; turn < 20; turn++) {
		struct options o = {.pools = 0};
		struct site *site = site_new();
		char *keep_ = order[turn % 5];

		order[turn % 5] = order[turn * 7 / 3 % 5];
		order[turn * 7 / 3 % 5] = keep_;
		ck_assert_ptr_nonnull(
			opened(&o, site, order, 5, turn ? &s : &first));
		if (turn)
			ck_assert_str_eq(s.s, first.s);
		site_free(site);
	}
	str_free(&first);
	str_free(&s);
}
END_TEST

/* ------------------------------------------------------------- with a site */

static const char site_text[] =
	"circuits:\n"
	"  net:\n"
	"    kind: internet\n"
	"    taps: [{name: n1, file: a.pcap}, {name: n2, file: b.pcap}]\n"
	"  er:\n"
	"    kind: expressroute\n"
	"    taps: [{name: e1, vlan: [7]}]\n";

#define OF_SITE "net/n1 net/n2 er/e1"

static const struct {
	const char *arg;
	const char *want;
} in_site[] = {
	{"a.pcap", OF_SITE "; 2 circuits"},
	{"er=a.pcap", OF_SITE "; 2 circuits"},
	{"net.n2=a.pcap", OF_SITE "; 2 circuits"},
	/* Which of its two taps, nobody knows. */
	{"net=a.pcap", OF_SITE " net/a; 2 circuits"},
	{"net.n3=a.pcap", NULL},
	{"nte=a.pcap", NULL},
	{"er.n1=a.pcap", NULL},
	{"two.pcapng", OF_SITE "; 2 circuits"},
};

START_TEST(names_of_a_site)
{
	struct options o = {.site_path = "site.yaml"};
	struct str s = {0}, errors = {0};
	struct site *site =
		site_parse("site.yaml", site_text, strlen(site_text), &errors);
	char *arg = xstrdup(in_site[_i].arg);
	const char *got;

	ck_assert_ptr_nonnull(site);
	got = opened(&o, site, &arg, 1, &s);
	if (in_site[_i].want) {
		ck_assert_ptr_nonnull(got);
		ck_assert_str_eq(got, in_site[_i].want);
	} else {
		ck_assert_ptr_null(got);
	}
	free(arg);
	str_free(&s);
	str_free(&errors);
	site_free(site);
}
END_TEST

/* ------------------------------------------------------------------- pools */

static const struct {
	const char *arg, *circuit;
	bool known;
} pools[] = {
	{"a.pcap", "a", true},
	{"er=a.pcap", "er", true},
	{"er=a.pcap", "a", false},
	{"a.pcap", "b", false},
	{"two.pcapng", "two:eth0", true},
	{"two.pcapng", "two:1", true},
	{"two.pcapng", "twoeth0", false},
	{"er=two.pcapng", "two:eth0", false},
};

START_TEST(pools_of_circuits)
{
	struct options o = {.pools = 1};
	char *arg = xstrdup(pools[_i].arg);
	struct site *site = site_new();
	struct str s = {0};
	size_t given = 0;

	o.pool[0].circuit = xstrdup(pools[_i].circuit);
	ck_assert_ptr_null(prefix_parse("192.0.2.0/24", &o.pool[0].prefix));
	ck_assert_int_eq(opened(&o, site, &arg, 1, &s) != NULL,
			 pools[_i].known);
	for (size_t i = 0; i < site->circuits; i++) {
		const struct site_circuit *c = &site->circuit[i];

		given += c->nat_pools.count;
		ck_assert_uint_eq(c->nat_pools.count,
				  !strcmp(c->name, pools[_i].circuit));
	}
	ck_assert_uint_eq(given, pools[_i].known);
	free(arg);
	options_free(&o);
	str_free(&s);
	site_free(site);
}
END_TEST

/* One more than a set of bits can hold is refused, not forgotten. */
START_TEST(as_many_files_as_taps)
{
	for (size_t count = SITE_MAX_TAPS; count <= SITE_MAX_TAPS + 1;
	     count++) {
		char *args[SITE_MAX_TAPS + 1];
		struct options o = {.pools = 0};
		struct site *site = site_new();
		struct str s = {0};

		for (size_t i = 0; i < count; i++) {
			str_clear(&s);
			str_addf(&s, "c%zu=a.pcap", i);
			args[i] = xstrdup(s.s);
		}
		ck_assert_int_eq(opened(&o, site, args, count, &s) != NULL,
				 count == SITE_MAX_TAPS);
		for (size_t i = 0; i < count; i++)
			free(args[i]);
		str_free(&s);
		site_free(site);
	}
}
END_TEST

/* An interface that finds no room belongs to no tap, not to any. */
START_TEST(more_interfaces_than_taps)
{
	struct options o = {.file_count = 1};
	struct capture *capture = capture_new();
	struct site *site = site_new();
	struct topo *topo = topo_new(site);
	struct frame frame[CAPTURE_BATCH];
	char many[] = "many.pcapng", *args[] = {many};
	struct inputs *in;
	uint32_t bound = 0;
	size_t n;

	o.files = args;
	in = inputs_open(&o, site, capture);
	ck_assert_ptr_nonnull(in);
	while ((n = capture_next(capture, frame, CAPTURE_BATCH))) {
		for (size_t i = 0; i < n; i++, bound++) {
			struct segment s = {.interface = frame[i].interface};

			ck_assert_uint_eq(frame[i].interface, bound);
			ck_assert(inputs_bind(in, topo, bound) ==
				  (bound < SITE_MAX_TAPS));
			ck_assert_uint_eq(topo_tap(topo, &s),
					  bound < SITE_MAX_TAPS ? bound
								: TAP_NONE);
		}
	}
	ck_assert_uint_eq(bound, MANY);
	ck_assert_uint_eq(site->taps, SITE_MAX_TAPS);
	inputs_free(in);
	topo_free(topo);
	site_free(site);
	capture_free(capture);
}
END_TEST

static TCase *inputs_case(void)
{
	TCase *c = tcase_create("inputs");

	tcase_add_checked_fixture(c, make_files, remove_files);
	tcase_add_loop_test(c, names_make_taps, 0, ARRAY_SIZE(names));
	tcase_add_test(c, order_of_arguments);
	tcase_add_loop_test(c, names_of_a_site, 0, ARRAY_SIZE(in_site));
	tcase_add_loop_test(c, pools_of_circuits, 0, ARRAY_SIZE(pools));
	tcase_add_test(c, as_many_files_as_taps);
	tcase_add_test(c, more_interfaces_than_taps);
	return c;
}

#endif /* APP_INPUTS_TESTS_H */
