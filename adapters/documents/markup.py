"""Markup: the words of HTML, in lines as a browser would break them; scripts and styles are left out.

For mails and entries of feeds, of which every word counts; the readable part of a whole page is another task
(`web_page`). The walk does not recurse, so no depth of nesting ends it.
"""

from __future__ import annotations

import re

from adapters.documents.pieces import tidy

LEFT_OUT = frozenset(
    ("script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select", "button")
)
LINES = frozenset(
    (
        *("p", "div", "br", "hr", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "pre", "blockquote"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "figure", "title"),
    )
)
PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "ul", "ol", "pre"))
CELLS = frozenset(("td", "th"))
# Breaks that meet are one. Both marks count as white space, so none is left in any text (see `_flat`).
_LINE, _PARAGRAPH = "\x1e", "\x1d"
_BREAKS = re.compile(f"[ \t{_LINE}{_PARAGRAPH}]+")  # looked through once, however many follow each other
_LINES = re.compile(f"{_LINE}[ {_LINE}]*")


def plain_text(html: str) -> str:
    """The words of an HTML text or fragment."""
    from lxml import etree

    # In UTF-8 whatever the text says of itself: it has been decoded already.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    tree = etree.fromstring(html.encode("utf-8", "replace"), parser) if html.strip() else None
    if tree is None:
        return ""
    found: list[str] = []
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        begins = event == "start"
        if begins and tag in LEFT_OUT:
            walk.skip_subtree()
        elif begins:
            found += (_break(tag, begins=True), _flat(element.text))
        if not begins:  # also of what was left out: what comes behind it is the parent's
            found += (_break(tag, begins=False), _flat(element.tail))
    return tidy(_BREAKS.sub(_joined, "".join(found)))


def _joined(breaks: re.Match[str]) -> str:
    """Breaks that meet: an empty line for paragraphs, then one for each line; cells behind them stay."""
    _, paragraph, rest = breaks[0].rpartition(_PARAGRAPH)
    *lines, cells = _LINES.split(rest.lstrip(f" {_LINE}") if paragraph else rest)
    return ("\n\n" if paragraph else "") + "\n" * len(lines) + cells


def _break(tag: str, *, begins: bool) -> str:
    if tag in PARAGRAPHS:
        return _PARAGRAPH
    if tag in LINES:
        return _LINE
    return "\t" if tag in CELLS and not begins else ""


def _flat(text: str | None) -> str:
    if not text:
        return ""
    lead = " " if text[0].isspace() else ""
    tail = " " if text[-1].isspace() else ""
    return lead + " ".join(text.split()) + tail if text.strip() else " "
