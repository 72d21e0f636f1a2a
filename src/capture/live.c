/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * live: interfaces that mirrored ports are plugged into, through libpcap
 *
 * DOC: Theory of operation
 *
 * A port is an input like any other: it is asked for frames and hands over
 * those that have come.  Its handle never blocks; merge waits for all ports
 * together (wait.c).  The bytes of a frame lie in the ring of the kernel only
 * as long as libpcap's callback runs, so they are copied, up to the snap
 * length, into a queue that is filled again when it is empty and nobody holds
 * a frame of it.
 *
 * What passes a mirrored port is mostly data that says nothing about paths,
 * so a filter in the kernel lets through what begins and ends connections.
 * Acknowledgments without data are among it: one of them completes the
 * handshake, and whether it came decides between broken and working.  Tags
 * are the trap: the kernel strips the outer one before the filter sees the
 * frame, and "vlan" in an expression shifts all that follows it.  Therefore
 * the term stands there three times, in this order, and the filter is compiled
 * for the open handle, which knows where the kernel has put the tag.  IPv6
 * has no "tcp[]": its header is read at fixed places, and where an extension
 * header stands there, the frame is let through.
 *
 * An interface may go (a driver is reloaded, a cable is moved) and return.
 * Its socket is kept, and bound again when the name is there (rebind.c), which
 * is tried every second; what passed meanwhile is a gap, which tells
 * like a lost packet that silence at this tap proves nothing.  So does an
 * interface that is down or has no carrier, of which the kernel says nothing
 * to who captures there.
 *
 * libpcap is met in this file alone.
 */
#include <asymcap/capture.h>

#include "input.h"
#include "rebind.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define SNAPLEN	    256 /* two tags, IPv6, extension headers, TCP options */
#define SLOT	    (SNAPLEN + 8) /* the tag is put back after the cut */
#define QUEUE	    256
#define RETIRE_MS   10 /* so long the kernel keeps a block that is not full */
#define RETRY	    NSEC_PER_SEC
#define STATS_EVERY (250 * NSEC_PER_MSEC)

/* One handshake, answer or end; the same for IPv6; what is below decides. */
#define PURE_ACK_4                                                             \
	"(tcp[tcpflags] & tcp-ack != 0 and ip[2:2] - ((ip[0] & 0xf) << 2) - "  \
	"((tcp[12] & 0xf0) >> 2) = 0)"
#define PURE_ACK_6                                                             \
	"(ip6[53] & 16 != 0 and ip6[4:2] - ((ip6[52] & 0xf0) >> 2) = 0)"
#define ENDS                                                                   \
	"(tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0 or " PURE_ACK_4       \
	" or icmp[0] = 3 or icmp[0] = 11 or icmp[0] = 12"                      \
	" or (ip6[6] = 6 and (ip6[53] & 7 != 0 or " PURE_ACK_6 "))"            \
	" or (ip6[6] = 58 and ip6[40] < 128)"                                  \
	" or ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 51"          \
	" or ip6[6] = 60)"
#define FILTER_TAGGED "(" ENDS " or (vlan and " ENDS ") or (vlan and " ENDS "))"

/**
 * struct port - An interface
 * @pcap:	Open handle
 * @how:	Copied
 * @kind:	As rebind_kind() has it
 * @interface:	Its index for capture_interface()
 * @link_type:	Of its frames
 * @nano:	Time stamps have nanoseconds
 * @gone:	There is no such interface now
 * @told:	Why it cannot be bound again has been said
 * @dark:	It is down, or has no carrier
 * @tried:	When it was last tried to be bound again
 * @asked:	When statistics were last asked for
 * @drops, @ifdrops: What they said: 32 bits that wrap
 * @next, @count: Frames in @frame that were not handed over
 */
struct port {
	pcap_t *pcap;
	struct capture_how how;
	uint16_t interface;
	uint16_t link_type;
	int kind;
	bool nano;
	bool gone;
	bool told;
	bool dark;
	int64_t tried;
	int64_t asked;
	uint32_t drops;
	uint32_t ifdrops;
	uint32_t next;
	uint32_t count;
	struct frame frame[QUEUE];
	uint8_t bytes[QUEUE][SLOT];
};

/* ------------------------------------------------------------------ open */

/* Why an interface cannot be captured from, with a remedy. */
static void tell_refusal(struct str *why, int status, const char *error)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		str_add(why, "there is no such interface; 'ip link' lists "
			     "them");
		return;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		str_add(why, "no permission to capture: CAP_NET_RAW is "
			     "needed; run as root, or once: "
			     "setcap cap_net_raw=ep \"$(command -v asymcap)\"");
		return;
	case PCAP_ERROR_IFACE_NOT_UP:
		str_add(why, "the interface is down: 'ip link set ... up'");
		return;
	default:
		str_addf(why, "cannot be captured from: %s",
			 *error ? error : pcap_statustostr(status));
	}
}

