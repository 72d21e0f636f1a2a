/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evidence: the packets behind what was found, as files
 */
#ifndef APP_EVIDENCE_H
#define APP_EVIDENCE_H

#include "pipeline.h"

/**
 * evidence_folder() - See to it that there is a folder to write to
 * @dir:	Its name
 *
 * Return: false after a line on standard error
 */
bool evidence_folder(const char *dir);

/** evidence_writes() - Whether a file in that folder may be called so */
bool evidence_writes(const char *name);

/**
 * evidence_possible() - Say which inputs cannot be read a second time
 * @capture:	Opened, nothing read yet
 *
 * Return: false after a line on standard error if none can
 */
bool evidence_possible(const struct capture *capture);

/**
 * evidence_write() - Write a file for each group of findings, and an index
 * @p:		Pipeline that has run, its report written
 * @again:	From collect_open() for its capture
 * @dir:	Folder
 *
 * Return: whether all is there; else lines were printed
 */
bool evidence_write(struct pipeline *p, struct capture *again, const char *dir);

#endif /* APP_EVIDENCE_H */
