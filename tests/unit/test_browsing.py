"""Pages that scripts build, in a real Chromium where there is one: all it asks for goes through our fetch."""

from __future__ import annotations

import socket
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from adapters.documents.reading import read
from adapters.documents.source import Source
from adapters.safety import browsing
from adapters.safety.downloads import download
from errors import InvalidInput, NotFound, Timeout
from tests.harness.hostile import Handler, by_path, says, server

HAS_BROWSER = find_spec("playwright") is not None and browsing.chromium() is not None
needs_browser = pytest.mark.skipif(not HAS_BROWSER, reason="Chromium or the extra `browser` is not installed")

BUILT = b"""<html><head><title>Built</title><script src="/late.js"></script></head>
<body><p id=p>Empty</p></body></html>"""
SCRIPT = b"""
fetch('/data').then(r => r.text()).then(t => { document.getElementById('p').textContent = t.repeat(20); });
"""
ESCAPING = b"""<html><body><p id=p>Quiet words</p><img src="http://127.0.0.1:%d/img"><script>
new WebSocket('ws://127.0.0.1:%d/socket'); navigator.sendBeacon('http://127.0.0.1:%d/beacon', 'x');
fetch('http://127.0.0.1:%d/post', {method: 'POST', body: 'x'});
const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:%d'}]});
peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script></body></html>"""


def page(data: bytes) -> Handler:
    return says(200, data, Content_Type="text/html")


def rendered(tmp_path: Path, url: str, **options: float | bool) -> bytes:
    path = tmp_path / "page"
    download(url, path, javascript=True, **{"allow_private": True} | options)  # type: ignore[arg-type]
    return path.read_bytes()


@needs_browser
def test_what_scripts_build_is_in_the_page(tmp_path: Path) -> None:
    pages = {
        "/": page(BUILT),
        "/late.js": says(200, SCRIPT, Content_Type="text/javascript"),
        "/data": says(200, b"Words that a script fetched. ", Content_Type="text/plain"),
    }
    with server(by_path(pages)) as port:
        html = rendered(tmp_path, f"http://127.0.0.1:{port}/")
    (piece,) = read(Source(html, media_type="text/html")).pieces
    assert piece.title == "Built"
    assert piece.text.startswith("Words that a script fetched.")
    assert not [child for child in psutil.Process().children(recursive=True) if "chrom" in child.name()]


@needs_browser
def test_nothing_but_our_fetch_reaches_the_network(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def listens(connection: socket.socket, head: bytes) -> None:
        seen.append(head)

    with (
        server(listens) as other,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        server(page(ESCAPING % ((other,) * 5))) as port,
    ):
        datagrams.bind(("127.0.0.1", other))
        html = rendered(tmp_path, f"http://127.0.0.1:{port}/")
        datagrams.settimeout(0.5)
        with pytest.raises(TimeoutError):
            datagrams.recv(100)
    assert b"Quiet words" in html
    assert seen == []


@needs_browser
def test_a_page_of_our_own_network_is_refused(tmp_path: Path) -> None:
    with server(page(BUILT)) as port, pytest.raises(InvalidInput, match="not fetched"):
        rendered(tmp_path, f"http://127.0.0.1:{port}/", allow_private=False)


@needs_browser
def test_a_page_that_is_not_there_is_told_as_by_a_fetch(tmp_path: Path) -> None:
    with server(says(404)) as port, pytest.raises(NotFound):
        rendered(tmp_path, f"http://127.0.0.1:{port}/")


@needs_browser
def test_a_script_that_never_ends_is_ended(tmp_path: Path) -> None:
    with server(page(b"<body>x<script>while (true) {}</script>")) as port:
        began_s = time.monotonic()
        with pytest.raises(Timeout):
            rendered(tmp_path, f"http://127.0.0.1:{port}/", longest_s=3)
        assert time.monotonic() - began_s < 10


def test_without_a_browser_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInput, match="apt-get install chromium"):
        rendered(tmp_path, "http://127.0.0.1/")
