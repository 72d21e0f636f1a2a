/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * endpoints: what the provider says of its own addresses
 *
 * The endpoint sets of Microsoft 365, as its web service gives them, and the
 * Service Tags of Azure, as they are downloaded.  Read once, then looked up by
 * address; never on the way of a packet.
 */
#ifndef ASYMCAP_ENDPOINTS_H
#define ASYMCAP_ENDPOINTS_H

#include <asymcap/base.h>

#define ENDPOINTS_MAX_SETS     4096
#define ENDPOINTS_MAX_PREFIXES (1u << 18) /* of a file */
#define ENDPOINTS_MAX_PORTS    64	  /* ranges of a set */
#define ENDPOINTS_ANY_PORT     0

enum endpoint_category {
	ENDPOINT_UNKNOWN,
	ENDPOINT_OPTIMIZE,
	ENDPOINT_ALLOW,
	ENDPOINT_DEFAULT,
};

/** endpoint_category_name() - "Optimize", "Allow", "Default" or "unknown" */
const char *endpoint_category_name(enum endpoint_category c);

/** struct endpoint_ports - Inclusive range of TCP ports */
struct endpoint_ports {
	uint16_t first;
	uint16_t last;
};

/**
 * struct endpoint_set - A set of endpoints that are alike
 * @id:		Its number in the service
 * @area:	"Exchange", "SharePoint", "Skype", "Common"; owned
 * @category:	How close to the user it should leave the site
 * @express_route: It can be reached over ExpressRoute
 * @required:	Microsoft supports no network without it
 * @port:	TCP ports of its servers, owned
 * @prefixes:	How many it has
 */
struct endpoint_set {
	uint32_t id;
	char *area;
	enum endpoint_category category;
	bool express_route;
	bool required;
	struct endpoint_ports *port;
	size_t ports;
	size_t prefixes;
};

/**
 * struct endpoints - A file of endpoint sets
 * @path:	Its name, owned
 * @modified:	When it was written last; 0: not known
 * @set:	In file order
 * @prefix:	All prefixes, each once, in order
 */
struct endpoints {
	char *path;
	struct timestamp modified;
	struct endpoint_set *set;
	size_t sets;
	struct prefix *prefix;
	size_t prefixes;
	struct endpoints_index *index;
};

/**
 * endpoints_load() - Read the JSON of the Microsoft 365 web service
 * @path:	File
 * @errors:	Appended to: "path:line:column: message\n" each
 *
 * Return: owned by the caller, or NULL if anything is wrong with it
 */
struct endpoints *endpoints_load(const char *path, struct str *errors);

/** endpoints_parse() - As endpoints_load(), from memory */
struct endpoints *endpoints_parse(const char *path, const char *text,
				  size_t size, struct str *errors);
void endpoints_free(struct endpoints *e);

/**
 * endpoints_find() - The set of a server
 * @e:		Endpoints
 * @a:		Its address
 * @port:	Its TCP port, or ENDPOINTS_ANY_PORT
 *
 * The longest prefix that has a set with this port decides; of several sets,
 * the first in the file.
 *
 * Return: NULL if there is none
 */
const struct endpoint_set *endpoints_find(const struct endpoints *e,
					  const struct addr *a, uint16_t port);

/** enum endpoint_offer - Over what the provider offers an address, the best last */
enum endpoint_offer {
	ENDPOINT_NOT_LISTED,
	ENDPOINT_INTERNET_ONLY,
	ENDPOINT_EXPRESS_ROUTE,
};

/**
 * endpoints_offer() - Whether a prefix is offered over ExpressRoute
 * @e:		Endpoints
 * @p:		Prefix
 *
 * Of the sets that hold all of it, one that is offered is enough, whatever its
 * ports: what is announced over a circuit are prefixes.
 */
enum endpoint_offer endpoints_offer(const struct endpoints *e,
				    const struct prefix *p);

/**
 * struct service_tags - A file of Azure Service Tags
 * @path:	Its name, owned
 * @modified:	When it was written last; 0: not known
 * @change:	Its change number
 * @name:	Names of the tags, owned; the most special first
 * @map:	From an address to a tag
 */
struct service_tags {
	char *path;
	struct timestamp modified;
	uint64_t change;
	char **name;
	size_t tags;
	struct prefix_map map;
};

/** service_tags_load() - Read a file; as endpoints_load() */
struct service_tags *service_tags_load(const char *path, struct str *errors);
struct service_tags *service_tags_parse(const char *path, const char *text,
					size_t size, struct str *errors);
void service_tags_free(struct service_tags *t);

/**
 * service_tags_find() - The tag of an address
 *
 * Tags nest: the longest prefix decides, then a tag of a service before one of
 * a region or of all of Azure, then the smaller tag.
 *
 * Return: its name, or NULL
 */
const char *service_tags_find(const struct service_tags *t,
			      const struct addr *a);

#endif /* ASYMCAP_ENDPOINTS_H */
