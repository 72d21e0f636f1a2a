/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet_log: the packets of findings, written while a run goes on
 *
 * DOC: Theory of operation
 *
 * A finding comes after its packets, so those of the last moments are
 * remembered (recent.c).  When findings are said, four times a second, those of
 * their connections are looked up by the 5-tuples and appended to a pcapng
 * file, in time order, with the comments that evidence has; for some seconds
 * later packets follow.  A packet is written once: what is found later of a
 * connection is a comment at its next packet.
 *
 * Each time whole blocks are written in one call, and what a full disk has
 * taken of them is taken back, so that the file is whole whenever the program
 * is killed.  A file that was cut all the same is cut back to its last whole
 * block before it is gone on with; every run, and every file after SIGUSR1,
 * begins a section of its own, and so does a change of the taps.
 *
 * Connections of which something was told are in a table with a fixed place
 * for each hash: who finds his place taken ends the other's turn.
 */
#include "packet_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"
#include "journal.h"
#include "pipeline.h"
#include "recent.h"
#include "tapfile.h"

#define PLACES	 1024 /* connections that packets may follow of */
#define FINDINGS 3    /* of a connection that its comments tell of */
#define PACKETS	 200  /* of a connection */
#define REMARKS	 50   /* more of it, that have a comment */
#define FOLLOW	 (10 * NSEC_PER_SEC)

/**
 * struct told - A connection of which something was found
 * @findings:	How many of @finding and @story are used; 0: the place is free
 * @from:	Place in the memory up to which it was looked for
 * @begun:	It was looked for at all
 * @since:	Packets are from this time on
 * @until:	By clock_monotonic(): then no more packets follow
 */
struct told {
	unsigned findings;
	struct finding finding[FINDINGS];
	struct report_story story[FINDINGS];
	uint64_t from;
	uint64_t packets;
	bool begun;
	struct timestamp since;
	int64_t until;
};

/** struct hit - A packet to be written */
struct hit {
	uint64_t at;
	struct timestamp time;
	struct told *of;
};

/**
 * struct packet_log - The file
 * @taps:	Interfaces of the section that was begun
 * @begun:	There is one
 * @torn:	Its last block may not be whole
 * @hit:	Packets to be written now
 * @cut:	Connections of which packets had made room before
 * @left_out:	Packets beyond the bound of a connection, or of a tap that the
 *		file does not know
 * @failing:	It cannot be written to, which was told
 * @lost:	Packets since then
 * @all_lost:	Packets, ever
 */
struct packet_log {
	const char *path;
	int fd;
	struct recent *recent;
	struct told *told;
	struct tapfile taps;
	bool begun;
	bool torn;
	struct hit *hit;
	size_t hits;
	size_t room;
	uint64_t cut;
	uint64_t left_out;
	bool failing;
	uint64_t lost;
	uint64_t all_lost;
};

/* ------------------------------------------------------------------- file */

/* Cut a file back to its last whole block.  Return: false after a line. */
static bool make_whole(int fd, const char *path)
{
	struct stat st;
	uint8_t *map;
	size_t size, whole;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return true;
	size = (size_t)st.st_size;
	map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		log_error("%s: cannot be read: %s", path, strerror(errno));
		return false;
	}
	whole = pcapng_whole(map, size);
	munmap(map, size);
	if (!whole) {
		log_error("%s: is no pcapng file, so it is not appended to",
			  path);
		return false;
	}
	if (whole == size)
		return true;
	log_warn("%s: %zu bytes at its end are no whole packet: cut off", path,
		 size - whole);
	if (!ftruncate(fd, (off_t)whole))
		return true;
	log_error("%s: cannot be cut: %s", path, strerror(errno));
	return false;
}

/* Return: the file, to be appended to; -1 after a line on standard error.
 * Once packets are watched, a pipe that nobody reads from is not waited for.
 */
static int open_file(const char *path, const char *what, bool wait)
{
	int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
		    (wait ? 0 : O_NONBLOCK);
	struct stat st;
	int fd;

	/* A pipe that could be read from would never say that it is closed. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		flags |= O_WRONLY;
	else
		flags |= O_RDWR;
	fd = open(path, flags, 0666);
	if (fd < 0)
		log_error("%s: cannot %s: %s", path, what, strerror(errno));
	else if (fcntl(fd, F_SETFL, O_APPEND) >= 0 && make_whole(fd, path))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

struct packet_log *packet_log_open(const char *path, size_t bytes)
{
	struct packet_log *log;
	int fd = open_file(path, "write", true);

	if (fd < 0)
		return NULL;
	/* Whoever reads from a pipe may leave; what is watched goes on. */
	signal(SIGPIPE, SIG_IGN);
	log = xcalloc(1, sizeof(*log));
	log->path = path;
	log->fd = fd;
	log->recent = recent_new(bytes);
	log->told = xcalloc(PLACES, sizeof(*log->told));
	return log;
}

