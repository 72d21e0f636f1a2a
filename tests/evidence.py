#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""asymcap read --evidence: what is in the files, for tshark and tcpdump.

Closing line: "evidence: N passed, N failed, N skipped".
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ.get("BUILD", "build")
ASYMCAP = os.path.abspath(os.environ.get("ASYMCAP", BUILD + "/asymcap-san"))
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SITE = "pcaps/lab/site.yaml"
P1 = ["pcaps/lab/problem-1/%s.pcap" % tap for tap in
      ("internet", "internet-inside", "er-chicago", "er-chicago-inside")]
SYN, SYN_ACK, ACK = 0x02, 0x12, 0x10
EPOCH = 1795374000


def read(folder, *args, stdin=subprocess.DEVNULL, status=(1,)):
    r = subprocess.run([ASYMCAP, "read", "--evidence", folder, *args],
                       stdin=stdin, capture_output=True, text=True,
                       timeout=300)
    assert r.returncode in status, (r.returncode, r.stderr)
    return r


def files(folder):
    return sorted(f for f in os.listdir(folder) if f.endswith(".pcapng"))


def index(folder):
    with open(os.path.join(folder, "index.txt"), encoding="utf-8") as f:
        return f.read()


def tshark(path, *fields, only=""):
    """Rows of fields, as Wireshark has them"""
    words = ["tshark", "-n", "-r", path, "-T", "fields"]
    for f in fields:
        words += ["-e", f]
    if only:
        words += ["-Y", only]
    out = subprocess.run(words, capture_output=True, text=True, check=True,
                         timeout=300).stdout
    return [line.split("\t") for line in out.splitlines()]


def tcpdump(path):
    """How many packets libpcap reads; it must read the whole file"""
    out = subprocess.run(["tcpdump", "-n", "-r", path], capture_output=True,
                         text=True, check=True, timeout=300).stdout
    return len(out.splitlines())


def comment_of_file(path):
    out = subprocess.run(["capinfos", "-k", path], capture_output=True,
                         text=True, check=True, timeout=300).stdout
    return out.split("Capture comment:", 1)[1].strip()


# ------------------------------------------------------------ made captures

def frame(src, dst, sport, dport, flags, seq, ack=0, ethernet=True):
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags,
                      8192, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0,
                     socket.inet_aton(src), socket.inet_aton(dst))
    mac = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0"
    return (mac if ethernet else b"") + ip + tcp


def pcap(path, link, packets):
    """packets: (microseconds after EPOCH, bytes)"""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link))
        for us, data in packets:
            f.write(struct.pack("<IIII", EPOCH + us // 1000000, us % 1000000,
                                len(data), len(data)) + data)


def split_handshakes(groups, resends=1, ethernet=True):
    """SYNs on one circuit, SYN-ACKs on the other, each group in a /24"""
    syns, answers = [(0, frame("1.1.1.1", "2.2.2.2", 1, 2, ACK, 1))], []
    for g in range(groups):
        client = "198.18.%d.1" % g
        for n in range(resends + 1):
            us = 2000000 + g * 1000 + n * 1200000
            syns.append((us, frame(client, "203.0.113.25", 4000, 25, SYN, 7)))
            answers.append((us + 100, frame("203.0.113.25", client, 25, 4000,
                                            SYN_ACK, 9, 8, ethernet)))
    return sorted(syns), sorted(answers)


# -------------------------------------------------------------------- tests

