/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules over taps: what was seen at each, made by hand or by a flow table
 *
 * Included by test_detect.c, whose site and sink it uses.
 */
#ifndef DETECT_TAPS_H
#define DETECT_TAPS_H

#include "segments.h"

#define TAPS 6

/**
 * struct watch - Taps that work, until a test changes what they have seen
 */
struct watch {
	struct caught x;
	struct flow_table *flows;
	struct flow_tap seen[SITE_MAX_TAPS];
	struct tap_health h;
};

static void ignore(void *arg, const struct connection *c)
{
	(void)arg;
	(void)c;
}

static void watch_begin(struct watch *w)
{
	const struct flow_sink sink = {.connection = ignore};

	memset(w, 0, sizeof(*w));
	caught_begin(&w->x, site_text);
	ck_assert_uint_eq(w->x.site->taps, TAPS);
	for (unsigned i = 0; i < TAPS; i++)
		topo_bind(w->x.topo, i, NULL, NULL, (int)i);
	w->flows = flow_table_new(w->x.topo, 64, &sink);
	w->h = (struct tap_health){
		.taps = TAPS,
		.bound = BIT(TAPS) - 1,
		.flows = w->flows,
		.first = {1000},
		.last = {2000},
	};
	for (unsigned i = 0; i < SITE_MAX_TAPS; i++) {
		w->seen[i].segments = 100;
		w->seen[i].two_sided = 10;
		w->h.seen[i] = &w->seen[i];
	}
}

static void watch_free(struct watch *w)
{
	flow_table_free(w->flows);
	caught_free(&w->x);
}

static void judge_taps(struct watch *w)
{
	const struct detect_sink sink = {catch, &w->x};

	w->x.count = 0;
	detect_taps(w->x.topo, &w->h, &sink);
}

/* What every finding about a tap says, whichever rule it is of. */
static void about_tap(const struct finding *f, enum rule rule, uint8_t tap,
		      uint8_t circuit, enum cause cause, uint64_t count)
{
	ck_assert_int_eq(f->rule, rule);
	ck_assert_int_eq(f->severity, SEVERITY_WARNING);
	ck_assert_uint_eq(f->cause, cause);
	ck_assert_uint_eq(f->tap, tap);
	ck_assert_uint_eq(f->circuit, circuit);
	ck_assert_uint_eq(f->count, count);
	ck_assert(!f->has_tuple);
	ck_assert_uint_eq(f->owner, CIRCUIT_NONE);
	ck_assert_uint_eq(f->dropped_at, CIRCUIT_NONE);
	ck_assert_uint_eq(f->service, SERVICE_NONE);
	ck_assert_int_eq(f->time.ns, 1000);
	ck_assert_int_eq(f->last.ns, 2000);
}

START_TEST(taps_that_work)
{
	struct watch w;

	watch_begin(&w);
	judge_taps(&w);
	ck_assert_uint_eq(w.x.count, 0);
	ck_assert_uint_eq(detect_one_way(&w.h), 0);
	ck_assert_uint_eq(detect_lossy(&w.h), 0);
	/* And no tap at all. */
	w.h.taps = 0;
	judge_taps(&w);
	ck_assert_uint_eq(w.x.count, 0);
	watch_free(&w);
}
END_TEST

/* ------------------------------------------------------------------ one way */

static const struct {
	uint64_t one_sided, two_sided;
	bool fires;
} sides[] = {
	{0, 0, false},	{2, 0, false},	    {3, 0, true},      {3, 1, false},
	{20, 1, false}, /* a twentieth is a tap that sees both */
	{21, 1, true},	{2000, 100, false}, {2001, 100, true}, {0, 1000, false},
};

START_TEST(one_way_taps)
{
	struct watch w;

	watch_begin(&w);
	w.seen[B].one_sided = sides[_i].one_sided;
	w.seen[B].two_sided = sides[_i].two_sided;
	judge_taps(&w);
	ck_assert_uint_eq(w.x.count, sides[_i].fires);
	if (sides[_i].fires)
		about_tap(&w.x.f[0], RULE_TAP_ONE_WAY, B, 1, CAUSE_ONE_WAY_TAP,
			  sides[_i].one_sided);
	ck_assert_uint_eq(detect_one_way(&w.h), sides[_i].fires ? BIT(B) : 0);
	watch_free(&w);
}
END_TEST

/* --------------------------------------------------------------------- loss */

