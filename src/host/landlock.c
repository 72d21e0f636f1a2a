/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Landlock by its system calls: libc has no functions for them
 *
 * DOC: Theory of operation
 *
 * A ruleset names the rights that are taken away, and rules give some of them
 * back below a path.  The kernel says which version of this it has; each
 * brought more rights, and a right that it does not know is an error.  So the
 * rights are asked for by version: a new kernel closes more than an old one.
 * What those of Debian 12's headers do not have is defined here.
 *
 * A rule on a file is one on that very file.  One that is replaced by another
 * (an editor does that, and log rotation) would be lost, so what may be
 * replaced has a rule on its folder.
 */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FS_TRUNCATE  (1ULL << 14) /* version 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* 5 */
#define NET_TCP	     3ULL	  /* 4: bind and connect */
#define SCOPES	     3ULL	  /* 6: abstract sockets and signals */

/* All of the first version: bits 0 to 12. */
#define FS_FIRST ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

#define FS_READ	  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_APPEND (LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

/* Rights that a rule on what is no folder may give. */
#define FS_OF_FILES                                                            \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
	 FS_TRUNCATE | FS_IOCTL_DEV)

/** struct ruleset - As the newest kernel knows it; older ones get less of it */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

static const uint64_t rights[] = {
	[CONFINE_READ] = FS_READ,
	[CONFINE_READ_BESIDE] = FS_READ,
	[CONFINE_APPEND] = FS_APPEND | LANDLOCK_ACCESS_FS_MAKE_REG,
	[CONFINE_REPLACE] = FS_APPEND | LANDLOCK_ACCESS_FS_MAKE_REG |
			    LANDLOCK_ACCESS_FS_REMOVE_FILE,
};
static_assert(ARRAY_SIZE(rights) == CONFINE_REPLACE + 1,
	      "rights for every access");

/* Return how much of the structure that version knows, in bytes. */
static size_t ruleset_of(long version, struct ruleset *r)
{
	*r = (struct ruleset){.fs = FS_FIRST};
	if (version >= 2)
		r->fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		r->fs |= FS_TRUNCATE;
	if (version < 4)
		return sizeof(r->fs);
	r->net = NET_TCP;
	if (version >= 5)
		r->fs |= FS_IOCTL_DEV;
	if (version < 6)
		return sizeof(r->fs) + sizeof(r->net);
	r->scoped = SCOPES;
	return sizeof(*r);
}

static void allow_path(int ruleset, uint64_t wanted, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {
		.allowed_access = wanted,
		.parent_fd = fd,
	};
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_FILES;
	if (fd < 0 || syscall(SYS_landlock_add_rule, ruleset,
			      LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		log_info("%s: stays closed: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void allow_folder(int ruleset, uint64_t wanted, const char *path)
{
	char *folder = path_folder(path);

	allow_path(ruleset, wanted, folder);
	free(folder);
}

static void allow(int ruleset, uint64_t handled, const struct confine_path *p)
{
	uint64_t wanted = rights[p->access] & handled;
	char *real;

	if (!path_by_folder(p)) {
		allow_path(ruleset, wanted, p->path);
		return;
	}
	/* Of a symbolic link, either end may be replaced. */
	allow_folder(ruleset, wanted, p->path);
	real = realpath(p->path, NULL);
	if (real)
		allow_folder(ruleset, wanted, real);
	free(real);
}

static const char *reason(int error)
{
	switch (error) {
	case ENOSYS:
		return "this kernel has no Landlock";
	case EOPNOTSUPP:
		return "Landlock is not enabled in this kernel";
	default:
		return strerror(error);
	}
}

const char *landlock_restrict(const struct confine_list *list)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset r;
	size_t size;
	int fd, error = 0;

	if (version < 1)
		return reason(errno);
	size = ruleset_of(version, &r);
	if (list->ports)
		r.net = 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return reason(errno);
	for (size_t i = 0; i < list->count; i++)
		allow(fd, r.fs, &list->path[i]);
	if (syscall(SYS_landlock_restrict_self, fd, 0))
		error = errno;
	close(fd);
	log_debug("Landlock has version %ld", version);
	return error ? reason(error) : NULL;
}
