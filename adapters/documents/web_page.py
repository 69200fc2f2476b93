"""Web pages: the readable part of HTML, without menus, advertisements and footers, by trafilatura."""

from __future__ import annotations

import re
from typing import Any

from adapters.documents.decoding import decode
from adapters.documents.markup import plain_text
from adapters.documents.pieces import Extraction, Piece, finished, web_address
from adapters.documents.source import Source
from errors import InvalidInput

LONGEST_PAGE_CHARS = 10_000_000
HEAD_BYTES = 4_096
LEAST_CHARS = 200  # a main part shorter than this may be a menu taken for it, so the whole page is taken
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)


def read_page(source: Source) -> Extraction:
    """One story: the page's main text, with title, author, date and address where it tells them."""
    import trafilatura

    html = decode(source.data, source.charset or _told(source.data))
    if len(html) > LONGEST_PAGE_CHARS:
        raise InvalidInput(f"The page has more than {LONGEST_PAGE_CHARS:,} characters; save its text.")
    found: Any = trafilatura.bare_extraction(html, url=source.url or None, with_metadata=True)
    told = found.as_dict() if found is not None else {}
    text = told.get("text") or ""
    about = {name: told.get(name) for name in ("author", "date")}
    about["url"] = source.url or web_address(told.get("url"))
    if len(text) < LEAST_CHARS:
        text = max(text, plain_text(html), key=len)
    return finished("text/html", [Piece("story", text, told.get("title"), about=about)])


def _told(data: bytes) -> str:
    """The encoding that the page names for itself."""
    found = _CHARSET.search(data[:HEAD_BYTES])
    return found[1].decode("ascii", "replace") if found else ""
