#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""asymcap watch where nobody looks after it: what it gives up, what it
survives, and what it says to the manager of services.

To be run by watch.sh, in a network namespace of its own, as watch.py is.
"""

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import watch
from watch import (ACK, ASYMCAP, DEADLINE, RST, SYN, SYN_ACK, Watch, broken,
                   make_pair, read, segment, send, sh, wait_until,
                   whole_lines)

NOBODY = "65534"
PORT = 9469
SHIPPED = os.path.join(os.environ.get("BUILD", "build"), "asymcap")


def privileges(process):
    """Of every thread: the capabilities that it has, and NoNewPrivs"""
    tasks = "/proc/%d/task" % process.pid
    for task in os.listdir(tasks):
        for line in read(os.path.join(tasks, task, "status")).splitlines():
            word, _, value = line.partition(":\t")
            if word in ("CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs"):
                yield word, int(value, 16)


def all_given_up(process):
    seen = list(privileges(process))
    assert len(seen) >= 5, seen
    for word, value in seen:
        assert value == (word == "NoNewPrivs"), seen


def has_landlock():
    lsm = subprocess.run([ASYMCAP, "read", "-v", "/dev/null"], check=False,
                         capture_output=True, text=True).stderr
    return "stays open" not in lsm


def given_up(folder):
    """No capability in any thread, and the file system is closed to it"""
    out, secret = (os.path.join(folder, n) for n in ("out", "secret"))
    os.mkdir(out)
    link = os.path.join(out, "link")
    os.symlink("log", link)
    w = Watch("-o", link)
    all_given_up(w.process)
    # Rotation that leads elsewhere is refused: only this folder is open.
    os.unlink(link)
    os.symlink(secret, link)
    w.process.send_signal(signal.SIGUSR1)
    if has_landlock():
        w.says("cannot open again", "Permission denied")
        assert not os.path.exists(secret)
    else:
        print("unattended: given_up: skipped in part: no Landlock")
    broken(1)
    wait_until(lambda: '"asymmetric-handshake"' in read(
        os.path.join(out, "log")))
    w.finish()


def capable(folder, words):
    """As nobody who has CAP_NET_RAW: all that root can do"""
    os.chmod(folder, 0o777)
    path = os.path.join(folder, "log")
    w = Watch("-o", path, command=words)
    all_given_up(w.process)
    assert os.stat("/proc/%d" % w.process.pid).st_uid in (0, int(NOBODY))
    sh("ip", "link", "del", "p0")
    w.says("p0", "waiting for it to return")
    make_pair("p0")
    w.says("p0", "is back")
    os.rename(path, path + ".1")
    w.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: os.path.exists(path))
    broken(1)
    wait_until(lambda: '"asymmetric-handshake"' in read(path))
    w.finish()


def ambient(folder):
    """CAP_NET_RAW from the service manager is enough"""
    capable(folder, ["setpriv", "--reuid=" + NOBODY, "--clear-groups",
                     "--inh-caps=-all,+net_raw", "--ambient-caps=+net_raw",
                     "--bounding-set=-all,+net_raw", ASYMCAP])


def of_file(folder):
    """CAP_NET_RAW of the file is enough"""
    program = os.path.join(folder, "asymcap")
    shutil.copy(SHIPPED, program)
    os.chmod(program, 0o755)
    if subprocess.run(["setcap", "cap_net_raw=ep", program],
                      capture_output=True, check=False).returncode:
        print("unattended: of_file: skipped: setcap cannot be used here")
        return
    capable(folder, ["setpriv", "--reuid=" + NOBODY, "--clear-groups",
                     program])


def of_somebody_else(folder):
    """Root without privileges cannot write where the owner is another: the
    log is told of, and a report that is to be put in place there is"""
    os.chown(folder, int(NOBODY), int(NOBODY))
    os.chmod(folder, 0o700)
    path = os.path.join(folder, "log")
    w = Watch("-o", path, until="cannot be opened again")
    w.says("watching")
    all_given_up(w.process)
    broken(1)
    wait_until(lambda: '"asymmetric-handshake"' in read(path))
    w.finish()
    r = subprocess.run([ASYMCAP, "read", "-q", "-o", path,
                        "pcaps/lab/problem-1/internet.pcap"],
                       capture_output=True, text=True, check=False)
    assert not r.stderr and "SYN" in read(path), r


def nothing_half_started(folder):
    """What cannot begin is a line or two, and leaves nothing behind"""
    out = os.path.join(folder, "log")
    site = os.path.join(folder, "site.yaml")
    with open(site, "w") as f:
        f.write("circuits: {a: {kind: nonsense}}\n")
    setpriv = ["setpriv", "--reuid=" + NOBODY, "--clear-groups"]
    rows = [
        ([], ["any"], 2, "is no port"),
        ([], ["none0"], 3, "no such interface"),
        ([], ["p0", "none0"], 3, "no such interface"),
        ([], ["--filter", "foo bar", "p0"], 2, "filter"),
        ([], ["--filter", "tcp[", "p0"], 2, "filter"),
        ([], ["--filter", "tcp) or (udp", "p0"], 2, "filter"),
        ([], ["-c", site], 2, "site.yaml:1:"),
        (setpriv, ["p0"], 3, "CAP_NET_RAW"),
        (setpriv, ["p0"], 3, "setcap cap_net_raw=ep"),
        ([], ["--metrics", str(PORT), "p0"], 3, "in use"),
    ]
    sh("ip", "link", "set", "lo", "up")
    busy = socket.create_server(("127.0.0.1", PORT))
    for before, words, status, text in rows:
        r = subprocess.run([*before, ASYMCAP, "watch", "-o", out, *words],
                           capture_output=True, text=True, timeout=DEADLINE,
                           check=False)
        assert r.returncode == status, (words, r)
        assert text in r.stderr and r.stderr.count("\n") == 1, (words, r)
        assert not r.stdout and not os.path.exists(out), (words, r)
    busy.close()


def connections(first, count):
    """So many, on both ports, that end at once"""
    for port in range(first, first + count):
        isn = port * 1000
        yield "p0", segment(port, SYN, isn)
        yield "p1", segment(port, SYN_ACK, 500, isn + 1, True)
        yield "p0", segment(port, RST, isn + 1)


def pump(frames):
    sockets = {}
    for port, frame in frames:
        if port not in sockets:
            s = sockets[port] = socket.socket(socket.AF_PACKET,
                                              socket.SOCK_RAW)
            s.bind(("s" + port, 0))
        sockets[port].send(frame)
    for s in sockets.values():
        s.close()


def size_of(path):
    return os.stat(path).st_size


def killed(folder):
    """Killed while it writes: of each round at most the last line is cut"""
    path = os.path.join(folder, "log")
    cut = whole = 0
    for n in range(5):
        w = Watch("-o", path, "--flows")
        begin = size_of(path)
        pump(connections(1000, 2000))
        wait_until(lambda: size_of(path) > begin, .0001)
        w.process.kill()
        w.process.wait()
        with open(path, "rb") as f:
            f.seek(begin)
            lines = f.read().split(b"\n")
        if n and cut:
            assert lines.pop(0) == b"", "no new line after one that is cut"
        cut = len(lines[-1])
        for line in lines[:-1]:
            json.loads(line)
            whole += 1
    assert whole, "nothing was written"


def half_a_line(folder):
    """What is appended to a line that is cut begins with a new one"""
    path = os.path.join(folder, "log")
    with open(path, "w") as f:
        f.write('{"event_type":"before"}\n{"event_type":"fin')
    w = Watch("-o", path, until="its last line is cut")
    w.says("watching")
    broken(1)
    wait_until(lambda: '"asymmetric-handshake"' in read(path))
    w.finish()
    lines = read(path).splitlines()
    assert lines[1] == '{"event_type":"fin', lines
    assert json.loads(lines[2])["src_port"] == 1, lines
    assert json.loads(lines[-1])["event_type"] == "summary", lines


def no_room(folder):
    """A bound on the file, a full disk: an error, a count, and no end"""
    path, filler = (os.path.join(folder, n) for n in ("log", "filler"))
    sh("mount", "-t", "tmpfs", "-o", "size=4m", "none", folder)
    try:
        w = Watch("-o", path, "--flows", command=[
            "prlimit", "--fsize=65536:unlimited", ASYMCAP])
        pump(connections(1000, 300))
        w.says("cannot write", "File too large")
        sh("prlimit", "--pid", str(w.process.pid), "--fsize=unlimited")
        pump(connections(2000, 1))
        w.says("written to again", "lines are lost")
        with open(filler, "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 512):
                    pass
            except OSError:
                pass
        pump(connections(3000, 300))
        w.says("cannot write", "No space left")
        broken(1)
        time.sleep(1)
        os.unlink(filler)
        pump(connections(4000, 1))
        wait_until(lambda: '"src_port":4000' in read(path))
        w.process.send_signal(signal.SIGTERM)
        # A short line may have found room where a long one did not.
        while not (told := re.search(r"/log: (\d+) lines are lost",
                                     w.says("lines are lost"))):
            pass
        _, status = w.finish(None)
        assert status == 3, status
        events = whole_lines(path)
        assert events[-1]["event_type"] == "summary", events[-1]
        lost = events[-1]["lost_lines"]
        assert int(told[1]) == lost > 600, (told, lost)
        # Nothing but lines was lost: all is in the sums.
        assert events[-1]["connections"]["total"] == 603, events[-1]
        kept = sum(e["event_type"] in ("connection", "finding")
                   for e in events)
        assert kept + lost == 603 + events[-1]["findings"]["critical"] + \
            events[-1]["findings"]["warning"], (kept, events[-1])
    finally:
        w.process.kill()
        w.process.wait()
        sh("umount", folder)


def no_room_for_output(folder):
    """Standard output that is a file on a full disk, appended to or not"""
    sh("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder)
    try:
        for how in (os.O_TRUNC, os.O_APPEND):
            path, filler = (os.path.join(folder, n) for n in ("log", "filler"))
            out = os.open(path, os.O_WRONLY | os.O_CREAT | how)
            w = Watch("--flows", out=out)
            os.close(out)
            broken(1)
            wait_until(lambda: '"asymmetric-handshake"' in read(path))
            with open(filler, "wb", buffering=0) as f:
                try:
                    while f.write(b"x" * 512):
                        pass
                except OSError:
                    pass
            pump(connections(1000, 100))
            w.says("standard output: cannot write", "No space left")
            os.unlink(filler)
            broken(2)
            w.says("written to again", "lines are lost")
            w.process.send_signal(signal.SIGTERM)
            assert w.process.wait(DEADLINE) == 3
            events = whole_lines(path)
            assert events[0]["src_port"] == 1, events
            assert events[-1].get("lost_lines"), events[-1]
            os.unlink(path)
    finally:
        w.process.kill()
        w.process.wait()
        sh("umount", folder)


def reader_of_lines_leaves(folder):
    """A pipe that nobody reads from any more: lines are lost, and no more"""
    path = os.path.join(folder, "pipe")
    os.mkfifo(path)
    with subprocess.Popen(["cat", path], stdout=subprocess.DEVNULL) as reader:
        w = Watch("-o", path)
        reader.kill()
    broken(1)
    w.says("cannot write", "lines are lost")
    w.process.send_signal(signal.SIGUSR1)
    w.says("cannot open again")
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE,
                          text=True) as reader:
        broken(2)
        w.says("written to again", "1 lines are lost")
        _, status = w.finish()
        events = [json.loads(line) for line in reader.stdout]
    assert status == 3, status
    assert events[0]["src_port"] == 2, events
    assert events[-1]["lost_lines"] == 1, events


SITE = """remote: [203.0.113.0/24]
circuits:
  internet: {kind: internet, nat-pools: [198.18.0.0/24], taps: [{interface: p0}]}
  er: {kind: expressroute, nat-pools: [192.0.2.0/24], taps: [{interface: p1}]}
