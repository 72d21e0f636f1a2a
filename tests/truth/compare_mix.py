#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare the connections of the real-packet mix with its truth table.

usage: compare_mix.py TRUTH.tsv < connections.jsonl

A row of the table speaks of a 5-tuple, which may have carried several
connections; it agrees if one of them has the row's class and interfaces. A
row without a SYN-ACK agrees if no connection of the tuple had one (a RST may
have answered). Rows with SYNs from both sides and rows without a handshake
are not compared.
"""
import collections
import csv
import json
import sys


# Scans whose TCP header claims more bytes than the packet has: no stack takes
# them for a SYN, and asymcap counts them as bad-tcp.
MALFORMED = {
    ("116.90.231.16", "55524", "185.100.143.115", "23"),
    ("116.90.231.16", "57536", "95.130.237.126", "23"),
}


def circuits(names):
    """Interface numbers from circuit names: FILE:NAME, in order of the file."""
    return {name.rsplit(":", 1)[-1] for name in names}


def agrees(row, found, numbers):
    syn, answer = numbers[row["syn_if"]], numbers[row["synack_if"]]
    for c in found:
        has = c["syn_ack"]["flags"] == "syn-ack"
        s = circuits(c["syn"]["circuits"])
        a = circuits(c["syn_ack"]["circuits"])
        if row["class"] == "asym":
            if c["class"] == "asymmetric" and s == {syn} and a == {answer}:
                return True
        elif row["class"] == "sym":
            if c["class"] == "symmetric" and s == a == {syn}:
                return True
        elif row["class"] == "syn_only":
            if s and not has and c["class"] in (
                    "unanswered", "refused", "asymmetric"):
                return True
        elif c["class"] == "orphan-syn-ack" and a == {answer}:
            return True
    return False


def main():
    with open(sys.argv[1], encoding="ascii") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    found = collections.defaultdict(list)
    names = set()
    for line in sys.stdin:
        c = json.loads(line)
        if c["event_type"] != "connection":
            continue
        key = (c["src_ip"], str(c["src_port"]),
               c["dest_ip"], str(c["dest_port"]))
        found[key].append(c)
        names |= circuits(c["syn"]["circuits"])
        names |= circuits(c["syn_ack"]["circuits"])
    numbers = {str(i): name for i, name in enumerate(sorted(names))}
    good = bad = skipped = 0
    for row in rows:
        if row["class"] not in ("asym", "sym", "syn_only", "synack_only"):
            skipped += 1
            continue
        key = (row["client"], row["cport"], row["server"], row["sport"])
        if agrees(row, found[key], numbers) != (key in MALFORMED):
            good += 1
            continue
        bad += 1
        print("differs:", row, [c["class"] for c in found[key]])
    print(f"{skipped} rows without a handshake are not compared")
    print(f"{good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
