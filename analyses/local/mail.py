"""The part of a mail that its sender wrote: without quoted mails, forwarded headers and the signature."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyses.local.words import sentences

MOST_LINES, MOST_SENTENCES = 5_000, 400
_QUOTED = (">", "|")
# Below such a line stands what somebody else wrote; each looks at one line of bounded length.
_BELOW = re.compile(
    r"^[\s>]{0,8}(?:-{2,40} ?(?:original message|forwarded (?:by|message)|ursprüngliche nachricht"
    r"|mensaje original|message d'origine)|begin forwarded message:|_{10,200}\s*$|sent by: |sent from my "
    r"|on .{6,200} wrote:\s*$|am .{6,200} schrieb .{0,100}:\s*$|le .{6,200} a écrit ?:\s*$)",
    re.I,
)
_HEADER = re.compile(r"^[\s>]{0,8}\*{0,2}(?:from|sent|to|cc|date|subject|von|gesendet|an|betreff):", re.I)
_ANSWER = re.compile(r"^(?:(?:re|fw|fwd|aw|wg|tr|sv)\s?(?:\[\d{1,3}\])?\s?:\s{0,5}){1,20}", re.I)
_SIGNATURE = re.compile(r"^-- ?$")
LINE_CHARS = 300


def own_sentences(text: str) -> list[str]:
    """The sentences that the sender wrote, verbatim and in order; those of the whole where none are left."""
    own = [span.text for start, end in _blocks(text) for span in sentences(text[start:end])]
    return [one for one in own or _all(text) if any(map(str.isalpha, one))][:MOST_SENTENCES]


def own_text(text: str) -> str:
    """What the sender wrote, in one piece; the whole where nothing is left."""
    return "\n\n".join(text[start:end].strip() for start, end in _blocks(text)).strip() or text


def _all(text: str) -> list[str]:
    return [span.text for span in sentences(text)]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where each run of the sender's own lines begins and ends."""
    begin: int | None = None
    place = 0
    lines = text.split("\n")[:MOST_LINES]
    for at, line in enumerate(lines):
        head = line[:LINE_CHARS]
        if _ends_own(head, lines[at + 1 : at + 2]):
            break
        if head.lstrip().startswith(_QUOTED):
            if begin is not None:
                yield begin, place
            begin = None
        elif begin is None:
            begin = place
        place += len(line) + 1
    if begin is not None:
        yield begin, min(place, len(text))


def _ends_own(line: str, following: list[str]) -> bool:
    """True where quoted mail or a signature begins: at its mark, or at two header lines in a row."""
    if _BELOW.match(line) or _SIGNATURE.match(line):
        return True
    return bool(_HEADER.match(line) and following and _HEADER.match(following[0][:LINE_CHARS]))


def bare_subject(subject: str | None) -> str | None:
    """A subject without its "Re:" and "Fwd:"."""
    return _ANSWER.sub("", subject or "") or None
