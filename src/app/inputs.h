/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CIRCUIT[.TAP]=FILE: files to taps
 */
#ifndef APP_INPUTS_H
#define APP_INPUTS_H

#include <asymcap/capture.h>
#include <asymcap/site.h>
#include <asymcap/topo.h>

struct inputs;
struct options;

/**
 * inputs_open() - Open all files and give them to taps
 * @o:		Options: the files, and pools by circuit
 * @site:	Site; without a site file circuits and taps are added to it
 * @capture:	Files are opened in it
 *
 * Return: NULL after a line on standard error if an argument is wrong
 */
struct inputs *inputs_open(const struct options *o, struct site *site,
			   struct capture *capture);
void inputs_free(struct inputs *in);

/**
 * inputs_bind() - Tell topo of a capture interface at its first frame
 *
 * Return: whether circuits or taps were added to the site
 */
bool inputs_bind(struct inputs *in, struct topo *topo, uint32_t interface);

/**
 * inputs_has_tap() - Whether an interface is a tap before its first frame
 *
 * Without a site file the interfaces of a pcapng file are not: some have
 * hundreds.
 */
bool inputs_has_tap(const struct inputs *in, uint32_t interface);

/* ---- what the arguments say, and what came of it: for reload.c, too */

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

/**
 * inputs_apart() - Whether nothing is written to what is read, or twice
 * @in:		Arguments, not opened yet
 *
 * Return: false after a line on standard error
 */
bool inputs_apart(const struct inputs *in);

/** inputs_hint() - Tell of files whose names say more than is taken from them */
void inputs_hint(const struct inputs *in);

#endif /* APP_INPUTS_H */
