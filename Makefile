# asymcap: build, test, install
#
#   make            build/asymcap and build/libasymcap.a
#   make demo       the main job on real captures
#   make test       every check that needs no long time
#   make lab        the guide's network, with real firewalls
#   make bench      speed, as ratios to other programs (and bench-flood,
#                   bench-micro, bench-growth, bench-live)
#   make soak       whether watch stays as it is: SECONDS=3600
#   make lint       format, static analysis, layers
#   make install    DESTDIR= PREFIX=/usr/local
#
# Needs Debian packages; `make deps-build` installs what building takes,
# `make deps` also what tests take.

VERSION	:= 0.1.0
PREFIX	?= /usr/local
BUILD	?= build
ifeq ($(origin CC),default)
CC	:= gcc
endif
CLANG	?= clang
PYTHON	?= /usr/bin/python3
AR	?= ar

WARN	:= -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Werror
# gcc 12 gathers scalars into vectors where that takes longer than it saves.
CFLAGS	?= -O2 -g -fno-tree-slp-vectorize
# Names of ours must not stand in for those that a library calls itself:
# libjansson, for one, has a json_null(), too.
STD	:= -std=gnu11 -D_GNU_SOURCE -DASYMCAP_VERSION='"$(VERSION)"' \
	   -fvisibility=hidden
SAN	:= -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	   -fno-sanitize-recover=undefined
LIBS	:= -lpcap -lyaml -ljansson -lz -lzstd -lmicrohttpd -lcap-ng -lnet -pthread

