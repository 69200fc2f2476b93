"""The report: a line for each fault, printed together when the suite has ended."""

from __future__ import annotations

from dataclasses import dataclass

from settings import get_settings
from tests.harness.proof import Proof

HEADINGS = ("fault", "how often it fired", "jobs", "lost", "doubled", "innocents dead", "seconds")
lines: list[tuple[str, ...]] = []


@dataclass(frozen=True)
class Found:
    """What became of the jobs under a fault. A law that is broken is found before it gets here."""

    lost: int = 0
    doubled: int = 0
    dead: int = 0


def found(told: Proof, *, guilty: int = 0) -> Found:
    """The sums of a proof; `guilty` jobs were to fail."""
    return Found(told.open, len(told.doubled), told.states["failed"] - guilty)


def report(fault: str, *, fired: str, jobs: int, seconds: float, became: Found | None = None) -> None:
    """Add a line to the table; the kind of database is told by itself."""
    sums = became or Found()
    kind = "SQLite" if get_settings().is_sqlite else "PostgreSQL"
    told = (sums.lost, sums.doubled, sums.dead)
    lines.append((f"{fault}, {kind}", fired, f"{jobs:,}", *map(str, told), f"{seconds:.0f}"))


def table() -> list[str]:
    """The lines, aligned."""
    rows = [HEADINGS, *lines]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADINGS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
