"""The seed of a run's faults: printed first, and repeated by `FAULT_SEED=N make faults`."""

from __future__ import annotations

import os
import random
import secrets

SEED = int(os.environ.get("FAULT_SEED") or secrets.randbelow(1_000_000))
SMOKE = bool(os.environ.get("FAULT_SMOKE"))  # small numbers: that everything fires, not for how long it holds


def chance(name: str) -> random.Random:
    """The run's own dice for the test of this name."""
    return random.Random(f"{SEED} {name}")
