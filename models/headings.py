"""What a content is called and what it says, whatever its kind: for lists, pages and search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func

from models.schema import contents

TITLES = ("title", "subject", "name", "file_name")  # of a story, a mail, a tool, a document
TEXTS = ("text", "description")


def heading(longest_chars: int) -> ColumnElement[Any]:
    """The content's title, else the beginning of its text; null for a content without either."""
    told = (func.nullif(contents.c.body[key].as_string(), "") for key in (*TITLES, *TEXTS))
    return func.substr(func.coalesce(*told), 1, longest_chars)


def wording() -> list[ColumnElement[Any]]:
    """Every place of a content in which a person may have words in mind."""
    return [contents.c.body[key].as_string() for key in (*TITLES, *TEXTS)]


def title_of(body: Mapping[str, Any]) -> str | None:
    return next((str(body[key]) for key in TITLES if body.get(key)), None)


def text_of(body: Mapping[str, Any]) -> str:
    return next((str(body[key]) for key in TEXTS if body.get(key)), "")
