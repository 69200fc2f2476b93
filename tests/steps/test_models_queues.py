"""models.queues, on both databases: what is in force, what was used of it, and changes that hold at once."""

from __future__ import annotations

from typing import Any

import pytest

from errors import InvalidInput, NotFound
from models.database import reading, writing
from models.limits import Change
from models.queues import Standing, change, standings
from tests.steps.rows import at_once, put, send

pytestmark = pytest.mark.usefixtures("database_url")


def tell(scope: Any, name: str, **values: Any) -> Standing:
    with writing() as connection:
        return change(connection, scope, name, Change(**values), {"ai_analysis"})


def standing(name: str = "ai_analysis", scope: str = "queue") -> Standing:
    with reading() as connection:
        return next(s for s in standings(connection, {"own"}) if (s.scope, s.name) == (scope, name))


def test_a_queue_of_which_nobody_said_anything_has_its_defaults() -> None:
    one = standing()
    assert (one.concurrency, one.rate, one.period_ms, one.paused) == (3, 10, 60_000, False)
    assert one.by_default == ("concurrency", "rate")
    assert (standing("own").concurrency, standing("own").by_default) == (None, ())


def test_what_is_set_takes_the_place_of_the_default_and_the_rest_stays() -> None:
    one = tell("queue", "ai_analysis", concurrency=8)
    assert (one.concurrency, one.rate, one.by_default) == (8, 10, ("rate",))
    one = tell("queue", "ai_analysis", rate=0)
    assert (one.concurrency, one.rate, one.by_default) == (8, None, ())


def test_what_was_used_and_what_is_in_flight_are_counted() -> None:
    for _ in range(4):
        put(model="openai/m")
    assert len(send()) == 3  # the default lets no more than three at a model
    one = standing()
    assert (one.used, one.in_flight) == (3, 3)
    tell("tenant", "default", concurrency=9)
    assert standing("default", "tenant").in_flight == 3


def test_a_pause_holds_from_the_next_admission_on_and_so_does_its_end() -> None:
    put()
    tell("queue", "ai_analysis", paused=True)
    assert send() == []
    tell("queue", "ai_analysis", paused=False)
    assert len(send()) == 1


def test_a_pause_outlives_the_admissions_that_run_at_the_same_time() -> None:
    tell("queue", "ai_analysis", rate=1_000_000)
    for _ in range(30):
        put()

    def work(number: int) -> None:
        if number:
            send()
        else:
            tell("queue", "ai_analysis", paused=True)

    for _ in range(3):
        at_once(4, work)
        assert standing().paused
        tell("queue", "ai_analysis", paused=False)


@pytest.mark.parametrize(
    ("scope", "name", "error"),
    [
        ("queue", "nowhere", NotFound),
        ("tenant", "nobody", NotFound),
        ("model", "gpt", InvalidInput),
        ("source", "", InvalidInput),
        ("source", "a\x00b", InvalidInput),
        ("source", "x" * 201, InvalidInput),
        ("planet", "earth", InvalidInput),
    ],
)
def test_what_is_not_there_or_is_no_name_is_refused(scope: str, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        tell(scope, name, paused=True)


def test_a_queue_with_jobs_is_known_though_no_analysis_names_it() -> None:
    put(queue="of_an_older_version")
    assert tell("queue", "of_an_older_version", paused=True).paused
