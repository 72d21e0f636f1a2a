/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan: a judged plan as text, JSON Lines and JUnit
 */
#ifndef REPORT_PLAN_H
#define REPORT_PLAN_H

#include <asymcap/plan.h>
#include <asymcap/report.h>

/** plan_place() - Append "FILE:LINE:COLUMN", or nothing; bytes as they are */
void plan_place(struct str *s, const struct plan_result *r);

/** plan_worst() - The gravest verdict of each check; valid where applied */
void plan_worst(const struct plan *p, enum plan_verdict worst[PLAN_CHECKS]);

/**
 * plan_headline() - The answer in a sentence
 * @worst:	Result: the gravest verdict of any check
 */
const char *plan_headline(const struct plan *p, enum plan_verdict *worst);

/** plan_write_text() - Append the whole plan to @s, as text */
void plan_write_text(const struct plan *p, const struct report_texts *texts,
		     const struct plan_options *o, struct str *s);

#endif /* REPORT_PLAN_H */
