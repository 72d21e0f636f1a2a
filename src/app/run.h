/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What read, watch and explain have in common
 */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <asymcap/capture.h>
#include <asymcap/report.h>
#include <asymcap/site.h>

struct options;
struct pipeline;

/**
 * run_site() - The site of the command line, or an empty one
 *
 * Return: NULL after the errors of the file were printed
 */
struct site *run_site(const struct options *o);

/** run_age() - How long ago something was, by the clock; ns */
int64_t run_age(struct timestamp then);

/** run_texts() - The sentences of causes, as report wants them */
const struct report_texts *run_texts(void);

/**
 * run_status() - The exit status of a run
 * @p:		Pipeline that has run
 * @written:	Whether all was written
 *
 * Prints a line for each input that was not read to its end.
 */
int run_status(const struct pipeline *p, bool written);

/** run_inputs_whole() - Whether all was read; else there is a line for each */
bool run_inputs_whole(const struct pipeline *p);

/**
 * run_refused() - Print a line for each interface that was not opened
 *
 * Return: 0 if all were, or the exit status
 */
int run_refused(const struct capture *capture);

/** run_free() - Free what a run has made */
void run_free(struct pipeline *p);

#endif /* APP_RUN_H */
