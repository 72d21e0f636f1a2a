# SPDX-License-Identifier: BSD-3-Clause
"""Run scenarios, a few at a time, each in namespaces of its own.

usage: run.py FOLDER ASYMCAP [SCENARIO...]

Each runs as process 1 of a process namespace: when it ends, or is killed, or
takes too long, or this program dies, the kernel ends whatever it started and
takes its network apart.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 60          # seconds for a scenario that should take twelve
DISTURBED = 75      # exit status: the run is worth nothing, try again
TRIES = 4
PR_SET_PDEATHSIG = 1


def command(arguments):
    """Return: the command line that runs scenario.py apart"""
    return ["unshare", "--mount", "--net", "--ipc", "--pid", "--fork",
            "--kill-child", "--mount-proc", "sh", "-c",
            'mount -t tmpfs lab /run && exec "$@"', "lab", sys.executable,
            "-B", os.path.join(HERE, "scenario.py")] + arguments


def end_with_parent():
    ctypes.CDLL("libc.so.6").prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Job:
    """A scenario that runs; its output goes to a file of its own."""

    def __init__(self, name, folder, program):
        self.name = name
        self.folder = os.path.join(folder, name)
        self.program = os.path.abspath(program)
        self.tries = 0
        self.begin()

    def begin(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.tries += 1
        self.polled = time.monotonic()
        self.end = self.polled + LIMIT
        with open(self.log(), "wb") as log:
            self.process = subprocess.Popen(
                command([self.name, self.folder, self.program]),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=end_with_parent)

    def log(self):
        return os.path.join(self.folder, "lab.log")

    def over(self):
        """Return: whether it has ended, for whatever reason"""
        if self.process.poll() is None:
            now = time.monotonic()
            if now - self.polled > 1:
                self.end += now - self.polled   # all of us stood still
            self.polled = now
            if now < self.end:
                return False
            self.stop()
        if self.process.returncode == DISTURBED and self.tries < TRIES:
            self.begin()
            return False
        return True

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def result(self):
        """Print what it printed.
        Return: checks that passed, and failed; observers skipped"""
        with open(self.log(), encoding="utf-8", errors="replace") as f:
            text = f.read()
        print(text, end="")
        counts = re.search(r"^%s: ([0-9]+) passed, ([0-9]+) failed"
                           % re.escape(self.name), text, re.M)
        if self.tries > 1:
            print("%s: needed %d tries" % (self.name, self.tries))
        passed, failed = map(int, counts.groups()) if counts else (0, 0)
        skipped = len(re.findall(r"^%s: [^:]+: skipped: "
                                 % re.escape(self.name), text, re.M))
        if self.process.returncode and not failed:
            print("%s: ended with status %d" % (self.name,
                                                self.process.returncode))
            failed = 1
        if failed or os.environ.get("KEEP"):
            print("%s: captures in %s" % (self.name, self.folder))
        else:
            shutil.rmtree(self.folder)
        return passed, failed, skipped


def run_all(names, folder, program):
    """Run scenarios, JOBS at a time. Return: passed, failed, skipped"""
    waiting = [*names]
    running = []
    counts = (0, 0, 0)
    places = int(os.environ.get("JOBS") or 3)
    try:
        while waiting or running:
            while waiting and len(running) < places:
                running.append(Job(waiting.pop(0), folder, program))
            for job in [job for job in running if job.over()]:
                running.remove(job)
                counts = tuple(map(sum, zip(counts, job.result())))
                sys.stdout.flush()
            time.sleep(0.05)
    finally:
        for job in running:
            job.stop()
    return counts


def finish(passed, failed, skipped):
    print("lab: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return failed != 0


def main():
    folder, program, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    skipped = 0
    files = sorted(f[:-3] for f in os.listdir(os.path.join(HERE, "scenarios"))
                   if f.endswith(".py"))
    # Each probe with one link a circuit, too, where that is asked for.
    known = files + [f + "-single" for f in files if f.startswith("probe-")]
    if "probe" in names:
        names = [name for name in names if name != "probe"] + [
            name for name in known if name.startswith("probe-")]
    for name in names:
        if name not in known:
            print("lab: no scenario '%s'; there are %s" % (
                name, ", ".join(known)))
            return finish(0, 1, 0)
    names = names or files
    probe = subprocess.run(command(["--probe"]), stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, timeout=LIMIT, check=False)
    if probe.returncode:
        print("lab: skipped: no such network can be built here: %s"
              % probe.stdout.strip().splitlines()[-1])
        return finish(0, 0, len(names))
    if "failover" in names and not shutil.which("bird"):
        print("failover: skipped: bird is not installed (make deps)")
        names.remove("failover")
        skipped = 1
    if not shutil.which("traceroute"):
        for name in [n for n in names if n.startswith("probe-sound")]:
            print("%s: skipped: traceroute is not installed (make deps)"
                  % name)
            names.remove(name)
            skipped += 1
    # The longest first.
    names.sort(key=lambda name: name != "failover")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    passed, failed, unable = run_all(names, folder, program)
    return finish(passed, failed, skipped + unable)


if __name__ == "__main__":
    sys.exit(main())
