/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clash: no file is read and written, or written twice
 *
 * DOC: Theory of operation
 *
 * A slip of the hand on a command line must not cost a capture: a report that
 * is put in place of its input, packets and findings that are appended to one
 * file.  So before anything is opened for writing, all files that are named
 * are held against those that are written.  Two names mean one file if they
 * lead to the same device and inode, or, where nothing is there yet, to the
 * same place when all links are followed, those that lead nowhere as well.
 * What is no regular file (a pipe, a terminal, /dev/null) loses nothing, and
 * may be named as often as one likes.
 *
 * This is for who makes a mistake, not against who changes names meanwhile.
 */
#include "clash.h"

#include <asymcap/endpoints.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as many as the kernel follows */

/* ------------------------------------------------------------------ places */

/* @path becomes where the link that it is leads to.  Return: false if it is
 * none.
 */
static bool follow_link(char **path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(*path, target, sizeof(target) - 1);
	char *slash = strrchr(*path, '/');
	struct str to = {0};

	if (n <= 0)
		return false;
	target[n] = '\0';
	if (target[0] != '/' && slash)
		str_addn(&to, *path, (size_t)(slash - *path) + 1);
	str_add(&to, target);
	free(*path);
	*path = to.s;
	return true;
}

/* Move the last name of @path to the front of @rest.  Return: false if there
 * is nothing above it.
 */
static bool move_up(char **path, struct str *rest)
{
	size_t end = strlen(*path), begin;
	struct str longer = {0};

	while (end && (*path)[end - 1] == '/')
		end--;
	if (!end)
		return false;
	for (begin = end; begin && (*path)[begin - 1] != '/';)
		begin--;
	str_addc(&longer, '/');
	str_addn(&longer, *path + begin, end - begin);
	str_add(&longer, rest->s);
	str_free(rest);
	*rest = longer;
	if (begin) {
		(*path)[begin] = '\0';
		return true;
	}
	free(*path);
	*path = xstrdup(".");
	return true;
}

/* The place of a path of which the end need not be there; to be freed. */
static char *real_place(const char *text)
{
	char *path = xstrdup(text), *real;
	struct str rest = {0}, whole = {0};
	unsigned links = 0;

	while (!(real = realpath(path, NULL)) && errno == ENOENT && *path) {
		if (links < MAX_LINKS && follow_link(&path))
			links++;
		else if (!move_up(&path, &rest))
			break;
	}
	if (real)
		str_add(&whole, strcmp(real, "/") ? real : "");
	else
		str_add(&whole, path);
	str_add(&whole, rest.s);
	free(real);
	free(path);
	str_free(&rest);
	return whole.s;
}

static struct clash_file file_of(const char *what, const char *path,
				 int standard)
{
	struct clash_file f = {.what = what, .path = path};

	if (!path || !strcmp(path, "-")) {
		f.path = "standard input";
		if (standard == STDOUT_FILENO) {
			f.what = "standard";
			f.path = "output";
		}
		f.there = !fstat(standard, &f.st);
		return f;
	}
	f.there = !stat(path, &f.st);
	f.real = real_place(path);
	return f;
}

static bool same(const struct clash_file *a, const struct clash_file *b)
{
	if (a->there != b->there)
		return false;
	if (!a->there)
		return a->real && b->real && !strcmp(a->real, b->real);
	return a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino &&
	       (S_ISREG(a->st.st_mode) || S_ISDIR(a->st.st_mode));
}

/* Whether @f is what may be written in a folder. */
static bool lies_in(const struct clash *c, const struct clash_file *f)
{
	const struct clash_file *folder = &c->file[c->count - 1];
	const char *slash = f->real ? strrchr(f->real, '/') : NULL;
	size_t n = slash ? (size_t)(slash - f->real) : 0;

	return c->in_it && slash && folder->real && strlen(folder->real) == n &&
	       !strncmp(folder->real, f->real, n) && c->in_it(slash + 1) &&
	       !(f->there && !S_ISREG(f->st.st_mode));
}

/* ------------------------------------------------------------------ public */

/* Return: which of those that are written this is, or lies in; or NULL. */
static const struct clash_file *find(const struct clash *c,
				     const struct clash_file *f)
{
	for (unsigned i = 0; i < c->count; i++) {
		if (same(&c->file[i], f))
			return &c->file[i];
	}
	return c->count && lies_in(c, f) ? &c->file[c->count - 1] : NULL;
}

static void keep(struct clash *c, struct clash_file f)
{
	assert(c->count < CLASH_WRITES);
	c->file[c->count++] = f;
}

bool clash_write(struct clash *c, const char *option, const char *path)
{
	struct clash_file f = file_of(option, path, STDOUT_FILENO);
	const struct clash_file *other = find(c, &f);

	if (other)
		log_error("%s %s: it is the file of %s %s, too; each needs "
			  "one of its own",
			  f.what, f.path, other->what, other->path);
	keep(c, f);
	return !other;
}

bool clash_write_in(struct clash *c, const char *option, const char *path,
		    bool (*in_it)(const char *name))
{
	bool apart = clash_write(c, option, path);

	c->in_it = in_it;
	for (unsigned i = 0; apart && i + 1 < c->count; i++) {
		if (!lies_in(c, &c->file[i]))
			continue;
		log_error("%s %s: %s %s may be one of its files; each needs "
			  "one of its own",
			  option, path, c->file[i].what, c->file[i].path);
		apart = false;
	}
	return apart;
}

bool clash_read(const struct clash *c, const char *what, const char *path)
{
	struct clash_file f;
	const struct clash_file *other;

	if (!path)
		return true;
	f = file_of(what, path, STDIN_FILENO);
	other = find(c, &f);
	if (other)
		log_error("%s %s: it would overwrite %s %s; name another",
			  other->what, other->path, what, f.path);
	free(f.real);
	return !other;
}

bool clash_read_site(const struct clash *c, const char *path,
		     const struct site *site)
{
	return clash_read(c, "the site file", path) &&
	       (!site->endpoints ||
		clash_read(c, "the endpoints", site->endpoints->path)) &&
	       (!site->tags ||
		clash_read(c, "the service tags", site->tags->path));
}

void clash_free(struct clash *c)
{
	for (unsigned i = 0; i < c->count; i++)
		free(c->file[i].real);
	*c = (struct clash){0};
}
