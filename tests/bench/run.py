#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How fast asymcap reads, as ratios to programs that everybody knows.

usage: run.py [--packets N] [--rounds N] [--asymcap FILE] [--generator FILE]
              [--folder FOLDER] [generator options ...]

Generates a pair of captures, then runs each program over both files, in turn,
several rounds; a ratio is taken within a round, where the machine was the
same for both, and the median of the rounds is told. Peers that are not
installed are named and left out. Nothing here passes or fails: a shared
machine proves nothing in one run.
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def run(command, files, each):
    """Seconds, peak memory in KiB (0 if unknown)."""
    began = time.perf_counter()
    for one in ([f] for f in files) if each else (files,):
        words = [w for c in command
                 for w in (one if c == "FILES" else [c])]
        with open(os.devnull, "w", encoding="ascii") as null:
            p = subprocess.Popen(words, stdout=null, stderr=null)
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = status
        if os.waitstatus_to_exitcode(status) > 1:
            sys.exit(f"{' '.join(words)}: status {status}")
    return time.perf_counter() - began, usage.ru_maxrss


def peers(asymcap):
    yield "asymcap, 1 thread", [asymcap, "read", "-q", "--threads", "1",
                                "FILES"], False
    yield "asymcap, 2 threads", [asymcap, "read", "-q", "--threads", "2",
                                 "FILES"], False
    yield "cat", ["cat", "FILES"], False
    yield "tcpdump -w", ["tcpdump", "-r", "FILES", "-w", os.devnull], True
    yield "softflowd", ["softflowd", "-r", "FILES", "-d"], True
    yield "nfpcapd", ["nfpcapd", "-r", "FILES", "-w", "/tmp"], True
    yield "argus", ["argus", "-r", "FILES", "-w", os.devnull], True
    yield "tcptrace", ["tcptrace", "FILES"], True


def main():
    build = os.environ.get("BUILD", "build")
    a = argparse.ArgumentParser()
    a.add_argument("--packets", type=int, default=6000000)
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--asymcap", default=f"{build}/asymcap")
    a.add_argument("--generator", default=f"{build}/tests/generate")
    a.add_argument("--folder")
    a.add_argument("--slow", action="store_true",
                   help="run slow peers (softflowd ...) in every round")
    options, more = a.parse_known_args()

    folder = tempfile.mkdtemp(dir=options.folder)
    try:
        measure(options, more, folder)
    finally:
        shutil.rmtree(folder)


def measure(options, more, folder):
    prefix = os.path.join(folder, "pair")
    truth = json.loads(subprocess.run(
        [options.generator, "--packets", str(options.packets),
         "--out", prefix] + more, check=True, capture_output=True).stdout)
    files = sorted(os.path.join(folder, f) for f in os.listdir(folder))
    packets = sum(truth["packets"])
    size = sum(os.path.getsize(f) for f in files)
    print(f"{len(files)} files, {packets} packets, {size >> 20} MiB, "
          f"{truth['connections']} connections, "
          f"{truth['asymmetric']} asymmetric")
    with open("/proc/cpuinfo", encoding="ascii") as f:
        model = [line.split(":", 1)[1].strip() for line in f
                 if line.startswith("model name")]
    print(f"{os.cpu_count()} cores, {model[0] if model else '?'}, Linux "
          f"{platform.release()}, load {os.getloadavg()[0]:.1f}")

    programs, absent = [], []
    for name, command, each in peers(options.asymcap):
        if shutil.which(command[0]):
            programs.append((name, command, each))
        else:
            absent.append(name)
    seconds = {name: [] for name, _, _ in programs}
    memory = dict.fromkeys(seconds, 0)
    for _ in range(options.rounds):
        for name, command, each in programs:
            if len(seconds[name]) and seconds[name][0] > 20 and \
                    not options.slow:
                continue
            spent, peak = run(command, files, each)
            seconds[name].append(spent)
            memory[name] = max(memory[name], peak)

    ours = seconds["asymcap, 2 threads"]
    print(f"\n{'program':22}{'seconds':>9}{'Mpackets/s':>12}"
          f"{'asymcap is':>13}{'peak MiB':>10}")
    for name, spent in seconds.items():
        ratio = statistics.median(s / o for s, o in zip(spent, ours))
        median = statistics.median(spent)
        print(f"{name:22}{median:9.2f}{packets / median / 1e6:12.2f}"
              f"{ratio:12.2f}x{memory[name] >> 10:10}")
    if absent:
        print("not installed:", ", ".join(absent))
    print("(asymcap with 2 threads; the captures are mapped, and count as "
          "its memory)")


if __name__ == "__main__":
    main()
