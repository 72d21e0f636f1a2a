/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * catalogue: connections on the rows of a plan
 */
#include <asymcap/catalogue.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char site_text[] =
	"remote: [40.96.0.0/13]\n"
	"circuits:\n"
	"  net:\n"
	"    kind: internet\n"
	"    nat-pools: [192.0.2.0/25, 192.0.2.128/25]\n"
	"    taps:\n"
	"      - {name: net, vlan: [1]}\n"
	"      - {name: net-in, side: inside, vlan: [2]}\n"
	"  er:\n"
	"    kind: expressroute\n"
	"    nat-pools: [198.51.100.0/24]\n"
	"    taps: [{name: er, vlan: [3]}]\n"
	"  bare: {kind: expressroute, taps: [{name: bare, vlan: [4]}]}\n"
	"services:\n"
	"  - name: mail-in\n"
	"    direction: inbound\n"
	"    local: [203.0.113.25/32]\n"
	"    ports: [25]\n"
	"    circuits: [net]\n"
	"    inbound-snat: {net: 192.168.5.5/32}\n"
	"  - {name: web-out, direction: outbound, ports: [443]}\n";

enum { NET, ER, BARE };
enum { MAIL_IN, WEB_OUT };
#define BIT(n_) (1ULL << (n_))

/* Taps, in the order of the site. */
enum { TAP_NET = BIT(0), TAP_IN = BIT(1), TAP_ER = BIT(2), TAP_BARE = BIT(3) };

static struct site *site;
static struct topo *topo;
static struct catalogue *catalogue;

static void set_up(void)
{
	struct str errors = {0};

	site = site_parse("test", site_text, strlen(site_text), &errors);
	ck_assert_msg(site != NULL, "%s", errors.s ? errors.s : "");
	str_free(&errors);
	topo = topo_new(site);
	catalogue = catalogue_new(topo);
}

static void tear_down(void)
{
	catalogue_free(catalogue);
	topo_free(topo);
	site_free(site);
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a), "%s is no address", text);
	return a;
}

/* A sound connection whose SYN was seen at these taps. */
static struct connection sound(uint16_t service, enum direction d,
			       uint64_t taps)
{
	bool in = d == DIRECTION_INBOUND;
	struct connection c = {
		.class = CLASS_SYMMETRIC,
		.impact = IMPACT_WORKING,
		.completed = true,
		.service = service,
		.direction = d,
		.syn.taps = taps,
		.syn.count = 1,
		.answer.count = 1,
		.tuples = 1,
		.rtt = 10 * NSEC_PER_MSEC,
		.dropped_at = CIRCUIT_NONE,
	};

	c.tuple[0].client = addr_of(in ? "40.96.0.10" : "192.0.2.7");
	c.tuple[0].server = addr_of(in ? "203.0.113.25" : "40.96.0.10");
	c.tuple[0].server_port = in ? 25 : 443;
	c.syn_circuits = c.answer_circuits = topo_circuits(topo, taps);
	return c;
}

static void take(struct connection c, unsigned times)
{
	while (times--)
		catalogue_take(catalogue, &c);
}

static enum row_result result_of(uint16_t service)
{
	return catalogue_result(catalogue_row(catalogue, service));
}

/* ----------------------------------------------------------------- results */

/* What one connection makes of the row mail-in. */
static struct connection translated(void)
{
	struct connection c =
		sound(MAIL_IN, DIRECTION_INBOUND, TAP_NET | TAP_IN);

	c.tuple[1] = c.tuple[0];
	c.tuple[1].client = addr_of("192.168.5.5");
	c.tuples = 2;
	return c;
}

static struct connection off_plan(void)
{
	return sound(MAIL_IN, DIRECTION_INBOUND, TAP_ER);
}

static struct connection asymmetric(void)
{
	struct connection c = translated();

	c.class = CLASS_ASYMMETRIC;
	c.answer_circuits = BIT(ER);
	return c;
}

static struct connection broken(void)
{
	struct connection c = translated();

	c.impact = IMPACT_BROKEN;
	c.completed = false;
	return c;
}

static struct connection original_inside(void)
{
	struct connection c =
		sound(MAIL_IN, DIRECTION_INBOUND, TAP_NET | TAP_IN);

