"""Evaluations: a run is an analysis, by one answerer and prompt version, measured against labelled rows.

Runs are kept with what each row told, so that any two over the same rows can be compared later, whoever
answered in them: the difference of their figures comes with a 95 % interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from analyses.evaluation import Comparison, Difference, figures_of, get_metric, paired_difference
from errors import InvalidInput
from models.charges import Spent
from models.database import reading
from models.evaluations import find_run, spent_by_batch, store_run
from pipelines.entry import analysis_named
from pipelines.storing import storing

SAME = ("file_digest", "label", "metric")  # what two runs share whose rows may be compared one by one
NO_COST = Spent(0, 0)


@dataclass(frozen=True)
class Trial:
    """What a run measured. `digest` is the SHA-256 of the rows; local answers have no `prompt_version`."""

    analysis: str
    file_name: str
    digest: str
    label: str
    answerer: str  # `local` or `provider/model`
    prompt_version: int | None = None
    name: str | None = None
    batch_id: str | None = None
    tenant: str = "default"


@dataclass(frozen=True)
class Measured:
    """What came of it: an outcome per row, None for one without an answer, and the figures."""

    comparison: Comparison
    outcomes: Sequence[list[Any] | None]
    figures: Mapping[str, float]

    @property
    def answered(self) -> list[list[Any]]:
        return [outcome for outcome in self.outcomes if outcome is not None]


def measure(comparison: Comparison, golds: Sequence[Any], answers: Sequence[Any]) -> Measured:
    """Compare answers, None where there is none, with their labels. Raises InvalidInput."""
    outcomes = [
        None if answer is None else comparison.outcome(gold, answer)
        for gold, answer in zip(golds, answers, strict=True)
    ]
    told = [outcome for outcome in outcomes if outcome is not None]
    return Measured(comparison, outcomes, figures_of(comparison.metric, told) if told else {})


def keep(trial: Trial, measured: Measured) -> Any:
    """Store the run with what its jobs cost; gives its row."""
    tenant, comparison = trial.tenant, measured.comparison
    run = {
        "name": trial.name,
        "analysis": trial.analysis,
        "file_name": trial.file_name,
        "file_digest": trial.digest,
        "label": trial.label,
        "field": comparison.field,
        "metric": comparison.metric.name,
        "answerer": trial.answerer,
        "prompt_version": trial.prompt_version,
        "schema_version": analysis_named(trial.analysis).schema_version,
        "rows": len(measured.answered),
        "unanswered": len(measured.outcomes) - len(measured.answered),
        "figures": dict(measured.figures),
        "outcomes": list(measured.outcomes),
        "batch_id": trial.batch_id,
    }

    def store(connection: Connection) -> Any:
        cost = spent_by_batch(connection, tenant, trial.batch_id) if trial.batch_id else NO_COST
        run_id = store_run(connection, tenant, run | asdict(cost))
        return find_run(connection, tenant, run_id)

    return storing(store)


def compare_runs(tenant: str, first: str, second: str) -> tuple[Any, Any, Difference]:
    """Two runs, by id or name, and the second's headline figure less the first's.

    Rows that either has no answer to are left out of the difference. Raises NotFound; InvalidInput for
    runs that are not over the same rows and label by the same metric.
    """
    with reading() as connection:
        one, other = (find_run(connection, tenant, name) for name in (first, second))
    return one, other, difference(one, other)


def difference(one: Any, other: Any) -> Difference:
    """See `compare_runs`."""
    differing = [name.removeprefix("file_") for name in SAME if getattr(one, name) != getattr(other, name)]
    if differing:
        words = {"digest": "rows", "label": "label", "metric": "metric"}
        told = " and ".join(words[name] for name in differing)
        raise InvalidInput(f"These runs differ in {told}; compare two over the same rows, label and metric.")
    if one.outcomes is None or other.outcomes is None:
        raise InvalidInput("A run over so many rows keeps its figures only; compare those.")
    pairs = [(a, b) for a, b in zip(one.outcomes, other.outcomes, strict=True) if a and b]
    return paired_difference(get_metric(one.metric), [a for a, _ in pairs], [b for _, b in pairs])
