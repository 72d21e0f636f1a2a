/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of what the process asks of its machine: each confined one is a child,
 * which tries what must not be possible any more
 */
#include <asymcap/host.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/landlock.h>

/* ----------------------------------------------------------------- confine */

static char folder[64];

/* A file in the test's folder, made if it is not there. */
static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned n;
	char *p = path[n++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void make_file(const char *name)
{
	int fd = open(in_folder(name), O_WRONLY | O_CREAT, 0666);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "text\n", 5), 5);
	close(fd);
}

static void setup(void)
{
	strcpy(folder, "/tmp/asymcap-host-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(mkdir(in_folder("out"), 0755), 0);
	ck_assert_int_eq(mkdir(in_folder("etc"), 0755), 0);
	make_file("secret");
	make_file("out/log");
	make_file("etc/site.yaml");
}

static void teardown(void)
{
	static const char *const files[] = {
		"out/log", "out/log.1",	    "out/link", "out/new", "secret",
		"new",	   "etc/site.yaml", "etc/new",	"sock",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlink(in_folder(files[i]));
	rmdir(in_folder("out"));
	rmdir(in_folder("etc"));
	ck_assert_int_eq(rmdir(folder), 0);
}

/* 0, or the errno of opening it. */
static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);
	int error = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static long landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION);
}

/* Run in a child; @body returns 0, or the number of the line that failed. */
static void in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (!pid)
		_exit(body());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(!WEXITSTATUS(status), "failed in the child: %d",
		      WEXITSTATUS(status));
}

/* The number of a step is the exit status of the child in which it fails. */
#define STEP(n_, condition_)                                                   \
	do {                                                                   \
		if (!(condition_))                                             \
			return (n_);                                           \
	} while (0)

/* The hexadecimal number behind a word of /proc/self/status. */
static unsigned long long own_status(const char *word)
{
	unsigned long long n = ~0ull;
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, word, strlen(word)))
			n = strtoull(line + strlen(word), NULL, 16);
	}
	if (f)
		fclose(f);
	return n;
}

