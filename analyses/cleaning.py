"""Making text from outside fit to store and to read: no controls, no lone surrogates, no binary."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

MOST_JUNK_SHARE = 0.10  # of characters that text does not have; a file that is not text has far more
LEAST_JUNK_CHARS = 4  # a stray few are cleaned away, however short the text
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_JUNK = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffd]")
_MAGIC = {
    "%PDF-": "a PDF file",
    "{\\rtf": "an RTF file",
    "PK\x03\x04": "a zip or Office file",
    "\x89PNG": "a PNG image",
    "\x7fELF": "a program",
    "\x1f\x8b": "a gzip file",
    "\xff\xd8\xff": "a JPEG image",
}
_INVISIBLE = {"Cc", "Cf", "Cn", "Zs", "Zl", "Zp", "Mn"}


def binary_kind(text: str) -> str | None:
    """What `text` seems to be where it is not text at all, else None."""
    for magic, kind in _MAGIC.items():
        if text.startswith(magic):
            return kind
    junk = len(_JUNK.findall(text))
    if junk >= LEAST_JUNK_CHARS and junk > MOST_JUNK_SHARE * len(text):
        return "binary data"
    return None


def clean(text: str) -> str:
    """`text` with line ends as newlines, control characters removed, lone surrogates as U+FFFD.

    PostgreSQL stores no NUL and UTF-8 no surrogate, so neither may pass.
    """
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def is_blank(text: str) -> bool:
    """True where nobody would see anything: white space, controls, zero-width and lone marks only."""
    return all(unicodedata.category(char) in _INVISIBLE or char.isspace() for char in text)


def one_line(text: str) -> str:
    """`text` with each run of white space as one blank."""
    return " ".join(text.split())


def shortened(text: str, longest_chars: int) -> str:
    """`text` in at most `longest_chars`, cut at a word where that loses little, with an ellipsis."""
    if len(text) <= longest_chars:
        return text
    cut = text[: longest_chars - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > longest_chars // 2 else cut).rstrip(" ,;:.-–—") + "…"


def clean_tree(data: Any) -> Any:
    """Parsed JSON with every string cleaned."""
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, list):
        return [clean_tree(item) for item in data]
    if isinstance(data, dict):
        return {key: clean_tree(value) for key, value in data.items()}
    return data
