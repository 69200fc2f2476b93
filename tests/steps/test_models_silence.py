"""A process that goes silent inside a transaction: PostgreSQL lets the others go on after a lease."""

from __future__ import annotations

import time

import pytest
from sqlalchemy.exc import DBAPIError

from models.admission import admit
from models.database import engine
from models.timeline import Entry, record
from tests.harness.environment import environment
from tests.steps.rows import TENANT, put, send

pytestmark = [pytest.mark.usefixtures("database_url"), pytest.mark.timeout(30)]  # a lock that is kept hangs


@pytest.mark.parametrize("in_bulk", [False, True], ids=["after a statement", "after a bulk statement"])
def test_admission_goes_on_though_a_process_fell_silent_in_the_middle_of_its_own(
    database_url: str, in_bulk: bool
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite's lock goes with the process, and no other process can take it away")
    put()
    with environment(LEASE_MS="700"), engine().connect() as silent:
        admit(silent, lease_ms=700, worker_alive_ms=700)
        if in_bulk:
            record(silent, [Entry(TENANT, None, None, "waiting") for _ in range(20)], 1)
        began_s = time.monotonic()
        assert len(send()) == 1
        assert 0.4 < time.monotonic() - began_s < 5
        with pytest.raises(DBAPIError):
            admit(silent, lease_ms=700, worker_alive_ms=700)
        silent.invalidate()
