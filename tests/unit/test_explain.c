/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the explain layer: scripts of segments, and the rows of the ladder
 * that come out of them, as a line of text; and its selectors
 */
#include "explain_stage.h"

static const struct {
	const char *script, *rows;
} ladders[] = {
	/* What works: one row a packet, relative numbers. */
	{"S01 A10 K01 D01 d10",
	 ">S0@01 <S0/1@01 >1/1@01 >1/1+100@01 <1/101+100@01"},
	/* Both names, one connection; it goes on under any. */
	{"S0 S1' A1' A0 K0 K1'", ">S0@01 <S0/1@01 >1/1@01"},
	{"S1' A1' K1' D0", ">S0@1*0 <S0/1@1x0 >1/1@1*0 >1/1+100@0x1"},
	{"S0 A0 K0 D1'", ">S0@0x1 <S0/1@0*1 >1/1@0x1 >1/1+100@1*0"},
	/* A copy is one of the packet that is nearest. */
	{"S0@10 S0@210 S1@211", ">S0@0x1 >S0@01,resent"},
	/* The planning guide's Problem 1: the answer ends at b's edge. */
	{"S01 A3' S01@1000 A3'@1020",
	 ">S0@01 <S0/1@3x2 >S0@01,resent <S0/1@3x2,resent"},
	/* Copies may come before the original; the order of rows is time's. */
	{"S1'@20 S0@10", ">S0@01"},
	{"S1@20 A3@15 S0@10", ">S0@01 <S0/1@3x2"},
	/* A SYN that the edge eats, and a RST that the edge makes. */
	{"S0 S0@1000", ">S0@0x1 >S0@0x1,resent"},
	{"S01 r0", ">S0@01 <R1/1@0*1,reset"},
	/* On two circuits: nobody dropped it. */
	{"S02", ">S0@02"},
	{"S01 A10 K01 D23", ">S0@01 <S0/1@01 >1/1@01 >1/1+100@23,moved"},
	/* A tap of no circuit shows it too. */
	{"S014", ">S0@014"},
	/* A SYN of another attempt, and what follows it, is a stranger's. */
	{"S01 A10 K01 S0~1@500 D0", ">S0@01 <S0/1@01 >1/1@01"},
	{"S0~1@100 r3@150 S01@180", ">S0@01"},
	/* An answer may come before its SYN, as the clocks of taps have it. */
	{"r3@150 S01@180", "<R1/1@3x2,reset >S0@01"},
	/* One tap twice, at once: the mirror's doing. Later: sent again. */
	{"S01 S0@50", ">S0@01,twice"},
	{"S01 S01@250", ">S0@01 >S0@01,resent"},
	{"S01 A10 K01 F01 f10", ">S0@01 <S0/1@01 >1/1@01 >F1/1@01 <F1/2@01"},
};

START_TEST(scripts_make_ladders)
{
	struct stage g;
	char *rows;

	stage_open(&g, 100);
	stage_play(&g, ladders[_i].script);
	rows = show(stage_end(&g));
	ck_assert_msg(!strcmp(rows, ladders[_i].rows), "%s\n%s\n%s",
		      ladders[_i].script, rows, ladders[_i].rows);
	free(rows);
	stage_close(&g);
}
END_TEST

/* Packets of the server at a's outside, whose numbers pass 2^32 - 1. */
static const struct {
	int64_t ms;
	uint32_t seq;
	uint32_t payload;
	uint16_t window;
	const char *notes;
} numbers[] = {
	{100, 1, 100, 500, ""},
	{600, 101, 100, 500, ""},
	{1100, 301, 100, 500, ",gap"},
	{1600, 201, 50, 500, ",late"},
	{2100, 251, 50, 500, ",late"},
	{2600, 251, 50, 500, ",resent"},
	/* A gap that is filled from its middle. */
	{2700, 501, 100, 500, ",gap"},
	{2750, 441, 20, 500, ",late"},
	{2800, 401, 40, 500, ",late"},
	{2850, 461, 40, 500, ",late"},
	{2900, 461, 40, 500, ",resent"},
	{3300, 601, 0, 500, ",dup"},
	{3800, 601, 0, 500, ",dup"},
	{4300, 601, 0, 0, ",zero"},
	{4800, 600, 1, 500, ",keepalive"},
	{5300, 601, 100, 0, ",zero"},
	{5800, 651, 100, 500, ""},
	{6300, 1, 750, 500, ",resent"},
	{6800, 751, 1 << 20, 500, ""},
	{7300, 751 + (1 << 20), 100, 500, ""},
};

START_TEST(numbers_tell)
{
	struct stage g;
	const struct ladder *l;

	stage_open(&g, 100);
	stage_play(&g, "S0 A0");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct segment s = seg_data(&cast.ends[0], 1, numbers[i].ms, 0,
					    ANSWER_ISN + numbers[i].seq,
					    ISN + 1, numbers[i].payload);

		s.window = numbers[i].window;
		stage_take(&g, &s, 1);
	}
	l = stage_end(&g);
	ck_assert_uint_eq(l->rows, ARRAY_SIZE(numbers) + 2);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct ladder_packet *p = &l->row[i + 2].packet;
		struct str text = {0};
		const char *notes;

		ck_assert_uint_eq(p->seq, numbers[i].seq);
		show_packet(&text, p);
		notes = strchr(text.s, ',');
		ck_assert_msg(!strcmp(notes ? notes : "", numbers[i].notes),
			      "%zu: %s", i, text.s);
		str_free(&text);
	}
	stage_close(&g);
}
END_TEST

