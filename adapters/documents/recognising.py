"""Recognising: what a file is, by its content first; where that leaves it open, by its name and its bearer.

Signatures are those of the formats' own specifications; texts are told apart by how they begin.
"""

from __future__ import annotations

import re

from adapters.documents.decoding import decode
from adapters.documents.source import Source
from adapters.documents.zipped import kind_of_zip
from errors import InvalidInput

HEAD_CHARS = 4_096
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX, PPTX, XLSX = (
    f"{OFFICE}wordprocessingml.document",
    f"{OFFICE}presentationml.presentation",
    f"{OFFICE}spreadsheetml.sheet",
)
PDF, RTF, DOC, MSG = "application/pdf", "application/rtf", "application/msword", "application/vnd.ms-outlook"
EML, MBOX, FEED, JSON_FEED = "message/rfc822", "application/mbox", "application/xml", "application/feed+json"
HTML, MARKDOWN, PLAIN = "text/html", "text/markdown", "text/plain"
JSON, JSONL, CSV, TSV = "application/json", "application/x-ndjson", "text/csv", "text/tab-separated-values"
GZIP, ZIP = "application/gzip", "application/zip"

SIGNATURES = (
    (b"{\\rtf", RTF),
    (b"\x1f\x8b", GZIP),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams in an OLE file, which it holds in UTF-16.
OLE_STREAMS = (("EncryptedPackage", ""), ("__properties_version1.0", MSG), ("WordDocument", DOC))
ENDINGS = {
    ".eml": EML, ".mbox": MBOX, ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".md": MARKDOWN,
    ".markdown": MARKDOWN, ".json": JSON, ".jsonl": JSONL, ".ndjson": JSONL, ".csv": CSV, ".tsv": TSV,
    ".txt": PLAIN, ".rss": FEED, ".atom": FEED,
}  # fmt: skip
BORNE = {HTML, "application/xhtml+xml", MARKDOWN, CSV, TSV, JSONL, EML, MBOX, JSON}
_HEADER = re.compile(r"(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*+){2,}+")
_MAIL_HEADER = re.compile(
    r"^(from|to|subject|received|return-path|message-id|mime-version|date):", re.IGNORECASE | re.MULTILINE
)
_MBOX = re.compile(r"From \S[^\n]*\d{4}[^\n]*\n[!-9;-~]+:")
_BEFORE = r"(?:<\?.*?\?>|<!--.*?-->|<!doctype (?!html)[^>]*>|\s++)*+"  # the first element of XML
_FEED = re.compile(_BEFORE + r"<(?:\w+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(_BEFORE + r"<(?:!doctype html|html|head|body)[\s>]", re.IGNORECASE | re.DOTALL)
_JSON_FEED = re.compile(r'\s*\{[^{}]{0,2000}?"version"\s*:\s*"https?://jsonfeed\.org/version/', re.S)


def media_type_of(source: Source) -> str:
    """The media type of a file by its content. Raises InvalidInput for one that is not read here."""
    data = source.data
    if not data.strip():
        raise InvalidInput("The file is empty; give one that holds something.")
    if b"%PDF-" in data[:1_024]:
        return PDF
    for signature, media_type in SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"PK\x03\x04"):
        return kind_of_zip(data)
    if data.startswith(OLE):
        return _kind_of_ole(data)
    return _kind_of_text(source)


def _kind_of_ole(data: bytes) -> str:
    for stream, media_type in OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            if not media_type:
                raise InvalidInput("The file is encrypted; save it without its password, and give that.")
            return media_type
    raise InvalidInput("The file is of an old Office format that is not read here; save it as .docx or .pdf.")


def _kind_of_text(source: Source) -> str:
    head = decode(source.data, source.charset)[:HEAD_CHARS].lstrip("\ufeff").replace("\r\n", "\n")
    is_mail = source.ending == ".eml"  # one mail may begin as those of an mbox do
    for pattern, media_type in ((_JSON_FEED, JSON_FEED), (_FEED, FEED), (_HTML, HTML), (_MBOX, MBOX)):
        if pattern.match(head) and not (is_mail and media_type == MBOX):
            return media_type
    header = _HEADER.match(head)
    if header and len(_MAIL_HEADER.findall(header[0])) >= 2:
        return EML
    if known := ENDINGS.get(source.ending):
        return known
    if source.media_type in BORNE:
        return HTML if source.media_type == "application/xhtml+xml" else source.media_type
    return PLAIN
