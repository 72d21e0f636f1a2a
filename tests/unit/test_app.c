/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of what the program is put together from: relay, inputs, output,
 * options; the program as a whole is tests/cli.sh's
 */
#include "../../src/app/app.h"
#include "../../src/app/http.h"
#include "../../src/app/live.h"
#include "../../src/app/output.h"
#include "../../src/app/relay.h"

#include "app_argument.h"
#include "app_collect.h"
#include "app_files.h"
#include "app_inputs.h"
#include "app_probe.h"
#include "app_recent.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdatomic.h>

/* ------------------------------------------------------------------- relay */

/**
 * struct judged - What has come out of a relay
 * @next:	Number that the next segment must have
 * @busy:	A load is being taken
 * @slow:	us that each load takes
 */
struct judged {
	uint32_t next;
	atomic_int busy;
	unsigned slow;
	bool wrong;
};

static void judge(void *arg, const struct relay_load *load)
{
	struct judged *j = arg;

	j->wrong |= atomic_fetch_add(&j->busy, 1) != 0;
	j->wrong |= !load->count || load->count > RELAY_SEGMENTS;
	for (size_t i = 0; i < load->count; i++) {
		j->wrong |= load->segment[i].seq != j->next;
		j->wrong |= load->mark[i].hash != ~j->next;
		j->next++;
	}
	if (j->slow)
		usleep(j->slow);
	atomic_fetch_sub(&j->busy, 1);
}

/* Fill the load with @count segments that go on from @sent. */
static void fill(struct relay *r, uint32_t *sent, size_t count)
{
	struct relay_load *load = relay_load(r);

	ck_assert_uint_eq(load->count, 0);
	for (size_t i = 0; i < count; i++, (*sent)++) {
		load->segment[i].seq = *sent;
		load->mark[i].hash = ~*sent;
	}
	load->count = count;
}

static const struct {
	unsigned threads, slow_judge, slow_reader; /* us */
	unsigned drain;				   /* every so many loads */
} relays[] = {
	{1, 0, 0, 0},	{1, 100, 0, 7},	  {2, 0, 0, 0},	   {2, 0, 0, 1},
	{2, 0, 0, 9},	{2, 500, 0, 0},	  {2, 500, 0, 13}, {2, 0, 500, 0},
	{2, 0, 500, 5}, {2, 300, 300, 3}, {0, 0, 0, 0},
};

START_TEST(loads_arrive_in_order)
{
	struct judged j = {.slow = relays[_i].slow_judge};
	struct relay *r = relay_start(judge, &j, relays[_i].threads);
	uint32_t sent = 0;

	for (unsigned n = 1; n <= 500; n++) {
		fill(r, &sent,
		     n % 3 ? n * 37 % RELAY_SEGMENTS + 1 : RELAY_SEGMENTS);
		relay_send(r);
		if (relays[_i].threads == 1)
			ck_assert_uint_eq(j.next, sent);
		if (relays[_i].slow_reader)
			usleep(relays[_i].slow_reader);
		if (relays[_i].drain && n % relays[_i].drain == 0) {
			relay_drain(r);
			ck_assert_uint_eq(j.next, sent);
			ck_assert_int_eq(atomic_load(&j.busy), 0);
		}
	}
	relay_stop(r);
	ck_assert_uint_eq(j.next, sent);
	ck_assert(!j.wrong);
}
END_TEST

/* What lies in a load that was not sent goes with the drain, or the stop. */
START_TEST(the_last_load_is_not_left)
{
	for (unsigned threads = 1; threads <= 2; threads++) {
		struct judged j = {.slow = 1000};
		struct relay *r = relay_start(judge, &j, threads);
		uint32_t sent = 0;

		fill(r, &sent, 3);
		relay_drain(r);
		ck_assert_uint_eq(j.next, 3);
		fill(r, &sent, 1);
		relay_stop(r);
		ck_assert_uint_eq(j.next, 4);
		ck_assert(!j.wrong);
	}
}
END_TEST

START_TEST(nothing_to_relay)
{
	for (unsigned threads = 0; threads <= 2; threads++) {
		struct judged j = {0};
		struct relay *r = relay_start(judge, &j, threads);

		relay_stop(r);
		r = relay_start(judge, &j, threads);
		relay_send(r);
		relay_drain(r);
		relay_drain(r);
		relay_stop(r);
		ck_assert_uint_eq(j.next, 0);
		ck_assert(!j.wrong);
	}
}
END_TEST

