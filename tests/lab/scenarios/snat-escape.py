# SPDX-License-Identifier: BSD-3-Clause
"""One office address has no rule for source NAT in Chicago: it leaves as it
is, and Microsoft does not answer. Its other connections go out by Dallas,
where there is a rule."""

from flows import EXCHANGE, SHAREPOINT, SOUND
from traffic import TIMEOUT
from world import HOST

WORLD = {"forgotten": True}
EARLY = 6
FLOWS = SOUND + [
    EXCHANGE.but(name="forgotten-chicago", source=HOST["forgotten"],
                 outcome=TIMEOUT, path="unanswered", impact=None,
                 circuits=(("er-chicago",), ()),
                 rules={"snat-escape/private": "critical",
                        "unanswered": "warning"}),
    SHAREPOINT.but(name="forgotten-dallas", source=HOST["forgotten"]),
]
