"""The channels a notice can go to: one file each, found by the scheme before the colon.

A channel is written `scheme:target`, for example `file:finished.jsonl`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened, to a job or to a batch. `id` is the same at every repetition, to tell doubles by."""

    id: str
    event: str
    tenant_id: str
    job_id: str | None = None
    batch_id: str | None = None


Send = Callable[[str, Notice], None]
Check = Callable[[str], None]


@cache
def channels() -> dict[str, Send]:
    """Every module here that defines `send`, by its name."""
    found = {m.name: importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)}
    return {name: module.send for name, module in found.items()}


@cache
def checks() -> dict[str, Check]:
    """Of the modules here, those that define `check` to refuse a target before any job is stored."""
    found = {name: importlib.import_module(f"{__name__}.{name}") for name in channels()}
    return {name: module.check for name, module in found.items() if hasattr(module, "check")}


def check_channel(channel: str) -> str:
    """The channel as given. Raises InvalidInput if there is none of that scheme, or its target is wrong."""
    scheme, colon, target = channel.partition(":")
    if scheme not in channels() or not colon or not target:
        known = ", ".join(f"{name}:…" for name in sorted(channels()))
        raise InvalidInput(f"{scheme!r} is not a channel; write one of {known}.")
    if (check := checks().get(scheme)) is not None:
        check(target)
    return channel


def send(channel: str, notice: Notice) -> None:
    """Send a notice. Raises what the channel raises; the caller tries again later."""
    scheme, _, target = check_channel(channel).partition(":")
    channels()[scheme](target, notice)
