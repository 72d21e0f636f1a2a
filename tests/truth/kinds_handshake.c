/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/kinds_handshake: how a SYN and its answer meet, or fail to
 *
 * Each kind runs over the circuits in turn: a(i) is where instance i's SYN
 * leaves, b(i) and then c(i) the others.
 */
#include "world.h"

#include <string.h>

static int a(unsigned int i)
{
	return (int)(i % CIRCUITS);
}

static int b(unsigned int i)
{
	return (int)((i + 1 + i / CIRCUITS % 2) % CIRCUITS);
}

static int c(unsigned int i)
{
	return CIRCUITS - a(i) - b(i);
}

/* Which edge ate what came in over a circuit: known where both sides are
 * tapped.
 */
static int eater(int circuit)
{
	return has_inside(circuit) ? circuit : NO_CIRCUIT;
}

static void symmetric(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	whole(&k, a(i), a(i));
	judge(&k, SYMMETRIC, WORKING, BIT(a(i)), BIT(a(i)));
}

/* The handshake was fine; that the server fell silent later is no matter of
 * the path.
 */
static void symmetric_stalls(struct world *w, unsigned int i)
{
	int64_t rto = 300 * MSEC;
	struct conn k;
	int n;

	conn_nat(&k, w, a(i));
	handshake(&k, a(i), a(i));
	for (n = 0; n < 5; n++, rto *= 2) {
		emit_raw(&k, CLIENT, a(i), PSH | ACK, 90, k.seq[CLIENT],
			 k.seq[SERVER], false);
		wait_for(&k, rto);
	}
	judge(&k, SYMMETRIC, WORKING, BIT(a(i)), BIT(a(i)));
}

/* Both ends try again and again: the firewall at the other edge knows of no
 * SYN and eats each SYN-ACK.
 */
static void asymmetric_resent(struct world *w, unsigned int i)
{
	struct conn k;
	int n;

	conn_nat(&k, w, a(i));
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_eaten(&k, SERVER, b(i), SYN | ACK, 0);
	for (n = 0; n < 3; n++) {
		wait_for(&k, SEC << n);
		resend_syn(&k, a(i));
		resend_syn_ack(&k, b(i), true);
	}
	judge_split(&k, BIT(a(i)), BIT(b(i)), BROKEN, eater(b(i)));
}

/* One SYN-ACK, then 25 s and more of silence. */
static void asymmetric_silent(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_eaten(&k, SERVER, b(i), SYN | ACK, 0);
	judge_split(&k, BIT(a(i)), BIT(b(i)), BROKEN, eater(b(i)));
}

/* The firewall that gets the SYN-ACK resets what it does not know.  From an
 * own address: one of circuit a's pool would be a wrong pool on b.
 */
static void asymmetric_reset(struct world *w, unsigned int i)
{
	static const enum tap tap[] = {
		[INTERNET] = TAP_INTERNET,
		[CHICAGO] = TAP_CHI_PRI,
		[DALLAS] = TAP_DALLAS,
	};
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_eaten(&k, SERVER, b(i), SYN | ACK, 0);
	emit_at(&k, CLIENT, tap[b(i)], RST, k.seq[CLIENT], 0);
	judge_split(&k, BIT(a(i)), BIT(b(i)), BROKEN, eater(b(i)));
}

static void asymmetric_working(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	whole(&k, a(i), b(i));
	judge_split(&k, BIT(a(i)), BIT(b(i)), WORKING, NO_CIRCUIT);
}

/* Between the circuits of the domain, either way. */
static void same_domain(struct world *w, unsigned int i)
{
	int out = i % 2 ? CHICAGO : DALLAS, back = i % 2 ? DALLAS : CHICAGO;
	struct conn k;

	conn_own(&k, w);
	whole(&k, out, back);
	judge_split(&k, BIT(out), BIT(back), WORKING, NO_CIRCUIT);
}