def test_problem_1(folder):
    """All packets of the examples, from all taps, in order, with comments"""
    read(folder, "-q", "-c", SITE, *P1)
    names = files(folder)
    assert names == ["asymmetric-handshake-internet-er-chicago-001.pcapng",
                     "inbound-snat-missing-internet-002.pcapng"], names
    path = os.path.join(folder, names[0])
    rows = tshark(path, "frame.time_epoch", "frame.interface_name",
                  "tcp.srcport", "tcp.dstport", "tcp.flags", "frame.comment")
    ports = {p for r in rows for p in r[2:4]} - {"25"}
    assert len(ports) == 3, ports
    only = "||".join("tcp.port==" + p for p in ports)
    want = sorted((r[0], os.path.basename(f)[:-5])
                  for f in P1 for r in tshark(f, "frame.time_epoch", only=only))
    assert sorted((r[0], r[1]) for r in rows) == want, "packets"
    assert [r[0] for r in rows] == sorted(r[0] for r in rows), "order"
    assert tcpdump(path) == len(rows)
    assert "er-chicago" not in {r[1] for r in rows}
    said = [(r[1], r[5]) for r in rows]
    assert said[0][1].startswith("critical asymmetric-handshake: SYN ")
    assert "pcaps/lab/problem-1/internet.pcap packet 9" in said[0][1]
    for where, what in (
            ("internet", "SYN came in on internet"),
            ("internet-inside", "SYN seen inside internet"),
            ("er-chicago-inside", "dropped here: never seen outside "
                                  "er-chicago; its SYN was seen on internet"),
            ("er-chicago-inside", "SYN-ACK again,")):
        assert any(w == where and what in c for w, c in said), (where, what)
    assert not any("internet" == w and "dropped here" in c for w, c in said)
    text = comment_of_file(path)
    for word in ("Solution 1a", "Cisco ASA 106015", "3 of 10 connections"):
        assert word in text and word in index(folder), word
    second = tshark(os.path.join(folder, names[1]), "frame.comment")
    assert any("source not translated" in r[0] for r in second if r)


def test_escape_and_icmp(folder):
    """Sources that escaped, what routers said, and where a path moved"""
    lab = "pcaps/lab/snat-escape/"
    read(folder, "-q", "-c", SITE,
         *(lab + f for f in sorted(os.listdir(lab)) if f.endswith(".pcap")))
    said = [r[0] for f in files(folder) if f.startswith("snat-escape")
            for r in tshark(os.path.join(folder, f), "frame.comment") if r]
    assert any(": not translated, private (RFC 1918)" in s for s in said)
    icmp = ["er%s=pcaps/lab/icmp/er-chicago%s.pcap" % x
            for x in (("", ""), (".inside", "-inside"))]
    read(folder, "-q", *icmp, status=(0,))
    said = [r[0] for f in files(folder) if f.startswith("unanswered")
            for r in tshark(os.path.join(folder, f), "frame.comment") if r]
    assert any("ICMP admin-prohibited from 198.51.100.1 about a packet of the "
               "client" in s for s in said)
    assert any("SYN seen inside er" in s for s in said)
    assert any("SYN left on er" in s for s in said)
    assert any("ICMP net-unreachable" in s or "ICMP host-unreachable" in s
               for s in said)
    shutil.rmtree(folder)
    read(folder, "-q", "-c", "tests/lab/site.yaml",
         *("pcaps/failover/" + f for f in sorted(os.listdir("pcaps/failover"))
           if f.endswith(".pcap")))
    names = files(folder)
    assert names == ["path-change-er-chicago-er-dallas-001.pcapng"], names
    said = tshark(os.path.join(folder, names[0]), "frame.interface_name",
                  "frame.comment")
    assert [r[0] for r in said if len(r) > 1 and "moves here" in r[1]] == \
        ["dal-in", "dal-in"]


def test_link_types(folder):
    """Taps that differ in link type: a file each, and libpcap reads both"""
    syns, answers = split_handshakes(1, ethernet=False)
    pcap(folder + "-a.pcap", 1, syns)
    pcap(folder + "-b.pcap", 101, answers)
    read(folder, "-q", "a=%s-a.pcap" % folder, "b=%s-b.pcap" % folder)
    names = files(folder)
    assert names == ["asymmetric-handshake-a-b-001-linktype1.pcapng",
                     "asymmetric-handshake-a-b-001-linktype101.pcapng"], names
    for name in names:
        assert tcpdump(os.path.join(folder, name)) == 2
        assert "Taps differ in link type" in \
            comment_of_file(os.path.join(folder, name))


