/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evidence: the packets behind what was found, as files
 *
 * DOC: Theory of operation
 *
 * When the report is written, the groups of findings about connections are
 * taken, the gravest first, and of each the first connections.  A second
 * reading of the files gives their packets, from all taps, on both sides of a
 * NAT, with the ICMP errors that quote them; each goes into the file of its
 * group, in memory, and the files are written at the end, whole or not at all.
 *
 * A file is for a person who has ten minutes, and for a ticket: so all is
 * bounded, and what is left out is counted and said in the file and in the
 * index.  The packets at the begin of a connection are what a verdict rests
 * on, hence the first ones are kept, and later those that have a comment.
 *
 * libpcap reads a file only if all its interfaces have one link type.  Where
 * the taps differ in that, a group has a file for each link type, and each
 * says so.
 */
#include "evidence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"
#include "output.h"
#include "pipeline.h"
#include "tapfile.h"

#define CASES	   100	      /* groups */
#define EXAMPLES   3	      /* connections of a group */
#define PACKETS	   200	      /* of a connection */
#define REMARKABLE 50	      /* more of it, that have a comment */
#define BEFORE	   50	      /* of these before a connection moves */
#define FILE_BYTES (1u << 20) /* of packets in a file */
#define LINK_TYPES 4	      /* files of a group */

/**
 * struct evidence_file - A file of a group
 * @blocks:	Packets, rendered
 */
struct evidence_file {
	struct tapfile taps;
	uint16_t link_type;
	struct str blocks;
	uint64_t packets;
};

/**
 * struct evidence_case - A group
 * @packets:	By example: its packets that are kept
 * @left_out:	Packets that are in no file
 */
struct evidence_case {
	struct str name;
	struct str text;
	size_t count;
	size_t examples;
	struct finding example[EXAMPLES];
	struct report_story story[EXAMPLES];
	uint64_t packets[EXAMPLES];
	uint64_t left_out;
	struct evidence_file file[LINK_TYPES];
	size_t files;
};

/**
 * struct evidence - All of it
 * @groups:	Of findings about connections, with those that have no file
 * @index:	What the index says
 */
struct evidence {
	const struct pipeline *p;
	const char *dir;
	struct wanted *wanted;
	struct evidence_case *list;
	size_t cases;
	size_t groups;
	size_t files;
	struct str index;
};

/* ----------------------------------------------------------------- before */

bool evidence_folder(const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0777) && errno != EEXIST) {
		log_error("--evidence %s: cannot be made: %s", dir,
			  strerror(errno));
		return false;
	}
	if (!stat(dir, &st) && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (!access(dir, W_OK | X_OK))
		return true;
	log_error("--evidence %s: cannot be written to: %s", dir,
		  strerror(errno));
	return false;
}

#define INDEX  "index.txt"
#define ENDING ".pcapng"

bool evidence_writes(const char *name)
{
	size_t len = strlen(name), ending = strlen(ENDING);

	if (!strcmp(name, INDEX))
		return true;
	if (len <= ending || strcmp(name + len - ending, ENDING) != 0)
		return false;
	for (unsigned r = 0; r < RULES; r++) {
		const char *rule = rule_name((enum rule)r);

		if (!strncmp(name, rule, strlen(rule)))
			return true;
	}
	return false;
}

static const char *name_of(const struct capture_input *in)
{
	return strcmp(in->path, "-") ? in->path : "standard input";
}

bool evidence_possible(const struct capture *capture)
{
	uint32_t inputs = capture_inputs(capture), never = 0;

	for (uint32_t i = 0; i < inputs; i++) {
		const struct capture_input *in = capture_input(capture, i);

		if (collect_possible(in))
			continue;
		never++;
		log_warn("--evidence: %s cannot be read twice: its packets "
			 "will be in no file",
			 name_of(in));
	}
	if (never < inputs)
		return true;
	log_error("--evidence: no input can be read twice; save it to a file "
		  "and read that");
	return false;
}

/* ------------------------------------------------------------ what to look for */