static int no_capability(void)
{
	struct confine_list list = {0};

	confine_allow(&list, "/proc/self", CONFINE_READ);
	STEP(1, confine(&list, true));
	STEP(2, own_status("CapEff:") == 0);
	STEP(3, own_status("CapPrm:") == 0);
	STEP(4, own_status("CapInh:") == 0);
	STEP(5, own_status("CapAmb:") == 0);
	STEP(6, own_status("NoNewPrivs:") == 1);
	STEP(7, geteuid() || own_status("CapBnd:") == 0);
	STEP(8, socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
	return 0;
}

START_TEST(confined_has_no_capability)
{
	in_child(no_capability);
}
END_TEST

/* What was open stays open, whatever happens to its path. */
static int only_listed(void)
{
	struct confine_list list = {0};
	int fd = open(in_folder("secret"), O_RDWR);
	char byte;

	confine_allow(&list, in_folder("out/log"), CONFINE_APPEND);
	confine_allow(&list, in_folder("etc/site.yaml"), CONFINE_READ_BESIDE);
	confine_allow(&list, "-", CONFINE_REPLACE);
	confine_allow(&list, NULL, CONFINE_REPLACE);
	STEP(1, confine(&list, true));
	STEP(2, read(fd, &byte, 1) == 1 && write(fd, "x", 1) == 1);
	STEP(3, try_open(in_folder("secret"), O_RDONLY) == EACCES);
	STEP(4, try_open(in_folder("new"), O_WRONLY | O_CREAT) == EACCES);
	STEP(5, try_open("/etc/passwd", O_RDONLY) == EACCES);
	STEP(6, try_open(folder, O_RDONLY | O_DIRECTORY) == EACCES);
	/* A log: written and made again, not read or taken away. */
	STEP(10, !try_open(in_folder("out/log"), O_WRONLY | O_APPEND));
	STEP(11, !try_open(in_folder("out/new"), O_WRONLY | O_CREAT));
	STEP(12, try_open(in_folder("out/log"), O_RDONLY) == EACCES);
	STEP(13, unlink(in_folder("out/log")) && errno == EACCES);
	STEP(14, mkdir(in_folder("out/folder"), 0777) && errno == EACCES);
	STEP(15,
	     symlink("/etc/passwd", in_folder("out/link")) && errno == EACCES);
	/* A site file: read, whatever has its name by then. */
	STEP(20, !try_open(in_folder("etc/site.yaml"), O_RDONLY));
	STEP(21, try_open(in_folder("etc/site.yaml"), O_WRONLY) == EACCES);
	STEP(22, try_open(in_folder("etc/new"), O_WRONLY | O_CREAT) == EACCES);
	/* No program, which would need to be read first. */
	execl("/bin/true", "true", (char *)NULL);
	STEP(30, errno == EACCES);
	return 0;
}

START_TEST(confined_opens_what_is_listed)
{
	if (landlock_version() < 1) {
		puts("skipped: no Landlock in this kernel");
		return;
	}
	in_child(only_listed);
}
END_TEST

static int a_report(void)
{
	struct confine_list list = {0};

	confine_allow(&list, in_folder("out/log"), CONFINE_REPLACE);
	STEP(1, confine(&list, true));
	STEP(2, !try_open(in_folder("out/new"), O_WRONLY | O_CREAT));
	STEP(3, !rename(in_folder("out/new"), in_folder("out/log")));
	STEP(4, !unlink(in_folder("out/log")));
	STEP(5, try_open(in_folder("secret"), O_RDONLY) == EACCES);
	return 0;
}

START_TEST(confined_replaces_its_report)
{
	if (landlock_version() < 1) {
		puts("skipped: no Landlock in this kernel");
		return;
	}
	in_child(a_report);
}
END_TEST

/* A device is allowed by itself, and not with all of /dev. */
static int a_device(void)
{
	struct confine_list list = {0};

	confine_allow(&list, "/dev/null", CONFINE_APPEND);
	STEP(1, confine(&list, true));
	STEP(2, !try_open("/dev/null", O_WRONLY));
	STEP(3, try_open("/dev/full", O_WRONLY) == EACCES);
	return 0;
}

/* The target of a link may be made anew where it lies. */
static int a_link(void)
{
	struct confine_list list = {0};

	STEP(1, !symlink(in_folder("etc/site.yaml"), in_folder("out/link")));
	confine_allow(&list, in_folder("out/link"), CONFINE_APPEND);
	STEP(2, confine(&list, true));
	STEP(3, !try_open(in_folder("out/link"), O_WRONLY));
	STEP(4, !try_open(in_folder("etc/new"), O_WRONLY | O_CREAT));
	return 0;
}

START_TEST(confined_knows_devices_and_links)
{
	if (landlock_version() < 1) {
		puts("skipped: no Landlock in this kernel");
		return;
	}
	in_child(a_device);
	in_child(a_link);
}
END_TEST

static int no_network(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	struct confine_list list = {0};
	socklen_t size = sizeof(a);
	int before = socket(AF_INET, SOCK_STREAM, 0);
	int after = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	STEP(1, !bind(before, (struct sockaddr *)&a, size));
	STEP(2, !listen(before, 1));
	STEP(3, !getsockname(before, (struct sockaddr *)&a, &size));
	STEP(4, confine(&list, true));
	STEP(5, connect(after, (struct sockaddr *)&a, size) && errno == EACCES);
	a.sin_port = 0;
	STEP(6, bind(after, (struct sockaddr *)&a, size) && errno == EACCES);
	STEP(7, !listen(before, 2));
	return 0;
}

START_TEST(confined_connects_to_nobody)
{
	if (landlock_version() < 4) {
		puts("skipped: this kernel's Landlock knows no ports");
		return;
	}
	in_child(no_network);
}
END_TEST

static int ports_that_are_listed(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	struct confine_list list = {.ports = true};
	int after = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	STEP(1, confine(&list, true));
	STEP(2, !bind(after, (struct sockaddr *)&a, sizeof(a)));
	STEP(3, try_open("/etc/passwd", O_RDONLY) == EACCES);
	return 0;
}

START_TEST(confined_binds_ports_that_are_listed)
{
	if (landlock_version() < 4) {
		puts("skipped: this kernel's Landlock knows no ports");
		return;
	}
	in_child(ports_that_are_listed);
}
END_TEST

static void *wait_for_ever(void *arg)
{
	pause();
	return arg;
}

static int two_threads(void)
{
	struct confine_list list = {0};
	pthread_t other;

	STEP(1, !pthread_create(&other, NULL, wait_for_ever, NULL));
	STEP(2, !confine(&list, true));
	return 0;
}

START_TEST(confined_before_there_are_threads)
{
	in_child(two_threads);
}
END_TEST

/* ------------------------------------------------------------------ notify */

static int listen_at(const char *name, bool abstract)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	size_t size = offsetof(struct sockaddr_un, sun_path) + strlen(name);

	strcpy(a.sun_path, name);
	if (abstract)
		a.sun_path[0] = '\0';
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, (socklen_t)size), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* What was said next, or "" */
static const char *heard(int fd)
{
	static char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

START_TEST(notify_path_and_abstract)
{
	char abstract[64];
	struct notify n;
	int fd;

	snprintf(abstract, sizeof(abstract), "@asymcap-test-%d", getpid());
	for (int i = 0; i < 2; i++) {
		fd = listen_at(i ? abstract : in_folder("sock"), i);
		notify_open(&n);
		ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
		notify_say(&n, "READY=1\nSTATUS=well");
		ck_assert_str_eq(heard(fd), "READY=1\nSTATUS=well");
		notify_alive(&n, 1);
		ck_assert_str_eq(heard(fd), "");
		notify_close(&n);
		notify_say(&n, "READY=1");
		ck_assert_str_eq(heard(fd), "");
		close(fd);
	}
}
END_TEST

START_TEST(notify_signs_of_life)
{
	int fd = listen_at(in_folder("sock"), false);
	int64_t now = clock_monotonic();
	struct notify n;

	setenv("WATCHDOG_USEC", "2000000", 1);
	notify_open(&n);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	notify_alive(&n, now);
	ck_assert_str_eq(heard(fd), "WATCHDOG=1");
	notify_alive(&n, now + NSEC_PER_SEC - 1);
	ck_assert_str_eq(heard(fd), "");
	notify_alive(&n, now + NSEC_PER_SEC);
	ck_assert_str_eq(heard(fd), "WATCHDOG=1");
	notify_close(&n);
	close(fd);
}
END_TEST

static const struct {
	const char *usec, *pid;
	int64_t every;
} watchdogs[] = {
	{"1000", NULL, 1000000},
	{"1000", "1", 0},
	{"-1", NULL, 0},
	{"10x", NULL, 0},
	{"", NULL, 0},
	{NULL, NULL, 0},
	{"18446744073709551615", NULL, 0},
};

START_TEST(notify_reads_the_environment)
{
	int fd = listen_at(in_folder("sock"), false);
	struct notify n;

	if (watchdogs[_i].usec)
		setenv("WATCHDOG_USEC", watchdogs[_i].usec, 1);
	if (watchdogs[_i].pid)
		setenv("WATCHDOG_PID", watchdogs[_i].pid, 1);
	notify_open(&n);
	ck_assert_int_eq(n.every, watchdogs[_i].every);
	notify_close(&n);
	close(fd);
}
END_TEST

START_TEST(notify_nobody)
{
	static const char *const names[] = {
		"", "relative", "/", "@", "/no/such/socket",
	};
	struct notify n;

	log_set_level(LOG_LEVEL_ERROR);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		setenv("WATCHDOG_USEC", "1000", 1);
		notify_open(&n);
		ck_assert_int_eq(n.fd, -1);
		notify_say(&n, "READY=1");
		notify_alive(&n, clock_monotonic());
		notify_close(&n);
	}
}
END_TEST

