/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/kinds_life: what comes after the first SYN and SYN-ACK
 *
 * Every other instance is symmetric and leaves by circuit a(i); the rest come
 * back by b(i), from an own address, and work.
 */
#include "world.h"

static int a(unsigned int i)
{
	return (int)(i / 2 % CIRCUITS);
}

static int b(unsigned int i)
{
	return i % 2 ? (a(i) + 1) % CIRCUITS : a(i);
}

static void judge_pair(struct conn *k, unsigned int i)
{
	if (a(i) == b(i))
		judge(k, SYMMETRIC, WORKING, BIT(a(i)), BIT(a(i)));
	else
		judge_split(k, BIT(a(i)), BIT(b(i)), WORKING, NO_CIRCUIT);
}

/* The client's ACK was lost: the SYN-ACK comes twice, and yet it works. */
static void syn_ack_resent(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, 0);
	emit(&k, SERVER, b(i), SYN | ACK, 0);
	wait_for(&k, SEC);
	resend_syn_ack(&k, b(i), false);
	emit(&k, CLIENT, a(i), ACK, 0);
	talk(&k, a(i), b(i));
	close_both(&k, a(i), b(i));
	judge_pair(&k, i);
}

/* With SYN cookies the server forgets: the resent SYN gets a SYN-ACK with
 * another number, and the client takes that one.
 */
static void syn_cookies(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_raw(&k, SERVER, b(i), SYN | ACK, 0, k.isn[SERVER] - 5555,
		 k.seq[CLIENT], true);
	wait_for(&k, SEC);
	resend_syn(&k, a(i));
	emit(&k, SERVER, b(i), SYN | ACK, 0);
	emit(&k, CLIENT, a(i), ACK, 0);
	talk(&k, a(i), b(i));
	close_both(&k, a(i), b(i));
	judge_pair(&k, i);
}

/* TCP Fast Open: data in the SYN, which the SYN-ACK takes or leaves. */
static void fast_open(struct world *w, unsigned int i)
{
	unsigned int size = 64 + i;
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, size);
	if (i / 2 % 2)
		k.seq[CLIENT] = k.isn[CLIENT] + 1;
	emit(&k, SERVER, b(i), SYN | ACK, 0);
	emit(&k, CLIENT, a(i), ACK, 0);
	if (i / 2 % 2)
		emit(&k, CLIENT, a(i), PSH | ACK, size);
	talk(&k, a(i), b(i));
	close_both(&k, a(i), b(i));
	judge_pair(&k, i);
}

/* The same 5-tuple within a second, with new numbers: another connection.
 * The first ended by FIN, by RST, or, as far as the taps know, not at all.
 */
static void port_reuse(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	handshake(&k, a(i), a(i));
	talk(&k, a(i), a(i));
	if (i % 3 == 0)
		close_both(&k, a(i), a(i));
	else if (i % 3 == 1)
		emit(&k, CLIENT, a(i), RST | ACK, 0);
	judge(&k, SYMMETRIC, WORKING, BIT(a(i)), BIT(a(i)));
	conn_again(&k);
	wait_for(&k, 300 * MSEC);
	whole(&k, a(i), b(i));
	judge_pair(&k, i);
}

/* Probes of one byte or none, below the next sequence number, 40 s apart. */
static void keep_alive(struct world *w, unsigned int i)
{
	struct conn k;
	unsigned int n;

	conn_own(&k, w);
	handshake(&k, a(i), b(i));
	talk(&k, a(i), b(i));
	for (n = 0; n < 4; n++) {
		wait_for(&k, 40 * SEC);
		emit_raw(&k, CLIENT, a(i), ACK, n % 2, k.seq[CLIENT] - 1,
			 k.seq[SERVER], false);
		emit(&k, SERVER, b(i), ACK, 0);
	}
	talk(&k, a(i), b(i));
	close_both(&k, a(i), b(i));
	judge_pair(&k, i);
}

/* A box on the way resets an open connection; its path was fine. */
static void middlebox_reset(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	handshake(&k, a(i), b(i));
	talk(&k, a(i), b(i));
	k.ttl = 254;
	emit(&k, SERVER, b(i), RST | ACK, 0);
	judge_pair(&k, i);
}

