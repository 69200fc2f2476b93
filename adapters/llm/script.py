"""The scripted provider's file: JSON rules, validated when read, so a typo is an error and not a silence.

    {"delay_ms": 0, "journal": "calls.jsonl", "rules": [
        {"user_contains": "outage", "first": 2, "error": "rate_limit", "retry_after_s": 1.5},
        {"schema_name": "text_sentiment", "merge": {"label": "positive"}},
        {"user_matches": "(?i)poison", "text": "not JSON"},
        {"share": 0.1, "refusal": "I cannot help with that."}]}

A rule needs every condition it states. What it says beyond them (`reply`, `text`, `refusal`, `error`)
is at most one thing; with none of them the schema's example answers, with `merge` laid over it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from adapters.llm.protocol import FINISHES, Usage
from errors import ERROR_CLASSES, InvalidInput

LARGEST_SCRIPT_BYTES = 10_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScriptedUsage(_Strict):
    """The token counts a rule reports in place of the estimate."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cached_input_tokens: int = Field(default=0, ge=0)
    reasoning_tokens: int = Field(default=0, ge=0)

    def as_usage(self) -> Usage:
        return Usage(**self.model_dump())


class Rule(_Strict):
    """Conditions first, then what happens. `share` picks that part of all texts, always the same ones.

    `first` limits the rule to its first N matching calls in each process; later calls go on to the
    next rule.
    """

    name: str = ""
    user_contains: str = ""
    user_matches: str = ""
    schema_name: str = ""
    share: float = Field(default=1.0, ge=0, le=1)
    first: int | None = Field(default=None, ge=0)

    delay_ms: int = Field(default=0, ge=0, le=3_600_000)
    reply: Any = None
    text: str | None = None
    refusal: str | None = None
    error: str | None = None
    retry_after_s: float | None = Field(default=None, ge=0)
    merge: dict[str, Any] = {}
    finish: str = ""
    usage: ScriptedUsage | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        outcomes = [self.reply, self.text, self.refusal, self.error]
        if sum(outcome is not None for outcome in outcomes) > 1:
            raise ValueError("give at most one of reply, text, refusal, error")
        if self.merge and not (self.reply is None or isinstance(self.reply, dict)):
            raise ValueError("merge needs a reply that is an object")
        if self.error is not None and self.error not in ERROR_CLASSES:
            raise ValueError(f"error must be one of {', '.join(sorted(ERROR_CLASSES))}")
        if self.finish and self.finish not in FINISHES:
            raise ValueError(f"finish must be one of {', '.join(FINISHES)}")
        try:
            re.compile(self.user_matches)
        except re.error as broken:
            raise ValueError(f"user_matches is not a regular expression: {broken}") from None
        return self

    @property
    def finish_name(self) -> str:
        return self.finish or ("refusal" if self.refusal is not None else "stop")

    def matches(self, schema_name: str, user: str) -> bool:
        """Whether the rule's stated conditions hold; `first` is the provider's to count."""
        return (
            (not self.schema_name or self.schema_name == schema_name)
            and self.user_contains in user
            and (not self.user_matches or re.search(self.user_matches, user) is not None)
            and (self.share >= 1 or _fraction(user) < self.share)
        )


class Script(_Strict):
    """The whole file. `delay_ms` is for calls no rule matches; `journal` gets one JSON line per call."""

    rules: tuple[Rule, ...] = ()
    delay_ms: int = Field(default=0, ge=0, le=3_600_000)
    journal: str = ""


def load(path: Path) -> Script:
    """Read and validate a script; raises `InvalidInput` that names the file and the faulty field."""
    try:
        if path.stat().st_size > LARGEST_SCRIPT_BYTES:
            raise InvalidInput(f"LLM_SCRIPT {path.name} is larger than {LARGEST_SCRIPT_BYTES:,} bytes.")
        return Script.model_validate_json(path.read_bytes())
    except OSError as failed:
        raise InvalidInput(f"LLM_SCRIPT {path.name} cannot be read: {failed.strerror}.") from None
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidInput(f"LLM_SCRIPT {path.name} is wrong at {where}: {first['msg']}.") from None


def _fraction(text: str) -> float:
    """A number in [0, 1) that depends on the text alone, so every process picks the same texts."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
