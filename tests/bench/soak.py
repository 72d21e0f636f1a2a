#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether asymcap watch stays as it is, however long it runs.

Replays generated connections, new ones in each round, through two veth pairs
in a network namespace of its own. Meanwhile memory and descriptors are
sampled, metrics are scraped, and the file that is written is moved away and
opened again (SIGUSR1). In the end memory must have become flat, descriptors
must be as many as in the beginning, no counter may ever have become less,
every line must be whole, and what was found must be what was sent, if nothing
was lost.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import measure  # noqa: E402
import netns  # noqa: E402

PORT = 9469
GROWTH = 1 << 19    # bytes in the second half: what page granularity makes
WARM = 0.25         # of the time, till tables and buffers are what they will be


def parse():
    build = os.environ.get("BUILD", "build")
    a = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--seconds", type=float, default=3600)
    a.add_argument("--rate", type=float, default=20000,
                   help="packets a second (20000)")
    a.add_argument("--packets", type=int, default=100000,
                   help="a round and interface, about (100000)")
    a.add_argument("--all", action="store_true",
                   help="watch --all, not the default filter")
    a.add_argument("--asymcap", default=f"{build}/asymcap")
    a.add_argument("--tools", default=f"{build}/tests")
    a.add_argument("--folder", default=build,
                   help="for captures and output, in a folder of their own")
    return a.parse_args()


class Soak:
    """A watch, who sends to it, and what was seen of it"""

    def __init__(self, o, folder):
        self.o, self.folder = o, folder
        self.path = os.path.join(folder, "out.jsonl")
        prefix = os.path.join(folder, "pair")
        self.truth = json.loads(measure.generate(
            [f"{o.tools}/generate", "--packets", str(o.packets),
             "--concurrent", "200", "--snaplen", "1600", "--out", prefix]))
        self.watch = subprocess.Popen(
            [o.asymcap, "watch", "--format", "json", "-o", self.path,
             "--metrics", str(PORT)] + ["--all"] * o.all +
            ["internet=p0", "er=p1"])
        self.sender = None
        self.files = [f"{prefix}-{n}.pcap" for n in (1, 2)]
        self.seen = []          # (seconds, RSS, RssAnon, descriptors)
        self.counters = {}
        self.scrapes = self.rotations = self.findings = 0
        self.wrong = []

    def send(self):
        self.sender = subprocess.Popen(
            [f"{self.o.tools}/replay", "--rate", str(self.o.rate),
             "--seconds", str(self.o.seconds), "--whole"] +
            [f"sp{n}={f}" for n, f in enumerate(self.files)],
            stdout=subprocess.PIPE, text=True)

    def sample(self, at):
        with open(f"/proc/{self.watch.pid}/status", encoding="utf-8") as f:
            s = dict(line.split(":", 1) for line in f)
        rss, anon = (int(s[n].split()[0]) << 10 for n in ("VmRSS", "RssAnon"))
        fds = len(os.listdir(f"/proc/{self.watch.pid}/fd"))
        self.seen.append((at, rss, anon, fds))

    def scrape(self):
        status, text = netns.fetch(PORT)
        health = netns.fetch(PORT, "/healthz")
        if status != 200 or health[0] != 200:
            self.wrong.append(f"metrics {status}, health {health}")
            return
        now = {k: v for k, v in netns.samples(text).items()
               if "_total" in k or "_count" in k or "_bucket" in k}
        self.wrong += [f"{k} fell from {v} to {now.get(k)}"
                       for k, v in self.counters.items() if now.get(k, 0) < v]
        self.counters = now
        self.scrapes += 1

    def rotate(self):
        """Away with what there is, whole lines all of it."""
        old = self.path + ".1"
        os.rename(self.path, old)
        self.watch.send_signal(signal.SIGUSR1)
        end = time.monotonic() + 30
        while not os.path.exists(self.path):
            if time.monotonic() > end:
                self.wrong.append("was not opened again")
                return
            time.sleep(.02)
        self.read(old)
        os.unlink(old)
        self.rotations += 1

    def read(self, path):
        last = None
        with open(path, encoding="utf-8") as f:
            for line in f:
                last = json.loads(line)
                self.findings += last["event_type"] == "finding" and \
                    last["rule"] == "asymmetric-handshake"
        return last

    def run(self):
        began = time.monotonic()
        every = [min(most, self.o.seconds / parts)
                 for most, parts in ((5, 100), (5, 50), (60, 10))]
        due = [0, every[1], every[2]]
        wait_for_page()
        self.send()
        while self.sender.poll() is None:
            at = time.monotonic() - began
            for i, what in enumerate((lambda: self.sample(at), self.scrape,
                                      self.rotate)):
                if at >= due[i]:
                    what()
                    due[i] += every[i]
            time.sleep(.05)
        sent = json.loads(self.sender.communicate()[0])
        wait_for_page(time.time() + 4)  # the last connections leave
        self.scrape()
        self.watch.send_signal(signal.SIGTERM)
        status = self.watch.wait(60)
        if status != 1:
            self.wrong.append(f"exit status {status}")
        return sent, self.read(self.path)


