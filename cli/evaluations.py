"""Runs of evaluations at the terminal: listed, shown, and put side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from analyses.evaluation import confusion, get_metric, label_qualities, pairs_of
from cli.output import NONE, moment, note, print_json, print_table, stdout
from cli.ready import with_database
from models.budgets import usd
from models.database import reading
from models.evaluations import find_run, list_runs

if TYPE_CHECKING:
    from analyses.evaluation import Difference

DAY_CHARS = 10  # of a moment
OF_LABELS = ("label", "sign")  # metrics that have a quality for each label, and a confusion
FIELDS = (
    *("id", "name", "analysis", "file_name", "label", "metric", "field", "answerer", "prompt_version"),
    *("schema_version", "rows", "unanswered", "figures", "cost_micro", "saved_micro", "batch_id"),
    "created_at_ms",
)


def list_evaluations(tenant: str, analysis: str | None, *, limit: int, json: bool) -> None:
    """Runs, newest first, each with the figure it is compared by."""
    with_database()
    with reading() as connection:
        found = list_runs(connection, tenant, analysis=analysis, limit=limit)
    if json:
        for row in found:
            print_json(run_fields(row))
        return
    columns = ("run", "analysis", "file", "label", "answered by", "prompt", "rows", "figure", "", "cost")
    print_table((*columns, "when"), [_listed(row) for row in found])
    if not found:
        note("No run is kept; `gristmill evaluate ANALYSIS FILE.jsonl --label FIELD` makes one.")


def show_evaluation(tenant: str, run: str, *, json: bool) -> None:
    """One run with all its figures. Raises NotFound."""
    with_database()
    with reading() as connection:
        row = find_run(connection, tenant, run)
    print_json(run_fields(row) | show_labels(row)) if json else show_run(row)


def compare_evaluations(tenant: str, first: str, others: Sequence[str], *, json: bool) -> None:
    """Each run beside the first, with the difference and how sure it is. Raises NotFound, InvalidInput."""
    with_database()
    from pipelines.evaluations import compare_runs

    compared = [compare_runs(tenant, first, other) for other in others]
    if json:
        for one, other, told in compared:
            print_json({"first": run_fields(one), "second": run_fields(other), "difference": _fields(told)})
        return
    base = compared[0][0]
    from rich.markup import escape

    metric = get_metric(base.metric)
    better = "less is better" if metric.lower_is_better else "more is better"
    what = f"against {base.label} of {base.file_name}, by {metric.about}"
    stdout().print(f"[bold]{escape(base.analysis)}[/] {escape(what)}")
    rows = [(*_beside(base), NONE, "")] + [(*_beside(run), *_told(told)) for _, run, told in compared]
    headline = metric.headline.replace("_", " ")
    print_table(
        ("run", "answered by", "prompt", "rows", headline, "cost", "difference", "95 % of resamples"), rows
    )
    note(f"{headline}: {better}. A difference is sure where its interval has no 0 in it.")


def run_fields(row: Any) -> dict[str, Any]:
    """A run under the names that JSON shows; money in millionths of a US dollar."""
    return {name: getattr(row, name) for name in FIELDS}


def show_labels(row: Any) -> dict[str, Any]:
    """The quality of each label and the confusion, where the metric has them and the run kept its rows."""
    pairs = _pairs(row)
    qualities = {name: asdict(quality) for name, quality in label_qualities(pairs).items()}
    return {"labels": qualities, "confusion": confusion(pairs)} if pairs else {}


def show_run(row: Any) -> None:
    """One run for a person."""
    from rich.markup import escape

    by = f"{row.answerer}, prompt {row.prompt_version}" if row.prompt_version else row.answerer
    what = f"{row.field} against {row.label} of {row.file_name}: {get_metric(row.metric).about}"
    stdout().print(f"[bold]{escape(row.analysis)}[/] {escape(what)}")
    figures = [(name.replace("_", " "), _number(value)) for name, value in row.figures.items()]
    cost = [("cost", usd(row.cost_micro))] if row.batch_id else []
    print_table(("figure", "value"), [("answered by", by), ("rows", row.rows), *figures, *cost])
    pairs = _pairs(row)
    if pairs:
        _print_labels(pairs)
    note(f"Kept as {row.name or row.id}: gristmill evaluations list, show, compare.")


def _pairs(row: Any) -> list[tuple[str, str]]:
    if row.metric not in OF_LABELS:
        return []
    return pairs_of([outcome for outcome in row.outcomes or () if outcome])


def _print_labels(pairs: list[tuple[str, str]]) -> None:
    qualities = [
        (name, *(f"{value:.4f}" for value in (q.precision, q.recall, q.f1)), q.support)
        for name, q in label_qualities(pairs).items()
    ]
    print_table(("label", "precision", "recall", "F1", "rows"), qualities)
    table = confusion(pairs)
    predicted = sorted({name for counts in table.values() for name in counts})
    rows = [(gold, *(counts.get(name, 0) for name in predicted)) for gold, counts in table.items()]
    print_table(("gold ╲ found", *predicted), rows)


def _listed(row: Any) -> tuple[Any, ...]:
    headline = get_metric(row.metric).headline
    figure = (_figure(row), headline.replace("_", " "))
    who = (row.answerer, row.prompt_version, row.rows)
    cost = usd(row.cost_micro) if row.batch_id else NONE
    named = (row.name or row.id, row.analysis, row.file_name, row.label)
    return (*named, *who, *figure, cost, moment(row.created_at_ms)[:DAY_CHARS])


def _beside(row: Any) -> tuple[Any, ...]:
    cost = usd(row.cost_micro) if row.batch_id else NONE
    return row.name or row.id, row.answerer, row.prompt_version, row.rows, _figure(row), cost


def _figure(row: Any) -> str:
    return _number(row.figures.get(get_metric(row.metric).headline))


def _number(value: float | None) -> str:
    return NONE if value is None else str(value) if isinstance(value, int) else f"{value:.4f}"


def _fields(told: Difference) -> dict[str, Any]:
    return asdict(told) | {"is_sure": told.is_sure}


def _told(told: Difference) -> tuple[str, str]:
    sure = "" if told.is_sure else ", not sure"
    return f"{told.value:+.4f}", f"{told.low:+.4f} to {told.high:+.4f}{sure}"
