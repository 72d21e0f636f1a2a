#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests of asymcap probe; probe.sh calls this in a namespace of its own.

test0 leads to a network in which nobody answers: what is sent there arrives at
test1, which is the tap.  A socket beside it counts.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ASYMCAP = os.path.abspath(os.environ.get("ASYMCAP") or os.path.join(
    os.environ.get("BUILD") or "build", "asymcap-san"))
HERE = os.path.dirname(os.path.abspath(__file__))
LATE = 60   # seconds: then something hangs
NOBODY = 65534

SITE = """site: test
remote: [198.51.100.0/24, 203.0.113.0/24, 192.0.2.0/24, 2001:db8:9::/48]
circuits:
  internet:
    kind: internet
    nat-pools: [192.0.2.1/32]
    expected-rtt: 10ms
    taps:
      - {%s}
services:
  - name: web
    direction: outbound
    remote: [198.51.100.9/32]
    ports: [443, 8000-8010]
    circuits: [internet]
  - name: range
    direction: outbound
    remote: [203.0.113.0/24]
    ports: [443]
  - name: mail
    direction: inbound
    local: [192.0.2.1/32]
    ports: [25]
"""

passed = failed = skipped = 0
folder = tempfile.mkdtemp()
PLAN = os.path.join(folder, "site.yaml")


def check(what, good, told=""):
    global passed, failed
    if good:
        passed += 1
        return
    failed += 1
    print("probe: FAIL: %s: %s" % (what, str(told).strip()[-600:]))


def skip(what, why):
    global skipped
    skipped += 1
    print("probe: skipped: %s: %s" % (what, why))


def site(tap, name="site.yaml"):
    """Write a site file. Return: its path"""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(SITE % tap)
    return path


class Wire(list):
    """The TCP packets that left by test0 while it is open, to any port or to
    one: runs with a port each can be counted at the same time."""

    def __init__(self, port=None):
        super().__init__()
        self.port = port

    def __enter__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                    socket.htons(3))
        self.socket.bind(("test0", 3))
        return self

    def __exit__(self, *_):
        time.sleep(0.05)
        self.socket.setblocking(False)
        while True:
            try:
                frame, (_, _, kind, _, _) = self.socket.recvfrom(2048)
            except BlockingIOError:
                break
            six = frame[12:14] == b"\x86\xdd"
            port = int.from_bytes(frame[56:58] if six else frame[36:38], "big")
            if kind == socket.PACKET_OUTGOING and \
                    frame[20 if six else 23] == socket.IPPROTO_TCP and \
                    self.port in (None, port):
                self.append(frame)
        self.socket.close()


def run(arguments, prefix=(), path=None):
    command = [*prefix, ASYMCAP, "probe", "-c", path or PLAN,
               *arguments.split()]
    return subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LATE, check=False)


