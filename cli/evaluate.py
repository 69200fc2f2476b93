"""Evaluation: an analysis against labelled rows, by its local analyser or through jobs, kept as a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analyses import get_analysis
from analyses.evaluation import choose, value_at
from cli.evaluations import run_fields, show_labels, show_run
from cli.inputs import Lines
from cli.outcomes import judge_lines
from cli.output import note, print_json
from cli.problems import DONE, FAILED, INTERRUPTED, PARTLY_FAILED, WrongUsage
from cli.progress import Bars
from cli.ready import with_database
from settings import Settings

LOCAL = "local"
LONGEST_NAME_CHARS = 100


@dataclass(frozen=True)
class Wanted:
    """What is to be measured. `label` is the dotted path of the gold label, `field` the answer's beside it.

    `metric` and `field` are chosen by what the labels look like where they are not given. Whoever `model`
    names answers through jobs; by default the local analyser does, in this process.
    """

    analysis: str
    lines: Lines
    label: str
    metric: str | None = None
    field: str | None = None
    model: str = ""
    prompt_version: int | None = None
    name: str | None = None
    through_jobs: bool = False
    skip_bad_rows: bool = False
    tenant: str = "default"
    as_json: bool = False

    @property
    def needs_jobs(self) -> bool:
        return self.through_jobs or self.model not in ("", LOCAL)


@dataclass(frozen=True)
class Answered:
    """Each row's answer, None for one that has none, and who was asked, by which version of the prompt."""

    answers: list[Any]
    answerer: str = LOCAL
    prompt_version: int | None = None
    batch_id: str | None = None


def run(settings: Settings, wanted: Wanted) -> int:
    """Measure, keep and print; gives the exit code. Raises InvalidInput for rows without that label."""
    analysis = get_analysis(wanted.analysis)
    _check(wanted)
    wanted.lines.check(analysis)
    judge_lines(wanted.lines, skip=wanted.skip_bad_rows)
    golds = [value_at(row, wanted.label) for row in wanted.lines.rows(analysis)]
    comparison = choose(analysis.answer, golds, metric=wanted.metric, field=wanted.field)
    with_database()
    found = _through_jobs(settings, wanted) if wanted.needs_jobs else _locally(wanted)
    if found is None:
        return INTERRUPTED
    from pipelines.evaluations import Trial, keep, measure

    measured = measure(comparison, golds, found.answers)
    trial = Trial(
        analysis=analysis.name,
        file_name=wanted.lines.name,
        digest=wanted.lines.digest(),
        label=wanted.label,
        answerer=found.answerer,
        prompt_version=found.prompt_version,
        name=wanted.name,
        batch_id=found.batch_id,
        tenant=wanted.tenant,
    )
    row = keep(trial, measured)
    if wanted.as_json:
        print_json(run_fields(row) | show_labels(row))
    else:
        show_run(row)
    if row.unanswered:
        note(f"{row.unanswered} of {len(golds)} rows have no answer and are not in the figures.")
    return (
        DONE if not row.unanswered and not wanted.lines.bad_count else PARTLY_FAILED if row.rows else FAILED
    )


def _exit_code(row: Any, bad_rows: int) -> int:
    if not row.rows:
        return FAILED
    return PARTLY_FAILED if row.unanswered or bad_rows else DONE


def _check(wanted: Wanted) -> None:
    """Raises WrongUsage, InvalidInput for options that do not go together, or name what there is not."""
    if wanted.name is not None and not 0 < len(wanted.name) <= LONGEST_NAME_CHARS:
        raise WrongUsage(f"A run's name has 1 to {LONGEST_NAME_CHARS} characters.")
    if wanted.prompt_version is None:
        return
    if not wanted.needs_jobs:
        raise WrongUsage("The local analyser has no prompt; name a --model to measure a version of it with.")
    get_analysis(wanted.analysis).instructions_of(wanted.prompt_version)


def _locally(wanted: Wanted) -> Answered:
    analysis = get_analysis(wanted.analysis)
    return Answered(list(_analysed(analysis, wanted.lines)))


def _analysed(analysis: Any, lines: Lines) -> Iterator[Any]:
    with Bars() as bars:
        for number, row in enumerate(lines.rows(analysis), 1):
            yield analysis.local(analysis.parse_content(row))
            bars.update(analysis.name, number, lines.good)


def _through_jobs(settings: Settings, wanted: Wanted) -> Answered | None:
    """The answers of one batch of jobs; None if a person interrupted.

    An answer of a stand-in for a model that was away is none of that model's, so the row counts as without.
    """
    from actors.tasks import typed_answer
    from cli.results import all_results
    from cli.stack import Stack
    from cli.work import run_batches
    from pipelines import analyze_many
    from pipelines.prompts import list_versions

    analysis, answerer = get_analysis(wanted.analysis), wanted.model or settings.answerer
    (versions,) = list_versions(wanted.tenant, analysis.name)
    version = wanted.prompt_version or versions.in_force
    batch = analyze_many(
        analysis.name,
        wanted.lines.rows(analysis),
        failure_tolerance=1.0,
        model=answerer,
        prompt_version=version,
        tenant=wanted.tenant,
    )
    with Stack(settings, note) as stack, Bars() as bars:
        if not run_batches(stack, bars, {analysis.name: (batch, wanted.lines.good)}):
            return None
        answers = [
            None
            if row.answer_answer is None or row.answer_degraded
            else typed_answer(row.analysis, row.answer_answer)
            for row in all_results(wanted.tenant, batch.id)
        ]
    return Answered(answers, answerer, None if answerer == LOCAL else version, batch.id)
