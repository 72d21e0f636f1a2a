/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as the JSON Lines of a run
 *
 * Whatever is read is written in every format, a page within its bound; lines
 * that are written read back to themselves; and compared with itself nothing
 * is new.  Of an input without a site line, circuits come in the order in which
 * lines name them, so that its first writing may be ordered otherwise than the
 * second; the second and the third have to be the same.  What is said of bad
 * lines is made, and goes nowhere.
 */
#include <asymcap/report.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/report/private.h"

#define PAGE_BYTES 5000000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool good)
{
	if (!good)
		abort();
}

static void say_nothing(const char *line)
{
	(void)line;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_taker(say_nothing);
	return 0;
}

static struct recall *read_all(const void *data, size_t size, unsigned sides)
{
	const struct report_options o = {.format = REPORT_JSON, .width = 80};
	struct recall *rc = recall_new(&o);
	int fd = memfd_create("lines", 0);
	char path[32];

	recall_keep_aside(rc);
	hold(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned side = 0; side < sides; side++)
		hold(recall_add(rc, path, side));
	recall_read(rc);
	close(fd);
	return rc;
}

/* A report is only walked: it can be written in one format after the other. */
static char *written(struct recall *rc, enum report_format format,
		     size_t *length)
{
	struct report *r = recall_report(rc, 0);
	char *text = NULL;
	FILE *f = open_memstream(&text, length);

	hold(f != NULL);
	r->options.format = format;
	hold(report_write(r, recall_totals(rc, 0), f));
	fclose(f);
	return text;
}

static char *written_again(const char *text, size_t size, size_t *length)
{
	struct recall *rc = read_all(text, size, 1);
	char *again = written(rc, REPORT_JSON, length);

	recall_free(rc);
	return again;
}

static void compare(struct recall *rc)
{
	for (unsigned format = DIFF_TEXT; format <= DIFF_JUNIT; format++) {
		enum diff_result result;
		char *text = NULL;
		size_t length;
		FILE *f = open_memstream(&text, &length);

		hold(f != NULL);
		hold(recall_diff(rc, (enum diff_format)format, SEVERITY_INFO, f,
				 &result));
		hold(result != DIFF_NEW);
		fclose(f);
		free(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recall *rc = read_all(data, size, RECALL_SIDES);
	size_t once_len, twice_len, thrice_len, length;
	char *once, *twice, *thrice;

	free(written(rc, REPORT_TEXT, &length));
	free(written(rc, REPORT_HTML, &length));
	hold(length < PAGE_BYTES);
	once = written(rc, REPORT_JSON, &once_len);
	compare(rc);
	recall_free(rc);
	twice = written_again(once, once_len, &twice_len);
	thrice = written_again(twice, twice_len, &thrice_len);
	hold(twice_len == thrice_len && !memcmp(twice, thrice, twice_len));
	free(once);
	free(twice);
	free(thrice);
	return 0;
}
