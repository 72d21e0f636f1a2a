# SPDX-License-Identifier: BSD-3-Clause
"""Servers and clients with real sockets; what a client experiences is noted.

A client connects, asks twice, and is answered twice; then all is well. Every
attempt is kept with its addresses and ports as the client knows them.
"""

import asyncio
import contextlib
import dataclasses
import errno
import socket

ASK = b"x" * 100
DISCARD = 9
PATIENCE = 2.6      # seconds: a SYN, and at least one more

OK, TIMEOUT, REFUSED, RESET, STALLED = (
    "ok", "timeout", "refused", "reset", "stalled")


@dataclasses.dataclass
class Attempt:
    """What one client experienced."""
    flow: str
    src_ip: str
    src_port: int
    dest_ip: str
    dest_port: int
    outcome: str = "unfinished"

    def tuple(self):
        return (self.src_ip, self.src_port, self.dest_ip, self.dest_port)


class Traffic:
    """Sockets of a world."""

    def __init__(self, net):
        self.net = net
        self.servers = []
        self.attempts = []

    def socket(self, where, address, port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.net[where]:
            s = socket.socket(family, socket.SOCK_STREAM)
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.bind((address, port))
        return s

    async def serve(self, where, addresses, ports):
        """Send back what comes, until there is no more."""
        async def answer(reader, writer):
            try:
                while data := await reader.read(4096):
                    writer.write(data)
                    await writer.drain()
            except OSError:
                pass
            finally:
                writer.close()

        for address in addresses:
            for port in ports:
                s = self.socket(where, address, port)
                self.servers.append(await asyncio.start_server(answer, sock=s))

    async def chatter(self, cables):
        """Routers are never silent: something passes on each cable all the
        time, so that a capture without clients is no capture that ended."""
        sockets = []
        for where, address in cables:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with self.net[where]:
                s = socket.socket(family, socket.SOCK_DGRAM)
            s.setblocking(False)
            s.connect((address, DISCARD))
            sockets.append(s)
        try:
            while True:
                for s in sockets:
                    with contextlib.suppress(OSError):
                        s.send(b"chatter")
                await asyncio.sleep(0.1)
        finally:
            for s in sockets:
                s.close()

    def close(self):
        for server in self.servers:
            server.close()

    async def _ask(self, s):
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(s, ASK)
        got = 0
        while got < len(ASK):
            data = await loop.sock_recv(s, len(ASK) - got)
            if not data:
                raise ConnectionResetError(errno.ECONNRESET, "closed")
            got += len(data)

    async def attempt(self, flow, n, talk=0.0):
        """Connect once, for a number n of a flow; then ask twice, or keep
        asking for some seconds (talk).  Return: the attempt."""
        six = n % 2 if flow.both else 0
        loop = asyncio.get_running_loop()
        s = self.socket(flow.where, flow.source[six])
        a = Attempt(flow.name, *s.getsockname()[:2], flow.dest[six],
                    flow.port)
        self.attempts.append(a)
        try:
            await asyncio.wait_for(
                loop.sock_connect(s, (a.dest_ip, a.dest_port)),
                flow.patience)
            try:
                end = loop.time() + talk
                for _ in range(2):
                    await asyncio.wait_for(self._ask(s), flow.patience)
                while loop.time() < end:
                    await asyncio.sleep(0.05)
                    await asyncio.wait_for(self._ask(s), flow.patience)
                a.outcome = OK
            except asyncio.TimeoutError:
                a.outcome = STALLED
        except asyncio.TimeoutError:
            a.outcome = TIMEOUT
        except ConnectionRefusedError:
            a.outcome = REFUSED
        except OSError as e:
            a.outcome = RESET if e.errno == errno.ECONNRESET else str(e)
        finally:
            s.close()
        return a

    async def all(self, flows):
        """All attempts of some flows, ten milliseconds apart."""
        tasks = []
        for n in range(max((flow.count for flow in flows), default=0)):
            for flow in flows:
                if n < flow.count:
                    tasks.append(asyncio.create_task(self.attempt(flow, n)))
                    await asyncio.sleep(0.01)
        return await asyncio.gather(*tasks)
