/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * truth/texts: the site files and truth.json
 */
#include "output.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const class_keys[CLASSES] = {
	[SYMMETRIC] = "symmetric",
	[ASYMMETRIC] = "asymmetric",
	[SAME_DOMAIN] = "same_domain",
	[REROUTED] = "rerouted",
	[MIXED] = "mixed",
	[REFUSED] = "refused",
	[UNANSWERED] = "unanswered",
	[ORPHAN_SYN_ACK] = "orphan_syn_ack",
	[MIDSTREAM] = "midstream",
	[SIMULTANEOUS_OPEN] = "simultaneous_open",
	[OUT_OF_SCOPE] = "out_of_scope",
	[INDETERMINATE] = "indeterminate",
};

static const char *const impacts[] = {
	[UNKNOWN] = "unknown",
	[WORKING] = "working",
	[BROKEN] = "broken",
};

static const struct {
	const char *name;
	int circuit;
	const char *more; /* of its row in the site file */
} taps[TAPS] = {
	[TAP_INTERNET] = {"internet", INTERNET, ""},
	[TAP_INTERNET_INSIDE] = {"internet-inside", INTERNET, ", side: inside"},
	[TAP_CHI_PRI] = {"chi-pri", CHICAGO, ", link: primary"},
	[TAP_CHI_SEC] = {"chi-sec", CHICAGO, ", link: secondary"},
	[TAP_CHI_INSIDE] = {"chi-inside", CHICAGO, ", side: inside"},
	[TAP_DALLAS] = {"dallas", DALLAS, ""},
};

static const struct {
	const char *name, *kind, *pools, *advertised;
} circuits[CIRCUITS] = {
	[INTERNET] = {"internet", "internet", "192.0.2.0/24, 2001:db8:1::/48",
		      "203.0.113.0/25, 2001:db8:f00::/49"},
	[CHICAGO] = {"er-chicago", "expressroute",
		     "198.51.100.0/24, 2001:db8:2::/48",
		     "198.51.100.0/24, 2001:db8:2::/48"},
	[DALLAS] = {"er-dallas", "expressroute",
		    "198.51.101.0/24, 2001:db8:3::/48",
		    "198.51.101.0/24, 2001:db8:3::/48"},
};

static const struct {
	const char *name, *local, *port, *circuit, *snat;
} services[] = {
	{"smtp", "203.0.113.25/32", "25", "internet", "192.168.5.5/32"},
	{"smtp6", "2001:db8:f00::25/128", "25", "internet", "fd00:5::5/128"},
	{"web", "198.51.100.201/32", "443", "er-chicago", "192.168.1.5/32"},
	{"web6", "2001:db8:2::201/128", "443", "er-chicago", "fd00:1::5/128"},
	{"relay", "203.0.113.199/32", "587", "internet", NULL},
	{"relay6", "2001:db8:f00:8000::199/128", "587", "internet", NULL},
};

const char *output_tap_name(enum tap tap)
{
	return taps[tap].name;
}

const char *output_circuit_name(int circuit)
{
	return circuits[circuit].name;
}

