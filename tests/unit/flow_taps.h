/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a flow table learns of its taps: clocks, overlap, sides
 */
#ifndef FLOW_TAPS_H
#define FLOW_TAPS_H

#include "flow_fixture.h"

/* ------------------------------------------------------------------ clocks */

#define RTT   20 /* ms from SYN to SYN-ACK; the ACK follows at once */
#define NEVER INT64_MIN

/**
 * struct shake - A handshake, and at which taps each of its packets was seen
 * @late:	ms by which a queue delays the SYN at the second and later taps
 */
struct shake {
	uint64_t syn, answer, ack;
	int64_t late;
};

static void feed_at(struct run *r, struct segment s, uint64_t taps,
		    int64_t late, const int64_t *offset)
{
	int64_t true_time = s.time.ns;

	for (unsigned tap = 0, copies = 0; tap < TAPS; tap++) {
		if (!(taps >> tap & 1))
			continue;
		s.time.ns = true_time + (offset[tap] + (copies++ ? late : 0)) *
						NSEC_PER_MSEC;
		s.interface = (uint16_t)tap;
		s.src_mac[4] = s.dst_mac[4] = (uint8_t)tap;
		run_feed(r, &s, 1);
	}
}

static void feed_shake(struct run *r, const struct shake *x, uint16_t port,
		       int64_t at, const int64_t *offset)
{
	const struct seg_ends e = {"40.96.0.10", "203.0.113.25", port, 25};

	feed_at(r, seg_syn(&e, at, 0, ISN), x->syn, x->late, offset);
	feed_at(r, seg_syn_ack(&e, at + RTT, 0, ISN, 7), x->answer, 0, offset);
	feed_at(r, seg_ack(&e, 0, at + RTT, 0, ISN + 1, 8), x->ack, 0, offset);
}

#define BOTH (T(A) | T(B))

static const struct {
	const char *what;
	struct shake shake[3];
	int64_t offset[TAPS]; /* ms, what is true */
	int64_t told[TAPS];   /* ms, what is to be told, or NEVER */
} clocks[] = {
	{"both see both",
	 {{BOTH, BOTH, BOTH, 0}},
	 {[B] = 50},
	 {0, NEVER, 50, NEVER, NEVER, NEVER, NEVER}},
	{"both see both, the first one is ahead",
	 {{BOTH, BOTH, BOTH, 0}},
	 {[A] = 50},
	 {0, NEVER, -50, NEVER, NEVER, NEVER, NEVER}},
	{"in step",
	 {{BOTH, BOTH, BOTH, 0}},
	 {0},
	 {0, NEVER, 0, NEVER, NEVER, NEVER, NEVER}},
	{"no ACK was seen",
	 {{BOTH, BOTH, 0, 0}},
	 {[B] = 50},
	 {0, NEVER, 50, NEVER, NEVER, NEVER, NEVER}},
	{"one of three was not late in a queue",
	 {{BOTH, BOTH, 0, 15}, {BOTH, BOTH, 0, 0}, {BOTH, BOTH, 0, 9}},
	 {[B] = 50},
	 {0, NEVER, 50, NEVER, NEVER, NEVER, NEVER}},
	{"in step, to a few ms",
	 {{BOTH, BOTH, 0, 8}},
	 {0},
	 {0, NEVER, 4, NEVER, NEVER, NEVER, NEVER}},
	{"nobody knows by how much",
	 {{BOTH, BOTH, 0, 14}},
	 {0},
	 {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER}},
	{"from tap to tap",
	 {{T(A) | T(B), T(A) | T(B), 0, 0},
	  {T(B) | T(C), T(B) | T(C), 0, 0},
	  {T(C) | T(D), T(C) | T(D), 0, 0}},
	 {[B] = 50, [C] = -50, [D] = 200},
	 {0, NEVER, 50, NEVER, -50, 200, NEVER}},
	{"an island of two taps",
	 {{T(C) | T(D), T(C) | T(D), 0, 0}},
	 {[D] = 50},
	 {NEVER, NEVER, NEVER, NEVER, 0, 50, NEVER}},
	{"one direction only",
	 {{T(A), T(B), 0, 0}},
	 {[B] = 50},
	 {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER}},
	{"SYNs alone",
	 {{BOTH, 0, 0, 0}},
	 {[B] = 50},
	 {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER}},
	{"one tap",
	 {{T(A), T(A), T(A), 0}, {T(B), T(B), T(B), 0}},
	 {[B] = 50},
	 {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER}},
	/* From SYN to ACK it took RTT: the clocks may be as far apart. */
	{"an asymmetric one says too little",
	 {{T(A), T(B), T(A), 0}},
	 {0},
	 {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER}},
	/* But when they are far apart it says how far, if not to the ms. */
	{"an asymmetric one says enough",
	 {{T(A), T(B), T(A), 0}},
	 {[B] = 200},
	 {0, NEVER, 200 + RTT / 2, NEVER, NEVER, NEVER, NEVER}},
	{"no clock at all",
	 {{BOTH, BOTH, BOTH, 0}},
	 {[B] = 61000},
	 {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER}},
};

