#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make captures for the tests of the command line, and compare reports.

usage: same-packets.py split turns|runs|random PARTS FILE PREFIX
       same-packets.py strip [--taps] <JSON-LINES
       same-packets.py drops IFDROP OSDROP FILE.pcapng
       same-packets.py fanout COUNT EACH FILE.pcapng

split writes the records of a pcap file to PREFIX0.pcap, PREFIX1.pcap ...: each
in turn, in runs, or by chance.  strip takes away what a report says of files:
their names, and the positions of packets in them; with --taps also which
interface or file a tap is, so that layouts compare.  drops writes a handshake,
a SYN that nobody answers and an orphan, and what the interface lost.  fanout
writes COUNT interfaces, one after the other, with EACH handshakes.
"""

import json
import random
import socket
import struct
import sys

MAGIC = (0xa1b2c3d4, 0xa1b23c4d)
EPOCH = 1795374000 * 1000000    # us; 2026-11-22T19:00:00Z
SYN, SYN_ACK, ACK = 0x02, 0x12, 0x10


def records(data):
    """The header of a pcap file, and its records whole."""
    order = "<" if struct.unpack("<I", data[:4])[0] in MAGIC else ">"
    assert struct.unpack(order + "I", data[:4])[0] in MAGIC, "no pcap"
    at, out = 24, []
    while at + 16 <= len(data):
        size = 16 + struct.unpack(order + "I", data[at + 8:at + 12])[0]
        if at + size > len(data):
            break
        out.append(data[at:at + size])
        at += size
    return data[:24], out


def split(mode, parts, path, prefix):
    parts = int(parts)
    with open(path, "rb") as f:
        header, out = records(f.read())
    chance = random.Random(len(out))
    part = {
        "turns": lambda i: i % parts,
        "runs": lambda i: i * parts // len(out),
        "random": lambda i: chance.randrange(parts),
    }[mode]
    to = [bytearray(header) for _ in range(parts)]
    for i, record in enumerate(out):
        to[part(i)] += record
    for i, data in enumerate(to):
        with open("%s%d.pcap" % (prefix, i), "wb") as f:
            f.write(data)


def stripped(value, taps):
    if isinstance(value, list):
        return [stripped(v, taps) for v in value]
    if isinstance(value, dict):
        out = {k: stripped(v, taps) for k, v in value.items()
               if k not in ("file", "packet", "inputs")}
        if taps and out.get("event_type") == "tap":
            # Tags count as bytes; clocks of files tick in units of their own.
            for key in ("bytes", "clock_offset_ns", "clock_samples"):
                out.pop(key, None)
        if taps and out.get("event_type") == "summary":
            out.pop("bytes", None)
        return out
    return value


def strip(*options):
    for line in sys.stdin:
        print(json.dumps(stripped(json.loads(line), "--taps" in options)))


# ------------------------------------------------------------------- packets

def tcp(src, sport, dst, dport, seq, ack, flags):
    """An Ethernet frame; checksums are left out, nobody reads them."""
    return (bytes.fromhex("0200000000010200000000020800") +
            struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 60, 6, 0) +
            socket.inet_aton(src) + socket.inet_aton(dst) +
            struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags,
                        65535, 0, 0))


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def option(code, data):
    return struct.pack("<HH", code, len(data)) + data + bytes(-len(data) % 4)


def section():
    return block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))


def interface(name):
    return block(1, struct.pack("<HHI", 1, 0, 0) + option(2, name.encode()) +
                 option(0, b""))


def packet(interface_id, us, frame):
    t = EPOCH + us
    return block(6, struct.pack("<IIIII", interface_id, t >> 32,
                                t & 0xffffffff, len(frame), len(frame)) +
                 frame)


def handshake(interface_id, us, port):
    a, b = ("40.96.0.10", port), ("203.0.113.25", 25)
    return (packet(interface_id, us, tcp(*a, *b, 100, 0, SYN)) +
            packet(interface_id, us + 1000, tcp(*b, *a, 300, 101, SYN_ACK)) +
            packet(interface_id, us + 2000, tcp(*a, *b, 101, 301, ACK)))


def drops(ifdrop, osdrop, path):
    out = section() + interface("eth0")
    out += handshake(0, 0, 34000)
    out += packet(0, 2000000, tcp("40.96.0.10", 34001, "203.0.113.25", 25,
                                  7, 0, SYN))
    out += packet(0, 3000000, tcp("203.0.113.25", 25, "40.96.0.10", 34002,
                                  9, 8, SYN_ACK))
    out += handshake(0, 9000000, 34003)
    if ifdrop != "-":
        out += block(5, struct.pack("<III", 0, 0, 0) +
                     option(5, struct.pack("<Q", int(ifdrop))) +
                     option(7, struct.pack("<Q", int(osdrop))) +
                     option(0, b""))
    with open(path, "wb") as f:
        f.write(out)


def fanout(count, each, path):
    out = [section()] + [interface("eth%d" % i) for i in range(int(count))]
    for n in range(int(count) * int(each)):
        out.append(handshake(n // int(each), n * 10000, 1024 + n % 64000))
    with open(path, "wb") as f:
        f.write(b"".join(out))


def main(argv):
    tools = {"split": split, "strip": strip, "drops": drops, "fanout": fanout}
    if len(argv) < 2 or argv[1] not in tools:
        sys.exit(__doc__)
    tools[argv[1]](*argv[2:])


if __name__ == "__main__":
    main(sys.argv)
