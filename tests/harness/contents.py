"""Contents of every kind that there is, for tests that hold for all analyses."""

from __future__ import annotations

from typing import Any

from analyses import samples
from analyses.base import Analysis


def row_for(analysis: Analysis[Any, Any]) -> dict[str, Any]:
    """A row that `analysis` takes: the first shipped sample of its kind of content, else a bare text."""
    kind = f"{analysis.content.__name__.lower()}s"
    return dict(samples.load(kind)[0]) if kind in samples.names() else {"text": "A kettle boils. It is loud."}


def with_text(row: dict[str, Any], text: str) -> dict[str, Any]:
    """The row with `text` behind its own, or as its first turn's words."""
    if "turns" in row:
        first, *others = row["turns"]
        return row | {"turns": [first | {"text": f"{first['text']} {text}"}, *others]}
    return row | {"text": f"{row['text']}\n{text}"}
