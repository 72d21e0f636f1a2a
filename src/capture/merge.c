/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * merge: the frames of all inputs in one order of time
 *
 * DOC: Theory of operation
 *
 * Each input reads some frames ahead, straight from its window, in one go.  A
 * heap keeps the inputs by the time of their next frame, then rank, then
 * index.  The first of them hands over its frames up to the time of the second;
 * with one input left the limit is the end of time.
 *
 * A frame whose time lies before its predecessor's is below any limit and
 * goes out at once: the order inside a file is never changed.
 *
 * Frames are borrowed until the next call, and a stream moves its window when
 * it reads on.  So the window may be moved only when no frame of that input
 * is ahead or in the caller's hands: at the beginning of a call, for inputs
 * that have nothing ahead.  If an input runs out later, what its window still
 * holds is taken, and if that is nothing, the batch ends there.  That also
 * means that a pipe is waited for only with empty hands.  How long is told in
 * wait.c.
 */
#include <asymcap/capture.h>

#include "input.h"

static bool has_next(const struct input *in)
{
	return in->next < in->ahead_count;
}

static int64_t next_ns(const struct input *in)
{
	return in->ahead[in->next].time.ns;
}

/* Whether a goes before b at the same time */
static bool outranks(const struct input *a, const struct input *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->index < b->index;
}

/* Whether the next frame of a goes before that of b */
static bool goes_before(const struct input *a, const struct input *b)
{
	int64_t a_ns = next_ns(a), b_ns = next_ns(b);

	return a_ns != b_ns ? a_ns < b_ns : outranks(a, b);
}

static void heap_push(struct capture *c, struct input *in)
{
	uint32_t i = c->heap_count++;

	while (i > 0 && goes_before(in, c->heap[(i - 1) / 2])) {
		c->heap[i] = c->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	c->heap[i] = in;
}

/* Put an input where it belongs, from the root down */
static void heap_sift(struct capture *c, struct input *in)
{
	uint32_t i = 0;
	uint32_t k;

	while ((k = 2 * i + 1) < c->heap_count) {
		if (k + 1 < c->heap_count &&
		    goes_before(c->heap[k + 1], c->heap[k]))
			k++;
		if (!goes_before(c->heap[k], in))
			break;
		c->heap[i] = c->heap[k];
		i = k;
	}
	c->heap[i] = in;
}

static struct input *heap_drop_root(struct capture *c)
{
	struct input *root = c->heap[0];

	if (--c->heap_count)
		heap_sift(c, c->heap[c->heap_count]);
	return root;
}

/* The latest time that the root may hand over before another's turn */
static int64_t root_limit(const struct capture *c)
{
	const struct input *root = c->heap[0];
	const struct input *next;

	if (c->heap_count == 1)
		return INT64_MAX;
	next = c->heap[1];
	if (c->heap_count > 2 && goes_before(c->heap[2], next))
		next = c->heap[2];
	if (outranks(root, next))
		return next_ns(next);
	/* Cannot wrap: the root goes first though ties are not its own. */
	return next_ns(next) - 1;
}

/* Count what was handed over.  Classic pcap has one interface for all. */
static void count(struct input *in)
{
	struct capture_interface *i = in->capture->interface;

	in->pub.packets += in->next - in->counted;
	if (in->pcap.header)
		i[in->pcap.interface].packets += in->next - in->counted;
	else
		for (uint32_t k = in->counted; k < in->next; k++)
			i[in->ahead[k].interface].packets++;
	in->counted = in->next;
}

/* Read ahead; only with nothing ahead. */
static bool read_ahead(struct input *in, bool fresh)
{
	count(in);
	in->next = 0;
	in->counted = 0;
	in->ahead_count = 0;
	if (in->pub.state != CAPTURE_READING)
		return false;
	in->ahead_count = (uint32_t)in->fill(in, in->ahead, INPUT_AHEAD, fresh);
	in->pub.bytes = source_consumed(&in->source);
	return in->ahead_count > 0;
}

/* What has ended and is no longer borrowed from is closed. */
void merge_prime(struct capture *c)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->unread_count && !c->stop; i++) {
		struct input *in = c->unread[i];

		in->source.hurry = c->live && in->pub.stream;
		if (read_ahead(in, true))
			heap_push(c, in);
		else if (in->pub.state == CAPTURE_READING && !c->stop)
			c->unread[kept++] = in;
		else
			source_close(&in->source);
	}
	c->unread_count = kept;
}

/* Hand over frames of the root while it is its turn */
static size_t take_run(struct capture *c, struct frame *frames, size_t max)
{
	struct input *in = c->heap[0];
	int64_t limit = root_limit(c);
	size_t n = 0;

	do
		frames[n++] = in->ahead[in->next++];
	while (n < max && has_next(in) && next_ns(in) <= limit);
	count(in);
	if (has_next(in) || read_ahead(in, false))
		heap_sift(c, in);
	else
		c->unread[c->unread_count++] = heap_drop_root(c);
	return n;
}

/*
 * As take_run(), for two inputs.  Whose turn it is changes with every second
 * frame, and nothing can guess when; so it is an index, not a branch.
 */
static size_t take_pair(struct capture *c, struct frame *frames, size_t max)
{
	struct input *pair[2] = {c->heap[0], c->heap[1]};
	const bool tie = outranks(pair[1], pair[0]);
	size_t n = 0;

	do {
		bool second = next_ns(pair[1]) < next_ns(pair[0]) + tie;
		struct input *in = pair[second];

		frames[n++] = in->ahead[in->next++];
		if (!has_next(in) && !read_ahead(in, false))
			break;
	} while (n < max);
	c->heap_count = 0;
	for (unsigned i = 0; i < 2; i++) {
		count(pair[i]);
		if (has_next(pair[i]))
			heap_push(c, pair[i]);
		else
			c->unread[c->unread_count++] = pair[i];
	}
	return n;
}

/* Where the next frame of one is not known, nobody else's may go; but for the
 * first @late, which are waited for no longer.
 */
static bool next_unknown(const struct capture *c, uint32_t late)
{
	return c->unread_count > late &&
	       c->unread[c->unread_count - 1]->pub.state == CAPTURE_READING;
}

size_t capture_next(struct capture *c, struct frame *frames, size_t max)
{
	uint32_t late;
	size_t n = 0;

	if (max > CAPTURE_BATCH)
		max = CAPTURE_BATCH;
	if (!max || c->stop)
		return 0;
	if (c->live) {
		if (!merge_wait(c))
			return 0;
	} else {
		merge_prime(c);
	}
	if (c->stop)
		return 0;
	late = c->unread_count;
	while (n < max && c->heap_count && !next_unknown(c, late)) {
		if (c->heap_count == 2)
			n += take_pair(c, frames + n, max - n);
		else
			n += take_run(c, frames + n, max - n);
	}
	return n;
}

void capture_rank(struct capture *c, uint32_t input, uint32_t rank)
{
	assert(input < c->inputs);
	c->input[input]->rank = rank;
	c->heap_count = 0;
	for (uint32_t i = 0; i < c->inputs; i++)
		if (has_next(c->input[i]))
			heap_push(c, c->input[i]);
}
