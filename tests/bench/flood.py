#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a flood does to asymcap: does it still find what is real, how much
memory does it take, how much slower is it?

Generates a flood in which real connections live, half of them asymmetric, and
an ordinary pair of captures; reads both in turn. Ends with status 1 unless
every asymmetric connection was found whose round trip the table outlasts,
none was found that is not there, memory stayed within its bound, and the rate
is not too far below that of the ordinary pair. With --test all kinds of
floods, small, and no look at time and memory.
"""
import argparse
import json
import os
import shutil
import statistics
import sys

sys.dont_write_bytecode = True
import measure  # noqa: E402

KINDS = ("syn", "syn-ack", "ack", "answered")
RATE = 1e6          # packets of the flood a second
RECORD = 90         # bytes of a packet of it in a file
ORDINARY = 106      # bytes of a packet of the ordinary pair
MARGIN = 0.9        # of what the table spans: so long must it remember
FINDING = 512       # bytes of memory that each finding may take


def parse():
    build = os.environ.get("BUILD", "build")
    a = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--flood", type=int, default=50000000,
                   help="packets of it (50000000)")
    a.add_argument("--kind", choices=KINDS, default="syn",
                   help="SYNs; SYN-ACKs; ACKs in mid-connection; SYNs, each "
                   "with an answer (syn)")
    a.add_argument("--lag", type=int, help="answered: answers come after so "
                   "many packets (0.4 of --max-flows)")
    a.add_argument("--isns", type=int, default=0,
                   help="sequence numbers that the flood begins with are one "
                   "of so many: an attacker can choose them (0: any)")
    a.add_argument("--max-flows", type=int, default=100000)
    a.add_argument("--connections", type=int, default=1000)
    a.add_argument("--rtt", type=float, default=20, help="ms (20)")
    a.add_argument("--long-rtt", type=float, default=85,
                   help="ms, of every fifth connection (85)")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--memory", type=int, default=64,
                   help="MiB of peak RssAnon beyond which it fails (64)")
    a.add_argument("--ratio", type=float, default=0.2,
                   help="of the ordinary rate below which it fails (0.2)")
    a.add_argument("--test", action="store_true",
                   help="small floods of all kinds, verdicts only")
    a.add_argument("--asymcap", default=f"{build}/asymcap")
    a.add_argument("--tools", default=f"{build}/tests",
                   help="where flood, generate and micro are")
    a.add_argument("--folder", default=build,
                   help="where the captures go, in a folder of their own")
    return a.parse_args()


def files(prefix):
    return [f"{prefix}-1.pcap", f"{prefix}-2.pcap"]


def write_flood(o, prefix):
    """Write the flood; the truth about its connections."""
    return json.loads(measure.generate([
        f"{o.tools}/flood", "--kind", o.kind, "--flood", str(o.flood),
        "--rate", str(RATE), "--connections", str(o.connections),
        "--lag", str(o.lag or int(o.max_flows * 0.4)),
        "--rtt", str(o.rtt), "--long-rtt", str(o.long_rtt),
        "--every", str(min(3000, o.flood / RATE * 1000 / 20)),
        "--isns", str(o.isns), "--seed", str(o.seed), "--out", prefix]))


def read(o, prefix):
    r = measure.run([o.asymcap, "read", "-q", "--format", "json",
                     "--max-flows", str(o.max_flows)] + files(prefix),
                    keep=True)
    if r.status > 1:
        sys.exit(f"{o.asymcap}: status {r.status}: {r.output[-1000:]}")
    return r


def ends(x):
    return x["src_ip"], x["src_port"], x["dest_ip"], x["dest_port"]


def judge(o, truth, lines):
    """Compare findings with the truth: say it, return what is wrong."""
    told = {ends(x): x for x in lines
            if x.get("rule") == "asymmetric-handshake"}
    flows = {ends(x) for x in lines if x.get("rule") == "asymmetric-flow"}
    real = {ends(c): c for c in truth["connections"]}
    wanted = {e: c for e, c in real.items() if c["asymmetric"]}
    span = (o.max_flows - o.connections) / RATE * 1000
    if o.kind == "answered":    # its answered half goes first, then this
        span /= 2
    due = {e for e, c in wanted.items() if c["rtt_ms"] <= span * MARGIN}
    found = told.keys() & wanted.keys()
    false = told.keys() - wanted.keys()
    strangers = [x for x in lines if "src_ip" in x and ends(x) not in real]
    right = sum((told[e]["impact"] == "broken") == wanted[e]["broken"]
                for e in found)
    evicted = lines[-1]["evicted"]

    print(f"  found:   {len(found)} of {len(wanted)} asymmetric connections; "
          f"{len(found & due)} of the {len(due)} whose answer comes while "
          f"the table remembers the SYN ({span:.3g} ms)")
    print(f"           {len(flows & wanted.keys() - found)} of the others "
          f"as asymmetric-flow; broken or not was right of {right}")
    print(f"  false:   {len(false)} asymmetric; of flood sources: "
          f"{len(strangers)} other findings; evicted: {evicted}")
    wrong = []
    if not due <= found:
        wrong.append(f"{len(due - found)} asymmetric connections not found")
    if flows & due:
        wrong.append(f"{len(flows & due)} had to leave while they were open")
    if false:
        wrong.append(f"{len(false)} found that are not asymmetric, such as "
                     f"{min(false)}")
    return wrong


def table_bytes(o):
    """What a full table takes, by the table's own count."""
    return json.loads(measure.generate(
        [f"{o.tools}/micro", "--table", str(o.max_flows)]))