/* A manager that reads nothing must not stop what it manages. */
START_TEST(notify_never_hangs)
{
	int fd = listen_at(in_folder("sock"), false);
	struct notify n;

	setenv("WATCHDOG_USEC", "2", 1);
	notify_open(&n);
	for (int i = 0; i < 1000; i++)
		notify_alive(&n, clock_monotonic() + i * NSEC_PER_SEC);
	notify_say(&n, "STOPPING=1");
	notify_close(&n);
	close(fd);
}
END_TEST

/* A confined process still says how it is. */
static int says_when_confined(void)
{
	struct confine_list list = {0};
	struct notify n;

	notify_open(&n);
	STEP(1, n.fd >= 0);
	STEP(2, confine(&list, true));
	notify_say(&n, "READY=1");
	return 0;
}

START_TEST(notify_from_within)
{
	char abstract[64];
	int fd;

	snprintf(abstract, sizeof(abstract), "@asymcap-test-%d", getpid());
	for (int i = 0; i < 2; i++) {
		fd = listen_at(i ? abstract : in_folder("sock"), i);
		in_child(says_when_confined);
		ck_assert_str_eq(heard(fd), "READY=1");
		close(fd);
		unsetenv("NOTIFY_SOCKET");
	}
}
END_TEST

static Suite *host_suite(void)
{
	Suite *s = suite_create("host");
	TCase *c = tcase_create("confine");
	TCase *n = tcase_create("notify");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, confined_has_no_capability);
	tcase_add_test(c, confined_opens_what_is_listed);
	tcase_add_test(c, confined_replaces_its_report);
	tcase_add_test(c, confined_knows_devices_and_links);
	tcase_add_test(c, confined_connects_to_nobody);
	tcase_add_test(c, confined_binds_ports_that_are_listed);
	tcase_add_test(c, confined_before_there_are_threads);
	suite_add_tcase(s, c);
	tcase_set_timeout(n, 60);
	tcase_add_checked_fixture(n, setup, teardown);
	tcase_add_test(n, notify_path_and_abstract);
	tcase_add_test(n, notify_signs_of_life);
	tcase_add_loop_test(n, notify_reads_the_environment, 0,
			    ARRAY_SIZE(watchdogs));
	tcase_add_test(n, notify_nobody);
	tcase_add_test(n, notify_never_hangs);
	tcase_add_test(n, notify_from_within);
	suite_add_tcase(s, n);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(host_suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