def test_bounds(folder):
    """Many groups, and many packets: what is left out is said"""
    syns, answers = split_handshakes(130)
    pcap(folder + "-a.pcap", 1, syns)
    pcap(folder + "-b.pcap", 1, answers)
    read(folder, "-q", "a=%s-a.pcap" % folder, "b=%s-b.pcap" % folder)
    assert len(files(folder)) == 100
    assert "30 more groups of findings have no file" in index(folder)
    shutil.rmtree(folder)
    syns, answers = split_handshakes(1, 150)
    pcap(folder + "-a.pcap", 1, syns)
    pcap(folder + "-b.pcap", 1, answers)
    read(folder, "-q", "a=%s-a.pcap" % folder, "b=%s-b.pcap" % folder)
    path = os.path.join(folder, files(folder)[0])
    # All of these are remarkable.
    assert len(tshark(path, "frame.number")) == 250
    assert "52 packets of them left out" in comment_of_file(path)
    assert "52 packets of them left out" in index(folder)


def test_busy_move(folder):
    """Of a busy connection that moves, the move is not left out"""
    ends = ("198.18.0.1", "203.0.113.25", 4000, 25)
    back = (ends[1], ends[0], 25, 4000)
    a = [(0, frame(*ends, SYN, 100)), (100, frame(*back, SYN_ACK, 500, 101)),
         (200, frame(*ends, ACK, 101, 501))]
    b = []
    for n in range(600):
        to = a if n < 400 else b
        to.append((3000000 + n * 10000, frame(*ends, ACK, 101 + n, 501)))
        to.append((3000500 + n * 10000, frame(*back, ACK, 501, 102 + n)))
    pcap(folder + "-a.pcap", 1, a)
    pcap(folder + "-b.pcap", 1, b)
    read(folder, "-q", "--fail-on", "info", "a=%s-a.pcap" % folder,
         "b=%s-b.pcap" % folder)
    names = [f for f in files(folder) if f.startswith("path-change-a-b")]
    assert len(names) == 1, files(folder)
    rows = tshark(os.path.join(folder, names[0]), "frame.interface_name",
                  "frame.comment")
    taps = [r[0] for r in rows]
    assert taps.count("a") == 50 and taps.count("b") == 150, taps
    assert len(rows[50]) > 1 and "moves here from a to b" in rows[50][1], rows


def test_pipe(folder):
    """What cannot be read twice is said, and the rest is there"""
    with open(P1[0], "rb") as f:
        cat = subprocess.Popen(["cat"], stdin=f, stdout=subprocess.PIPE)
    r = read(folder, "-c", SITE, "internet.internet=-", *P1[1:],
             stdin=cat.stdout)
    cat.stdout.close()
    cat.wait()
    assert "standard input cannot be read twice" in r.stderr, r.stderr
    path = os.path.join(folder, files(folder)[0])
    assert "internet" not in {row[0] for row in
                              tshark(path, "frame.interface_name")}
    assert "Not here: packets of standard input" in comment_of_file(path)
    assert "Not here: packets of standard input" in index(folder)
    cat = subprocess.Popen(["cat", P1[0]], stdout=subprocess.PIPE)
    r = read(folder, "-c", SITE, "internet.internet=-", stdin=cat.stdout,
             status=(2,))
    cat.stdout.close()
    cat.wait()
    assert r.stdout == "" and len(r.stderr.splitlines()) == 2, r.stderr
    assert "no input can be read twice" in r.stderr


def test_folder(folder):
    """A folder that cannot be made; one that is there is used"""
    for bad in ("/dev/null/x", "/dev/null", folder + "/none/x"):
        r = read(bad, "-c", SITE, *P1, status=(3,))
        assert r.stdout == "" and len(r.stderr.splitlines()) == 1, r
    os.mkdir(folder)
    name = "asymmetric-handshake-internet-er-chicago-001.pcapng"
    for other in (name, "mine.txt"):
        with open(os.path.join(folder, other), "w", encoding="ascii") as f:
            f.write("old")
    read(folder, "-q", "-c", SITE, *P1)
    assert tcpdump(os.path.join(folder, name)) > 50
    assert sorted(os.listdir(folder)) == sorted(
        files(folder) + ["index.txt", "mine.txt"]), "no temporary is left"
    assert os.path.getsize(os.path.join(folder, "mine.txt")) == 3


