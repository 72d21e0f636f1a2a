/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture: file formats, sources, damage and merging
 */
#include <asymcap/capture.h>

#include "capture_result.h"
#include "capture_write.h"
#include "image.h"

#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifndef NO_ZSTD
#include <zstd.h>
#endif

static struct result *read_image(const struct image *m)
{
	return read_memory(m->b, m->size);
}

/* ------------------------------------------------------------ classic pcap */

static const struct {
	uint32_t magic;
	bool big;
	int64_t unit;
	size_t extra;
} pcap_variant[] = {
	{0xa1b2c3d4, false, 1000, 0}, {0xa1b2c3d4, true, 1000, 0},
	{0xa1b23c4d, false, 1, 0},    {0xa1b23c4d, true, 1, 0},
	{0xa1b2cd34, false, 1000, 8}, {0xa1b2cd34, true, 1000, 8},
};

START_TEST(pcap_variants)
{
	struct image m = {.big = pcap_variant[_i].big};
	struct image bytes = {.size = 0};
	const struct capture_interface *i;
	struct result *r;

	image_pcap(&m, pcap_variant[_i].magic, 1500, 0x14000071);
	image_record(&m, 1700000000, 999999, 60, 60, pcap_variant[_i].extra);
	image_record(&m, 4294967295, 1, 61, 1500, pcap_variant[_i].extra);
	image_record(&m, 1700000001, 2000000, 0, 9, pcap_variant[_i].extra);
	r = read_image(&m);
	expect_state(r, CAPTURE_DONE, NULL);
	ck_assert_str_eq(capture_input(r->c, 0)->format, "pcap");
	ck_assert_uint_eq(r->count, 3);
	ck_assert_int_eq(r->frame[0].time.ns,
			 1700000000 * NSEC_PER_SEC +
				 999999 * pcap_variant[_i].unit);
	ck_assert_int_eq(r->frame[1].time.ns,
			 4294967295 * NSEC_PER_SEC + pcap_variant[_i].unit);
	/* a fraction of more than a second is added */
	ck_assert_int_eq(r->frame[2].time.ns,
			 1700000001 * NSEC_PER_SEC +
				 2000000 * pcap_variant[_i].unit);
	ck_assert_uint_eq(r->frame[1].caplen, 61);
	ck_assert_uint_eq(r->frame[1].len, 1500);
	ck_assert_uint_eq(r->frame[2].len, 9);
	ck_assert_uint_eq(r->frame[2].number, 3);
	image_data(&bytes, 61);
	ck_assert_uint_eq(r->sum[1], sum_of(bytes.b, 61));
	i = capture_interface(r->c, 0);
	ck_assert_uint_eq(i->link_type, LINK_LINUX_SLL);
	ck_assert_uint_eq(r->frame[0].link_type, LINK_LINUX_SLL);
	ck_assert_uint_eq(i->snaplen, 1500);
	ck_assert_uint_eq(i->packets, 3);
	ck_assert_ptr_null(i->name);
	ck_assert_uint_eq(capture_input(r->c, 0)->backwards, 1);
	ck_assert_uint_eq(capture_input(r->c, 0)->bytes, m.size);
	ck_assert_uint_eq(capture_input(r->c, 0)->size, m.size);
	result_free(r);
}
END_TEST

START_TEST(pcap_lengths)
{
	static const struct {
		uint32_t snaplen;
		uint32_t caplen;
		enum capture_state state;
	} row[] = {
		{0, 262144, CAPTURE_TRUNCATED},
		{0, 262145, CAPTURE_BAD},
		{65535, 262144, CAPTURE_TRUNCATED},
		{400000, 400000, CAPTURE_TRUNCATED},
		{400000, 400001, CAPTURE_BAD},
		{0xffffffff, 16 << 20, CAPTURE_TRUNCATED},
		{0xffffffff, (16 << 20) + 1, CAPTURE_BAD},
		{0, 0xffffffff, CAPTURE_BAD},
	};
	struct image m = {.size = 0};
	struct result *r;

	image_pcap(&m, 0xa1b2c3d4, row[_i].snaplen, 1);
	image_record(&m, 1, 0, 6, 6, 0);
	image_record(&m, 1, 0, 0, 0, 0);
	m.size -= 8;
	image_u32(&m, row[_i].caplen);
	image_u32(&m, row[_i].caplen);
	image_data(&m, 100);
	r = read_image(&m);
	ck_assert_uint_eq(r->count, 1);
	expect_state(r, row[_i].state, "byte 46");
	result_free(r);
}
END_TEST

