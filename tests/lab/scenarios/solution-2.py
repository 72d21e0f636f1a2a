# SPDX-License-Identifier: BSD-3-Clause
"""Solution 2: the routes of problem 2, with source NAT at Chicago."""

from flows import SOUND

WORLD = {"heard": "er-dallas"}
FLOWS = SOUND