	c.original_taps = TAP_NET | TAP_IN;
	return c;
}

static struct connection escaped(void)
{
	struct connection c = translated();

	c.escapes = 1;
	return c;
}

static struct connection refused(void)
{
	struct connection c = broken();

	c.class = CLASS_REFUSED;
	return c;
}

/* Silence breaks it, too, but that is not for a row to say. */
static struct connection unanswered(void)
{
	struct connection c = broken();

	c.class = CLASS_UNANSWERED;
	c.answer.count = 0;
	c.answer_circuits = 0;
	return c;
}

static struct connection midstream(void)
{
	struct connection c = translated();

	c.class = CLASS_MIDSTREAM;
	return c;
}

static struct connection outside_only(void)
{
	return sound(MAIL_IN, DIRECTION_INBOUND, TAP_NET);
}

static const struct {
	struct connection (*make)(void);
	enum row_result result;
	uint64_t completed, refused, unanswered, broken;
	uint64_t nat_planned, nat_wrong, nat_unseen;
} results[] = {
	{translated, ROW_AS_PLANNED, 1, 0, 0, 0, 1, 0, 0},
	{off_plan, ROW_OFF_PLAN, 1, 0, 0, 0, 0, 0, 0},
	{asymmetric, ROW_ASYMMETRIC, 1, 0, 0, 0, 1, 0, 0},
	{broken, ROW_BROKEN, 0, 0, 0, 1, 1, 0, 0},
	{original_inside, ROW_WRONG_NAT, 1, 0, 0, 0, 0, 1, 0},
	{escaped, ROW_WRONG_NAT, 1, 0, 0, 0, 0, 1, 0},
	{refused, ROW_NOT_COMPLETED, 0, 1, 0, 0, 1, 0, 0},
	{unanswered, ROW_NOT_COMPLETED, 0, 0, 1, 0, 1, 0, 0},
	{midstream, ROW_NOT_EXERCISED, 0, 0, 0, 0, 0, 0, 0},
	{outside_only, ROW_NOT_VERIFIED, 1, 0, 0, 0, 0, 0, 1},
};

START_TEST(results_of_a_row)
{
	const struct catalogue_row *row = catalogue_row(catalogue, MAIL_IN);

	ck_assert_int_eq(result_of(MAIL_IN), ROW_NOT_EXERCISED);
	take(results[_i].make(), 3);
	ck_assert_int_eq(result_of(MAIL_IN), results[_i].result);
	ck_assert_uint_eq(row->completed, 3 * results[_i].completed);
	ck_assert_uint_eq(row->refused, 3 * results[_i].refused);
	ck_assert_uint_eq(row->unanswered, 3 * results[_i].unanswered);
	ck_assert_uint_eq(row->broken, 3 * results[_i].broken);
	ck_assert_uint_eq(row->nat_planned, 3 * results[_i].nat_planned);
	ck_assert_uint_eq(row->nat_wrong, 3 * results[_i].nat_wrong);
	ck_assert_uint_eq(row->nat_unseen, 3 * results[_i].nat_unseen);
	ck_assert_uint_eq(row->connections + row->midstream, 3);
	ck_assert_int_eq(result_of(WEB_OUT), ROW_NOT_EXERCISED);
}
END_TEST

START_TEST(circuits_of_a_row)
{
	const struct catalogue_row *row = catalogue_row(catalogue, MAIL_IN);

	ck_assert_uint_eq(row->planned, BIT(NET));
	ck_assert_uint_eq(catalogue_row(catalogue, WEB_OUT)->planned, 0);
	take(translated(), 2);
	take(off_plan(), 1);
	take(asymmetric(), 1);
	ck_assert_uint_eq(row->seen, BIT(NET) | BIT(ER));
	ck_assert_uint_eq(row->answered, BIT(NET) | BIT(ER));
	ck_assert_uint_eq(row->on[NET], 3);
	ck_assert_uint_eq(row->on[ER], 1);
	ck_assert_uint_eq(row->off_plan, 1);
	ck_assert_uint_eq(row->asymmetric, 1);
	/* The gravest wins, and one good connection changes nothing. */
	ck_assert_int_eq(result_of(MAIL_IN), ROW_OFF_PLAN);
}
END_TEST

