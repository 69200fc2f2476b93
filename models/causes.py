"""Causes: which failures are the same one, whatever ids, numbers, quotes and paths their messages name.

Pure: `shape` is what stays of a message once all that differs from job to job is out of it, and
`fingerprint` is short enough to be typed.
"""

from __future__ import annotations

import hashlib
import re

READ_CHARS = 2_000  # of a message; what went wrong stands at its beginning
SHAPE_CHARS = 500
FINGERPRINT_CHARS = 16

QUOTED = r"""
    "[^"\n]*" | `[^`\n]*` | “[^”\n]*” | «[^»\n]*»
  | (?<!\w)'[^'\n]*'(?!\w)                    # an apostrophe inside of a word is no quote
"""
ADDRESS = r"\b[a-z][a-z0-9+.-]*://\S+"
PATH = r"""
    (?<![\w/])(?:~|\.{1,2})?(?:/[\w.@%+~-]+)+/?   # /etc/hosts, ~/notes, ../x
  | \b[a-z]:\\[^\s'"]+                            # C:\notes
  | \b[\w.-]+(?:/[\w.-]+)*/[\w-]+\.[a-z]\w{0,4}\b # inbox/mail.eml
"""
ID = r"""
    \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b
  | \b[0-9a-f]{8,}\b
  | \b[^\W\d]*\d\w*                           # whatever word has a digit in it
"""
SAME_EACH_TIME = [
    (re.compile(QUOTED, re.VERBOSE), "<text>"),
    (re.compile(ADDRESS), "<address>"),
    (re.compile(PATH, re.VERBOSE), "<path>"),
    (re.compile(ID, re.VERBOSE), "#"),
    (re.compile(r"(?<!\w)[+-]#"), "#"),
    (re.compile(r"#(?:[\s.,:;/+-]*#)+"), "#"),  # 1,024.5 or 10:30 or a list of ids
    (re.compile(r"\s+"), " "),
]


def shape(message: str) -> str:
    """The message with a placeholder for everything that says which job it was, not what went wrong."""
    told = message[:READ_CHARS].lower()
    for varying, placeholder in SAME_EACH_TIME:
        told = varying.sub(placeholder, told)
    return told.strip()[:SHAPE_CHARS]


def fingerprint(analysis: str, error_class: str, message: str) -> str:
    """Sixteen hexadecimal digits that failures of one cause share: analysis, class and shape of message."""
    told = "\0".join((analysis, error_class, shape(message)))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:FINGERPRINT_CHARS]
