#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The installed unit, run by a real systemd.

systemd boots as the first process of namespaces of its own, over a root that
is this machine's under a layer that is thrown away, with two veth pairs to
watch.  What a unit promises (a user of its own, no capability left, a reload,
a restart after a crash and none after a wrong site file) is then systemd's
word, not that of a stand-in.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import watch

SYSTEMD = "/lib/systemd/systemd"
BOOT = 60           # seconds, at most
SITE = """remote: [203.0.113.0/24]
circuits:
  internet: {kind: internet, taps: [{interface: p0}]}
  er: {kind: expressroute, taps: [{interface: p1}]}
"""
TARGET = """[Unit]
Requires=asymcap.service
After=asymcap.service
"""
LOG = "/var/log/asymcap/findings.jsonl"


def mount(kind, source, where, options=None):
    os.makedirs(where, exist_ok=True)
    watch.sh("mount", "-t", kind, *(["-o", options] if options else []),
             source, where)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def make_root(folder):
    """A root with asymcap installed; what is written to it is in memory"""
    mount("tmpfs", "tmpfs", folder)
    upper, root = folder + "/upper", folder + "/root"
    watch.sh("make", "-s", "install", "BUILD=" + os.environ["BUILD"],
             "DESTDIR=" + upper, "PREFIX=/usr")
    write(upper + "/etc/fstab", "")
    write(upper + "/etc/asymcap/site.yaml", SITE)
    write(upper + "/etc/systemd/system/asymcap-test.target", TARGET)
    os.makedirs(folder + "/work")
    mount("overlay", "overlay", root,
          "lowerdir=/,upperdir=%s,workdir=%s/work" % (upper, folder))
    mount("proc", "proc", root + "/proc")
    mount("sysfs", "sysfs", root + "/sys", "ro")
    mount("cgroup2", "cgroup2", root + "/sys/fs/cgroup")
    for name in ("dev", "run", "tmp", "var/log"):
        mount("tmpfs", "tmpfs", "%s/%s" % (root, name), "mode=755")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        write("%s/dev/%s" % (root, name), "")
        watch.sh("mount", "--bind", "/dev/" + name,
                 "%s/dev/%s" % (root, name))
    mount("devpts", "devpts", root + "/dev/pts", "newinstance,ptmxmode=666")
    os.symlink("pts/ptmx", root + "/dev/ptmx")
    mount("tmpfs", "tmpfs", root + "/dev/shm")
    return root


def own_group(folder):
    """A control group of its own: systemd takes the one it finds itself in"""
    mount("cgroup2", "cgroup2", folder)
    with open("/proc/self/cgroup", encoding="ascii") as f:
        path = next(line for line in f if line.startswith("0::"))
    group = "%s%s/asymcap-test-%d" % (folder, path[3:].strip().rstrip("/"),
                                      os.getpid())
    os.mkdir(group)
    return group


def join_group(group):
    write(group + "/cgroup.procs", str(os.getpid()))


def fence(folder):
    """Around the namespaces: their control group, which would outlive them"""
    group = own_group(folder + ".cgroup")
    try:
        subprocess.run(
            ["unshare", "-m", "-p", "-n", "-u", "-i", "-C", "-f", "--",
             sys.executable, __file__, "boot", folder],
            preexec_fn=lambda: join_group(group), check=False)
    finally:
        for path, _, _ in os.walk(group, topdown=False):
            soon(lambda path=path: remove_group(path), 10)


def remove_group(path):
    try:
        os.rmdir(path)
    except OSError:
        return False
    return True


def boot(folder):
    """In the namespaces, as their first process"""
    watch.sh("mount", "--make-rprivate", "/")
    root = make_root(folder)
    for port in ("lo", "p0", "p1"):
        if port != "lo":
            watch.make_pair(port)
        else:
            watch.sh("ip", "link", "set", port, "up")
    os.chdir(root)
    watch.sh("pivot_root", ".", "mnt")
    os.chroot(".")
    watch.sh("umount", "-l", "/mnt")
    os.execve(SYSTEMD, [SYSTEMD, "--unit=asymcap-test.target"],
              {"container": "test", "PATH": os.environ["PATH"]})