static pcap_t *open_handle(const char *name, const struct capture_how *how,
			   struct str *why)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(name, error);
	int status;

	if (!p) {
		tell_refusal(why, PCAP_ERROR, error);
		return NULL;
	}
	pcap_set_snaplen(p, SNAPLEN);
	pcap_set_promisc(p, 1);
	pcap_set_timeout(p, RETIRE_MS);
	if (how->buffer)
		pcap_set_buffer_size(p, (int)how->buffer);
	pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(p);
	if (status < 0) {
		tell_refusal(why, status, pcap_geterr(p));
	} else if (pcap_setnonblock(p, 1, error)) {
		tell_refusal(why, PCAP_ERROR, error);
		status = PCAP_ERROR;
	}
	if (status >= 0)
		return p;
	pcap_close(p);
	return NULL;
}

/* What the kernel lets through; NULL for everything; to be freed. */
static char *filter_text(const struct capture_how *how, int link_type)
{
	const char *ours = link_type == DLT_EN10MB ? FILTER_TAGGED : ENDS;
	struct str s = {0};

	if (how->all)
		return how->filter ? xstrdup(how->filter) : NULL;
	/* First, since "vlan" in ours would shift what is meant by theirs. */
	if (how->filter)
		str_addf(&s, "(%s) and ", how->filter);
	str_add(&s, ours);
	return s.s;
}

/* By itself, an expression that closes a parenthesis of ours is none. */
static bool filter_is_whole(pcap_t *p, const struct capture_how *how)
{
	struct bpf_program program;

	if (!how->filter)
		return true;
	if (pcap_compile(p, &program, how->filter, 1, PCAP_NETMASK_UNKNOWN))
		return false;
	pcap_freecode(&program);
	return true;
}

static bool set_filter(pcap_t *p, const struct capture_how *how,
		       struct str *why)
{
	char *text = filter_text(how, pcap_datalink(p));
	struct bpf_program program;
	bool ok = true;

	if (!text)
		return true;
	if (!filter_is_whole(p, how) ||
	    pcap_compile(p, &program, text, 1, PCAP_NETMASK_UNKNOWN)) {
		ok = false;
	} else {
		ok = !pcap_setfilter(p, &program);
		pcap_freecode(&program);
	}
	if (!ok)
		str_addf(why, "the filter does not fit: %s", pcap_geterr(p));
	free(text);
	return ok;
}

static bool port_open(struct port *port, const char *name, struct str *why,
		      bool *bad_use)
{
	pcap_t *p = open_handle(name, &port->how, why);

	if (!p)
		return false;
	if (!set_filter(p, &port->how, why)) {
		*bad_use = true;
		pcap_close(p);
		return false;
	}
	port->pcap = p;
	port->link_type = (uint16_t)pcap_datalink(p);
	port->kind = rebind_kind(pcap_fileno(p), name);
	port->nano = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO;
	return true;
}

/* ------------------------------------------------------------------ frames */

static void take(u_char *arg, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct port *port = (struct port *)(void *)arg;
	struct frame *f = &port->frame[port->count];
	uint32_t caplen = h->caplen < SLOT ? h->caplen : SLOT;

	if (port->count == QUEUE)
		return;
	memcpy(port->bytes[port->count], bytes, caplen);
	*f = (struct frame){
		.time.ns = h->ts.tv_sec * NSEC_PER_SEC +
			   h->ts.tv_usec * (port->nano ? 1 : NSEC_PER_USEC),
		.data = port->bytes[port->count],
		.caplen = caplen,
		.len = h->len < caplen ? caplen : h->len,
		.interface = port->interface,
		.link_type = port->link_type,
	};
	if (f->time.ns < 0)
		f->time.ns = 0;
	port->count++;
}

/*
 * What was dropped since the last look.  The kernel's counter wraps after
 * 2^32; one that has gone back was begun anew, with its interface.
 */
static uint32_t dropped_since(uint32_t before, uint32_t now)
{
	uint32_t more = now - before;

	return more > INT32_MAX ? 0 : more;
}

static void add_stats(struct input *in)
{
	struct port *port = in->port;
	struct capture_interface *i = &in->capture->interface[port->interface];
	struct pcap_stat stat;

	if (pcap_stats(port->pcap, &stat))
		return;
	i->drops += dropped_since(port->drops, stat.ps_drop);
	i->drops += dropped_since(port->ifdrops, stat.ps_ifdrop);
	i->if_drops += dropped_since(port->ifdrops, stat.ps_ifdrop);
	i->drops_known = true;
	port->drops = stat.ps_drop;
	port->ifdrops = stat.ps_ifdrop;
}

