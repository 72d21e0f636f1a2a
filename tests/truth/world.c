/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/world: a small site on paper, its packets, and what is true of them
 */
#include "world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOP  (60 * USEC) /* from one side of an edge to the other */
#define STEP (8 * MSEC)	 /* from one packet to the next */

static const enum tap inside_tap[CIRCUITS] = {
	[INTERNET] = TAP_INTERNET_INSIDE,
	[CHICAGO] = TAP_CHI_INSIDE,
	[DALLAS] = NO_TAP,
};

static void *grow(void *item, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return item;
	*cap = *cap ? *cap * 2 : 256;
	item = realloc(item, *cap * size);
	if (!item) {
		perror("generate_truth");
		exit(EXIT_FAILURE);
	}
	return item;
}

uint32_t draw(struct world *w)
{
	uint64_t z = w->rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)(z >> 32);
}

void host(const struct world *w, const char *v4, const char *v6, unsigned int n,
	  uint8_t *addr)
{
	bool six = w->family == 6;
	uint8_t *last = addr + (six ? 15 : 3);

	memset(addr, 0, 16);
	if (inet_pton(six ? AF_INET6 : AF_INET, six ? v6 : v4, addr) != 1)
		abort();
	*last = (uint8_t)(*last + 1 + n % 100);
}

void pool(const struct world *w, int circuit, unsigned int n, uint8_t *addr)
{
	static const char *const v4[CIRCUITS] = {
		"192.0.2.0",
		"198.51.100.0",
		"198.51.101.0",
	};
	static const char *const v6[CIRCUITS] = {
		"2001:db8:1::",
		"2001:db8:2::",
		"2001:db8:3::",
	};

	host(w, v4[circuit], v6[circuit], n, addr);
}

bool has_inside(int circuit)
{
	return inside_tap[circuit] != NO_TAP;
}

static void conn_init(struct conn *c, struct world *w)
{
	memset(c, 0, sizeof(*c));
	c->w = w;
	c->t = w->start;
	w->start += 130 * MSEC + (int64_t)(draw(w) % 20) * MSEC;
	w->serial++;
	conn_again(c);
}

void conn_again(struct conn *c)
{
	int i;

	for (i = 0; i < 2; i++)
		c->isn[i] = c->seq[i] = draw(c->w);
}

/* The same remote ends come again and again, so that they alone decide
 * nothing.
 */
static void set_server(struct conn *c)
{
	struct end e = {.port = 443};

	host(c->w, "40.97.0.0", "2603:1006::1:0", c->w->serial % 12, e.addr);
	c->end[INSIDE][SERVER] = c->end[OUTSIDE][SERVER] = e;
}

void conn_nat(struct conn *c, struct world *w, int circuit)
{
	uint16_t port;

	conn_init(c, w);
	set_server(c);
	port = (uint16_t)(20000 + w->serial);
	host(w, "192.168.6.0", "fd00:6::", w->serial,
	     c->end[INSIDE][CLIENT].addr);
	pool(w, circuit, w->serial, c->end[OUTSIDE][CLIENT].addr);
	c->end[INSIDE][CLIENT].port = c->end[OUTSIDE][CLIENT].port = port;
}

void conn_own(struct conn *c, struct world *w)
{
	struct end e;

	conn_init(c, w);
	set_server(c);
	host(w, "203.0.113.128", "2001:db8:f00:8000::", w->serial, e.addr);
	e.port = (uint16_t)(20000 + w->serial);
	c->end[INSIDE][CLIENT] = c->end[OUTSIDE][CLIENT] = e;
}

void conn_inbound(struct conn *c, struct world *w, int circuit, uint16_t port)
{
	static const char *const v4[CIRCUITS] = {
		"203.0.113.24",
		"198.51.100.200",
		"198.51.101.200",
	};
	static const char *const v6[CIRCUITS] = {
		"2001:db8:f00::24",
		"2001:db8:2::200",
		"2001:db8:3::200",
	};
	struct end e;

	conn_init(c, w);
	c->inbound = true;
	host(w, "40.98.0.0", "2603:1006::2:0", w->serial % 12, e.addr);
	e.port = (uint16_t)(20000 + w->serial);
	c->end[INSIDE][CLIENT] = c->end[OUTSIDE][CLIENT] = e;
	host(w, v4[circuit], v6[circuit], 0, e.addr);
	e.port = port;
	c->end[OUTSIDE][SERVER] = e;
	host(w, "192.168.5.9", "fd00:5::9", 0, e.addr);
	c->end[INSIDE][SERVER] = e;
}

