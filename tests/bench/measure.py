# SPDX-License-Identifier: BSD-3-Clause
"""Run a program and say what it took; what the runners here share.

Files that are mapped count as resident memory (RSS), though they can be
dropped at any time. RssAnon of /proc/PID/status is what a program really
needs; the kernel keeps no peak of it, so it is sampled. So is the peak of RSS:
what wait4() says of it begins with that of the script.
"""
import collections
import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time

SAMPLE = 0.005  # seconds between samples

Run = collections.namedtuple("Run", "seconds cpu status rss anon output")


def _sample(pid, peak):
    """Raise the peaks (RSS, RssAnon; bytes) to what a process has now."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as f:
            seen = dict(line.split(":", 1) for line in f)
        for i, name in enumerate(("VmHWM", "RssAnon")):
            peak[i] = max(peak[i], int(seen[name].split()[0]) << 10)
    except (OSError, ValueError, KeyError):
        pass    # it has gone


def run(words, keep=False):
    """Run a command; seconds, those of processors, exit status, peak RSS and
    RssAnon in bytes, and with keep what it printed."""
    peak, ended = [0, 0], threading.Event()

    def sample():
        while not ended.wait(SAMPLE):
            _sample(p.pid, peak)

    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        p = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                             stdout=out if keep else subprocess.DEVNULL,
                             stderr=out if keep else subprocess.DEVNULL)
        watcher = threading.Thread(target=sample)
        watcher.start()
        _, status, usage = os.wait4(p.pid, 0)
        seconds = time.perf_counter() - began
        p.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watcher.join()
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return Run(seconds, usage.ru_utime + usage.ru_stime, p.returncode,
               peak[0], peak[1], text)


def generate(words):
    """Run a generator of captures; what it printed."""
    p = subprocess.run(words, capture_output=True, text=True, check=False)
    if p.returncode:
        sys.exit(p.stderr.strip() or f"{words[0]}: status {p.returncode}")
    return p.stdout


def folder(build):
    """A temporary folder under the build folder; the caller removes it."""
    os.makedirs(build, exist_ok=True)
    return tempfile.mkdtemp(prefix="bench-", dir=build)


def room(path, needed):
    """How much of so many bytes the disk has room for, from 0 to 1; a tenth
    of it stays free."""
    disk = shutil.disk_usage(path)
    return max(0.0, min(1.0, (disk.free - disk.total * 0.1) / needed))


def machine():
    """One line on the machine, and how busy it is."""
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = [line.split(":", 1)[1].strip() for line in f
                 if line.startswith("model name")]
    return (f"{os.cpu_count()} cores, {model[0] if model else '?'}, Linux "
            f"{platform.release()}, load {os.getloadavg()[0]:.1f}")


def stamp():
    """Date and commit."""
    p = subprocess.run(["git", "describe", "--always", "--dirty"],
                       capture_output=True, text=True, check=False)
    day = datetime.date.today().isoformat()
    return f"{day}, commit {p.stdout.strip() or 'unknown'}"


def table(head, rows, markdown):
    """Print a table; the first column is text, the others are numbers."""
    rows = [[str(c) for c in row] for row in [head] + rows]
    if markdown:
        rows.insert(1, ["---"] + ["---:"] * (len(head) - 1))
        for row in rows:
            print("| " + " | ".join(row) + " |")
        return
    wide = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  ".join([row[0].ljust(wide[0])] +
                        [c.rjust(w) for c, w in zip(row[1:], wide[1:])]))
