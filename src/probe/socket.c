/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * socket: what sends, and what hears
 *
 * DOC: Theory of operation
 *
 * A SYN is sent as a raw packet from a port that a TCP socket is bound to:
 * nobody else on this host gets the port meanwhile, and since that socket
 * neither listens nor connects, the kernel answers the SYN-ACK with one RST.
 * That RST is wanted.  It is the close: it takes the half-open connection away
 * at the target and in each firewall on the way, at once, and the target's
 * program never hears of it.  To suppress it would leave them waiting and the
 * target sending its SYN-ACK again and again.
 *
 * What comes back is heard on a packet socket, since only that shows SYN, RST
 * and ICMP of both IP versions with the time at which the kernel had them, and
 * what leaves as well.  A filter lets through what is for this host: on its
 * mirrored ports everything is for somebody else.
 */
#include "private.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#define EAR_BUFFER (4 << 20)

socklen_t probe_to_sockaddr(const struct addr *a, uint16_t port,
			    struct sockaddr_storage *to)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
	struct sockaddr_in *four = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	if (addr_is_v4(a)) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		memcpy(&four->sin_addr, a->b + 12, 4);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	memcpy(&six->sin6_addr, a->b, 16);
	return sizeof(*six);
}

void probe_from_sockaddr(const struct sockaddr *from, struct addr *a,
			 uint16_t *port)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	if (from->sa_family == AF_INET) {
		memcpy(&four, from, sizeof(four));
		*a = addr_from_v4((const uint8_t *)&four.sin_addr);
		*port = ntohs(four.sin_port);
		return;
	}
	memcpy(&six, from, sizeof(six));
	memcpy(a->b, &six.sin6_addr, sizeof(a->b));
	*port = ntohs(six.sin6_port);
}

int probe_bind_interface(int fd, const char *interface)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
			  (socklen_t)strlen(interface));
}

int probe_open_raw(int family, const char *interface)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			IPPROTO_RAW);

	if (fd >= 0 && interface && probe_bind_interface(fd, interface)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Offsets are from the IP header on. */
#define PKTTYPE (SKF_AD_OFF + SKF_AD_PKTTYPE)
static const struct sock_filter ear[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)PKTTYPE),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 16),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 6),
	/* IPv4: TCP with SYN or RST; ICMP */
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 10, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 10),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_IND, 13),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_SYN | TCP_RST, 6, 7),
	/* IPv6: the same */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 6),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 3, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 40 + 13),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_SYN | TCP_RST, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

int probe_open_ear(void)
{
	struct sock_filter filter[ARRAY_SIZE(ear)];
	const struct sock_fprog program = {
		.len = ARRAY_SIZE(ear),
		.filter = filter,
	};
	int fd, on = 1, size = EAR_BUFFER;

	memcpy(filter, ear, sizeof(filter));
	/* Protocol 0 hears nothing: not before the filter is there. */
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			sizeof(program)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) &&
	    !bind(fd,
		  (const struct sockaddr *)&(struct sockaddr_ll){
			  .sll_family = AF_PACKET,
			  .sll_protocol = htons(ETH_P_ALL),
		  },
		  sizeof(struct sockaddr_ll)))
		return fd;
	close(fd);
	return -1;
}

bool probe_hear(int fd, uint8_t *buf, size_t size, struct frame *f,
		bool *outgoing)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct sockaddr_ll from = {0};
	struct iovec io = {buf, size};
	struct msghdr m = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &m, MSG_TRUNC);
	struct timespec t = {0};

	if (n < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&t, CMSG_DATA(c), sizeof(t));
	}
	*f = (struct frame){
		.time.ns = t.tv_sec * NSEC_PER_SEC + t.tv_nsec,
		.data = buf,
		.caplen = (uint32_t)((size_t)n < size ? (size_t)n : size),
		.len = (uint32_t)n,
		.link_type = LINK_RAW,
	};
	*outgoing = from.sll_pkttype == PACKET_OUTGOING;
	return true;
}

int probe_reserve(struct probe_attempt *a, const char *interface)
{
	struct sockaddr_storage at;
	socklen_t size = probe_to_sockaddr(&a->src, a->sport, &at);
	int fd = socket(at.ss_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if ((interface && probe_bind_interface(fd, interface)) ||
	    bind(fd, (struct sockaddr *)&at, size))
		goto fail;
	size = sizeof(at);
	if (getsockname(fd, (struct sockaddr *)&at, &size))
		goto fail;
	probe_from_sockaddr((struct sockaddr *)&at, &(struct addr){0},
			    &a->sport);
	return fd;
fail:
	close(fd);
	return -1;
}