/* ------------------------------------------------------------------ output */

static char *content(const char *path)
{
	static char text[64];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static unsigned files_here(void)
{
	DIR *d = opendir(".");
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static const struct {
	bool there, good;
	const char *want; /* NULL: no such file */
} outputs[] = {
	{false, true, "new"},
	{true, true, "new"},
	{true, false, "old"},
	{false, false, NULL},
};

START_TEST(written_whole_or_not_at_all)
{
	unsigned before;
	struct output o;
	struct stat st;
	char *text;

	umask(027);
	if (outputs[_i].there)
		write_bytes("report", "old", 3);
	before = files_here();
	ck_assert(output_open(&o, "report"));
	fputs("new", o.stream);
	fflush(o.stream);
	text = content("report");
	if (outputs[_i].there)
		ck_assert_str_eq(text, "old");
	else
		ck_assert_ptr_null(text);
	ck_assert(output_close(&o, outputs[_i].good) == outputs[_i].good);
	text = content("report");
	if (outputs[_i].want) {
		ck_assert_str_eq(text, outputs[_i].want);
		ck_assert_int_eq(stat("report", &st), 0);
		ck_assert_uint_eq(st.st_mode & 0777, 0640);
	} else {
		ck_assert_ptr_null(text);
	}
	ck_assert_uint_eq(files_here(),
			  before + (outputs[_i].good && !outputs[_i].there));
}
END_TEST

START_TEST(where_nothing_can_be_written)
{
	static const char *const paths[] = {"none/report", "a.pcap/report",
					    "dir"};
	unsigned before = files_here();
	struct output o;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		ck_assert_msg(!output_open(&o, paths[i]), "%s", paths[i]);
	ck_assert_uint_eq(files_here(), before);
}
END_TEST

/* A device is written to as it is; no path, and "-", are standard output. */
START_TEST(what_is_no_file)
{
	static const char *const paths[] = {NULL, "-"};
	struct output o;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		ck_assert(output_open(&o, paths[i]));
		ck_assert_ptr_eq(o.stream, stdout);
		ck_assert(output_close(&o, true));
		ck_assert_int_ge(fileno(stdout), 0);
	}
	ck_assert(output_open(&o, "/dev/null"));
	fputs("gone", o.stream);
	ck_assert(output_close(&o, true));
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));

	ck_assert(output_open(&o, "/dev/full"));
	fputs("too much", o.stream);
	ck_assert(!output_close(&o, true));
}
END_TEST

/* ----------------------------------------------------------------- options */

#define GO_ON -1

static const struct {
	const char *args[8];
	int status;
} lines[] = {
	{{NULL}, GO_ON},
	{{"f"}, GO_ON},
	{{"--help"}, 0},
	{{"-h", "f"}, 0},
	{{"--frobnicate"}, EXIT_USAGE},
	{{"-c"}, EXIT_USAGE},
	{{"--format", "json"}, GO_ON},
	{{"--format=text"}, GO_ON},
	{{"--format", "html"}, GO_ON},
	{{"--format", ""}, EXIT_USAGE},
	{{"--fail-on", "info"}, GO_ON},
	{{"--fail-on", "Info"}, EXIT_USAGE},
	{{"--max-flows", "1000"}, GO_ON},
	{{"--max-flows", "100000000"}, GO_ON},
	{{"--max-flows", "999"}, EXIT_USAGE},
	{{"--max-flows", "100000001"}, EXIT_USAGE},
	{{"--max-flows", "-1"}, EXIT_USAGE},
	{{"--max-flows", "1000k"}, EXIT_USAGE},
	{{"--max-flows", "99999999999999999999999"}, EXIT_USAGE},
	{{"--max-flows", ""}, EXIT_USAGE},
	{{"--evidence", "dir"}, GO_ON},
	{{"--evidence"}, EXIT_USAGE},
	{{"--threads", "1"}, GO_ON},
	{{"--threads", "2"}, GO_ON},
	{{"--threads", "0"}, EXIT_USAGE},
	{{"--threads", "16"}, GO_ON},
	{{"--threads", "1025"}, EXIT_USAGE},
	{{"--threads", "2x"}, EXIT_USAGE},
	{{"--threads", "-1"}, EXIT_USAGE},
	{{"--threads", ""}, EXIT_USAGE},
	{{"--nat-pool", "a=192.0.2.0/24"}, GO_ON},
	{{"--nat-pool", "=192.0.2.0/24"}, EXIT_USAGE},
	{{"--nat-pool", "192.0.2.0/24"}, EXIT_USAGE},
	{{"--nat-pool", "a=192.0.2.1/24"}, EXIT_USAGE},
	{{"--nat-pool", "a="}, EXIT_USAGE},
	{{"--color", "always"}, GO_ON},
	{{"--color", "never"}, GO_ON},
	{{"--color", "yes"}, EXIT_USAGE},
};

