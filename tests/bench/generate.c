/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * generate: large captures of whole TCP connections, for speed tests
 *
 * DOC: Theory of operation
 *
 * There are as many slots as connections are to be open at a time.  Round
 * after round, each slot is visited once, in an order drawn anew.  A visit
 * writes the next packet of the slot's connection, or lets it wait for a visit
 * or two; when the last packet is written, the slot gets a new connection.  So
 * packets of all connections interleave at random, yet none has to wait for
 * long, and the clock, which moves on a little with every visit, alone decides
 * how long a connection lives.
 *
 * A 5-tuple is unique among the open connections because each slot has client
 * ports of its own and walks round them.
 *
 * Connections that are never answered live outside the slots: their SYN is
 * sent again after 1, 3 and 7 s.  As each delay is constant, a queue for each
 * keeps them in time order.
 *
 * One seed gives one output, on every machine of the same byte order.
 */
#include "draw.h"
#include "options.h"
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH	      (1767225600ull * NSEC) /* 2026-01-01T00:00:00Z */
#define NSEC	      1000000000ull
#define LIFE	      (1 * NSEC)	   /* of a connection, mean */
#define PACKETS_MEAN  11.2		   /* of a connection, measured */
#define MAX_WAIT      2			   /* visits without a packet */
#define VISITS_MEAN   (1 + MAX_WAIT / 2.0) /* for a packet */
#define RESENDS	      3
#define RESET_PERCENT 3
#define FIRST_PORT    1024
#define PORTS	      (65536 - FIRST_PORT)

/** enum step - The packet that a connection sends next */
enum step {
	STEP_SYN,
	STEP_SYN_ACK,
	STEP_ACK,
	STEP_REQUEST,
	STEP_REPLY,
	STEP_MORE,
	STEP_REPLY_ACK,
	STEP_FIN,
	STEP_FIN_BACK,
	STEP_LAST_ACK,
	STEP_RESET,
	STEP_OVER,
};

/** struct conn - A connection; side 0 is the client */
struct conn {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t seq[2];
	uint32_t ts_base[2];
	uint32_t turn;	    /* which of the slot's ports is next */
	uint8_t circuit[2]; /* where each side's packets are seen */
	uint8_t step;
	uint8_t rounds;
	uint8_t wait; /* visits to come without a packet */
	bool ipv6;
	bool timestamps;
	bool reset;
};

/** struct waiting - SYNs that will be sent again, oldest first */
struct waiting {
	struct {
		struct conn conn;
		uint64_t due;
	} * item;
	size_t head, count, cap;
};

struct generator {
	struct options opt;
	struct out out[OPTIONS_MAX_CIRCUITS];
	struct conn *slot;
	uint32_t *order; /* of the slots; the first @open have life */
	size_t open;
	struct waiting waiting[RESENDS];
	uint64_t now, rng, written, flooded, target;
	uint64_t connections, asymmetric, unanswered, resets;
	uint32_t flood_index;
};

/* Write a packet of one side of a connection, and count its bytes. */
static void emit(struct generator *g, struct conn *c, int side, uint8_t flags,
		 uint16_t payload)
{
	uint32_t clock = (uint32_t)(g->now / 1000000);
	struct packet p = {
		.time = g->now,
		.src = c->addr[side],
		.dst = c->addr[!side],
		.ipv6 = c->ipv6,
		.sport = c->port[side],
		.dport = c->port[!side],
		.seq = c->seq[side],
		.ack = c->seq[!side],
		.flags = flags,
		.payload = payload,
		.circuit = c->circuit[side],
		.from_client = !side,
		.ip_id = (uint16_t)draw(&g->rng),
		.vlan = g->opt.vlan ? (uint16_t)(100 + c->circuit[side]) : 0,
		.timestamps = c->timestamps,
		.ts_val = c->ts_base[side] + clock,
		.ts_ecr = flags & PACKET_ACK ? c->ts_base[!side] + clock : 0,
	};

	out_packet(&g->out[c->circuit[side]], &p);
	g->written++;
	c->seq[side] += payload;
	if (flags & (PACKET_SYN | PACKET_FIN))
		c->seq[side]++;
}

