"""Drives jobs through the real actors and middleware in this process, without Redis or workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dramatiq import MessageProxy
from sqlalchemy import select, update

import actors
from actors.middleware.carry_on import process
from models.admission import Admitted, admit
from models.database import reading, writing
from models.schema import jobs, replies
from pipelines import Job
from pipelines.away import stand_ins
from pipelines.compose import compose_all, heads
from settings import get_settings
from tests.harness.environment import environment


def admit_now() -> list[Admitted]:
    """What admission lets through now, as if it had been sent."""
    with writing() as connection:
        others = stand_ins(get_settings())
        return admit(connection, lease_ms=15_000, worker_alive_ms=30_000, stand_ins=others).admitted


def run(admitted: list[Admitted]) -> None:
    """Process the messages of these admissions, each as a worker thread would."""
    for message in heads(compose_all(admitted)):
        process(actors.broker, MessageProxy(message))


def drive(job: Job) -> Job:
    """Admit and run whatever is waiting; retries that are backing off are made due first."""
    with writing() as connection:
        connection.execute(update(jobs).where(jobs.c.state == "retrying").values(state="waiting"))
    run(admit_now())
    return job


@contextmanager
def scripted(home: Path, *rules: dict[str, Any]) -> Iterator[Path]:
    """The scripted LLM with these rules; gives its journal, which has one line per call."""
    script, journal = home / "script.json", home / "calls.jsonl"
    script.write_text(json.dumps({"journal": str(journal), "rules": list(rules)}))
    with environment(LLM_PROVIDER="scripted", LLM_SCRIPT=str(script)):
        yield journal


def calls(journal: Path) -> int:
    return len(journal.read_text().splitlines()) if journal.exists() else 0


def stored_replies() -> list[Any]:
    with reading() as connection:
        return list(connection.execute(select(*replies.c).order_by(replies.c.id)).all())
