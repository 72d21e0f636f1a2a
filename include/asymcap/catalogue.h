/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * catalogue: the plan's rows against what was seen of them
 *
 * The site's services are the catalogue of planned connections.  Each
 * connection that was counted is booked on its row; what has no row is booked
 * apart.  Values only: it judges no connection, and says nothing itself.
 */
#ifndef ASYMCAP_CATALOGUE_H
#define ASYMCAP_CATALOGUE_H

#include <asymcap/base.h>
#include <asymcap/finding.h>
#include <asymcap/flow.h>
#include <asymcap/topo.h>

#define CATALOGUE_ENDS 64 /* servers in no row that are named */

/** enum row_result - A row in a word, the gravest that is true */
enum row_result {
	ROW_OFF_PLAN,	   /* on a circuit that it does not allow */
	ROW_ASYMMETRIC,	   /* the answers took another circuit */
	ROW_BROKEN,	   /* answered, and yet not completed */
	ROW_WRONG_NAT,	   /* not translated as planned */
	ROW_NOT_COMPLETED, /* tried, and no handshake was completed */
	ROW_NOT_EXERCISED, /* not tried */
	ROW_NOT_VERIFIED,  /* completed, but no tap shows the NAT it wants */
	ROW_AS_PLANNED,
	ROW_RESULTS
};

/** row_result_name() - "off-plan", "not-exercised", ... */
const char *row_result_name(enum row_result r);

/**
 * struct catalogue_row - What was seen of a service
 * @planned:	Bit n: circuit n is allowed; 0: any
 * @seen:	Bit n: a SYN of it was seen on circuit n
 * @answered:	Bit n: an answer was seen on circuit n
 * @on:		By circuit: connections whose SYN was seen there
 * @connections: Attempts, each once; less what was seen in midstream only
 * @completed:	Of these: the handshake was completed
 * @refused:	... answered by a RST
 * @unanswered:	... not answered
 * @broken:	... answered, and broken; what is missing to the sum of
 *		@connections was still going on, or is not known
 * @asymmetric:	Of @connections: the answer took another circuit
 * @off_plan:	... on a circuit that the row does not allow
 * @nat_planned: ... translated as planned
 * @nat_wrong:	... not so
 * @nat_unseen:	... a translation is planned, and no tap shows it
 * @midstream:	Connections of which no handshake was seen
 * @others:	Inbound: bit n: somebody else than "remote" asked the same
 *		server on circuit n
 */
struct catalogue_row {
	uint64_t planned;
	uint64_t seen;
	uint64_t answered;
	uint64_t on[SITE_MAX_CIRCUITS];
	uint64_t connections;
	uint64_t completed;
	uint64_t refused;
	uint64_t unanswered;
	uint64_t broken;
	uint64_t asymmetric;
	uint64_t off_plan;
	uint64_t nat_planned;
	uint64_t nat_wrong;
	uint64_t nat_unseen;
	uint64_t midstream;
	uint64_t others;
};

/** struct catalogue_end - A server that connections in no row went to */
struct catalogue_end {
	struct addr server;
	uint16_t port;
	enum direction direction;
	uint64_t circuits;
	uint64_t connections;
};

/** struct catalogue_pool - A NAT pool, and the outbound connections from it */
struct catalogue_pool {
	uint8_t circuit;
	struct prefix prefix;
	uint64_t connections;
};

struct catalogue;

/**
 * catalogue_new() - Nothing seen yet
 * @topo:	Borrowed until catalogue_free()
 */
struct catalogue *catalogue_new(const struct topo *topo);
void catalogue_free(struct catalogue *k);

/**
 * catalogue_refresh() - The site is another one, see site_renew()
 *
 * What was seen of services and pools that are still there is kept.
 */
void catalogue_refresh(struct catalogue *k);

/** catalogue_take() - Book a connection; to be called once for each */
void catalogue_take(struct catalogue *k, const struct connection *c);

/**
 * catalogue_told() - Book what another run told of a row
 * @k:		Catalogue
 * @service:	Row, or SERVICE_NONE with @d
 * @d:		Direction, where there is no row
 * @row:	Added: counts up, circuits united
 * @rtt:	Its median time, ns; -1 unknown
 * @dual_use:	What catalogue_dual_use() said
 */
void catalogue_told(struct catalogue *k, uint16_t service, enum direction d,
		    const struct catalogue_row *row, int64_t rtt,
		    bool dual_use);

/** catalogue_told_end() - The same of a server in no row */
void catalogue_told_end(struct catalogue *k, const struct catalogue_end *end);

/** catalogue_told_more() - ... of connections to servers beyond those */
void catalogue_told_more(struct catalogue *k, enum direction d, uint64_t n);

/** catalogue_told_pool() - ... of a pool of the site */
void catalogue_told_pool(struct catalogue *k,
			 const struct catalogue_pool *pool);

/** catalogue_row() - What was seen of a service */
const struct catalogue_row *catalogue_row(const struct catalogue *k,
					  uint16_t service);

/** catalogue_no_row() - Connections of a direction that no row is for */
const struct catalogue_row *catalogue_no_row(const struct catalogue *k,
					     enum direction d);

/** catalogue_result() - What a row comes to */
enum row_result catalogue_result(const struct catalogue_row *row);

/**
 * catalogue_dual_use() - Whether an inbound row has two kinds of client
 *
 * The remote comes over ExpressRoute, others over the Internet: what sends the
 * answers of the one over ExpressRoute must not do so with the others'.
 */
bool catalogue_dual_use(const struct catalogue *k, uint16_t service);

/**
 * catalogue_rtt() - Median time from SYN to answer
 * @service:	Row, or SERVICE_NONE with @d
 * @d:		Direction, where there is no row
 *
 * Return: ns, to within 3 %; -1 if no connection has shown one
 */
int64_t catalogue_rtt(const struct catalogue *k, uint16_t service,
		      enum direction d);

/**
 * catalogue_ends() - Servers in no row, the most used first
 * @k:		Catalogue
 * @count:	Result: how many, at most CATALOGUE_ENDS
 */
const struct catalogue_end *catalogue_ends(struct catalogue *k, size_t *count);

/** catalogue_more_ends() - Connections of a direction to servers beyond those */
uint64_t catalogue_more_ends(const struct catalogue *k, enum direction d);

/** catalogue_pools() - The site's NAT pools, in its order */
const struct catalogue_pool *catalogue_pools(const struct catalogue *k,
					     size_t *count);

#endif /* ASYMCAP_CATALOGUE_H */
