"""Feeds: RSS, Atom and RDF of all versions by feedparser, JSON Feed by its own short specification.

Each entry is a story. An entry's part is its own id, so that the next reading of the feed finds it again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.documents.decoding import decode
from adapters.documents.markup import plain_text
from adapters.documents.pieces import Extraction, Piece, finished, web_address
from adapters.documents.recognising import FEED, JSON_FEED
from adapters.documents.rows import parsed_json
from adapters.documents.source import Source
from errors import InvalidInput

EMPTY = "The feed has no entries."
_ENCODING = re.compile(rb"\s*<\?xml[^>]*encoding\s*=|\xef\xbb\xbf|\xff\xfe|\xfe\xff|\x00")


def read_feed(source: Source) -> Extraction:
    """A story for each entry. Raises InvalidInput for a feed without any."""
    import feedparser

    data, charset = source.data, source.charset
    if not charset and not _ENCODING.match(data):  # what feedparser takes for Latin letters then
        data, charset = decode(data).encode("utf-8", "replace"), "utf-8"
    headers = {"content-type": f"{FEED}; charset={charset}"} if charset else {}
    found = feedparser.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False)
    return _stories(FEED, [_story(number, entry) for number, entry in enumerate(found.entries, 1)])


def read_json_feed(source: Source) -> Extraction:
    """A story for each item (https://www.jsonfeed.org/version/1.1/)."""
    told = parsed_json(source)
    items = told.get("items") if isinstance(told, dict) else None
    known = [one for one in items or [] if isinstance(one, dict)]
    return _stories(JSON_FEED, [_item(number, one) for number, one in enumerate(known, 1)])


def _stories(media_type: str, stories: list[Piece]) -> Extraction:
    if not stories:
        raise InvalidInput(EMPTY)
    extraction = finished(media_type, stories)
    left_out = len(stories) - len(extraction.pieces)
    told = f"{left_out:,} of the feed's {len(stories):,} entries have neither a title nor a text."
    if not extraction.pieces:
        raise InvalidInput(told)
    return Extraction(media_type, extraction.pieces, [told] if left_out else [])


def _story(number: int, entry: Mapping[str, Any]) -> Piece:
    contents = [one.get("value") or "" for one in entry.get("content") or []]
    html = max([*contents, entry.get("summary") or ""], key=len)
    tags = [tag.get("term") for tag in entry.get("tags") or []]
    about = {
        "url": web_address(entry.get("link")),
        "author": entry.get("author"),
        "date": entry.get("published") or entry.get("updated"),
        "tags": tags,
    }
    return _piece(number, entry.get("id") or entry.get("link"), entry.get("title"), html, about)


def _item(number: int, item: Mapping[str, Any]) -> Piece:
    authors: Iterable[Any] = item.get("authors") or [item.get("author")]
    names = [str(one.get("name") or "") for one in authors if isinstance(one, dict)]
    about = {
        "url": web_address(item.get("url") or item.get("external_url")),
        "author": ", ".join(filter(None, names)),
        "date": item.get("date_published") or item.get("date_modified"),
        "tags": item.get("tags"),
    }
    html = item.get("content_html") or item.get("content_text") or item.get("summary")
    return _piece(number, item.get("id"), item.get("title"), html, about)


def _piece(number: int, name: Any, title: Any, html: Any, about: dict[str, Any]) -> Piece:
    headline = plain_text(str(title or ""))
    text = plain_text(str(html or "")) or headline
    return Piece("story", text, headline, f"entry {name or headline or number}", about)
