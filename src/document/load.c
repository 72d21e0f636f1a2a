/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of a file that another tool wrote
 */
#include <asymcap/document.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"

static void problem(struct str *errors, const char *path, const char *why)
{
	str_add_safe(errors, path);
	str_addf(errors, ": %s\n", why);
}

static uint32_t unit_at(const uint8_t *p, bool big)
{
	return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* UTF-16 behind its byte order mark; a unit becomes three bytes at most. */
static bool from_utf16(struct document *d, const uint8_t *p, size_t size,
		       bool big)
{
	char *to;

	d->text = to = xcalloc(size / 2 * 3 + 1, 1);
	for (size_t at = 0; at + 1 < size; at += 2) {
		uint32_t c = unit_at(p + at, big), low;

		if (utf8_is_high(c) && at + 3 < size) {
			at += 2;
			low = unit_at(p + at, big);
			if (!utf8_is_low(low))
				return false;
			c = utf8_pair(c, low);
		}
		if (!c || utf8_is_high(c) || utf8_is_low(c))
			return false;
		to = utf8_put(to, c);
	}
	d->size = (size_t)(to - d->text);
	return size % 2 == 0;
}

bool document_of(struct document *d, const char *path, const char *text,
		 size_t size, struct str *errors)
{
	const uint8_t *p = (const uint8_t *)text;
	bool good;

	*d = (struct document){.path = path};
	if (size > DOCUMENT_MAX_BYTES) {
		problem(errors, path, "is over 16 MiB");
		return false;
	}
	if (size >= 2 &&
	    (!memcmp(p, "\xff\xfe", 2) || !memcmp(p, "\xfe\xff", 2))) {
		good = from_utf16(d, p + 2, size - 2, p[0] == 0xfe);
	} else {
		if (size >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
			text += 3;
			size -= 3;
		}
		good = !size || !memchr(text, 0, size);
		d->text = xcalloc(size + 1, 1);
		if (size)
			memcpy(d->text, text, size);
		d->size = size;
	}
	if (good)
		return true;
	problem(errors, path, "is no text");
	document_free(d);
	return false;
}

static char *read_all(int fd, size_t *size)
{
	char *text = xcalloc(DOCUMENT_MAX_BYTES + 1, 1);
	ssize_t n;

	*size = 0;
	do {
		n = read(fd, text + *size, DOCUMENT_MAX_BYTES + 1 - *size);
		if (n > 0)
			*size += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (!n)
		return text;
	free(text);
	return NULL;
}

bool document_load(struct document *d, const char *path, struct str *errors)
{
	struct stat st;
	bool good = false;
	char *text = NULL;
	size_t size;
	int fd;

	*d = (struct document){.path = path};
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		problem(errors, path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		problem(errors, path, "is no regular file");
	} else {
		text = read_all(fd, &size);
		if (!text)
			problem(errors, path, strerror(errno));
		good = text && document_of(d, path, text, size, errors);
		if (good)
			d->modified.ns =
				(int64_t)st.st_mtim.tv_sec * NSEC_PER_SEC +
				st.st_mtim.tv_nsec;
	}
	free(text);
	if (fd >= 0)
		close(fd);
	return good;
}

void document_free(struct document *d)
{
	free(d->text);
	d->text = NULL;
	d->size = 0;
}

void document_error(struct document *d, struct str *errors,
		    struct document_mark mark, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (d->errors++ >= DOCUMENT_MAX_ERRORS)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	str_add_safe(errors, d->path);
	str_addf(errors, ":%u:%u: ", mark.line, mark.column);
	str_add_safe(errors, text);
	str_addc(errors, '\n');
	if (d->errors == DOCUMENT_MAX_ERRORS) {
		str_add_safe(errors, d->path);
		str_add(errors, ": further errors are not told\n");
	}
}
