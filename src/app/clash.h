/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clash: no file is read and written, or written twice
 */
#ifndef APP_CLASH_H
#define APP_CLASH_H

#include <asymcap/base.h>
#include <asymcap/site.h>

#include <sys/stat.h>

#define CLASH_WRITES 2 /* a command has that many outputs at most */

/**
 * struct clash_file - A file that a command line names
 * @what:	What it is for a person: "-o", "the site file"
 * @path:	As it was named, borrowed
 * @real:	Without links, owned; NULL for what was open before
 * @there:	It exists: @st is valid
 */
struct clash_file {
	const char *what;
	const char *path;
	char *real;
	bool there;
	struct stat st;
};

/**
 * struct clash - What a command writes, to begin with {0}
 * @folder:	The last of @file is a folder, in which it writes what @in_it
 *		says of a name
 */
struct clash {
	struct clash_file file[CLASH_WRITES];
	unsigned count;
	bool (*in_it)(const char *name);
};

/**
 * clash_write() - This is written, too
 * @c:		What is written so far
 * @option:	Static: "-o"
 * @path:	Borrowed; NULL and "-" mean standard output
 *
 * Return: false after a line, if the same file is written already
 */
bool clash_write(struct clash *c, const char *option, const char *path);

/**
 * clash_write_in() - This folder is written to, after all of clash_write()
 * @c:		What is written so far
 * @option:	Static: "--evidence"
 * @path:	Borrowed; it may not be there yet
 * @in_it:	Whether a file of this name may be written there
 *
 * Return: false after a line, if one that is written already is in it
 */
bool clash_write_in(struct clash *c, const char *option, const char *path,
		    bool (*in_it)(const char *name));

/**
 * clash_read() - This is read: it must be none that is written
 * @c:		All that is written
 * @what:	Static: "the site file"
 * @path:	Borrowed; NULL: there is none; "-": standard input
 *
 * Return: false after a line, if it is written as well
 */
bool clash_read(const struct clash *c, const char *what, const char *path);

/**
 * clash_read_site() - A site file is read, and the lists that it names
 * @c:		All that is written
 * @path:	Site file, or NULL
 * @site:	What it says
 *
 * Return: false after a line, if one of them is written as well
 */
bool clash_read_site(const struct clash *c, const char *path,
		     const struct site *site);

/** clash_free() - Free what it holds */
void clash_free(struct clash *c);

#endif /* APP_CLASH_H */
