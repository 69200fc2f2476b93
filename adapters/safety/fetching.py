"""Fetching: what stands at an address that somebody gave, within bounds, and never from a private network.

Measured against hostile servers, an ordinary client followed a redirect to a private address, unpacked a bomb
whole and read a slow drip for ever. So each hop is checked where it connects, the body is counted as it comes
and as it unpacks, one deadline ends it all, and nothing of the environment (proxies, .netrc) is used.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from typing import IO

import httpcore
import httpx

from adapters.llm.wire.retry_after import retry_after_s
from adapters.safety import addresses
from adapters.safety.network import Deadline, PublicNetwork
from adapters.safety.unpacking import unpacked
from errors import InvalidInput, NotFound, RateLimited, ServiceError, Timeout

LARGEST_BYTES = 50_000_000
LONGEST_S = 60.0
MOST_REDIRECTS = 5
LONGEST_URL_CHARS = 2_000
LONGEST_NAME_CHARS = 200
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  # a name in its ASCII form, or an address
HEADERS = (
    (b"User-Agent", b"Gristmill (fetches a page that a person asked for)"),
    (b"Accept", b"text/html,application/xhtml+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.8"),
    (b"Accept-Encoding", b"gzip, deflate"),
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `url` is where the last redirect led, without its fragment."""

    url: str
    media_type: str  # as the server says, without its parameters; may be empty, and wrong
    charset: str
    name: str  # as the server or the address calls the file; may be empty
    size: int


def fetch(
    url: str,
    into: IO[bytes],
    *,
    allow_private: bool = False,
    largest_bytes: int = LARGEST_BYTES,
    longest_s: float = LONGEST_S,
    resolve: addresses.Resolve = addresses.resolve,
    wires: httpcore.NetworkBackend | None = None,
) -> Fetched:
    """Write the unpacked body of what is at `url` into `into`.

    Raises InvalidInput for an address or an answer that will not do, NotFound, RateLimited, ServiceError, and
    Timeout after `longest_s` in all. Whatever is raised, no more than `largest_bytes` were read or written.
    `resolve` and `wires` are how names are looked up and connections made.
    """
    deadline = Deadline(longest_s)
    network = PublicNetwork(deadline, resolve, wires or httpcore.SyncBackend(), allow_private=allow_private)
    with httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        network_backend=network,
        max_keepalive_connections=0,
    ) as pool:
        address = checked(url)
        for _ in range(MOST_REDIRECTS + 1):
            with _answer(pool, address) as response:
                if response.status not in REDIRECTS:
                    return _received(response, address, into, largest_bytes)
                address = _redirected(response, address)
    raise InvalidInput(f"The address redirects more than {MOST_REDIRECTS} times; give the one it ends at.")


def checked(url: str) -> httpx.URL:
    """The address if it is one that may be asked for. Raises InvalidInput saying what is wrong with it."""
    if len(url) > LONGEST_URL_CHARS:
        raise InvalidInput(f"The address has more than {LONGEST_URL_CHARS:,} characters.")
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise InvalidInput("The address cannot be read; give one such as https://example.org/page.") from None
    if address.scheme not in ("http", "https") or not HOST.fullmatch(address.raw_host):
        raise InvalidInput("Only http and https addresses are fetched, such as https://example.org/page.")
    if address.userinfo:
        raise InvalidInput("The address holds a user name or password; leave it out.")
    return address.copy_with(fragment=None)


@contextlib.contextmanager
def _answer(pool: httpcore.ConnectionPool, address: httpx.URL) -> Iterator[httpcore.Response]:
    host = address.host[:100]
    target = httpcore.URL(
        scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
    )
    try:
        with pool.stream("GET", target, headers=[(b"Host", address.netloc), *HEADERS]) as response:
            yield response
    except httpcore.TimeoutException:
        raise Timeout(f"{host} did not answer in full in time.") from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
        raise ServiceError(f"{host} broke off its answer, or does not speak HTTP.") from None
    except httpcore.NetworkError:
        raise ServiceError(f"{host} could not be reached, or its certificate is not valid.") from None


def _redirected(response: httpcore.Response, address: httpx.URL) -> httpx.URL:
    target = _headers(response).get("location", "")
    if not target:
        raise ServiceError(f"{address.host[:100]} redirects, and does not say where to.")
    try:
        return checked(str(address.join(target)))
    except httpx.InvalidURL:
        raise InvalidInput("The address redirects to one that cannot be read.") from None


def _received(response: httpcore.Response, address: httpx.URL, into: IO[bytes], most: int) -> Fetched:
    headers = _headers(response)
    _check_status(response.status, headers, address.host[:100])
    told = headers.get("content-length", "")
    if told.isdigit() and int(told[:20]) > most:
        raise _too_large(most)
    size = 0
    for piece in unpacked(_counted(response, most), headers.get("content-encoding", "").strip().lower()):
        size += len(piece)
        if size > most:
            raise _too_large(most)
        into.write(piece)
    kind = Message()
    kind["Content-Type"] = headers.get("content-type", "")
    charset = kind.get_content_charset("") if headers.get("content-type") else ""
    media_type = kind.get_content_type() if headers.get("content-type") else ""
    return Fetched(str(address), media_type, charset, _name(headers, address), size)


def _counted(response: httpcore.Response, most: int) -> Iterator[bytes]:
    """The body as it comes; what is compressed must not be larger than what it may unpack to, either."""
    size = 0
    for chunk in response.iter_stream():
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        yield chunk


def _check_status(status: int, headers: httpx.Headers, host: str) -> None:
    if status in (200, 203):
        return
    if status in GONE:
        raise NotFound(f"{host} has nothing at this address (it answered {status}).")
    if status == 429:
        raise RateLimited(f"{host} asks to come back later (429).", retry_after_s=retry_after_s(headers))
    if status == 408 or status >= 500:
        raise ServiceError(f"{host} answered {status}.", retry_after_s=retry_after_s(headers))
    raise InvalidInput(f"{host} does not give this to us (it answered {status}); save it and give the file.")


def _headers(response: httpcore.Response) -> httpx.Headers:
    return httpx.Headers(response.headers)


def _name(headers: httpx.Headers, address: httpx.URL) -> str:
    told = Message()
    told["Content-Disposition"] = headers.get("content-disposition", "")
    name = told.get_filename() or PurePosixPath(address.path).name
    return PurePosixPath(name.replace("\\", "/")).name[:LONGEST_NAME_CHARS]


def _too_large(most: int) -> InvalidInput:
    return InvalidInput(
        f"What is at this address is larger than {most:,} bytes; save a part of it and give that."
    )
