/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the commands share
 *
 * main.c	the commands, and what they all accept
 * read.c	asymcap read
 * watch.c	asymcap watch
 * explain.c	asymcap explain (explain.h)
 * run.c		what read and watch have in common
 * check.c	asymcap check
 * probe.c	asymcap probe; probe.h has its other files
 * azure.c	asymcap check: output of Azure's tools
 * report.c	asymcap report
 * diff.c	asymcap diff
 * options.c	options of commands that judge packets
 * argument.c	what an option takes: a word, a number, a time (argument.h)
 * inputs.c	CIRCUIT[.TAP]=FILE: files to taps
 * reload.c	a site file that is read again
 * relay.c	from the thread that reads to the one that judges
 * pipeline.c	packets in, findings out: the program on one screen
 * live.c	what is said while a run goes on
 * health.c	what the taps are worth
 * output.c	a file that is written whole or not at all
 * journal.c	a file that grows by whole lines
 * metrics.c	what monitoring is told
 * http.c	the server that tells it
 * progress.c	the line on the terminal
 * collect.c	the packets of some connections (collect.h)
 * tapfile.c	a pcapng file with an interface for each tap (tapfile.h)
 * evidence.c	the packets behind what was found, as files (evidence.h)
 * recent.c	the packets of the last moments, by flow (recent.h)
 * packet_log.c	the packets of findings, while a run goes on (packet_log.h)
 * top.c		the screen of a run that is watched (top.h)
 */
#ifndef APP_H
#define APP_H

#include <asymcap/capture.h>
#include <asymcap/catalogue.h>
#include <asymcap/detect.h>
#include <asymcap/flow.h>
#include <asymcap/host.h>
#include <asymcap/plan.h>
#include <asymcap/report.h>
#include <asymcap/site.h>
#include <asymcap/topo.h>

#include <sys/socket.h>

/** enum exit_status - What the caller's script branches on (design, 2) */
enum exit_status {
	EXIT_NOTHING_FOUND = 0,
	EXIT_FOUND = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
	EXIT_CANNOT_JUDGE = 4,
};

/** struct command - A word after "asymcap" */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