class Booted:
    """A machine that systemd runs"""

    def __init__(self, folder):
        self.log = open(folder + ".log", "w+", encoding="utf-8")
        self.outer = subprocess.Popen(
            ["unshare", "-m", "--", sys.executable, __file__, "fence", folder],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def why_not(self):
        self.log.seek(0)
        return (self.log.read().strip() or "no answer").splitlines()[-1]

    def first(self):
        """The first process of the namespaces, as seen from here, or None"""
        pid = str(self.outer.pid)
        for _ in ("unshare", "systemd"):
            path = "/proc/%s/task/%s/children" % (pid, pid)
            try:
                with open(path, encoding="ascii") as f:
                    pid = f.read().split()[0]
            except (OSError, IndexError):
                return None
        return pid

    def run(self, *words):
        """What a command in there prints"""
        if not self.first():
            return ""
        r = subprocess.run(
            ["nsenter", "-t", self.first(), "-m", "-p", "-n", "-u", "-i",
             "-C", "-r", "-w", "--", *words], capture_output=True, text=True,
            check=False)
        return r.stdout.strip()

    def send(self, port):
        """A handshake whose answer takes the other circuit"""
        subprocess.run(
            ["nsenter", "-t", self.first(), "-n", "--", sys.executable, "-c",
             "import watch; watch.broken(%d)" % port], check=True,
            cwd=os.path.dirname(os.path.abspath(__file__)))

    def show(self, key):
        return self.run("systemctl", "show", "-P", key, "asymcap")

    def is_up(self):
        return self.run("systemctl", "is-active", "asymcap") != "" and \
            self.run("systemctl", "is-system-running") not in (
                "", "offline", "initializing", "starting")

    def status(self):
        """Of the main process: /proc/PID/status, by key"""
        text = self.run("cat", "/proc/%s/status" % self.show("MainPID"))
        return dict(line.split(":", 1) for line in text.splitlines())

    def found(self, port):
        return '"src_port":%d,' % port in self.run("cat", LOG)

    def told(self, words):
        return words in self.run("journalctl", "-u", "asymcap", "-o", "cat")

    def end(self):
        if self.outer.poll() is None and self.first():
            os.kill(int(self.first()), signal.SIGKILL)
        self.outer.wait()
        self.log.close()


def soon(what, seconds=watch.DEADLINE):
    """Whether it holds in the end"""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(.2)
    return True


def started(m):
    """Under a user of its own, and with nothing left that root can do"""
    assert m.show("ActiveState") == "active", m.show("Result")
    assert m.show("StatusText") == "watching 2 interfaces"
    s = m.status()
    assert s["Uid"].split()[0] != "0", s["Uid"]
    for key in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
        assert int(s[key], 16) & ~(1 << 13) == 0, (key, s[key])
    assert int(s["CapEff"], 16) == 0, s["CapEff"]
    assert s["NoNewPrivs"].strip() == "1" and s["Seccomp"].strip() == "2"


def finds(m):
    """What is asymmetric is in the file, which strangers cannot read"""
    m.send(1)
    assert soon(lambda: m.found(1)), "nothing in " + LOG
    assert m.run("stat", "-c", "%a", LOG) == "640"


def reloads(m):
    """systemctl reload: the site file is read again, or told to be wrong"""
    pid = m.show("MainPID")
    m.run("systemctl", "reload", "asymcap")
    assert soon(lambda: m.told("read again")), "not read again"
    m.run("sh", "-c", "echo 'wrong: [' >>/etc/asymcap/site.yaml")
    m.run("systemctl", "reload", "asymcap")
    assert soon(lambda: m.told("the site of before stays")), "not told"
    m.send(2)
    assert soon(lambda: m.found(2)), "it finds no more"
    assert m.show("MainPID") == pid


def refused(m):
    """A wrong site file does not mend itself: no restart, and it is told"""
    m.run("systemctl", "restart", "asymcap")
    assert soon(lambda: m.show("ActiveState") == "failed")
    assert m.show("ExecMainStatus") == "2", m.show("ExecMainStatus")
    assert m.told("site.yaml:6:"), "the line is not told"
    m.run("sh", "-c", "sed -i '$d' /etc/asymcap/site.yaml")
    m.run("systemctl", "start", "asymcap")
    assert m.show("ActiveState") == "active"


def comes_back(m):
    """After a crash it is started again, and what it found is still there"""
    pid = m.show("MainPID")
    assert int(pid) > 1, pid
    m.run("kill", "-KILL", pid)
    assert soon(lambda: m.show("MainPID") not in (pid, "0") and
                m.show("ActiveState") == "active"), "not started again"
    assert m.show("NRestarts") == "1"
    m.send(3)
    assert soon(lambda: m.found(3)) and m.found(1), "findings are gone"


def stops(m):
    """Something was found: to systemd that is no failure"""
    m.run("systemctl", "stop", "asymcap")
    assert m.show("ActiveState") == "inactive", m.show("ActiveState")
    assert m.show("Result") == "success", m.show("Result")
    assert '"summary"' in m.run("tail", "-n", "1", LOG)


def skip(why):
    print("systemd: skipped: " + why)
    print("systemd: 0 passed, 0 failed, 1 skipped")


def main():
    failed = 0
    if os.geteuid() or not os.access(SYSTEMD, os.X_OK):
        skip("it takes root and systemd")
        return 0
    folder = tempfile.mkdtemp()
    m = Booted(folder)
    cases = [started, finds, reloads, refused, comes_back, stops]
    try:
        if not soon(lambda: m.outer.poll() is not None or m.is_up(), BOOT) or \
                m.outer.poll() is not None:
            skip("no systemd to be booted in namespaces: " + m.why_not())
            return 0
        for case in cases:
            try:
                case(m)
            except (AssertionError, subprocess.SubprocessError) as e:
                failed += 1
                print("systemd: %s: %s" % (case.__name__, e))
                print(m.run("journalctl", "-u", "asymcap", "-n", "12"))
                if case is started:
                    break
    finally:
        m.end()
        for name in (folder, folder + ".cgroup"):
            shutil.rmtree(name, ignore_errors=True)
        os.unlink(folder + ".log")
    print("systemd: %d passed, %d failed, 0 skipped" % (len(cases) - failed,
                                                        failed))
    return failed > 0


if __name__ == "__main__":
    stages = {"fence": fence, "boot": boot}
    if sys.argv[1:]:
        sys.exit(stages[sys.argv[1]](sys.argv[2]))
    sys.exit(main())
