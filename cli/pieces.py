"""Pieces: any file or page as rows for an analysis, read on the spot in a process that can be killed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.inputs import LISTED, Row
from cli.output import note
from cli.problems import WrongUsage
from errors import GristmillError, InvalidInput
from settings import get_settings

if TYPE_CHECKING:
    from adapters.documents import Extraction, Piece

ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass
class Pieces:
    """What a file holds, as rows in their order: what `cli.inputs.Lines` is for JSONL."""

    name: str
    pieces: Sequence[Piece]
    good: int = 0
    bad: list[str] = field(
        default_factory=list
    )  # the first few, each with which part it is and what is wrong
    bad_count: int = 0

    def check(self, analysis: Any) -> None:
        """Look at every piece; fills `good` and `bad`."""
        for piece in self.pieces:
            try:
                analysis.parse_content(_row(piece))
                self.good += 1
            except GristmillError as error:
                self.bad_count += 1
                if len(self.bad) < LISTED:
                    self.bad.append(f"{self.name}, {piece.part}: {error.message}")

    def rows(self, analysis: Any) -> Iterator[Row]:
        """The rows that are good; call `check` before."""
        for piece in self.pieces:
            row = _row(piece)
            with suppress(GristmillError):
                analysis.parse_content(row)
                yield row


def _row(piece: Piece) -> dict[str, Any]:
    """Its fields; the part of the file that it is comes back as the result's own id."""
    told = {"id": piece.part} if piece.part else {}
    return told | piece.fields()


def is_address(given: str) -> bool:
    return bool(ADDRESS.match(given))


def read_page(url: str, *, javascript: bool) -> Mapping[str, Any] | Pieces:
    """The contents of what is at an address. Raises the errors of a fetch, and WrongUsage."""
    from adapters.documents import Bearer
    from adapters.safety.downloads import download

    with tempfile.TemporaryDirectory(prefix="gristmill-") as folder:
        path = Path(folder) / "fetched"
        allowed = get_settings().allow_private_fetch
        fetched = download(url, path, javascript=javascript, allow_private=allowed)
        bearer = Bearer(fetched.name, fetched.media_type, fetched.charset, fetched.url)
        return _contents(url, path, bearer)


def read_document(path: Path, name: str) -> Mapping[str, Any] | Pieces:
    """The contents of a file: one, or many. Raises WrongUsage for one that cannot be read."""
    from adapters.documents import Bearer

    return _contents(name, path, Bearer(name))


def _contents(told_as: str, path: Path, bearer: Any) -> Mapping[str, Any] | Pieces:
    from adapters.documents import extract

    try:
        found: Extraction = extract(path, bearer, ocr_languages=get_settings().ocr_languages)
    except InvalidInput as error:
        raise WrongUsage(f"{told_as}: {error.message}") from None
    for remark in found.remarks:
        note(f"{told_as}: {remark}")
    if len(found.pieces) == 1:
        return found.pieces[0].fields()
    return Pieces(told_as, found.pieces)