START_TEST(a_long_ladder_is_bounded)
{
	const struct ladder_row *row;
	const struct ladder *l;
	uint64_t packets = 0;
	struct stage g;

	stage_open(&g, 20);
	stage_play(&g, "S01 A10 K01");
	for (uint32_t i = 0; i < 50000; i++) {
		struct segment s = seg_data(&cast.ends[0], 0, 100 + i, 0,
					    ISN + 1 + 10 * i, 1, 10);

		s.window = i == 20000 ? 0 : 500;
		stage_take(&g, &s, 1);
		s.interface = 1;
		s.time.ns += NSEC_PER_MSEC / 2;
		if (i != 30000)
			stage_take(&g, &s, 1);
	}
	l = stage_end(&g);
	ck_assert_uint_eq(l->packets[0], 50002);
	ck_assert_uint_eq(l->packets[1], 1);
	ck_assert_uint_eq(l->bytes[0], 500000);
	ck_assert_uint_eq(l->sightings, 2 * 50003 - 1);
	ck_assert_uint_le(l->rows, 20 + 3);
	for (size_t i = 0; i < l->rows; i++) {
		row = &l->row[i];
		if (!row->is_packet)
			packets += row->left_out.packets[0] +
				   row->left_out.packets[1];
		else
			ck_assert_uint_eq(row->packet.number, ++packets);
	}
	ck_assert_uint_eq(packets, 50003);
	stage_close(&g);
}
END_TEST

/* Fifty thousand packets a second, and a tap that shows them 50 ms later. */
START_TEST(copies_meet_at_any_rate)
{
	const uint32_t packets = 20000, behind = 2500;
	const struct ladder *l;
	struct stage g;

	stage_open(&g, 20);
	stage_play(&g, "S01 A10 K01");
	for (uint32_t i = 0; i < packets + behind; i++) {
		for (unsigned tap = 0; tap < 2; tap++) {
			uint32_t n = tap ? i - behind : i;
			struct segment s;

			if (n >= packets)
				continue;
			s = seg_data(&cast.ends[0], 0, 100, tap,
				     ISN + 1 + 10 * n, 1, 10);
			s.window = 500;
			s.time.ns += 20000 * (int64_t)i;
			stage_take(&g, &s, 1);
		}
	}
	l = stage_end(&g);
	ck_assert_uint_eq(l->packets[0], packets + 2);
	ck_assert_uint_eq(l->sightings, 2 * packets + 6);
	for (size_t i = 0; i < l->rows; i++) {
		if (l->row[i].is_packet)
			ck_assert_uint_eq(l->row[i].packet.taps, 3);
		else
			ck_assert_uint_eq(l->row[i].left_out.noted, 0);
	}
	stage_close(&g);
}
END_TEST

/* The middle keeps what tells something, and the last packets are there. */
START_TEST(a_long_ladder_tells_what_matters)
{
	const struct ladder *l;
	unsigned zero = 0, lost = 0;
	struct stage g;

	stage_open(&g, 20);
	stage_play(&g, "S01 A10 K01");
	for (uint32_t i = 0; i < 1000; i++) {
		struct segment s = seg_data(&cast.ends[0], 0, 100 + i, 0,
					    ISN + 1 + 10 * i, 1, 10);

		s.window = i == 400 ? 0 : 500;
		stage_take(&g, &s, 1);
		s.interface = 1;
		if (i != 600)
			stage_take(&g, &s, 1);
	}
	l = stage_end(&g);
	for (size_t i = 0; i < l->rows; i++) {
		if (!l->row[i].is_packet)
			continue;
		zero += (l->row[i].packet.notes & LADDER_ZERO) != 0;
		lost += (l->row[i].packet.notes & LADDER_LOST) != 0;
	}
	ck_assert_uint_eq(zero, 1);
	ck_assert_uint_eq(lost, 1);
	ck_assert(l->row[l->rows - 1].is_packet);
	ck_assert_uint_eq(l->row[l->rows - 1].packet.number, 1003);
	stage_close(&g);
}
END_TEST

