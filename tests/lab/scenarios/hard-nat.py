# SPDX-License-Identifier: BSD-3-Clause
"""As sound, but little is left by which both sides of a NAT may be known: new
ports for each connection, and no TCP timestamps."""

from flows import CLOSED, NOBODY, SOUND

WORLD = {"hard_nat": True}
FLOWS = SOUND + [CLOSED, NOBODY]
