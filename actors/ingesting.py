"""Ingesting: what the task is told and what it tells; its steps are `download`, `extract` and `shelve`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field

from actors.tasks import Order, Report, Task, declare
from adapters.documents.pieces import one_line

LONGEST_SAID_CHARS = 200
LISTED = 100  # contents, and refusals, that a report names; the rest is counted

# Whatever servers and folders call things, it can be stored.
Said = Annotated[str, BeforeValidator(partial(one_line, longest_chars=LONGEST_SAID_CHARS))]


class IngestOrder(Order):
    """A file that is stored already, or an address to fetch; and which analyses its contents are to get.

    `name`, `media_type`, `charset` and `fetched_url` are what its bearer says of it, or its server said.
    """

    url: str = ""
    javascript: bool = False
    name: Said = ""
    media_type: Said = ""
    charset: Said = ""
    fetched_url: str = ""
    analyses: list[str] = Field(default_factory=list)


class Ingested(Report):
    """One content that came out; `edition` 1 is the first at its place, `is_new` false if it stood there."""

    id: str
    kind: str
    title: str | None
    part: str
    chars: int
    edition: int
    is_new: bool


class Refused(Report):
    """A content that an analysis does not take, and why."""

    content_id: str
    analysis: str
    message: str


class IngestReport(Report):
    """What became of a file. `batches` are the ids of those that analyse its contents, by analysis."""

    place: str
    media_type: str
    original_id: str
    count: int
    new: int
    contents: list[Ingested] = Field(description=f"The first {LISTED}.")
    remarks: list[str] = Field(default_factory=list, description="What could not be read of it.")
    batches: dict[str, str] = Field(default_factory=dict)
    refused: list[Refused] = Field(default_factory=list)

    def summary(self) -> dict[str, str]:
        return {
            "place": self.place,
            "type": self.media_type.rpartition(".")[2],
            "contents": f"{self.count:,}, {self.new:,} new",
            "analysed by": ", ".join(self.batches),
        }


INGEST = declare(Task("ingest", "Read a file or page into contents", "documents", IngestOrder, IngestReport))
