"""Prompts: which versions an analysis has, how they differ, and which one a tenant wants."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from analyses import all_analyses
from models.database import reading
from models.prompt_pins import pin, pins_for, unpin
from pipelines.entry import analysis_named
from pipelines.storing import storing

DIGEST_CHARS = 12  # of a version's SHA-256, to see that two installations have the same words
_SENTENCE_END = re.compile(r"(?<=[.;?!]) (?=\S)")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a prompt."""

    number: int
    digest: str
    chars: int


@dataclass(frozen=True, slots=True)
class Versions:
    """An analysis's prompts, oldest first, as a tenant sees them."""

    analysis: str
    items: tuple[Version, ...]
    pinned: int | None

    @property
    def newest(self) -> int:
        return self.items[-1].number

    @property
    def in_force(self) -> int:
        """Which version new jobs get."""
        return self.pinned or self.newest

    @property
    def is_pin_known(self) -> bool:
        """False for a pin on a version that this installation has no more: such jobs fail."""
        return self.pinned is None or self.pinned in (one.number for one in self.items)


def list_versions(tenant: str, analysis: str | None = None) -> list[Versions]:
    """The prompts of one analysis or of all. Raises InvalidInput for one that there is not."""
    named = all_analyses() if analysis is None else [analysis_named(analysis)]
    with reading() as connection:
        pins = pins_for(connection, tenant)
    return [_versions(one.name, one.instructions, pins.get(one.name)) for one in named]


def diff(analysis: str, old: int, new: int) -> str:
    """The difference of two versions, unified, a sentence a line; empty if they say the same.

    Raises InvalidInput for a version that there is not.
    """
    known = analysis_named(analysis)
    before, after = (_SENTENCE_END.sub("\n", known.instructions_of(n)).split("\n") for n in (old, new))
    names = (f"{analysis} version {old}", f"{analysis} version {new}")
    return "\n".join(difflib.unified_diff(before, after, *names, lineterm="", n=1))


def pin_version(tenant: str, analysis: str, version: int) -> int | None:
    """The tenant's new jobs get this version from now on; gives the one that was pinned before.

    Raises InvalidInput for an analysis or a version that there is not, naming those there are.
    """
    known = analysis_named(analysis)
    known.instructions_of(version)
    return storing(lambda connection: pin(connection, tenant, known.name, version))


def unpin_version(tenant: str, analysis: str) -> int | None:
    """The tenant's new jobs get the newest version again; gives the one that was pinned, if one was.

    Raises InvalidInput for an analysis that there is not.
    """
    known = analysis_named(analysis)
    return storing(lambda connection: unpin(connection, tenant, known.name))


def _versions(analysis: str, instructions: Mapping[int, str], pinned: int | None) -> Versions:
    return Versions(analysis, tuple(_version(*one) for one in sorted(instructions.items())), pinned)


def _version(number: int, words: str) -> Version:
    return Version(number, hashlib.sha256(words.encode()).hexdigest()[:DIGEST_CHARS], len(words))
