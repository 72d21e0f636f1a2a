/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The line on the terminal: how far, how fast, how long still
 *
 * The only use of the wall clock in a run over files; nothing that is found
 * depends on it.
 */
#include "progress.h"

#include <inttypes.h>
#include <unistd.h>

#define FIRST_AFTER NSEC_PER_SEC
#define REDRAW	    (250 * NSEC_PER_MSEC)

static struct {
	bool enabled;
	bool shown;
	int64_t started;
	int64_t drawn;
	int64_t phase;
} line;

void progress_start(bool quiet)
{
	line.enabled = !quiet && isatty(STDERR_FILENO);
	line.started = line.drawn = line.phase = clock_monotonic();
	line.shown = false;
	log_set_hook(progress_clear);
}

void progress_show(uint64_t done, uint64_t all, uint64_t packets)
{
	int64_t now, spent;
	double share, seconds;

	if (!line.enabled)
		return;
	now = clock_monotonic();
	spent = now - line.started;
	if (spent < FIRST_AFTER || now - line.drawn < REDRAW)
		return;
	line.drawn = now;
	line.shown = true;
	seconds = (double)spent / 1e9;
	fprintf(stderr, "\r\033[K%" PRIu64 " packets, %.1f M/s", packets,
		(double)packets / seconds / 1e6);
	if (all) {
		share = (double)done / (double)all;
		fprintf(stderr, ", %.0f %%, %.0f s left", 100 * share,
			share > 0 ? seconds / share - seconds : 0);
	}
}

void progress_clear(void)
{
	if (line.shown)
		fputs("\r\033[K", stderr);
	line.shown = false;
}

void progress_phase(const char *what)
{
	int64_t now = clock_monotonic();

	log_info("%s in %.3f s", what, (double)(now - line.phase) / 1e9);
	line.phase = now;
}
