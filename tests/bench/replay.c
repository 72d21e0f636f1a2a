/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay: send captures into network interfaces, over and over, fast
 *
 * DOC: Theory of operation
 *
 * tcpreplay sends the same connections again and again, which a table of
 * connections takes for copies, or for ports that are used again.  Here each
 * round has connections of its own: its number is put, by exclusive or, into
 * the last two bytes of both IPv4 addresses of each frame, the same in both
 * directions.  Checksums are not mended: no mirror promises right ones.
 *
 * All frames are in memory, in one order of time over all files; they go out
 * in small batches of one interface each, past the queueing discipline.
 * Stamps count for the order only: with --rate so many a second are sent,
 * else as many as go.
 */
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PORTS 8
#define BATCH	  32
#define MIN_FRAME 34 /* Ethernet and IPv4 */
#define MAX_FRAME 2048
#define SECOND	  1000000000ll

/** struct record - A frame of a file; @data lies in the file's bytes */
struct record {
	int64_t time;
	uint8_t *data;
	uint32_t size;
};

/** struct port - An interface, and what goes out of it */
struct port {
	const char *name;
	int fd;
	uint8_t *file;
	struct record *record;
	size_t count;
	size_t next;
};

static const char usage[] =
	"usage: replay [options] INTERFACE=FILE...\n"
	"  --rate N      packets a second, of all interfaces (as many as go)\n"
	"  --seconds N   so long (10)\n"
	"  --whole       and then to the end of the round\n"
	"FILE is a pcap file of nanoseconds, of IPv4 over Ethernet, as "
	"generate "
	"writes it.\nPrints how many were sent, as JSON.\n";

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* ------------------------------------------------------------------- input */

static uint8_t *read_whole(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes;
	long end;

	if (!f || fseek(f, 0, SEEK_END) || (end = ftell(f)) < 24)
		die(path, f ? "is no capture" : strerror(errno));
	rewind(f);
	*size = (size_t)end;
	bytes = malloc(*size);
	if (!bytes || fread(bytes, 1, *size, f) != *size)
		die(path, "cannot be read");
	fclose(f);
	return bytes;
}

static uint32_t number_at(const uint8_t *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return n;
}

static void load(struct port *p, const char *path)
{
	size_t size, at = 24, room = 0;

	p->file = read_whole(path, &size);
	if (number_at(p->file) != 0xa1b23c4d)
		die(path, "is no pcap file of nanoseconds");
	while (at + 16 <= size) {
		uint8_t *head = p->file + at;
		uint32_t len = number_at(head + 8);

		at += 16;
		if (len < MIN_FRAME || len > MAX_FRAME || len > size - at)
			die(path, "has a frame that is too long or short");
		if (p->count == room) {
			room = room ? 2 * room : 4096;
			p->record =
				realloc(p->record, room * sizeof(*p->record));
			if (!p->record)
				die(path, "out of memory");
		}
		p->record[p->count++] = (struct record){
			.time = number_at(head) * SECOND + number_at(head + 4),
			.data = p->file + at,
			.size = len,
		};
		at += len;
	}
}

static void open_port(struct port *p, char *word)
{
	char *equals = strchr(word, '=');
	struct sockaddr_ll at = {.sll_family = AF_PACKET};
	const int yes = 1;

	if (!equals)
		die(word, "it is INTERFACE=FILE");
	*equals = '\0';
	p->name = word;
	at.sll_ifindex = (int)if_nametoindex(word);
	p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (!at.sll_ifindex || p->fd < 0 ||
	    bind(p->fd, (struct sockaddr *)&at, sizeof(at)))
		die(word, strerror(errno));
	setsockopt(p->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes));
	load(p, equals + 1);
}

/* -------------------------------------------------------------------- send */

/* The port whose next frame is the oldest, or NULL at the end of a round. */
static struct port *next_port(struct port *port, size_t ports)
{
	struct port *first = NULL;