def test_nothing_found(folder):
    read(folder, "-q", "pcaps/captures/half_both.pcap", status=(0, 1))
    shutil.rmtree(folder)
    read(folder, "-q", "pcaps/captures/sll2_handshake.pcap", status=(0,))
    assert files(folder) == []
    assert "nothing was found about a connection" in index(folder)


def test_hostile_names(folder):
    """Interface names of a capture do not lead out of the folder"""
    def block(kind, body):
        size = 12 + len(body)
        return struct.pack("<II", kind, size) + body + struct.pack("<I", size)

    def option(code, data):
        return struct.pack("<HH", code, len(data)) + data + \
            b"\0" * (-len(data) % 4)

    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    for name in (b"../../evil\x1b[2J\n", b"\xff/etc"):
        out += block(1, struct.pack("<HHI", 1, 0, 0) + option(2, name) +
                     struct.pack("<I", 0))
    packets = [(us, n, data) for n, side in enumerate(split_handshakes(1))
               for us, data in side]
    for us, n, data in sorted(packets):
        us += EPOCH * 1000000
        out += block(6, struct.pack("<IIIII", n, us >> 32, us & 0xffffffff,
                                    len(data), len(data)) + data +
                     b"\0" * (-len(data) % 4))
    with open(folder + ".pcapng", "wb") as f:
        f.write(out)
    read(folder, "-q", folder + ".pcapng")
    names = files(folder)
    assert len(names) == 1 and "evil" in names[0] and "/" not in names[0]
    assert not set(names[0]) & set("\x1b\n\xff"), names
    assert "\x1b" not in index(folder)
    assert tcpdump(os.path.join(folder, names[0])) == 4
    with open(os.path.join(folder, names[0]), "rb") as f:
        assert b"\x1b" not in f.read()


def test_replaced(folder):
    """A file whose name another one takes meanwhile: what was judged counts"""
    shutil.copy(P1[3], folder + ".pcap")
    with subprocess.Popen(
            [ASYMCAP, "read", "-c", SITE, "--evidence", folder, "internet=-",
             "er-chicago.er-chicago-inside=%s.pcap" % folder],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE) as p:
        with open(P1[0], "rb") as f:
            p.stdin.write(f.read())
        p.stdin.flush()
        # It is waiting for the pipe, with the file open.
        end = time.monotonic() + 60
        while read_maps(p.pid).count(folder + ".pcap") < 2:
            assert time.monotonic() < end and p.poll() is None
        os.rename(copy_of(P1[2], folder), folder + ".pcap")
        p.stdin.close()
        err = p.stderr.read().decode()
        assert p.wait(timeout=300) == 1, err
    path = os.path.join(folder, files(folder)[0])
    rows = tshark(path, "frame.interface_name", "tcp.flags.syn")
    assert ["er-chicago-inside", "1"] in rows, rows


def read_maps(pid):
    with open("/proc/%d/maps" % pid, encoding="utf-8") as f:
        return f.read()


def copy_of(path, folder):
    return shutil.copy(path, folder + ".new")


def main():
    os.chdir(ROOT)
    passed = failed = 0
    for tool in ("tshark", "tcpdump", "capinfos"):
        if not shutil.which(tool):
            print("skipped: %s is not installed" % tool)
            print("evidence: 0 passed, 0 failed, 1 skipped")
            return 0
    for name, test in sorted(globals().items()):
        if not name.startswith("test_") or \
           (sys.argv[1:] and name not in sys.argv[1:]):
            continue
        with tempfile.TemporaryDirectory() as top:
            try:
                test(os.path.join(top, "evidence"))
                passed += 1
            except (AssertionError, OSError, IndexError,
                    subprocess.SubprocessError) as e:
                failed += 1
                line = traceback.extract_tb(e.__traceback__)[1].lineno
                print("evidence: %s, line %d: %s: %s" %
                      (name, line, type(e).__name__, e))
    print("evidence: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
