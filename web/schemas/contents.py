"""Contents as they are added, listed and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pipelines.ingest import MOST_ANALYSES
from web.schemas.jobs import AN_ID
from web.schemas.submissions import Options, ShortText

LONGEST_TEXT_CHARS = 2_000_000
LONGEST_URL_CHARS = 2_000

KindName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class NewContentBody(Options):
    """Either a `text`, or the `url` of what is to be fetched and read."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"url": "https://example.org/story", "analyses": ["story.enhance"]},
                {
                    "text": "Works well, arrived late.",
                    "kind": "review",
                    "name": "order 66",
                    "fields": {"rating": 4},
                },
            ]
        },
    )
    url: str | None = Field(None, max_length=LONGEST_URL_CHARS)
    javascript: bool = Field(False, description="Open the page in a browser, for pages that scripts build.")
    analyses: list[ShortText] = Field(default_factory=list, max_length=MOST_ANALYSES)
    text: str | None = Field(None, max_length=LONGEST_TEXT_CHARS)
    title: str | None = Field(None, max_length=500)
    kind: KindName = "text"
    name: ShortText | None = Field(
        None, description="Where it stands: the same name again is its next edition."
    )
    fields: dict[str, Any] = Field(default_factory=dict, description="What else contents of its kind have.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.url is None) == (self.text is None):
            raise ValueError("give either a text or a url")
        return self


class Content(BaseModel):
    """One content that is kept; `place`, `part` and `edition` say where it stood when it was last seen."""

    id: str = Field(examples=[AN_ID])
    kind: str
    title: str | None
    place: str | None = Field(description="A file's name or a page's address.")
    part: str | None
    edition: int | None = Field(description="1 is the first at its place.")
    created_at: datetime


class ContentPage(BaseModel):
    """Newest first; `next` is the cursor of the following page."""

    items: list[Content]
    next: str | None


class EditionOut(BaseModel):
    """A place where a content stands or stood, with what stood there before and after it."""

    place: str
    part: str
    number: int
    before: str | None = Field(description="The id of the content that it replaced.")
    after: str | None = Field(description="The id of the content that replaced it.")
    original_id: str | None
    job_id: str | None = Field(description="The job that saw it there last.")
    first_seen_at: datetime
    last_seen_at: datetime


class ContentDetail(Content):
    """A content with all its fields and the places where it stands."""

    body: dict[str, Any]
    editions: list[EditionOut]