static void push(struct world *w, const struct packet *p)
{
	w->packet =
		grow(w->packet, w->packets, &w->packet_cap, sizeof(*w->packet));
	w->packet[w->packets] = *p;
	w->packet[w->packets].order = w->packets;
	w->packets++;
	if (p->time > w->end)
		w->end = p->time;
}

/* The second copy that a port mirrored in both directions gives: the same
 * packet, after the router took a hop off, put or took a tag, or summed.
 */
static void push_copy(struct world *w, const struct packet *p)
{
	struct packet copy = *p;
	uint32_t r = draw(w);

	copy.time += 3 * USEC + (int64_t)(r % 40) * USEC;
	copy.ttl = (uint8_t)(copy.ttl - (r >> 8 & 1));
	copy.bad_sum = r >> 9 & 1;
	copy.tagged ^= r >> 10 & 1;
	push(w, &copy);
}

static void put(struct conn *c, enum side side, enum tap tap, enum view view,
		int64_t time, struct packet *p)
{
	p->time = time;
	p->tap = tap;
	p->src = c->end[view][side];
	p->dst = c->end[view][!side];
	push(c->w, p);
	if (c->span)
		push_copy(c->w, p);
}

static enum tap outside_tap(const struct conn *c, enum side side, int circuit)
{
	if (circuit == CHICAGO)
		return c->link[side] ? TAP_CHI_SEC : TAP_CHI_PRI;
	return circuit == INTERNET ? TAP_INTERNET : TAP_DALLAS;
}

static void fill(const struct conn *c, enum side side, unsigned int flags,
		 unsigned int payload, struct packet *p)
{
	*p = (struct packet){
		.family = c->w->family,
		.flags = (uint8_t)flags,
		.payload = (uint16_t)payload,
		.outward = (side == CLIENT) != c->inbound,
		.plain = c->plain,
		.md5 = c->md5,
		.ts_val = c->isn[side] / 3 + (uint32_t)(c->t / MSEC),
	};
	p->ttl = c->ttl ? c->ttl : p->outward ? 64 : 118;
	p->tagged = c->tagged && p->outward;
	if (flags & ACK)
		p->ts_ecr = c->isn[!side] / 3 + (uint32_t)(c->t / MSEC) - 9;
}

/* Numbers as they stand on one side of an edge that rewrites the client's. */
static void number(const struct conn *c, enum side side, enum view view,
		   uint32_t seq, uint32_t ack, struct packet *p)
{
	uint32_t add = view == OUTSIDE ? c->rewrite : 0;

	p->seq = side == CLIENT ? seq + add : seq;
	p->ack = p->flags & ACK ? side == SERVER ? ack + add : ack : 0;
}

void emit_raw(struct conn *c, enum side side, int circuit, unsigned int flags,
	      unsigned int payload, uint32_t seq, uint32_t ack, bool eaten)
{
	enum tap out = outside_tap(c, side, circuit), in = inside_tap[circuit];
	enum view leaves = c->leak ? INSIDE : OUTSIDE;
	struct packet p;

	fill(c, side, flags, payload, &p);
	if (!p.outward) {
		number(c, side, OUTSIDE, seq, ack, &p);
		put(c, side, out, OUTSIDE, c->t, &p);
	}
	if (in != NO_TAP && !c->no_inside && (p.outward || !eaten)) {
		p.ttl = (uint8_t)(p.ttl - !p.outward);
		number(c, side, INSIDE, seq, ack, &p);
		put(c, side, in, INSIDE, c->t + (p.outward ? 0 : HOP), &p);
	}
	if (p.outward && !eaten) {
		p.ttl = (uint8_t)(p.ttl - 1);
		number(c, side, OUTSIDE, seq, ack, &p);
		put(c, side, out, leaves, c->t + HOP, &p);
		c->left++;
	}
	c->t += STEP + (int64_t)(draw(c->w) % 2000) * USEC;
}

static void advance(struct conn *c, enum side side, unsigned int flags,
		    unsigned int payload)
{
	c->seq[side] += payload + !!(flags & SYN) + !!(flags & FIN);
}

void emit(struct conn *c, enum side side, int circuit, unsigned int flags,
	  unsigned int payload)
{
	emit_raw(c, side, circuit, flags, payload, c->seq[side], c->seq[!side],
		 false);
	advance(c, side, flags, payload);
}

