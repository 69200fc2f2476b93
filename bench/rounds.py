"""A comparison: every side once in each round, so that what else the machine does falls on all of them."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.ground import Missing, ground

Side = Callable[[], Mapping[str, float | None]]
OURS = "gristmill"


def compare(
    bench: str, kind: str, sides: Mapping[str, Side], rounds: int, figure: str, bar: str, **told: object
) -> dict[str, object]:
    """The medians of all sides, and of the rounds' ratios of `figure`: ours to each of theirs."""
    with ground(kind):
        runs, missing = _play(sides, rounds)
    ours = [run[figure] for run in runs[OURS]]
    return {
        "bench": bench,
        "database": kind,
        "rounds": rounds,
        **told,
        **{side: medians(done) for side, done in runs.items()},
        "ratio": {
            side: ratio(ours, [run[figure] for run in done]) for side, done in runs.items() if side != OURS
        },
        "bar": bar,
        **({"left_out": missing} if missing else {}),
        "load": load(),
    }


def _play(
    sides: Mapping[str, Side], rounds: int
) -> tuple[dict[str, list[Mapping[str, Any]]], dict[str, str]]:
    runs: dict[str, list[Mapping[str, Any]]] = {}
    missing: dict[str, str] = {}
    for _ in range(rounds):
        for name, play in sides.items():
            try:
                runs.setdefault(name, []).append(play())
            except Missing as reason:
                missing[name] = str(reason)
    return {name: done for name, done in runs.items() if done}, missing


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over some rounds."""
    return {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2)


def load() -> float:
    """The machine's load average of the last minute: far above its cores, figures mean less."""
    return round(os.getloadavg()[0], 1)
