/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that is written whole or not at all
 */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include <asymcap/host.h>

#include <stdio.h>

/**
 * struct output - Where data goes
 * @stream:	Open for writing
 */
struct output {
	FILE *stream;
	const char *path;
	char *temporary;
};

/**
 * output_open() - Open the destination
 * @path:	File that is to appear when all is written, or NULL for
 *		standard output
 *
 * Return: false after a line on standard error
 */
bool output_open(struct output *o, const char *path);

/**
 * output_confine() - Give up all but what it takes to put the file in place
 * @o:		Output
 * @list:	What else is still needed; empty afterwards
 *
 * To be called when all inputs are open, as confine().
 *
 * Return: false after a line on standard error
 */
bool output_confine(const struct output *o, struct confine_list *list);

/**
 * output_open_confined() - Open the destination, and give up all else
 * @path:	As for output_open()
 *
 * To be called when all inputs are open, as confine().
 *
 * Return: false after a line on standard error
 */
bool output_open_confined(struct output *o, const char *path);

/**
 * output_drop() - Nothing is to be written after all
 */
void output_drop(struct output *o);

/**
 * output_close() - Put the file in place, or take it away
 * @o:		Output
 * @good:	Whether all was written
 *
 * Return: whether it is in place; else a line was printed
 */
bool output_close(struct output *o, bool good);

#endif /* APP_OUTPUT_H */
