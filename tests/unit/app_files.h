/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A folder of small captures, made for each test and then removed
 */
#ifndef APP_FILES_H
#define APP_FILES_H

#include <asymcap/capture.h>

#include <check.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

static char folder[32];

static void write_bytes(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
}

static void write_pcap(const char *path)
{
	struct image m = {.size = 0};

	image_pcap(&m, 0xa1b2c3d4, 65535, LINK_ETHERNET);
	image_record(&m, 1795374000, 0, 60, 60, 0);
	write_bytes(path, m.b, m.size);
}

/* Interfaces eth0, the second without a name, and a third without a frame. */
static void write_pcapng(const char *path, unsigned interfaces)
{
	struct image m = {.size = 0};

	image_section(&m, 1);
	image_interface(&m, LINK_ETHERNET, 0, "eth0", 6, 0);
	for (unsigned i = 1; i < interfaces; i++)
		image_interface(&m, LINK_ETHERNET, 0, i == 1 ? NULL : "idle", 6,
				0);
	for (unsigned i = 0; i < interfaces && i < 2; i++)
		image_packet(&m, 6, i, 1795374000000000 + i, 60, 60);
	write_bytes(path, m.b, m.size);
}

#define MANY 70 /* interfaces: more than there may be taps */

static void write_many(const char *path)
{
	struct image *m = xcalloc(1, sizeof(*m));

	image_section(m, 1);
	for (unsigned i = 0; i < MANY; i++)
		image_interface(m, LINK_ETHERNET, 0, NULL, 6, 0);
	for (unsigned i = 0; i < MANY; i++)
		image_packet(m, 6, i, 1795374000000000 + i, 14, 60);
	write_bytes(path, m->b, m->size);
	free(m);
}

static void make_files(void)
{
	static const char *const pcaps[] = {
		"a.pcap",	 "b.pcap",	 "b.PCAP.gz", ".pcap",
		"edge.2026.cap", "xpcap",	 "x=y.pcap",  "a-2.pcap",
		"dir/a.pcap",	 "dir/x=y.pcap",
	};

	strcpy(folder, "/tmp/asymcap-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(mkdir("dir", 0777), 0);
	for (size_t i = 0; i < ARRAY_SIZE(pcaps); i++)
		write_pcap(pcaps[i]);
	write_pcapng("one.pcapng", 1);
	write_pcapng("two.pcapng", 3);
	write_pcapng("dir/two.pcapng", 3);
	write_many("many.pcapng");
	log_set_level(LOG_LEVEL_ERROR);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_files(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif /* APP_FILES_H */
