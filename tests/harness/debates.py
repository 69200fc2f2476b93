"""The real debates beside the checkout, which are no part of the product, for the tests that need them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def rows(shared: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one file of debates; skips the test where it is absent."""
    path = shared / "data" / "debates" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} is not there; it is not part of the product")
    with path.open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]