/* Outbound: right where an outside tap of a circuit with a pool saw it. */
START_TEST(outbound_nat)
{
	const struct catalogue_row *row = catalogue_row(catalogue, WEB_OUT);
	struct connection wrong =
		sound(WEB_OUT, DIRECTION_OUTBOUND, TAP_NET | TAP_IN);

	take(sound(WEB_OUT, DIRECTION_OUTBOUND, TAP_NET | TAP_IN), 1);
	ck_assert_uint_eq(row->nat_planned, 1);
	take(sound(WEB_OUT, DIRECTION_OUTBOUND, TAP_IN), 1);
	ck_assert_uint_eq(row->nat_unseen, 1);
	take(sound(WEB_OUT, DIRECTION_OUTBOUND, TAP_BARE), 1);
	ck_assert_uint_eq(row->nat_planned + row->nat_unseen, 2);
	wrong.escapes = 1;
	take(wrong, 1);
	ck_assert_uint_eq(row->nat_wrong, 1);
	ck_assert_uint_eq(row->connections, 4);
}
END_TEST

START_TEST(pools_in_use)
{
	const struct catalogue_pool *pool;
	struct connection c = sound(WEB_OUT, DIRECTION_OUTBOUND, TAP_NET);
	size_t count;

	take(c, 5);
	/* Inside the client has another address than in the pool. */
	c.tuple[1] = c.tuple[0];
	c.tuple[0].client = addr_of("10.0.0.1");
	c.tuples = 2;
	take(c, 1);
	c.direction = DIRECTION_INBOUND;
	take(c, 1);
	pool = catalogue_pools(catalogue, &count);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(pool[0].connections, 6);
	ck_assert_uint_eq(pool[1].connections, 0);
	ck_assert_uint_eq(pool[2].connections, 0);
	ck_assert_uint_eq(pool[2].circuit, ER);
}
END_TEST

