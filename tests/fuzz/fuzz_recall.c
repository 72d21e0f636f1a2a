/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: any bytes as the JSON Lines of a run
 *
 * Whatever is read is written in every format, a page within its bound; the
 * lines that are written read back to themselves; and compared with itself
 * nothing is new.
 */
#include <asymcap/report.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES 5000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool good)
{
	if (!good)
		abort();
}

static struct recall *read_twice(const void *data, size_t size,
				 enum report_format format)
{
	const struct report_options o = {.format = format, .width = 80};
	struct recall *rc = recall_new(&o);
	int fd = memfd_create("lines", 0);
	char path[32];

	hold(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned side = 0; side < RECALL_SIDES; side++)
		hold(recall_add(rc, path, side));
	recall_read(rc);
	close(fd);
	return rc;
}

static char *written(const void *data, size_t size, enum report_format format,
		     size_t *length)
{
	struct recall *rc = read_twice(data, size, format);
	char *text = NULL;
	FILE *f = open_memstream(&text, length);

	hold(f != NULL);
	hold(report_write(recall_report(rc, 0), recall_totals(rc, 0), f));
	fclose(f);
	recall_free(rc);
	return text;
}

static void compare(const void *data, size_t size)
{
	for (unsigned format = DIFF_TEXT; format <= DIFF_JUNIT; format++) {
		struct recall *rc = read_twice(data, size, REPORT_TEXT);
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
		recall_free(rc);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t once_len, twice_len, length;
	char *once, *twice;

	free(written(data, size, REPORT_TEXT, &length));
	free(written(data, size, REPORT_HTML, &length));
	hold(length < PAGE_BYTES);
	once = written(data, size, REPORT_JSON, &once_len);
	twice = written(once, once_len, REPORT_JSON, &twice_len);
	hold(once_len == twice_len && !memcmp(once, twice, once_len));
	free(once);
	free(twice);
	compare(data, size);
	return 0;
}
