"""What a measure is: rows of a labelled file, what an analysis finds in them, a metric, a bar, a baseline."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from analyses import get_analysis
from analyses.evaluation import figures_of, get_metric
from analyses.training.split import held_out

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("GRISTMILL_SHARED", ROOT.parent / "shared")) / "data"

Row = dict[str, Any]
HELD_OUT = "test half"
ALL = "all rows"


@dataclass(frozen=True)
class Case:
    """One thing to be judged: the content an analysis gets, its gold label, and the row it is of."""

    content: Row
    gold: Any
    row: Row


Cases = Sequence[Case]
Baseline = Callable[[Cases, Cases], list[Any]]
"""What somebody who knows less would find in the first cases, having seen the second (the other half)."""


@dataclass(frozen=True)
class Result:
    """A measured figure beside its bar and its baseline; `value` is None where it could not be measured."""

    theme: str
    measure: str
    analysis: str
    data: str
    licence: str
    rows: int
    split: str
    figure: str
    baseline: str
    baseline_value: float | None
    value: float | None
    bar: float | None = None
    lower_is_better: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """met or missed; empty where there is no bar or no figure."""
        if self.bar is None or self.value is None:
            return ""
        is_met = self.value <= self.bar if self.lower_is_better else self.value >= self.bar
        return "met" if is_met else "missed"


@dataclass(frozen=True)
class Measure:
    """An entry of the table. `cases` makes cases of a row, `found` what is compared out of an answer."""

    theme: str
    name: str
    analysis: str
    files: tuple[str, ...]
    data: str
    metric: str
    figure: str
    cases: Callable[[Row], Iterable[Case]]
    found: Callable[[Any], Any]
    baseline: tuple[str, Baseline]
    bar: float | None = None
    note: str = ""
    split: str = HELD_OUT
    licence: str = ""  # in place of those that the rows name
    takes: Callable[[Row], bool] = field(default=lambda row: True)

    def run(self) -> list[Result]:
        """Raises FileNotFoundError without the data."""
        rows = [row for file in self.files for row in rows_of(file) if self.takes(row)]
        of_test = self.split != HELD_OUT
        measured = [row for row in rows if of_test or held_out(str(row["id"]))]
        others = [row for row in rows if not held_out(str(row["id"]))]
        cases, seen = self._cases(measured), self._cases(others)
        name, guess = self.baseline
        result = Result(
            theme=self.theme,
            measure=self.name,
            analysis=self.analysis,
            data=self.data,
            licence=self.licence or licences(rows),
            rows=len(cases),
            split=self.split,
            figure=self.figure,
            baseline=name,
            baseline_value=self._figure(cases, guess(cases, seen)),
            value=self._figure(cases, [self.found(answered(self.analysis, case)) for case in cases]),
            bar=self.bar,
            lower_is_better=get_metric(self.metric).lower_is_better,
            note=self.note,
        )
        return [result]

    def _cases(self, rows: Iterable[Row]) -> list[Case]:
        return [case for row in rows for case in self.cases(row)]

    def _figure(self, cases: Cases, found: Sequence[Any]) -> float | None:
        metric = get_metric(self.metric)
        outcomes = [metric.outcome(case.gold, one) for case, one in zip(cases, found, strict=True)]
        return figures_of(metric, outcomes).get(self.figure)


@dataclass(frozen=True)
class Special:
    """An entry that is computed in a way of its own; it may have several results."""

    theme: str
    name: str
    analysis: str
    measure: Callable[[], list[Result]]

    def run(self) -> list[Result]:
        """Raises FileNotFoundError without the data."""
        return self.measure()


@cache
def rows_of(file: str) -> list[Row]:
    """The rows of a file under the data; split on "\\n" alone, for texts hold other ends of lines."""
    with (DATA / file).open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def answered(analysis: str, case: Case) -> Any:
    """What the local analyser answers."""
    known = get_analysis(analysis)
    return known.local(known.parse_content(case.content))


def single(gold: Callable[[Row], Any]) -> Callable[[Row], list[Case]]:
    """One case of a row, whose content is the row itself, less its label."""

    def cases(row: Row) -> list[Case]:
        content = {key: value for key, value in row.items() if key not in ("id", "label")}
        return [Case(content, gold(row), row)]

    return cases


def licences(rows: Iterable[Row]) -> str:
    """The licences of these rows, as recorded in them."""
    return ", ".join(sorted({str(row["licence"]) for row in rows}))
