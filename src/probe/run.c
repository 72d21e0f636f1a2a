/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run: attempts are begun, sent again, answered and given up
 *
 * DOC: Theory of operation
 *
 * One loop, one thread: what is due is sent, as fast as the pace allows, and
 * what comes is heard until the next thing is due.  An attempt holds a socket
 * from its first SYN until it is over, so that its source port is nobody
 * else's; another one that is to have that port waits for it.  The pace counts every SYN, retransmissions, too; those of connect()
 * are the kernel's, which may send one each second, so each connect() counts as
 * all that it may send.
 */
#include "private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLICE	   (100 * NSEC_PER_MSEC) /* probe_stop() is noticed after it */
#define HEARD_MAX  2048
#define PORT_DRAWS 16
#define PORT_WAIT  (250 * NSEC_PER_MSEC)

/**
 * struct probe - A run
 * @raw:	By IP version: 0 is IPv4; -1 if there is none
 * @ear:	-1 if there is none
 * @fds, @which: For poll(), and which attempt each but the first is of
 */
struct probe {
	struct probe_how how;
	struct probe_packets *packets;
	struct probe_replies *replies;
	struct probe_attempt *a;
	size_t count;
	struct probe_pace pace;
	int raw[2];
	int ear;
	struct pollfd *fds;
	size_t *which;
	volatile sig_atomic_t stop;
};

static void tell_refusal(struct str *why, const char *what, int error)
{
	if (error == EPERM || error == EACCES)
		str_addf(why,
			 "no permission to %s: CAP_NET_RAW is needed; run "
			 "as root, or once: setcap cap_net_raw=ep "
			 "\"$(command -v asymcap)\"",
			 what);
	else
		str_addf(why, "cannot %s: %s", what, strerror(error));
}

static bool open_raw(struct probe *p, struct str *why)
{
	static const int family[2] = {AF_INET, AF_INET6};

	for (unsigned i = 0; i < 2; i++) {
		p->raw[i] = probe_open_raw(family[i], p->how.interface);
		/* A host without IPv6 may still probe. */
		if (p->raw[i] >= 0 || errno == EAFNOSUPPORT)
			continue;
		tell_refusal(why, "send", errno);
		return false;
	}
	p->packets = probe_packets_new();
	if (!p->packets)
		str_add(why, "libnet cannot begin");
	return p->packets;
}

struct probe *probe_open(const struct probe_how *how, struct str *why)
{
	struct probe *p = xcalloc(1, sizeof(*p));

	p->how = *how;
	p->raw[0] = p->raw[1] = -1;
	p->pace.gap = NSEC_PER_SEC / how->rate;
	if (how->connect)
		p->pace.gap *= (1 << how->tries) - 1;
	p->ear = probe_open_ear();
	if (how->connect)
		return p; /* the kernel hears for us */
	if (p->ear < 0)
		tell_refusal(why, "hear answers", errno);
	else if (open_raw(p, why))
		return p;
	probe_close(p);
	return NULL;
}

void probe_close(struct probe *p)
{
	for (unsigned i = 0; i < 2; i++) {
		if (p->raw[i] >= 0)
			close(p->raw[i]);
	}
	if (p->ear >= 0)
		close(p->ear);
	probe_packets_free(p->packets);
	free(p);
}

void probe_stop(struct probe *p)
{
	p->stop = 1;
}

/* ----------------------------------------------------------------- sending */

static struct timestamp wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct timestamp){t.tv_sec * NSEC_PER_SEC + t.tv_nsec};
}

static void end(const struct probe *p, struct probe_attempt *a)
{
	bool begun = a->sent || a->error || a->answer;

	if (a->socket >= 0)
		close(a->socket);
	a->socket = -1;
	a->over = true;
	if (a->trace)
		probe_trace_finish(a);
	if (p->how.told && begun)
		p->how.told(p->how.arg, a);
}