START_TEST(pcap_mended)
{
	struct image m = {.size = 0};
	struct result *r;

	image_pcap(&m, 0xa1b2c3d4, 0, 1);
	image_record(&m, 1, 0, 60, 20, 0);
	r = read_image(&m);
	expect_state(r, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(r->frame[0].len, 60);
	ck_assert_uint_eq(r->frame[0].caplen, 60);
	ck_assert_uint_eq(capture_input(r->c, 0)->mended, 1);
	result_free(r);
}
END_TEST

/* What stands where a record is due, and is of no bytes. */
START_TEST(pcap_no_record)
{
	static const struct {
		uint32_t magic, then;
		const char *problem; /* NULL: a record after all */
	} row[] = {
		{0xa1b2c3d4, 0, "zeros stand where a record should begin"},
		{0xa1b2cd34, 0, "zeros stand"},
		{0xa1b2c3d4, 0xa1b2c3d4, "mergecap"},
		{0xa1b2c3d4, 0xa1b23c4d, "mergecap"},
		{0xa1b2cd34, 0xa1b2c3d4, "mergecap"},
		{0xa1b2c3d4, 0xd4c3b2a1, NULL}, /* of no version: a time */
		{0xa1b2c3d4, 1000, NULL},
	};
	size_t extra = row[_i].magic == 0xa1b2cd34 ? 8 : 0;
	struct image m = {.size = 0};
	struct result *r;

	image_pcap(&m, row[_i].magic, 0, 1);
	image_record(&m, 1, 0, 6, 6, extra);
	if (row[_i].problem && row[_i].then)
		image_pcap(&m, row[_i].then, 0, 1);
	else
		image_record(&m, row[_i].then, 0, 0, 0, extra);
	image_record(&m, 2, 0, 6, 6, extra);
	r = read_image(&m);
	ck_assert_uint_eq(r->count, row[_i].problem ? 1 : 3);
	if (row[_i].problem) {
		expect_state(r, CAPTURE_BAD, row[_i].problem);
		expect_state(r, CAPTURE_BAD, extra ? "byte 54" : "byte 46");
		expect_state(r, CAPTURE_BAD, "what came before is used");
	} else {
		expect_state(r, CAPTURE_DONE, NULL);
	}
	result_free(r);
}
END_TEST

START_TEST(pcap_version)
{
	struct image m = {.size = 0};
	struct result *r;

	image_pcap(&m, 0xa1b2c3d4, 0, 1);
	m.b[4] = 7;
	r = read_image(&m);
	expect_state(r, CAPTURE_BAD, "version 7.4");
	result_free(r);
}
END_TEST

/* ---------------------------------------------------------------- pcapng */

static void image_statistics(struct image *m, uint32_t id, uint64_t ifdrop,
			     uint64_t osdrop)
{
	size_t b = image_block(m, 5);

	image_u32(m, id);
	image_uint(m, 0, 8);
	image_u16(m, 5);
	image_u16(m, 8);
	image_uint(m, ifdrop, 8);
	image_u16(m, 7);
	image_u16(m, 8);
	image_uint(m, osdrop, 8);
	image_end(m, b);
}

/* Two interfaces of different kinds and every block that matters */
static void image_sample(struct image *m)
{
	image_section(m, 1);
	image_interface(m, LINK_ETHERNET, 40, "port one", -1, 0);
	image_interface(m, LINK_RAW, 0, NULL, 9, 0);
	image_packet(m, 6, 0, 1700000000000001, 33, 66);
	image_end(m, image_block(m, 0x7777));
	image_packet(m, 6, 1, 1700000000000002000, 34, 34);
	image_end(m, image_block(m, 4));
	image_simple(m, 40, 80);
	image_end(m, image_block(m, 0x0bad));
	image_packet(m, 2, 0, 1700000000000003, 35, 35);
	image_statistics(m, 0, 3, 4);
	image_statistics(m, 9, 1, 1);
}

START_TEST(pcapng_sections)
{
	static const struct {
		int64_t us;
		uint32_t caplen, len, interface, link_type, number;
	} row[] = {
		{1, 33, 66, 0, LINK_ETHERNET, 1},
		{2, 34, 34, 1, LINK_RAW, 2},
		{2, 40, 80, 0, LINK_ETHERNET, 3},
		{3, 35, 35, 0, LINK_ETHERNET, 5},
	};
	struct image m = {.big = _i};
	const struct capture_interface *in;
	struct result *r;

	image_sample(&m);
	m.big = !m.big;
	image_sample(&m);
	r = read_image(&m);
	expect_state(r, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(r->count, 8);
	for (uint32_t i = 0; i < 8; i++) {
		const struct frame *f = &r->frame[i];
		uint32_t k = i % 4;

		ck_assert_int_eq(f->time.ns,
				 1700000000 * NSEC_PER_SEC + row[k].us * 1000);
		ck_assert_uint_eq(f->caplen, row[k].caplen);
		ck_assert_uint_eq(f->len, row[k].len);
		ck_assert_uint_eq(f->interface, row[k].interface + i / 4 * 2);
		ck_assert_uint_eq(f->link_type, row[k].link_type);
		ck_assert_uint_eq(f->number, row[k].number + i / 4 * 5);
	}
	ck_assert_uint_eq(capture_interfaces(r->c), 4);
	in = capture_interface(r->c, 2);
	ck_assert_str_eq(in->name, "port one");
	ck_assert_ptr_null(in->description);
	ck_assert_uint_eq(in->section, 1);
	ck_assert_uint_eq(in->id, 0);
	ck_assert_uint_eq(in->snaplen, 40);
	ck_assert_uint_eq(in->packets, 3);
	ck_assert_uint_eq(in->drops, 7);
	ck_assert(in->drops_known);
	ck_assert(!capture_interface(r->c, 3)->drops_known);
	/* of each section: the unknown and the custom block, and statistics
	 * for an interface that is not there
	 */
	ck_assert_uint_eq(capture_input(r->c, 0)->skipped, 6);
	ck_assert_uint_eq(capture_input(r->c, 0)->backwards, 1);
	result_free(r);
}
END_TEST

static const struct {
	int resolution;
	int64_t offset;
	uint64_t ticks;
	int64_t ns;
	unsigned clamped;
} clock_row[] = {
	{-1, 0, 1700000000123456, 1700000000123456000, 0},
	{0, 0, 1700000000, 1700000000000000000, 0},
	{3, 0, 1700000000123, 1700000000123000000, 0},
	{9, 0, 1700000000123456789, 1700000000123456789, 0},
	{10, 0, 17000000001234567899u, 1700000000123456789, 0},
	{12, 0, 1234567, 1234, 0},
	{28, 0, UINT64_MAX, 1, 0},
	{29, 0, UINT64_MAX, 0, 0},
	{127, 0, UINT64_MAX, 0, 0},
	{0x80, 0, 5, 5000000000, 0},
	{0x80 | 10, 0, 1536, 1500000000, 0},
	{0x80 | 32, 0, 3ull << 31, 1500000000, 0},
	{0x80 | 64, 0, 1ull << 63, 500000000, 0},
	{0x80 | 127, 0, UINT64_MAX, 0, 0},
	{6, 1700000000, 123456, 1700000000123456000, 0},
	{6, -5, 7000000, 2000000000, 0},
	{6, -5, 3000000, 0, 1},
	{6, INT64_MIN, 3000000, 0, 1},
	{6, INT64_MAX, 3000000, FRAME_TIME_MAX, 1},
	{0, 0, UINT64_MAX, FRAME_TIME_MAX, 1},
	{0, INT64_MAX, UINT64_MAX, FRAME_TIME_MAX, 1},
	{9, 0, UINT64_MAX, FRAME_TIME_MAX, 1},
};

START_TEST(pcapng_clocks)
{
	struct image m = {.big = _i & 1};
	struct result *r;

	image_section(&m, 1);
	image_interface(&m, 1, 0, NULL, clock_row[_i].resolution,
			clock_row[_i].offset);
	image_packet(&m, 6, 0, clock_row[_i].ticks, 20, 20);
	r = read_image(&m);
	ck_assert_uint_eq(r->count, 1);
	ck_assert_int_eq(r->frame[0].time.ns, clock_row[_i].ns);
	ck_assert_uint_eq(capture_input(r->c, 0)->clamped,
			  clock_row[_i].clamped);
	result_free(r);
}
END_TEST

static void damage_interface(struct image *m)
{
	image_packet(m, 6, 1, 2, 20, 20);
}

static void damage_caplen(struct image *m)
{
	image_packet(m, 6, 0, 2, 20, 20);
	m->b[m->size - 32 + (m->big ? 3 : 0)]++;
}

static void damage_simple(struct image *m)
{
	image_simple(m, 4, 100);
}

static void damage_trailer(struct image *m)
{
	image_packet(m, 6, 0, 2, 20, 20);
	m->b[m->size - 1] ^= 0x40;
}

static void damage_tiny(struct image *m)
{
	image_u32(m, 6);
	image_u32(m, 8);
	image_u32(m, 8);
}

static void damage_huge(struct image *m)
{
	image_u32(m, 6);
	image_u32(m, (64u << 20) + 4);
	image_u32(m, 8);
}

static void damage_option(struct image *m)
{
	size_t b = image_block(m, 1);

	image_uint(m, 1, 8);
	image_u16(m, 2);
	image_u16(m, 100);
	image_end(m, b);
}

static void damage_version(struct image *m)
{
	image_section(m, 2);
}

static void damage_order(struct image *m)
{
	image_section(m, 1);
	m->b[m->size - 20] = 0;
}

static const struct {
	void (*make)(struct image *m);
	const char *problem;
} damage_row[] = {
	{damage_interface, "interface that was not described"},
	{damage_caplen, "less than the packet"},
	{damage_simple, "less than the packet"},
	{damage_trailer, "two lengths that differ"},
	{damage_tiny, "absurd length"},
	{damage_huge, "absurd length"},
	{damage_option, "option that is longer"},
	{damage_version, "version 2.0"},
	{damage_order, "shows no byte order"},
};

/* The good packet before the damage must come through, none after it. */
static void expect_damage(const struct image *m, const char *problem)
{
	struct result *r = read_image(m);

	expect_state(r, CAPTURE_BAD, problem);
	ck_assert_uint_eq(r->count, 1);
	result_free(r);
}

static void image_one_packet(struct image *m)
{
	image_section(m, 1);
	image_interface(m, 1, 0, "a", 6, 0);
	image_packet(m, 6, 0, 1, 20, 20);
}

START_TEST(pcapng_damage)
{
	struct image le = {.big = false};
	struct image be = {.big = true};

	image_one_packet(&le);
	damage_row[_i].make(&le);
	image_packet(&le, 6, 0, 3, 20, 20);
	expect_damage(&le, damage_row[_i].problem);
	image_one_packet(&be);
	damage_row[_i].make(&be);
	image_packet(&be, 6, 0, 3, 20, 20);
	expect_damage(&be, damage_row[_i].problem);
}
END_TEST

START_TEST(pcapng_short_blocks)
{
	static const struct {
		uint32_t type;
		size_t size;
	} row[] = {
		{1, 4}, {2, 16}, {3, 0}, {5, 8}, {6, 16}, {0x0a0d0d0a, 8},
	};
	struct image m = {.size = 0};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		size_t b;

		m.size = 0;
		image_one_packet(&m);
		b = image_block(&m, row[i].type);
		for (size_t k = 0; k < row[i].size; k += 4)
			image_u32(&m, row[i].type > 6 ? 0x1a2b3c4d : 0);
		image_end(&m, b);
		expect_damage(&m, "is too short");
	}
}
END_TEST

/* A length that is no multiple of four, over data padded on disk */
START_TEST(pcapng_odd_length)
{
	struct image m = {.size = 0};
	struct result *r;

	image_one_packet(&m);
	image_packet(&m, 6, 0, 2, 21, 21);
	m.b[m.size - 4] = m.b[m.size - 56 + 4] = 53;
	image_packet(&m, 6, 0, 3, 20, 20);
	r = read_image(&m);
	expect_state(r, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(r->count, 3);
	result_free(r);
}
END_TEST

START_TEST(pcapng_too_many_interfaces)
{
	struct image m = {.size = 0};
	const size_t size = 20 * (CAPTURE_MAX_INTERFACES + 1);
	struct result *r;
	uint8_t *all;

	image_section(&m, 1);
	all = xcalloc(m.size + size, 1);
	memcpy(all, m.b, m.size);
	image_interface(&m, 1, 0, NULL, -1, 0);
	m.size -= 4 + 4; /* without the end of options */
	m.b[28 + 4] = 20;
	image_u32(&m, 20);
	ck_assert_uint_eq(m.size, 28 + 20);
	for (size_t i = 0; i < size; i += 20)
		memcpy(all + 28 + i, m.b + 28, 20);
	r = read_memory(all, 28 + size);
	expect_state(r, CAPTURE_BAD, "one interface more than the 4096");
	ck_assert_uint_eq(capture_interfaces(r->c), CAPTURE_MAX_INTERFACES);
	result_free(r);
	free(all);
}
END_TEST

/* -------------------------------------------------------------- truncation */

/* Cut at every byte: the count never falls, and the state is DONE only where
 * a record ends.
 */
static void expect_cuts(const struct image *m, size_t header, size_t done)
{
	size_t count = 0;
	size_t whole = 0;

	for (size_t size = 0; size <= m->size; size++) {
		/* on the heap, so that one byte too far is noticed */
		uint8_t *copy = xcalloc(size, 1);
		struct result *r;

		memcpy(copy, m->b, size);
		r = read_memory(copy, size);
		ck_assert_uint_ge(r->count, count);
		count = r->count;
		if (capture_input(r->c, 0)->state == CAPTURE_DONE)
			whole++;
		else if (size >= 4)
			expect_state(r, CAPTURE_TRUNCATED,
				     size < header ? "starts at byte 0"
						   : "lacks");
		result_free(r);
		free(copy);
	}
	ck_assert_uint_eq(whole, done);
}

START_TEST(cut_everywhere)
{
	struct image m = {.big = _i & 1};

	if (_i < 2) {
		image_pcap(&m, 0xa1b2c3d4, 0, 1);
		for (uint32_t i = 0; i < 5; i++)
			image_record(&m, i, 0, 10 + i, 20, 0);
		expect_cuts(&m, 24, 6);
	} else {
		image_sample(&m);
		expect_cuts(&m, 28, 12);
	}
}
END_TEST

/* ----------------------------------------------------------------- sources */

/* A file that is there for the length of a test */
static void file_write(char *path, const void *data, size_t size)
{
	int fd;

	strcpy(path, "/tmp/asymcap-test-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static struct result *read_path(const char *path)
{
	struct result *r = result_new();
	uint32_t input;

	capture_add_file(r->c, path, &input);
	drain(r);
	return r;
}

static struct result *read_as_file(const void *data, size_t size)
{
	struct result *r;
	char path[32];

	file_write(path, data, size);
	r = read_path(path);
	unlink(path);
	return r;
}

/* The same bytes through a pipe, @step at a time */
static struct result *read_as_pipe(const void *data, size_t size, size_t step)
{
	const uint8_t *p = data;
	struct result *r;
	char path[32];
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	if (fork() == 0) {
		close(fd[0]);
		for (size_t i = 0; i < size; i += step)
			if (write(fd[1], p + i,
				  size - i < step ? size - i : step) < 0)
				_exit(1);
		_exit(0);
	}
	close(fd[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	r = read_path(path);
	close(fd[0]);
	return r;
}

static size_t gzip_pack(void *to, size_t room, const void *from, size_t size)
{
	z_stream z = {.next_out = to, .avail_out = (uInt)room};

	z.next_in = (Bytef *)(uintptr_t)from;
	z.avail_in = (uInt)size;
	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static size_t zstd_pack(void *to, size_t room, const void *from, size_t size)
{
#ifdef NO_ZSTD
	return gzip_pack(to, room, from, size);
#else
	return ZSTD_compress(to, room, from, size, 3);
#endif
}

static size_t (*const pack[])(void *to, size_t room, const void *from,
			      size_t size) = {gzip_pack, zstd_pack};

static void image_many(struct image *m)
{
	image_pcap(m, 0xa1b2c3d4, 0, 1);
	for (uint32_t i = 0; i < 90; i++)
		image_record(m, 1000 + i, i, 20 + i % 40, 90, 0);
}

START_TEST(source_kinds)
{
	struct image m = {.size = 0};
	uint8_t packed[sizeof(m.b)];
	struct result *want;
	struct result *got;
	size_t size;

	if (_i & 1)
		image_sample(&m);
	else
		image_many(&m);
	want = read_image(&m);
	expect_state(want, CAPTURE_DONE, NULL);
	got = read_as_file(m.b, m.size);
	expect_same(want, got);
	result_free(got);
	for (size_t step = 1; step < m.size; step = step * 3 + 1) {
		got = read_as_pipe(m.b, m.size, step);
		expect_same(want, got);
		expect_state(got, CAPTURE_DONE, NULL);
		result_free(got);
	}
	/* two members, the second begins inside a record */
	size = pack[_i / 2](packed, sizeof(packed), m.b, 201);
	size += pack[_i / 2](packed + size, sizeof(packed) - size, m.b + 201,
			     m.size - 201);
	got = read_as_file(packed, size);
	expect_same(want, got);
	expect_state(got, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(capture_input(got->c, 0)->bytes, size);
	result_free(got);
	got = read_as_pipe(packed, size, 7);
	expect_same(want, got);
	expect_state(got, CAPTURE_DONE, NULL);
	result_free(got);
	result_free(want);
}
END_TEST

/* Compressed data cut or changed at every byte: no more than is there, and
 * never called whole.
 */
START_TEST(source_damage)
{
	struct image m = {.size = 0};
	uint8_t packed[sizeof(m.b)];
	struct result *r;
	size_t size;

	image_many(&m);
	size = pack[_i](packed, sizeof(packed), m.b, m.size);
	for (size_t cut = 4; cut < size; cut++) {
		r = read_memory(packed, cut);
		expect_state(r, CAPTURE_TRUNCATED, "ends too early");
		expect_state(r, CAPTURE_TRUNCATED, "fetch the file again");
		result_free(r);
	}
	/* the header of neither format is covered by a checksum */
	for (size_t at = 30; at < size; at += 3) {
		packed[at] ^= 0x55;
		r = read_memory(packed, size);
		ck_assert_uint_le(r->count, MAX_FRAMES);
		if (_i == 0)
			ck_assert_int_ne(capture_input(r->c, 0)->state,
					 CAPTURE_DONE);
		result_free(r);
		packed[at] ^= 0x55;
	}
}
END_TEST

/* A record longer than the first window of a stream */
START_TEST(source_grows)
{
	const uint32_t len = 1 << 20;
	struct image m = {.size = 0};
	struct result *want;
	struct result *got;
	uint8_t *all;
	size_t size;

	image_pcap(&m, 0xa1b2c3d4, len, 1);
	image_record(&m, 1, 1, 100, 100, 0);
	image_record(&m, 2, 1, 0, 0, 0);
	m.size -= 8;
	image_u32(&m, len);
	image_u32(&m, len);
	size = m.size + len;
	all = xcalloc(size, 1);
	memcpy(all, m.b, m.size);
	want = read_memory(all, size);
	expect_state(want, CAPTURE_DONE, NULL);
	ck_assert_uint_eq(want->count, 2);
	got = read_as_pipe(all, size, 50000);
	expect_same(want, got);
	result_free(want);
	result_free(got);
	free(all);
}
END_TEST

/* A frame on a pipe is handed over before the next one is written. */
START_TEST(source_prompt)
{
	struct image m = {.size = 0};
	struct capture *c = capture_new();
	struct frame f[CAPTURE_BATCH];
	char path[32];
	uint32_t input;
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	image_pcap(&m, 0xa1b2c3d4, 0, 1);
	ck_assert_int_gt(write(fd[1], m.b, m.size), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	ck_assert(capture_add_file(c, path, &input));
	for (uint32_t i = 0; i < 5; i++) {
		m.size = 0;
		image_record(&m, i, 0, 40, 40, 0);
		image_record(&m, i, 0, 41, 41, 0);
		/* the second one is not whole yet */
		ck_assert_int_gt(write(fd[1], m.b, m.size - 5), 0);
		ck_assert_uint_eq(capture_next(c, f, CAPTURE_BATCH), 1);
		ck_assert_uint_eq(f[0].caplen, 40);
		ck_assert_int_eq(write(fd[1], m.b + m.size - 5, 5), 5);
		ck_assert_uint_eq(capture_next(c, f, CAPTURE_BATCH), 1);
		ck_assert_uint_eq(f[0].caplen, 41);
	}
	close(fd[1]);
	ck_assert_uint_eq(capture_next(c, f, CAPTURE_BATCH), 0);
	ck_assert_int_eq(capture_input(c, 0)->state, CAPTURE_DONE);
	close(fd[0]);
	capture_free(c);
}
END_TEST

/* A pipe with the header of a capture in it, open for writing. */
static int add_pipe(struct capture *c, uint32_t *input)
{
	static char paths[4][32];
	static unsigned used;
	char *path = paths[used++];
	struct image m = {.size = 0};
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	image_pcap(&m, 0xa1b2c3d4, 0, 1);
	ck_assert_int_gt(write(fd[1], m.b, m.size), 0);
	snprintf(path, sizeof(paths[0]), "/dev/fd/%d", fd[0]);
	ck_assert(capture_add_file(c, path, input));
	close(fd[0]);
	return fd[1];
}

static void write_record(int fd, uint32_t sec, uint32_t size)
{
	struct image m = {.size = 0};

	image_record(&m, sec, 0, size, size, 0);
	ck_assert_int_gt(write(fd, m.b, m.size), 0);
}

/* The size of the next frame, or 0 if there is none for now. */
static uint32_t next_size(struct capture *c)
{
	struct frame f[CAPTURE_BATCH];

	return capture_next(c, f, 1) ? f[0].caplen : 0;
}

/* The same, waiting for it. */
static uint32_t wait_size(struct capture *c)
{
	int64_t begun = clock_monotonic();
	uint32_t size = 0;

	while (!size && clock_monotonic() - begun < 60 * NSEC_PER_SEC)
		size = next_size(c);
	return size;
}

#define WINDOW (300 * NSEC_PER_MSEC)

/* A silent pipe holds up others for a while, and no longer; what it shows in
 * time is in order.
 */
START_TEST(live_pipes)
{
	struct capture *c = capture_new();
	uint32_t input;
	int64_t begun;
	int a, b;

	ck_assert(!capture_streams(c));
	a = add_pipe(c, &input);
	b = add_pipe(c, &input);
	ck_assert(capture_streams(c));
	ck_assert(capture_input(c, 0)->stream);
	capture_live(c, WINDOW);
	ck_assert_uint_eq(next_size(c), 0);
	ck_assert(!capture_over(c));

	/* In order, although the later one is there first. */
	write_record(a, 5, 41);
	write_record(b, 4, 42);
	ck_assert_uint_eq(next_size(c), 42);
	begun = clock_monotonic();
	ck_assert_uint_eq(wait_size(c), 41);
	ck_assert_int_ge(clock_monotonic() - begun, WINDOW - NSEC_PER_MSEC);

	/* Late by now: nobody waits for it, until it has shown a frame. */
	write_record(a, 6, 43);
	write_record(a, 7, 44);
	ck_assert_uint_eq(next_size(c), 43);
	ck_assert_uint_eq(next_size(c), 44);
	write_record(b, 5, 45);
	ck_assert_uint_eq(wait_size(c), 45);

	close(a);
	write_record(b, 8, 46);
	ck_assert_uint_eq(wait_size(c), 46);
	close(b);
	ck_assert_uint_eq(next_size(c), 0);
	ck_assert(capture_over(c));
	ck_assert(!capture_streams(c));
	capture_free(c);
}
END_TEST

/* A file waits for pipes as long as they last. */
START_TEST(live_pipe_and_file)
{
	struct capture *c = capture_new();
	struct image m = {.size = 0};
	uint32_t input;
	int a;

	image_pcap(&m, 0xa1b2c3d4, 0, 1);
	image_record(&m, 3, 0, 50, 50, 0);
	image_record(&m, 9, 0, 51, 51, 0);
	ck_assert(capture_add_memory(c, "file", m.b, m.size, &input));
	ck_assert(!capture_streams(c));
	a = add_pipe(c, &input);
	capture_live(c, NSEC_PER_MSEC);
	ck_assert_uint_eq(next_size(c), 0);
	write_record(a, 5, 41);
	ck_assert_uint_eq(next_size(c), 50);
	ck_assert_uint_eq(next_size(c), 41);
	ck_assert_uint_eq(next_size(c), 0);
	ck_assert_uint_eq(next_size(c), 0);
	close(a);
	ck_assert_uint_eq(next_size(c), 51);
	ck_assert_uint_eq(next_size(c), 0);
	ck_assert(capture_over(c));
	capture_free(c);
}
END_TEST

/* gzip that comes byte by byte is starved, not cut. */
START_TEST(live_packed)
{
	struct capture *c = capture_new();
	struct image m = {.size = 0};
	uint32_t input, got, packed_size;
	uint8_t packed[4096];
	char path[32];
	int fd[2];

	image_pcap(&m, 0xa1b2c3d4, 0, 1);
	image_record(&m, 3, 0, 50, 50, 0);
	packed_size = (uint32_t)gzip_pack(packed, sizeof(packed), m.b, m.size);
	ck_assert_int_eq(pipe(fd), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	ck_assert_int_gt(write(fd[1], packed, packed_size - 9), 0);
	ck_assert(capture_add_file(c, path, &input));
	capture_live(c, NSEC_PER_MSEC);
	got = next_size(c);
	for (uint32_t i = packed_size - 9; i < packed_size; i++) {
		ck_assert_int_eq(write(fd[1], packed + i, 1), 1);
		got += next_size(c);
		ck_assert_int_eq(capture_input(c, 0)->state, CAPTURE_READING);
	}
	close(fd[1]);
	got += next_size(c);
	ck_assert_uint_eq(got, 50);
	ck_assert_int_eq(capture_input(c, 0)->state, CAPTURE_DONE);
	ck_assert(capture_over(c));
	close(fd[0]);
	capture_free(c);
}
END_TEST

static struct capture *to_stop;

static void on_alarm(int sig)
{
	(void)sig;
	capture_stop(to_stop);
}

START_TEST(source_stop)
{
	struct image m = {.size = 0};
	struct frame f[CAPTURE_BATCH];
	char path[32];
	uint32_t input;
	int fd[2];

	to_stop = capture_new();
	ck_assert_int_eq(pipe(fd), 0);
	image_pcap(&m, 0xa1b2c3d4, 0, 1);
	ck_assert_int_gt(write(fd[1], m.b, m.size), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	ck_assert(capture_add_file(to_stop, path, &input));
	signal(SIGALRM, on_alarm);
	alarm(1);
	ck_assert_uint_eq(capture_next(to_stop, f, CAPTURE_BATCH), 0);
	ck_assert_int_eq(capture_input(to_stop, 0)->state, CAPTURE_READING);
	capture_free(to_stop);
}
END_TEST

START_TEST(source_refused)
{
	static const struct {
		const char *data;
		size_t size;
		enum capture_state state;
		const char *problem;
	} row[] = {
		{"", 0, CAPTURE_TRUNCATED, "is empty"},
		{"snoop\0\0\0\0\0\0\2", 12, CAPTURE_BAD, "snoop capture"},
		{"\x04\x22\x4d\x18zz", 6, CAPTURE_BAD, "lz4 -d"},
		{"\xfd"
		 "7zXZ\0\0\4",
		 8, CAPTURE_BAD, "xz -d"},
		{"BZh91AY", 7, CAPTURE_BAD, "bzip2 -d"},
		{"GMBU\0\2\1\0", 8, CAPTURE_BAD, "Network Monitor 2"},
		{"RTSS\0\2\1\0", 8, CAPTURE_BAD, "Network Monitor 1"},
		{"\1\2\3\4\0\0\0\x60\2\4\0\x60\0\0\0\x54", 16, CAPTURE_BAD,
		 "ERF"},
		{"hello, world\n", 13, CAPTURE_BAD, "is text"},
		{"x", 1, CAPTURE_BAD, "is text"},
		{"\0\0\0\0\0\0\0\0", 8, CAPTURE_BAD, "no capture"},
		{"\xd4\xc3\xb2\xa1\2\0", 6, CAPTURE_TRUNCATED, "lacks 18"},
		{"\x0a\x0d\x0d\x0a\0", 5, CAPTURE_TRUNCATED, "lacks 7"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct result *r = read_as_file(row[i].data, row[i].size);

		expect_state(r, row[i].state, row[i].problem);
		ck_assert_uint_eq(r->count, 0);
		result_free(r);
		r = read_as_pipe(row[i].data, row[i].size, 3);
		expect_state(r, row[i].state, row[i].problem);
		result_free(r);
	}
}
END_TEST

START_TEST(source_cannot_open)
{
	struct result *r = result_new();
	struct image m = {.size = 0};
	uint32_t input;
	char path[32];

	ck_assert(!capture_add_file(r->c, "/nonexistent/x", &input));
	ck_assert(strstr(capture_input(r->c, input)->problem, "No such file"));
	ck_assert(!capture_add_file(r->c, "/", &input));
	ck_assert(strstr(capture_input(r->c, input)->problem, "a directory"));
	image_many(&m);
	file_write(path, m.b, m.size);
	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() == 0) {
		fprintf(stderr, "skipped: root may read any file\n");
	} else {
		ck_assert(!capture_add_file(r->c, path, &input));
		ck_assert(strstr(capture_input(r->c, input)->problem,
				 "Permission denied"));
	}
	ck_assert_int_eq(chmod(path, 0600), 0);
	/* the others can still be read */
	ck_assert(capture_add_file(r->c, path, &input));
	drain(r);
	unlink(path);
	ck_assert_uint_eq(r->count, 90);
	ck_assert_uint_eq(capture_input(r->c, input)->packets, 90);
	result_free(r);
}
END_TEST

/* ------------------------------------------------------------------- merge */

/* A classic pcap with one frame for each time; caplen tells the input. */
static void image_times(struct image *m, const char *times, uint32_t caplen)
{
	image_pcap(m, 0xa1b2c3d4, 0, 1);
	for (; *times; times++)
		image_record(m, 1000, (uint32_t)*times, caplen, caplen, 0);
}

START_TEST(merge_order)
{
	/* letters are times, digits the input that each frame came from */
	static const struct {
		const char *file[3];
		uint32_t rank[3];
		const char *times;
		const char *inputs;
	} row[] = {
		{{"acf", "bde", ""}, {0}, "abcdef", "010110"},
		{{"aac", "abc", "abd"}, {0}, "aaaabbccd", "001212012"},
		{{"aac", "abc", "abd"}, {2, 1, 0}, "aaaabbccd", "210021102"},
		{{"aac", "abc", "abd"}, {0, 1, 0}, "aaaabbccd", "002121012"},
		{{"adbe", "bc", ""}, {0}, "abcdbe", "011000"},
		{{"za", "bc", ""}, {0}, "bcza", "1100"},
		{{"", "", "b"}, {0}, "b", "2"},
		{{"", "", ""}, {0}, "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct result *r = result_new();
		struct image m[3] = {{.size = 0}};
		size_t max = 1 + i % 3;
		struct frame f[CAPTURE_BATCH];
		uint32_t input;
		size_t at = 0;
		size_t n;

		for (uint32_t k = 0; k < 3; k++) {
			image_times(&m[k], row[i].file[k], k);
			capture_add_memory(r->c, "m", m[k].b, m[k].size,
					   &input);
			capture_rank(r->c, input, row[i].rank[k]);
		}
		while ((n = capture_next(r->c, f, max)) > 0) {
			ck_assert_uint_le(n, max);
			for (size_t k = 0; k < n; k++, at++) {
				ck_assert_int_eq(f[k].time.ns / 1000 % 1000,
						 row[i].times[at]);
				ck_assert_int_eq((int)f[k].caplen + '0',
						 row[i].inputs[at]);
				ck_assert_uint_eq(f[k].interface, f[k].caplen);
			}
		}
		ck_assert_uint_eq(at, strlen(row[i].times));
		result_free(r);
	}
}
END_TEST

/* Many inputs, some of them pipes, against a plain definition of the order */
#define INPUTS 70
#define EACH   60

START_TEST(merge_many)
{
	struct image *m = xcalloc(INPUTS, sizeof(*m));
	struct capture *c = capture_new();
	struct frame f[CAPTURE_BATCH];
	uint64_t seen[INPUTS] = {0};
	int64_t last_ns = 0;
	uint32_t last = 0;
	uint64_t total = 0;
	uint32_t seed = 1;
	size_t n;

	for (uint32_t i = 0; i < INPUTS; i++) {
		uint32_t t = 0;
		char path[32];
		uint32_t input;
		int fd[2];

		image_pcap(&m[i], 0xa1b2c3d4, 0, 1);
		for (uint32_t k = 0; k < EACH; k++) {
			seed = seed * 1664525 + 1013904223;
			t += seed >> 28;
			image_record(&m[i], 1, t, i, i, 0);
		}
		if (i % 4) {
			capture_add_memory(c, "m", m[i].b, m[i].size, &input);
			continue;
		}
		ck_assert_int_eq(pipe(fd), 0);
		ck_assert_int_eq(write(fd[1], m[i].b, m[i].size),
				 (ssize_t)m[i].size);
		close(fd[1]);
		snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
		ck_assert(capture_add_file(c, path, &input));
		close(fd[0]);
	}
	while ((n = capture_next(c, f, CAPTURE_BATCH)) > 0) {
		for (size_t k = 0; k < n; k++) {
			uint32_t i = f[k].interface;

			ck_assert_uint_eq(f[k].caplen, i);
			ck_assert_uint_eq(f[k].number, ++seen[i]);
			ck_assert_int_ge(f[k].time.ns, last_ns);
			if (f[k].time.ns == last_ns)
				ck_assert_uint_ge(i, last);
			last_ns = f[k].time.ns;
			last = i;
		}
		total += n;
	}
	ck_assert_uint_eq(total, INPUTS * EACH);
	capture_free(c);
	free(m);
}
END_TEST

/* --------------------------------------------------------------- real files */

static bool find_capture(char *path, size_t size, const char *name)
{
	const char *data = getenv("ASYMCAP_DATA");

	snprintf(path, size, "pcaps/captures/%s", name);
	if (access(path, R_OK) == 0)
		return true;
	snprintf(path, size, "%s/captures/%s", data ? data : "../shared/data",
		 name);
	if (access(path, R_OK) == 0)
		return true;
	fprintf(stderr, "skipped: %s is not there (set ASYMCAP_DATA)\n", name);
	return false;
}

static const struct {
	const char *name;
	uint64_t packets;
	uint32_t interfaces;
	enum capture_state state;
} real_file[] = {
	{"asym_geneve_43flows.pcap", 441, 1, CAPTURE_DONE},
	{"asym_vlan_126if.pcapng", 17, 126, CAPTURE_DONE},
	{"bad_babel_oobr.pcap", 107, 1, CAPTURE_DONE},
	{"bad_heapoverflow_tcp.pcap", 1, 1, CAPTURE_DONE},
	{"bad_mpls_6in6.pcap.gz", 1811, 1, CAPTURE_DONE},
	{"bad_pcapng_version.pcapng", 0, 0, CAPTURE_BAD},
	{"bad_shb_option.pcapng", 0, 0, CAPTURE_BAD},
	{"bad_truncated_tail.pcap", 6, 1, CAPTURE_BAD},
	{"big_echo_500flows.pcap.gz", 82582, 1, CAPTURE_DONE},
	{"fmt_be_nanosec.pcap", 10, 1, CAPTURE_DONE},
	{"fmt_kuznetzov_modified.pcap", 1, 1, CAPTURE_DONE},
	{"fmt_le_nanosec_sll.pcap", 3, 1, CAPTURE_DONE},
	{"jumbo_bigtcp_vxlan.pcap", 1, 1, CAPTURE_DONE},
	{"mif_11if_3linktypes.pcapng", 64, 11, CAPTURE_DONE},
	{"mif_2if_udp.pcapng", 6, 2, CAPTURE_DONE},
	{"mif_4if_ns_merged.pcapng", 561, 4, CAPTURE_DONE},
	{"mif_eth_sll.pcapng", 159, 2, CAPTURE_DONE},
#ifndef NO_ZSTD
	{"mif_eth_sll.pcapng.zst", 159, 2, CAPTURE_DONE},
#endif
	{"mix_emix.pcap", 7133, 1, CAPTURE_DONE},
	{"snaplen_truncated.pcap", 878, 1, CAPTURE_DONE},
	{"pcapng-suite/le_test006.pcapng", 5, 2, CAPTURE_DONE},
	{"pcapng-suite/le_test100.pcapng", 5, 3, CAPTURE_DONE},
	{"pcapng-suite/be_test100.pcapng", 5, 3, CAPTURE_DONE},
	{"pcapng-suite/le_test102.pcapng", 5, 3, CAPTURE_DONE},
	{"pcapng-suite/le_test201.pcapng", 4, 5, CAPTURE_DONE},
	{"pcapng-suite/le_test202.pcapng", 8, 5, CAPTURE_DONE},
	{"pcapng-suite/be_test202.pcapng", 8, 5, CAPTURE_DONE},
};

START_TEST(real_counts)
{
	const struct capture_input *in;
	struct frame f[CAPTURE_BATCH];
	struct capture *c;
	char path[512];
	uint32_t input;

	if (!find_capture(path, sizeof(path), real_file[_i].name))
		return;
	c = capture_new();
	capture_add_file(c, path, &input);
	while (capture_next(c, f, CAPTURE_BATCH))
		;
	in = capture_input(c, input);
	ck_assert_uint_eq(in->packets, real_file[_i].packets);
	ck_assert_int_eq(in->state, real_file[_i].state);
	ck_assert_uint_eq(capture_interfaces(c), real_file[_i].interfaces);
	capture_free(c);
}
END_TEST

START_TEST(real_twins)
{
	static const char *const twin[][2] = {
		{"mif_eth_sll.pcapng", "mif_eth_sll.pcapng.zst"},
		{"pcapng-suite/le_test100.pcapng",
		 "pcapng-suite/be_test100.pcapng"},
		{"pcapng-suite/le_test202.pcapng",
		 "pcapng-suite/be_test202.pcapng"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(twin); i++) {
		struct result *a;
		struct result *b;
		char path[2][512];

		if (!find_capture(path[0], sizeof(path[0]), twin[i][0]) ||
		    !find_capture(path[1], sizeof(path[1]), twin[i][1]))
			continue;
#ifdef NO_ZSTD
		if (strstr(path[1], ".zst"))
			continue;
#endif
		a = read_path(path[0]);
		b = read_path(path[1]);
		ck_assert_uint_gt(a->count, 0);
		expect_same(a, b);
		result_free(a);
		result_free(b);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, pcap_variants, 0, ARRAY_SIZE(pcap_variant));
	tcase_add_loop_test(t, pcap_lengths, 0, 8);
	tcase_add_test(t, pcap_mended);
	tcase_add_loop_test(t, pcap_no_record, 0, 7);
	tcase_add_test(t, pcap_version);
	tcase_add_loop_test(t, pcapng_sections, 0, 2);
	tcase_add_loop_test(t, pcapng_clocks, 0, ARRAY_SIZE(clock_row));
	tcase_add_loop_test(t, pcapng_damage, 0, ARRAY_SIZE(damage_row));
	tcase_add_test(t, pcapng_short_blocks);
	tcase_add_test(t, pcapng_odd_length);
	tcase_add_test(t, pcapng_too_many_interfaces);
	tcase_add_loop_test(t, cut_everywhere, 0, 4);
	tcase_add_loop_test(t, source_kinds, 0, 4);
	tcase_add_loop_test(t, source_damage, 0, 2);
	tcase_add_test(t, source_grows);
	tcase_add_test(t, source_prompt);
	tcase_add_test(t, source_stop);
	tcase_add_test(t, live_pipes);
	tcase_add_test(t, live_pipe_and_file);
	tcase_add_test(t, live_packed);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, source_refused);
	tcase_add_test(t, source_cannot_open);
	tcase_add_test(t, merge_order);
	tcase_add_test(t, merge_many);
	tcase_add_loop_test(t, real_counts, 0, ARRAY_SIZE(real_file));
	tcase_add_test(t, real_twins);
	tcase_add_test(t, write_read_back);
	tcase_add_test(t, write_libpcap);
	tcase_add_test(t, write_hostile_text);
	tcase_add_test(t, write_cut);
	tcase_add_test(t, write_whole);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