/* Failover: the SYN was lost beyond the first edge, and goes out again over
 * the second, where all the rest follows.
 */
static void rerouted(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, 0);
	wait_for(&k, SEC);
	resend_syn(&k, b(i));
	emit(&k, SERVER, b(i), SYN | ACK, 0);
	emit(&k, CLIENT, b(i), ACK, 0);
	talk(&k, b(i), b(i));
	close_both(&k, b(i), b(i));
	judge(&k, REROUTED, WORKING, BIT(a(i)) | BIT(b(i)), BIT(b(i)));
}

/* The SYN on two circuits, its answer on the third: nothing in common, and
 * three circuits are never one domain here.
 */
static void rerouted_split(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, 0);
	wait_for(&k, SEC);
	resend_syn(&k, b(i));
	emit(&k, SERVER, c(i), SYN | ACK, 0);
	emit(&k, CLIENT, b(i), ACK, 0);
	talk(&k, b(i), c(i));
	close_both(&k, b(i), c(i));
	judge_split(&k, BIT(a(i)) | BIT(b(i)), BIT(c(i)), WORKING, NO_CIRCUIT);
}

/* The first SYN-ACK took the wrong way and was eaten, the second came right. */
static void mixed(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_eaten(&k, SERVER, b(i), SYN | ACK, 0);
	wait_for(&k, SEC);
	resend_syn_ack(&k, a(i), false);
	emit(&k, CLIENT, a(i), ACK, 0);
	talk(&k, a(i), a(i));
	close_both(&k, a(i), a(i));
	judge(&k, MIXED, WORKING, BIT(a(i)), BIT(a(i)) | BIT(b(i)));
}

/* Two copies of one SYN-ACK at nearly the same time: on two circuits this is
 * no duplicate.
 */
static void mixed_copies(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	emit(&k, CLIENT, a(i), SYN, 0);
	emit(&k, SERVER, a(i), SYN | ACK, 0);
	k.t -= 8 * MSEC;
	resend_syn_ack(&k, b(i), true);
	emit(&k, CLIENT, a(i), ACK, 0);
	talk(&k, a(i), a(i));
	judge(&k, MIXED, WORKING, BIT(a(i)), BIT(a(i)) | BIT(b(i)));
}

static void refused(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_raw(&k, SERVER, a(i), RST | ACK, 0, 0, k.seq[CLIENT], false);
	judge(&k, REFUSED, BROKEN, BIT(a(i)), BIT(a(i)));
}

/* A RST that acknowledges the SYN is an answer as well (4.3), so the path of
 * this one is asymmetric, and it is broken: a RST ended it.
 */
static void refused_split(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_raw(&k, SERVER, b(i), RST | ACK, 0, 0, k.seq[CLIENT], true);
	judge_split(&k, BIT(a(i)), BIT(b(i)), BROKEN, eater(b(i)));
}

static void unanswered(struct world *w, unsigned int i)
{
	struct conn k;
	int n;

	conn_nat(&k, w, a(i));
	emit(&k, CLIENT, a(i), SYN, 0);
	for (n = 0; n < 3; n++) {
		wait_for(&k, SEC << n);
		/* some systems give up options with the last try */
		k.plain = n == 2;
		resend_syn(&k, a(i));
	}
	judge(&k, UNANSWERED, BROKEN, BIT(a(i)), 0);
	find(&k, "unanswered", "info");
}

static void unanswered_inbound(struct world *w, unsigned int i)
{
	struct conn k;
	int n;

	conn_inbound(&k, w, a(i), 8443);
	emit_eaten(&k, CLIENT, a(i), SYN, 0);
	for (n = 0; n < 3; n++) {
		wait_for(&k, SEC << n);
		emit_raw(&k, CLIENT, a(i), SYN, 0, k.isn[CLIENT], 0, true);
	}
	judge(&k, UNANSWERED, BROKEN, BIT(a(i)), 0);
	find(&k, "unanswered", "info");
}

