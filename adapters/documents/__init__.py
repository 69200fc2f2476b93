"""Documents: any file to contents. Its format is told by what it holds, and it is read out of harm's way.

Parsers of files from outside loop, swell and crash, in C where nobody can stop them. So each file is read in
a process of its own, with an end to its time and memory, which can be killed at any moment.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from adapters.documents.pieces import Extraction, Piece
from adapters.killable import run_killable
from errors import Internal, InvalidInput

__all__ = ["Bearer", "Extraction", "Piece", "extract"]

log = structlog.get_logger(__name__)

LARGEST_FILE_BYTES = 50_000_000
LONGEST_S = 280.0  # a scan of a hundred pages takes as long; below a job's usual limit of 300 s
MEMORY_MB = 1_500
SHORT_BYTES = 1_000_000
BROKE_OFF = (
    "The file cannot be read: its reader broke off over it, as happens with damaged files. "
    "If another program opens it, save it there anew and give that."
)


@dataclass(frozen=True, slots=True)
class Bearer:
    """What whoever brought a file says of it; all of it may be wrong, and none of it is needed."""

    name: str = ""
    media_type: str = ""
    charset: str = ""
    url: str = ""


def extract(
    path: Path,
    bearer: Bearer,
    *,
    ocr_languages: str = "eng",
    longest_s: float = LONGEST_S,
    cancelled: threading.Event | None = None,
) -> Extraction:
    """The pieces of the file at `path`, in a folder of its own: what the reading needs is put beside it.

    Raises InvalidInput for a file that cannot be read: what is wrong and what to do; Timeout after
    `longest_s`, and Cancelled soon after `cancelled` is set. No process is left behind.
    """
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise InvalidInput(f"The file is larger than {LARGEST_FILE_BYTES:,} bytes; split it.")
    if plain := _plain(path, bearer):
        return plain
    told = (str(path), bearer, ocr_languages)
    try:
        found = run_killable(_in_child, told, limit_s=longest_s, memory_mb=MEMORY_MB, cancelled=cancelled)
    except Internal as error:
        log.warning("a reader of files broke off", bytes=path.stat().st_size, error=error.message)
        raise InvalidInput(BROKE_OFF) from None
    return Extraction.from_json(found)


def _plain(path: Path, bearer: Bearer) -> Extraction | None:
    """What a short text in UTF-8 holds: that takes code of ours alone, and no process. None for all else."""
    from adapters.documents.reading import PLAIN_ONES, read
    from adapters.documents.recognising import media_type_of
    from adapters.documents.source import Source

    data = path.read_bytes() if path.stat().st_size <= SHORT_BYTES else b""
    source = Source(data, bearer.name, bearer.media_type, bearer.charset, bearer.url)
    if not data.strip() or not _is_utf8(data) or media_type_of(source) not in PLAIN_ONES:
        return None
    return read(source)


def _is_utf8(data: bytes) -> bool:
    try:
        return "\x00" not in data.decode()
    except UnicodeDecodeError:
        return False


def _in_child(path: str, bearer: Bearer, ocr_languages: str) -> dict[str, Any]:
    from adapters.documents.reading import read
    from adapters.documents.source import Source

    tempfile.tempdir = str(Path(path).parent)  # what is left there if this is killed goes with the file
    told = (bearer.name, bearer.media_type, bearer.charset, bearer.url)
    return read(Source(Path(path).read_bytes(), *told, ocr_languages=ocr_languages)).as_json()
