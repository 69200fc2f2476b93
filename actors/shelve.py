"""shelve: the contents are kept, each at its place, and the job ends; with that their analyses begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actors import writes
from actors.extract import extracted, original_of
from actors.fan_out import make_member
from actors.ingesting import INGEST, LISTED, Ingested, IngestReport, Refused
from actors.step import step
from actors.tasks import finish
from actors.work import Lost, Work
from actors.writes import Shelving
from adapters.documents import Extraction, Piece
from errors import InvalidInput
from models.library import NewContent, Place, Shelved
from models.submission import NewBatch, NewJob

AT_ONCE = 500  # contents in one transaction, so that other jobs' writes come in between


@step
def shelve(work: Work) -> None:
    """Raises Lost where another worker has the job now."""
    extraction, place = extracted(work), _place(work)
    shelved = _shelved(work, place, extraction.pieces)
    opened: dict[str, tuple[NewBatch, list[NewJob]]] = {}
    refused: list[Refused] = []
    for analysis in INGEST.order_of(work).analyses:
        batch = NewBatch(work.claimed.tenant_id, analysis, tolerance_share=1.0)
        members = _members(work, batch, extraction.pieces, shelved, refused)
        if members:
            opened[analysis] = (batch, members)
    report = _report(place, extraction, shelved)
    ids = {analysis: batch.batch_id for analysis, (batch, _) in opened.items()}
    finish(
        work, report.model_copy(update={"batches": ids, "refused": refused[:LISTED]}), list(opened.values())
    )


def _place(work: Work) -> Place:
    order, original_id = INGEST.order_of(work), original_of(work)
    name = order.url or order.name or f"original {original_id}"
    return Place(work.claimed.tenant_id, name, original_id=original_id, job_id=work.fence.job_id)


def _shelved(work: Work, place: Place, pieces: Sequence[Piece]) -> list[Shelved]:
    told: list[Shelved] = []
    for at in range(0, len(pieces), AT_ONCE):
        new = [NewContent(one.kind, one.fields(), one.part) for one in pieces[at : at + AT_ONCE]]
        found = writes.shelve(Shelving(work.fence, place, new))
        if found is None:
            raise Lost("Another worker has this job now.")
        told += found
    return told


def _members(
    work: Work, batch: NewBatch, pieces: Sequence[Piece], shelved: Sequence[Shelved], refused: list[Refused]
) -> list[NewJob]:
    """A job for each content that the analysis takes; the others are added to `refused`."""
    made = []
    for piece, kept in zip(pieces, shelved, strict=True):
        try:
            member = make_member(work.claimed, batch.analysis, piece.fields(), batch.batch_id)
        except InvalidInput as error:
            refused.append(
                Refused(content_id=kept.content_id, analysis=batch.analysis, message=error.message)
            )
        else:
            made.append(replace(member, content_id=kept.content_id, is_content_kept=True))
    return made


def _report(place: Place, extraction: Extraction, shelved: Sequence[Shelved]) -> IngestReport:
    assert place.original_id is not None
    pairs = list(zip(extraction.pieces, shelved, strict=True))
    return IngestReport(
        place=place.name,
        media_type=extraction.media_type,
        original_id=place.original_id,
        count=len(pairs),
        new=sum(kept.is_new for kept in shelved),
        contents=[_ingested(piece, kept) for piece, kept in pairs[:LISTED]],
        remarks=extraction.remarks,
    )


def _ingested(piece: Piece, kept: Shelved) -> Ingested:
    return Ingested(
        id=kept.content_id,
        kind=piece.kind,
        title=piece.title,
        part=piece.part,
        chars=len(piece.text),
        edition=kept.edition,
        is_new=kept.is_new,
    )
