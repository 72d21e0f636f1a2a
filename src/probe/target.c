/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target: who is asked, and where the question would leave from
 */
#include <asymcap/probe.h>

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "private.h"

#define HEADERS_4 40 /* IP and TCP without options: what an MSS leaves out */
#define HEADERS_6 60

bool probe_split(const char *text, char **host, uint16_t *port)
{
	const char *colon = strrchr(text, ':'), *end = colon;
	unsigned long n;
	char *rest;

	*host = NULL;
	if (!colon || colon == text || colon[1] < '0' || colon[1] > '9')
		return false;
	errno = 0;
	n = strtoul(colon + 1, &rest, 10);
	if (errno || *rest || !n || n > UINT16_MAX)
		return false;
	if (*text == '[') {
		if (*--end != ']' || end == ++text)
			return false;
	} else if (memchr(text, ':', (size_t)(colon - text))) {
		return false; /* which colon is meant? */
	}
	*host = xstrndup(text, (size_t)(end - text));
	*port = (uint16_t)n;
	return true;
}

bool probe_resolve(const char *host, int family, struct addr *addr,
		   struct str *why)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	uint16_t port;
	int status = getaddrinfo(host, NULL, &hints, &found);

	if (status) {
		str_addf(why, "cannot be resolved: %s",
			 status == EAI_SYSTEM ? strerror(errno)
					      : gai_strerror(status));
		return false;
	}
	probe_from_sockaddr(found->ai_addr, addr, &port);
	freeaddrinfo(found);
	return true;
}

const char *probe_forbidden(const struct addr *a)
{
	switch (addr_scope(a)) {
	case ADDR_MULTICAST:
		return "is a multicast or broadcast address, which is never "
		       "probed";
	case ADDR_UNSPECIFIED:
		return "is an unspecified address, which is never probed";
	case ADDR_LINK_LOCAL:
		return "is a link-local address, which no circuit carries";
	default:
		return NULL;
	}
}

static void tell_no_route(struct str *why, enum probe_way way, int error)
{
	if (way == PROBE_WAY_BROADCAST) {
		str_add(why, "is a broadcast address, which is never probed");
		return;
	}
	switch (error) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EACCES: /* as routes of the kinds prohibit */
	case EINVAL: /* and blackhole have it */
		str_add(why, "there is no route to it from this host");
		break;
	case EADDRNOTAVAIL:
		str_add(why, "the source is no address of this host");
		break;
	case ENODEV:
		str_add(why, "there is no such interface to leave by");
		break;
	default:
		str_add(why, strerror(error));
	}
}

/* Return: 0, or errno. */
static int ask_route(int fd, struct probe_attempt *a, const char *interface)
{
	const bool v4 = addr_is_v4(&a->dst);
	static const struct addr none;
	struct sockaddr_storage to, from;
	socklen_t size = sizeof(from);
	uint16_t port;
	int mtu = 0;

	if (interface && probe_bind_interface(fd, interface))
		return errno;
	if (addr_cmp(&a->src, &none)) {
		socklen_t n = probe_to_sockaddr(&a->src, 0, &from);

		if (bind(fd, (struct sockaddr *)&from, n))
			return errno;
	}
	if (connect(fd, (struct sockaddr *)&to,
		    probe_to_sockaddr(&a->dst, a->dport, &to)))
		return errno;
	if (getsockname(fd, (struct sockaddr *)&from, &size))
		return errno;
	probe_from_sockaddr((struct sockaddr *)&from, &a->src, &port);
	size = sizeof(mtu);
	if (getsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		       v4 ? IP_MTU : IPV6_MTU, &mtu, &size))
		return errno;
	mtu -= v4 ? HEADERS_4 : HEADERS_6;
	a->mss = (uint16_t)(mtu < 0 || mtu > UINT16_MAX ? UINT16_MAX : mtu);
	return 0;
}

/* A broadcast address is denied until one says that it is meant, others for
 * ever: EACCES is that of a route, too.
 */
static bool is_broadcast(int fd, const struct probe_attempt *a)
{
	struct sockaddr_storage to;
	socklen_t size = probe_to_sockaddr(&a->dst, a->dport, &to);
	int on = 1;

	return !setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) &&
	       !connect(fd, (struct sockaddr *)&to, size);
}

enum probe_way probe_route(struct probe_attempt *a, const char *interface,
			   struct str *why)
{
	enum probe_way way = PROBE_WAY_FOUND;
	static const struct addr none;
	int fd, error;

	if (addr_cmp(&a->src, &none) &&
	    addr_is_v4(&a->src) != addr_is_v4(&a->dst)) {
		str_add(why, "the source is of the other IP version");
		return PROBE_WAY_NONE;
	}
	fd = socket(addr_is_v4(&a->dst) ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_CLOEXEC, 0);
	error = fd < 0 ? errno : ask_route(fd, a, interface);
	if (error)
		way = error == EACCES && is_broadcast(fd, a)
			      ? PROBE_WAY_BROADCAST
			      : PROBE_WAY_NONE;
	if (fd >= 0)
		close(fd);
	if (error)
		tell_no_route(why, way, error);
	return way;
}

bool probe_own_address(bool (*fits)(void *arg, const struct addr *a), void *arg,
		       struct addr *addr)
{
	struct ifaddrs *list = NULL;
	bool found = false;
	uint16_t port;

	if (getifaddrs(&list))
		return false;
	for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
		if (!i->ifa_addr || (i->ifa_addr->sa_family != AF_INET &&
				     i->ifa_addr->sa_family != AF_INET6))
			continue;
		probe_from_sockaddr(i->ifa_addr, addr, &port);
		found = fits(arg, addr);
	}
	freeifaddrs(list);
	return found;
}

bool probe_take_port(struct probe_attempt *a)
{
	int fd = probe_reserve(a, NULL);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}
