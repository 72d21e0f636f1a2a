/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The key of the keyed hash
 */
#include <asymcap/base.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>

struct hash_key hash_key_random(void)
{
	struct hash_key k;

	while (getrandom(&k, sizeof(k), 0) != (ssize_t)sizeof(k)) {
		if (errno != EINTR)
			log_fatal("cannot draw a hash key: %s",
				  strerror(errno));
	}
	return k;
}