REFUSED = [
    # what, arguments, exit status, what it says
    ("no target", "", 2, "no target"),
    ("no port", "198.51.100.9", 2, "is no HOST:PORT"),
    ("port 0", "198.51.100.9:0", 2, "is no HOST:PORT"),
    ("IPv6 without brackets", "2001:db8:9::1:443", 2, "in brackets"),
    ("unknown host", "host.invalid:443", 3, "cannot be resolved"),
    ("no route", "203.0.113.9:443", 3, "no route to it"),
    ("multicast", "--force 224.0.0.1:443", 2, "multicast or broadcast"),
    ("broadcast", "--force 255.255.255.255:443", 2, "multicast or broadcast"),
    ("broadcast of the subnet", "--force 192.0.2.255:443", 2,
     "is a broadcast address"),
    ("prohibited", "--force 198.51.100.201:443", 3, "no route to it"),
    ("blackhole", "--force 198.51.100.202:443", 3, "no route to it"),
    ("no such folder", "-o /nowhere/report 198.51.100.9:443", 3,
     "/nowhere/report: cannot write"),
    ("unspecified", "--force 0.0.0.0:443", 2, "unspecified"),
    ("link-local", "--force [fe80::1]:443", 2, "link-local"),
    ("outside of the plan", "10.1.2.3:443", 2, "not in the plan's 'remote'"),
    ("one of several", "198.51.100.9:443 10.1.2.3:443", 2, "10.1.2.3"),
    ("above the ceiling", "--rate 101 198.51.100.9:443", 2, "from 1 to 100"),
    ("no rate", "--rate 0 198.51.100.9:443", 2, "from 1 to 100"),
    ("too many tries", "--tries 7 198.51.100.9:443", 2, "from 1 to 6"),
    ("too many ports", "--ports 1-2000 198.51.100.9:443", 2, "1024 at most"),
    ("too many probes", "--count 1000 --ports 1000 198.51.100.9:443", 2,
     "are more than 4096"),
    ("a time", "--interval never 198.51.100.9:443", 2, "it is a time"),
    ("unknown circuit", "--via internt 198.51.100.9:443", 2,
     "did you mean 'internet'"),
    ("unknown service", "--service wbe", 2, "did you mean 'web'"),
    ("inbound service", "--service mail", 2, "--listen waits for it"),
    ("outbound service", "--listen --service web", 2, "is for inbound"),
    ("foreign source", "--source 192.0.2.77 198.51.100.9:443", 3,
     "no address of this host"),
    ("source of the other kind", "--source ::1 198.51.100.9:443", 3,
     "cannot be resolved"),
    ("unknown interface", "--interface test9 198.51.100.9:443", 3,
     "no such interface"),
    ("unknown tap interface", "--tap internet=test9 198.51.100.9:443", 3,
     "there is no such interface"),
    ("unknown tap circuit", "--tap internt=test1 198.51.100.9:443", 2,
     "did you mean 'internet'"),
    ("no carrier", "--tap internet=down0 198.51.100.9:443", 3,
     "is down"),
    ("no carrier, and a report", "-o %s/none --tap internet=down0 "
     "198.51.100.9:443" % folder, 3, "is down"),
    ("trace by connect()", "--trace --connect 198.51.100.9:443", 2,
     "needs raw packets"),
    ("trace of many", "--trace --count 2 198.51.100.9:443", 2, "one flow"),
    ("listening and sending", "--listen --trace --service mail", 2,
     "sends nothing"),
    ("format", "--format xml 198.51.100.9:443", 2, "'text' or 'json'"),
    ("color", "--color red 198.51.100.9:443", 2, "'auto', 'always'"),
]


def refuses():
    with Wire() as wire, ThreadPoolExecutor(4) as pool:
        runs = pool.map(run, [row[1] for row in REFUSED])
        for (what, _, status, told), done in zip(REFUSED, runs):
            check(what + ": status", done.returncode == status,
                  "%d, %s" % (done.returncode, done.stderr))
            check(what + ": says why", told in done.stderr, done.stderr)
            check(what + ": one line",
                  len(done.stderr.strip().splitlines()) == 1, done.stderr)
        done = run("198.51.100.9:443", path=site("name: out, file: x",
                                                  "offline.yaml"))
        check("no report", not [f for f in os.listdir(folder)
                                if f.startswith("none")], os.listdir(folder))
        check("no interface", done.returncode == 2 and
              "no live tap" in done.stderr, done.stderr)
        done = subprocess.run(
            [ASYMCAP, "probe", "198.51.100.9:443"], text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LATE)
        check("no site", done.returncode == 2 and "-c SITE" in done.stderr,
              done.stderr)
        done = run("198.51.100.9:443", ("setpriv", "--reuid=%d" % NOBODY,
                                        "--clear-groups"))
        check("no permission", done.returncode == 3 and
              "CAP_NET_RAW" in done.stderr, done.stderr)
    check("nothing is sent", not wire, "%d packets" % len(wire))


