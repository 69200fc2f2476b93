"""Quotes: what a batch would cost, read in constant memory, and what the tenant's purse says to it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from errors import Conflict, InvalidInput
from models.budgets import Period, set_budget
from models.credits import grant
from models.database import writing
from pipelines import analyze_many
from tests.harness.environment import environment
from tests.steps.rows import TENANT, members, put

pytestmark = pytest.mark.usefixtures("database_url")

PRICES = '{"scripted/gpt-5-mini": {"input": 1, "output": 10}}'
ROWS = [f"text {n}" for n in range(20)]


@pytest.fixture(autouse=True)
def _priced() -> Iterator[None]:
    with environment(LLM_PROVIDER="scripted", MODEL_PRICES=PRICES):
        yield


def test_a_quote_is_the_sum_of_what_its_jobs_are_then_estimated_at() -> None:
    batch = analyze_many("text.sentiment", ROWS)
    told = batch.estimate()
    stored = members(batch.submit().id)
    assert (told.jobs, told.is_price_known, told.obstacles) == (20, True, [])
    assert told.tokens == sum(row.estimated_tokens for row in stored)
    assert told.micro == sum(row.estimated_micro for row in stored)
    assert told.credits == sum(row.price_credits for row in stored) == 20


def test_a_generator_is_read_once_in_the_memory_of_a_row_and_then_used_up() -> None:
    def peak(many: int) -> int:
        batch = analyze_many("text.sentiment", ({"text": f"word {n} " * 200} for n in range(many)))
        tracemalloc.start()
        assert batch.estimate().jobs == many
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        with pytest.raises(Conflict, match="have been read"):
            batch.submit()
        return used

    peak(10)  # whatever is loaded or cached once
    assert peak(3_000) < peak(30) + 100_000


def test_a_row_that_will_not_do_is_named_and_a_list_may_still_be_submitted() -> None:
    with pytest.raises(InvalidInput, match="Row 2"):
        analyze_many("text.sentiment", ["fine", ""]).estimate()
    batch = analyze_many("text.sentiment", ["fine"])
    batch.estimate()
    assert batch.submit().counts.total == 1
    with pytest.raises(Conflict):
        batch.estimate()


def test_what_the_purse_does_not_hold_is_said() -> None:
    put()  # so that the tenant is there
    with writing() as connection:
        grant(connection, TENANT, 20)
        set_budget(connection, TENANT, Period.MONTH, 10_000_000)
    assert analyze_many("text.sentiment", ROWS).estimate().obstacles == []
    told = analyze_many("text.sentiment", ["one more", *ROWS]).estimate()
    assert told.obstacles == ["It takes 21 credits and the account has 20."]
    with writing() as connection:
        set_budget(connection, TENANT, Period.DAY, 100)
    assert (
        "budget of the day has $0.0001 left" in analyze_many("text.sentiment", ROWS).estimate().obstacles[0]
    )


def test_the_local_analysers_cost_nothing() -> None:
    with environment(LLM_PROVIDER="local"):
        told = analyze_many("text.sentiment", ROWS).estimate()
    assert (told.answerer, told.jobs, told.tokens, told.micro, told.credits) == ("local", 20, 0, 0, 0)


def test_the_quote_is_for_whoever_is_to_answer() -> None:
    assert analyze_many("text.sentiment", ROWS, model="local").estimate().micro == 0
    told = analyze_many("text.sentiment", ROWS, model="openai/gpt-5-mini").estimate()
    assert (told.answerer, told.is_price_known) == ("openai/gpt-5-mini", True)


def test_a_model_of_no_known_price_is_said_to_have_none() -> None:
    with environment(MODEL_PRICES=""):
        told = analyze_many("text.sentiment", ROWS).estimate()
    assert (told.micro, told.is_price_known) == (0, False)
    assert told.tokens > 0
