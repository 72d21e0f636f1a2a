/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small server of pages, on a thread of its own
 */
#ifndef APP_HTTP_H
#define APP_HTTP_H

#include <asymcap/base.h>

#include <sys/socket.h>

/**
 * http_parse() - Read where to listen
 * @text:	"PORT", ":PORT" (both on 127.0.0.1), "ADDRESS:PORT" or
 *		"[ADDRESS]:PORT"; no names; port 0: any that is free
 * @address:	Result: an address of IPv4 or IPv6
 *
 * Return: NULL, or why not, to print after the text
 */
const char *http_parse(const char *text, struct sockaddr_storage *address);

/**
 * struct http_answer - What is sent back
 * @status:	Of HTTP
 * @type:	Content-Type, static
 * @body:	Freed by the server
 */
struct http_answer {
	unsigned status;
	const char *type;
	struct str body;
};

struct http;

/**
 * http_listen() - Take the port; nobody is answered yet
 * @where:	Valid for http_parse()
 *
 * Return: NULL after a line on standard error
 */
struct http *http_listen(const char *where);

/**
 * http_start() - Answer, on a thread of its own
 * @h:		Server
 * @page:	Called on that thread, one call at a time, for each GET; returns
 *		false if there is no such page
 * @arg:	Passed on
 *
 * Return: false if there is no thread to be had
 */
bool http_start(struct http *h,
		bool (*page)(void *arg, const char *path,
			     struct http_answer *answer),
		void *arg);

/** http_stop() - End the thread, close the port, free; NULL is fine */
void http_stop(struct http *h);

#endif /* APP_HTTP_H */
