/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet_log: the packets of findings, written while a run goes on
 */
#ifndef APP_PACKET_LOG_H
#define APP_PACKET_LOG_H

#include "pipeline.h"

/**
 * packet_log_open() - Open a pcapng file that grows
 * @path:	Appended to; made if it is not there; borrowed until close
 * @bytes:	Memory for the packets of the last moments
 *
 * Return: NULL after a line on standard error
 */
struct packet_log *packet_log_open(const char *path, size_t bytes);

/**
 * packet_log_put() - Remember a packet, in case that something is found
 * @hash:	flow_mark.hash of its segment
 */
void packet_log_put(struct packet_log *log, const struct frame *f, uint8_t tap,
		    uint32_t hash);

/**
 * packet_log_finding() - Its packets are to be written
 * @arg:	Pipeline with a packet log
 * @f:		Finding
 */
void packet_log_finding(void *arg, const struct finding *f);

/**
 * packet_log_write() - Write packets of what was found of late
 * @p:		Pipeline with a packet log, its judge idle
 */
void packet_log_write(struct pipeline *p);

/** packet_log_reopen() - As journal_reopen() */
void packet_log_reopen(struct packet_log *log);

/** packet_log_renew() - The site has changed: taps may have other names */
void packet_log_renew(struct packet_log *log);

/** packet_log_lost() - Packets that could not be written, ever */
uint64_t packet_log_lost(const struct packet_log *log);

/**
 * packet_log_close() - Say what was not written, close and free
 *
 * Return: whether all packets that were to be written are
 */
bool packet_log_close(struct packet_log *log);

#endif /* APP_PACKET_LOG_H */
