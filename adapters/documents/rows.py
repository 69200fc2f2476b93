"""Imports: JSON, JSON lines, CSV and TSV, of which each row is a content with a `text` of its own.

The other columns go with it under their own names, so that an analysis finds the fields it takes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adapters.documents.decoding import decode
from adapters.documents.pieces import MOST_PIECES, ROW, Extraction, Piece, finished
from adapters.documents.recognising import JSON, JSONL, TSV
from adapters.documents.source import Source
from errors import InvalidInput

TEXT = "text"
MOST_COLUMNS = 200
LONGEST_CELL_CHARS = 2_000_000
DELIMITERS = ",;\t|"
SAMPLE_CHARS = 10_000


def read_json(source: Source) -> Extraction:
    """One object, or a list of them. Raises InvalidInput for other JSON, or without a text."""
    told = parsed_json(source)
    rows = told if isinstance(told, list) else [told]
    return finished(JSON, _pieces(rows))


def read_jsonl(source: Source) -> Extraction:
    """An object in each line. Raises InvalidInput with the number of a line that is none."""
    return finished(JSONL, _pieces(_lines(decode(source.data, source.charset))))


def read_csv(source: Source, media_type: str) -> Extraction:
    """A content for each row below the header. Raises InvalidInput where no column is called text."""
    text = decode(source.data, source.charset)
    delimiter = "\t" if media_type == TSV else _delimiter(text)
    csv.field_size_limit(LONGEST_CELL_CHARS)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", restval="")
    try:
        columns = [(name or "").strip() for name in reader.fieldnames or []]
        _check(columns)
        reader.fieldnames = [column.lower() if column.lower() == TEXT else column for column in columns]
        return finished(media_type, _pieces(reader))
    except csv.Error:
        raise InvalidInput(
            f"The table cannot be read at line {reader.line_num}; is a quote left open?"
        ) from None


def parsed_json(source: Source) -> Any:
    """The JSON value that a file is. Raises InvalidInput saying where it is none."""
    return _parsed(decode(source.data, source.charset), "The file")


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(f"{where} is not JSON at {place}: {error.msg.lower()}.") from None
    except (RecursionError, ValueError):
        raise InvalidInput(f"{where} is not JSON that can be read: too deep, or a number too long.") from None


def _lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _parsed(line, f"Line {number}")


def _pieces(rows: Iterable[Any]) -> Iterator[Piece]:
    for number, row in enumerate(rows, 1):
        if number > MOST_PIECES:
            raise InvalidInput(
                f"The file has more than {MOST_PIECES:,} rows; use `gristmill batch`, or split it."
            )
        if isinstance(row, str):
            row = {TEXT: row}
        if not isinstance(row, Mapping) or not isinstance(row.get(TEXT), str):
            raise InvalidInput(f'Row {number} has no text; each must be like {{"id": "1", "text": "…"}}.')
        about = {str(name): row[name] for name in list(row)[:MOST_COLUMNS] if name not in (TEXT, "title", "")}
        title = row.get("title") if isinstance(row.get("title"), str) else None
        yield Piece(ROW, row[TEXT], title, f"row {row.get('id') or number}", about)


def _check(columns: list[str]) -> None:
    if TEXT not in [column.lower() for column in columns]:
        raise InvalidInput(
            f"The table has {len(columns)} columns and none called `text`; "
            "name the one to be read so in its first line."
        )
    if len(columns) > MOST_COLUMNS:
        raise InvalidInput(f"The table has more than {MOST_COLUMNS} columns.")


def _delimiter(text: str) -> str:
    """The character of these that the first line has most of."""
    first = text.lstrip().partition("\n")[0][:SAMPLE_CHARS]
    return max(DELIMITERS, key=first.count) if any(one in first for one in DELIMITERS) else ","
