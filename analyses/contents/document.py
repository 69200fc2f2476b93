"""A document: a contract, a report, a memo; whole, or a part of a longer one."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from analyses.cleaning import clean, is_blank, one_line
from analyses.contents.fields import Content, OptionalTitle, body_text, bounded
from analyses.splitting import split

DOCUMENT_CHARS = 2_000_000
NAME_CHARS = 255


def name_text(value: Any) -> Any:
    """A short name on one line; None where it is blank."""
    if not isinstance(value, str):
        return value
    name = one_line(clean(bounded(value, NAME_CHARS, "shorten it")))
    return None if is_blank(name) else name


DocumentText = Annotated[str, BeforeValidator(partial(body_text, longest_chars=DOCUMENT_CHARS))]
Name = Annotated[str | None, BeforeValidator(name_text)]


class Document(Content):
    """A document's text with what is known of its file; at most 2,000,000 characters."""

    title: OptionalTitle = None
    file_name: Name = None
    media_type: Name = None
    starts_at_chars: int | None = Field(
        None, ge=0, description="Of a part: where its text starts in the whole, in characters."
    )
    text: DocumentText

    @property
    def offset_chars(self) -> int:
        """Where this text starts in the whole document."""
        return self.starts_at_chars or 0

    def parts(self, most_chars: int) -> list[Document]:
        """This document, or its text in pieces of at most `most_chars`, each knowing where it starts."""
        if len(self.text) <= most_chars:
            return [self]
        return [
            self.model_copy(update={"text": piece.text, "starts_at_chars": self.offset_chars + piece.start})
            for piece in split(self.text, most_chars)
        ]
