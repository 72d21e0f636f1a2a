/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which segments of a tuple are a connection's
 *
 * DOC: Theory of operation
 *
 * A connection has as many tuples as a NAT gave it names.  Ports are used
 * again, so a tuple alone does not make a segment one of the connection: a SYN
 * must have its ISN, a SYN-ACK acknowledge it, and all else belongs to whoever
 * opened last on that tuple.  Where firewalls rewrote the ISN, the first SYN
 * on another tuple about that time says what it became.
 */
#include "private.h"

#include <stdlib.h>

/* What still comes so long after its end is not the connection's. */
#define LINGER TRACE_LINGER

/* Where the ISN was rewritten, copies of a SYN are not further apart. */
#define SYN_APART NSEC_PER_SEC

/* By so much a tap may show an answer before another one shows its SYN. */
#define SKEW (250 * NSEC_PER_MSEC)

/* Data that a SYN may carry. */
#define SYN_DATA 0xffff

/* After so long a silence, what comes on the tuple of another connection is
 * not that one's any more: flow has forgotten it, closed or not.
 */
#define CLOSED_GONE (2 * NSEC_PER_SEC)
#define OPEN_GONE   (180 * NSEC_PER_SEC)

#define CLOSED 3 /* a FIN each way, or a RST */

/**
 * struct name - One tuple of a connection
 * @tuple:	The tuple
 * @number:	Which of its tuples
 * @isn_known:	@isn is valid
 * @own:	What comes now is the connection's
 * @other:	There was another connection
 * @closed:	Bits: by direction, there was a FIN
 * @last:	Time of the last segment
 */
struct name {
	struct tuple tuple;
	uint8_t number;
	bool isn_known;
	bool own;
	bool other;
	uint8_t closed;
	uint32_t isn;
	struct timestamp last;
};

/** struct traced - A connection that is followed */
struct traced {
	const struct finding *about;
	struct builder *builder;
	const struct ladder *ladder;
	struct name name[TRACE_TUPLES];
	unsigned names;
};

struct trace {
	struct trace_how how;
	struct traced *traced;
	size_t count;
};

bool explain_has_isn(const struct finding *f)
{
	return f->class != CLASS_MIDSTREAM &&
	       (f->syn.count || f->syn_ack.count ||
		f->class == CLASS_SYMMETRIC);
}

static void add_name(struct traced *t, unsigned number, const struct tuple *is)
{
	const struct finding *f = t->about;
	bool certain = f->confidence == CONFIDENCE_CERTAIN;

	for (unsigned i = 0; i < t->names; i++) {
		if (!memcmp(&t->name[i].tuple, is, sizeof(*is)))
			return;
	}
	t->name[t->names++] = (struct name){
		.tuple = *is,
		.number = (uint8_t)number,
		.own = !explain_has_isn(f),
		.isn_known = explain_has_isn(f) && (certain || !number),
		.isn = f->isn,
	};
}

struct trace *trace_new(const struct trace_how *how,
			const struct finding *about, size_t count)
{
	static const struct tuple none;
	struct trace *t = xcalloc(1, sizeof(*t));

	t->how = *how;
	t->count = count;
	t->traced = xcalloc(count + 1, sizeof(*t->traced));
	for (size_t i = 0; i < count; i++) {
		const struct finding *f = &about[i];
		struct traced *it = &t->traced[i];

		it->about = f;
		it->builder = builder_new(&t->how, f);
		for (unsigned k = 0; k < f->tuples && k < FINDING_TUPLES; k++)
			add_name(it, k, &f->tuple[k]);
		if (memcmp(&f->answer, &none, sizeof(none)) != 0)
			add_name(it, FINDING_TUPLES, &f->answer);
	}
	return t;
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		builder_free(t->traced[i].builder);
	free(t->traced);
	free(t);
}

static bool syn_is_own(const struct finding *f, struct name *n,
		       const struct segment *s)
{
	int64_t apart = s->time.ns - f->time.ns;

	if (!n->isn_known && f->confidence == CONFIDENCE_LIKELY &&
	    apart < SYN_APART && apart > -SYN_APART) {
		n->isn_known = true;
		n->isn = s->seq;
	}
	return n->isn_known && s->seq == n->isn;
}

/* A connection without a handshake begins when another one is over. */
static void look_for_rest(struct name *n, const struct segment *s, unsigned dir)
{
	int64_t silence = s->time.ns - n->last.ns;

	if (!n->own && !n->isn_known &&
	    silence > (n->closed == CLOSED ? CLOSED_GONE : OPEN_GONE))
		n->own = true;
	n->last = s->time;
	if (s->flags & TCP_SYN)
		n->closed = 0;
	if (s->flags & TCP_FIN)
		n->closed |= (uint8_t)(1u << dir);
	if (s->flags & TCP_RST)
		n->closed = CLOSED;
}

/* It has begun under one name, and may go on under any. */
static void begin_all(struct traced *t)
{
	for (unsigned i = 0; i < t->names; i++)
		t->name[i].own = true;
}

/* Whether a segment of that tuple is the connection's. */
static bool is_own(struct traced *t, struct name *n, const struct segment *s,
		   unsigned dir)
{
	const struct finding *f = t->about;
	uint16_t kind = s->flags & (TCP_SYN | TCP_ACK);

	if (s->time.ns - f->last.ns > LINGER)
		return false;
	if (s->flags & SEGMENT_QUOTED)
		return n->own;
	look_for_rest(n, s, dir);
	if (kind == TCP_SYN && !dir)
		n->own = syn_is_own(f, n, s);
	else if (kind == (TCP_SYN | TCP_ACK) && dir && n->isn_known)
		n->own = s->ack - n->isn - 1 <= SYN_DATA;
	if (n->own && (kind & TCP_SYN))
		begin_all(t);
	n->other |= !n->own && (kind & TCP_SYN);
	return n->own ||
	       (!n->other && n->isn_known && s->time.ns - f->time.ns > -SKEW);
}

/* Whether a segment has that tuple, and in which direction. */
static bool has_tuple(const struct segment *s, const struct tuple *t,
		      unsigned *dir)
{
	bool forth = s->sport == t->client_port && s->dport == t->server_port &&
		     !addr_cmp(&s->src, &t->client) &&
		     !addr_cmp(&s->dst, &t->server);
	bool back = s->sport == t->server_port && s->dport == t->client_port &&
		    !addr_cmp(&s->src, &t->server) &&
		    !addr_cmp(&s->dst, &t->client);

	*dir = !forth;
	return forth || back;
}

void trace_take(struct trace *t, size_t i, const struct segment *s, uint8_t tap)
{
	struct traced *it = &t->traced[i];

	assert(i < t->count);
	if (tap >= SITE_MAX_TAPS)
		return;
	for (unsigned k = 0; k < it->names; k++) {
		struct name *n = &it->name[k];
		unsigned dir;

		if (!has_tuple(s, &n->tuple, &dir))
			continue;
		if (is_own(it, n, s, dir))
			builder_add(it->builder, s, tap, n->number, dir);
		else
			builder_stranger(it->builder);
		return;
	}
}

void trace_finish(struct trace *t)
{
	for (size_t i = 0; i < t->count; i++)
		t->traced[i].ladder = builder_finish(t->traced[i].builder);
}

const struct ladder *trace_ladder(const struct trace *t, size_t i)
{
	assert(i < t->count);
	return t->traced[i].ladder;
}
