#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""asymcap watch on two veth pairs, with frames sent into their other ends.

To be run by watch.sh, in a network namespace of its own: it makes interfaces
and mounts a file system.  As in live.py, what is waited for has a long
deadline, and no time is part of a test but for that.
"""

import json
import os
import queue
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 60
SYN, SYN_ACK, ACK, FIN, RST, PUSH = 0x02, 0x12, 0x10, 0x11, 0x04, 0x18
ENDS = {4: ("198.18.0.1", "203.0.113.25"), 6: ("2001:db8::1", "2001:db8::25")}


def sh(*words):
    subprocess.run(words, check=True)


def tcp_frame(version, tags, back, port, flags, seq=0, ack=0, data=b""):
    """A segment between the two ends, under that many VLAN tags"""
    # Each client has an ISN of its own, as it would have.
    if back:
        ack += port << 16
    else:
        seq += port << 16
    src, dst = ENDS[version][::-1] if back else ENDS[version]
    sport, dport = (25, port) if back else (port, 25)
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags,
                      8192, 0, 0) + data
    if version == 4:
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6,
                         0, socket.inet_aton(src), socket.inet_aton(dst))
    else:
        ip = struct.pack(">IHBB16s16s", 6 << 28, len(tcp), 6, 64,
                         socket.inet_pton(socket.AF_INET6, src),
                         socket.inet_pton(socket.AF_INET6, dst))
    vlan = [struct.pack(">HH", 0x88a8 if n + 1 < tags else 0x8100, 29 + n)
            for n in range(tags)]
    kind = struct.pack(">H", 0x0800 if version == 4 else 0x86dd)
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02" + b"".join(vlan) + kind + \
        ip + tcp


def segment(port, flags, seq=0, ack=0, back=False):
    return tcp_frame(4, 0, back, port, flags, seq, ack)


def send(interface, *frames):
    """Into the other end of its pair"""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind(("s" + interface, 0))
        for frame in frames:
            s.send(frame)


def broken(port, version=4, tags=0):
    """A handshake whose answer takes the other circuit, and comes again"""
    send("p0", tcp_frame(version, tags, False, port, SYN, 100))
    send("p1", tcp_frame(version, tags, True, port, SYN_ACK, 500, 101))
    time.sleep(1.2)     # sooner, it would be a copy of the same packet
    send("p1", tcp_frame(version, tags, True, port, SYN_ACK, 500, 101))


class Watch:
    """A running asymcap watch"""

    now = None

    def __init__(self, *args, ports=("internet=p0", "er=p1"),
                 command=None, until="watching", out=subprocess.PIPE):
        Watch.now = self
        self.lines = queue.Queue()
        self.errors = queue.Queue()
        self.seen = []
        self.process = subprocess.Popen(
            [*(command or [ASYMCAP]), "watch", "-v", "--format", "json",
             "--buffer", "4", *args, *ports],
            stdout=out, stderr=subprocess.PIPE, text=True)
        for stream, to in ((self.process.stdout, self.lines),
                           (self.process.stderr, self.errors)):
            if stream:
                threading.Thread(target=self.read, args=(stream, to),
                                 daemon=True).start()
        self.says(until)

    @staticmethod
    def read(stream, to):
        for line in stream:
            to.put(line)
        to.put(None)

    def says(self, *words):
        """The next line on standard error with these words"""
        while True:
            line = self.errors.get(timeout=DEADLINE)
            assert line is not None, "ended without %s" % (words,)
            if all(word in line for word in words):
                return line

    def wait_for(self, *words):
        while True:
            line = self.lines.get(timeout=DEADLINE)
            assert line is not None, "ended without %s: %s" % (words,
                                                               self.seen)
            self.seen.append(line)
            if all(word in line for word in words):
                return json.loads(line)

    def finish(self, sig=signal.SIGTERM):
        """End it; all events, and the exit status"""
        if sig:
            self.process.send_signal(sig)
        while (line := self.lines.get(timeout=DEADLINE)) is not None:
            self.seen.append(line)
        events = [json.loads(line) for line in self.seen]
        return events, self.process.wait(DEADLINE)


def every_kind(_folder):
    """IPv4 and IPv6 under 0 to 2 tags; data does not pass the filter"""
    w = Watch()
    kinds = [(version, tags) for version in (4, 6) for tags in (0, 1, 2)]
    for n, (version, tags) in enumerate(kinds):
        def f(back, flags, seq, ack, data=b"", port=100 + n):
            return tcp_frame(version, tags, back, port, flags, seq, ack, data)

        send("p0", f(False, SYN, 100, 0))
        send("p1", f(True, SYN_ACK, 500, 101))
        send("p0", f(False, ACK, 101, 501), f(False, PUSH, 101, 501, b"hello"))
        send("p1", f(True, PUSH, 501, 106, b"welcome"))
    for _ in kinds:
        said = w.wait_for('"asymmetric-handshake"')
        assert said["impact"] == "working", said
    for n, (version, tags) in enumerate(kinds):
        send("p0", tcp_frame(version, tags, False, 100 + n, FIN, 106, 508))
        send("p1", tcp_frame(version, tags, True, 100 + n, FIN, 508, 107))
        send("p0", tcp_frame(version, tags, False, 100 + n, RST, 107))
    time.sleep(.5)
    events, status = w.finish()
    assert status == 1, status
    assert events[-1]["connections"]["asymmetric"] == 6, events[-1]
    assert events[-1]["packets"] == 6 * 6, events[-1]
    assert events[-1]["tcp_packets"] == 6 * 6, events[-1]


def ends_by_itself(_folder):
    """--all has the data, too; --duration ends it"""
    w = Watch("--all", "--duration", "3s")
    send("p0", segment(1, SYN, 100),
         tcp_frame(4, 0, False, 1, PUSH, 101, 501, b"hello"))
    events, _ = w.finish(None)
    assert events[-1]["packets"] == 2, events[-1]


def user_filter(_folder):
    """A filter of the user's, beside that for handshakes"""
    w = Watch("--filter", "port 7")
    send("p0", segment(1, SYN, 100), segment(7, SYN, 100),
         tcp_frame(4, 0, False, 7, PUSH, 101, 501, b"hello"))
    send("p1", segment(7, SYN_ACK, 500, 101, True))
    send("p0", segment(7, ACK, 101, 501))
    w.wait_for('"asymmetric-handshake"')
    events, _ = w.finish(signal.SIGINT)
    assert events[-1]["packets"] == 3, events[-1]