def wait_for_page(taken=0.0):
    """Till there are metrics that were taken then, or later."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            status, text = netns.fetch(PORT)
            if status == 200 and netns.samples(text)[
                    "asymcap_snapshot_timestamp_seconds"] >= taken:
                return
        except OSError:
            pass
        time.sleep(.1)
    sys.exit("soak: no metrics to be had")


def slope(seen, column):
    """Bytes an hour, least squares."""
    return 3600 * statistics.linear_regression(
        [s[0] for s in seen], [s[column] for s in seen]).slope


def judge(soak, sent, summary):
    """Tell what was seen; add to soak.wrong what should not have been."""
    o, wrong = soak.o, soak.wrong
    warm = [s for s in soak.seen if s[0] > WARM * o.seconds]
    half = warm[len(warm) // 3:]
    growth = statistics.mean(s[2] for s in half[len(half) // 2:]) - \
        statistics.mean(s[2] for s in half[:len(half) // 2])
    taps = {k: v for k, v in soak.counters.items()
            if k.startswith("asymcap_interface_dropped")}
    classes = summary["connections"]
    print(f"{sent['sent']} packets in {sent['seconds']:.0f} s "
          f"({sent['sent'] / sent['seconds']:.0f} a second), "
          f"{sent['rounds']} rounds; {summary['packets']} passed the filter, "
          f"{sum(taps.values()):.0f} dropped")
    print(f"{classes['total']} connections, {classes['asymmetric']} "
          f"asymmetric, {soak.findings} findings told, "
          f"{summary['evicted']} evicted, {summary['late']} late")
    print(f"{soak.scrapes} scrapes, {soak.rotations} rotations, processor "
          f"{soak.counters.get('process_cpu_seconds_total', 0):.1f} s")
    for name, column in (("RSS", 1), ("RssAnon", 2)):
        all_of = [s[column] for s in warm]
        print(f"{name} after the first {WARM:.0%}: {min(all_of) / 2**20:.2f} "
              f"to {max(all_of) / 2**20:.2f} MiB, slope "
              f"{slope(warm, column) / 2**10:+.0f} KiB an hour")
    fds = [s[3] for s in warm]
    tenths = [soak.seen[len(soak.seen) * n // 10][2] for n in range(1, 10)]
    print("RssAnon after each tenth of the run, MiB: " + " ".join(
        f"{anon / 2**20:.2f}" for anon in tenths + [soak.seen[-1][2]]))
    print(f"RssAnon grew by {growth / 2**10:+.0f} KiB from the third quarter "
          "of the run to the fourth")
    print(f"descriptors: {min(fds)} to {max(fds)}; load at the end "
          f"{os.getloadavg()[0]:.1f}")
    if growth > GROWTH:
        wrong.append(f"RssAnon grew by {growth / 2**10:.0f} KiB in the end")
    if statistics.mode(fds[:len(fds) // 3]) < \
            statistics.mode(fds[-len(fds) // 3:]):
        wrong.append("descriptors grew")
    told = sum(v for k, v in soak.counters.items()
               if k.startswith("asymcap_findings_total{"
                               'rule="asymmetric-handshake"'))
    if not told or told != soak.findings:
        wrong.append(f"{told:.0f} findings by the metrics")
    asymmetric = sent["rounds"] * soak.truth["asymmetric"]
    if not sum(taps.values()) and soak.findings != asymmetric:
        wrong.append(f"{asymmetric} asymmetric connections were sent")


def main():
    why = netns.enter()
    if why:
        print(f"soak: skipped: {why}\nsoak: 0 passed, 0 failed, 1 skipped")
        return 0
    o = parse()
    folder = measure.folder(o.folder)
    soak = None
    try:
        for name in ("p0", "p1"):
            netns.pair(name)
        print(measure.stamp())
        print(measure.machine())
        soak = Soak(o, folder)
        sent, summary = soak.run()
        judge(soak, sent, summary)
    finally:
        for p in (soak.watch, soak.sender) if soak else ():
            if p and p.poll() is None:
                p.kill()
                p.wait()
        shutil.rmtree(folder)
    for why in soak.wrong[:20]:
        print(f"soak: {why}")
    print(f"soak: {0 if soak.wrong else 1} passed, "
          f"{1 if soak.wrong else 0} failed")
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
