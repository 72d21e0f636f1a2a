/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * community_id: the name of a connection that other tools give it too
 */
#ifndef REPORT_COMMUNITY_ID_H
#define REPORT_COMMUNITY_ID_H

#include <asymcap/finding.h>

#define COMMUNITY_ID_TEXT 31 /* "1:", 28 of base64, NUL */

/**
 * community_id() - Community ID version 1, seed 0, of a TCP connection
 * @t:		Its ends; either may be the client, the result is the same
 * @buf:	At least COMMUNITY_ID_TEXT bytes
 *
 * Return: @buf, e.g. "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
 */
char *community_id(const struct tuple *t, char *buf);

#endif /* REPORT_COMMUNITY_ID_H */
