/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/kinds_nat: translations that are seen on both sides, and sources that
 * escaped them
 */
#include "world.h"

#include <string.h>

/* INTERNET and CHICAGO: the circuits that are tapped on both sides */
static int tapped(unsigned int i)
{
	return i % 2 ? CHICAGO : INTERNET;
}

/* The source port is translated too. */
static void snat_port(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, tapped(i));
	k.end[OUTSIDE][CLIENT].port = (uint16_t)(w->serial + 40000);
	whole(&k, tapped(i), tapped(i));
	judge(&k, SYMMETRIC, WORKING, BIT(tapped(i)), BIT(tapped(i)));
}

/* The firewall gives the client's side new sequence numbers.  The remote end
 * is nobody else's, the options and the time are the same.
 */
static void snat_rewritten(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, tapped(i));
	host(w, "40.97.1.0", "2603:1006::4:0", i, k.end[OUTSIDE][SERVER].addr);
	k.end[INSIDE][SERVER] = k.end[OUTSIDE][SERVER];
	k.rewrite = 0x3456789 + i;
	whole(&k, tapped(i), tapped(i));
	judge(&k, SYMMETRIC, WORKING, BIT(tapped(i)), BIT(tapped(i)));
}

/* Only the outside is tapped, and the pool is a documentation prefix. */
static void documentation_pool(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, (int)i);
	k.no_inside = true;
	whole(&k, (int)i, (int)i);
	judge(&k, SYMMETRIC, WORKING, BIT(i), BIT(i));
}

/* Inbound, both ends translated, as the plan wants it for SMTP. */
static void inbound_full_nat(struct world *w, unsigned int i)
{
	int circuit = tapped(i);
	struct conn k;

	conn_inbound(&k, w, circuit, circuit == INTERNET ? 25 : 443);
	if (circuit == INTERNET)
		host(w, "192.168.5.4", "fd00:5::4", 0,
		     k.end[INSIDE][CLIENT].addr);
	else
		host(w, "192.168.1.4", "fd00:1::4", 0,
		     k.end[INSIDE][CLIENT].addr);
	if (i >= 2)
		k.end[INSIDE][CLIENT].port = (uint16_t)(w->serial + 40000);
	whole(&k, circuit, circuit);
	judge(&k, SYMMETRIC, WORKING, BIT(circuit), BIT(circuit));
}

/* Inbound with its original source, no row that plans anything else, and the
 * reply leaves as it came: the segment hears no ExpressRoute route, which is
 * the guide's other solution.  er-dallas: seen outside only.
 */
static void inbound_scoped(struct world *w, unsigned int i)
{
	int circuit = i % 2 ? DALLAS : INTERNET;
	struct conn k;

	conn_inbound(&k, w, circuit, 8443);
	whole(&k, circuit, circuit);
	judge(&k, SYMMETRIC, WORKING, BIT(circuit), BIT(circuit));
}

/* A service whose row allows the Internet alone comes over er-dallas.  The
 * reply of the first has a source that the Internet circuit advertises; that
 * of the second may leave anywhere.
 */
static void off_plan(struct world *w, unsigned int i)
{
	struct conn k;

	conn_inbound(&k, w, INTERNET, i % 2 ? 587 : 25);
	if (i % 2)
		host(w, "203.0.113.198", "2001:db8:f00:8000::198", 0,
		     k.end[OUTSIDE][SERVER].addr);
	whole(&k, DALLAS, DALLAS);
	judge(&k, SYMMETRIC, WORKING, BIT(DALLAS), BIT(DALLAS));
	find(&k, "off-plan", "warning");
	if (i % 2 == 0)
		find_escape(&k, "critical", "wrong-pool", "syn-ack", DALLAS,
			    k.left)
			->owner = INTERNET;
}

/* Inbound over one circuit, the server's reply over another's inside. */
static void problem(struct conn *k, int in, int back, bool planned)
{
	int n;

	emit(k, CLIENT, in, SYN, 0);
	emit_eaten(k, SERVER, back, SYN | ACK, 0);
	for (n = 0; n < 2; n++) {
		wait_for(k, SEC << n);
		resend_syn(k, in);
		resend_syn_ack(k, back, true);
	}
	judge_split(k, BIT(in), BIT(back), BROKEN, back);
	if (planned)
		find(k, "inbound-snat-missing", "critical");
}

/* The guide's Problem 1.  Even where no row plans a translation (port 443),
 * the reply proves that the server's segment hears ExpressRoute routes.
 */