/* Options of watch, which read has not. */
static const struct {
	const char *const args[3];
	int status;
} watch_lines[] = {
	{{"--all"}, GO_ON},
	{{"--filter", "host 10.0.0.1"}, GO_ON},
	{{"--buffer", "4"}, GO_ON},
	{{"--buffer", "3"}, EXIT_USAGE},
	{{"--buffer", "2047"}, GO_ON},
	{{"--buffer", "2048"}, EXIT_USAGE},
	{{"--buffer", "0"}, EXIT_USAGE},
	{{"--buffer", "1G"}, EXIT_USAGE},
	{{"--buffer", "-1"}, EXIT_USAGE},
	{{"--top"}, GO_ON},
	{{"--write", "file"}, GO_ON},
	{{"--write-memory", "2047"}, GO_ON},
	{{"--write-memory", "0"}, EXIT_USAGE},
	{{"--write-memory", "2048"}, EXIT_USAGE},
	{{"--duration", "90"}, GO_ON},
	{{"--duration", "15m"}, GO_ON},
	{{"--duration", "100000d"}, GO_ON},
	{{"--duration", "0"}, EXIT_USAGE},
	{{"--duration", "-1s"}, EXIT_USAGE},
	{{"--duration", "1w"}, EXIT_USAGE},
	{{"--duration", ""}, EXIT_USAGE},
	{{"--metrics", "9469"}, GO_ON},
	{{"--metrics", "[::1]:9469"}, GO_ON},
	{{"--metrics", "localhost:9469"}, EXIT_USAGE},
};

/* Options point into their argv, so it stays. */
static int parse(struct options *o, const char *const *args)
{
	static char words[10][64];
	static char *argv[ARRAY_SIZE(words) + 1];
	int argc = 1;

	strcpy(words[0], "read");
	for (; args[argc - 1]; argc++)
		snprintf(words[argc], sizeof(words[argc]), "%s",
			 args[argc - 1]);
	for (int i = 0; i <= argc; i++)
		argv[i] = i < argc ? words[i] : NULL;
	optind = 0;
	return options_parse(o, argc, argv, "help\n");
}

START_TEST(options_or_refused)
{
	struct options o = {.watch = false};

	ck_assert_int_eq(parse(&o, lines[_i].args), lines[_i].status);
	options_free(&o);
}
END_TEST

START_TEST(options_of_watch)
{
	struct options o = {.watch = true};

	ck_assert_int_eq(parse(&o, watch_lines[_i].args),
			 watch_lines[_i].status);
	ck_assert(o.watch);
	options_free(&o);
	o.watch = false;
	ck_assert_int_eq(parse(&o, watch_lines[_i].args), EXIT_USAGE);
	options_free(&o);
}
END_TEST

