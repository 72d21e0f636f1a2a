/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The general remedy of each check
 */
#ifndef PLAN_NAMES_H
#define PLAN_NAMES_H

#include <asymcap/plan.h>

/** names_remedy() - What mends it, in a sentence or two */
const char *names_remedy(enum plan_check c);

#endif /* PLAN_NAMES_H */
