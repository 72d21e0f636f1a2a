#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Findings while a pipe still runs: a slow writer and a reader that waits.

usage: live.py [ASYMCAP]

Each case writes a part of a capture into pipes, waits until a line appears on
asymcap's standard output, and only then writes the rest.  No time is part of
a test but the deadline, which is long: who waits for it has failed.
"""

import json
import os
import queue
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 60
EPOCH = 1795374000              # s; 2026-11-22T19:00:00Z
SYN, SYN_ACK, ACK, FIN, RST = 0x02, 0x12, 0x10, 0x11, 0x04
CLIENT, SERVER = "198.18.0.1", "203.0.113.25"


def header():
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def record(t, src, sport, dst, dport, flags, seq=0, ack=0):
    """A TCP segment over Ethernet at EPOCH + t seconds"""
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags,
                      8192, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0,
                     socket.inet_aton(src), socket.inet_aton(dst))
    frame = bytes(12) + b"\x08\x00" + ip + tcp
    us = int(round((EPOCH + t) * 1000000))
    return struct.pack("<IIII", us // 1000000, us % 1000000, len(frame),
                       len(frame)) + frame


def to_server(t, port, flags, seq, ack=0):
    return record(t, CLIENT, port, SERVER, 25, flags, seq, ack)


def to_client(t, port, flags, seq, ack=0):
    return record(t, SERVER, 25, CLIENT, port, flags, seq, ack)


def sound(t, port):
    """A connection whose both directions are seen"""
    return (to_server(t, port, SYN, 100) +
            to_client(t + .01, port, SYN_ACK, 500, 101) +
            to_server(t + .02, port, ACK, 101, 501) +
            to_server(t + .03, port, FIN, 101, 501) +
            to_client(t + .04, port, FIN, 501, 102) +
            to_server(t + .05, port, ACK, 102, 502))


class Run:
    """asymcap with a pipe for each name"""

    now = None

    def __init__(self, folder, names, *args):
        Run.now = self
        self.pipe = {}
        self.lines = queue.Queue()
        self.seen = []
        paths = [os.path.join(folder, name) for name in names]
        for path in paths:
            os.mkfifo(path)
        self.process = subprocess.Popen(
            [ASYMCAP, "read", "-q", *args,
             *("%s=%s" % pair for pair in zip(names, paths))],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()
        # In the order in which asymcap opens them.
        for name, path in sorted(zip(names, paths)):
            self.pipe[name] = open(path, "wb", buffering=0)
            self.write(name, header())

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def write(self, name, data):
        self.pipe[name].write(data)

    def wait_for(self, *words):
        """The next line with all of the words"""
        while True:
            line = self.lines.get(timeout=DEADLINE)
            if line is None:
                raise AssertionError("ended without a line with %s; it said "
                                     "%r" % (words, self.seen))
            self.seen.append(line)
            if all(word in line for word in words):
                return line

    def finish(self):
        """Close the pipes; all lines, and the exit status"""
        for pipe in self.pipe.values():
            pipe.close()
        while (line := self.lines.get(timeout=DEADLINE)) is not None:
            self.seen.append(line)
        return self.seen, self.process.wait(DEADLINE)


def findings(lines, rule):
    return [e for e in map(json.loads, lines)
            if e["event_type"] == "finding" and e["rule"] == rule]


def agrees(lines):
    """The summary counts what the lines say"""
    events = [json.loads(line) for line in lines]
    said = {"critical": 0, "warning": 0, "info": 0}
    for e in events:
        if e["event_type"] == "finding":
            said[e["severity"]] += 1
    summary = events[-1]
    assert summary["event_type"] == "summary", summary
    assert summary["findings"] == said, (summary["findings"], said)
    return summary


def broken_handshake(folder):
    """Told at the resent SYN-ACK, with no packet after it; and once"""
    run = Run(folder, ["er", "internet"], "--format", "json")
    run.write("internet", sound(-3, 7))
    run.write("internet", to_server(0, 1, SYN, 100))
    run.write("er", to_client(.01, 1, SYN_ACK, 500, 101))
    run.write("er", to_client(1.5, 1, SYN_ACK, 500, 101))
    said = json.loads(run.wait_for('"asymmetric-handshake"'))
    assert said["impact"] == "broken", said
    assert said["severity"] == "critical", said
    run.write("internet", to_server(2, 1, RST, 101) + sound(4, 9))
    lines, status = run.finish()
    assert status == 1, status
    assert len(findings(lines, "asymmetric-handshake")) == 1, lines
    summary = agrees(lines)
    assert summary["connections"]["asymmetric"] == 1, summary
    assert summary["connections"]["symmetric"] == 2, summary


def broken_by_silence(folder):
    """Told once nothing has come for 25 s of packet time"""
    run = Run(folder, ["er", "internet"], "--format", "json")
    run.write("internet", to_server(0, 1, SYN, 100))
    run.write("er", to_client(.01, 1, SYN_ACK, 500, 101) + sound(24, 9))
    run.write("internet", sound(24, 8))
    run.write("er", sound(27, 10))
    run.write("internet", sound(27, 11))
    said = json.loads(run.wait_for('"asymmetric-handshake"'))
    assert said["impact"] == "broken", said
    lines, _ = run.finish()
    agrees(lines)


def working(folder):
    """Completed and asymmetric: told although the connection goes on"""
    run = Run(folder, ["er", "internet"], "--format", "json")
    run.write("internet", to_server(0, 1, SYN, 100) +
              to_server(.02, 1, ACK, 101, 501))
    run.write("er", to_client(.01, 1, SYN_ACK, 500, 101))
    said = json.loads(run.wait_for('"asymmetric-handshake"'))
    assert said["impact"] == "working", said
    lines, _ = run.finish()
    agrees(lines)
    assert len(findings(lines, "asymmetric-handshake")) == 1, lines


def unanswered_beside_a_silent_pipe(folder):
    """Unanswered after 25 s, though another pipe never says anything"""
    run = Run(folder, ["er", "internet"], "--format", "json",
              "--fail-on", "info")
    run.write("internet", to_server(0, 1, SYN, 100) + sound(14, 8) +
              sound(28, 9))
    run.wait_for('"unanswered"')
    # Too late: it has been said that there was none.
    run.write("internet", to_client(29, 1, SYN_ACK, 500, 101) + sound(40, 10))
    lines, status = run.finish()
    assert status == 1, status
    assert len(findings(lines, "unanswered")) == 1, lines
    assert agrees(lines)["connections"]["unanswered"] == 1, lines[-1]


def escape(folder):
    """A private source is told while its connection goes on, once"""
    run = Run(folder, ["er", "internet"], "--format", "json",
              "--nat-pool", "internet=192.0.2.0/24")
    run.write("internet", record(0, "10.1.2.3", 5, SERVER, 25, SYN, 100) +
              record(.01, SERVER, 25, "10.1.2.3", 5, SYN_ACK, 500, 101) +
              record(.02, "10.1.2.3", 5, SERVER, 25, ACK, 101, 501))
    said = json.loads(run.wait_for('"snat-escape"'))
    assert said["reason"] == "private", said
    run.write("internet", record(3, "10.1.2.3", 5, SERVER, 25, RST, 101))
    lines, _ = run.finish()
    assert len(findings(lines, "snat-escape")) == 1, lines
    agrees(lines)


def one_way_tap(folder):
    """Nothing is said of silence that a one-way tap has made"""
    run = Run(folder, ["internet"], "--format", "json",
              "--nat-pool", "internet=198.18.0.0/24")
    for i in range(40):
        run.write("internet", b"".join(
            to_server(i / 10 + k / 100, 100 + i, ACK if k < 3 else RST,
                      100 + k, 501)
            for k in range(4)))
    run.write("internet", to_server(5, 1, SYN, 100) +
              to_server(33, 99, ACK, 100, 501) +
              to_server(34, 99, ACK, 101, 501))
    run.write("internet", b"".join(
        record(35 + i / 10, "10.1.2.3", 5, SERVER, 25, SYN if not i else ACK,
               100 + i, 501) for i in range(4)) +
        to_server(38, 99, RST, 102, 501))
    run.wait_for('"snat-escape"')
    lines, _ = run.finish()
    summary = agrees(lines)
    assert summary["connections"]["indeterminate"] == 2, summary
    assert not findings(lines, "unanswered"), lines


def text(folder):
    """A line for a new group, once; then the whole report"""
    run = Run(folder, ["er", "internet"])
    run.write("internet", to_server(0, 1, SYN, 100) +
              to_server(1.5, 1, SYN, 100))
    run.write("er", to_client(.01, 1, SYN_ACK, 500, 101) +
              to_client(1.51, 1, SYN_ACK, 500, 101))
    line = run.wait_for("asymmetric-handshake", "broken")
    assert line.startswith("2026-11-22 19:00:00"), line
    assert "SYN internet -> SYN-ACK er" in line, line
    # The same group again, then another one.
    run.write("internet", to_server(2, 2, SYN, 100))
    run.write("er", to_client(2.01, 2, SYN_ACK, 500, 101) +
              to_client(3.51, 2, SYN_ACK, 500, 101) + sound(5, 3))
    run.write("internet", sound(5, 4) +
              record(5.2, CLIENT, 6, "203.0.114.9", 25, SYN, 100))
    run.write("er", record(5.3, "203.0.114.9", 25, CLIENT, 6, SYN_ACK, 5, 101) +
              record(7, "203.0.114.9", 25, CLIENT, 6, SYN_ACK, 5, 101) +
              sound(9, 7))
    run.write("internet", sound(9, 8))
    run.wait_for("asymmetric-handshake", "203.0.114.0/24")
    lines, status = run.finish()
    assert status == 1, status
    news = [s for s in lines if s.startswith("2026-")]
    assert len(news) == 2, lines
    assert any(s.startswith("3 of 7 connections were asymmetric")
               for s in lines), lines
    assert any("CRITICAL" in s and "2 connections" in s for s in lines), lines


def whole_file(folder):
    """With -o the report appears whole at the end, and not before"""
    out = os.path.join(folder, "report")
    run = Run(folder, ["er", "internet"], "--format", "json", "-o", out)
    run.write("internet", to_server(0, 1, SYN, 100) + sound(30, 2))
    run.write("er", to_client(.01, 1, SYN_ACK, 500, 101) + sound(30, 3))
    assert not os.path.exists(out)
    lines, status = run.finish()
    assert not lines and status == 1, (lines, status)
    with open(out) as f:
        agrees(f.readlines())


def pipe_and_file(folder):
    """A file waits for the pipe; what both show is told as the pipe goes on"""
    path = os.path.join(folder, "er.pcap")
    with open(path, "wb") as f:
        f.write(header() + to_client(.01, 1, SYN_ACK, 500, 101) +
                to_client(1.5, 1, SYN_ACK, 500, 101) +
                to_client(20.01, 2, SYN_ACK, 500, 101) +
                to_client(21.5, 2, SYN_ACK, 500, 101) +
                sound(300, 8) + sound(310, 9))
    run = Run(folder, ["internet"], "--format", "json", "er=" + path)
    run.write("internet", sound(-3, 7) + to_server(0, 1, SYN, 100) +
              sound(4, 3))
    run.wait_for('"asymmetric-handshake"', '"broken"')
    # Longer than one pipe would wait for another.
    time.sleep(2)
    run.write("internet", to_server(20, 2, SYN, 100) + sound(30, 4))
    run.wait_for('"asymmetric-handshake"', '"broken"')
    lines, _ = run.finish()
    assert not findings(lines, "orphan-syn-ack"), lines
    assert agrees(lines)["connections"]["asymmetric"] == 2, lines[-1]


CASES = [broken_handshake, broken_by_silence, working,
         unanswered_beside_a_silent_pipe, escape, one_way_tap, text,
         whole_file, pipe_and_file]


def run_case(case):
    folder = tempfile.mkdtemp()
    try:
        case(folder)
    except queue.Empty:
        return "nothing came within %d s" % DEADLINE
    except (AssertionError, OSError) as e:
        return str(e)
    finally:
        Run.now.process.kill()
        Run.now.process.wait()
        shutil.rmtree(folder)
    return None


def main():
    failed = 0
    for case in CASES:
        why = run_case(case)
        if why:
            failed += 1
            print("live: %s: %s" % (case.__name__, why))
    print("live: %d passed, %d failed" % (len(CASES) - failed, failed))
    return failed > 0


ASYMCAP = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.environ.get("BUILD", "build"), "asymcap-san")
if __name__ == "__main__":
    sys.exit(main())
