/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An ICMP error meets the flow that it quotes
 *
 * DOC: Theory of operation
 *
 * A router that drops a packet may say so, and quotes the packet's ports and
 * sequence number.  That is the only witness of a drop that no tap has to
 * infer from silence; so the first errors of each kind are kept with the
 * flow, and a finding about it shows them.  They change neither class nor
 * impact: a SYN that was refused by ICMP is unanswered all the same, and an
 * open connection that learns its path's MTU is well.
 *
 * Anybody can send an ICMP error to anybody (RFC 5927).  So it is believed
 * only if the quoted sequence number is one that the quoted end may have had
 * in flight: the ISN, or something near to what was last acknowledged.  Who
 * guesses blindly is right once in two thousand times; whoever sees the
 * packets can lie anyhow.  What is not believed is counted.
 *
 * The error may quote any translation of a connection, for each tuple is a
 * flow of its own; the errors of all flows are put together at the end.
 */
#include "flow.h"

#include <string.h>

/* What may be in flight: windows are mostly smaller. */
#define IN_FLIGHT (1u << 20)

static bool near(uint32_t seq, uint32_t at)
{
	return seq - at < IN_FLIGHT || at - seq < IN_FLIGHT;
}

/* Whether an attempt may have sent that number in that direction. */
static bool may_have_sent(const struct flow *f, unsigned dir, uint32_t seq)
{
	static const uint16_t opened[2] = {SEEN_SYN, SEEN_ANSWER};
	static const uint16_t acked[2] = {SEEN_ACK_SERVER, SEEN_ACK_CLIENT};
	static const uint16_t went_on[2] = {
		SEEN_ACK_CLIENT | SEEN_ANSWER,
		SEEN_ACK_SERVER | SEEN_ACK_CLIENT,
	};

	if ((f->seen & opened[dir]) &&
	    (seq == f->isn[dir] || (dir && f->hs && seq == f->hs->answer_isn)))
		return true;
	if (f->seen & acked[dir])
		return near(seq, f->acked[!dir]);
	/* Nobody acknowledged anything: from the first number onwards. */
	if (f->hs && !((f->seen & opened[dir]) && (f->seen & went_on[dir])))
		return false;
	return f->packets[dir] && seq - f->isn[dir] < IN_FLIGHT;
}

static bool earlier(const struct icmp_error *a, const struct icmp_error *b)
{
	int64_t d = time_diff(a->at.time, b->at.time);

	return d ? d < 0 : a->at.tap < b->at.tap;
}

static bool alike(const struct icmp_error *a, const struct icmp_error *b)
{
	return a->kind == b->kind && a->of_server == b->of_server &&
	       !addr_cmp(&a->router, &b->router);
}

/* Put the last one where its time wants it. */
static void move_up(struct icmp_errors *g, unsigned i)
{
	for (; i && earlier(&g->at[i], &g->at[i - 1]); i--) {
		struct icmp_error keep = g->at[i];

		g->at[i] = g->at[i - 1];
		g->at[i - 1] = keep;
	}
}

/* Of those that are alike the first is kept, of the others the first few. */
static void add_error(struct icmp_errors *g, const struct icmp_error *e)
{
	for (unsigned i = 0; i < g->kept; i++) {
		struct icmp_error *at = &g->at[i];
		uint64_t count = at->count + e->count;

		if (!alike(at, e))
			continue;
		if (earlier(e, at))
			*at = *e;
		at->count = count;
		move_up(g, i);
		return;
	}
	if (g->kept < FINDING_ICMP) {
		g->at[g->kept++] = *e;
	} else if (earlier(e, &g->at[FINDING_ICMP - 1])) {
		g->more += g->at[FINDING_ICMP - 1].count;
		g->at[FINDING_ICMP - 1] = *e;
	} else {
		g->more += e->count;
		return;
	}
	move_up(g, g->kept - 1u);
}

void icmp_merge(struct icmp_errors *into, const struct icmp_errors *from)
{
	into->more += from->more;
	for (unsigned i = 0; i < from->kept; i++)
		add_error(into, &from->at[i]);
}

static struct icmp_error error_of(const struct segment *s, uint8_t tap,
				  unsigned dir)
{
	struct icmp_error e = {
		.at =
			{
				.time = s->time,
				.number = s->number,
				.interface = s->interface,
				.tap = tap,
				.has_mac = s->has_mac,
				.ttl = s->ttl,
			},
		.router = s->router,
		.count = 1,
		.mtu = s->mtu,
		.kind = (uint8_t)s->icmp,
		.of_server = dir,
	};

	if (s->has_mac) {
		memcpy(e.at.src_mac, s->src_mac, sizeof(e.at.src_mac));
		memcpy(e.at.dst_mac, s->dst_mac, sizeof(e.at.dst_mac));
	}
	return e;
}

void icmp_take(struct flow_table *t, struct flow *head,
	       const struct flow_mark *mark, const struct segment *s)
{
	struct flow *f = head;
	struct flow_extra *x;
	unsigned dir = 0;

	if (!head || mark->tap == TAP_NONE) {
		t->counters.icmp_unmatched++;
		return;
	}
	for (; f; f = flow_older(f)) {
		dir = mark->swapped != f->client;
		if (may_have_sent(f, dir, s->seq))
			break;
	}
	if (!f) {
		t->counters.icmp_implausible++;
		return;
	}
	t->counters.icmp_matched++;
	x = flow_extra_get(t, f);
	if (x) {
		struct icmp_error e = error_of(s, mark->tap, dir);

		add_error(&x->icmp, &e);
	}
}
