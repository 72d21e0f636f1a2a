/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * confine: nothing is kept that is not needed any more
 *
 * DOC: Theory of operation
 *
 * What is parsed here comes from whoever can send a packet past a mirror.  So
 * by the time of the first packet everything is open that needs a privilege,
 * and the process gives up the rest: all capabilities of every set, for good
 * (no-new-privileges), and the file system but for the paths of a list
 * (Landlock, where the kernel has it).  No capability is kept for later: an
 * interface that returns is bound to the socket that is still there
 * (capture/rebind.c), which needs none.
 *
 * Who runs this as root stays root by name, since a new log file would
 * otherwise belong to nobody who may rotate it.  Without capabilities root is
 * a user like any other, who may not write to the folder of somebody else.
 * Where that is lost for a log it is told.  A report that is to take its name
 * after hours must not fail for that: then, and only then, the two
 * capabilities that override owners are kept, in one folder.
 *
 * All of that belongs to a thread and is inherited by those it starts, so it
 * must be done before there is a second one.
 *
 * libcap-ng is met in this file alone, Landlock in landlock.c.
 */
#include <asymcap/host.h>

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "private.h"

void confine_allow(struct confine_list *list, const char *path,
		   enum confine_access access)
{
	if (!path || !strcmp(path, "-"))
		return;
	list->path = xrealloc(list->path, list->count + 1, sizeof(*list->path));
	list->path[list->count++] = (struct confine_path){
		.path = path,
		.access = access,
	};
}

/* Those that let the superuser write to the folder of somebody else */
static const unsigned overrides[] = {CAP_DAC_OVERRIDE, CAP_FOWNER};

/* Keep @permitted of the overrides for later, all else is gone at once. */
static bool keep_overrides(bool permitted, bool effective)
{
	if (capng_get_caps_process())
		return false;
	capng_clear(CAPNG_SELECT_AMBIENT);
	capng_apply(CAPNG_SELECT_AMBIENT);
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++) {
		bool keep = false;

		for (size_t i = 0; i < ARRAY_SIZE(overrides); i++)
			keep |= c == overrides[i];
		keep &= capng_have_capability(CAPNG_PERMITTED, c);
		capng_update(CAPNG_DROP, CAPNG_INHERITABLE, c);
		capng_update(keep && permitted ? CAPNG_ADD : CAPNG_DROP,
			     CAPNG_PERMITTED, c);
		capng_update(keep && effective ? CAPNG_ADD : CAPNG_DROP,
			     CAPNG_EFFECTIVE, c);
	}
	return !capng_apply(CAPNG_SELECT_CAPS);
}

/* What counts is what the kernel says. */
static bool have_none(void)
{
	return !capng_get_caps_process() &&
	       capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE &&
	       capng_have_permitted_capabilities() == CAPNG_NONE;
}

/* The bounding set needs a capability to be emptied, and is worth nothing
 * where no other set has one and none can be gained.
 */
static void drop_bounds(void)
{
	if (capng_get_caps_process() ||
	    !capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		return;
	capng_clear(CAPNG_SELECT_BOUNDS);
	capng_apply(CAPNG_SELECT_BOUNDS);
}

/* What was usable and is no more: return whether that must not be. */
static bool regret(const struct confine_list *list)
{
	bool badly = false;

	for (size_t i = 0; i < list->count; i++) {
		const struct confine_path *p = &list->path[i];

		if (!p->usable || path_usable(p))
			continue;
		badly |= p->access == CONFINE_REPLACE;
		if (p->access != CONFINE_REPLACE)
			log_warn("%s: cannot be opened again later: it "
				 "belongs to somebody else, and the "
				 "superuser's privileges are given up now",
				 p->path);
	}
	return badly;
}

static bool drop_capabilities(struct confine_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		list->path[i].usable = path_usable(&list->path[i]);
	drop_bounds();
	if (!keep_overrides(true, false))
		return false;
	if (regret(list)) {
		log_info("CAP_DAC_OVERRIDE and CAP_FOWNER are kept, to write "
			 "to the folder of somebody else");
		return keep_overrides(true, true);
	}
	return keep_overrides(false, false) && have_none();
}

static bool only_thread(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *e;
	unsigned n = 0;

	if (!tasks)
		return true;
	while ((e = readdir(tasks)))
		n += e->d_name[0] != '.';
	closedir(tasks);
	return n <= 1;
}

static bool give_up(struct confine_list *list, bool quiet)
{
	const char *lacks;

	if (!only_thread()) {
		log_error("threads are running that would keep their "
			  "privileges");
		return false;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    !drop_capabilities(list)) {
		log_error("cannot give up privileges: %s", strerror(errno));
		return false;
	}
	lacks = landlock_restrict(list);
	if (lacks && quiet)
		log_info("the file system stays open: %s", lacks);
	else if (lacks)
		log_warn("the file system stays open to this process: %s",
			 lacks);
	log_info("privileges are given up%s",
		 lacks ? "" : ", and the file system but for what is needed");
	return true;
}

bool confine(struct confine_list *list, bool quiet)
{
	bool done = give_up(list, quiet);

	free(list->path);
	*list = (struct confine_list){0};
	return done;
}
