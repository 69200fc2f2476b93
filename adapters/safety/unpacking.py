"""Unpacking: a compressed body made plain a little at a time, so that a bomb is seen before it goes off."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from errors import InvalidInput, ServiceError

PIECE_BYTES = 1_000_000
AUTOMATIC = zlib.MAX_WBITS | 32  # zlib tells gzip and zlib streams apart by their headers
BARE = -zlib.MAX_WBITS  # some servers say deflate and send it without a header


def unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The body in pieces of at most `PIECE_BYTES`; `encoding` is what the server says of it.

    Raises InvalidInput for an encoding that was not asked for, ServiceError for a broken stream.
    """
    if encoding in ("", "identity"):
        return iter(chunks)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise InvalidInput(f"The page came compressed as {encoding[:20]!r}, which was not asked for.")
    return _inflated(chunks, encoding)


def _inflated(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    engine = None
    for chunk in chunks:
        while chunk:
            if engine is None:
                engine = zlib.decompressobj(_window(chunk, encoding))
            try:
                yield engine.decompress(chunk, PIECE_BYTES)
            except zlib.error:
                raise ServiceError("The page came compressed, and its compression is broken.") from None
            chunk = engine.unconsumed_tail
            if engine.eof:  # gzip may have several members, one behind the other
                chunk, engine = engine.unused_data, None
    if engine is not None:
        raise ServiceError("The page came compressed, and broke off before its end.")


def _window(chunk: bytes, encoding: str) -> int:
    looks_bare = encoding == "deflate" and chunk[0] & 0x0F != zlib.DEFLATED
    return BARE if looks_bare else AUTOMATIC
