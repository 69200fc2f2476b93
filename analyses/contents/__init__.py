"""The kinds of content, one file each: cleaned and bounded on the way in; unknown keys are ignored.

An `id` is the caller's and is handled outside.
"""

from __future__ import annotations

from analyses.contents.deal import Deal
from analyses.contents.document import DOCUMENT_CHARS, Document
from analyses.contents.email import Email
from analyses.contents.fields import TEXT_CHARS, Content
from analyses.contents.learner import Learner, LearnerItem
from analyses.contents.prompt_text import Prompt
from analyses.contents.reflection import Reflection
from analyses.contents.review import Review
from analyses.contents.story import Story
from analyses.contents.text import Text
from analyses.contents.tool import Tool
from analyses.contents.transcript import Transcript, Turn

__all__ = [
    "DOCUMENT_CHARS",
    "TEXT_CHARS",
    "Content",
    "Deal",
    "Document",
    "Email",
    "Learner",
    "LearnerItem",
    "Prompt",
    "Reflection",
    "Review",
    "Story",
    "Text",
    "Tool",
    "Transcript",
    "Turn",
]
