/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flood: a pair of captures of a flood in which real connections live
 *
 * DOC: Theory of operation
 *
 * The flood comes at a constant rate, each packet from another source and
 * over a circuit drawn at random.  Connections are opened evenly over the
 * first part of it, exchange data now and then, and are closed shortly before
 * its end, so each has to outlive the flood around it.  Every second one is
 * asymmetric, and every third of these broken: its SYN-ACK is sent again and
 * again and never acknowledged.  A fifth of all has a long round trip.
 *
 * Which connections there are is printed as JSON: the truth that findings are
 * held against.  One seed gives one output, on every machine of the same byte
 * order.
 */
#include "draw.h"
#include "number.h"
#include "out.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NSEC	   1000000000ull
#define MSEC	   1000000ull
#define EPOCH	   (1767225600ull * NSEC) /* 2026-01-01T00:00:00Z */
#define SNAPLEN	   96
#define OPEN_UNTIL 0.80 /* of the flood */
#define CLOSE_FROM 0.98
#define FIRST_PORT 1024
#define PORTS	   (65536 - FIRST_PORT)
#define CIRCUITS   2
#define NEVER	   UINT64_MAX

enum kind {
	KIND_SYN,
	KIND_SYN_ACK,
	KIND_ACK,
	KIND_ANSWERED, /* SYNs, each with an answer later on */
	KINDS
};

static const char *const kind_names[] = {
	[KIND_SYN] = "syn",
	[KIND_SYN_ACK] = "syn-ack",
	[KIND_ACK] = "ack",
	[KIND_ANSWERED] = "answered",
};
static_assert(sizeof(kind_names) / sizeof(*kind_names) == KINDS, "a name each");

/** enum step - The packet that a connection sends next */
enum step {
	STEP_SYN,
	STEP_SYN_ACK,
	STEP_ACK,
	STEP_REQUEST,
	STEP_REPLY,
	STEP_REPLY_ACK,
	STEP_FIN,
	STEP_FIN_BACK,
	STEP_LAST_ACK,
	STEP_OVER,
};

/** struct conn - A connection, or a packet of the flood; side 0 is the client */
struct conn {
	uint64_t due; /* time of the next packet */
	uint64_t rtt; /* SYN to SYN-ACK, ns */
	uint64_t close_at;
	uint8_t addr[2][4];
	uint16_t port[2];
	uint32_t seq[2];
	uint8_t circuit[2];
	uint8_t step;
	uint8_t resends;
	bool asymmetric;
	bool broken;
};

struct options {
	const char *out;
	enum kind kind;
	uint64_t flood;
	double rate;   /* packets of the flood a second */
	uint32_t isns; /* ISNs of the flood are one of so many; 0: any */
	uint64_t lag;  /* answers come so many packets later */
	size_t count;  /* connections */
	double rtt[2]; /* ms: most, some */
	double every;  /* data, ms */
	uint64_t seed;
};

struct flood {
	struct options opt;
	struct out out[CIRCUITS];
	struct conn *conn;
	struct conn *asked; /* those whose answer is due, a ring */
	uint64_t rng;
	uint64_t end;
	uint32_t index; /* of the next source */
};

static const char usage[] =
	"usage: flood [options] --out PREFIX   writes PREFIX-1.pcap, -2.pcap\n"
	"  --kind KIND       syn, syn-ack, ack, or answered (syn)\n"
	"  --flood N         packets, each from another source (50000000)\n"
	"  --rate N          of them a second (1000000)\n"
	"  --lag N           answered: answers come N packets later (50000)\n"
	"  --isns N          its ISNs are one of so many; 0: any (0)\n"
	"  --connections N   real ones, half of them asymmetric (1000)\n"
	"  --rtt MS          SYN to SYN-ACK, of most of them (20)\n"
	"  --long-rtt MS     of a fifth of them (100)\n"
	"  --every MS        from data to data, about (3000)\n"
	"  --seed N          another seed, other files (1)\n"
	"The connections are printed as JSON.\n";

