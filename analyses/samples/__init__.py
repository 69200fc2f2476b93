"""The shipped samples: invented contents of our own, a file per kind, for the demo and to try things out."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from errors import NotFound


def names() -> list[str]:
    """The samples there are ("stories", "texts", ...): one for each JSONL file beside this module."""
    found = (entry.name for entry in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".jsonl") for name in found if name.endswith(".jsonl"))


def load(name: str) -> list[dict[str, Any]]:
    """The rows of the sample `name`, each with an `id`; raises `NotFound`."""
    if name not in names():
        raise NotFound(f"There is no sample of that name; there are {', '.join(names())}.")
    lines = resources.files(__name__).joinpath(f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]
