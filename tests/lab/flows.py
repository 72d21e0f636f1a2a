# SPDX-License-Identifier: BSD-3-Clause
"""The connections of the lab, and what is to become of them.

Each Flow is as in a sound network; a scenario takes it and says with
but() what is different.
"""

import dataclasses

from traffic import OK, PATIENCE, REFUSED, TIMEOUT
from world import HOST, MAIL_PUBLISHED


@dataclasses.dataclass(frozen=True)
class Flow:
    """Some connections of one kind.

    where, source  namespace and addresses (IPv4, IPv6) of the client
    dest, port     what it connects to
    count          how many; every other one is IPv6 if both
    patience       seconds that a client waits, for each step
    outcome        what the client is to experience
    path           class of the connection
    circuits       circuits of the SYN and of the answer, if it matters
    impact         what asymcap says of the handshake; None: it may say anything
    dropped_at     circuit whose edge eats a packet of it
    rules          findings: rule or "rule/reason" -> severity
    untold         it may fail without a finding that says so
    """
    name: str
    where: str
    source: tuple
    dest: tuple
    port: int
    count: int = 8
    both: bool = True
    patience: float = PATIENCE
    outcome: str = OK
    path: str = "symmetric"
    circuits: tuple = None
    impact: str = "working"
    dropped_at: str = None
    rules: dict = dataclasses.field(default_factory=dict)
    untold: bool = False

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    def without(self, rules):
        """The same, to somebody who does not see what these rules tell."""
        left = {rule: severity for rule, severity in self.rules.items()
                if rule not in rules}
        return self.but(rules=left, untold=self.untold or left != self.rules)


def over(circuit):
    return ((circuit,), (circuit,))


EXCHANGE = Flow("exchange", "office", HOST["office"], HOST["exchange"], 443,
                circuits=over("er-chicago"))
SHAREPOINT = Flow("sharepoint", "office", HOST["office"], HOST["sharepoint"],
                  443, circuits=over("er-dallas"))
WEB = Flow("web", "office", HOST["office"], HOST["web"], 443,
           circuits=over("internet"))
MAIL = Flow("mail", "ms", HOST["connector"], MAIL_PUBLISHED, 25,
            circuits=over("internet"))
SIGN_IN = Flow("sign-in", "ms", HOST["connector"], HOST["sign-in"], 443,
               circuits=over("er-chicago"))
SOUND = [EXCHANGE, SHAREPOINT, WEB, MAIL, SIGN_IN]

# Not every connection that fails is a fault of the path.
CLOSED = MAIL.but(name="closed-port", port=587, count=4, outcome=REFUSED,
                  path="refused", impact=None)
NOBODY = EXCHANGE.but(name="no-such-host", count=4, outcome=TIMEOUT,
                      dest=("40.96.0.250", "2603:1006::250"),
                      path="unanswered", circuits=None, impact=None,
                      rules={"unanswered": "info"})
