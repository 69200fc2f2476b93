"""The ledger: many askers, one transaction, and nobody pays for another's mistake."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Connection, insert, make_url, select
from sqlalchemy.exc import IntegrityError

from actors.ledger import Ledger
from models.commits import Fate, fate
from models.database import reading
from models.inserting import insert_or
from models.schema import marks
from tests.harness.environment import environment
from tests.harness.proxy import Proxy

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


@contextmanager
def behind_a_proxy(url: str) -> Iterator[tuple[str, Proxy]]:
    """The same PostgreSQL database, reached through a proxy: gives its URL there."""
    real = make_url(url)
    folder = Path(str(real.query["host"]))
    name = f".s.PGSQL.{real.port or 5432}"
    with TemporaryDirectory(prefix="gm-") as front:
        proxy = Proxy(Path(front) / name, folder / name, random.Random(1))
        proxy.up()
        try:
            there = real.update_query_dict({"host": front})
            yield there.render_as_string(hide_password=False), proxy
        finally:
            proxy.close()


def test_a_commit_whose_acknowledgement_is_lost_is_not_done_twice(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite commits in our own process, and nothing can be lost on the way")
    tries: list[str] = []

    def count(connection: Connection, names: Sequence[str], now: int) -> list[Any]:
        tries.extend(names)
        more = insert_or(connection, marks).values(name="counted", value=1)
        more = more.on_conflict_do_update(index_elements=["name"], set_={"value": marks.c.value + 1})
        connection.execute(more)
        return [f"{name} was counted" for name in names]

    with behind_a_proxy(database_url) as (url, proxy), environment(DATABASE_URL=url):
        ledger = Ledger()
        assert ledger.ask(count, "one") == "one was counted"
        proxy.unanswered = b"COMMIT"
        assert ledger.ask(count, "two") == "two was counted"
        proxy.unanswered = b"INSERT"
        assert ledger.ask(count, "three") == "three was counted"
        assert proxy.dropped == 2
    assert tries == ["one", "two", "three", "three"]
    with reading() as connection:
        assert connection.execute(select(marks.c.value)).scalar_one() == 3


def test_a_transaction_of_which_the_database_knows_nothing_is_undone(database_url: str) -> None:
    with reading() as connection:
        assert fate(connection, None) is Fate.UNDONE
    if database_url.startswith("postgres"):
        with reading() as connection:
            assert fate(connection, str(2**40)) is Fate.UNDONE
