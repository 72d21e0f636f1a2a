/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tuples: what asymcap reads in a capture, in the words of the comparison
 *
 * Prints the number of packets and of TCP segments, then every distinct
 * (5-tuple, sequence number) that carried a SYN or a SYN-ACK, sorted bytewise:
 *
 *	packets 12
 *	tcp 10
 *	SYN 192.0.2.1 40000 40.96.0.10 443 1000
 *	SYNACK 40.96.0.10 443 192.0.2.1 40000 5000
 *
 * With -v, each frame that gave no segment is named with the reason, on
 * standard error.  A frame that the fast decoder and the general one read
 * differently ends it with status 1.
 */
#include <asymcap/base.h>
#include <asymcap/capture.h>
#include <asymcap/decode.h>

#include "../../src/decode/walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_TEXT (2 * ADDR_TEXT + 64)

struct lines {
	char **item;
	size_t count;
	size_t cap;
};

static void lines_add(struct lines *l, const char *text)
{
	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->item = xrealloc(l->item, l->cap, sizeof(*l->item));
	}
	l->item[l->count++] = xstrdup(text);
}

static int line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void lines_print(struct lines *l)
{
	size_t i;

	if (l->count)
		qsort(l->item, l->count, sizeof(*l->item), line_cmp);
	for (i = 0; i < l->count; i++) {
		if (i == 0 || strcmp(l->item[i], l->item[i - 1]) != 0)
			puts(l->item[i]);
	}
	for (i = 0; i < l->count; i++)
		free(l->item[i]);
	free(l->item);
}

static void take_segment(struct lines *l, const struct segment *s)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT], line[LINE_TEXT];

	if (!(s->flags & TCP_SYN))
		return;
	snprintf(line, sizeof(line), "%s %s %u %s %u %" PRIu32,
		 s->flags & TCP_ACK ? "SYNACK" : "SYN",
		 addr_format(&s->src, src), s->sport, addr_format(&s->dst, dst),
		 s->dport, s->seq);
	lines_add(l, line);
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
	return !memcmp(a, b, offsetof(struct segment, has_timestamps)) &&
	       a->has_timestamps == b->has_timestamps &&
	       a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr;
}

/* decode(), which takes the fast path where it can, and the long way */
static enum decode_result decode_both(const struct frame *f, struct segment *s)
{
	enum decode_result r = decode(f, s);
	struct segment g;

	if (decode_general(f, &g) != r ||
	    (r == DECODE_TCP && !same_segment(s, &g))) {
		fprintf(stderr,
			"tuples: frame %" PRIu64 " is read in two ways\n",
			f->number);
		exit(EXIT_FAILURE);
	}
	return r;
}

int main(int argc, char **argv)
{
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	const char *path = argv[argc - 1];
	struct frame frames[CAPTURE_BATCH];
	uint64_t packets = 0, tcp = 0;
	struct lines lines = {0};
	const char *problem;
	enum decode_result r;
	struct segment s;
	struct capture *c;
	uint32_t input;
	size_t n, i;

	if (argc != 2 + verbose) {
		fputs("usage: tuples [-v] FILE\n", stderr);
		return 2;
	}
	c = capture_new();
	capture_add_file(c, path, &input);
	while ((n = capture_next(c, frames, ARRAY_SIZE(frames)))) {
		for (i = 0; i < n; i++) {
			packets++;
			r = decode_both(&frames[i], &s);
			if (r == DECODE_TCP) {
				tcp++;
				take_segment(&lines, &s);
			} else if (verbose) {
				fprintf(stderr, "%" PRIu64 " %s\n",
					frames[i].number,
					decode_result_name(r));
			}
		}
	}
	problem = capture_input(c, input)->problem;
	if (problem)
		fprintf(stderr, "tuples: %s: %s\n", path, problem);
	printf("packets %" PRIu64 "\ntcp %" PRIu64 "\n", packets, tcp);
	lines_print(&lines);
	capture_free(c);
	return EXIT_SUCCESS;
}
