"""A source: the bytes of one file or of one part of a file, with what was said of them; what readers take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from adapters.documents.pieces import Extraction

DEEPEST = 3  # mails in mails, files in mails in mails


@dataclass(frozen=True, slots=True)
class Source:
    """`media_type` and `charset` are what its bearer said; its own content overrules them."""

    data: bytes = field(repr=False)
    name: str = ""
    media_type: str = ""
    charset: str = ""
    url: str = ""
    ocr_languages: str = "eng"
    depth: int = 0

    @property
    def ending(self) -> str:
        """Of its name, in lower case with its dot: `.pdf`; empty if there is none."""
        stem, dot, ending = self.name.rpartition(".")
        return f".{ending.lower()}" if dot and stem else ""

    def part(self, data: bytes, name: str, media_type: str = "", charset: str = "") -> Source:
        """A file that was found in this one."""
        return replace(
            self, data=data, name=name, media_type=media_type, charset=charset, url="", depth=self.depth + 1
        )


Reader = Callable[[Source], Extraction]
"""Reads one family of formats. Raises InvalidInput where it cannot: what is wrong, and what to do."""