static void problem_1(struct world *w, unsigned int i)
{
	struct conn k;

	conn_inbound(&k, w, INTERNET, i % 2 ? 443 : 25);
	problem(&k, INTERNET, CHICAGO, true);
}

/* The guide's Problem 2, with a row that plans a translation. */
static void problem_2(struct world *w, unsigned int i)
{
	struct conn k;

	(void)i;
	conn_inbound(&k, w, CHICAGO, 443);
	problem(&k, CHICAGO, INTERNET, true);
}

/* As Problem 1, but the other edge lets the reply out as it is: its source
 * is private, its tuple not the SYN's.
 */
static void problem_1_leaked(struct world *w, unsigned int i)
{
	struct conn k;
	int n;

	(void)i;
	conn_inbound(&k, w, INTERNET, 25);
	k.leak = true;
	emit(&k, CLIENT, INTERNET, SYN, 0);
	emit(&k, SERVER, DALLAS, SYN | ACK, 0);
	for (n = 0; n < 2; n++) {
		wait_for(&k, SEC << n);
		resend_syn(&k, INTERNET);
		resend_syn_ack(&k, DALLAS, false);
	}
	judge_split(&k, BIT(INTERNET), BIT(DALLAS), BROKEN, NO_CIRCUIT);
	find(&k, "inbound-snat-missing", "critical");
	find_escape(&k, "critical", "private", "syn-ack", DALLAS, 3);
}

/* As Problem 1, but the other edge translates the reply into its own pool. */
static void problem_1_translated(struct world *w, unsigned int i)
{
	struct conn k;
	int n;

	conn_inbound(&k, w, INTERNET, 25);
	emit(&k, CLIENT, INTERNET, SYN, 0);
	for (n = 0; n < 3; n++) {
		struct conn reply = k;

		pool(w, DALLAS, 50 + i, reply.end[OUTSIDE][SERVER].addr);
		reply.end[OUTSIDE][SERVER].port = (uint16_t)(33000 + i);
		resend_syn_ack(&reply, DALLAS, false);
		k.t = reply.t;
		wait_for(&k, SEC << n);
		resend_syn(&k, INTERNET);
	}
	judge_split(&k, BIT(INTERNET), BIT(DALLAS), BROKEN, NO_CIRCUIT);
	find(&k, "inbound-snat-missing", "critical");
}

/* SYN, and three more of them, from an address that was not translated; it
 * stays the same on both sides.  Nobody answers such a source.
 */
static void escape_unanswered(struct conn *k, int circuit, const char *severity,
			      const char *reason)
{
	int n;

	emit(k, CLIENT, circuit, SYN, 0);
	for (n = 0; n < 3; n++) {
		wait_for(k, SEC << n);
		resend_syn(k, circuit);
	}
	judge(k, UNANSWERED, BROKEN, BIT(circuit), 0);
	find(k, "unanswered", "warning");
	find_escape(k, severity, reason, "syn", circuit, k->left);
}

static void set_client(struct conn *k, const char *v4, const char *v6,
		       unsigned int i)
{
	host(k->w, v4, v6, i, k->end[OUTSIDE][CLIENT].addr);
	k->end[INSIDE][CLIENT] = k->end[OUTSIDE][CLIENT];
}

static void escape_private(struct world *w, unsigned int i)
{
	static const char *const v4[] = {
		"192.168.6.0", "10.1.2.0",    "172.31.0.0",
		"100.64.7.0",  "169.254.3.0", "127.0.0.0",
	};
	static const char *const v6[] = {
		"fd00:6::", "fc00::", "fe80::", "fdff::", "fe80::7:0", "::",
	};
	struct conn k;

	conn_own(&k, w);
	set_client(&k, v4[i], v6[i], i == 5 ? 0 : i);
	escape_unanswered(&k, (int)(i % CIRCUITS), "critical", "private");
}

static void escape_unknown(struct world *w, unsigned int i)
{
	struct conn k;

	conn_own(&k, w);
	set_client(&k, "11.22.33.0", "2a02:26f0::", i);
	escape_unanswered(&k, (int)(i % CIRCUITS), "warning", "unknown");
}

/* Translated into another circuit's pool.  Microsoft answers to where that
 * one is advertised, and the edge there eats it.
 */