static void set_addresses(struct generator *g, struct conn *c, size_t slot)
{
	uint32_t server = draw_below(&g->rng, 1u << 19);
	uint8_t pool = (uint8_t)(100 + c->circuit[0]);

	memset(c->addr, 0, sizeof(c->addr));
	if (c->ipv6) {
		/* 2001:db8:64::/48 and on; 2603:1006::/32 */
		memcpy(c->addr[0], "\x20\x01\x0d\xb8\x00", 5);
		memcpy(c->addr[1], "\x26\x03\x10\x06", 4);
		c->addr[0][5] = pool;
		c->addr[0][15] = (uint8_t)slot;
		c->addr[1][13] = (uint8_t)(server >> 16);
		c->addr[1][14] = (uint8_t)(server >> 8);
		c->addr[1][15] = (uint8_t)server;
		return;
	}
	/* 198.51.100.0/24 and on; 40.96.0.0/13 */
	memcpy(c->addr[0], "\xc6\x33", 2);
	c->addr[0][2] = pool;
	c->addr[0][3] = (uint8_t)slot;
	c->addr[1][0] = 40;
	c->addr[1][1] = (uint8_t)(96 | server >> 16);
	c->addr[1][2] = (uint8_t)(server >> 8);
	c->addr[1][3] = (uint8_t)server;
}

/* Start a new connection in a slot; its next packet is the SYN. */
static void conn_start(struct generator *g, struct conn *c, size_t slot)
{
	static const uint16_t services[] = {443, 443, 443, 25, 80, 587, 993};
	size_t columns = (g->opt.concurrent + 255) / 256;
	uint32_t circuits = (uint32_t)g->opt.circuits;
	size_t ports = PORTS / columns, column = slot / 256;

	c->circuit[0] = c->circuit[1] = (uint8_t)draw_below(&g->rng, circuits);
	c->ipv6 = draw_percent(&g->rng, g->opt.ipv6);
	c->timestamps = draw_below(&g->rng, 4) > 0;
	c->reset = draw_percent(&g->rng, RESET_PERCENT);
	c->rounds = (uint8_t)(1 + draw_below(&g->rng, 2));
	c->step = STEP_SYN;
	c->wait = (uint8_t)draw_below(&g->rng, MAX_WAIT + 1);
	set_addresses(g, c, slot);
	c->port[0] = (uint16_t)(FIRST_PORT + column * ports + c->turn % ports);
	c->port[1] = services[draw_below(&g->rng, sizeof(services) / 2)];
	c->turn++;
	c->seq[0] = (uint32_t)draw(&g->rng);
	c->seq[1] = (uint32_t)draw(&g->rng);
	c->ts_base[0] = (uint32_t)draw(&g->rng);
	c->ts_base[1] = (uint32_t)draw(&g->rng);
}

static void queue_push(struct waiting *q, const struct conn *c, uint64_t due)
{
	size_t i;

	if (q->head && q->head + q->count == q->cap && q->head >= q->count) {
		memmove(q->item, q->item + q->head,
			q->count * sizeof(*q->item));
		q->head = 0;
	}
	if (q->head + q->count == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 1024;
		q->item = realloc(q->item, q->cap * sizeof(*q->item));
		if (!q->item)
			out_die("memory", strerror(errno));
	}
	i = q->head + q->count++;
	q->item[i].conn = *c;
	q->item[i].due = due;
}

/* Resend the SYN that has waited for longest, if its time is before @until. */
static bool resend_one(struct generator *g, uint64_t until)
{
	struct waiting *q, *first = NULL;
	uint64_t due = until;
	struct conn c;
	int i;

	for (i = 0; i < RESENDS; i++) {
		q = &g->waiting[i];
		if (q->count && q->item[q->head].due <= due) {
			due = q->item[q->head].due;
			first = q;
		}
	}
	if (!first)
		return false;
	c = first->item[first->head].conn;
	first->head++;
	first->count--;
	g->now = due;
	emit(g, &c, 0, PACKET_SYN, 0);
	c.seq[0]--;
	i = (int)(first - g->waiting) + 1;
	if (i < RESENDS)
		queue_push(&g->waiting[i], &c, due + (NSEC << i));
	return true;
}