	for (size_t i = 0; i < ports; i++) {
		struct port *p = &port[i];

		if (p->next < p->count &&
		    (!first ||
		     p->record[p->next].time < first->record[first->next].time))
			first = p;
	}
	return first;
}

/* Applied twice, it is undone. */
static void mark_round(struct record *r, uint16_t change)
{
	r->data[28] ^= (uint8_t)(change >> 8);
	r->data[29] ^= (uint8_t)change;
	r->data[32] ^= (uint8_t)(change >> 8);
	r->data[33] ^= (uint8_t)change;
}

/* Return how many frames of the batch went out. */
static size_t send_batch(struct port *p, uint16_t change)
{
	struct mmsghdr message[BATCH];
	struct iovec bytes[BATCH];
	size_t n = 0, sent = 0;

	memset(message, 0, sizeof(message));
	for (; n < BATCH && p->next < p->count; n++) {
		struct record *r = &p->record[p->next++];

		mark_round(r, change);
		bytes[n] = (struct iovec){r->data, r->size};
		message[n].msg_hdr.msg_iov = &bytes[n];
		message[n].msg_hdr.msg_iovlen = 1;
	}
	while (sent < n && !stop) {
		int done = sendmmsg(p->fd, message + sent, (unsigned)(n - sent),
				    0);

		if (done > 0)
			sent += (size_t)done;
		else if (errno != ENOBUFS && errno != EINTR && errno != EAGAIN)
			die(p->name, strerror(errno));
	}
	return sent;
}

static void wait_for(int64_t when)
{
	int64_t left = when - now();
	struct timespec ts = {.tv_nsec = 0};

	if (left <= 0)
		return;
	ts.tv_sec = left / SECOND;
	ts.tv_nsec = left % SECOND;
	nanosleep(&ts, NULL);
}

struct wish {
	double rate;
	double seconds;
	bool whole;
};

static void send_all(struct port *port, size_t ports, const struct wish *wish)
{
	int64_t began = now(), end = began + (int64_t)(wish->seconds * SECOND);
	uint64_t sent = 0, rounds = 0;
	uint16_t last = 0;

	while (!stop && (now() < end || wish->whole)) {
		struct port *p = next_port(port, ports);
		uint16_t change = (uint16_t)rounds;

		if (!p) {
			for (size_t i = 0; i < ports; i++)
				port[i].next = 0;
			last = change;
			rounds++;
			if (now() >= end)
				break;
			continue;
		}
		sent += send_batch(p, (uint16_t)(change ^ last));
		if (wish->rate > 0)
			wait_for(began +
				 (int64_t)((double)sent / wish->rate * SECOND));
	}
	printf("{\"sent\":%" PRIu64 ",\"rounds\":%" PRIu64
	       ",\"seconds\":%.3f}\n",
	       sent, rounds, (double)(now() - began) / SECOND);
}

static const struct option longopts[] = {
	{"rate", required_argument, NULL, 'r'},
	{"seconds", required_argument, NULL, 's'},
	{"whole", no_argument, NULL, 'w'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	struct wish wish = {.seconds = 10};
	struct port port[MAX_PORTS] = {0};
	size_t ports = 0;
	int ch;

	while ((ch = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (ch) {
		case 'r':
			wish.rate = number_parse(optarg, 1, 1e9);
			break;
		case 's':
			wish.seconds = number_parse(optarg, 0, 1e6);
			break;
		case 'w':
			wish.whole = true;
			break;
		default:
			fputs(usage, ch == 'h' ? stdout : stderr);
			return ch == 'h' ? 0 : 2;
		}
	}
	if (optind == argc || argc - optind > MAX_PORTS) {
		fputs(usage, stderr);
		return 2;
	}
	for (; optind < argc; optind++)
		open_port(&port[ports++], argv[optind]);
	signal(SIGTERM, on_stop);
	signal(SIGINT, on_stop);
	send_all(port, ports, &wish);
	return 0;
}
