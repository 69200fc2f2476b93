"""Reading: any file to its pieces, by the reader of its format; to be run where it may be killed."""

from __future__ import annotations

from functools import partial

from adapters.documents import (
    feed,
    mail,
    office,
    old_word,
    pdf,
    recognising,
    rows,
    scan,
    sheets,
    text,
    web_page,
)
from adapters.documents.pieces import Extraction
from adapters.documents.source import Reader, Source
from adapters.documents.zipped import gunzipped
from errors import InvalidInput


def read(source: Source) -> Extraction:
    """The pieces of one file, or of a file in it. Raises InvalidInput: what is wrong and what to do."""
    media_type = recognising.media_type_of(source)
    extraction = _reader(media_type)(source)
    if not extraction.pieces:
        raise InvalidInput("The file holds no text that could be read.")
    return extraction


def _reader(media_type: str) -> Reader:
    if media_type.startswith("image/"):
        return partial(scan.read_image, media_type=media_type)
    return READERS[media_type]


def _read_gzip(source: Source) -> Extraction:
    """The one file in it, under its name without the ending."""
    if source.depth:
        raise InvalidInput("A gzip in a gzip is not read.")
    return read(source.part(gunzipped(source.data), source.name.removesuffix(".gz"), "", source.charset))


PLAIN_ONES = (recognising.PLAIN, recognising.MARKDOWN)
READERS: dict[str, Reader] = {
    recognising.PLAIN: text.read_plain,
    recognising.MARKDOWN: text.read_markdown,
    recognising.HTML: web_page.read_page,
    recognising.PDF: pdf.read_pdf,
    recognising.DOCX: office.read_docx,
    recognising.PPTX: office.read_pptx,
    recognising.XLSX: sheets.read_xlsx,
    recognising.DOC: partial(old_word.read_old_word, media_type=recognising.DOC),
    recognising.RTF: partial(old_word.read_old_word, media_type=recognising.RTF),
    recognising.EML: partial(mail.read_mail, read=read),
    recognising.MBOX: partial(mail.read_mbox, read=read),
    recognising.MSG: mail.read_msg,
    recognising.FEED: feed.read_feed,
    recognising.JSON_FEED: feed.read_json_feed,
    recognising.JSON: rows.read_json,
    recognising.JSONL: rows.read_jsonl,
    recognising.CSV: partial(rows.read_csv, media_type=recognising.CSV),
    recognising.TSV: partial(rows.read_csv, media_type=recognising.TSV),
    recognising.GZIP: _read_gzip,
}
