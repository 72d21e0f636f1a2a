/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments for tests of the flow table, one by one or from a line of text
 */
#ifndef TEST_SEGMENTS_H
#define TEST_SEGMENTS_H

#include <asymcap/decode.h>

/* What a test calls 0 ms. */
#define SEG_EPOCH (1795374000 * NSEC_PER_SEC)

/** struct seg_ends - Both ends of a tuple, addresses as text */
struct seg_ends {
	const char *client;
	const char *server;
	uint16_t client_port;
	uint16_t server_port;
};

/*
 * Each makes one segment at @ms after SEG_EPOCH, seen on @interface; @dir is
 * 0 from the client, 1 from the server; other fields are plausible.
 */
struct segment seg_make(const struct seg_ends *e, unsigned dir, int64_t ms,
			unsigned interface);
struct segment seg_syn(const struct seg_ends *e, int64_t ms, unsigned interface,
		       uint32_t isn);
struct segment seg_syn_ack(const struct seg_ends *e, int64_t ms,
			   unsigned interface, uint32_t isn,
			   uint32_t answer_isn);
struct segment seg_data(const struct seg_ends *e, unsigned dir, int64_t ms,
			unsigned interface, uint32_t seq, uint32_t ack,
			uint32_t payload);
struct segment seg_ack(const struct seg_ends *e, unsigned dir, int64_t ms,
		       unsigned interface, uint32_t seq, uint32_t ack);
struct segment seg_fin(const struct seg_ends *e, unsigned dir, int64_t ms,
		       unsigned interface, uint32_t seq, uint32_t ack);
/** seg_rst() - With an acknowledgment if @ack is not 0 */
struct segment seg_rst(const struct seg_ends *e, unsigned dir, int64_t ms,
		       unsigned interface, uint32_t seq, uint32_t ack);

#define SEG_TUPLES  4
#define SEG_ATTEMPT 1000000u /* between the ISNs of attempts */

/**
 * struct seg_cast - Who speaks in a script
 * @ends:	The tuple of a connection, then its translations
 * @isn:	The client's ISN of attempt 0
 * @answer_isn:	The server's
 * @timestamps:	Whether SYNs have the timestamps option
 */
struct seg_cast {
	struct seg_ends ends[SEG_TUPLES];
	uint32_t isn;
	uint32_t answer_isn;
	bool timestamps;
};

/**
 * seg_script() - Make the segments that a line of text tells of
 * @cast:	Who speaks
 * @text:	Words, in the order of sending: "S0 A2 K0 D0 d2"
 * @s:		Result array, numbered from 1
 * @max:	Its length
 *
 * A word is a kind, then the places where the packet was seen, then options.
 * Each word is 10 ms after the one before it, each further place 1 ms.
 *
 *	S SYN		A SYN-ACK		K ACK of the client
 *	X SYN of the server	Y SYN-ACK of the client	k ACK of the server
 *	D d 100 bytes	F f FIN		R r RST (of the server with its ACK)
 *	0..9	an interface		' the next translation, for this word
 *	@n	at n ms			~n  of attempt n (ISNs of its own)
 *	+n	n bytes in a SYN	^n  the n-th resend: later timestamp,
 *	-	ack the SYN only	    another ISN in an answer
 *	!	ack what was never sent
 *
 * Return: how many; 0 if the text or the array is too bad for it
 */
size_t seg_script(const struct seg_cast *cast, const char *text,
		  struct segment *s, size_t max);

#endif /* TEST_SEGMENTS_H */
