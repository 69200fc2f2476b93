"""DOCX and PPTX: their words, read from the XML itself, so that a quote of them is a quote.

kreuzberg reads both, but marks up what is bold or linked and says merged cells twice, which nobody wrote.
"""

from __future__ import annotations

import re
from typing import Any

from adapters.documents.pieces import Extraction, Piece, finished
from adapters.documents.recognising import DOCX, PPTX
from adapters.documents.source import Source
from adapters.documents.zipped import Zipped
from errors import InvalidInput

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
CORE = "{http://purl.org/dc/elements/1.1/}"
TERMS = "{http://purl.org/dc/terms/}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says the same again
LEFT_OUT = {FALLBACK, f"{WORD}del", f"{WORD}instrText", f"{WORD}pPr", f"{WORD}rPr"}
BREAKS = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{DRAWING}br": "\n"}
ENDS = {f"{WORD}p": "\n", f"{WORD}tc": "\t", f"{WORD}tr": "\n", f"{DRAWING}p": "\n", f"{DRAWING}tc": "\t"}
MACROS = "It holds macros, which were not run."
_NUMBER = re.compile(r"(\d+)\.xml$")
_CELL_END = re.compile(r"\n+\t")


def read_docx(source: Source) -> Extraction:
    """One document: its body, then its notes. Raises InvalidInput for a broken file."""
    zipped = Zipped(source.data)
    parts = ["word/document.xml", *_named(zipped, r"word/(foot|end)notes\.xml")]
    text = "\n\n".join(_words(zipped.read(part)) for part in parts)
    title, about = _core(zipped)
    return finished(DOCX, [Piece("document", text, title, about=about)], _remarks(zipped))


def read_pptx(source: Source) -> Extraction:
    """One document: the slides in their order, each with its notes."""
    zipped = Zipped(source.data)
    slides = _named(zipped, r"ppt/slides/slide\d+\.xml")
    told = []
    for slide in slides:
        notes = slide.replace("slides/slide", "notesSlides/notesSlide")
        told += [_words(zipped.read(part)) for part in (slide, notes) if part in zipped.names]
    title, about = _core(zipped)
    piece = Piece("document", "\n\n".join(told), title, about=about | {"pages": len(slides)})
    return finished(PPTX, [piece], _remarks(zipped))


def _named(zipped: Zipped, pattern: str) -> list[str]:
    """The parts with such names, by the numbers in them."""
    found = [name for name in zipped.names if re.fullmatch(pattern, name)]
    return sorted(found, key=lambda name: int(number[1]) if (number := _NUMBER.search(name)) else 0)


def _words(xml: bytes) -> str:
    from lxml import etree

    found: list[str] = []
    walk = etree.iterwalk(_parsed(xml), events=("start", "end"))
    for event, element in walk:
        if event == "start" and element.tag in LEFT_OUT:
            walk.skip_subtree()
        elif event == "start":
            if element.tag in (f"{WORD}t", f"{DRAWING}t"):
                found.append(element.text or "")
            found.append(BREAKS.get(element.tag, ""))
        elif element.tag not in LEFT_OUT:
            found.append(ENDS.get(element.tag, ""))
    return _CELL_END.sub("\t", "".join(found))


def _parsed(xml: bytes) -> Any:
    """The tree, with no entity resolved and nothing fetched. Raises InvalidInput."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise InvalidInput("The file is broken: a part of it is not XML.") from None


def _core(zipped: Zipped) -> tuple[str | None, dict[str, Any]]:
    """(title, author and date) as the file's properties have them."""
    if "docProps/core.xml" not in zipped.names:
        return None, {}
    tree = _parsed(zipped.read("docProps/core.xml"))
    author, date = tree.findtext(f"{CORE}creator"), tree.findtext(f"{TERMS}modified")
    return tree.findtext(f"{CORE}title"), {"author": author, "date": date}


def _remarks(zipped: Zipped) -> list[str]:
    return [MACROS] if zipped.has_macros else []
