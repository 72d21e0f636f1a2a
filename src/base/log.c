/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log: lines for people, on standard error, never on the data stream
 */
#include <asymcap/base.h>

#include <stdlib.h>

static struct {
	enum log_level level;
	void (*hook)(void);
	void (*take)(const char *line);
} log_state = {.level = LOG_LEVEL_WARN};

void log_set_level(enum log_level level)
{
	log_state.level = level;
}

void log_set_hook(void (*hook)(void))
{
	log_state.hook = hook;
}

void log_set_taker(void (*take)(const char *line))
{
	log_state.take = take;
}

/* Formatted into a fixed buffer: a log line must not need memory. */
static void log_line(enum log_level level, const char *fmt, va_list ap)
{
	char line[1024];
	int n;

	if (level > log_state.level)
		return;
	n = vsnprintf(line, sizeof(line), fmt, ap);
	if (n < 0)
		return;
	for (char *p = line; *p; p++) {
		/* C1 controls (U+0080..9F) drive some terminals, too. */
		bool c1 = (uint8_t)p[0] == 0xc2 && (p[1] & 0xe0) == 0x80;

		if (c1)
			*p++ = '?';
		if (c1 || (uint8_t)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	if (log_state.take) {
		log_state.take(line);
		return;
	}
	if (log_state.hook)
		log_state.hook();
	fprintf(stderr, "asymcap: %s%s\n", line,
		(size_t)n >= sizeof(line) ? "..." : "");
}

#define LOG_FUNCTION(name_, level_)                                            \
	void name_(const char *fmt, ...)                                       \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		log_line(level_, fmt, ap);                                     \
		va_end(ap);                                                    \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
LOG_FUNCTION(log_notice, LOG_LEVEL_ERROR)

void log_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
	exit(3);
}
