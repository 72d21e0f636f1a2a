/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What targets with a flow table need, so that each run is like the last
 */
#ifndef FUZZ_REPLAY_H
#define FUZZ_REPLAY_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

/* The same key for every run: what is found can be played again. */
ssize_t getrandom(void *buf, size_t size, unsigned flags)
{
	(void)flags;
	memset(buf, 0x5a, size);
	return (ssize_t)size;
}

/* Tables come and go by the thousand: no huge pages are to be cleared. */
int madvise(void *p, size_t size, int advice)
{
	(void)p;
	(void)size;
	(void)advice;
	return 0;
}

static void expect(bool ok)
{
	if (!ok)
		abort();
}

#endif /* FUZZ_REPLAY_H */
