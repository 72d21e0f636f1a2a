/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table-driven reader: from YAML nodes to typed fields
 *
 * DOC: Theory of operation
 *
 * A mapping of the site file is described by a table of its keys; each key
 * names the function that types its value and the field that the value goes
 * to.  To YAML every scalar is a string here: "no", "0123" and "1e3" mean
 * what the key says they mean.
 *
 * Keys are read in the order of the table, not in that of the file, so a table
 * puts first what the rest refers to.  A reader that finds an error adds it
 * and leaves its field as it was; reading goes on with the next.
 */
#ifndef ASYMCAP_SITE_SCHEMA_H
#define ASYMCAP_SITE_SCHEMA_H

#include "source.h"

#define SITE_MAX_KEYS 16

/**
 * struct loader - A site file on its way into a struct site
 * @doc:	The document
 * @site:	What it becomes
 * @errors:	What is wrong with it
 * @circuit:	Circuit whose keys are being read, or -1
 * @direction:	Of the service whose keys are being read, or -1
 * @draft:	It is a plan still to be judged: see site_load_draft()
 * @unsound:	Bit n: tap n had an error, so its selectors are not compared
 * @taps_full:	Whether it was reported that there are too many taps
 */
struct loader {
	yaml_document_t *doc;
	struct site *site;
	struct site_errors *errors;
	int circuit;
	int direction;
	uint64_t unsound;
	bool taps_full;
	bool draft;
};

/**
 * struct key - One key of a mapping
 * @name:	As it is written
 * @read:	Types @value and stores it in @object
 * @offset:	Field of @object, where @read serves several keys
 * @max:	Largest number, or most bytes of a string
 * @required:	Whether a mapping without it is an error
 * @not_empty:	Whether an empty list is: it would say "any" by saying nothing
 */
struct key {
	const char *name;
	void (*read)(struct loader *l, const struct key *k, yaml_node_t *value,
		     void *object);
	size_t offset;
	int64_t max;
	bool required;
	bool not_empty;
};

/**
 * struct schema - The keys of one kind of mapping
 * @what:	What it describes, e.g. "a tap"
 * @key:	Its keys, at most SITE_MAX_KEYS
 * @keys:	How many
 */
struct schema {
	const char *what;
	const struct key *key;
	size_t keys;
};

/** site_mark_at() - Where a node begins */
struct site_mark site_mark_at(const yaml_node_t *node);

/** site_node() - Node of an index, as items and pairs name them */
yaml_node_t *site_node(struct loader *l, int index);

/**
 * site_read_mapping() - Read a mapping by its schema
 * @l:		Loader
 * @s:		Schema
 * @node:	Its node; reported if it is no mapping
 * @object:	Passed to the readers of its keys
 */
void site_read_mapping(struct loader *l, const struct schema *s,
		       yaml_node_t *node, void *object);

/**
 * site_is_mapping() - Whether a node is a mapping; reported if not
 * @name:	Key or thing that it is the value of
 */
bool site_is_mapping(struct loader *l, const char *name,
		     const yaml_node_t *node);

/**
 * site_scalar() - The text of a scalar
 * @l:		Loader
 * @name:	Key that it is the value of
 * @node:	Any node
 *
 * Return: printable text of at least one byte, NUL-terminated, borrowed from
 *	   the document; NULL if it is none, which was reported
 */
const char *site_scalar(struct loader *l, const char *name,
			const yaml_node_t *node);

/**
 * struct list - Walk over a list; a lone scalar is a list of one
 * @one:	The scalar, until it was handed out
 * @at:		Next item
 * @end:	Behind the last
 */
struct list {
	yaml_node_t *one;
	yaml_node_item_t *at;
	yaml_node_item_t *end;
};

/** site_list() - Begin a list; false if it is none, which was reported */
bool site_list(struct loader *l, const struct key *k, yaml_node_t *node,
	       struct list *list);

/** site_list_next() - The next item, or NULL */
yaml_node_t *site_list_next(struct loader *l, struct list *list);

/**
 * site_choice() - Read a word out of a few
 * @l:		Loader
 * @k:		Key
 * @node:	Its value
 * @names:	The words; NULL where a number has none
 * @count:	How many
 *
 * Return: index into @names, or -1, which was reported
 */
int site_choice(struct loader *l, const struct key *k, const yaml_node_t *node,
		const char *const *names, size_t count);

/** site_no_circuit() - Report a circuit's name that is not known */
void site_no_circuit(struct loader *l, struct site_mark mark, const char *name,
		     const char *text);

/** site_no_segment() - Report a segment's name that is not known */
void site_no_segment(struct loader *l, struct site_mark mark, const char *name,
		     const char *text);

/* Readers of keys; the field at @offset is of the type that is named. */

/** site_read_string() - char *, owned, of at most @max bytes */
void site_read_string(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object);

/** site_read_name() - char *, owned; @max: whether it is used in options */
void site_read_name(struct loader *l, const struct key *k, yaml_node_t *value,
		    void *object);

/** site_read_number() - int64_t, 0 to @max */
void site_read_number(struct loader *l, const struct key *k, yaml_node_t *value,
		      void *object);

/** site_read_prefixes() - struct site_prefixes */
void site_read_prefixes(struct loader *l, const struct key *k,
			yaml_node_t *value, void *object);

/**
 * site_read_by_circuit() - Walk over a mapping by circuit
 * @l:		Loader
 * @k:		Key that it is the value of
 * @value:	Its node; reported if it is no mapping
 * @row:	Called for each circuit that is known and given once
 * @object:	Passed to @row
 */
void site_read_by_circuit(struct loader *l, const struct key *k,
			  yaml_node_t *value,
			  void (*row)(struct loader *l, const struct key *k,
				      int circuit, struct site_mark mark,
				      yaml_node_t *value, void *object),
			  void *object);

/** site_read_prefix() - One prefix; false if it is none, which was reported */
bool site_read_prefix(struct loader *l, const char *name,
		      const yaml_node_t *value, struct prefix *p);

#endif /* ASYMCAP_SITE_SCHEMA_H */
