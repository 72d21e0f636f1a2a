#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What asymcap watch loses at the highest rate, beside tcpdump.

Generated connections are sent through veth pairs in a network namespace of its
own, as fast as that goes, while either asymcap watches or tcpdump writes to
/dev/null, in turns, several rounds: with the same filter, the same snap length
and the same buffer. Both say how many packets they had and how many the
kernel dropped; what is sent faster than veth carries is neither's. tcpdump
takes one interface, so there is one of it for each.
"""
import argparse
import ast
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import measure  # noqa: E402
import netns  # noqa: E402

SOURCE = "src/capture/live.c"
SNAPLEN = 256


def parse():
    build = os.environ.get("BUILD", "build")
    a = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--seconds", type=float, default=10, help="of each (10)")
    a.add_argument("--rate", type=float, help="packets a second "
                   "(as many as go)")
    a.add_argument("--buffer", type=int, default=64,
                   help="MiB for each interface (64)")
    a.add_argument("--interfaces", type=int, default=2, choices=(1, 2))
    a.add_argument("--packets", type=int, default=100000,
                   help="a round of connections and interface (100000)")
    a.add_argument("--markdown", action="store_true")
    a.add_argument("--asymcap", default=f"{build}/asymcap")
    a.add_argument("--tools", default=f"{build}/tests")
    a.add_argument("--folder", default=build)
    return a.parse_args()


def default_filter():
    """What watch gives the kernel, from its source."""
    with open(SOURCE, encoding="utf-8") as f:
        text = f.read()
    begin = text.index("#define PURE_ACK_4")
    end = text.index("\n", text.index("#define FILTER_TAGGED"))
    r = subprocess.run([os.environ.get("CC", "cc"), "-E", "-P", "-"],
                       input=text[begin:end] + "\nFILTER_TAGGED\n", text=True,
                       capture_output=True, check=True)
    return ast.literal_eval(f"({r.stdout.strip()})")


def wait_for(stream, text):
    for line in stream:
        if text in line:
            return
    sys.exit(f"live: ended without '{text}'")


class Asymcap:
    """watch on all interfaces"""

    name = "asymcap watch"

    def __init__(self, o, ports, everything):
        self.p = subprocess.Popen(
            [o.asymcap, "watch", "-v", "--format", "json", "-o", o.out,
             "--buffer", str(o.buffer)] + ["--all"] * everything + ports,
            stderr=subprocess.PIPE, text=True)
        self.out = o.out
        wait_for(self.p.stderr, "watching")

    def finish(self):
        """Packets, drops, processor seconds"""
        self.p.send_signal(signal.SIGTERM)
        self.p.stderr.read()
        _, _, usage = os.wait4(self.p.pid, 0)
        self.p.returncode = 0
        with open(self.out, encoding="utf-8") as f:
            events = [json.loads(line) for line in f]
        os.unlink(self.out)
        drops = sum(e["drops"] or 0 for e in events
                    if e["event_type"] == "tap")
        return events[-1]["packets"], drops, usage.ru_utime + usage.ru_stime


class Tcpdump:
    """One for each interface"""

    name = "tcpdump -w /dev/null"

    def __init__(self, o, ports, everything):
        self.all = []
        for port in ports:
            p = subprocess.Popen(
                ["tcpdump", "-i", port, "-n", "-s", str(SNAPLEN), "-B",
                 str(o.buffer << 10), "-w", os.devnull] +
                [o.filter] * (not everything),
                stderr=subprocess.PIPE, text=True)
            wait_for(p.stderr, "listening on")
            self.all.append(p)

    def finish(self):
        packets = drops = cpu = 0
        for p in self.all:
            p.send_signal(signal.SIGINT)
            said = p.stderr.read()
            _, _, usage = os.wait4(p.pid, 0)
            p.returncode = 0
            cpu += usage.ru_utime + usage.ru_stime
            packets += int(re.search(r"(\d+) packets? captured", said)[1])
            drops += sum(int(n) for n in re.findall(
                r"(\d+) packets? dropped by", said))
        return packets, drops, cpu


class Nobody:
    """How much veth carries when nobody listens"""

    name = "nobody"

    def __init__(self, *_):
        pass

    @staticmethod
    def finish():
        return 0, 0, 0.0


def one(o, who, ports, files, everything):
    """Packets a second sent; of those seen, the share that was dropped; ns of
    processor a packet"""
    listener = who(o, ports, everything)
    words = [f"{o.tools}/replay", "--seconds", str(o.seconds)]
    words += ["--rate", str(o.rate)] if o.rate else []
    sent = json.loads(measure.generate(
        words + [f"s{p}={f}" for p, f in zip(ports, files)]))
    time.sleep(1)
    packets, drops, cpu = listener.finish()
    seen = packets + drops
    return {"sent": sent["sent"], "rate": sent["sent"] / sent["seconds"],
            "packets": packets, "drops": drops,
            "lost": drops / seen if seen else 0.0,
            "ns": 1e9 * cpu / packets if packets else 0.0}


def compare(o, ports, files, everything):
    got = {who: [] for who in (Nobody, Asymcap, Tcpdump)}
    for n in range(o.rounds):
        order = list(got) if n % 2 == 0 else list(got)[::-1]
        for who in order:
            got[who].append(one(o, who, ports, files, everything))
    rows = []
    for who, all_of in got.items():
        def median(key, runs=all_of):
            return statistics.median(r[key] for r in runs)
        rows.append([who.name, f"{median('rate') / 1e3:.0f}",
                     f"{median('packets'):.0f}", f"{median('drops'):.0f}",
                     f"{100 * median('lost'):.2f}",
                     f"{100 * max(r['lost'] for r in all_of):.2f}",
                     f"{median('ns'):.0f}"])
    print("\n" + ("--all: every packet" if everything
                  else "the default filter") + "\n")
    measure.table(["listener", "sent, k/s", "had", "dropped", "lost, %",
                   "at most, %", "ns of processor"], rows, o.markdown)
    return got


def main():
    why = netns.enter()
    if why:
        print(f"live: skipped: {why}")
        return 0
    o = parse()
    folder = measure.folder(o.folder)
    try:
        ports = [f"p{n}" for n in range(o.interfaces)]
        for name in ports:
            netns.pair(name)
        o.out = os.path.join(folder, "out.jsonl")
        o.filter = default_filter()
        prefix = os.path.join(folder, "pair")
        measure.generate([f"{o.tools}/generate", "--packets", str(o.packets),
                          "--circuits", str(o.interfaces), "--snaplen", "1600",
                          "--out", prefix])
        files = [f"{prefix}-{n + 1}.pcap" for n in range(o.interfaces)]
        print(measure.stamp())
        print(measure.machine())
        print(f"{o.interfaces} interfaces, buffer {o.buffer} MiB each, "
              f"snap length {SNAPLEN}, {o.rounds} rounds of {o.seconds:.0f} s")
        for everything in (False, True):
            compare(o, ports, files, everything)
        print("\nMedians of the rounds; what was sent and neither had nor "
              "dropped did not pass the\nfilter, or veth did not carry it.")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
