"""Zipped files: their sums are looked at before anything unpacks them, and what is unpacked is bounded again.

A DOCX of 733 KB took 819 MB of memory: 50 MB unpacked and a ratio of 100 are far above what people write.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

from errors import InvalidInput

LARGEST_UNPACKED_BYTES = 50_000_000
LARGEST_RATIO = 100
SMALL_BYTES = 1_000_000  # below this a ratio tells nothing: an empty sheet packs very well
MOST_ENTRIES = 10_000
MACROS = "vbaProject.bin"
OFFICE = "application/vnd.openxmlformats-officedocument."
MARKS = {
    "word/document.xml": f"{OFFICE}wordprocessingml.document",
    "ppt/presentation.xml": f"{OFFICE}presentationml.presentation",
    "xl/workbook.xml": f"{OFFICE}spreadsheetml.sheet",
}
TOO_LARGE = f"The file unpacks to more than {LARGEST_UNPACKED_BYTES:,} bytes; split it."


class Zipped:
    """A zip within its bounds. Raises InvalidInput for one that is broken, encrypted or past them."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError):
            raise InvalidInput("The file is broken: its end or its list of contents is missing.") from None
        entries = self._zip.infolist()
        self.names = [entry.filename for entry in entries]
        unpacked = sum(entry.file_size for entry in entries)
        if any(entry.flag_bits & 1 for entry in entries):
            raise InvalidInput("The file is encrypted; save it without its password, and give that.")
        if len(entries) > MOST_ENTRIES:
            raise InvalidInput(f"The file holds more than {MOST_ENTRIES:,} files.")
        if unpacked > LARGEST_UNPACKED_BYTES:
            raise InvalidInput(TOO_LARGE)
        if unpacked > SMALL_BYTES and unpacked > LARGEST_RATIO * len(data):
            raise InvalidInput(
                f"The file unpacks to more than {LARGEST_RATIO} times its size, as a bomb does."
            )

    @property
    def has_macros(self) -> bool:
        return any(name.endswith(MACROS) for name in self.names)

    def read(self, name: str) -> bytes:
        """One file in it, however many bytes its entry says it has. Raises InvalidInput if it is broken."""
        try:
            with self._zip.open(name) as entry:
                data = entry.read(LARGEST_UNPACKED_BYTES + 1)
        except (
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
        ):
            raise InvalidInput("The file is broken: a part of it cannot be unpacked.") from None
        if len(data) > LARGEST_UNPACKED_BYTES:
            raise InvalidInput(TOO_LARGE)
        return data


def kind_of_zip(data: bytes) -> str:
    """The media type of an Office file. Raises InvalidInput for any other zip."""
    names = set(Zipped(data).names)
    for mark, media_type in MARKS.items():
        if mark in names:
            return media_type
    raise InvalidInput("The file is a zip, but no .docx, .pptx or .xlsx; unpack it, and give what is in it.")


def gunzipped(data: bytes) -> bytes:
    """What a gzip file holds, all its members one behind the other, within the same bounds."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(LARGEST_UNPACKED_BYTES + 1)
    except EOFError:
        raise InvalidInput("The file is a gzip that breaks off before its end.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise InvalidInput("The file is a broken gzip.") from None
    if len(plain) > LARGEST_UNPACKED_BYTES:
        raise InvalidInput(TOO_LARGE)
    return plain
