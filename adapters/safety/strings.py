"""All the texts of a content, at any depth, in an order that is always the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel


def strings_in(value: Any) -> list[str]:
    """Its strings; not the keys of what it maps."""
    found: list[str] = []

    def noted(text: str) -> str:
        found.append(text)
        return text

    rebuilt(value, noted)
    return found


def rebuilt(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with each of its strings changed. Nothing is validated anew: a mark is no web address."""
    if type(value) is str:
        return change(value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: rebuilt(part, change) for name, part in value})
    if isinstance(value, dict):
        return {key: rebuilt(part, change) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(rebuilt(part, change) for part in value)
    return value
