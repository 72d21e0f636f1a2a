/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall: a report, read back from the JSON Lines that told it
 *
 * DOC: Theory of operation
 *
 * The lines of a run become a struct report again, so that every format comes
 * out of the same walk, whether it is written at the end of a run or months
 * later.  What the lines name (circuits, taps, services) becomes a small site.
 * Its order is told by lines at the end of a run, so a file is read twice:
 * first the plan, the taps and the totals, then findings and connections.
 * What cannot be read twice is copied to a temporary file.
 *
 * Reports that are compared share one set of names, or their circuits would
 * be different bits.
 *
 * Anybody may have written the file.  A line has a bound; one that is no
 * JSON, or lacks what its kind needs, is told with its number and counted; so
 * the report tells, and two runs of which one lacks lines are not compared.
 * Lines of other kinds and members that are not known are passed over: a
 * later version may have written them.
 */
#include "recall.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TOLD_LINES 10 /* bad lines of a file that are told one by one */
#define CHUNK	   (32u << 10)

/**
 * struct recall_input - A file
 * @side:	Which report it is for
 * @buf:	What was read; lines are handed out of it
 * @len, @at:	Bytes in it; begin of the next line
 * @number:	Of the line that was handed out last
 * @bad:	Lines that could not be used
 * @other:	Lines of commands that make no report
 * @over:	All was read
 * @whole:	The line that was handed out last ended in '\n'
 */
struct recall_input {
	const char *path;
	FILE *file;
	unsigned side;
	char *buf;
	size_t cap;
	size_t len;
	size_t at;
	uint64_t number;
	uint64_t bad;
	uint64_t other;
	bool over;
	bool whole;
};

struct recall *recall_new(const struct report_options *options)
{
	struct recall *rc = xcalloc(1, sizeof(*rc));

	rc->options = *options;
	rc->site = site_new();
	intern_init(&rc->services, SITE_MAX_SERVICES);
	intern_init(&rc->prefixes, RECALL_PREFIXES);
	for (unsigned i = 0; i < RECALL_SIDES; i++) {
		intern_init(&rc->side[i].told.files, RECALL_MAX_FILES);
		intern_init(&rc->side[i].told.texts, RECALL_MAX_TEXTS);
	}
	return rc;
}

void recall_free(struct recall *rc)
{
	if (!rc)
		return;
	for (unsigned i = 0; i < RECALL_SIDES; i++) {
		report_free(rc->side[i].report);
		told_free(&rc->side[i].told);
		free(rc->side[i].why);
		recall_rows_free(&rc->side[i]);
		aside_free(&rc->side[i].aside);
	}
	for (size_t i = 0; i < rc->inputs; i++) {
		if (rc->input[i].file && rc->input[i].file != stdin)
			fclose(rc->input[i].file);
		free(rc->input[i].buf);
	}
	free(rc->input);
	intern_free(&rc->services);
	intern_free(&rc->prefixes);
	topo_free(rc->topo);
	site_free(rc->site);
	free(rc);
}

/* Return: a file that can be read twice, or NULL (errno). */
static FILE *spool(FILE *from)
{
	FILE *copy = tmpfile();
	char chunk[CHUNK];
	size_t n;

	if (!copy)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), from))) {
		if (fwrite(chunk, 1, n, copy) != n)
			break;
	}
	if (ferror(from) || ferror(copy) || fflush(copy)) {
		fclose(copy);
		return NULL;
	}
	rewind(copy);
	return copy;
}

bool recall_add(struct recall *rc, const char *path, unsigned side)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *from = is_stdin ? stdin : fopen(path, "r");
	FILE *file = from;

	assert(side < RECALL_SIDES);
	if (from && lseek(fileno(from), 0, SEEK_CUR) < 0) {
		file = spool(from);
		if (!is_stdin)
			fclose(from);
	}
	if (!file) {
		log_error("%s: %s", path, strerror(errno));
		return false;
	}
	rc->input = xrealloc(rc->input, rc->inputs + 1, sizeof(*rc->input));
	rc->input[rc->inputs++] = (struct recall_input){
		.path = is_stdin ? "standard input" : path,
		.file = file,
		.side = side,
	};
	return true;
}