START_TEST(options_say)
{
	static const char *const none[] = {NULL};
	static const char *const all[] = {
		"f1",	       "--flows", "-q", "--format=json",
		"--threads=2", "-oout",	  "f2", NULL};
	static const char *const more[] = {"--nat-pool=a=192.0.2.0/24",
					   "--nat-pool=b=2001:db8::/32",
					   "--fail-on=critical",
					   "--max-flows=5000",
					   "-c",
					   "site",
					   "--color=always",
					   NULL};
	struct options o = {0};

	ck_assert_int_eq(parse(&o, none), GO_ON);
	ck_assert_ptr_null(o.site_path);
	ck_assert_ptr_null(o.output);
	ck_assert_int_eq(o.fail_on, SEVERITY_WARNING);
	ck_assert_int_eq(o.report.format, REPORT_TEXT);
	ck_assert_uint_eq(o.max_flows, FLOW_DEFAULT_MAX);
	ck_assert_uint_eq(o.threads, 0);
	ck_assert_uint_eq(o.file_count, 0);
	ck_assert(!o.report.flows && !o.quiet);
	options_free(&o);

	ck_assert_int_eq(parse(&o, all), GO_ON);
	ck_assert_int_eq(o.report.format, REPORT_JSON);
	ck_assert_str_eq(o.output, "out");
	ck_assert_uint_eq(o.threads, 2);
	ck_assert(o.report.flows && o.quiet && !o.report.color);
	ck_assert_uint_eq(o.report.width, 0);
	ck_assert_uint_eq(o.file_count, 2);
	ck_assert_str_eq(o.files[0], "f1");
	ck_assert_str_eq(o.files[1], "f2");
	options_free(&o);

	ck_assert_int_eq(parse(&o, more), GO_ON);
	ck_assert_uint_eq(o.pools, 2);
	ck_assert_str_eq(o.pool[1].circuit, "b");
	ck_assert_uint_eq(o.pool[1].prefix.len, 32);
	ck_assert_int_eq(o.fail_on, SEVERITY_CRITICAL);
	ck_assert_uint_eq(o.max_flows, 5000);
	ck_assert_str_eq(o.site_path, "site");
	ck_assert(o.report.color);
	options_free(&o);
}
END_TEST

START_TEST(one_pool_too_many)
{
	static char command[] = "read", pool[] = "--nat-pool=a=192.0.2.0/24";
	char *argv[MAX_POOLS + 3] = {command};
	struct options o = {0};

	for (int i = 1; i <= MAX_POOLS + 1; i++)
		argv[i] = pool;
	ck_assert_int_eq(options_parse(&o, MAX_POOLS + 1, argv, ""), GO_ON);
	options_free(&o);
	optind = 0;
	ck_assert_int_eq(options_parse(&o, MAX_POOLS + 2, argv, ""),
			 EXIT_USAGE);
	options_free(&o);
}
END_TEST

/* What tests provoke is not to be read. */
static void be_quiet(void)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
}

/* Frames of streams as they arrive, and what packet time is in the end. */
static const struct {
	struct {
		int64_t packet, at; /* ms */
	} frame[4];
	unsigned frames;
	int64_t now, want; /* ms; -1: not known */
} arrivals[] = {
	{{{0, 0}}, 0, 5000, -1},
	{{{1000, 50}}, 1, 5050, 6000},
	/* The one with the least delay tells. */
	{{{1000, 50}, {2000, 1010}, {3000, 2500}}, 3, 3010, 4000},
	{{{3000, 2500}, {1000, 2510}}, 2, 3500, 4000},
	/* A buffer that is flushed at last. */
	{{{1000, 9000}, {5900, 9000}}, 2, 10000, 6900},
	/* Played back: faster than time. */
	{{{1000, 9000}, {6100, 9000}}, 2, 9100, -1},
	{{{1000, 9000}, {601000, 15000}}, 2, 600000, -1},
	/* A clock that was set forward is believed after a while ... */
	{{{1000, 1000}, {61000, 2000}}, 2, 100000, -1},
	{{{1000, 1000}, {61000, 2000}}, 2, 120000, 179000},
	/* ... and one that was set back after two minutes. */
	{{{901000, 1000}, {61000, 61000}}, 2, 62000, 962000},
	{{{901000, 1000}, {61000, 61000}, {121000, 121000}}, 3, 122000, 122000},
	/* One that drifts, for months. */
	{{{0, 0}, {2592120000, 2592000000}}, 2, 2592001000, 2592121000},
};

START_TEST(packet_time_goes_on)
{
	const int64_t epoch = 1795374000 * NSEC_PER_SEC;
	struct live_clock k = {0};
	struct timestamp t;
	bool known;

	for (unsigned i = 0; i < arrivals[_i].frames; i++)
		live_clock_see(&k,
			       (struct timestamp){epoch +
						  arrivals[_i].frame[i].packet *
							  NSEC_PER_MSEC},
			       arrivals[_i].frame[i].at * NSEC_PER_MSEC);
	known = live_clock_tell(&k, arrivals[_i].now * NSEC_PER_MSEC, &t);
	ck_assert_int_eq(known, arrivals[_i].want >= 0);
	if (known)
		ck_assert_int_eq((t.ns - epoch) / NSEC_PER_MSEC,
				 arrivals[_i].want);
}
END_TEST

/* -------------------------------------------------------------------- http */

