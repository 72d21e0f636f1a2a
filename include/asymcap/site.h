/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * site: the site file, loaded, checked and printed
 *
 * Values only: what the engineer wrote, typed and checked.  What it means for
 * a packet is topo's business.
 */
#ifndef ASYMCAP_SITE_H
#define ASYMCAP_SITE_H

#include <asymcap/base.h>

#define SITE_MAX_CIRCUITS 64
#define SITE_MAX_TAPS	  64
#define SITE_MAX_SERVICES 1024
#define SITE_MAX_SEGMENTS 64
#define SITE_LINKS	  2 /* of an ExpressRoute circuit */
#define SITE_MAX_VLANS	  4
#define SITE_MAX_BYTES	  (1u << 20)
#define SITE_MAX_NESTING  32

struct endpoints;
struct service_tags;

/** struct site_mark - Where in the file something is, from 1; 0: nowhere */
struct site_mark {
	uint32_t line;
	uint32_t column;
};

/** struct site_prefix - A prefix, and where it was written */
struct site_prefix {
	struct prefix prefix;
	struct site_mark mark;
};

/** struct site_prefixes - A list of prefixes in file order, owned */
struct site_prefixes {
	struct site_prefix *item;
	size_t count;
};

/** struct site_file - A file that the site file names; @path is as written */
struct site_file {
	char *path;
	struct site_mark mark;
};

enum circuit_kind {
	CIRCUIT_UNKNOWN,
	CIRCUIT_INTERNET,
	CIRCUIT_EXPRESSROUTE,
};

/** circuit_kind_name() - "internet", "expressroute" or "unknown" */
const char *circuit_kind_name(enum circuit_kind k);

enum tap_side {
	TAP_OUTSIDE, /* the provider's side of firewall and NAT */
	TAP_INSIDE,
};

/** tap_side_name() - "outside" or "inside" */
const char *tap_side_name(enum tap_side s);

/** site_link_name() - "primary" (0) or "secondary" (1) */
const char *site_link_name(unsigned link);

/**
 * struct site_circuit - One path between the site and the provider
 * @name:	Unique, owned
 * @kind:	Internet or ExpressRoute
 * @nat_pools:	Sources that its NAT translates to
 * @advertised:	Prefixes advertised to the provider over it
 * @state_domain: Name of the domain; NULL: a domain of its own
 * @bandwidth:	Bits a second, 0 if not given
 * @expected_rtt: ns, 0 if not given
 * @retired:	It is in the site no more, see site_renew()
 * @link:	Prefixes of the addresses of each link
 * @location:	Meet-me location, owned; NULL if not given
 * @clients:	How many are to share its pools; -1 if not given
 * @peak:	Bits a second that are expected of it, 0 if not given
 * @expected_routes: Least number of prefixes heard over it; -1 if not given
 * @provider_nat: The provider translates the sources, not the site
 *
 * Marks are those of the values, where a check may point at them.
 */
struct site_circuit {
	char *name;
	enum circuit_kind kind;
	struct site_prefixes nat_pools;
	struct site_prefixes advertised;
	char *state_domain;
	uint64_t bandwidth;
	int64_t expected_rtt;
	bool retired;
	struct site_prefixes link[SITE_LINKS];
	char *location;
	int64_t clients;
	uint64_t peak;
	int64_t expected_routes;
	bool provider_nat;
	struct site_mark mark;
	struct site_mark domain_mark;
	struct site_mark bandwidth_mark;
	struct site_mark location_mark;
	struct site_mark clients_mark;
	struct site_mark peak_mark;
	struct site_mark routes_mark;
	struct site_mark nat_mark;
};

/** struct site_heard - The routes of one circuit that a segment hears */
struct site_heard {
	int circuit;
	struct site_prefixes routes;
};

/**
 * struct site_segment - A network on site, by the routes that it hears
 * @name:	Unique, owned
 * @heard:	By circuit, in file order, owned
 * @count:	How many circuits
 */
struct site_segment {
	char *name;
	struct site_heard *heard;
	size_t count;
	struct site_mark mark;
};

/** enum site_stage - What ExpressRoute is to carry so far */
enum site_stage {
	STAGE_UNKNOWN,
	STAGE_OUTBOUND, /* outbound flows only: the guide's first stage */
	STAGE_INBOUND,	/* inbound flows as well */
};

/** site_stage_name() - "outbound", "inbound" or "unknown" */
const char *site_stage_name(enum site_stage s);

