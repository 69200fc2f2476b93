"""The LLM seam: `get_provider(settings)` gives what answers requests, or None where the analyses do it.

One file here is one provider: a module that defines `provider(settings) -> Provider` is found by its
file name, which is also the value of `LLM_PROVIDER`. Importing this package stays cheap; a vendor's
library is imported at the first call.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache, lru_cache

from adapters.llm.protocol import Provider, Reply, Request, Usage, check
from errors import InvalidInput
from settings import Settings

__all__ = [
    "LOCAL",
    "Provider",
    "Reply",
    "Request",
    "Usage",
    "check",
    "check_answerer",
    "get_provider",
    "provider_names",
]

LONGEST_NAME_CHARS = 200
PARTS_CHAINS = ">"
LOCAL = "local"  # the analyses' own offline analysers; no provider of this package
Builder = Callable[[Settings], Provider]


@cache
def _builders() -> dict[str, Builder]:
    """Every module of this package that defines `provider`, by its name."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    found = {module.__name__.rpartition(".")[2]: getattr(module, "provider", None) for module in modules}
    return {name: builder for name, builder in found.items() if callable(builder)}


def provider_names() -> list[str]:
    """The providers there are, sorted, without `local`."""
    return sorted(_builders())


def check_answerer(named: str) -> str:
    """`local` or `provider/model` as given. Raises `InvalidInput` where nobody of that name can answer."""
    provider, _, model = named.partition("/")
    is_named = bool(model) and len(named) <= LONGEST_NAME_CHARS and PARTS_CHAINS not in named
    if named != LOCAL and not (is_named and provider in provider_names()):
        known = ", ".join(f"{name}/MODEL" for name in provider_names())
        raise InvalidInput(f"{named[:40]!r} names no model; write {LOCAL}, or one of {known}.")
    return named


@lru_cache(maxsize=8)  # one provider, hence one HTTP client, per process and settings
def get_provider(settings: Settings, named: str = "") -> Provider | None:
    """The provider of that name, or that `settings` name; None for `local`. Opens no connection.

    Raises `InvalidInput` for an unknown name or a script that cannot be read.
    """
    name = named or settings.provider_name
    if name == LOCAL:
        return None
    builder = _builders().get(name)
    if builder is None:
        known = ", ".join([LOCAL, *provider_names()])
        raise InvalidInput(f"LLM_PROVIDER names {name!r}, which does not exist; choose one of: {known}.")
    return builder(settings)
