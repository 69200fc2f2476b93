"""Celery's chord as its users set it up: the header's no-ops, then a callback that writes one row.

celery -A chord worker   and   python chord.py MEMBERS FAILING PATIENCE_S
"""

from __future__ import annotations

import json
import os
import sys
import time

import psycopg
from celery import Celery, chord

URL = os.environ["PEER_REDIS_URL"].replace("unix://", "redis+socket://")
DATABASE = os.environ["PEER_DATABASE_URL"]
app = Celery("chord", broker=URL, backend=URL)


class Permanent(Exception):
    """What no retry mends."""


@app.task
def noop(number: int, fails: bool) -> int:
    if fails:
        raise Permanent(number)
    return number


@app.task
def done(numbers: list[int]) -> None:
    with psycopg.connect(DATABASE) as connection:
        connection.execute("INSERT INTO chords (members) VALUES (%s)", [len(numbers)])


def rows(connection: psycopg.Connection) -> int:
    counted = connection.execute("SELECT count(*) FROM chords").fetchone()
    assert counted is not None
    return int(counted[0])


def complete(connection: psycopg.Connection, members: int, failing: int, patience_s: float) -> float | None:
    """Seconds until the callback's row is there; None if it did not come in time."""
    before, start = rows(connection), time.perf_counter()
    chord(noop.s(number, number < failing) for number in range(members))(done.s())
    while rows(connection) == before:
        if time.perf_counter() - start > patience_s:
            return None
        time.sleep(0.01)
    return time.perf_counter() - start


if __name__ == "__main__":
    with psycopg.connect(DATABASE, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS chords (members INTEGER)")
        complete(connection, 50, 0, 60)  # connections, and a first time for everything
        print(json.dumps({"s": complete(connection, *map(int, sys.argv[1:4]))}))
