/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture: the set of inputs and interfaces, and the way to ask about them
 */
#include <asymcap/capture.h>

#include "input.h"

#include <stdlib.h>

static_assert(CAPTURE_MAX_INTERFACES - 1 <= UINT16_MAX,
	      "an interface index fits in struct frame");

struct capture *capture_new(void)
{
	struct capture *c = xcalloc(1, sizeof(*c));

	c->interface = xcalloc(CAPTURE_MAX_INTERFACES, sizeof(*c->interface));
	return c;
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->inputs; i++)
		input_free(c->input[i]);
	for (uint32_t i = 0; i < c->interfaces; i++) {
		free(c->interface[i].name);
		free(c->interface[i].description);
	}
	free(c->input);
	free(c->heap);
	free(c->unread);
	free(c->interface);
	free(c);
}

bool capture_add_file(struct capture *c, const char *path, uint32_t *input)
{
	struct input *in = input_new(c, path);

	*input = in->index;
	return input_open(in, source_open(&in->source, path));
}

bool capture_add_memory(struct capture *c, const char *name, const void *data,
			size_t size, uint32_t *input)
{
	struct input *in = input_new(c, name);

	*input = in->index;
	return input_open(in, source_open_memory(&in->source, data, size));
}

void capture_live(struct capture *c, int64_t window)
{
	c->live = true;
	c->window = window;
}

bool capture_over(const struct capture *c)
{
	return c->stop || (!c->heap_count && !c->unread_count);
}

bool capture_streams(const struct capture *c)
{
	for (uint32_t i = 0; i < c->inputs; i++) {
		const struct capture_input *in = &c->input[i]->pub;

		if (in->stream && in->state == CAPTURE_READING)
			return true;
	}
	return false;
}

void capture_stop(struct capture *c)
{
	c->stop = 1;
}

uint32_t capture_inputs(const struct capture *c)
{
	return c->inputs;
}

const struct capture_input *capture_input(const struct capture *c, uint32_t i)
{
	assert(i < c->inputs);
	return &c->input[i]->pub;
}

uint32_t capture_interfaces(const struct capture *c)
{
	return c->interfaces;
}

const struct capture_interface *capture_interface(const struct capture *c,
						  uint32_t i)
{
	assert(i < c->interfaces);
	return &c->interface[i];
}
