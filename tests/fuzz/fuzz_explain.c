/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as a selector, and as the packets of a connection
 *
 * Up to the first zero byte it is text; what is accepted must be so that an
 * end by itself is accepted, too.  Behind it four bytes are a segment, out of
 * few tuples, numbers and taps, so that copies, resends and strangers meet in
 * a small ladder: it stays bounded, loses no packet, and is in time order.
 */
#include <asymcap/explain.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 20

static const char site_text[] =
	"remote: [40.96.0.0/13]\n"
	"circuits:\n"
	"  a:\n"
	"    kind: internet\n"
	"    taps:\n"
	"      - {name: a, vlan: [1]}\n"
	"      - {name: a-in, side: inside, vlan: [2]}\n"
	"  b:\n"
	"    kind: expressroute\n"
	"    taps: [{name: b, vlan: [3]}]\n"
	"taps: [{name: core, side: inside, vlan: [4]}]\n";

static void check_text(const char *text)
{
	struct selector s;
	struct tuple t;
	bool any;

	memset(&t, 0, sizeof(t));
	selector_init(&s);
	any = !selector_add_flow(&s, text);
	if (s.pairs != any)
		abort();
	any |= !selector_add_address(&s, text);
	any |= !selector_add_community_id(&s, text);
	selector_matches(&s, &t, 1, SERVICE_NONE);
	if (selector_near(&s, &t, 1).score && !any)
		abort();
}

static struct addr addr_of(unsigned which)
{
	static const char *const text[] = {"40.96.0.10", "203.0.113.25",
					   "192.168.5.10", "2001:db8::1"};
	struct addr a;

	if (!addr_parse(text[which % ARRAY_SIZE(text)], &a))
		abort();
	return a;
}

static struct segment segment_of(const uint8_t b[4], int64_t *now)
{
	static const uint16_t flags[] = {
		TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK,	    TCP_ACK | TCP_PSH,
		TCP_RST, TCP_ACK | TCP_FIN, SEGMENT_QUOTED, 0,
	};
	static const int64_t steps[] = {
		0,	   1000,       90000000,     300000000,
		500000000, 5000000000, 190000000000, -200000000};
	bool back = b[0] & 1;
	struct segment s = {
		.src = addr_of(back ? 1 + (b[0] >> 1 & 1) : 0),
		.dst = addr_of(back ? 0 : 1 + (b[0] >> 1 & 1)),
		.sport = back ? 25 : 5000,
		.dport = back ? 5000 : 25,
		.flags = flags[b[0] >> 2 & 7],
		.interface = b[0] >> 5 & 3,
		.seq = (back ? 0xffffffu * 256u : 1000u) + (b[1] & 63u) * 50u,
		.ack = (back ? 1000u : 0xffffffu * 256u) + (b[2] & 63u) * 50u,
		.payload = (b[1] >> 6) * 50u,
		.window = b[2] >> 6,
		.ip_id = b[3] >> 6,
	};

	*now += steps[b[3] & 7];
	s.time.ns = *now;
	return s;
}

static void check_ladder(const struct ladder *l)
{
	uint64_t seen = 0, packets = 0;

	if (l->rows > 2 * ROWS + 1)
		abort();
	for (size_t i = 0; i < l->rows; i++) {
		const struct ladder_row *row = &l->row[i];

		if (row->is_packet && row->packet.number != ++seen)
			abort();
		if (row->is_packet && !row->packet.kept)
			abort();
		if (row->is_packet)
			continue;
		packets = row->left_out.packets[0] + row->left_out.packets[1];
		if (!packets || row->left_out.last.ns < row->left_out.first.ns)
			abort();
		seen += packets;
	}
	if (seen != l->packets[0] + l->packets[1] + l->icmp)
		abort();
}

static void check_trace(const struct topo *topo, const uint8_t *data,
			size_t size)
{
	struct trace_how how = {.topo = topo, .rows = ROWS, .watching = 0xf};
	int64_t now = 1000 * NSEC_PER_SEC;
	struct finding about;
	struct trace *t;

	memset(&about, 0, sizeof(about));
	for (unsigned i = 0; i < SITE_MAX_TAPS; i++)
		how.to[i].ns = INT64_MAX;
	about.class = (enum conn_class)(data[0] % CLASSES);
	about.direction = (enum direction)(data[1] % 3);
	about.confidence = (enum confidence)(data[1] >> 2 & 1);
	about.syn.count = data[1] >> 3 & 1;
	about.answer_is_rst = data[1] >> 4 & 1;
	about.isn = 1000;
	about.last.ns = INT64_MAX;
	about.tuples = 2;
	for (unsigned i = 0; i < 2; i++)
		about.tuple[i] =
			(struct tuple){addr_of(0), addr_of(1 + i), 5000, 25};
	t = trace_new(&how, &about, 1);
	for (data += 2, size -= 2; size >= 4; data += 4, size -= 4) {
		struct segment s = segment_of(data, &now);

		trace_take(t, 0, &s, (uint8_t)s.interface);
	}
	trace_finish(t);
	check_ladder(trace_ladder(t, 0));
	trace_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct site *site;
	static struct topo *topo;
	struct str errors = {0};
	char text[256];
	size_t n = 0;

	if (!site) {
		site = site_parse("fuzz", site_text, strlen(site_text),
				  &errors);
		if (!site)
			abort();
		topo = topo_new(site);
	}
	while (n < size && data[n] && n < sizeof(text) - 1)
		n++;
	memcpy(text, data, n);
	text[n] = '\0';
	check_text(text);
	if (size - n >= 3)
		check_trace(topo, data + n + 1, size - n - 1);
	return 0;
}
