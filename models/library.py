"""The library: contents by the places where they stood, edition by edition.

Identical contents are stored once for each tenant. A place whose content changes gets a new edition; the one
before stays. All of it may be written twice, or by two at once, with one effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, func, select, tuple_, update

from models.database import new_id
from models.inserting import insert_or
from models.schema import contents, editions

AT_ONCE = 500  # contents in one statement


@dataclass(frozen=True, slots=True)
class NewContent:
    """A content and which part of its place it is; `version` is that of its body."""

    kind: str
    body: dict[str, Any] = field(repr=False)
    part: str = ""

    @property
    def version(self) -> str:
        return version_of(self.body)


@dataclass(frozen=True, slots=True)
class Place:
    """Where contents stand: a file's name or a page's address, read from an original by a job, or neither."""

    tenant_id: str
    name: str
    original_id: str | None = None
    job_id: str | None = None

    def key_of(self, part: str) -> str:
        """The same for each edition of this part."""
        return hashlib.sha256(f"{self.name}\0{part}".encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Shelved:
    """What became of a content: its id, and the number of its edition, which is new or was there."""

    content_id: str
    edition: int
    is_new: bool


def version_of(body: Mapping[str, Any]) -> str:
    """The SHA-256 of a content's canonical JSON: equal contents, equal versions."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def shelve(connection: Connection, place: Place, new: Sequence[NewContent], now: int) -> list[Shelved]:
    """Keep contents at their parts of a place; gives what became of each, in their order."""
    told: list[Shelved] = []
    for at in range(0, len(new), AT_ONCE):
        told += _shelve(connection, place, new[at : at + AT_ONCE], now)
    return told


def _shelve(connection: Connection, place: Place, new: Sequence[NewContent], now: int) -> list[Shelved]:
    known = _kept_ids(connection, place.tenant_id, new, now)
    standing = _newest(connection, place, new)
    told: dict[str, Shelved] = {}
    rows, seen = [], []
    for one in new:
        key, content_id = place.key_of(one.part), known[one.kind, one.version]
        number, stood = standing.get(key, (0, None))
        if content_id == stood:
            seen.append((key, number))
        else:
            number += 1
            rows.append(_edition(place, key, one.part, number, content_id, now))
        told[key] = Shelved(content_id, number, content_id != stood)
    for key in _missed(connection, rows):  # somebody else put an edition there at this moment
        (one,) = [one for one in new if place.key_of(one.part) == key]
        (told[key],) = _shelve(connection, place, [one], now)
    _see_again(connection, place, seen, now)
    return [told[place.key_of(one.part)] for one in new]


def _missed(connection: Connection, rows: list[dict[str, Any]]) -> list[str]:
    """Insert editions; gives the keys of those whose number was taken meanwhile."""
    if not rows:
        return []
    statement = insert_or(connection, editions).on_conflict_do_nothing().returning(editions.c.key)
    ordered = sorted(rows, key=lambda row: str(row["key"]))  # so that nobody waits in a circle
    done = set(connection.execute(statement, ordered).scalars())
    return [row["key"] for row in ordered if row["key"] not in done]


def _see_again(connection: Connection, place: Place, seen: list[tuple[str, int]], now: int) -> None:
    if seen:
        mine = (editions.c.tenant_id == place.tenant_id, tuple_(editions.c.key, editions.c.number).in_(seen))
        again = {"seen_at_ms": now, "job_id": place.job_id, "original_id": place.original_id}
        connection.execute(update(editions).where(*mine).values(again))


def _kept_ids(
    connection: Connection, tenant_id: str, new: Sequence[NewContent], now: int
) -> dict[tuple[str, str], str]:
    """The ids of these contents by kind and version; those that the tenant has not are stored."""
    rows = [
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "kind": one.kind,
            "version": one.version,
            "body": one.body,
            "is_kept": True,
            "created_at_ms": now,
        }
        for one in sorted(new, key=lambda one: one.version)  # as everybody's: see `_missed`
    ]
    connection.execute(insert_or(connection, contents).on_conflict_do_nothing(), rows)
    columns = (contents.c.kind, contents.c.version, contents.c.id)
    mine = (
        contents.c.tenant_id == tenant_id,
        contents.c.is_kept,
        contents.c.kind.in_({r["kind"] for r in rows}),
    )
    found = select(*columns).where(*mine, contents.c.version.in_([row["version"] for row in rows]))
    return {(row.kind, row.version): row.id for row in connection.execute(found)}


def _newest(connection: Connection, place: Place, new: Sequence[NewContent]) -> dict[str, tuple[int, str]]:
    """Of each part's key: the number of its newest edition, and the content that stands there."""
    keys = [place.key_of(one.part) for one in new]
    mine = (editions.c.tenant_id == place.tenant_id, editions.c.key.in_(keys))
    newest = select(editions.c.key, func.max(editions.c.number)).where(*mine).group_by(editions.c.key)
    found = select(editions.c.key, editions.c.number, editions.c.content_id).where(
        editions.c.tenant_id == place.tenant_id, tuple_(editions.c.key, editions.c.number).in_(newest)
    )
    return {row.key: (row.number, row.content_id) for row in connection.execute(found)}


def _edition(place: Place, key: str, part: str, number: int, content_id: str, now: int) -> dict[str, Any]:
    return {
        "tenant_id": place.tenant_id,
        "key": key,
        "number": number,
        "place": place.name,
        "part": part,
        "content_id": content_id,
        "original_id": place.original_id,
        "job_id": place.job_id,
        "created_at_ms": now,
        "seen_at_ms": now,
    }