def rotated(folder):
    """A file that is moved away goes on under its old name"""
    path, old = (os.path.join(folder, n) for n in ("log", "log.1"))
    with open(path, "w") as f:
        f.write('{"event_type":"before"}\n')
    w = Watch("-o", path)
    broken(1)
    wait_until(lambda: '"asymmetric-handshake"' in read(path))
    os.rename(path, old)
    w.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: os.path.exists(path))
    broken(2)
    wait_until(lambda: '"asymmetric-handshake"' in read(path))
    w.finish()
    first, second = whole_lines(old), whole_lines(path)
    assert [e["event_type"] for e in first] == ["before", "finding"], first
    assert second[0]["src_port"] == 2, second
    assert second[-1]["event_type"] == "summary", second


def full_disk(folder):
    """One error, lines that are counted, and none that is cut"""
    sh("mount", "-t", "tmpfs", "-o", "size=64k", "none", folder)
    try:
        path, filler = (os.path.join(folder, n) for n in ("log", "filler"))
        w = Watch("-o", path)
        broken(1)
        wait_until(lambda: '"asymmetric-handshake"' in read(path))
        with open(filler, "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 1024):
                    pass
            except OSError:
                pass
        for port in range(10, 20):
            send("p0", segment(port, SYN, 100))
            send("p1", segment(port, SYN_ACK, 500, 101, True))
            send("p0", segment(port, ACK, 101, 501))
        w.says("cannot write", "No space left")
        os.unlink(filler)
        broken(2)
        w.says("written to again", "lines are lost")
        _, status = w.finish()
        assert status == 3, status
        events = whole_lines(path)
        assert events[0]["src_port"] == 1, events
        assert events[-1]["event_type"] == "summary", events
    finally:
        w.process.kill()
        w.process.wait()
        sh("umount", folder)


def gone_and_back(_folder):
    """An interface that is deleted and made again is watched again"""
    w = Watch()
    send("p0", segment(1, SYN, 100))
    for port in (2, 3):
        sh("ip", "link", "del", "p0")
        w.says("p0", "waiting for it to return")
        make_pair("p0")
        w.says("p0", "is back")
        r = subprocess.run(["ip", "-d", "link", "show", "p0"], check=True,
                           capture_output=True, text=True)
        assert "promiscuity 1" in r.stdout, r.stdout
        # The filter is there: tags are known, data does not pass.
        send("p0", tcp_frame(4, 2, False, 9, PUSH, 101, 501, b"hello"))
        broken(port, tags=2)
        w.wait_for('"asymmetric-handshake"', '"src_port":%d' % port)
    sh("ip", "link", "set", "p0", "down")
    sh("ip", "link", "set", "p0", "up")
    time.sleep(1.5)
    broken(4)
    w.wait_for('"asymmetric-handshake"', '"src_port":4')
    events, _ = w.finish()
    assert events[-1]["packets"] == 10, events[-1]


def back_as_another(_folder):
    """What returns with frames of another kind is told once, and let be"""
    w = Watch()
    sh("ip", "link", "del", "p0")
    w.says("p0", "waiting for it to return")
    tun = ["ip", "tuntap", "add", "dev", "p0", "mode", "tun"]
    there = subprocess.run(tun, capture_output=True, check=False)
    if not there.returncode:
        sh("ip", "link", "set", "p0", "up")
        w.says("p0", "another link type")
        sh("ip", "link", "del", "p0")
    make_pair("p0")
    w.says("p0", "is back")
    broken(2)
    w.wait_for('"asymmetric-handshake"')
    w.finish()


def no_carrier(_folder):
    """Silence of a port without a link proves nothing"""
    w = Watch("--fail-on", "info")
    sh("ip", "link", "set", "sp1", "down")
    w.says("p1", "no carrier")
    send("p0", segment(1, SYN, 100))
    sh("ip", "link", "set", "sp1", "up")
    w.says("p1", "carrier again")
    time.sleep(1.5)
    broken(2)
    w.wait_for('"asymmetric-handshake"')
    events, _ = w.finish()
    assert not any(e.get("rule") == "unanswered" for e in events), events


def lossy(_folder):
    """What was lost is counted, told, and makes silence worth nothing"""
    w = Watch("--all", "--fail-on", "info")
    send("p0", segment(1, SYN, 100))
    w.process.send_signal(signal.SIGSTOP)
    padding = b"x" * 1300
    send("p0", *(tcp_frame(4, 0, False, 9, ACK, n, 501, padding)
                 for n in range(40000)))
    w.process.send_signal(signal.SIGCONT)
    time.sleep(1)
    events, _ = w.finish()
    taps = {e["tap"]: e for e in events if e["event_type"] == "tap"}
    assert taps["internet"]["drops"] > 0, taps
    assert taps["er"]["drops"] == 0, taps
    rules = {e["rule"] for e in events if e["event_type"] == "finding"}
    assert "tap-loss" in rules and "unanswered" not in rules, rules


def by_site(folder):
    """With a site file and no interface, those of its taps"""
    path = os.path.join(folder, "site.yaml")
    with open(path, "w") as f:
        f.write("circuits:\n"
                "  internet: {kind: internet, taps: [{interface: p0}]}\n"
                "  er: {kind: expressroute, taps: [{interface: p1}]}\n")
    w = Watch("-c", path, ports=())
    broken(1)
    said = w.wait_for('"asymmetric-handshake"')
    assert said["syn"]["circuits"] == ["internet"], said
    assert said["syn_ack"]["circuits"] == ["er"], said
    w.finish()


def refused(_folder):
    """Each wrong wish is one line"""
    setpriv = ["setpriv", "--reuid=65534", "--clear-groups", ASYMCAP]
    rows = [
        ([ASYMCAP, "watch"], 2, "no interface named"),
        ([ASYMCAP, "watch", "any"], 2, "is no port"),
        ([ASYMCAP, "watch", "a=p0", "b=p0"], 2, "named twice"),
        ([ASYMCAP, "watch", "--filter", "foo bar", "p0"], 2, "filter"),
        ([ASYMCAP, "watch", "none0"], 3, "no such interface"),
        ([ASYMCAP, "watch", "-o", "/no/where", "p0"], 3, "cannot write"),
        (setpriv + ["watch", "p0"], 3, "CAP_NET_RAW"),
    ]
    for words, status, text in rows:
        r = subprocess.run(words, capture_output=True, text=True,
                           timeout=DEADLINE, check=False)
        assert r.returncode == status, (words, r)
        assert text in r.stderr and r.stderr.count("\n") == 1, (words, r)


def read(path):
    with open(path) as f:
        return f.read()


def whole_lines(path):
    return [json.loads(line) for line in read(path).splitlines()]


def wait_until(condition, every=.05):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "nothing came"
        time.sleep(every)


def make_pair(name):
    sh("ip", "link", "add", name, "type", "veth", "peer", "name", "s" + name)
    for end in (name, "s" + name):
        sh("ip", "link", "set", end, "up")


CASES = [every_kind, ends_by_itself, user_filter, rotated, full_disk,
         gone_and_back, back_as_another, no_carrier, lossy, by_site, refused]


def run_case(case):
    folder = tempfile.mkdtemp()
    try:
        case(folder)
    except queue.Empty:
        return "nothing came within %d s" % DEADLINE
    except (AssertionError, OSError, ValueError,
            subprocess.SubprocessError) as e:
        return str(e)
    finally:
        if Watch.now:
            Watch.now.process.kill()
            Watch.now.process.wait()
        shutil.rmtree(folder)
    return None


def main(name, all_cases):
    failed = 0
    # No packets of the kernel's own making.
    with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w") as f:
        f.write("1")
    for port in ("p0", "p1"):
        make_pair(port)
    wanted = sys.argv[1:]
    cases = [c for c in all_cases if not wanted or c.__name__ in wanted]
    for case in cases:
        why = run_case(case)
        # Other machines share the processors: once is no proof, twice is.
        if why:
            print("%s: %s: once more, since: %s" % (name, case.__name__, why))
            why = run_case(case)
        if why:
            failed += 1
            print("%s: %s: %s" % (name, case.__name__, why))
    print("%s: %d passed, %d failed" % (name, len(cases) - failed, failed))
    return failed > 0


ASYMCAP = os.path.abspath(os.environ.get("ASYMCAP", os.path.join(
    os.environ.get("BUILD", "build"), "asymcap-san")))
if __name__ == "__main__":
    sys.exit(main("watch", CASES))
