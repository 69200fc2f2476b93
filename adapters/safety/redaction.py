"""Redaction: personal data in a content replaced by marks such as [EMAIL_1], and put back where asked.

The same content always gives the same marks, so nothing has to be kept to put the data back: whoever
has the content works them out anew, and whoever has only a reply cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from adapters.safety.pii import BREAK, FINDERS, STRUCTURED, Finder, find
from adapters.safety.pii.names import spelled
from adapters.safety.strings import rebuilt, strings_in

M = TypeVar("M", bound=BaseModel)
MARK = re.compile(r"\[[A-Z]{2,10}_\d{1,7}\]")
# Fields that hold one person's name and nothing else, whatever the content.
PERSON_FIELDS = frozenset({"author", "speaker", "sender", "recipient", "reviewer", "learner"})


@dataclass(frozen=True, slots=True)
class Redaction:
    """What the marks of one content stand for."""

    originals: dict[str, str] = field(default_factory=dict)

    def restored(self, tree: Any) -> Any:
        """Parsed JSON with the marks in its strings replaced by what they stand for; other marks stay."""
        if isinstance(tree, str):
            return MARK.sub(lambda match: self.originals.get(match[0], match[0]), tree)
        if isinstance(tree, list):
            return [self.restored(item) for item in tree]
        if isinstance(tree, dict):
            return {key: self.restored(value) for key, value in tree.items()}
        return tree


def redact(content: M) -> tuple[M, Redaction]:
    """`content` with the personal data in all its strings replaced, at any depth, and the way back.

    Equal data get equal marks all over the content. Keys, numbers and choices from a list stay.
    """
    texts = strings_in(content)
    whole = BREAK.join(text.replace(BREAK, " ") for text in texts)
    redacted, redaction = _marked(whole, spelled(_persons(content)))
    if not redaction.originals:
        return content, redaction
    pieces = iter(redacted.split(BREAK))
    return rebuilt(content, lambda _: next(pieces)), redaction


def redact_text(text: str) -> str:
    """`text` with personal data and secrets replaced by their kind alone, as [EMAIL]: for logs and errors.

    Names stay: such texts are of our own making, and their capitals are those of types and places.
    """
    parts, at = [], 0
    for span in find(text, STRUCTURED):
        parts += [text[at : span.start], f"[{span.kind}]"]
        at = span.end
    return "".join(parts) + text[at:]


def _marked(text: str, persons: Finder) -> tuple[str, Redaction]:
    marks: dict[tuple[str, str], str] = {}
    counts: dict[str, int] = {}
    taken = set(MARK.findall(text))  # a content may hold what looks like a mark, and means just that
    parts, at = [], 0
    for span in find(text, (persons, *FINDERS)):
        found = text[span.start : span.end]
        mark = marks.get((span.kind, found)) or _new_mark(span.kind, counts, taken)
        marks[span.kind, found] = mark
        parts += [text[at : span.start], mark]
        at = span.end
    return "".join(parts) + text[at:], Redaction({mark: found for (_, found), mark in marks.items()})


def _new_mark(kind: str, counts: dict[str, int], taken: set[str]) -> str:
    while True:
        counts[kind] = counts.get(kind, 0) + 1
        mark = f"[{kind}_{counts[kind]}]"
        if mark not in taken:
            return mark


def _persons(value: Any, field_name: str = "") -> Iterator[str]:
    """What stands in fields for persons, such as the author or who speaks."""
    if isinstance(value, str):
        if field_name in PERSON_FIELDS:
            yield value
    elif isinstance(value, BaseModel | dict):
        for name, part in value.items() if isinstance(value, dict) else value:
            yield from _persons(part, str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _persons(part, field_name)
