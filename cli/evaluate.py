"""Evaluation: an analysis against labelled rows, by its local analyser or through the whole pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from analyses import get_analysis
from analyses.evaluation import Evaluation, evaluate, gold_label, graded
from cli.inputs import Lines
from cli.outcomes import judge_lines
from cli.output import NONE, note, print_json, print_table, stdout
from cli.problems import DONE, FAILED, INTERRUPTED, PARTLY_FAILED
from cli.progress import Bars
from settings import Settings


@dataclass(frozen=True)
class Trial:
    """What is measured. `label` is the dotted path of the gold label, `score` the field to rank by."""

    analysis: str
    lines: Lines
    label: str
    score: str | None = None
    through_jobs: bool = False
    skip_bad_rows: bool = False
    tenant: str = "default"
    as_json: bool = False


def run(settings: Settings, trial: Trial) -> int:
    """Measure and print; gives the exit code. Raises InvalidInput for rows without that label."""
    analysis = get_analysis(trial.analysis)
    trial.lines.check(analysis)
    judge_lines(trial.lines, skip=trial.skip_bad_rows)
    golds = [gold_label(row, trial.label) for row in trial.lines.rows(analysis)]
    if trial.through_jobs:
        found = _through_jobs(settings, trial)
        if found is None:
            return INTERRUPTED
        answers = found
    else:
        answers = list(_locally(analysis, trial.lines))
    pairs = [(gold, answer) for gold, answer in zip(golds, answers, strict=True) if answer is not None]
    failed = len(golds) - len(pairs)
    result = evaluate([graded(gold, answer, trial.score) for gold, answer in pairs])
    _print(trial, result, failed)
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
    from actors.members import typed_answer
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


def _print(trial: Trial, result: Evaluation, failed: int) -> None:
    if trial.as_json:
        print_json({"analysis": trial.analysis, "label": trial.label, "unanswered": failed} | asdict(result))
        return
    stdout().print(f"[bold]{trial.analysis}[/] against {trial.label}, policy {result.policy}")
    figures = [
        ("rows", result.count),
        ("accuracy", _figure(result.accuracy)),
        ("macro F1", _figure(result.macro_f1)),
    ]
    figures += [("AUC", _figure(result.auc)), ("undecided", result.undecided)]
    print_table(("figure", "value"), figures)
    if result.labels:
        qualities = [
            (name, _figure(q.precision), _figure(q.recall), _figure(q.f1), q.support)
            for name, q in result.labels.items()
        ]
        print_table(("label", "precision", "recall", "F1", "rows"), qualities)
        _print_confusion(result)


def _print_confusion(result: Evaluation) -> None:
    predicted = sorted({name for counts in result.confusion.values() for name in counts})
    rows = [(gold, *(counts.get(name, 0) for name in predicted)) for gold, counts in result.confusion.items()]
    print_table(("gold ╲ found", *predicted), rows)


def _figure(value: float | None) -> str:
    return NONE if value is None else f"{value:.4f}"