bool recall_usable(const struct recall *rc)
{
	bool good = true;

	for (size_t i = 0; i < rc->inputs; i++) {
		const struct recall_input *in = &rc->input[i];
		char begin[512];
		size_t size = fread(begin, 1, sizeof(begin), in->file);
		const char *what = recall_foreign(begin, size);

		rewind(in->file);
		good &= !what;
		if (what)
			log_error("%s: %s", in->path, what);
	}
	return good;
}

static void complain(struct recall_input *in, const char *why)
{
	if (in->bad++ < TOLD_LINES)
		log_error("%s:%llu: %s", in->path,
			  (unsigned long long)in->number, why);
}

/* Room for another chunk behind what is left of the buffer. */
static void make_room(struct recall_input *in)
{
	if (in->at)
		memmove(in->buf, in->buf + in->at, in->len - in->at);
	in->len -= in->at;
	in->at = 0;
	if (in->cap - in->len >= CHUNK)
		return;
	in->cap = in->cap ? 2 * in->cap : 2 * (size_t)CHUNK;
	in->buf = xrealloc(in->buf, in->cap, 1);
}

static bool fill(struct recall_input *in)
{
	size_t n;

	if (in->over)
		return false;
	if (in->len + CHUNK > in->cap)
		make_room(in);
	n = fread(in->buf + in->len, 1, CHUNK, in->file);
	in->len += n;
	in->over = !n;
	return n > 0;
}

/* The end of the next line, or NULL where it is not in the buffer whole. */
static char *line_end(const struct recall_input *in, size_t from)
{
	if (in->at + from >= in->len)
		return NULL;
	return memchr(in->buf + in->at + from, '\n', in->len - in->at - from);
}

/* A line that is longer than any should be: read on to its end. */
static void skip_line(struct recall_input *in)
{
	char *end;

	do {
		in->at = in->len;
	} while (fill(in) && !(end = line_end(in, 0)));
	if (!in->over)
		in->at = (size_t)(end - in->buf) + 1;
}

/* Return: false at the end; *size is 0 for a line that is not to be used. */
static bool next_line(struct recall_input *in, bool tell, const char **line,
		      size_t *size)
{
	size_t seen = 0;
	char *end;

	*size = 0;
	while (!(end = line_end(in, seen))) {
		seen = in->len - in->at;
		if (seen > RECALL_MAX_LINE) {
			in->number++;
			skip_line(in);
			if (tell)
				complain(in, "longer than a line can be");
			return true;
		}
		if (!fill(in))
			break;
	}
	in->number++;
	*line = in->buf ? in->buf + in->at : "";
	in->whole = end != NULL;
	*size = end ? (size_t)(end - *line) : in->len - in->at;
	in->at += *size + (end != NULL);
	return *size || end;
}

/* Whether a line tells a finding or a connection, as far as a glance tells. */
static bool is_fact(const char *line, size_t size)
{
	static const char key[] = "\"event_type\"";
	const char *end = line + size;
	const char *p = memmem(line, size, key, strlen(key));

	if (!p)
		return false;
	p += strlen(key);
	while (p < end && (*p == ' ' || *p == ':'))
		p++;
	return (end - p >= 9 && !memcmp(p, "\"finding\"", 9)) ||
	       (end - p >= 12 && !memcmp(p, "\"connection\"", 12));
}

/*
 * Lines of probe and check.  Return: false if it is none, or they are not
 * wanted; else *good is set.
 */
static bool take_aside(struct recall *rc, struct recall_side *side,
		       const char *type, const struct jsonin *o,
		       struct str *why, bool *good)
{
	*good = true;
	if (!rc->with_aside)
		return false;
	if (!strcmp(type, "probe"))
		*good = recall_probe_line(side, o, why);
	else if (!strcmp(type, "probe-summary"))
		recall_probe_summary(rc, side, o);
	else if (!strcmp(type, "check"))
		*good = recall_check_line(rc, side, o, why);
	else if (!strcmp(type, "plan"))
		recall_plan_line(rc, side, o);
	else
		return false;
	return true;
}

