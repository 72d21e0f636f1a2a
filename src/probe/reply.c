/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reply: what a packet that this host has got says of an attempt
 *
 * DOC: Theory of operation
 *
 * Packets go through the decoder of all captures.  An answer is believed if it
 * acknowledges the ISN, an ICMP error if it quotes it: nobody who does not see
 * the SYN can forge either.  The SYN itself is heard as it leaves, so that both
 * times of a round trip are the kernel's.
 *
 * Which SYN of several is meant is told by the time stamp that the answer
 * echoes or the error quotes, or by the IP identification in the quote.
 */
#include <asymcap/probe.h>

#include <stdlib.h>

#define NOBODY	   (-1)
#define COPY	   (100 * NSEC_PER_MSEC) /* by an interface and the one below */
#define ICMP_BYTES 8
#define TCP_BYTES  20
#define OPT_END	   0
#define OPT_NOP	   1
#define OPT_TIME   8

struct probe_replies {
	struct probe_attempt *a;
	int32_t by_port[1 << 16];
};

struct probe_replies *probe_replies_new(struct probe_attempt *a, size_t count)
{
	struct probe_replies *r = xcalloc(1, sizeof(*r));

	r->a = a;
	memset(r->by_port, 0xff, sizeof(r->by_port)); /* NOBODY */
	for (size_t i = 0; i < count; i++)
		a[i].next = NOBODY;
	return r;
}

void probe_replies_free(struct probe_replies *r)
{
	free(r);
}

void probe_replies_add(struct probe_replies *r, size_t i)
{
	r->a[i].next = r->by_port[r->a[i].sport];
	r->by_port[r->a[i].sport] = (int32_t)i;
}

static struct probe_attempt *find(const struct probe_replies *r,
				  const struct addr *src, uint16_t sport,
				  const struct addr *dst, uint16_t dport)
{
	for (int32_t i = r->by_port[sport]; i != NOBODY; i = r->a[i].next) {
		struct probe_attempt *a = &r->a[i];

		if (a->dport == dport && !addr_cmp(&a->dst, dst) &&
		    !addr_cmp(&a->src, src))
			return a;
	}
	return NULL;
}

bool probe_replies_has(const struct probe_replies *r,
		       const struct probe_attempt *a)
{
	return find(r, &a->src, a->sport, &a->dst, a->dport);
}

/* ------------------------------------------------------------------ quotes */

/* TSval among the options of a TCP header, less @base; false: not there */
static bool quoted_time(struct cur *c, uint32_t base, uint32_t *token)
{
	uint8_t kind, size, value[8];

	while (CUR_TAKE(c, kind) && kind != OPT_END) {
		if (kind == OPT_NOP)
			continue;
		if (!CUR_TAKE(c, size) || size < 2)
			return false;
		if (kind == OPT_TIME && size == 2 + sizeof(value)) {
			if (!CUR_TAKE(c, value))
				return false;
			*token = get_be32(value) - base;
			return true;
		}
		if (!cur_skip(c, size - 2u))
			return false;
	}
	return false;
}

/* Which SYN an ICMP error quotes. Return false where the quote does not say. */
static bool quoted_token(const struct frame *f, const struct probe_attempt *a,
			 uint32_t *token)
{
	struct cur c = {f->data, f->caplen, f->len};
	const bool v4 = addr_is_v4(&a->dst);
	uint8_t ip[40] = {0}, tcp[TCP_BYTES];
	size_t fixed = v4 ? 20 : 40;
	uint16_t id;

	/* The error's own header, then that of the quote. */
	if (!cur_peek(&c, 0, ip, 1) ||
	    !cur_skip(&c, (v4 ? (ip[0] & 15) * 4u : fixed) + ICMP_BYTES) ||
	    !cur_take(&c, ip, fixed))
		return false;
	if (v4 &&
	    !cur_skip(&c, (ip[0] & 15) * 4u > fixed ? (ip[0] & 15) * 4u - fixed
						    : 0))
		return false;
	id = v4 ? (uint16_t)(get_be16(ip + 4) - a->ip_id) : 0;
	if (CUR_TAKE(&c, tcp) &&
	    cur_trim(&c, (tcp[12] >> 4) * 4u > TCP_BYTES
				 ? (tcp[12] >> 4) * 4u - TCP_BYTES
				 : 0) &&
	    quoted_time(&c, a->ts_base, token))
		return true;
	*token = probe_token(a, id < PROBE_HOPS + 1 ? id : 0);
	return v4;
}