static const struct option longopts[] = {
	{"kind", required_argument, NULL, 'k'},
	{"flood", required_argument, NULL, 'f'},
	{"rate", required_argument, NULL, 'r'},
	{"lag", required_argument, NULL, 'l'},
	{"isns", required_argument, NULL, 'i'},
	{"connections", required_argument, NULL, 'c'},
	{"rtt", required_argument, NULL, 't'},
	{"long-rtt", required_argument, NULL, 'T'},
	{"every", required_argument, NULL, 'e'},
	{"seed", required_argument, NULL, 'S'},
	{"out", required_argument, NULL, 'o'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* ---------------------------------------------------------------- options */

static void wrong_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static enum kind parse_kind(const char *text)
{
	for (int i = 0; i < KINDS; i++) {
		if (!strcmp(text, kind_names[i]))
			return (enum kind)i;
	}
	fprintf(stderr, "flood: %s: no kind of flood\n", text);
	wrong_usage();
	return KINDS;
}

static void take_option(struct options *o, int ch, const char *arg)
{
	switch (ch) {
	case 'k':
		o->kind = parse_kind(arg);
		break;
	case 'f':
		o->flood = (uint64_t)number_parse(arg, 1, 2e9);
		break;
	case 'r':
		o->rate = number_parse(arg, 1, 1e9);
		break;
	case 'l':
		o->lag = (uint64_t)number_parse(arg, 1, 1e8);
		break;
	case 'i':
		o->isns = (uint32_t)number_parse(arg, 0, UINT32_MAX);
		break;
	case 'c':
		o->count = (size_t)number_parse(arg, 1, 1e5);
		break;
	case 't':
		o->rtt[0] = number_parse(arg, 0, 1e6);
		break;
	case 'T':
		o->rtt[1] = number_parse(arg, 0, 1e6);
		break;
	case 'e':
		o->every = number_parse(arg, 0.001, 1e6);
		break;
	case 'S':
		o->seed = (uint64_t)number_parse(arg, 0, 0x1p53);
		break;
	case 'o':
		o->out = arg;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	default:
		wrong_usage();
	}
}

static void parse_options(struct options *o, int argc, char **argv)
{
	int ch;

	*o = (struct options){
		.flood = 50000000,
		.rate = 1e6,
		.lag = 50000,
		.count = 1000,
		.rtt = {20, 100},
		.every = 3000,
		.seed = 1,
	};
	while ((ch = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		take_option(o, ch, optarg);
	if (!o->out || optind < argc)
		wrong_usage();
}

/* ---------------------------------------------------------------- packets */

static void emit(struct flood *g, struct conn *c, int side, uint64_t time,
		 uint8_t flags, uint16_t payload)
{
	uint32_t clock = (uint32_t)(time / MSEC);
	struct packet p = {
		.time = time,
		.src = c->addr[side],
		.dst = c->addr[!side],
		.sport = c->port[side],
		.dport = c->port[!side],
		.seq = c->seq[side],
		.ack = c->seq[!side],
		.flags = flags,
		.payload = payload,
		.circuit = c->circuit[side],
		.from_client = !side,
		.ip_id = (uint16_t)draw(&g->rng),
		.timestamps = true,
		.ts_val = clock,
		.ts_ecr = flags & PACKET_ACK ? clock : 0,
	};

	out_packet(&g->out[c->circuit[side]], &p);
	c->seq[side] += payload;
	if (flags & (PACKET_SYN | PACKET_FIN))
		c->seq[side]++;
}

/* Ends that a packet to the published address has, but for its source. */
static void draw_ends(struct flood *g, struct conn *c)
{
	memcpy(c->addr[1], "\xcb\x00\x71\x19", 4); /* 203.0.113.25 */
	c->port[0] = (uint16_t)(FIRST_PORT + draw_below(&g->rng, PORTS));
	c->port[1] = 443;
	c->circuit[0] = (uint8_t)draw_below(&g->rng, CIRCUITS);
	c->circuit[1] = c->circuit[0];
	c->seq[0] = (uint32_t)draw(&g->rng);
	c->seq[1] = (uint32_t)draw(&g->rng);
}

/* Any number to any other, one to one: the finalizer of MurmurHash3. */
static uint32_t shuffle(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	h ^= h >> 13;
	h *= 0xc2b2ae35u;
	return h ^ h >> 16;
}

/* A source that has not been before; 40.0.0.0/8 are our own clients. */
static void draw_source(struct flood *g, uint8_t addr[4])
{
	uint32_t a;

	do {
		a = shuffle(g->index++ ^ (uint32_t)g->opt.seed);
	} while (!draw_is_stranger(a));
	addr[0] = (uint8_t)(a >> 24);
	addr[1] = (uint8_t)(a >> 16);
	addr[2] = (uint8_t)(a >> 8);
	addr[3] = (uint8_t)a;
}

/* Packet number @n of the flood, and the answer to an earlier one. */
static void flood_one(struct flood *g, uint64_t n, uint64_t now)
{
	struct conn c = {0}, *ring = g->asked + n % g->opt.lag;

	draw_source(g, c.addr[0]);
	draw_ends(g, &c);
	if (g->opt.isns)
		c.seq[0] %= g->opt.isns;
	switch (g->opt.kind) {
	case KIND_ANSWERED:
		if (n >= g->opt.lag)
			emit(g, ring, 1, now, PACKET_SYN | PACKET_ACK, 0);
		emit(g, &c, 0, now, PACKET_SYN, 0);
		*ring = c;
		break;
	case KIND_SYN_ACK: /* as if we had asked */
		c.port[1] = c.port[0];
		c.port[0] = 443;
		emit(g, &c, 0, now, PACKET_SYN | PACKET_ACK, 0);
		break;
	case KIND_ACK:
		emit(g, &c, 0, now, PACKET_ACK, 0);
		break;
	default:
		emit(g, &c, 0, now, PACKET_SYN, 0);
	}
}

/* ------------------------------------------------------------ connections */

static void conn_init(struct flood *g, size_t i)
{
	double seconds = (double)(g->end - EPOCH), from = (double)i;
	struct conn *c = &g->conn[i];
	uint32_t a = (40u << 24 | 96u << 16) + (uint32_t)(i << 2);

	/* each has an address of its own in 40.96.0.0/13 */
	a += draw_below(&g->rng, 4);
	c->addr[0][0] = (uint8_t)(a >> 24);
	c->addr[0][1] = (uint8_t)(a >> 16);
	c->addr[0][2] = (uint8_t)(a >> 8);
	c->addr[0][3] = (uint8_t)a;
	draw_ends(g, c);
	c->asymmetric = i % 2;
	c->broken = c->asymmetric && i % 3 == 0;
	if (c->asymmetric)
		c->circuit[1] = !c->circuit[0];
	c->rtt = (uint64_t)(g->opt.rtt[i % 10 >= 8] * (double)MSEC);
	c->due = EPOCH +
		 (uint64_t)(seconds * OPEN_UNTIL * from / (double)g->opt.count);
	from = CLOSE_FROM +
	       (1 - CLOSE_FROM) * (double)draw_below(&g->rng, 1000) / 1000;
	c->close_at = EPOCH + (uint64_t)(seconds * from);
}

/* When the client has something to say again, or wants to leave. */
static void conn_rest(struct flood *g, struct conn *c)
{
	double share = 0.5 + (double)(draw(&g->rng) >> 40) / 0x1p24;
	uint64_t now = c->due;

	c->due += (uint64_t)(g->opt.every * (double)MSEC * share);
	c->step = STEP_REQUEST;
	if (c->due < c->close_at)
		return;
	c->due = now > c->close_at ? now : c->close_at;
	c->step = STEP_FIN;
}

/* An answer that nobody acknowledges comes again after 1, 3, 7 ... s. */
static void conn_resend(struct flood *g, struct conn *c)
{
	c->seq[1]--;
	c->due += NSEC << c->resends++;
	c->step = STEP_SYN_ACK;
	if (c->due > g->end)
		c->due = NEVER;
}

/* Write the next packet of a connection. */
static void conn_step(struct flood *g, struct conn *c)
{
	const uint8_t push = PACKET_PSH | PACKET_ACK;
	const uint8_t fin = PACKET_FIN | PACKET_ACK;
	const uint64_t now = c->due, soon = now + c->rtt / 20 + 1;

	c->due = now + c->rtt;
	switch ((enum step)c->step++) {
	case STEP_SYN:
		emit(g, c, 0, now, PACKET_SYN, 0);
		break;
	case STEP_SYN_ACK:
		emit(g, c, 1, now, PACKET_SYN | PACKET_ACK, 0);
		c->due = soon;
		if (c->broken)
			conn_resend(g, c);
		break;
	case STEP_ACK:
		emit(g, c, 0, now, PACKET_ACK, 0);
		c->due = soon;
		break;
	case STEP_REQUEST:
		emit(g, c, 0, now, push, 200);
		break;
	case STEP_REPLY:
		emit(g, c, 1, now, push, 1000);
		c->due = soon;
		break;
	case STEP_REPLY_ACK:
		emit(g, c, 0, now, PACKET_ACK, 0);
		c->due = now;
		conn_rest(g, c);
		break;
	case STEP_FIN:
		emit(g, c, 0, now, fin, 0);
		break;
	case STEP_FIN_BACK:
		emit(g, c, 1, now, fin, 0);
		c->due = soon;
		break;
	case STEP_LAST_ACK:
		emit(g, c, 0, now, PACKET_ACK, 0);
		c->due = NEVER;
		break;
	case STEP_OVER:
		c->due = NEVER;
	}
}

/* What connections send until @now, in order; return when the next is due. */
static uint64_t conns_until(struct flood *g, uint64_t now)
{
	for (;;) {
		struct conn *first = g->conn;

		for (size_t i = 1; i < g->opt.count; i++) {
			if (g->conn[i].due < first->due)
				first = &g->conn[i];
		}
		if (first->due > now || first->due == NEVER)
			return first->due;
		conn_step(g, first);
	}
}

static void run(struct flood *g)
{
	uint64_t due = 0;

	for (uint64_t n = 0; n < g->opt.flood; n++) {
		uint64_t now = EPOCH + (uint64_t)((double)n * (double)NSEC /
						  g->opt.rate);

		if (due <= now)
			due = conns_until(g, now);
		flood_one(g, n, now);
	}
	conns_until(g, NEVER);
}

static void report(const struct flood *g)
{
	printf("{\"packets\":[%" PRIu64 ",%" PRIu64 "],\"flood\":%" PRIu64
	       ",\"seconds\":%.3f,\"connections\":[",
	       g->out[0].packets, g->out[1].packets, g->opt.flood,
	       (double)(g->end - EPOCH) / (double)NSEC);
	for (size_t i = 0; i < g->opt.count; i++) {
		const struct conn *c = &g->conn[i];

		printf("%s{\"src_ip\":\"%u.%u.%u.%u\",\"src_port\":%u,"
		       "\"dest_ip\":\"203.0.113.25\",\"dest_port\":443,"
		       "\"asymmetric\":%s,\"broken\":%s,\"rtt_ms\":%g}",
		       i ? "," : "", c->addr[0][0], c->addr[0][1],
		       c->addr[0][2], c->addr[0][3], c->port[0],
		       c->asymmetric ? "true" : "false",
		       c->broken ? "true" : "false",
		       (double)c->rtt / (double)MSEC);
	}
	puts("]}");
}

int main(int argc, char **argv)
{
	struct flood state = {0}, *g = &state;

	parse_options(&g->opt, argc, argv);
	g->rng = g->opt.seed;
	g->end = EPOCH +
		 (uint64_t)((double)g->opt.flood * (double)NSEC / g->opt.rate);
	g->conn = calloc(g->opt.count, sizeof(*g->conn));
	g->asked = calloc(g->opt.lag, sizeof(*g->asked));
	if (!g->conn || !g->asked)
		out_die("memory", strerror(errno));
	for (unsigned int i = 0; i < CIRCUITS; i++)
		out_open(&g->out[i], g->opt.out, i + 1, SNAPLEN);
	for (size_t i = 0; i < g->opt.count; i++)
		conn_init(g, i);
	run(g);
	for (unsigned int i = 0; i < CIRCUITS; i++)
		out_close(&g->out[i]);
	report(g);
	free(g->asked);
	free(g->conn);
	return EXIT_SUCCESS;
}
