"""The ledger: many askers, one transaction, and nobody pays for another's mistake."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from actors.ledger import Ledger
from models.database import reading
from models.schema import marks
from tests.harness.environment import environment

pytestmark = pytest.mark.usefixtures("database_url")


def put(connection: Connection, names: Sequence[str], now: int) -> list[Any]:
    connection.execute(insert(marks), [{"name": name, "value": now} for name in names])
    return [f"{name} of {len(names)}" for name in names]


def ask_all(ledger: Ledger, names: Sequence[str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}

    def one(name: str) -> None:
        try:
            answers[name] = ledger.ask(put, name)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[name] = error

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers


def test_each_asker_gets_its_own_result_after_the_commit() -> None:
    names = [f"n{i}" for i in range(40)]
    answers = ask_all(Ledger(), names)
    assert all(answers[name].startswith(f"{name} of ") for name in names)
    with reading() as connection:
        assert len(connection.execute(select(marks.c.name)).all()) == 40


def test_what_is_asked_while_another_transaction_runs_is_written_together() -> None:
    answers = ask_all(Ledger(), [f"n{i}" for i in range(40)])
    assert any(not answer.endswith(" of 1") for answer in answers.values())


def test_a_request_that_the_database_refuses_does_not_take_its_neighbours_with_it() -> None:
    ledger = Ledger()
    ledger.ask(put, "taken")
    answers = ask_all(ledger, ["taken", *(f"n{i}" for i in range(20))])
    assert isinstance(answers.pop("taken"), IntegrityError)
    assert all(isinstance(answer, str) for answer in answers.values())
    with reading() as connection:
        assert len(connection.execute(select(marks.c.name)).all()) == 21


def test_a_transaction_that_the_database_ended_because_we_fell_silent_is_begun_again(
    database_url: str,
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite ends nobody's transaction")
    tries: list[int] = []

    def put_slowly(connection: Connection, names: Sequence[str], now: int) -> list[Any]:
        tries.append(now)
        if len(tries) == 1:
            time.sleep(1.2)  # as if stopped
        return put(connection, names, now)

    with environment(LEASE_MS="600"):
        assert Ledger().ask(put_slowly, "one") == "one of 1"
    assert len(tries) == 2
