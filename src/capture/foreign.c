/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * foreign: formats that are not read, told by name so that the user knows what
 * to do
 */
#include "input.h"

#include <string.h>

#define EDITCAP ": convert it with editcap -F pcapng"

/**
 * struct foreign - A format by its first bytes
 * @name:	What to tell the user
 * @magic:	First bytes
 * @size:	How many
 */
struct foreign {
	const char *name;
	const char *magic;
	size_t size;
};

#define FOREIGN(magic_, name_)                                                 \
	{                                                                      \
		name_, magic_, sizeof(magic_) - 1                              \
	}

static const struct foreign foreign[] = {
	FOREIGN("snoop\0\0\0", "is a snoop capture" EDITCAP),
	FOREIGN("btsnoop\0", "is a btsnoop (Bluetooth) capture" EDITCAP),
	FOREIGN("RTSS", "is a Microsoft Network Monitor 1 capture" EDITCAP),
	FOREIGN("GMBU", "is a Microsoft Network Monitor 2 capture" EDITCAP),
	FOREIGN("TRSNIFF data    \x1a", "is a Sniffer capture" EDITCAP),
	FOREIGN("XCP\0", "is a NetXRay or Windows Sniffer capture" EDITCAP),
	FOREIGN("\x7fver", "is an OmniPeek capture" EDITCAP),
	FOREIGN("\x05VNF", "is a Visual Networks capture" EDITCAP),
	FOREIGN("iptrace ", "is an AIX iptrace capture" EDITCAP),
	FOREIGN("TR\0d\0", "is an HP-UX nettl capture" EDITCAP),
	FOREIGN("\xac\x01\0\x1c", "is an Ixia lcap capture" EDITCAP),
	FOREIGN("\xab\x01\0\x1c", "is an Ixia lcap capture" EDITCAP),
	FOREIGN("\0\0\x02\0\x12\x05\0\x10", "is a K12 capture" EDITCAP),
	FOREIGN("\x1f\x8b", "is compressed with gzip twice, or in a way that "
			    "is not known: unpack it with gzip -d"),
	FOREIGN("\x28\xb5\x2f\xfd", "is compressed with zstd inside another "
				    "compression: unpack it with zstd -d"),
	FOREIGN("\x04\x22\x4d\x18", "is compressed with LZ4: unpack it with "
				    "lz4 -d"),
	FOREIGN("\x02\x21\x4c\x18", "is compressed with LZ4: unpack it with "
				    "lz4 -d"),
	FOREIGN("\xfd"
		"7zXZ\0",
		"is compressed with xz: unpack it with "
		"xz -d"),
	FOREIGN("BZh", "is compressed with bzip2: unpack it with bzip2 -d"),
	FOREIGN("LZIP", "is compressed with lzip: unpack it with lzip -d"),
	FOREIGN("\x1f\x9d", "is compressed with compress: unpack it with "
			    "gzip -d"),
	FOREIGN("PK\x03\x04", "is a zip archive: unpack it first"),
	FOREIGN("7z\xbc\xaf\x27\x1c", "is a 7-zip archive: unpack it first"),
	FOREIGN("Rar!", "is a rar archive: unpack it first"),
	FOREIGN("\x7f"
		"ELF",
		"is a program, not a capture"),
};

/* ERF has no magic; its records begin with a time stamp (little-endian, 32
 * bits of seconds above 32 of fraction), type, flags, and a length.
 */
static bool looks_like_erf(const uint8_t *p, size_t size)
{
	uint32_t seconds;
	unsigned type;

	if (size < 16)
		return false;
	seconds = (uint32_t)p[7] << 24 | (uint32_t)p[6] << 16 |
		  (uint32_t)p[5] << 8 | p[4];
	type = p[8] & 0x7f;
	/* 1990 to 2100; types 1 to 48; more than the 16 bytes of header;
	 * the length on the wire is never 0
	 */
	return seconds > 631152000u && seconds < 4102444800u && type >= 1 &&
	       type <= 48 && get_be16(p + 10) > 16 && get_be16(p + 14) > 0;
}

static bool looks_like_text(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' &&
		    p[i] != '\r' && p[i] != '\f')
			return false;
	return size > 0;
}

const char *foreign_name(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (size >= foreign[i].size &&
		    !memcmp(p, foreign[i].magic, foreign[i].size))
			return foreign[i].name;
	if (looks_like_text(p, size))
		return "is text, not a capture: write captures with tcpdump -w";
	if (looks_like_erf(p, size))
		return "looks like an ERF capture" EDITCAP;
	return "is no capture that can be read (pcap, pcapng; plain, gzip or "
	       "zstd): convert it with editcap -F pcapng";
}
