/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * input: one file argument, from its first byte to its end
 */
#include "input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct input *input_new(struct capture *c, const char *path)
{
	struct input *in = xcalloc(1, sizeof(*in));

	in->pub.path = path;
	in->pub.state = CAPTURE_READING;
	in->capture = c;
	in->index = c->inputs;
	in->last_ns = INT64_MIN;
	in->source.stop = &c->stop;
	c->input = xrealloc(c->input, c->inputs + 1, sizeof(*c->input));
	c->heap = xrealloc(c->heap, c->inputs + 1, sizeof(*c->heap));
	c->unread = xrealloc(c->unread, c->inputs + 1, sizeof(*c->unread));
	c->unread[c->unread_count++] = in;
	c->input[c->inputs++] = in;
	return in;
}

void input_free(struct input *in)
{
	source_close(&in->source);
	pcapng_close(in);
	port_close(in->port);
	free(in->pub.problem);
	free(in);
}

void input_end(struct input *in, enum capture_state state, const char *fmt, ...)
{
	va_list ap;

	in->pub.state = state;
	if (!fmt)
		return;
	va_start(ap, fmt);
	if (vasprintf(&in->pub.problem, fmt, ap) < 0)
		log_fatal("out of memory for a message");
	va_end(ap);
}

/* The source ended before its time: say why */
static void end_source(struct input *in)
{
	const struct source *s = &in->source;
	enum capture_state state = s->cut ? CAPTURE_TRUNCATED : CAPTURE_BAD;

	if (s->error)
		input_end(in, state, "%s: %s", s->problem, strerror(s->error));
	else if (s->end_offset)
		input_end(in, state,
			  "%s near byte %" PRIu64 "%s: fetch the "
			  "file again",
			  s->problem, source_consumed(s), input_rest(in));
	else
		input_end(in, state, "%s%s", s->problem,
			  s->unpack ? ": fetch the file again" : "");
}

const char *input_bytes(const struct input *in)
{
	return in->source.unpack ? "unpacked byte" : "byte";
}

const char *input_rest(const struct input *in)
{
	return in->number ? "; what came before is used" : "";
}

enum input_want input_want(struct input *in, size_t n, const char *what,
			   bool fresh)
{
	struct source *s = &in->source;

	if (source_has(s, n))
		return INPUT_HAVE;
	if (!s->last && !fresh)
		return INPUT_LATER;
	if (source_refill(s, n))
		return INPUT_HAVE;
	if (!s->last)
		return INPUT_LATER;

	if (s->problem)
		end_source(in);
	else if (s->p == s->end)
		input_end(in, CAPTURE_DONE, NULL);
	else
		input_end(in, CAPTURE_TRUNCATED,
			  "ends inside a %s: it starts "
			  "at %s %" PRIu64 " and lacks %zu of its bytes%s: "
			  "fetch the file again, or let its writer finish",
			  what, input_bytes(in), source_offset(s),
			  n - (size_t)(s->end - s->p), input_rest(in));
	return INPUT_ENDED;
}

struct capture_interface *input_add_interface(struct input *in, uint16_t *index)
{
	struct capture *c = in->capture;
	struct capture_interface *i;

	if (c->interfaces == CAPTURE_MAX_INTERFACES) {
		input_end(in, CAPTURE_BAD,
			  "one interface more than the %d "
			  "that can be told apart (%s %" PRIu64 "): read "
			  "fewer files at a time",
			  CAPTURE_MAX_INTERFACES, input_bytes(in),
			  source_offset(&in->source));
		return NULL;
	}
	*index = (uint16_t)c->interfaces;
	i = &c->interface[c->interfaces++];
	i->input = in->index;
	return i;
}

bool input_open(struct input *in, bool ok)
{
	struct source *s = &in->source;

	in->pub.size = s->size;
	in->pub.stream = s->stream;
	if (!ok) {
		end_source(in);
		return false;
	}
	/* Four bytes tell a format that is read; more, one that is not. */
	if (!source_refill(s, 4) && source_stopped(s))
		return false;
	if (s->problem) {
		end_source(in);
	} else if (s->p == s->end) {
		input_end(in, CAPTURE_TRUNCATED,
			  "is empty: nothing was "
			  "captured, or it was not written out yet");
	} else if (!pcapng_open(in) && in->pub.state == CAPTURE_READING &&
		   !pcapfile_open(in) && in->pub.state == CAPTURE_READING &&
		   !source_stopped(s)) {
		source_refill(s, FOREIGN_SIZE);
		input_end(in, CAPTURE_BAD, "%s",
			  foreign_name(s->p, (size_t)(s->end - s->p)));
	}
	in->pub.bytes = source_consumed(s);
	return in->pub.state == CAPTURE_READING && !source_stopped(s);
}
