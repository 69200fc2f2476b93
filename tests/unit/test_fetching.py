"""Fetching by address: real servers on loopback that redirect inwards, drip, swell, lie and never end."""

from __future__ import annotations

import gzip
import io
import re
import socket
import threading
import time
import tracemalloc
import zlib

import pytest

from adapters.safety.addresses import is_public
from adapters.safety.fetching import MOST_REDIRECTS, Fetched, checked, fetch
from errors import GristmillError, InvalidInput, NotFound, RateLimited, ServiceError, Timeout
from tests.harness.hostile import Handler, Wires, by_path, says, server

PUBLIC = "93.184.215.14"
PAGE = b"<p>hello</p>"


def got(
    handle: Handler, path: str = "/", *, largest: int = 1_000_000, within_s: float = 5
) -> tuple[Fetched, bytes]:
    into = io.BytesIO()
    with server(handle) as port:
        url = f"http://127.0.0.1:{port}{path}"
        fetched = fetch(url, into, allow_private=True, largest_bytes=largest, longest_s=within_s)
    return fetched, into.getvalue()


def test_a_page_comes_with_its_address_kind_and_name() -> None:
    fetched, body = got(says(200, PAGE, Content_Type="Text/HTML; charset=UTF-8"), "/a/page.html?x=1#part")
    assert body == PAGE
    assert fetched.url.endswith("/a/page.html?x=1")
    assert (fetched.media_type, fetched.charset, fetched.name) == ("text/html", "utf-8", "page.html")
    assert fetched.size == len(PAGE)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("gzip", gzip.compress(PAGE[:5]) + gzip.compress(PAGE[5:])),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
        ("identity", PAGE),
    ],
)
def test_a_compressed_page_is_unpacked(encoding: str, packed: bytes) -> None:
    assert got(says(200, packed, Content_Encoding=encoding))[1] == PAGE


def test_a_gzip_bomb_is_refused_at_the_bound_and_never_held_in_memory() -> None:
    bomb = gzip.compress(bytes(300_000_000), 9)  # 300 KB
    tracemalloc.start()
    with pytest.raises(InvalidInput, match="larger than"):
        got(says(200, bomb, Content_Encoding="gzip"), largest=20_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000 + 2 * 8_000_000


def test_a_page_that_says_it_is_huge_is_not_read() -> None:
    with pytest.raises(InvalidInput, match=r"larger than 1,000,000 bytes"):
        got(says(200, b"", Content_Length="300000000"))


def test_a_huge_page_that_does_not_say_so_is_read_to_the_bound_and_no_further() -> None:
    sent = 0
    done = threading.Event()

    def endless(connection: socket.socket, head: bytes) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while sent < 300_000_000:
                sent += connection.send(bytes(65_536))
        finally:
            done.set()

    with pytest.raises(InvalidInput, match="larger than"):
        got(endless)
    assert done.wait(5)
    assert sent < 30_000_000  # what the two sockets' buffers took on top of the bound


def drips(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def drips_headers(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"A: b\r\n")
        time.sleep(0.05)


def silent(connection: socket.socket, head: bytes) -> None:
    time.sleep(30)


@pytest.mark.parametrize("handle", [drips, drips_headers, silent])
def test_a_slow_server_ends_at_the_deadline_whatever_it_sends(handle: Handler) -> None:
    began_s = time.monotonic()
    with pytest.raises(Timeout):
        got(handle, within_s=0.6)
    assert time.monotonic() - began_s < 1.5


def endless_headers(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"A: b\r\n" * 1_000)


@pytest.mark.parametrize(
    "handle",
    [
        endless_headers,
        says(200, PAGE, Content_Length="1000"),
        says(200, PAGE, Content_Length="-1"),
        says(200, gzip.compress(PAGE)[:-9], Content_Encoding="gzip"),
        says(200, PAGE, Content_Encoding="gzip"),
        says(200, b"zz\r\nnot a chunk", Transfer_Encoding="chunked"),
        lambda connection, head: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"),
        lambda connection, head: None,
    ],
)
def test_a_server_that_lies_or_breaks_off_is_a_fault_of_its_own(handle: Handler) -> None:
    with pytest.raises(ServiceError):
        got(handle)


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'br'"):
        got(says(200, PAGE, Content_Encoding="br"))


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFound), (403, InvalidInput), (500, ServiceError), (204, InvalidInput)]
)
def test_a_status_becomes_the_error_that_it_means(status: int, kind: type[GristmillError]) -> None:
    with pytest.raises(kind, match=str(status)):
        got(says(status))


