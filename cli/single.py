"""One content from what was given, or many: a file of any kind, a page's address, or what comes on stdin."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import orjson

from cli.inputs import BOM, EXAMPLE, LARGEST_TEXT_BYTES, Lines, open_file, spooled
from cli.pieces import Pieces, is_address, read_document, read_page
from cli.problems import WrongUsage

JSONL_ENDINGS = {".jsonl", ".ndjson"}
COPIED_BYTES = 1_000_000

Content = Mapping[str, Any]


def read_input(given: str, *, javascript: bool = False) -> Content | Lines | Pieces:
    """One content or many: JSON and JSONL by the file's ending, others by what they hold, stdin by its looks.

    Raises WrongUsage for a missing or unreadable file, and what a fetch of an address raises.
    """
    if is_address(given):
        return read_page(given, javascript=javascript)
    if given == "-":
        return _sniffed(spooled(sys.stdin.buffer))
    path, handle = Path(given), open_file(given)
    if path.suffix.lower() in JSONL_ENDINGS:
        return Lines(path.name, handle)
    if path.suffix.lower() == ".json":
        return _from_json(handle, path.name)
    if path.is_file():
        return read_document(path, path.name)
    return _spilled(handle, path.name)


def _from_json(handle: IO[bytes], name: str) -> Content | Lines:
    """One object, or JSONL; what is called JSON and is neither is a mistake, not a text to be scored."""
    found = _objects(handle, name)
    if found is None:
        raise WrongUsage(
            f"{name} is not a JSON object. Give one such as {EXAMPLE} "
            "Many go into a .jsonl file, one in each line; plain text goes into a .txt file."
        )
    return found


def _sniffed(handle: IO[bytes]) -> Content | Lines | Pieces:
    """One object or JSONL where it looks like that, else any file. Raises WrongUsage for a JSON list."""
    handle.seek(0)
    head = handle.read(1_000).removeprefix(BOM).lstrip()
    if head.startswith(b"[") and _is_list(_decoded(handle, "stdin")):
        raise WrongUsage("stdin is a JSON list; give its rows as JSONL, one in each line (`jq -c '.[]'`).")
    found = _objects(handle, "stdin") if head.startswith(b"{") else None
    return _spilled(handle, "stdin") if found is None else found


def _spilled(handle: IO[bytes], name: str) -> Content | Pieces:
    """The contents of what comes as a stream, by way of a file."""
    handle.seek(0)
    with tempfile.NamedTemporaryFile(prefix="gristmill-") as file:
        while chunk := handle.read(COPIED_BYTES):
            file.write(chunk)
        file.flush()
        return read_document(Path(file.name), name)


def _objects(handle: IO[bytes], name: str) -> Content | Lines | None:
    """JSONL if the first line is an object of its own, else one JSON object; None where it is neither."""
    lines = Lines(name, handle)
    first = next(iter(lines), (0, b""))[1]
    if _is_object(first):
        others = iter(lines)
        next(others)
        return lines if next(others, None) is not None else dict(orjson.loads(first))
    text = _decoded(handle, name)
    if text.lstrip().startswith("{") and _is_object(text.encode()):
        return dict(orjson.loads(text))
    return None


def _is_object(data: bytes) -> bool:
    try:
        return isinstance(orjson.loads(data), dict)
    except ValueError:
        return False


def _is_list(text: str) -> bool:
    """True of what a program wrote as a list of rows, and not of a text in brackets."""
    if not text.lstrip().startswith("["):
        return False
    try:
        return isinstance(orjson.loads(text), list)
    except ValueError:
        return False


def _decoded(handle: IO[bytes], name: str) -> str:
    handle.seek(0)
    data = handle.read(LARGEST_TEXT_BYTES + 1)
    if len(data) > LARGEST_TEXT_BYTES:
        raise WrongUsage(f"{name} is larger than {LARGEST_TEXT_BYTES:,} bytes; split it into parts.")
    try:
        return data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{name} is not UTF-8 (byte {error.start + 1}); convert it.") from None
