/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A packet socket whose interface went away, and came back
 */
#ifndef CAPTURE_REBIND_H
#define CAPTURE_REBIND_H

#include <stdbool.h>
#include <stdint.h>

/** enum rebound - What came of it */
enum rebound {
	REBIND_DONE,
	REBIND_NOT_YET, /* there is no such interface, or it is down */
	REBIND_OTHER,	/* it has frames of another kind now */
	REBIND_REFUSED, /* errno */
};

/**
 * rebind_kind() - The kind of an interface's frames, ARPHRD_*
 * @fd:		Any socket
 *
 * Return: -1 if there is no such interface
 */
int rebind_kind(int fd, const char *name);

/**
 * rebind() - Bind a packet socket to the interface that has the name now
 * @fd:		Packet socket; filter and ring stay
 * @name:	Interface
 * @kind:	What rebind_kind() said when the socket was made
 */
enum rebound rebind(int fd, const char *name, int kind);

#endif /* CAPTURE_REBIND_H */