static void escape_wrong_pool(struct world *w, unsigned int i)
{
	int out = (int)(i % CIRCUITS), back = (int)((i + 1) % CIRCUITS);
	struct conn k;

	conn_nat(&k, w, back);
	emit(&k, CLIENT, out, SYN, 0);
	emit_eaten(&k, SERVER, back, SYN | ACK, 0);
	wait_for(&k, SEC);
	resend_syn(&k, out);
	resend_syn_ack(&k, back, true);
	judge_split(&k, BIT(out), BIT(back), BROKEN,
		    has_inside(back) ? back : NO_CIRCUIT);
	find_escape(&k, "critical", "wrong-pool", "syn", out, k.left)->owner =
		back;
}

/* The same, but the answer came back over the circuit that it left by; from
 * the pool, and from an address that the other circuit advertises.
 */
static void escape_wrong_pool_working(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, INTERNET);
	if (i % 2)
		host(w, "203.0.113.40", "2001:db8:f00::40", i,
		     k.end[OUTSIDE][CLIENT].addr);
	whole(&k, CHICAGO, CHICAGO);
	judge(&k, SYMMETRIC, WORKING, BIT(CHICAGO), BIT(CHICAGO));
	find_escape(&k, "critical", "wrong-pool", "syn", CHICAGO, k.left)
		->owner = INTERNET;
}

/* The NAT forgot the connection before its end was done with it: a last
 * packet leaves as it is.  The taps saw nothing else of it.
 */
static void escape_late(struct world *w, unsigned int i)
{
	static const unsigned int flags[] = {FIN | ACK, RST, ACK};
	struct conn k;

	conn_own(&k, w);
	set_client(&k, "192.168.6.0", "fd00:6::", w->serial);
	emit(&k, CLIENT, (int)(i % CIRCUITS), flags[i % 3], 0);
	judge(&k, MIDSTREAM, UNKNOWN, 0, 0);
	find_escape(&k, "warning", "private", i % 3 == 2 ? "data" : "close",
		    (int)(i % CIRCUITS), 1);
}

/* The same where both sides of all of it were seen: the late packets have the
 * inside tuple, and belong to that connection.
 */
static void escape_late_linked(struct world *w, unsigned int i)
{
	struct conn k;

	conn_nat(&k, w, tapped(i));
	handshake(&k, tapped(i), tapped(i));
	talk(&k, tapped(i), tapped(i));
	judge(&k, SYMMETRIC, WORKING, BIT(tapped(i)), BIT(tapped(i)));
	wait_for(&k, 5 * SEC);
	k.leak = true;
	emit_raw(&k, CLIENT, tapped(i), FIN | ACK, 0, k.seq[CLIENT],
		 k.seq[SERVER], false);
	wait_for(&k, 400 * MSEC);
	emit_raw(&k, CLIENT, tapped(i), FIN | ACK, 0, k.seq[CLIENT],
		 k.seq[SERVER], false);
	find_escape(&k, "warning", "private", "close", tapped(i), 2);
}

const struct kind kinds_nat[] = {
	{"snat-port", snat_port, 4},
	{"snat-rewritten", snat_rewritten, 4},
	{"documentation-pool", documentation_pool, 3},
	{"inbound-full-nat", inbound_full_nat, 4},
	{"inbound-scoped", inbound_scoped, 4},
	{"off-plan", off_plan, 4},
	{"problem-1", problem_1, 4},
	{"problem-2", problem_2, 3},
	{"problem-1-leaked", problem_1_leaked, 3},
	{"problem-1-translated", problem_1_translated, 3},
	{"escape-private", escape_private, 6},
	{"escape-unknown", escape_unknown, 3},
	{"escape-wrong-pool", escape_wrong_pool, 6},
	{"escape-wrong-pool-working", escape_wrong_pool_working, 4},
	{"escape-late", escape_late, 6},
	{"escape-late-linked", escape_late_linked, 4},
	{NULL, NULL, 0},
};

/* --------------------------------------------- at the edge of the capture */

/* The capture ends before it can be said what becomes of it, even though a
 * mirror gives each packet twice: a copy is no SYN-ACK that came again.
 */
static void asymmetric_cut(struct world *w, unsigned int i)
{
	int out = (int)(i % CIRCUITS), back = (int)((i + 1) % CIRCUITS);
	struct conn k;

	conn_own(&k, w);
	k.span = i >= CIRCUITS;
	emit(&k, CLIENT, out, SYN, 0);
	emit(&k, SERVER, back, SYN | ACK, 0);
	judge_split(&k, BIT(out), BIT(back), UNKNOWN, NO_CIRCUIT);
}

const struct kind kinds_edge[] = {
	{"asymmetric-cut", asymmetric_cut, 6},
	{NULL, NULL, 0},
};
