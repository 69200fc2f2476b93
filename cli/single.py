"""One content from a file: Markdown with its heading as the title, plain text, or one JSON object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import orjson

from cli.inputs import BOM, EXAMPLE, LARGEST_TEXT_BYTES, Lines, open_file, spooled
from cli.problems import WrongUsage

HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
LONGEST_TITLE_CHARS = 500
JSONL_ENDINGS = {".jsonl", ".ndjson"}
MARKDOWN_ENDINGS = {".md", ".markdown"}
WEB_PAGE_ENDINGS = {".html", ".htm", ".xhtml"}

Content = Mapping[str, Any]


def read_input(given: str) -> Content | Lines:
    """One content, or many as JSONL lines, by the file's ending; stdin (`-`) by what it looks like.

    Raises WrongUsage for an address, a web page, and a missing, unreadable, too large or garbled file.
    """
    if re.match(r"https?://", given, re.IGNORECASE):
        raise WrongUsage("Fetching by address is part of `ingest`, which this version does not have yet; "
                         "save the page's text and give that file.")  # fmt: skip
    if given == "-":
        import sys

        return _sniffed(spooled(sys.stdin.buffer), "stdin")
    ending = Path(given).suffix.lower()
    if ending in WEB_PAGE_ENDINGS:  # its markup and scripts would be scored as if somebody had said them
        raise WrongUsage(
            f"{Path(given).name} is a web page, and taking the text out of one is part of `ingest`, "
            "which this version does not have yet; save its text as .txt or .md."
        )
    handle = open_file(given)
    if ending in JSONL_ENDINGS:
        return Lines(Path(given).name, handle)
    if ending == ".json":
        return _from_json(handle, Path(given).name)
    text = _decoded(handle, Path(given).name)
    return from_markdown(text) if ending in MARKDOWN_ENDINGS else {"text": text}


def from_markdown(text: str) -> Content:
    """The text with its first heading as the title; the heading's own line stays out of the text."""
    body = FRONT_MATTER.sub("", text, count=1)
    found = HEADING.search(body)
    if found is None or len(found[1]) > LONGEST_TITLE_CHARS:
        return {"text": body}
    rest = body[: found.start()] + body[found.end() :]
    return {"title": found[1], "text": rest.strip() or found[1]}


def _from_json(handle: IO[bytes], name: str) -> Content | Lines:
    """One object, or JSONL; what is called JSON and is neither is a mistake, not a text to be scored."""
    found = _objects(handle, name)
    if found is None:
        raise WrongUsage(
            f"{name} is not a JSON object. Give one such as {EXAMPLE} "
            "Many go into a .jsonl file, one in each line; plain text goes into a .txt file."
        )
    return found


def _sniffed(handle: IO[bytes], name: str) -> Content | Lines:
    """One object or JSONL where it looks like that, else plain text. Raises WrongUsage for a JSON list."""
    found = _objects(handle, name)
    if found is None and _is_list(_decoded(handle, name)):
        raise WrongUsage(f"{name} is a JSON list; give its rows as JSONL, one in each line (`jq -c '.[]'`).")
    return {"text": _decoded(handle, name)} if found is None else found


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
        return data.removeprefix(BOM).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise WrongUsage(
            f"{name} is not UTF-8 text (byte {error.start + 1}); convert it, or extract its text first."
        ) from None
