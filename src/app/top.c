/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * top: the screen of a run that is watched
 *
 * DOC: Theory of operation
 *
 * report draws lines (report_draw()); here is the terminal under them.  The
 * alternate screen is used, so that what was there before is there again, and
 * a frame goes out in one call: home, lines that each clear to their end, and
 * what is below cleared.  No mode of the keyboard is changed.
 *
 * The terminal must be given back however the program ends: at its end, by
 * exit() after a fatal error, on a second SIGINT, which does not wait for the
 * report, and while SIGTSTP has stopped it.  Signal handlers write the same
 * constant bytes; all else is done at the next tick.
 *
 * A terminal that is slow, or held by Ctrl-S, must not hold up packets: a
 * frame is left out while the terminal takes nothing.
 *
 * There is one terminal, hence one state of the file.
 */
#include "top.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "health.h"
#include "options.h"
#include "pipeline.h"

#define DRAW_EVERY NSEC_PER_SEC
#define MESSAGES   3   /* lines of the log on the screen */
#define MESSAGE	   300 /* bytes of one that are kept */

/* Alternate screen, no cursor, no wrapping; and back. */
static const char enter[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
static const char leave[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

/**
 * struct top_state - The terminal, and what was drawn last
 * @taken:	It is drawn on
 * @redraw:	At the next tick
 * @ended:	A signal has asked for the end
 * @drawn:	When, by clock_monotonic()
 * @packets, @bytes: By tap, as drawn last
 * @message:	A ring of the last lines of the log
 * @messages:	How many there were
 */
static struct {
	volatile sig_atomic_t taken;
	volatile sig_atomic_t redraw;
	volatile sig_atomic_t ended;
	struct capture *capture;
	int64_t started;
	int64_t drawn;
	uint64_t packets[SITE_MAX_TAPS];
	uint64_t bytes[SITE_MAX_TAPS];
	pthread_mutex_t lock;
	char message[MESSAGES][MESSAGE];
	uint64_t messages;
} top = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --------------------------------------------------------------- terminal */

static void say(const char *bytes, size_t size)
{
	int saved = errno;
	ssize_t n = write(STDOUT_FILENO, bytes, size);

	(void)n; /* a terminal that is gone needs nothing */
	errno = saved;
}

static void take_terminal(void)
{
	top.taken = 1;
	top.redraw = 1;
	say(enter, sizeof(enter) - 1);
}

/*
 * Who has held the terminal by Ctrl-S sees the end all the same: Linux lets
 * go when that key means nothing for a moment.  In the background it would
 * stop us instead.
 */
static void let_go(void)
{
	struct termios was, free_running;

	if (tcgetpgrp(STDOUT_FILENO) != getpgrp() ||
	    tcgetattr(STDOUT_FILENO, &was) || !(was.c_iflag & IXON))
		return;
	free_running = was;
	free_running.c_iflag &= ~(tcflag_t)IXON;
	tcsetattr(STDOUT_FILENO, TCSANOW, &free_running);
	tcsetattr(STDOUT_FILENO, TCSANOW, &was);
}

static void give_back(void)
{
	if (!top.taken)
		return;
	top.taken = 0;
	let_go();
	say(leave, sizeof(leave) - 1);
}

bool top_possible(const struct options *o)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO))
		log_error("--top: standard output is no terminal");
	else if (!term || !*term || !strcmp(term, "dumb"))
		log_error("--top: this terminal (TERM=%s) cannot be drawn on",
			  term ? term : "");
	else if (o->report.format != REPORT_TEXT &&
		 (!o->output || !strcmp(o->output, "-")))
		log_error("--top: the screen takes standard output; %s to a "
			  "file: -o FILE",
			  o->report.format == REPORT_JSON ? "JSON Lines go"
							  : "the page goes");
	else
		return true;
	return false;
}

/* ---------------------------------------------------------------- signals */

/* The first asks for the end with its report; the second does not wait. */
static void on_end(int sig)
{
	if (!top.ended) {
		top.ended = 1;
		capture_stop(top.capture);
		return;
	}
	give_back();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void on_resize(int sig)
{
	(void)sig;
	top.redraw = 1;
}

/* Stopped in here, and on again in here. */
static void on_suspend(int sig)
{
	struct sigaction again = {.sa_handler = on_suspend};
	int saved = errno;
	sigset_t set;

	give_back();
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	sigaction(sig, &again, NULL);
	take_terminal();
	errno = saved;
}

static void catch_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM};
	const struct sigaction end = {.sa_handler = on_end};
	const struct sigaction resize = {.sa_handler = on_resize};
	const struct sigaction suspend = {.sa_handler = on_suspend};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		sigaction(ends[i], &end, NULL);
	sigaction(SIGWINCH, &resize, NULL);
	sigaction(SIGTSTP, &suspend, NULL);
}

