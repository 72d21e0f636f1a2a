# SPDX-License-Identifier: BSD-3-Clause
"""A network namespace of one's own, with veth pairs, for what sends packets.

What is sent into the end sNAME of a pair arrives at NAME, where asymcap
watches.
"""
import os
import subprocess
import sys
import urllib.error
import urllib.request

MARK = "ASYMCAP_TEST_NETNS"


def enter():
    """Go on in a new network namespace; None, or why there is none."""
    if os.environ.get(MARK):
        del os.environ[MARK]
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        # No packets of the kernel's own making.
        with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w",
                  encoding="ascii") as f:
            f.write("1")
        return None
    if os.getuid():
        return "making network namespaces needs root"
    test = ["unshare", "-n", "-m", "ip", "link", "add", "test0", "type",
            "veth", "peer", "name", "test1"]
    try:
        subprocess.run(test, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return "no network namespace with a veth pair to be had"
    os.environ[MARK] = "1"
    sys.stdout.flush()
    os.execvp("unshare", ["unshare", "-n", "-m", sys.executable] + sys.argv)


def pair(name):
    """A veth pair NAME and sNAME, both up."""
    subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name",
                    "s" + name], check=True)
    for end in (name, "s" + name):
        subprocess.run(["ip", "link", "set", end, "up"], check=True)


def fetch(port, path="/metrics", host="127.0.0.1"):
    """Status and text of a page."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}{path}",
                                    timeout=20) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


def samples(text):
    """Prometheus text as a dict: name with labels, as written, to value."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line and not line.startswith("#")}
