"""Input: a file, or what comes on stdin, as rows for an analysis, looked at whole before any is submitted.

JSONL is split on "\\n" alone (texts hold other line ends) and read a line at a time, however long it is;
what comes on stdin goes through a temporary file, since it is read twice: once to check, once to submit.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from cli.problems import WrongUsage
from errors import GristmillError

LONGEST_LINE_BYTES = 8_000_000  # more than the longest text, should each character be escaped
LARGEST_TEXT_BYTES = 8_000_000
LARGEST_STDIN_BYTES = 4_000_000_000
MOST_ROWS = 1_000_000
IN_MEMORY_BYTES = 1_000_000
CHUNK_BYTES = 1_000_000
BOM = b"\xef\xbb\xbf"
WHITE = b" \t\r\n"
LISTED = 5  # bad lines named in one message

Row = Mapping[str, Any]


@dataclass
class Lines:
    """JSONL: its rows in order. `number` counts lines from 1, the empty ones too."""

    name: str
    handle: IO[bytes]
    good: int = 0
    bad: list[str] = field(default_factory=list)  # the first few, each with its number and what is wrong
    bad_count: int = 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        self.handle.seek(0)
        number = 0
        while line := self.handle.readline(LONGEST_LINE_BYTES + 1):
            number += 1
            if len(line) > LONGEST_LINE_BYTES:
                raise WrongUsage(
                    f"{self.name}, line {number} is longer than {LONGEST_LINE_BYTES:,} bytes; split its text."
                )
            line = line.removeprefix(BOM) if number == 1 else line
            if line.strip(WHITE):
                yield number, line

    def check(self, analysis: Any) -> None:
        """Look at every line; fills `good` and `bad`. Raises WrongUsage where there is nothing to do."""
        for number, line in self:
            try:
                read_row(analysis, line)
                self.good += 1
            except GristmillError as error:
                self.bad_count += 1
                if len(self.bad) < LISTED:
                    self.bad.append(f"{self.name}, line {number}: {error.message}")
            if self.good > MOST_ROWS:
                raise WrongUsage(f"{self.name} has more than {MOST_ROWS:,} rows; split it.")
        if not self.good and not self.bad_count:
            raise WrongUsage(f"{self.name} is empty; give one JSON object per line, such as " + EXAMPLE)

    def digest(self) -> str:
        """The SHA-256 of the lines: equal for equal rows, whatever the file's name."""
        told = hashlib.sha256()
        for _, line in self:
            told.update(line.strip(WHITE) + b"\n")
        return told.hexdigest()

    def rows(self, analysis: Any) -> Iterator[Row]:
        """The rows that are good; call `check` before."""
        for _, line in self:
            with suppress(GristmillError):
                yield read_row(analysis, line)


EXAMPLE = '{"id": "1", "text": "…"}.'


def read_row(analysis: Any, line: bytes) -> Row:
    """One line as a row that the analysis takes. Raises InvalidInput: what is wrong, never what it held."""
    from pipelines.entry import external_id

    try:
        row = orjson.loads(line)
    except ValueError:
        row = _lenient(line)
    if isinstance(row, str):
        row = {"text": row}
    if not isinstance(row, dict):
        raise WrongUsage("not a JSON object; each line must be one, such as " + EXAMPLE)
    external_id(row)
    analysis.parse_content(row)
    return row


def _lenient(line: bytes) -> Any:
    """Python's reader takes lone surrogates and huge numbers that the quick one refuses."""
    import json

    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise WrongUsage(f"not UTF-8 at byte {error.start + 1}; convert the file to UTF-8") from None
    except json.JSONDecodeError as error:
        raise WrongUsage(f"not JSON at character {error.pos + 1} ({error.msg})") from None
    except (RecursionError, ValueError):
        raise WrongUsage("not JSON that can be read: too deep, or a number too long") from None


def open_jsonl(given: str) -> Lines:
    """The JSONL at a path, or on stdin for `-`. Raises WrongUsage."""
    if given == "-":
        return Lines("stdin", spooled(sys.stdin.buffer))
    return Lines(Path(given).name, open_file(given))


def open_file(given: str) -> IO[bytes]:
    """A file opened for reading twice. Raises WrongUsage naming what is wrong with it."""
    path = Path(given)
    if path.is_dir():
        raise WrongUsage(f"{path} is a folder; name a file.")
    try:
        handle = path.open("rb")
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}.") from None
    return handle if handle.seekable() else spooled(handle)


def spooled(source: IO[bytes]) -> IO[bytes]:
    """All of a stream, in memory while it is small and in a temporary file beyond that."""
    spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the caller reads it
    size = 0
    while chunk := source.read(CHUNK_BYTES):
        size += len(chunk)
        if size > LARGEST_STDIN_BYTES:
            raise WrongUsage(f"The input is larger than {LARGEST_STDIN_BYTES:,} bytes; split it.")
        spool.write(chunk)
    return spool
