"""Decoding: bytes as text, by what they say of themselves, what was said of them, else by their looks."""

from __future__ import annotations

import codecs
import re

from errors import InvalidInput

SAMPLE_BYTES = 100_000  # enough to tell an encoding by its letters
SHORT_BYTES = 300
LATIN_SHARE = 0.3  # Greek, Cyrillic and Asian encodings have most of their letters there
MOST_JUNK_SHARE = 0.10  # of characters that text does not have
LEAST_JUNK_CHARS = 4
# What takes any bytes, or is said of everything, is believed only where UTF-8 does not fit.
LAX = {"ascii", "iso8859-1", "cp1252"}
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JUNK = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffd]")


def decode(data: bytes, told: str = "") -> str:
    """The text that `data` is; `told` is the encoding that its bearer named. Raises InvalidInput."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return _sound(data.decode(encoding, "replace"))
    named = _known(told)
    order = ["utf-8", named] if named in LAX else [named, "utf-8"]
    for encoding in filter(None, order):
        try:
            return _sound(data.decode(encoding))
        except (UnicodeDecodeError, InvalidInput):
            continue
    return _sound(data.decode(_guessed(data), "replace"))


def is_text(data: bytes) -> bool:
    """True where `decode` would make text of it."""
    try:
        decode(data)
    except InvalidInput:
        return False
    return True


def _known(told: str) -> str:
    try:
        return codecs.lookup(told).name if told else ""
    except (LookupError, ValueError):
        return ""


def _guessed(data: bytes) -> str:
    """By its letters; a short text with few of them beyond ASCII tells too little, and is taken for Latin."""
    from charset_normalizer import from_bytes

    beyond_ascii = sum(byte > 0x7F for byte in data[:SHORT_BYTES])
    if len(data) < SHORT_BYTES and beyond_ascii < LATIN_SHARE * len(data):
        return "cp1252"
    found = from_bytes(data[:SAMPLE_BYTES]).best()
    return found.encoding if found else "cp1252"


def _sound(text: str) -> str:
    junk = len(_JUNK.findall(text))
    if junk >= LEAST_JUNK_CHARS and junk > MOST_JUNK_SHARE * len(text):
        raise InvalidInput("The file is neither text nor one of the formats that are read here.")
    return text
