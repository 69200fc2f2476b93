"""Evaluation: an analysis against labelled rows, by its local analyser or through the whole pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from analyses import get_analysis
from analyses.evaluation import Comparison, choose, confusion, figures_of, label_qualities, pairs_of, value_at
from cli.inputs import Lines
from cli.outcomes import judge_lines
from cli.output import note, print_json, print_table, stdout
from cli.problems import DONE, FAILED, INTERRUPTED, PARTLY_FAILED
from cli.progress import Bars
from settings import Settings

OF_LABELS = ("label", "sign")  # metrics that have a quality for each label, and a confusion


@dataclass(frozen=True)
class Trial:
    """What is measured. `label` is the dotted path of the gold label, `field` the answer's it is compared to.

    `metric` and `field` are chosen by what the labels look like where they are not given.
    """

    analysis: str
    lines: Lines
    label: str
    metric: str | None = None
    field: str | None = None
    through_jobs: bool = False
    skip_bad_rows: bool = False
    tenant: str = "default"
    as_json: bool = False


def run(settings: Settings, trial: Trial) -> int:
    """Measure and print; gives the exit code. Raises InvalidInput for rows without that label."""
    analysis = get_analysis(trial.analysis)
    trial.lines.check(analysis)
    judge_lines(trial.lines, skip=trial.skip_bad_rows)
    golds = [value_at(row, trial.label) for row in trial.lines.rows(analysis)]
    comparison = choose(analysis.answer, golds, metric=trial.metric, field=trial.field)
    if trial.through_jobs:
        found = _through_jobs(settings, trial)
        if found is None:
            return INTERRUPTED
        answers = found
    else:
        answers = list(_locally(analysis, trial.lines))
    pairs = [(gold, answer) for gold, answer in zip(golds, answers, strict=True) if answer is not None]
    failed = len(golds) - len(pairs)
    _print(trial, comparison, [comparison.outcome(gold, answer) for gold, answer in pairs], failed)
    if failed:
        note(f"{failed} of {len(golds)} rows have no answer and are not in the figures.")
    return DONE if not failed and not trial.lines.bad_count else PARTLY_FAILED if pairs else FAILED


def _locally(analysis: Any, lines: Lines) -> Iterator[Any]:
    with Bars() as bars:
        for number, row in enumerate(lines.rows(analysis), 1):
            yield analysis.local(analysis.parse_content(row))
            bars.update(analysis.name, number, lines.good)


def _through_jobs(settings: Settings, trial: Trial) -> list[Any] | None:
    """Each row's answer, None for one that failed; None for all if a person interrupted."""
    from actors.tasks import typed_answer
    from cli.results import all_results
    from cli.stack import Stack
    from cli.work import run_batches
    from pipelines import analyze_many

    rows = trial.lines.rows(get_analysis(trial.analysis))
    batch = analyze_many(trial.analysis, rows, failure_tolerance=1.0, tenant=trial.tenant)
    with Stack(settings, note) as stack, Bars() as bars:
        if not run_batches(stack, bars, {trial.analysis: (batch, trial.lines.good)}):
            return None
        return [
            None if row.answer_answer is None else typed_answer(row.analysis, row.answer_answer)
            for row in all_results(trial.tenant, batch.id)
        ]


def _print(trial: Trial, comparison: Comparison, outcomes: list[list[Any]], failed: int) -> None:
    metric = comparison.metric
    figures = figures_of(metric, outcomes) if outcomes else {}
    pairs = pairs_of(outcomes) if metric.name in OF_LABELS else []
    if trial.as_json:
        told: dict[str, Any] = {"analysis": trial.analysis, "label": trial.label, "metric": metric.name}
        told |= {"field": comparison.field, "rows": len(outcomes), "unanswered": failed, "figures": figures}
        labels = {name: asdict(quality) for name, quality in label_qualities(pairs).items()}
        print_json(told | ({"labels": labels, "confusion": confusion(pairs)} if pairs else {}))
        return
    stdout().print(f"[bold]{trial.analysis}[/] {comparison.field} against {trial.label}, by {metric.about}")
    print_table(("figure", "value"), [("rows", len(outcomes)), *_cells(figures)])
    if pairs:
        _print_labels(pairs)


def _cells(figures: dict[str, float]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), str(value) if isinstance(value, int) else f"{value:.4f}")
        for name, value in figures.items()
    ]


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
