"""How much a model takes at once: its context window in tokens, for what is sent and what is answered.

`MODEL_CONTEXTS` comes first, then the table of genai-prices, which is part of the installed package.
"""

from __future__ import annotations

from functools import lru_cache

from settings import Settings

# Of models that nobody knows, such as those of a server of one's own. Those are often run with less than they
# could take; what is too long for them all the same is cut further when the server says so.
UNKNOWN_TOKENS = 16_384


@lru_cache(maxsize=256)
def context_tokens(settings: Settings, provider: str, model: str) -> int:
    """The context window of `provider/model`."""
    told = settings.contexts.get(f"{provider}/{model}") or settings.contexts.get(model)
    return told or _listed(provider, model) or UNKNOWN_TOKENS


def _listed(provider: str, model: str) -> int | None:
    """What genai-prices says: of that provider's model, or where it has no such provider, of the name's."""
    from genai_prices.data_snapshot import get_snapshot  # it takes a tenth of a second to import

    for named in (provider, None):
        try:
            _, found = get_snapshot().find_provider_model(model, None, named, None)
        except LookupError:
            continue
        if found.context_window:
            return found.context_window
    return None