/* Neither SYN nor SYN-ACK: the capture began too late for that. */
static void midstream(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	talk(&k, (int)i, (int)i);
	talk(&k, (int)i, (int)i);
	judge(&k, MIDSTREAM, WORKING, 0, 0);
}

/* Always with the Internet on one side: whether asymmetric-flow is silent
 * within a state domain, as asymmetric-handshake is, is not written down.
 */
static void midstream_split(struct world *w, unsigned int i)
{
	int other = i / 2 % 2 ? DALLAS : CHICAGO;
	int out = i % 2 ? other : INTERNET, back = i % 2 ? INTERNET : other;
	struct truth_finding *f;
	struct conn k;

	conn_own(&k, w);
	talk(&k, out, back);
	talk(&k, out, back);
	judge(&k, MIDSTREAM, WORKING, 0, 0);
	f = find(&k, "asymmetric-flow", "warning");
	f->dropped_at = NO_CIRCUIT;
}

/* Failover of an open connection: what the client sends leaves elsewhere.
 * Only one direction moves, so that there is one thing to tell.
 */
static void path_change(struct world *w, unsigned int i)
{
	int from = (int)(i % CIRCUITS), to = (int)((i + 1) % CIRCUITS);
	struct conn k;

	conn_own(&k, w);
	handshake(&k, from, from);
	talk(&k, from, from);
	wait_for(&k, SEC);
	talk(&k, to, from);
	talk(&k, to, from);
	close_both(&k, to, from);
	judge(&k, SYMMETRIC, WORKING, BIT(from), BIT(from));
	find(&k, "path-change", "info");
}

static void path_change_reset(struct world *w, unsigned int i)
{
	int from = (int)(i % CIRCUITS), to = (int)((i + 1) % CIRCUITS);
	struct conn k;

	conn_own(&k, w);
	handshake(&k, from, from);
	talk(&k, from, from);
	wait_for(&k, SEC);
	emit(&k, CLIENT, to, PSH | ACK, 100);
	k.ttl = 254;
	emit(&k, SERVER, to, RST | ACK, 0);
	judge(&k, SYMMETRIC, WORKING, BIT(from), BIT(from));
	find(&k, "path-change", "warning");
}

/* The other edge eats what it does not know, and nobody answers again. */
static void path_change_stall(struct world *w, unsigned int i)
{
	int from = (int)(i % CIRCUITS), to = (int)((i + 1) % CIRCUITS);
	int64_t rto = 300 * MSEC;
	struct conn k;
	int n;

	conn_own(&k, w);
	handshake(&k, from, from);
	talk(&k, from, from);
	wait_for(&k, SEC);
	for (n = 0; n < 6; n++, rto *= 2) {
		emit_raw(&k, CLIENT, to, PSH | ACK, 90, k.seq[CLIENT],
			 k.seq[SERVER], false);
		wait_for(&k, rto);
	}
	judge(&k, SYMMETRIC, WORKING, BIT(from), BIT(from));
	find(&k, "path-change", "warning");
}

/* From link to link of one circuit is no change of path. */
static void link_change(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, CHICAGO);
	handshake(&k, CHICAGO, CHICAGO);
	talk(&k, CHICAGO, CHICAGO);
	k.link[i % 2] = true;
	talk(&k, CHICAGO, CHICAGO);
	close_both(&k, CHICAGO, CHICAGO);
	judge(&k, SYMMETRIC, WORKING, BIT(CHICAGO), BIT(CHICAGO));
}

const struct kind kinds_life[] = {
	{"syn-ack-resent", syn_ack_resent, 6},
	{"syn-cookies", syn_cookies, 6},
	{"fast-open", fast_open, 8},
	{"port-reuse", port_reuse, 6},
	{"keep-alive", keep_alive, 4},
	{"middlebox-reset", middlebox_reset, 6},
	{"midstream", midstream, 3},
	{"midstream-split", midstream_split, 4},
	{"path-change", path_change, 3},
	{"path-change-reset", path_change_reset, 3},
	{"path-change-stall", path_change_stall, 3},
	{"link-change", link_change, 2},
	{NULL, NULL, 0},
};
