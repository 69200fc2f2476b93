"""A reflection: what a learner wrote about what they did, felt and learnt."""

from __future__ import annotations

from pydantic import AliasChoices, Field

from analyses.contents.fields import BodyText, Content, OptionalTitle


class Reflection(Content):
    """A journal entry or an essay of a learner, with the question it answers where there was one."""

    text: BodyText = Field(validation_alias=AliasChoices("text", "reflection", "journal", "body"))
    title: OptionalTitle = None
    question: OptionalTitle = Field(
        None,
        validation_alias=AliasChoices("question", "prompt"),
        description="What the learner was asked.",
    )
    author: OptionalTitle = Field(
        None, validation_alias=AliasChoices("author", "learner", "student"), description="Who wrote it."
    )
    date: OptionalTitle = Field(None, description="When.")
