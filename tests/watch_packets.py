#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""asymcap watch --write: the packets of findings, in a file that grows.

To be run by watch.sh, as watch.py is.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import watch
from watch import (ACK, DEADLINE, RST, SYN, SYN_ACK, Watch, broken, segment,
                   send, sh, wait_until)

TOOLS = shutil.which("tshark") and shutil.which("tcpdump")


def tcpdump(path):
    """The packets that libpcap reads, all of them"""
    return subprocess.run(["tcpdump", "-n", "-r", path], capture_output=True,
                          text=True, check=True,
                          timeout=DEADLINE).stdout.splitlines()


def tshark(path, *fields):
    words = ["tshark", "-n", "-r", path, "-T", "fields"]
    for f in fields:
        words += ["-e", f]
    out = subprocess.run(words, capture_output=True, text=True, check=True,
                         timeout=DEADLINE).stdout
    return [line.split("\t") for line in out.splitlines()]


def has(path, count):
    """Whether so many packets are there; a file is whole at any moment"""
    return lambda: os.path.exists(path) and os.path.getsize(path) and \
        len(tcpdump(path)) >= count


def sound(port):
    send("p0", segment(port, SYN, 100))
    send("p0", segment(port, SYN_ACK, 500, 101, True))
    send("p0", segment(port, ACK, 101, 501))


def written(folder):
    """Packets of what was found, with comments; later ones; no others"""
    path = os.path.join(folder, "p.pcapng")
    w = Watch("--write", path)
    sound(7)
    broken(1)
    w.wait_for('"asymmetric-handshake"')
    wait_until(has(path, 3))
    send("p0", segment(1, RST, 101))        # it follows
    sound(8)
    wait_until(has(path, 4))
    w.finish()
    rows = tshark(path, "tcp.srcport", "tcp.flags", "frame.interface_name",
                  "frame.comment")
    assert [r[0] for r in rows] == ["1", "25", "25", "1"], rows
    assert [r[2] for r in rows] == ["internet", "er", "er", "internet"], rows
    assert rows[0][3].startswith("critical asymmetric-handshake: SYN"), rows
    assert "SYN seen on internet" in rows[0][3], rows
    assert "SYN-ACK seen on er; its SYN was seen on internet" in rows[1][3]
    assert "SYN-ACK again," in rows[2][3], rows
    assert rows[3][3] == "RST from the client", rows


def packets_rotated(folder):
    """SIGUSR1 begins a new file, whole like the old one"""
    path, old = (os.path.join(folder, n) for n in ("p", "p.1"))
    w = Watch("--write", path)
    broken(1)
    wait_until(has(path, 3))
    os.rename(path, old)
    w.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: os.path.exists(path))
    broken(2)
    wait_until(has(path, 3))
    w.finish()
    assert {r[0] for r in tshark(old, "tcp.port")} == {"1,25", "25,1"}
    assert {r[0] for r in tshark(path, "tcp.port")} == {"2,25", "25,2"}


def killed(folder):
    """After kill -9 the file is whole; the next run goes on with it, even if
    it was cut"""
    path = os.path.join(folder, "p")
    w = Watch("--write", path)
    broken(1)
    wait_until(has(path, 3))
    w.process.kill()
    w.process.wait()
    assert len(tcpdump(path)) == 3
    with open(path, "ab") as f:
        f.write(b"\x06\0\0\0\x80\0\0\0half a packet")
    w = Watch("--write", path)
    broken(2)
    wait_until(has(path, 6))
    w.finish()
    assert len(tshark(path, "frame.number")) == 6
    with open(path, "wb") as f:
        f.write(b"my notes\n")
    r = subprocess.run([watch.ASYMCAP, "watch", "--write", path, "p0"],
                       capture_output=True, text=True, timeout=DEADLINE,
                       check=False)
    assert r.returncode == 3 and "no pcapng file" in r.stderr, r
    assert watch.read(path) == "my notes\n"


def packets_full_disk(folder):
    """One error; the file stays whole, and goes on when there is room"""
    sh("mount", "-t", "tmpfs", "-o", "size=32k", "none", folder)
    w = None
    try:
        path, filler = (os.path.join(folder, n) for n in ("p", "filler"))
        w = Watch("--write", path)
        broken(1)
        wait_until(has(path, 3))
        with open(filler, "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 512):
                    pass
            except OSError:
                pass
        for port in range(10, 40):
            send("p0", segment(port, SYN, 100))
            send("p1", segment(port, SYN_ACK, 500, 101, True))
            send("p0", segment(port, ACK, 101, 501))
        w.says("cannot write", "packets are lost")
        tcpdump(path)
        os.unlink(filler)
        broken(2)
        w.says("written to again", "packets are lost")
        _, status = w.finish()
        assert status == 3, status
        assert any(" > 203.0.113.25.25: Flags [S]" in line and ".2 >" in line
                   for line in tcpdump(path)), tcpdump(path)
    finally:
        if w:
            w.process.kill()
            w.process.wait()
        sh("umount", folder)


def forgotten(folder):
    """What had left the memory is counted"""
    path = os.path.join(folder, "p")
    w = Watch("--all", "--write", path, "--write-memory", "1")
    send("p0", segment(1, SYN, 100))
    send("p1", segment(1, SYN_ACK, 500, 101, True))
    padding = b"x" * 300
    for turn in range(50):      # slowly: none of them may be dropped
        send("p0", *(watch.tcp_frame(4, 0, False, 9, ACK, turn * 200 + n, 501,
                                     padding) for n in range(200)))
        time.sleep(.05)
    time.sleep(1.2)
    send("p1", segment(1, SYN_ACK, 500, 101, True))
    w.wait_for('"asymmetric-handshake"')
    wait_until(has(path, 1))
    w.process.send_signal(signal.SIGTERM)
    w.says("packets had left the memory", "--write-memory")
    w.finish(None)
    assert len(tcpdump(path)) == 1, tcpdump(path)


def reader_leaves(folder):
    """A pipe whose reader has gone: told once, and what is watched goes on"""
    path = os.path.join(folder, "pipe")
    os.mkfifo(path)
    with subprocess.Popen(["head", "-c", "16", path],
                          stdout=subprocess.DEVNULL) as reader:
        w = Watch("--write", path)
        reader.wait(DEADLINE)
    broken(1)
    w.says("cannot write", "packets are lost")
    w.wait_for('"asymmetric-handshake"')
    events, status = w.finish()
    assert status == 3, status
    assert events[-1].get("lost_packets") == 3, events[-1]


def never_begun(folder):
    """A disk that is full before the first packet: told once, nothing lost"""
    w = Watch("--write", "/dev/full")
    w.says("cannot write", "packets are lost")
    time.sleep(1)
    broken(1)
    w.wait_for('"asymmetric-handshake"')
    w.process.send_signal(signal.SIGTERM)
    said = []
    while (line := w.errors.get(timeout=DEADLINE)) is not None:
        said.append(line)
    assert not any("cannot write" in line for line in said), said
    events, status = w.finish(None)
    assert status == 3, status
    assert events[-1].get("lost_packets") == 3, events[-1]


CASES = [written, packets_rotated, killed, packets_full_disk, forgotten,
         reader_leaves, never_begun]

if __name__ == "__main__":
    if not TOOLS:
        print("packets: skipped: tshark or tcpdump is not installed")
        print("packets: 0 passed, 0 failed, 1 skipped")
        sys.exit(0)
    sys.exit(watch.main("packets", CASES))
