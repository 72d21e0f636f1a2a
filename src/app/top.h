/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * top: the screen of a run that is watched
 */
#ifndef APP_TOP_H
#define APP_TOP_H

#include "options.h"
#include "pipeline.h"

/**
 * top_possible() - Whether standard output can be drawn on
 *
 * Return: false after a line on standard error
 */
bool top_possible(const struct options *o);

/**
 * top_start() - Take the terminal
 * @p:		Pipeline with a report and a capture
 *
 * From here on SIGINT and SIGTERM stop the capture, and lines of the
 * log go to the screen if standard error is a terminal.  The terminal is given
 * back when the program exits, stops or is killed by what can be caught.
 */
void top_start(struct pipeline *p);

/** top_tick() - Draw, if it is time to; never waits for the terminal */
void top_tick(struct pipeline *p);

/** top_end() - Give the terminal back; say what the log has kept */
void top_end(void);

#endif /* APP_TOP_H */
