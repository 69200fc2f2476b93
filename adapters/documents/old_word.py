"""DOC and RTF, what Word wrote before DOCX, by kreuzberg."""

from __future__ import annotations

from adapters.documents.office import MACROS
from adapters.documents.pieces import Extraction, Piece, finished
from adapters.documents.source import Source
from errors import InvalidInput

MACRO_STREAM = "_VBA_PROJECT".encode("utf-16-le")


def read_old_word(source: Source, media_type: str) -> Extraction:
    """One document. Raises InvalidInput for a broken file."""
    from kreuzberg import ExtractionConfig, KreuzbergError, extract_bytes_sync

    try:
        result = extract_bytes_sync(source.data, media_type, ExtractionConfig(use_cache=False))
    except KreuzbergError:
        raise InvalidInput("The file is broken and cannot be read; save it as .docx or .pdf.") from None
    told = result.metadata
    about = {"author": told.get("created_by"), "date": told.get("modified_at")}
    piece = Piece("document", result.content, told.get("title"), about=about)
    return finished(media_type, [piece], [MACROS] if MACRO_STREAM in source.data else [])
