"""Plain text and Markdown, which keeps its marks; its first heading is the title."""

from __future__ import annotations

import re

from adapters.documents.decoding import decode
from adapters.documents.pieces import LONGEST_TITLE_CHARS, Extraction, Piece, finished
from adapters.documents.source import Source

HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]++(\S.*)$", re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\r?\n.*?\n---\r?\n", re.DOTALL)


def read_plain(source: Source) -> Extraction:
    """The whole text as one content."""
    return finished("text/plain", [Piece("text", decode(source.data, source.charset))])


def read_markdown(source: Source) -> Extraction:
    """The text without its front matter; the first heading is the title and stays out of the text."""
    title, text = split_title(decode(source.data, source.charset))
    return finished("text/markdown", [Piece("text", text, title)])


def split_title(markdown: str) -> tuple[str | None, str]:
    """(title or None, the text without the heading that it is)."""
    body = FRONT_MATTER.sub("", markdown, count=1)
    found = HEADING.search(body)
    title = _without_closing_marks(found[1]) if found else ""
    if found is None or not title or len(title) > LONGEST_TITLE_CHARS:
        return None, body
    rest = (body[: found.start()] + body[found.end() :]).strip()
    return title, rest or title


def _without_closing_marks(heading: str) -> str:
    """`# Title ##` is closed by its last marks; those of `C#` are its own (CommonMark 0.31, 4.2)."""
    heading = heading.rstrip()
    bare = heading.rstrip("#")
    return heading if bare and not bare[-1].isspace() else bare.rstrip()
