"""The feed, on both databases: every event once and in order, whoever writes and however one reads."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from models import feed
from models.control import cancel_job, retry_job
from models.database import clock, engine, reading, transact, writing
from models.feed import Event, Which, settled, since
from models.schema import events
from models.timeline import Entry, record
from pipelines import analyze
from pipelines.following import Following, follow, present
from pipelines.tailer import MOST_UNTAKEN, tailer
from tests.steps.rows import TENANT, complete, end_badly, fence, members, put, put_batch, running, send, take

pytestmark = pytest.mark.usefixtures("database_url")

EVERYTHING = Which()
WRITERS, JOBS_EACH = 8, 12


@pytest.fixture(autouse=True)
def _nobody_listens_afterwards() -> Iterator[None]:
    """No tailer reads on in the database of the next test."""
    yield
    deadline = time.monotonic() + 5
    while tailer._thread is not None:
        assert time.monotonic() < deadline, "somebody still listens"
        time.sleep(0.01)


def write(*states: str, job_id: str = "j", tenant_id: str = TENANT, batch_id: str | None = None) -> None:
    with writing() as connection:
        told = [Entry(tenant_id, job_id, batch_id, state) for state in states]
        record(connection, told, clock(connection))


def write_nothing() -> None:
    """A transaction that takes numbers and is rolled back."""
    with contextlib.suppress(LookupError), writing() as connection:
        record(connection, [Entry(TENANT, "never", None, "waiting")] * 3, 0)
        raise LookupError


def read(cursor: int = 0, which: Which = EVERYTHING, limit: int = 1_000) -> feed.Page:
    with reading() as connection:
        return since(connection, cursor, which, limit=limit)


def stored() -> list[int]:
    with reading() as connection:
        return list(connection.execute(select(events.c.id).order_by(events.c.id)).scalars())


def life_of_a_job(number: int) -> None:
    """Several transactions, some of many events, some rolled back, some slow to commit."""
    job_id = put(tenant_id=f"t{number % 3}")
    with writing() as connection:
        cancel_job(connection, f"t{number % 3}", job_id)
        if number % 4 == 0:
            time.sleep(0.01)
    write_nothing()
    with writing() as connection:
        record(connection, [Entry("t0", job_id, None, f"extra {n}") for n in range(3)], 0)


def test_many_writers_and_one_reader_see_each_event_once_and_each_jobs_in_order() -> None:
    seen: list[Event] = []
    done = threading.Event()

    def reader() -> None:
        cursor = 0
        while True:
            last = done.is_set()
            page = read(cursor, limit=7)
            seen.extend(page.events)
            cursor = page.cursor
            if last and page.reached_end:
                return

    watching = threading.Thread(target=reader)
    watching.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(life_of_a_job, range(WRITERS * JOBS_EACH)))
    done.set()
    watching.join(60)
    assert [event.number for event in seen] == stored()
    by_job: defaultdict[str | None, list[str]] = defaultdict(list)
    for event in seen:
        by_job[event.job_id].append(event.state)
    whole = ["waiting", "cancelled", "extra 0", "extra 1", "extra 2"]
    assert list(by_job.values()) == [whole] * WRITERS * JOBS_EACH


def test_a_lower_number_that_commits_later_is_waited_for(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    with engine().connect() as slow, slow.begin():
        record(slow, [Entry(TENANT, "slow", None, "waiting")], 0)
        write("waiting", job_id="quick")
        page = read()
        assert (page.events, page.cursor, page.reached_end) == ([], 0, False)
        with reading() as connection:
            assert settled(connection) is None
    assert [event.job_id for event in read().events] == ["slow", "quick"]


def test_a_number_that_was_rolled_back_holds_up_nobody(database_url: str) -> None:
    write("waiting")
    write_nothing()
    write("running")
    begun_s = time.monotonic()
    assert [event.state for event in read().events] == ["waiting", "running"]
    assert time.monotonic() - begun_s < feed.SETTLE_S


def test_everyone_gets_only_what_was_asked_for() -> None:
    batch_id = put_batch(2)
    lone, theirs = put(), put(tenant_id="other")
    of_batch = read(which=Which(TENANT, batch_id=batch_id)).events
    assert {event.job_id for event in of_batch} == {member.id for member in members(batch_id)}
    assert {event.job_id for event in read(which=Which("other")).events} == {theirs}
    assert [event.job_id for event in read(which=Which(TENANT, job_id=lone)).events] == [lone]
    assert read(which=Which("other", job_id=lone)).events == []


def test_pages_follow_each_other_without_a_gap() -> None:
    write(*(f"state {n}" for n in range(10)))
    write("of another", tenant_id="other")
    cursor, states = 0, []
    while not (page := read(cursor, Which(TENANT), limit=3)).reached_end:
        states += [event.state for event in page.events]
        cursor = page.cursor
    states += [event.state for event in page.events]
    assert states == [f"state {n}" for n in range(10)]
    assert page.cursor == stored()[-1]


def test_a_job_is_followed_from_its_past_to_its_end() -> None:
    job_id = put()
    seen: list[str] = []
    following = threading.Thread(
        target=lambda: seen.extend(e.state for e in follow(Which(TENANT, job_id=job_id)))
    )
    following.start()
    send()
    held = fence(job_id)
    take([held])
    complete(held)
    following.join(10)
    assert seen == ["waiting", "running", "completed"]


def test_a_handle_follows_its_job() -> None:
    job = analyze("text.sentiment", {"text": "good"}, delay_s=60).submit()
    threading.Timer(0.2, job.cancel).start()
    assert [event.state for event in job.events(follow=True)] == ["scheduled", "cancelled"]
    assert [event.state for event in job.events()] == ["scheduled", "cancelled"]


def test_a_batch_is_followed_until_it_has_its_outcome() -> None:
    batch_id = put_batch(3)
    seen: list[Event] = []
    following = threading.Thread(
        target=lambda: seen.extend(follow(Which(TENANT, batch_id=batch_id), after=present()))
    )
    following.start()
    time.sleep(0.1)
    send()
    held = [fence(member.id) for member in members(batch_id)]
    take(held)
    complete(*held)
    following.join(10)
    assert [event.state for event in seen] == ["running"] * 3 + ["completed"] * 3 + ["completed"]
    assert (seen[-1].job_id, seen[-1].batch_id) == (None, batch_id)


def test_a_job_that_was_retried_when_its_end_was_heard_is_followed_further() -> None:
    held = running()
    stream = Following(Which(TENANT, job_id=held.job_id), after=0)
    try:
        assert [event.state for event in stream.take()] == ["waiting", "running"]
        end_badly(held)
        transact(lambda connection: retry_job(connection, TENANT, held.job_id))
        wait_for(stream, ["failed", "waiting"])
        assert not stream.over
        transact(lambda connection: cancel_job(connection, TENANT, held.job_id))
        wait_for(stream, ["cancelled"])
        assert stream.over
    finally:
        stream.close()


def test_a_listener_that_is_slow_loses_nothing_and_holds_a_bounded_number_in_memory() -> None:
    woken = threading.Event()
    stream = Following(Which(TENANT), after=present(), wake=woken.set)
    try:
        while stream.is_behind:
            stream.take()
        for part in range(3):
            write(*(f"{part} {n}" for n in range(MOST_UNTAKEN // 2)))
            woken.wait(5)
            woken.clear()
            time.sleep(0.1)
        assert len(stream._listener._untaken) <= MOST_UNTAKEN
        wanted = [f"{part} {n}" for part in range(3) for n in range(MOST_UNTAKEN // 2)]
        wait_for(stream, wanted)
    finally:
        stream.close()


def test_any_number_of_listeners_share_one_thread_and_it_ends_with_the_last() -> None:
    streams = [Following(Which(TENANT, job_id=f"j{n}"), after=0) for n in range(50)]
    for stream in streams:
        stream.take()
    tailers = [thread for thread in threading.enumerate() if thread.name == "tailer"]
    assert len(tailers) == 1
    write("waiting", job_id="j7")
    wait_for(streams[7], ["waiting"])
    for stream in streams:
        stream.close()
        stream.close()
    tailers[0].join(5)
    assert not tailers[0].is_alive()


def wait_for(stream: Following, states: list[str], within_s: float = 10) -> None:
    """The stream gives these states next."""
    seen: list[str] = []
    deadline = time.monotonic() + within_s
    while len(seen) < len(states):
        assert time.monotonic() < deadline, seen
        seen += [event.state for event in stream.take()]
        time.sleep(0.01)
    assert seen == states
