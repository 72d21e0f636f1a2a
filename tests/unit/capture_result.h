/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture_result: read a capture to its end, then look at what came
 */
#ifndef TEST_CAPTURE_RESULT_H
#define TEST_CAPTURE_RESULT_H

#include <asymcap/capture.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAX_FRAMES 1024

/**
 * struct result - What reading gave, beyond the life of the capture's buffers
 * @c:		The capture
 * @count:	Frames that it gave
 * @frame:	They; data is void
 * @sum:	Checksums of their bytes
 */
struct result {
	struct capture *c;
	size_t count;
	struct frame frame[MAX_FRAMES];
	uint32_t sum[MAX_FRAMES];
};

static inline uint32_t sum_of(const uint8_t *p, uint32_t n)
{
	return (uint32_t)crc32(0, p, n);
}

static inline void drain(struct result *r)
{
	struct frame f[CAPTURE_BATCH];
	size_t n;

	while ((n = capture_next(r->c, f, CAPTURE_BATCH)) > 0) {
		for (size_t i = 0; i < n && r->count < MAX_FRAMES; i++) {
			r->frame[r->count] = f[i];
			r->sum[r->count++] = sum_of(f[i].data, f[i].caplen);
		}
	}
}

static inline struct result *result_new(void)
{
	struct result *r = xcalloc(1, sizeof(*r));

	r->c = capture_new();
	return r;
}

static inline void result_free(struct result *r)
{
	capture_free(r->c);
	free(r);
}

static inline struct result *read_memory(const void *data, size_t size)
{
	struct result *r = result_new();
	uint32_t input;

	capture_add_memory(r->c, "memory", data, size, &input);
	drain(r);
	return r;
}

static inline void expect_same(const struct result *a, const struct result *b)
{
	ck_assert_uint_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		ck_assert_int_eq(a->frame[i].time.ns, b->frame[i].time.ns);
		ck_assert_uint_eq(a->frame[i].number, b->frame[i].number);
		ck_assert_uint_eq(a->frame[i].caplen, b->frame[i].caplen);
		ck_assert_uint_eq(a->frame[i].len, b->frame[i].len);
		ck_assert_uint_eq(a->frame[i].link_type, b->frame[i].link_type);
		ck_assert_uint_eq(a->frame[i].interface, b->frame[i].interface);
		ck_assert_uint_eq(a->sum[i], b->sum[i]);
	}
}

/* The state of the only input, and a part of what is said about it */
static inline void expect_state(const struct result *r,
				enum capture_state state, const char *problem)
{
	const struct capture_input *in = capture_input(r->c, 0);

	ck_assert_msg(in->state == state, "state %d, wanted %d: %s",
		      (int)in->state, (int)state,
		      in->problem ? in->problem : "no problem");
	ck_assert_uint_eq(in->packets, r->count);
	if (!problem)
		ck_assert_ptr_null(in->problem);
	else
		ck_assert_msg(in->problem && strstr(in->problem, problem),
			      "'%s' lacks '%s'", in->problem, problem);
}

#endif /* TEST_CAPTURE_RESULT_H */
