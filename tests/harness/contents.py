"""Contents of every kind that there is, for tests that hold for all analyses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyses import all_analyses, samples
from analyses.base import Analysis


def shipped() -> list[Analysis[Any, Any]]:
    """The product's own analyses, without those that tests have registered."""
    return [one for one in all_analyses() if type(one).__module__.startswith("analyses.")]


def row_for(analysis: Analysis[Any, Any]) -> dict[str, Any]:
    """A row that `analysis` takes: the first shipped sample of its kind of content, else a bare text."""
    kind = f"{analysis.content.__name__.lower()}s"
    return dict(samples.load(kind)[0]) if kind in samples.names() else {"text": "A kettle boils. It is loud."}


def with_text(row: dict[str, Any], text: str) -> dict[str, Any]:
    """The row with `text` behind the longest of its texts, wherever that lies."""
    longest = max(_texts(row), key=len)
    return dict(_replaced(row, longest, f"{longest}\n{text}"))


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _texts(inner)


def _replaced(tree: Any, old: str, new: str) -> Any:
    if isinstance(tree, dict):
        return {key: _replaced(inner, old, new) for key, inner in tree.items()}
    if isinstance(tree, list):
        return [_replaced(inner, old, new) for inner in tree]
    return new if tree == old else tree