START_TEST(lossy_taps)
{
	const struct finding *f;
	struct watch w;

	watch_begin(&w);
	w.h.drops[A_IN] = 1;
	w.h.drops[CORE] = UINT64_MAX;
	w.h.drops[TAPS] = 9; /* there is no such tap */
	judge_taps(&w);
	ck_assert_uint_eq(w.x.count, 2);
	f = w.x.f;
	about_tap(&f[0], RULE_TAP_LOSS, A_IN, 0, CAUSE_CAPTURE_LOSS, 1);
	about_tap(&f[1], RULE_TAP_LOSS, CORE, CIRCUIT_NONE, CAUSE_CAPTURE_LOSS,
		  UINT64_MAX);
	ck_assert_uint_eq(detect_lossy(&w.h), BIT(A_IN) | BIT(CORE));
	ck_assert_uint_eq(detect_one_way(&w.h), 0);
	watch_free(&w);
}
END_TEST

/* ------------------------------------------------------- unmapped and silent */

START_TEST(segments_of_no_tap)
{
	struct watch w;

	watch_begin(&w);
	w.h.unmapped = 4711;
	judge_taps(&w);
	ck_assert_uint_eq(w.x.count, 1);
	about_tap(&w.x.f[0], RULE_TAP_UNMAPPED, TAP_NONE, CIRCUIT_NONE,
		  CAUSE_TAP_NOT_DECLARED, 4711);
	watch_free(&w);
}
END_TEST

/* Silent is who was listened to and said nothing. */
static const struct {
	uint64_t bound, heard; /* taps */
	uint64_t silent;
} silences[] = {
	{BIT(TAPS) - 1, BIT(TAPS) - 1, 0},
	{BIT(TAPS) - 1, BIT(TAPS) - 1 - BIT(A), BIT(A)},
	{BIT(TAPS) - 1, BIT(C), BIT(TAPS) - 1 - BIT(C)},
	{BIT(A) | BIT(CORE), 0, BIT(A) | BIT(CORE)},
	{BIT(A) | BIT(B), BIT(A) | BIT(B), 0},
	{0, 0, 0},
	{UINT64_MAX, BIT(TAPS) - 1, 0},
};

START_TEST(silent_taps)
{
	uint64_t silent = 0;
	struct watch w;

	watch_begin(&w);
	w.h.bound = silences[_i].bound;
	for (unsigned i = 0; i < SITE_MAX_TAPS; i++)
		w.seen[i].segments = silences[_i].heard >> i & 1;
	judge_taps(&w);
	for (unsigned i = 0; i < w.x.count; i++) {
		const struct finding *f = &w.x.f[i];

		about_tap(f, RULE_TAP_SILENT, f->tap,
			  topo_tap_circuit(w.x.topo, f->tap), CAUSE_TAP_SILENT,
			  0);
		silent |= BIT(f->tap);
	}
	ck_assert_uint_eq(silent, silences[_i].silent);
	ck_assert_int_eq(w.x.count, __builtin_popcountll(silent));
	watch_free(&w);
}
END_TEST

/* -------------------------------------------------------------------- apart */

/* Seconds at which taps A, A_IN, B, ... captured, and which are told. */
static const struct {
	const char *what;
	int from[TAPS], to[TAPS]; /* no window where they are equal */
	uint64_t few;		  /* taps with few segments */
	uint64_t apart;
	unsigned near; /* of the first that is told */
	uint64_t seconds;
} windows[] = {
	{"none", {0}, {0}, 0, 0, 0, 0},
	{"one", {5}, {9}, 0, 0, 0, 0},
	{"the same", {1, 2, 3}, {9, 9, 9}, 0, 0, 0, 0},
	{"a chain", {0, 200, 400, 900}, {250, 500, 800, 999}, 0, 0, 0, 0},
	{"as long as is allowed", {0, 310}, {10, 320}, 0, 0, 0, 0},
	{"a second longer", {0, 311}, {10, 320}, 0, BIT(A_IN), A, 301},
	{"few before many", {0, 3600}, {10, 3610}, BIT(A), BIT(A), A_IN, 3590},
	{"an hour",
	 {0, 0, 3600, 3601},
	 {10, 9, 3610, 3611},
	 0,
	 BIT(2) | BIT(3),
	 A,
	 3590},
	{"inside one that is long",
	 {0, 100, 5000},
	 {9000, 110, 5001},
	 0,
	 0,
	 0,
	 0},
	{"three crowds",
	 {0, 1000, 2500, 2500},
	 {10, 1010, 2510, 2520},
	 0,
	 BIT(A) | BIT(A_IN),
	 A_IN,
	 990},
};

