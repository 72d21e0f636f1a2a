/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What text a site file may hold, byte by byte
 */
#ifndef ASYMCAP_SITE_TEXT_H
#define ASYMCAP_SITE_TEXT_H

#include <asymcap/base.h>

/**
 * site_is_printable() - Whether a character may stand in a site file
 * @c:		Character
 *
 * No controls, and nothing that breaks or turns the line of whoever prints
 * it: line and paragraph separators, marks that reverse the direction.
 */
bool site_is_printable(uint32_t c);

/** site_text_is_printable() - Whether all of @size bytes are UTF-8 and so */
bool site_text_is_printable(const char *text, size_t size);

#endif /* ASYMCAP_SITE_TEXT_H */