/* What is not known to be down is up. */
static bool has_link(const struct port *port, const char *name)
{
	const short up = IFF_UP | IFF_RUNNING;
	struct ifreq r = {0};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	return ioctl(pcap_fileno(port->pcap), SIOCGIFFLAGS, &r) ||
	       (r.ifr_flags & up) == up;
}

static void look_at_link(struct input *in)
{
	struct port *port = in->port;
	bool dark = !has_link(port, in->pub.path);

	if (dark)
		in->capture->interface[port->interface].gaps++;
	if (dark && !port->dark)
		log_warn("%s: is down, or has no carrier", in->pub.path);
	else if (!dark && port->dark)
		log_warn("%s: has a carrier again", in->pub.path);
	port->dark = dark;
	in->capture->interface[port->interface].up = !dark;
}

static void lose(struct input *in)
{
	struct port *port = in->port;

	log_warn("%s: %s; waiting for it to return", in->pub.path,
		 pcap_geterr(port->pcap));
	port->gone = true;
	port->told = false;
	port->tried = clock_monotonic();
	in->capture->interface[port->interface].gaps++;
	in->capture->interface[port->interface].up = false;
}

/* Once for each time that it was lost. */
static void tell_not_back(struct input *in, enum rebound why)
{
	if (in->port->told)
		return;
	in->port->told = true;
	if (why == REBIND_OTHER)
		log_error("%s: is back with another link type; restart to "
			  "capture from it",
			  in->pub.path);
	else
		log_error("%s: is back, but cannot be captured from: %s",
			  in->pub.path, strerror(errno));
}

static bool back_again(struct input *in, int64_t now)
{
	struct port *port = in->port;
	enum rebound r;

	if (now - port->tried < RETRY)
		return false;
	port->tried = now;
	in->capture->interface[port->interface].gaps++;
	r = rebind(pcap_fileno(port->pcap), in->pub.path, port->kind);
	if (r == REBIND_DONE) {
		port->gone = false;
		in->capture->interface[port->interface].up = true;
		log_warn("%s: is back", in->pub.path);
	} else if (r != REBIND_NOT_YET) {
		tell_not_back(in, r);
	}
	return !port->gone;
}

static void refill(struct input *in)
{
	struct port *port = in->port;
	int64_t now = clock_monotonic();

	port->next = port->count = 0;
	if (port->gone && !back_again(in, now))
		return;
	if (pcap_dispatch(port->pcap, QUEUE, take, (u_char *)port) ==
	    PCAP_ERROR) {
		lose(in);
		return;
	}
	if (now - port->asked >= STATS_EVERY) {
		port->asked = now;
		add_stats(in);
		look_at_link(in);
	}
}

static size_t port_fill(struct input *in, struct frame *frames, size_t max,
			bool fresh)
{
	struct port *port = in->port;
	size_t n = 0;

	if (port->next == port->count && fresh)
		refill(in);
	for (; n < max && port->next < port->count; n++) {
		frames[n] = port->frame[port->next++];
		frames[n].number = ++in->number;
		in->pub.backwards += frames[n].time.ns < in->last_ns;
		in->last_ns = frames[n].time.ns;
	}
	return n;
}

/* ------------------------------------------------------------------ public */

bool capture_add_interface(struct capture *c, const char *name,
			   const struct capture_how *how, uint32_t *input)
{
	struct input *in = input_new(c, name);
	struct str why = {0};
	struct capture_interface *i;
	bool opened;

	*input = in->index;
	in->source.fd = -1;
	in->pub.format = "live";
	in->pub.stream = true;
	in->pub.live = true;
	in->fill = port_fill;
	in->port = xcalloc(1, sizeof(*in->port));
	in->port->how = *how;
	if (!strcmp(name, "any")) {
		in->pub.bad_use = true;
		input_end(in, CAPTURE_BAD,
			  "is no port: it mixes all of them, so that nobody "
			  "can say which circuit a packet came from; name the "
			  "interfaces");
		return false;
	}
	opened = port_open(in->port, name, &why, &in->pub.bad_use);
	if (!opened)
		input_end(in, CAPTURE_BAD, "%s", why.s);
	str_free(&why);
	if (!opened)
		return false;
	i = input_add_interface(in, &in->port->interface);
	if (!i)
		return false;
	i->name = xstrdup(name);
	i->link_type = in->port->link_type;
	i->snaplen = SNAPLEN;
	i->up = true;
	return true;
}

void capture_end_interfaces(struct capture *c)
{
	for (uint32_t i = 0; i < c->inputs; i++) {
		struct input *in = c->input[i];

		if (!in->port || in->pub.state != CAPTURE_READING)
			continue;
		add_stats(in);
		input_end(in, CAPTURE_DONE, NULL);
	}
}

int port_fd(const struct port *port)
{
	return port->gone ? -1 : pcap_get_selectable_fd(port->pcap);
}

void port_close(struct port *port)
{
	if (port && port->pcap)
		pcap_close(port->pcap);
	free(port);
}
