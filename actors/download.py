"""download: the file at hand. What is at an address is fetched and kept as it came; a given file is there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from actors import writes
from actors.ingesting import INGEST, IngestOrder
from actors.step import step
from actors.work import Lost, Work
from actors.writes import Named
from adapters.safety.downloads import download as fetch_apart
from errors import InvalidInput
from models.originals import NewOriginal
from settings import get_settings


@step
def download(work: Work) -> None:
    """Raises what a fetch raises, and Lost where another worker has the job now."""
    order = INGEST.order_of(work)
    if not order.url:
        return
    data, known = _fetched(work, order)
    original = NewOriginal(work.claimed.tenant_id, data)
    if not writes.name_original(Named(work.fence, original, INGEST.amend(work, known))):
        raise Lost("Another worker has this job now.")


def _fetched(work: Work, order: IngestOrder) -> tuple[bytes, IngestOrder]:
    """The bytes, and the order with what the server said of them."""
    with tempfile.TemporaryDirectory(prefix="gristmill-") as folder:
        path = Path(folder) / "fetched"
        fetched = fetch_apart(
            order.url,
            path,
            javascript=order.javascript,
            allow_private=get_settings().allow_private_fetch,
            longest_s=work.remaining_ms / 1000,
            cancelled=work.stopped,
        )
        if not fetched.size:
            raise InvalidInput("There is an empty file at this address.")
        told = {name: getattr(fetched, name) for name in ("name", "media_type", "charset")}
        known = order.model_dump() | told | {"fetched_url": fetched.url}
        return path.read_bytes(), IngestOrder.model_validate(known)
