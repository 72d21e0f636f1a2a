# SPDX-License-Identifier: BSD-3-Clause
"""Who watches the mirrored ports, and what asymcap says of what was seen.

An observer is started when the network stands; ready() waits until it sees
all ports, or raises Unable.  It is stopped when the last client is done.
verdict() then gives asymcap's events, as parsed JSON, and its exit status.
To add one: a class with these four, and a row in OBSERVERS.
"""

import json
import os
import re
import signal
import subprocess
import threading
import time

from world import BOX, TAPS

HERE = os.path.dirname(os.path.abspath(__file__))
SITE = os.path.join(HERE, "site.yaml")
BUFFER = "8"     # MiB a port of watch: 32 blocks of at least 10 ms


class Trouble(RuntimeError):
    """The observer did not see everything: nothing can be said."""


class Unable(Trouble):
    """The observer may not work here, for no fault of asymcap's."""


def start(command, log):
    """Start a program whose standard error goes to a file."""
    with open(log, "wb") as f:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=f)


def wait_for_words(process, log, words, seconds=20):
    """Wait until a program has said something in its log."""
    end = time.monotonic() + seconds
    while True:
        over = process.poll() is not None or time.monotonic() > end
        with open(log, encoding="utf-8", errors="replace") as f:
            text = f.read()
        if words in text:
            return
        if over:
            raise Trouble("no '%s', but: %s" % (words, text.strip()))
        time.sleep(0.02)


def tcpdump(interface, file):
    """Return: a command line that captures all there is, in nanoseconds"""
    return ["tcpdump", "-i", interface, "-s", "256", "-B", "4096", "-U",
            "--immediate-mode", "--time-stamp-precision=nano", "-Z", "root",
            "-w", file]


def asymcap(command):
    """Run asymcap. Return: events, exit status"""
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    if done.returncode not in (0, 1, 4):
        raise Trouble("%s: status %d: %s" % (
            " ".join(command), done.returncode, done.stderr.strip()))
    return [json.loads(line) for line in done.stdout.splitlines()], \
        done.returncode


class Captures:
    """tcpdump at each mirrored port, asymcap read afterwards."""

    name = "read"

    def __init__(self, net, folder, program):
        self.folder = folder
        self.program = program
        with net[BOX]:
            self.dumps = [start(tcpdump(tap, self.file(tap)), self.log(tap))
                          for tap, _, _ in TAPS]

    def ready(self):
        for dump, (tap, _, _) in zip(self.dumps, TAPS):
            wait_for_words(dump, self.log(tap), "listening on")

    def file(self, tap):
        return os.path.join(self.folder, tap + ".pcap")

    def log(self, tap):
        return os.path.join(self.folder, tap + ".log")

    def stop(self):
        for dump in self.dumps:
            dump.send_signal(signal.SIGINT)
        for dump in self.dumps:
            dump.wait(timeout=20)

    def verdict(self):
        self.check_losses()
        return self.judge([tap for tap, _, _ in TAPS])

    def partial(self):
        """Verdicts without the captures of some taps.
        Return: for each, what is missing and what verdict() returns"""
        blind = [[tap] for tap, _, _ in TAPS] + [
            [tap for tap, _, port in TAPS if port == "in0"]]
        for missing in blind:
            yield missing, self.judge([tap for tap, _, _ in TAPS
                                       if tap not in missing])

    def check_losses(self):
        for tap, _, _ in TAPS:
            with open(self.log(tap), encoding="utf-8") as f:
                lost = re.search(r"^([0-9]+) packets? dropped by kernel",
                                 f.read(), re.M)
            if not lost or lost[1] != "0":
                raise Trouble("%s: packets were lost" % tap)

    def judge(self, taps):
        return asymcap([self.program, "read", "-q", "-c", SITE, "--format",
                        "json", "--flows"] + [self.file(tap) for tap in taps])


class Journal(threading.Thread):
    """Reads a file while it grows, and notes when each line was there."""

    EVERY = 0.02    # seconds

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.lines = []     # (seconds since 1970, text)
        self.over = threading.Event()
        self.start()

    def run(self):
        rest = ""
        with open(self.path, encoding="utf-8") as f:
            while True:
                last = self.over.is_set()
                rest += f.read()
                now = time.time()
                *whole, rest = rest.split("\n")
                self.lines += [(now, line) for line in whole]
                if last:
                    return
                time.sleep(self.EVERY)

    def close(self):
        """No more is going to come. Return: the lines"""
        self.over.set()
        self.join()
        return self.lines


class Watch:
    """asymcap watch at the mirrored ports, while the clients are at work."""

    name = "watch --all"
    options = ["--all"]
    unseen = ()         # rules that see too little here

    def __init__(self, net, folder, program):
        self.file = os.path.join(folder, self.name.replace(" ", "") + ".json")
        self.log = self.file[:-5] + ".log"
        with net[BOX]:
            self.process = start(
                [program, "watch", "-v", "-c", SITE, "--format", "json",
                 "--flows", "--buffer", BUFFER, "-o", self.file] +
                self.options +
                ["%s.%s=%s" % (edge, tap, tap) for tap, edge, _ in TAPS],
                self.log)

    def ready(self):
        try:
            wait_for_words(self.process, self.log, "watching %d" % len(TAPS))
        except Trouble as e:
            refused = "no permission to capture"
            raise Unable(refused) if refused in str(e) else e
        self.journal = Journal(self.file)

    def stop(self):
        self.stopped = time.time()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        self.lines = self.journal.close()

    def verdict(self):
        """Each event has "seen_at", too: when its line was in the file."""
        if self.process.returncode not in (0, 1, 4):
            with open(self.log, encoding="utf-8", errors="replace") as f:
                raise Trouble("status %d: %s" % (self.process.returncode,
                                                 f.read().strip()))
        return [dict(json.loads(line), seen_at=at)
                for at, line in self.lines], self.process.returncode


class WatchFiltered(Watch):
    """As it is without options: the kernel lets through what begins and ends
    connections."""

    name = "watch"
    options = []
    unseen = ("path-change",)


OBSERVERS = [Captures, Watch, WatchFiltered]
