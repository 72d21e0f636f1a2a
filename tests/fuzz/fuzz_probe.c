/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: what comes back to a host that probes
 *
 * The first byte says what is waited for: bit 0 IPv6, bit 1 a trace, bit 2 a
 * connect() whose SYN has not been heard.  What follows are packets, each
 * after two bytes of length, of which the highest bit says that it leaves.
 */
#include <asymcap/probe.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUTGOING 0x8000

static void wait_for(struct probe_attempt *a, uint8_t how)
{
	bool six = how & 1;
	int32_t next = a->next;

	*a = (struct probe_attempt){
		.sport = 40000,
		.dport = 443,
		.isn = 0x01020304,
		.ts_base = 0x0a0b0c00,
		.ip_id = 0x1000,
		.trace = how & 2,
		.isn_known = !(how & 4),
		.sent = how & 4 ? 0 : 2,
		.rtt = -1,
		.next = next,
	};
	if (!addr_parse(six ? "fd00:6::20" : "192.168.6.20", &a->src) ||
	    !addr_parse(six ? "2603:1006::99" : "40.96.0.99", &a->dst))
		abort();
	for (unsigned i = 0; i < PROBE_HOPS; i++)
		a->hop[i].tries = 1;
}

static void check(const struct probe_attempt *a)
{
	if (a->answer >= PROBE_ANSWERS || a->sent > PROBE_TRIES_MAX ||
	    a->target_hop > PROBE_HOPS || (a->answer && !a->isn_known))
		abort();
	if (a->answer == PROBE_ICMP && a->icmp >= ICMP_KINDS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Its table is large: making it anew would be all that is done here. */
	static struct probe_replies *r;
	static struct probe_attempt a;
	int64_t now = 0;

	if (!size)
		return 0;
	if (!r) {
		wait_for(&a, 0);
		r = probe_replies_new(&a, 1);
		probe_replies_add(r, 0);
	}
	wait_for(&a, *data);
	data++;
	size--;
	while (size > 2) {
		uint16_t head = get_be16(data);
		size_t len = head & (OUTGOING - 1);
		uint8_t *packet;
		struct frame f;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		packet = malloc(len ? len : 1); /* so that overreads are seen */
		if (!packet)
			abort();
		memcpy(packet, data, len);
		f = (struct frame){
			.time.ns = now += 200 * NSEC_PER_MSEC,
			.data = packet,
			.caplen = (uint32_t)len,
			.len = (uint32_t)len,
			.link_type = LINK_RAW,
		};
		probe_replies_take(r, &f, head & OUTGOING);
		free(packet);
		check(&a);
		data += len;
		size -= len;
	}
	if (a.trace)
		probe_trace_finish(&a);
	check(&a);
	return 0;
}
