"""models.charges, on both databases: every reply is charged once, and the days' sums are the charges'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.charges import SUMS, Charged, Spent, charge, day_of, spent_by
from models.claims import Fence
from models.database import clock, reading, writing
from models.replies import NewReply, keep_replies
from models.schema import charges, spend
from pipelines import Job, analyze
from tests.harness.environment import environment
from tests.steps.driving import drive, scripted
from tests.steps.rows import TENANT, at_once

pytestmark = pytest.mark.usefixtures("database_url")

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
PRICES = '{"scripted/gpt-5-mini": {"input": 1, "output": 10}}'
USAGE = {"input_tokens": 1_000, "output_tokens": 50}
PRICE = 1_500  # of one call with this usage


def spent(job: Job) -> Spent:
    with reading() as connection:
        return spent_by(connection, TENANT, job.id)


def sums() -> dict[str, int]:
    with reading() as connection:
        row = connection.execute(select(*(func.coalesce(func.sum(spend.c[n]), 0) for n in SUMS))).one()
    return {name: int(value) for name, value in zip(SUMS, row, strict=True)}


def rows() -> list[Any]:
    with reading() as connection:
        return list(connection.execute(select(*charges.c).order_by(charges.c.id)).all())


def sentiment() -> Job:
    return drive(analyze("text.sentiment", {"text": "The tea was lovely."}).submit())


def test_a_reply_is_charged_to_its_job_and_its_day(home: Path) -> None:
    with environment(MODEL_PRICES=PRICES), scripted(home, {"reply": GOOD, "usage": USAGE}):
        job = sentiment()
        assert job.state == "completed"
        assert spent(job) == Spent(PRICE, 0)
        (row,) = rows()
        assert (row.job_id, row.analysis, row.model) == (job.id, "text.sentiment", "gpt-5-mini")
        told = {"calls": 1, "reused": 0, "input_tokens": 1_000, "output_tokens": 50}
        assert sums() == told | {"cost_micro": PRICE, "saved_micro": 0}


def test_a_repeat_costs_nothing_and_what_the_reply_had_cost_is_saved(home: Path) -> None:
    with environment(MODEL_PRICES=PRICES), scripted(home, {"reply": GOOD, "usage": USAGE}):
        sentiment()
        again = sentiment()
        assert spent(again) == Spent(0, PRICE)
        told = sums()
        assert (told["calls"], told["reused"]) == (1, 1)
        assert (told["cost_micro"], told["saved_micro"], told["input_tokens"]) == (PRICE, PRICE, 1_000)


def test_replies_that_did_not_fit_or_refused_are_charged_as_well(home: Path) -> None:
    bad = {"first": 1, "text": "no JSON", "usage": USAGE}
    with environment(MODEL_PRICES=PRICES), scripted(home, bad, {"reply": GOOD, "usage": USAGE}):
        job = drive(sentiment())
        assert (job.state, spent(job)) == ("completed", Spent(2 * PRICE, 0))


def test_a_refusal_is_charged_once(home: Path) -> None:
    with environment(MODEL_PRICES=PRICES), scripted(home, {"refusal": "No.", "usage": USAGE}):
        assert [spent(sentiment()) for _ in range(2)] == [Spent(PRICE, 0), Spent(0, PRICE)]


def test_a_local_answer_is_not_charged() -> None:
    job = sentiment()
    assert (job.state, spent(job), rows()) == ("completed", Spent(0, 0), [])
    assert (job.row.estimated_tokens, job.row.estimated_micro, job.row.price_credits) == (0, 0, 0)


def test_a_job_is_submitted_with_its_estimate_and_price(home: Path) -> None:
    with environment(MODEL_PRICES=PRICES), scripted(home, {"reply": GOOD}):
        row = sentiment().row
        assert row.estimated_tokens > 600
        assert row.estimated_micro > 6_000
        assert row.price_credits == 1


def test_sixteen_writers_at_once_add_up_to_the_charges() -> None:
    def write(number: int) -> None:
        made = [
            Charged(TENANT, f"j{number}", "r", f"a{n}", "p", "m", 1, 2, 3, 4, n % 2 == 1) for n in range(4)
        ]
        for _ in range(5):
            with writing() as connection:
                charge(connection, made[:: 1 if number % 2 else -1], clock(connection))

    at_once(16, write)
    told = sums()
    assert (told["calls"], told["reused"], told["cost_micro"]) == (160, 160, 960)
    assert sum(row.cost_micro for row in rows()) == 960


def test_a_day_is_utcs_and_another_tenants_charges_are_not_mine() -> None:
    assert (day_of(0), day_of(86_399_999), day_of(86_400_000)) == ("1970-01-01", "1970-01-01", "1970-01-02")
    with writing() as connection:
        charge(connection, [Charged("other", "job", "r", "a", "p", "m", cost_micro=5)], clock(connection))
        assert spent_by(connection, TENANT, "job") == Spent(0, 0)


def test_a_reply_that_is_written_a_second_time_is_charged_once() -> None:
    fence, tokens = Fence("job", 1), (1_000, 50, 0, 0)
    new = NewReply(TENANT, "a", "k", fence, "p", "m", 1, "{}", {}, *tokens, PRICE, 5, "stop")
    for stored in ([new], []):
        with writing() as connection:
            assert keep_replies(connection, [new], clock(connection)) == stored
    assert len(rows()) == 1
    assert sums()["cost_micro"] == PRICE
