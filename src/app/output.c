/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that is written whole or not at all
 *
 * What is written goes to a temporary file beside the destination, and takes
 * its name when it is complete.  A reader never finds half a report.
 */
#include "output.h"

#include <asymcap/host.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A device or a pipe cannot be replaced; it is written to as it is.  Nor may
 * the names of open files, which the superuser could replace: they are links,
 * often to a regular file.
 */
static bool is_special(const char *path)
{
	struct stat st;

	return !strcmp(path, "/dev/stdout") || !strcmp(path, "/dev/stderr") ||
	       !strncmp(path, "/dev/fd/", strlen("/dev/fd/")) ||
	       (!stat(path, &st) && !S_ISREG(st.st_mode));
}

static bool open_temporary(struct output *o)
{
	struct str name = {0};
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	str_add(&name, o->path);
	str_add(&name, ".XXXXXX");
	o->temporary = name.s;
	fd = mkstemp(o->temporary);
	if (fd < 0)
		return false;
	fchmod(fd, 0666 & ~mask);
	o->stream = fdopen(fd, "w");
	if (o->stream)
		return true;
	close(fd);
	unlink(o->temporary);
	return false;
}

bool output_open(struct output *o, const char *path)
{
	*o = (struct output){.stream = stdout, .path = path};
	if (!path || !strcmp(path, "-")) {
		o->path = NULL;
		return true;
	}
	o->stream = NULL;
	if (is_special(path))
		o->stream = fopen(path, "w");
	else
		open_temporary(o);
	if (o->stream)
		return true;
	log_error("%s: cannot write: %s", path, strerror(errno));
	free(o->temporary);
	o->temporary = NULL;
	return false;
}

bool output_confine(const struct output *o, struct confine_list *list)
{
	confine_allow(list, "/proc/self", CONFINE_READ);
	if (o->temporary)
		confine_allow(list, o->path, CONFINE_REPLACE);
	return confine(list, true);
}

bool output_open_confined(struct output *o, const char *path)
{
	struct confine_list nothing = {0};

	if (!output_open(o, path))
		return false;
	if (output_confine(o, &nothing))
		return true;
	output_drop(o);
	return false;
}

void output_drop(struct output *o)
{
	if (o->path)
		fclose(o->stream);
	if (o->temporary)
		unlink(o->temporary);
	free(o->temporary);
	o->temporary = NULL;
}

bool output_close(struct output *o, bool good)
{
	const char *name = o->path ? o->path : "standard output";

	if (fflush(o->stream) || ferror(o->stream))
		good = false;
	if (good && o->temporary && fsync(fileno(o->stream)))
		good = false;
	if (o->path && fclose(o->stream))
		good = false;
	if (good && o->temporary && rename(o->temporary, o->path))
		good = false;
	if (!good) {
		log_error("%s: cannot write: %s", name,
			  errno ? strerror(errno) : "unknown error");
		if (o->temporary)
			unlink(o->temporary);
	}
	free(o->temporary);
	o->temporary = NULL;
	return good;
}
