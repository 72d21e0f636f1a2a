/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What monitoring is told while a run goes on
 *
 * DOC: Theory of operation
 *
 * The thread that captures looks at everything once a second, when the judge
 * is idle and what is new has been said, and makes a snapshot of it: values
 * and copies of names.  The thread that answers sees only that, under a lock,
 * and turns it into text once, however often it is asked.  So the first never
 * waits: if the lock is taken, it comes again a quarter of a second later.
 *
 * Whether the loop turns is a time that it leaves behind each time.  It hangs
 * where standard output is a pipe that nobody reads, for one: then /healthz
 * says so, and the metrics are those of the last time.
 *
 * What the system says of this process stands in /proc, which a sandbox may
 * take away: it is opened before.
 */
#include "metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "http.h"
#include "options.h"
#include "packet_log.h"
#include "pipeline.h"

#define LOOK_EVERY NSEC_PER_SEC
#define HANGS	   (5 * NSEC_PER_SEC)

/**
 * struct metrics_server - Between the thread that captures and that of http
 * @started:	When, by the clock
 * @statm:	/proc/self/statm; -1: not to be had
 * @fds:	/proc/self/fd, or NULL
 * @looked:	When the last snapshot was made, by clock_monotonic()
 * @turned:	When the loop turned last, by clock_monotonic()
 * @lock:	Over what follows
 * @metrics:	The snapshot, or NULL before the first
 * @fresh:	It is not yet in @text
 * @text:	As it was rendered; only the thread of http touches it
 */
struct metrics_server {
	struct http *http;
	struct timestamp started;
	int statm;
	DIR *fds;
	int64_t looked;
	_Atomic int64_t turned;
	pthread_mutex_t lock;
	struct metrics *metrics;
	bool fresh;
	struct str text;
};

/* ----------------------------------------------------------------- process */

static uint64_t count_fds(DIR *fds)
{
	uint64_t n = 0;

	rewinddir(fds);
	while (readdir(fds))
		n++;
	return n < 2 ? 0 : n - 2; /* . and .. */
}

static void look_at_process(const struct metrics_server *s,
			    struct metrics_process *to)
{
	unsigned long long size = 0, resident = 0;
	char text[128] = "";
	struct rlimit limit;
	struct timespec cpu;