void emit_eaten(struct conn *c, enum side side, int circuit, unsigned int flags,
		unsigned int payload)
{
	emit_raw(c, side, circuit, flags, payload, c->seq[side], c->seq[!side],
		 true);
	advance(c, side, flags, payload);
}

void emit_at(struct conn *c, enum side side, enum tap tap, unsigned int flags,
	     uint32_t seq, uint32_t ack)
{
	struct packet p;

	fill(c, side, flags, 0, &p);
	p.ttl = 255;
	number(c, side, OUTSIDE, seq, ack, &p);
	put(c, side, tap, OUTSIDE, c->t, &p);
	c->t += STEP;
}

void resend_syn(struct conn *c, int circuit)
{
	emit_raw(c, CLIENT, circuit, SYN, 0, c->isn[CLIENT], 0, false);
}

void resend_syn_ack(struct conn *c, int circuit, bool eaten)
{
	emit_raw(c, SERVER, circuit, SYN | ACK, 0, c->isn[SERVER],
		 c->isn[CLIENT] + 1, eaten);
}

void wait_for(struct conn *c, int64_t ns)
{
	c->t += ns;
}

void handshake(struct conn *c, int out, int back)
{
	emit(c, CLIENT, out, SYN, 0);
	emit(c, SERVER, back, SYN | ACK, 0);
	emit(c, CLIENT, out, ACK, 0);
}

void talk(struct conn *c, int out, int back)
{
	emit(c, CLIENT, out, PSH | ACK, 120);
	emit(c, SERVER, back, PSH | ACK, 400);
	emit(c, CLIENT, out, ACK, 0);
}

void close_both(struct conn *c, int out, int back)
{
	emit(c, CLIENT, out, FIN | ACK, 0);
	emit(c, SERVER, back, FIN | ACK, 0);
	emit(c, CLIENT, out, ACK, 0);
}

void whole(struct conn *c, int out, int back)
{
	handshake(c, out, back);
	talk(c, out, back);
	close_both(c, out, back);
}

void judge(struct conn *c, enum class class, enum impact impact,
	   unsigned int syn, unsigned int answer)
{
	struct world *w = c->w;
	struct truth *t;

	w->truth = grow(w->truth, w->truths, &w->truth_cap, sizeof(*w->truth));
	c->truth = w->truths++;
	t = &w->truth[c->truth];
	*t = (struct truth){
		.kind = w->kind,
		.instance = w->instance,
		.family = w->family,
		.class = class,
		.impact = impact,
		.inbound = c->inbound,
		.isn = c->isn[CLIENT] + c->rewrite,
		.has_isn = class != MIDSTREAM && class != SIMULTANEOUS_OPEN &&
			   class != OUT_OF_SCOPE,
		.syn = syn,
		.answer = answer,
	};
	t->ends[CLIENT] = c->end[c->leak && !c->inbound][CLIENT];
	t->ends[SERVER] = c->end[OUTSIDE][SERVER];
}

struct truth_finding *find(struct conn *c, const char *rule,
			   const char *severity)
{
	struct world *w = c->w;
	struct truth_finding *f;

	w->finding = grow(w->finding, w->findings, &w->finding_cap,
			  sizeof(*w->finding));
	f = &w->finding[w->findings++];
	*f = (struct truth_finding){
		.truth = c->truth,
		.rule = rule,
		.severity = severity,
		.dropped_at = NO_CIRCUIT,
		.circuit = NO_CIRCUIT,
		.owner = NO_CIRCUIT,
	};
	return f;
}

struct truth_finding *find_escape(struct conn *c, const char *severity,
				  const char *reason, const char *phase,
				  int circuit, unsigned int count)
{
	struct truth_finding *f = find(c, "snat-escape", severity);
	enum side local = c->inbound ? SERVER : CLIENT;

	f->reason = reason;
	f->phase = phase;
	f->circuit = circuit;
	f->count = count;
	memcpy(f->escaped, c->end[c->leak ? INSIDE : OUTSIDE][local].addr, 16);
	return f;
}

void judge_split(struct conn *c, unsigned int syn, unsigned int answer,
		 enum impact impact, int dropped_at)
{
	const unsigned int er = BIT(CHICAGO) | BIT(DALLAS);
	struct truth_finding *f;

	if (c->w->shared_domain && ((syn | answer) & ~er) == 0) {
		judge(c, SAME_DOMAIN, impact, syn, answer);
		return;
	}
	judge(c, ASYMMETRIC, impact, syn, answer);
	f = find(c, "asymmetric-handshake",
		 impact == BROKEN ? "critical" : "warning");
	f->dropped_at = dropped_at;
}