"""


class Reloading:
    """A run with a site file that changes"""

    def __init__(self, folder, *args, site=SITE, command=None):
        self.path = os.path.join(folder, "site.yaml")
        with open(self.path, "w") as f:
            f.write(site)
        self.watch = Watch("-c", self.path, *args, ports=(), command=command)

    def reload(self, site, *words):
        """As an editor does: another file takes the name"""
        with open(self.path + ".new", "w") as f:
            f.write(site)
        os.rename(self.path + ".new", self.path)
        self.watch.process.send_signal(signal.SIGHUP)
        self.watch.says(*(words or ("read again",)))

    def asymmetric(self, port):
        said = self.watch.wait_for('"asymmetric-handshake"',
                                   '"src_port":%d,' % port)
        return said["syn"]["circuits"], said["syn_ack"]["circuits"]


def reloaded(folder):
    """Connections that are open across it are judged, by the new site"""
    r = Reloading(folder)
    send("p0", segment(1, SYN, 100))
    wait_taken()
    # Another order, another circuit before them: names are what counts.
    r.reload("""remote: [203.0.113.0/24]
circuits:
  another: {kind: internet, taps: [{interface: p0, vlan: 7}]}
  er: {kind: expressroute, nat-pools: [192.0.2.0/24], taps: [{interface: p1}]}
  internet: {kind: internet, nat-pools: [198.18.0.0/24], taps: [{interface: p0}]}
