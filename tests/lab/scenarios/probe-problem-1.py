# SPDX-License-Identifier: BSD-3-Clause
"""Problem 1 from outside: somebody connects to the mail server, while
--listen waits for it."""

from flows import MAIL
from probes import Probe
from traffic import TIMEOUT

WORLD = {"inbound_snat": ["er-chicago"]}
CLIENTS = [MAIL.but(count=2, outcome=TIMEOUT)]
ASTRAY = dict(outcome="asymmetric", judged=True, planned=False,
              syn=["internet"], answer_over=["er-chicago"],
              dropped_at="er-chicago", source_hidden=False,
              service="mail-inbound",
              rules=["asymmetric-handshake", "inbound-snat-missing"])
PROBES = [
    Probe("--listen --service mail-inbound --count 2", 1, [ASTRAY] * 2),
    # Nobody comes to sign in: nothing can be said.
    Probe("--listen --service sign-in-inbound --wait 2s", 4),
]