void packet_log_reopen(struct packet_log *log)
{
	int fd = open_file(log->path, "open again", false);

	if (fd < 0) {
		log_error("%s: the old file is written to", log->path);
		return;
	}
	close(log->fd);
	log->fd = fd;
	log->begun = false;
}

void packet_log_renew(struct packet_log *log)
{
	log->begun = false;
}

static void write_blocks(struct packet_log *log, const struct str *blocks,
			 uint64_t packets)
{
	if (!blocks->len)
		return;
	if (log->torn)
		log->torn = !make_whole(log->fd, log->path);
	if (!log->torn &&
	    journal_write_whole(log->fd, blocks->s, blocks->len, &log->torn)) {
		if (log->failing)
			log_warn("%s: written to again; %" PRIu64
				 " packets are lost",
				 log->path, log->lost);
		log->failing = false;
		log->lost = 0;
		return;
	}
	if (!log->failing)
		log_error("%s: cannot write: %s; packets are lost until this "
			  "is mended",
			  log->path, strerror(errno));
	log->failing = true;
	log->lost += packets;
	log->all_lost += packets;
	/* What was to begin the section may be lost with them. */
	log->begun = false;
}

/* ---------------------------------------------------------------- packets */

void packet_log_put(struct packet_log *log, const struct frame *f, uint8_t tap,
		    uint32_t hash)
{
	if (tap != TAP_NONE)
		recent_put(log->recent, f, tap, hash);
}

static bool is_of(const struct segment *s, const struct tuple *t)
{
	bool client = s->sport == t->client_port &&
		      s->dport == t->server_port &&
		      !addr_cmp(&s->src, &t->client) &&
		      !addr_cmp(&s->dst, &t->server);

	return client ||
	       (s->sport == t->server_port && s->dport == t->client_port &&
		!addr_cmp(&s->src, &t->server) &&
		!addr_cmp(&s->dst, &t->client));
}

static bool is_segment(const struct frame *f, struct segment *s)
{
	enum decode_result r = decode(f, s);

	return r == DECODE_TCP || r == DECODE_ICMP_ERROR;
}

/** struct search - For the packets of a flow */
struct search {
	struct packet_log *log;
	struct told *of;
	const struct tuple *tuple;
};

static void take_hit(void *arg, const struct recent_packet *p)
{
	const struct search *x = arg;
	struct packet_log *log = x->log;
	struct segment s;

	if (p->frame.time.ns < x->of->since.ns || !is_segment(&p->frame, &s) ||
	    !is_of(&s, x->tuple))
		return;
	if (log->hits == log->room) {
		log->room = log->room ? 2 * log->room : 64;
		log->hit = xrealloc(log->hit, log->room, sizeof(*log->hit));
	}
	log->hit[log->hits++] = (struct hit){p->at, p->frame.time, x->of};
}

static uint32_t hash_of(const struct pipeline *p, const struct tuple *t)
{
	const struct segment s = {
		.src = t->client,
		.dst = t->server,
		.sport = t->client_port,
		.dport = t->server_port,
	};
	struct flow_mark mark;

	flow_table_mark(p->flows, &s, TAP_NONE, &mark);
	return mark.hash;
}

static void search_flow(struct pipeline *p, struct told *t,
			const struct tuple *tuple)
{
	struct search x = {.log = p->packets, .of = t, .tuple = tuple};

	recent_find(p->packets->recent, hash_of(p, tuple), t->from, take_hit,
		    &x);
}

/* Look for what there is of a connection since the last time. */
static void search(struct pipeline *p, struct told *t)
{
	struct packet_log *log = p->packets;
	size_t before = log->hits;
	struct timestamp gone;

	for (unsigned i = 0; i < t->findings; i++) {
		const struct finding *f = &t->finding[i];

		for (unsigned k = 0; k < f->tuples && k < FINDING_TUPLES; k++)
			search_flow(p, t, &f->tuple[k]);
		search_flow(p, t, &f->answer);
	}
	if (!t->begun &&
	    (log->hits == before || (recent_gone(log->recent, &gone) &&
				     gone.ns > t->finding[0].time.ns)))
		log->cut++;
	t->begun = true;
	t->from = recent_end(log->recent);
}