/* A pool less, one more, and a row more; what was seen is kept. */
START_TEST(a_site_that_is_renewed)
{
	static const char text[] =
		"remote: [40.96.0.0/13]\n"
		"circuits:\n"
		"  net: {kind: internet, nat-pools: [192.0.2.0/25,"
		" 192.0.3.0/24], taps: [{name: net, vlan: [1]}]}\n"
		"services:\n"
		"  - {name: new, direction: inbound, circuits: [net]}\n"
		"  - {name: web-out, direction: outbound, circuits: [net]}\n";
	struct str errors = {0};
	const struct catalogue_pool *pool;
	int taps[SITE_MAX_TAPS];
	size_t count;

	take(sound(WEB_OUT, DIRECTION_OUTBOUND, TAP_NET), 5);
	ck_assert_ptr_null(site_renew(
		site, site_parse("test", text, strlen(text), &errors), taps));
	topo_refresh(topo);
	catalogue_refresh(catalogue);
	ck_assert_uint_eq(site->services, 3);
	ck_assert_uint_eq(catalogue_row(catalogue, WEB_OUT)->connections, 5);
	ck_assert_uint_eq(catalogue_row(catalogue, WEB_OUT)->planned, BIT(NET));
	ck_assert_int_eq(result_of(2), ROW_NOT_EXERCISED);
	take(sound(2, DIRECTION_INBOUND, TAP_NET), 1);
	ck_assert_uint_eq(catalogue_row(catalogue, 2)->connections, 1);
	pool = catalogue_pools(catalogue, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(pool[0].connections, 5);
	ck_assert_uint_eq(pool[1].connections, 0);
	str_free(&errors);
}
END_TEST

START_TEST(dual_use)
{
	struct connection c = sound(SERVICE_NONE, DIRECTION_UNKNOWN, TAP_NET);

	c.class = CLASS_OUT_OF_SCOPE;
	c.tuple[0].client = addr_of("192.0.0.9");
	c.tuple[0].server = addr_of("203.0.113.25");
	c.tuple[0].server_port = 25;
	take(c, 1);
	ck_assert(!catalogue_dual_use(catalogue, MAIL_IN));
	take(translated(), 1);
	ck_assert(!catalogue_dual_use(catalogue, MAIL_IN));
	take(off_plan(), 1);
	ck_assert(catalogue_dual_use(catalogue, MAIL_IN));
	ck_assert(!catalogue_dual_use(catalogue, WEB_OUT));
	ck_assert_uint_eq(catalogue_row(catalogue, MAIL_IN)->connections, 2);
}
END_TEST

/* ------------------------------------------------------------------ no row */

START_TEST(servers_in_no_row)
{
	struct connection c = sound(SERVICE_NONE, DIRECTION_OUTBOUND, TAP_NET);
	const struct catalogue_end *end;
	size_t count;

	for (unsigned i = 0; i < CATALOGUE_ENDS + 10; i++) {
		c.tuple[0].server_port = (uint16_t)(1000 + i);
		take(c, i == 5 ? 3 : 1);
	}
	end = catalogue_ends(catalogue, &count);
	ck_assert_uint_eq(count, CATALOGUE_ENDS);
	ck_assert_uint_eq(end[0].port, 1005);
	ck_assert_uint_eq(end[0].connections, 3);
	ck_assert_uint_eq(end[0].circuits, BIT(NET));
	ck_assert_uint_eq(end[1].port, 1000);
	ck_assert_uint_eq(catalogue_more_ends(catalogue, DIRECTION_OUTBOUND),
			  10);
	ck_assert_uint_eq(catalogue_more_ends(catalogue, DIRECTION_INBOUND), 0);
	ck_assert_uint_eq(
		catalogue_no_row(catalogue, DIRECTION_OUTBOUND)->connections,
		CATALOGUE_ENDS + 12);
	ck_assert_uint_eq(
		catalogue_no_row(catalogue, DIRECTION_INBOUND)->connections, 0);
}
END_TEST

/* ------------------------------------------------------------------- times */

static const struct {
	int64_t rtt[5];
	int64_t median;
} times[] = {
	{{-1, -1, -1, -1, -1}, -1},
	{{20000000, -1, -1, -1, -1}, 20000000},
	{{20000000, 1000000, 900000000, 30000000, 10000000}, 20000000},
	{{5000, 5000, 5000, 900000, 900000}, 5000},
	{{0, 0, 0, 0, 0}, 1000},
	{{INT64_MAX, INT64_MAX, INT64_MAX, 0, 0}, 130000000000},
};

START_TEST(median_times)
{
	struct connection c = sound(WEB_OUT, DIRECTION_OUTBOUND, TAP_NET);
	int64_t median;

	for (unsigned i = 0; i < 5; i++) {
		c.rtt = times[_i].rtt[i];
		take(c, 1);
	}
	median = catalogue_rtt(catalogue, WEB_OUT, DIRECTION_OUTBOUND);
	if (times[_i].median < 0) {
		ck_assert_int_eq(median, -1);
	} else {
		int64_t error = llabs(median - times[_i].median);

		ck_assert_int_le(error, times[_i].median / 100 * 4);
	}
	ck_assert_int_eq(catalogue_rtt(catalogue, MAIL_IN, DIRECTION_INBOUND),
			 -1);
}
END_TEST

START_TEST(a_word_each)
{
	ck_assert_str_eq(row_result_name(ROW_OFF_PLAN), "off-plan");
	for (unsigned r = 0; r < ROW_RESULTS; r++)
		ck_assert_ptr_nonnull(row_result_name((enum row_result)r));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("catalogue");
	TCase *rows = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(rows, set_up, tear_down);
	tcase_add_loop_test(rows, results_of_a_row, 0, ARRAY_SIZE(results));
	tcase_add_test(rows, circuits_of_a_row);
	tcase_add_test(rows, outbound_nat);
	tcase_add_test(rows, pools_in_use);
	tcase_add_test(rows, dual_use);
	tcase_add_test(rows, a_site_that_is_renewed);
	tcase_add_test(rows, servers_in_no_row);
	tcase_add_loop_test(rows, median_times, 0, ARRAY_SIZE(times));
	tcase_add_test(rows, a_word_each);
	suite_add_tcase(suite, rows);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
