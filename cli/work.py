"""Work: one analysis of one content or of many, run to the end while a person watches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from analyses import get_analysis
from cli.inputs import Lines, Row
from cli.outcomes import ending, exit_code, judge_lines
from cli.output import note, print_json, stdout
from cli.pieces import Pieces
from cli.problems import DONE, FAILED, INTERRUPTED
from cli.progress import Bars
from cli.results import all_results, as_json, print_card, print_results, result_of
from cli.stack import Stack
from errors import Conflict
from models.states import TERMINAL
from models.why import NOBODY_WORKS
from pipelines import Batch, Job, analyze, analyze_many
from pipelines.feeding import CHUNK
from pipelines.patience import Patience
from settings import Settings

LET_GO_WITHIN_S = 3.0  # for workers to let go of what was cancelled
STILL_AFTER_S = 3.0  # without any end, whoever watches is told why
STARTING = "Workers are starting."  # a one-shot command brings its own, so nobody needs to start any
SHOWN = 40  # results of a batch printed for a person


@dataclass(frozen=True)
class Many:
    """How a batch is to be run. `tolerate`: a share (float) or a count (int) of failures."""

    analysis: str
    lines: Lines | Pieces
    parallel: int | None = None
    tolerate: float = 0.2
    retry_failed: int = 0
    priority: str = "normal"
    model: str = ""
    fallbacks: list[str] | None = None
    lane: str = "realtime"
    tenant: str = "default"
    skip_bad_rows: bool = False
    as_json: bool = False


def run_one(
    settings: Settings,
    analysis: str,
    content: Row,
    *,
    priority: str,
    model: str,
    fallbacks: list[str] | None,
    lane: str,
    tenant: str,
    json: bool,
) -> int:
    """Analyse one content and print its answer; gives the exit code.

    Raises InvalidInput before anything starts.
    """
    job = analyze(
        analysis, content, priority=priority, model=model, fallbacks=fallbacks, lane=lane, tenant=tenant
    )
    with Stack(settings, note) as stack:
        try:
            job.submit()
            _wait_for_job(job, stack)
        except KeyboardInterrupt:
            with suppress(Conflict):
                job.cancel()
            note("Interrupted: the job is cancelled.")
            return INTERRUPTED
        row = result_of(tenant, job.id)
        print_json(as_json(row)) if json else print_card(row)
        return DONE if row.state == "completed" else FAILED


def run_many(settings: Settings, many: Many) -> int:
    """Check every line, then run the batch and print its results; gives the exit code.

    Raises WrongUsage for a bad line before anything was submitted, unless bad rows are to be skipped.
    """
    analysis, stack, bars = get_analysis(many.analysis), Stack(settings, note), Bars()
    batch = _batch(many, watched(many.lines.rows(analysis), stack, bars, many))
    many.lines.check(analysis)
    judge_lines(many.lines, skip=many.skip_bad_rows)
    began_s = time.monotonic()
    with stack:
        with bars:
            interrupted = not run_batches(stack, bars, {many.analysis: (batch, many.lines.good)})
        if interrupted and not _has_begun(batch):
            return INTERRUPTED
        _print(many, batch)
        note(ending(batch, many.lines, time.monotonic() - began_s))
    if interrupted:
        return INTERRUPTED
    return exit_code(batch, skipped=many.lines.bad_count)


def run_batches(stack: Stack, bars: Bars, batches: dict[str, tuple[Batch, int]]) -> bool:
    """Submit the batches and watch them to their ends; False if a person interrupted, which cancels them."""
    begun: list[Batch] = []
    try:
        for batch, _ in batches.values():
            begun.append(batch)
            batch.submit()
        watch(stack, bars, batches)
    except KeyboardInterrupt:
        cancel_batches(begun)
        return False
    return True


def watch(stack: Stack, bars: Bars, batches: dict[str, tuple[Batch, int]]) -> None:
    """Show how the batches go until each has its outcome."""
    patience = Patience(None)
    open_ones = dict(batches)
    stillness = {name: _Stillness() for name in batches}
    while open_ones:
        for name, (batch, total) in list(open_ones.items()):
            row = batch.row
            ended = row.completed + row.failed + row.cancelled
            bars.update(name, ended, total, _remark(batch, row))
            if row.outcome is not None:
                del open_ones[name]
            else:
                stillness[name].watch(batch, ended)
        stack.tend()
        patience.wait()


def _remark(batch: Batch, row: Any) -> str:
    """What the bar says beside the counts: failures, the round, and when it may end or why that is hidden."""
    told = [f"{row.failed} failed"] if row.failed else []
    told += [f"round {row.rounds_used} of {row.retry_rounds}"] if row.rounds_used else []
    told += [str(batch.eta)] if row.outcome is None else []
    return ", ".join(told)


class _Stillness:
    """Tells a person once, and anew where it changes, what holds up a job or a batch that stands still."""

    def __init__(self) -> None:
        self._ended = -1
        self._since_s = 0.0
        self._told = ""

    def watch(self, work: Batch | Job, ended: int) -> None:
        """`ended` is how much of it has ended by now."""
        now_s = time.monotonic()
        if ended != self._ended:
            self._ended, self._since_s = ended, now_s
        elif now_s - self._since_s > STILL_AFTER_S:
            self._since_s = now_s
            if (held := work.why) and held.reason != self._told:
                self._told = held.reason
                note(f"Waiting: {STARTING if held.reason == NOBODY_WORKS else held.reason}")


def watched(rows: Iterator[Row], stack: Stack, bars: Bars, many: Many) -> Iterator[Row]:
    """The rows; as storing very many takes a while, with a look at the stack and a bar in between."""
    for number, row in enumerate(rows, 1):
        if number % CHUNK == 0:
            stack.tend()
            bars.update("storing", number, many.lines.good)
        yield row


def _batch(many: Many, rows: Iterator[Row]) -> Batch:
    return analyze_many(
        many.analysis,
        rows,
        parallel_limit=many.parallel,
        failure_tolerance=many.tolerate,
        retry_failed=many.retry_failed,
        priority=many.priority,
        model=many.model,
        fallbacks=many.fallbacks,
        lane=many.lane,
        tenant=many.tenant,
    )


def cancel_batches(batches: Sequence[Batch]) -> None:
    """Cancel what has not ended, as a person asked for, and give it a moment to let go."""
    for batch in batches:
        with suppress(Conflict):
            batch.cancel()
    patience = Patience(LET_GO_WITHIN_S)
    with suppress(Conflict):
        while any(batch.outcome is None for batch in batches) and patience.wait():
            pass
    note("Interrupted: what waited is cancelled, what ran was told to stop.")


def _has_begun(batch: Batch) -> bool:
    try:
        return bool(batch.id)
    except Conflict:
        return False


def _wait_for_job(job: Job, stack: Stack) -> None:
    patience, stillness = Patience(None), _Stillness()
    while job.state not in TERMINAL:
        stillness.watch(job, 0)
        stack.tend()
        patience.wait()


def _print(many: Many, batch: Batch) -> None:
    if many.as_json:
        for row in all_results(many.tenant, batch.id):
            print_json(as_json(row))
        return
    shown = [row for row, _ in zip(all_results(many.tenant, batch.id), range(SHOWN), strict=False)]
    print_results(shown, f"{many.analysis}")
    if batch.counts.total > len(shown):
        rest = batch.counts.total - len(shown)
        stdout().print(f"… and {rest} more: gristmill batches show {batch.id} --json")