/* The first SYN of a connection decides what becomes of it. */
static void conn_open(struct generator *g, struct conn *c)
{
	uint32_t circuits = (uint32_t)g->opt.circuits;

	g->connections++;
	emit(g, c, 0, PACKET_SYN, 0);
	if (draw_percent(&g->rng, g->opt.unanswered)) {
		c->seq[0]--;
		g->unanswered++;
		queue_push(&g->waiting[0], c, g->now + NSEC);
		c->step = STEP_OVER;
		return;
	}
	if (circuits > 1 && draw_percent(&g->rng, g->opt.asymmetric)) {
		g->asymmetric++;
		c->circuit[1] = (uint8_t)((c->circuit[0] + 1 +
					   draw_below(&g->rng, circuits - 1)) %
					  circuits);
	}
	c->step = STEP_SYN_ACK;
}

static uint16_t draw_payload(struct generator *g, const struct conn *c)
{
	/* a full frame is 1514 bytes, or 1518 with a tag */
	uint16_t full = (uint16_t)(1500 - (c->ipv6 ? 60 : 40) -
				   (c->timestamps ? 12 : 0));

	if (draw_below(&g->rng, 3) == 0)
		return full;
	return (uint16_t)(1 + draw_below(&g->rng, full));
}

/* Write the next packet of a connection. */
static void conn_step(struct generator *g, struct conn *c)
{
	const uint8_t push = PACKET_PSH | PACKET_ACK;

	switch ((enum step)c->step++) {
	case STEP_SYN:
		conn_open(g, c);
		break;
	case STEP_SYN_ACK:
		emit(g, c, 1, PACKET_SYN | PACKET_ACK, 0);
		break;
	case STEP_ACK:
		emit(g, c, 0, PACKET_ACK, 0);
		break;
	case STEP_REQUEST:
		emit(g, c, 0, push, draw_payload(g, c));
		break;
	case STEP_REPLY:
		emit(g, c, 1, push, draw_payload(g, c));
		if (draw_below(&g->rng, 2))
			c->step = STEP_REPLY_ACK;
		break;
	case STEP_MORE:
		emit(g, c, 1, PACKET_ACK, draw_payload(g, c));
		break;
	case STEP_REPLY_ACK:
		emit(g, c, 0, PACKET_ACK, 0);
		if (--c->rounds)
			c->step = STEP_REQUEST;
		else if (c->reset)
			c->step = STEP_RESET;
		break;
	case STEP_FIN:
		emit(g, c, 0, PACKET_FIN | PACKET_ACK, 0);
		break;
	case STEP_FIN_BACK:
		emit(g, c, 1, PACKET_FIN | PACKET_ACK, 0);
		break;
	case STEP_LAST_ACK:
		emit(g, c, 0, PACKET_ACK, 0);
		c->step = STEP_OVER;
		break;
	case STEP_RESET:
		emit(g, c, 0, PACKET_RST | PACKET_ACK, 0);
		g->resets++;
		break;
	case STEP_OVER:
		break;
	}
}

/* One SYN of the flood.  Odd multiplier: no source comes twice. */
static void flood_one(struct generator *g)
{
	struct conn c = {.port = {0, 443}, .timestamps = true};
	uint32_t a;

	do {
		a = g->flood_index++ * 2654435761u;
	} while (!draw_is_stranger(a));
	c.circuit[0] = (uint8_t)draw_below(&g->rng, (uint32_t)g->opt.circuits);
	c.port[0] = (uint16_t)(FIRST_PORT + draw_below(&g->rng, PORTS));
	c.seq[0] = (uint32_t)draw(&g->rng);
	c.addr[0][0] = (uint8_t)(a >> 24);
	c.addr[0][1] = (uint8_t)(a >> 16);
	c.addr[0][2] = (uint8_t)(a >> 8);
	c.addr[0][3] = (uint8_t)a;
	memcpy(c.addr[1], "\xcb\x00\x71\x19", 4); /* 203.0.113.25 */
	emit(g, &c, 0, PACKET_SYN, 0);
	g->flooded++;
}

