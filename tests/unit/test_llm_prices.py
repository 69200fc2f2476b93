"""adapters.llm.prices: whole millionths of a dollar, by our own table first, then by the known prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.llm import Usage
from adapters.llm.prices import Cost, cost_of
from analyses import get_analysis
from cli.checks import check_price
from pipelines.estimate import Estimate, estimate
from settings import Settings

USAGE = Usage(input_tokens=1_000, output_tokens=100, cached_input_tokens=400)
OWN = '{"mine": {"input": 1, "output": "2.5", "cached": 0.1}, "openai/theirs": {"input": 3, "output": 0}}'


def cost(*models: str, provider: str = "openai", usage: Usage = USAGE, **changes: Any) -> Cost:
    return cost_of(Settings(**changes), provider, models, usage)


def test_a_known_model_costs_what_its_vendor_lists() -> None:
    # 600 fresh at $0.25, 400 cached at $0.025, 100 out at $2 per million: 150 + 10 + 200
    assert cost("gpt-5-mini") == Cost(360)


def test_a_dated_model_costs_as_the_one_it_is_and_an_unknown_one_as_what_was_asked_for() -> None:
    assert cost("gpt-5-mini-2025-08-07", "gpt-5-mini") == cost("of-tomorrow", "gpt-5-mini") == Cost(360)


def test_a_server_of_ones_own_costs_as_the_table_says_unless_told_otherwise() -> None:
    here = {"openai_base_url": "http://127.0.0.1:1/v1"}
    assert cost("gpt-5-mini", **here) == Cost(360)
    assert cost("gpt-5-mini", **here, model_prices='{"gpt-5-mini": {"input": 0, "output": 0}}') == Cost(0)


def test_our_own_prices_come_first_by_model_or_by_provider_and_model() -> None:
    assert cost("mine", model_prices=OWN) == Cost(600 + 40 + 250)
    assert cost("theirs", model_prices=OWN) == Cost(3_000)  # cached input costs as other input does
    assert cost("theirs", provider="other", model_prices=OWN) == Cost(0, is_known=False)
    assert cost("answered", "mine", model_prices=OWN) == Cost(890)


def test_a_model_of_no_known_price_costs_nothing_and_is_said_to_be_unknown() -> None:
    assert cost("nobodys-model") == Cost(0, is_known=False)
    assert cost("gpt-5-mini", provider="scripted") == Cost(0, is_known=False)


def test_the_doctor_warns_of_a_model_of_no_known_price() -> None:
    told = {
        name: check_price(Settings(llm_provider="openai", openai_model=name, model_prices=OWN))
        for name in ("gpt-5-mini", "theirs", "nobodys-model")
    }
    assert [told[name].ok for name in told] == [True, True, False]
    assert not told["nobodys-model"].required
    assert check_price(Settings(llm_provider="local")).ok


def test_half_a_millionth_is_rounded_up() -> None:
    half = '{"m": {"input": 0.5, "output": 0}}'
    assert [cost("m", usage=Usage(n), model_prices=half).micro for n in (0, 1, 2, 3)] == [0, 1, 1, 2]


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.decimals(0, 100, places=3))
def test_a_cost_is_within_half_a_millionth_of_the_exact_one(
    asked: int, answered: int, price: Decimal
) -> None:
    told = cost("m", usage=Usage(asked, answered), model_prices=f'{{"m": {{"input": {price}, "output": 1}}}}')
    assert abs(told.micro - (price * asked + answered)) <= Decimal("0.5")


def test_a_reply_that_counts_more_cached_tokens_than_input_is_priced_all_the_same() -> None:
    assert cost("gpt-5-mini", usage=Usage(10, 0, cached_input_tokens=20)).micro >= 0


@pytest.mark.parametrize(
    "wrong", ["no json", "[]", '{"m": {"input": -1, "output": 1}}', '{"m": {"input": 1}}', '{"m": 1}']
)
def test_wrong_prices_are_refused_when_the_settings_are_read(wrong: str) -> None:
    with pytest.raises(ValidationError, match="model_prices"):
        Settings(model_prices=wrong)


def test_the_estimate_grows_with_the_content_and_counts_instructions_schema_and_a_usual_reply() -> None:
    analysis = get_analysis("text.sentiment")

    def told(text: str) -> Estimate:
        content = analysis.parse_content({"text": text})
        return estimate(Settings(), analysis, content, "openai/gpt-5-mini")

    short, long = told("tea " * 10), told("tea " * 1_010)
    assert long.tokens - short.tokens == 1_000
    assert long.micro - short.micro == 250
    assert short.tokens > analysis.expected_output_tokens + 200  # our instructions and the schema
    assert short.credits == 1


def test_nothing_is_estimated_for_the_local_analysers() -> None:
    analysis = get_analysis("text.sentiment")
    assert estimate(Settings(), analysis, analysis.parse_content({"text": "tea"}), "local") == Estimate()
