/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paths that are still needed, and who may use them
 */
#include "private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/")
			     : xstrndup(path, (size_t)(slash - path));
}

/* Who may write to /dev/null shall not write to the disks beside it. */
bool path_by_folder(const struct confine_path *p)
{
	struct stat st;

	return p->access != CONFINE_READ &&
	       (stat(p->path, &st) || S_ISREG(st.st_mode));
}

static bool may(const char *path, int how)
{
	return !faccessat(AT_FDCWD, path, how, AT_EACCESS);
}

/* In a sticky folder only the owner of a file may replace it. */
static bool may_replace(const char *folder, const char *path)
{
	struct stat in, st;

	return stat(folder, &in) || !(in.st_mode & S_ISVTX) ||
	       lstat(path, &st) || st.st_uid == geteuid() ||
	       in.st_uid == geteuid();
}

bool path_usable(const struct confine_path *p)
{
	bool writes =
		p->access == CONFINE_APPEND || p->access == CONFINE_REPLACE;
	char *folder;
	bool usable;

	if (!writes || !path_by_folder(p))
		return may(p->path, writes ? W_OK : R_OK);
	folder = path_folder(p->path);
	usable = may(folder, W_OK | X_OK);
	if (p->access == CONFINE_REPLACE)
		usable = usable && may_replace(folder, p->path);
	free(folder);
	return usable;
}
