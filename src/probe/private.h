/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * private: what the files of probe share
 */
#ifndef PROBE_PRIVATE_H
#define PROBE_PRIVATE_H

#include <asymcap/probe.h>

#include <sys/socket.h>

/**
 * probe_to_sockaddr() - Address and port as the kernel wants them
 * @a:		Address
 * @port:	Host byte order
 * @to:		Result
 *
 * Return: its size
 */
socklen_t probe_to_sockaddr(const struct addr *a, uint16_t port,
			    struct sockaddr_storage *to);

/** probe_from_sockaddr() - The other way round */
void probe_from_sockaddr(const struct sockaddr *from, struct addr *a,
			 uint16_t *port);

/** probe_bind_interface() - SO_BINDTODEVICE; 0, or -1 and errno */
int probe_bind_interface(int fd, const char *interface);

/**
 * probe_open_raw() - A socket that sends packets with their IP header
 *
 * Return: descriptor, or -1 and errno
 */
int probe_open_raw(int family, const char *interface);

/**
 * probe_open_ear() - A socket that hears SYNs that leave, and SYN-ACK, RST and
 *		      ICMP errors that are for this host
 *
 * Return: descriptor that does not block, or -1 and errno
 */
int probe_open_ear(void);

/**
 * probe_hear() - The next packet of the ear
 * @fd:		Descriptor
 * @buf, @size:	Where to
 * @f:		Result, LINK_RAW; time is the kernel's
 * @outgoing:	Result
 *
 * Return: false if there is none
 */
bool probe_hear(int fd, uint8_t *buf, size_t size, struct frame *f,
		bool *outgoing);

/**
 * probe_reserve() - A TCP socket bound to the source of an attempt
 * @a:		Attempt; @a->sport is filled in if 0
 * @interface:	Or NULL
 *
 * Return: descriptor that does not block, or -1 and errno
 */
int probe_reserve(struct probe_attempt *a, const char *interface);

#endif /* PROBE_PRIVATE_H */