def dry_run():
    with Wire() as wire:
        done = run("--dry-run --tries 3 198.51.100.9:443 [2001:db8:9::9]:443",
                   ("setpriv", "--reuid=%d" % NOBODY, "--clear-groups"))
    check("a dry run needs no privilege", done.returncode == 0, done.stderr)
    check("a dry run sends nothing", not wire)
    check("a dry run prints all packets", done.stdout.count("\n0000 ") == 6,
          done.stdout)
    tools = [t for t in ("text2pcap", "tshark") if not shutil.which(t)]
    if tools:
        skip("checksums", "no " + tools[0])
        return
    capture = os.path.join(folder, "dry.pcap")
    subprocess.run(["text2pcap", "-q", "-l", "101", "-", capture],
                   input=done.stdout, text=True, check=True, timeout=LATE,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    fields = ["ip.checksum.status", "tcp.checksum.status", "tcp.flags.syn",
              "tcp.options.mss_val", "tcp.options.wscale.shift"]
    shown = subprocess.run(
        ["tshark", "-r", capture, "-o", "ip.check_checksum:TRUE",
         "-o", "tcp.check_checksum:TRUE", "-T", "fields"] +
        [x for f in fields for x in ("-e", f)],
        text=True, check=True, timeout=LATE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout.splitlines()
    check("checksums by tshark",
          shown == ["1\t1\t1\t1460\t7"] * 3 + ["\t1\t1\t1440\t7"] * 3, shown)


def events(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def sent(arguments, port):
    """Run with targets that have a port of their own.
    Return: what became of it, and what was sent"""
    with Wire(port) as wire:
        done = run(arguments)
    return done, wire


def two_syns():
    done, wire = sent("--format json --tries 2 198.51.100.9:1001", 1001)
    syns = [(f[14 + 24:14 + 28], f[14 + 20:14 + 24]) for f in wire]
    check("two SYNs of one handshake",
          len(syns) == 2 and syns[0] == syns[1], wire)
    first = events(done)[0] if done.stdout else {}
    check("silence is told", done.returncode == 1 and
          first.get("outcome") == "silent" and first["syns"] == 2 and
          first["judged"] and
          first["connection"]["syn"]["circuits"] == ["internet"],
          done.stdout + done.stderr)
    validate(done.stdout)


def text():
    done = run("--tries 1 198.51.100.9:1002")
    check("so it is for people", done.stdout.startswith("silent "),
          done.stdout)


def rate():
    began = time.monotonic()
    done, wire = sent("-v --tries 1 --count 20 --interval 10ms --rate 20 "
                      "198.51.100.9:1003", 1003)
    took = time.monotonic() - began
    check("each is told as it is over", [
        "%d of 20: 198.51.100.9:1003 from port " % n in done.stderr
        for n in range(1, 22)] == [True] * 20 + [False], done.stderr)
    check("the rate is kept", len(wire) == 20 and took > 19 / 20,
          "%d in %.1f s" % (len(wire), took))


def source_ports():
    _, wire = sent("--tries 1 --ports 50000-50003 198.51.100.9:1004", 1004)
    ports = [int.from_bytes(f[34:36], "big") for f in wire]
    check("source ports", ports == [50000, 50001, 50002, 50003], ports)


def source_ports_again():
    """A port is free when the probe before it has been given up."""
    done, wire = sent("--format json --tries 1 --ports 50010-50011 --count 2 "
                      "--interval 10ms 198.51.100.9:1015 198.51.100.8:1015",
                      1015)
    ports = [int.from_bytes(f[34:36], "big") for f in wire]
    check("source ports again", sorted(ports) == [50010] * 4 + [50011] * 4 and
          {e["outcome"] for e in events(done)[:-1]} == {"silent"},
          "%s %s" % (ports, done.stdout))


def connects():
    """How often the kernel sends a SYN again is its own affair."""
    done, wire = sent("--format json --tries 2 --connect 198.51.100.9:1005",
                      1005)
    check("connect()", 2 <= len(wire) <= 3 and
          events(done)[0]["connection"]["isn"] ==
          int.from_bytes(wire[0][38:42], "big"), done.stdout)


def forced():
    _, wire = sent("--force --tries 1 192.0.2.200:1006", 1006)
    check("--force", len(wire) == 1, len(wire))


def sources():
    """Routes want one source; the circuit, or the command line, another."""
    for arguments, port, source in (("", 1011, "10.9.9.9"),
                                    ("--via internet", 1012, "192.0.2.1"),
                                    ("--source 192.0.2.1", 1013,
                                     "192.0.2.1")):
        _, wire = sent("%s --tries 1 198.51.100.200:%d" % (arguments, port),
                       port)
        shown = [socket.inet_ntoa(f[26:30]) for f in wire]
        check("source of '%s'" % arguments, shown == [source], shown)


def services():
    done = run("--format json --tries 1 --service all")
    lines = events(done)
    check("rows are tested", [e.get("target") for e in lines[:-1]] ==
          ["198.51.100.9:443", "198.51.100.9:8000"] and
          {e.get("service") for e in lines[:-1]} == {"web"}, done.stdout)
    check("a row without a host is skipped aloud",
          "service range: skipped" in done.stderr, done.stderr)


def service_by_host():
    done = run("--service range")
    check("nothing to test", done.returncode == 4, done.returncode)
    done, wire = sent("--tries 1 --service range=198.51.100.7:1007 "
                      "--format json", 1007)
    check("a host for a row", len(wire) == 1 and
          events(done)[0]["service"] == "range", done.stderr)
    validate(done.stdout)


def listens():
    done = run("--listen --wait 1s --service all --format json")
    check("nobody came", done.returncode == 4 and
          events(done)[0]["probes"] == 0, done.stdout + done.stderr)


def validate(text):
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "validate-json.py")], input=text,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=LATE, check=False)
    if done.returncode == 77:
        skip("schema", "python3-jsonschema is not installed")
    else:
        check("schema", done.returncode == 0, done.stdout)


