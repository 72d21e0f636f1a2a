/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * input: the inputs of a capture, what a reader of a file format fills in
 * them, and what merge takes from them
 */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <asymcap/capture.h>

#include "source.h"

struct input;
struct port;

/* Frames that an input reads ahead of its turn, at most: enough to make one
 * call of its reader cheap, few enough that their bytes stay in the cache.
 */
#define INPUT_AHEAD 32

/**
 * input_fill_fn - Read the next frames
 * @in:		Input in state CAPTURE_READING with no frame ahead
 * @frames:	Result array
 * @max:	Its length, not 0
 * @fresh:	No frame of this input is held by anyone: the window may be
 *		moved and waited for, until the first frame is found
 *
 * Sets the state of the input when it ends.
 *
 * Return: how many frames, in the order of the file.  0 with the state still
 *	   CAPTURE_READING means that the window must be refilled first (@fresh
 *	   was false), or that reading was stopped.
 */
typedef size_t input_fill_fn(struct input *in, struct frame *frames, size_t max,
			     bool fresh);

/**
 * struct pcap_reader - Classic pcap
 * @unit:	Nanoseconds in a unit of the fraction of a second
 * @caplen_max:	More captured bytes than this are damage
 * @header:	Bytes of a record header, 16 or 24
 * @swapped:	The file's byte order is not the host's
 * @interface:	Index of its only interface
 * @link_type:	Of all its frames
 */
struct pcap_reader {
	uint32_t unit;
	uint32_t caplen_max;
	uint32_t header;
	bool swapped;
	uint16_t interface;
	uint16_t link_type;
};

/**
 * struct tick - How the time stamps of an interface become nanoseconds
 *
 * ns = ticks * @mul / @div, or ticks * @mul >> @shift where @shift is not 0,
 * plus @offset_s seconds.  @div 0: finer than any 64-bit count can show.
 */
struct tick {
	uint64_t mul;
	uint64_t div;
	unsigned shift;
	int64_t offset_s;
};

/**
 * struct pcapng_interface - An interface of the current section
 * @tick:	Its clock
 * @snaplen:	Bytes, 0 for no limit
 * @index:	Its index for capture_interface()
 * @link_type:	Of all its frames
 */
struct pcapng_interface {
	struct tick tick;
	uint32_t snaplen;
	uint16_t index;
	uint16_t link_type;
};

/**
 * struct pcapng_reader - pcapng
 * @interface:	Interfaces of the current section, owned
 * @count:	How many
 * @room:	How many are allocated
 * @section:	0-based number of the current section
 * @begun:	A section has begun
 * @swapped:	Its byte order is not the host's
 */
struct pcapng_reader {
	struct pcapng_interface *interface;
	uint32_t count;
	uint32_t room;
	uint32_t section;
	bool begun;
	bool swapped;
};

/**
 * struct input - A file argument and its reader
 * @pub:	What the caller sees
 * @capture:	Owner
 * @source:	Its bytes
 * @fill:	Reader of its format
 * @ahead:	Frames that were read but not handed over, from @next on
 * @next:	The next of them
 * @ahead_count: The end of them
 * @counted:	Of those handed over, so many were counted
 * @silent_since: When a stream was found without a frame, by
 *		clock_monotonic(); 0 while it has some
 * @index:	Number of the input
 * @rank:	Place among frames of equal time
 * @last_ns:	Time of the last frame read, INT64_MIN before the first
 * @number:	Number of the last frame read
 * @pcap:	State of the reader for classic pcap
 * @pcapng:	State of the reader for pcapng
 * @port:	A network interface, owned; NULL for a file
 */
struct input {
	struct capture_input pub;
	struct capture *capture;
	struct source source;
	input_fill_fn *fill;
	uint32_t next;
	uint32_t ahead_count;
	uint32_t counted;
	int64_t silent_since;
	uint32_t index;
	uint32_t rank;
	int64_t last_ns;
	uint64_t number;
	struct pcap_reader pcap;
	struct pcapng_reader pcapng;
	struct port *port;
	struct frame ahead[INPUT_AHEAD];
};

