"""Upkeep by real workers: what need not be kept goes by itself, while the work goes on."""

from __future__ import annotations

import time

import pytest

from models.database import reading
from models.lookups import JobFilter, list_jobs
from tests.harness.environment import environment
from tests.harness.ground import Ground
from tests.steps.rows import TENANT, change, complete, running

pytestmark = pytest.mark.live


def test_workers_remove_what_is_old_by_themselves(ground: Ground) -> None:
    old, young = running(), running()
    complete(old)
    complete(young)
    change(old.job_id, finished_at_ms=1)
    with environment(KEEP_COMPLETED_DAYS="30"):
        ground.workers(processes=1)
    deadline = time.monotonic() + 20
    while old.job_id in kept():
        assert time.monotonic() < deadline, "the old job was not removed"
        time.sleep(0.1)
    assert kept() == {young.job_id}


def kept() -> set[str]:
    with reading() as connection:
        return {row.id for row in list_jobs(connection, TENANT, JobFilter(), limit=10)}
