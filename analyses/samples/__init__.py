"""The shipped samples: invented stories and texts of our own, for the demo and for trying things out."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from errors import NotFound

NAMES = ("stories", "texts")


def load(name: str) -> list[dict[str, Any]]:
    """The rows of the sample `name` ("stories" or "texts"), each with an `id`; raises `NotFound`."""
    if name not in NAMES:
        raise NotFound(f"There is no sample of that name; there are {' and '.join(NAMES)}.")
    lines = resources.files(__name__).joinpath(f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]
