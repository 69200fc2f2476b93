"""PDF: the text of its pages by kreuzberg; pages that are only pictures are read by OCR."""

from __future__ import annotations

import re
from typing import Any

from adapters.documents.pieces import Extraction, Piece, finished
from adapters.documents.scan import recognised
from adapters.documents.source import Source
from errors import InvalidInput

LEAST_CHARS_PER_PAGE = 10  # fewer are the number of a page or a stamp on a scan
MOST_PAGES = 5_000
MOST_SCANNED_PAGES = 100  # one takes a second or so
_SCRIPT = re.compile(rb"/(?:JavaScript|JS|Launch|OpenAction)\b")
_WORD = re.compile(r"\w")


def read_pdf(source: Source) -> Extraction:
    """One document. Raises InvalidInput for a broken or encrypted file, or a scan that cannot be read."""
    result = _result(source.data)
    about = _about(result.metadata)
    text = result.content.replace("\u00a0", " ")
    remarks = ["It holds scripts or actions, which were not run."] if _SCRIPT.search(source.data) else []
    if len(_WORD.findall(text)) < LEAST_CHARS_PER_PAGE * (about["pages"] or 1):
        text = max(text, _scanned(source, about["pages"] or 1, or_else=text), key=len)
    title = result.metadata.get("title")
    return finished("application/pdf", [Piece("document", text, title, about=about)], remarks)


def _result(data: bytes) -> Any:
    from kreuzberg import ExtractionConfig, KreuzbergError, extract_bytes_sync

    try:
        result = extract_bytes_sync(data, "application/pdf", ExtractionConfig(use_cache=False))
    except KreuzbergError as error:
        if "password" in str(error).lower():
            raise InvalidInput("The PDF is encrypted; save it without its password, and give that.") from None
        raise InvalidInput("The PDF is broken and cannot be read; save or print it as PDF anew.") from None
    if (result.metadata.get("page_count") or 0) > MOST_PAGES:
        raise InvalidInput(f"The PDF has more than {MOST_PAGES:,} pages; split it.")
    return result


def _scanned(source: Source, pages: int, *, or_else: str) -> str:
    """What its pages show; `or_else` where nothing can read pictures, and that is any text at all."""
    if pages > MOST_SCANNED_PAGES:
        raise InvalidInput(f"The PDF is a scan of more than {MOST_SCANNED_PAGES} pages; split it.")
    try:
        found = recognised(source.data, "application/pdf", source.ocr_languages)
    except InvalidInput:
        if or_else.strip():
            return or_else
        raise
    if not found.strip() and not or_else.strip():
        raise InvalidInput("The PDF holds no text, and none is seen on its pages.")
    return found


def _about(metadata: Any) -> dict[str, Any]:
    return {
        "pages": metadata.get("page_count"),
        "author": ", ".join(metadata.get("authors") or []) or None,
        "date": metadata.get("created_at"),
    }
