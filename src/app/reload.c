/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A site file that is read again while the run goes on
 *
 * DOC: Theory of operation
 *
 * The file is read and checked whole before anything is touched; if anything
 * is wrong with it, it is as if nobody had asked.  Then the site in use is
 * renewed in place: connections know circuits and taps by number, and numbers
 * stay (site/renew.c).  So no connection is lost, and each is judged by what
 * the site says when it is judged.  What was found keeps its names.
 *
 * For a while after a tap came or left, its silence proves nothing, like that
 * of a tap that lost packets: of a connection that was open then it may have
 * shown a half.
 *
 * Interfaces are another matter: to open one takes a privilege that is gone.
 */
#include "reload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "inputs.h"
#include "options.h"
#include "pipeline.h"

/* The first error of a file, and how many more there are. */
static void tell_errors(const char *path, struct str *errors)
{
	char *end = errors->s ? strchr(errors->s, '\n') : NULL;
	size_t more = 0;

	for (const char *p = end; p && p[1]; p = strchr(p + 1, '\n'))
		more++;
	if (end)
		*end = '\0';
	log_error("%s: not read again, the site of before stays: %s%s", path,
		  errors->s ? errors->s : "unknown error",
		  more ? " (and more: see asymcap check)" : "");
}

static bool is_watched(const struct capture *capture, const char *interface)
{
	for (uint32_t i = 0; i < capture_inputs(capture); i++) {
		if (!strcmp(capture_input(capture, i)->path, interface))
			return true;
	}
	return false;
}

/* Interfaces that were named are all there are to be. */
static void tell_unwatched(const struct pipeline *p)
{
	for (size_t i = 0; i < p->site->taps; i++) {
		const struct site_tap *tap = &p->site->tap[i];

		if (tap->retired || !tap->interface ||
		    is_watched(p->capture, tap->interface))
			continue;
		log_warn("tap '%s': interface %s is not captured from: that "
			 "takes a restart",
			 tap->name, tap->interface);
	}
}

static void note_changes(struct pipeline *p, uint64_t taps)
{
	for (; taps; taps &= taps - 1)
		p->loss[__builtin_ctzll(taps)].changes++;
}

/*
 * Renew the site by @next, which is freed, and find the taps of the arguments
 * in it.  Return false after a line; then nothing has changed.
 */
static bool renew(struct inputs *in, struct site *next)
{
	struct inputs trial = *in;
	int taps[SITE_MAX_TAPS] = {0};
	const char *too_many = NULL;
	bool done;

	trial.site = next;
	trial.arg = xcalloc(in->count, sizeof(*in->arg));
	for (size_t i = 0; i < in->count; i++)
		trial.arg[i] = in->arg[i];
	done = inputs_place(&trial);
	if (done)
		too_many = site_renew(in->site, next, taps);
	if (too_many)
		log_error("with those that are gone there are too many %s: "
			  "only a restart forgets",
			  too_many);
	done = done && !too_many;
	if (!done)
		site_free(next);
	for (size_t i = 0; done && i < in->count; i++) {
		int tap = trial.arg[i].forced;

		in->arg[i].forced = tap < 0 ? -1 : taps[tap];
	}
	free(trial.arg);
	return done;
}

void reload_site(struct pipeline *p)
{
	const char *path = p->options->site_path;
	uint64_t before = topo_taps(p->topo);
	struct str errors = {0};
	struct site *next;
	struct stat st;

	if (!strcmp(path, "-")) {
		log_error("the site file was standard input: it cannot be read "
			  "again");
		return;
	}
	/* Who writes to it may never come, while packets wait. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		log_error("%s: no regular file: it cannot be read again", path);
		return;
	}
	next = site_load(path, &errors);
	if (!next) {
		tell_errors(path, &errors);
	} else if (renew(p->inputs, next)) {
		pipeline_renew(p);
		note_changes(p, before ^ topo_taps(p->topo));
		tell_unwatched(p);
		log_warn("%s: read again", path);
	} else {
		log_error("%s: the site of before stays", path);
	}
	str_free(&errors);
}