/* Keep the flood in step with the rest: N of it over the whole run. */
static void flood_due(struct generator *g)
{
	uint64_t rest = g->written - g->flooded;

	while (g->flooded < g->opt.flood &&
	       (double)g->flooded * (double)g->target <
		       (double)g->opt.flood * (double)rest)
		flood_one(g);
}

/* The slot to visit next: each once in a round, in an order drawn anew. */
static uint32_t visit(struct generator *g, size_t at)
{
	size_t other = at + draw_below(&g->rng, (uint32_t)(g->open - at));
	uint32_t slot = g->order[other];

	g->order[other] = g->order[at];
	g->order[at] = slot;
	return slot;
}

/* Let the clock move on by one visit, and resend what falls due till then. */
static void tick(struct generator *g)
{
	/* fewer slots at the end: longer ticks, the same lives */
	double mean =
		(double)LIFE / PACKETS_MEAN / VISITS_MEAN / (double)g->open;
	double jitter = 0.5 + (double)(draw(&g->rng) >> 40) / 0x1p24;
	uint64_t next = g->now + 1 + (uint64_t)(mean * jitter);

	while (resend_one(g, next))
		;
	g->now = next;
}

static void run(struct generator *g)
{
	/* packets that the open connections will still have before them */
	uint64_t tail =
		(uint64_t)((double)g->opt.concurrent * PACKETS_MEAN / 2);
	size_t at = 0, slot;
	struct conn *c;

	while (g->open) {
		if (at >= g->open)
			at = 0;
		tick(g);
		slot = visit(g, at++);
		c = &g->slot[slot];
		if (c->wait) {
			c->wait--;
			continue;
		}
		conn_step(g, c);
		c->wait = (uint8_t)draw_below(&g->rng, MAX_WAIT + 1);
		if (c->step == STEP_OVER) {
			if (g->written - g->flooded + tail < g->target)
				conn_start(g, c, slot);
			else
				g->order[--at] = g->order[--g->open];
		}
		flood_due(g);
	}
	while (resend_one(g, UINT64_MAX))
		;
}

static void report(const struct generator *g)
{
	uint64_t symmetric = g->connections - g->asymmetric - g->unanswered;
	size_t i;

	printf("{\"packets\":[");
	for (i = 0; i < g->opt.circuits; i++)
		printf("%s%" PRIu64, i ? "," : "", g->out[i].packets);
	printf("],\"connections\":%" PRIu64 ",\"symmetric\":%" PRIu64
	       ",\"asymmetric\":%" PRIu64 ",\"unanswered\":%" PRIu64
	       ",\"flood\":%" PRIu64 ",\"reset\":%" PRIu64
	       ",\"seconds\":%.3f}\n",
	       g->connections + g->flooded, symmetric, g->asymmetric,
	       g->unanswered, g->flooded, g->resets,
	       (double)(g->now - EPOCH) / (double)NSEC);
}

int main(int argc, char **argv)
{
	struct generator *g, state = {.now = EPOCH};
	size_t i;

	g = &state;
	options_parse(&g->opt, argc, argv);
	g->rng = g->opt.seed;
	g->target = g->opt.packets * g->opt.circuits;
	g->open = g->opt.concurrent;
	g->slot = calloc(g->open, sizeof(*g->slot));
	g->order = calloc(g->open, sizeof(*g->order));
	if (!g->slot || !g->order)
		out_die("memory", strerror(errno));
	for (i = 0; i < g->opt.circuits; i++)
		out_open(&g->out[i], g->opt.out, (unsigned int)i + 1,
			 (uint32_t)g->opt.snaplen);
	for (i = 0; i < g->open; i++) {
		g->order[i] = (uint32_t)i;
		conn_start(g, &g->slot[i], i);
		/* the first ones do not all begin at once */
		g->slot[i].wait = (uint8_t)draw_below(&g->rng, 24);
	}
	run(g);
	for (i = 0; i < g->opt.circuits; i++)
		out_close(&g->out[i]);
	report(g);
	for (i = 0; i < RESENDS; i++)
		free(g->waiting[i].item);
	free(g->order);
	free(g->slot);
	return EXIT_SUCCESS;
}
