/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unpack: gzip and zstd, as a stream
 *
 * Built with NO_ZSTD, where there is no libzstd, zstd files are recognised and
 * refused with a remedy.
 */
#ifndef CAPTURE_UNPACK_H
#define CAPTURE_UNPACK_H

#include <asymcap/base.h>

#define UNPACK_MAGIC 4 /* bytes that tell the format */

/** enum unpack_format - How an input is compressed */
enum unpack_format { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZSTD, UNPACK_FORMATS };

struct unpack;

/**
 * unpack_recognise() - Tell the compression by content
 * @p:		First bytes of a file
 * @size:	How many there are
 *
 * Return: the format, UNPACK_NONE for all else
 */
enum unpack_format unpack_recognise(const uint8_t *p, size_t size);

/**
 * unpack_new() - Begin to unpack
 * @format:	GZIP or ZSTD
 *
 * Return: an unpacker to be given to unpack_free(), or NULL if this program
 *	   was built without the library for @format
 */
struct unpack *unpack_new(enum unpack_format format);

/** unpack_free() - Free; NULL is allowed */
void unpack_free(struct unpack *u);

/**
 * unpack_some() - Turn packed bytes into plain ones
 * @u:		Unpacker
 * @in:		Next packed byte, moved
 * @in_end:	End of the packed bytes at hand
 * @out:	Room for plain bytes
 * @size:	How much, not 0
 * @problem:	Set to static text when the data is damaged
 *
 * Members that follow each other are unpacked as one.
 *
 * Return: how many bytes were written; 0 means that more input is needed,
 *	   or that @problem was set
 */
size_t unpack_some(struct unpack *u, const uint8_t **in, const uint8_t *in_end,
		   uint8_t *out, size_t size, const char **problem);

/** unpack_between() - Whether the input may end here: no member is open */
bool unpack_between(const struct unpack *u);

#endif /* CAPTURE_UNPACK_H */
