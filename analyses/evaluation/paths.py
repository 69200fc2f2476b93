"""Paths: where a row has its label, and where an answer has what is compared with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from errors import InvalidInput

_SAME = {"pos": "positive", "neg": "negative", "neu": "neutral"}


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """What `row` has at the dotted `path` ("label.sentiment"). Raises InvalidInput where there is nothing."""
    value: Any = row
    for key in path.split("."):
        if not isinstance(value, Mapping) or value.get(key) is None:
            raise InvalidInput(f"A row has nothing at {path}; name the label by its dotted path.")
        value = value[key]
    return value


def label_of(value: Any) -> str:
    """A label in lower case, short forms written out. Raises InvalidInput for what is none."""
    if not isinstance(value, str | bool | int | float):
        raise InvalidInput("A label is a text, a number or a truth value; name the path of one.")
    told = str(value).strip().lower()
    return _SAME.get(told, told)


def gold_label(row: Mapping[str, Any], path: str) -> str:
    """The label of `row` at the dotted `path`, as `label_of` writes it. Raises InvalidInput."""
    return label_of(value_at(row, path))


def found_at(answer: BaseModel, path: str) -> Any:
    """What an answer has at `path`; of a list, that of each of its items ("risks.category").

    Raises InvalidInput naming the fields there are.
    """
    value: Any = answer
    for key in path.split("."):
        value = _step(value, key, path)
    return value


def _step(value: Any, key: str, path: str) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_step(item, key, path) for item in value]
    fields = type(value).model_fields if isinstance(value, BaseModel) else {}
    if key not in fields:
        known = f"; it has {', '.join(fields)}" if fields else ""
        raise InvalidInput(f"The answer has nothing at {path[:80]}{known}.")
    return getattr(value, key)
