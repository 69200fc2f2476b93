"""A story: a news item, a post or an announcement."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from analyses.cleaning import clean, is_blank
from analyses.contents.fields import TITLE_CHARS, BodyText, Content, Tag, Tags, TitleText, Url, derived_title


class Story(Content):
    """A news item, post or announcement; without a title it takes the first line of its text."""

    title: TitleText
    text: BodyText
    url: Url = None
    sector_tag: Tag = None
    impact_tags: Tags = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _titled(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            return data
        title = data.get("title")
        if title is None or (isinstance(title, str) and len(title) <= TITLE_CHARS and is_blank(clean(title))):
            return {**data, "title": derived_title(data["text"])}
        return data
