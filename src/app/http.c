/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http: a server of few pages, for whoever monitors
 *
 * DOC: Theory of operation
 *
 * Beside a program that captures for months stands somebody who asks every
 * few seconds how it is.  What he can reach must never cost it more than a
 * little: one thread answers, one request at a time; few connections are held,
 * each for a few seconds of silence and in little memory; what is not a GET,
 * or has a body, is refused; nothing is read from disk.
 *
 * Nor must those who hold connections, and say nothing or a byte a second, keep
 * out who asks.  A limit alone would do that: beyond it, libmicrohttpd accepts
 * nobody until one of them leaves.  So whoever comes is let in, and beyond
 * CROWD who has been there for longest is sent away.  A request is
 * answered at once, so it is hardly ever the one who is being answered.
 *
 * The port is taken first of all, so that one that is busy is told before
 * anything else has begun.  The thread comes later, when privileges have been
 * given up.  It hears no signal: they are for the thread that captures.
 *
 * libmicrohttpd is met in this file alone.
 */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CROWD		  16u
#define MAX_CONNECTIONS	  64u /* some are accepted before others have left */
#define BACKLOG		  128 /* who comes while an answer is made */
#define IDLE_SECONDS	  10u
#define CONNECTION_MEMORY ((size_t)16 << 10)

/**
 * struct http - The server
 * @guest:	Sockets of the connections, the oldest first; the thread's own
 */
struct http {
	int fd;
	struct MHD_Daemon *daemon;
	int guest[CROWD];
	unsigned guests;
	bool (*page)(void *arg, const char *path, struct http_answer *answer);
	void *arg;
};

/* ----------------------------------------------------------------- address */

static bool parse_port(const char *text, in_port_t *port)
{
	unsigned long n = 0;
	size_t len = strlen(text);

	if (!len || len > 5 || strspn(text, "0123456789") != len)
		return false;
	n = strtoul(text, NULL, 10);
	*port = htons((uint16_t)n);
	return n <= UINT16_MAX;
}

static bool set_ipv4(struct sockaddr_storage *to, const char *host,
		     in_port_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = port};

	if (inet_pton(AF_INET, host, &a.sin_addr) != 1)
		return false;
	memcpy(to, &a, sizeof(a));
	return true;
}

static bool set_ipv6(struct sockaddr_storage *to, const char *host,
		     in_port_t port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = port};

	if (inet_pton(AF_INET6, host, &a.sin6_addr) != 1)
		return false;
	memcpy(to, &a, sizeof(a));
	return true;
}

const char *http_parse(const char *text, struct sockaddr_storage *address)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN] = "127.0.0.1";
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	in_port_t port;

	memset(address, 0, sizeof(*address));
	if (!parse_port(colon ? colon + 1 : text, &port))
		return "it is PORT, ADDRESS:PORT or [ADDRESS]:PORT, with a "
		       "port from 0 to 65535";
	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return "its address is too long; names are not looked up";
	if (len || bracketed) {
		memcpy(host, text, len);
		host[len] = '\0';
	}
	if (bracketed ? set_ipv6(address, host, port)
		      : set_ipv4(address, host, port))
		return NULL;
	return "its address is none; names are not looked up, and IPv6 stands "
	       "in [brackets]";
}

static in_port_t port_of(const struct sockaddr_storage *address)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (address->ss_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		return ntohs(v6.sin6_port);
	}
	memcpy(&v4, address, sizeof(v4));
	return ntohs(v4.sin_port);
}

/* A port that the kernel has chosen is known to nobody else. */
static void tell_where(int fd, bool chosen)
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);
	char host[INET6_ADDRSTRLEN] = "";
	struct str page = {0};
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (getsockname(fd, (struct sockaddr *)&at, &size))
		return;
	memcpy(&v4, &at, sizeof(v4));
	memcpy(&v6, &at, sizeof(v6));
	if (at.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host));
	str_addf(&page,
		 at.ss_family == AF_INET6 ? "http://[%s]:%u/metrics"
					  : "http://%s:%u/metrics",
		 host, port_of(&at));
	if (chosen)
		log_notice("metrics at %s", page.s);
	else
		log_info("metrics at %s", page.s);
	str_free(&page);
}

