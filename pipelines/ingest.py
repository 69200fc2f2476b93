"""Ingest: the builder of jobs that turn a file or a web page into contents, and let them be analysed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from actors.ingesting import INGEST, IngestOrder
from adapters.documents import LARGEST_FILE_BYTES, Piece
from adapters.documents.pieces import ROW, finished
from errors import InvalidInput
from models.originals import NewOriginal
from models.tenants import DEFAULT_TENANT
from pipelines.entry import Options, analysis_named
from pipelines.job import Job
from pipelines.tasks import new_task

MOST_ANALYSES = 10
ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def ingest(
    source: str | Path | bytes,
    *,
    name: str = "",
    media_type: str = "",
    analyses: Sequence[str] = (),
    javascript: bool = False,
    priority: str = "normal",
    delay_s: float = 0,
    dedup_key: str | None = None,
    notify: Sequence[str] = (),
    tenant: str = DEFAULT_TENANT,
) -> Job:
    """A job that reads a file (its path, or its bytes) or a page (its address) into contents.

    Its answer is an `IngestReport`: which contents came out, and the batches that analyse them. Content that
    stood at the same name or address before stays, and the new one is its next edition. With `javascript` a
    page is opened in a browser. Raises InvalidInput for what cannot be read at all, or names that are wrong.
    """
    options = Options(priority, delay_s, dedup_key, notify, tenant)
    if len(analyses) > MOST_ANALYSES:
        raise InvalidInput(f"Name at most {MOST_ANALYSES} analyses.")
    wanted = list(dict.fromkeys(analysis_named(analysis).name for analysis in analyses))
    if isinstance(source, str) and ADDRESS.match(source):
        from adapters.safety.fetching import checked

        checked(source)
        order = IngestOrder(url=source, javascript=javascript, analyses=wanted)
        return Job(new_task(INGEST, order, options))
    if javascript:
        raise InvalidInput("JavaScript is run for pages only; leave it out for a file.")
    data = source if isinstance(source, bytes) else read_bytes(Path(source))
    check_size(len(data))
    called = name or ("" if isinstance(source, bytes) else Path(source).name)
    order = IngestOrder(name=called, media_type=media_type, analyses=wanted)
    return Job(new_task(INGEST, order, options, original=NewOriginal(tenant, data)))


def fields_of(text: str, title: str | None, others: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a content that is kept as it is. Raises InvalidInput where it is empty, or too large."""
    found = finished("text/plain", [Piece(ROW, text, title, about=dict(others))]).pieces
    if not found:
        raise InvalidInput("The text is empty; give at least one readable character.")
    return found[0].fields()


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises InvalidInput for one that cannot be read, or is too large to be."""
    try:
        check_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from None


def check_size(size: int) -> None:
    """Raises InvalidInput for a file of so many bytes that cannot be ingested."""
    if not size:
        raise InvalidInput("The file is empty; give one that holds something.")
    if size > LARGEST_FILE_BYTES:
        raise InvalidInput(f"The file is larger than {LARGEST_FILE_BYTES:,} bytes; split it.")