/* Somebody used our address as a source.  Sometimes we say so. */
static void orphan(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	k.no_inside = true;
	k.seq[CLIENT]++;
	emit_eaten(&k, SERVER, a(i), SYN | ACK, 0);
	if (i % 2)
		emit_raw(&k, CLIENT, a(i), RST, 0, k.seq[CLIENT], 0, false);
	judge(&k, ORPHAN_SYN_ACK, UNKNOWN, 0, BIT(a(i)));
	find(&k, "orphan-syn-ack", "info");
}

/* A SYN-ACK of an older attempt acknowledges another ISN: it answers not this
 * SYN, but one that was never seen.
 */
static void stale_syn_ack(struct world *w, unsigned int i)
{
	struct conn k, old;

	conn_own(&k, w);
	old = k;
	old.isn[CLIENT] -= 0x01234567;
	emit(&k, CLIENT, a(i), SYN, 0);
	emit_raw(&old, SERVER, b(i), SYN | ACK, 0, old.isn[SERVER] + 77,
		 old.isn[CLIENT] + 1, true);
	wait_for(&k, 30 * MSEC);
	emit(&k, SERVER, a(i), SYN | ACK, 0);
	emit(&k, CLIENT, a(i), ACK, 0);
	talk(&k, a(i), a(i));
	judge(&k, SYMMETRIC, WORKING, BIT(a(i)), BIT(a(i)));
	judge(&old, ORPHAN_SYN_ACK, UNKNOWN, 0, BIT(b(i)));
	find(&old, "orphan-syn-ack", "info");
}

static void simultaneous(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	k.end[INSIDE][CLIENT].port = k.end[OUTSIDE][CLIENT].port = 179;
	k.end[INSIDE][SERVER].port = k.end[OUTSIDE][SERVER].port = 179;
	host(w, "40.99.0.0", "2603:1006::3:0", i, k.end[OUTSIDE][SERVER].addr);
	k.end[INSIDE][SERVER] = k.end[OUTSIDE][SERVER];
	emit(&k, CLIENT, a(i), SYN, 0);
	emit(&k, SERVER, a(i), SYN, 0);
	emit_raw(&k, CLIENT, a(i), SYN | ACK, 0, k.isn[CLIENT], k.seq[SERVER],
		 false);
	emit_raw(&k, SERVER, a(i), SYN | ACK, 0, k.isn[SERVER], k.seq[CLIENT],
		 false);
	talk(&k, a(i), a(i));
	judge(&k, SIMULTANEOUS_OPEN, WORKING, BIT(a(i)), BIT(a(i)));
}

/* The server's end is not Microsoft's: whatever it does, and even from a
 * private source, it is not judged.
 */
static void out_of_scope(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	host(w, "93.184.216.0", "2a00:1450::", i, k.end[OUTSIDE][SERVER].addr);
	k.end[INSIDE][SERVER] = k.end[OUTSIDE][SERVER];
	switch (i) {
	case 0:
		whole(&k, INTERNET, INTERNET);
		break;
	case 1:
		whole(&k, INTERNET, CHICAGO);
		break;
	case 2:
		k.seq[CLIENT]++;
		emit_eaten(&k, SERVER, INTERNET, SYN | ACK, 0);
		break;
	default:
		host(w, "192.168.6.0", "fd00:6::", i,
		     k.end[OUTSIDE][CLIENT].addr);
		k.end[INSIDE][CLIENT] = k.end[OUTSIDE][CLIENT];
		emit(&k, CLIENT, INTERNET, SYN, 0);
		break;
	}
	judge(&k, OUT_OF_SCOPE, UNKNOWN, 0, 0);
}

/* SYN and SYN-ACK over either link of one circuit: as it should be. */
static void links(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, CHICAGO);
	k.link[i % 2] = true;
	whole(&k, CHICAGO, CHICAGO);
	judge(&k, SYMMETRIC, WORKING, BIT(CHICAGO), BIT(CHICAGO));
}