def needs_one_capability():
    if not shutil.which("setpriv"):
        skip("CAP_NET_RAW alone", "no setpriv")
        return
    caps = "-all,+net_raw"
    with Wire(1008) as wire:
        done = run("--tries 1 --interface test0 198.51.100.9:1008",
                   ("setpriv", "--reuid=%d" % NOBODY, "--clear-groups",
                    "--inh-caps=" + caps, "--ambient-caps=" + caps,
                    "--bounding-set=" + caps))
    check("CAP_NET_RAW alone", done.returncode == 1 and len(wire) == 1,
          done.stderr)


def stops():
    """A signal ends it, with what is known by then."""
    process = subprocess.Popen(
        [ASYMCAP, "probe", "-c", PLAN, "--tries", "6", "--format", "json",
         "198.51.100.9:1009"], stdout=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, _ = process.communicate(timeout=LATE)
    check("a signal ends it", time.monotonic() - began < 10 and
          process.returncode in (1, 4) and
          '"event_type":"probe"' in out, out)
    path = os.path.join(folder, "stops.jsonl")
    with open(path, "w", encoding="utf-8") as lines:
        lines.write(out)
    told = subprocess.run([ASYMCAP, "report", "--format", "text", path],
                          stdout=subprocess.PIPE, text=True, check=False)
    check("a report tells it", told.returncode == 0 and
          told.stdout.startswith("silent ") and
          "\n1 probe: 1 silent; not all as planned" in told.stdout,
          told.stdout)


def gives_up_privileges():
    """While it waits for an answer it has no capability, and may not gain
    one; nor may it open any other file."""
    process = subprocess.Popen(
        [ASYMCAP, "probe", "-c", PLAN, "--tries", "2", "-o",
         os.path.join(folder, "confined.txt"), "198.51.100.9:1010"],
        stdout=subprocess.DEVNULL)
    time.sleep(1.5)
    with open("/proc/%d/status" % process.pid, encoding="ascii") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f
                      if ":\t" in line)
    process.communicate(timeout=LATE)
    check("privileges are given up", process.returncode == 1 and
          {int(status[c], 16) for c in ("CapEff", "CapPrm", "CapBnd")} == {0}
          and status["NoNewPrivs"] == "1", status)
    check("the report is there",
          os.path.exists(os.path.join(folder, "confined.txt")))
    _, wire = sent("--tries 1 --ports 900-901 198.51.100.9:1014", 1014)
    check("source ports of the superuser", len(wire) == 2, wire)


def build():
    for line in ("link add test0 type veth peer name test1",
                 "link add down0 type veth peer name down1",
                 "link set lo up", "link set test0 up", "link set test1 up",
                 "addr add 192.0.2.1/24 dev test0",
                 "addr add 2001:db8::1/64 dev test0 nodad",
                 "neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev test0",
                 "neigh replace 192.0.2.200 lladdr 02:00:00:00:00:02 "
                 "dev test0",
                 "neigh replace 2001:db8::2 lladdr 02:00:00:00:00:02 "
                 "dev test0",
                 "addr add 10.9.9.9/32 dev lo",
                 "route add 198.51.100.0/24 via 192.0.2.2",
                 "route add 198.51.100.200 via 192.0.2.2 src 10.9.9.9",
                 "route add prohibit 198.51.100.201",
                 "route add blackhole 198.51.100.202",
                 "route add 2001:db8:9::/48 via 2001:db8::2"):
        subprocess.run(["ip", *line.split()], check=True, timeout=LATE)
    time.sleep(0.3)


def main():
    os.chmod(folder, 0o755)
    build()
    site("name: out, interface: test1")
    try:
        refuses()
        dry_run()
        with ThreadPoolExecutor(5) as pool:
            for done in [pool.submit(test) for test in (
                    two_syns, text, rate, source_ports,
                    source_ports_again, connects, forced,
                    sources, services, service_by_host, listens, needs_one_capability,
                    gives_up_privileges, stops)]:
                done.result()
    finally:
        shutil.rmtree(folder)
    print("probe: %d passed, %d failed, %d skipped" % (passed, failed,
                                                        skipped))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