static void failed(const char *path)
{
	fprintf(stderr, "generate_truth: %s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

FILE *output_open(const struct output_options *o, const char *folder,
		  const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", o->out, folder);
	if (mkdir(path, 0777) && errno != EEXIST)
		failed(path);
	snprintf(path, sizeof(path), "%s/%s/%s", o->out, folder, name);
	f = fopen(path, "wb");
	if (!f)
		failed(path);
	return f;
}

void output_close(FILE *f)
{
	if (ferror(f) || fclose(f))
		failed("write");
}

static void site_tap(FILE *f, const char *layout, enum tap tap)
{
	const struct tag *tag = output_trunk_tags(tap);
	const char *name = taps[tap].name;

	fprintf(f, "      - {name: %s%s, ", name, taps[tap].more);
	if (!strcmp(layout, "files"))
		fprintf(f, "file: \"%s.pcap\"}\n", name);
	else if (!strcmp(layout, "mixed"))
		fprintf(f, "interface: %s}\n", name);
	else
		fprintf(f, "vlan: [%u, %u]}\n", tag[0].id, tag[1].id);
}

void output_site(const struct world *w, const struct output_options *o,
		 const char *layout)
{
	FILE *f = output_open(o, layout, "site.yaml");
	size_t i;
	int c, t;

	fputs("site: truth\n"
	      "remote: [40.96.0.0/13, 2603:1006::/32]\n"
	      "own: [203.0.113.0/24, 2001:db8:f00::/48]\n"
	      "circuits:\n",
	      f);
	for (c = 0; c < CIRCUITS; c++) {
		fprintf(f,
			"  %s:\n    kind: %s\n    nat-pools: [%s]\n"
			"    advertised: [%s]\n",
			circuits[c].name, circuits[c].kind, circuits[c].pools,
			circuits[c].advertised);
		if (w->shared_domain && c != INTERNET)
			fputs("    state-domain: er-cluster\n", f);
		fputs("    taps:\n", f);
		for (t = 0; t < TAPS; t++) {
			if (taps[t].circuit == c)
				site_tap(f, layout, (enum tap)t);
		}
	}
	fputs("services:\n", f);
	for (i = 0; i < ARRAY_SIZE(services); i++) {
		fprintf(f,
			"  - name: %s-inbound\n    direction: inbound\n"
			"    local: [%s]\n    ports: [%s]\n"
			"    circuits: [%s]\n",
			services[i].name, services[i].local, services[i].port,
			services[i].circuit);
		if (services[i].snat)
			fprintf(f, "    inbound-snat: {%s: %s}\n",
				services[i].circuit, services[i].snat);
	}
	output_close(f);
}

/* ------------------------------------------------------------------- JSON */

static void out_addr(FILE *f, const char *key, const uint8_t *addr, int family)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family == 6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	fprintf(f, ",\"%s\":\"%s\"", key, text);
}

static void out_circuits(FILE *f, const char *key, unsigned int bits)
{
	const char *comma = "";
	int c;

	fprintf(f, ",\"%s\":[", key);
	for (c = 0; c < CIRCUITS; c++) {
		if (bits & BIT(c)) {
			fprintf(f, "%s\"%s\"", comma, circuits[c].name);
			comma = ",";
		}
	}
	fputc(']', f);
}

static void out_circuit(FILE *f, const char *key, int circuit)
{
	if (circuit == NO_CIRCUIT)
		fprintf(f, ",\"%s\":null", key);
	else
		fprintf(f, ",\"%s\":\"%s\"", key, circuits[circuit].name);
}

static void out_truth(FILE *f, const struct truth *t)
{
	fprintf(f,
		"\"kind\":\"%s\",\"instance\":%u,\"family\":%d,"
		"\"class\":\"%s\",\"impact\":\"%s\",\"direction\":\"%s\"",
		t->kind, t->instance, t->family, class_keys[t->class],
		impacts[t->impact], t->inbound ? "inbound" : "outbound");
	out_addr(f, "src_ip", t->ends[CLIENT].addr, t->family);
	out_addr(f, "dest_ip", t->ends[SERVER].addr, t->family);
	fprintf(f, ",\"src_port\":%u,\"dest_port\":%u", t->ends[CLIENT].port,
		t->ends[SERVER].port);
	if (t->has_isn)
		fprintf(f, ",\"isn\":%" PRIu32, t->isn);
	out_circuits(f, "syn", t->syn);
	out_circuits(f, "syn_ack", t->answer);
}

static void out_finding(FILE *f, const struct world *w,
			const struct truth_finding *d)
{
	const struct truth *t = &w->truth[d->truth];

	fprintf(f, "{\"rule\":\"%s\",\"severity\":\"%s\",", d->rule,
		d->severity);
	out_truth(f, t);
	out_circuit(f, "dropped_at", d->dropped_at);
	if (d->reason) {
		fprintf(f, ",\"reason\":\"%s\",\"phase\":\"%s\",\"count\":%u",
			d->reason, d->phase, d->count);
		out_addr(f, "escaped_ip", d->escaped, t->family);
		out_circuit(f, "circuit", d->circuit);
		out_circuit(f, "owner", d->owner);
	}
	fputc('}', f);
}

void output_truth(const struct world *w, const struct output_options *o)
{
	FILE *f = output_open(o, ".", "truth.json");
	size_t count[CLASSES] = {0}, i;

	fprintf(f, "{\"packets\":%zu,\n\"connections\":{\"total\":%zu",
		w->packets, w->truths);
	for (i = 0; i < w->truths; i++)
		count[w->truth[i].class]++;
	for (i = 0; i < CLASSES; i++)
		fprintf(f, ",\"%s\":%zu", class_keys[i], count[i]);
	fputs("},\n\"list\":[\n", f);
	for (i = 0; i < w->truths; i++) {
		fputc('{', f);
		out_truth(f, &w->truth[i]);
		fputs(i + 1 < w->truths ? "},\n" : "}\n", f);
	}
	fputs("],\n\"findings\":[\n", f);
	for (i = 0; i < w->findings; i++) {
		out_finding(f, w, &w->finding[i]);
		fputs(i + 1 < w->findings ? ",\n" : "\n", f);
	}
	fputs("]}\n", f);
	output_close(f);
}
