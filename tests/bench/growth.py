#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How the cost of a packet grows: with packets, connections at a time, taps,
findings, and what the site file plans.

Each table varies one of them. Its rows are read in turn, several rounds; a
ratio is taken within a round, to the first row, and medians are told, with the
peak of RssAnon. Nothing here passes or fails. A row whose captures the disk
has no room for is left out, and that is said.
"""
import argparse
import json
import os
import shutil
import statistics
import sys

sys.dont_write_bytecode = True
import measure  # noqa: E402

RECORD = 106        # bytes of a packet in a file
LIVES = 11.2        # packets of a connection
TABLES = ("packets", "connections", "taps", "findings", "plan")
NO_SITE, CIRCUITS = -1, 0   # services in the plan, or less than any
SITE = """remote: [40.0.0.0/8]
circuits:
  a: {kind: internet, taps: [{file: "*-1.pcap"}]}
  b: {kind: expressroute, taps: [{file: "*-2.pcap"}]}
services:
"""
SERVICE = ("  - {name: s%d, direction: outbound, remote: [40.%d.%d.0/24], "
           "ports: [443], circuits: [a, b]}\n")


def parse():
    build = os.environ.get("BUILD", "build")
    a = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--quick", action="store_true",
                   help="less of everything, in about two minutes")
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--threads", type=int, default=1,
                   help="1, so that all the work counts (1)")
    a.add_argument("--table", choices=TABLES, action="append",
                   help="only this one; may be repeated")
    a.add_argument("--markdown", action="store_true")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--asymcap", default=f"{build}/asymcap")
    a.add_argument("--generator", default=f"{build}/tests/generate")
    a.add_argument("--folder", default=build,
                   help="where the captures go, in a folder of their own")
    return a.parse_args()


def rows(table, quick):
    """Name of each row, packets of all files, options of the generator."""
    million = 1000000
    size = 2 * million if quick else 12 * million
    if table == "packets":
        for n in (0.2, 1, 5) if quick else (1, 10, 100):
            yield f"{n:g} M packets", int(n * million), {}
    elif table == "connections":
        for n in (20000, 100000) if quick else (20000, 100000, million,
                                                4 * million):
            # twice as many connections as are open at a time, at least
            yield (f"{n:,} at a time", max(size, int(n * LIVES)),
                   {"concurrent": n})
    elif table == "taps":
        for n in (2, 8, 64):
            yield f"{n} files", size, {"circuits": n}
    elif table == "plan":
        for name, n in (("no site file", NO_SITE), ("circuits", CIRCUITS),
                        ("and 12 services", 12),
                        ("and 1,000 services", 1000)):
            yield name, size, {"plan": n}
    else:
        for percent in (0, 1, 10, 100):
            yield f"{percent} % asymmetric", size, {"asymmetric": percent}


def generate(o, folder, number, packets, options):
    """Write a row's captures; the files, and what is known of them."""
    prefix = os.path.join(folder, f"row{number}")
    circuits = options.get("circuits", 2)
    words = [o.generator, "--packets", str(packets // circuits),
             "--seed", str(o.seed), "--out", prefix]
    for name, value in options.items():
        if name != "plan":
            words += [f"--{name}", str(value)]
    truth = json.loads(measure.generate(words))
    return [f"{prefix}-{i + 1}.pcap" for i in range(circuits)], truth


def site(folder, services):
    """The options that name a site file with so many services"""
    if services == NO_SITE:
        return []
    path = os.path.join(folder, f"site{services}.yaml")
    with open(path, "w", encoding="ascii") as f:
        f.write(SITE if services else SITE.replace("services:\n", ""))
        for i in range(services):
            f.write(SERVICE % (i, 96 + i // 250, i % 250))
    return ["-c", path]


def read(o, files, concurrent, plan):
    words = [o.asymcap, "read", "-q", "--threads", str(o.threads),
             "--max-flows", str(max(1000000, 2 * concurrent))] + plan + files
    r = measure.run(words)
    if r.status > 1:
        sys.exit(f"{o.asymcap}: status {r.status}")
    return r


def grow(o, table, folder):
    written, absent = [], []
    for number, (name, packets, options) in enumerate(rows(table, o.quick)):
        if measure.room(folder, packets * RECORD) < 1:
            absent.append(name)
            continue
        files, truth = generate(o, folder, number, packets, options)
        written.append((name, files, truth, options.get("concurrent", 20000),
                        site(folder, options.get("plan", NO_SITE))))
    nanoseconds, anon = [[] for _ in written], [0] * len(written)
    for _ in range(o.rounds):
        for i, (name, files, truth, concurrent, plan) in enumerate(written):
            r = read(o, files, concurrent, plan)
            nanoseconds[i].append(r.seconds * 1e9 / sum(truth["packets"]))
            anon[i] = max(anon[i], r.anon)
    result = []
    for i, (name, _, truth, _, _) in enumerate(written):
        ratio = statistics.median(
            a / b for a, b in zip(nanoseconds[i], nanoseconds[0]))
        result.append([name, f"{sum(truth['packets']) / 1e6:.1f}",
                       f"{truth['connections']}", f"{truth['asymmetric']}",
                       f"{statistics.median(nanoseconds[i]):.1f}",
                       f"{ratio:.2f}", f"{anon[i] / 2**20:.1f}"])
    measure.table([table, "M packets", "connections", "asymmetric",
                   "ns a packet", "ratio", "RssAnon, MiB"], result,
                  o.markdown)
    for name in absent:
        print(f"left out: {name}: the disk has no room")
    print(flush=True)


def main():
    o = parse()
    print(measure.stamp())
    print(f"{measure.machine()}; {o.threads} thread(s), median of "
          f"{o.rounds}\n")
    for table in o.table or TABLES:
        folder = measure.folder(o.folder)
        try:
            grow(o, table, folder)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