START_TEST(clocks_of_taps)
{
	struct run r;

	run_begin(&r, plain_site, 64, true);
	for (unsigned i = 0; i < ARRAY_SIZE(clocks[_i].shake); i++)
		feed_shake(&r, &clocks[_i].shake[i], (uint16_t)(2000 + i),
			   i * 100, clocks[_i].offset);
	run_finish(&r);
	for (uint8_t tap = 0; tap < TAPS; tap++) {
		const struct flow_tap *at = flow_table_tap(r.table, tap);
		int64_t told = clocks[_i].told[tap];

		ck_assert_msg(!at->offset_samples == (told == NEVER),
			      "%s: tap %u has %u samples", clocks[_i].what, tap,
			      at->offset_samples);
		if (told == NEVER)
			ck_assert_int_eq(at->offset, 0);
		else
			ck_assert_msg(llabs(at->offset - told * NSEC_PER_MSEC) <
					      NSEC_PER_MSEC,
				      "%s: tap %u is %ld ns off",
				      clocks[_i].what, tap, (long)at->offset);
	}
	run_free(&r);
}
END_TEST

/* What was sent again says nothing: which of the two was answered? */
START_TEST(resends_tell_no_clock)
{
	static const char *const scripts[] = {
		"S02 S02@1000^1 A02@1020 K02",
		"S02 A02 A02@1000",
	};
	struct run r;

	play(&r, plain_site, &inbound, scripts[_i]);
	ck_assert_uint_eq(flow_table_tap(r.table, A)->offset_samples, 0);
	ck_assert_uint_eq(flow_table_tap(r.table, B)->offset_samples, 0);
	run_free(&r);
}
END_TEST

/* From the SYN at one tap to the answer at another, once their clocks are
 * known, whichever of them is ahead; what a connection says of the clocks is
 * not enough to tell its own time by.
 */
START_TEST(round_trip_times_across_taps)
{
	static const struct shake known = {BOTH, BOTH, BOTH, 0};
	static const struct shake split[] = {
		{T(A), T(B), 0, 0},
		{T(A), T(B), T(A), 0},
		{T(A), T(B), T(B), 0},
	};
	static const int64_t ahead[] = {50, -50, 0};
	int64_t offset[TAPS] = {[B] = ahead[_i / 6]};
	bool is_known = _i & 1;
	struct run r;

	run_begin(&r, plain_site, 64, true);
	if (is_known)
		feed_shake(&r, &known, 2000, 100, offset);
	feed_shake(&r, &split[_i / 2 % 3], 2001, 200, offset);
	run_finish(&r);
	ck_assert_uint_eq(r.count, 1 + is_known);
	ck_assert_int_eq(r.got[is_known].class, CLASS_ASYMMETRIC);
	if (is_known)
		ck_assert_int_le(llabs(r.got[1].rtt - RTT * NSEC_PER_MSEC),
				 NSEC_PER_MSEC);
	else
		ck_assert_int_eq(r.got[0].rtt, -1);
	run_free(&r);
}
END_TEST

