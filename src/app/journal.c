/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that grows by whole lines
 *
 * DOC: Theory of operation
 *
 * Others read the file while it grows, and move it away to begin a new one.
 * So what is written to it is kept until a line is whole, and goes out in one
 * call; and when the path is opened again, that is between two lines.  A disk
 * that is full must not end what is watched: half a line is taken back, lines
 * are lost and counted, and both the begin and the end of that are told once.
 * Whoever is killed in the midst of a call leaves half a line behind; what
 * comes next begins with a new one.  If the path is a pipe, whoever reads from
 * it may leave and return; that is no different.  Nor is standard output, if it
 * is a file; but it has no path by which it could be opened again.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * struct journal - The file
 * @path:	Or what it is called, if it was open before
 * @given:	It was
 * @rest:	The begin of a line that is not whole
 * @cut:	Half a line stands at the end of the file
 * @lost:	Lines, since the disk was full
 * @all_lost:	Lines, ever
 */
struct journal {
	const char *path;
	bool given;
	int fd;
	FILE *stream;
	struct str rest;
	bool cut;
	uint64_t lost;
	uint64_t all_lost;
};

/* Once packets are watched, a pipe that nobody reads from is not waited for. */
static int open_path(const char *path, bool wait)
{
	int fd = open(path,
		      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			      (wait ? 0 : O_NONBLOCK),
		      0666);

	if (fd >= 0)
		fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

/* Somebody else may have been killed while he wrote. */
static bool ends_in_half_a_line(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char last = '\n';
	struct stat st;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size)
		(void)!pread(fd, &last, 1, st.st_size - 1);
	close(fd);
	return last != '\n';
}

static uint64_t lines_of(const char *text, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	return n;
}

bool journal_write_whole(int fd, const char *text, size_t size, bool *cut)
{
	struct stat before;
	size_t done = 0;
	int saved;

	if (fstat(fd, &before))
		return false;
	while (done < size) {
		ssize_t n = write(fd, text + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done == size)
		return true;
	saved = errno;
	/* Who does not append is taken back as well. */
	*cut |= done &&
		(!S_ISREG(before.st_mode) || ftruncate(fd, before.st_size) ||
		 lseek(fd, before.st_size, SEEK_SET) < 0);
	errno = saved;
	return false;
}

static void put_lines(struct journal *j, const char *text, size_t size)
{
	uint64_t lines = lines_of(text, size);

	if ((!j->cut || journal_write_whole(j->fd, "\n", 1, &j->cut)) &&
	    journal_write_whole(j->fd, text, size, &j->cut)) {
		j->cut = false;
		if (j->lost)
			log_warn("%s: written to again; %" PRIu64
				 " lines are lost",
				 j->path, j->lost);
		j->lost = 0;
		return;
	}
	if (!j->lost)
		log_error("%s: cannot write: %s; lines are lost until this "
			  "is mended",
			  j->path, strerror(errno));
	j->lost += lines;
	j->all_lost += lines;
}

static ssize_t take(void *arg, const char *text, size_t size)
{
	struct journal *j = arg;
	size_t whole;

	str_addn(&j->rest, text, size);
	whole = j->rest.len;
	while (whole && j->rest.s[whole - 1] != '\n')
		whole--;
	if (whole) {
		struct str rest = {0};

		put_lines(j, j->rest.s, whole);
		str_addn(&rest, j->rest.s + whole, j->rest.len - whole);
		str_free(&j->rest);
		j->rest = rest;
	}
	return (ssize_t)size;
}

static struct journal *journal_new(int fd, const char *path)
{
	static const cookie_io_functions_t functions = {.write = take};
	struct journal *j = xcalloc(1, sizeof(*j));

	j->path = path;
	j->fd = fd;
	j->stream = fopencookie(j, "w", functions);
	if (!j->stream)
		log_fatal("out of memory for %s", path);
	return j;
}

struct journal *journal_open(const char *path)
{
	struct journal *j;
	int fd = open_path(path, true);

	if (fd < 0) {
		log_error("%s: cannot write: %s", path, strerror(errno));
		return NULL;
	}
	/* Whoever reads from a pipe may leave; what is watched goes on. */
	signal(SIGPIPE, SIG_IGN);
	j = journal_new(fd, path);
	j->cut = ends_in_half_a_line(path);
	if (j->cut)
		log_warn("%s: its last line is cut; what follows begins with a "
			 "new one",
			 path);
	return j;
}

struct journal *journal_standard_output(void)
{
	struct stat st;
	struct journal *j;

	if (fstat(STDOUT_FILENO, &st) || !S_ISREG(st.st_mode))
		return NULL;
	j = journal_new(STDOUT_FILENO, "standard output");
	j->given = true;
	return j;
}

FILE *journal_stream(struct journal *j)
{
	return j->stream;
}

void journal_reopen(struct journal *j)
{
	int fd;

	if (j->given)
		return;
	fflush(j->stream);
	fd = open_path(j->path, false);
	if (fd < 0) {
		log_error("%s: cannot open again: %s; the old file is written "
			  "to",
			  j->path, strerror(errno));
		return;
	}
	close(j->fd);
	j->fd = fd;
	j->cut = false;
}

uint64_t journal_lost(const struct journal *j)
{
	return j->all_lost;
}

bool journal_close(struct journal *j)
{
	bool whole;

	fclose(j->stream);
	if (close(j->fd) && !j->all_lost) {
		log_error("%s: cannot write: %s", j->path, strerror(errno));
		j->all_lost++;
	}
	if (j->all_lost)
		log_error("%s: %" PRIu64 " lines are lost", j->path,
			  j->all_lost);
	whole = !j->all_lost;
	str_free(&j->rest);
	free(j);
	return whole;
}
