/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture_write: what is written as pcapng is read back, by asymcap and libpcap
 */
#ifndef TEST_CAPTURE_WRITE_H
#define TEST_CAPTURE_WRITE_H

#include "capture_result.h"

#include <pcap/pcap.h>

#define WRITTEN 4

static const uint8_t written_bytes[] = "0123456789abcdefghij";

static const struct frame written_frame[WRITTEN] = {
	{.time = {0}, .caplen = 0, .len = 0},
	{.time = {1700000000123456789}, .caplen = 1, .len = 1},
	{.time = {1700000000123456790}, .caplen = 14, .len = 1500},
	{.time = {FRAME_TIME_MAX}, .caplen = 20, .len = 20},
};

static inline void write_file(struct str *s, const char *comment)
{
	pcapng_put_section(s, comment);
	pcapng_put_interface(s, "one", "circuit a\nfrom x", LINK_ETHERNET);
	pcapng_put_interface(s, "two", NULL, LINK_ETHERNET);
	for (unsigned i = 0; i < WRITTEN; i++) {
		struct frame f = written_frame[i];

		f.data = written_bytes;
		pcapng_put_packet(s, i % 2, &f, i == 2 ? comment : NULL);
	}
	pcapng_put_drops(s, 1, written_frame[1].time, 7);
}

START_TEST(write_read_back)
{
	const struct capture_interface *one, *two;
	struct str s = {0};
	struct result *r;

	write_file(&s, "a comment");
	r = read_memory(s.s, s.len);
	expect_state(r, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(r->count, WRITTEN);
	for (unsigned i = 0; i < WRITTEN; i++) {
		const struct frame *want = &written_frame[i];

		ck_assert_int_eq(r->frame[i].time.ns, want->time.ns);
		ck_assert_uint_eq(r->frame[i].caplen, want->caplen);
		ck_assert_uint_eq(r->frame[i].len, want->len);
		ck_assert_uint_eq(r->frame[i].interface, i % 2);
		ck_assert_uint_eq(r->sum[i],
				  sum_of(written_bytes, want->caplen));
	}
	one = capture_interface(r->c, 0);
	two = capture_interface(r->c, 1);
	ck_assert_str_eq(one->name, "one");
	ck_assert_str_eq(one->description, "circuit a\nfrom x");
	ck_assert(!one->drops_known && two->drops_known);
	ck_assert_uint_eq(two->drops, 7);
	ck_assert_ptr_null(two->description);
	ck_assert_uint_eq(capture_input(r->c, 0)->skipped, 0);
	result_free(r);
	str_free(&s);
}
END_TEST

START_TEST(write_libpcap)
{
	char problem[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	struct str s = {0};
	const u_char *data;
	pcap_t *p;
	FILE *f;

	write_file(&s, "a comment");
	f = tmpfile();
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(s.s, 1, s.len, f), s.len);
	rewind(f);
	p = pcap_fopen_offline_with_tstamp_precision(
		f, PCAP_TSTAMP_PRECISION_NANO, problem);
	ck_assert_msg(p != NULL, "%s", problem);
	for (unsigned i = 0; i < WRITTEN; i++) {
		const struct frame *want = &written_frame[i];

		ck_assert_int_eq(pcap_next_ex(p, &head, &data), 1);
		ck_assert_int_eq(head->ts.tv_sec * NSEC_PER_SEC +
					 head->ts.tv_usec,
				 want->time.ns);
		ck_assert_uint_eq(head->caplen, want->caplen);
		ck_assert_uint_eq(head->len, want->len);
		ck_assert_mem_eq(data, written_bytes, want->caplen);
	}
	ck_assert_int_eq(pcap_next_ex(p, &head, &data), PCAP_ERROR_BREAK);
	pcap_close(p);
	str_free(&s);
}
END_TEST

/* Names are those of files: what drives a terminal must not get through, nor
 * what is no UTF-8; and what is too long is cut between characters.
 */
START_TEST(write_hostile_text)
{
	const struct frame f = {.data = written_bytes, .caplen = 4, .len = 4};
	struct str s = {0}, text = {0};
	struct result *r;

	for (unsigned i = 0; i < 30000; i++)
		str_add(&text, "\xc3\xa4");
	pcapng_put_section(&s, text.s);
	pcapng_put_interface(&s, "\033[2Jx\xff", "\n", LINK_ETHERNET);
	pcapng_put_packet(&s, 0, &f, "one\n\r\n\xe2\x80\xae");
	r = read_memory(s.s, s.len);
	expect_state(r, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(r->count, 1);
	ck_assert_str_eq(capture_interface(r->c, 0)->name, "?[2Jx?");
	ck_assert_ptr_null(capture_interface(r->c, 0)->description);
	ck_assert_ptr_nonnull(memmem(s.s, s.len, "one\n?\n?", 7));
	ck_assert_ptr_null(memmem(s.s, s.len, "\xa4\0\0", 3));
	ck_assert_uint_lt(s.len, 33000);
	result_free(r);
	str_free(&text);
	str_free(&s);
}
END_TEST

/* A jumbo frame beyond the snap length is cut, and says so. */
START_TEST(write_cut)
{
	static uint8_t big[PCAPNG_SNAPLEN + 5];
	const struct frame f = {
		.data = big,
		.caplen = sizeof(big),
		.len = sizeof(big),
	};
	struct str s = {0};
	struct result *r;

	pcapng_put_section(&s, NULL);
	pcapng_put_interface(&s, "x", NULL, LINK_RAW);
	pcapng_put_packet(&s, 0, &f, NULL);
	r = read_memory(s.s, s.len);
	expect_state(r, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(r->frame[0].caplen, PCAPNG_SNAPLEN);
	ck_assert_uint_eq(r->frame[0].len, sizeof(big));
	ck_assert_uint_eq(r->frame[0].link_type, LINK_RAW);
	result_free(r);
	str_free(&s);
}
END_TEST

/* Wherever a file ends, what is whole of it is found. */
START_TEST(write_whole)
{
	struct str s = {0};
	size_t last = 0;

	write_file(&s, NULL);
	write_file(&s, "again");
	ck_assert_uint_eq(pcapng_whole((uint8_t *)s.s, s.len), s.len);
	for (size_t n = 0; n < s.len; n++) {
		uint8_t *part = xcalloc(1, n + 1);
		size_t whole;

		memcpy(part, s.s, n);
		whole = pcapng_whole(part, n);
		ck_assert_uint_le(whole, n);
		ck_assert_uint_ge(whole, last);
		if (whole != last) {
			ck_assert_uint_eq(whole, n);
			last = whole;
		}
		free(part);
	}
	ck_assert_uint_gt(last, 0);
	ck_assert_uint_eq(pcapng_whole((const uint8_t *)"\x0a\x0d\x0d", 3), 0);
	ck_assert_uint_eq(pcapng_whole((const uint8_t *)"some text here", 14),
			  0);
	str_free(&s);
}
END_TEST

#endif /* TEST_CAPTURE_WRITE_H */
