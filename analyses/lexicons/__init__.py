"""Our word lists, as text files that anybody can edit, and the reading of them.

A file has `[sections]`; a line that begins with `#` is a comment. A section holds words (divided by
white space), phrases (divided by `;` or line ends) or pairs (`this=that`, divided like phrases).
"""

from __future__ import annotations

from functools import cache
from importlib import resources

Phrase = tuple[str, ...]


@cache
def sections(name: str) -> dict[str, str]:
    """The sections of `name`.txt as they stand, in order."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("[") and line.endswith("]"):
            title = line[1:-1]
            found[title] = []
        elif line and not line.startswith("#"):
            found[title].append(line)
    return {title: "\n".join(lines) for title, lines in found.items()}


@cache
def words(name: str, section: str) -> frozenset[str]:
    """The words of one section."""
    return frozenset(sections(name)[section].split())


@cache
def phrases(name: str, section: str) -> tuple[Phrase, ...]:
    """The phrases of one section, each as its words."""
    return tuple(tuple(entry.split()) for entry in _entries(name, section))


@cache
def pairs(name: str, section: str) -> dict[str, str]:
    """The pairs of one section, in order."""
    split = (entry.split("=", 1) for entry in _entries(name, section))
    return {left.strip(): right.strip() for left, right in split}


def _entries(name: str, section: str) -> list[str]:
    parts = sections(name)[section].replace("\n", ";").split(";")
    return [part.strip() for part in parts if part.strip()]
