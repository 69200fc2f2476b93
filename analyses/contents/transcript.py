"""A transcript: who said what, in turns; a debate, an interview, a meeting, a lesson."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, model_validator

from analyses.cleaning import binary_kind, clean, is_blank
from analyses.contents.fields import Content, OptionalTitle, bounded, fault
from analyses.contents.turns import MOST_TURNS, rows_of, seconds, speaker_name

TRANSCRIPT_CHARS = 2_000_000
MOST_SPEAKERS = 200


def said_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    bounded(value, TRANSCRIPT_CHARS, "split the transcript and submit the parts")
    kind = binary_kind(value)
    if kind:
        raise fault(f"looks like {kind}, not text; extract its text first")
    return clean(value).strip()


class Turn(Content):
    """What one speaker says before another does; `number` is its place among the turns, from 0."""

    speaker: Annotated[str, BeforeValidator(speaker_name)]
    text: Annotated[str, BeforeValidator(said_text)]
    time_s: Annotated[float | None, BeforeValidator(seconds)] = Field(
        None,
        ge=0,
        validation_alias=AliasChoices("time_s", "time", "start"),
        description="Seconds from the beginning.",
    )
    number: int = 0

    def __str__(self) -> str:
        return f"{self.number}. {self.head}{self.text}"

    @property
    def head(self) -> str:
        """The speaker, with the second where it is known, and a colon."""
        return f"{self.speaker}: " if self.time_s is None else f"{self.speaker} ({self.time_s:g} s): "


def in_order(turns: list[Turn]) -> list[Turn]:
    """Turns with something said, numbered from 0, each speaker's name spelt as it was first.

    Names are matched without regard to capitals. Raises a fault where nobody says anything, and beyond
    200 speakers or 2,000,000 characters.
    """
    spelt: dict[str, str] = {}
    said = [turn for turn in turns if not is_blank(turn.text)]
    if not said:
        raise fault("holds nothing that was said; give at least one turn with words")
    chars = sum(len(turn.text) for turn in said)
    if chars > TRANSCRIPT_CHARS:
        raise fault(f"holds {chars:,} characters; the limit is {TRANSCRIPT_CHARS:,}, so split it")
    for turn in said:
        spelt.setdefault(turn.speaker.casefold(), turn.speaker)
    if len(spelt) > MOST_SPEAKERS:
        raise fault(f"has {len(spelt):,} speakers; the limit is {MOST_SPEAKERS}, so split it")
    return [
        turn.model_copy(update={"number": number, "speaker": spelt[turn.speaker.casefold()]})
        for number, turn in enumerate(said)
    ]


def few(turns: Any) -> Any:
    if isinstance(turns, list) and len(turns) > MOST_TURNS:
        raise fault(f"has {len(turns):,} turns; the limit is {MOST_TURNS:,}, so split it")
    return turns


Turns = Annotated[list[Turn], BeforeValidator(few), AfterValidator(in_order)]


class Transcript(Content):
    """Who said what, in order.

    Instead of `turns` there may be a `text`: lines that begin with "NAME: ", captions (WebVTT, SRT), or
    one with `turn_offsets` and `participants`.
    """

    title: OptionalTitle = None
    turns: Turns

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if (
            not isinstance(data, dict)
            or data.get("turns") is not None
            or not isinstance(data.get("text"), str)
        ):
            return data
        title, rows = rows_of(data, said_text_of(data))
        return {**data, "turns": rows, "title": data.get("title") or title}

    @property
    def speakers(self) -> list[str]:
        """Who speaks, in the order of their first words."""
        return list(dict.fromkeys(turn.speaker for turn in self.turns))

    @property
    def count(self) -> int:
        """How many turns there are; a turn that was cut in two is one."""
        return len({turn.number for turn in self.turns})


def said_text_of(data: dict[str, Any]) -> str:
    """The text as it stands (offsets point into it), if it is one and not too long."""
    text: str = data["text"]
    bounded(text, TRANSCRIPT_CHARS + MOST_TURNS * 10, "split the transcript and submit the parts")
    kind = binary_kind(text)
    if kind:
        raise fault(f"looks like {kind}, not text; extract its text first")
    return text
