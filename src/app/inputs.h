/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of struct inputs: what the arguments say, and what came of it
 */
#ifndef APP_INPUTS_H
#define APP_INPUTS_H

#include "app.h"

/**
 * struct file_arg - One file argument
 * @circuit:	Name before '=', or NULL
 * @tap:	Name after the dot, or NULL
 * @path:	File
 * @base:	The file's name without directory and endings
 * @forced:	Tap that all its frames belong to, or -1
 */
struct file_arg {
	char *circuit;
	char *tap;
	const char *path;
	char *base;
	int forced;
};

struct inputs {
	const struct options *options;
	struct site *site;
	struct capture *capture;
	struct file_arg *arg;
	size_t count;
	bool made_full; /* no room for more taps: said once */
};

/**
 * inputs_place() - Find the tap of each argument in the site
 *
 * Adds the pools of the command line, and taps that arguments make.
 *
 * Return: false after a line on standard error
 */
bool inputs_place(struct inputs *in);

#endif /* APP_INPUTS_H */
