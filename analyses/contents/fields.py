"""The types of fields in contents: each cleans and bounds what comes in, and says what is wrong with it."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from analyses.cleaning import binary_kind, clean, is_blank, one_line, shortened
from analyses.faults import OURS

TEXT_CHARS = 200_000
TITLE_CHARS = 500
URL_CHARS = 2_000
MOST_TAGS = 20
TAG_CHARS = 50
DERIVED_TITLE_CHARS = 120
_MARKDOWN_LEAD = re.compile(r"^[#>*\-\s]{1,20}")


class Content(BaseModel):
    """The root of all contents."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def fault(message: str) -> PydanticCustomError:
    # Braces would be read as a template; our messages have none.
    return PydanticCustomError(OURS, message)


def bounded(value: str, longest_chars: int, remedy: str) -> str:
    if len(value) > longest_chars:
        raise fault(f"has {len(value):,} characters; the limit is {longest_chars:,}, so {remedy}")
    return value


def body_text(value: Any, longest_chars: int = TEXT_CHARS) -> Any:
    if not isinstance(value, str):
        return value  # pydantic says what is wrong with it
    bounded(value, longest_chars, "split it and submit the parts")
    kind = binary_kind(value)
    if kind:
        raise fault(f"looks like {kind}, not text; extract its text first")
    cleaned = clean(value).strip()
    if is_blank(cleaned):
        raise fault("is empty; give at least one readable character")
    return cleaned


def title_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    bounded(value, TITLE_CHARS, "shorten it")
    title = one_line(clean(value))
    return None if is_blank(title) else title


def url_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    url = clean(bounded(value.strip(), URL_CHARS, "leave it out"))
    if not url:
        return None
    try:
        parts = urlsplit(url)
        right = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and " " not in url
    except ValueError:
        right = False
    if not right:
        raise fault("is not an http or https address; correct it or leave it out")
    return url


def tag_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    tag = one_line(clean(bounded(value, TAG_CHARS, "shorten it")))
    return None if is_blank(tag) else tag


def tag_list(value: Any) -> Any:
    """A list of tags, or one string with commas (as a CSV column has it); blanks and repeats go."""
    if value is None:
        return []
    if isinstance(value, str):
        bounded(value, MOST_TAGS * (TAG_CHARS + 2), f"give at most {MOST_TAGS} tags")
        value = value.split(",")
    if not isinstance(value, list):
        return value
    if len(value) > MOST_TAGS:
        raise fault(f"has {len(value):,} tags; the limit is {MOST_TAGS}, so leave some out")
    return list(dict.fromkeys(tag for tag in map(tag_text, value) if tag is not None))


BodyText = Annotated[str, BeforeValidator(body_text)]
TitleText = Annotated[str, BeforeValidator(title_text)]
OptionalTitle = Annotated[str | None, BeforeValidator(title_text)]
Url = Annotated[str | None, BeforeValidator(url_text)]
Tag = Annotated[str | None, BeforeValidator(tag_text)]
Tags = Annotated[list[str], BeforeValidator(tag_list)]


def derived_title(text: str) -> str:
    """The first readable line of `text` without its Markdown marks, at most 120 characters.

    Only the head is looked at, so that a huge text costs nothing; a text with no readable line has
    the title "Untitled" (and is refused for its text).
    """
    head = clean(text[:2_000])
    for line in head.split("\n"):
        bare = one_line(_MARKDOWN_LEAD.sub("", line))
        if not is_blank(bare):
            return shortened(bare, DERIVED_TITLE_CHARS)
    return "Untitled"
