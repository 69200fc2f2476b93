"""Any text, of which nothing more is known."""

from __future__ import annotations

from analyses.contents.fields import BodyText, Content, OptionalTitle


class Text(Content):
    """Any text: a review, a post, a mail's body."""

    text: BodyText
    title: OptionalTitle = None
