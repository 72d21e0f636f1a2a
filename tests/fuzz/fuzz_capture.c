/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_capture: any bytes as one capture file, and as two that are merged
 */
#include <asymcap/capture.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool ok)
{
	if (!ok)
		abort();
}

/* Each frame keeps the promises of its header; all its bytes are touched. */
static void check_frame(const struct capture *c, const struct frame *f,
			volatile unsigned *sum)
{
	expect(f->caplen <= f->len);
	expect(f->time.ns >= 0 && f->time.ns <= FRAME_TIME_MAX);
	expect(f->interface < capture_interfaces(c));
	expect(f->link_type == capture_interface(c, f->interface)->link_type);
	for (uint32_t i = 0; i < f->caplen; i++)
		*sum += f->data[i];
}

static void check_end(const struct capture *c)
{
	uint64_t packets = 0;

	for (uint32_t i = 0; i < capture_inputs(c); i++) {
		const struct capture_input *in = capture_input(c, i);

		expect(in->state != CAPTURE_READING);
		expect((in->state == CAPTURE_DONE) == !in->problem);
		expect(in->bytes <= in->size);
		packets += in->packets;
	}
	for (uint32_t i = 0; i < capture_interfaces(c); i++)
		packets -= capture_interface(c, i)->packets;
	expect(packets == 0);
}

static void read_all(struct capture *c, size_t max)
{
	struct frame f[CAPTURE_BATCH];
	volatile unsigned sum = 0;
	size_t n;

	while ((n = capture_next(c, f, max)) > 0)
		for (size_t i = 0; i < n; i++)
			check_frame(c, &f[i], &sum);
	check_end(c);
	capture_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture *c = capture_new();
	uint32_t input;

	capture_add_memory(c, "whole", data, size, &input);
	read_all(c, CAPTURE_BATCH);

	c = capture_new();
	capture_add_memory(c, "whole", data, size, &input);
	capture_add_memory(c, "half", data, size / 2, &input);
	capture_add_memory(c, "rest", data + size / 2, size - size / 2, &input);
	capture_rank(c, 0, 1);
	read_all(c, 5);
	return 0;
}