/* ----------------------------------------------------------------- overlap */

/* Packets that taps of two circuits show alike: the MACs and the TTL too. */
START_TEST(one_mirror_feeds_two_taps)
{
	struct segment s[MAX_SEGMENTS];
	size_t n = script(&inbound, "S024 A02 K02 D02", s);
	struct run r;

	for (unsigned i = 0; i < 3; i++) {
		run_begin(&r, plain_site, 64, true);
		for (size_t k = 0; k < n; k++) {
			s[k].src_mac[4] = s[k].dst_mac[4] = 0;
			s[k].ttl = (uint8_t)(60 - (i ? s[k].interface : 0));
			s[k].has_mac = i < 2;
		}
		run_feed(&r, s, n);
		run_finish(&r);
		ck_assert_uint_eq(flow_table_overlap(r.table, A, B), i ? 0 : 2);
		ck_assert_uint_eq(flow_table_overlap(r.table, B, A), i ? 0 : 2);
		ck_assert_uint_eq(flow_table_overlap(r.table, A, C), i ? 0 : 1);
		ck_assert_uint_eq(flow_table_overlap(r.table, B, C), i ? 0 : 1);
		ck_assert_uint_eq(flow_table_overlap(r.table, A, D), 0);
		run_free(&r);
	}
}
END_TEST

/* ------------------------------------------------------------------- sides */

static const struct {
	const char *script;
	uint64_t one, two; /* taps that count one connection so */
} sides[] = {
	{"S0 A0 K0 D0 d0", 0, T(A)},
	{"S0 A0", 0, T(A)},
	{"D0 d0", 0, T(A)},
	{"S01 A10 K01", 0, T(A) | T(A_IN)},
	{"S01 A0 K01", 0, T(A)},
	/* Who acknowledges must have been told something. */
	{"S0 K0 D0", T(A), 0},
	{"S0 K0", 0, 0},
	{"S0 S0@1000^1 S0@3000^2", 0, 0},
	{"D0 D0 D0", T(A), 0},
	{"D0 D0", 0, 0},
	{"S01 K01 D01", T(A) | T(A_IN), 0},
	{"A0 d0 d0", T(A), 0},
	{"A0 A0@1000 A0@3000", 0, 0},
	/* The other half is elsewhere: that is what is looked for. */
	{"S0 A2 K0 D0 D0 d2 d2", 0, 0},
	{"D0 D0 D0 d2", 0, 0},
	/* And may be there on another tuple. */
	{"S0 S'1 K0 D0 K'1 D'1", 0, 0},
};

START_TEST(sides_of_taps)
{
	struct run r;

	play(&r, plain_site, &inbound, sides[_i].script);
	for (uint8_t tap = 0; tap < TAPS; tap++) {
		const struct flow_tap *at = flow_table_tap(r.table, tap);

		ck_assert_msg(at->one_sided == (sides[_i].one >> tap & 1),
			      "%s: tap %u: %lu one-sided", sides[_i].script,
			      tap, (unsigned long)at->one_sided);
		ck_assert_msg(at->two_sided == (sides[_i].two >> tap & 1),
			      "%s: tap %u: %lu two-sided", sides[_i].script,
			      tap, (unsigned long)at->two_sided);
	}
	run_free(&r);
}
END_TEST

static TCase *taps_case(void)
{
	TCase *taps = tcase_create("taps");

	tcase_add_loop_test(taps, clocks_of_taps, 0, ARRAY_SIZE(clocks));
	tcase_add_loop_test(taps, resends_tell_no_clock, 0, 2);
	tcase_add_loop_test(taps, round_trip_times_across_taps, 0, 18);
	tcase_add_test(taps, one_mirror_feeds_two_taps);
	tcase_add_loop_test(taps, sides_of_taps, 0, ARRAY_SIZE(sides));
	return taps;
}

#endif /* FLOW_TAPS_H */
