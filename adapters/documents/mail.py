"""Mail: RFC 822 files and mbox folders by the standard library, Outlook's MSG by kreuzberg; with attachments.

Real mail breaks the rules in every way: a header that cannot be parsed is read as it stands, an unknown
charset is guessed, and what an attachment holds that cannot be read is a remark, never a failure of the mail.
"""

from __future__ import annotations

import email
import email.policy
import mailbox
import tempfile
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from adapters.documents.decoding import decode
from adapters.documents.markup import plain_text
from adapters.documents.pieces import LONGEST_TITLE_CHARS, MOST_PIECES, Extraction, Piece, finished, one_line
from adapters.documents.recognising import EML, MBOX, MSG
from adapters.documents.source import DEEPEST, Reader, Source
from errors import GristmillError, InvalidInput

MOST_PARTS = 500  # of one mail
MOST_ATTACHMENTS = 50


def read_mail(source: Source, read: Reader) -> Extraction:
    """The mail, then what its attachments hold, which `read` reads."""
    message = email.message_from_bytes(source.data, policy=email.policy.compat32)
    pieces, remarks = _pieces(message, source, read)
    return finished(EML, pieces, remarks)


def read_mbox(source: Source, read: Reader) -> Extraction:
    """Every mail of the folder, each with its attachments, under its own Message-ID where it has one."""
    pieces: list[Piece] = []
    remarks: list[str] = []
    with tempfile.NamedTemporaryFile(suffix=".mbox") as file:  # the library reads files only
        file.write(source.data)
        file.flush()
        for number, message in enumerate(mailbox.mbox(file.name, create=False), 1):
            found, told = _pieces(message, source, read)
            name = _header(message, "Message-ID") or f"number {number}"
            pieces += [replace(one, part=f"message {name} {one.part}".strip()) for one in found]
            remarks += told
            if len(pieces) > MOST_PIECES:
                break
    return finished(MBOX, pieces, remarks)


def read_msg(source: Source) -> Extraction:
    """The mail in an Outlook file; its attachments are named and left unread."""
    from kreuzberg import ExtractionConfig, KreuzbergError, extract_bytes_sync

    try:
        result = extract_bytes_sync(source.data, MSG, ExtractionConfig(use_cache=False))
    except KreuzbergError:
        raise InvalidInput("The Outlook file is broken; save the mail as .eml, and give that.") from None
    told: Any = result.metadata
    text = result.content
    if text.startswith("Subject:"):  # kreuzberg repeats the headers at the top of the text
        text = text.partition("\n\n")[2]
    about = {
        "subject": one_line(told.get("subject") or "", LONGEST_TITLE_CHARS),
        "sender": one_line(told.get("from_email") or "", LONGEST_TITLE_CHARS),
        "recipients": [*(told.get("to_emails") or []), *(told.get("cc_emails") or [])],
        "date": told.get("created_at"),
    }
    remarks = ["Attachments of Outlook files are not read."] if told.get("attachments") else []
    return finished(MSG, [_mail_piece(text, about)], remarks)


def _pieces(message: Message, source: Source, read: Reader) -> tuple[list[Piece], list[str]]:
    leaves = _leaves(message)
    texts = [part for part in leaves if _is_body(part)]
    plain = [_text(part) for part in texts if part.get_content_type() == "text/plain"]
    if not "".join(plain).strip():
        plain = [plain_text(_text(part)) for part in texts if part.get_content_type() == "text/html"]
    pieces = [_mail_piece("\n\n".join(plain), _about(message))]
    remarks: list[str] = []
    attached = [part for part in leaves if not _is_body(part)]
    for number, part in enumerate(attached[:MOST_ATTACHMENTS], 1):
        found, told = _attached(part, number, source, read)
        pieces += found
        remarks += told
    return pieces, remarks


def _attached(part: Message, number: int, source: Source, read: Reader) -> tuple[list[Piece], list[str]]:
    where = f"attachment {number}"
    media_type = part.get_content_type()
    if source.depth >= DEEPEST:
        return [], [f"Attachments within attachments are read to a depth of {DEEPEST}."]
    if media_type.startswith(("image/", "audio/", "video/")):
        return [], [f"{where}: of the kind {media_type.partition('/')[0]}, which is left out of mails."]
    name = one_line(_decoded(part.get_filename() or ""))
    try:
        extraction = read(source.part(_bytes(part), name, media_type, _charset(part)))
    except GristmillError as error:
        return [], [f"{where}: {error.message}"]
    found = [replace(one, part=f"{where} {one.part}".strip()) for one in extraction.pieces]
    return found, [f"{where}: {remark}" for remark in extraction.remarks]


def _mail_piece(text: str, about: dict[str, Any]) -> Piece:
    subject = about.get("subject") or ""
    return Piece("email", text if text.strip() else subject, subject, about=about)


def _leaves(message: Message) -> list[Message]:
    """The parts that hold something, in their order; a mail in a mail is one of them."""
    found: list[Message] = []
    waiting: list[Message] = [message]
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop()
        inner = part.get_payload()
        if part.is_multipart() and part.get_content_type() != "message/rfc822" and isinstance(inner, list):
            waiting += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            found.append(part)
    return found


def _is_body(part: Message) -> bool:
    return part.get_content_maintype() == "text" and not part.get_filename() and not _is_attachment(part)


def _is_attachment(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _text(part: Message) -> str:
    data = _bytes(part)
    try:
        return decode(data, _charset(part))
    except InvalidInput:
        return ""


def _bytes(part: Message) -> bytes:
    inner = part.get_payload()
    if isinstance(inner, list):  # a mail in a mail
        return inner[0].as_bytes() if inner and isinstance(inner[0], Message) else b""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else str(inner).encode("utf-8", "replace")


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset("") or ""
    except (LookupError, ValueError, UnicodeError):
        return ""


def _about(message: Message) -> dict[str, Any]:
    return {
        "subject": one_line(_header(message, "Subject"), LONGEST_TITLE_CHARS),
        "sender": one_line(_header(message, "From"), LONGEST_TITLE_CHARS),
        "recipients": _addresses(message, "To", "Cc"),
        "date": _date(message),
        "message_id": _header(message, "Message-ID"),
    }


def _header(message: Message, name: str) -> str:
    """A header as people read it; bytes that it should not hold are read as text all the same."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            raw = str(value).encode("utf-8", "surrogateescape")
            return one_line(_decoded(decode(raw)))
    return ""


def _decoded(value: str) -> str:
    """A header without its encoded words; as it stands where they are wrong."""
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, UnicodeError, TypeError, IndexError):
        return value.encode("utf-8", "replace").decode()


def _addresses(message: Message, *names: str) -> list[str]:
    values = [_header(message, name) for name in names]
    return [f"{name} <{address}>" if name else address for name, address in getaddresses(values) if address]


def _date(message: Message) -> str | None:
    try:
        return parsedate_to_datetime(str(message.get("Date", ""))).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
