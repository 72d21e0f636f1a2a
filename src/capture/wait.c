/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wait: how long inputs that are still being written are waited for
 *
 * DOC: Theory of operation
 *
 * To put frames in order, the next frame of every input must be known; a
 * stream that is silent would hold up all others for ever.  So in a live
 * capture it does that for a short window only, from the moment on that it
 * was found without a frame.  After that it is late: others go without it,
 * and what it brings goes out when it is there, maybe behind frames that are
 * younger.  Those who take the frames must bear such disorder between inputs;
 * inside an input there is none.
 *
 * A file that is whole can wait at no cost, so it does: its frames go when a
 * stream has shown a later one, or when all streams have ended.  Thus a pipe
 * and the file of another circuit are in order however slow the pipe is.
 *
 * This is the only place below app that reads a clock: it measures how long a
 * stream has been silent, and nothing that is found depends on it.
 */
#include <asymcap/capture.h>

#include "input.h"

#include <poll.h>

#define PATIENCE (250 * NSEC_PER_MSEC) /* with nothing to hand over */

/* Note who is silent.  Return how long they hold up other streams, ns. */
static int64_t held_for(struct capture *c, int64_t now)
{
	int64_t longest = 0;

	for (uint32_t i = 0; i < c->unread_count; i++) {
		struct input *in = c->unread[i];
		int64_t left;

		if (!in->silent_since)
			in->silent_since = now;
		left = in->silent_since + c->window - now;
		if (left > longest)
			longest = left;
	}
	return longest;
}

static bool stream_in_heap(struct capture *c)
{
	bool any = false;

	for (uint32_t i = 0; i < c->heap_count; i++) {
		struct input *in = c->heap[i];

		in->silent_since = 0;
		any |= in->pub.stream;
	}
	return any;
}

/* Return when a silent stream has more, when @ns are over, or on a signal. */
static void wait_readable(const struct capture *c, int64_t ns)
{
	struct pollfd pfd[64];
	nfds_t n = 0;

	/* More of them are looked at all the same, if not at once. */
	for (uint32_t i = 0; i < c->unread_count && n < ARRAY_SIZE(pfd); i++) {
		const struct input *in = c->unread[i];

		pfd[n++] = (struct pollfd){
			.fd = in->port ? port_fd(in->port) : in->source.fd,
			.events = POLLIN,
		};
	}
	poll(pfd, n, (int)(ns / NSEC_PER_MSEC) + 1);
}

bool merge_wait(struct capture *c)
{
	int64_t now = clock_monotonic(), until = now + PATIENCE;

	for (;;) {
		bool streams;
		int64_t held;

		merge_prime(c);
		streams = stream_in_heap(c);
		held = held_for(c, now);
		if (c->stop || (!c->heap_count && !c->unread_count))
			return false;
		if (c->heap_count && !c->unread_count)
			return true;
		if (streams && held <= 0)
			return true;
		if (now >= until)
			return false;
		if (!streams || held > until - now)
			held = until - now;
		wait_readable(c, held);
		now = clock_monotonic();
	}
}