/**
 * struct capture - All inputs and interfaces
 * @input:	Inputs, each on its own so that pointers to it stay valid
 * @inputs:	How many
 * @interface:	Interfaces of all inputs, CAPTURE_MAX_INTERFACES of them
 * @interfaces:	How many are used
 * @heap:	Inputs with a frame ahead, the earliest at the root
 * @heap_count:	How many
 * @unread:	Inputs with nothing ahead, to be read from or closed
 * @unread_count:	How many
 * @live:	Streams are waited for with bounds
 * @window:	How long, ns
 * @stop:	Set by capture_stop()
 */
struct capture {
	struct input **input;
	uint32_t inputs;
	struct capture_interface *interface;
	uint32_t interfaces;
	struct input **heap;
	uint32_t heap_count;
	struct input **unread;
	uint32_t unread_count;
	bool live;
	int64_t window;
	volatile sig_atomic_t stop;
};

/**
 * input_new() - Add an input that has no bytes yet
 * @c:		Capture
 * @path:	As given, borrowed
 */
struct input *input_new(struct capture *c, const char *path);

/**
 * merge_prime() - Make inputs show their next frame
 * @c:		Capture
 *
 * Waits for it, unless the capture is live: then those that have none stay
 * among the inputs to be read from.
 */
void merge_prime(struct capture *c);

/**
 * merge_wait() - As merge_prime() in a live capture, waiting a moment
 *
 * Return: whether the earliest frame may be handed over now
 */
bool merge_wait(struct capture *c);

/**
 * input_open() - Tell the format from the first bytes and read its header
 * @in:		Input
 * @ok:		Whether its source could be opened
 *
 * Return: whether frames can be read from it
 */
bool input_open(struct input *in, bool ok);

/** input_free() - Close and free an input */
void input_free(struct input *in);

/**
 * input_end() - End an input
 * @in:		Input
 * @state:	DONE, TRUNCATED or BAD
 * @fmt:	The problem as printf format, NULL for DONE
 */
void input_end(struct input *in, enum capture_state state, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** enum input_want - What became of a wish for bytes */
enum input_want {
	INPUT_HAVE,  /* the window holds them */
	INPUT_LATER, /* not now: hand over what there is, or stopped */
	INPUT_ENDED, /* never: input_end() was called */
};

/**
 * input_want() - See to it that the window holds enough of a record
 * @in:		Input
 * @n:		Bytes from the start of the record
 * @what:	What ends there, for the message ("packet record")
 * @fresh:	The window may be moved and waited for
 *
 * An end right at the start of the record is the clean end of the input.
 */
enum input_want input_want(struct input *in, size_t n, const char *what,
			   bool fresh);

/** input_bytes() - "byte", or "unpacked byte": what offsets count */
const char *input_bytes(const struct input *in);

/** input_rest() - Text for a problem: what becomes of earlier frames */
const char *input_rest(const struct input *in);

/**
 * input_add_interface() - Make an interface known to the caller
 * @in:		Input
 * @index:	Result: its index
 *
 * Return: the new interface, to be filled in but for its input, or NULL where
 *	   there are too many (the input has ended then)
 */
struct capture_interface *input_add_interface(struct input *in,
					      uint16_t *index);

/**
 * pcapfile_open() - Read the header of a classic pcap file
 * @in:		Input whose window begins with it
 *
 * Return: true; false if it is another format, or with the input ended
 */
bool pcapfile_open(struct input *in);

/** pcapng_open() - As pcapfile_open(), for the first block of a pcapng file */
bool pcapng_open(struct input *in);

/** port_fd() - To be polled for frames, or -1 while there is none */
int port_fd(const struct port *port);

/** port_close() - Close and free; NULL is fine */
void port_close(struct port *port);

/** pcapng_close() - Free what the reader owns */
void pcapng_close(struct input *in);

/**
 * foreign_name() - Name a format that is not read, by its first bytes
 * @p:		Bytes of the file
 * @size:	How many are at hand
 *
 * Return: static text such as "is a snoop capture: convert it with ..."
 */
const char *foreign_name(const uint8_t *p, size_t size);

/* Bytes that foreign_name() likes to see */
#define FOREIGN_SIZE 64

/* Integers in the byte order of a file, from bytes of any alignment */
static inline uint16_t file_u16(const uint8_t *p, bool swapped)
{
	uint16_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t file_u32(const uint8_t *p, bool swapped)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap32(v) : v;
}

static inline uint64_t file_u64(const uint8_t *p, bool swapped)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return swapped ? __builtin_bswap64(v) : v;
}

#endif /* CAPTURE_INPUT_H */
