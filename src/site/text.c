/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What text a site file may hold, byte by byte
 *
 * Names from the site file end up in terminals, logs and reports.  What could
 * make one of them show something else than what is there is refused at the
 * door.
 */
#include "text.h"

bool site_text_is_printable(const char *text, size_t size)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t c;
	size_t n;

	for (; size; p += n, size -= n) {
		n = utf8_read(p, size, &c);
		if (!n || !utf8_is_harmless(c))
			return false;
	}
	return true;
}