/* -------------------------------------------------------------------- log */

static void keep_message(const char *line)
{
	pthread_mutex_lock(&top.lock);
	snprintf(top.message[top.messages++ % MESSAGES], MESSAGE, "%s", line);
	pthread_mutex_unlock(&top.lock);
	top.redraw = 1;
}

/* The oldest that is kept first.  Return: how many. */
static size_t last_messages(char copy[MESSAGES][MESSAGE])
{
	size_t n;

	pthread_mutex_lock(&top.lock);
	n = top.messages < MESSAGES ? (size_t)top.messages : MESSAGES;
	for (size_t i = 0; i < n; i++)
		memcpy(copy[i], top.message[(top.messages - n + i) % MESSAGES],
		       MESSAGE);
	pthread_mutex_unlock(&top.lock);
	return n;
}

/* ----------------------------------------------------------------- screen */

static void count_frames(const struct pipeline *p, struct report_totals *t)
{
	*t = (struct report_totals){
		.tcp_packets = p->totals.tcp_packets,
		.flow = flow_table_counters(p->flows),
	};
	for (uint32_t i = 0; i < p->interfaces; i++) {
		const struct interface_seen *seen = &p->seen[i];

		if (!seen->frames)
			continue;
		if (!t->packets || seen->last.ns > t->last.ns)
			t->last = seen->last;
		t->packets += seen->frames;
	}
}

static void look_at_taps(const struct pipeline *p, struct screen_tap *tap,
			 int64_t spent)
{
	double seconds = (double)(spent > 0 ? spent : 1) / 1e9;

	for (unsigned i = 0; i < p->site->taps; i++) {
		const struct flow_tap *seen =
			flow_table_tap(p->flows, (uint8_t)i);

		tap[i] = (struct screen_tap){
			.tap = (uint8_t)i,
			.seen = seen,
			.packets = (double)(seen->segments - top.packets[i]) /
				   seconds,
			.bytes = (double)(seen->bytes - top.bytes[i]) / seconds,
		};
		tap[i].drops = health_drops(p, (uint8_t)i, &tap[i].drops_known);
		top.packets[i] = seen->segments;
		top.bytes[i] = seen->bytes;
	}
}

/* Lines as they are drawn: each clears what was there before. */
static void add_frame(struct str *frame, const char *lines)
{
	str_add(frame, "\033[H");
	for (;;) {
		size_t n = strcspn(lines, "\n");

		str_addn(frame, lines, n);
		str_add(frame, "\033[K");
		lines += n;
		if (!*lines || !*++lines)
			break;
		str_add(frame, "\r\n");
	}
	str_add(frame, "\033[J");
}

static bool terminal_takes(void)
{
	struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT);
}

static void draw(struct pipeline *p, int64_t now)
{
	struct screen_tap tap[SITE_MAX_TAPS];
	char copy[MESSAGES][MESSAGE];
	const char *message[MESSAGES];
	struct report_totals totals;
	struct winsize size = {0};
	struct report_screen s = {
		.color = p->options->screen_color,
		.running = now - top.started,
		.totals = &totals,
		.tap = tap,
		.taps = p->site->taps,
		.message = message,
	};
	struct str lines = {0}, frame = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	s.width = size.ws_col ? size.ws_col : 80;
	s.height = size.ws_row ? size.ws_row : 24;
	s.messages = last_messages(copy);
	for (size_t i = 0; i < s.messages; i++)
		message[i] = copy[i];
	count_frames(p, &totals);
	look_at_taps(p, tap, now - top.drawn);
	report_draw(p->report, &s, &lines);
	add_frame(&frame, lines.s);
	say(frame.s, frame.len);
	str_free(&lines);
	str_free(&frame);
}

void top_start(struct pipeline *p)
{
	top.capture = p->capture;
	top.started = top.drawn = clock_monotonic();
	report_top(p->report);
	if (isatty(STDERR_FILENO))
		log_set_taker(keep_message);
	atexit(give_back);
	catch_signals();
	take_terminal();
}

void top_tick(struct pipeline *p)
{
	int64_t now = clock_monotonic();

	if (!top.taken || (now - top.drawn < DRAW_EVERY && !top.redraw) ||
	    !terminal_takes())
		return;
	top.redraw = 0;
	draw(p, now);
	top.drawn = now;
}

void top_end(void)
{
	char copy[MESSAGES][MESSAGE];
	size_t n = last_messages(copy);

	give_back();
	signal(SIGTSTP, SIG_DFL);
	log_set_taker(NULL);
	if (top.messages > n)
		log_warn("%" PRIu64 " lines were shown on the screen alone",
			 top.messages - n);
	for (size_t i = 0; i < n; i++)
		log_warn("%s", copy[i]);
}
