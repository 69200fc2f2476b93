"""The demo: the shipped samples through both analyses, in real workers, with their results in tables."""

from __future__ import annotations

import time
from typing import Any

from adapters.llm import LOCAL
from analyses.samples import load
from cli.outcomes import exit_code
from cli.output import note, print_json, span, stdout
from cli.problems import DONE, FAILED, INTERRUPTED
from cli.progress import Bars
from cli.results import all_results, as_json, print_results
from cli.stack import Stack
from cli.work import run_batches
from models.tenants import DEFAULT_TENANT
from pipelines import Batch, analyze_many
from settings import Settings, masked

SAMPLES = {"story.enhance": "stories", "text.sentiment": "texts"}
NEXT = (
    (
        "gristmill analyze story.enhance FILE.md",
        "a story of your own; PDF, mail, office files and addresses too",
    ),
    ("gristmill batch text.sentiment FILE.jsonl", "many texts as one batch"),
    ("gristmill up", "web, workers and scheduler, until Ctrl-C"),
)


def run(settings: Settings, *, as_json: bool) -> int:
    """Set up, run, show, say how to go on; gives the exit code."""
    began_s = time.monotonic()
    note(_what_will_run(settings))
    rows = {name: load(sample) for name, sample in SAMPLES.items()}
    model = _answerer(settings)
    batches = {name: (analyze_many(name, given, model=model), len(given)) for name, given in rows.items()}
    with Stack(settings, note) as stack:
        ready_s = time.monotonic()
        with Bars() as bars:
            if not run_batches(stack, bars, batches):
                return INTERRUPTED
        done_s = time.monotonic()
        show = _print_json if as_json else _print
        for name, (batch, _) in batches.items():
            show(name, batch)
        timing = f"{span(done_s - ready_s)} (set-up {span(ready_s - began_s)})"
        note(_totals([batch for batch, _ in batches.values()], timing))
    if not as_json:
        stdout().print("Go on with:")
        for command, meaning in NEXT:
            stdout().print(f"  {command:<44}{meaning}")
    return DONE if all(exit_code(batch) == DONE for batch, _ in batches.values()) else FAILED


def _what_will_run(settings: Settings) -> str:
    broker = "an embedded Valkey" if settings.embeds_valkey else masked(settings.broker_url)
    database = "SQLite" if settings.is_sqlite else masked(settings.sql_url)
    scorer = f"{_answerer(settings).partition('/')[0]} scoring"
    return f"Demo: samples through {broker}, {database} and {scorer}; home {settings.home}"


def _answerer(settings: Settings) -> str:
    """A demo costs nothing because a key is there; it asks a model only where LLM_PROVIDER names one."""
    return settings.answerer if settings.llm_provider else LOCAL


def _print(name: str, batch: Batch) -> None:
    print_results(_rows(batch), name)


def _print_json(name: str, batch: Batch) -> None:
    for row in _rows(batch):
        print_json(as_json(row))


def _rows(batch: Batch) -> list[Any]:
    return list(all_results(DEFAULT_TENANT, batch.id))


def _totals(batches: list[Batch], timing: str) -> str:
    counts = [batch.counts for batch in batches]
    done, failed = sum(c.completed for c in counts), sum(c.failed for c in counts)
    return f"{done} analyses completed, {failed} failed, in {timing}."