static int hit_cmp(const void *pa, const void *pb)
{
	const struct hit *a = pa, *b = pb;

	if (a->time.ns != b->time.ns)
		return a->time.ns < b->time.ns ? -1 : 1;
	return a->at == b->at ? 0 : a->at < b->at ? -1 : 1;
}

/* Return: whether the packet is appended to @out. */
static bool add_packet(struct pipeline *p, const struct hit *h, struct str *out)
{
	struct packet_log *log = p->packets;
	struct recent_packet packet;
	struct str comment = {0};
	struct segment s;
	bool added;

	recent_get(log->recent, h->at, &packet);
	if (!is_segment(&packet.frame, &s))
		return false;
	for (unsigned i = 0; i < h->of->findings; i++)
		report_tell(&h->of->story[i], p->report, &s, packet.tap,
			    &comment);
	added = h->of->packets < (comment.len ? PACKETS + REMARKS : PACKETS) &&
		tapfile_add(&log->taps, packet.tap, &packet.frame, comment.s,
			    out);
	h->of->packets += added;
	str_free(&comment);
	return added;
}

static void begin_section(struct pipeline *p, struct str *out)
{
	struct packet_log *log = p->packets;
	struct tapfile taps;

	tapfile_make(&taps, p, -1);
	if (log->begun && !memcmp(&taps, &log->taps, sizeof(taps)))
		return;
	log->taps = taps;
	log->begun = true;
	tapfile_begin(&taps, p,
		      "asymcap watch: the packets of findings, in the order in "
		      "which these were told; the first packet of a connection "
		      "says what was found",
		      out);
}

/* Write what was searched for. */
static void write_hits(struct pipeline *p)
{
	struct packet_log *log = p->packets;
	struct str out = {0};
	uint64_t packets = 0;

	begin_section(p, &out);
	if (log->hits > 1)
		qsort(log->hit, log->hits, sizeof(*log->hit), hit_cmp);
	for (size_t i = 0; i < log->hits; i++) {
		if (i && log->hit[i].at == log->hit[i - 1].at)
			continue;
		if (add_packet(p, &log->hit[i], &out))
			packets++;
		else
			log->left_out++;
	}
	log->hits = 0;
	write_blocks(log, &out, packets);
	str_free(&out);
}

/* --------------------------------------------------------------- findings */

static bool same_connection(const struct finding *a, const struct finding *b)
{
	const struct tuple *t = &a->tuple[0], *u = &b->tuple[0];

	return a->isn == b->isn && t->client_port == u->client_port &&
	       t->server_port == u->server_port &&
	       !addr_cmp(&t->client, &u->client) &&
	       !addr_cmp(&t->server, &u->server);
}

void packet_log_finding(void *arg, const struct finding *f)
{
	struct pipeline *p = arg;
	struct timestamp to;
	struct told *t;

	if (!f->has_tuple)
		return;
	t = &p->packets->told[hash_of(p, &f->tuple[0]) % PLACES];
	if (t->findings && !same_connection(&t->finding[0], f)) {
		search(p, t);
		write_hits(p);
		t->findings = 0;
	}
	if (!t->findings) {
		*t = (struct told){0};
		collect_time(f, &t->since, &to);
	}
	t->until = clock_monotonic() + FOLLOW;
	if (t->findings == FINDINGS)
		return;
	t->finding[t->findings] = *f;
	t->story[t->findings] = (struct report_story){
		.f = &t->finding[t->findings],
	};
	t->findings++;
}

void packet_log_write(struct pipeline *p)
{
	struct packet_log *log = p->packets;
	int64_t now = clock_monotonic();

	for (unsigned i = 0; i < PLACES; i++) {
		struct told *t = &log->told[i];

		if (t->findings)
			search(p, t);
	}
	write_hits(p);
	for (unsigned i = 0; i < PLACES; i++) {
		if (log->told[i].until <= now)
			log->told[i].findings = 0;
	}
}

uint64_t packet_log_lost(const struct packet_log *log)
{
	return log->all_lost;
}

bool packet_log_close(struct packet_log *log)
{
	bool whole;

	if (log->cut)
		log_warn("%s: of %" PRIu64 " connections packets had left the "
			 "memory; see --write-memory",
			 log->path, log->cut);
	if (log->left_out)
		log_warn("%s: %" PRIu64 " packets left out, beyond %d of a "
			 "connection",
			 log->path, log->left_out, PACKETS);
	if (close(log->fd) && !log->all_lost) {
		log_error("%s: cannot write: %s", log->path, strerror(errno));
		log->all_lost++;
	}
	whole = !log->all_lost;
	recent_free(log->recent);
	free(log->told);
	free(log->hit);
	free(log);
	return whole;
}
