"""What a learner does well and what would help next, each with the sentence that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from analyses.lexicons import pairs
from analyses.local.growing import Told

Priority = Literal["high", "medium", "low"]
Advice = tuple[str, Priority, Told]
AGAIN = 2  # sentences that show a strength, texts that show a difficulty, at least
SHALLOW, QUIET = 0.3, 0.15  # depth and share of words below which something is recommended
RETELLING = {"experience", "other"}
PROGRESS = "progress"
LIST = "advice"


def strengths(told: Sequence[Told]) -> list[tuple[str, Told]]:
    """What at least two sentences do, the commonest first, each with the clearest of them."""
    found = []
    for kind in pairs(LIST, "strengths"):
        shown = [one for one in told if (one.grows if kind == PROGRESS else one.kind == kind)]
        if len(shown) >= AGAIN:
            found.append((len(shown), kind, max(shown, key=lambda one: (one.chance, one.item))))
    return [(kind, best) for _, kind, best in sorted(found, key=lambda one: -one[0])]


def next_steps(
    told: Sequence[Told], depths: Sequence[float], shares: Sequence[tuple[int, float]], *, sinks: bool
) -> list[Advice]:
    """What the figures and the difficulties ask for, the most pressing first.

    `depths` are those of reflections, `shares` those of conversations by item; `sinks` where the mood falls.
    """
    found: list[Advice] = []
    hard = [one for one in told if one.kind == "difficulty"]
    retold = [one for one in told if one.kind in RETELLING]
    meant = [one for one in told if one.kind == "intention"]
    quiet = {item for item, share in shares if share < QUIET}
    silent = [one for one in told if one.item in quiet]
    if sinks and told:
        found.append(("mood", "high", min(told, key=lambda one: one.feeling)))
    if len({one.item for one in hard}) >= AGAIN:
        found.append(("difficulty", "high", max(hard, key=lambda one: (one.item, one.chance))))
    if depths and retold and sum(depths) / len(depths) < SHALLOW:
        found.append(("depth", "medium", retold[-1]))
    if silent:
        found.append(("participation", "medium", silent[-1]))
    if meant:
        found.append(("intention", "medium", meant[-1]))
    if told and len({one.item for one in told}) <= AGAIN:
        found.append(("more", "low", told[-1]))
    return found