SRC	:= $(sort $(wildcard src/*/*.c))
MAIN	:= src/app/main.c
LIBSRC	:= $(filter-out $(MAIN),$(SRC))
UNIT	:= $(sort $(wildcard tests/unit/test_*.c))
UNITLIB	:= $(filter-out $(UNIT),$(wildcard tests/unit/*.c))
FUZZ	:= $(sort $(wildcard tests/fuzz/fuzz_*.c))
HEADERS	:= $(wildcard include/asymcap/*.h src/*/*.h)
TESTSRC	:= $(wildcard tests/*/*.c tests/*/*.h)

# Every object is built twice: as shipped, and under the sanitizers.
obj	= $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

.DELETE_ON_ERROR:

.PHONY: all
all: $(BUILD)/asymcap $(BUILD)/libasymcap.a
	@:

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo CC $<
	@$(CC) $(STD) $(CFLAGS) $(WARN) -Iinclude -MMD -MP -c $< -o $@

$(BUILD)/san/%.o: %.c
	@mkdir -p $(@D)
	@echo CC.san $<
	@$(CC) $(STD) $(SAN) $(WARN) -Iinclude -MMD -MP -c $< -o $@

$(BUILD)/libasymcap.a: $(call obj,obj,$(LIBSRC))
	@echo AR $@
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/asymcap: $(call obj,obj,$(MAIN)) $(BUILD)/libasymcap.a
	@echo LD $@
	@$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

$(BUILD)/asymcap-san: $(call obj,san,$(SRC))
	@echo LD $@
	@$(CC) $(SAN) $^ $(LIBS) -o $@

# ------------------------------------------------------------------ packages

DEB_BUILD := gcc make pkg-config libpcap-dev libnet1-dev uthash-dev \
	     libyaml-dev libjansson-dev zlib1g-dev libzstd-dev \
	     libmicrohttpd-dev libcap-ng-dev
DEB_TEST  := check libsubunit-dev python3 python3-jsonschema tshark tcpdump \
	     clang libclang-rt-14-dev mandoc jq iproute2 nftables bird2 \
	     prometheus libcap2-bin strace systemd logrotate man-db \
	     traceroute chromium chromium-driver zsh fish

# dpkg alone is asked first: it answers in milliseconds.
.PHONY: deps deps-build
deps:
	@sh tests/deps.sh $(DEB_BUILD) $(DEB_TEST)

# Tests take a browser and a firewall; who wants the program alone need not wait.
deps-build:
	@sh tests/deps.sh $(DEB_BUILD)

# ---------------------------------------------------------------------- tests

# A unit test may link its own layer and those it may use, no more.
layers_of = $(shell awk -F: -v l=$(1) '$$1 == l {print l, $$2}' tests/layers)
unit_layer = $(patsubst test_%,%,$(basename $(notdir $(1))))
unit_src = $(foreach l,$(call layers_of,$(call unit_layer,$(1))),\
	   $(filter-out $(MAIN),$(wildcard src/$(l)/*.c)))

define unit_rule
$(BUILD)/tests/$(notdir $(basename $(1))): $(call obj,san,$(1)) \
		$(call obj,san,$(UNITLIB)) $(call obj,san,$(call unit_src,$(1)))
	@mkdir -p $$(@D)
	@echo LD $$@
	@$(CC) $(SAN) $$^ $(LIBS) \
		$$$$(pkg-config --libs check) -o $$@
endef
$(foreach t,$(UNIT),$(eval $(call unit_rule,$(t))))

UNITBIN	:= $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT))

# Programs that tests run: what the readers see, and captures with known truth.
TUPLES_SRC := tests/oracle/tuples.c \
	      $(wildcard src/base/*.c src/capture/*.c src/decode/*.c)
TRUTH_SRC := $(wildcard tests/truth/*.c)
BENCH_SRC := tests/bench/out.c tests/bench/packet.c

$(BUILD)/tests/tuples: $(call obj,san,$(TUPLES_SRC))
	@mkdir -p $(@D)
	@echo LD $@
	@$(CC) $(SAN) $^ -lpcap -lz -lzstd -o $@

$(BUILD)/tests/generate_truth: $(call obj,obj,$(TRUTH_SRC))
	@mkdir -p $(@D)
	@echo LD $@
	@$(CC) $(CFLAGS) $^ -o $@

$(BUILD)/tests/generate: $(call obj,obj,tests/bench/generate.c \
		tests/bench/options.c $(BENCH_SRC))
	@mkdir -p $(@D)
	@echo LD $@
	@$(CC) $(CFLAGS) $^ -o $@

$(BUILD)/tests/flood: $(call obj,obj,tests/bench/flood.c $(BENCH_SRC))
	@mkdir -p $(@D)
	@echo LD $@
	@$(CC) $(CFLAGS) $^ -o $@

$(BUILD)/tests/replay: $(call obj,obj,tests/bench/replay.c)
	@mkdir -p $(@D)
	@echo LD $@
	@$(CC) $(CFLAGS) $^ -o $@

$(BUILD)/tests/micro: $(call obj,obj,tests/bench/micro.c \
		tests/bench/feed.c tests/bench/frames.c $(BENCH_SRC)) $(BUILD)/libasymcap.a
	@mkdir -p $(@D)
	@echo LD $@
	@$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

TOOLS	:= $(BUILD)/tests/tuples $(BUILD)/tests/generate_truth \
	   $(BUILD)/tests/generate $(BUILD)/tests/flood $(BUILD)/tests/micro \
	   $(BUILD)/tests/replay

.PHONY: test-build
test-build: all $(BUILD)/asymcap-san $(UNITBIN) $(TOOLS)
	@:

# SECONDS of each fuzz target, or of the soak: make fuzz SECONDS=1800
SECONDS	?= 1800
.PHONY: fuzz
fuzz: deps
	@BUILD=$(BUILD) CLANG=$(CLANG) sh tests/fuzz/run.sh $(SECONDS)

.PHONY: test
test: deps
	@$(MAKE) --no-print-directory test-build
	@BUILD=$(BUILD) PYTHON=$(PYTHON) CLANG=$(CLANG) sh tests/run.sh

.PHONY: demo
demo: deps-build
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) sh tests/demo.sh

# make lab SCENARIO=problem-2 KEEP=1
.PHONY: lab
lab: deps
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) PYTHON=$(PYTHON) KEEP=$(KEEP) JOBS=$(JOBS) \
		LINGER=$(LINGER) sh tests/lab/run.sh $(SCENARIO)

# make bench ARGS="--rounds 9 --ipv6 30"
.PHONY: bench
bench: deps
	@$(MAKE) --no-print-directory all $(TOOLS)
	@BUILD=$(BUILD) $(PYTHON) tests/bench/run.py $(ARGS)

# make bench-flood ARGS="--flood 2000000 --kind answered"
.PHONY: bench-flood bench-micro bench-growth
bench-flood: deps
	@$(MAKE) --no-print-directory all $(TOOLS)
	@BUILD=$(BUILD) $(PYTHON) tests/bench/flood.py $(ARGS)

bench-micro: deps
	@$(MAKE) --no-print-directory $(BUILD)/tests/micro
	@$(BUILD)/tests/micro --folder $(BUILD) $(ARGS)

# make bench-growth ARGS=--quick
bench-growth: deps
	@$(MAKE) --no-print-directory all $(TOOLS)
	@BUILD=$(BUILD) $(PYTHON) tests/bench/growth.py $(ARGS)

# make bench-live ARGS="--rounds 5"
.PHONY: bench-live soak
bench-live: deps
	@$(MAKE) --no-print-directory all $(TOOLS)
	@BUILD=$(BUILD) $(PYTHON) tests/bench/live.py $(ARGS)

# make soak SECONDS=3600
soak: deps
	@$(MAKE) --no-print-directory all $(TOOLS)
	@BUILD=$(BUILD) $(PYTHON) tests/bench/soak.py --seconds $(SECONDS) \
		$(ARGS)

# ----------------------------------------------------------------------- lint

.PHONY: lint
lint:
	@sh tests/lint.sh $(SRC) $(HEADERS) $(TESTSRC)

# -------------------------------------------------------------------- install

.PHONY: install
install: all
	install -D -m 755 $(BUILD)/asymcap $(DESTDIR)$(PREFIX)/bin/asymcap
	install -D -m 644 src/app/asymcap.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/asymcap.1
	install -D -m 644 src/app/asymcap-site.5 \
		$(DESTDIR)$(PREFIX)/share/man/man5/asymcap-site.5
	install -D -m 644 src/app/asymcap-findings.7 \
		$(DESTDIR)$(PREFIX)/share/man/man7/asymcap-findings.7
	install -D -m 644 src/app/completion/asymcap.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/asymcap
	install -D -m 644 src/app/completion/_asymcap \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_asymcap
	install -D -m 644 src/app/completion/asymcap.fish \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/asymcap.fish
	install -D -m 644 src/report/asymcap.schema.json \
		$(DESTDIR)$(PREFIX)/share/asymcap/asymcap.schema.json
	install -D -m 644 src/report/asymcap.alerts.yaml \
		$(DESTDIR)$(PREFIX)/share/asymcap/asymcap.alerts.yaml
	install -D -m 644 src/report/asymcap.dashboard.json \
		$(DESTDIR)$(PREFIX)/share/asymcap/asymcap.dashboard.json
	install -D -m 644 pcaps/sites/contoso-nj.yaml \
		$(DESTDIR)$(PREFIX)/share/doc/asymcap/contoso-nj.yaml
	install -D -m 644 src/app/asymcap.logrotate \
		$(DESTDIR)$(PREFIX)/share/doc/asymcap/asymcap.logrotate
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@bindir@|$(PREFIX)/bin|' src/app/asymcap.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/asymcap.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/asymcap.service

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