static void want(struct evidence *e, const struct finding *f, uint32_t id)
{
	struct timestamp from, to;

	collect_time(f, &from, &to);
	for (size_t i = 0; i < f->tuples && i < FINDING_TUPLES; i++)
		wanted_add(e->wanted, &f->tuple[i], from, to, id);
	if (f->answer.server_port)
		wanted_add(e->wanted, &f->answer, from, to, id);
}

static void take_case(void *arg, const struct report_case *from)
{
	struct evidence *e = arg;
	struct evidence_case *c;

	if (e->groups++ >= CASES)
		return;
	c = &e->list[e->cases++];
	str_addf(&c->name, "%s-%03zu", from->name, from->number);
	str_add(&c->text, from->text);
	c->count = from->count;
	c->examples = from->examples;
	for (size_t i = 0; i < c->examples; i++) {
		c->example[i] = from->example[i];
		c->story[i].f = &c->example[i];
		want(e, &c->example[i],
		     (uint32_t)((e->cases - 1) * EXAMPLES + i));
	}
}

/* ---------------------------------------------------------------- packets */

/* The file of a group for a link type, or NULL if there are too many. */
static struct evidence_file *
file_for(struct evidence *e, struct evidence_case *c, uint16_t link_type)
{
	struct evidence_file *f;

	for (size_t i = 0; i < c->files; i++) {
		if (c->file[i].link_type == link_type)
			return &c->file[i];
	}
	if (c->files == LINK_TYPES)
		return NULL;
	f = &c->file[c->files++];
	f->link_type = link_type;
	tapfile_make(&f->taps, e->p, link_type);
	return f;
}

static void add_origin(struct str *comment, const struct evidence *e,
		       const struct frame *f)
{
	const struct capture_interface *i =
		capture_interface(e->p->capture, f->interface);

	str_addf(comment, "\n%s packet %" PRIu64,
		 capture_input(e->p->capture, i->input)->path, f->number);
}

static bool has_room(const struct evidence_case *c,
		     const struct evidence_file *f, size_t example,
		     const struct frame *frame, bool remarkable)
{
	const struct finding *about = &c->example[example];
	uint64_t limit = PACKETS;

	if (remarkable)
		limit = PACKETS + REMARKABLE;
	else if (about->rule == RULE_PATH_CHANGE &&
		 frame->time.ns < about->time.ns)
		limit = BEFORE;
	return c->packets[example] < limit &&
	       f->blocks.len + frame->caplen <= FILE_BYTES;
}

static void take_packet(void *arg, const struct collected *packet)
{
	struct evidence *e = arg;
	struct evidence_case *c = &e->list[packet->id / EXAMPLES];
	size_t example = packet->id % EXAMPLES;
	struct evidence_file *f = file_for(e, c, packet->frame->link_type);
	struct str comment = {0};

	report_tell(&c->story[example], e->p->report, packet->segment,
		    packet->tap, &comment);
	if (comment.len)
		add_origin(&comment, e, packet->frame);
	if (f && has_room(c, f, example, packet->frame, comment.len) &&
	    tapfile_add(&f->taps, packet->tap, packet->frame, comment.s,
			&f->blocks)) {
		f->packets++;
		c->packets[example]++;
	} else {
		c->left_out++;
	}
	str_free(&comment);
}

/* ------------------------------------------------------------------ files */

/* What is in a file, and what is not. */
static void add_content(struct str *s, const struct evidence_case *c,
			const struct evidence_file *f)
{
	str_addf(s, "%" PRIu64 " packets of %zu of %zu connections", f->packets,
		 c->examples, c->count);
	if (c->left_out)
		str_addf(s,
			 "; %" PRIu64 " packets of them left out (beyond %d of "
			 "a connection or %u KiB of a file, or at no tap)",
			 c->left_out, PACKETS, FILE_BYTES >> 10);
}

/* Say which inputs could not be read again. */
static void add_unread(struct str *s, const struct capture *capture)
{
	for (uint32_t i = 0; i < capture_inputs(capture); i++) {
		const struct capture_input *in = capture_input(capture, i);

		if (!collect_possible(in))
			str_addf(s,
				 "\nNot here: packets of %s, which cannot "
				 "be read twice",
				 name_of(in));
	}
}

