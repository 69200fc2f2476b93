"""Pieces: what comes out of a file, bounded and fit to be stored; what every reader of a format gives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from errors import InvalidInput

MOST_PIECES = 10_000
LONGEST_TEXT_CHARS = 2_000_000
LONGEST_TEXTS_CHARS = 20_000_000  # all pieces of one file together
LONGEST_TITLE_CHARS = 500
LONGEST_PART_CHARS = 200
LONGEST_NAME_CHARS = 200  # of what else is known: columns of a table, say
LONGEST_VALUE_CHARS = 2_000
MOST_VALUES = 100  # in a list, such as the recipients of a mail
MOST_REMARKS = 20
DEEPEST_ROW = 20
LARGEST_INTEGER = 2**63 - 1  # of what databases and the wire take
ROW = "row"

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_TRAILING = re.compile("(?<![ \t\u00a0])[ \t\u00a0]++(?=\n|$)")  # a long run is looked through once
_WEB_ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
_GAPS = re.compile("\n{3,}")


@dataclass(frozen=True, slots=True)
class Piece:
    """One content. `kind` is a hint: text, document, story, email, or `ROW` for an imported row of any kind.

    `part` says which part of the file it is, in the same words each time the file is read ("" for the whole);
    `about` is what else is known, under the names that contents of that kind use (url, author, sender, …).
    """

    kind: str
    text: str
    title: str | None = None
    part: str = ""
    about: dict[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """What an analysis takes: the content's body."""
        title = {"title": self.title} if self.title else {}
        return {**self.about, **title, "text": self.text}


@dataclass(frozen=True, slots=True)
class Extraction:
    """All pieces of one file, its media type by its content, and what could not be read of it, in words."""

    media_type: str
    pieces: list[Piece]
    remarks: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Extraction:
        return cls(told["media_type"], [Piece(**piece) for piece in told["pieces"]], told["remarks"])


def finished(media_type: str, pieces: Iterable[Piece], remarks: Iterable[str] = ()) -> Extraction:
    """The pieces that hold something to read, tidied and within bounds. Raises InvalidInput past them."""
    kept: list[Piece] = []
    parts: Counter[str] = Counter()
    total_chars = 0
    for piece in pieces:
        neat = _tidied(piece)
        if not neat.text:
            continue
        parts[neat.part] += 1
        if (count := parts[neat.part]) > 1:  # entries of a feed, say, that have one id among them
            neat = replace(neat, part=f"{neat.part} ({count})")
        kept.append(neat)
        total_chars += len(neat.text)
        if len(kept) > MOST_PIECES:
            raise InvalidInput(f"The file holds more than {MOST_PIECES:,} contents; split it.")
        if total_chars > LONGEST_TEXTS_CHARS:
            raise InvalidInput(f"The file holds more than {LONGEST_TEXTS_CHARS:,} characters; split it.")
    return Extraction(media_type, kept, list(dict.fromkeys(remarks))[:MOST_REMARKS])


def tidy(text: str) -> str:
    """`text` with newlines alone as line ends, and without controls, lone surrogates and wide gaps.

    Neither database stores a NUL, and UTF-8 has no surrogates.
    """
    plain = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))
    return _GAPS.sub("\n\n", _TRAILING.sub("", plain)).strip()


def one_line(text: str, longest_chars: int = LONGEST_VALUE_CHARS) -> str:
    """`text` tidied, in one line and no longer than that."""
    return " ".join(tidy(text[: 4 * longest_chars]).split())[:longest_chars]


def web_address(value: Any) -> str | None:
    """`value` if contents take it as their `url`, else None: feeds hold tags, paths and scripts there."""
    text = value.strip() if isinstance(value, str) else ""
    return text if _WEB_ADDRESS.fullmatch(text) and len(text) <= LONGEST_VALUE_CHARS else None


def _tidied(piece: Piece) -> Piece:
    if len(piece.text) > LONGEST_TEXT_CHARS:
        where = f" ({piece.part})" if piece.part else ""
        raise InvalidInput(
            f"A text in the file{where} has {len(piece.text):,} characters; "
            f"the limit is {LONGEST_TEXT_CHARS:,}, so split it."
        )
    title = one_line(piece.title or "", LONGEST_TITLE_CHARS) or None
    clean = _tree if piece.kind == ROW else _value
    told = {one_line(name, LONGEST_NAME_CHARS): clean(given) for name, given in piece.about.items()}
    about = {name: value for name, value in told.items() if name and value not in (None, "")}
    part = one_line(piece.part, LONGEST_PART_CHARS)
    return Piece(piece.kind, tidy(piece.text), title, part, about)


def _tree(given: Any, depth: int = 0) -> Any:
    """Any JSON of a row's own, whole: it may be what an analysis reads, such as a transcript's turns."""
    if depth > DEEPEST_ROW:
        raise InvalidInput(f"A row is nested deeper than {DEEPEST_ROW} levels; make it flatter.")
    if isinstance(given, str):
        return tidy(given)
    if isinstance(given, list):
        return [_tree(one, depth + 1) for one in given]
    if isinstance(given, dict):
        return {one_line(str(name)): _tree(value, depth + 1) for name, value in given.items()}
    if isinstance(given, int) and abs(given) > LARGEST_INTEGER:
        return str(given)
    return given


def _value(given: Any) -> Any:
    if given is None or isinstance(given, bool | int | float):
        return given
    if isinstance(given, list | tuple):
        return [value for one in given[:MOST_VALUES] if (value := _value(one)) not in (None, "")] or None
    return one_line(str(given))
