/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * source: the bytes of one input as a contiguous window
 *
 * The readers see one thing only: bytes from @p to @end.  Where they come
 * from (a mapped file, a pipe, a decompressor) is settled here.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <asymcap/base.h>
#include <signal.h>

#include "unpack.h"

/* A record of any format is bounded by its reader; so is the window. */
#define SOURCE_WINDOW (256u << 10) /* bytes to begin with */
#define SOURCE_MAX    (64u << 20)  /* bytes it may grow to */

/**
 * struct source - A window over the bytes of an input
 * @p:		Next unread byte; the reader moves it
 * @end:	End of the window
 * @last:	No byte will follow the window
 * @end_offset:	Offset of @end in the (unpacked) bytes of the input
 * @problem:	Static text: why the bytes end before their time, or NULL
 * @error:	errno to print after @problem, or 0
 * @cut:	@problem is an early end, not damage
 * @size:	Bytes of the file, 0 if unknown
 * @stop:	Set from a signal handler to end all waiting, or NULL
 * @stream:	A pipe or device: bytes come when they like
 * @hurry:	Do not wait for the bytes of a stream
 * @starved:	The last source_refill() had to do without some, in a hurry
 * @map:	The whole file, mapped; NULL for a stream
 * @map_size:	Bytes of it
 * @fd:		Stream still open, or -1
 * @buf:	Window of a stream, owned
 * @buf_size:	Bytes allocated
 * @unpack:	Decompressor, or NULL
 * @raw:	Packed bytes that were read and not unpacked yet
 * @raw_end:	Their end
 * @raw_buf:	Where packed bytes are read to, owned; NULL if mapped
 * @raw_last:	No packed byte will follow @raw_end
 * @raw_offset:	Offset of @raw_end in the file
 */
struct source {
	const uint8_t *p;
	const uint8_t *end;
	bool last;
	uint64_t end_offset;
	const char *problem;
	int error;
	bool cut;
	uint64_t size;
	const volatile sig_atomic_t *stop;
	bool stream;
	bool hurry;
	bool starved;
	void *map;
	size_t map_size;
	int fd;
	uint8_t *buf;
	size_t buf_size;
	struct unpack *unpack;
	const uint8_t *raw;
	const uint8_t *raw_end;
	uint8_t *raw_buf;
	bool raw_last;
	uint64_t raw_offset;
};

/**
 * source_open() - Open a file, map it or prepare to stream it
 * @s:		Source, to be zeroed but for @stop; source_close() it in any
 *		case
 * @path:	File name, or "-" for standard input
 *
 * Waits on a pipe until its first bytes are there.
 *
 * Return: true, or false with @problem (and maybe @error) set
 */
bool source_open(struct source *s, const char *path);

/**
 * source_open_memory() - Read from memory instead of from a file
 * @s:		Source, to be zeroed
 * @data:	Bytes, borrowed until source_close()
 * @size:	How many
 *
 * Return: true, or false with @problem set
 */
bool source_open_memory(struct source *s, const void *data, size_t size);

/**
 * source_refill() - Wait until the window holds @n bytes
 * @s:		Source
 * @n:		Bytes wanted from @p on, at most SOURCE_MAX
 *
 * Moves the window: pointers into it are void after the call, unless @last
 * was set before.
 *
 * Return: true, or false when fewer will ever come: @last is set then, and
 *	   @problem if the end is not a clean one; or @stop was set, or
 *	   @starved is
 */
bool source_refill(struct source *s, size_t n);

/** source_close() - Give back the window and all else; @p is void then */
void source_close(struct source *s);

/** source_has() - Whether the window holds @n bytes */
static inline bool source_has(const struct source *s, size_t n)
{
	return (size_t)(s->end - s->p) >= n;
}

/** source_offset() - Offset of the next unread byte, after unpacking */
static inline uint64_t source_offset(const struct source *s)
{
	return s->end_offset - (uint64_t)(s->end - s->p);
}

/** source_consumed() - Bytes of the file behind what was read so far */
static inline uint64_t source_consumed(const struct source *s)
{
	if (!s->unpack)
		return source_offset(s);
	return s->raw_offset - (uint64_t)(s->raw_end - s->raw);
}

/** source_stopped() - Whether the program was asked to stop waiting */
static inline bool source_stopped(const struct source *s)
{
	return s->stop && *s->stop;
}

/** source_idle() - Whether bytes are missing that may still come */
static inline bool source_idle(const struct source *s)
{
	return s->starved || source_stopped(s);
}

#endif /* CAPTURE_SOURCE_H */