START_TEST(taps_that_are_apart)
{
	uint64_t apart = 0;
	struct watch w;

	watch_begin(&w);
	for (unsigned i = 0; i < TAPS; i++) {
		if (windows[_i].from[i] == windows[_i].to[i])
			continue;
		w.h.timed |= BIT(i);
		w.h.from[i].ns = windows[_i].from[i] * NSEC_PER_SEC;
		w.h.to[i].ns = windows[_i].to[i] * NSEC_PER_SEC;
		if (windows[_i].few >> i & 1)
			w.seen[i].segments = 1;
	}
	judge_taps(&w);
	for (unsigned i = 0; i < w.x.count; i++) {
		const struct finding *f = &w.x.f[i];

		ck_assert_int_eq(f->rule, RULE_TAP_APART);
		ck_assert_int_eq(f->severity, SEVERITY_WARNING);
		ck_assert_uint_eq(f->cause, CAUSE_TAPS_APART);
		ck_assert_int_eq(f->time.ns, w.h.from[f->tap].ns);
		ck_assert_int_eq(f->last.ns, w.h.to[f->tap].ns);
		apart |= BIT(f->tap);
	}
	ck_assert_msg(apart == windows[_i].apart, "%s", windows[_i].what);
	ck_assert_int_eq(w.x.count, __builtin_popcountll(apart));
	if (apart) {
		ck_assert_uint_eq(w.x.f[0].other_tap, windows[_i].near);
		ck_assert_uint_eq(w.x.f[0].count, windows[_i].seconds);
	}
	watch_free(&w);
}
END_TEST

/* Times at the ends of what a file may claim. */
START_TEST(taps_of_all_time)
{
	struct watch w;

	watch_begin(&w);
	w.h.timed = BIT(A) | BIT(B);
	w.h.from[A].ns = w.h.to[A].ns = 0;
	w.h.from[B].ns = w.h.to[B].ns = INT64_MAX;
	judge_taps(&w);
	ck_assert_uint_eq(w.x.count, 1);
	ck_assert_uint_eq(w.x.f[0].count, INT64_MAX / NSEC_PER_SEC);
	watch_free(&w);
}
END_TEST

/* ------------------------------------------------------------------ overlap */

/* A handshake of port @port, each packet once at each of @taps, as @change
 * makes the copies at the second and later taps.
 */
static void feed_handshake(struct watch *w, uint64_t taps, uint16_t port,
			   bool answered, void (*change)(struct segment *s))
{
	const struct seg_ends e = {"40.96.0.10", "203.0.113.25", port, 25};

	for (unsigned packet = 0; packet < (answered ? 2 : 1); packet++) {
		bool first = true;

		for (unsigned tap = 0; tap < TAPS; tap++) {
			struct segment s =
				packet ? seg_syn_ack(&e, 10, tap, port, 77)
				       : seg_syn(&e, 0, tap, port);

			if (!(taps >> tap & 1))
				continue;
			s.src_mac[4] = s.dst_mac[4] = 0;
			if (!first && change)
				change(&s);
			flow_table_take(w->flows, &s, 1);
			first = false;
		}
	}
}

static void other_src(struct segment *s)
{
	s->src_mac[5] ^= 8;
}

static void other_dst(struct segment *s)
{
	s->dst_mac[0] ^= 8;
}

static void other_ttl(struct segment *s)
{
	s->ttl--;
}

static void no_mac(struct segment *s)
{
	s->has_mac = false;
}

static void sent_again(struct segment *s)
{
	s->time.ns += 500 * NSEC_PER_MSEC;
}

static void other_stamp(struct segment *s)
{
	s->ts_val++;
}

static const struct {
	const char *what;
	uint64_t taps;
	unsigned handshakes, lone_syns;
	void (*change)(struct segment *s);
	unsigned pairs;
	uint64_t count; /* of each pair */
} mirrors[] = {
	{"one handshake", BIT(A) | BIT(B), 1, 0, NULL, 0, 2},
	{"one and a SYN", BIT(A) | BIT(B), 1, 1, NULL, 1, 3},
	{"three SYNs", BIT(A) | BIT(B), 0, 3, NULL, 1, 3},
	{"two handshakes", BIT(A) | BIT(B), 2, 0, NULL, 1, 4},
	{"three circuits", BIT(A) | BIT(B) | BIT(C), 2, 0, NULL, 3, 4},
	{"one domain is no excuse", BIT(B) | BIT(C), 2, 0, NULL, 1, 4},
	{"one circuit", BIT(A) | BIT(A_IN), 9, 0, NULL, 0, 0},
	{"a segment of no circuit", BIT(A_IN) | BIT(CORE), 9, 0, NULL, 0, 0},
	{"one tap", BIT(A), 9, 0, NULL, 0, 0},
	{"other source MAC", BIT(A) | BIT(B), 9, 0, other_src, 0, 0},
	{"other destination MAC", BIT(A) | BIT(B), 9, 0, other_dst, 0, 0},
	{"a hop farther", BIT(A) | BIT(B), 9, 0, other_ttl, 0, 0},
	{"no MAC", BIT(A) | BIT(B), 9, 0, no_mac, 0, 0},
	{"resent elsewhere", BIT(A) | BIT(B), 9, 0, sent_again, 0, 0},
	{"another packet", BIT(A) | BIT(B), 9, 0, other_stamp, 0, 0},
};