int command_read(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_check(int argc, char **argv);
int command_probe(int argc, char **argv);

/* ---- watch.c */

/**
 * watch_site_interfaces() - The interfaces that taps of a site state, each once
 * @count:	Result: how many
 *
 * Return: to be freed, and each name
 */
char **watch_site_interfaces(const struct site *site, size_t *count);

/* ---- azure.c */

#define AZURE_MAX_FILES 1024

/** struct azure_file - CIRCUIT[.LINK]=FILE, borrowed, and what FILE is to be */
struct azure_file {
	const char *text;
	enum plan_azure_kind kind;
};

/**
 * struct azure_files - What the command line names of Azure's output
 * @item:	In the order of the command line, owned
 */
struct azure_files {
	struct azure_file *item;
	size_t count;
};

/** azure_files_add() - Take an option; false after a line if there are many */
bool azure_files_add(struct azure_files *f, enum plan_azure_kind kind,
		     const char *text);

/**
 * azure_files_load() - Read them all
 * @f:		Files
 * @site:	Whose circuits they name
 * @azure:	Result: @f->count documents, to be freed by azure_files_free()
 *
 * Return: 0, or an exit status after lines on standard error
 */
int azure_files_load(const struct azure_files *f, const struct site *site,
		     struct plan_azure **azure);

/** azure_files_free() - Free the documents, which may be NULL, and the list */
void azure_files_free(struct azure_files *f, struct plan_azure *azure);
int command_report(int argc, char **argv);
int command_diff(int argc, char **argv);

/* ---- options.c */

/* Lines of --help that commands share */
#define OPTIONS_HELP_SITE                                                      \
	"  -c, --site FILE         site file: circuits, pools, taps, "         \
	"services\n"                                                           \
	"      --nat-pool C=PREFIX NAT pool of circuit C, without a site "     \
	"file;\n"                                                              \
	"                          may be repeated\n"
#define OPTIONS_HELP_JUDGING                                                   \
	"      --flows             every connection, not only findings\n"      \
	"      --fail-on SEVERITY  exit 1 for findings from info, warning "    \
	"(default)\n"                                                          \
	"                          or critical on\n"                           \
	"      --max-flows N       flows kept at once (default 1000000)\n"     \
	"      --threads N         threads to use (default: as cores there "   \
	"are);"                                                                \
	" two have\n"                                                          \
	"                          work, and what is found is the same\n"      \
	"      --color WHEN        auto (default), always or never; NO_COLOR " \
	"counts\n"

#define MAX_POOLS 256

/** struct pool_option - --nat-pool CIRCUIT=PREFIX */
struct pool_option {
	char *circuit;
	struct prefix prefix;
};

/**
 * struct options - What the command line says
 * @site_path:	-c, or NULL
 * @output:	-o, or NULL for standard output
 * @fail_on:	Findings from this severity on make the exit status 1
 * @files:	File arguments, borrowed from argv
 * @evidence:	read: folder for the packets of findings, or NULL
 * @watch:	They are interfaces; set before options_parse()
 * @explain:	explain: its own options (explain.h), borrowed, or NULL; set
 *		before options_parse()
 * @how:	watch: how to capture from them
 * @packets:	watch: file for the packets of findings, or NULL
 * @packet_memory: watch: bytes for recent packets
 * @top:	watch: draw a screen
 * @screen_color: In colours
 * @duration:	watch: for so long, ns; 0: until stopped
 * @metrics:	watch: where to serve metrics, valid for http_parse(), or NULL
 */
struct options {
	const char *site_path;
	const char *output;
	struct report_options report;
	enum severity fail_on;
	size_t max_flows;
	unsigned threads;
	bool quiet;
	struct pool_option pool[MAX_POOLS];
	size_t pools;
	char **files;
	size_t file_count;
	const char *evidence;
	bool watch;
	struct explain_options *explain;
	struct capture_how how;
	const char *packets;
	size_t packet_memory;
	bool top;
	bool screen_color;
	int64_t duration;
	const char *metrics;
};

/**
 * options_parse() - Read the command line of a command that judges packets
 * @o:		Result; @o->watch and @o->explain are read
 * @argc, @argv: argv[0] is the command
 * @help:	Text for --help
 *
 * Return: -1 to go on, or an exit status (0 after --help)
 */
int options_parse(struct options *o, int argc, char **argv, const char *help);
void options_free(struct options *o);

/**
 * options_format() - The format of --format
 *
 * Return: false after a line on standard error
 */
bool options_format(const char *text, enum report_format *format);

/** options_fail_on() - The severity of --fail-on; false after a line */
bool options_fail_on(const char *text, enum severity *fail_on);

/** options_color() - The word of --color; false after a line */
bool options_color(const char *text, struct options *o);

/** options_terminal() - How wide text may be; @o->output is read */
void options_terminal(struct options *o);

/* ---- inputs.c */

struct inputs;

/**
 * inputs_open() - Open all files and give them to taps
 * @o:		Options: the files, and pools by circuit
 * @site:	Site; without a site file circuits and taps are added to it
 * @capture:	Files are opened in it
 *
 * Return: NULL after a line on standard error if an argument is wrong
 */
struct inputs *inputs_open(const struct options *o, struct site *site,
			   struct capture *capture);
void inputs_free(struct inputs *in);

/**
 * inputs_bind() - Tell topo of a capture interface at its first frame
 *
 * Return: whether circuits or taps were added to the site
 */
bool inputs_bind(struct inputs *in, struct topo *topo, uint32_t interface);

/**
 * inputs_has_tap() - Whether an interface is a tap before its first frame
 *
 * Without a site file the interfaces of a pcapng file are not: some have
 * hundreds.
 */
bool inputs_has_tap(const struct inputs *in, uint32_t interface);

/* ---- pipeline.c */

/**
 * struct interface_seen - What came from one capture interface
 * @bound:	Topo knows it
 * @tap:	The tap of all its frames; TAP_NONE where it depends on the frame
 * @frames:	How many frames
 * @bytes:	Their bytes on the wire
 * @first, @last: Earliest and latest time; valid if @frames
 * @taps:	Bit n: a segment of it was tap n's, where that depends
 * @undecoded:	Frames that gave no segment, by enum decode_result
 */
struct interface_seen {
	bool bound;
	uint8_t tap;
	uint64_t taps;
	uint64_t frames;
	uint64_t bytes;
	struct timestamp first;
	struct timestamp last;
	uint64_t undecoded[DECODE_RESULTS];
};

/**
 * struct live_clock - Packet time by the clock, as far as streams tell
 * @ahead:	Packet time less the clock's, for the frame with least delay of
 *		this minute and of the one before, ns
 * @minute:	When this minute began, by clock_monotonic()
 * @first:	As @ahead, for the first frame
 * @began:	When that came
 * @running:	There was one
 */
struct live_clock {
	int64_t ahead[2];
	int64_t minute;
	int64_t first;
	int64_t began;
	bool running;
};

/**
 * struct tap_loss - What a tap has not shown, and when that grew
 * @lost:	Drops, gaps and changes
 * @at:		When they were seen to have grown, by clock_monotonic()
 * @changes:	How often it came into the site, or left it
 */
struct tap_loss {
	uint64_t lost;
	int64_t at;
	uint64_t changes;
};

/**
 * struct pipeline - One run from packets to findings
 * @catalogue:	What is seen of the site's services; NULL without a site file
 * @live:	Where findings are said while it goes on, or NULL
 * @packets:	Live: where the packets of findings go, or NULL
 * @tick:	Live: called after whatever is new has been said, while the
 *		judge is idle, or NULL
 * @listed:	Which connections are listed; NULL: all, with --flows
 * @listed_arg:	Passed on
 * @seen:	By interface
 * @counters:	Of the flow table, less what is withheld
 * @withheld:	By class: connections that would rest on unreliable silence
 * @tap_findings: Findings about taps that count for the exit status
 * @clock:	Live: packet time while there is no packet
 * @said_at:	Live: when something was said last, by clock_monotonic()
 * @say_error:	Live: the first errno of writing, or 0
 * @loss:	Live: by tap
 * @stats:	Live: keep flow_table_stats()
 * @lag:	Live: the longest that a packet waited for its turn, ns, since
 *		somebody set this to 0
 */
struct pipeline {
	const struct options *options;
	struct site *site;
	struct capture *capture;
	struct inputs *inputs;
	struct topo *topo;
	struct flow_table *flows;
	struct report *report;
	struct catalogue *catalogue;
	struct relay *relay;
	FILE *live;
	struct packet_log *packets;
	void (*tick)(struct pipeline *p);
	bool (*listed)(void *arg, const struct connection *c);
	void *listed_arg;
	struct report_totals totals;
	struct flow_counters counters;
	struct interface_seen *seen;
	uint64_t withheld[CLASSES];
	uint64_t tap_findings;
	uint32_t interfaces;
	struct live_clock clock;
	int64_t said_at;
	int say_error;
	struct tap_loss loss[SITE_MAX_TAPS];
	bool stats;
	int64_t lag;
};

/**
 * pipeline_run() - Read all packets, hand all findings to the report
 * @p:		Pipeline with everything above @totals set
 */
void pipeline_run(struct pipeline *p);

/** pipeline_bind() - Find out which taps an interface can belong to, once */
void pipeline_bind(struct pipeline *p, uint32_t interface);

/** pipeline_renew() - The site was renewed: ask it everything again */
void pipeline_renew(struct pipeline *p);

/* ---- reload.c */

/**
 * reload_site() - Read the site file again, while the judge is idle
 *
 * Whatever is wrong with it is one line, and the site of before stays.
 */
void reload_site(struct pipeline *p);

/* ---- live.c */

/**
 * live_notice() - flow_sink.notice: tell what is certain of a connection
 * @arg:	Pipeline
 */
uint32_t live_notice(void *arg, const struct connection *c);

/** live_connection() - It is over: tell what was not told yet */
void live_connection(struct pipeline *p, const struct connection *c);

/**
 * live_batch() - A batch has been taken: now and then, say what is new
 * @p:		Pipeline
 * @frames:	The batch, still borrowed
 * @count:	How many, may be 0
 */
void live_batch(struct pipeline *p, const struct frame *frames, size_t count);

/** live_clock_see() - A frame of a stream came at @now (clock_monotonic()) */
void live_clock_see(struct live_clock *k, struct timestamp packet, int64_t now);

/**
 * live_clock_tell() - Packet time at @now
 *
 * Return: false if the streams do not say
 */
bool live_clock_tell(const struct live_clock *k, int64_t now,
		     struct timestamp *packet);

/* ---- health.c */

/** health_say() - Live: say what is new, as far as the taps can be trusted */
void health_say(struct pipeline *p);

/**
 * health_trace() - What a trace must know of the taps of a run that is over
 * @how:	Result, but for @rows
 */
void health_trace(struct pipeline *p, struct trace_how *how);

/**
 * health_drops() - What the captures of a tap say that they lost
 * @known:	Set to true if they say anything; may be NULL
 *
 * Where the tap depends on the frame (a trunk), that may be of any tap that
 * the interface shows.
 */
uint64_t health_drops(const struct pipeline *p, uint8_t tap, bool *known);

/** health_end() - Findings about the taps, and what rests on the unreliable */
void health_end(struct pipeline *p);

/* ---- relay.c */

#define RELAY_SEGMENTS 256
#define CACHE_LINE     64

/**
 * struct relay_load - Segments that change threads together
 * @count:	How many of @segment and @mark are filled
 */
struct relay_load {
	struct segment segment[RELAY_SEGMENTS]
		__attribute__((aligned(CACHE_LINE)));
	struct flow_mark mark[RELAY_SEGMENTS];
	size_t count;
};

struct relay;

/**
 * relay_start() - Begin to take segments, on a thread of its own if possible
 * @take:	Called for each load, in order; never by two threads at once
 * @arg:	Passed on
 * @threads:	1: all on the caller's thread; 0: as many as there are cores
 */
struct relay *relay_start(void (*take)(void *arg,
				       const struct relay_load *load),
			  void *arg, unsigned threads);

/** relay_load() - The load to fill */
struct relay_load *relay_load(struct relay *r);

/** relay_send() - Hand the load over; waits for room for the next one */
void relay_send(struct relay *r);

/** relay_drain() - Hand over and wait until everything has been taken */
void relay_drain(struct relay *r);

/** relay_stop() - As relay_drain(), then end the thread and free the relay */
void relay_stop(struct relay *r);

/* ---- run.c */

/**
 * run_site() - The site of the command line, or an empty one
 *
 * Return: NULL after the errors of the file were printed
 */
struct site *run_site(const struct options *o);

/** run_age() - How long ago something was, by the clock; ns */
int64_t run_age(struct timestamp then);

/** run_texts() - The sentences of causes, as report wants them */
const struct report_texts *run_texts(void);

/**
 * run_status() - The exit status of a run
 * @p:		Pipeline that has run
 * @written:	Whether all was written
 *
 * Prints a line for each input that was not read to its end.
 */
int run_status(const struct pipeline *p, bool written);

/** run_inputs_whole() - Whether all was read; else there is a line for each */
bool run_inputs_whole(const struct pipeline *p);

/**
 * run_refused() - Print a line for each interface that was not opened
 *
 * Return: 0 if all were, or the exit status
 */
int run_refused(const struct capture *capture);

/** run_free() - Free what a run has made */
void run_free(struct pipeline *p);

/* ---- journal.c */

struct journal;

/**
 * journal_open() - Open a file that grows
 * @path:	Appended to; made if it is not there; borrowed until close
 *
 * Return: NULL after a line on standard error
 */
struct journal *journal_open(const char *path);

/**
 * journal_standard_output() - The same of standard output
 *
 * Return: NULL if that is no file
 */
struct journal *journal_standard_output(void);

/** journal_stream() - To be written to; it never fails, and is not closed */
FILE *journal_stream(struct journal *j);

/**
 * journal_reopen() - Open its path again, if it has one: the file was moved away
 *
 * If that fails, it is told, and the old file is written to.
 */
void journal_reopen(struct journal *j);

/** journal_lost() - Lines that could not be written, ever */
uint64_t journal_lost(const struct journal *j);

/**
 * journal_close() - Close and free
 *
 * Return: whether every line was written
 */
bool journal_close(struct journal *j);

/**
 * journal_write_whole() - Write all of it to a file, or nothing
 *
 * @cut:	Set to true if it failed and some of it is there all the same
 *
 * Return: whether it is there (else: errno)
 */
bool journal_write_whole(int fd, const char *text, size_t size, bool *cut);

/* ---- http.c */

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

/* ---- metrics.c */

struct metrics_server;

/**
 * metrics_listen() - Take the port that metrics are to be served at
 * @where:	Valid for http_parse()
 *
 * To be called before privileges are given up, for ports below 1024 and for
 * /proc; metrics_start() after that, since a thread keeps its own.
 *
 * Return: NULL after a line on standard error
 */
struct metrics_server *metrics_listen(const char *where);

/** metrics_start() - Answer; false after a line on standard error */
bool metrics_start(struct metrics_server *s);

/**
 * metrics_note() - The loop has turned: once a second, look at everything
 * @s:		Server; NULL is fine
 * @p:		Run; its judge is idle, and what is new has been said
 * @lost_lines:	Lines that could not be written so far
 */
void metrics_note(struct metrics_server *s, struct pipeline *p,
		  uint64_t lost_lines);

/** metrics_stop() - Answer no more, and free; NULL is fine */
void metrics_stop(struct metrics_server *s);

/* ---- output.c */

/**
 * struct output - Where data goes
 * @stream:	Open for writing
 */
struct output {
	FILE *stream;
	const char *path;
	char *temporary;
};

/**
 * output_open() - Open the destination
 * @path:	File that is to appear when all is written, or NULL for
 *		standard output
 *
 * Return: false after a line on standard error
 */
bool output_open(struct output *o, const char *path);

/**
 * output_confine() - Give up all but what it takes to put the file in place
 * @o:		Output
 * @list:	What else is still needed; empty afterwards
 *
 * To be called when all inputs are open, as confine().
 *
 * Return: false after a line on standard error
 */
bool output_confine(const struct output *o, struct confine_list *list);

/**
 * output_open_confined() - Open the destination, and give up all else
 * @path:	As for output_open()
 *
 * To be called when all inputs are open, as confine().
 *
 * Return: false after a line on standard error
 */
bool output_open_confined(struct output *o, const char *path);

/**
 * output_drop() - Nothing is to be written after all
 */
void output_drop(struct output *o);

/**
 * output_close() - Put the file in place, or take it away
 * @o:		Output
 * @good:	Whether all was written
 *
 * Return: whether it is in place; else a line was printed
 */
bool output_close(struct output *o, bool good);

/* ---- progress.c */

/** progress_start() - Show a line from now on, if standard error is a terminal */
void progress_start(bool quiet);

/**
 * progress_show() - Redraw the line, a few times a second at most
 * @done, @all:	Bytes; @all 0 if unknown
 * @packets:	So far
 */
void progress_show(uint64_t done, uint64_t all, uint64_t packets);

/**
 * progress_phase() - Say with -v how long a phase of the run took
 * @what:	What has ended now, since the phase before
 */
void progress_phase(const char *what);

/** progress_clear() - Take the line away */
void progress_clear(void);

#endif /* APP_H */
