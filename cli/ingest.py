"""Ingest: files and pages into contents while a person watches, and what the analyses say of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actors.ingesting import IngestReport
from cli.output import NONE, note, print_json, print_table
from cli.pieces import is_address
from cli.problems import DONE, FAILED, INTERRUPTED, PARTLY_FAILED, WrongUsage
from cli.progress import Bars
from cli.results import all_results, as_json, print_results
from cli.stack import Stack
from cli.work import cancel_batches, watch
from errors import ERROR_CLASSES, Conflict, Internal, InvalidInput
from models.states import TERMINAL
from pipelines import Batch, Job, ingest
from pipelines.ingest import check_size
from pipelines.patience import Patience
from settings import Settings

SHOWN = 40  # contents, and results of each analysis, that are printed for a person


@dataclass(frozen=True)
class Asked:
    """What is to be ingested, and how."""

    sources: Sequence[str]
    analyses: Sequence[str] = ()
    javascript: bool = False
    priority: str = "normal"
    tenant: str = "default"
    as_json: bool = False


def run(settings: Settings, asked: Asked) -> int:
    """Ingest all of it and print what came out; gives the exit code.

    Raises WrongUsage before anything begins.
    """
    for source in asked.sources:
        _check(source, asked)
    jobs: dict[str, Job] = {}
    batches: dict[str, Batch] = {}
    with Stack(settings, note) as stack:
        try:
            with Bars() as bars:
                for source in asked.sources:
                    jobs[source] = _job(source, asked).submit()
                _wait(stack, bars, jobs)
                batches |= _named_batches(asked, jobs)
                watch(stack, bars, {name: (batch, batch.counts.total) for name, batch in batches.items()})
        except KeyboardInterrupt:
            _interrupt(asked, jobs)
            return INTERRUPTED
        for source, job in jobs.items():
            _print(asked, source, job)
        return _code(jobs, batches)


def batches_of(asked: Asked, job: Job) -> dict[str, Batch]:
    """The batches that analyse what an ended job read, by analysis."""
    report = job.answer
    if not isinstance(report, IngestReport):
        return {}
    told = report.batches
    return {analysis: Batch(batch_id=batch_id, tenant=asked.tenant) for analysis, batch_id in told.items()}


def _named_batches(asked: Asked, jobs: dict[str, Job]) -> dict[str, Batch]:
    return {
        f"{analysis} of {Path(source).name}": batch
        for source, job in jobs.items()
        for analysis, batch in batches_of(asked, job).items()
    }


def _interrupt(asked: Asked, jobs: dict[str, Job]) -> None:
    for job in jobs.values():
        with suppress(Conflict):
            job.cancel()
    cancel_batches(list(_named_batches(asked, jobs).values()))


def _check(source: str, asked: Asked) -> None:
    """Raises WrongUsage for a file that is not there, and whatever can be said before it is read."""
    path = Path(source)
    if is_address(source):
        _job(source, asked)
        return
    if not path.is_file():
        wrong = "is a folder" if path.is_dir() else "is not there"
        raise WrongUsage(f"{path} {wrong}; name a file or an address.")
    try:
        check_size(path.stat().st_size)
    except InvalidInput as error:
        raise WrongUsage(f"{source}: {error.message}") from None


def _job(source: str, asked: Asked) -> Job:
    try:
        return ingest(
            source,
            analyses=asked.analyses,
            javascript=asked.javascript and is_address(source),
            priority=asked.priority,
            tenant=asked.tenant,
        )
    except InvalidInput as error:
        raise WrongUsage(f"{source}: {error.message}") from None


def _wait(stack: Stack, bars: Bars, jobs: dict[str, Job]) -> None:
    patience = Patience(None)
    open_ones = dict(jobs)
    while open_ones:
        for source, job in list(open_ones.items()):
            if job.state in TERMINAL:
                del open_ones[source]
        stage = next((f"{Path(s).name}: {job.stage}" for s, job in open_ones.items() if job.stage), "")
        bars.update("reading", len(jobs) - len(open_ones), len(jobs), stage)
        stack.tend()
        if open_ones:
            patience.wait()


def _print(asked: Asked, source: str, job: Job) -> None:
    results = {
        analysis: all_results(asked.tenant, batch.id) for analysis, batch in batches_of(asked, job).items()
    }
    if asked.as_json:
        told = {analysis: [as_json(row) for row in rows] for analysis, rows in results.items()}
        print_json(_fields(source, job) | {"results": told})
        return
    _print_report(source, job)
    for analysis, rows in results.items():
        print_results([row for row, _ in zip(rows, range(SHOWN), strict=False)], analysis)


def _print_report(source: str, job: Job) -> None:
    report, error = job.answer, job.error
    if not isinstance(report, IngestReport):
        kind = ERROR_CLASSES.get(error.error_class, Internal) if error else Internal
        note(f"{source}: {error.message if error else job.state}\n       {kind.suggestion}")
        return
    for remark in [*report.remarks, *(f"{one.analysis}: {one.message}" for one in report.refused)]:
        note(f"{source}: {remark}")
    lines = [
        (one.id, one.kind, one.title, one.part or NONE, f"{one.chars:,}", _edition(one))
        for one in report.contents[:SHOWN]
    ]
    title = f"{report.place}: {_counted(report.count)}, {report.new:,} new"
    print_table(("content", "kind", "title", "part", "characters", "edition"), lines, title=title)


def _counted(count: int) -> str:
    return "1 content" if count == 1 else f"{count:,} contents"


def _edition(content: Any) -> str:
    return str(content.edition) if content.is_new else f"{content.edition}, known"


def _fields(source: str, job: Job) -> dict[str, Any]:
    report, error = job.answer, job.error
    told: dict[str, Any] = {"source": source, "job_id": job.id, "state": job.state}
    if isinstance(report, IngestReport):
        told |= report.model_dump(mode="json")
    fault = {"class": error.error_class, "message": error.message} if error and not report else None
    return told | {"error": fault}


def _code(jobs: dict[str, Job], batches: dict[str, Batch]) -> int:
    """0 where all of it was read and analysed, 1 where nothing was, else 3."""
    ends = [job.state == "completed" for job in jobs.values()]
    ends += [batch.outcome == "completed" for batch in batches.values()]
    return DONE if all(ends) else PARTLY_FAILED if any(ends) else FAILED