static const struct {
	const char *text;
	const char *host; /* NULL: refused */
	uint16_t port;
} places[] = {
	{"9469", "127.0.0.1", 9469},
	{":9469", "127.0.0.1", 9469},
	{"0", "127.0.0.1", 0},
	{"0.0.0.0:80", "0.0.0.0", 80},
	{"192.0.2.1:65535", "192.0.2.1", 65535},
	{"[::1]:9469", "::1", 9469},
	{"[::]:9469", "::", 9469},
	{"", NULL, 0},
	{":", NULL, 0},
	{"65536", NULL, 0},
	{"-1", NULL, 0},
	{"+1", NULL, 0},
	{" 1", NULL, 0},
	{"127.0.0.1", NULL, 0},
	{"127.0.0.1:", NULL, 0},
	{"127.0.0.1:x", NULL, 0},
	{"127.0.0.256:1", NULL, 0},
	{"::1:9469", NULL, 0},
	{"[]:9469", NULL, 0},
	{"[127.0.0.1]:9469", NULL, 0},
	{"[::1:9469", NULL, 0},
	{"[::1]9469", NULL, 0},
	{"::1]:9469", NULL, 0},
	{"eth0:9469", NULL, 0},
	{"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:9469", NULL, 0},
};

START_TEST(places_to_listen_at)
{
	struct sockaddr_storage at;
	const char *why = http_parse(places[_i].text, &at);
	char host[INET6_ADDRSTRLEN];

	ck_assert_int_eq(why == NULL, places[_i].host != NULL);
	if (why)
		return;
	if (at.ss_family == AF_INET6) {
		const struct sockaddr_in6 *a = (void *)&at;

		inet_ntop(AF_INET6, &a->sin6_addr, host, sizeof(host));
		ck_assert_uint_eq(ntohs(a->sin6_port), places[_i].port);
	} else {
		const struct sockaddr_in *a = (void *)&at;

		inet_ntop(AF_INET, &a->sin_addr, host, sizeof(host));
		ck_assert_uint_eq(ntohs(a->sin_port), places[_i].port);
	}
	ck_assert_str_eq(host, places[_i].host);
}
END_TEST

static Suite *app_suite(void)
{
	Suite *suite = suite_create("app");
	TCase *clock = tcase_create("clock"), *http = tcase_create("http");
	TCase *relay = tcase_create("relay"), *output = tcase_create("output");
	TCase *probe = tcase_create("probe");
	TCase *options = tcase_create("options"), *inputs = inputs_case();

	tcase_add_loop_test(clock, packet_time_goes_on, 0,
			    ARRAY_SIZE(arrivals));
	suite_add_tcase(suite, clock);
	tcase_set_timeout(relay, 60);
	tcase_add_loop_test(relay, loads_arrive_in_order, 0,
			    ARRAY_SIZE(relays));
	tcase_add_test(relay, the_last_load_is_not_left);
	tcase_add_test(relay, nothing_to_relay);

	tcase_add_checked_fixture(output, make_files, remove_files);
	tcase_add_checked_fixture(output, be_quiet, NULL);
	tcase_add_loop_test(output, written_whole_or_not_at_all, 0,
			    ARRAY_SIZE(outputs));
	tcase_add_test(output, where_nothing_can_be_written);
	tcase_add_test(output, what_is_no_file);

	tcase_add_checked_fixture(options, be_quiet, NULL);
	tcase_add_loop_test(options, options_or_refused, 0, ARRAY_SIZE(lines));
	tcase_add_loop_test(options, options_of_watch, 0,
			    ARRAY_SIZE(watch_lines));
	tcase_add_test(options, options_say);
	tcase_add_test(options, one_pool_too_many);

	tcase_add_checked_fixture(inputs, be_quiet, NULL);
	tcase_add_loop_test(http, places_to_listen_at, 0, ARRAY_SIZE(places));
	suite_add_tcase(suite, http);
	suite_add_tcase(suite, relay);
	suite_add_tcase(suite, inputs);
	suite_add_tcase(suite, output);
	suite_add_tcase(suite, options);
	suite_add_tcase(suite, argument_case(be_quiet));
	suite_add_tcase(suite, collect_case());
	tcase_add_loop_test(probe, attempts_are_judged, 0,
			    ARRAY_SIZE(probe_rows));
	suite_add_tcase(suite, probe);
	suite_add_tcase(suite, recent_case());
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(app_suite());
	int failures;

	srunner_run_all(runner, CK_ENV);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