/* Silence of a tap that lost packets, or was not there, accuses nobody. */
START_TEST(only_watching_taps_tell)
{
	static const struct {
		uint64_t watching;
		int64_t from, to; /* of tap 2, seconds */
		uint64_t missing;
	} taps[] = {
		{0xf, 0, 3600, 4},
		{0xb, 0, 3600, 0},
		{0xf, 1, 3600, 0},
		{0xf, 0, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(taps); i++) {
		const struct ladder *l;
		struct stage g;

		stage_open(&g, 100);
		g.how.watching = taps[i].watching;
		g.how.from[2].ns += taps[i].from * NSEC_PER_SEC;
		g.how.to[2].ns = SEG_EPOCH + taps[i].to * NSEC_PER_SEC;
		stage_play(&g, "S01 A3'");
		l = stage_end(&g);
		ck_assert_uint_eq(l->row[1].packet.missing, taps[i].missing);
		ck_assert_uint_eq(l->answer.missing, taps[i].missing);
		ck_assert_uint_eq(l->answer.taps, 8);
		ck_assert_uint_eq(l->syn.taps, 3);
		ck_assert_uint_eq(l->syn.missing, 0);
		stage_close(&g);
	}
}
END_TEST

/* Clocks a second apart, known to be: copies meet, and order is right. */
START_TEST(clocks_are_brought_together)
{
	struct stage g;
	char *rows;

	stage_open(&g, 100);
	g.how.offset[1] = NSEC_PER_SEC;
	stage_play(&g, "S0@100 A0@110 S1'@1101 A1'@1109");
	rows = show(stage_end(&g));
	ck_assert_str_eq(rows, ">S0@01 <S0/1@01");
	free(rows);
	stage_close(&g);
}
END_TEST

START_TEST(an_icmp_error_has_a_row)
{
	const struct ladder *l;
	struct segment e;
	struct stage g;

	stage_open(&g, 100);
	stage_play(&g, "S01");
	e = seg_make(&cast.ends[0], 0, 30, 0);
	e.seq = ISN;
	e.flags = SEGMENT_QUOTED;
	e.icmp = ICMP_ADMIN_PROHIBITED;
	ck_assert(addr_parse("192.0.2.9", &e.router));
	stage_take(&g, &e, 1);
	e.interface = 1;
	stage_take(&g, &e, 1);
	l = stage_end(&g);
	ck_assert_uint_eq(l->rows, 2);
	ck_assert_uint_eq(l->icmp, 1);
	ck_assert_uint_eq(l->packets[0], 1);
	ck_assert_uint_eq(l->row[1].packet.notes, LADDER_ICMP);
	ck_assert_uint_eq(l->row[1].packet.icmp, ICMP_ADMIN_PROHIBITED);
	ck_assert_uint_eq(l->row[1].packet.taps, 3);
	stage_close(&g);
}
END_TEST

/* Where the ISN was rewritten, each name has its own numbers. */
START_TEST(rewritten_numbers_are_relative_to_their_own)
{
	struct segment s[2];
	struct stage g;
	char *rows;

	stage_open(&g, 100);
	g.about.confidence = CONFIDENCE_LIKELY;
	s[0] = seg_syn(&cast.ends[0], 10, 0, ISN);
	s[1] = seg_syn(&cast.ends[1], 11, 1, 77777);
	stage_take(&g, s, 2);
	s[0] = seg_data(&cast.ends[0], 0, 50, 0, ISN + 1, 5, 10);
	s[1] = seg_data(&cast.ends[1], 0, 51, 1, 77778, 5, 10);
	s[0].window = s[1].window = 500;
	stage_take(&g, s, 2);
	rows = show(stage_end(&g));
	ck_assert_str_eq(rows, ">S0@01 >1/1+10@01");
	free(rows);
	stage_close(&g);
}
END_TEST

/* What has no handshake begins where another connection is over. */
START_TEST(a_rest_is_told_from_what_was_before)
{
	const struct ladder *l;
	struct stage g;
	char *rows;

	stage_open(&g, 100);
	g.about.class = CLASS_MIDSTREAM;
	g.about.syn.count = 0;
	stage_play(&g, "S0 A0 K0 F0 f0 d0@5000");
	l = stage_end(&g);
	rows = show(l);
	ck_assert_str_eq(rows, "<1/1+100@0*1");
	ck_assert_uint_eq(l->strangers, 5);
	free(rows);
	stage_close(&g);
}
END_TEST

/* What comes long after its end is not the connection's. */
START_TEST(a_connection_ends)
{
	struct stage g;

	stage_open(&g, 100);
	g.about.last.ns = SEG_EPOCH + 10 * NSEC_PER_SEC;
	stage_play(&g, "S01 A10 K01 D0@11000 D0@13000");
	ck_assert_uint_eq(stage_end(&g)->packets[0], 3);
	stage_close(&g);
}
END_TEST

static Suite *explain_suite(void)
{
	Suite *s = suite_create("explain");
	TCase *c = tcase_create("ladder");

	suite_add_tcase(s, select_case());
	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, scripts_make_ladders, 0, ARRAY_SIZE(ladders));
	tcase_add_test(c, numbers_tell);
	tcase_add_test(c, a_long_ladder_is_bounded);
	tcase_add_test(c, copies_meet_at_any_rate);
	tcase_add_test(c, a_long_ladder_tells_what_matters);
	tcase_add_test(c, only_watching_taps_tell);
	tcase_add_test(c, clocks_are_brought_together);
	tcase_add_test(c, an_icmp_error_has_a_row);
	tcase_add_test(c, rewritten_numbers_are_relative_to_their_own);
	tcase_add_test(c, a_rest_is_told_from_what_was_before);
	tcase_add_test(c, a_connection_ends);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(explain_suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
