/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files whose names say more than is taken from them
 *
 * Without a site file each file is a circuit, outside, whatever it is called:
 * a name that decided over verdicts would be a trap.  But where a file is
 * called as another one and "inside", most likely that is what it is, and
 * whoever named it so is told how to say it.
 */
#include "inputs.h"

#include <string.h>

#include "options.h"

#define TOLD 8 /* files; whoever has more has understood by then */

/* "internet-inside", "internet_INSIDE", ... of "internet" */
static bool is_inside_of(const char *name, const char *outside)
{
	size_t n = strlen(outside);

	return !strncmp(name, outside, n) && name[n] &&
	       strchr("-_. ", name[n]) && !strcasecmp(name + n + 1, "inside");
}

void inputs_hint(const struct inputs *in)
{
	unsigned told = 0;

	if (in->options->site_path)
		return;
	for (size_t i = 0; i < in->count; i++) {
		const struct file_arg *a = &in->arg[i];

		for (size_t k = 0; k < in->count && !a->circuit; k++) {
			const struct file_arg *b = &in->arg[k];

			if (b->circuit || !is_inside_of(a->base, b->base))
				continue;
			if (told++ == TOLD)
				return;
			log_warn("%s: is taken for a circuit of its own, "
				 "outside; if it is the inside of %s, say "
				 "%s=%s %s.inside=%s",
				 a->path, b->base, b->base, b->path, b->base,
				 a->path);
			break;
		}
	}
}
