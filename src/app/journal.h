/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that grows by whole lines
 */
#ifndef APP_JOURNAL_H
#define APP_JOURNAL_H

#include <asymcap/base.h>

#include <stdio.h>

struct journal;

/**
 * journal_open() - Open a file that grows
 * @path:	Appended to; made if it is not there; borrowed until close
 *
 * Return: NULL after a line on standard error
 */
struct journal *journal_open(const char *path);

/**
 * journal_standard_output() - The same of standard output
 *
 * Return: NULL if that is no file
 */
struct journal *journal_standard_output(void);

/** journal_stream() - To be written to; it never fails, and is not closed */
FILE *journal_stream(struct journal *j);

/**
 * journal_reopen() - Open its path again, if it has one: the file was moved away
 *
 * If that fails, it is told, and the old file is written to.
 */
void journal_reopen(struct journal *j);

/** journal_lost() - Lines that could not be written, ever */
uint64_t journal_lost(const struct journal *j);

/**
 * journal_close() - Close and free
 *
 * Return: whether every line was written
 */
bool journal_close(struct journal *j);

/**
 * journal_write_whole() - Write all of it to a file, or nothing
 *
 * @cut:	Set to true if it failed and some of it is there all the same
 *
 * Return: whether it is there (else: errno)
 */
bool journal_write_whole(int fd, const char *text, size_t size, bool *cut);

#endif /* APP_JOURNAL_H */
