"""A deal on a day: what is known of its documents and mails by then, and the brief before.

Its lists take stored answers as they are: a document's are those of `document.extract_risks`, `.classify`
and `.summarize` put together, a mail's those of `email.sentiment` and `email.blockers`.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from analyses.briefing import (
    BriefBlocker,
    BriefRisk,
    Mood,
    NameText,
    Piece,
    What,
    WorkstreamStatus,
)
from analyses.cleaning import clean, clean_tree
from analyses.contents.fields import TEXT_CHARS, Content, OptionalTitle, TitleText, bounded, fault
from analyses.local.clauses import Category, Severity
from analyses.local.workstreams import Workstream
from analyses.polarity import Polarity
from analyses.trimming import at_most

MOST_DOCUMENTS, MOST_MAILS, MOST_PER_SOURCE = 1_000, 5_000, 60
MOST_BEFORE = 1_000  # risks, and blockers, of the brief before
SUMMARY_CHARS = 2_000


def day(value: Any) -> Any:
    """A day as ISO 8601 writes it; of a point in time its day, as it stands there."""
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value.strip()[:10])
        except ValueError:
            raise fault("is not a day; give it as 2026-11-24") from None
    return value


def optional_day(value: Any) -> Any:
    """A day, or None where none can be read: mails have dates of all kinds."""
    try:
        return datetime.date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else value
    except ValueError:
        return None


def note_text(value: Any) -> Any:
    """A text that may be missing or empty."""
    if value is None:
        return ""
    return clean(bounded(value, TEXT_CHARS, "shorten it")).strip() if isinstance(value, str) else value


def no_more_than(most: int, things: str) -> BeforeValidator:
    """None is an empty list; more than `most` is refused, for a brief that left some out would be wrong."""

    def checked(value: Any) -> Any:
        if value is None:
            return []
        if isinstance(value, list) and len(value) > most:
            raise fault(f"has {len(value):,} {things}; the limit is {most:,}, so leave the oldest out")
        return clean_tree(value)

    return BeforeValidator(checked)


OptionalDay = Annotated[datetime.date | None, BeforeValidator(optional_day)]


class DealRisk(Piece):
    """A risk as `document.extract_risks` gives it."""

    category: Category = "other"
    clause: NameText = ""
    severity: Severity
    explanation: What = ""
    quote: Annotated[str, BeforeValidator(at_most(400))] = ""


class DealDocument(Piece):
    """A document of the deal and what was found in it."""

    title: NameText = Field(validation_alias=AliasChoices("title", "file_name", "name"))
    workstream: Workstream = "other"
    date: OptionalDay = None
    summary: Annotated[str, BeforeValidator(at_most(SUMMARY_CHARS))] = ""
    risks: Annotated[list[DealRisk], BeforeValidator(at_most(MOST_PER_SOURCE))] = Field(default_factory=list)


class DealAction(Piece):
    """What a mail asks for or promises, as `email.blockers` gives it."""

    what: What
    kind: NameText = ""
    owner: NameText | None = None
    due: NameText | None = None


class DealMail(Piece):
    """A mail about the deal, how it feels and what it says is in the way."""

    subject: NameText = Field("", validation_alias=AliasChoices("subject", "title"))
    sender: NameText | None = Field(None, validation_alias=AliasChoices("sender", "from"))
    date: OptionalDay = None
    label: Polarity = "neutral"
    score: float = Field(0.0, ge=-1, le=1)
    escalate: bool = False
    blockers: Annotated[list[BriefBlocker], BeforeValidator(at_most(MOST_PER_SOURCE))] = Field(
        default_factory=list
    )
    actions: Annotated[list[DealAction], BeforeValidator(at_most(MOST_PER_SOURCE))] = Field(
        default_factory=list
    )


class PreviousBrief(Piece):
    """The answer of the last `deal.brief`, as far as the next one is compared with it."""

    date: OptionalDay = None
    stage: NameText | None = None
    headline: What = ""
    risks: Annotated[list[BriefRisk], BeforeValidator(at_most(MOST_BEFORE))] = Field(default_factory=list)
    blockers: Annotated[list[BriefBlocker], BeforeValidator(at_most(MOST_BEFORE))] = Field(
        default_factory=list
    )
    mood: Mood = Mood()
    workstreams: Annotated[list[WorkstreamStatus], BeforeValidator(at_most(MOST_PER_SOURCE))] = Field(
        default_factory=list
    )


class Deal(Content):
    """A deal, a date, and what is open by then; what is dated later is left out of account."""

    name: TitleText = Field(validation_alias=AliasChoices("name", "title", "deal"))
    date: Annotated[datetime.date, BeforeValidator(day)] = Field(
        validation_alias=AliasChoices("date", "day"), description="The day of the brief, such as 2026-11-24."
    )
    stage: OptionalTitle = None
    notes: Annotated[str, BeforeValidator(note_text)] = Field(
        "", validation_alias=AliasChoices("notes", "text"), description="What else is known."
    )
    documents: Annotated[list[DealDocument], no_more_than(MOST_DOCUMENTS, "documents")] = Field(
        default_factory=list
    )
    emails: Annotated[list[DealMail], no_more_than(MOST_MAILS, "mails")] = Field(
        default_factory=list, validation_alias=AliasChoices("emails", "mails")
    )
    previous: Annotated[PreviousBrief | None, BeforeValidator(clean_tree)] = Field(
        None, description="The answer of the brief before, or null."
    )
