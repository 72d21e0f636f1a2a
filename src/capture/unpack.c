/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unpack: gzip and zstd, as a stream
 */
#include "unpack.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#ifndef NO_ZSTD
#include <zstd.h>
#endif

/* Bytes that zlib counts in an unsigned int */
#define CHUNK_MAX (1u << 30)

/**
 * struct unpack - One compressed stream
 * @format:	Which library
 * @inside:	A member was begun and has not ended
 * @gzip:	State of zlib
 * @zstd:	State of libzstd
 */
struct unpack {
	enum unpack_format format;
	bool inside;
	z_stream gzip;
#ifndef NO_ZSTD
	ZSTD_DCtx *zstd;
#endif
};

enum unpack_format unpack_recognise(const uint8_t *p, size_t size)
{
	static const uint8_t gzip[] = {0x1f, 0x8b, 0x08};
	static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
	/* 0x184d2a50 to 5f: a frame to be skipped, may stand first */
	static const uint8_t skip[] = {0x2a, 0x4d, 0x18};

	if (size >= sizeof(gzip) && !memcmp(p, gzip, sizeof(gzip)))
		return UNPACK_GZIP;
	if (size >= sizeof(zstd) && !memcmp(p, zstd, sizeof(zstd)))
		return UNPACK_ZSTD;
	if (size > sizeof(skip) && (p[0] & 0xf0) == 0x50 &&
	    !memcmp(p + 1, skip, sizeof(skip)))
		return UNPACK_ZSTD;
	return UNPACK_NONE;
}

struct unpack *unpack_new(enum unpack_format format)
{
	struct unpack *u = xcalloc(1, sizeof(*u));
	bool ok = false;

	u->format = format;
	/* 16: expect a gzip header, with the largest window */
	if (format == UNPACK_GZIP)
		ok = inflateInit2(&u->gzip, 16 + MAX_WBITS) == Z_OK;
#ifndef NO_ZSTD
	if (format == UNPACK_ZSTD) {
		u->zstd = ZSTD_createDCtx();
		ok = u->zstd != NULL;
	}
#else
	if (format == UNPACK_ZSTD) {
		free(u);
		return NULL;
	}
#endif
	if (!ok)
		log_fatal("out of memory for a decompressor");
	return u;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->format == UNPACK_GZIP)
		inflateEnd(&u->gzip);
#ifndef NO_ZSTD
	ZSTD_freeDCtx(u->zstd);
#endif
	free(u);
}

bool unpack_between(const struct unpack *u)
{
	return !u->inside;
}

static uInt clamp(size_t n)
{
	return (uInt)(n < CHUNK_MAX ? n : CHUNK_MAX);
}

/* A gzip file is a series of members; zeros after the last are padding, as
 * tape and block tools leave it.
 */
static bool gzip_next_member(struct unpack *u, const uint8_t **in,
			     const uint8_t *in_end)
{
	while (*in < in_end && **in == 0)
		(*in)++;
	if (*in == in_end)
		return false;
	inflateReset(&u->gzip);
	u->inside = true;
	return true;
}

/* Output may be left inside the library after the input is used up, so one
 * call is made even without input, here and in zstd_some().
 */
static size_t gzip_some(struct unpack *u, const uint8_t **in,
			const uint8_t *in_end, uint8_t *out, size_t size,
			const char **problem)
{
	z_stream *z = &u->gzip;
	size_t got;
	int rc;

	do {
		if (!u->inside && !gzip_next_member(u, in, in_end))
			return 0;
		z->next_in = *in;
		z->avail_in = clamp((size_t)(in_end - *in));
		z->next_out = out;
		z->avail_out = clamp(size);
		rc = inflate(z, Z_NO_FLUSH);
		got = (size_t)(z->next_out - out);
		*in = z->next_in;
		if (rc == Z_STREAM_END) {
			u->inside = false;
		} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
			*problem = "the gzip data is damaged";
			break;
		}
	} while (!got && *in < in_end);
	return got;
}

#ifndef NO_ZSTD
static size_t zstd_some(struct unpack *u, const uint8_t **in,
			const uint8_t *in_end, uint8_t *out, size_t size,
			const char **problem)
{
	ZSTD_outBuffer to = {out, size, 0};

	do {
		ZSTD_inBuffer from = {*in, (size_t)(in_end - *in), 0};
		size_t rc;

		if (!from.size && !u->inside)
			break;
		rc = ZSTD_decompressStream(u->zstd, &to, &from);
		*in += from.pos;
		if (ZSTD_isError(rc)) {
			*problem = "the zstd data is damaged";
			break;
		}
		u->inside = rc != 0;
	} while (!to.pos && *in < in_end);
	return to.pos;
}
#endif

size_t unpack_some(struct unpack *u, const uint8_t **in, const uint8_t *in_end,
		   uint8_t *out, size_t size, const char **problem)
{
#ifndef NO_ZSTD
	if (u->format == UNPACK_ZSTD)
		return zstd_some(u, in, in_end, out, size, problem);
#endif
	return gzip_some(u, in, in_end, out, size, problem);
}
