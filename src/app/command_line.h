/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getopt_long(3), whose complaints are one line with what to do about it
 */
#ifndef APP_COMMAND_LINE_H
#define APP_COMMAND_LINE_H

#include "app.h"

struct option;

/**
 * command_line_next() - getopt_long(), but what is wrong is told in one line
 * @letters:	Short options, as there, behind a colon
 * @longs:	Long options, as there
 * @index:	As there; may be NULL
 *
 * argv[0] is the name of the command.
 *
 * Return: as getopt_long(); '?' after a line on standard error
 */
int command_line_next(int argc, char **argv, const char *letters,
		      const struct option *longs, int *index);

/**
 * command_line_printed() - End a run that only printed what it was asked for
 *
 * Return: exit status; not 0 if standard output did not take it, after a line
 *	   on standard error
 */
enum exit_status command_line_printed(void);

#endif /* APP_COMMAND_LINE_H */
