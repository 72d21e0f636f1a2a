/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame_stacks: one sample frame for every stack of headers that decode knows
 */
#ifndef FRAME_STACKS_H
#define FRAME_STACKS_H

#include "frame_builder.h"

#define STACK_V4_SRC "198.51.100.7"
#define STACK_V4_DST "40.96.0.10"
#define STACK_V6_SRC "2001:db8::7"
#define STACK_V6_DST "2603:1006::10"

/**
 * struct frame_stack - A stack and the facts that it must give
 * @name:	For messages
 * @link_type:	Link type number
 * @before:	Appends all headers before the innermost IP header, or NULL
 * @after:	Appends what is between that one and TCP, or NULL
 * @vlan_count:	How many tags
 * @vlan:	The tags
 * @tunnel:	Tunnel
 * @tunnel_id:	Its identifier
 * @no_mac:	Whether no MAC addresses can be known
 * @v6:		Whether the innermost IP is IPv6
 */
struct frame_stack {
	const char *name;
	uint16_t link_type;
	void (*before)(struct frame_builder *b);
	void (*after)(struct frame_builder *b);
	uint8_t vlan_count;
	uint16_t vlan[DECODE_MAX_VLANS];
	enum tunnel tunnel;
	uint32_t tunnel_id;
	bool no_mac;
	bool v6;
};

extern const struct frame_stack frame_stacks[];
extern const size_t frame_stack_count;

/**
 * stack_syn() - Build the sample of a stack
 * @b:		Builder, initialised here
 * @stack:	Stack
 *
 * Return: a SYN from STACK_*_SRC port 34000 to STACK_*_DST port 25, with
 *	   FB_SYN_OPTIONS and 9 bytes of payload, ISN 0x82eeca1a
 */
struct frame stack_syn(struct frame_builder *b,
		       const struct frame_stack *stack);

#endif /* FRAME_STACKS_H */
