/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * generate_truth: captures of which every verdict is known
 *
 * Writes the same connections in three layouts, the site file of each, and
 * truth.json, which says what is true of them: counts by class, each
 * connection, each finding that must be raised, and that no other is.
 */
#include "output.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EPOCH	(1795374000 * SEC) /* 2026-11-22T19:00:00Z */
#define SILENCE (40 * SEC)	   /* more than the 25 s of design 4.4 */

/* One sound connection over each tap, so that a tap is known to work when
 * they run: at both ends of the capture, and now and then between.
 */
static void beacons(struct world *w, int64_t at)
{
	struct conn k;
	int n, circuit;

	w->kind = "beacon";
	w->instance = 0;
	w->family = 4;
	for (n = 0; n <= CIRCUITS; n++) {
		circuit = n == CIRCUITS ? CHICAGO : n;
		conn_nat(&k, w, circuit);
		k.t = at + n * MSEC;
		k.link[CLIENT] = k.link[SERVER] = n == CIRCUITS;
		whole(&k, circuit, circuit);
		judge(&k, SYMMETRIC, WORKING, BIT(circuit), BIT(circuit));
	}
}

static void make_kinds(struct world *w, const struct kind *kind)
{
	for (; kind->name; kind++) {
		w->kind = kind->name;
		for (w->instance = 0; w->instance < kind->instances;
		     w->instance++) {
			for (w->family = 4; w->family <= 6; w->family += 2)
				kind->make(w, w->instance);
		}
	}
}

static void make_world(struct world *w)
{
	int64_t t;

	w->start = EPOCH + 2 * SEC;
	make_kinds(w, kinds_handshake);
	make_kinds(w, kinds_life);
	make_kinds(w, kinds_nat);

	w->start = w->end + SILENCE;
	t = w->start + 2 * SEC;
	make_kinds(w, kinds_edge);
	beacons(w, w->end + MSEC);
	for (; t > EPOCH; t -= 10 * SEC)
		beacons(w, t);
	beacons(w, EPOCH);
}

static const char usage[] =
	"usage: generate_truth [options] --out FOLDER\n"
	"  --shared-domain  er-chicago and er-dallas share their state\n"
	"  --offsets        the clocks of the circuits are 50 ms apart\n"
	"  --shuffle        records are out of order by up to 10 ms\n"
	"  --seed N         other sequence numbers and times (1)\n";

static void wrong_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{"shared-domain", no_argument, NULL, 'd'},
		{"offsets", no_argument, NULL, 'o'},
		{"shuffle", no_argument, NULL, 's'},
		{"seed", required_argument, NULL, 'S'},
		{"out", required_argument, NULL, 'O'},
		{NULL, 0, NULL, 0},
	};
	struct output_options o = {0};
	struct world w = {.rng = 1};
	int ch;

	while ((ch = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		if (ch == 'd')
			w.shared_domain = true;
		else if (ch == 'o')
			o.offsets = true;
		else if (ch == 's')
			o.shuffle = true;
		else if (ch == 'S')
			w.rng = strtoull(optarg, NULL, 10);
		else if (ch == 'O')
			o.out = optarg;
		else
			wrong_usage();
	}
	if (!o.out || optind < argc)
		wrong_usage();
	if (mkdir(o.out, 0777) && errno != EEXIST) {
		fprintf(stderr, "generate_truth: %s: %s\n", o.out,
			strerror(errno));
		return EXIT_FAILURE;
	}
	make_world(&w);
	output_captures(&w, &o);
	output_truth(&w, &o);
	free(w.packet);
	free(w.truth);
	free(w.finding);
	return EXIT_SUCCESS;
}