/* Return: 0, or errno */
static int send_raw(struct probe *p, struct probe_attempt *a, unsigned n)
{
	bool v4 = addr_is_v4(&a->dst);
	uint8_t packet[PROBE_PACKET_MAX];
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {0};
	struct sockaddr_storage to;
	struct iovec io = {packet, probe_packet(p->packets, a, n, packet)};
	struct msghdr m = {
		.msg_name = &to,
		.msg_namelen = probe_to_sockaddr(&a->dst, 0, &to),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = v4 ? CMSG_SPACE(sizeof(struct in_pktinfo))
				     : sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct in6_pktinfo six = {0};
	struct in_pktinfo four = {0};

	if (!io.iov_len)
		return ENOMEM;
	/* Routes that depend on the source are to hear of it. */
	memcpy(&four.ipi_spec_dst, a->src.b + 12, 4);
	memcpy(&six.ipi6_addr, a->src.b, 16);
	c->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = v4 ? CMSG_LEN(sizeof(four)) : CMSG_LEN(sizeof(six));
	memcpy(CMSG_DATA(c), v4 ? (void *)&four : (void *)&six,
	       v4 ? sizeof(four) : sizeof(six));
	return sendmsg(p->raw[!v4], &m, 0) < 0 ? errno : 0;
}

static int begin_connect(struct probe *p, struct probe_attempt *a)
{
	int more = p->how.tries > 1 ? (int)p->how.tries - 1 : 1;
	struct sockaddr_storage to;
	socklen_t size = probe_to_sockaddr(&a->dst, a->dport, &to);

	setsockopt(a->socket, IPPROTO_TCP, TCP_SYNCNT, &more, sizeof(more));
	a->isn_known = false;
	a->due += probe_backoff(p->how.tries);
	if (connect(a->socket, (struct sockaddr *)&to, size) &&
	    errno != EINPROGRESS)
		return errno;
	return 0;
}

/*
 * Return: 0, or errno
 *
 * The kernel may choose a port that an attempt had which is over by now: then
 * it would be no new flow.  A few tries find another one.
 */
static int begin(struct probe *p, struct probe_attempt *a)
{
	bool any = !a->sport;

	for (unsigned n = 0; n < PORT_DRAWS; n++) {
		if (any)
			a->sport = 0;
		if (a->socket >= 0)
			close(a->socket);
		a->socket = probe_reserve(a, p->how.interface);
		if (a->socket < 0)
			return errno;
		if (!any || !probe_replies_has(p->replies, a))
			break;
	}
	probe_replies_add(p->replies, (size_t)(a - p->a));
	return 0;
}

static int send_next(struct probe *p, struct probe_attempt *a, int64_t now)
{
	struct timestamp at = wall_clock();
	unsigned ttl = a->trace ? probe_next_hop(a, at) : 0;
	int error;

	error = send_raw(p, a, a->trace ? ttl : a->sent);
	if (error)
		return error;
	if (a->trace) {
		a->hop[ttl - 1].tries++;
		a->hop[ttl - 1].sent = at;
		if (!a->sent)
			a->sent_at[0] = at;
		a->due = now;
	} else {
		int64_t next =
			probe_backoff(a->sent + 1) - probe_backoff(a->sent);

		a->sent_at[a->sent] = at;
		a->due = now + next;
	}
	a->sent++;
	return 0;
}

/* What is due for one attempt, whose time has come. */
static void step(struct probe *p, struct probe_attempt *a, int64_t now)
{
	int error = 0;

	if (a->socket < 0) {
		a->due = now;
		error = begin(p, a);
		if (!error && p->how.connect)
			error = begin_connect(p, a);
		if (error || p->how.connect)
			goto out;
	}
	error = send_next(p, a, now);
out:
	if (!error)
		return;
	a->error = error;
	end(p, a);
}

/* Whether the next thing that it does is to send. */
static bool wants_to_send(const struct probe *p, const struct probe_attempt *a)
{
	if (a->socket < 0)
		return true;
	if (p->how.connect)
		return false;
	return a->trace ? probe_next_hop(a, wall_clock()) > 0
			: a->sent < p->how.tries;
}

/* A trace waits for the last answers, then looks whether some are missing. */
static bool waits_for_hops(struct probe_attempt *a, int64_t now)
{
	struct timestamp last = {0};

	for (unsigned i = 0; i < PROBE_HOPS; i++) {
		if (a->hop[i].tries && a->hop[i].sent.ns > last.ns)
			last = a->hop[i].sent;
	}
	if (wall_clock().ns - last.ns > PROBE_HOP_WAIT)
		return false;
	a->due = now + SLICE / 4;
	return true;
}

/* The attempt that is due first. */
static struct probe_attempt *first_due(struct probe *p)
{
	struct probe_attempt *first = NULL;

	for (size_t i = 0; i < p->count; i++) {
		struct probe_attempt *a = &p->a[i];

		if (!a->over && (!first || a->due < first->due))
			first = a;
	}
	return first;
}

/* Whether its source port is still that of another attempt. */
static bool waits_for_port(const struct probe *p, struct probe_attempt *a,
			   int64_t now)
{
	if (a->socket >= 0 || !a->sport)
		return false;
	for (size_t i = 0; i < p->count; i++) {
		const struct probe_attempt *b = &p->a[i];

		if (b->socket < 0 || b->sport != a->sport ||
		    addr_cmp(&b->src, &a->src))
			continue;
		a->due = now + PORT_WAIT;
		return true;
	}
	return false;
}

/* Do what is due. Return: when there is more to do, or 0 if all is over */
static int64_t work(struct probe *p, int64_t now)
{
	struct probe_attempt *a;

	while ((a = first_due(p)) && a->due <= now && !p->stop) {
		if (!wants_to_send(p, a)) {
			if (!a->trace || !waits_for_hops(a, now))
				end(p, a);
		} else if (waits_for_port(p, a, now)) {
			continue;
		} else if (probe_pace_take(&p->pace, now)) {
			step(p, a, now);
		} else {
			return p->pace.free_at;
		}
	}
	if (!a || p->stop)
		return 0;
	return a->due;
}

/* ----------------------------------------------------------------- hearing */

static void hear(struct probe *p)
{
	uint8_t buf[HEARD_MAX];
	struct frame f;
	bool outgoing;

	while (p->ear >= 0 &&
	       probe_hear(p->ear, buf, sizeof(buf), &f, &outgoing))
		probe_replies_take(p->replies, &f, outgoing);
	for (size_t i = 0; i < p->count; i++) {
		if (p->a[i].answer && !p->a[i].over && !p->a[i].trace &&
		    !p->how.connect)
			end(p, &p->a[i]);
	}
}

/* connect() has come to an end, which the ear may have told already. */
static void end_connect(const struct probe *p, struct probe_attempt *a)
{
	socklen_t size = sizeof(int);
	int error = 0;

	getsockopt(a->socket, SOL_SOCKET, SO_ERROR, &error, &size);
	if (!a->answer) {
		a->answered = wall_clock();
		a->rtt = -1;
		if (!error)
			a->answer = PROBE_SYN_ACK;
		else if (error == ECONNREFUSED)
			a->answer = PROBE_RST;
		else if (error != ETIMEDOUT)
			a->error = error;
	}
	end(p, a);
}

static void wait_until(struct probe *p, int64_t until, int64_t now)
{
	int64_t left = until - now;
	nfds_t n = 0;

	p->fds[n++] = (struct pollfd){.fd = p->ear, .events = POLLIN};
	for (size_t i = 0; p->how.connect && i < p->count; i++) {
		if (p->a[i].over || p->a[i].socket < 0)
			continue;
		p->which[n] = i;
		p->fds[n++] = (struct pollfd){
			.fd = p->a[i].socket,
			.events = POLLOUT,
		};
	}
	if (left > SLICE)
		left = SLICE;
	if (left > 0)
		poll(p->fds, n, (int)(left / NSEC_PER_MSEC) + 1);
	hear(p);
	for (nfds_t i = 1; i < n; i++) {
		if (p->fds[i].revents)
			end_connect(p, &p->a[p->which[i]]);
	}
}

void probe_run(struct probe *p, struct probe_attempt *a, size_t count)
{
	int64_t now = clock_monotonic(), until;

	p->a = a;
	p->count = count;
	p->replies = probe_replies_new(a, count);
	p->fds = xcalloc(count + 1, sizeof(*p->fds));
	p->which = xcalloc(count + 1, sizeof(*p->which));
	for (size_t i = 0; i < count; i++) {
		a[i].socket = -1;
		a[i].rtt = -1;
		a[i].due = now + a[i].start;
		for (unsigned h = 0; h < PROBE_HOPS; h++)
			a[i].hop[h].rtt = -1;
	}
	while ((until = work(p, now))) {
		wait_until(p, until, now);
		now = clock_monotonic();
	}
	hear(p);
	for (size_t i = 0; i < count; i++) {
		if (!a[i].over)
			end(p, &a[i]);
	}
	probe_replies_free(p->replies);
	free(p->fds);
	free(p->which);
}
