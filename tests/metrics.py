#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""asymcap watch --metrics: what it serves, against what it reports.

In a network namespace of its own, with the means of watch.py. What Prometheus
thinks of it is asked of promtool, if that is installed.
"""

import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "bench")]
sys.dont_write_bytecode = True
import netns    # noqa: E402
import watch    # noqa: E402
from watch import (ACK, DEADLINE, FIN, PUSH, SYN, SYN_ACK,  # noqa: E402
                   broken, segment, send, sh, tcp_frame, wait_until)

PORT = 9469
SHIPPED = os.path.join(HERE, "..", "src", "report")
HOSTILE = 'in"t\\e\nr'
skipped = []


def start(*args, where=str(PORT), **kwargs):
    """A watch that has something to tell"""
    w = watch.Watch("--metrics", where, *args, **kwargs)
    host = where.rpartition(":")[0] or "127.0.0.1"
    wait_until(lambda: netns.fetch(PORT, host=host)[0] == 200)
    return w


def end(w, *statuses):
    """All events; a sanitizer has a status of its own"""
    events, status = w.finish()
    assert status in (statuses or (0, 1, 4)), status
    return events


def scrape():
    status, text = netns.fetch(PORT)
    assert status == 200, (status, text)
    return netns.samples(text)


def once(name, value):
    """Samples, once one of them is what it should be"""
    wait_until(lambda: scrape().get(name) == value)
    return scrape()


def total(samples, name, *labels):
    return sum(v for k, v in samples.items() if k.startswith(name + "{") and
               all(label in k for label in labels))


def promtool(*words, text=None):
    """What promtool has to say, or None if it is not there"""
    if not shutil.which("promtool"):
        if "promtool" not in skipped:
            skipped.append("promtool")
            print("metrics: promtool skipped: not installed")
        return
    r = subprocess.run(["promtool", *words], input=text, text=True,
                       capture_output=True, timeout=DEADLINE, check=False)
    assert r.returncode == 0 and "FAILED" not in r.stdout + r.stderr, r


def symmetric(interface, port, rtt=0.0):
    send(interface, segment(port, SYN, 100))
    time.sleep(rtt)
    send(interface, segment(port, SYN_ACK, 500, 101, True),
         segment(port, ACK, 101, 501), segment(port, FIN, 101, 501),
         segment(port, FIN, 501, 102, True), segment(port, ACK, 102, 502))


def equal_to_the_summary(_folder):
    """Every number that both tell, with names that would break a label"""
    w = start("--all", "--flows", ports=(HOSTILE + "=p0", "er=p1"))
    for port in range(1, 6):
        symmetric("p0", port, rtt=.06)
    symmetric("p1", 10)
    send("p0", segment(20, SYN, 100))
    send("p1", segment(20, SYN_ACK, 500, 101, True))
    send("p0", segment(20, ACK, 101, 501), segment(20, FIN, 101, 501))
    send("p1", segment(20, FIN, 501, 102, True))
    send("p0", segment(20, ACK, 102, 502), b"\xff" * 12 + b"\x08\x06" +
         b"\0" * 28, tcp_frame(6, 0, False, 30, PUSH, 1, 1, b"hello"))
    w.wait_for('"asymmetric-handshake"')
    wait_until(lambda: total(scrape(), "asymcap_connections_total") >= 6)
    time.sleep(2)
    got = scrape()
    status, text = netns.fetch(PORT)
    promtool("check", "metrics", text=text)
    events = end(w)
    s = events[-1]
    label = 'circuit="in\\"t\\\\e\\nr"'
    for name, value in (("packets", s["packets"]), ("bytes", s["bytes"])):
        assert total(got, "asymcap_interface_%s_total" % name) == value, name
    assert got["asymcap_tcp_packets_total"] == s["tcp_packets"]
    assert total(got, "asymcap_undecoded_packets_total") == \
        sum(s["undecoded"].values()) == 1, s
    assert got['asymcap_undecoded_packets_total{interface="p0",'
               'reason="arp"}'] == 1
    for tap in (e for e in events if e["event_type"] == "tap"):
        which = ",circuit=" + json.dumps(tap["circuit"]) + "}"
        for name, key in (("tcp_packets", "tcp_packets"), ("bytes", "bytes"),
                          ("syns", "syns"), ("syn_acks", "syn_acks")):
            assert total(got, "asymcap_tap_%s_total" % name, which) == \
                tap[key] > 0, (name, tap)
    # The last one, without a handshake, is counted when it is over.
    for c in ("symmetric", "asymmetric", "unanswered"):
        assert total(got, "asymcap_connections_total",
                     'class="%s"' % c) == s["connections"][c], (c, s)
    assert got["asymcap_connections_total{class=\"asymmetric\","
               "impact=\"working\",syn_%s,answer_circuit=\"er\"}" % label] == 1
    for severity, n in s["findings"].items():
        assert total(got, "asymcap_findings_total",
                     'severity="%s"' % severity) == n
    rtts = [e["rtt_us"] / 1e6 for e in events
            if e["event_type"] == "connection" and e.get("rtt_us") is not None
            and e["syn"]["circuits"] == [HOSTILE]
            and e["class"] == "symmetric"]
    name = "asymcap_handshake_rtt_seconds"
    assert len(rtts) == 5, rtts
    assert got["%s_count{%s}" % (name, label)] >= 5, got
    under = got['%s_bucket{%s,le="0.05"}' % (name, label)]
    assert got["%s_count{%s}" % (name, label)] - under >= 5, under
    assert got['asymcap_interface_up{interface="p0"}'] == 1
    assert got["asymcap_flow_table_max_flows"] == 1000000
    assert 0 <= got["asymcap_capture_lag_seconds"] < DEADLINE
    assert abs(time.time() - got["process_start_time_seconds"]) < 10 * DEADLINE
    assert got["process_resident_memory_bytes"] > 1 << 20
    assert 3 < got["process_open_fds"] < 64


def nothing_of_strangers(_folder):
    """However many addresses send, there are as many series as before"""
    w = start(where="[::1]:%d" % PORT)
    first = netns.fetch(PORT, host="[::1]")[1].count("\n")
    for port in range(1, 300):
        send("p0", segment(port, SYN, port))
    time.sleep(3)
    text = netns.fetch(PORT, host="[::1]")[1]
    assert "198.18." not in text and "203.0.113." not in text
    assert text.count("\n") <= first + 20, (first, text.count("\n"))
    end(w)


def losses(_folder):
    """What the kernel dropped, as the taps say it"""
    w = start("--all")
    send("p0", segment(1, SYN, 100))
    w.process.send_signal(watch.signal.SIGSTOP)
    padding = b"x" * 1300
    send("p0", *(tcp_frame(4, 0, False, 9, ACK, n, 501, padding)
                 for n in range(40000)))
    w.process.send_signal(watch.signal.SIGCONT)
    name = 'asymcap_interface_dropped_packets_total{interface="p%d",' \
        'reason="kernel"}'
    wait_until(lambda: scrape()[name % 0] > 0)
    time.sleep(2)
    got = scrape()
    events = end(w)
    taps = {e["tap"]: e for e in events if e["event_type"] == "tap"}
    assert got[name % 0] == taps["internet"]["drops"], taps
    assert got[name % 1] == 0, got[name % 1]


def lost_output(_folder):
    """Lines and packets that a full disk has no room for"""
    w = start("-o", "/dev/full", "--write", "/dev/full")
    once("asymcap_output_lost_lines_total", 0)
    once("asymcap_output_lost_packets_total", 0)
    broken(1)
    once("asymcap_output_lost_lines_total", 1)
    once("asymcap_output_lost_packets_total", 3)
    end(w, 3)


def health(_folder):
    """503 while the loop hangs, or no interface is there"""
    w = start("-o", "/dev/null")
    assert netns.fetch(PORT, "/healthz") == (200, "ok\n")
    for name in ("p0", "p1"):
        sh("ip", "link", "set", "s" + name, "down")
    wait_until(lambda: netns.fetch(PORT, "/healthz")[0] == 503)
    assert "no interface is up" in netns.fetch(PORT, "/healthz")[1]
    assert scrape()['asymcap_interface_up{interface="p1"}'] == 0
    for name in ("p0", "p1"):
        sh("ip", "link", "set", "s" + name, "up")
    wait_until(lambda: netns.fetch(PORT, "/healthz")[0] == 200)
    end(w)


def hangs(_folder):
    """Somebody who does not read what he asked for"""
    rd, wr = os.pipe()
    p = subprocess.Popen([watch.ASYMCAP, "watch", "--format", "json",
                          "--metrics", str(PORT), "--buffer", "4", "a=p0",
                          "b=p1"], stdout=wr, stderr=subprocess.DEVNULL)
    try:
        wait_until(answers)
        for port in range(1, 200):
            send("p0", segment(port, SYN, 100))
            send("p1", segment(port, SYN_ACK, 500, 101, True))
            send("p0", segment(port, ACK, 101, 501))
        wait_until(lambda: netns.fetch(PORT, "/healthz")[0] == 503)
        said = netns.fetch(PORT, "/healthz")[1]
        assert re.match(r"hangs: no packets were taken for \d+ s\n", said)
        before = scrape()["asymcap_snapshot_timestamp_seconds"]
        assert time.time() - before > 4, before
        threading.Thread(target=drain, args=(rd,), daemon=True).start()
        wait_until(answers)
    finally:
        p.kill()
        p.wait()
        os.close(wr)


def drain(fd):
    while os.read(fd, 1 << 16):
        pass
    os.close(fd)


def answers():
    try:
        return netns.fetch(PORT, "/healthz")[0] == 200
    except OSError:
        return False


def ask(request):
    """All that comes back for these bytes"""
    with socket.create_connection(("127.0.0.1", PORT), DEADLINE) as s:
        got = b""
        try:
            s.sendall(request)
            s.shutdown(socket.SHUT_WR)
            while part := s.recv(65536):
                got += part
        except OSError:     # it had enough
            pass
        return got


def only_what_is_asked(_folder):
    """No method but GET, no body, no other page; garbage does no harm"""
    w = start()
    rows = [
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
         200),
        (b"GET /metrics?x=1 HTTP/1.0\r\n\r\n", 200),
        (b"GET / HTTP/1.0\r\n\r\n", 404),
        (b"GET /metrics/../../etc/passwd HTTP/1.0\r\n\r\n", 404),
        (b"GET /%00metrics HTTP/1.0\r\n\r\n", 404),
        (b"PUT /metrics HTTP/1.0\r\n\r\n", 405),
        (b"DELETE /healthz HTTP/1.0\r\n\r\n", 405),
        (b"GET /metrics HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", 0),
        (b"GET /metrics HTTP/1.0\r\nX: " + b"y" * 65536 + b"\r\n\r\n",
         None),
        (b"\0\xff" * 5000, None),
        (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", None),
        (b"", 0),
    ]
    for request, want in rows:
        got = ask(request)
        status = int(got.split()[1]) if got else 0
        # None: refused in whichever way
        assert status != 200 if want is None else status == want, \
            (request[:40], got[:200])
    assert scrape()
    end(w)


def get(path="/healthz"):
    """Status, and how long that took, on a new connection"""
    begin = time.monotonic()
    status = netns.fetch(PORT, path)[0]
    return status, time.monotonic() - begin


def connect():
    return socket.create_connection(("127.0.0.1", PORT), DEADLINE)


def drip(crowd, stop):
    """A byte a second, of a request that never ends"""
    n = 0
    while not stop.wait(1):
        for s in crowd:
            try:
                s.sendall(b"GET /metrics HTTP/1.1\r\nX: "[n:n + 1] or b"y")
            except OSError:     # it was sent away
                pass
        n += 1


def deaf():
    """Somebody who asks for much, and reads nothing"""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    s.connect(("127.0.0.1", PORT))
    s.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 50)
    return s


def crowds(_folder):
    """Who is idle, slow or deaf keeps nobody out, and finds are made"""
    w = start()
    before = scrape()
    stop = threading.Event()
    for kind, people in (("idle", [connect() for _ in range(300)]),
                         ("deaf", [deaf() for _ in range(60)]),
                         ("slow", [connect() for _ in range(60)])):
        if kind == "slow":
            t = threading.Thread(target=drip, args=(people, stop))
            t.start()
            time.sleep(3)
        for path in ("/healthz", "/metrics"):
            status, took = get(path)
            # Who waits for others to be let go waits for ten seconds.
            assert status == 200 and took < 4, (kind, path, took)
        after = scrape()
        for name, more in (("process_open_fds", 40),
                           ("process_resident_memory_bytes", 64 << 20)):
            assert after[name] < before[name] + more, (kind, name, after[name])
        if kind == "slow":
            stop.set()
            t.join()
        for s in people:
            s.close()
    broken(1)
    w.wait_for('"asymmetric-handshake"')
    wait_until(lambda: scrape()["process_open_fds"] <=
               before["process_open_fds"] + 1)
    end(w)


def any_port(_folder):
    """A port that the kernel chose is told, however quiet"""
    for host, at in (("127.0.0.1", "0"), ("127.0.0.1", "127.0.0.1:0"),
                     ("[::1]", "[::1]:0")):
        p = subprocess.Popen([watch.ASYMCAP, "watch", "-q", "--metrics", at,
                              "-o", "/dev/null", "a=p0"], text=True,
                             stderr=subprocess.PIPE)
        try:
            line = p.stderr.readline()
            m = re.fullmatch(r"asymcap: metrics at http://(.*):(\d+)/metrics\n",
                             line)
            assert m and m[1] == host, line
            wait_until(lambda: netns.fetch(m[2], host=host)[0] == 200)
        finally:
            p.terminate()
            rest = p.stderr.read()
            p.wait()
            p.stderr.close()
        assert not rest, rest


def refused(folder):
    """Wrong, busy or foreign: one line, and nothing has begun"""
    log = os.path.join(folder, "log")
    rows = [("x", 2, "it is PORT"), ("localhost:1", 2, "not looked up"),
            ("192.0.2.7:1", 3, "Cannot assign"),
            (str(PORT), 3, "already in use")]
    with socket.create_server(("127.0.0.1", PORT)):
        for where, status, text in rows:
            r = subprocess.run(
                [watch.ASYMCAP, "watch", "--metrics", where, "-o", log, "p0"],
                capture_output=True, text=True, timeout=DEADLINE, check=False)
            assert r.returncode == status, r
            assert text in r.stderr and r.stderr.count("\n") == 1, r
            assert not os.path.exists(log)
    r = subprocess.run([watch.ASYMCAP, "read", "--metrics", "1", "a.pcap"],
                       capture_output=True, text=True, check=False)
    assert r.returncode == 2 and "only 'asymcap watch'" in r.stderr, r


def families(text):
    return set(re.findall(r"^# TYPE (\S+) ", text, re.M))


def shipped(folder):
    """Rules and dashboard are right, and name what is there"""
    w = start()
    text = netns.fetch(PORT)[1]
    end(w)
    there = families(text) | {"up"}
    alerts = os.path.join(SHIPPED, "asymcap.alerts.yaml")
    board = os.path.join(SHIPPED, "asymcap.dashboard.json")
    promtool("check", "rules", alerts)
    promtool("test", "rules", os.path.join(HERE, "alerts-test.yaml"))
    with open(board, encoding="utf-8") as f:
        panels = json.load(f)["panels"]
    asked = [t["expr"] for p in panels for t in p.get("targets", [])]
    with open(alerts, encoding="utf-8") as f:
        asked += re.findall(r"^ +expr: (.*(?:\n {12,}.*)*)", f.read(), re.M)
    assert len(asked) > 20, asked
    path = os.path.join(folder, "asked.yaml")
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"groups": [{"name": "asked", "rules": [
            {"record": "asked:%d" % n, "expr": re.sub(
                r"\$__\w+", "5m", " ".join(e.split()))}
            for n, e in enumerate(asked) if not e.startswith(">-")]}]}, f)
    promtool("check", "rules", path)
    for expr in asked:
        names = re.findall(r"\b((?:asymcap|process)_\w+|up)\b(?!=)", expr)
        assert names, expr
        for name in names:
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            assert name in there or base in there, name
    used = {re.sub(r"_(bucket|sum|count)$", "", n) for e in asked
            for n in re.findall(r"asymcap_\w+", e)}
    assert len(used) > 20, used


CASES = [equal_to_the_summary, nothing_of_strangers, losses, lost_output,
         health, hangs, only_what_is_asked, crowds, any_port, refused, shipped]


def run_case(case):
    folder = tempfile.mkdtemp()
    try:
        case(folder)
    except queue.Empty:
        return "nothing came within %d s" % DEADLINE
    except (AssertionError, OSError, ValueError, KeyError,
            subprocess.SubprocessError) as e:
        return repr(e)[:3000]
    finally:
        if watch.Watch.now:
            watch.Watch.now.process.kill()
            watch.Watch.now.process.wait()
        shutil.rmtree(folder)
    return None


def main():
    why = netns.enter()
    if why:
        print("metrics: skipped: %s" % why)
        print("metrics: 0 passed, 0 failed, 1 skipped")
        return 0
    failed = 0
    # What a sanitizer says must not pass for "found".
    os.environ.setdefault("ASAN_OPTIONS", "exitcode=99")
    for name in ("p0", "p1"):
        netns.pair(name)
    wanted = sys.argv[1:]
    cases = [c for c in CASES if not wanted or c.__name__ in wanted]
    for case in cases:
        why = run_case(case)
        if why:
            failed += 1
            print("metrics: %s: %s" % (case.__name__, why))
    print("metrics: %d passed, %d failed, %d skipped"
          % (len(cases) - failed, failed, len(skipped)))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
