"""The labelled public texts that quality is measured on, and what one measured figure is.

The texts are not part of the product: they are looked for in ../shared (or GRISTMILL_SHARED).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyses import get_analysis
from analyses.training.split import held_out

DATA = Path(os.environ.get("GRISTMILL_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
Row = dict[str, Any]
PARTS = {"all": {True, False}, "tuned": {False}, "held out": {True}}


@dataclass(frozen=True)
class Figure:
    """One measured figure; `value` is None where the reason in `note` kept it from being measured."""

    analysis: str
    measure: str
    count: int
    value: float | None
    note: str


def rows(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def parts(name: str) -> Iterator[tuple[str, list[Row]]]:
    """All rows of a file, those it was tuned on, and those held out."""
    everything = rows(name)
    for part, wanted in PARTS.items():
        yield part, [row for row in everything if held_out(row["id"]) in wanted]


def answered(analysis: str, row: Mapping[str, Any]) -> Any:
    """The local answer about one row."""
    one = get_analysis(analysis)
    return one.local(one.parse_content(row))
