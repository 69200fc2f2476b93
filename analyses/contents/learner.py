"""A learner: what they wrote about their learning, and conversations in which they took part, over time."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, model_validator

from analyses.cleaning import is_blank
from analyses.contents.fields import Content, OptionalTitle, fault
from analyses.contents.transcript import TRANSCRIPT_CHARS, Transcript, Turn, said_text
from analyses.contents.turns import speaker_name
from analyses.fencing import INDENT

MOST_ITEMS = 500
ItemKind = Literal["reflection", "transcript"]


def day(value: Any) -> Any:
    """The day of "2026-03-04", or of a longer time that begins with one."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return dt.date.fromisoformat(value.strip()[:10])
    except ValueError:
        raise fault("is not a date; give it as 2026-03-04, or leave it out") from None


class LearnerItem(Content):
    """One reflection (`text`) or transcript (`turns`); `number` is its place in order of time, from 0."""

    kind: ItemKind = "reflection"
    date: Annotated[dt.date | None, BeforeValidator(day)] = None
    title: OptionalTitle = None
    text: Annotated[str, BeforeValidator(said_text)] = ""
    turns: list[Turn] = Field(default_factory=list)
    number: int = 0

    @model_validator(mode="before")
    @classmethod
    def _with_turns(cls, data: Any) -> Any:
        """A transcript may come in all the ways that transcripts do."""
        if not isinstance(data, dict):
            return data
        kind = data.get("kind") or ("transcript" if data.get("turns") else "reflection")
        if kind != "transcript":
            return {**data, "kind": kind, "turns": []}
        whole = Transcript.model_validate(data)
        return {**data, "kind": kind, "title": whole.title, "text": "", "turns": whole.turns}

    def __str__(self) -> str:
        when = f" of {self.date}" if self.date else ""
        title = f", {self.title}" if self.title else ""
        said = [str(turn).replace("\n", INDENT) for turn in self.turns]
        head = f"{self.number}. {self.kind}{when}{title}:"
        return "\n".join([head, *filter(None, [self.text]), *said])

    def own(self, learner: str) -> list[str]:
        """The learner's own words in it: the reflection, or their turns of the transcript."""
        mine = [turn.text for turn in self.turns if turn.speaker.casefold() == learner.casefold()]
        return [self.text] if self.text else mine

    @property
    def chars(self) -> int:
        return len(self.text) + sum(len(turn.text) for turn in self.turns)


def in_time(items: list[LearnerItem]) -> list[LearnerItem]:
    """Items with words, numbered in order of their dates; those without one come last, as they came.

    Raises a fault where there is none, and beyond 2,000,000 characters.
    """
    said = [item for item in items if item.turns or not is_blank(item.text)]
    if not said:
        raise fault("holds nothing that was written or said; give at least one item with words")
    chars = sum(item.chars for item in said)
    if chars > TRANSCRIPT_CHARS:
        raise fault(
            f"holds {chars:,} characters; the limit is {TRANSCRIPT_CHARS:,}, so leave older items out"
        )
    ordered = sorted(said, key=lambda item: item.date or dt.date.max)
    return [item.model_copy(update={"number": number}) for number, item in enumerate(ordered)]


def few(items: Any) -> Any:
    if isinstance(items, list) and len(items) > MOST_ITEMS:
        raise fault(f"has {len(items):,} items; the limit is {MOST_ITEMS}, so leave older ones out")
    return items


class Learner(Content):
    """A learner with their reflections and transcripts; a `text` alone is one reflection."""

    learner: Annotated[str, BeforeValidator(speaker_name)] = Field(
        "Learner", validation_alias=AliasChoices("learner", "name", "author", "student")
    )
    items: Annotated[list[LearnerItem], BeforeValidator(few), AfterValidator(in_time)]

    @model_validator(mode="before")
    @classmethod
    def _of_one(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("items") is None and isinstance(data.get("text"), str):
            return {**data, "items": [{key: data.get(key) for key in ("text", "title", "date")}]}
        return data