/* ----------------------------------------------------------------- answers */

/* Return: the number of the SYN, from 0, or -1 */
static int number_of(const struct probe_attempt *a, uint32_t token)
{
	for (unsigned n = 0; n < a->sent && n < PROBE_TRIES_MAX; n++) {
		if (probe_token(a, n) == token)
			return (int)n;
	}
	return -1;
}

static void take_first(struct probe_attempt *a, enum probe_answer answer,
		       const struct segment *s, int number)
{
	if (a->answer)
		return;
	a->answer = answer;
	a->answered = s->time;
	a->rtt = -1;
	if (number < 0 && a->sent == 1)
		number = 0;
	if (number >= 0 && !a->trace)
		a->rtt = s->time.ns - a->sent_at[number].ns;
	if (answer == PROBE_ICMP) {
		a->icmp = (uint8_t)s->icmp;
		a->router = s->router;
	}
}

static void take_hop(struct probe_attempt *a, uint32_t ttl,
		     enum probe_answer answer, const struct segment *s)
{
	struct probe_hop *h;

	if (ttl < 1 || ttl > PROBE_HOPS)
		return;
	h = &a->hop[ttl - 1];
	if (!h->tries || h->answer)
		return;
	h->answer = answer;
	h->rtt = s->time.ns - h->sent.ns;
	h->router = answer == PROBE_ICMP ? s->router : a->dst;
	if (answer == PROBE_ICMP)
		h->icmp = (uint8_t)s->icmp;
	else if (!a->target_hop || ttl < a->target_hop)
		a->target_hop = ttl;
}

static void take_answer(struct probe_replies *r, const struct segment *s)
{
	struct probe_attempt *a = find(r, &s->dst, s->dport, &s->src, s->sport);
	bool rst = s->flags & TCP_RST, echoed;
	uint32_t token;

	if (!a || !(s->flags & TCP_ACK) || !a->isn_known ||
	    s->ack != a->isn + 1 || (!rst && !(s->flags & TCP_SYN)))
		return;
	token = s->ts_ecr - a->ts_base;
	echoed = !rst && s->has_timestamps;
	a->answers++;
	take_first(a, rst ? PROBE_RST : PROBE_SYN_ACK, s,
		   echoed ? number_of(a, token) : -1);
	if (a->trace && echoed)
		take_hop(a, token, PROBE_SYN_ACK, s);
}

static void take_error(struct probe_replies *r, const struct frame *f,
		       const struct segment *s)
{
	struct probe_attempt *a = find(r, &s->src, s->sport, &s->dst, s->dport);
	uint32_t token;
	bool told;

	if (!a || !a->isn_known || s->seq != a->isn)
		return;
	told = quoted_token(f, a, &token);
	if (a->trace) {
		if (told)
			take_hop(a, token, PROBE_ICMP, s);
		if (s->icmp == ICMP_TIME_EXCEEDED)
			return;
	}
	take_first(a, PROBE_ICMP, s, told ? number_of(a, token) : -1);
}

/* It left: when, and with which ISN if the kernel chose it. */
static void take_own(struct probe_replies *r, const struct segment *s)
{
	struct probe_attempt *a = find(r, &s->src, s->sport, &s->dst, s->dport);
	int number;

	if (!a || (s->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return;
	if (!a->isn_known) {
		a->isn = s->seq;
		a->isn_known = true;
		a->ts_base = s->ts_val;
		a->sent = 0;
	}
	if (s->seq != a->isn)
		return;
	if (a->trace) {
		if (s->ttl >= 1 && s->ttl <= PROBE_HOPS)
			a->hop[s->ttl - 1].sent = s->time;
		return;
	}
	number = number_of(a, s->ts_val - a->ts_base);
	if (number >= 0 && s->has_timestamps)
		a->sent_at[number] = s->time;
	else if (a->sent < PROBE_TRIES_MAX &&
		 (!a->sent || s->time.ns - a->sent_at[a->sent - 1].ns > COPY))
		a->sent_at[a->sent++] = s->time;
}

void probe_replies_take(struct probe_replies *r, const struct frame *f,
			bool outgoing)
{
	struct segment s;
	enum decode_result d = decode(f, &s);

	if (d == DECODE_ICMP_ERROR && !outgoing)
		take_error(r, f, &s);
	else if (d == DECODE_TCP && outgoing)
		take_own(r, &s);
	else if (d == DECODE_TCP)
		take_answer(r, &s);
}
