#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""asymcap watch --top, on a terminal of its own.

To be run by watch.sh, as watch.py is.  The terminal is a small one: it knows
the few sequences that --top may use, and any other is a failure.
"""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

import watch
from watch import DEADLINE, broken, wait_until

SEQUENCE = re.compile(rb"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """What a terminal shows of what is written to it"""

    def __init__(self, width, height):
        self.resize(width, height)
        self.other = False      # the alternate screen
        self.cursor = True
        self.colors = 0
        self.wrong = []
        self.before = ""        # outside of the alternate screen

    def resize(self, width, height):
        self.width, self.height = width, height
        self.lines = [[" "] * width for _ in range(height)]
        self.row = self.column = 0

    def sequence(self, args, kind):
        if kind == "H" and not args:
            self.row = self.column = 0
        elif kind == "K" and not args:
            self.lines[self.row][self.column:] = \
                [" "] * (self.width - self.column)
        elif kind == "J":
            for row in range(self.row + (not args), self.height):
                self.lines[row] = [" "] * self.width
        elif kind == "m":
            self.colors += args not in ("0", "")
        elif args == "?1049":
            self.other = kind == "h"
        elif args == "?25":
            self.cursor = kind == "h"
        elif args != "?7":
            self.wrong.append(args + kind)

    def put(self, char):
        if not self.other:
            self.before += char
        elif char == "\r":
            self.column = 0
        elif char == "\n":
            self.row += 1
            if self.row >= self.height:
                self.wrong.append("scrolled")
                self.row = self.height - 1
        elif ord(char) < 32:
            self.wrong.append(char)
        elif self.column >= self.width:
            self.wrong.append("too wide")
        else:
            self.lines[self.row][self.column] = char
            self.column += 1

    def feed(self, data):
        """Return what is not whole yet"""
        at = 0
        while at < len(data):
            if data[at] == 0x1b:
                m = SEQUENCE.match(data, at)
                if not m:
                    if len(data) - at < 12:
                        return data[at:]
                    self.wrong.append(repr(data[at:at + 12]))
                    at += 1
                    continue
                self.sequence(m[1].decode(), m[2].decode())
                at = m.end()
                continue
            size = 1 if data[at] < 0x80 else 2 if data[at] < 0xe0 else \
                3 if data[at] < 0xf0 else 4
            if at + size > len(data):
                return data[at:]
            self.put(data[at:at + size].decode("utf-8", "replace"))
            at += size
        return b""

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines)


class Top:
    """A running asymcap watch --top on a pseudo-terminal"""

    def __init__(self, *args, width=100, height=24,
                 ports=("internet=p0", "er=p1"), env=None, shell=()):
        watch.Watch.now = self
        self.master, slave = pty.openpty()
        self.screen = Screen(width, height)
        self.set_size(slave, width, height)
        self.process = subprocess.Popen(
            [*shell, watch.ASYMCAP, "watch", "--top", "--buffer", "4", *args,
             *ports], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm", **(env or {})})
        os.close(slave)
        threading.Thread(target=self.read, daemon=True).start()
        wait_until(lambda: "asymcap watch" in self.screen.text())

    @staticmethod
    def set_size(fd, width, height):
        fcntl.ioctl(fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", height, width, 0, 0))

    def resize(self, width, height):
        self.screen.resize(width, height)
        self.set_size(self.master, width, height)

    def read(self):
        rest = b""
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            rest = self.screen.feed(rest + data)

    def shows(self, *words):
        wait_until(lambda: all(w in self.screen.text() for w in words))

    def finish(self, sig=signal.SIGINT):
        self.process.send_signal(sig)
        status = self.process.wait(DEADLINE)
        time.sleep(.2)
        assert not self.screen.other and self.screen.cursor
        assert not self.screen.wrong, self.screen.wrong
        return status


def drawn(_folder):
    """Taps, classes, findings; then the report where the screen was not"""
    t = Top("--color", "never")
    t.shows("asymcap watch, ", "internet", "0 connections counted\n",
            "0 findings")
    broken(1)
    t.shows("1 finding, 1 critical; 1 group,", "critical  asymmetric-handshake"
            "  1 connection  SYN internet -> SYN-ACK er", "1 flow in the")
    rows = t.screen.text().splitlines()
    assert rows[2].split() == ["tap", "circuit", "TCP/s", "bit/s", "SYN",
                               "SYN-ACK", "drops"], rows
    assert [r.split()[0] for r in rows[3:5]] == ["er", "internet"], rows
    broken(2)
    t.shows("2 findings, 2 critical; 1 group,", "  2 connections  SYN")
    assert t.finish() == 1
    assert t.screen.before.startswith("2 of 2 connections were asymmetric")
    assert t.screen.before.count("CRITICAL") == 1, t.screen.before
    assert not t.screen.colors


def sizes(_folder):
    """Small and large screens, and one that changes: never wider or longer"""
    t = Top("--color", "always", width=20, height=5)
    broken(1)
    t.shows("1 finding, 1 critica")
    for width, height in ((200, 50), (40, 10), (80, 24), (61, 7)):
        t.resize(width, height)
        t.shows("asymcap watch, ", "1 finding, 1 critical")
        assert len(t.screen.text().splitlines()) <= height
    t.finish(signal.SIGTERM)
    assert t.screen.colors


def no_color(_folder):
    t = Top(env={"NO_COLOR": "1"})
    broken(1)
    t.shows("1 finding")
    t.finish()
    assert not t.screen.colors


def beside_a_file(folder):
    """JSON Lines grow in a file all the while"""
    path = os.path.join(folder, "log")
    t = Top("--format", "json", "-o", path)
    broken(1)
    t.shows("1 finding")
    wait_until(lambda: '"asymmetric-handshake"' in watch.read(path))
    assert t.finish() == 1
    assert t.screen.before == ""
    events = [json.loads(line) for line in watch.read(path).splitlines()]
    assert events[-1]["event_type"] == "summary", events
    assert t.screen.colors


def suspended(_folder):
    """Ctrl-Z gives the terminal back, and fg draws again"""
    t = Top(shell=("bash", "-m", "-c", '"$@"; echo stopped; read x; fg; '
                   'exit $?', "bash"))
    os.write(t.master, b"\x1a")
    wait_until(lambda: not t.screen.other and t.screen.cursor)
    wait_until(lambda: "stopped" in t.screen.before)
    os.write(t.master, b"go on\n")
    wait_until(lambda: t.screen.other)
    broken(1)
    t.shows("1 finding")
    os.write(t.master, b"\x03")
    assert t.process.wait(DEADLINE) == 1
    assert not t.screen.other and t.screen.cursor


def killed_twice(_folder):
    """A second SIGINT does not wait, but gives the terminal back"""
    t = Top()
    t.process.send_signal(signal.SIGSTOP)
    for sig in (signal.SIGINT, signal.SIGTERM):
        t.process.send_signal(sig)
    t.process.send_signal(signal.SIGCONT)
    t.process.wait(DEADLINE)
    wait_until(lambda: not t.screen.other and t.screen.cursor)
    assert t.process.returncode < 0, t.process.returncode


def held(folder):
    """Ctrl-S holds up the screen, and no packet, and not the end"""
    path = os.path.join(folder, "log")
    t = Top("--format", "json", "-o", path)
    os.write(t.master, b"\x13")
    time.sleep(1.5)
    broken(1)
    wait_until(lambda: '"asymmetric-handshake"' in watch.read(path))
    assert "1 finding," not in t.screen.text()
    assert t.finish() == 1


def log_lines(_folder):
    """What is said meanwhile is on the screen, and said again at the end"""
    t = Top()
    watch.sh("ip", "link", "set", "sp1", "down")
    t.shows("p1", "no carrier")
    watch.sh("ip", "link", "set", "sp1", "up")
    t.shows("carrier again")
    t.finish()
    assert "asymcap: p1: " in t.screen.before, t.screen.before


def hostile_names(_folder):
    """A name that would drive a terminal is shown, and drives nothing"""
    name = "q\x1b[2J\u202e"
    watch.make_pair(name)
    try:
        t = Top(ports=("p0", name))
        watch.send(name, watch.segment(1, watch.SYN, 100))
        t.shows("q?[2J?")
        t.finish()
    finally:
        watch.sh("ip", "link", "del", name)


def top_refused(folder):
    rows = [
        (["--top", "p0"], {}, "standard output is no terminal"),
        (["--top", "-o", folder + "/x", "p0"], {}, "no terminal"),
    ]
    for words, env, text in rows:
        r = subprocess.run([watch.ASYMCAP, "watch", *words],
                           capture_output=True, text=True, timeout=DEADLINE,
                           env={**os.environ, **env}, check=False)
        assert r.returncode == 2 and text in r.stderr, r
        assert r.stderr.count("\n") == 1 and not r.stdout, r
    for words, env, text in (
            (["--format", "json"], {"TERM": "xterm"}, "-o FILE"),
            ([], {"TERM": "dumb"}, "cannot be drawn on")):
        master, slave = pty.openpty()
        r = subprocess.run([watch.ASYMCAP, "watch", "--top", *words, "p0"],
                           stdin=slave, stdout=slave, stderr=subprocess.PIPE,
                           text=True, timeout=DEADLINE,
                           env={**os.environ, **env}, check=False)
        os.close(slave)
        os.close(master)
        assert r.returncode == 2 and text in r.stderr, r


CASES = [drawn, sizes, no_color, beside_a_file, suspended, killed_twice, held,
         log_lines, hostile_names, top_refused]

if __name__ == "__main__":
    sys.exit(watch.main("screen", CASES))
