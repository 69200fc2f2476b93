"""Tasks: what a job does that is no analysis, such as reading a file; declared once, and run as any job is.

    CLEAN = declare(Task("cleanup", "Clean up", "maintenance", Order, Report))

    @step
    def sweep_up(work: Work) -> None:
        order = CLEAN.order_of(work)  # what to do, as the builder stored it
        ...
        finish(work, CLEAN, Report(...))  # the last step: the report is what the job's handle answers

A job names its analysis or its task in the same column, `analysis`, so lists, filters, causes and limits know
no difference. What is left to do for a new task: its steps, each in a file of `actors/`; a line in
`pipelines.compose.PIPELINES`, under the task's name; a builder that submits `pipelines.tasks.new_task(...)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from actors import writes
from actors.work import Lost, Work
from analyses import get_analysis, known_names
from analyses.base import Analysis
from models.endings import Finish
from models.opening import Opening
from models.submission import NewBatch, NewJob

MAKER = "local"  # who made a report: ourselves


class Order(BaseModel):
    """The root of what tasks are told to do: stored as the content of their jobs."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Report(BaseModel):
    """The root of what tasks tell when they are done: stored as the answer of their jobs."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    def summary(self) -> dict[str, str]:
        """The report as three to five short cells of a table, in column order."""
        raise NotImplementedError


O = TypeVar("O", bound=Order)  # noqa: E741 - as Analysis has C and A
R = TypeVar("R", bound=Report)


@dataclass(frozen=True)
class Task(Generic[O, R]):
    """One kind of work. `name` is what users see, its pipeline's name, and the kind of its orders."""

    name: str
    title: str
    queue: str
    order: type[O]
    answer: type[R]

    def order_of(self, work: Work) -> O:
        """What this job is to do."""
        return self.order.model_validate(work.claimed.body)

    def amend(self, work: Work, order: O) -> dict[str, Any]:
        """Change what this job is to do, for the steps behind this one; gives its body, to be stored."""
        body = order.model_dump(mode="json")
        work.claimed = replace(work.claimed, body=body)
        return body

    def summary(self, report: R) -> dict[str, str]:
        return report.summary()


AnyTask = Task[Any, Any]
_declared: dict[str, AnyTask] = {}


def declare(task: Task[O, R]) -> Task[O, R]:
    """Let everybody know of a task; its module must be loaded in every process."""
    _declared[task.name] = task
    return task


def all_tasks() -> list[AnyTask]:
    return list(_declared.values())


def doing(name: str) -> Analysis[Any, Any] | AnyTask:
    """The analysis or task of that name: both have an `answer` and its `summary`. Raises InvalidInput."""
    return _declared.get(name) or get_analysis(name)


def is_known(name: str) -> bool:
    """True of an analysis or task that this process can run."""
    return name in _declared or name in known_names()


def typed_answer(name: str, stored: Mapping[str, Any]) -> Any:
    """A stored answer or report in its own type."""
    return doing(name).answer.model_validate(stored)


def finish(work: Work, report: Report, batches: Sequence[tuple[NewBatch, Sequence[NewJob]]] = ()) -> None:
    """End a task's job with its report, and begin these batches. Raises Lost if another has it now."""
    told = Finish(work.fence, report.model_dump(mode="json"), 1, 1, MAKER, MAKER)
    if not writes.finish_and_open(Opening(told, batches)):
        raise Lost("Another worker has this job now.")
    work.ended = True