START_TEST(overlapping_taps)
{
	uint64_t shown = 0;
	struct watch w;
	uint16_t port = 2000;

	watch_begin(&w);
	for (unsigned i = 0; i < mirrors[_i].handshakes; i++)
		feed_handshake(&w, mirrors[_i].taps, port++, true,
			       mirrors[_i].change);
	for (unsigned i = 0; i < mirrors[_i].lone_syns; i++)
		feed_handshake(&w, mirrors[_i].taps, port++, false,
			       mirrors[_i].change);
	flow_table_finish(w.flows, (struct timestamp){SEG_EPOCH});
	judge_taps(&w);
	ck_assert_msg(w.x.count == mirrors[_i].pairs, "%s: %u findings",
		      mirrors[_i].what, w.x.count);
	for (unsigned i = 0; i < w.x.count; i++) {
		const struct finding *f = &w.x.f[i];

		about_tap(f, RULE_TAP_OVERLAP, f->tap,
			  topo_tap_circuit(w.x.topo, f->tap),
			  CAUSE_SAME_MIRROR_TWICE, mirrors[_i].count);
		ck_assert_uint_lt(f->tap, f->other_tap);
		shown |= BIT(f->tap) | BIT(f->other_tap);
	}
	if (mirrors[_i].pairs)
		ck_assert_uint_eq(shown, mirrors[_i].taps);
	else if (!mirrors[_i].change)
		ck_assert_uint_eq(flow_table_overlap(w.flows, A, B),
				  mirrors[_i].count);
	watch_free(&w);
}
END_TEST

/* ------------------------------------------------------------- all together */

/* Rules do not see one another; the last tap of a full site is one, too. */
START_TEST(everything_is_wrong)
{
	static const enum rule want[] = {
		RULE_TAP_ONE_WAY, RULE_TAP_ONE_WAY,  RULE_TAP_LOSS,
		RULE_TAP_LOSS,	  RULE_TAP_UNMAPPED, RULE_TAP_SILENT,
	};
	struct watch w;

	watch_begin(&w);
	w.h.taps = SITE_MAX_TAPS;
	w.h.bound = BIT(63);
	w.h.unmapped = 1;
	w.seen[A].one_sided = w.seen[63].one_sided = 3;
	w.seen[A].two_sided = w.seen[63].two_sided = 0;
	w.seen[63].segments = 0;
	w.h.drops[B] = w.h.drops[63] = 2;
	judge_taps(&w);
	ck_assert_uint_eq(w.x.count, ARRAY_SIZE(want));
	for (unsigned i = 0; i < w.x.count; i++)
		ck_assert_int_eq(w.x.f[i].rule, want[i]);
	ck_assert_uint_eq(detect_one_way(&w.h), BIT(A) | BIT(63));
	ck_assert_uint_eq(detect_lossy(&w.h), BIT(B) | BIT(63));
	watch_free(&w);
}
END_TEST

static TCase *taps_case(void)
{
	TCase *taps = tcase_create("taps");

	tcase_add_test(taps, taps_that_work);
	tcase_add_loop_test(taps, one_way_taps, 0, ARRAY_SIZE(sides));
	tcase_add_test(taps, lossy_taps);
	tcase_add_test(taps, segments_of_no_tap);
	tcase_add_loop_test(taps, silent_taps, 0, ARRAY_SIZE(silences));
	tcase_add_loop_test(taps, taps_that_are_apart, 0, ARRAY_SIZE(windows));
	tcase_add_test(taps, taps_of_all_time);
	tcase_add_loop_test(taps, overlapping_taps, 0, ARRAY_SIZE(mirrors));
	tcase_add_test(taps, everything_is_wrong);
	return taps;
}

#endif /* DETECT_TAPS_H */
