"""The page: docs/quality.md, made of results alone, so that it says what was measured and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bench.quality.measure import Result

HEAD = """# How good the offline answers are

Made by `make quality`; do not edit. Every figure is of the local analysers, without any language model, on
labelled data of other people that is no part of the product. What was trained learnt from the other half.

- **test half**: rows whose id's SHA-256 is odd (`analyses/training/split.py`): nothing is trained on them.
- **bar**: what is promised. **baseline**: what one who knows less would get on the same rows.
- Metrics are those of `gristmill evaluate`; see [the guide](prompts-and-evaluations.md).
"""
FIGURES = {"auc": "AUC", "f1": "F1", "macro_f1": "macro F1", "micro_f1": "micro F1", "pk": "Pk"}
COLUMNS = ("what", "data", "rows", "split", "figure", "baseline", "ours", "bar")


def page(results: Sequence[Result]) -> str:
    """The whole page in Markdown."""
    parts = [HEAD, _verdict(results)]
    for theme, group in groupby(results, key=lambda one: one.theme):
        parts.append(f"## {theme}\n\n{_table(list(group))}")
    parts.append(_sources(results))
    return "\n".join(parts).rstrip() + "\n"


def number(value: float | None) -> str:
    """Three digits behind the point; a dash for what could not be told."""
    return "–" if value is None else f"{value:.3f}"


def _verdict(results: Sequence[Result]) -> str:
    barred = [one for one in results if one.verdict]
    missed = [one for one in barred if one.verdict == "missed"]
    behind = [one for one in results if _is_behind(one)]
    lines = [f"**{len(barred) - len(missed)} of {len(barred)} bars are met.**"]
    lines += [f"- Missed: {_named(one)} is {number(one.value)}, bar {one.bar:g}." for one in missed]
    lines += [f"- Behind its baseline: {_named(one)}." for one in behind]
    return "\n".join(lines) + "\n"


def _named(one: Result) -> str:
    return f"{one.measure} (`{one.analysis}`, {_figure(one)}, {one.split})"


def _figure(one: Result) -> str:
    return FIGURES.get(one.figure, one.figure)


def _is_behind(one: Result) -> bool:
    if one.value is None or one.baseline_value is None:
        return False
    return one.value > one.baseline_value if one.lower_is_better else one.value < one.baseline_value


def _table(results: Sequence[Result]) -> str:
    rows = [COLUMNS, tuple("---:" if name in ("rows", "ours") else "---" for name in COLUMNS)]
    rows += [_cells(one) for one in results]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _cells(one: Result) -> tuple[str, ...]:
    base = one.baseline if one.baseline_value is None else f"{number(one.baseline_value)} {one.baseline}"
    bar = "" if one.bar is None else f"{'≤' if one.lower_is_better else '≥'} {one.bar:g} {one.verdict}"
    what = f"{one.measure} (`{one.analysis}`)" if one.analysis != "–" else one.measure
    what += f"; {one.note}" if one.note else ""
    return what, one.data, f"{one.rows:,}", one.split, _figure(one), base, f"**{number(one.value)}**", bar


def _sources(results: Sequence[Result]) -> str:
    known = sorted({(one.data, one.licence) for one in results if one.licence != "–"})
    lines = [f"| {data} | {licence} |" for data, licence in known]
    return "\n".join(["## Data and licences", "", "| data | licence |", "| --- | --- |", *lines])
