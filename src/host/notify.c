/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * notify: what the manager of services wants to hear
 *
 * DOC: Theory of operation
 *
 * systemd leaves the name of a datagram socket in the environment of a
 * service, and reads assignments from it: READY=1 when it works, WATCHDOG=1
 * as a sign of life, RELOADING=1, STOPPING=1, STATUS= for people.  The
 * protocol is documented in sd_notify(3) to be spoken without a library.
 *
 * The socket is connected at once and stays so: afterwards the process may
 * have no right to find it.  It never blocks for long, since no manager may
 * stop what is watched.
 */
#include <asymcap/host.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_US (100 * 1000)

/* A path, or '@' and an abstract name.  Return: its length, 0 if it is none */
static socklen_t address_of(const char *name, struct sockaddr_un *a)
{
	size_t n = strlen(name);

	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	if ((name[0] != '/' && name[0] != '@') || n < 2 ||
	    n >= sizeof(a->sun_path))
		return 0;
	memcpy(a->sun_path, name, n);
	if (name[0] == '@')
		a->sun_path[0] = '\0';
	else
		n++; /* a path ends with a NUL, an abstract name does not */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

static int connect_to(const char *name)
{
	const struct timeval wait = {.tv_usec = WAIT_US};
	struct sockaddr_un address;
	socklen_t size = address_of(name, &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	errno = EINVAL;
	if (size && !connect(fd, (const struct sockaddr *)&address, size))
		return fd;
	close(fd);
	return -1;
}

/* Microseconds to ns; 0 where it is no number, or meant for another process. */
static int64_t watchdog_of(const char *usec, const char *pid)
{
	unsigned long long n;
	char *end;

	if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	errno = 0;
	n = strtoull(usec, &end, 10);
	if (errno || *end || end == usec || usec[0] == '-' ||
	    n > INT64_MAX / NSEC_PER_USEC)
		return 0;
	return (int64_t)n * NSEC_PER_USEC;
}

void notify_open(struct notify *n)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*n = (struct notify){.fd = -1};
	if (name && *name) {
		n->fd = connect_to(name);
		if (n->fd < 0)
			log_warn("NOTIFY_SOCKET=%s: %s", name, strerror(errno));
		n->every = watchdog_of(getenv("WATCHDOG_USEC"),
				       getenv("WATCHDOG_PID"));
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static bool put(const struct notify *n, const char *state, int flags)
{
	ssize_t done;

	do {
		done = send(n->fd, state, strlen(state), MSG_NOSIGNAL | flags);
	} while (done < 0 && errno == EINTR);
	return done >= 0;
}

void notify_say(struct notify *n, const char *state)
{
	if (n->fd >= 0 && !put(n, state, 0))
		log_info("the manager of services does not hear: %s",
			 strerror(errno));
}

void notify_alive(struct notify *n, int64_t now)
{
	if (n->fd < 0 || !n->every || now - n->alive < n->every / 2)
		return;
	/* Where there is no room it is tried again at the next turn. */
	if (put(n, "WATCHDOG=1", MSG_DONTWAIT))
		n->alive = now;
}

void notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}
