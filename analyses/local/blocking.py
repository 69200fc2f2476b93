"""Whether a sentence tells of something that keeps people from going on, and how badly."""

from __future__ import annotations

from typing import Literal

from analyses.local.reasons import finder, signs
from analyses.local.words import lowers

Severity = Literal["low", "medium", "high"]
LIST = "blockers"
LEVELS: tuple[Severity, ...] = ("high", "medium", "low")


def severity_of(sentence: str) -> Severity | None:
    """How badly it blocks, by its gravest sign; None where nothing blocks or it is reported as solved.

    What waits and is due soon blocks badly. Signs are taken as they stand: "not received" is one itself.
    """
    words = lowers(sentence)
    if signs(LIST, "(solved)", words):
        return None
    level = next((level for level in LEVELS if any(True for _ in finder(LIST, level).find(words))), None)
    return "high" if level == "medium" and signs(LIST, "(haste)", words) else level
