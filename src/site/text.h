/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What text a site file may hold, byte by byte
 */
#ifndef ASYMCAP_SITE_TEXT_H
#define ASYMCAP_SITE_TEXT_H

#include <asymcap/base.h>

/**
 * site_text_is_printable() - Whether text may stand in a site file
 * @text:	@size bytes
 *
 * Return: whether all of it is UTF-8 that shows what is there, see
 *	   utf8_is_harmless()
 */
bool site_text_is_printable(const char *text, size_t size);

#endif /* ASYMCAP_SITE_TEXT_H */
