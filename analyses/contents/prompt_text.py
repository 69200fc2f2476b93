"""A prompt: what somebody is going to ask a model."""

from __future__ import annotations

from pydantic import AliasChoices, Field

from analyses.contents.fields import BodyText, Content, OptionalTitle


class Prompt(Content):
    """A prompt or a template of one; blanks to be filled in may stand in braces."""

    text: BodyText = Field(validation_alias=AliasChoices("text", "prompt", "template"))
    title: OptionalTitle = None
    purpose: OptionalTitle = Field(None, description="What it is meant to achieve.")