static bool write_text(const struct evidence *e, const char *name,
		       const struct str *head, const struct str *rest)
{
	struct str path = {0};
	struct output out;
	bool good = false;

	str_addf(&path, "%s/%s", e->dir, name);
	if (output_open(&out, path.s)) {
		good = fwrite(head->s, 1, head->len, out.stream) == head->len &&
		       fwrite(rest->s, 1, rest->len, out.stream) == rest->len;
		good = output_close(&out, good);
	}
	str_free(&path);
	return good;
}

static bool write_file(struct evidence *e, const struct evidence_case *c,
		       struct evidence_file *f)
{
	struct str name = {0}, text = {0}, head = {0};
	bool good;

	str_add(&name, c->name.s);
	if (c->files > 1)
		str_addf(&name, "-linktype%u", f->link_type);
	str_add(&name, ENDING);
	str_addf(&e->index, "%s\n  ", name.s);
	add_content(&e->index, c, f);
	str_addc(&e->index, '\n');

	str_addf(&text, "%s\nIn this file: ", c->text.s);
	add_content(&text, c, f);
	if (c->files > 1)
		str_addf(&text,
			 "\nTaps differ in link type: the other %zu files of "
			 "%s-* belong to this one",
			 c->files - 1, c->name.s);
	add_unread(&text, e->p->capture);
	tapfile_begin(&f->taps, e->p, text.s, &head);
	tapfile_end(&f->taps, e->p, &f->blocks);
	good = write_text(e, name.s, &head, &f->blocks);
	e->files += good;
	str_free(&name);
	str_free(&text);
	str_free(&head);
	return good;
}

/* The text of a group, indented. */
static void index_text(struct str *index, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);

		str_add(index, "  ");
		str_add_safe(index, line);
		str_addc(index, '\n');
		free(line);
		text += n + (text[n] == '\n');
	}
}

static bool write_case(struct evidence *e, struct evidence_case *c)
{
	bool good = true;

	if (!c->files)
		str_addf(&e->index,
			 "%s: no file\n  no packet of it is in a "
			 "file that can be read twice\n",
			 c->name.s);
	for (size_t i = 0; i < c->files; i++)
		good &= write_file(e, c, &c->file[i]);
	index_text(&e->index, c->text.s);
	str_addc(&e->index, '\n');
	return good;
}

static bool write_index(struct evidence *e)
{
	struct str head = {0}, unread = {0};
	bool good;

	str_addf(&head,
		 "asymcap " ASYMCAP_VERSION
		 ": packets behind the findings, %zu file%s\n\n",
		 e->files, e->files == 1 ? "" : "s");
	if (e->groups > e->cases)
		str_addf(&e->index,
			 "%zu more groups of findings have no file\n",
			 e->groups - e->cases);
	if (!e->groups)
		str_add(&e->index, "nothing was found about a connection\n");
	add_unread(&unread, e->p->capture);
	if (unread.len)
		index_text(&e->index, unread.s + 1);
	good = write_text(e, INDEX, &head, &e->index);
	str_free(&head);
	str_free(&unread);
	return good;
}

static void free_case(struct evidence_case *c)
{
	str_free(&c->name);
	str_free(&c->text);
	for (size_t i = 0; i < c->files; i++)
		str_free(&c->file[i].blocks);
}

bool evidence_write(struct pipeline *p, struct capture *again, const char *dir)
{
	struct evidence e = {.p = p, .dir = dir};
	bool good = true;

	e.wanted = wanted_new();
	e.list = xcalloc(CASES, sizeof(*e.list));
	report_cases(p->report, EXAMPLES, take_case, &e);
	if (e.cases)
		good = collect_again(p, again, e.wanted, take_packet, &e);
	for (size_t i = 0; i < e.cases; i++) {
		good &= write_case(&e, &e.list[i]);
		free_case(&e.list[i]);
	}
	good &= write_index(&e);
	log_info("--evidence: %zu file%s in %s", e.files,
		 e.files == 1 ? "" : "s", dir);
	wanted_free(e.wanted);
	str_free(&e.index);
	free(e.list);
	return good;
}