def measure_flood(o, folder):
    need = o.flood * RECORD * (2 if o.kind == "answered" else 1)
    ordinary = min(6000000, max(o.flood // 4, 100000))
    need += 2 * ordinary * ORDINARY
    share = measure.room(folder, need)
    if share < 1:
        o.flood = int(o.flood * share)
        print(f"The disk has no room for {need >> 20} MiB: a flood of "
              f"{o.flood} instead.")
        if o.flood < 100000:
            sys.exit("That is too small to mean anything.")
    flood = os.path.join(folder, "flood")
    pair = os.path.join(folder, "pair")
    truth = write_flood(o, flood)
    measure.generate([f"{o.tools}/generate", "--packets", str(ordinary),
                      "--out", pair])
    packets = sum(truth["packets"])

    print(measure.stamp())
    print(measure.machine())
    print(f"{o.kind}: {o.flood} sources, {packets} packets, "
          f"{truth['seconds']:.3g} s, {o.connections} connections, "
          f"--max-flows {o.max_flows}")
    rates, ratios, work, anon, quiet = [], [], [], 0, 0
    for n in range(o.rounds):
        r = read(o, flood)
        if not n:
            lines = [json.loads(x) for x in r.output.splitlines()]
        rates.append(packets / r.seconds / 1e6)
        cpu = r.cpu / packets
        anon = max(anon, r.anon)
        r = read(o, pair)
        quiet = max(quiet, r.anon)
        seen = json.loads(r.output.splitlines()[-1])["packets"]
        ratios.append(rates[-1] / (seen / r.seconds / 1e6))
        work.append(r.cpu / seen / cpu)

    wrong = judge(o, truth, lines)
    findings = sum(lines[-1]["findings"].values())
    bound = (o.memory << 20) + findings * FINDING
    table = table_bytes(o)
    print(f"  memory:  peak RssAnon {anon / 2**20:.1f} MiB, bound "
          f"{bound / 2**20:.1f} ({o.memory}, and {FINDING} bytes a finding); "
          f"ordinary pair {quiet / 2**20:.1f}")
    print(f"           the table alone, full of SYNs: "
          f"{table['full'] / 2**20:.1f} MiB, empty {table['empty'] / 2**20:.1f}")
    ratio = statistics.median(ratios)
    print(f"  rate:    {statistics.median(rates):.2f} Mpackets/s, "
          f"{ratio:.2f} of that of the ordinary pair (rounds: "
          f"{', '.join(f'{x:.2f}' for x in ratios)}); by processor time "
          f"{statistics.median(work):.2f}")
    if anon > bound:
        wrong.append("memory beyond its bound")
    if ratio < o.ratio:
        wrong.append(f"slower than {o.ratio} of the ordinary rate")
    for w in wrong:
        print(f"  FAILED:  {w}")
    return not wrong


def test(o, folder):
    """The small floods: the round trips are a fraction of what the table
    spans, as they are in the large ones."""
    o.flood, o.max_flows, o.connections = 200000, 1000, 50
    o.rtt, o.long_rtt = 0.2, 0.4
    failed = 0
    for o.kind in KINDS:
        prefix = os.path.join(folder, o.kind)
        print(f"{o.kind}:")
        truth = write_flood(o, prefix)
        lines = [json.loads(x) for x in read(o, prefix).output.splitlines()]
        wrong = judge(o, truth, lines)
        for w in wrong:
            print(f"  FAILED:  {w}")
        failed += bool(wrong)
    print(f"flood: {len(KINDS) - failed} passed, {failed} failed")
    return not failed


def main():
    o = parse()
    folder = measure.folder(o.folder)
    try:
        good = test(o, folder) if o.test else measure_flood(o, folder)
    finally:
        shutil.rmtree(folder)
    sys.exit(not good)


if __name__ == "__main__":
    main()