/**
 * struct site_tap - One place where packets are captured
 * @name:	Unique, owned; made from interface, file or circuit if not given
 * @circuit:	Index into circuits, or -1 for a tap of the site's own
 * @side:	Outside or inside
 * @link:	"primary", "secondary" or any name; NULL if not given
 * @interface:	Capture or pcapng interface name, exact; NULL: any
 * @file:	Glob over the file's path or its last component; NULL: any
 * @vlan:	Tags, outermost first
 * @vlan_count:	How many are stated; 0: any
 * @untagged:	"vlan: []" was stated: frames without tags only
 * @erspan:	ERSPAN session, -1: any
 * @vni:	VXLAN or GENEVE VNI, -1: any
 * @has_mac:	Whether @mac is stated
 * @mac:	Source or destination MAC of a frame
 * @retired:	It is in the site no more, see site_renew(): it matches nothing
 *
 * A tap matches when all that it states matches; the one that states most
 * wins (topo).
 */
struct site_tap {
	char *name;
	int circuit;
	enum tap_side side;
	char *link;
	char *interface;
	char *file;
	uint16_t vlan[SITE_MAX_VLANS];
	uint8_t vlan_count;
	bool untagged;
	int64_t erspan;
	int64_t vni;
	bool has_mac;
	uint8_t mac[6];
	bool retired;
	struct site_mark mark;
};

enum service_direction {
	SERVICE_OUTBOUND, /* the client is on site */
	SERVICE_INBOUND,
};

/** struct site_ports - Inclusive range of TCP ports */
struct site_ports {
	uint16_t first;
	uint16_t last;
};

/** struct site_snat - What an inbound source is to be translated to */
struct site_snat {
	int circuit;
	struct prefix to;
	struct site_mark mark;
};

/** Who else uses an endpoint than Microsoft 365: bits */
enum site_users {
	USERS_INTERNET = 1,  /* people and systems on the Internet */
	USERS_MICROSOFT = 2, /* other services of Microsoft's */
};

/**
 * struct site_service - A row of the catalogue of connections
 * @name:	Unique, owned
 * @direction:	Who opens the connection
 * @local:	Addresses on site (outside view); empty: any
 * @remote:	Addresses at the provider; empty: any of the site's remote
 * @inside:	Inbound: the systems that @local leads to; empty: any
 * @ports:	Server ports; empty: any
 * @circuits:	Bit n: circuit n is allowed; 0: any
 * @snat:	Planned inbound source NAT, by circuit
 * @rank:	Of the services that fit a connection the lowest is its own
 * @retired:	It is in the site no more, see site_renew(): it fits nothing
 * @segments:	Bit n: its hosts on site stand in segment n; 0: not given
 * @users:	enum site_users, who else uses its endpoint; valid if
 *		@has_users
 */
struct site_service {
	char *name;
	enum service_direction direction;
	struct site_prefixes local;
	struct site_prefixes remote;
	struct site_prefixes inside;
	struct site_ports *ports;
	size_t port_count;
	uint64_t circuits;
	struct site_snat *snat;
	size_t snat_count;
	uint16_t rank;
	bool retired;
	uint64_t segments;
	unsigned users;
	bool has_users;
	struct site_mark mark;
	struct site_mark circuits_mark;
	struct site_mark segments_mark;
	struct site_mark users_mark;
};

/**
 * struct site - Everything the site file says
 * @path:	File it came from, owned; "<stdin>" for standard input; NULL if
 *		it was made from arguments
 * @name:	"site:", may be NULL
 * @remote:	Whose traffic is judged; empty: everybody's
 * @own:	Public addresses on site beyond the pools
 * @stage:	What ExpressRoute is to carry so far
 * @segment:	The networks on site that services name
 * @endpoints_file, @tags_file: "remote-endpoints:", "service-tags:"
 * @endpoints:	The provider's endpoints, remote as well; NULL: none, or the
 *		file was not read
 * @tags:	Tags of the provider's addresses, or NULL
 */
struct site {
	char *path;
	char *name;
	struct site_prefixes remote;
	struct site_prefixes own;
	struct site_file endpoints_file;
	struct site_file tags_file;
	struct endpoints *endpoints;
	struct service_tags *tags;
	struct site_circuit *circuit;
	size_t circuits;
	struct site_tap *tap;
	size_t taps;
	struct site_service *service;
	size_t services;
	enum site_stage stage;
	struct site_mark stage_mark;
	struct site_segment *segment;
	size_t segments;
};

