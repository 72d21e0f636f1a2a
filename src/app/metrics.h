/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What monitoring is told of a run
 */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include <asymcap/base.h>

struct pipeline;

struct metrics_server;

/**
 * metrics_listen() - Take the port that metrics are to be served at
 * @where:	Valid for http_parse()
 *
 * To be called before privileges are given up, for ports below 1024 and for
 * /proc; metrics_start() after that, since a thread keeps its own.
 *
 * Return: NULL after a line on standard error
 */
struct metrics_server *metrics_listen(const char *where);

/** metrics_start() - Answer; false after a line on standard error */
bool metrics_start(struct metrics_server *s);

/**
 * metrics_note() - The loop has turned: once a second, look at everything
 * @s:		Server; NULL is fine
 * @p:		Run; its judge is idle, and what is new has been said
 * @lost_lines:	Lines that could not be written so far
 */
void metrics_note(struct metrics_server *s, struct pipeline *p,
		  uint64_t lost_lines);

/** metrics_stop() - Answer no more, and free; NULL is fine */
void metrics_stop(struct metrics_server *s);

#endif /* APP_METRICS_H */