	to->started = s->started;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	to->cpu = cpu.tv_sec * NSEC_PER_SEC + cpu.tv_nsec;
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		to->max_fds = limit.rlim_cur;
	if (s->statm < 0 || !s->fds ||
	    pread(s->statm, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%llu %llu", &size, &resident) != 2)
		return;
	to->virtual = size * (uint64_t)sysconf(_SC_PAGESIZE);
	to->resident = resident * (uint64_t)sysconf(_SC_PAGESIZE);
	to->open_fds = count_fds(s->fds);
	to->known = true;
}

/* ---------------------------------------------------------------- snapshot */

static void look_at_interfaces(const struct pipeline *p, struct metrics *m)
{
	m->interfaces = capture_interfaces(p->capture);
	m->interface = xcalloc(m->interfaces + 1, sizeof(*m->interface));
	for (uint32_t i = 0; i < m->interfaces; i++) {
		const struct capture_interface *in =
			capture_interface(p->capture, i);
		struct metrics_interface *to = &m->interface[i];

		to->name = xstrdup(in->name ? in->name : "");
		to->up = in->up;
		to->kernel_drops = in->drops - in->if_drops;
		to->interface_drops = in->if_drops;
		if (i >= p->interfaces)
			continue;
		to->packets = p->seen[i].frames;
		to->bytes = p->seen[i].bytes;
		memcpy(to->undecoded, p->seen[i].undecoded,
		       sizeof(to->undecoded));
	}
}

static void look_at_taps(const struct pipeline *p, struct metrics *m)
{
	const struct site *site = p->site;

	m->tap = xcalloc(site->taps + 1, sizeof(*m->tap));
	for (size_t i = 0; i < site->taps; i++) {
		const struct site_tap *tap = &site->tap[i];
		struct metrics_tap *to = &m->tap[m->taps];

		/* Its name may be that of its successor. */
		if (tap->retired)
			continue;
		to->name = xstrdup(tap->name ? tap->name : "");
		if (tap->circuit >= 0)
			to->circuit = xstrdup(site->circuit[tap->circuit].name);
		to->seen = *flow_table_tap(p->flows, (uint8_t)i);
		m->taps++;
	}
}

static void look_at_circuits(const struct pipeline *p, struct metrics *m)
{
	const struct flow_stats *stats = flow_table_stats(p->flows);

	m->circuits = p->site->circuits;
	m->circuit = xcalloc(m->circuits + 1, sizeof(*m->circuit));
	for (size_t i = 0; i < m->circuits; i++) {
		m->circuit[i].name = xstrdup(p->site->circuit[i].name);
		m->circuit[i].expected_rtt = p->site->circuit[i].expected_rtt;
		m->circuit[i].rtt = stats->rtt[i];
	}
}

static void add_path(struct metrics *m, const struct metrics_path *path,
		     size_t *room)
{
	if (m->paths == *room) {
		*room = *room ? 2 * *room : 64;
		m->path = xrealloc(m->path, *room, sizeof(*m->path));
	}
	m->path[m->paths++] = *path;
}

/* Of thousands of paths, few are taken. */
static void look_at_paths(const struct pipeline *p, struct metrics *m)
{
	const struct flow_stats *stats = flow_table_stats(p->flows);
	unsigned slots = SLOT_FIRST + (unsigned)p->site->circuits;
	size_t room = 0;

	for (unsigned c = 0; c < CLASSES; c++) {
		for (unsigned n = 0; n < 3 * slots * slots; n++) {
			struct metrics_path path = {
				.class = (enum conn_class)c,
				.impact = (enum impact)(n % 3),
				.syn = n / 3 / slots,
				.answer = n / 3 % slots,
			};

			path.count = stats->paths[c][path.impact][path.syn]
						 [path.answer];
			if (path.count)
				add_path(m, &path, &room);
		}
	}
}
static_assert(IMPACT_BROKEN + 1 == 3, "as many impacts as are looked at");

static struct metrics *look(const struct metrics_server *s,
			    const struct pipeline *p, uint64_t lost_lines)
{
	struct metrics *m = xcalloc(1, sizeof(*m));

	m->version = ASYMCAP_VERSION;
	m->taken = clock_realtime();
	m->lag = p->lag;
	m->tcp_packets = p->totals.tcp_packets;
	m->lost_lines = lost_lines;
	if (p->packets)
		m->lost_packets = packet_log_lost(p->packets);
	m->max_flows = p->options->max_flows;
	m->flow = *flow_table_counters(p->flows);
	m->found = *report_counts(p->report);
	memcpy(m->withheld, p->withheld, sizeof(m->withheld));
	look_at_process(s, &m->process);
	look_at_interfaces(p, m);
	look_at_taps(p, m);
	look_at_circuits(p, m);
	look_at_paths(p, m);
	return m;
}

void metrics_note(struct metrics_server *s, struct pipeline *p,
		  uint64_t lost_lines)
{
	int64_t now = clock_monotonic();
	struct metrics *before;

	if (!s)
		return;
	s->turned = now;
	if ((s->looked && now - s->looked < LOOK_EVERY) ||
	    pthread_mutex_trylock(&s->lock))
		return;
	before = s->metrics;
	s->metrics = look(s, p, lost_lines);
	s->fresh = true;
	pthread_mutex_unlock(&s->lock);
	s->looked = now;
	p->lag = 0;
	metrics_free(before);
}

/* ----------------------------------------------- on the thread that answers */

static bool any_up(const struct metrics *m)
{
	for (size_t i = 0; i < m->interfaces; i++) {
		if (m->interface[i].up)
			return true;
	}
	return false;
}

static void answer_health(struct metrics_server *s, struct http_answer *a)
{
	int64_t silent = clock_monotonic() - s->turned;
	bool up;

	pthread_mutex_lock(&s->lock);
	up = !s->metrics || any_up(s->metrics);
	pthread_mutex_unlock(&s->lock);
	a->status = 503;
	if (silent > HANGS)
		str_addf(&a->body,
			 "hangs: no packets were taken for %" PRId64 " s\n",
			 (int64_t)(silent / NSEC_PER_SEC));
	else if (!up)
		str_add(&a->body, "no interface is up\n");
	else
		a->status = 200;
	if (a->status == 200)
		str_add(&a->body, "ok\n");
}

static void answer_metrics(struct metrics_server *s, struct http_answer *a)
{
	pthread_mutex_lock(&s->lock);
	if (s->fresh) {
		str_clear(&s->text);
		metrics_render(s->metrics, &s->text);
		s->fresh = false;
	}
	pthread_mutex_unlock(&s->lock);
	if (!s->text.len) {
		a->status = 503;
		str_add(&a->body, "nothing was looked at yet\n");
		return;
	}
	a->type = "text/plain; version=0.0.4; charset=utf-8";
	str_addn(&a->body, s->text.s, s->text.len);
}

static bool answer(void *arg, const char *path, struct http_answer *a)
{
	struct metrics_server *s = arg;

	if (!strcmp(path, "/metrics"))
		answer_metrics(s, a);
	else if (!strcmp(path, "/healthz"))
		answer_health(s, a);
	else
		return false;
	return true;
}

/* -------------------------------------------------------------- life cycle */

struct metrics_server *metrics_listen(const char *where)
{
	struct metrics_server *s;
	struct http *http = http_listen(where);

	if (!http)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->http = http;
	s->started = clock_realtime();
	s->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	s->fds = opendir("/proc/self/fd");
	s->turned = clock_monotonic();
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

bool metrics_start(struct metrics_server *s)
{
	s->turned = clock_monotonic();
	if (http_start(s->http, answer, s))
		return true;
	log_error("--metrics: no thread to be had for it");
	return false;
}

void metrics_stop(struct metrics_server *s)
{
	if (!s)
		return;
	http_stop(s->http);
	pthread_mutex_destroy(&s->lock);
	metrics_free(s->metrics);
	str_free(&s->text);
	if (s->statm >= 0)
		close(s->statm);
	if (s->fds)
		closedir(s->fds);
	free(s);
}
