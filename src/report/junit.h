/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * junit: test results as the XML that pipelines read
 *
 * One suite a document.  Text may hold any byte: it is escaped, and what XML
 * cannot hold becomes '?'.
 */
#ifndef REPORT_JUNIT_H
#define REPORT_JUNIT_H

#include <asymcap/base.h>

enum junit_result {
	JUNIT_PASSED,
	JUNIT_FAILED,
	JUNIT_SKIPPED,
};

/**
 * junit_open() - Begin the document
 * @out:	Appended to
 * @suite:	Its name
 * @tests:	How many cases follow
 * @failures:	How many of them fail
 * @skipped:	How many are skipped
 */
void junit_open(struct str *out, const char *suite, uint64_t tests,
		uint64_t failures, uint64_t skipped);

/**
 * junit_case() - One case
 * @out:	Appended to
 * @class:	What it belongs to
 * @name:	Its name, best unique in the class
 * @result:	How it ended
 * @message:	Why it failed or was skipped, a sentence; NULL where it passed
 * @details:	More lines about it, or NULL
 */
void junit_case(struct str *out, const char *class, const char *name,
		enum junit_result result, const char *message,
		const char *details);

/** junit_close() - End the document */
void junit_close(struct str *out);

#endif /* REPORT_JUNIT_H */