static int listen_at(const struct sockaddr_storage *address)
{
	const int yes = 1;
	int fd = socket(address->ss_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int saved;

	if (fd < 0)
		return -1;
	/* After a restart, old connections may linger in TIME-WAIT. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (!bind(fd, (const struct sockaddr *)address,
		  address->ss_family == AF_INET6
			  ? sizeof(struct sockaddr_in6)
			  : sizeof(struct sockaddr_in)) &&
	    !listen(fd, BACKLOG))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

struct http *http_listen(const char *where)
{
	struct sockaddr_storage address;
	struct http *h;
	int fd;

	if (http_parse(where, &address))
		return NULL;
	fd = listen_at(&address);
	if (fd < 0) {
		log_error("--metrics %s: cannot listen: %s", where,
			  strerror(errno));
		return NULL;
	}
	tell_where(fd, !port_of(&address));
	h = xcalloc(1, sizeof(*h));
	h->fd = fd;
	return h;
}

/* ------------------------------------------------------------------ answer */

static enum MHD_Result send_answer(struct MHD_Connection *connection,
				   struct http_answer *a)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		a->body.len, a->body.s ? a->body.s : (char *)"",
		MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_NO;

	str_free(&a->body);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET");
	result = MHD_queue_response(connection, a->status, r);
	MHD_destroy_response(r);
	return result;
}

/* MHD calls once with the headers, then with what body there is, then again. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *body,
				  size_t *body_size, void **begun)
{
	struct http *h = arg;
	struct http_answer a = {
		.status = MHD_HTTP_OK,
		.type = "text/plain; charset=utf-8",
	};

	(void)version;
	(void)body;
	if (*body_size)
		return MHD_NO;
	if (!*begun) {
		*begun = h;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
		a.status = MHD_HTTP_METHOD_NOT_ALLOWED;
		str_add(&a.body, "only GET\n");
	} else if (!h->page(h->arg, path, &a)) {
		a.status = MHD_HTTP_NOT_FOUND;
		str_add(&a.body, "there is /metrics, and /healthz\n");
	}
	return send_answer(connection, &a);
}

/* ------------------------------------------------------------------- guests */

static void forget(struct http *h, unsigned which)
{
	h->guests--;
	for (unsigned i = which; i < h->guests; i++)
		h->guest[i] = h->guest[i + 1];
}

/* MHD finds its end and closes it: only then the number is free for another. */
static void send_away(struct http *h)
{
	shutdown(h->guest[0], SHUT_RDWR);
	forget(h, 0);
}

static void take_in(struct http *h, int fd)
{
	if (h->guests == CROWD)
		send_away(h);
	h->guest[h->guests++] = fd;
}

static void on_guest(void *arg, struct MHD_Connection *connection,
		     void **context, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http *h = arg;

	(void)context;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		take_in(h, info->connect_fd);
		return;
	}
	for (unsigned i = 0; i < h->guests; i++) {
		if (h->guest[i] == info->connect_fd)
			forget(h, i--);
	}
}

/* What strangers send is no news. */
static void on_log(void *arg, const char *format, va_list args)
{
	(void)arg;
	(void)format;
	(void)args;
}

bool http_start(struct http *h,
		bool (*page)(void *arg, const char *path,
			     struct http_answer *answer),
		void *arg)
{
	sigset_t all, before;

	h->page = page;
	h->arg = arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	h->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO |
			MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
		on_log, NULL, MHD_OPTION_LISTEN_SOCKET, h->fd,
		MHD_OPTION_NOTIFY_CONNECTION, on_guest, h,
		MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return h->daemon;
}

void http_stop(struct http *h)
{
	if (!h)
		return;
	if (h->daemon)
		MHD_stop_daemon(h->daemon); /* closes the port, too */
	else
		close(h->fd);
	free(h);
}