/* The mirror gives each packet twice at the same tap. */
static void span_symmetric(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	k.span = true;
	whole(&k, a(i), a(i));
	judge(&k, SYMMETRIC, WORKING, BIT(a(i)), BIT(a(i)));
}

static void span_asymmetric(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	k.span = true;
	whole(&k, a(i), b(i));
	judge_split(&k, BIT(a(i)), BIT(b(i)), WORKING, NO_CIRCUIT);
}

/* What leaves is tagged, what comes is not; one tap all the same. */
static void vlan_one_way(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	k.tagged = true;
	whole(&k, a(i), a(i));
	judge(&k, SYMMETRIC, WORKING, BIT(a(i)), BIT(a(i)));
}

/* A port scan: closed ports refuse, open ones get a RST for their SYN-ACK. */
static void scan(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, a(i));
	k.end[INSIDE][SERVER].port = (uint16_t)(i * 7 + 1);
	k.end[OUTSIDE][SERVER].port = (uint16_t)(i * 7 + 1);
	emit(&k, CLIENT, a(i), SYN, 0);
	if (i % 4) {
		emit_raw(&k, SERVER, a(i), RST | ACK, 0, 0, k.seq[CLIENT],
			 false);
		judge(&k, REFUSED, BROKEN, BIT(a(i)), BIT(a(i)));
		return;
	}
	emit(&k, SERVER, a(i), SYN | ACK, 0);
	emit_raw(&k, CLIENT, a(i), RST, 0, k.seq[CLIENT], 0, false);
	judge(&k, SYMMETRIC, BROKEN, BIT(a(i)), BIT(a(i)));
}

/* BGP on the circuit's own link: neither end is in the remote prefixes. */
static void bgp(struct world *w, unsigned int i)
{
	int er = i % 2 ? DALLAS : CHICAGO;
	struct conn k;

	conn_own(&k, w);
	k.no_inside = true;
	k.md5 = true;
	k.ttl = 2;
	host(w, "203.0.113.240", i < 2 ? "fe80::" : "2001:db8:f00:ff00::", 0,
	     k.end[OUTSIDE][CLIENT].addr);
	host(w, "203.0.113.240", i < 2 ? "fe80::" : "2001:db8:f00:ff00::", 1,
	     k.end[OUTSIDE][SERVER].addr);
	k.end[OUTSIDE][SERVER].port = 179;
	handshake(&k, er, er);
	talk(&k, er, er);
	judge(&k, OUT_OF_SCOPE, WORKING, BIT(er), BIT(er));
}

const struct kind kinds_handshake[] = {
	{"symmetric", symmetric, 6},
	{"symmetric-stalls", symmetric_stalls, 3},
	{"asymmetric-resent", asymmetric_resent, 6},
	{"asymmetric-silent", asymmetric_silent, 6},
	{"asymmetric-reset", asymmetric_reset, 6},
	{"asymmetric-working", asymmetric_working, 6},
	{"same-domain", same_domain, 4},
	{"rerouted", rerouted, 6},
	{"rerouted-split", rerouted_split, 3},
	{"mixed", mixed, 6},
	{"mixed-copies", mixed_copies, 3},
	{"refused", refused, 3},
	{"refused-split", refused_split, 6},
	{"unanswered", unanswered, 3},
	{"unanswered-inbound", unanswered_inbound, 3},
	{"orphan-syn-ack", orphan, 6},
	{"stale-syn-ack", stale_syn_ack, 3},
	{"simultaneous-open", simultaneous, 3},
	{"out-of-scope", out_of_scope, 4},
	{"links", links, 2},
	{"span-symmetric", span_symmetric, 3},
	{"span-asymmetric", span_asymmetric, 6},
	{"vlan-one-way", vlan_one_way, 3},
	{"scan", scan, 12},
	{"bgp", bgp, 4},
	{NULL, NULL, 0},
};
