"""Reading a model's reply as JSON, forgiving of a code fence around it and of nothing else."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

from errors import InvalidAnswer

LONGEST_REPLY_CHARS = 1_000_000  # far above any answer; keeps a runaway reply from costing memory
_FENCE = "```"


def parse_reply(raw: str) -> dict[str, Any]:
    """The JSON object in `raw`; raises `InvalidAnswer` where there is none.

    pydantic's parser bounds the depth, so a reply of a million brackets cannot end the process.
    """
    if len(raw) > LONGEST_REPLY_CHARS:
        raise InvalidAnswer(
            f"The reply has {len(raw):,} characters; at most {LONGEST_REPLY_CHARS:,} are read."
        )
    text = _unfenced(raw.strip())
    if not text:
        raise InvalidAnswer("The reply is empty; the model gave no JSON object.")
    try:
        data = from_json(text, allow_inf_nan=False)
    except ValueError:
        raise InvalidAnswer("The reply is not valid JSON; it may have been cut off.") from None
    if not isinstance(data, dict):
        raise InvalidAnswer(f"The reply is JSON of type {type(data).__name__}; an object was asked for.")
    return data


def _unfenced(text: str) -> str:
    if not (text.startswith(_FENCE) and text.endswith(_FENCE) and "\n" in text):
        return text
    return text.split("\n", 1)[1].removesuffix(_FENCE).strip()
