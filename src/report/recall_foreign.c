/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recall_foreign: files that are given for JSON Lines, and are none
 *
 * Told by what they are and what makes findings of them, rather than by each
 * of their lines.
 */
#include "recall.h"

#include <ctype.h>
#include <string.h>

#define CAPTURE                                                                \
	"is a capture; its findings are written by asymcap read --format "     \
	"json -o FINDINGS CAPTURE..."
#define UTF_16 "is UTF-16: save it as UTF-8"

static const struct {
	const char *what;
	char magic[5];
	size_t size;
} magics[] = {
	{CAPTURE, "\xd4\xc3\xb2\xa1", 4},
	{CAPTURE, "\xa1\xb2\xc3\xd4", 4},
	{CAPTURE, "\x4d\x3c\xb2\xa1", 4},
	{CAPTURE, "\xa1\xb2\x3c\x4d", 4},
	{CAPTURE, "\x0a\x0d\x0d\x0a", 4},
	{UTF_16, "\xff\xfe", 2},
	{UTF_16, "\xfe\xff", 2},
	{"is compressed with gzip: unpack it with gzip -d", "\x1f\x8b", 2},
	{"is compressed with zstd: unpack it with zstd -d", "\x28\xb5\x2f\xfd",
	 4},
};

static bool first_line_ends(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p < end && *p == '\n';
}

const char *recall_foreign(const char *begin, size_t size)
{
	const char *end = begin + size;
	const char *p = begin;

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		if (size >= magics[i].size &&
		    !memcmp(begin, magics[i].magic, magics[i].size))
			return magics[i].what;
	}
	while (p < end && isspace((unsigned char)*p))
		p++;
	if (p < end && *p == '<')
		return "is a page or XML; what is read are JSON Lines, of "
		       "--format json";
	if (p < end && *p == '[')
		return "is one JSON list; jq -c '.[]' makes JSON Lines of it";
	if (p < end && *p == '{' && first_line_ends(p + 1, end))
		return "is JSON of several lines a value; jq -c . makes JSON "
		       "Lines of it";
	return NULL;
}
