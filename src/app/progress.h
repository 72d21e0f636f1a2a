/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The line on the terminal
 */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <asymcap/base.h>

/** progress_start() - Show a line from now on, if standard error is a terminal */
void progress_start(bool quiet);

/**
 * progress_show() - Redraw the line, a few times a second at most
 * @done, @all:	Bytes; @all 0 if unknown
 * @packets:	So far
 */
void progress_show(uint64_t done, uint64_t all, uint64_t packets);

/**
 * progress_phase() - Say with -v how long a phase of the run took
 * @what:	What has ended now, since the phase before
 */
void progress_phase(const char *what);

/** progress_clear() - Take the line away */
void progress_clear(void);

#endif /* APP_PROGRESS_H */
