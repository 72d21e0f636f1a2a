/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rebind: an interface that returns, without a privilege
 *
 * DOC: Theory of operation
 *
 * A packet socket takes CAP_NET_RAW to be made, and none to be bound.  When
 * its interface is deleted the kernel unbinds it, and no more: ring, filter
 * and counters are still there.  So the socket is kept, and bound to the
 * interface that has the name by then; membership in promiscuous mode went
 * with the old interface and is asked for again.  Thus nothing needs to be
 * kept that could open another socket.
 *
 * What libpcap knows of the frames is what it was told when it opened the
 * handle, so the new interface must have frames of the same kind.
 */
#include "rebind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static bool ask(int fd, unsigned long what, const char *name, struct ifreq *r)
{
	*r = (struct ifreq){0};
	snprintf(r->ifr_name, sizeof(r->ifr_name), "%s", name);
	return !ioctl(fd, what, r);
}

int rebind_kind(int fd, const char *name)
{
	struct ifreq r;

	return ask(fd, SIOCGIFHWADDR, name, &r) ? r.ifr_hwaddr.sa_family : -1;
}

enum rebound rebind(int fd, const char *name, int kind)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	struct packet_mreq promiscuous = {.mr_type = PACKET_MR_PROMISC};
	socklen_t size = sizeof(int);
	struct ifreq r;
	int error;

	if (!ask(fd, SIOCGIFFLAGS, name, &r) || !(r.ifr_flags & IFF_UP))
		return REBIND_NOT_YET;
	if (rebind_kind(fd, name) != kind)
		return REBIND_OTHER;
	if (!ask(fd, SIOCGIFINDEX, name, &r))
		return REBIND_NOT_YET;
	address.sll_ifindex = promiscuous.mr_ifindex = r.ifr_ifindex;
	/* What is still pending is about the old interface. */
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)) &&
	    !setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
			sizeof(promiscuous)))
		return REBIND_DONE;
	return errno == ENODEV || errno == ENXIO ? REBIND_NOT_YET
						 : REBIND_REFUSED;
}
