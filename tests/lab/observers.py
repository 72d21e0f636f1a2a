# SPDX-License-Identifier: BSD-3-Clause
"""Who watches the mirrored ports, and what asymcap says of what was seen.

An observer is started when the network stands and stopped when the last
client is done.  verdict() then gives asymcap's events, as parsed JSON, and
its exit status.  To add one: a class with these three, and a row in
OBSERVERS.
"""

import json
import os
import re
import signal
import subprocess
import time

from world import BOX, TAPS

HERE = os.path.dirname(os.path.abspath(__file__))
SITE = os.path.join(HERE, "site.yaml")


class Trouble(RuntimeError):
    """The observer did not see everything: nothing can be said."""


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


OBSERVERS = [Captures]
