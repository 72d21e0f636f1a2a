/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * metrics: what the files that render them share
 */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

#include <asymcap/report.h>

/**
 * struct page - One rendering
 * @m:		What is rendered
 * @out:	Appended to
 * @several:	What a set of several circuits is called: no circuit's name
 */
struct page {
	const struct metrics *m;
	struct str *out;
	char several[16 + SITE_MAX_CIRCUITS];
};

/**
 * struct family - A metric
 * @name:	Counters end in _total
 * @type:	Of Prometheus
 * @help:	One sentence without '\\' and newline
 * @put:	Appends its samples
 * @at:		Where it lies in what @put walks over
 */
struct family {
	const char *name;
	const char *type;
	const char *help;
	void (*put)(struct page *p, const struct family *f);
	size_t at;
};

/* ---- metrics_sample.c: a sample is begun, labelled and ended */

void sample_begin(struct page *p, const char *name);

/** sample_label() - Add a label; NULL is the empty value, as if it were not */
void sample_label(struct page *p, const char *label, const char *value);
void sample_end(struct page *p, uint64_t value);

/** sample_end_seconds() - End with a time or duration, ns */
void sample_end_seconds(struct page *p, int64_t ns);

/** sample_seconds() - A sample without labels, in seconds */
void sample_seconds(struct page *p, const char *name, int64_t ns);

/** sample_bound() - As a label of a histogram: "0.0005", "3" */
void sample_bound(struct page *p, int64_t ns);

/* ---- metrics_path.c: samples by circuits, by class and by rule */

/** path_begin() - Choose page.several */
void path_begin(struct page *p);

void put_paths(struct page *p, const struct family *f);
void put_withheld(struct page *p, const struct family *f);
void put_findings(struct page *p, const struct family *f);
void put_asymmetric(struct page *p, const struct family *f);
void put_escapes(struct page *p, const struct family *f);
void put_rtt(struct page *p, const struct family *f);
void put_expected_rtt(struct page *p, const struct family *f);

#endif /* REPORT_METRICS_H */
