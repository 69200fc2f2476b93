"""Prose out of Markdown or stray HTML, so that marks and addresses do not count as words."""

from __future__ import annotations

import re

# Every class excludes the character that opens the next attempt, and every run is bounded, so that
# no input makes these quadratic.
_RULES = [
    (re.compile(r"^(```|~~~)[^\n]*\n(?:(?!\1)[^\n]*\n)*\1?[^\n]*$", re.M), " "),
    (re.compile(r"!\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)"), " "),
    (re.compile(r"\[([^\[\]\n]{1,300})\](?:\([^()\n]{0,500}\)|\[[^\[\]\n]{0,100}\])"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,300}>"), " "),
    (re.compile(r"\b(?:https?://|www\.)[^\s<>()\"]{1,2000}"), " "),
    (re.compile(r"^[ \t]{0,8}(?:#{1,6}|>|[-*+•]|\d{1,3}[.)])[ \t]+", re.M), ""),
    (re.compile(r"^[ \t]*(?:[-*_=|:][ \t]*){3,200}$", re.M), " "),
    (re.compile(r"(\*\*|__|`|\*)"), ""),
]


def plain(text: str) -> str:
    """`text` without code blocks, images, link targets, tags, addresses, headings' and lists' marks."""
    for rule, replacement in _RULES:
        text = rule.sub(replacement, text)
    return text