/**
 * site_new() - A site with no circuit, for use without a site file
 * Return: owned by the caller, never NULL
 */
struct site *site_new(void);

/**
 * site_load() - Read and check a site file
 * @path:	File name, or "-" for standard input
 * @errors:	Appended to: each error as "file:line:column: message\n",
 *		sorted by line; a file that cannot be read has no line
 *
 * All errors of the file are in it, up to a thousand, then their number.
 * Where the text is no YAML, or holds what is refused of YAML (aliases, tags,
 * deep nesting), that is reported alone: there is nothing yet to understand.
 *
 * Files that it names are read as well, if they are regular ones; a relative
 * path is one from the folder of the site file.
 *
 * Return: the site, or NULL if there is any error
 */
struct site *site_load(const char *path, struct str *errors);

/**
 * site_parse() - As site_load(), from memory; files that are named stay unread
 * @path:	Name for messages
 * @text:	File contents, need not be NUL-terminated
 * @size:	Bytes
 * @errors:	As for site_load()
 */
struct site *site_parse(const char *path, const char *text, size_t size,
			struct str *errors);

/**
 * site_load_draft() - As site_load(), of a plan that is still to be judged
 *
 * A NAT pool that is given to two circuits is no error here: it is the first
 * thing that a check of the plan tells.  No packet can be judged by such a
 * site.
 */
struct site *site_load_draft(const char *path, struct str *errors);

/** site_parse_draft() - As site_load_draft(), from memory */
struct site *site_parse_draft(const char *path, const char *text, size_t size,
			      struct str *errors);

/**
 * site_print() - Write the canonical form, which parses to itself
 * @site:	Site; one that was made from arguments is printed, too, but its
 *		circuits are of no kind that a site file may name
 * @out:	Appended to
 */
void site_print(const struct site *site, struct str *out);

/**
 * site_renew() - Make a site that is in use what another one says
 * @site:	In use: numbers of circuits, taps and services stay what they
 *		are; what is not in @next is retired
 * @next:	What it is to be; freed, unless there is no room
 * @taps:	Result: by number of a tap in @next, its number in @site
 *
 * Whoever holds pointers into @site has to ask for them again.
 *
 * Return: NULL, or of what there would be too many, together with all that
 *	   has retired ("taps"); then nothing has changed
 */
const char *site_renew(struct site *site, struct site *next,
		       int taps[SITE_MAX_TAPS]);

/** site_free() - Free a site; NULL is fine */
void site_free(struct site *site);

/** site_find_circuit() - Index of the circuit of that name, or -1 */
int site_find_circuit(const struct site *site, const char *name);

/** site_find_segment() - Index of the segment of that name, or -1 */
int site_find_segment(const struct site *site, const char *name);

/** site_find_service() - Index of the service of that name, or -1 */
int site_find_service(const struct site *site, const char *name);

/**
 * site_add_circuit() - Append a circuit without pools
 * @site:	Site
 * @name:	Unique name, copied
 *
 * Return: its index, or -1 when SITE_MAX_CIRCUITS are there
 */
int site_add_circuit(struct site *site, const char *name);

/**
 * site_add_tap() - Append a tap that states nothing yet
 * @site:	Site
 * @name:	Unique name, copied; NULL: the caller sets it later
 * @circuit:	Index, or -1
 *
 * Return: its index, or -1 when SITE_MAX_TAPS are there
 */
int site_add_tap(struct site *site, const char *name, int circuit);

/** site_add_pool() - Append a NAT pool to a circuit (--nat-pool) */
void site_add_pool(struct site *site, int circuit, const struct prefix *p);

/**
 * site_nearest() - The name a misspelt one was meant to be
 * @word:	What was written
 * @names:	Candidates
 * @count:	How many
 *
 * Return: the nearest within a third of its length, or NULL
 */
const char *site_nearest(const char *word, const char *const *names,
			 size_t count);

/** site_nearest_circuit() - site_nearest() of the names of circuits */
const char *site_nearest_circuit(const struct site *site, const char *word);

/** site_nearest_segment() - site_nearest() of the names of segments */
const char *site_nearest_segment(const struct site *site, const char *word);

/** site_nearest_service() - site_nearest() of the names of services */
const char *site_nearest_service(const struct site *site, const char *word);

#endif /* ASYMCAP_SITE_H */
