/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host: what the process asks of the machine that it runs on
 *
 * To be confined to what it still needs, and to be looked after by the
 * manager of services.  Knows no packet and no site.
 */
#ifndef ASYMCAP_HOST_H
#define ASYMCAP_HOST_H

#include <asymcap/base.h>

/* --------------------------------------------------------------- confine */

/** enum confine_access - What may still be done with a path */
enum confine_access {
	CONFINE_READ,	     /* read it, and all that is below it */
	CONFINE_READ_BESIDE, /* read what its folder holds: it may be replaced */
	CONFINE_APPEND,	     /* make and write files in its folder */
	CONFINE_REPLACE,     /* also rename them and take them away; this must
			      * not fail where it would not have before */
};

/**
 * struct confine_path - A path that is still needed
 * @path:	Borrowed.  Where it is a device, a pipe or a socket, only itself
 *		is meant, and never its folder.
 * @access:	What for
 * @usable:	Whether that was possible when confine() was called
 */
struct confine_path {
	const char *path;
	enum confine_access access;
	bool usable;
};

/**
 * struct confine_list - All that is still needed; zeroed: nothing is
 * @ports:	TCP ports are still bound and connected to
 */
struct confine_list {
	struct confine_path *path;
	size_t count;
	bool ports;
};

/**
 * confine_allow() - Add a path
 * @path:	Borrowed until confine(); NULL and "-" add nothing
 */
void confine_allow(struct confine_list *list, const char *path,
		   enum confine_access access);

/**
 * confine() - Give up every privilege and all of the file system but a list
 * @list:	What is still needed; paths that are not there are passed over;
 *		empty afterwards
 * @quiet:	Say what the kernel lacks only where the log lets
 *		informational lines through; else it is a warning
 *
 * No capability is left, but for those that a superuser needs to REPLACE in
 * the folder of somebody else; none can be gained.  Where the kernel has
 * Landlock no other path can be opened, no program started and, unless it is
 * listed, no TCP port bound or connected to.  What is open stays open.  For the calling thread and those
 * that it starts from now on: to be called while it is the only one.
 *
 * Return: false after a line on standard error, if privileges are left
 */
bool confine(struct confine_list *list, bool quiet);

/* ---------------------------------------------------------------- notify */

/**
 * struct notify - The manager of services, if it wants to hear
 * @fd:		Connected datagram socket, or -1
 * @every:	It wants a sign of life so often, ns; 0: it does not
 * @alive:	When it got the last one, by clock_monotonic()
 */
struct notify {
	int fd;
	int64_t every;
	int64_t alive;
};

/**
 * notify_open() - Connect to who started this process, as the environment says
 * @n:		Result; where nobody wants to hear, all that follows does nothing
 *
 * The variables are removed from the environment.  To be called before
 * confine(), which would hide the socket.
 */
void notify_open(struct notify *n);

/**
 * notify_say() - Say assignments, one a line, as sd_notify(3) has them
 *
 * Waits a tenth of a second at most; what does not get through is told with -v.
 */
void notify_say(struct notify *n, const char *state);

/**
 * notify_alive() - The main loop turns
 * @now:	clock_monotonic()
 *
 * Says so if half of the time has gone that the manager would wait for it.
 */
void notify_alive(struct notify *n, int64_t now);

/** notify_close() - The rest is silence */
void notify_close(struct notify *n);

#endif /* ASYMCAP_HOST_H */
