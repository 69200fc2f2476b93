"""XLSX: the tables of a workbook as lines with tabs, by kreuzberg."""

from __future__ import annotations

from typing import Any

from adapters.documents.pieces import Extraction, Piece, finished, one_line
from adapters.documents.recognising import XLSX
from adapters.documents.source import Source
from adapters.documents.zipped import Zipped
from errors import InvalidInput

LONGEST_CELL_CHARS = 32_767  # of the format itself


def read_xlsx(source: Source) -> Extraction:
    """One document: each sheet under its name. Raises InvalidInput for a broken file."""
    from kreuzberg import ExtractionConfig, KreuzbergError, extract_bytes_sync

    Zipped(source.data)
    try:
        result = extract_bytes_sync(source.data, XLSX, ExtractionConfig(use_cache=False))
    except KreuzbergError:
        raise InvalidInput("The workbook is broken and cannot be read; save it anew, or as .csv.") from None
    told: Any = result.metadata
    names = told.get("sheet_names") or []
    text = "\n\n".join(_table(table, names) for table in result.tables)
    about = {"date": told.get("modified_at"), "author": told.get("created_by"), "pages": len(names)}
    return finished(XLSX, [Piece("document", text, told.get("title"), about=about)])


def _table(table: Any, names: list[str]) -> str:
    name = names[table.page_number - 1] if 0 < table.page_number <= len(names) else ""
    rows = ("\t".join(one_line(cell, LONGEST_CELL_CHARS) for cell in row) for row in table.cells)
    return "\n".join([name, *rows])
