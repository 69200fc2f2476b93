"""Prices: what a call costs, as whole millionths of a US dollar (`micro`), rounded half up per call.

`MODEL_PRICES` comes first, then the table of genai-prices, which is part of the installed package: nothing
is fetched. A model that neither knows costs 0, and is said to be unknown; it is never guessed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial

import structlog

from adapters.llm.protocol import Usage
from settings import ModelPrice, Settings

log = structlog.get_logger(__name__)

MICRO = 1_000_000
SHARE_OF_LANE = {lane: Decimal("0.5") for lane in ("flex", "batch")}  # as OpenAI asks for both
COMPATIBLE = "openai"  # the provider that speaks with any compatible server


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call costs; `is_known` is false where nobody knows the model's price."""

    micro: int
    is_known: bool = True


def cost_of(
    settings: Settings, provider: str, models: Sequence[str], usage: Usage, lane: str = "realtime"
) -> Cost:
    """The cost of one call, in the lane in which it was answered. `models` are the model's names, best first.

    Those are what the vendor said has answered, and what was asked for: either may be in the table.
    """
    share = SHARE_OF_LANE.get(lane, Decimal(1))
    for model in models:
        if own := _own(settings, provider, model):
            return Cost(_micro(_by_own(own, usage) * share))
    for model in models:
        listed = _by_list(provider, settings.openai_base_url, model, usage)
        if listed is not None:
            return Cost(_micro(listed * share))
    _warn(provider, models[-1])
    return Cost(0, is_known=False)


def has_price(settings: Settings, provider: str, model: str) -> bool:
    """Whether anybody knows what this model costs."""
    if _own(settings, provider, model):
        return True
    return _by_list(provider, settings.openai_base_url, model, Usage()) is not None


def _own(settings: Settings, provider: str, model: str) -> ModelPrice | None:
    return settings.prices.get(f"{provider}/{model}") or settings.prices.get(model)


def _micro(usd: Decimal) -> int:
    return int((usd * MICRO).to_integral_value(ROUND_HALF_UP))


def _by_own(price: ModelPrice, usage: Usage) -> Decimal:
    cached = price.input if price.cached is None else price.cached
    fresh_tokens = usage.input_tokens - usage.cached_input_tokens
    micro = (
        price.input * fresh_tokens + cached * usage.cached_input_tokens + price.output * usage.output_tokens
    )
    return micro / MICRO


def _by_list(provider: str, base_url: str, model: str, usage: Usage) -> Decimal | None:
    """What genai-prices says in US dollars, tiers for long inputs included; None for a model it lacks.

    For a compatible server its address says whose prices hold, else the model's own name does.
    """
    from genai_prices import Usage as Used  # it takes a tenth of a second to import
    from genai_prices import calc_price

    used = Used(
        input_tokens=usage.input_tokens,
        cache_read_tokens=min(usage.cached_input_tokens, usage.input_tokens),
        cache_write_tokens=usage.cache_written_tokens,
        output_tokens=usage.output_tokens,
    )
    ways = [partial(calc_price, used, model, provider_id=provider)]
    if provider == COMPATIBLE:
        ways = [partial(calc_price, used, model, provider_api_url=base_url), partial(calc_price, used, model)]
    for way in ways:
        try:
            return way().total_price
        except Exception as error:  # noqa: BLE001 - a reply that was paid for is kept, priced or not
            if not isinstance(error, LookupError):
                log.error("price not worked out", model=model, error=type(error).__name__)
    return None


@cache
def _warn(provider: str, model: str) -> None:
    """Once per process and model."""
    log.warning("price of a model not known, counted as 0", provider=provider, model=model)
