#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How fast asymcap reads, as ratios to programs that everybody knows.

Generates a pair of captures, then runs each program over both files, in turn,
several rounds; a ratio is taken within a round, where the machine was the
same for both, and the median of the rounds is told. tshark, which is slow, has
the first packets of each file only. Peers that are not installed are named and
left out. Nothing here passes or fails: a shared machine proves nothing in one
run. Options that are not listed go to the generator (--ipv6 30).
"""
import argparse
import json
import os
import shutil
import statistics
import struct
import sys

sys.dont_write_bytecode = True
import measure  # noqa: E402

OURS = "asymcap, 2 threads"
SLICE = 100000      # packets of each file for the slowest
MANY = 200000       # connections at a time, to see what one takes


def peers(asymcap, folder):
    """Name, command, whether it takes one file at a time, whether it has a
    slice only."""
    yield "asymcap, 1 thread", [asymcap, "read", "-q", "--threads", "1",
                                "FILES"], False, False
    yield OURS, [asymcap, "read", "-q", "--threads", "2",
                 "FILES"], False, False
    yield "cat", ["cat", "FILES"], False, False
    yield "tcpdump -w", ["tcpdump", "-r", "FILES", "-w",
                         os.devnull], True, False
    yield "softflowd", ["softflowd", "-r", "FILES", "-d"], True, False
    yield "nfpcapd", ["nfpcapd", "-r", "FILES", "-w", folder], True, False
    yield "argus", ["argus", "-r", "FILES", "-w", os.devnull], True, False
    yield "tcptrace", ["tcptrace", "FILES"], True, False
    yield "tshark -z conv,tcp", ["tshark", "-r", "FILES", "-q", "-z",
                                 "conv,tcp"], True, True


def parse():
    build = os.environ.get("BUILD", "build")
    a = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--packets", type=int, default=6000000,
                   help="a file (6000000)")
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--slow", action="store_true",
                   help="run slow peers (softflowd ...) in every round")
    a.add_argument("--markdown", action="store_true")
    a.add_argument("--asymcap", default=f"{build}/asymcap")
    a.add_argument("--generator", default=f"{build}/tests/generate")
    a.add_argument("--folder", default=build,
                   help="where the captures go, in a folder of their own")
    return a.parse_known_args()


def run(command, files, each):
    """Seconds, peak RSS and peak RssAnon of a program over all files."""
    seconds = rss = anon = 0
    for one in ([f] for f in files) if each else (files,):
        words = [w for c in command
                 for w in (one if c == "FILES" else [c])]
        r = measure.run(words)
        if r.status > 1:
            sys.exit(f"{' '.join(words)}: status {r.status}")
        seconds += r.seconds
        rss, anon = max(rss, r.rss), max(anon, r.anon)
    return seconds, rss, anon


def cut(path, folder, packets):
    """A file of the first packets of a generated one; how many they are."""
    name = os.path.join(folder, "slice-" + os.path.basename(path))
    done = 0
    with open(path, "rb") as whole, open(name, "wb") as out:
        out.write(whole.read(24))
        while done < packets:
            head = whole.read(16)
            if len(head) < 16:
                break
            out.write(head + whole.read(struct.unpack("=8xI4x", head)[0]))
            done += 1
    return name, done


def generate(o, more, packets, prefix):
    """Write captures; their names, and what is known of them."""
    truth = json.loads(measure.generate(
        [o.generator, "--packets", str(packets), "--out", prefix] + more))
    return [f"{prefix}-{i + 1}.pcap"
            for i in range(len(truth["packets"]))], truth


def connection_bytes(o, folder):
    """Memory of a connection: what many at a time take beyond a few."""
    anon = []
    for count in (1, MANY):
        files, _ = generate(o, ["--concurrent", str(count), "--asymmetric",
                                "0"], count * 12, os.path.join(folder, "many"))
        anon.append(run([o.asymcap, "read", "-q", "FILES"], files, False)[2])
        for f in files:
            os.unlink(f)
    return (anon[1] - anon[0]) / MANY


def compare(o, files, packets, folder):
    """Run all programs in turn; print the table."""
    slices, sliced = zip(*(cut(f, folder, SLICE) for f in files))
    programs, absent = [], []
    for p in peers(o.asymcap, folder):
        (programs if shutil.which(p[1][0]) else absent).append(p)
    spent = {p[0]: [] for p in programs}    # ns a packet
    rss, anon = dict.fromkeys(spent, 0), dict.fromkeys(spent, 0)
    for _ in range(o.rounds):
        for name, command, each, part in programs:
            count = sum(sliced) if part else packets
            if spent[name] and not o.slow and \
                    spent[name][0] * count > 20e9:
                continue
            seconds, r, a = run(command, slices if part else files, each)
            spent[name].append(seconds * 1e9 / count)
            rss[name], anon[name] = max(rss[name], r), max(anon[name], a)

    rows = []
    for name, ns in spent.items():
        ratio = statistics.median(n / u for n, u in zip(ns, spent[OURS]))
        median = statistics.median(ns)
        rows.append([name, f"{median:.1f}", f"{1e3 / median:.2f}",
                     f"{ratio:.2f}x", rss[name] >> 20, anon[name] >> 20])
    print()
    measure.table(["program", "ns a packet", "Mpackets/s", "asymcap is",
                   "RSS, MiB", "RssAnon, MiB"], rows, o.markdown)
    print()
    if absent:
        print("Not installed: " + ", ".join(p[0] for p in absent) + ".")
    print(f"\"asymcap is\": so many times as fast, with 2 threads. Peaks of "
          f"memory: asymcap maps\ncaptures, which RSS counts and RssAnon does "
          f"not. tshark: {SLICE} packets of each file.")


def main():
    o, more = parse()
    folder = measure.folder(o.folder)
    try:
        files, truth = generate(o, more, o.packets,
                                os.path.join(folder, "pair"))
        packets = sum(truth["packets"])
        size = sum(os.path.getsize(f) for f in files)
        print(measure.stamp())
        print(measure.machine())
        print(f"{len(files)} files, {packets} packets, {size >> 20} MiB, "
              f"{truth['connections']} connections, "
              f"{truth['asymmetric']} asymmetric")
        compare(o, files, packets, folder)
        print(f"A connection takes {connection_bytes(o, folder):.0f} bytes "
              f"of memory, with {MANY} at a time.")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