def test_a_server_that_asks_to_wait_is_waited_for() -> None:
    with pytest.raises(RateLimited) as raised:
        got(says(429, Retry_After="7"))
    assert raised.value.retry_after_s == 7


def test_redirects_are_followed_and_their_end_is_told() -> None:
    pages = {
        "/": says(302, Location="/next"),
        "/next": says(301, Location="last.txt"),
        "/last.txt": says(200, b"end"),
    }
    fetched, body = got(by_path(pages))
    assert (body, fetched.url.rpartition("/")[2]) == (b"end", "last.txt")


def test_redirects_in_a_circle_end() -> None:
    seen: list[bytes] = []

    def around(connection: socket.socket, head: bytes) -> None:
        seen.append(head)
        says(302, Location="/")(connection, head)

    with pytest.raises(InvalidInput, match="redirects more than"):
        got(around)
    assert len(seen) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "//", "gopher://127.0.0.1:6379/_FLUSHALL", "http://u:p@h/"],
)
def test_a_redirect_to_what_is_no_page_is_refused(target: str) -> None:
    with pytest.raises(InvalidInput):
        got(says(302, Location=target))


def public_fetch(
    pages: dict[str, Handler], answers: list[list[str]], url: str = "http://example.test/"
) -> bytes:
    """Fetch with names looked up in `answers`, one after the other, and public addresses led to loopback."""
    into, told = io.BytesIO(), iter(answers)
    with server(by_path(pages)) as port:
        wires = Wires({PUBLIC: port, "127.0.0.1": port, "10.0.0.1": port})
        try:
            fetch(url, into, resolve=lambda host, port: next(told), wires=wires)
        finally:
            assert all(is_public(address) for address in wires.dialled)
    return into.getvalue()


def test_a_public_host_is_fetched_from_the_very_address_that_was_looked_at() -> None:
    assert public_fetch({"/": says(200, PAGE)}, [[PUBLIC]]) == PAGE  # a second look-up would fail


@pytest.mark.parametrize("answer", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["169.254.169.254"], ["::1"], []])
def test_a_host_with_any_answer_that_is_not_public_is_refused(answer: list[str]) -> None:
    with pytest.raises((InvalidInput, ServiceError)):
        public_fetch({"/": says(200, PAGE)}, [answer])


def test_a_redirect_into_a_private_network_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not on the public internet"):
        public_fetch({"/": says(302, Location="http://inside.test/")}, [[PUBLIC], ["10.0.0.1"]])


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing() -> None:
    with pytest.raises(InvalidInput, match="not on the public internet"):
        public_fetch({"/": says(302, Location="/again")}, [[PUBLIC], ["127.0.0.1"]])


@pytest.mark.parametrize("url", ["http://example.test:6379/", "https://example.test:22/"])
def test_a_port_that_is_not_the_webs_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="only 80 and 443"):
        public_fetch({}, [[PUBLIC]], url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_is_not_public(host: str) -> None:
    with pytest.raises(InvalidInput, match="not on the public internet"):
        fetch(f"http://{host}/", io.BytesIO())


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001"])
def test_no_other_spelling_of_it_is_either(host: str) -> None:
    def as_libc_does(host: str, port: int) -> list[str]:
        return [socket.inet_ntoa(socket.inet_aton(host))]

    with pytest.raises(InvalidInput, match="not on the public internet"):
        fetch(f"http://{host}/", io.BytesIO(), resolve=as_libc_does)


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *(
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "168.63.129.16",
            "::",
            "::1",
            "fe80::1",
            "fe80::1%eth0",
        ),
        *("fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::10.0.0.1"),
        *("2001:0:1:2:3:4:5:6", "64:ff9b:1::1", "2001:db8::1", "not an address", ""),
    ],
)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "2606:4700::1", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "http://",
        "http:///x",
        "http://a b/",
        "http://[1",
        "http://0177.0.0.1",
        "x" * 3_000,
    ],
)
def test_what_is_no_web_address_is_refused_in_words(url: str) -> None:
    with pytest.raises(InvalidInput, match=re.compile("address", re.IGNORECASE)):
        checked(url)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInput) as raised:
        checked("https://user:hunter2@example.org/")
    assert "hunter2" not in raised.value.message


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert got(says(200, PAGE))[1] == PAGE