static bool take(struct recall *rc, struct recall_input *in,
		 const struct jsonin *o, struct str *why)
{
	struct recall_side *side = &rc->side[in->side];
	const char *type = jsonin_text(o, "event_type");
	bool good;

	if (!type) {
		str_add(why, "no event_type");
		return false;
	}
	if (!strcmp(type, "finding") && side->report)
		return recall_finding(rc, side, o, why);
	if (!strcmp(type, "connection") && side->report)
		return recall_connection(rc, side, o, why);
	if (!strcmp(type, "tap"))
		return recall_tap_line(rc, side, o, why);
	if (!strcmp(type, "summary"))
		return recall_summary(side, o, why);
	if (!strcmp(type, "service"))
		return recall_service_line(rc, side, o, why);
	if (!strcmp(type, "pool"))
		return recall_pool_line(rc, side, o, why);
	if (take_aside(rc, side, type, o, why, &good))
		return good;
	if (!strcmp(type, "site"))
		recall_site(rc, o);
	else if (!in->other++)
		log_warn("%s:%llu: a line '%s' has no place in a report; such "
			 "lines are passed over",
			 in->path, (unsigned long long)in->number, type);
	return true;
}

static void take_line(struct recall *rc, struct recall_input *in,
		      const char *line, size_t size)
{
	struct str why = {0};
	struct jsonin *o = jsonin_parse(line, size, &why);
	bool good = o && take(rc, in, o, &why);

	/* What a run was writing when it was killed is no damage. */
	if (!o && !in->whole)
		log_warn("%s:%llu: the last line is cut; it is left out",
			 in->path, (unsigned long long)in->number);
	else if (!good)
		complain(in, why.s);
	jsonin_free(o);
	str_free(&why);
}

/* A byte order mark, as some editors put it before UTF-8. */
static void skip_mark(const char **line, size_t *size)
{
	if (*size < 3 || memcmp(*line, "\xef\xbb\xbf", 3) != 0)
		return;
	*line += 3;
	*size -= 3;
}

/* One of the two readings.  Return: false after a line if that failed. */
static bool read_lines(struct recall *rc, struct recall_input *in, bool facts)
{
	const char *line = NULL;
	size_t size;

	rewind(in->file);
	in->len = in->at = 0;
	in->number = 0;
	in->over = false;
	while (next_line(in, facts, &line, &size)) {
		if (in->number == 1)
			skip_mark(&line, &size);
		if (size && is_fact(line, size) == facts)
			take_line(rc, in, line, size);
	}
	if (!ferror(in->file))
		return true;
	log_error("%s: %s", in->path, strerror(errno));
	return false;
}

static void start_reports(struct recall *rc)
{
	rc->topo = topo_new(rc->site);
	for (unsigned i = 0; i < RECALL_SIDES; i++) {
		struct recall_side *side = &rc->side[i];

		side->report = report_new(rc->topo, NULL, NULL, &rc->options);
		side->report->told = &side->told;
	}
}

/* Who reads the report does not see what was said on standard error.  The
 * lines again are what the run said, and no more.
 */
static void tell_bad(struct recall *rc, const struct recall_input *in)
{
	struct recall_side *side = &rc->side[in->side];
	struct str problem = {0};

	str_addf(&problem, "%llu of its lines could not be used",
		 (unsigned long long)in->bad);
	if (in->bad > TOLD_LINES)
		log_error("%s: %s", in->path, problem.s);
	if (rc->options.format != REPORT_JSON)
		recall_bad_input(&side->told, in->path, problem.s);
	str_free(&problem);
	side->bad += in->bad;
	rc->bad += in->bad;
}

bool recall_read(struct recall *rc)
{
	bool good = true;

	for (size_t i = 0; i < rc->inputs; i++)
		good &= read_lines(rc, &rc->input[i], false);
	start_reports(rc);
	for (size_t i = 0; i < rc->inputs; i++) {
		struct recall_input *in = &rc->input[i];

		good &= read_lines(rc, in, true);
		if (in->bad)
			tell_bad(rc, in);
	}
	topo_refresh(rc->topo);
	for (unsigned i = 0; i < RECALL_SIDES; i++) {
		recall_finish(&rc->side[i]);
		recall_catalogue(rc, &rc->side[i]);
	}
	if (rc->unnamed)
		log_error("%llu names of circuits, taps, services or prefixes "
			  "are more than a site can have",
			  (unsigned long long)rc->unnamed);
	return good && !rc->bad && !rc->unnamed;
}

void recall_keep_aside(struct recall *rc)
{
	rc->with_aside = true;
}

struct report *recall_report(struct recall *rc, unsigned side)
{
	return rc->side[side].report;
}

const struct report_totals *recall_totals(const struct recall *rc,
					  unsigned side)
{
	return &rc->side[side].totals;
}
