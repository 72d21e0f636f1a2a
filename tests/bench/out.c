/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench/out: a capture file that is being written, fast
 */
#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE (4u << 20)

void out_die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		why);
	exit(EXIT_FAILURE);
}

void out_open(struct out *o, const char *prefix, unsigned int number,
	      uint32_t snaplen)
{
	char path[4096];
	int n;

	n = snprintf(path, sizeof(path), "%s-%u.pcap", prefix, number);
	if (n < 0 || (size_t)n >= sizeof(path))
		out_die(prefix, strerror(ENAMETOOLONG));
	*o = (struct out){.snaplen = snaplen};
	o->file = fopen(path, "wb");
	o->buf = malloc(BUFFER_SIZE);
	if (!o->file || !o->buf)
		out_die(path, strerror(errno));
	setvbuf(o->file, NULL, _IONBF, 0);
	o->used = packet_file_header(o->buf, snaplen);
}

static void flush(struct out *o)
{
	if (fwrite(o->buf, 1, o->used, o->file) != o->used)
		out_die("write", strerror(errno));
	o->used = 0;
}

void out_packet(struct out *o, const struct packet *p)
{
	if (BUFFER_SIZE - o->used < PACKET_MAX_RECORD)
		flush(o);
	o->used += packet_record(o->buf + o->used, p, o->snaplen);
	o->packets++;
}

void out_close(struct out *o)
{
	flush(o);
	if (fclose(o->file))
		out_die("close", strerror(errno));
	free(o->buf);
}
