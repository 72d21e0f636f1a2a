/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * source: the bytes of one input as a contiguous window
 *
 * DOC: Theory of operation
 *
 * A regular file is mapped whole and read in order: the window is the file
 * and never moves.  The file descriptor is closed at once, so that thousands
 * of rotated captures can be open.  A file that another program shortens
 * while it is mapped ends this one by SIGBUS, as with any mapped file; one
 * that grows is read up to the size that it had.
 *
 * Pipes, devices and compressed files stream through a buffer.  It holds
 * whole records only as long as the readers need them: source_refill() moves
 * what is unread to the front and reads on.  It grows, by doubling, only when
 * it is full of bytes that did arrive: a length that a hostile file claims
 * takes no memory.  A pipe is read as far as it has data, not until the
 * buffer is full: what a live capture writes is seen at once.
 *
 * Compression is told by content.  Packed bytes come from the mapped file, or
 * from a second, fixed buffer, and are unpacked into the window.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_SIZE      (64u << 10) /* packed bytes read at a time */
#define PIPE_SIZE     (1 << 20)	  /* bytes a pipe may hold */
#define STOP_CHECK_MS 250	  /* how often @stop is looked at */

static bool source_fail(struct source *s, const char *problem, int error)
{
	s->problem = problem;
	s->error = error;
	s->last = true;
	return false;
}

/* Wait first and read then: a signal between a look at @stop and a blocking
 * read would be lost.
 */
static bool wait_readable(struct source *s)
{
	struct pollfd pfd = {.fd = s->fd, .events = POLLIN};

	for (;;) {
		if (source_stopped(s))
			return false;
		if (poll(&pfd, 1, s->hurry ? 0 : STOP_CHECK_MS) > 0)
			return true;
		if (s->hurry) {
			s->starved = true;
			return false;
		}
	}
}

/* Return: bytes read; 0 at the end, on an error or when stopped */
static size_t read_fd(struct source *s, uint8_t *to, size_t size)
{
	ssize_t n;

	if (s->fd < 0)
		return 0;
	do {
		if (!wait_readable(s))
			return 0;
		n = read(s->fd, to, size);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		source_fail(s, "cannot be read", errno);
	return n > 0 ? (size_t)n : 0;
}

static size_t pull_plain(struct source *s, uint8_t *to, size_t size)
{
	size_t n = read_fd(s, to, size);

	s->raw_offset += n;
	if (!n && !source_idle(s))
		s->last = true;
	return n;
}

/* Read packed bytes on; false when there are no more */
static bool read_raw(struct source *s)
{
	size_t n;

	if (s->raw_last)
		return false;
	n = read_fd(s, s->raw_buf, RAW_SIZE);
	s->raw = s->raw_buf;
	s->raw_end = s->raw_buf + n;
	s->raw_offset += n;
	if (!n && !source_idle(s))
		s->raw_last = true;
	return n > 0;
}

static size_t pull_packed(struct source *s, uint8_t *to, size_t size)
{
	const char *problem = NULL;
	size_t n;

	do {
		n = unpack_some(s->unpack, &s->raw, s->raw_end, to, size,
				&problem);
		if (problem)
			source_fail(s, problem, 0);
		if (n || problem)
			return n;
	} while (s->raw < s->raw_end || read_raw(s));

	if (s->problem || source_idle(s))
		return 0;
	if (!unpack_between(s->unpack)) {
		source_fail(s, "the compressed data ends too early", 0);
		s->cut = true;
	}
	s->last = true;
	return 0;
}

/* Move the unread bytes to the front; make room if there is none */
static void make_room(struct source *s)
{
	size_t have = (size_t)(s->end - s->p);

	if (s->p != s->buf && have)
		memmove(s->buf, s->p, have);
	if (have == s->buf_size) {
		s->buf_size = s->buf_size ? 2 * s->buf_size : SOURCE_WINDOW;
		s->buf = xrealloc(s->buf, s->buf_size, 1);
	}
	s->p = s->buf;
	s->end = s->buf + have;
}

bool source_refill(struct source *s, size_t n)
{
	assert(n <= SOURCE_MAX);
	s->starved = false;
	while (!source_has(s, n) && !s->last && !source_idle(s)) {
		size_t have = (size_t)(s->end - s->p);
		size_t got;

		make_room(s);
		if (s->unpack)
			got = pull_packed(s, s->buf + have, s->buf_size - have);
		else
			got = pull_plain(s, s->buf + have, s->buf_size - have);
		s->end += got;
		s->end_offset += got;
	}
	return source_has(s, n);
}

/* ------------------------------------------------------------- to open */

static const char *zstd_missing =
	"is compressed with zstd, which this build cannot read: "
	"unpack it with zstd -d";

/* All bytes are at hand, from @p on: use them as they are, or unpack them */
static bool open_whole(struct source *s, const uint8_t *p, size_t size)
{
	enum unpack_format format = unpack_recognise(p, size);

	s->size = size;
	if (format == UNPACK_NONE) {
		s->p = p;
		s->end = p + size;
		s->end_offset = size;
		s->last = true;
		return true;
	}
	s->raw = p;
	s->raw_end = p + size;
	s->raw_offset = size;
	s->raw_last = true;
	s->unpack = unpack_new(format);
	return s->unpack || source_fail(s, zstd_missing, 0);
}

static bool open_map(struct source *s, int fd, size_t size)
{
	s->map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return source_fail(s, "cannot be mapped", errno);
	}
	s->map_size = size;
	madvise(s->map, size, MADV_SEQUENTIAL);
	return open_whole(s, s->map, size);
}

