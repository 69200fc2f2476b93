"""A tool: a product, a library or a service, as somebody describes it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from analyses.cleaning import clean, is_blank
from analyses.contents.fields import (
    TITLE_CHARS,
    URL_CHARS,
    BodyText,
    Content,
    Tag,
    TitleText,
    derived_title,
    url_text,
)

_BARE = re.compile(r"(?:[\w-]{1,63}\.){1,10}[a-zA-Z]{2,20}(?:/\S{0,1000})?")


def address(value: Any) -> Any:
    """An address, with https:// before a bare host name; lists of tools write "n/a" and worse, which goes."""
    if not isinstance(value, str) or len(value) > URL_CHARS:
        return url_text(value)
    told = value.strip()
    if _BARE.fullmatch(told):
        return url_text(f"https://{told}")
    return url_text(told) if told.lower().startswith(("http://", "https://")) else None


_NAME, _DESCRIPTION = ("name", "title", "tool"), ("description", "text", "readme")


class Tool(Content):
    """A tool's name and description; without a name it takes the first line of its description."""

    name: TitleText = Field(validation_alias=AliasChoices(*_NAME))
    description: BodyText = Field(validation_alias=AliasChoices(*_DESCRIPTION))
    url: Annotated[str | None, BeforeValidator(address)] = None
    category: Tag = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        told = next((data[key] for key in _DESCRIPTION if key in data), None)
        name = next((data[key] for key in _NAME if data.get(key) is not None), None)
        blank = name is None or (isinstance(name, str) and len(name) <= TITLE_CHARS and is_blank(clean(name)))
        if isinstance(told, str) and blank:
            return {**data, "name": derived_title(told)}
        return {**data, "name": name} if name is not None else data