""")
    send("p1", segment(1, SYN_ACK, 500, 101, True))
    time.sleep(1.2)
    send("p1", segment(1, SYN_ACK, 500, 101, True))
    assert r.asymmetric(1) == (["internet"], ["er"])
    broken(2)
    assert r.asymmetric(2) == (["internet"], ["er"])
    for port in (1, 2):
        send("p0", segment(port, RST, 101))
    time.sleep(1.5)
    # One state domain from now on: no fault any more.
    send("p0", segment(3, SYN, 100))
    wait_taken()
    r.reload(SITE.replace("nat-pools", "state-domain: one, nat-pools"))
    send("p1", segment(3, SYN_ACK, 500, 101, True))
    send("p0", segment(3, ACK, 101, 501), segment(3, RST, 101))
    time.sleep(1.5)
    events, _ = r.watch.finish()
    total = events[-1]["connections"]
    assert total["asymmetric"] == 2 and total["same_domain"] == 1, total
    assert total["total"] == 3, total


def reloaded_metrics(folder):
    """A tap that matches otherwise is another tap, of the same name"""
    sh("ip", "link", "set", "lo", "up")
    r = Reloading(folder, "--metrics", str(PORT))

    def series():
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % PORT,
                                    timeout=DEADLINE) as f:
            lines = f.read().decode().splitlines()
        names = [line.rpartition(" ")[0] for line in lines
                 if not line.startswith("#")]
        assert len(names) == len(set(names)), names
        return names

    broken(1)
    assert r.asymmetric(1) == (["internet"], ["er"])
    wait_until(lambda: any('tap="p1"' in n for n in series()))
    r.reload(SITE.replace("interface: p1", "interface: p1, vlan: [30]"))
    r.reload(SITE.replace("interface: p1", "interface: p1, vlan: []"))
    time.sleep(1.5)
    now = [n for n in series() if "tap_tcp" in n and 'tap="p1"' in n]
    assert len(now) == 1, now
    broken(2)
    assert r.asymmetric(2) == (["internet"], ["er"])
    r.watch.finish()


def wait_taken():
    """What was sent has been taken before the next tick"""
    time.sleep(.3)


def wrong_file(folder):
    """A line, and all is as before, as often as it is asked"""
    r = Reloading(folder)
    for wrong, words in (
            ("circuits: {", "site.yaml:2:"),
            (SITE.replace("kind", "kin"), "site.yaml:3:"),
            (SITE.replace("192.0.2", "198.18.0"), "site.yaml:4:"),
            ("", "site.yaml")):
        r.reload(wrong, words, "the site of before stays")
    os.unlink(r.path)
    r.watch.process.send_signal(signal.SIGHUP)
    r.watch.says("No such file", "the site of before stays")
    os.mkfifo(r.path)       # which nobody writes to
    r.watch.process.send_signal(signal.SIGHUP)
    r.watch.says("no regular file")
    broken(1)
    assert r.asymmetric(1) == (["internet"], ["er"])
    r.reload(SITE)
    broken(2)
    assert r.asymmetric(2) == (["internet"], ["er"])
    r.watch.finish()


def changed_pool(folder):
    """What is planned from now on is what a source is judged by"""
    r = Reloading(folder)
    send("p0", segment(1, SYN, 100))
    wait_taken()
    r.reload(SITE.replace("198.18.0", "198.51.100"))
    send("p0", segment(2, SYN, 100))
    said = r.watch.wait_for('"snat-escape"')
    assert (said["src_port"], said["circuit"]) == (2, "internet"), said
    r.reload(SITE)
    send("p0", segment(3, SYN, 100))
    time.sleep(3)
    events, _ = r.watch.finish()
    assert sum(e.get("rule") == "snat-escape" for e in events) == 1, events


def removed_circuit(folder):
    """Its packets are of no tap; what was found of it keeps its name"""
    r = Reloading(folder, "--flows")
    broken(1)
    assert r.asymmetric(1) == (["internet"], ["er"])
    send("p0", segment(2, SYN, 100))
    send("p1", segment(2, SYN_ACK, 500, 101, True))
    wait_taken()
    lines = SITE.splitlines(True)
    r.reload("".join(lines[:3]))
    send("p1", segment(3, SYN, 100), segment(2, SYN_ACK, 500, 101, True))
    send("p0", segment(4, SYN, 100), segment(4, SYN_ACK, 500, 101, True))
    wait_taken()
    r.reload(SITE)      # it returns, and is what it was
    broken(5)
    assert r.asymmetric(5) == (["internet"], ["er"])
    events, _ = r.watch.finish()
    assert events[-1]["unmapped"] == 2, events[-1]
    ends = {e["src_port"]: e for e in events
            if e["event_type"] == "connection"}
    assert ends[2]["class"] == "asymmetric", ends[2]
    assert ends[2]["syn_ack"]["circuits"] == ["er"], ends[2]
    assert 3 not in ends and ends[4]["class"] == "symmetric", ends
    taps = [e["tap"] for e in events if e["event_type"] == "tap"]
    assert sorted(taps) == ["p0", "p1"], taps


def new_interface(folder):
    """To open one takes a privilege that is gone: that is told"""
    r = Reloading(folder)
    r.reload(SITE + "  third: {kind: internet, taps: [{interface: p9}]}\n",
             "p9", "takes a restart")
    broken(1)
    assert r.asymmetric(1) == (["internet"], ["er"])
    r.watch.finish()


def too_many(folder):
    """Bits run out: the site of before stays, and the run goes on"""
    r = Reloading(folder)

    def named(n):
        more = "".join("  n%d: {kind: internet}\n" % (30 * n + i)
                       for i in range(30))
        return SITE.replace("er:", "er%d:" % n) + more

    for n in range(2):
        r.reload(named(n))
    r.reload(named(2), "too many", "circuits")
    broken(1)
    assert r.asymmetric(1) == (["internet"], ["er1"])
    r.reload(named(0))
    broken(2)
    assert r.asymmetric(2) == (["internet"], ["er0"])
    r.watch.finish()


def descriptors(process):
    return len(os.listdir("/proc/%d/fd" % process.pid))


def storm(folder):
    """A hundred of them, and nothing is lost"""
    r = Reloading(folder)
    before = descriptors(r.watch.process)
    frames = list(connections(1000, 2000))
    for n in range(100):
        site = SITE.replace("192.0.2", "192.0.%d" % (n + 2))
        with open(r.path + ".new", "w") as f:
            f.write(site if n % 3 else "circuits: {")
        os.rename(r.path + ".new", r.path)
        r.watch.process.send_signal(signal.SIGHUP)
        pump(frames[n * 60:n * 60 + 60])
        time.sleep(.05)
    r.reload(SITE)
    broken(1)
    assert r.asymmetric(1) == (["internet"], ["er"])
    assert descriptors(r.watch.process) == before
    all_given_up(r.watch.process)
    events, _ = r.watch.finish()
    assert events[-1]["packets"] == 6003, events[-1]
    assert events[-1]["connections"]["asymmetric"] == 2001, events[-1]
    assert events[-1]["unmapped"] == 0, events[-1]


def named_ports(folder):
    """Circuits of the command line are looked for in the new file"""
    path = os.path.join(folder, "site.yaml")
    site = SITE.replace("interface: p0", "side: outside")
    r = Reloading.__new__(Reloading)
    r.path = path
    with open(path, "w") as f:
        f.write(site)
    r.watch = Watch("-c", path, ports=("internet=p0", "p1"))
    broken(1)
    assert r.asymmetric(1) == (["internet"], ["er"])
    r.reload(site.replace("internet:", "inet:"), "no circuit 'internet'")
    r.watch.says("the site of before stays")
    r.reload(site.replace("circuits:", "circuits:\n  more: {kind: internet}"))
    broken(2)
    assert r.asymmetric(2) == (["internet"], ["er"])
    r.watch.finish()


def no_site_file(_folder):
    """Nothing to read again: as ever, it ends the run"""
    w = Watch()
    _, status = w.finish(signal.SIGHUP)
    assert status == 4, status


def hung_up(folder):
    """A terminal that is gone is the end, though there is a site file"""
    site, log = (os.path.join(folder, n) for n in ("site.yaml", "log"))
    with open(site, "w") as f:
        f.write(SITE)
    pid, terminal = pty.fork()
    if not pid:
        os.execv(ASYMCAP, [ASYMCAP, "watch", "-v", "-c", site, "-o", log,
                           "--format", "json", "--buffer", "4"])
    text = ""
    try:
        while "watching" not in text:
            text += os.read(terminal, 4096).decode()
        os.kill(pid, signal.SIGHUP)
        while "read again" not in text:
            text += os.read(terminal, 4096).decode()
        os.close(terminal)
        wait_until(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG |
                                     os.WNOWAIT))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert whole_lines(log)[-1]["event_type"] == "summary"


class Manager:
    """What systemd is to a service: a socket that hears"""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name.replace("@", "\0"))
        self.socket.settimeout(DEADLINE)
        self.name = name
        self.heard = []

    def hears(self, words):
        while not self.heard or words not in self.heard[-1]:
            self.heard.append(self.socket.recv(4096).decode())

    def runs(self, *args, watchdog):
        return Watch(*args, command=[
            "env", "NOTIFY_SOCKET=" + self.name,
            "WATCHDOG_USEC=%d" % watchdog, ASYMCAP])


def managed(folder):
    """Ready, alive as long as it works, and stopping"""
    site = os.path.join(folder, "site.yaml")
    with open(site, "w") as f:
        f.write(SITE)
    names = (os.path.join(folder, "notify"), "@asymcap-%d" % os.getpid())
    for n, name in enumerate(names):
        m = Manager(name)
        w = m.runs("-c", site, watchdog=500000)
        m.hears("READY=1")
        assert "STATUS=watching 2 interfaces" in m.heard[-1], m.heard
        assert "WATCHDOG=1" not in "".join(m.heard), m.heard
        for _ in range(3):
            m.hears("WATCHDOG=1")
            m.heard.append("")
        # One that hangs is silent: nobody else says it.
        w.process.send_signal(signal.SIGSTOP)
        time.sleep(.5)
        m.socket.setblocking(False)
        try:
            while m.socket.recv(4096):
                pass
        except BlockingIOError:
            pass
        time.sleep(1)
        try:
            assert not m.socket.recv(4096), "a sign of life without life"
        except BlockingIOError:
            pass
        m.socket.settimeout(DEADLINE)
        w.process.send_signal(signal.SIGCONT)
        m.hears("WATCHDOG=1")
        if n:
            m.heard.clear()
            w.process.send_signal(signal.SIGHUP)
            m.hears("RELOADING=1\nMONOTONIC_USEC=")
            m.hears("READY=1")
        w.process.send_signal(signal.SIGTERM)
        m.hears("STOPPING=1")
        w.finish(None)


def calls_of(folder):
    """The system calls of a short run"""
    trace = os.path.join(folder, "trace")
    subprocess.run(["strace", "-f", "-qq", "-o", trace, SHIPPED, "watch",
                    "--duration", "2s", "-o", os.path.join(folder, "log"),
                    "p0"], check=False, capture_output=True)
    calls = set(re.findall(r"^\d+ +(\w+)\(", read(trace), re.M))
    assert {"bind", "capset", "poll"} <= calls, calls
    return calls


def allowed_calls():
    """What SystemCallFilter= of the service lets through"""
    sets, allowed = {}, set()
    listed = subprocess.run(["systemd-analyze", "syscall-filter"], check=True,
                            capture_output=True, text=True).stdout
    for line in listed.splitlines():
        if line.startswith("@"):
            members = sets.setdefault(line.strip(), [])
        elif line.startswith("    ") and "#" not in line:
            members.append(line.strip())

    def expand(word):
        if not word.startswith("@"):
            return {word}
        return set().union(*(expand(m) for m in sets[word]))

    for line in read("src/app/asymcap.service").splitlines():
        if line.startswith("SystemCallFilter="):
            words = line.partition("=")[2]
            calls = set().union(*(expand(w) for w in words.strip("~").split()))
            allowed = allowed - calls if words[0] == "~" else allowed | calls
    return allowed


def filtered(folder):
    """The service may do what it does"""
    if not shutil.which("strace") or not shutil.which("systemd-analyze"):
        print("unattended: filtered: skipped: no strace, or no systemd")
        return
    allowed = allowed_calls()
    assert "read" in allowed and "setuid" not in allowed, allowed
    refused = calls_of(folder) - allowed
    assert not refused, refused


CASES = [given_up, ambient, of_file, of_somebody_else, nothing_half_started,
         killed, half_a_line, no_room, no_room_for_output,
         reader_of_lines_leaves, managed, filtered, reloaded,
         reloaded_metrics, wrong_file, changed_pool, removed_circuit,
         new_interface, too_many, storm, named_ports, no_site_file, hung_up]

if __name__ == "__main__":
    sys.exit(watch.main("unattended", CASES))