/* The first bytes go to the window; if they turn out to be packed, they
 * become the first packed bytes.
 */
static bool open_stream(struct source *s)
{
	enum unpack_format format;
	size_t have;

	/* Fewer changes of process; no harm where it is refused. */
	fcntl(s->fd, F_SETPIPE_SZ, PIPE_SIZE);
	source_refill(s, UNPACK_MAGIC);
	if (s->problem)
		return false;
	have = (size_t)(s->end - s->p);
	format = unpack_recognise(s->p, have);
	if (format == UNPACK_NONE)
		return true;
	s->raw_buf = s->buf;
	s->raw = s->p;
	s->raw_end = s->end;
	s->raw_last = s->last;
	s->last = false;
	s->end_offset = 0;
	s->p = s->end = s->buf = NULL;
	s->buf_size = 0;
	s->unpack = unpack_new(format);
	return s->unpack || source_fail(s, zstd_missing, 0);
}

static bool open_fd(struct source *s, const char *path)
{
	if (strcmp(path, "-"))
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	else
		s->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (s->fd < 0)
		return source_fail(s, "cannot be opened", errno);
	if (isatty(s->fd))
		return source_fail(s,
				   "is a terminal: pipe a capture into "
				   "it, e.g. from tcpdump -w -",
				   0);
	return true;
}

bool source_open(struct source *s, const char *path)
{
	struct stat st;
	bool ok;

	s->fd = -1;
	if (!open_fd(s, path))
		return false;
	if (fstat(s->fd, &st))
		return source_fail(s, "cannot be opened", errno);
	if (S_ISDIR(st.st_mode))
		return source_fail(s, "is a directory: name the files in it",
				   0);
	/* Some files of the kernel are regular and say that they are empty;
	 * standard input may have been read from before.
	 */
	if (!S_ISREG(st.st_mode) || st.st_size == 0 ||
	    lseek(s->fd, 0, SEEK_CUR) != 0) {
		s->stream = !S_ISREG(st.st_mode);
		return open_stream(s);
	}
	ok = open_map(s, s->fd, (size_t)st.st_size);
	close(s->fd);
	s->fd = -1;
	return ok;
}

bool source_open_memory(struct source *s, const void *data, size_t size)
{
	s->fd = -1;
	return open_whole(s, data, size);
}

void source_close(struct source *s)
{
	unpack_free(s->unpack);
	s->unpack = NULL;
	free(s->raw_buf);
	s->raw_buf = NULL;
	free(s->buf);
	s->buf = NULL;
	s->buf_size = 0;
	if (s->map)
		munmap(s->map, s->map_size);
	s->map = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->p = s->end = NULL;
	s->raw = s->raw_end = NULL;
	s->last = true;
}
