"""The pieces of a brief. They are answers, and content, too: each brief is compared with the one before."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.local.blocking import Severity as BlockerSeverity
from analyses.local.clauses import Category, Severity
from analyses.local.workstreams import Workstream
from analyses.polarity import Polarity
from analyses.trimming import at_most

WHAT_CHARS, QUOTE_CHARS, NAME_CHARS, NOTE_CHARS = 300, 400, 200, 300
Status = Literal["green", "amber", "red"]
ChangeKind = Literal[
    "new_risk", "resolved_risk", "worsened_risk", "eased_risk",
    "new_blocker", "resolved_blocker", "worsened_blocker", "eased_blocker",
    "mood", "stage", "status",
]  # fmt: skip

What = Annotated[str, BeforeValidator(at_most(WHAT_CHARS))]
QuoteText = Annotated[str, BeforeValidator(at_most(QUOTE_CHARS))]
NameText = Annotated[str, BeforeValidator(at_most(NAME_CHARS))]
Note = Annotated[str, BeforeValidator(at_most(NOTE_CHARS))]


class Piece(BaseModel):
    """What a brief is made of; in a prompt it shows itself as JSON, without what is not known."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    def __str__(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


class BriefRisk(Piece):
    """A risk of one document."""

    document: NameText = ""
    workstream: Workstream = "other"
    category: Category = "other"
    clause: NameText = ""
    severity: Severity
    explanation: What = ""
    quote: QuoteText = ""


class BriefBlocker(Piece):
    """Something that keeps the deal from going on, however many mails speak of it."""

    what: What
    owner: NameText | None = None
    due: NameText | None = None
    severity: BlockerSeverity = "medium"
    source: NameText = Field("", description="The subject of the latest mail that speaks of it.")
    quote: QuoteText = ""


class Mood(Piece):
    """How the mails of a deal feel, taken together."""

    label: Polarity = "neutral"
    score: float = Field(0.0, ge=-1, le=1, description="Mean over the mails; 0 without any.")
    mails: int = Field(0, ge=0)
    escalations: int = Field(0, ge=0, description="Mails that somebody above should see.")


class Change(Piece):
    """One thing that is not as it was in the last brief."""

    kind: ChangeKind
    what: What


class WorkstreamStatus(Piece):
    """Where a workstream stands."""

    workstream: Workstream
    status: Status = Field(
        description="green: nothing to fear; amber: to be watched; red: may stop the deal."
    )
    note: Note = Field("", description="Why, in one sentence.")


class ActionItem(Piece):
    """What somebody should do next."""

    what: What = Field(description="The next step, beginning with a verb; one sentence.")
    owner: NameText | None = Field(None, description="Who, as the data names them; null where it does not.")
    due: NameText | None = Field(None, description="By when, as the data says it; null where it does not.")
    source: NameText = Field("", description="The document's title or the mail's subject it comes from.")
