/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture: frames in, in time order, with where they came from
 *
 * An input is one file argument (or standard input), or a network interface
 * that is captured from.  An interface is one
 * source of frames inside an input: a classic pcap file has one, a pcapng
 * file has one for each Interface Description Block of each section.
 *
 * Hand-over is pull, in batches: capture_next() fills an array with frames
 * that are borrowed until the next call.
 *
 * Frames go out as pcapng: blocks are appended to a string, which its owner
 * writes where he likes.
 */
#ifndef ASYMCAP_CAPTURE_H
#define ASYMCAP_CAPTURE_H

#include <asymcap/base.h>

#define CAPTURE_BATCH	       64   /* frames handed over at a time, at most */
#define CAPTURE_MAX_INTERFACES 4096 /* over all inputs */

/* Link types (https://www.tcpdump.org/linktypes.html), those that decode
 * knows.  Any other number is passed on as it is.
 */
enum link_type {
	LINK_NULL = 0, /* BSD loopback, byte order of the writer */
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12, /* raw IP, as some writers number it */
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108, /* OpenBSD loopback, network byte order */
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

/* The latest time that a frame can have: a year before the end of int64_t, so
 * that sums and differences of times cannot overflow.
 */
#define FRAME_TIME_MAX (INT64_MAX - 366 * 24 * 3600 * NSEC_PER_SEC)

/**
 * struct frame - One captured packet, borrowed
 * @time:	When it was captured, 0 .. FRAME_TIME_MAX; monotone over a
 *		capture only as far as the files are
 * @data:	@caplen bytes, valid until the next capture_next()
 * @number:	1-based position in its input, as Wireshark counts
 * @caplen:	Bytes captured
 * @len:	Bytes on the wire, never less than @caplen
 * @interface:	Index for capture_interface()
 * @link_type:	enum link_type, or a number that decode will refuse
 */
struct frame {
	struct timestamp time;
	const uint8_t *data;
	uint64_t number;
	uint32_t caplen;
	uint32_t len;
	uint16_t interface;
	uint16_t link_type;
};

/**
 * struct capture_interface - A source of frames inside an input
 * @input:	Index of the input
 * @section:	0-based pcapng section it belongs to (0 for classic pcap)
 * @id:		0-based number in that section, as pcapng counts
 * @name:	if_name, or NULL; owned by the capture, bytes of the file
 * @description: if_description, or NULL
 * @link_type:	Link type number
 * @snaplen:	Snap length in bytes, 0 for no limit
 * @packets:	Frames handed over so far
 * @drops:	Drops that an Interface Statistics Block reports (ifdrop +
 *		osdrop, the last block counts), or 0
 * @drops_known: Whether there was such a block
 * @if_drops:	Live: of @drops, those that the interface lost, not the kernel
 * @up:		Live: it is captured from, and has a carrier
 * @gaps:	Live: times that it was found gone or without a carrier, or came
 *		back; grows while it is so
 */
struct capture_interface {
	uint32_t input;
	uint32_t section;
	uint32_t id;
	char *name;
	char *description;
	uint16_t link_type;
	uint32_t snaplen;
	uint64_t packets;
	uint64_t drops;
	bool drops_known;
	uint64_t if_drops;
	bool up;
	uint64_t gaps;
};

/** enum capture_state - How far an input has come */
enum capture_state {
	CAPTURE_READING,
	CAPTURE_DONE,	   /* whole */
	CAPTURE_TRUNCATED, /* ended inside a record, good before that */
	CAPTURE_BAD,	   /* damaged or foreign, good before that */
};

/**
 * struct capture_input - One file argument
 * @path:	As given ("-" for standard input)
 * @format:	"pcap", "pcapng", ...; NULL before it is known
 * @state:	How far it has come
 * @problem:	For TRUNCATED and BAD: what is wrong, with the byte offset
 *		and a remedy, without the path; else NULL
 * @packets:	Frames handed over
 * @bytes:	Bytes of the file consumed
 * @size:	Bytes of the file, 0 if unknown (a pipe)
 * @stream:	A pipe, a device or an interface: its frames come when they like
 * @live:	An interface
 * @bad_use:	@problem is the user's: a filter, or an interface that is none
 * @backwards:	Frames whose time lies before their predecessor's
 * @mended:	Frames that claimed fewer bytes on the wire than were captured;
 *		their len was raised to their caplen
 * @clamped:	Frames whose time lies before 1970 or after FRAME_TIME_MAX (the
 *		year 2261) and was set to that
 * @skipped:	pcapng blocks that could hold something of interest but are of
 *		a type, or for an interface, that is not known
 */
struct capture_input {
	const char *path;
	const char *format;
	enum capture_state state;
	char *problem;
	uint64_t packets;
	uint64_t bytes;
	uint64_t size;
	bool stream;
	bool live;
	bool bad_use;
	uint64_t backwards;
	uint64_t mended;
	uint64_t clamped;
	uint64_t skipped;
};

struct capture;

/** capture_new() - An empty capture; never NULL */
struct capture *capture_new(void);

/** capture_free() - Close all; frames, inputs and interfaces are gone */
void capture_free(struct capture *c);

/**
 * capture_add_file() - Open a file and read its header
 * @c:		Capture
 * @path:	File name, or "-" for standard input; borrowed until free
 * @input:	Result: index of the input, set on success and on failure
 *
 * On failure the input exists, in state CAPTURE_BAD (or TRUNCATED for an
 * empty or cut header), with its problem; the others can still be read.
 *
 * Return: whether frames can be read from it
 */
bool capture_add_file(struct capture *c, const char *path, uint32_t *input);

/**
 * capture_add_memory() - As capture_add_file(), for bytes in memory
 * @c:		Capture
 * @name:	What to call it (capture_input.path); borrowed until free
 * @data:	Content of a file; borrowed until free
 * @size:	Bytes of it
 * @input:	Result: index of the input
 *
 * Return: whether frames can be read from it
 */
bool capture_add_memory(struct capture *c, const char *name, const void *data,
			size_t size, uint32_t *input);

/**
 * struct capture_how - How to capture from interfaces
 * @all:	Every packet, not only those that begin and end connections
 * @filter:	What of this is wanted, in the words of pcap-filter(7), or NULL;
 *		borrowed until capture_free()
 * @buffer:	Bytes that the kernel keeps for us, less than 2^31; 0: few
 */
struct capture_how {
	bool all;
	const char *filter;
	uint32_t buffer;
};

/**
 * capture_add_interface() - Capture from a network interface
 * @c:		Capture; capture_live() is to be called
 * @name:	Its name; borrowed until free
 * @how:	Copied
 * @input:	Result: index of the input, set in any case
 *
 * It hands over frames until capture_stop().  If the interface goes, it is
 * waited for.
 *
 * Return: whether it is captured from; if not, the input is in state
 *	   CAPTURE_BAD, with its problem
 */
bool capture_add_interface(struct capture *c, const char *name,
			   const struct capture_how *how, uint32_t *input);

/** capture_end_interfaces() - Last statistics; all of them are CAPTURE_DONE */
void capture_end_interfaces(struct capture *c);

/**
 * capture_next() - The next frames of all inputs, merged by time
 * @c:		Capture
 * @frames:	Result array
 * @max:	Its length, at most CAPTURE_BATCH is used
 *
 * Frames of one input keep their order in the file.  Equal times are ordered
 * by the rank of their inputs (capture_rank()), then by input index.
 *
 * Waits only while it has no frame to give, so that what arrives on a pipe is
 * handed over at once (with several inputs: as soon as each has shown the time
 * of its next frame).
 *
 * Return: how many; 0 when all inputs have ended, or after capture_stop(), or
 *	   (after capture_live() only) when there is nothing for now
 */
size_t capture_next(struct capture *c, struct frame *frames, size_t max);

/**
 * capture_live() - From now on, do not wait for one stream with all others
 * @c:		Capture
 * @window:	How long a silent stream holds up the frames of other streams,
 *		ns
 *
 * From here on capture_next() returns at least four times a second.
 */
void capture_live(struct capture *c, int64_t window);

/** capture_over() - Whether all inputs have ended, or capture_stop() was called */
bool capture_over(const struct capture *c);

/** capture_streams() - Whether any input is a stream that has not ended */
bool capture_streams(const struct capture *c);

/**
 * capture_rank() - Give an input its place among frames of equal time
 * @c:		Capture
 * @input:	Index
 * @rank:	Lower goes first; default 0
 */
void capture_rank(struct capture *c, uint32_t input, uint32_t rank);

/**
 * capture_stop() - Stop waiting for input; async-signal-safe
 * @c:		Capture
 *
 * A capture_next() that waits returns within a quarter of a second, and all
 * later ones return 0.  Inputs that have not ended stay CAPTURE_READING.
 */
void capture_stop(struct capture *c);

uint32_t capture_inputs(const struct capture *c);
const struct capture_input *capture_input(const struct capture *c, uint32_t i);
uint32_t capture_interfaces(const struct capture *c);
const struct capture_interface *capture_interface(const struct capture *c,
						  uint32_t i);

/* ---------------------------------------------------------------- writing */

#define PCAPNG_SNAPLEN 262144 /* bytes of a packet that are written, at most */

/**
 * pcapng_put_section() - Append the header of a pcapng file to a string
 * @s:		String; what it holds is written out by its owner
 * @comment:	Lines about the whole file, any bytes, or NULL
 *
 * What follows up to the next section is in the byte order of this machine.
 * Interfaces are numbered from 0 again.
 */
void pcapng_put_section(struct str *s, const char *comment);

/**
 * pcapng_put_interface() - Append the description of the next interface
 * @name:	What it is called, any bytes
 * @description: What it is, any bytes, or NULL
 * @link_type:	Of its packets
 */
void pcapng_put_interface(struct str *s, const char *name,
			  const char *description, uint16_t link_type);

/**
 * pcapng_put_packet() - Append a packet
 * @interface:	Number in the section
 * @f:		Its time (nanoseconds are kept), bytes and lengths
 * @comment:	Lines about it, any bytes, or NULL
 */
void pcapng_put_packet(struct str *s, uint32_t interface, const struct frame *f,
		       const char *comment);

/**
 * pcapng_put_drops() - Append how many packets an interface lost
 * @interface:	Number in the section
 * @at:		When that was known
 * @drops:	Packets
 */
void pcapng_put_drops(struct str *s, uint32_t interface, struct timestamp at,
		      uint64_t drops);

/**
 * pcapng_whole() - How much of a pcapng file is whole blocks
 * @data:	Content of the file
 * @size:	Bytes
 *
 * Return: bytes from its start up to the end of the last whole block; 0 if it
 *	   is no pcapng file
 */
size_t pcapng_whole(const uint8_t *data, size_t size);

#endif /* ASYMCAP_CAPTURE_H */
