"""extract: the file's contents. Its original is read in a process that may be killed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from actors.ingesting import INGEST
from actors.step import step
from actors.work import Work
from adapters.documents import Bearer, Extraction
from adapters.documents import extract as read_apart
from errors import NotFound
from models.database import reading
from models.originals import original_to_read, read_original
from settings import get_settings


@step
def extract(work: Work) -> None:
    """Raises InvalidInput for a file that cannot be read, which is never retried."""
    extracted(work)


def extracted(work: Work) -> Extraction:
    """What the file holds; read once more where another process read it."""
    if not isinstance(work.content, Extraction):
        work.content = _extracted(work)
    return work.content


def original_of(work: Work) -> str:
    """The id of the file to read. Raises NotFound if it was removed."""
    with reading() as connection:
        found = original_to_read(connection, work.claimed.tenant_id, work.claimed.content_id)
    if found is None:
        raise NotFound("The file was not stored; ingest it again.")
    return found


def _extracted(work: Work) -> Extraction:
    order, original_id = INGEST.order_of(work), original_of(work)
    bearer = Bearer(order.name, order.media_type, order.charset, order.fetched_url)
    with tempfile.TemporaryDirectory(prefix="gristmill-") as folder:
        path = Path(folder) / "original"
        with path.open("wb") as file, reading() as connection:
            file.writelines(read_original(connection, work.claimed.tenant_id, original_id))
        return read_apart(
            path,
            bearer,
            ocr_languages=get_settings().ocr_languages,
            longest_s=work.remaining_ms / 1000,
            cancelled=work.stopped,
        )
