"""Scans: the text of pictures by OCR, with tesseract's data where that is installed, else by rapidocr."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from adapters.documents.pieces import Extraction, Piece, finished
from adapters.documents.source import Source
from errors import InvalidInput

RENDER_DPI = 200
DATA_FOLDERS = (
    *("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata"),
    *("/usr/local/share/tessdata", "/opt/homebrew/share/tessdata"),
)
INSTALL = (
    "The file holds no text. If it is a scan or a picture of text, install what reads such: tesseract "
    "(`apt-get install tesseract-ocr`), or Gristmill with its extra `ocr`."
)
PDF = "application/pdf"


def read_image(source: Source, media_type: str) -> Extraction:
    """One document of what the picture shows. Raises InvalidInput where nothing can read it."""
    text = recognised(source.data, media_type, source.ocr_languages)
    if not text.strip():
        raise InvalidInput("No text was found in the picture.")
    return finished(media_type, [Piece("document", text, about={"pages": 1})])


def recognised(data: bytes, media_type: str, languages: str) -> str:
    """The text that a picture, or the pages of a PDF, show. Raises InvalidInput where nothing can read it."""
    if folder := language_data(languages):
        return _by_tesseract(data, media_type, languages, folder)
    if find_spec("rapidocr"):
        return _by_rapidocr(data, media_type)
    raise InvalidInput(INSTALL)


def language_data(languages: str) -> Path | None:
    """Where tesseract's data of all these languages (`eng+deu`) is; None if it is nowhere."""
    told = os.environ.get("TESSDATA_PREFIX")
    for folder in map(Path, [told] if told else DATA_FOLDERS):
        if all((folder / f"{language}.traineddata").is_file() for language in languages.split("+")):
            return folder
    return None


def _by_tesseract(data: bytes, media_type: str, languages: str, folder: Path) -> str:
    """In this process, so that it ends with it; kreuzberg has the engine, and the system its data."""
    from kreuzberg import ExtractionConfig, KreuzbergError, OcrConfig, TesseractConfig, extract_bytes_sync

    os.environ["TESSDATA_PREFIX"] = str(folder)
    engine = OcrConfig(
        backend="tesseract", language=languages, tesseract_config=TesseractConfig(output_format="text")
    )
    config = ExtractionConfig(use_cache=False, force_ocr=True, ocr=engine)
    try:
        return extract_bytes_sync(data, media_type, config).content
    except KreuzbergError:
        raise InvalidInput("The picture is broken, or of a kind that is not read here.") from None


def _by_rapidocr(data: bytes, media_type: str) -> str:
    from rapidocr import RapidOCR

    read = RapidOCR(params={"Global.log_level": "error"})
    pages = _pages(data) if media_type == PDF else [data]
    return "\n\n".join("\n".join(read(page).txts or ()) for page in pages)


def _pages(data: bytes) -> Iterator[bytes]:
    """Each page as a picture; that it is none is told where its text was looked for."""
    from kreuzberg import PdfPageIterator

    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        with PdfPageIterator(file.name, RENDER_DPI) as pages:
            for _, picture in pages:
                yield picture
